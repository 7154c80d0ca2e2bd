/* SPDX-License-Identifier: Apache-2.0 */
#include "base/net.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "test.h"

static void test_a_mac_address_has_three_spellings(void **state)
{
	static const char *const good[] = { "52:54:00:ab:CD:ef",
					    "52-54-00-AB-cd-EF",
					    "525400abcdef" };
	char text[MAC_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct mac mac;

		assert_true(net_parse_mac(good[i], &mac));
		net_mac_text(&mac, text);
		assert_string_equal(text, "52:54:00:ab:cd:ef");
	}
}

static void test_what_is_no_mac_address_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"52:54:00:12:34",
		"52:54:00:12:34:5",
		"52:54:00:12:34:567",
		"52:54:00:12:34-56",
		"52 54 00 12 34 56",
		"52:54:00:12:34:5g",
		"5:254:00:12:34:56",
		"5254001234567",
		"52540012345",
		"5254.0012.3456",
		"::::::::::::",
		":::::::::::::::::",
		" 52:54:00:12:34:5",
		"52:54:00:12:34:56:78:90:12:34:56:78:90",
		"525400123456525400123456",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct mac mac;

		assert_false(net_parse_mac(bad[i], &mac));
	}
}

static void test_mac_addresses_compare_by_all_bytes(void **state)
{
	struct mac a = { { 1, 2, 3, 4, 5, 6 } };
	struct mac b = { { 1, 2, 3, 4, 5, 6 } };

	(void)state;
	assert_true(net_mac_eq(&a, &b));
	b.bytes[5] = 7;
	assert_false(net_mac_eq(&a, &b));
}

static void test_an_address_is_four_decimal_parts(void **state)
{
	static const struct {
		const char *text;
		ipv4 address;
	} good[] = {
		{ "0.0.0.0", 0 },
		{ "10.0.0.1", 0x0a000001 },
		{ "255.255.255.255", 0xffffffff },
		{ "198.18.0.11", 0xc612000b },
	};
	static const char *const bad[] = {
		"",         "1.2.3",    "1.2.3.4.5", "1.2.3.256",  "1.2.3.",
		".1.2.3",   "1..2.3",   "01.2.3.4",  "1.2.3.00",   "0x1.2.3.4",
		"1.2.3.4 ", " 1.2.3.4", "1.2.3.-4",  "1.2.3.4444", "1.2.3.4/8",
		"::1",      "1,2,3,4",  "1.2.3.4\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		char text[IPV4_TEXT];
		ipv4 address;

		assert_true(net_parse_ipv4(good[i].text, &address));
		assert_int_equal(address, good[i].address);
		net_ipv4_text(address, text);
		assert_string_equal(text, good[i].text);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ipv4 address;

		assert_false(net_parse_ipv4(bad[i], &address));
	}
}

static void test_a_mask_is_one_run_of_ones(void **state)
{
	unsigned length;

	(void)state;
	for (unsigned n = 0; n <= 32; n++) {
		assert_true(net_mask_length(net_mask(n), &length));
		assert_int_equal(length, n);
	}
	assert_int_equal(net_mask(0), 0);
	assert_int_equal(net_mask(24), 0xffffff00);
	assert_int_equal(net_mask(32), 0xffffffff);
	assert_false(net_mask_length(0xff00ff00, &length));
	assert_false(net_mask_length(0x000000ff, &length));
	assert_false(net_mask_length(0x7fffffff, &length));
}

static void test_a_network_is_an_address_and_a_length(void **state)
{
	static const char *const bad[] = {
		"",
		"10.0.0.0",
		"10.0.0.0/",
		"/24",
		"10.0.0.0/33",
		"10.0.0/24",
		"10.0.0.0/-1",
		"10.0.0.0/24 ",
		"10.0.0.0/2/4",
		"10.0.0.0 /8",
		"10.0.0.256/8",
		"x/8",
		"10.000000000000000000.0.0/8",
	};
	unsigned length;
	ipv4 address;

	(void)state;
	assert_true(net_parse_cidr("10.1.2.3/24", &address, &length));
	assert_int_equal(address, 0x0a010203);
	assert_int_equal(length, 24);
	assert_true(net_parse_cidr("255.255.255.255/32", &address, &length));
	assert_true(net_parse_cidr("0.0.0.0/0", &address, &length));
	assert_int_equal(length, 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(net_parse_cidr(bad[i], &address, &length));
}

static void test_a_descriptor_is_unblocked_and_closed_on_exec(void **state)
{
	struct err err;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(net_unblock(fds[0], &err), 0);
	assert_true(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fds[0], F_GETFD) & FD_CLOEXEC);
	close(fds[0]);
	close(fds[1]);

	assert_int_equal(net_unblock(fds[0], &err), -1);
	assert_int_equal(err.code, ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_mac_address_has_three_spellings),
		RUN(test_what_is_no_mac_address_is_refused),
		RUN(test_mac_addresses_compare_by_all_bytes),
		RUN(test_an_address_is_four_decimal_parts),
		RUN(test_a_mask_is_one_run_of_ones),
		RUN(test_a_network_is_an_address_and_a_length),
		RUN(test_a_descriptor_is_unblocked_and_closed_on_exec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
