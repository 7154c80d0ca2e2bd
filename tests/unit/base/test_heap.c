/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/heap.h"
#include "base/mem.h"
#include "base/rng.h"

#define N 500

static void test_items_come_out_in_order(void **state)
{
	struct heap heap = { 0 };
	struct heap_item items[N] = { 0 };
	struct rng rng = rng_seeded(3);
	struct heap_item *item;
	mono_ms last = 0;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < N; i++)
		heap_set(&heap, &items[i], (mono_ms)(rng_u64(&rng) % 1000));
	while ((item = heap_expired(&heap, 1000))) {
		assert_true(item->at >= last);
		last = item->at;
		n++;
	}
	assert_int_equal(n, N);
	assert_int_equal(heap_next(&heap), MONO_NEVER);
	heap_release(&heap);
}

static void test_what_is_not_due_stays(void **state)
{
	struct heap heap = { 0 };
	struct heap_item item = { 0 };

	(void)state;
	heap_set(&heap, &item, 10);
	assert_null(heap_expired(&heap, 9));
	assert_int_equal(heap_next(&heap), 10);
	assert_ptr_equal(heap_expired(&heap, 10), &item);
	assert_null(heap_expired(&heap, 10));
	heap_release(&heap);
}

/* The first of all, as a search through everything would find it. */
static mono_ms first_of(const struct heap_item *items)
{
	mono_ms first = MONO_NEVER;

	for (size_t i = 0; i < N; i++)
		if (items[i].place && items[i].at < first)
			first = items[i].at;
	return first;
}

static void test_moving_and_removing_keeps_the_order(void **state)
{
	struct heap heap = { 0 };
	struct heap_item items[N] = { 0 };
	struct rng rng = rng_seeded(4);

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct heap_item *item = &items[rng_u64(&rng) % N];
		uint64_t at = rng_u64(&rng) % 1500;

		heap_set(&heap, item, at < 1000 ? (mono_ms)at : MONO_NEVER);
		assert_int_equal(heap_next(&heap), first_of(items));
	}
	heap_release(&heap);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(items[i].place, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_items_come_out_in_order),
		RUN(test_what_is_not_due_stays),
		RUN(test_moving_and_removing_keeps_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
