/* SPDX-License-Identifier: Apache-2.0 */
#include "base/backoff.h"

#include "base/mem.h"
#include "test.h"

static void test_the_wait_is_between_base_and_its_ceiling(void **state)
{
	static const int64_t ceilings[] = { 100, 200, 400, 800, 1000, 1000 };
	struct rng rng = rng_seeded(1);

	(void)state;
	for (unsigned tries = 0; tries < ARRAY_LEN(ceilings); tries++) {
		int64_t least = INT64_MAX;
		int64_t most = 0;

		for (int i = 0; i < 2000; i++) {
			int64_t wait = backoff_ms(tries, 100, 1000, &rng);

			assert_in_range(wait, 100, ceilings[tries]);
			least = wait < least ? wait : least;
			most = wait > most ? wait : most;
		}
		/* Jitter over all of the range, not around its end. */
		assert_true(least <= 100 + (ceilings[tries] - 100) / 20);
		assert_true(most >=
			    ceilings[tries] - (ceilings[tries] - 100) / 20);
	}
}

static void test_the_same_seed_waits_the_same(void **state)
{
	struct rng a = rng_seeded(42);
	struct rng b = rng_seeded(42);

	(void)state;
	for (unsigned tries = 0; tries < 20; tries++)
		assert_int_equal(backoff_ms(tries, 50, 60000, &a),
				 backoff_ms(tries, 50, 60000, &b));
}

static void test_the_edges_neither_overflow_nor_hang(void **state)
{
	struct rng rng = rng_seeded(3);

	(void)state;
	assert_int_equal(backoff_ms(UINT32_MAX, 0, 1000, &rng), 0);
	assert_int_equal(backoff_ms(5, 1000, 10, &rng), 10);
	assert_int_equal(backoff_ms(5, 10, 10, &rng), 10);
	for (int i = 0; i < 100; i++)
		assert_true(backoff_ms(UINT32_MAX, 1, INT64_MAX, &rng) >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_the_wait_is_between_base_and_its_ceiling),
		RUN(test_the_same_seed_waits_the_same),
		RUN(test_the_edges_neither_overflow_nor_hang),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
