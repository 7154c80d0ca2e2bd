/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "boot/dhcp_wire.h"

#define SNAME   44 /* where the fields stand in a message */
#define FILE_AT 108
#define OPTIONS 236 /* with the magic number */

#define MAC      "52540000000900000000000000000000"
#define NO_PLACE "00000000000000000000000000000000" /* ciaddr to giaddr */

/* What replies take from requests. */
static const struct dhcp_request ovmf = {
	.htype = 1,
	.hlen = 6,
	.hops = 1, /* relays' own: not in replies */
	.secs = 4, /* nor this */
	.xid = 0xb937caff,
	.flags = DHCP_FLAG_BROADCAST,
	.chaddr = { 0x52, 0x54, 0, 0, 0, 9 },
	.machine_id = { .len = 17 },
};
static const struct dhcp_request ipxe = {
	.htype = 1,
	.hlen = 6,
	.xid = 0x27e1842a,
	.chaddr = { 0x52, 0x54, 0, 0, 0, 9 },
	.client_id = { 7, { 1, 0x52, 0x54, 0, 0, 0, 9 } },
	.machine_id = { .len = 17 },
};
static const struct dhcp_request relayed = {
	.htype = 1,
	.hlen = 6,
	.hops = 1,
	.xid = 0xb937caff,
	.flags = DHCP_FLAG_BROADCAST,
	.giaddr = 0x0a010001,
	.chaddr = { 0x52, 0x54, 0, 0, 0, 9 },
	.relay = { 7, { 1, 5, 'e', 't', 'h', '0', '1' } },
};

static size_t unhex(void *out, size_t size, const char *hex)
{
	size_t n = strlen(hex) / 2;

	assert_true(strlen(hex) % 2 == 0 && n <= size);
	assert_true(str_unhex(out, n, hex));
	return n;
}

/* What is expected, in hex; only zeros fill the rest. */
static void expect_reply(const struct dhcp_request *request,
			 const struct dhcp_reply *reply, const char *head,
			 const char *file, const char *options)
{
	uint8_t expected[DHCP_MAX_PACKET] = { 0 };
	uint8_t bytes[DHCP_MAX_PACKET];
	size_t len;
	size_t n = OPTIONS;

	assert_int_equal(unhex(expected, SNAME, head), SNAME);
	memcpy(expected + FILE_AT, file, strlen(file));
	n += unhex(expected + n, sizeof(expected) - n, options);
	memset(bytes, 0xaa, sizeof(bytes));

	len = dhcp_reply_build(request, reply, bytes, sizeof(bytes));

	assert_int_equal(len, n < 300 ? 300 : n);
	assert_memory_equal(bytes, expected, len);
}

static void test_an_offer_for_pxe_has_all_in_its_order(void **state)
{
	static const struct dhcp_reply reply = {
		.type = DHCP_OFFER,
		.yiaddr = 0xc6120009,
		.siaddr = 0xc6120001,
		.server_id = 0xc6120001,
		.lease_s = 3600,
		.mask = 0xffffff00,
		.router = 0xc61200fe,
		.name_servers = { 0xc6120002, 0xc6120003 },
		.time_servers = { 0xc6120004 },
		.hostname = "r1n01",
		.domain = "rack",
		.tftp_server = "198.18.0.1",
		.boot_file = "snponly.efi",
		.vendor = "PXEClient",
		.pxe_bypass = true,
	};

	(void)state;
	expect_reply(
		&ovmf, &reply,
		"02010600b937caff0000800000000000c6120009c612000100000000" MAC,
		"snponly.efi",
		"63825363350102"
		"3604c6120001"
		"330400000e10"
		"3a0400000708"
		"3b0400000c4e"
		"0104ffffff00"
		"0304c61200fe"
		"0608c6120002c6120003"
		"0c0572316e3031"
		"0f047261636b"
		"2a04c6120004"
		"3c09505845436c69656e74"
		"2b04060108ff"
		"420a3139382e31382e302e31"
		"430b736e706f6e6c792e656669"
		"61110000000000000000000000000000000000"
		"ff");
}

static void test_an_ack_for_http_boot_has_the_class_and_a_url(void **state)
{
	static const struct dhcp_reply reply = {
		.type = DHCP_ACK,
		.yiaddr = 0xc6120009,
		.siaddr = 0xc6120001,
		.server_id = 0xc6120001,
		.lease_s = 600,
		.mask = 0xffffff00,
		.boot_file = "http://198.18.0.1:7080/ipxe/snponly.efi",
		.vendor = "HTTPClient",
	};

	(void)state;
	expect_reply(
		&ovmf, &reply,
		"02010600b937caff0000800000000000c6120009c612000100000000" MAC,
		"http://198.18.0.1:7080/ipxe/snponly.efi",
		"63825363350105"
		"3604c6120001"
		"330400000258"
		"3a040000012c"
		"3b040000020d"
		"0104ffffff00"
		"3c0a48545450436c69656e74"
		"4327687474703a2f2f3139382e31382e302e313a373038302f697078652f"
		"736e706f6e6c792e656669"
		"61110000000000000000000000000000000000"
		"ff");
}

static void test_an_ack_for_ipxe_spares_it_the_wait_for_proxies(void **state)
{
	static const struct dhcp_reply reply = {
		.type = DHCP_ACK,
		.yiaddr = 0xc6120009,
		.siaddr = 0xc6120001,
		.server_id = 0xc6120001,
		.boot_file = "http://198.18.0.1/a",
		.no_pxedhcp = true,
	};

	(void)state;
	expect_reply(
		&ipxe, &reply,
		"0201060027e1842a0000000000000000c6120009c612000100000000" MAC,
		"http://198.18.0.1/a",
		"63825363350105"
		"3604c6120001"
		"4313687474703a2f2f3139382e31382e302e312f61"
		"af03b00101"
		"3d0701525400000009"
		"61110000000000000000000000000000000000"
		"ff");
}

static void test_a_nak_has_five_options_and_no_addresses(void **state)
{
	static const struct dhcp_reply reply = { .type = DHCP_NAK,
						 .server_id = 0xc6120001,
						 .message = "wrong" };
	struct dhcp_request request = ipxe;

	(void)state;
	request.ciaddr = 0xc6120077;
	request.relay.len = 2;
	memcpy(request.relay.bytes, "\x01\x00", 2);

	expect_reply(&request, &reply, "0201060027e1842a00000000" NO_PLACE MAC,
		     "",
		     "63825363350106"
		     "3604c6120001"
		     "380577726f6e67"
		     "3d0701525400000009"
		     "52020100"
		     "ff");
}

static void test_a_nak_through_a_relay_asks_it_to_broadcast(void **state)
{
	static const struct dhcp_reply reply = { .type = DHCP_NAK,
						 .server_id = 0xc6120001 };
	struct dhcp_request request = relayed;

	(void)state;
	request.flags = 0;

	expect_reply(&request, &reply,
		     "02010600b937caff00008000"
		     "0000000000000000000000000a010001" MAC,
		     "",
		     "63825363350106"
		     "3604c6120001"
		     "520701056574683031"
		     "ff");
}

static void test_the_relays_option_is_echoed_last(void **state)
{
	static const struct dhcp_reply reply = { .type = DHCP_OFFER,
						 .yiaddr = 0x0a010009,
						 .server_id = 0xc6120001,
						 .lease_s = 0xffffffff };

	(void)state;
	/* hops are the relays' own: 0 in ours */
	expect_reply(&relayed, &reply,
		     "02010600b937caff0000800000000000"
		     "0a010009000000000a010001" MAC,
		     "",
		     "63825363350102"
		     "3604c6120001"
		     "3304ffffffff"
		     "3a047fffffff"
		     "3b04dfffffff"
		     "520701056574683031"
		     "ff");
}

static void test_an_ack_gives_the_clients_address_back(void **state)
{
	static const struct dhcp_reply reply = { .type = DHCP_ACK,
						 .yiaddr = 0xc6120009,
						 .server_id = 0xc6120001 };
	struct dhcp_request request = ovmf;

	(void)state;
	request.ciaddr = 0xc6120009;

	expect_reply(
		&request, &reply,
		"02010600b937caff00008000c6120009c61200090000000000000000" MAC,
		"",
		"63825363350105"
		"3604c6120001"
		"61110000000000000000000000000000000000"
		"ff");
}

/* The bytes of all pieces of an option of a reply; -1: not there. */
static int option_of(const uint8_t *bytes, size_t len, uint8_t code,
		     uint8_t out[DHCP_MAX_PACKET])
{
	size_t at = DHCP_MIN_PACKET;
	int n = -1;

	while (at < len && bytes[at] != 255) {
		size_t part;

		if (!bytes[at]) {
			at++;
			continue;
		}
		assert_true(at + 1 < len);
		part = bytes[at + 1];
		assert_true(at + 2 + part <= len);
		if (bytes[at] == code) {
			n = n < 0 ? 0 : n;
			memcpy(out + n, bytes + at + 2, part);
			n += (int)part;
		}
		at += 2 + part;
	}
	assert_true(at < len); /* there is an end mark */
	return n;
}

static void test_a_file_of_128_bytes_stands_only_in_option_67(void **state)
{
	uint8_t bytes[DHCP_MAX_PACKET];
	uint8_t option[DHCP_MAX_PACKET];
	static const uint8_t none[128];
	struct dhcp_reply reply = { .type = DHCP_OFFER };
	size_t len;

	(void)state;
	memset(reply.boot_file, 'u', 127);
	len = dhcp_reply_build(&ovmf, &reply, bytes, sizeof(bytes));
	assert_memory_equal(bytes + FILE_AT, reply.boot_file, 128);
	assert_int_equal(option_of(bytes, len, 67, option), 127);

	reply.boot_file[127] = 'u';
	len = dhcp_reply_build(&ovmf, &reply, bytes, sizeof(bytes));
	assert_memory_equal(bytes + FILE_AT, none, 128);
	assert_int_equal(option_of(bytes, len, 67, option), 128);
}

static void test_a_file_over_255_bytes_goes_out_in_pieces(void **state)
{
	uint8_t bytes[DHCP_MAX_PACKET];
	uint8_t option[DHCP_MAX_PACKET];
	struct dhcp_reply reply = { .type = DHCP_OFFER };
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(reply.boot_file) - 1; i++)
		reply.boot_file[i] = (char)('a' + i % 26);

	len = dhcp_reply_build(&ovmf, &reply, bytes, sizeof(bytes));

	assert_int_equal(option_of(bytes, len, 67, option), 511);
	assert_memory_equal(option, reply.boot_file, 511);
}

static void test_a_long_option_of_a_relay_is_echoed_in_pieces(void **state)
{
	uint8_t bytes[DHCP_MAX_PACKET];
	uint8_t option[DHCP_MAX_PACKET];
	static const struct dhcp_reply reply = { .type = DHCP_OFFER };
	size_t len;
	struct dhcp_request request = relayed;

	(void)state;
	request.relay.len = 400;
	for (size_t i = 0; i < 400; i++)
		request.relay.bytes[i] = (uint8_t)(i * 7);

	len = dhcp_reply_build(&request, &reply, bytes, sizeof(bytes));

	assert_int_equal(option_of(bytes, len, 82, option), 400);
	assert_memory_equal(option, request.relay.bytes, 400);
}

static void test_a_reply_that_does_not_fit_is_not_built(void **state)
{
	uint8_t bytes[DHCP_MAX_PACKET];
	struct dhcp_reply reply = { .type = DHCP_OFFER };
	size_t len;

	(void)state;
	memset(reply.domain, 'd', sizeof(reply.domain) - 1);

	len = dhcp_reply_build(&ovmf, &reply, bytes, sizeof(bytes));

	assert_true(len > 300);
	assert_int_equal(dhcp_reply_build(&ovmf, &reply, bytes, len), len);
	assert_int_equal(dhcp_reply_build(&ovmf, &reply, bytes, len - 1), 0);
}

static void test_a_reply_is_as_long_as_the_client_takes(void **state)
{
	struct dhcp_request request = { .max_size = 0 };

	(void)state;
	assert_int_equal(dhcp_reply_limit(&request), 548);
	request.max_size = 300;
	assert_int_equal(dhcp_reply_limit(&request), 548);
	request.max_size = 576;
	assert_int_equal(dhcp_reply_limit(&request), 548);
	request.max_size = 1472;
	assert_int_equal(dhcp_reply_limit(&request), 1444);
	request.max_size = 1500;
	assert_int_equal(dhcp_reply_limit(&request), 1472);
	request.max_size = 65280;
	assert_int_equal(dhcp_reply_limit(&request), 1472);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RUN(test_an_offer_for_pxe_has_all_in_its_order),
		RUN(test_an_ack_for_http_boot_has_the_class_and_a_url),
		RUN(test_an_ack_for_ipxe_spares_it_the_wait_for_proxies),
		RUN(test_a_nak_has_five_options_and_no_addresses),
		RUN(test_a_nak_through_a_relay_asks_it_to_broadcast),
		RUN(test_the_relays_option_is_echoed_last),
		RUN(test_an_ack_gives_the_clients_address_back),
		RUN(test_a_file_of_128_bytes_stands_only_in_option_67),
		RUN(test_a_file_over_255_bytes_goes_out_in_pieces),
		RUN(test_a_long_option_of_a_relay_is_echoed_in_pieces),
		RUN(test_a_reply_that_does_not_fit_is_not_built),
		RUN(test_a_reply_is_as_long_as_the_client_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
