/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "boot/tftp_wire.h"

/* A literal without the NUL that C puts behind it. */
#define PARSE(literal, packet)                                                 \
	tftp_parse((literal), sizeof(literal) - 1, (packet))

static void test_a_request_of_ovmf_has_three_options(void **state)
{
	struct tftp_packet p;

	(void)state;
	assert_true(PARSE("\0\1snponly.efi\0octet\0tsize\0"
			  "0\0blksize\0"
			  "1468\0windowsize\0"
			  "4\0",
			  &p));

	assert_int_equal(p.opcode, TFTP_RRQ);
	assert_string_equal(p.name, "snponly.efi");
	assert_true(p.wants_size);
	assert_int_equal(p.block_size, 1468);
	assert_int_equal(p.window_size, 4);
	assert_int_equal(p.timeout_s, 0);
}

static void test_a_request_of_ipxe_has_two_options(void **state)
{
	struct tftp_packet p;

	(void)state;
	assert_true(PARSE("\0\1/undionly.kpxe\0octet\0blksize\0"
			  "1432\0tsize\0"
			  "0\0",
			  &p));

	assert_string_equal(p.name, "/undionly.kpxe");
	assert_true(p.wants_size);
	assert_int_equal(p.block_size, 1432);
	assert_int_equal(p.window_size, 0);
}

static void test_a_request_without_options_asks_for_none(void **state)
{
	struct tftp_packet p;

	(void)state;
	assert_true(PARSE("\0\1a\0octet\0", &p));

	assert_false(p.wants_size);
	assert_int_equal(p.block_size, 0);
	assert_int_equal(p.window_size, 0);
}

static void test_modes_and_options_have_no_case(void **state)
{
	struct tftp_packet p;

	(void)state;
	assert_true(PARSE("\0\1a\0OCTET\0BLKSIZE\0"
			  "1024\0TSize\0"
			  "0\0Timeout\0"
			  "3\0",
			  &p));

	assert_int_equal(p.block_size, 1024);
	assert_true(p.wants_size);
	assert_int_equal(p.timeout_s, 3);
}

static void test_netascii_is_taken_and_mail_is_not(void **state)
{
	struct tftp_packet p;

	(void)state;
	assert_true(PARSE("\0\1a\0netascii\0", &p));
	assert_false(PARSE("\0\1a\0mail\0", &p));
	assert_false(PARSE("\0\1a\0\0", &p));
}

static void test_values_out_of_range_are_as_if_not_asked_for(void **state)
{
	struct tftp_packet p;

	(void)state;
	assert_true(PARSE("\0\1a\0octet\0blksize\0"
			  "7\0windowsize\0"
			  "0\0timeout\0"
			  "256\0tsize\0x\0",
			  &p));

	assert_int_equal(p.block_size, 0);
	assert_int_equal(p.window_size, 0);
	assert_int_equal(p.timeout_s, 0);
	assert_false(p.wants_size);
}

static void test_values_above_the_standard_are_cut_to_it(void **state)
{
	struct tftp_packet p;

	(void)state;
	assert_true(PARSE("\0\1a\0octet\0blksize\0"
			  "70000\0windowsize\0"
			  "70000\0",
			  &p));

	assert_int_equal(p.block_size, TFTP_MAX_BLOCK);
	assert_int_equal(p.window_size, 65535);
}

static void test_unknown_options_and_loose_ends_do_no_harm(void **state)
{
	struct tftp_packet p;

	(void)state;
	assert_true(PARSE("\0\1a\0octet\0multicast\0\0blksize\0"
			  "512\0rollover\0"
			  "0\0tsi",
			  &p));
	assert_int_equal(p.block_size, 512);
	assert_false(p.wants_size);

	assert_true(PARSE("\0\1a\0octet\0blksize\0", &p));
	assert_int_equal(p.block_size, 0);
}

static void test_a_request_needs_a_name_and_a_mode(void **state)
{
	struct tftp_packet p;

	(void)state;
	assert_false(PARSE("\0\1\0octet\0", &p));
	assert_false(PARSE("\0\1a\0octet", &p)); /* no NUL */
	assert_false(PARSE("\0\1a\0", &p));
	assert_false(PARSE("\0\1a", &p));
	assert_false(PARSE("\0\1", &p));
}

static void test_a_name_of_256_bytes_is_too_long(void **state)
{
	char bytes[2 + 256 + 7] = "\0\1";
	struct tftp_packet p;

	(void)state;
	memset(bytes + 2, 'n', 256);
	memcpy(bytes + 2 + 255, "\0octet", 7);
	assert_true(tftp_parse(bytes, 2 + 255 + 7, &p));
	assert_int_equal(strlen(p.name), 255);

	memset(bytes + 2, 'n', 256);
	memcpy(bytes + 2 + 256, "\0octet", 7);
	assert_false(tftp_parse(bytes, 2 + 256 + 7, &p));
}

static void test_a_write_request_is_known_as_one(void **state)
{
	struct tftp_packet p;

	(void)state;
	assert_true(PARSE("\0\2a\0octet\0", &p));

	assert_int_equal(p.opcode, TFTP_WRQ);
}

static void test_an_ack_has_a_block_and_an_error_a_code(void **state)
{
	struct tftp_packet p;

	(void)state;
	assert_true(PARSE("\0\4\xff\xfe", &p));
	assert_int_equal(p.opcode, TFTP_ACK);
	assert_int_equal(p.block, 65534);

	assert_true(PARSE("\0\5\0\x8User aborted\0", &p));
	assert_int_equal(p.opcode, TFTP_ERROR);
	assert_int_equal(p.code, 8);

	assert_false(PARSE("\0\4\0", &p));
	assert_false(PARSE("\0\5\0", &p));
}

static void test_what_only_a_server_sends_is_refused(void **state)
{
	struct tftp_packet p;

	(void)state;
	assert_false(PARSE("\0\3\0\1abc", &p));
	assert_false(PARSE("\0\6tsize\0"
			   "1\0",
			   &p));
	assert_false(PARSE("\0\0\0\0", &p));
	assert_false(PARSE("\1\1a\0octet\0", &p));
	assert_false(PARSE("\0", &p));
	assert_false(PARSE("", &p));
}

static void test_a_block_begins_with_its_number(void **state)
{
	uint8_t bytes[8];

	(void)state;
	assert_int_equal(tftp_build_data_header(bytes, sizeof(bytes), 0x1234),
			 4);
	assert_memory_equal(bytes, "\0\3\x12\x34", 4);
	assert_int_equal(tftp_build_data_header(bytes, 3, 1), 0);
}

static void test_an_error_has_a_text(void **state)
{
	uint8_t bytes[64];

	(void)state;
	assert_int_equal(tftp_build_error(bytes, sizeof(bytes), TFTP_NO_FILE,
					  "no such file"),
			 17);
	assert_memory_equal(bytes, "\0\5\0\1no such file\0", 17);
	assert_int_equal(
		tftp_build_error(bytes, 16, TFTP_NO_FILE, "no such file"), 0);
}

static void test_an_oack_has_only_what_was_asked_for(void **state)
{
	static const struct tftp_packet all = { .wants_size = true,
						.block_size = 1468,
						.window_size = 4 };
	static const struct tftp_packet size = { .wants_size = true };
	static const struct tftp_packet block = { .block_size = 512 };
	uint8_t bytes[64];
	size_t len;

	(void)state;
	len = tftp_build_oack(bytes, sizeof(bytes), &all, 173792);
	assert_int_equal(len, 41);
	assert_memory_equal(bytes,
			    "\0\6tsize\0"
			    "173792\0blksize\0"
			    "1468\0windowsize\0"
			    "4\0",
			    41);

	len = tftp_build_oack(bytes, sizeof(bytes), &size, 6442450944);
	assert_int_equal(len, 19);
	assert_memory_equal(bytes,
			    "\0\6tsize\0"
			    "6442450944\0",
			    19);

	len = tftp_build_oack(bytes, sizeof(bytes), &block, 1);
	assert_int_equal(len, 14);
	assert_memory_equal(bytes,
			    "\0\6blksize\0"
			    "512\0",
			    14);
	assert_int_equal(tftp_build_oack(bytes, 13, &block, 1), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RUN(test_a_request_of_ovmf_has_three_options),
		RUN(test_a_request_of_ipxe_has_two_options),
		RUN(test_a_request_without_options_asks_for_none),
		RUN(test_modes_and_options_have_no_case),
		RUN(test_netascii_is_taken_and_mail_is_not),
		RUN(test_values_out_of_range_are_as_if_not_asked_for),
		RUN(test_values_above_the_standard_are_cut_to_it),
		RUN(test_unknown_options_and_loose_ends_do_no_harm),
		RUN(test_a_request_needs_a_name_and_a_mode),
		RUN(test_a_name_of_256_bytes_is_too_long),
		RUN(test_a_write_request_is_known_as_one),
		RUN(test_an_ack_has_a_block_and_an_error_a_code),
		RUN(test_what_only_a_server_sends_is_refused),
		RUN(test_a_block_begins_with_its_number),
		RUN(test_an_error_has_a_text),
		RUN(test_an_oack_has_only_what_was_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
