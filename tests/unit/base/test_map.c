/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "test.h"

#define N_KEYS 400

static void test_what_was_put_is_got(void **state)
{
	struct map *map = map_new();
	int one = 1;
	int two = 2;

	(void)state;
	assert_null(map_get(map, "a", 1));
	map_put(map, "a", 1, &one);
	map_put(map, "a\0", 2, &two);
	assert_ptr_equal(map_get(map, "a", 1), &one);
	assert_ptr_equal(map_get(map, "a\0", 2), &two);
	assert_int_equal(map_count(map), 2);

	map_put(map, "a", 1, &two);
	assert_ptr_equal(map_get(map, "a", 1), &two);
	assert_int_equal(map_count(map), 2);
	map_free(map);
}

static void test_the_key_is_copied(void **state)
{
	struct map *map = map_new();
	char key[] = "key";
	int value;

	(void)state;
	map_put(map, key, 3, &value);
	key[0] = 'x';

	assert_null(map_get(map, key, 3));
	assert_ptr_equal(map_get(map, "key", 3), &value);
	map_free(map);
}

static void test_an_empty_key_is_a_key(void **state)
{
	struct map *map = map_new();
	int value;

	(void)state;
	assert_null(map_get(map, "", 0));
	map_put(map, "", 0, &value);

	assert_ptr_equal(map_get(map, "", 0), &value);
	map_remove(map, "", 0);
	assert_int_equal(map_count(map), 0);
	map_free(map);
	map_free(NULL);
}

/* Against an array that is searched from end to end. */
static void test_it_does_as_the_simplest_map_does(void **state)
{
	struct rng rng = rng_seeded(7);
	struct map *map = map_new();
	void *model[N_KEYS] = { NULL };
	int values[16];

	(void)state;
	for (int step = 0; step < 40000; step++) {
		uint64_t word = rng_u64(&rng);
		uint32_t key = (uint32_t)(word % N_KEYS);
		/* Mostly puts at first, then mostly removals: it grows, and
		 * the runs of full slots are broken up again. */
		bool put = (word >> 32) % 100 < (step < 20000 ? 70U : 30U);

		if (put) {
			model[key] = &values[(word >> 16) % 16];
			map_put(map, &key, sizeof(key), model[key]);
		} else {
			model[key] = NULL;
			map_remove(map, &key, sizeof(key));
		}
		key = (uint32_t)((word >> 40) % N_KEYS);
		assert_ptr_equal(map_get(map, &key, sizeof(key)), model[key]);
	}
	for (uint32_t key = 0; key < N_KEYS; key++)
		assert_ptr_equal(map_get(map, &key, sizeof(key)), model[key]);
	map_free(map);
}

static void test_a_walk_meets_each_value_once(void **state)
{
	struct map *map = map_new();
	int seen[100] = { 0 };
	size_t at = 0;
	size_t n = 0;
	void *value;

	(void)state;
	assert_false(map_next(map, &at, &value));
	for (int i = 0; i < 100; i++)
		map_put(map, &i, sizeof(i), &seen[i]);
	at = 0;
	while (map_next(map, &at, &value)) {
		(*(int *)value)++;
		n++;
	}

	assert_int_equal(n, map_count(map));
	for (int i = 0; i < 100; i++)
		assert_int_equal(seen[i], 1);
	assert_false(map_next(map, &at, &value));
	map_free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_what_was_put_is_got),
		RUN(test_the_key_is_copied),
		RUN(test_an_empty_key_is_a_key),
		RUN(test_it_does_as_the_simplest_map_does),
		RUN(test_a_walk_meets_each_value_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
