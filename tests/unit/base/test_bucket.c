/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/bucket.h"

static unsigned take_all(struct bucket *bucket, mono_ms now)
{
	unsigned n = 0;

	while (bucket_take(bucket, now))
		n++;
	return n;
}

static void test_it_begins_full(void **state)
{
	struct bucket bucket;

	(void)state;
	bucket_init(&bucket, 200, 50, 1000);

	assert_int_equal(bucket_next(&bucket), 1000);
	assert_int_equal(take_all(&bucket, 1000), 50);
	assert_int_equal(bucket_next(&bucket), 1005);
}

static void test_what_is_given_back_can_be_taken_again(void **state)
{
	struct bucket bucket;

	(void)state;
	bucket_init(&bucket, 200, 50, 0);
	take_all(&bucket, 0);
	bucket_give(&bucket);

	assert_int_equal(take_all(&bucket, 0), 1);
}

static void test_what_drips_in_can_be_taken(void **state)
{
	struct bucket bucket;

	(void)state;
	bucket_init(&bucket, 200, 50, 0);
	take_all(&bucket, 0);

	assert_false(bucket_take(&bucket, 4));
	assert_true(bucket_take(&bucket, 5));
	assert_false(bucket_take(&bucket, 5));
	assert_int_equal(take_all(&bucket, 1005), 50); /* not 200 */
}

static void test_a_second_brings_as_many_as_was_said(void **state)
{
	struct bucket bucket;
	unsigned n = 0;

	(void)state;
	bucket_init(&bucket, 7, 2, 0);
	take_all(&bucket, 0);
	for (mono_ms now = 0; now <= 10000; now++)
		n += bucket_take(&bucket, now);

	assert_int_equal(n, 70);
}

static void test_next_is_when_it_says(void **state)
{
	struct bucket bucket;

	(void)state;
	bucket_init(&bucket, 3, 1, 0);
	take_all(&bucket, 0);
	for (int i = 0; i < 20; i++) {
		mono_ms next = bucket_next(&bucket);

		assert_false(bucket_take(&bucket, next - 1));
		assert_true(bucket_take(&bucket, next));
	}
}

static void test_a_clock_that_stands_or_jumps_does_no_harm(void **state)
{
	struct bucket bucket;

	(void)state;
	bucket_init(&bucket, UINT32_MAX, UINT32_MAX, 1000);

	assert_true(bucket_take(&bucket, 500));
	assert_true(bucket_take(&bucket, INT64_MAX));
	assert_true(bucket_take(&bucket, INT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_it_begins_full),
		RUN(test_what_is_given_back_can_be_taken_again),
		RUN(test_what_drips_in_can_be_taken),
		RUN(test_a_second_brings_as_many_as_was_said),
		RUN(test_next_is_when_it_says),
		RUN(test_a_clock_that_stands_or_jumps_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
