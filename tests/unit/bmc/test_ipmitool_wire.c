/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "bmc/ipmitool_wire.h"

static void test_a_command_becomes_arguments_without_the_password(void **state)
{
	static const char *const expected[] = {
		"ipmitool", "-v",   "-I",   "lanplus", "-H",   "10.0.0.9",
		"-p",       "6230", "-U",   "adm",     "-f",   "/dev/stdin",
		"-C",       "17",   "-N",   "1",       "-R",   "3",
		"raw",      "0x00", "0x08", "0x05",    "0xa0", "0x04",
	};
	struct bmc_target target = { .host = "10.0.0.9",
				     .port = 6230,
				     .user = "adm",
				     .password = "geheim" };
	struct ipmi_command command = { .cmd = 8,
					.bytes = { 0x05, 0xa0, 0x04 },
					.len = 3 };
	struct ipmitool_argv args;

	(void)state;
	ipmitool_build(&args, &target, 17, &command);

	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		assert_string_equal(args.argv[i], expected[i]);
	assert_null(args.argv[ARRAY_LEN(expected)]);
}

static void test_bytes_are_read(void **state)
{
	struct ipmi_response response;

	(void)state;
	ipmitool_parse(&response, 0, " 01 05 80 04\n 00 00 00\n", "");
	assert_int_equal(response.err.code, ERR_NONE);
	assert_int_equal(response.len, 7);
	assert_memory_equal(response.bytes, "\x01\x05\x80\x04\x00\x00\x00", 7);
	ipmitool_parse(&response, 0, "\n", "Loading IANA PEN Registry...\n");
	assert_int_equal(response.err.code, ERR_NONE);
	assert_int_equal(response.len, 0);
}

static void test_a_completion_code_is_read(void **state)
{
	struct ipmi_response response;

	(void)state;
	ipmitool_parse(&response, 1, "",
		       "Unable to send RAW command (channel=0x0 netfn=0x0 "
		       "lun=0x0 cmd=0x8 rsp=0xcc): Invalid data field in "
		       "request\n");
	assert_int_equal(response.err.code, ERR_NONE);
	assert_int_equal(response.completion, 0xcc);
}

/* As Debian's ipmitool 1.8.19 says it to ipmi_sim. */
static void test_failures_of_a_login_have_their_codes(void **state)
{
	static const char none[] =
		"Error: Unable to establish IPMI v2 / RMCP+ session\n";
	static const struct {
		const char *errors;
		enum err_code code;
	} cases[] = {
		{ "> RAKP 2 HMAC is invalid\n", ERR_AUTH },
		{ "RAKP 2 message indicates an error : unauthorized name\n",
		  ERR_AUTH },
		{ "Error in open session response message : invalid "
		  "authentication algorithm\n\n",
		  ERR_UNSUPPORTED },
		{ "Get Auth Capabilities error\n", ERR_UNREACHABLE },
		{ "", ERR_UNREACHABLE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *errors =
			xasprintf("%s%s", cases[i].errors, none);
		struct ipmi_response response;

		ipmitool_parse(&response, 1, "", errors);
		assert_int_equal(response.err.code, cases[i].code);
		assert_false(response.sent);
	}
}

static void test_silence_within_a_session_may_have_been_sent(void **state)
{
	struct ipmi_response response;

	(void)state;
	ipmitool_parse(&response, 1, "",
		       "Unable to send RAW command (channel=0x0 netfn=0x0 "
		       "lun=0x0 cmd=0x2)\n");
	assert_int_equal(response.err.code, ERR_TIMEOUT);
	assert_true(response.sent);
	ipmitool_parse(&response, -1, "", "");
	assert_int_equal(response.err.code, ERR_TIMEOUT);
	assert_true(response.sent);
	ipmitool_parse(&response, 127, "", "ipmitool: No such file\n");
	assert_int_equal(response.err.code, ERR_IO);
	assert_false(response.sent);
	ipmitool_parse(&response, 0, "hello", "");
	assert_int_equal(response.err.code, ERR_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_command_becomes_arguments_without_the_password),
		RUN(test_bytes_are_read),
		RUN(test_a_completion_code_is_read),
		RUN(test_failures_of_a_login_have_their_codes),
		RUN(test_silence_within_a_session_may_have_been_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
