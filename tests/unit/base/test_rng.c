/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rng.h"

#include "test.h"

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
		RUN(test_a_seeded_source_repeats_and_fills_to_the_byte),
		RUN(test_the_systems_source_does_not_repeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
