/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/span_plan.h"

#include "base/mem.h"
#include "test.h"

#define NOON INT64_C(1795521600000) /* 2026-11-24T12:00:00Z */

static void test_lengths_have_a_unit(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} rows[] = {
		{ "0s", 0 },
		{ "90s", 90 },
		{ "15m", 900 },
		{ "12h", 43200 },
		{ "90d", 7776000 },
		{ "2y", 63072000 },
		{ "1000y", INT64_C(31536000000) },
	};
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(span_parse(rows[i].text, &seconds));
		assert_int_equal(seconds, rows[i].seconds);
	}
}

static void test_what_is_no_length_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"s",
		"5",
		"5w",
		"-5d",
		"5 d",
		"1.5h",
		"5dd",
		"1001y",
		"never",
		"99999999999999999999999999999999d",
	};
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		if (span_parse(wrong[i], &seconds))
			fail_msg("\"%s\" was taken", wrong[i]);
}

static void test_since_is_a_length_a_day_or_a_moment(void **state)
{
	wall_ms at;

	(void)state;
	assert_true(span_parse_since("2h", NOON, &at));
	assert_int_equal(at, NOON - 7200000);
	assert_true(span_parse_since("2026-11-24", NOON, &at));
	assert_int_equal(at, NOON - 12 * 3600000);
	assert_true(span_parse_since("2026-11-24T11:59:59Z", NOON, &at));
	assert_int_equal(at, NOON - 1000);
	assert_false(span_parse_since("yesterday", NOON, &at));
	assert_false(span_parse_since("2026-13-24", NOON, &at));
	assert_false(span_parse_since("2026-11-24T12", NOON, &at));
	assert_false(span_parse_since("", NOON, &at));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_lengths_have_a_unit),
		RUN(test_what_is_no_length_is_refused),
		RUN(test_since_is_a_length_a_day_or_a_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
