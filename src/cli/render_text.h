/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_TEXT_H
#define CLI_RENDER_TEXT_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

/*
 * The small pieces that people read: tables, bars, sizes, durations.
 *
 * What comes from machines and BMCs may hold anything: all text goes through
 * render_clean, so that it cannot steer a terminal.
 */
#define RENDER_COLUMNS_MAX 24

/* The text with what steers a terminal, or is no UTF-8, as '?', and with line
 * ends as blanks. */
void render_clean(struct buf *out, const char *text);
/* The same, as much of it as fits; returns how many columns it takes. */
size_t render_cut(struct buf *out, const char *text, size_t columns);

/* Columns that fit all rows seen so far; starts zeroed. */
struct render_widths {
	size_t width[RENDER_COLUMNS_MAX];
	size_t indent;
	bool colour; /* of cells that are a state: see render_state_colour */
};

/* How a terminal is told to paint a word for a state: what went well green,
 * what failed red, what is under way blue; "": any other word. */
const char *render_state_colour(const char *word);

/* `rows` is a list of lists of strings; three blanks between columns. */
void render_rows(struct buf *out, const json_t *rows,
		 struct render_widths *widths);

/* A server's Table as rows; with the header, and the less important columns
 * (priority over 0) when wide. */
json_t *render_table_rows(const json_t *table, bool header, bool wide);

/* "[=====>    ]", `width` characters with the brackets. */
void render_bar(struct buf *out, int64_t done, int64_t total, size_t width);

/* "512 B", "1.4 GiB" */
void render_bytes(struct buf *out, int64_t bytes);

/* "0.4s", "12s", "3m12s" */
void render_duration(struct buf *out, int64_t ms);

/* RFC 3339, with or without a fraction, in UTC. False: it is none. */
bool render_parse_time(const char *text, wall_ms *at);

/* How many columns of a terminal the text takes. */
size_t render_width(const char *text);

#endif
