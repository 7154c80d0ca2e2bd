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

int call_spend(struct call *call, size_t steps)
{
	return render_spend(call->render, steps);
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

/* "12", "-0x1f", and "12.00", which Sprig takes for 12. */
static json_int_t read_int(const char *text)
{
	bool negative = *text == '-';
	uint64_t value;
	char digits[32];
	char *point;

	if (!str_copy(digits, sizeof(digits),
		      text + (negative || *text == '+')))
		return 0;
	point = strchr(digits, '.');
	if (point && point[1] && strspn(point + 1, "0") == strlen(point + 1))
		*point = '\0';
	if (digits[0] == '0' && (digits[1] | 32) == 'x' && digits[2] &&
	    strspn(digits + 2, "0123456789abcdefABCDEF") ==
		    strlen(digits + 2) &&
	    strlen(digits) <= 17)
		value = strtoull(digits, NULL, 16);
	else if (!str_parse_u64(digits, INT64_MAX, &value))
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

const json_t *arg_list(struct call *call, size_t i)
{
	if (json_is_array(call->args[i]))
		return call->args[i];
	wrong_type(call, i, "list");
	return NULL;
}

const json_t *arg_dict(struct call *call, size_t i)
{
	if (json_is_object(call->args[i]))
		return call->args[i];
	wrong_type(call, i, "map");
	return NULL;
}

const json_t *give(struct call *call, json_t *value)
{
	const json_t *kept = render_keep(call->render, value);

	if (!kept)
		err_wrap(call->render->err, "error calling %s",
			 call->func->name);
	else if (json_array_size(value) > LIST_MAX)
		return call_fail(call, "a list of over %d items", LIST_MAX);
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

const json_t *give_bool(bool value)
{
	return json_boolean(value);
}

const json_t *give_int(struct call *call, json_int_t value)
{
	return give(call, json_integer(value));
}

void list_append(json_t *list, const json_t *value)
{
	json_array_append(list, (json_t *)(uintptr_t)value);
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

struct text text_of(const json_t *value, struct buf *room)
{
	if (json_is_string(value))
		return (struct text){ json_string_value(value),
				      json_string_length(value) };
	buf_clear(room);
	value_print(room, value);
	return (struct text){ room->base, room->len };
}
