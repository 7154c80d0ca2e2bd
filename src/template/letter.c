/* SPDX-License-Identifier: Apache-2.0 */
#include "template/letter.h"

#include <stddef.h>

#include "base/mem.h"

/* Capitals first to last, and where their small letters stand. */
struct cased {
	uint32_t first;
	uint32_t last;
	uint32_t distance; /* 0: capital and small letter take turns */
};

static const struct cased cased[] = {
	{ 'A', 'Z', 32 },      { 0xc0, 0xd6, 32 },     { 0xd8, 0xde, 32 },
	{ 0x100, 0x12f, 0 },   { 0x132, 0x137, 0 },    { 0x139, 0x148, 0 },
	{ 0x14a, 0x177, 0 },   { 0x179, 0x17e, 0 },    { 0x386, 0x386, 38 },
	{ 0x388, 0x38a, 37 },  { 0x38c, 0x38c, 64 },   { 0x38e, 0x38f, 63 },
	{ 0x391, 0x3a1, 32 },  { 0x3a3, 0x3ab, 32 },   { 0x400, 0x40f, 80 },
	{ 0x410, 0x42f, 32 },  { 0x460, 0x481, 0 },    { 0x48a, 0x4bf, 0 },
	{ 0x4d0, 0x52f, 0 },   { 0x531, 0x556, 48 },   { 0x1e00, 0x1e95, 0 },
	{ 0x1ea0, 0x1eff, 0 }, { 0xff21, 0xff3a, 32 },
};

/* Those that are no pair: one way only. */
static const uint32_t only_upper[][2] = {
	{ 0xb5, 0x39c }, { 0xff, 0x178 },  { 0x131, 'I' },
	{ 0x17f, 'S' },  { 0x3c2, 0x3a3 },
};

static const uint32_t only_lower[][2] = {
	{ 0x130, 'i' },
	{ 0x178, 0xff },
	{ 0x1e9e, 0xdf },
	{ 0x212a, 'k' },
};

uint32_t letter_upper(uint32_t code)
{
	if (code >= 'a' && code <= 'z')
		return code - 32;
	for (size_t i = 0; code >= 128 && i < ARRAY_LEN(only_upper); i++)
		if (only_upper[i][0] == code)
			return only_upper[i][1];
	for (size_t i = 1; code >= 128 && i < ARRAY_LEN(cased); i++) {
		const struct cased *range = &cased[i];

		if (range->distance && code >= range->first + range->distance &&
		    code <= range->last + range->distance)
			return code - range->distance;
		if (!range->distance && code > range->first &&
		    code <= range->last && (code - range->first) % 2)
			return code - 1;
	}
	return code;
}

uint32_t letter_lower(uint32_t code)
{
	for (size_t i = 0; code >= 128 && i < ARRAY_LEN(only_lower); i++)
		if (only_lower[i][0] == code)
			return only_lower[i][1];
	for (size_t i = 0; i < (code < 128 ? 1 : ARRAY_LEN(cased)); i++) {
		const struct cased *range = &cased[i];

		if (code < range->first || code > range->last)
			continue;
		if (range->distance)
			return code + range->distance;
		return code + !((code - range->first) % 2);
	}
	return code;
}

bool letter_is_upper(uint32_t code)
{
	return letter_lower(code) != code;
}

struct range {
	uint32_t first;
	uint32_t last;
};

/* The ranges are in order. */
static bool within(const struct range *ranges, size_t n, uint32_t code)
{
	size_t i = 0;

	while (i < n && code > ranges[i].last)
		i++;
	return i < n && code >= ranges[i].first;
}

bool letter_is_letter(uint32_t code)
{
	static const struct range ranges[] = {
		{ 'A', 'Z' },         { 'a', 'z' },       { 0xaa, 0xaa },
		{ 0xb5, 0xb5 },       { 0xba, 0xba },     { 0xc0, 0xd6 },
		{ 0xd8, 0xf6 },       { 0xf8, 0x2c1 },    { 0x370, 0x374 },
		{ 0x376, 0x377 },     { 0x37b, 0x37d },   { 0x37f, 0x37f },
		{ 0x386, 0x386 },     { 0x388, 0x3f5 },   { 0x3f7, 0x481 },
		{ 0x48a, 0x556 },     { 0x560, 0x588 },   { 0x5d0, 0x5ea },
		{ 0x620, 0x64a },     { 0x671, 0x6d3 },   { 0x904, 0x939 },
		{ 0xe01, 0xe30 },     { 0x10a0, 0x10ff }, { 0x1100, 0x11ff },
		{ 0x1e00, 0x1fbc },   { 0x212a, 0x212b }, { 0x3041, 0x3096 },
		{ 0x30a1, 0x30fa },   { 0x3400, 0x4dbf }, { 0x4e00, 0x9fff },
		{ 0xac00, 0xd7a3 },   { 0xff21, 0xff3a }, { 0xff41, 0xff5a },
		{ 0x20000, 0x2a6df },
	};

	return within(ranges, ARRAY_LEN(ranges), code);
}

bool letter_is_number(uint32_t code)
{
	static const struct range ranges[] = {
		{ '0', '9' },       { 0xb2, 0xb3 },     { 0xb9, 0xb9 },
		{ 0xbc, 0xbe },     { 0x660, 0x669 },   { 0x6f0, 0x6f9 },
		{ 0x966, 0x96f },   { 0xe50, 0xe59 },   { 0x2070, 0x2070 },
		{ 0x2074, 0x2079 }, { 0x2080, 0x2089 }, { 0x2150, 0x2189 },
		{ 0x2460, 0x249b }, { 0xff10, 0xff19 },
	};

	return within(ranges, ARRAY_LEN(ranges), code);
}

bool letter_is_punct(uint32_t code)
{
	static const struct range ranges[] = {
		{ '!', '#' },       { '%', '*' },       { ',', '/' },
		{ ':', ';' },       { '?', '@' },       { '[', ']' },
		{ '_', '_' },       { '{', '{' },       { '}', '}' },
		{ 0xa1, 0xa1 },     { 0xa7, 0xa7 },     { 0xab, 0xab },
		{ 0xb6, 0xb7 },     { 0xbb, 0xbb },     { 0xbf, 0xbf },
		{ 0x2010, 0x2027 }, { 0x2030, 0x2043 }, { 0x2045, 0x2051 },
		{ 0x2053, 0x205e }, { 0x3001, 0x3003 }, { 0x3008, 0x3011 },
	};

	return within(ranges, ARRAY_LEN(ranges), code);
}

bool letter_is_space(uint32_t code)
{
	static const struct range ranges[] = {
		{ '\t', '\r' },     { ' ', ' ' },       { 0x85, 0x85 },
		{ 0xa0, 0xa0 },     { 0x1680, 0x1680 }, { 0x2000, 0x200a },
		{ 0x2028, 0x2029 }, { 0x202f, 0x202f }, { 0x205f, 0x205f },
		{ 0x3000, 0x3000 },
	};

	return within(ranges, ARRAY_LEN(ranges), code);
}
