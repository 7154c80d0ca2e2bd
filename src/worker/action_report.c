/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/action_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"

#define MAX_LINE (64 * 1024)

static const char *const words[] = {
	[ACTION_PROGRESS] = "progress ",
	[ACTION_MESSAGE] = "message ",
	[ACTION_RESULT] = "result ",
	[ACTION_LEAVE] = "leave ",
};

static bool take_number(const char **at, uint64_t *number)
{
	char digits[24];
	size_t n = strcspn(*at, " ");

	if (n >= sizeof(digits) || (*at)[n] != ' ')
		return false;
	memcpy(digits, *at, n);
	digits[n] = '\0';
	*at += n + 1;
	return str_parse_u64(digits, INT64_MAX, number);
}

bool action_report_parse(const char *line, struct action_report *report)
{
	memset(report, 0, sizeof(*report));
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!str_starts(line, words[i]))
			continue;
		report->kind = (enum action_report_kind)i;
		report->text = line + strlen(words[i]);
		if (report->kind != ACTION_PROGRESS)
			return true;
		return take_number(&report->text, &report->bytes_done) &&
		       take_number(&report->text, &report->bytes_total) &&
		       take_number(&report->text, &report->rate);
	}
	return false;
}

void action_report_send(int fd, const struct action_report *report)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT(MAX_LINE);
	const char *at;
	size_t left;

	buf_adds(&line, words[report->kind]);
	if (report->kind == ACTION_PROGRESS)
		buf_printf(&line, "%" PRIu64 " %" PRIu64 " %" PRIu64 " ",
			   report->bytes_done, report->bytes_total,
			   report->rate);
	buf_adds(&line, report->text);
	for (size_t i = 0; i < line.len; i++)
		if (line.base[i] == '\n')
			line.base[i] = ' ';
	buf_addc(&line, '\n');
	at = line.base;
	left = line.len;
	while (left) {
		ssize_t n = write(fd, at, left);

		if (n <= 0)
			return;
		at += n;
		left -= (size_t)n;
	}
}
