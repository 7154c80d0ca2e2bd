/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <ctype.h>
#include <string.h>

bool str_copy(char *dst, size_t size, const char *src)
{
	size_t len = strlen(src);

	if (len >= size) {
		if (size)
			dst[0] = '\0';
		return false;
	}
	memcpy(dst, src, len + 1);
	return true;
}

bool str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

bool str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *text, const char *suffix)
{
	size_t len = strlen(text);
	size_t tail = strlen(suffix);

	return len >= tail && memcmp(text + len - tail, suffix, tail) == 0;
}

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool str_is_dns_name(const char *text, size_t max)
{
	size_t len = strlen(text);

	if (!len || len > max)
		return false;
	/* Each label begins and ends with a letter or a digit. */
	for (size_t i = 0; i < len; i++) {
		bool edge = i == 0 || i + 1 == len || text[i - 1] == '.' ||
			    text[i + 1] == '.';

		if (!is_letter_or_digit(text[i]) &&
		    (edge || (text[i] != '-' && text[i] != '.')))
			return false;
	}
	return true;
}

bool str_parse_u64(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t sum = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*text < '0' || *text > '9')
			return false;
		if (sum > (max - digit) / 10 || digit > max)
			return false;
		sum = sum * 10 + digit;
	}
	*value = sum;
	return true;
}

bool str_parse_u32(const char *text, uint32_t max, uint32_t *value)
{
	uint64_t wide;

	if (!str_parse_u64(text, max, &wide))
		return false;
	*value = (uint32_t)wide;
	return true;
}

void str_hex(char *out, const void *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *in = bytes;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
	out[2 * n] = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool str_unhex(void *out, size_t n, const char *hex)
{
	unsigned char *bytes = out;

	if (strlen(hex) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(hex[2 * i]);
		int low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (unsigned char)(high * 16 + low);
	}
	return true;
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void str_base64(struct buf *out, const void *bytes, size_t n)
{
	const unsigned char *in = bytes;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t word = (uint32_t)in[i] << 16;
		char four[4];

		if (i + 1 < n)
			word |= (uint32_t)in[i + 1] << 8;
		if (i + 2 < n)
			word |= in[i + 2];
		four[0] = base64_digits[word >> 18 & 63];
		four[1] = base64_digits[word >> 12 & 63];
		four[2] = i + 1 < n ? base64_digits[word >> 6 & 63] : '=';
		four[3] = i + 2 < n ? base64_digits[word & 63] : '=';
		buf_add(out, four, sizeof(four));
	}
}

bool str_unbase64(struct buf *out, const char *text, size_t len)
{
	uint32_t word = 0;
	size_t n_digits = 0;
	size_t padding = 0;

	for (size_t i = 0; i < len; i++) {
		const char *digit;

		if (isspace((unsigned char)text[i]))
			continue;
		if (text[i] == '=') {
			padding++;
			word <<= 6;
		} else {
			digit = text[i] ? strchr(base64_digits, text[i]) : NULL;
			if (!digit || padding)
				return false;
			word = word << 6 | (uint32_t)(digit - base64_digits);
		}
		if (++n_digits % 4)
			continue;
		if (padding > 2)
			return false;
		buf_addc(out, (char)(word >> 16 & 255));
		if (padding < 2)
			buf_addc(out, (char)(word >> 8 & 255));
		if (padding < 1)
			buf_addc(out, (char)(word & 255));
		word = 0;
	}
	return n_digits % 4 == 0 && !out->overflow;
}

size_t str_distance(const char *a, const char *b)
{
	size_t row[64];
	size_t len_a = strlen(a);
	size_t len_b = strlen(b);

	if (len_a > 63 || len_b > 63)
		return SIZE_MAX;
	for (size_t j = 0; j <= len_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= len_a; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len_b; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[len_b];
}

size_t str_utf8_length(const unsigned char *at)
{
	size_t n = 0;

	if (*at < 0x80)
		n = 1;
	else if (*at >= 0xc2 && *at < 0xe0)
		n = 2;
	else if (*at >= 0xe0 && *at < 0xf0)
		n = 3;
	else if (*at >= 0xf0 && *at < 0xf5)
		n = 4;
	for (size_t i = 1; i < n; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, beyond U+10FFFF. */
	if ((at[0] == 0xe0 && at[1] < 0xa0) ||
	    (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return n;
}
