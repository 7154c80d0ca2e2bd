/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "boot/dhcp_wire.h"

#define SNAME   44 /* where the fields stand in a message */
#define FILE_AT 108
#define OPTIONS 236 /* with the magic number */

/*
 * What machines sent, in hex: the 44 bytes up to chaddr, and the magic
 * number with the options. sname and file, between them, are zero.
 */
struct sent {
	const char *head;
	const char *options;
};

#define MAC      "52540000000900000000000000000000"
#define NO_PLACE "00000000000000000000000000000000" /* ciaddr to giaddr */

/* edk2 2022.11 (OVMF), PXE over IPv4. */
static const struct sent ovmf_pxe_discover = {
	"01010600b937caff00008000" NO_PLACE MAC,
	"63825363350101390205c037230102030405060c0d0f111216171c28292a2b32"
	"33363a3b3c4243618081828384858687611100000000000000000000000000000000"
	"005e030103005d0200073c20505845436c69656e743a417263683a30303030373a55"
	"4e44493a303033303030ff",
};
static const struct sent ovmf_pxe_request = {
	"01010600b937caff00008000" NO_PLACE MAC,
	"638253633501033604c61200013204c61200093902ff0037230102030405060c0d0f"
	"111216171c28292a2b3233363a3b3c42436180818283848586876111000000000000"
	"00000000000000000000005e030103005d0200073c20505845436c69656e743a4172"
	"63683a30303030373a554e44493a303033303030ff",
};

/* The same firmware, HTTP boot. */
static const struct sent ovmf_http_discover = {
	"0101060013039e0e00008000" NO_PLACE MAC,
	"63825363350101390205c0371b0102030405060c0d0f111216171c28292a2b323336"
	"3a3b3ceb436161110000000000000000000000000000000000"
	"5e030103005d0200103c2148545450436c69656e743a417263683a30303031363a55"
	"4e44493a303033303030ff",
};

/* SeaBIOS with the iPXE of QEMU's network card (1.0.0+, 2019). */
static const struct sent ipxe_request = {
	"0101060027e1842a00120000" NO_PLACE MAC,
	"63825363350103390205c05d0200005e030102013c20505845436c69656e743a4172"
	"63683a30303030303a554e44493a3030323030314d04695058453717010306070c0f"
	"111a2b3c4243778081828384858687afcbaf30b105011af41000eb03010000170101"
	"2201011301011101012701011901012901011001022102101501011801011201013d"
	"07015254000000096111000000000000000000000000000000000036"
	"04c61200013204c6120009ff",
};

/* The first, as a relay in 10.1.0.0/16 passes it on with option 82. */
static const struct sent relayed_discover = {
	"01010601b937caff00008000"
	"0000000000000000000000000a010001" MAC,
	"63825363350101521701056574683031020e73776974636837"
	"2e7261636b3031ff",
};

static size_t unhex(void *out, size_t size, const char *hex)
{
	size_t n = strlen(hex) / 2;

	assert_true(strlen(hex) % 2 == 0 && n <= size);
	assert_true(str_unhex(out, n, hex));
	return n;
}

/* The bytes of a message; returns their number. */
static size_t bytes_of(const struct sent *sent, uint8_t out[1500])
{
	memset(out, 0, OPTIONS);
	assert_int_equal(unhex(out, SNAME, sent->head), SNAME);
	return OPTIONS + unhex(out + OPTIONS, 1500 - OPTIONS, sent->options);
}

static bool parse(const struct sent *sent, struct dhcp_request *request)
{
	uint8_t bytes[1500];
	size_t len = bytes_of(sent, bytes);

	return dhcp_request_parse(bytes, len, request);
}

/* A DISCOVER with these options behind its type. */
static bool parse_options(const char *hex, struct dhcp_request *request)
{
	char options[2048];
	struct sent sent = { ovmf_pxe_discover.head, options };

	snprintf(options, sizeof(options), "63825363350101%s", hex);
	return parse(&sent, request);
}

static void expect_echo(const struct dhcp_echo *echo, const char *hex)
{
	uint8_t bytes[DHCP_ECHO_MAX];
	size_t len = unhex(bytes, sizeof(bytes), hex);

	assert_int_equal(echo->len, len);
	assert_memory_equal(echo->bytes, bytes, len);
}

static void test_a_discover_of_ovmf_says_what_it_is(void **state)
{
	static const uint8_t chaddr[16] = { 0x52, 0x54, 0, 0, 0, 9 };
	struct dhcp_request r;

	(void)state;
	assert_true(parse(&ovmf_pxe_discover, &r));

	assert_int_equal(r.type, DHCP_DISCOVER);
	assert_int_equal(r.htype, 1);
	assert_int_equal(r.hlen, 6);
	assert_int_equal(r.hops, 0);
	assert_int_equal(r.xid, 0xb937caff);
	assert_int_equal(r.secs, 0);
	assert_int_equal(r.flags, DHCP_FLAG_BROADCAST);
	assert_int_equal(r.ciaddr, 0);
	assert_int_equal(r.giaddr, 0);
	assert_memory_equal(r.chaddr, chaddr, sizeof(chaddr));
	assert_int_equal(r.requested, 0);
	assert_int_equal(r.server_id, 0);
	assert_int_equal(r.max_size, 1472);
	assert_int_equal(r.n_archs, 1);
	assert_int_equal(r.archs[0], 7);
	assert_string_equal(r.vendor, "PXEClient:Arch:00007:UNDI:003000");
	assert_string_equal(r.user_class, "");
	assert_false(r.ipxe);
	assert_int_equal(r.client_id.len, 0);
	assert_int_equal(r.relay.len, 0);
	expect_echo(&r.machine_id, "0000000000000000000000000000000000");
}

static void test_a_request_names_the_server_and_the_address(void **state)
{
	struct dhcp_request r;

	(void)state;
	assert_true(parse(&ovmf_pxe_request, &r));

	assert_int_equal(r.type, DHCP_REQUEST);
	assert_int_equal(r.server_id, 0xc6120001);
	assert_int_equal(r.requested, 0xc6120009);
	assert_int_equal(r.max_size, 65280);
}

static void test_http_boot_is_told_by_its_vendor_class(void **state)
{
	struct dhcp_request r;

	(void)state;
	assert_true(parse(&ovmf_http_discover, &r));

	assert_string_equal(r.vendor, "HTTPClient:Arch:00016:UNDI:003000");
	assert_int_equal(r.n_archs, 1);
	assert_int_equal(r.archs[0], 16);
}

static void test_ipxe_says_what_it_can(void **state)
{
	struct dhcp_request r;

	(void)state;
	assert_true(parse(&ipxe_request, &r));

	assert_int_equal(r.type, DHCP_REQUEST);
	assert_int_equal(r.secs, 18);
	assert_int_equal(r.flags, 0);
	assert_string_equal(r.user_class, "iPXE");
	assert_true(r.ipxe);
	assert_true(r.ipxe_http);
	assert_int_equal(r.archs[0], 0);
	expect_echo(&r.client_id, "01525400000009");
}

static void test_an_ipxe_without_http_is_known_as_such(void **state)
{
	struct dhcp_request r;

	(void)state;
	/* 175 with TFTP (21) and no HTTP (19) */
	assert_true(parse_options("4d0469505845af03150101ff", &r));

	assert_true(r.ipxe);
	assert_false(r.ipxe_http);
}

static void test_a_relayed_message_has_the_relay_and_its_option(void **state)
{
	struct dhcp_request r;

	(void)state;
	assert_true(parse(&relayed_discover, &r));

	assert_int_equal(r.hops, 1);
	assert_int_equal(r.giaddr, 0x0a010001);
	expect_echo(&r.relay, "01056574683031020e"
			      "737769746368372e7261636b3031");
}

static void test_the_file_and_sname_fields_may_hold_options(void **state)
{
	uint8_t bytes[1500];
	size_t len;
	struct dhcp_request r;
	struct sent sent = { ovmf_pxe_discover.head, "63825363350103340103ff" };

	(void)state;
	len = bytes_of(&sent, bytes);
	unhex(bytes + FILE_AT, 128, "3204c6120009ff");
	unhex(bytes + SNAME, 64, "3604c6120001ff");

	assert_true(dhcp_request_parse(bytes, len, &r));

	assert_int_equal(r.requested, 0xc6120009);
	assert_int_equal(r.server_id, 0xc6120001);
}

static void test_only_the_fields_that_are_named_hold_options(void **state)
{
	uint8_t bytes[1500];
	size_t len;
	struct dhcp_request r;
	struct sent sent = { ovmf_pxe_discover.head, "63825363350103340101ff" };

	(void)state;
	len = bytes_of(&sent, bytes);
	unhex(bytes + FILE_AT, 128, "3204c6120009340102ff");
	unhex(bytes + SNAME, 64, "3604c6120001ff");

	assert_true(dhcp_request_parse(bytes, len, &r));

	assert_int_equal(r.requested, 0xc6120009);
	assert_int_equal(r.server_id, 0); /* option 52 in `file` is none */
}

static void test_pieces_of_an_option_are_put_together(void **state)
{
	uint8_t bytes[1500];
	size_t len;
	struct dhcp_request r;
	struct sent sent = { ovmf_pxe_discover.head,
			     "63825363350101340101"
			     "5202aabb3c035058455202ccdd3c06436c69656e74ff" };

	(void)state;
	len = bytes_of(&sent, bytes);
	unhex(bytes + FILE_AT, 128, "5201eeff");

	assert_true(dhcp_request_parse(bytes, len, &r));

	expect_echo(&r.relay, "aabbccddee");
	assert_string_equal(r.vendor, "PXEClient");
}

/* `n` pieces of option `code`, each of 200 bytes, and the end. */
static void add_pieces(struct buf *hex, unsigned code, int n)
{
	for (int i = 0; i < n; i++) {
		buf_printf(hex, "%02xc8", code);
		for (int j = 0; j < 200; j++)
			buf_printf(hex, "%02x", i + 1);
	}
	buf_adds(hex, "ff");
}

static void test_an_option_over_255_bytes_is_kept_whole(void **state)
{
	CLEANUP(buf_release) struct buf hex = BUF_INIT(4096);
	struct dhcp_request r;

	(void)state;
	add_pieces(&hex, 82, 2);

	assert_true(parse_options(hex.base, &r));

	assert_int_equal(r.relay.len, 400);
	assert_int_equal(r.relay.bytes[199], 1);
	assert_int_equal(r.relay.bytes[200], 2);
	assert_int_equal(r.relay.bytes[399], 2);
}

static void test_what_could_only_be_echoed_in_part_is_refused(void **state)
{
	CLEANUP(buf_release) struct buf hex = BUF_INIT(4096);
	struct dhcp_request r;

	(void)state;
	add_pieces(&hex, 82, 3);

	assert_false(parse_options(hex.base, &r));
}

static void test_nuls_at_the_end_of_a_text_are_cut(void **state)
{
	struct dhcp_request r;

	(void)state;
	assert_true(parse_options("3c0c505845436c69656e74000000"
				  "4d06695058450000ff",
				  &r));

	assert_string_equal(r.vendor, "PXEClient");
	assert_string_equal(r.user_class, "iPXE");
}

static void test_bytes_that_do_not_print_become_question_marks(void **state)
{
	struct dhcp_request r;

	(void)state;
	assert_true(parse_options("3c06410a1bc3a942ff", &r));

	assert_string_equal(r.vendor, "A????B");
}

static void test_a_long_text_is_cut_at_its_field(void **state)
{
	CLEANUP(buf_release) struct buf hex = BUF_INIT(4096);
	struct dhcp_request r;

	(void)state;
	buf_adds(&hex, "3cff");
	for (int i = 0; i < 255; i++)
		buf_adds(&hex, "41");
	buf_adds(&hex, "ff");

	assert_true(parse_options(hex.base, &r));

	assert_int_equal(strlen(r.vendor), sizeof(r.vendor) - 1);
}

static void test_a_user_class_may_stand_behind_its_length(void **state)
{
	struct dhcp_request r;

	(void)state;
	assert_true(parse_options("4d050469505845ff", &r));
	assert_string_equal(r.user_class, "iPXE");

	assert_true(parse_options("4d0904695058450378797aff", &r));
	assert_string_equal(r.user_class, "iPXE");
}

static void test_architectures_are_a_list(void **state)
{
	struct dhcp_request r;

	(void)state;
	assert_true(parse_options("5d0600090007000bff", &r));
	assert_int_equal(r.n_archs, 3);
	assert_int_equal(r.archs[0], 9);
	assert_int_equal(r.archs[2], 11);

	assert_true(parse_options("5d0c000100020003000400050006ff", &r));
	assert_int_equal(r.n_archs, DHCP_MAX_ARCHS);

	assert_true(parse_options("5d0107ff", &r));
	assert_int_equal(r.n_archs, 0);
}

static void test_padding_and_unknown_options_are_passed_over(void **state)
{
	struct dhcp_request r;

	(void)state;
	assert_true(parse_options("0000e0031122330000"
				  "3204c6120009ff3204c6120001",
				  &r));

	assert_int_equal(r.requested, 0xc6120009);
}

static void test_options_need_no_end_mark(void **state)
{
	struct dhcp_request r;

	(void)state;
	assert_true(parse_options("3204c6120009", &r));

	assert_int_equal(r.requested, 0xc6120009);
}

static void test_numbers_of_a_wrong_length_are_no_numbers(void **state)
{
	struct dhcp_request r;

	(void)state;
	assert_true(parse_options("3203c61200390105ff", &r));

	assert_int_equal(r.requested, 0);
	assert_int_equal(r.max_size, 0);
}

static void test_an_option_cut_off_makes_the_message_void(void **state)
{
	struct dhcp_request r;

	(void)state;
	assert_false(parse_options("3204c612", &r));
	assert_false(parse_options("32", &r));
}

static void test_bytes_behind_the_hardware_address_are_dropped(void **state)
{
	static const uint8_t mac[16] = { 0x52, 0x54, 0, 0, 0, 9 };
	struct dhcp_request r;
	struct sent sent = { "01010600b937caff00008000" NO_PLACE
			     "525400000009aabbccddeeff00112233",
			     "63825363350101ff" };

	(void)state;
	assert_true(parse(&sent, &r));

	assert_memory_equal(r.chaddr, mac, sizeof(mac));
}

static void test_what_is_no_request_is_refused(void **state)
{
	uint8_t bytes[1500];
	size_t len = bytes_of(&ovmf_pxe_discover, bytes);
	struct dhcp_request r;

	(void)state;
	bytes[0] = 2; /* a reply */
	assert_false(dhcp_request_parse(bytes, len, &r));
	bytes[0] = 1;
	bytes[2] = 17; /* hlen */
	assert_false(dhcp_request_parse(bytes, len, &r));
	bytes[2] = 6;
	bytes[OPTIONS] = 0; /* the magic number */
	assert_false(dhcp_request_parse(bytes, len, &r));
	bytes[OPTIONS] = 0x63;
	bytes[OPTIONS + 6] = 0; /* type */
	assert_false(dhcp_request_parse(bytes, len, &r));
	bytes[OPTIONS + 6] = 9;
	assert_false(dhcp_request_parse(bytes, len, &r));
	bytes[OPTIONS + 6] = 8;
	assert_true(dhcp_request_parse(bytes, len, &r));
}

static void test_no_beginning_of_a_message_is_read_over_its_end(void **state)
{
	uint8_t bytes[1500];
	size_t len = bytes_of(&ipxe_request, bytes);
	struct dhcp_request r;

	(void)state;
	for (size_t n = 0; n <= len; n++) {
		AUTO_FREE uint8_t *cut = xmalloc(n + 1);

		memcpy(cut, bytes, n);
		/* whole up to the type, or to the end of any option */
		if (n < DHCP_MIN_PACKET + 3)
			assert_false(dhcp_request_parse(cut, n, &r));
		else if (dhcp_request_parse(cut, n, &r))
			assert_int_equal(r.type, DHCP_REQUEST);
	}
	assert_true(dhcp_request_parse(bytes, len, &r));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RUN(test_a_discover_of_ovmf_says_what_it_is),
		RUN(test_a_request_names_the_server_and_the_address),
		RUN(test_http_boot_is_told_by_its_vendor_class),
		RUN(test_ipxe_says_what_it_can),
		RUN(test_an_ipxe_without_http_is_known_as_such),
		RUN(test_a_relayed_message_has_the_relay_and_its_option),
		RUN(test_the_file_and_sname_fields_may_hold_options),
		RUN(test_only_the_fields_that_are_named_hold_options),
		RUN(test_pieces_of_an_option_are_put_together),
		RUN(test_an_option_over_255_bytes_is_kept_whole),
		RUN(test_what_could_only_be_echoed_in_part_is_refused),
		RUN(test_nuls_at_the_end_of_a_text_are_cut),
		RUN(test_bytes_that_do_not_print_become_question_marks),
		RUN(test_a_long_text_is_cut_at_its_field),
		RUN(test_a_user_class_may_stand_behind_its_length),
		RUN(test_architectures_are_a_list),
		RUN(test_padding_and_unknown_options_are_passed_over),
		RUN(test_options_need_no_end_mark),
		RUN(test_numbers_of_a_wrong_length_are_no_numbers),
		RUN(test_an_option_cut_off_makes_the_message_void),
		RUN(test_bytes_behind_the_hardware_address_are_dropped),
		RUN(test_what_is_no_request_is_refused),
		RUN(test_no_beginning_of_a_message_is_read_over_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
