/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/str.h"

#define RED   "\033[31m"
#define GREEN "\033[32m"
#define BLUE  "\033[36m"

struct range {
	uint32_t first;
	uint32_t last;
};

/* What steers a terminal: C0, DEL and C1, line ends, and directions. */
static const struct range controls[] = {
	{ 0x0, 0x1f },      { 0x7f, 0x9f },     { 0x200e, 0x200f },
	{ 0x2028, 0x202e }, { 0x2066, 0x2069 },
};

/* What stands over or under the character before it. */
static const struct range marks[] = {
	{ 0x300, 0x36f },   { 0x200b, 0x200d }, { 0x20d0, 0x20f0 },
	{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
};

/* Two columns wide: the scripts of East Asia, and pictures. */
static const struct range doubles[] = {
	{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },
	{ 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f },
	{ 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};

static bool among(const struct range *ranges, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* How many bytes the next character has; of what is no UTF-8, *c is 0. */
static size_t next_char(const char *text, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	const unsigned char *at = (const unsigned char *)text;
	size_t more = at[0] < 0xc0   ? 0
		      : at[0] < 0xe0 ? 1
		      : at[0] < 0xf0 ? 2
		      : at[0] < 0xf8 ? 3
				     : 0;

	*c = at[0];
	if (at[0] < 0x80)
		return 1;
	*c = more ? at[0] & (0x3fu >> more) : 0;
	for (size_t i = 1; i <= more; i++) {
		if ((at[i] & 0xc0) != 0x80) {
			*c = 0;
			return 1;
		}
		*c = *c << 6 | (at[i] & 0x3f);
	}
	if (!more || *c < least[more] || *c > 0x10ffff ||
	    (*c >= 0xd800 && *c <= 0xdfff)) { /* halves of UTF-16 */
		*c = 0;
		return 1;
	}
	return more + 1;
}

static size_t width_of(uint32_t c)
{
	if (among(marks, ARRAY_LEN(marks), c))
		return 0;
	return among(doubles, ARRAY_LEN(doubles), c) ? 2 : 1;
}

size_t render_cut(struct buf *out, const char *text, size_t columns)
{
	size_t used = 0;
	uint32_t c;
	size_t len;

	for (; *text; text += len) {
		len = next_char(text, &c);
		if (used + width_of(c) > columns)
			break;
		used += width_of(c);
		if (c == '\n' || c == '\t')
			buf_addc(out, ' ');
		else if (among(controls, ARRAY_LEN(controls), c))
			buf_addc(out, '?');
		else
			buf_add(out, text, len);
	}
	return used;
}

void render_clean(struct buf *out, const char *text)
{
	render_cut(out, text, SIZE_MAX);
}

size_t render_width(const char *text)
{
	size_t used = 0;
	uint32_t c;
	size_t len;

	for (; *text; text += len) {
		len = next_char(text, &c);
		used += width_of(c);
	}
	return used;
}

const char *render_state_colour(const char *word)
{
	static const struct {
		const char *word;
		const char *colour;
	} states[] = {
		{ "success", GREEN },   { "done", GREEN },
		{ "completed", GREEN }, { "yes", GREEN },
		{ "on", GREEN },        { "ready", GREEN },
		{ "failed", RED },      { "timeout", RED },
		{ "warning", RED },     { "no", RED },
		{ "refused", RED },     { "running", BLUE },
		{ "preparing", BLUE },  { "not over", BLUE },
	};

	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (strcasecmp(states[i].word, word) == 0)
			return states[i].colour;
	return "";
}

static const char *cell_text(const json_t *row, size_t i)
{
	const char *text = json_string_value(json_array_get(row, i));

	return text ? text : "";
}

void render_rows(struct buf *out, const json_t *rows,
		 struct render_widths *widths)
{
	size_t r;
	json_t *row;

	json_array_foreach (rows, r, row) {
		for (size_t i = 0; i < json_array_size(row); i++) {
			size_t width = render_width(cell_text(row, i));

			if (i < RENDER_COLUMNS_MAX && width > widths->width[i])
				widths->width[i] = width;
		}
	}
	json_array_foreach (rows, r, row) {
		size_t blanks = widths->indent;

		for (size_t i = 0; i < json_array_size(row); i++) {
			const char *text = cell_text(row, i);
			const char *colour =
				widths->colour ? render_state_colour(text) : "";
			size_t width = render_width(text);
			size_t column =
				i < RENDER_COLUMNS_MAX ? widths->width[i] : 0;

			if (*text) {
				buf_printf(out, "%*s%s", (int)blanks, "",
					   colour);
				render_clean(out, text);
				buf_adds(out, *colour ? "\033[0m" : "");
				blanks = 0;
			} else {
				width = 0;
			}
			blanks += 3 + (column > width ? column - width : 0);
		}
		buf_addc(out, '\n');
	}
}

static json_t *cell_of(const json_t *value)
{
	if (json_is_string(value))
		return json_string(json_string_value(value));
	if (json_is_integer(value)) {
		AUTO_FREE char *text = xasprintf("%" JSON_INTEGER_FORMAT,
						 json_integer_value(value));

		return json_string(text);
	}
	if (!value || json_is_null(value))
		return json_string("");
	if (json_is_boolean(value))
		return json_string(json_is_true(value) ? "true" : "false");
	return json_string("...");
}

static json_t *upper(const char *name)
{
	AUTO_FREE char *copy = xstrdup(name ? name : "");

	for (char *c = copy; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	return json_string(copy);
}

json_t *render_table_rows(const json_t *table, bool header, bool wide)
{
	const json_t *columns = json_object_get(table, "columnDefinitions");
	json_t *rows = json_array();
	json_t *line = json_array();
	json_t *row;
	size_t i;
	size_t r;

	for (i = 0; i < json_array_size(columns); i++) {
		const json_t *column = json_array_get(columns, i);

		if (wide || !json_int_at(column, "priority", 0))
			json_array_append_new(
				line, upper(json_str_at(column, "name")));
	}
	if (header)
		json_array_append_new(rows, line);
	else
		json_decref(line);
	json_array_foreach (json_object_get(table, "rows"), r, row) {
		const json_t *cells = json_object_get(row, "cells");

		line = json_array();
		for (i = 0; i < json_array_size(cells); i++)
			if (wide || !json_int_at(json_array_get(columns, i),
						 "priority", 0))
				json_array_append_new(
					line,
					cell_of(json_array_get(cells, i)));
		json_array_append_new(rows, line);
	}
	return rows;
}

void render_bar(struct buf *out, int64_t done, int64_t total, size_t width)
{
	size_t inside = width > 2 ? width - 2 : 0;
	size_t filled = 0;

	if (total > 0 && done >= total)
		filled = inside;
	else if (total > 0 && done > 0)
		filled =
			(size_t)((double)inside * (double)done / (double)total);
	buf_addc(out, '[');
	for (size_t i = 0; i < inside; i++)
		buf_addc(out, i < filled                ? '='
			      : i == filled && done > 0 ? '>'
							: ' ');
	buf_addc(out, ']');
}

void render_bytes(struct buf *out, int64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		buf_printf(out, "%" PRId64 " B", bytes);
		return;
	}
	/* By what it is rounded to: no "1024 KiB", no "10.0 MiB". */
	while (value >= 1023.5 && unit + 1 < ARRAY_LEN(units)) {
		value /= 1024;
		unit++;
	}
	buf_printf(out, value < 9.95 ? "%.1f %s" : "%.0f %s", value,
		   units[unit]);
}

void render_duration(struct buf *out, int64_t ms)
{
	char text[CLOCK_TEXT];

	if (ms >= 0 && ms < 10000) {
		buf_printf(out, "%" PRId64 ".%" PRId64 "s", ms / 1000,
			   ms % 1000 / 100);
		return;
	}
	clock_age(ms, text);
	buf_adds(out, text);
}

bool render_parse_time(const char *text, wall_ms *at)
{
	struct tm broken = { .tm_mday = 1 };
	const char *rest;
	unsigned ms = 0;
	unsigned weight = 100;

	if (!text)
		return false;
	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &broken);
	if (!rest)
		return false;
	if (*rest == '.') {
		for (rest++; *rest >= '0' && *rest <= '9'; rest++) {
			ms += weight * (unsigned)(*rest - '0');
			weight /= 10;
		}
	}
	if (!str_eq(rest, "Z"))
		return false;
	*at = (wall_ms)timegm(&broken) * 1000 + ms;
	return true;
}
