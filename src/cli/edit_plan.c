/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/edit_plan.h"

#include <string.h>

#include "base/str.h"
#include "base/yaml.h"

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

json_t *edit_shown(const json_t *object)
{
	static const char *const servers[] = {
		"uid",
		"resourceVersion",
		"creationTimestamp",
		"generation",
		"managedFields",
		"deletionTimestamp",
		"selfLink",
		"deletionGracePeriodSeconds",
	};
	json_t *shown = json_deep_copy(object);
	json_t *metadata = json_object_get(shown, "metadata");
	json_t *annotations = json_object_get(metadata, "annotations");

	json_object_del(shown, "status");
	for (size_t i = 0; i < ARRAY_LEN(servers); i++)
		json_object_del(metadata, servers[i]);
	json_object_del(annotations, LAST_APPLIED);
	if (annotations && !json_object_size(annotations))
		json_object_del(metadata, "annotations");
	return shown;
}

static void add_comment(struct buf *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		buf_adds(out, "# ");
		buf_add(out, text, len);
		buf_addc(out, '\n');
		text += len + (text[len] == '\n');
	}
}

static void add_head(struct buf *out, const char *problem)
{
	add_comment(out, "What you save is sent to the server. To leave the "
			 "object as it is, save\n"
			 "nothing, or an empty file.\n");
	if (problem) {
		buf_adds(out, "#\n");
		add_comment(out, problem);
	}
	buf_adds(out, "#\n");
}

void edit_text(struct buf *out, const json_t *shown, const char *problem)
{
	AUTO_FREE char *text = yaml_text(shown);

	add_head(out, problem);
	buf_adds(out, text);
}

void edit_again(struct buf *out, const char *text, const char *problem)
{
	while (*text == '#') {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	add_head(out, problem);
	buf_adds(out, text);
}

static bool is_empty(const char *text, size_t len)
{
	bool comment = false;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			comment = false;
		else if (text[i] == '#')
			comment = true;
		else if (!comment && !strchr(" \t\r", text[i]))
			return false;
	}
	return true;
}

json_t *edit_read(const char *text, size_t len, struct err *err)
{
	AUTO_JSON json_t *documents = NULL;
	json_t *object;

	if (is_empty(text, len)) {
		err_set(err, ERR_CANCELLED, "the file is empty");
		return NULL;
	}
	documents = yaml_parse(text, len, YAML_TYPED, NULL, err);
	if (!documents)
		return NULL;
	object = json_array_get(documents, 0);
	if (json_array_size(documents) != 1 || !json_is_object(object)) {
		err_set(err, ERR_INVALID, "expected one object");
		return NULL;
	}
	return json_incref(object);
}

/* Objects nest no deeper than JSON_MAX_DEPTH: they were parsed. */
static json_t *difference(const json_t *from, const json_t *to)
{
	json_t *patch = json_object();
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)to, key, value) {
		json_t *before = json_object_get(from, key);

		if (json_is_object(before) && json_is_object(value)) {
			json_t *part = difference(before, value);

			if (json_object_size(part))
				json_object_set(patch, key, part);
			json_decref(part);
		} else if (!json_equal(before, value) &&
			   (before || !json_is_null(value))) {
			json_object_set(patch, key, value);
		}
	}
	json_object_foreach ((json_t *)(uintptr_t)from, key, value)
		if (!json_object_get(to, key))
			json_object_set_new(patch, key, json_null());
	return patch;
}

json_t *edit_patch(const json_t *shown, const json_t *edited, struct err *err)
{
	static const char *const fixed[] = {
		"apiVersion",
		"kind",
		"metadata.name",
		"metadata.namespace",
	};

	for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
		const json_t *before = json_at(shown, fixed[i]);
		const json_t *after = json_at(edited, fixed[i]);

		if (before == after || (after && json_equal(before, after)))
			continue;
		err_set(err, ERR_INVALID,
			"%s cannot be changed: it would be another object",
			fixed[i]);
		return NULL;
	}
	return difference(shown, edited);
}

static void overlap(struct buf *out, const json_t *ours, const json_t *theirs,
		    const char *prefix)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)ours, key, value) {
		const json_t *other = json_object_get(theirs, key);
		AUTO_FREE char *path =
			xasprintf("%s%s%s", prefix, *prefix ? "." : "", key);

		if (!other)
			continue;
		if (json_is_object(value) && json_is_object(other))
			overlap(out, value, other, path);
		else
			buf_printf(out, "%s%s", out->len ? ", " : "", path);
	}
}

void edit_overlap(struct buf *out, const json_t *ours, const json_t *theirs)
{
	overlap(out, ours, theirs, "");
}
