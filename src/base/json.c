/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

/*
 * Jansson's own limit (2048 levels) is deeper than our recursions want to
 * go, so the depth is counted before it is let loose.
 */
static bool too_deep(const char *text, size_t len)
{
	int depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (quoted) {
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				quoted = false;
		} else if (text[i] == '"') {
			quoted = true;
		} else if (text[i] == '{' || text[i] == '[') {
			if (++depth > JSON_MAX_DEPTH)
				return true;
		} else if (text[i] == '}' || text[i] == ']') {
			depth--;
		}
	}
	return false;
}

json_t *json_parse(const char *text, size_t len, struct err *err)
{
	json_error_t where;
	json_t *value;

	if (too_deep(text, len)) {
		err_set(err, ERR_TOO_BIG, "JSON nested over %d levels",
			JSON_MAX_DEPTH);
		return NULL;
	}
	/* Jansson takes it for the end and passes over what follows. */
	if (memchr(text, 0, len)) {
		err_set(err, ERR_INVALID, "JSON: a NUL byte");
		return NULL;
	}
	value = json_loadb(text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES,
			   &where);
	if (!value)
		err_set(err, ERR_INVALID, "JSON, line %d column %d: %s",
			where.line, where.column, where.text);
	return value;
}

char *json_text(const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	if (!text)
		abort(); /* out of memory, or a value that is no JSON */
	return text;
}

/* A step of a path: a member's name, or an index. */
struct step {
	const char *name;
	size_t len;
	bool is_index;
	size_t index;
};

/* Takes the next step off the path; NULL: that is no path. */
static const char *next_step(const char *path, struct step *step)
{
	step->is_index = *path == '[';
	if (step->is_index) {
		const char *digits = path + 1;
		size_t n = strspn(digits, "0123456789");

		if (!n || n > 9 || digits[n] != ']')
			return NULL;
		step->index = strtoul(digits, NULL, 10);
		path = digits + n + 1;
	} else {
		step->name = path;
		step->len = strcspn(path, ".[");
		path += step->len;
	}
	return *path == '.' ? path + 1 : path;
}

json_t *json_at(const json_t *value, const char *path)
{
	json_t *at = (json_t *)(uintptr_t)value;
	struct step step;

	while (at && *path) {
		path = next_step(path, &step);
		if (!path)
			return NULL;
		at = step.is_index ? json_array_get(at, step.index)
				   : json_object_getn(at, step.name, step.len);
	}
	return at;
}

const char *json_str_at(const json_t *value, const char *path)
{
	return json_string_value(json_at(value, path));
}

const char *json_text_at(const json_t *value, const char *path)
{
	const char *text = json_str_at(value, path);

	return text ? text : "";
}

bool json_bool_at(const json_t *value, const char *path, bool otherwise)
{
	const json_t *at = json_at(value, path);

	return json_is_boolean(at) ? json_is_true(at) : otherwise;
}

int64_t json_int_at(const json_t *value, const char *path, int64_t otherwise)
{
	const json_t *at = json_at(value, path);

	return json_is_integer(at) ? json_integer_value(at) : otherwise;
}

void json_put(json_t *object, const char *path, json_t *value)
{
	struct step step;

	for (;;) {
		json_t *next;

		path = next_step(path, &step);
		assert(path && !step.is_index);
		if (!*path)
			break;
		next = json_object_getn(object, step.name, step.len);
		if (!json_is_object(next)) {
			next = json_object();
			json_object_setn_new(object, step.name, step.len, next);
		}
		object = next;
	}
	json_object_setn_new(object, step.name, step.len, value);
}

static void merge_into(json_t *object, const json_t *patch)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)patch, key, value) {
		json_t *member = json_object_get(object, key);

		if (json_is_null(value)) {
			json_object_del(object, key);
		} else if (json_is_object(value)) {
			if (!json_is_object(member)) {
				member = json_object();
				json_object_set_new(object, key, member);
			}
			merge_into(member, value);
		} else {
			json_object_set_new(object, key, json_deep_copy(value));
		}
	}
}

json_t *json_of_names(const char *names)
{
	json_t *list = json_array();

	while (*names) {
		size_t len = strcspn(names, ",");

		json_array_append_new(list, json_stringn(names, len));
		names += len + (names[len] == ',');
	}
	return list;
}

json_t *json_merge_patch(const json_t *target, const json_t *patch)
{
	json_t *result;

	if (!json_is_object(patch))
		return json_deep_copy(patch);
	result =
		json_is_object(target) ? json_deep_copy(target) : json_object();
	merge_into(result, patch);
	return result;
}

static int decode_enum(const json_t *value, const struct json_field *field,
		       const char *path, unsigned *out, struct err *err)
{
	const char *text = json_string_value(value);
	CLEANUP(buf_release) struct buf list = BUF_INIT(256);

	for (unsigned i = 0; field->names[i]; i++) {
		if (text && str_eq(text, field->names[i])) {
			*out = i;
			return 0;
		}
		buf_printf(&list, "%s%s", i ? ", " : "", field->names[i]);
	}
	return err_set(err, ERR_INVALID, "%s.%s: \"%s\": expected one of %s",
		       path, field->name, text ? text : "(not a string)",
		       list.base);
}

static int decode_value(const json_t *value, const struct json_field *field,
			const char *path, char *at, struct err *err)
{
	uint32_t number;
	bool flag;

	switch (field->kind) {
	case JSON_KIND_STR:
		if (!json_is_string(value))
			return err_set(err, ERR_INVALID,
				       "%s.%s: expected a string", path,
				       field->name);
		if (!str_copy(at, field->size, json_string_value(value)))
			return err_set(err, ERR_TOO_BIG,
				       "%s.%s: longer than %zu characters",
				       path, field->name, field->size - 1);
		return 0;
	case JSON_KIND_U32:
		if (!json_is_integer(value) ||
		    json_integer_value(value) < field->min ||
		    json_integer_value(value) > field->max)
			return err_set(err, ERR_INVALID,
				       "%s.%s: expected a number from "
				       "%" PRIu32 " to %" PRIu32,
				       path, field->name, field->min,
				       field->max);
		number = (uint32_t)json_integer_value(value);
		memcpy(at, &number, sizeof(number));
		return 0;
	case JSON_KIND_BOOL:
		if (!json_is_boolean(value))
			return err_set(err, ERR_INVALID,
				       "%s.%s: expected true or false", path,
				       field->name);
		flag = json_is_true(value);
		memcpy(at, &flag, sizeof(flag));
		return 0;
	case JSON_KIND_ENUM:
		return decode_enum(value, field, path, (unsigned *)(void *)at,
				   err);
	}
	return 0;
}

static const struct json_field *find_field(const struct json_field *fields,
					   size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(fields[i].name, name))
			return &fields[i];
	return NULL;
}

static int unknown_key(const struct json_field *fields, size_t n,
		       const char *path, const char *key, struct err *err)
{
	const char *nearest = NULL;
	size_t best = 4; /* further away is no typing mistake */

	for (size_t i = 0; i < n; i++) {
		size_t distance = str_distance(key, fields[i].name);

		if (distance < best) {
			best = distance;
			nearest = fields[i].name;
		}
	}
	if (nearest)
		return err_set(err, ERR_INVALID,
			       "%s.%s: unknown key; did you mean %s?", path,
			       key, nearest);
	return err_set(err, ERR_INVALID, "%s.%s: unknown key", path, key);
}

int json_decode(const json_t *object, const struct json_field *fields,
		size_t n_fields, enum json_unknown unknown, const char *path,
		void *out, struct err *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return err_set(err, ERR_INVALID, "%s: expected key: value",
			       path);
	json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
		const struct json_field *field =
			find_field(fields, n_fields, key);

		if (!field && unknown == JSON_KEYS_STRICT)
			return unknown_key(fields, n_fields, path, key, err);
		if (!field || json_is_null(value))
			continue;
		if (decode_value(value, field, path,
				 (char *)out + field->offset, err))
			return -1;
	}
	for (size_t i = 0; i < n_fields; i++) {
		value = json_object_get(object, fields[i].name);
		if ((fields[i].flags & JSON_REQUIRED) &&
		    (!value || json_is_null(value)))
			return err_set(err, ERR_INVALID, "%s: %s is missing",
				       path, fields[i].name);
	}
	return 0;
}
