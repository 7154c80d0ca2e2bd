/* SPDX-License-Identifier: Apache-2.0 */
#include "api/patch_plan.h"

#include <assert.h>
#include <string.h>

#include "fuzz/fuzz.h"

/* What comes out is a document that can be sent and read again. */
static void check_sendable(const json_t *value)
{
	AUTO_FREE char *text = json_text(value);
	struct err err;
	AUTO_JSON json_t *again = json_parse(text, strlen(text), &err);

	assert(again && json_equal(value, again));
}

static void check(enum patch_type type, const json_t *target,
		  const json_t *patch)
{
	AUTO_JSON json_t *before = json_deep_copy(target);
	struct err err = { .code = ERR_NONE };
	AUTO_JSON json_t *after = patch_apply(type, target, patch, &err);
	AUTO_JSON json_t *twice = NULL;

	assert(json_equal(target, before));
	if (!after) {
		assert(err.code == ERR_PROTOCOL || err.code == ERR_INVALID ||
		       err.code == ERR_TOO_BIG);
		return;
	}
	check_sendable(after);
	if (type == PATCH_JSON)
		return;
	/* A merge patch says how it is to be, so a second one adds nothing. */
	twice = patch_apply(type, after, patch, &err);
	assert(twice && json_equal(after, twice));
}

/* A line with the target, and the patch, taken for each kind of patch. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	const char *end = memchr(text, '\n', len);
	size_t first = end ? (size_t)(end - text) : 0;
	AUTO_JSON json_t *target = NULL;
	AUTO_JSON json_t *patch = NULL;
	struct err err;

	if (!end)
		return 0;
	target = json_parse(text, first, &err);
	patch = json_parse(end + 1, len - first - 1, &err);
	if (!target || !patch)
		return 0;
	check(PATCH_JSON, target, patch);
	check(PATCH_MERGE, target, patch);
	check(PATCH_STRATEGIC, target, patch);
	return 0;
}
