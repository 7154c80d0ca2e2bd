/* SPDX-License-Identifier: Apache-2.0 */
#include "template/value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "template/utf8.h"

const char *value_type(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "map";
	case JSON_ARRAY:
		return "list";
	case JSON_STRING:
		return "string";
	case JSON_INTEGER:
		return "int";
	case JSON_REAL:
		return "float64";
	case JSON_TRUE:
	case JSON_FALSE:
		return "bool";
	default:
		return "nil";
	}
}

const char *value_go_type(const json_t *value)
{
	if (json_is_object(value))
		return "map[string]interface {}";
	if (json_is_array(value))
		return "[]interface {}";
	return json_is_null(value) ? "<nil>" : value_type(value);
}

bool value_truth(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return json_object_size(value) > 0;
	case JSON_ARRAY:
		return json_array_size(value) > 0;
	case JSON_STRING:
		return json_string_length(value) > 0;
	case JSON_INTEGER:
		return json_integer_value(value) != 0;
	case JSON_REAL:
		return fpclassify(json_real_value(value)) != FP_ZERO;
	case JSON_TRUE:
		return true;
	default:
		return false;
	}
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **value_keys(const json_t *object, size_t *n)
{
	const char **keys =
		xcalloc(json_object_size(object) + 1, sizeof(*keys));
	const char *key;
	json_t *item;

	*n = 0;
	json_object_foreach ((json_t *)(uintptr_t)object, key, item)
		keys[(*n)++] = key;
	qsort(keys, *n, sizeof(*keys), compare_keys);
	return keys;
}

/* The fewest digits that are read back as the same number, as %e has them. */
static int shortest(double real)
{
	char text[40];

	for (int precision = 0; precision < 17; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, real);
		if (fpclassify(strtod(text, NULL) - real) == FP_ZERO)
			return precision;
	}
	return 17;
}

static int exponent_of(double real, int precision)
{
	char text[400];
	const char *e;

	snprintf(text, sizeof(text), "%.*e", precision, real);
	e = strchr(text, 'e');
	return e ? (int)strtol(e + 1, NULL, 10) : 0;
}

void value_print_real(struct buf *out, double real, char verb, int precision)
{
	bool least = precision < 0;
	char lower = (char)(verb | 32);
	int digits;
	int exponent;

	if (precision > 0 && (size_t)precision > out->limit) {
		out->overflow = true;
		return;
	}
	if (!isfinite(real)) {
		buf_adds(out, isnan(real) ? "NaN" : real > 0 ? "+Inf" : "-Inf");
		return;
	}
	if (!least && lower != 'g') {
		if (lower == 'f')
			buf_printf(out, "%.*f", precision, real);
		else
			buf_printf(out, verb == 'E' ? "%.*E" : "%.*e",
				   precision, real);
		return;
	}
	if (!least) {
		buf_printf(out, verb == 'G' ? "%.*G" : "%.*g", precision, real);
		return;
	}
	digits = shortest(real);
	exponent = exponent_of(real, digits);
	/* Six digits before the point at most: beyond that, 1e+06. */
	if (lower == 'e' || (lower == 'g' && (exponent < -4 || exponent >= 6)))
		buf_printf(out, verb == 'E' || verb == 'G' ? "%.*E" : "%.*e",
			   digits, real);
	else
		buf_printf(out, "%.*f",
			   digits > exponent ? digits - exponent : 0, real);
}

static void quote_code(struct buf *out, uint32_t code)
{
	static const char plain[] = "abfnrtv";
	static const char meant[] = "\a\b\f\n\r\t\v";
	const char *named = code && code < 32 ? strchr(meant, (int)code) : NULL;

	if (named)
		buf_printf(out, "\\%c", plain[named - meant]);
	else if (code < 32 || code == 127)
		buf_printf(out, "\\x%02x", code);
	else
		buf_printf(out, code < 0x10000 ? "\\u%04x" : "\\U%08x", code);
}

void value_quote(struct buf *out, const char *text, size_t len, char quote,
		 bool ascii)
{
	buf_addc(out, quote);
	for (size_t i = 0; i < len && !out->overflow;) {
		uint32_t code;
		size_t n = utf8_next(text + i, len - i, &code);

		if (code == (uint32_t)quote || code == '\\')
			buf_printf(out, "\\%c", (char)code);
		else if (n == 1 && code == UTF8_BAD)
			buf_printf(out, "\\x%02x", (unsigned char)text[i]);
		else if (utf8_printable(code) && (code < 128 || !ascii))
			buf_add(out, text + i, n);
		else
			quote_code(out, code);
		i += n;
	}
	buf_addc(out, quote);
}

static void print_map(struct buf *out, const json_t *value)
{
	size_t n;
	AUTO_FREE const char **keys = value_keys(value, &n);

	buf_adds(out, "map[");
	for (size_t i = 0; i < n && !out->overflow; i++) {
		buf_printf(out, "%s%s:", i ? " " : "", keys[i]);
		value_print(out, json_object_get(value, keys[i]));
	}
	buf_addc(out, ']');
}

void value_print(struct buf *out, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		print_map(out, value);
		break;
	case JSON_ARRAY:
		buf_addc(out, '[');
		for (size_t i = 0; i < json_array_size(value) && !out->overflow;
		     i++) {
			buf_adds(out, i ? " " : "");
			value_print(out, json_array_get(value, i));
		}
		buf_addc(out, ']');
		break;
	case JSON_STRING:
		buf_add(out, json_string_value(value),
			json_string_length(value));
		break;
	case JSON_INTEGER:
		buf_printf(out, "%" JSON_INTEGER_FORMAT,
			   json_integer_value(value));
		break;
	case JSON_REAL:
		value_print_real(out, json_real_value(value), 'g', -1);
		break;
	case JSON_NULL:
		buf_adds(out, "<nil>");
		break;
	default:
		buf_adds(out, json_is_true(value) ? "true" : "false");
	}
}
