/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/pool_plan.h"

#include "base/mem.h"
#include "test.h"

#define FROM  0xc6120064 /* 198.18.0.100 */
#define LEASE 600000

static struct mac mac_of(uint32_t n)
{
	return (struct mac){ { 0x52, 0x54, (uint8_t)(n >> 24),
			       (uint8_t)(n >> 16), (uint8_t)(n >> 8),
			       (uint8_t)n } };
}

static struct pool *pool_of(uint32_t n)
{
	return pool_new(FROM, FROM + n - 1);
}

static ipv4 offered(struct pool *pool, uint32_t n, mono_ms now)
{
	struct mac mac = mac_of(n);
	ipv4 address = 0;

	return pool_offer(pool, &mac, now, &address) ? address : 0;
}

static bool take(struct pool *pool, uint32_t n, ipv4 address, mono_ms now)
{
	struct mac mac = mac_of(n);

	return pool_take(pool, &mac, address, now, now + LEASE);
}

static void test_a_mac_is_offered_the_same_again_and_again(void **state)
{
	struct pool *pool = pool_of(100);
	ipv4 first;

	(void)state;
	first = offered(pool, 1, 0);

	assert_in_range(first, FROM, FROM + 99);
	assert_int_equal(offered(pool, 1, 10), first);
	assert_true(take(pool, 1, first, 20));
	assert_int_equal(offered(pool, 1, 30000), first);
	assert_int_equal(pool_in_use(pool, 30000), 1);
	pool_free(pool);
}

static void test_a_server_that_forgot_all_offers_what_it_offered(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		struct pool *before = pool_of(100);
		struct pool *after = pool_of(100);
		ipv4 address = offered(before, i, 0);

		assert_int_equal(offered(after, i, 99), address);
		pool_free(before);
		pool_free(after);
	}
}

static void test_no_address_is_offered_twice(void **state)
{
	struct pool *pool = pool_of(50);
	bool seen[50] = { false };

	(void)state;
	for (uint32_t i = 0; i < 50; i++) {
		ipv4 address = offered(pool, i, 0);

		assert_in_range(address, FROM, FROM + 49);
		assert_false(seen[address - FROM]);
		seen[address - FROM] = true;
	}
	assert_int_equal(offered(pool, 50, 0), 0);
	pool_free(pool);
}

static void test_an_offer_that_nobody_takes_is_free_again(void **state)
{
	struct pool *pool = pool_of(1);

	(void)state;
	assert_int_equal(offered(pool, 1, 0), FROM);
	assert_int_equal(offered(pool, 2, POOL_OFFER_MS - 1), 0);

	assert_int_equal(offered(pool, 2, POOL_OFFER_MS), FROM);
	assert_false(take(pool, 1, FROM, POOL_OFFER_MS + 1));
	pool_free(pool);
}

static void test_a_lease_ends_and_is_prolonged(void **state)
{
	struct pool *pool = pool_of(1);
	struct mac mac = mac_of(1);
	ipv4 address = 0;

	(void)state;
	assert_true(take(pool, 1, FROM, 0));
	assert_true(take(pool, 1, FROM, LEASE / 2));
	assert_false(take(pool, 2, FROM, LEASE));

	assert_true(pool_find(pool, &mac, LEASE, &address));
	assert_int_equal(address, FROM);
	assert_false(pool_find(pool, &mac, LEASE / 2 + LEASE, &address));
	assert_true(take(pool, 2, FROM, LEASE / 2 + LEASE));
	pool_free(pool);
}

/* An offer does not make a lease shorter. */
static void test_an_offer_leaves_a_lease_as_long_as_it_is(void **state)
{
	struct pool *pool = pool_of(1);

	(void)state;
	assert_true(take(pool, 1, FROM, 0));
	assert_int_equal(offered(pool, 1, 0), FROM);

	assert_int_equal(offered(pool, 2, LEASE - 1), 0);
	pool_free(pool);
}

static void test_a_free_address_that_is_asked_for_is_given(void **state)
{
	struct pool *pool = pool_of(10);
	struct mac mac = mac_of(1);
	ipv4 other, address;

	(void)state;
	other = offered(pool, 1, 0) == FROM ? FROM + 1 : FROM;
	assert_true(take(pool, 1, other, 1));

	assert_true(pool_find(pool, &mac, 2, &address));
	assert_int_equal(address, other);
	assert_int_equal(pool_in_use(pool, 2), 1);
	pool_free(pool);
}

static void test_what_is_not_of_the_pool_is_not_given(void **state)
{
	struct pool *pool = pool_of(10);

	(void)state;
	assert_false(take(pool, 1, FROM - 1, 0));
	assert_false(take(pool, 1, FROM + 10, 0));
	assert_false(take(pool, 1, 0, 0));
	assert_true(pool_has(pool, FROM));
	assert_true(pool_has(pool, FROM + 9));
	assert_false(pool_has(pool, FROM + 10));
	pool_block(pool, FROM + 10, LEASE);
	assert_int_equal(pool_in_use(pool, 0), 0);
	pool_free(pool);
}

static void test_a_blocked_address_is_passed_over_until_its_time(void **state)
{
	struct pool *pool = pool_of(2);
	ipv4 first;

	(void)state;
	first = offered(pool, 1, 0);
	pool_block(pool, first, LEASE);

	assert_int_equal(offered(pool, 1, 1), first == FROM ? FROM + 1 : FROM);
	assert_false(take(pool, 2, first, 2));
	assert_true(take(pool, 2, first, LEASE));
	pool_free(pool);
}

/* 10,000 MACs leave as much behind as there are addresses. */
static void test_a_flood_of_macs_fills_its_slots_and_no_more(void **state)
{
	struct pool *pool = pool_of(64);
	size_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++)
		n += offered(pool, i, i / 100) != 0;

	assert_int_equal(n, 64);
	assert_int_equal(pool_in_use(pool, 100), 64);
	assert_int_equal(pool_in_use(pool, 100 + POOL_OFFER_MS), 0);
	pool_free(pool);
}

static void test_a_range_is_read(void **state)
{
	static const char *const bad[] = {
		"",
		"198.18.0.100",
		"198.18.0.100-",
		"-198.18.0.1",
		"198.18.0.9-198.18.0.8",
		"10.0.0.0-10.0.16.0",
		"a-b",
		"0.0.0.0-0.0.0.9",
		"198.18.0.1-198.18.0.2-198.18.0.3",
	};
	struct err err;
	ipv4 from, to;

	(void)state;
	assert_int_equal(
		pool_parse("198.18.0.100-198.18.0.200", &from, &to, &err), 0);
	assert_int_equal(from, FROM);
	assert_int_equal(to, FROM + 100);
	assert_int_equal(pool_parse("10.0.0.1-10.0.16.0", &from, &to, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (!pool_parse(bad[i], &from, &to, &err))
			fail_msg("\"%s\" was taken", bad[i]);
		assert_int_equal(err.code, ERR_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_a_mac_is_offered_the_same_again_and_again),
		cmocka_unit_test(
			test_a_server_that_forgot_all_offers_what_it_offered),
		cmocka_unit_test(test_no_address_is_offered_twice),
		cmocka_unit_test(test_an_offer_that_nobody_takes_is_free_again),
		cmocka_unit_test(test_a_lease_ends_and_is_prolonged),
		cmocka_unit_test(test_an_offer_leaves_a_lease_as_long_as_it_is),
		cmocka_unit_test(
			test_a_free_address_that_is_asked_for_is_given),
		cmocka_unit_test(test_what_is_not_of_the_pool_is_not_given),
		cmocka_unit_test(
			test_a_blocked_address_is_passed_over_until_its_time),
		cmocka_unit_test(
			test_a_flood_of_macs_fills_its_slots_and_no_more),
		cmocka_unit_test(test_a_range_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
