/* SPDX-License-Identifier: Apache-2.0 */
/* A line with a pattern, then what is looked at. */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "fuzz/fuzz.h"
#include "workflow/pattern_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	const char *end = len ? memchr(bytes, '\n', len) : NULL;
	size_t first = end ? (size_t)(end - text) : len;
	struct err err = { .code = ERR_NONE };
	AUTO_PATTERN struct pattern *pattern = pattern_new(text, first, &err);
	AUTO_JSON json_t *value = NULL;
	int status;

	if (!pattern) {
		assert(err.code == ERR_INVALID || err.code == ERR_TOO_BIG ||
		       err.code == ERR_UNSUPPORTED);
		assert(str_starts(err.message, "pattern: "));
		return 0;
	}
	if (end)
		value = json_parse(end + 1, len - first - 1, &err);
	if (!value)
		value = json_object();
	status = pattern_match(pattern, value, &err);
	assert(status >= -1 && status <= 1);
	assert(status >= 0 || err.code == ERR_TOO_BIG);
	return 0;
}
