/* SPDX-License-Identifier: Apache-2.0 */
#include "store/applied_plan.h"

#include <string.h>

#include "base/secret.h"
#include "base/str.h"

#define MAX_VALUE (1024 * 1024)

/* A value under any other name would be kept: so nothing is. */
static const char *const kept[] = {
	"apiVersion", "kind", "metadata", "type", "immutable",
};

static json_t *parse(const char *text)
{
	struct err ignored;
	json_t *value = json_parse(text, strlen(text), &ignored);

	if (!value || json_is_object(value))
		return value;
	json_decref(value);
	return NULL;
}

/* As kubectl writes it: one line, with its end. */
static char *write_line(const json_t *value)
{
	char *text = json_text(value);
	char *line = xasprintf("%s\n", text);

	secret_wipe(text, strlen(text));
	free(text);
	return line;
}

static json_t *without_values(const json_t *values)
{
	json_t *blank = json_object();
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)values, key, value)
		json_object_set_new(blank, key, json_string(""));
	return blank;
}

char *applied_blank(const char *text)
{
	static const char *const parts[] = { "data", "stringData" };
	AUTO_JSON json_t *applied = parse(text);
	AUTO_JSON json_t *blank = json_object();
	const char *key;
	json_t *value;

	if (!applied)
		return NULL;
	/* In their order, so that it is the same text once it is filled. */
	json_object_foreach (applied, key, value) {
		for (size_t i = 0; i < ARRAY_LEN(kept); i++)
			if (str_eq(key, kept[i]))
				json_object_set(blank, key, value);
		for (size_t i = 0; i < ARRAY_LEN(parts); i++)
			if (str_eq(key, parts[i]))
				json_object_set_new(blank, key,
						    without_values(value));
	}
	return write_line(blank);
}

static json_t *decoded(const json_t *encoded)
{
	CLEANUP(secret_release) struct buf bytes = BUF_INIT(MAX_VALUE);
	json_t *text = NULL;

	if (str_unbase64(&bytes, json_string_value(encoded),
			 json_string_length(encoded)))
		text = json_stringn(bytes.base, bytes.len);
	return text ? text : json_string("");
}

/* Values that are gone stay empty. */
static void fill_part(json_t *applied, const char *part, const json_t *values,
		      bool plain)
{
	json_t *members = json_object_get(applied, part);
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe (members, next, key, value) {
		json_t *stored = json_object_get(values, key);

		if (stored)
			json_object_set_new(members, key,
					    plain ? decoded(stored)
						  : json_incref(stored));
	}
}

char *applied_fill(const char *text, const json_t *values)
{
	AUTO_JSON json_t *applied = parse(text);

	if (!applied)
		return NULL;
	fill_part(applied, "data", values, false);
	fill_part(applied, "stringData", values, true);
	return write_line(applied);
}
