/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_JSON_H
#define TESTS_JSON_H

#include <string.h>

#include "base/json.h"
#include "test.h"

/* JSON with ' for ", so that it can be read. */
static inline json_t *json_of(const char *text)
{
	AUTO_FREE char *copy = xstrdup(text);
	struct err err;
	json_t *value;

	for (char *at = copy; *at; at++)
		if (*at == '\'')
			*at = '"';
	value = json_parse(copy, strlen(copy), &err);
	if (!value)
		fail_msg("%s: %s", text, err.message);
	return value;
}

static inline void assert_json(const json_t *value, const char *expected)
{
	AUTO_JSON json_t *wanted = json_of(expected);
	AUTO_FREE char *text = NULL;

	if (!value)
		fail_msg("nothing, expected %s", expected);
	if (json_equal(value, wanted))
		return;
	text = json_text(value);
	fail_msg("%s, expected %s", text, expected);
}

/* What is at the path; expected NULL: nothing may be there. */
static inline void assert_at(const json_t *value, const char *path,
			     const char *expected)
{
	const json_t *at = json_at(value, path);
	AUTO_FREE char *text = NULL;

	if (expected && at) {
		assert_json(at, expected);
		return;
	}
	if (at || expected) {
		text = json_text(value);
		fail_msg("%s: expected %s in %s", path,
			 expected ? expected : "nothing", text);
	}
}

#endif
