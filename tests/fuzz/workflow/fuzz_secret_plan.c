/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line with the value of a Secret, then what a worker says: the value is not
 * in what is shown of it. A decoy has its length, and is another.
 */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "fuzz/fuzz.h"
#include "workflow/secret_plan.h"

#define MAX_TEXT (1024 * 1024)

static json_t *references_of(const char *value, size_t len)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MAX_TEXT);
	json_t *references = json_object();

	str_base64(&text, value, len);
	json_put(references, "s.apiVersion", json_string("v1"));
	json_put(references, "s.kind", json_string("Secret"));
	json_put(references, "s.data.v", json_string(text.base));
	return references;
}

static void check_decoy(const json_t *references, size_t len)
{
	AUTO_JSON json_t *decoy = secret_decoy(references);
	AUTO_JSON json_t *stripped = secret_stripped(references);
	CLEANUP(buf_release) struct buf bytes = BUF_INIT(MAX_TEXT);
	const char *text = json_str_at(decoy, "s.data.v");

	assert(secret_among(references));
	assert(str_unbase64(&bytes, text, strlen(text)) && bytes.len == len);
	assert(!len || !json_equal(decoy, references));
	assert(str_eq(json_str_at(stripped, "s.data.v"), ""));
}

static void check_mask(const json_t *references, const char *said)
{
	AUTO_JSON json_t *hidden = json_array();
	AUTO_FREE char *shown = NULL;
	size_t i;
	json_t *item;

	secret_hide(references, NULL, NULL, hidden);
	shown = secret_masked(said, hidden);
	json_array_foreach (hidden, i, item)
		/* Stars could be ours. */
		assert(strchr(json_string_value(item), '*') ||
		       !strstr(shown, json_string_value(item)));
	assert(json_array_size(hidden) || str_eq(shown, said));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *value = (const char *)bytes;
	const char *line = len ? memchr(value, '\n', len) : NULL;
	size_t first = line ? (size_t)(line - value) : len;
	size_t after = line ? first + 1 : len;
	AUTO_JSON json_t *references = NULL;
	AUTO_FREE char *said = xstrndup(value + after, len - after);

	if (len > 64 * 1024)
		return 0;
	references = references_of(value, first);
	check_decoy(references, first);
	check_mask(references, said);
	return 0;
}
