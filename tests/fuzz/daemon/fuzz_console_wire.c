/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "daemon/console_wire.h"
#include "fuzz/fuzz.h"

/* One line, not empty, within its bound, without a control character. */
static void check(struct console_lines *lines)
{
	char *line = lines->line;
	size_t len = strlen(line);
	enum console_kind kind = console_match(line);

	assert(len && len <= CONSOLE_LINE);
	for (size_t i = 0; i < len; i++)
		assert((unsigned char)line[i] >= ' ' && line[i] != 0x7f);
	assert(line[0] != ' ' && line[len - 1] != ' ');
	assert(kind < CONSOLE_N_KINDS && console_kind_name(kind));
	console_redact(line);
	assert(strlen(line) <= len);
}

/* The same bytes in two pieces are the same lines. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct console_lines whole;
	struct console_lines parts;
	struct rbuf all = rbuf_of(bytes, len);
	struct rbuf part = rbuf_of(bytes, len / 2);
	struct rbuf rest = rbuf_of(bytes + len / 2, len - len / 2);
	bool more;

	console_lines_init(&whole);
	console_lines_init(&parts);
	do {
		bool other;

		more = console_lines_next(&whole, &all);
		other = console_lines_next(&parts, &part) ||
			console_lines_next(&parts, &rest);
		if (!more)
			more = console_lines_flush(&whole);
		if (!other)
			other = console_lines_flush(&parts);
		assert(more == other);
		if (!more)
			break;
		assert(!strcmp(whole.line, parts.line));
		check(&parts);
		check(&whole);
	} while (more);
	assert(!all.left && !rest.left);
	return 0;
}
