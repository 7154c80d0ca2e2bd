/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render_bmc.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/render_text.h"

#define MAX_COLUMNS 8
#define CELL_SIZE   1024

static const struct table {
	const char *list;
	const char *columns[MAX_COLUMNS];
} tables[] = {
	{ "entries", { "id", "time", "severity", "text" } },
	{ "sensors", { "name", "value", "unit", "health", "text" } },
	{ "users", { "id", "name", "privilege", "enabled" } },
	{ "cpus", { "slot", "model", "cores", "threads", "mhz" } },
	{ "dimms",
	  { "slot", "mib", "type", "mhz", "maker", "part", "serial" } },
	{ "nics", { "name", "mac", "mbps", "link" } },
	{ "drives",
	  { "name", "model", "serial", "protocol", "media", "bytes",
	    "health" } },
	{ "firmwares", { "name", "version" } },
	{ "attributes", { "name", "value", "pending" } },
};

/* IPMI's numbers in the words of its standard. */
static const char *const privileges[] = {
	NULL, "callback", "user", "operator", "admin", "oem",
};

static void cell_text(const char *column, const json_t *value, char *out,
		      size_t size)
{
	json_int_t number = json_integer_value(value);
	CLEANUP(buf_release) struct buf text = BUF_INIT(64);

	out[0] = '\0';
	if (json_is_string(value)) {
		snprintf(out, size, "%s", json_string_value(value));
	} else if (json_is_boolean(value)) {
		snprintf(out, size, "%s", json_is_true(value) ? "yes" : "no");
	} else if (json_is_real(value)) {
		snprintf(out, size, "%.6g", json_real_value(value));
	} else if (json_is_integer(value) && str_eq(column, "bytes")) {
		render_bytes(&text, number);
		snprintf(out, size, "%s", text.base);
	} else if (json_is_integer(value) && str_eq(column, "privilege") &&
		   number > 0 && number < (json_int_t)ARRAY_LEN(privileges)) {
		snprintf(out, size, "%s", privileges[number]);
	} else if (json_is_integer(value)) {
		snprintf(out, size, "%" JSON_INTEGER_FORMAT, number);
	}
}

static void add_cell(json_t *row, const char *text)
{
	json_array_append_new(row, json_string(text));
}

static void add_header(json_t *rows, const struct table *table)
{
	json_t *row = json_array();
	char text[CELL_SIZE];

	for (size_t i = 0; i < MAX_COLUMNS && table->columns[i]; i++) {
		snprintf(text, sizeof(text), "%s", table->columns[i]);
		for (char *c = text; *c; c++)
			*c = (char)toupper((unsigned char)*c);
		add_cell(row, text);
	}
	json_array_append_new(rows, row);
}

static void render_table(struct buf *out, const struct table *table,
			 const json_t *list)
{
	AUTO_JSON json_t *rows = json_array();
	struct render_widths widths = { .width = { 0 } };
	char text[CELL_SIZE];
	json_t *one;
	size_t i;

	add_header(rows, table);
	json_array_foreach ((json_t *)(uintptr_t)list, i, one) {
		json_t *row = json_array();

		for (size_t c = 0; c < MAX_COLUMNS && table->columns[c]; c++) {
			const char *column = table->columns[c];

			cell_text(column, json_object_get(one, column), text,
				  sizeof(text));
			add_cell(row, text);
		}
		json_array_append_new(rows, row);
	}
	render_rows(out, rows, &widths);
}

static void render_values(struct buf *out, const json_t *answer)
{
	AUTO_JSON json_t *rows = json_array();
	struct render_widths widths = { .width = { 0 } };
	char text[CELL_SIZE];
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)answer, key, value) {
		json_t *row;

		if (json_is_array(value) || json_is_object(value))
			continue;
		row = json_array();
		cell_text(key, value, text, sizeof(text));
		add_cell(row, key);
		add_cell(row, text);
		json_array_append_new(rows, row);
	}
	render_rows(out, rows, &widths);
}

/* Not all of a log was read: by Redfish there is no asking for the rest. */
static void render_left_out(struct buf *out, const json_t *answer)
{
	size_t shown = json_array_size(json_object_get(answer, "entries"));
	int64_t total = json_int_at(answer, "total", 0);

	if (shown && total > (int64_t)shown)
		buf_printf(out,
			   "\n%zu of %lld entries were read; the others are "
			   "on the BMC's own page\n",
			   shown, (long long)total);
}

void render_bmc(struct buf *out, const json_t *answer)
{
	render_values(out, answer);
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		const json_t *list = json_object_get(answer, tables[i].list);

		if (!json_array_size(list))
			continue;
		if (out->len)
			buf_addc(out, '\n');
		render_table(out, &tables[i], list);
	}
	render_left_out(out, answer);
}
