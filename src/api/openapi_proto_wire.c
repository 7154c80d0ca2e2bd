/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/openapi_wire.h"
#include "base/str.h"

/*
 * The messages of openapi.v2, written from the document in JSON: only the
 * members that openapi_v2 makes. Numbers are those of OpenAPIv2.proto.
 *
 * A message goes behind its length, so each is made in a buffer of its own
 * and then put into the one around it.
 */
#define MAX_MESSAGE (16UL * 1024 * 1024)
#define NESTED(name)                                                           \
	CLEANUP(buf_release) struct buf name = BUF_INIT(MAX_MESSAGE)

static void put_schema(struct buf *out, unsigned number, const json_t *schema);

static void put_varint(struct buf *out, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		buf_addc(out, (char)(value | 0x80));
	buf_addc(out, (char)value);
}

static void put_bytes(struct buf *out, unsigned number, const void *bytes,
		      size_t len)
{
	put_varint(out, number << 3 | 2);
	put_varint(out, len);
	buf_add(out, bytes, len);
}

static void put_message(struct buf *out, unsigned number,
			const struct buf *message)
{
	put_bytes(out, number, message->base, message->len);
}

static void put_text(struct buf *out, unsigned number, const json_t *text)
{
	const char *bytes = json_string_value(text);

	if (bytes)
		put_bytes(out, number, bytes, strlen(bytes));
}

static void put_texts(struct buf *out, unsigned number, const json_t *list)
{
	size_t index;
	json_t *text;

	json_array_foreach ((json_t *)(uintptr_t)list, index, text)
		put_text(out, number, text);
}

static void put_flag(struct buf *out, unsigned number, const json_t *flag)
{
	if (!json_is_true(flag))
		return;
	put_varint(out, number << 3);
	put_varint(out, 1);
}

static void put_number(struct buf *out, unsigned number, const json_t *value)
{
	if (!json_is_integer(value))
		return;
	put_varint(out, number << 3);
	put_varint(out, (uint64_t)json_integer_value(value));
}

/* Any: as YAML, and JSON is YAML. */
static void put_any(struct buf *out, unsigned number, const json_t *value)
{
	AUTO_FREE char *text = NULL;
	NESTED(any);

	if (!value)
		return;
	text = json_text(value);
	put_bytes(&any, 2, text, strlen(text));
	put_message(out, number, &any);
}

/* NamedX: a name in 1; the value follows in 2. */
static void begin_named(struct buf *named, const char *name)
{
	put_bytes(named, 1, name, strlen(name));
}

static void put_extensions(struct buf *out, unsigned number,
			   const json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)object, name, value) {
		NESTED(named);

		if (!str_starts(name, "x-"))
			continue;
		begin_named(&named, name);
		put_any(&named, 2, value);
		put_message(out, number, &named);
	}
}

static void put_schemas(struct buf *out, unsigned number, const json_t *map)
{
	const char *name;
	json_t *value;
	NESTED(schemas);

	if (!map)
		return;
	json_object_foreach ((json_t *)(uintptr_t)map, name, value) {
		NESTED(named);

		begin_named(&named, name);
		put_schema(&named, 2, value);
		put_message(&schemas, 1, &named);
	}
	put_message(out, number, &schemas);
}

/* A message with a schema in 1: what stands for items and other members. */
static void put_wrapped(struct buf *out, unsigned number, const json_t *schema)
{
	NESTED(wrapper);

	if (!schema)
		return;
	put_schema(&wrapper, 1, schema);
	put_message(out, number, &wrapper);
}

static void put_type(struct buf *out, unsigned number, const json_t *type)
{
	NESTED(item);

	if (!type)
		return;
	put_text(&item, 1, type);
	put_message(out, number, &item);
}

static void put_schema(struct buf *out, unsigned number, const json_t *schema)
{
	size_t index;
	json_t *choice;
	NESTED(message);

	if (!schema)
		return;
	put_text(&message, 1, json_object_get(schema, "$ref"));
	put_text(&message, 2, json_object_get(schema, "format"));
	put_text(&message, 4, json_object_get(schema, "description"));
	put_any(&message, 5, json_object_get(schema, "default"));
	put_number(&message, 12, json_object_get(schema, "minLength"));
	put_text(&message, 13, json_object_get(schema, "pattern"));
	put_number(&message, 15, json_object_get(schema, "minItems"));
	put_number(&message, 17, json_object_get(schema, "maxProperties"));
	put_texts(&message, 19, json_object_get(schema, "required"));
	json_array_foreach (json_object_get(schema, "enum"), index, choice)
		put_any(&message, 20, choice);
	put_wrapped(&message, 21,
		    json_object_get(schema, "additionalProperties"));
	put_type(&message, 22, json_object_get(schema, "type"));
	put_wrapped(&message, 23, json_object_get(schema, "items"));
	put_schemas(&message, 25, json_object_get(schema, "properties"));
	put_extensions(&message, 31, schema);
	put_message(out, number, &message);
}

static void put_body_parameter(struct buf *out, const json_t *parameter)
{
	NESTED(body);

	put_text(&body, 1, json_object_get(parameter, "description"));
	put_text(&body, 2, json_object_get(parameter, "name"));
	put_text(&body, 3, json_object_get(parameter, "in"));
	put_flag(&body, 4, json_object_get(parameter, "required"));
	put_schema(&body, 5, json_object_get(parameter, "schema"));
	put_message(out, 1, &body);
}

/* Of the query, or of the path: their types have different numbers. */
static void put_other_parameter(struct buf *out, const json_t *parameter)
{
	bool query = str_eq(json_str_at(parameter, "in"), "query");
	NESTED(inner);
	NESTED(other);

	put_flag(&inner, 1, json_object_get(parameter, "required"));
	put_text(&inner, 2, json_object_get(parameter, "in"));
	put_text(&inner, 3, json_object_get(parameter, "description"));
	put_text(&inner, 4, json_object_get(parameter, "name"));
	put_text(&inner, query ? 6 : 5, json_object_get(parameter, "type"));
	put_message(&other, query ? 3 : 4, &inner);
	put_message(out, 2, &other);
}

static void put_parameters(struct buf *out, unsigned number,
			   const json_t *parameters)
{
	size_t index;
	json_t *parameter;

	json_array_foreach ((json_t *)(uintptr_t)parameters, index, parameter) {
		NESTED(one);
		NESTED(item);

		if (str_eq(json_str_at(parameter, "in"), "body"))
			put_body_parameter(&one, parameter);
		else
			put_other_parameter(&one, parameter);
		put_message(&item, 1, &one);
		put_message(out, number, &item);
	}
}

static void put_responses(struct buf *out, unsigned number,
			  const json_t *responses)
{
	const char *code;
	json_t *value;
	NESTED(message);

	json_object_foreach ((json_t *)(uintptr_t)responses, code, value) {
		NESTED(response);
		NESTED(either);
		NESTED(named);

		put_text(&response, 1, json_object_get(value, "description"));
		put_wrapped(&response, 2, json_object_get(value, "schema"));
		put_message(&either, 1, &response);
		begin_named(&named, code);
		put_message(&named, 2, &either);
		put_message(&message, 1, &named);
	}
	put_message(out, number, &message);
}

static void put_operation(struct buf *out, unsigned number,
			  const json_t *operation)
{
	NESTED(message);

	if (!operation)
		return;
	put_text(&message, 5, json_object_get(operation, "operationId"));
	put_texts(&message, 7, json_object_get(operation, "consumes"));
	put_parameters(&message, 8, json_object_get(operation, "parameters"));
	put_responses(&message, 9, json_object_get(operation, "responses"));
	put_extensions(&message, 13, operation);
	put_message(out, number, &message);
}

static void put_paths(struct buf *out, unsigned number, const json_t *paths)
{
	const char *path;
	json_t *value;
	NESTED(message);

	json_object_foreach ((json_t *)(uintptr_t)paths, path, value) {
		NESTED(item);
		NESTED(named);

		put_operation(&item, 2, json_object_get(value, "get"));
		put_operation(&item, 3, json_object_get(value, "put"));
		put_operation(&item, 4, json_object_get(value, "post"));
		put_operation(&item, 5, json_object_get(value, "delete"));
		put_operation(&item, 8, json_object_get(value, "patch"));
		put_parameters(&item, 9, json_object_get(value, "parameters"));
		begin_named(&named, path);
		put_message(&named, 2, &item);
		put_message(&message, 2, &named);
	}
	put_message(out, number, &message);
}

void openapi_protobuf(const json_t *document, struct buf *out)
{
	NESTED(info);

	put_text(&info, 1, json_at(document, "info.title"));
	put_text(&info, 2, json_at(document, "info.version"));
	put_text(out, 1, json_object_get(document, "swagger"));
	put_message(out, 2, &info);
	put_paths(out, 8, json_object_get(document, "paths"));
	put_schemas(out, 9, json_object_get(document, "definitions"));
}
