/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "bmc/pace_plan.h"

static void test_one_that_is_well_is_never_left_waiting(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0);
	for (mono_ms now = 0; now < 100000; now += 100) {
		pace_ended(&pace, now, PACE_GOOD, 100);
		assert_int_equal(pace.free_at, now);
	}
}

static void test_an_error_halves_and_answers_add(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0);
	pace_ended(&pace, 0, PACE_GOOD, 100);
	pace_ended(&pace, 1000, PACE_BAD, 0);
	assert_int_equal(pace.share, PACE_FULL / 2);
	assert_int_equal(pace.free_at, 1100); /* as long as it is busy */
	pace_ended(&pace, 2000, PACE_BAD, 0);
	assert_int_equal(pace.share, PACE_FULL / 4);
	assert_int_equal(pace.free_at, 2300);

	for (int i = 1; i <= 6; i++) {
		pace_ended(&pace, 3000, PACE_GOOD, 100);
		assert_int_equal(pace.share, PACE_FULL / 4 + i * PACE_STEP);
	}
	assert_int_equal(pace.free_at, 3000);
	pace_ended(&pace, 4000, PACE_GOOD, 100);
	assert_int_equal(pace.share, PACE_FULL);
}

static void test_it_stops_at_its_least(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0);
	for (int i = 0; i < 50; i++)
		pace_ended(&pace, 0, PACE_BAD, 0);

	assert_int_equal(pace.share, PACE_LEAST);
	assert_int_equal(pace.free_at, 15 * 1000);
}

static void test_no_gap_is_longer_than_the_longest(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0);
	pace_ended(&pace, 0, PACE_GOOD, 20000);
	for (int i = 0; i < 50; i++)
		pace_ended(&pace, 0, PACE_BAD, 0);

	assert_int_equal(pace.free_at, PACE_MOST_MS);
}

static void test_an_answer_that_takes_twice_as_long_halves(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0);
	pace_ended(&pace, 0, PACE_GOOD, 1000);
	pace_ended(&pace, 0, PACE_GOOD, 2200);
	assert_int_equal(pace.share, PACE_FULL);
	pace_ended(&pace, 0, PACE_GOOD, 5000);

	assert_int_equal(pace.share, PACE_FULL / 2);
}

/* It is as it is: what it usually takes is no cause to slow down. */
static void test_one_that_is_always_slow_keeps_its_share(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0);
	for (int i = 0; i < 20; i++)
		pace_ended(&pace, 0, PACE_GOOD, 8000);

	assert_int_equal(pace.share, PACE_FULL);
	assert_true(pace_slow(&pace));
}

static void test_it_gets_used_to_another_time(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0);
	pace_ended(&pace, 0, PACE_GOOD, 100);
	for (int i = 0; i < 60; i++)
		pace_ended(&pace, 0, PACE_GOOD, 8000);
	assert_true(pace_slow(&pace));
	assert_int_equal(pace.share, PACE_FULL);
	for (int i = 0; i < 60; i++)
		pace_ended(&pace, 0, PACE_GOOD, 100);

	assert_false(pace_slow(&pace));
}

static void test_writes_are_not_measured(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 0);
	pace_ended(&pace, 0, PACE_GOOD, 100);
	pace_ended(&pace, 0, PACE_GOOD, 0);

	assert_int_equal(pace.usual_ms, 100);
	assert_int_equal(pace.share, PACE_FULL);
}

static void test_the_gap_of_its_firmware_always_holds(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 500);
	pace_ended(&pace, 1000, PACE_GOOD, 100);
	assert_int_equal(pace.free_at, 1500);
	assert_int_equal(pace.firm, 1500);
	pace_ended(&pace, 2000, PACE_NEITHER, 0);
	assert_int_equal(pace.free_at, 2500);
	for (int i = 0; i < 10; i++)
		pace_ended(&pace, 3000, PACE_BAD, 0);

	assert_int_equal(pace.firm, 3500);
	assert_int_equal(pace.free_at, 4500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_one_that_is_well_is_never_left_waiting),
		RUN(test_an_error_halves_and_answers_add),
		RUN(test_it_stops_at_its_least),
		RUN(test_no_gap_is_longer_than_the_longest),
		RUN(test_an_answer_that_takes_twice_as_long_halves),
		RUN(test_one_that_is_always_slow_keeps_its_share),
		RUN(test_it_gets_used_to_another_time),
		RUN(test_writes_are_not_measured),
		RUN(test_the_gap_of_its_firmware_always_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
