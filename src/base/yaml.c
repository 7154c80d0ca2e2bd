/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "base/buf.h"
#include "base/str.h"

struct reader {
	yaml_document_t *document;
	enum yaml_scalars scalars;
	json_t *lines;  /* of this document, or NULL */
	size_t n_nodes; /* of the stream */
	size_t most;    /* as many, for there are no more in the document */
	size_t n_bytes; /* of text in them, and of paths in lines */
	struct err *err;
};

/* What is open, and how many there were, in the tokens of a text. */
struct outline {
	int depth;
	size_t n_anchors;
	size_t n_directives;
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

/* Aliases make much of little: what they copy is counted. */
static bool spend(struct reader *reader, const yaml_node_t *node, size_t bytes)
{
	reader->n_bytes += bytes;
	if (reader->n_bytes <= YAML_MAX_BYTES)
		return true;
	fail(reader, node, "too much text (an alias bomb?)");
	return false;
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

static bool check_scalar(struct reader *reader, const yaml_node_t *node)
{
	size_t len = node->data.scalar.length;

	if (!memchr(node->data.scalar.value, 0, len))
		return spend(reader, node, len);
	fail(reader, node, "a NUL byte in a scalar");
	return false;
}

static json_t *read_scalar(struct reader *reader, const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;
	bool plain =
		node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		!str_eq((const char *)node->tag, "tag:yaml.org,2002:binary");
	json_t *value;

	if (!check_scalar(reader, node))
		return NULL;
	if (plain && reader->scalars == YAML_TYPED)
		value = read_plain(text);
	else if (plain && (!*text || str_eq(text, "~") || str_eq(text, "null")))
		value = json_null();
	else
		value = json_string(text);
	return value ? value : fail(reader, node, "not valid UTF-8");
}

/* Paths are wanted for the lines only. */
static void set_line(struct reader *reader, const yaml_node_t *node,
		     const char *path)
{
	json_int_t line = (json_int_t)node->start_mark.line + 1;

	if (path && !json_object_get(reader->lines, path))
		json_object_set_new(reader->lines, path, json_integer(line));
}

static json_t *read_item(struct reader *reader, const yaml_node_t *list,
			 yaml_node_item_t item, size_t index, const char *path,
			 int depth)
{
	yaml_node_t *node = yaml_document_get_node(reader->document, item);
	AUTO_FREE char *inner = NULL;

	if (path) {
		inner = xasprintf("%s[%zu]", path, index);
		if (!spend(reader, list, strlen(inner)))
			return NULL;
	}
	return read_node(reader, node, inner, depth + 1);
}

static json_t *read_sequence(struct reader *reader, const yaml_node_t *node,
			     const char *path, int depth)
{
	AUTO_JSON json_t *list = json_array();

	for (yaml_node_item_t *item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		json_t *value = read_item(reader, node, *item,
					  json_array_size(list), path, depth);

		if (!value)
			return NULL;
		json_array_append_new(list, value);
	}
	return take_ptr(list);
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
	if (!check_scalar(reader, key_node))
		return -1;
	if (json_object_get(object, key))
		return err_set(reader->err, ERR_INVALID,
			       "line %zu: key %s stands here twice",
			       key_node->start_mark.line + 1, key);
	if (path) {
		inner = *path ? xasprintf("%s.%s", path, key) : xstrdup(key);
		if (!spend(reader, key_node, strlen(inner)))
			return -1;
	}
	set_line(reader, key_node, inner);
	value = read_node(reader, value_node, inner, depth + 1);
	if (!value)
		return -1;
	if (json_object_set_new(object, key, value)) {
		fail(reader, key_node, "not valid UTF-8");
		return -1;
	}
	return 0;
}

static bool is_merge(struct reader *reader, const yaml_node_pair_t *pair)
{
	const yaml_node_t *key =
		yaml_document_get_node(reader->document, pair->key);

	return key && key->type == YAML_SCALAR_NODE &&
	       key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       str_eq((const char *)key->data.scalar.value, "<<");
}

static int merge_one(struct reader *reader, yaml_node_t *node, json_t *object,
		     const char *path, int depth)
{
	AUTO_JSON json_t *value = NULL;

	if (node->type != YAML_MAPPING_NODE) {
		fail(reader, node, "<< needs a mapping");
		return -1;
	}
	value = read_node(reader, node, path, depth + 1);
	if (!value)
		return -1;
	json_object_update_missing(object, value);
	return 0;
}

/* `<<: *anchor`, or a list of such: members that are not there already. */
static int read_merge(struct reader *reader, const yaml_node_pair_t *pair,
		      json_t *object, const char *path, int depth)
{
	yaml_node_t *node =
		yaml_document_get_node(reader->document, pair->value);

	if (node->type != YAML_SEQUENCE_NODE)
		return merge_one(reader, node, object, path, depth);
	for (yaml_node_item_t *item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++)
		if (merge_one(reader,
			      yaml_document_get_node(reader->document, *item),
			      object, path, depth))
			return -1;
	return 0;
}

/* What is merged in comes last: a mapping's own members win over it. */
static json_t *read_mapping(struct reader *reader, const yaml_node_t *node,
			    const char *path, int depth)
{
	AUTO_JSON json_t *object = json_object();
	const yaml_node_pair_t *end = node->data.mapping.pairs.top;

	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < end; pair++)
		if (!is_merge(reader, pair) &&
		    read_pair(reader, pair, object, path, depth))
			return NULL;
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < end; pair++)
		if (is_merge(reader, pair) &&
		    read_merge(reader, pair, object, path, depth))
			return NULL;
	return take_ptr(object);
}

static json_t *read_node(struct reader *reader, yaml_node_t *node,
			 const char *path, int depth)
{
	if (!node)
		return json_null();
	if (++reader->n_nodes > YAML_MAX_NODES ||
	    reader->n_nodes > reader->most)
		return fail(reader, node, "too many values (an alias bomb?)");
	if (depth > JSON_MAX_DEPTH)
		return fail(reader, node, "nested too deeply");
	set_line(reader, node, path);
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
static int parse_one(yaml_parser_t *parser, struct reader *reader,
		     json_t *documents, json_t *lines)
{
	yaml_document_t document;
	yaml_node_t *root;
	json_t *value;

	if (!yaml_parser_load(parser, &document)) {
		parse_error(parser, reader->err);
		return -1;
	}
	root = yaml_document_get_root_node(&document);
	if (!root) {
		yaml_document_delete(&document);
		return 1;
	}
	reader->document = &document;
	reader->most = reader->n_nodes + YAML_MAX_COPIES +
		       (size_t)(document.nodes.top - document.nodes.start);
	reader->lines = lines ? json_object() : NULL;
	value = read_node(reader, root, lines ? "" : NULL, 0);
	yaml_document_delete(&document);
	if (!value) {
		json_decref(reader->lines);
		return -1;
	}
	json_array_append_new(documents, value);
	if (lines)
		json_array_append_new(lines, reader->lines);
	return 0;
}

static int token_error(const yaml_token_t *token, const char *what,
		       struct err *err)
{
	return err_set(err, ERR_INVALID, "line %zu: %s",
		       token->start_mark.line + 1, what);
}

/* What one token adds to the nesting and the counts. */
static int check_token(const yaml_token_t *token, struct outline *outline,
		       struct err *err)
{
	switch (token->type) {
	case YAML_FLOW_SEQUENCE_START_TOKEN:
	case YAML_FLOW_MAPPING_START_TOKEN:
	case YAML_BLOCK_SEQUENCE_START_TOKEN:
	case YAML_BLOCK_MAPPING_START_TOKEN:
		if (++outline->depth > JSON_MAX_DEPTH + 1)
			return token_error(token, "nested too deeply", err);
		return 0;
	case YAML_FLOW_SEQUENCE_END_TOKEN:
	case YAML_FLOW_MAPPING_END_TOKEN:
	case YAML_BLOCK_END_TOKEN:
		outline->depth--;
		return 0;
	case YAML_ANCHOR_TOKEN:
		if (++outline->n_anchors > YAML_MAX_ANCHORS)
			return token_error(token, "too many anchors", err);
		return 0;
	case YAML_TAG_DIRECTIVE_TOKEN:
		if (++outline->n_directives > YAML_MAX_ANCHORS)
			return token_error(token, "too many %TAG", err);
		return 0;
	default:
		return 0;
	}
}

/*
 * libyaml looks at all levels for each token, at all anchors for each of them
 * and at all %TAG for each of those: some kilobytes of brackets take seconds,
 * some more take hours. So the tokens alone are looked at first, up to a bound
 * of each. What else is wrong is left to the parser to say.
 */
static int check_outline(const char *text, size_t len, struct err *err)
{
	struct outline outline = { 0 };
	yaml_parser_t parser;
	yaml_token_t token;
	bool more = true;
	int status = 0;

	if (!yaml_parser_initialize(&parser))
		abort(); /* out of memory */
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	while (more && !status && yaml_parser_scan(&parser, &token)) {
		more = token.type != YAML_STREAM_END_TOKEN;
		status = check_token(&token, &outline, err);
		yaml_token_delete(&token);
	}
	yaml_parser_delete(&parser);
	return status;
}

json_t *yaml_parse(const char *text, size_t len, enum yaml_scalars scalars,
		   json_t **lines, struct err *err)
{
	AUTO_JSON json_t *documents = json_array();
	AUTO_JSON json_t *positions = lines ? json_array() : NULL;
	struct reader reader = { .scalars = scalars, .err = err };
	yaml_parser_t parser;
	int status;

	if (check_outline(text, len, err))
		return NULL;
	if (!yaml_parser_initialize(&parser))
		abort(); /* out of memory */
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	do {
		status = parse_one(&parser, &reader, documents, positions);
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

/* The next character of valid UTF-8, as Jansson's strings are. */
static uint32_t next_character(const char **at)
{
	const unsigned char *bytes = (const unsigned char *)*at;
	int n_more = *bytes < 0xc0   ? 0
		     : *bytes < 0xe0 ? 1
		     : *bytes < 0xf0 ? 2
				     : 3;
	uint32_t c = n_more ? *bytes & (0x3fU >> n_more) : *bytes;

	for (int i = 1; i <= n_more; i++)
		c = c << 6 | (bytes[i] & 0x3f);
	*at += 1 + n_more;
	return c;
}

/* Controls, and what YAML takes for line breaks or not at all. */
static bool is_special(uint32_t c)
{
	return c < ' ' || (c >= 0x7f && c <= 0x9f) || c == 0x2028 ||
	       c == 0x2029 || c == 0xfeff || c == 0xfffe || c == 0xffff;
}

static bool has_special(const char *text, const char *but)
{
	while (*text) {
		uint32_t c = next_character(&text);

		if (is_special(c) && !(c < 0x80 && strchr(but, (int)c)))
			return true;
	}
	return false;
}

/*
 * Dates, base 60, digits in groups, numbers that are none: what other
 * readers than ours would turn into something else. A MAC address of digits
 * is among them, an IP address is not.
 */
static bool others_would_turn(const char *text)
{
	static const char *const words[] = { "=", "<<", ".inf", ".nan", NULL };
	const char *digits = text + (*text == '-' || *text == '+');
	size_t len = strlen(text);

	for (size_t i = 0; words[i]; i++)
		if (strcasecmp(digits, words[i]) == 0)
			return true;
	if (digits[0] == '0' && digits[1] && strchr("bBoOxX", digits[1]))
		return true;
	return isdigit((unsigned char)*digits) &&
	       strspn(text, "0123456789:._-+tTzZ ") == len &&
	       strspn(text, "0123456789.") != len;
}

/* Whether a plain scalar would be read back as the same string. */
static bool plain_is_safe(const char *text)
{
	size_t len = strlen(text);
	AUTO_JSON json_t *back = read_plain(text);
	bool option = text[0] == '-' && text[1] != ' ' && text[1];

	if (!json_is_string(back) || !len || others_would_turn(text))
		return false;
	if (strchr("-?:,[]{}#&*!|>'\"%@` ", text[0]) && !option)
		return false;
	if (str_starts(text, "---") || str_starts(text, "..."))
		return false;
	if (text[len - 1] == ' ' || text[len - 1] == ':')
		return false;
	return !strstr(text, ": ") && !strstr(text, " #") &&
	       !has_special(text, "");
}

static void write_quoted(struct buf *out, const char *text)
{
	buf_addc(out, '"');
	while (*text) {
		const char *begin = text;
		uint32_t c = next_character(&text);

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", (char)c);
		else if (c == '\n')
			buf_adds(out, "\\n");
		else if (c == '\t')
			buf_adds(out, "\\t");
		else if (is_special(c))
			buf_printf(out, "\\u%04" PRIx32, c);
		else
			buf_add(out, begin, (size_t)(text - begin));
	}
	buf_addc(out, '"');
}

/* Lines as they are, under a mark that says how the last one ends. */
static void write_block(struct buf *out, const char *text, int indent)
{
	size_t len = strlen(text);
	bool ends = text[len - 1] == '\n';

	buf_adds(out, ends ? "|" : "|-");
	if (ends && text[len - 2] == '\n')
		buf_adds(out, "+");
	buf_adds(out, "\n");
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n) {
			buf_printf(out, "%*s", indent, "");
			buf_add(out, text, n);
		}
		buf_adds(out, "\n");
		text += n + (text[n] == '\n');
	}
}

static void write_string(struct buf *out, const char *text, int indent)
{
	if (strchr(text, '\n') && text[0] != ' ' && text[0] != '\n' &&
	    !has_special(text, "\n")) {
		/* A block has to be indented, a whole document too. */
		write_block(out, text, indent ? indent : 2);
		return;
	}
	if (plain_is_safe(text))
		buf_adds(out, text);
	else
		write_quoted(out, text);
	buf_adds(out, "\n");
}

static void write_key(struct buf *out, const char *key, int indent)
{
	/* Readers look for the colon 1024 characters far; quoted, one
	 * character may be six. */
	bool is_long = strlen(key) > 1024 / 6;

	if (is_long)
		buf_adds(out, "? ");
	if (plain_is_safe(key))
		buf_adds(out, key);
	else
		write_quoted(out, key);
	if (is_long)
		buf_printf(out, "\n%*s", indent, "");
	buf_addc(out, ':');
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
		write_key(out, key, indent);
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
