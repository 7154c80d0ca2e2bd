/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/schema_plan.h"
#include "base/buf.h"
#include "base/str.h"

/*
 * Whether an object is as its schema says. Messages are worded as clients
 * and people know them from Kubernetes.
 */
#define MAX_SHOWN   100 /* bytes of a value in a message */
#define MAX_MESSAGE 4096
#define MAX_MATCHED 8192 /* bytes that are held against a pattern */

struct checker {
	json_t *causes;
	const char *path; /* of the value at hand */
};

static void check(const struct checker *at, const struct schema *schema,
		  const json_t *value);

static void add(const struct checker *at, const char *reason,
		const char *message)
{
	json_t *text = json_string(message);
	json_t *field = json_string(at->path);

	if (json_array_size(at->causes) >= SCHEMA_MAX_CAUSES) {
		json_decref(text);
		json_decref(field);
		return;
	}
	json_array_append_new(
		at->causes,
		json_pack("{s:s,s:o,s:o}", "reason", reason, "message",
			  text ? text : json_string("Invalid value"), "field",
			  field ? field : json_string("object")));
}

/* A string in quotes, anything else as JSON; cut when it is long. */
static void show(const json_t *value, struct buf *out)
{
	AUTO_FREE char *text = json_text(value);
	size_t len = strlen(text);

	if (len <= MAX_SHOWN) {
		buf_adds(out, text);
		return;
	}
	/* Not within a character. */
	len = MAX_SHOWN;
	while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	buf_add(out, text, len);
	buf_adds(out, "...");
}

static void add_invalid(const struct checker *at, const json_t *value,
			const char *what)
{
	CLEANUP(buf_release) struct buf message = BUF_INIT(MAX_MESSAGE);

	buf_adds(&message, "Invalid value: ");
	show(value, &message);
	buf_printf(&message, ": %s in body %s", at->path, what);
	add(at, "FieldValueInvalid", message.base);
}

static const char *type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "object";
	case JSON_ARRAY:
		return "array";
	case JSON_STRING:
		return "string";
	case JSON_INTEGER:
		return "integer";
	case JSON_REAL:
		return "number";
	case JSON_NULL:
		return "null";
	default:
		return "boolean";
	}
}

static bool is_whole(const json_t *value)
{
	double real = json_real_value(value);

	if (json_is_integer(value))
		return true;
	return json_is_real(value) && real > -1e15 && real < 1e15 &&
	       (double)(int64_t)real == real;
}

static bool has_type(const struct schema *schema, const json_t *value)
{
	switch (schema->type) {
	case SCHEMA_ANY:
		return true;
	case SCHEMA_OBJECT:
		return json_is_object(value);
	case SCHEMA_ARRAY:
		return json_is_array(value);
	case SCHEMA_STRING:
		return json_is_string(value);
	case SCHEMA_INTEGER:
		return is_whole(value);
	case SCHEMA_NUMBER:
		return json_is_number(value);
	case SCHEMA_BOOLEAN:
		return json_is_boolean(value);
	case SCHEMA_INT_OR_STRING:
		return json_is_integer(value) || json_is_string(value);
	}
	return false;
}

static const char *wanted_type(const struct schema *schema)
{
	static const char *const names[] = {
		[SCHEMA_ANY] = "any",
		[SCHEMA_OBJECT] = "object",
		[SCHEMA_ARRAY] = "array",
		[SCHEMA_STRING] = "string",
		[SCHEMA_INTEGER] = "integer",
		[SCHEMA_NUMBER] = "number",
		[SCHEMA_BOOLEAN] = "boolean",
		[SCHEMA_INT_OR_STRING] = "integer,string",
	};

	return names[schema->type];
}

static void add_type(const struct checker *at, const struct schema *schema,
		     const json_t *value)
{
	CLEANUP(buf_release) struct buf message = BUF_INIT(MAX_MESSAGE);

	buf_printf(&message,
		   "Invalid value: \"%s\": %s in body must be of type %s: "
		   "\"%s\"",
		   type_name(value), at->path, wanted_type(schema),
		   type_name(value));
	if (json_is_integer(value) && schema->type == SCHEMA_STRING)
		buf_adds(&message, " (in YAML, put it in quotes)");
	add(at, "FieldValueTypeInvalid", message.base);
}

static void check_choice(const struct checker *at, const struct schema *schema,
			 const json_t *value)
{
	CLEANUP(buf_release) struct buf message = BUF_INIT(MAX_MESSAGE);
	size_t index;
	json_t *choice;

	json_array_foreach (schema->choices, index, choice)
		if (json_equal(choice, value))
			return;
	buf_adds(&message, "Unsupported value: ");
	show(value, &message);
	buf_adds(&message, ": supported values: ");
	json_array_foreach (schema->choices, index, choice) {
		buf_adds(&message, index ? ", " : "");
		show(choice, &message);
	}
	add(at, "FieldValueNotSupported", message.base);
}

static bool is_digits(const char *text, const char *form)
{
	for (; *form; form++, text++) {
		bool digit = isdigit((unsigned char)*text);

		if (*form == '0' ? !digit : *text != *form)
			return false;
	}
	return true;
}

/* RFC 3339: 2026-11-24T12:00:00Z, with a fraction and an offset. */
static bool is_date_time(const char *text)
{
	if (!is_digits(text, "0000-00-00") || !text[10] ||
	    !strchr("Tt ", text[10]) || !is_digits(text + 11, "00:00:00"))
		return false;
	text += 19;
	if (*text == '.') {
		if (!isdigit((unsigned char)*++text))
			return false;
		while (isdigit((unsigned char)*text))
			text++;
	}
	if ((*text == 'Z' || *text == 'z') && !text[1])
		return true;
	return (*text == '+' || *text == '-') && is_digits(text + 1, "00:00") &&
	       !text[6];
}

/* A scheme, or a path from the root. What stands for a host in examples,
 * <TINKERBELL_IP>, is let through. */
static bool is_uri(const char *text)
{
	size_t n = 0;

	if (strpbrk(text, "\n\r\t"))
		return false;
	if (*text == '/')
		return true;
	if (!isalpha((unsigned char)*text))
		return false;
	while (isalnum((unsigned char)text[n]) ||
	       (text[n] && strchr("+-.", text[n])))
		n++;
	return text[n] == ':' && text[n + 1];
}

static void check_format(const struct checker *at, const struct schema *schema,
			 const json_t *value)
{
	const char *text = json_string_value(value);
	json_int_t number = json_integer_value(value);
	char what[80];

	if (text && str_eq(schema->format, "date-time") && is_date_time(text))
		return;
	if (text && str_eq(schema->format, "uri") && is_uri(text))
		return;
	if (text && str_eq(schema->format, "byte"))
		return; /* the store looks at it */
	if (!text && (!str_eq(schema->format, "int32") ||
		      (number >= INT32_MIN && number <= INT32_MAX)))
		return;
	snprintf(what, sizeof(what), "must be of type %s", schema->format);
	add_invalid(at, value, what);
}

static void check_text(const struct checker *at, const struct schema *schema,
		       const json_t *value)
{
	const char *text = json_string_value(value);
	char what[60];

	if (schema->limits.min_length > (int64_t)json_string_length(value)) {
		snprintf(what, sizeof(what),
			 "should be at least %" PRId64 " chars long",
			 schema->limits.min_length);
		add_invalid(at, value, what);
	}
	if (schema->pattern && (json_string_length(value) > MAX_MATCHED ||
				strlen(text) != json_string_length(value) ||
				regexec(&schema->regex, text, 0, NULL, 0))) {
		AUTO_FREE char *should =
			xasprintf("should match '%s'", schema->pattern);

		add_invalid(at, value, should);
	}
}

static void check_required(const struct checker *at,
			   const struct schema *schema, const json_t *value)
{
	size_t index;
	json_t *name;

	json_array_foreach (schema->required, index, name) {
		const char *text = json_string_value(name);
		AUTO_FREE char *path = xasprintf("%s%s%s", at->path,
						 *at->path ? "." : "", text);
		const struct checker inner = { at->causes, path };

		if (!json_object_get(value, text))
			add(&inner, "FieldValueRequired", "Required value");
	}
}

static bool is_set(const json_t *object, const char *name)
{
	return json_string_length(json_object_get(object, name)) > 0;
}

static void check_object(const struct checker *at, const struct schema *schema,
			 const json_t *value)
{
	size_t n = json_object_size(value);
	const char *name;
	json_t *item;

	check_required(at, schema, value);
	if (schema->limits.max_properties >= 0 &&
	    (int64_t)n > schema->limits.max_properties) {
		AUTO_FREE char *message =
			xasprintf("Too many: %zu: must have at most %" PRId64
				  " properties",
				  n, schema->limits.max_properties);

		add(at, "FieldValueTooMany", message);
	}
	if (schema->together[0] && is_set(value, schema->together[0]) !=
					   is_set(value, schema->together[1])) {
		AUTO_FREE char *message =
			xasprintf("Invalid value: \"object\": %s",
				  schema->together_message);

		add(at, "FieldValueInvalid", message);
	}
	json_object_foreach ((json_t *)(uintptr_t)value, name, item) {
		const struct schema *member = schema_member(schema, name);
		AUTO_FREE char *path = xasprintf("%s%s%s", at->path,
						 *at->path ? "." : "", name);
		const struct checker inner = { at->causes, path };

		if (member)
			check(&inner, member, item);
	}
}

static void check_list(const struct checker *at, const struct schema *schema,
		       const json_t *value)
{
	size_t n = json_array_size(value);
	size_t index;
	json_t *item;

	if (schema->limits.min_items > (int64_t)n) {
		AUTO_FREE char *message = xasprintf(
			"Invalid value: %zu: %s in body should have at least "
			"%" PRId64 " items",
			n, at->path, schema->limits.min_items);

		add(at, "FieldValueInvalid", message);
	}
	json_array_foreach (value, index, item) {
		AUTO_FREE char *path = xasprintf("%s[%zu]", at->path, index);
		const struct checker inner = { at->causes, path };

		if (schema->items)
			check(&inner, schema->items, item);
	}
}

static void check(const struct checker *at, const struct schema *schema,
		  const json_t *value)
{
	if (json_is_null(value) && schema->nullable)
		return;
	if (!has_type(schema, value)) {
		add_type(at, schema, value);
		return;
	}
	if (schema->choices)
		check_choice(at, schema, value);
	if (schema->format)
		check_format(at, schema, value);
	if (json_is_string(value))
		check_text(at, schema, value);
	else if (json_is_object(value) && schema->type == SCHEMA_OBJECT)
		check_object(at, schema, value);
	else if (json_is_array(value) && schema->type == SCHEMA_ARRAY)
		check_list(at, schema, value);
}

void schema_check(const struct schema *schema, const json_t *object,
		  json_t *causes)
{
	const struct checker at = { causes, "" };

	check(&at, schema, object);
}
