/* SPDX-License-Identifier: Apache-2.0 */
#include "template/utf8.h"

size_t utf8_next(const char *text, size_t n, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *in = (const unsigned char *)text;
	size_t len = in[0] < 0x80 ? 1 : in[0] < 0xe0 ? 2 : in[0] < 0xf0 ? 3 : 4;
	uint32_t value = in[0];

	*code = UTF8_BAD;
	if (len == 1) {
		*code = value;
		return 1;
	}
	if (in[0] < 0xc2 || in[0] > 0xf4 || len > n)
		return 1;
	value &= 0xffu >> (len + 1);
	for (size_t i = 1; i < len; i++) {
		if ((in[i] & 0xc0) != 0x80)
			return 1;
		value = value << 6 | (in[i] & 0x3f);
	}
	if (value < least[len] || value > 0x10ffff ||
	    (value >= 0xd800 && value < 0xe000))
		return 1;
	*code = value;
	return len;
}

void utf8_add(struct buf *out, uint32_t code)
{
	if (code < 0x80) {
		buf_addc(out, (char)code);
		return;
	}
	if (code < 0x800) {
		buf_addc(out, (char)(0xc0 | code >> 6));
	} else if (code < 0x10000) {
		buf_addc(out, (char)(0xe0 | code >> 12));
		buf_addc(out, (char)(0x80 | (code >> 6 & 0x3f)));
	} else {
		buf_addc(out, (char)(0xf0 | code >> 18));
		buf_addc(out, (char)(0x80 | (code >> 12 & 0x3f)));
		buf_addc(out, (char)(0x80 | (code >> 6 & 0x3f)));
	}
	buf_addc(out, (char)(0x80 | (code & 0x3f)));
}

bool utf8_valid(const char *text, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint32_t code;
		size_t len = utf8_next(text + i, n - i, &code);

		if (len == 1 && code == UTF8_BAD)
			return false;
		i += len;
	}
	return true;
}

size_t utf8_count(const char *text, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; count++) {
		uint32_t code;

		i += utf8_next(text + i, n - i, &code);
	}
	return count;
}

bool utf8_printable(uint32_t code)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} hidden[] = {
		{ 0x0, 0x1f },           { 0x7f, 0xa0 },
		{ 0xad, 0xad },          { 0x378, 0x379 },
		{ 0x600, 0x605 },        { 0x61c, 0x61c },
		{ 0x6dd, 0x6dd },        { 0x70f, 0x70f },
		{ 0x1680, 0x1680 },      { 0x180e, 0x180e },
		{ 0x2000, 0x200f },      { 0x2028, 0x202f },
		{ 0x205f, 0x206f },      { 0x3000, 0x3000 },
		{ 0xd800, 0xf8ff },      { 0xfdd0, 0xfdef },
		{ 0xfeff, 0xfeff },      { 0xfff0, 0xfffb },
		{ 0xfffe, 0xffff },      { 0xe0000, 0xe00ff },
		{ 0xe01f0, UINT32_MAX },
	};

	for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
		if (code >= hidden[i].first && code <= hidden[i].last)
			return false;
	return true;
}
