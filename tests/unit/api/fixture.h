/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_API_FIXTURE_H
#define TESTS_UNIT_API_FIXTURE_H

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "test.h"

/* Short ways to say JSON: ' for ", so that it can be read. */
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
	AUTO_JSON json_t *right = json_of(expected);
	AUTO_FREE char *text = NULL;

	if (json_equal(value, right))
		return;
	text = value ? json_text(value) : xstrdup("nothing");
	fail_msg("%s\nis not\n%s", text, expected);
}

#endif
