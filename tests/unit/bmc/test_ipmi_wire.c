/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "bmc/ipmi_wire.h"

struct out {
	uint8_t bytes[IPMI_PACKET_MAX];
	struct wbuf buf;
};

static struct wbuf *begin(struct out *out)
{
	out->buf = wbuf_of(out->bytes, sizeof(out->bytes));
	return &out->buf;
}

static void expect(const struct out *out, const char *bytes, size_t len)
{
	assert_false(out->buf.bad);
	assert_int_equal(out->buf.len, len);
	assert_memory_equal(out->bytes, bytes, len);
}

#define EXPECT(out, bytes) expect(out, bytes, sizeof(bytes) - 1)
#define RBUF(bytes)        rbuf_of(bytes, sizeof(bytes) - 1)

static void test_a_request_has_its_two_checksums(void **state)
{
	const struct ipmi_command command = { .netfn = IPMI_APP,
					      .cmd = 0x38,
					      .bytes = { 0x8e, 0x04 },
					      .len = 2 };
	struct out out;

	(void)state;
	ipmi_build_request(begin(&out), &command, 1);

	EXPECT(&out, "\x20\x18\xc8\x81\x04\x38\x8e\x04\xb1");
}

static void test_a_request_goes_to_its_lun(void **state)
{
	const struct ipmi_command command = { .netfn = IPMI_SENSOR,
					      .lun = 3,
					      .cmd = 0x2d };
	struct out out;

	(void)state;
	ipmi_build_request(begin(&out), &command, 63);

	EXPECT(&out, "\x20\x13\xcd\x81\xfc\x2d\x56");
}

static void test_headers_are_those_of_both_versions(void **state)
{
	const struct ipmi_packet old = { .rmcp_plus = false };
	const struct ipmi_packet new = { .rmcp_plus = true,
					 .type = IPMI_PAYLOAD_SOL,
					 .encrypted = true,
					 .authenticated = true,
					 .session = 0x11223344,
					 .sequence = 5 };
	struct out out;

	(void)state;
	ipmi_build_header(begin(&out), &old, 9);
	EXPECT(&out,
	       "\x06\x00\xff\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09");
	ipmi_build_header(begin(&out), &new, 0x120);
	EXPECT(&out, "\x06\x00\xff\x07\x06\xc1\x44\x33\x22\x11\x05\x00\x00\x00"
		     "\x20\x01");
}

static void test_a_header_comes_back_as_it_was(void **state)
{
	const struct ipmi_packet packet = { .rmcp_plus = true,
					    .type = IPMI_PAYLOAD_RAKP2,
					    .session = 7,
					    .sequence = 0x80000001 };
	struct ipmi_packet got;
	struct out out;

	(void)state;
	ipmi_build_header(begin(&out), &packet, 2);
	wbuf_bytes(&out.buf, "ab", 2);

	assert_true(ipmi_parse_packet(&got, out.bytes, out.buf.len));
	assert_int_equal(got.type, IPMI_PAYLOAD_RAKP2);
	assert_int_equal(got.session, 7);
	assert_int_equal(got.sequence, 0x80000001);
	assert_false(got.encrypted || got.authenticated);
	assert_int_equal(got.payload.left, 2);
	assert_int_equal(got.head_len, 12);
	assert_int_equal(got.whole.left, 14);
}

static void test_what_is_no_packet_is_refused(void **state)
{
	static const char pong[] = "\x06\x00\xff\x06\x00\x00\x11\xbe\x40";
	static const char md5[] = "\x06\x00\xff\x07\x02\x00\x00\x00\x00\x00\x00"
				  "\x00\x00\x00";
	static const char oem[] = "\x06\x00\xff\x07\x06\x02\x00\x00\x00\x00\x00"
				  "\x00\x00\x00\x00\x00";
	static const char good[] = "\x06\x00\xff\x07\x06\x11\x00\x00\x00\x00"
				   "\x00\x00\x00\x00\x02\x00\x01\x02";
	struct ipmi_packet packet;

	(void)state;
	assert_false(ipmi_parse_packet(&packet, pong, sizeof(pong) - 1));
	assert_false(ipmi_parse_packet(&packet, md5, sizeof(md5) - 1));
	assert_false(ipmi_parse_packet(&packet, oem, sizeof(oem) - 1));
	for (size_t len = 0; len < sizeof(good) - 1; len++)
		assert_false(ipmi_parse_packet(&packet, good, len));
	assert_true(ipmi_parse_packet(&packet, good, sizeof(good) - 1));
}

/* Chassis status: on. */
static const char response[] = "\x81\x04\x7b\x20\x04\x01\x00\x01\x00\x40\x9a";

static void test_a_response_is_taken_apart(void **state)
{
	struct ipmi_message message;

	(void)state;
	assert_true(ipmi_parse_response(&message, RBUF(response), false));

	assert_int_equal(message.netfn, 1);
	assert_int_equal(message.sequence, 1);
	assert_int_equal(message.cmd, 1);
	assert_int_equal(message.completion, 0);
	assert_int_equal(message.body.left, 3);
	assert_memory_equal(message.body.at, "\x01\x00\x40", 3);
}

static void test_wrong_checksums_are_forgiven_on_demand(void **state)
{
	struct ipmi_message message;
	char bytes[sizeof(response)];

	(void)state;
	memcpy(bytes, response, sizeof(bytes));
	bytes[sizeof(bytes) - 2] ^= 1;
	assert_false(ipmi_parse_response(&message, RBUF(bytes), false));
	assert_true(ipmi_parse_response(&message, RBUF(bytes), true));
	memcpy(bytes, response, sizeof(bytes));
	bytes[2] ^= 1;
	assert_false(ipmi_parse_response(&message, RBUF(bytes), false));
	assert_int_equal(message.body.left, 0);
}

static void test_requests_and_stumps_are_no_responses(void **state)
{
	static const char request[] = "\x81\x18\x67\x20\x04\x01\x00\xdb";
	struct ipmi_message message;

	(void)state;
	assert_false(ipmi_parse_response(&message, RBUF(request), true));
	for (size_t len = 0; len < 8; len++)
		assert_false(ipmi_parse_response(&message,
						 rbuf_of(response, len), true));
}

static void test_capabilities_tell_the_versions(void **state)
{
	struct ipmi_caps caps;

	(void)state;
	assert_true(ipmi_parse_caps(&caps, RBUF("\x01\x80\x04\x02\0\0\0\0")));
	assert_true(caps.rmcp_plus);
	assert_false(caps.group_key);
	assert_true(ipmi_parse_caps(&caps, RBUF("\x01\x96\x24\x03\0\0\0\0")));
	assert_true(caps.rmcp_plus && caps.group_key);
	assert_true(ipmi_parse_caps(&caps, RBUF("\x01\x16\x04")));
	assert_false(caps.rmcp_plus);
	assert_false(ipmi_parse_caps(&caps, RBUF("\x01\x80")));
}

static void test_an_open_request_names_its_algorithms(void **state)
{
	const struct ipmi_open open = { .tag = 9,
					.privilege = 4,
					.console = 0xa1b2c3d4,
					.algorithms = { 3, 4, 1 } };
	struct out out;

	(void)state;
	ipmi_build_open(begin(&out), &open);

	EXPECT(&out, "\x09\x04\x00\x00\xd4\xc3\xb2\xa1"
		     "\x00\x00\x00\x08\x03\x00\x00\x00"
		     "\x01\x00\x00\x08\x04\x00\x00\x00"
		     "\x02\x00\x00\x08\x01\x00\x00\x00");
}

static const char opened[] = "\x09\x00\x04\x00\xd4\xc3\xb2\xa1\x02\x00\x00\x01"
			     "\x00\x00\x00\x08\x03\x00\x00\x00"
			     "\x01\x00\x00\x08\x04\x00\x00\x00"
			     "\x02\x00\x00\x08\x01\x00\x00\x00";

static void test_an_open_response_is_whole_or_nothing(void **state)
{
	struct ipmi_open open;

	(void)state;
	assert_true(ipmi_parse_open(&open, RBUF(opened)));
	assert_int_equal(open.tag, 9);
	assert_int_equal(open.console, 0xa1b2c3d4);
	assert_int_equal(open.bmc, 0x01000002);
	assert_int_equal(open.algorithms.integrity, 4);
	for (size_t len = 0; len < sizeof(opened) - 1; len++)
		assert_false(ipmi_parse_open(&open, rbuf_of(opened, len)));
}

static void test_a_refusal_may_be_two_bytes(void **state)
{
	struct ipmi_open open;
	struct ipmi_rakp rakp;

	(void)state;
	assert_true(ipmi_parse_open(&open, RBUF("\x07\x11")));
	assert_int_equal(open.tag, 7);
	assert_int_equal(open.status, IPMI_STATUS_NO_SUITE);
	assert_true(ipmi_parse_rakp2(&rakp, RBUF("\x07\x0d")));
	assert_int_equal(rakp.status, IPMI_STATUS_UNAUTHORIZED_NAME);
	assert_true(ipmi_parse_rakp4(&rakp, RBUF("\x07\x0f")));
	assert_int_equal(rakp.status, IPMI_STATUS_BAD_CHECK_VALUE);
	assert_false(ipmi_parse_rakp2(&rakp, RBUF("\x07")));
}

static void test_rakp_1_carries_the_user(void **state)
{
	struct ipmi_rakp rakp = { .tag = 2,
				  .session = 0x01020304,
				  .role = 0x14,
				  .user = "admin",
				  .user_len = 5 };
	struct out out;

	(void)state;
	memset(rakp.random, 0xee, sizeof(rakp.random));
	ipmi_build_rakp1(begin(&out), &rakp);

	EXPECT(&out, "\x02\x00\x00\x00\x04\x03\x02\x01"
		     "\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee"
		     "\xee\xee\x14\x00\x00\x05"
		     "admin");
}

static void test_rakp_2_and_4_end_with_their_codes(void **state)
{
	static const char rakp2[] = "\x02\x00\x00\x00\x04\x03\x02\x01"
				    "0123456789abcdef"
				    "ABCDEFGHIJKLMNOP"
				    "codecodecodecodecode";
	static const char rakp4[] = "\x02\x00\x00\x00\x04\x03\x02\x01"
				    "codecodecode";
	char too_long[8 + 33] = { 0 };
	struct ipmi_rakp rakp;

	(void)state;
	assert_true(ipmi_parse_rakp2(&rakp, RBUF(rakp2)));
	assert_int_equal(rakp.session, 0x01020304);
	assert_memory_equal(rakp.random, "0123456789abcdef", 16);
	assert_memory_equal(rakp.guid, "ABCDEFGHIJKLMNOP", 16);
	assert_int_equal(rakp.code_len, 20);
	assert_false(ipmi_parse_rakp2(&rakp, rbuf_of(rakp2, 39)));
	assert_true(ipmi_parse_rakp4(&rakp, RBUF(rakp4)));
	assert_int_equal(rakp.code_len, 12);
	assert_false(
		ipmi_parse_rakp4(&rakp, rbuf_of(too_long, sizeof(too_long))));
}

static void test_rakp_3_refuses_without_a_code(void **state)
{
	struct ipmi_rakp rakp = { .tag = 3,
				  .status = IPMI_STATUS_BAD_CHECK_VALUE,
				  .session = 0x01020304 };
	struct out out;

	(void)state;
	ipmi_build_rakp3(begin(&out), &rakp);

	EXPECT(&out, "\x03\x0f\x00\x00\x04\x03\x02\x01");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_request_has_its_two_checksums),
		RUN(test_a_request_goes_to_its_lun),
		RUN(test_headers_are_those_of_both_versions),
		RUN(test_a_header_comes_back_as_it_was),
		RUN(test_what_is_no_packet_is_refused),
		RUN(test_a_response_is_taken_apart),
		RUN(test_wrong_checksums_are_forgiven_on_demand),
		RUN(test_requests_and_stumps_are_no_responses),
		RUN(test_capabilities_tell_the_versions),
		RUN(test_an_open_request_names_its_algorithms),
		RUN(test_an_open_response_is_whole_or_nothing),
		RUN(test_a_refusal_may_be_two_bytes),
		RUN(test_rakp_1_carries_the_user),
		RUN(test_rakp_2_and_4_end_with_their_codes),
		RUN(test_rakp_3_refuses_without_a_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
