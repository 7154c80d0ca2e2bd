/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/template_file_wire.h"

#include <string.h>

#include "base/str.h"
#include "base/yaml.h"

void template_file_init(struct template_file *file)
{
	file->objects = json_array();
	file->templates = json_array();
	file->media = json_array();
}

void template_file_release(struct template_file *file)
{
	json_decref(file->objects);
	json_decref(file->templates);
	json_decref(file->media);
}

static const char *line_start(const char *text, size_t line)
{
	for (size_t i = 1; i < line && text; i++) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text;
}

/* The same but for the indent and a line end of Windows. */
static bool same_line(const char *text, const char *raw, size_t indent)
{
	size_t n = strcspn(text, "\n");
	size_t n_raw = strcspn(raw, "\r\n");

	if (strspn(raw, " ") < indent)
		return n == 0 && strspn(raw, " ") >= n_raw;
	return n_raw == n + indent && memcmp(raw + indent, text, n) == 0;
}

/*
 * A block scalar has its text below its key, indented: where that is so for
 * all of its lines, they can be pointed at.
 */
static bool is_at(const char *text, const char *file, size_t line,
		  size_t *indent)
{
	const char *raw = line_start(file, line);
	const char *first = raw;

	while (first && strspn(first, " \r") == strcspn(first, "\n"))
		first = line_start(first, 2);
	*indent = first ? strspn(first, " ") : 0;
	*indent -= strspn(text, "\n") < strlen(text)
			   ? strspn(text + strspn(text, "\n"), " ")
			   : 0;
	while (*text && raw) {
		if (!same_line(text, raw, *indent))
			return false;
		text += strcspn(text, "\n");
		text += *text == '\n';
		raw = line_start(raw, 2);
	}
	return !*text;
}

static void add_template(json_t *list, const json_t *name, const char *text,
			 size_t line, size_t indent)
{
	json_t *template = json_object();

	json_object_set(template, "name",
			name ? (json_t *)(uintptr_t)name : json_null());
	json_object_set_new(template, "text", json_string(text));
	json_object_set_new(template, "line", json_integer((json_int_t)line));
	json_object_set_new(template, "indent",
			    json_integer((json_int_t)indent));
	json_array_append_new(list, template);
}

/* An object of a file, and where it is in that. */
struct place {
	const char *text;
	const json_t *lines;
	const char *path; /* of the object in its document, "" or "items[0]" */
};

static size_t line_of(const struct place *place, const char *path)
{
	AUTO_FREE char *full =
		xasprintf("%s%s%s", place->path, *place->path ? "." : "", path);

	return (size_t)json_integer_value(json_object_get(place->lines, full));
}

static void add_data(struct template_file *file, const json_t *object,
		     const struct place *place)
{
	size_t line = line_of(place, "spec.data") + 1;
	const char *data = json_str_at(object, "spec.data");
	size_t indent = 0;

	if (!data)
		return;
	if (!is_at(data, place->text, line, &indent))
		line = 0;
	add_template(file->templates, json_at(object, "metadata.name"), data,
		     line, indent);
}

/* On one line with its key, as it is or quoted. */
static void add_url(struct template_file *file, const json_t *object,
		    const struct place *place, const char *path)
{
	const char *url = json_str_at(object, path);
	size_t line = line_of(place, path);
	const char *raw = line ? line_start(place->text, line) : NULL;
	const char *found = raw && url ? strstr(raw, url) : NULL;
	bool is_there = found && (size_t)(found - raw) < strcspn(raw, "\n");

	if (url && *url) /* without one it is ejected */
		add_template(file->media, json_at(object, "metadata.name"), url,
			     is_there ? line : 0,
			     is_there ? (size_t)(found - raw) : 0);
}

static void add_urls(struct template_file *file, const json_t *object,
		     const struct place *place)
{
	static const char *const lists[] = { "preparingActions",
					     "postActions" };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		AUTO_FREE char *list = xasprintf(
			"spec.bootOptions.custombootConfig.%s", lists[i]);
		size_t n = json_array_size(json_at(object, list));

		for (size_t j = 0; j < n; j++) {
			AUTO_FREE char *path = xasprintf(
				"%s[%zu].virtualMediaAction.mediaURL", list, j);

			add_url(file, object, place, path);
		}
	}
}

static void add_object(struct template_file *file, const json_t *object,
		       const struct place *place)
{
	const char *kind = json_str_at(object, "kind");

	json_array_append(file->objects, (json_t *)(uintptr_t)object);
	if (kind && str_eq(kind, "Template"))
		add_data(file, object, place);
	else if (kind && str_eq(kind, "Workflow"))
		add_urls(file, object, place);
}

static void add_document(struct template_file *file, const json_t *document,
			 const json_t *lines, const char *text)
{
	const char *kind = json_str_at(document, "kind");
	struct place place = { .text = text, .lines = lines, .path = "" };
	json_t *item;
	size_t i;

	if (!kind)
		return;
	if (!str_eq(kind, "List")) {
		add_object(file, document, &place);
		return;
	}
	json_array_foreach (json_object_get(document, "items"), i, item) {
		AUTO_FREE char *path = xasprintf("items[%zu]", i);

		place.path = path;
		add_object(file, item, &place);
	}
}

/* An object has it in its first column, also where its YAML is broken. */
static bool looks_like_objects(const char *text)
{
	for (; text; text = line_start(text, 2))
		if (str_starts(text, "apiVersion:"))
			return true;
	return false;
}

int template_file_read(struct template_file *file, const char *text, size_t len,
		       struct err *err)
{
	AUTO_JSON json_t *whole = json_stringn(text, len);
	AUTO_JSON json_t *documents = NULL;
	AUTO_JSON json_t *lines = NULL;
	const char *clean = json_string_value(whole);
	json_t *document;
	size_t i;

	if (!whole || strlen(clean) != len)
		return err_set(err, ERR_INVALID,
			       "not valid UTF-8: expected a text file");
	documents = yaml_parse(clean, len, YAML_TYPED, &lines, err);
	if (!documents && looks_like_objects(clean))
		return -1;
	json_array_foreach (documents, i, document)
		add_document(file, document, json_array_get(lines, i), clean);
	if (!json_array_size(file->objects))
		add_template(file->templates, NULL, clean, 1, 0);
	return 0;
}
