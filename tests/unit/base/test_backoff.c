/* SPDX-License-Identifier: Apache-2.0 */
#include "base/backoff.h"

#include <string.h>

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

static void test_a_seeded_source_repeats_and_fills_to_the_byte(void **state)
{
	struct rng a = rng_seeded(9);
	struct rng b = rng_seeded(9);
	struct rng c = rng_seeded(10);
	uint8_t one[13] = { 0 };
	uint8_t two[13] = { 0 };

	(void)state;
	rng_bytes(&a, one, sizeof(one) - 1);
	rng_bytes(&b, two, sizeof(two) - 1);
	assert_memory_equal(one, two, sizeof(one));
	assert_int_equal(one[12], 0);
	assert_true(rng_u64(&a) == rng_u64(&b));
	assert_true(rng_u64(&a) != rng_u64(&c));
}

static void test_the_systems_source_does_not_repeat(void **state)
{
	struct rng rng = rng_system();
	static uint8_t many[4096];
	int seen[256] = { 0 };

	(void)state;
	assert_true(rng_u64(&rng) != rng_u64(&rng));
	rng_bytes(&rng, many, sizeof(many));
	for (size_t i = 0; i < sizeof(many); i++)
		seen[many[i]]++;
	/* Sixteen of each on average: even one that is missing is rare. */
	for (int i = 0; i < 256; i++)
		assert_in_range(seen[i], 0, 60);
	rng_bytes(&rng, many, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_the_wait_is_between_base_and_its_ceiling),
		RUN(test_the_same_seed_waits_the_same),
		RUN(test_the_edges_neither_overflow_nor_hang),
		RUN(test_a_seeded_source_repeats_and_fills_to_the_byte),
		RUN(test_the_systems_source_does_not_repeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
