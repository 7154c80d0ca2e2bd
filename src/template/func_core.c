/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Go's own functions, the comparisons aside.
 */
#include <string.h>

#include "template/call.h"
#include "template/format.h"
#include "template/utf8.h"
#include "template/value.h"

static const json_t *call_not(struct call *call)
{
	return give_bool(!value_truth(call->args[0]));
}

static const json_t *call_len(struct call *call)
{
	const json_t *value = call->args[0];

	switch (json_typeof(value)) {
	case JSON_ARRAY:
		return give_int(call, (json_int_t)json_array_size(value));
	case JSON_OBJECT:
		return give_int(call, (json_int_t)json_object_size(value));
	case JSON_STRING:
		return give_int(call, (json_int_t)json_string_length(value));
	default:
		return call_fail(call, "len of type %s", value_type(value));
	}
}

/* An index into a list or a string of so many items. */
static int arg_index(struct call *call, size_t i, size_t size, size_t *index)
{
	json_int_t value;

	if (arg_int(call, i, &value))
		return -1;
	if (value < 0 || (uint64_t)value >= size) {
		call_fail(call, "index out of range: %" JSON_INTEGER_FORMAT,
			  value);
		return -1;
	}
	*index = (size_t)value;
	return 0;
}

/* A key that is not there gives nil: only fields insist. */
static const json_t *index_map(struct call *call, const json_t *map, size_t i)
{
	struct text key;
	const json_t *item;

	if (arg_text(call, i, &key))
		return NULL;
	item = dict_get(map, &key);
	return item ? item : json_null();
}

static const json_t *give_byte(struct call *call, const json_t *string,
			       size_t index)
{
	return give_int(call, (unsigned char)json_string_value(string)[index]);
}

static const json_t *call_index(struct call *call)
{
	const json_t *value = call->args[0];
	size_t index;

	if (json_is_null(value))
		return call_fail(call, "index of untyped nil");
	for (size_t i = 1; value && i < call->n; i++) {
		if (json_is_object(value)) {
			value = index_map(call, value, i);
		} else if (json_is_array(value)) {
			if (arg_index(call, i, json_array_size(value), &index))
				return NULL;
			value = json_array_get(value, index);
		} else if (json_is_string(value)) {
			if (arg_index(call, i, json_string_length(value),
				      &index))
				return NULL;
			value = give_byte(call, value, index);
		} else {
			return call_fail(call, "can't index item of type %s",
					 value_type(value));
		}
	}
	return value;
}

/* One of slice's: of a list Sprig takes anything for a number. */
static int arg_bound(struct call *call, size_t i, size_t most, size_t *bound)
{
	json_int_t value;

	if (i >= call->n)
		return 0;
	if (!json_is_array(call->args[0]))
		return arg_index(call, i, most + 1, bound);
	value = arg_as_int(call, i);
	if (value < 0 || (uint64_t)value > most) {
		call_fail(call, "index out of range: %" JSON_INTEGER_FORMAT,
			  value);
		return -1;
	}
	*bound = (size_t)value;
	return 0;
}

/* Sprig's of a list, which has nil for an empty one; Go's of a string. */
static const json_t *call_slice(struct call *call)
{
	const json_t *value = call->args[0];
	bool is_list = json_is_array(value);
	size_t size =
		is_list ? json_array_size(value) : json_string_length(value);
	size_t from = 0;
	size_t to = size;

	if (!is_list && !json_is_string(value))
		return call_fail(call, "can't slice item of type %s",
				 value_type(value));
	if (is_list && !size)
		return json_null();
	if (arg_bound(call, 1, size, &from) || arg_bound(call, 2, size, &to))
		return NULL;
	if (from > to)
		return call_fail(call, "invalid slice index: %zu > %zu", from,
				 to);
	if (is_list)
		return give_range(call, value, from, to);
	return give_string(call, json_string_value(value) + from, to - from);
}

/* A walk through each argument is paid before they are printed. */
static int pay(struct call *call)
{
	for (size_t i = 0; i < call->n; i++)
		if (call_walk(call, call->args[i], NULL))
			return -1;
	return 0;
}

/*
 * As Go prints several: a blank between two of which none is a string. To
 * the functions that escape, nil is the string that an action shows.
 */
static void print_all(struct buf *out, const struct call *call, const char *nil)
{
	bool text_before = true;

	for (size_t i = 0; i < call->n; i++) {
		const json_t *arg = call->args[i];
		bool text = json_is_string(arg) || (nil && json_is_null(arg));

		buf_adds(out, text || text_before ? "" : " ");
		text_before = text;
		if (nil && json_is_null(arg))
			buf_adds(out, nil);
		else
			value_print(out, arg);
	}
}

static const json_t *call_print(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);

	if (pay(call))
		return NULL;
	print_all(&out, call, NULL);
	return give_text(call, &out);
}

static const json_t *call_println(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);

	if (pay(call))
		return NULL;
	for (size_t i = 0; i < call->n; i++) {
		buf_adds(&out, i ? " " : "");
		value_print(&out, call->args[i]);
	}
	buf_addc(&out, '\n');
	return give_text(call, &out);
}

static const json_t *call_printf(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text text;

	if (arg_text(call, 0, &text) || pay(call))
		return NULL;
	format(&out, text.base, text.len, call->args + 1, call->n - 1);
	return give_text(call, &out);
}

/* The text that an escape function has to do with. */
static int escape_text(struct call *call, struct buf *room, struct text *text)
{
	if (pay(call))
		return -1;
	print_all(room, call, "<no value>");
	text->base = room->base;
	text->len = room->len;
	return 0;
}

static const json_t *call_html(struct call *call)
{
	CLEANUP(buf_release) struct buf room = BUF_INIT(VALUE_MAX);
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text text;

	if (escape_text(call, &room, &text))
		return NULL;
	for (size_t i = 0; i < text.len; i++) {
		switch (text.base[i]) {
		case '\0':
			utf8_add(&out, UTF8_BAD);
			break;
		case '"':
			buf_adds(&out, "&#34;");
			break;
		case '\'':
			buf_adds(&out, "&#39;");
			break;
		case '&':
			buf_adds(&out, "&amp;");
			break;
		case '<':
			buf_adds(&out, "&lt;");
			break;
		case '>':
			buf_adds(&out, "&gt;");
			break;
		default:
			buf_addc(&out, text.base[i]);
		}
	}
	out.overflow |= room.overflow;
	return give_text(call, &out);
}

static const json_t *call_js(struct call *call)
{
	CLEANUP(buf_release) struct buf room = BUF_INIT(VALUE_MAX);
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text text;

	if (escape_text(call, &room, &text))
		return NULL;
	for (size_t i = 0; i < text.len;) {
		uint32_t code;
		size_t n = utf8_next(text.base + i, text.len - i, &code);

		if (code && code < 128 && strchr("\\'\"", (int)code))
			buf_printf(&out, "\\%c", (char)code);
		else if (code < ' ' ||
			 (code < 128 && strchr("<>&=", (int)code)))
			buf_printf(&out, "\\u%04X", code);
		else if (code < 128 || utf8_printable(code))
			buf_add(&out, text.base + i, n);
		else
			buf_printf(&out, "\\u%04X", code);
		i += n;
	}
	out.overflow |= room.overflow;
	return give_text(call, &out);
}

static const json_t *call_urlquery(struct call *call)
{
	CLEANUP(buf_release) struct buf room = BUF_INIT(VALUE_MAX);
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text text;

	if (escape_text(call, &room, &text))
		return NULL;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.base[i];

		if ((c >= '0' && c <= '9') ||
		    ((c | 32) >= 'a' && (c | 32) <= 'z') ||
		    (c && strchr("-_.~", c)))
			buf_addc(&out, c);
		else if (c == ' ')
			buf_addc(&out, '+');
		else
			buf_printf(&out, "%%%02X", (unsigned char)c);
	}
	out.overflow |= room.overflow;
	return give_text(call, &out);
}

const struct func *func_core(size_t *n)
{
	static const struct func table[] = {
		{ "and", 1, FUNC_ANY, NULL, FUNC_AND },
		{ "or", 1, FUNC_ANY, NULL, FUNC_OR },
		{ "not", 1, 1, call_not, FUNC_PLAIN },
		{ "len", 1, 1, call_len, FUNC_PLAIN },
		{ "index", 1, FUNC_ANY, call_index, FUNC_PLAIN },
		{ "slice", 1, 3, call_slice, FUNC_PLAIN },
		{ "mustSlice", 1, 3, call_slice, FUNC_PLAIN },
		{ "print", 0, FUNC_ANY, call_print, FUNC_PLAIN },
		{ "println", 0, FUNC_ANY, call_println, FUNC_PLAIN },
		{ "printf", 1, FUNC_ANY, call_printf, FUNC_PLAIN },
		{ "html", 0, FUNC_ANY, call_html, FUNC_PLAIN },
		{ "js", 0, FUNC_ANY, call_js, FUNC_PLAIN },
		{ "urlquery", 0, FUNC_ANY, call_urlquery, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
