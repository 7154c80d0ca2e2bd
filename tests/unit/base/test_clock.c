/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include "base/mem.h"
#include "test.h"

static void test_wall_time_is_text_in_utc(void **state)
{
	static const struct {
		wall_ms at;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 1795539815999, "2026-11-24T17:03:35Z" },
		{ 951782400000, "2000-02-29T00:00:00Z" },
		{ 4102444800000, "2100-01-01T00:00:00Z" },
		{ -1000, "1969-12-31T23:59:59Z" },
		{ -1, "1969-12-31T23:59:59Z" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[CLOCK_TEXT];

		clock_text(cases[i].at, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_a_time_that_no_calendar_has_is_text_too(void **state)
{
	char text[CLOCK_TEXT];

	(void)state;
	clock_text(INT64_MAX, text);
	assert_string_equal(text, "292278994-08-17T07:12:55Z");
	clock_text(INT64_MIN, text);
	assert_string_equal(text, "-292275055-05-16T16:47:04Z");
}

static void test_an_age_has_two_parts_at_most(void **state)
{
	static const struct {
		int64_t age_ms;
		const char *text;
	} cases[] = {
		{ -5000, "0s" },         { 0, "0s" },
		{ 4999, "4s" },          { 119999, "119s" },
		{ 120000, "2m0s" },      { 192000, "3m12s" },
		{ 3599999, "59m59s" },   { 7500000, "2h5m" },
		{ 172799999, "47h59m" }, { 172800000, "2d" },
		{ 777600000, "9d" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[CLOCK_TEXT];

		clock_age(cases[i].age_ms, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_clocks_go_forward(void **state)
{
	mono_ms mono = clock_mono();
	wall_ms wall = clock_wall();

	(void)state;
	assert_true(mono > 0);
	assert_true(clock_mono() >= mono);
	/* After 2024, before 2200. */
	assert_in_range(wall, 1704067200000, 7258118400000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_wall_time_is_text_in_utc),
		RUN(test_a_time_that_no_calendar_has_is_text_too),
		RUN(test_an_age_has_two_parts_at_most),
		RUN(test_clocks_go_forward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
