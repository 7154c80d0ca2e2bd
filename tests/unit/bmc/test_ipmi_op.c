/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "bmc/ipmi_op.h"

struct talk {
	struct ipmi_op op;
	struct ipmi_command out;
	mono_ms now;
};

static void begin(struct talk *talk, const struct bmc_request *request)
{
	talk->now = 1000;
	ipmi_op_init(&talk->op, request, talk->now);
}

/* The next command has to be these bytes: cmd and its data. */
static void expect(struct talk *talk, const char *bytes, size_t len)
{
	assert_true(ipmi_op_output(&talk->op, &talk->out));
	assert_int_equal(talk->out.netfn, 0);
	assert_int_equal(talk->out.cmd, bytes[0]);
	assert_int_equal(talk->out.len, len - 1);
	assert_memory_equal(talk->out.bytes, bytes + 1, len - 1);
}

#define EXPECT(talk, bytes) expect(talk, bytes, sizeof(bytes) - 1)

static void answer(struct talk *talk, uint8_t completion, const char *bytes,
		   size_t len)
{
	struct ipmi_response response = { .completion = completion,
					  .len = len };

	memcpy(response.bytes, bytes, len);
	ipmi_op_input(&talk->op, talk->now, &response);
}

#define ANSWER(talk, bytes) answer(talk, 0, bytes, sizeof(bytes) - 1)

static void silence(struct talk *talk, enum err_code code, bool sent)
{
	struct ipmi_response response = { .sent = sent };

	err_set(&response.err, code, "silence");
	ipmi_op_input(&talk->op, talk->now, &response);
}

static void wait(struct talk *talk)
{
	talk->now = ipmi_op_deadline(&talk->op);
	ipmi_op_expire(&talk->op, talk->now);
}

static void end(struct talk *talk, enum err_code code)
{
	const struct err *err = ipmi_op_error(&talk->op);

	assert_true(ipmi_op_done(&talk->op));
	assert_int_equal(err ? err->code : ERR_NONE, code);
}

static void test_a_cycle_is_sent_once_and_looked_for(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_SET,
				       .action = BMC_ACTION_CYCLE };
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	EXPECT(&talk, "\x01");
	ANSWER(&talk, "\x01\x00\x00");
	EXPECT(&talk, "\x02\x02");
	assert_true(talk.out.once);
	ANSWER(&talk, "");
	wait(&talk);
	EXPECT(&talk, "\x01");
	ANSWER(&talk, "\x00\x00\x00");
	wait(&talk);
	EXPECT(&talk, "\x01");
	ANSWER(&talk, "\x01\x00\x00");

	end(&talk, ERR_NONE);
	assert_true(talk.op.result.changed);
}

static void test_a_cycle_of_what_is_off_is_on(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_SET,
				       .action = BMC_ACTION_CYCLE };
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	EXPECT(&talk, "\x01");
	ANSWER(&talk, "\x00\x00\x00");
	EXPECT(&talk, "\x02\x01");
	assert_false(talk.out.once);
}

static void test_a_lost_answer_to_a_reset_sends_no_second_reset(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_SET,
				       .action = BMC_ACTION_RESET };
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	EXPECT(&talk, "\x01");
	ANSWER(&talk, "\x01\x00\x00");
	EXPECT(&talk, "\x02\x03");
	silence(&talk, ERR_TIMEOUT, true);
	wait(&talk);
	EXPECT(&talk, "\x01");
	ANSWER(&talk, "\x01\x00\x00");

	end(&talk, ERR_OUTCOME);
	assert_true(talk.op.result.sent);
}

static void look_in_doubt(struct talk *talk, const char *status)
{
	EXPECT(talk, "\x01");
	answer(talk, 0, status, 1);
	wait(talk);
}

static void test_what_may_have_been_sent_is_looked_for_first(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_SET,
				       .action = BMC_ACTION_ON,
				       .doubtful = true };
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	look_in_doubt(&talk, "\x00");
	look_in_doubt(&talk, "\x00");
	EXPECT(&talk, "\x01");
	ANSWER(&talk, "\x01");
	end(&talk, ERR_NONE);
	assert_false(talk.op.result.sent);

	begin(&talk, &request);
	look_in_doubt(&talk, "\x00");
	look_in_doubt(&talk, "\x00");
	look_in_doubt(&talk, "\x00");
	EXPECT(&talk, "\x01");
	ANSWER(&talk, "\x00");
	EXPECT(&talk, "\x02\x01"); /* it surely was not */
}

static void test_in_doubt_the_button_is_not_pressed_again(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_SET,
				       .action = BMC_ACTION_SOFT,
				       .timeout_ms = 30000,
				       .doubtful = true };
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	while (!ipmi_op_done(&talk.op))
		look_in_doubt(&talk, "\x01");

	end(&talk, ERR_OUTCOME);
	assert_false(talk.op.result.sent);
}

static void test_power_that_never_goes_ends_at_the_deadline(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_SET,
				       .action = BMC_ACTION_SOFT,
				       .timeout_ms = 9000 };
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	EXPECT(&talk, "\x01");
	ANSWER(&talk, "\x01");
	EXPECT(&talk, "\x02\x05");
	ANSWER(&talk, "");
	for (wait(&talk); !ipmi_op_done(&talk.op); wait(&talk)) {
		EXPECT(&talk, "\x01");
		ANSWER(&talk, "\x01");
	}

	end(&talk, ERR_TIMEOUT);
	assert_int_equal(talk.now, 10000);
}

static void test_boot_flags_are_set_and_read_back(void **state)
{
	struct bmc_request request = {
		.op = BMC_BOOT_SET,
		.boot = { .device = BMC_BOOT_PXE, .uefi = true },
	};
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	EXPECT(&talk, "\x08\x03\x08");
	answer(&talk, 0x80, "", 0); /* OpenBMC */
	EXPECT(&talk, "\x08\x05\xa0\x04\x00\x00\x00");
	ANSWER(&talk, "");
	EXPECT(&talk, "\x09\x05\x00\x00");
	ANSWER(&talk, "\x01\x05\xa0\x04\x00\x00\x00");

	end(&talk, ERR_NONE);
	assert_true(talk.op.result.verified);
	assert_true(talk.op.result.boot.uefi);
}

static void test_flags_that_cannot_be_read_count_as_set(void **state)
{
	struct bmc_request request = {
		.op = BMC_BOOT_SET,
		.boot = { .device = BMC_BOOT_DISK, .persistent = true },
	};
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	EXPECT(&talk, "\x08\x03\x08");
	ANSWER(&talk, "");
	EXPECT(&talk, "\x08\x05\xc0\x08\x00\x00\x00");
	ANSWER(&talk, "");
	EXPECT(&talk, "\x09\x05\x00\x00");
	answer(&talk, 0xc1, "", 0);

	end(&talk, ERR_NONE);
	assert_true(talk.op.result.changed);
	assert_false(talk.op.result.verified);
}

static void test_a_device_that_the_bmc_has_not_is_unsupported(void **state)
{
	struct bmc_request request = { .op = BMC_BOOT_SET,
				       .boot = { .device = BMC_BOOT_BIOS } };
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	EXPECT(&talk, "\x08\x03\x08");
	ANSWER(&talk, "");
	EXPECT(&talk, "\x08\x05\x80\x18\x00\x00\x00");
	answer(&talk, 0xcc, "", 0);

	end(&talk, ERR_UNSUPPORTED);
	assert_false(talk.op.result.sent);
}

static void test_flags_that_another_device_overrode_are_a_mismatch(void **state)
{
	struct bmc_request request = { .op = BMC_BOOT_SET,
				       .boot = { .device = BMC_BOOT_PXE } };
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	EXPECT(&talk, "\x08\x03\x08");
	ANSWER(&talk, "");
	EXPECT(&talk, "\x08\x05\x80\x04\x00\x00\x00");
	ANSWER(&talk, "");
	while (!ipmi_op_done(&talk.op)) {
		EXPECT(&talk, "\x09\x05\x00\x00");
		ANSWER(&talk, "\x01\x05\x80\x08\x00\x00\x00");
		if (!ipmi_op_done(&talk.op))
			wait(&talk);
	}

	end(&talk, ERR_MISMATCH);
}

static void test_flags_that_are_not_valid_are_none(void **state)
{
	struct bmc_request request = { .op = BMC_BOOT_GET };
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	EXPECT(&talk, "\x09\x05\x00\x00");
	ANSWER(&talk, "\x01\x05\x00\x04\x00\x00\x00");

	end(&talk, ERR_NONE);
	assert_int_equal(talk.op.result.boot.device, BMC_BOOT_NONE);
}

static void test_a_busy_bmc_is_asked_again(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_GET };
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	EXPECT(&talk, "\x01");
	answer(&talk, 0xc0, "", 0);
	assert_false(ipmi_op_output(&talk.op, &talk.out));
	wait(&talk);
	EXPECT(&talk, "\x01");
	ANSWER(&talk, "\x01");

	end(&talk, ERR_NONE);
	assert_int_equal(talk.op.result.power, BMC_POWER_ON);
}

static void test_refusals_have_their_codes(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_GET };
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	EXPECT(&talk, "\x01");
	answer(&talk, 0xd4, "", 0);
	end(&talk, ERR_DENIED);

	begin(&talk, &request);
	EXPECT(&talk, "\x01");
	silence(&talk, ERR_AUTH, false);
	end(&talk, ERR_AUTH);

	begin(&talk, &request);
	EXPECT(&talk, "\x01");
	ANSWER(&talk, "");
	end(&talk, ERR_PROTOCOL);

	request.op = BMC_MEDIA_INSERT;
	begin(&talk, &request);
	end(&talk, ERR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_cycle_is_sent_once_and_looked_for),
		RUN(test_a_cycle_of_what_is_off_is_on),
		RUN(test_a_lost_answer_to_a_reset_sends_no_second_reset),
		RUN(test_what_may_have_been_sent_is_looked_for_first),
		RUN(test_in_doubt_the_button_is_not_pressed_again),
		RUN(test_power_that_never_goes_ends_at_the_deadline),
		RUN(test_boot_flags_are_set_and_read_back),
		RUN(test_flags_that_cannot_be_read_count_as_set),
		RUN(test_a_device_that_the_bmc_has_not_is_unsupported),
		RUN(test_flags_that_another_device_overrode_are_a_mismatch),
		RUN(test_flags_that_are_not_valid_are_none),
		RUN(test_a_busy_bmc_is_asked_again),
		RUN(test_refusals_have_their_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
