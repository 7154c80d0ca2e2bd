/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/pattern_wire.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "template/regex.h"
#include "workflow/pattern_node.h"

/* As they are written; a literal has no name. */
static const char *const kind_names[] = {
	[CHOICE_PREFIX] = "prefix",
	[CHOICE_WILDCARD] = "wildcard",
	[CHOICE_SHELLSTYLE] = "shellstyle",
	[CHOICE_FOLDED] = "equals-ignore-case",
	[CHOICE_REGEXP] = "regexp",
	[CHOICE_ANYTHING_BUT] = "anything-but",
	[CHOICE_EXISTS] = "exists"
};

struct reader {
	char path[256]; /* of the field that is read; its end may be cut */
	struct err *err;
};

static int complain(struct reader *r, const char *what)
{
	return err_set(r->err, ERR_INVALID, "pattern: %s%s%s", r->path,
		       r->path[0] ? ": " : "", what);
}

static bool no_choice_is_like_that(const struct choice *choice)
{
	const char *text = json_string_value(choice->value);
	size_t i;

	switch (choice->kind) {
	case CHOICE_EXISTS:
		return !json_is_boolean(choice->value);
	case CHOICE_ANYTHING_BUT:
		for (i = 0; i < json_array_size(choice->value); i++)
			if (!json_is_string(json_array_get(choice->value, i)))
				return true;
		return i == 0;
	default:
		return !text;
	}
}

/* Quamina's expression as Go's: of the whole, and \ for ~. */
static struct regex *read_regexp(const json_t *value, struct err *err)
{
	const char *text = json_string_value(value);
	size_t n = json_string_length(value);
	CLEANUP(buf_release) struct buf out = BUF_INIT(2 * PATTERN_MAX + 16);

	buf_adds(&out, "^(?s:");
	for (size_t i = 0; i < n; i++)
		if (text[i] == '~')
			buf_adds(&out, "\\");
		else if (text[i] == '\\')
			buf_adds(&out, "\\\\");
		else
			buf_addc(&out, text[i]);
	buf_adds(&out, ")$");
	if (text[0] && text[n - 1] == '~' && (n < 2 || text[n - 2] != '~')) {
		err_set(err, ERR_INVALID, "it ends in ~");
		return NULL;
	}
	return regex_new((const char *)out.base, out.len, err);
}

static int read_extended(struct reader *r, const char *name,
			 struct choice *choice)
{
	AUTO_FREE char *message = NULL;
	struct err err;
	size_t kind;

	for (kind = CHOICE_PREFIX; kind < ARRAY_LEN(kind_names); kind++)
		if (str_eq(kind_names[kind], name))
			break;
	if (kind == ARRAY_LEN(kind_names)) {
		message = xasprintf("\"%.40s\" is not one of prefix, wildcard, "
				    "shellstyle, equals-ignore-case, regexp, "
				    "anything-but, exists",
				    name);
		return complain(r, message);
	}
	choice->kind = (enum choice_kind)kind;
	if (no_choice_is_like_that(choice)) {
		message = xasprintf("%s takes %s", name,
				    kind == CHOICE_EXISTS ? "true or false"
				    : kind == CHOICE_ANYTHING_BUT
					    ? "a list of strings, not empty"
					    : "a string");
		return complain(r, message);
	}
	if (kind == CHOICE_SHELLSTYLE || kind == CHOICE_WILDCARD) {
		if (strstr(json_string_value(choice->value), "**"))
			return complain(r, "two * side by side");
	} else if (kind == CHOICE_REGEXP) {
		choice->regex = read_regexp(choice->value, &err);
		if (!choice->regex) {
			message = xasprintf("regexp: %s", err.message);
			return complain(r, message);
		}
	}
	return 0;
}

/* After a \ there is what it protects. */
static bool escapes_are_whole(const char *text)
{
	for (; *text; text++)
		if (*text == '\\' && *++text != '*' && *text != '\\')
			return false;
	return true;
}

static int read_choice(struct reader *r, const json_t *value,
		       struct choice *choice)
{
	const char *name = json_object_iter_key(
		json_object_iter((json_t *)(uintptr_t)value));

	choice->value = value;
	if (json_is_array(value))
		return complain(r, "a list in a list");
	if (!json_is_object(value))
		return 0;
	if (json_object_size(value) != 1)
		return complain(r, "an object in the list has one name");
	choice->value = json_object_get(value, name);
	if (read_extended(r, name, choice))
		return -1;
	if (choice->kind == CHOICE_WILDCARD &&
	    !escapes_are_whole(json_string_value(choice->value)))
		return complain(r, "wildcard: after \\ there is * or \\");
	return 0;
}

static int read_choices(struct reader *r, const json_t *list,
			struct field *field)
{
	const json_t *value;
	bool alone = true;
	size_t i;

	field->leaf = true;
	field->choices =
		xcalloc(json_array_size(list) + 1, sizeof(*field->choices));
	json_array_foreach (list, i, value) {
		if (read_choice(r, value, &field->choices[field->n++]))
			return -1;
		alone = alone && field->choices[i].kind < CHOICE_ANYTHING_BUT;
	}
	if (!alone && field->n > 1)
		return complain(r, "anything-but and exists stand alone");
	return 0;
}

static int read_fields(struct reader *r, const json_t *object,
		       struct field *field);

static int read_field(struct reader *r, const char *name, const json_t *value,
		      struct field *field)
{
	size_t end = strlen(r->path);
	int status;

	field->name = name;
	snprintf(r->path + end, sizeof(r->path) - end, "%s%s", end ? "." : "",
		 name);
	if (json_is_array(value))
		status = read_choices(r, value, field);
	else if (json_is_object(value))
		status = read_fields(r, value, field);
	else
		status = complain(r, "it is neither an object nor a list: a "
				     "single value too stands in a list");
	r->path[end] = '\0';
	return status;
}

static int read_fields(struct reader *r, const json_t *object,
		       struct field *field)
{
	const char *name;
	json_t *value;

	if (json_object_size(object) == 0)
		return complain(r, "it has no fields");
	field->fields =
		xcalloc(json_object_size(object), sizeof(*field->fields));
	json_object_foreach ((json_t *)(uintptr_t)object, name, value)
		if (read_field(r, name, value, &field->fields[field->n++]))
			return -1;
	return 0;
}

struct pattern *pattern_new(const char *text, size_t len, struct err *err)
{
	struct reader r = { .err = err };
	struct pattern *pattern;
	json_t *document;
	int status;

	if (len > PATTERN_MAX) {
		err_set(err, ERR_TOO_BIG, "pattern: of %zu bytes; %d at most",
			len, PATTERN_MAX);
		return NULL;
	}
	document = json_parse(text, len, err);
	if (!document) {
		err_wrap(err, "pattern");
		return NULL;
	}
	pattern = xcalloc(1, sizeof(*pattern));
	pattern->document = document;
	status = json_is_object(document)
			 ? read_fields(&r, document, &pattern->root)
			 : complain(&r, "it is no object");
	if (!status)
		return pattern;
	pattern_free(pattern);
	return NULL;
}

static void release_field(struct field *field)
{
	for (size_t i = 0; i < field->n; i++)
		if (field->leaf)
			regex_free(field->choices[i].regex);
		else
			release_field(&field->fields[i]);
	free(field->choices);
	free(field->fields);
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	release_field(&pattern->root);
	json_decref(pattern->document);
	free(pattern);
}
