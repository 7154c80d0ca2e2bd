/* SPDX-License-Identifier: Apache-2.0 */
#include "template/literal.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "template/utf8.h"

struct reader {
	const char *at;
	const char *end;
	char quote;
};

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'z')
		return (c | 32) - 'a' + 10;
	return 99;
}

/* n digits of a base; -1: they are not there. */
static long read_digits(struct reader *reader, int n, int base)
{
	long value = 0;

	for (int i = 0; i < n; i++) {
		if (reader->at >= reader->end ||
		    digit_value(*reader->at) >= base)
			return -1;
		value = value * base + digit_value(*reader->at++);
	}
	return value;
}

/* After a backslash. *rune: a character of its own, rather than a byte. */
static long read_escape(struct reader *reader, bool *rune)
{
	static const char plain[] = "abfnrtv\\";
	static const char meant[] = "\a\b\f\n\r\t\v\\";
	const char *known;
	char c;
	long value;

	if (reader->at >= reader->end)
		return -1;
	c = *reader->at++;
	known = c ? strchr(plain, c) : NULL;
	*rune = false;
	if (known)
		return meant[known - plain];
	if (c == reader->quote)
		return c;
	if (c == 'x')
		return read_digits(reader, 2, 16);
	if (c >= '0' && c <= '7') {
		reader->at--;
		value = read_digits(reader, 3, 8);
		return value > 255 ? -1 : value;
	}
	if (c != 'u' && c != 'U')
		return -1;
	*rune = true;
	value = read_digits(reader, c == 'u' ? 4 : 8, 16);
	return value > 0x10ffff || (value >= 0xd800 && value < 0xe000) ? -1
								       : value;
}

static json_t *string_value(const struct token *token, const char **why)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(token->len * 4);
	struct reader reader = { token->text + 1, token->text + token->len - 1,
				 token->text[0] };

	while (reader.at < reader.end) {
		char c = *reader.at++;
		bool rune;
		long value;

		if (c != '\\') {
			buf_addc(&out, c);
			continue;
		}
		value = read_escape(&reader, &rune);
		if (value < 0) {
			*why = "invalid escape in string";
			return NULL;
		}
		if (rune)
			utf8_add(&out, (uint32_t)value);
		else
			buf_addc(&out, (char)value);
	}
	return json_stringn_nocheck(out.base, out.len);
}

static json_t *char_value(const struct token *token, const char **why)
{
	struct reader reader = { token->text + 1, token->text + token->len - 1,
				 token->text[0] };
	bool rune;
	long value = -1;

	if (reader.at < reader.end && *reader.at == '\\') {
		reader.at++;
		value = read_escape(&reader, &rune);
	} else if (reader.at < reader.end) {
		uint32_t code;

		reader.at += utf8_next(reader.at,
				       (size_t)(reader.end - reader.at), &code);
		value = (long)code;
	}
	if (value < 0 || reader.at != reader.end) {
		*why = "malformed character constant";
		return NULL;
	}
	return json_integer(value);
}

static json_t *integer_value(const char *text, bool negative, const char **why)
{
	int base = 10;
	uint64_t value = 0;
	uint64_t most = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;

	if (text[0] == '0' && text[1]) {
		char letter = (char)(text[1] | 32);

		base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
		text += letter == 'x' || letter == 'b' || letter == 'o' ? 2 : 1;
	}
	*why = "bad number syntax";
	if (!*text)
		return NULL;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)digit_value(*text);

		if (digit >= (uint64_t)base)
			return NULL;
		if (value > (most - digit) / (uint64_t)base) {
			*why = "integer overflow";
			return NULL;
		}
		value = value * (uint64_t)base + digit;
	}
	return json_integer(negative ? (json_int_t)(0 - value)
				     : (json_int_t)value);
}

/* One between digits, or after the letters of a base. */
static bool good_underscore(const struct token *token, size_t i)
{
	const char *text = token->text;
	size_t sign = text[0] == '-' || text[0] == '+';
	bool based = token->len > sign + 1 && text[sign] == '0' &&
		     strchr("xXoObB", text[sign + 1]);
	int base = based && (text[sign + 1] | 32) == 'x' ? 16 : 10;

	if (i <= sign || i + 1 >= token->len ||
	    digit_value(text[i + 1]) >= base)
		return false;
	return digit_value(text[i - 1]) < base || (based && i == sign + 2);
}

static json_t *number_value(const struct token *token, const char **why)
{
	char text[128];
	size_t len = 0;
	bool hex;
	char *end;
	double real;

	*why = "bad number syntax";
	if (token->len >= sizeof(text))
		return NULL;
	for (size_t i = 0; i < token->len; i++) {
		if (token->text[i] != '_')
			text[len++] = token->text[i];
		else if (!good_underscore(token, i))
			return NULL;
	}
	text[len] = '\0';
	if (memchr(text, 0, len))
		return NULL;

	end = text + (text[0] == '-' || text[0] == '+');
	hex = end[0] == '0' && (end[1] | 32) == 'x';
	if (!strpbrk(end, hex ? ".pP" : ".eEpP"))
		return integer_value(end, text[0] == '-', why);
	if ((digit_value(*end) > 9 && *end != '.') ||
	    (hex && !strpbrk(end, "pP")))
		return NULL;
	real = strtod(text, &end);
	if (*end || !isfinite(real))
		return NULL;
	return json_real(real);
}

json_t *literal_value(const struct token *token, const char **why)
{
	switch (token->kind) {
	case TOKEN_STRING:
		return string_value(token, why);
	case TOKEN_RAW:
		return json_stringn_nocheck(token->text + 1, token->len - 2);
	case TOKEN_CHAR:
		return char_value(token, why);
	default:
		return number_value(token, why);
	}
}
