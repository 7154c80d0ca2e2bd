/* SPDX-License-Identifier: Apache-2.0 */
#include "template/write_yaml.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "template/letter.h"
#include "template/utf8.h"
#include "template/value.h"

static void write_value(struct buf *out, const json_t *value, size_t indent,
			bool in_line);

static bool all_of(const char *text, const char *set)
{
	return *text && text[strspn(text, set)] == '\0';
}

/* Words that a reader turns into something, in one of three spellings. */
static bool is_word(const char *text)
{
	static const char *const words[] = {
		"y",     "n",    "yes", "no",   "on",   "off", "true",
		"false", "null", "~",   ".nan", ".inf", "<<",
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(words[i], text) == 0)
			return true;
	return strcasecmp(text, "-.inf") == 0 || strcasecmp(text, "+.inf") == 0;
}

/* Digits with a point and an exponent, as YAML has floats. */
static bool is_float(const char *text)
{
	size_t whole;
	size_t part = 0;

	text += *text == '-' || *text == '+';
	whole = strspn(text, "0123456789");
	text += whole;
	if (*text == '.') {
		part = strspn(text + 1, "0123456789");
		text += 1 + part;
	}
	if (!whole && !part)
		return false;
	if (*text == 'e' || *text == 'E') {
		text++;
		text += *text == '-' || *text == '+';
		return all_of(text, "0123456789");
	}
	return !*text;
}

static bool is_integer(const char *text)
{
	text += *text == '-' || *text == '+';
	if (text[0] != '0' || !text[1])
		return all_of(text, "0123456789");
	switch (text[1] | 32) {
	case 'x':
		return all_of(text + 2, "0123456789abcdefABCDEF");
	case 'o':
		return all_of(text + 2, "01234567");
	case 'b':
		return all_of(text + 2, "01");
	default:
		return all_of(text, "0123456789");
	}
}

/* 12:30:45, which old readers take for a number of base 60. */
static bool is_base60(const char *text)
{
	text += *text == '-' || *text == '+';
	return *text >= '0' && *text <= '9' && strchr(text, ':') &&
	       all_of(text, "0123456789_:.");
}

static bool is_date(const char *text)
{
	for (int part = 0; part < 3; part++) {
		size_t n = strspn(text, "0123456789");

		if (part == 0 ? n != 4 : n < 1 || n > 2)
			return false;
		text += n;
		if (part < 2 && *text++ != '-')
			return false;
	}
	return !*text || (*text && strchr("Tt ", *text));
}

/* Whether without quotes it would be read as something else. */
static bool is_ambiguous(const char *text)
{
	char digits[64];
	size_t n = 0;

	if (!*text || is_word(text) || is_base60(text) || is_date(text))
		return true;
	for (; *text && n < sizeof(digits) - 1; text++)
		if (*text != '_')
			digits[n++] = *text;
	digits[n] = '\0';
	return !*text && (is_integer(digits) || is_float(digits));
}

enum style { STYLE_PLAIN, STYLE_SINGLE, STYLE_DOUBLE, STYLE_BLOCK };

/* What has to be escaped; what is beyond 16 bits is too, as elsewhere. */
static bool is_special(uint32_t code, bool bad)
{
	return bad || (code < 32 && code != '\n') ||
	       (code > 0x7e && code < 0xa0) || code == 0x2028 ||
	       code == 0x2029 || code == 0xfeff || code >= 0xfffe;
}

/* An indicator where it stands. */
static bool is_indicator(const char *text, size_t i, size_t len)
{
	bool blank_after =
		i + 1 >= len || text[i + 1] == ' ' || text[i + 1] == '\n';

	if (text[i] == ':' || (i == 0 && strchr("?-", text[i])))
		return blank_after;
	if (i == 0)
		return strchr("#,[]{}&*!|>'\"%@`", text[i]) != NULL;
	return text[i] == '#' && (text[i - 1] == ' ' || text[i - 1] == '\n');
}

struct traits {
	bool special;
	bool indicators;
	bool lines;
	bool blank_before_line;
	bool blank_after_line;
};

static void look_at(const char *text, size_t len, struct traits *traits)
{
	*traits = (struct traits){ .indicators = str_starts(text, "---") ||
						 str_starts(text, "...") };
	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t n = utf8_next(text + i, len - i, &code);

		traits->special |= is_special(code, n == 1 && code == UTF8_BAD);
		if (code < 128 && code && is_indicator(text, i, len))
			traits->indicators = true;
		if (code == '\n') {
			traits->lines = true;
			traits->blank_before_line |= i && text[i - 1] == ' ';
			traits->blank_after_line |=
				i + 1 < len && text[i + 1] == ' ';
		}
		i += n;
	}
}

static enum style choose(const char *text, size_t len, bool is_key)
{
	struct traits traits;
	bool at_ends = len && (text[0] == ' ' || text[len - 1] == ' ');

	look_at(text, len, &traits);
	if (traits.special || traits.blank_before_line)
		return STYLE_DOUBLE;
	if (traits.lines)
		return is_key || text[len - 1] == ' ' ? STYLE_DOUBLE
						      : STYLE_BLOCK;
	if (is_ambiguous(text))
		return STYLE_DOUBLE;
	return at_ends || traits.indicators ? STYLE_SINGLE : STYLE_PLAIN;
}

static void write_escape(struct buf *out, uint32_t code)
{
	static const char names[] = "abtnvfr";

	if (code == 0)
		buf_adds(out, "\\0");
	else if (code >= 7 && code <= 13)
		buf_printf(out, "\\%c", names[code - 7]);
	else if (code == 0x1b)
		buf_adds(out, "\\e");
	else if (code == 0x85)
		buf_adds(out, "\\N");
	else if (code == 0x2028 || code == 0x2029)
		buf_adds(out, code == 0x2028 ? "\\L" : "\\P");
	else if (code < 256)
		buf_printf(out, "\\x%02X", code);
	else
		buf_printf(out, code < 0x10000 ? "\\u%04X" : "\\U%08X", code);
}

static void write_double(struct buf *out, const char *text, size_t len)
{
	buf_addc(out, '"');
	for (size_t i = 0; i < len && !out->overflow;) {
		uint32_t code;
		size_t n = utf8_next(text + i, len - i, &code);
		bool bad = n == 1 && code == UTF8_BAD;

		if (code == '"' || code == '\\')
			buf_printf(out, "\\%c", (char)code);
		else if (bad)
			utf8_add(out, UTF8_BAD);
		else if (code == '\n' || is_special(code, false))
			write_escape(out, code);
		else
			buf_add(out, text + i, n);
		i += n;
	}
	buf_addc(out, '"');
}

static void write_single(struct buf *out, const char *text, size_t len)
{
	buf_addc(out, '\'');
	for (size_t i = 0; i < len && !out->overflow; i++) {
		buf_adds(out, text[i] == '\'' ? "'" : "");
		buf_addc(out, text[i]);
	}
	buf_addc(out, '\'');
}

static void pad(struct buf *out, size_t n)
{
	for (size_t i = 0; i < n && !out->overflow; i++)
		buf_addc(out, ' ');
}

/* Its lines, with how the last one ends in the header. */
static void write_block(struct buf *out, const char *text, size_t len,
			size_t indent)
{
	bool ends = text[len - 1] == '\n';

	buf_addc(out, '|');
	if (text[0] == ' ' || text[0] == '\n')
		buf_addc(out, '2');
	if (!ends)
		buf_addc(out, '-');
	else if (len == 1 || text[len - 2] == '\n')
		buf_addc(out, '+');
	for (size_t i = 0; i < len && !out->overflow;) {
		const char *line = text + i;
		const char *newline = memchr(line, '\n', len - i);
		size_t n = newline ? (size_t)(newline - line) : len - i;

		buf_addc(out, '\n');
		pad(out, n ? indent : 0);
		buf_add(out, line, n);
		i += n + 1;
	}
}

static void write_string(struct buf *out, const char *text, size_t len,
			 size_t indent, bool is_key)
{
	switch (choose(text, len, is_key)) {
	case STYLE_PLAIN:
		buf_add(out, text, len);
		break;
	case STYLE_SINGLE:
		write_single(out, text, len);
		break;
	case STYLE_DOUBLE:
		write_double(out, text, len);
		break;
	case STYLE_BLOCK:
		write_block(out, text, len, indent);
		break;
	}
}

/* A float that is whole is written as a whole number. */
static void write_real(struct buf *out, double real)
{
	if (fabs(real) < 9e15 && fpclassify(real - trunc(real)) == FP_ZERO)
		buf_printf(out, "%lld", (long long)real);
	else
		value_print_real(out, real, 'g', -1);
}

/* The number that begins there; how many digits it has. */
static size_t read_number(const char *text, uint64_t *value)
{
	size_t n = strspn(text, "0123456789");

	for (size_t i = 0; i < n; i++)
		*value = *value * 10 + (uint64_t)(text[i] - '0');
	return n;
}

/* Whether digits before `at` count: then zeros after them do too. */
static bool inside_number(const char *text, size_t at)
{
	while (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9')
		if (text[--at] != '0')
			return true;
	return false;
}

static int compare_digits(const char *a, const char *b, size_t at)
{
	uint64_t before =
		(a[at] == '0' || b[at] == '0') && inside_number(a, at);
	uint64_t x = before;
	uint64_t y = before;
	size_t n = read_number(a + at, &x);
	size_t m = read_number(b + at, &y);

	if (x != y)
		return x < y ? -1 : 1;
	return (n > m) - (n < m);
}

/* Letters by their place, numbers by value, all else before letters. */
static int compare_keys(const void *left, const void *right)
{
	const char *a = *(const char *const *)left;
	const char *b = *(const char *const *)right;
	uint32_t x;
	uint32_t y;
	bool letters[2];
	int order = 0;
	size_t at = 0;

	while (a[at] && a[at] == b[at])
		at++;
	while (at > 0 && ((unsigned char)a[at] & 0xc0) == 0x80)
		at--;
	if (!a[at] || !b[at])
		return (a[at] != 0) - (b[at] != 0);
	utf8_next(a + at, strlen(a + at), &x);
	utf8_next(b + at, strlen(b + at), &y);
	letters[0] = letter_is_letter(x);
	letters[1] = letter_is_letter(y);
	if (letters[0] != letters[1])
		return letters[0] ? 1 : -1;
	if (!letters[0])
		order = compare_digits(a, b, at);
	return order ? order : (x > y) - (x < y);
}

static void write_map(struct buf *out, const json_t *map, size_t indent,
		      bool in_line)
{
	size_t n;
	AUTO_FREE const char **keys = value_keys(map, &n);

	qsort(keys, n, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < n && !out->overflow; i++) {
		const json_t *value = json_object_get(map, keys[i]);
		bool list = json_array_size(value) > 0;
		bool nested = list || json_object_size(value);

		if (i || !in_line) {
			buf_addc(out, '\n');
			pad(out, indent);
		}
		write_string(out, keys[i], strlen(keys[i]), 0, true);
		buf_adds(out, nested ? ":" : ": ");
		/* Lists stand at their key's column. */
		write_value(out, value, list ? indent : indent + 2, false);
	}
}

static void write_list(struct buf *out, const json_t *list, size_t indent,
		       bool in_line)
{
	size_t i;
	json_t *item;

	json_array_foreach (list, i, item) {
		if (out->overflow)
			break;
		if (i || !in_line) {
			buf_addc(out, '\n');
			pad(out, indent);
		}
		buf_adds(out, "- ");
		write_value(out, item, indent + 2, true);
	}
}

/* in_line: after "- ", where a list or map begins on the same line. */
static void write_value(struct buf *out, const json_t *value, size_t indent,
			bool in_line)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		if (json_object_size(value))
			write_map(out, value, indent, in_line);
		else
			buf_adds(out, "{}");
		break;
	case JSON_ARRAY:
		if (json_array_size(value))
			write_list(out, value, indent, in_line);
		else
			buf_adds(out, "[]");
		break;
	case JSON_STRING:
		write_string(out, json_string_value(value),
			     json_string_length(value), indent, false);
		break;
	case JSON_REAL:
		write_real(out, json_real_value(value));
		break;
	case JSON_NULL:
		buf_adds(out, "null");
		break;
	default:
		value_print(out, value);
	}
}

void write_yaml(struct buf *out, const json_t *value)
{
	write_value(out, value, json_is_string(value) ? 2 : 0, true);
}
