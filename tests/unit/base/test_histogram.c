/* SPDX-License-Identifier: Apache-2.0 */
#include "base/histogram.h"

#include "test.h"

#define MINUTES(n) ((n)*60 * INT64_C(1000000))

static void
test_a_time_is_counted_at_the_first_bound_that_holds_it(void **state)
{
	struct histogram histogram = { 0 };

	(void)state;

	histogram_add(&histogram, 100);
	histogram_add(&histogram, 101);
	histogram_add(&histogram, INT64_C(3600) * 1000000);

	assert_int_equal(histogram.n[0], 1);
	assert_int_equal(histogram.n[1], 1);
	assert_int_equal(histogram.n[HISTOGRAM_MAX_BOUNDS], 1);
	assert_int_equal(histogram_count(&histogram), 3);
	assert_int_equal(histogram.sum_us, 3600000201);
}

static void test_a_clock_that_ran_back_counts_as_nothing(void **state)
{
	struct histogram histogram = { .scale = HISTOGRAM_SLOW };

	(void)state;

	histogram_add(&histogram, -5);

	assert_int_equal(histogram.n[0], 1);
	assert_int_equal(histogram.sum_us, 0);
}

static void test_bounds_grow(void **state)
{
	(void)state;
	for (int scale = 0; scale < HISTOGRAM_N_SCALES; scale++) {
		const int64_t *us;
		size_t n = histogram_bounds((enum histogram_scale)scale, &us);

		assert_true(n > 10 && n <= HISTOGRAM_MAX_BOUNDS);
		for (size_t i = 1; i < n; i++)
			assert_true(us[i] > us[i - 1]);
	}
}

static void test_the_longest_is_of_the_last_minutes(void **state)
{
	struct longest longest = { 0 };

	(void)state;

	longest_add(&longest, MINUTES(6), 700);
	longest_add(&longest, MINUTES(7), 300);
	assert_int_equal(longest_get(&longest, MINUTES(8)), 700);
	longest_add(&longest, MINUTES(12), 200);
	assert_int_equal(longest_get(&longest, MINUTES(12)), 700);
	longest_add(&longest, MINUTES(18), 100);
	assert_int_equal(longest_get(&longest, MINUTES(18)), 200);
	assert_int_equal(longest_get(&longest, MINUTES(24)), 100);
	assert_int_equal(longest_get(&longest, MINUTES(60)), 0);
}

static void test_after_a_long_silence_nothing_is_remembered(void **state)
{
	struct longest longest = { 0 };

	(void)state;

	longest_add(&longest, MINUTES(6), 700);
	longest_add(&longest, MINUTES(60), 5);

	assert_int_equal(longest_get(&longest, MINUTES(60)), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_time_is_counted_at_the_first_bound_that_holds_it),
		RUN(test_a_clock_that_ran_back_counts_as_nothing),
		RUN(test_bounds_grow),
		RUN(test_the_longest_is_of_the_last_minutes),
		RUN(test_after_a_long_silence_nothing_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
