/* SPDX-License-Identifier: Apache-2.0 */
#include "base/seldom_plan.h"

#include "test.h"

static void test_it_is_told_once_in_the_time(void **state)
{
	struct seldom table = { 0 };

	(void)state;

	assert_true(seldom(&table, 1, 1000, 60000));
	assert_false(seldom(&table, 1, 1000, 60000));
	assert_true(seldom(&table, 2, 1001, 60000));
	assert_false(seldom(&table, 1, 60999, 60000));
	assert_true(seldom(&table, 1, 61000, 60000));
	assert_false(seldom(&table, 1, 61001, 60000));
}

static void test_what_is_too_much_pushes_the_oldest_out(void **state)
{
	struct seldom table = { 0 };

	(void)state;

	for (uint64_t i = 0; i <= SELDOM_SIZE; i++)
		assert_true(seldom(&table, i, 1000 + (mono_ms)i, 60000));

	assert_false(seldom(&table, SELDOM_SIZE, 2000, 60000));
	assert_false(seldom(&table, 1, 2000, 60000));
	assert_true(seldom(&table, 0, 2000, 60000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_it_is_told_once_in_the_time),
		RUN(test_what_is_too_much_pushes_the_oldest_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
