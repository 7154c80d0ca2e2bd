/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

void render_clean(struct buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;
		unsigned char next = (unsigned char)text[1];

		if (byte == '\n' || byte == '\t') {
			buf_addc(out, ' ');
		} else if (byte < ' ' || byte == 127) {
			buf_addc(out, '?');
		} else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {
			buf_addc(out, '?'); /* a C1 control */
			text++;
		} else {
			buf_addc(out, *text);
		}
	}
}

size_t render_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
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
		size_t blanks = 0;

		for (size_t i = 0; i < json_array_size(row); i++) {
			const char *text = cell_text(row, i);
			size_t width = render_width(text);
			size_t column =
				i < RENDER_COLUMNS_MAX ? widths->width[i] : 0;

			if (*text) {
				buf_printf(out, "%*s", (int)blanks, "");
				render_clean(out, text);
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
	while (value >= 1024 && unit + 1 < ARRAY_LEN(units)) {
		value /= 1024;
		unit++;
	}
	buf_printf(out, value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
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
