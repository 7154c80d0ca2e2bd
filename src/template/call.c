/* SPDX-License-Identifier: Apache-2.0 */
#include "template/call.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "template/value.h"

const json_t *call_fail(struct call *call, const char *format, ...)
{
	struct err *err = call->render->err;
	va_list args;

	err->code = ERR_INVALID;
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	err_wrap(err, "error calling %s", call->func->name);
	return NULL;
}

/* The message is there: say which function it was. */
static int limit(struct call *call)
{
	return err_wrap(call->render->err, "error calling %s",
			call->func->name);
}

int call_spend(struct call *call, size_t steps)
{
	return render_spend(call->render, steps) ? limit(call) : 0;
}

int call_charge(struct call *call, size_t bytes)
{
	return render_charge(call->render, bytes) ? limit(call) : 0;
}

int call_walk(struct call *call, const json_t *value, size_t *bytes)
{
	return render_walk(call->render, value, bytes) ? limit(call) : 0;
}

static int wrong_type(struct call *call, size_t i, const char *wanted)
{
	call_fail(call, "argument %zu: expected %s; got %s", i + 1, wanted,
		  value_type(call->args[i]));
	return -1;
}

int arg_text(struct call *call, size_t i, struct text *text)
{
	const json_t *value = call->args[i];

	if (!json_is_string(value))
		return wrong_type(call, i, "string");
	text->base = json_string_value(value);
	text->len = json_string_length(value);
	return 0;
}

int arg_int(struct call *call, size_t i, json_int_t *value)
{
	const json_t *arg = call->args[i];
	double real = json_real_value(arg);

	if (json_is_real(arg) && fabs(real) < 9e15 &&
	    fpclassify(real - trunc(real)) == FP_ZERO) {
		*value = (json_int_t)real;
		return 0;
	}
	if (!json_is_integer(arg))
		return wrong_type(call, i, "int");
	*value = json_integer_value(arg);
	return 0;
}

/*
 * Digits of a base, by Go's rules for literals: 0x1f, 0b1, 0o17 and 017, and
 * underscores between digits where there is a prefix or nothing else.
 */
static bool read_digits(const char *text, uint64_t most, uint64_t *value)
{
	char letter = *text == '0' ? (char)(text[1] | 32) : '\0';
	unsigned base = letter == 'x' ? 16 : letter == 'b' ? 2 : 10;
	bool digit_before = false;

	if (letter == 'o' || (*text == '0' && text[1] && base == 10))
		base = 8;
	*value = 0;
	if (letter == 'x' || letter == 'b' || letter == 'o') {
		text += 2;
		digit_before = true; /* 0x_1f is fine */
	}
	if (!*text)
		return false;
	for (; *text; text++) {
		char lower = (char)(*text | 32);
		unsigned digit = *text >= '0' && *text <= '9'
					 ? (unsigned)(*text - '0')
				 : lower >= 'a' && lower <= 'f'
					 ? (unsigned)(lower - 'a' + 10)
					 : 99;

		if (*text == '_' && digit_before && text[1]) {
			digit_before = false;
			continue;
		}
		if (digit >= base || *value > (most - digit) / base)
			return false;
		*value = *value * base + digit;
		digit_before = true;
	}
	return digit_before;
}

/* As Sprig reads "12", "-0x1f", and "12.00", which is 12. */
static json_int_t read_int(const char *text)
{
	bool negative = *text == '-';
	uint64_t value;
	char digits[80];
	char *point;

	if (!str_copy(digits, sizeof(digits),
		      text + (negative || *text == '+')))
		return 0;
	point = strrchr(digits, '.');
	if (point && point[1] && strspn(point + 1, "0") == strlen(point + 1))
		*point = '\0';
	if (!read_digits(digits, (uint64_t)INT64_MAX + negative, &value))
		return 0;
	return negative ? (json_int_t)(0 - value) : (json_int_t)value;
}

json_int_t arg_as_int(const struct call *call, size_t i)
{
	const json_t *value = call->args[i];
	double real;

	switch (json_typeof(value)) {
	case JSON_INTEGER:
		return json_integer_value(value);
	case JSON_REAL:
		real = json_real_value(value);
		return fabs(real) < 9.2e18 ? (json_int_t)real : INT64_MIN;
	case JSON_STRING:
		return read_int(json_string_value(value));
	default:
		return json_is_true(value);
	}
}

/* What is no number is 0, as in Sprig. */
static double read_real(const char *text)
{
	char *end;
	double real;

	if (strspn(text, "0123456789+-.eExXpPabcdfABCDF") != strlen(text))
		return 0;
	real = strtod(text, &end);
	if (*end || !isfinite(real) ||
	    (strpbrk(text, "xX") && !strpbrk(text, "pP")))
		return 0;
	return real;
}

double arg_as_real(const struct call *call, size_t i)
{
	const json_t *value = call->args[i];

	switch (json_typeof(value)) {
	case JSON_INTEGER:
		return (double)json_integer_value(value);
	case JSON_REAL:
		return json_real_value(value);
	case JSON_STRING:
		return read_real(json_string_value(value));
	default:
		return json_is_true(value) ? 1 : 0;
	}
}

const json_t *arg_list(struct call *call, size_t i)
{
	if (json_is_array(call->args[i]))
		return call->args[i];
	wrong_type(call, i, "list");
	return NULL;
}

const json_t *arg_dict(struct call *call, size_t i)
{
	if (json_is_object(call->args[i]) || json_is_null(call->args[i]))
		return call->args[i];
	wrong_type(call, i, "map");
	return NULL;
}

const json_t *arg_list_items(struct call *call, size_t i)
{
	const json_t *list = arg_list(call, i);

	if (list && call_spend(call, json_array_size(list) / 8))
		return NULL;
	return list;
}

const json_t *arg_dict_items(struct call *call, size_t i)
{
	const json_t *dict = arg_dict(call, i);

	if (dict && call_spend(call, json_object_size(dict) / 2))
		return NULL;
	return dict;
}

const json_t *give(struct call *call, json_t *value)
{
	const json_t *kept = render_keep(call->render, value);

	if (!kept)
		limit(call);
	else if (json_array_size(value) > LIST_MAX)
		return call_fail(call, "a list of over %d items", LIST_MAX);
	return kept;
}

const json_t *give_tree(struct call *call, json_t *value)
{
	const json_t *kept = give(call, value);
	size_t bytes;

	if (!kept)
		return NULL;
	if (call_walk(call, kept, &bytes) || call_charge(call, bytes))
		return NULL;
	return kept;
}

const json_t *give_text(struct call *call, const struct buf *text)
{
	if (text->overflow)
		return call_fail(call, "a string of over %zu bytes",
				 text->limit);
	return give_string(call, text->base, text->len);
}

const json_t *give_string(struct call *call, const char *text, size_t len)
{
	return give(call, json_stringn_nocheck(text, len));
}

const json_t *give_range(struct call *call, const json_t *list, size_t from,
			 size_t to)
{
	json_t *part = json_array();

	for (size_t i = from; i < to; i++)
		list_append(part, json_array_get(list, i));
	return give(call, part);
}

const json_t *give_bool(bool value)
{
	return json_boolean(value);
}

const json_t *give_int(struct call *call, json_int_t value)
{
	return give(call, json_integer(value));
}

const json_t *give_real(struct call *call, double value)
{
	if (!isfinite(value))
		return call_fail(call, "the result is not a finite number");
	return give(call, json_real(value));
}

void list_append(json_t *list, const json_t *value)
{
	json_array_append(list, (json_t *)(uintptr_t)value);
}

void list_append_text(json_t *list, const char *text, size_t len)
{
	json_array_append_new(list, json_stringn_nocheck(text, len));
}

int dict_put(struct call *call, json_t *dict, const struct text *key,
	     const json_t *value)
{
	AUTO_FREE char *name = NULL;

	if (memchr(key->base, 0, key->len)) {
		call_fail(call, "a key with a NUL byte");
		return -1;
	}
	name = xstrndup(key->base, key->len);
	json_object_set_nocheck(dict, name, (json_t *)(uintptr_t)value);
	return 0;
}

const json_t *dict_get(const json_t *dict, const struct text *key)
{
	if (memchr(key->base, 0, key->len))
		return NULL;
	return json_object_get(dict, key->base);
}

/* Whether it is in there: then it must not be put into that. */
static int check_apart(struct call *call, const json_t *value,
		       const json_t *dict, size_t depth)
{
	size_t i;
	const char *key;
	json_t *item;

	if (value == dict || depth > RENDER_NESTING) {
		call_fail(call, value == dict
					? "a map can't hold itself"
					: "lists and maps nested too deeply");
		return -1;
	}
	if (call_spend(call, 1))
		return -1;
	if (json_is_array(value))
		json_array_foreach (value, i, item)
			if (check_apart(call, item, dict, depth + 1))
				return -1;
	json_object_foreach ((json_t *)(uintptr_t)value, key, item)
		if (check_apart(call, item, dict, depth + 1))
			return -1;
	return 0;
}

int dict_change(struct call *call, const json_t *dict, const char *key,
		const json_t *value)
{
	const json_t *old = json_object_get(dict, key);

	if ((json_is_array(value) || json_is_object(value)) &&
	    check_apart(call, value, dict, 0))
		return -1;
	if (call_charge(call, 160 + strlen(key)))
		return -1;
	if (old)
		render_hold(call->render, old);
	render_hold(call->render, dict);
	json_object_set_nocheck((json_t *)(uintptr_t)dict, key,
				(json_t *)(uintptr_t)value);
	return 0;
}

int text_of(struct call *call, const json_t *value, struct buf *room,
	    struct text *text)
{
	if (json_is_string(value)) {
		text->base = json_string_value(value);
		text->len = json_string_length(value);
		return 0;
	}
	if (call_walk(call, value, NULL))
		return -1;
	buf_clear(room);
	value_print(room, value);
	if (room->overflow) {
		call_fail(call, "a string of over %zu bytes", room->limit);
		return -1;
	}
	text->base = room->base;
	text->len = room->len;
	return 0;
}

static int deep_equal_at(struct call *call, const json_t *a, const json_t *b,
			 size_t depth, bool *result)
{
	size_t i;
	const char *key;
	json_t *item;

	*result = a == b;
	if (a == b || json_typeof(a) != json_typeof(b) ||
	    json_array_size(a) != json_array_size(b) ||
	    json_object_size(a) != json_object_size(b) ||
	    json_string_length(a) != json_string_length(b))
		return 0;
	if (depth > RENDER_NESTING) {
		call_fail(call, "lists and maps nested too deeply");
		return -1;
	}
	if (call_spend(call, 1 + json_string_length(a) / 1024))
		return -1;
	*result = true;
	if (json_is_array(a)) {
		json_array_foreach (a, i, item)
			if (*result &&
			    deep_equal_at(call, item, json_array_get(b, i),
					  depth + 1, result))
				return -1;
	} else if (json_is_object(a)) {
		json_object_foreach ((json_t *)(uintptr_t)a, key, item) {
			const json_t *other = json_object_get(b, key);

			*result = *result && other;
			if (*result &&
			    deep_equal_at(call, item, other, depth + 1, result))
				return -1;
		}
	} else {
		*result = json_equal(a, b);
	}
	return 0;
}

int deep_equal(struct call *call, const json_t *a, const json_t *b,
	       bool *result)
{
	return deep_equal_at(call, a, b, 0, result);
}
