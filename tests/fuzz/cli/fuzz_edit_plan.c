/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an editor leaves behind: the object before, in YAML, a line "----", and
 * what was made of it. The patch makes of the one the other.
 */
#include <assert.h>
#include <string.h>

#include "cli/edit_plan.h"
#include "fuzz/fuzz.h"

#define MAX_TEXT (4 * 1024 * 1024)

/* To be null is not to be there, for a merge patch. */
static void strip_nulls(json_t *value)
{
	const char *key;
	json_t *item;
	void *next;

	json_object_foreach_safe (value, next, key, item)
		if (json_is_null(item))
			json_object_del(value, key);
		else
			strip_nulls(item);
}

/* It is read back from what the editor was given. */
static void check_shown(const json_t *object)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MAX_TEXT);
	CLEANUP(buf_release) struct buf again = BUF_INIT(MAX_TEXT);
	AUTO_JSON json_t *shown = edit_shown(object);
	AUTO_JSON json_t *back = NULL;
	struct err err;

	edit_text(&text, shown, "why\nit failed");
	edit_again(&again, text.base, "again");
	if (text.overflow || again.overflow)
		return;
	back = edit_read(again.base, again.len, &err);
	assert(back && json_equal(back, shown));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	const char *line = memmem(text, len, "\n----\n", 6);
	size_t first = line ? (size_t)(line - text) + 1 : len;
	size_t after = line ? first + 5 : len;
	struct err err = { .code = ERR_NONE };
	AUTO_JSON json_t *before = edit_read(text, first, &err);
	AUTO_JSON json_t *edited = NULL;
	AUTO_JSON json_t *patch = NULL;
	AUTO_JSON json_t *patched = NULL;

	assert(before || err.code != ERR_NONE);
	if (!before)
		return 0;
	check_shown(before);
	edited = edit_read(text + after, len - after, &err);
	patch = edited ? edit_patch(before, edited, &err) : NULL;
	if (!patch)
		return 0;
	patched = json_merge_patch(before, patch);
	strip_nulls(patched);
	strip_nulls(edited);
	assert(json_equal(patched, edited));
	return 0;
}
