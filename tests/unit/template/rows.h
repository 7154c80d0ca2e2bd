/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_TEMPLATE_ROWS_H
#define TESTS_UNIT_TEMPLATE_ROWS_H

#include <string.h>

#include "base/mem.h"
#include "template/template.h"
#include "test.h"

/*
 * Templates, what they give, or with what message they fail: all of them
 * over the same data. What they give is what the books of Go's text/template
 * and of Sprig say; where tomte differs on purpose, the row says so.
 */
struct row {
	const char *text;
	const char *out;
	const char *fails; /* a part of the message */
};

#define GIVES(text, out)                                                       \
	{                                                                      \
		text, out, NULL                                                \
	}
#define FAILS(text, message)                                                   \
	{                                                                      \
		text, NULL, message                                            \
	}

/* Where Go gives something else, or fails; where it would not fail. */
#define OURS(text, out)       GIVES(text, out)
#define REFUSED(text, reason) FAILS(text, reason)

static const char rows_data[] =
	"{\"name\": \"m1\", \"count\": 3, \"zero\": 0, \"neg\": -7,"
	" \"ratio\": 2.5, \"big\": 1000000.0, \"on\": true, \"off\": false,"
	" \"nothing\": null, \"empty\": \"\", \"umlaut\": "
	"\"Gr\\u00fc\\u00dfe\","
	" \"disks\": [\"/dev/nvme0n1\", \"/dev/sda\"], \"none\": [],"
	" \"tags\": {\"b\": \"two\", \"a\": \"one\"}, \"blank\": {},"
	" \"mixed\": [1, \"a\", null, 2.5, true],"
	" \"nics\": [{\"mac\": \"52:54:00:00:00:01\", \"vlan\": 10},"
	"            {\"mac\": \"52:54:00:00:00:02\", \"vlan\": 20}],"
	" \"nested\": {\"a\": {\"b\": {\"c\": \"deep\"}}}}";

static inline void check_row(const struct row *row, const json_t *data)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);
	struct err err = { 0 };
	struct template *template =
		template_parse(row->text, strlen(row->text), &err);
	int status =
		template ? template_render(template, data, &out, &err) : -1;

	template_free(template);
	if (row->fails && status == 0)
		fail_msg("%s\ngives \"%s\", but should fail: %s", row->text,
			 out.base, row->fails);
	if (row->fails && !strstr(err.message, row->fails))
		fail_msg("%s\nfails with %s, but should with %s", row->text,
			 err.message, row->fails);
	if (!row->fails && status)
		fail_msg("%s\nfails: %s", row->text, err.message);
	if (!row->fails && strcmp(out.base, row->out) != 0)
		fail_msg("%s\ngives \"%s\", but should \"%s\"", row->text,
			 out.base, row->out);
}

static inline void check_rows(const struct row *rows, size_t n)
{
	AUTO_JSON json_t *data = json_loads(rows_data, 0, NULL);

	assert_non_null(data);
	for (size_t i = 0; i < n; i++)
		check_row(&rows[i], data);
}

#define CHECK(rows) check_rows(rows, ARRAY_LEN(rows))

#endif
