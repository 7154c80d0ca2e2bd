/* SPDX-License-Identifier: Apache-2.0 */
#include "template/write_json.h"

#include <math.h>
#include <string.h>

#include "template/utf8.h"
#include "template/value.h"

struct writer {
	struct buf *out;
	const struct json_style *style;
	size_t depth;
};

static void write_value(struct writer *writer, const json_t *value);

static void write_escape(struct writer *writer, uint32_t code)
{
	static const char plain[] = "bfnrt";
	static const char meant[] = "\b\f\n\r\t";
	const char *named = code && code < 32 ? strchr(meant, (int)code) : NULL;

	if (code == '"' || code == '\\')
		buf_printf(writer->out, "\\%c", (char)code);
	else if (named)
		buf_printf(writer->out, "\\%c", plain[named - meant]);
	else
		buf_printf(writer->out, "\\u%04x", code);
}

static void write_string(struct writer *writer, const char *text, size_t len)
{
	buf_addc(writer->out, '"');
	for (size_t i = 0; i < len && !writer->out->overflow;) {
		uint32_t code;
		size_t n = utf8_next(text + i, len - i, &code);
		bool bad = n == 1 && code == UTF8_BAD;
		bool html = code == '<' || code == '>' || code == '&';

		if (code < 32 || code == '"' || code == '\\' || bad ||
		    code == 0x2028 || code == 0x2029 ||
		    (html && writer->style->html))
			write_escape(writer, code);
		else
			buf_add(writer->out, text + i, n);
		i += n;
	}
	buf_addc(writer->out, '"');
}

/* The exponent without the zero that %e has: 1e-7. */
static void write_real(struct buf *out, double real)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(400);
	double size = fabs(real);
	bool tiny = size < 1e-6 && size > 0;

	value_print_real(&text, real, tiny || size >= 1e21 ? 'e' : 'f', -1);
	if (text.len > 4 && memcmp(text.base + text.len - 4, "e-0", 3) == 0) {
		buf_add(out, text.base, text.len - 2);
		buf_addc(out, text.base[text.len - 1]);
	} else {
		buf_add(out, text.base, text.len);
	}
}

static void new_line(const struct writer *writer)
{
	if (!writer->style->pretty)
		return;
	buf_addc(writer->out, '\n');
	for (size_t i = 0; i < writer->depth && !writer->out->overflow; i++)
		buf_adds(writer->out, "  ");
}

static void write_list(struct writer *writer, const json_t *list)
{
	size_t n = json_array_size(list);

	buf_addc(writer->out, '[');
	writer->depth++;
	for (size_t i = 0; i < n && !writer->out->overflow; i++) {
		buf_adds(writer->out, i ? "," : "");
		new_line(writer);
		write_value(writer, json_array_get(list, i));
	}
	writer->depth--;
	if (n)
		new_line(writer);
	buf_addc(writer->out, ']');
}

static void write_map(struct writer *writer, const json_t *map)
{
	size_t n;
	AUTO_FREE const char **keys = value_keys(map, &n);

	buf_addc(writer->out, '{');
	writer->depth++;
	for (size_t i = 0; i < n && !writer->out->overflow; i++) {
		buf_adds(writer->out, i ? "," : "");
		new_line(writer);
		write_string(writer, keys[i], strlen(keys[i]));
		buf_adds(writer->out, writer->style->pretty ? ": " : ":");
		write_value(writer, json_object_get(map, keys[i]));
	}
	writer->depth--;
	if (n)
		new_line(writer);
	buf_addc(writer->out, '}');
}

static void write_value(struct writer *writer, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		write_map(writer, value);
		break;
	case JSON_ARRAY:
		write_list(writer, value);
		break;
	case JSON_STRING:
		write_string(writer, json_string_value(value),
			     json_string_length(value));
		break;
	case JSON_REAL:
		write_real(writer->out, json_real_value(value));
		break;
	case JSON_NULL:
		buf_adds(writer->out, "null");
		break;
	default:
		value_print(writer->out, value);
	}
}

void write_json(struct buf *out, const json_t *value,
		const struct json_style *style)
{
	struct writer writer = { .out = out, .style = style };

	write_value(&writer, value);
}
