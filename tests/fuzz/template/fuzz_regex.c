/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line with an expression, then the text. What is found lies in the text,
 * groups inside of the whole, and is found again from where it begins.
 */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz/fuzz.h"
#include "template/regex.h"

#define BUDGET 1000000

static void check_spans(const size_t *spans, size_t n_groups, size_t len)
{
	assert(spans[0] <= spans[1] && spans[1] <= len);
	for (size_t i = 1; i < n_groups; i++) {
		size_t start = spans[2 * i];
		size_t end = spans[2 * i + 1];

		assert((start == REGEX_NONE) == (end == REGEX_NONE));
		assert(start == REGEX_NONE ||
		       (start <= end && start >= spans[0] && end <= spans[1]));
	}
}

static void check_match(const struct regex *regex, struct regex_text *text)
{
	size_t n = regex_groups(regex);
	size_t size = REGEX_SPANS(n) * sizeof(size_t);
	AUTO_FREE size_t *spans = xcalloc(n, 2 * sizeof(size_t));
	AUTO_FREE size_t *again = xcalloc(n, 2 * sizeof(size_t));
	size_t budget = BUDGET;

	if (regex_match(regex, text, spans, &budget) != REGEX_MATCH)
		return;
	check_spans(spans, n, text->len);
	text->from = spans[0];
	budget = 2 * BUDGET;
	assert(regex_match(regex, text, again, &budget) == REGEX_MATCH);
	assert(memcmp(spans, again, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *pattern = (const char *)bytes;
	const char *end = len ? memchr(bytes, '\n', len) : NULL;
	size_t pattern_len = end ? (size_t)(end - pattern) : len;
	struct regex_text text = { end ? end + 1 : "",
				   end ? len - pattern_len - 1 : 0, 0 };
	struct err err = { 0 };
	struct regex *regex = regex_new(pattern, pattern_len, &err);

	if (!regex) {
		assert(err.code == ERR_INVALID || err.code == ERR_TOO_BIG ||
		       err.code == ERR_UNSUPPORTED);
		return 0;
	}
	check_match(regex, &text);
	regex_free(regex);
	return 0;
}
