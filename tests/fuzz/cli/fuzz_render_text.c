/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What machines and BMCs say of themselves, on its way to a terminal: it
 * steers none, is as wide as is said, and cleaning it twice changes nothing.
 */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "cli/render_text.h"
#include "fuzz/fuzz.h"

#define MAX_OUT (256 * 1024)

static void check_clean(const char *text)
{
	CLEANUP(buf_release) struct buf once = BUF_INIT(MAX_OUT);
	CLEANUP(buf_release) struct buf twice = BUF_INIT(MAX_OUT);
	AUTO_JSON json_t *valid = NULL;

	render_clean(&once, text);
	for (size_t i = 0; i < once.len; i++)
		assert((unsigned char)once.base[i] >= ' ' &&
		       once.base[i] != 127);
	valid = json_stringn(once.base, once.len);
	assert(once.overflow || valid);
	render_clean(&twice, once.base);
	assert(once.overflow || str_eq(once.base, twice.base));
}

static void check_cut(const char *text, size_t columns)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_OUT);
	size_t took = render_cut(&out, text, columns);

	assert(took <= columns);
	assert(out.overflow || render_width(out.base) == took);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xmalloc(len + 1);
	wall_ms at = 0;

	memcpy(text, bytes, len);
	text[len] = '\0';
	check_clean(text);
	check_cut(text, len ? bytes[0] : 0);
	check_cut(text, 1);
	(void)!render_parse_time(text, &at);
	return 0;
}
