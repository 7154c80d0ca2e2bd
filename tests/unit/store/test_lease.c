/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lease.h"

#include "unit/store/fixture.h"

static struct lease lease_of(ipv4 ip, uint8_t mac, wall_ms until)
{
	return (struct lease){ .ip = ip,
			       .mac = { { 0x52, 0x54, 0, 0, 0, mac } },
			       .until = until };
}

static void assert_lease(const struct lease *lease,
			 const struct lease *expected)
{
	assert_int_equal(lease->ip, expected->ip);
	assert_true(net_mac_eq(&lease->mac, &expected->mac));
	assert_int_equal(lease->until, expected->until);
}

static void test_leases_outlive_the_server(void **state)
{
	struct fixture *f = *state;
	struct lease a = lease_of(0xc6120064, 1, NOON + 1000);
	struct lease b = lease_of(0xc6120065, 2, NOON + 2000);
	struct lease *list;

	assert_ok(f, lease_put(f->store, &b, &f->err));
	assert_ok(f, lease_put(f->store, &a, &f->err));
	assert_ok(f, store_commit(f->store, &f->err));
	store_close(f->store);
	f->store = store_open(f->folder, &f->err);

	assert_int_equal(lease_list(f->store, &list), 2);
	assert_lease(&list[0], &a);
	assert_lease(&list[1], &b);
	free(list);
}

static void test_an_address_has_one_lease(void **state)
{
	struct fixture *f = *state;
	struct lease first = lease_of(0xc6120064, 1, NOON + 1000);
	struct lease second = lease_of(0xc6120064, 2, NOON + 5000);
	struct lease *list;

	assert_ok(f, lease_put(f->store, &first, &f->err));
	assert_ok(f, lease_put(f->store, &second, &f->err));

	assert_int_equal(lease_list(f->store, &list), 1);
	assert_lease(&list[0], &second);
	free(list);
	assert_ok(f, lease_drop(f->store, first.ip, &f->err));
	assert_int_equal(lease_list(f->store, &list), 0);
}

static void test_what_is_over_is_forgotten(void **state)
{
	struct fixture *f = *state;
	struct lease *list;

	for (uint8_t i = 0; i < 10; i++) {
		struct lease lease = lease_of(0xc6120064 + i, i, NOON + i);

		assert_ok(f, lease_put(f->store, &lease, &f->err));
	}
	store_set_now(f->store, NOON + 7);
	assert_ok(f, lease_prune(f->store, &f->err));

	assert_int_equal(lease_list(f->store, &list), 2);
	assert_int_equal(list[0].ip, 0xc6120064 + 8);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_leases_outlive_the_server),
		RUN_WITH_STORE(test_an_address_has_one_lease),
		RUN_WITH_STORE(test_what_is_over_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
