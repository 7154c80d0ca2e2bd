/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/buf.h"
#include "base/str.h"

struct reader {
	yaml_document_t *document;
	enum yaml_scalars scalars;
	json_t *lines; /* of this document, or NULL */
	size_t n_nodes;
	struct err *err;
};

static json_t *read_node(struct reader *reader, yaml_node_t *node,
			 const char *path, int depth);

static json_t *fail(struct reader *reader, const yaml_node_t *node,
		    const char *what)
{
	err_set(reader->err, ERR_INVALID, "line %zu: %s",
		node->start_mark.line + 1, what);
	return NULL;
}

static bool one_of(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (str_eq(text, *list))
			return true;
	return false;
}

/* An integer as YAML 1.1 and Go write it; octal is 0777 or 0o777. */
static json_t *read_integer(const char *text)
{
	const char *digits = text + (*text == '-' || *text == '+');
	char *end;
	long long value;
	int base = 10;

	if (!isdigit((unsigned char)*digits))
		return NULL;
	if (digits[0] == '0' && digits[1] == 'x')
		base = 16;
	else if (digits[0] == '0' && digits[1] == 'o')
		base = 8;
	else if (digits[0] == '0' && digits[1])
		base = 8;
	if (digits[0] == '0' && digits[1] == 'o') {
		if (digits != text || !digits[2])
			return NULL;
		text = digits + 2;
	}
	errno = 0;
	value = strtoll(text, &end, base);
	if (*end || errno)
		return NULL;
	return json_integer(value);
}

static json_t *read_real(const char *text)
{
	const char *digits = text + (*text == '-' || *text == '+');
	char *end;
	double value;

	if (strspn(text, "+-0123456789.eE") != strlen(text))
		return NULL;
	if (!isdigit((unsigned char)*digits) &&
	    !(*digits == '.' && isdigit((unsigned char)digits[1])))
		return NULL;
	value = strtod(text, &end);
	return *end ? NULL : json_real(value);
}

static json_t *read_plain(const char *text)
{
	static const char *const nulls[] = { "",     "~",    "null",
					     "Null", "NULL", NULL };
	static const char *const trues[] = { "y",    "Y",    "yes",  "Yes",
					     "YES",  "on",   "On",   "ON",
					     "true", "True", "TRUE", NULL };
	static const char *const falses[] = { "n",     "N",     "no",    "No",
					      "NO",    "off",   "Off",   "OFF",
					      "false", "False", "FALSE", NULL };
	json_t *number;

	if (one_of(text, nulls))
		return json_null();
	if (one_of(text, trues))
		return json_true();
	if (one_of(text, falses))
		return json_false();
	number = read_integer(text);
	if (!number)
		number = read_real(text);
	return number ? number : json_string(text);
}

static json_t *read_scalar(struct reader *reader, const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;
	bool plain =
		node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		!str_eq((const char *)node->tag, "tag:yaml.org,2002:binary");
	json_t *value;

	if (memchr(text, 0, node->data.scalar.length))
		return fail(reader, node, "a NUL byte in a scalar");
	if (plain && reader->scalars == YAML_TYPED)
		return read_plain(text);
	if (plain && (!*text || str_eq(text, "~") || str_eq(text, "null")))
		return json_null();
	value = json_stringn(text, node->data.scalar.length);
	return value ? value : fail(reader, node, "not valid UTF-8");
}

static json_t *read_sequence(struct reader *reader, const yaml_node_t *node,
			     const char *path, int depth)
{
	json_t *list = json_array();

	for (yaml_node_item_t *item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		AUTO_FREE char *inner =
			xasprintf("%s[%zu]", path, json_array_size(list));
		json_t *value = read_node(
			reader, yaml_document_get_node(reader->document, *item),
			inner, depth + 1);

		if (!value) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, value);
	}
	return list;
}

/* `<<: *anchor`: members that are not there already. */
static int read_merge(json_t *object, const json_t *value)
{
	size_t i;
	json_t *item;

	if (json_is_object(value))
		return json_object_update_missing(object,
						  (json_t *)(uintptr_t)value);
	if (!json_is_array(value))
		return -1;
	json_array_foreach (value, i, item) {
		if (!json_is_object(item))
			return -1;
		json_object_update_missing(object, item);
	}
	return 0;
}

static int read_pair(struct reader *reader, const yaml_node_pair_t *pair,
		     json_t *object, const char *path, int depth)
{
	yaml_node_t *key_node =
		yaml_document_get_node(reader->document, pair->key);
	yaml_node_t *value_node =
		yaml_document_get_node(reader->document, pair->value);
	AUTO_FREE char *inner = NULL;
	const char *key;
	json_t *value;

	if (!key_node || key_node->type != YAML_SCALAR_NODE) {
		fail(reader, key_node ? key_node : value_node,
		     "a key that is not a word");
		return -1;
	}
	key = (const char *)key_node->data.scalar.value;
	inner = *path ? xasprintf("%s.%s", path, key) : xstrdup(key);
	if (json_object_get(object, key)) {
		err_set(reader->err, ERR_INVALID,
			"line %zu: key %s stands here twice",
			key_node->start_mark.line + 1, key);
		return -1;
	}
	value = read_node(reader, value_node, inner, depth + 1);
	if (!value)
		return -1;
	if (str_eq(key, "<<")) {
		int merged = read_merge(object, value);

		json_decref(value);
		if (merged)
			fail(reader, value_node, "<< needs a mapping");
		return merged;
	}
	if (reader->lines)
		json_object_set_new(
			reader->lines, inner,
			json_integer((json_int_t)key_node->start_mark.line +
				     1));
	if (json_object_set_new(object, key, value)) {
		fail(reader, key_node, "not valid UTF-8");
		return -1;
	}
	return 0;
}

static json_t *read_mapping(struct reader *reader, const yaml_node_t *node,
			    const char *path, int depth)
{
	json_t *object = json_object();

	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		if (read_pair(reader, pair, object, path, depth)) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *read_node(struct reader *reader, yaml_node_t *node,
			 const char *path, int depth)
{
	if (!node)
		return json_null();
	if (++reader->n_nodes > YAML_MAX_NODES)
		return fail(reader, node, "too many values (an alias bomb?)");
	if (depth > JSON_MAX_DEPTH)
		return fail(reader, node, "nested too deeply");
	if (reader->lines && !json_object_get(reader->lines, path))
		json_object_set_new(
			reader->lines, path,
			json_integer((json_int_t)node->start_mark.line + 1));
	switch (node->type) {
	case YAML_SCALAR_NODE:
		return read_scalar(reader, node);
	case YAML_SEQUENCE_NODE:
		return read_sequence(reader, node, path, depth);
	case YAML_MAPPING_NODE:
		return read_mapping(reader, node, path, depth);
	default:
		return fail(reader, node, "an empty node");
	}
}

static void parse_error(const yaml_parser_t *parser, struct err *err)
{
	err_set(err, ERR_INVALID, "line %zu: %s%s%s",
		parser->problem_mark.line + 1,
		parser->problem ? parser->problem : "cannot be read",
		parser->context ? " " : "",
		parser->context ? parser->context : "");
}

/* One document into the two lists; 1: there was none, the stream is over. */
static int parse_one(yaml_parser_t *parser, enum yaml_scalars scalars,
		     json_t *documents, json_t *lines, struct err *err)
{
	struct reader reader = { .scalars = scalars, .err = err };
	yaml_document_t document;
	yaml_node_t *root;
	json_t *value;

	if (!yaml_parser_load(parser, &document)) {
		parse_error(parser, err);
		return -1;
	}
	root = yaml_document_get_root_node(&document);
	if (!root) {
		yaml_document_delete(&document);
		return 1;
	}
	reader.document = &document;
	reader.lines = lines ? json_object() : NULL;
	value = read_node(&reader, root, "", 0);
	yaml_document_delete(&document);
	if (!value) {
		json_decref(reader.lines);
		return -1;
	}
	json_array_append_new(documents, value);
	if (lines)
		json_array_append_new(lines, reader.lines);
	return 0;
}

json_t *yaml_parse(const char *text, size_t len, enum yaml_scalars scalars,
		   json_t **lines, struct err *err)
{
	AUTO_JSON json_t *documents = json_array();
	AUTO_JSON json_t *positions = lines ? json_array() : NULL;
	yaml_parser_t parser;
	int status;

	if (!yaml_parser_initialize(&parser))
		abort(); /* out of memory */
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	do {
		status = parse_one(&parser, scalars, documents, positions, err);
	} while (status == 0);
	yaml_parser_delete(&parser);
	if (status < 0)
		return NULL;
	if (lines)
		*lines = take_ptr(positions);
	return take_ptr(documents);
}

static void write_value(struct buf *out, const json_t *value, int indent,
			bool in_list);

/* Whether a plain scalar would be read back as the same string. */
static bool plain_is_safe(const char *text)
{
	size_t len = strlen(text);
	AUTO_JSON json_t *back = read_plain(text);

	if (!json_is_string(back) || !len)
		return false;
	if (strchr("-?:,[]{}#&*!|>'\"%@` ", text[0]) || text[len - 1] == ' ' ||
	    text[len - 1] == ':')
		return false;
	if (strstr(text, ": ") || strstr(text, " #"))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 127)
			return false;
	/* Base 60 and dates, which other readers than ours would turn. */
	return strspn(text, "0123456789:._-+TZ") != len;
}

static void write_string(struct buf *out, const char *text, int indent)
{
	size_t len = strlen(text);
	bool block = strchr(text, '\n') && text[0] != ' ' && text[0] != '\n' &&
		     !strchr(text, '\r') && !strchr(text, '\t');

	if (block) {
		bool ends = text[len - 1] == '\n';

		buf_adds(out, ends ? "|" : "|-");
		if (ends && len > 1 && text[len - 2] == '\n')
			buf_adds(out, "+");
		buf_adds(out, "\n");
		while (*text) {
			size_t n = strcspn(text, "\n");

			if (n)
				buf_printf(out, "%*s%.*s", indent, "", (int)n,
					   text);
			buf_adds(out, "\n");
			text += n + (text[n] == '\n');
		}
	} else if (plain_is_safe(text)) {
		buf_printf(out, "%s\n", text);
	} else {
		AUTO_JSON json_t *string = json_string(text);
		AUTO_FREE char *quoted = json_text(string);

		buf_printf(out, "%s\n", quoted);
	}
}

static void write_object(struct buf *out, const json_t *object, int indent,
			 bool in_list)
{
	const char *key;
	json_t *value;
	bool first = in_list;

	json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
		bool nested =
			(json_is_object(value) && json_object_size(value)) ||
			(json_is_array(value) && json_array_size(value));

		if (!first)
			buf_printf(out, "%*s", indent, "");
		first = false;
		if (plain_is_safe(key))
			buf_printf(out, "%s:", key);
		else
			buf_printf(out, "\"%s\":", key);
		buf_adds(out, nested ? "\n" : " ");
		/* Lists stand at their key's column, as kubectl has it. */
		write_value(out, value,
			    json_is_array(value) ? indent : indent + 2, false);
	}
}

static void write_value(struct buf *out, const json_t *value, int indent,
			bool in_list)
{
	size_t i;
	json_t *item;

	if (json_is_string(value)) {
		write_string(out, json_string_value(value), indent);
	} else if (json_is_object(value) && json_object_size(value)) {
		write_object(out, value, indent, in_list);
	} else if (json_is_array(value) && json_array_size(value)) {
		json_array_foreach (value, i, item) {
			if (!in_list || i)
				buf_printf(out, "%*s", indent, "");
			buf_adds(out, "- ");
			write_value(out, item, indent + 2, true);
		}
	} else {
		AUTO_FREE char *text = json_text(value);

		buf_printf(out, "%s\n", text);
	}
}

char *yaml_text(const json_t *value)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024 * 1024);

	write_value(&out, value, 0, false);
	return buf_take(&out);
}
