/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
#include "cli/rack_row_wire.h"
#include "cli/suggest.h"

/*
 * CSV as RFC 4180 has it, and two things that people do: lines that begin
 * with '#' and empty lines are passed over. A cell ends with its line, quoted
 * or not, so that a lost quote costs one line and not the rest of the file.
 */
#define MAX_COLUMNS 32

/* Columns that belong to no machine. */
enum { SUBNET = RACK_N_FIELDS, GATEWAY, N_COLUMNS };

struct table {
	struct rack *rack;
	const char *file;
	unsigned line;
	int columns[MAX_COLUMNS]; /* what each is; -1: unknown */
	size_t n_columns;
};

static const char *column_name(int column)
{
	if (column == SUBNET)
		return "subnet";
	if (column == GATEWAY)
		return "gateway";
	return rack_field_names[column];
}

/* One cell out of *at, which moves on. False: the quote is never closed. */
static bool read_cell(const char **at, struct buf *cell)
{
	const char *c = *at;

	buf_clear(cell);
	if (*c != '"') {
		size_t n = strcspn(c, ",");

		while (n && (*c == ' ' || *c == '\t')) {
			c++;
			n--;
		}
		*at = c + n;
		while (n && (c[n - 1] == ' ' || c[n - 1] == '\t'))
			n--;
		buf_add(cell, c, n);
		return true;
	}
	for (c++; *c; c++) {
		if (*c == '"' && *++c != '"') {
			*at = c + strcspn(c, ",");
			return true;
		}
		buf_addc(cell, *c);
	}
	*at = c;
	return false;
}

/* Splits a line; the caller frees the cells. */
static size_t split(struct table *table, const char *line,
		    char *cells[MAX_COLUMNS + 1])
{
	CLEANUP(buf_release) struct buf cell = BUF_INIT(4096);
	size_t n = 0;

	for (;;) {
		if (!read_cell(&line, &cell))
			rack_error(table->rack, table->file, table->line,
				   "a quote is never closed: expected \" "
				   "before the end of the line");
		if (cell.overflow)
			rack_error(table->rack, table->file, table->line,
				   "a cell over 4096 bytes: expected less");
		if (n <= MAX_COLUMNS)
			cells[n++] = buf_take(&cell);
		if (*line != ',')
			return n;
		line++;
	}
}

static int column_of(struct table *table, const char *name)
{
	const char *names[N_COLUMNS];
	const char *guess;

	for (int i = 0; i < N_COLUMNS; i++) {
		names[i] = column_name(i);
		if (str_eq(name, names[i]))
			return i;
	}
	guess = suggest(name, names, N_COLUMNS);
	rack_error(table->rack, table->file, table->line,
		   "unknown column %.40s: expected one of name, rack, unit, "
		   "mac, ip, subnet, gateway, firmware, arch, disk, bmc_url, "
		   "password_file, password_env, insecure, pin%s%s%s",
		   name, SUGGEST_ARGS(guess));
	return -1;
}

static void read_header(struct table *table, char **cells, size_t n)
{
	if (n > MAX_COLUMNS) {
		rack_error(table->rack, table->file, table->line,
			   "too many columns: expected at most %d",
			   MAX_COLUMNS);
		n = MAX_COLUMNS;
	}
	for (size_t i = 0; i < n; i++) {
		table->columns[i] = column_of(table, cells[i]);
		for (size_t j = 0; j < i && table->columns[i] >= 0; j++)
			if (table->columns[j] == table->columns[i])
				rack_error(table->rack, table->file,
					   table->line,
					   "column %s twice: expected once",
					   cells[i]);
	}
	table->n_columns = n;
}

static void read_row(struct table *table, char **cells, size_t n)
{
	struct rack_row row = { .file = table->file,
				.line = table->line,
				.names = rack_field_names };
	struct rack_cell subnet = { .text = "", .line = table->line };
	struct rack_cell gateway = { .text = "", .line = table->line };

	if (n != table->n_columns) {
		rack_error(table->rack, table->file, table->line,
			   "%zu cells: expected %zu, as the header has", n,
			   table->n_columns);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct rack_cell cell = { .text = cells[i],
					  .line = table->line };

		if (table->columns[i] == SUBNET)
			subnet = cell;
		else if (table->columns[i] == GATEWAY)
			gateway = cell;
		else if (table->columns[i] >= 0)
			row.cells[table->columns[i]] = cell;
	}
	if (*subnet.text)
		rack_read_subnet(table->rack, &row, &subnet);
	if (*gateway.text)
		rack_read_gateway(table->rack, &row, &gateway);
	rack_add_row(table->rack, &row);
}

static void read_line(struct table *table, const char *line)
{
	char *cells[MAX_COLUMNS + 1];
	size_t n_errors = json_array_size(table->rack->errors);
	size_t n;

	if (!line[strspn(line, " \t")] || line[0] == '#')
		return;
	n = split(table, line, cells);
	if (!table->n_columns)
		read_header(table, cells, n);
	else if (json_array_size(table->rack->errors) == n_errors)
		read_row(table, cells, n);
	for (size_t i = 0; i < n; i++)
		free(cells[i]);
}

void rack_read_csv(struct rack *rack, const char *file, const char *text,
		   size_t len)
{
	struct table table = { .rack = rack, .file = file };

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3; /* a spreadsheet's byte order mark */
		len -= 3;
	}
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;
		size_t trimmed = n && text[n - 1] == '\r' ? n - 1 : n;
		AUTO_FREE char *line = xstrndup(text, trimmed);

		table.line++;
		if (json_array_size(rack->errors) > 1000)
			return;
		if (strlen(line) == trimmed)
			read_line(&table, line);
		else
			rack_error(rack, file, table.line,
				   "a NUL byte: expected text");
		text += n + (end != NULL);
		len -= n + (end != NULL);
	}
	if (!table.n_columns)
		rack_error(rack, file, 1,
			   "nothing in it: expected a header line name,rack,"
			   "unit,mac,ip,...");
}
