/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "bmc/breaker_plan.h"
#include "sm_edges.h"

static void fall_silent(struct breaker *breaker, mono_ms now, struct rng *rng)
{
	for (int i = 0; i < BREAKER_TRIES; i++)
		breaker_silent(breaker, now, rng);
}

static void test_it_opens_after_so_many_in_a_row(void **state)
{
	struct rng rng = rng_seeded(1);
	struct breaker breaker;

	(void)state;
	breaker_init(&breaker);
	for (int i = 1; i < BREAKER_TRIES; i++)
		breaker_silent(&breaker, 1000, &rng);
	assert_int_equal(breaker_state(&breaker), BREAKER_CLOSED);
	assert_false(breaker_refuses(&breaker, 1000));

	breaker_silent(&breaker, 1000, &rng);
	assert_int_equal(breaker_state(&breaker), BREAKER_OPEN);
	assert_true(breaker_refuses(&breaker, 1000));
	assert_true(breaker_refuses(&breaker, 1000 + BREAKER_FIRST_MS - 1));
	assert_false(breaker_refuses(&breaker, 1000 + BREAKER_FIRST_MS));
}

static void test_an_answer_between_begins_the_count_anew(void **state)
{
	struct rng rng = rng_seeded(1);
	struct breaker breaker;

	(void)state;
	breaker_init(&breaker);
	for (int i = 1; i < 3 * BREAKER_TRIES; i++) {
		breaker_silent(&breaker, 0, &rng);
		if (i % (BREAKER_TRIES - 1) == 0)
			breaker_answered(&breaker);
	}

	assert_int_equal(breaker_state(&breaker), BREAKER_CLOSED);
}

static void test_a_probe_that_is_answered_closes_it(void **state)
{
	struct rng rng = rng_seeded(1);
	struct breaker breaker;

	(void)state;
	breaker_init(&breaker);
	fall_silent(&breaker, 0, &rng);
	breaker_probe(&breaker);
	breaker_answered(&breaker);

	assert_int_equal(breaker_state(&breaker), BREAKER_CLOSED);
	assert_int_equal(breaker.n_silent, 0);
	for (int i = 1; i < BREAKER_TRIES; i++)
		breaker_silent(&breaker, 0, &rng);
	assert_int_equal(breaker_state(&breaker), BREAKER_CLOSED);
}

static void test_each_probe_in_vain_waits_longer_up_to_a_limit(void **state)
{
	struct rng rng = rng_seeded(7);
	struct breaker breaker;
	int64_t longest = 0;
	mono_ms now = 0;

	(void)state;
	breaker_init(&breaker);
	fall_silent(&breaker, now, &rng);
	for (int i = 1; i < 40; i++) {
		int64_t ceiling = i < 5 ? (int64_t)BREAKER_FIRST_MS << i
					: BREAKER_MOST_MS;

		now = breaker.until;
		breaker_probe(&breaker);
		breaker_silent(&breaker, now, &rng);
		assert_in_range(breaker.until - now, BREAKER_FIRST_MS, ceiling);
		if (breaker.until - now > longest)
			longest = breaker.until - now;
	}

	assert_true(longest > BREAKER_MOST_MS / 2);
}

static void test_a_probe_cut_off_may_come_again_at_once(void **state)
{
	struct rng rng = rng_seeded(1);
	struct breaker breaker;

	(void)state;
	breaker_init(&breaker);
	breaker_unprobed(&breaker, 0); /* there was none */
	assert_int_equal(breaker_state(&breaker), BREAKER_CLOSED);
	fall_silent(&breaker, 0, &rng);
	breaker_probe(&breaker);
	breaker_unprobed(&breaker, 20000);

	assert_int_equal(breaker_state(&breaker), BREAKER_OPEN);
	assert_false(breaker_refuses(&breaker, 20000));
}

static void test_what_comes_by_while_it_is_open(void **state)
{
	struct rng rng = rng_seeded(1);
	struct breaker breaker;
	mono_ms until;

	(void)state;
	breaker_init(&breaker);
	fall_silent(&breaker, 0, &rng);
	until = breaker.until;
	breaker_silent(&breaker, 10, &rng);
	assert_int_equal(breaker.until, until);
	breaker_answered(&breaker);

	assert_int_equal(breaker_state(&breaker), BREAKER_CLOSED);
}

static int all_edges(void **state)
{
	(void)state;
	return sm_edges_missing(BREAKER_CLOSED, BREAKER_PROBING) ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_it_opens_after_so_many_in_a_row),
		RUN(test_an_answer_between_begins_the_count_anew),
		RUN(test_a_probe_that_is_answered_closes_it),
		RUN(test_each_probe_in_vain_waits_longer_up_to_a_limit),
		RUN(test_a_probe_cut_off_may_come_again_at_once),
		RUN(test_what_comes_by_while_it_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, all_edges);
}
