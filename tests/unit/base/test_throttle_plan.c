/* SPDX-License-Identifier: Apache-2.0 */
#include "base/throttle_plan.h"

#include <stdio.h>

#include "test.h"

#define START 1000

static int setup(void **state)
{
	*state = throttle_new();
	return 0;
}

static int teardown(void **state)
{
	throttle_free(*state);
	return 0;
}

/* Uses up all that the peer may. */
static void exhaust(struct throttle *throttle, const char *peer, mono_ms now)
{
	for (int i = 1; i < THROTTLE_BURST; i++)
		assert_false(throttle_failed(throttle, peer, now));
	assert_true(throttle_failed(throttle, peer, now));
}

static void test_who_has_not_failed_is_heard(void **state)
{
	assert_int_equal(throttle_wait(*state, "10.0.0.1", START), 0);
}

static void test_a_burst_is_borne_and_no_more(void **state)
{
	struct throttle *throttle = *state;

	for (int i = 0; i < THROTTLE_BURST; i++) {
		assert_int_equal(throttle_wait(throttle, "10.0.0.1", START), 0);
		throttle_failed(throttle, "10.0.0.1", START);
	}

	assert_int_equal(throttle_wait(throttle, "10.0.0.1", START),
			 THROTTLE_STEP);
	assert_int_equal(throttle_wait(throttle, "10.0.0.2", START), 0);
}

static void test_after_a_step_one_more_is_heard(void **state)
{
	struct throttle *throttle = *state;

	exhaust(throttle, "10.0.0.1", START);
	assert_int_equal(
		throttle_wait(throttle, "10.0.0.1", START + THROTTLE_STEP - 1),
		1);
	assert_int_equal(
		throttle_wait(throttle, "10.0.0.1", START + THROTTLE_STEP), 0);

	assert_true(
		throttle_failed(throttle, "10.0.0.1", START + THROTTLE_STEP));
	assert_int_equal(
		throttle_wait(throttle, "10.0.0.1", START + THROTTLE_STEP),
		THROTTLE_STEP);
}

static void test_in_time_all_is_forgiven(void **state)
{
	struct throttle *throttle = *state;
	mono_ms later = START + (mono_ms)THROTTLE_BURST * THROTTLE_STEP;

	exhaust(throttle, "10.0.0.1", START);

	exhaust(throttle, "10.0.0.1", later);
}

static void test_the_table_is_bounded_and_keeps_the_worst(void **state)
{
	struct throttle *throttle = *state;
	char peer[32];

	exhaust(throttle, "10.0.0.1", START);
	for (int i = 0; i < 5 * THROTTLE_PEERS; i++) {
		snprintf(peer, sizeof(peer), "10.1.%d.%d", i / 256, i % 256);
		assert_false(throttle_failed(throttle, peer, START));
	}

	assert_int_equal(throttle_wait(throttle, "10.0.0.1", START),
			 THROTTLE_STEP);
	exhaust(throttle, "10.0.0.2", START);
	assert_int_equal(throttle_wait(throttle, "10.0.0.2", START),
			 THROTTLE_STEP);
}

static void test_what_is_longer_than_an_address_is_bounded_too(void **state)
{
	char peer[200];

	for (size_t i = 0; i < sizeof(peer) - 1; i++)
		peer[i] = 'x';
	peer[sizeof(peer) - 1] = '\0';

	exhaust(*state, peer, START);
	assert_int_equal(throttle_wait(*state, peer, START), THROTTLE_STEP);
}

#define RUN_HERE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_HERE(test_who_has_not_failed_is_heard),
		RUN_HERE(test_a_burst_is_borne_and_no_more),
		RUN_HERE(test_after_a_step_one_more_is_heard),
		RUN_HERE(test_in_time_all_is_forgiven),
		RUN_HERE(test_the_table_is_bounded_and_keeps_the_worst),
		RUN_HERE(test_what_is_longer_than_an_address_is_bounded_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
