/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "boot/quarantine.h"

#define HERE  0xc6120009
#define THERE 0xc612000a
#define START 5000

static int set_up(void **state)
{
	*state = quarantine_new();
	return 0;
}

static int tear_down(void **state)
{
	quarantine_free(*state);
	return 0;
}

static void test_an_address_is_free_until_it_is_declined(void **state)
{
	struct quarantine *q = *state;

	assert_false(quarantine_has(q, HERE, START));

	quarantine_add(q, HERE, START);

	assert_true(quarantine_has(q, HERE, START));
	assert_false(quarantine_has(q, THERE, START));
}

static void test_quarantine_ends_after_ten_minutes(void **state)
{
	struct quarantine *q = *state;

	quarantine_add(q, HERE, START);

	assert_true(quarantine_has(q, HERE, START + QUARANTINE_MS - 1));
	assert_false(quarantine_has(q, HERE, START + QUARANTINE_MS));
	assert_false(quarantine_has(q, HERE, START));
}

static void test_a_second_decline_begins_it_anew(void **state)
{
	struct quarantine *q = *state;

	quarantine_add(q, HERE, START);
	quarantine_add(q, HERE, START + 1000);

	assert_true(quarantine_has(q, HERE, START + QUARANTINE_MS));
	assert_false(quarantine_has(q, HERE, START + 1000 + QUARANTINE_MS));
}

static void test_many_addresses_are_kept_apart_and_freed(void **state)
{
	struct quarantine *q = *state;

	for (ipv4 i = 0; i < 1000; i++)
		quarantine_add(q, HERE + i, START + i);

	assert_false(quarantine_has(q, HERE, START + QUARANTINE_MS + 500));
	assert_true(quarantine_has(q, HERE + 999, START + QUARANTINE_MS + 500));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_an_address_is_free_until_it_is_declined, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_quarantine_ends_after_ten_minutes, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_second_decline_begins_it_anew, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_many_addresses_are_kept_apart_and_freed, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
