/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "bmc/ipmi_sol.h"
#include "sm_edges.h"

struct talk {
	struct ipmi_sol sol;
	struct ipmi_command command;
	mono_ms now;
	uint8_t bytes[512];
	struct wbuf out;
	char heard[512];
	size_t n_heard;
};

static void begin(struct talk *talk, bool take)
{
	memset(talk, 0, sizeof(*talk));
	talk->now = 1000;
	ipmi_sol_init(&talk->sol, take, talk->now);
}

static void expect_command(struct talk *talk, uint8_t cmd)
{
	assert_true(ipmi_sol_command(&talk->sol, &talk->command));
	assert_int_equal(talk->command.netfn, IPMI_APP);
	assert_int_equal(talk->command.cmd, cmd);
	assert_false(ipmi_sol_command(&talk->sol, &talk->command));
}

static void answer(struct talk *talk, uint8_t completion, const char *bytes,
		   size_t len)
{
	struct ipmi_response response = { .completion = completion,
					  .len = len };

	memcpy(response.bytes, bytes, len);
	ipmi_sol_response(&talk->sol, talk->now, &response);
}

#define ACTIVATED "\x00\x00\x00\x00\x14\x00\x14\x00\x6f\x02\xff\xff"

/* Packets of 20 bytes, so 16 characters. */
static void activate(struct talk *talk)
{
	begin(talk, false);
	expect_command(talk, 0x48);
	answer(talk, 0, ACTIVATED, sizeof(ACTIVATED) - 1);
	assert_true(ipmi_sol_open(&talk->sol));
}

static bool take_output(struct talk *talk)
{
	talk->out = wbuf_of(talk->bytes, sizeof(talk->bytes));
	return ipmi_sol_output(&talk->sol, talk->now, &talk->out);
}

static void expect(struct talk *talk, const char *bytes, size_t len)
{
	assert_true(take_output(talk));
	assert_int_equal(talk->out.len, len);
	assert_memory_equal(talk->bytes, bytes, len);
}

#define EXPECT(talk, bytes) expect(talk, bytes, sizeof(bytes) - 1)

static void hear(struct talk *talk, const char *bytes, size_t len)
{
	struct wbuf text = wbuf_of(talk->heard + talk->n_heard,
				   sizeof(talk->heard) - talk->n_heard);

	ipmi_sol_input(&talk->sol, talk->now, rbuf_of(bytes, len), &text);
	assert_false(text.bad);
	talk->n_heard += text.len;
}

#define HEAR(talk, bytes) hear(talk, bytes, sizeof(bytes) - 1)

static void type(struct talk *talk, const char *text)
{
	assert_int_equal(
		ipmi_sol_write(&talk->sol, text, strlen(text), talk->now),
		strlen(text));
}

static void wait(struct talk *talk)
{
	talk->now = ipmi_sol_deadline(&talk->sol);
	assert_true(talk->now != MONO_NEVER);
	ipmi_sol_expire(&talk->sol, talk->now);
}

static void fails(struct talk *talk, enum err_code code, const char *text)
{
	const struct err *err = ipmi_sol_error(&talk->sol);

	assert_true(ipmi_sol_done(&talk->sol));
	assert_non_null(err);
	assert_int_equal(err->code, code);
	assert_non_null(strstr(err->message, text));
	assert_int_equal(ipmi_sol_deadline(&talk->sol), MONO_NEVER);
}

static void test_a_console_is_activated_encrypted(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, false);
	expect_command(&talk, 0x48);
	assert_int_equal(talk.command.len, 6);
	assert_memory_equal(talk.command.bytes, "\x01\x01\xc0\x00\x00\x00", 6);
	answer(&talk, 0, ACTIVATED, sizeof(ACTIVATED) - 1);

	assert_true(ipmi_sol_open(&talk.sol));
	assert_false(take_output(&talk));
	assert_int_equal(ipmi_sol_deadline(&talk.sol), MONO_NEVER);
}

static void test_what_it_says_is_acknowledged(void **state)
{
	struct talk talk;

	(void)state;
	activate(&talk);
	HEAR(&talk, "\x01\x00\x00\x00login: ");
	EXPECT(&talk, "\x00\x01\x07\x00");
	assert_false(take_output(&talk));
	HEAR(&talk, "\x02\x00\x00\x00root");
	EXPECT(&talk, "\x00\x02\x04\x00");

	assert_int_equal(talk.n_heard, 11);
	assert_memory_equal(talk.heard, "login: root", 11);
}

static void test_what_comes_twice_is_told_once(void **state)
{
	struct talk talk;

	(void)state;
	activate(&talk);
	HEAR(&talk, "\x05\x00\x00\x00one");
	EXPECT(&talk, "\x00\x05\x03\x00");
	HEAR(&talk, "\x05\x00\x00\x00one");
	EXPECT(&talk, "\x00\x05\x03\x00");
	/* The same packet again, grown. */
	HEAR(&talk, "\x05\x00\x00\x00one, two");
	EXPECT(&talk, "\x00\x05\x08\x00");

	assert_int_equal(talk.n_heard, 8);
	assert_memory_equal(talk.heard, "one, two", 8);
}

static void test_what_is_typed_goes_one_packet_at_a_time(void **state)
{
	struct talk talk;

	(void)state;
	activate(&talk);
	type(&talk, "a line that is long");
	EXPECT(&talk, "\x01\x00\x00\x00"
		      "a line that is l");
	assert_false(take_output(&talk));
	HEAR(&talk, "\x00\x01\x10\x00");
	EXPECT(&talk, "\x02\x00\x00\x00ong");
	HEAR(&talk, "\x00\x02\x03\x00");

	assert_false(take_output(&talk));
	assert_int_equal(ipmi_sol_deadline(&talk.sol), MONO_NEVER);
}

static void test_an_acknowledgement_goes_with_what_is_typed(void **state)
{
	struct talk talk;

	(void)state;
	activate(&talk);
	HEAR(&talk, "\x03\x00\x00\x00> ");
	type(&talk, "x");
	EXPECT(&talk, "\x01\x03\x02\x00x");
	HEAR(&talk, "\x04\x01\x01\x00x");
	EXPECT(&talk, "\x00\x04\x01\x00");
}

static void test_numbers_go_round_without_zero(void **state)
{
	struct talk talk;

	(void)state;
	activate(&talk);
	for (int i = 0; i < 32; i++) {
		char ack[4] = { 0 };

		type(&talk, "k");
		assert_true(take_output(&talk));
		assert_int_equal(talk.bytes[0], i % 15 + 1);
		ack[1] = (char)talk.bytes[0];
		ack[2] = 1;
		hear(&talk, ack, sizeof(ack));
	}
}

static void test_what_was_not_taken_goes_again(void **state)
{
	struct talk talk;

	(void)state;
	activate(&talk);
	type(&talk, "abcdef");
	EXPECT(&talk, "\x01\x00\x00\x00"
		      "abcdef");
	HEAR(&talk, "\x00\x01\x02\x00");
	EXPECT(&talk, "\x02\x00\x00\x00"
		      "cdef");
	/* It cannot now: later, then. */
	HEAR(&talk, "\x00\x02\x01\x60");
	assert_false(take_output(&talk));
	wait(&talk);
	assert_int_equal(talk.now, 2000);
	EXPECT(&talk, "\x03\x00\x00\x00"
		      "def");
}

static void test_an_acknowledgement_of_nothing_says_nothing(void **state)
{
	struct talk talk;

	(void)state;
	activate(&talk);
	HEAR(&talk, "\x00\x01\x05\x00"); /* of what was never sent */
	type(&talk, "abc");
	EXPECT(&talk, "\x01\x00\x00\x00"
		      "abc");
	HEAR(&talk, "\x00\x09\x03\x00");
	HEAR(&talk, "\x00\x01\x00\x00");
	HEAR(&talk, "\x00\x01");
	assert_false(take_output(&talk));
	HEAR(&talk, "\x00\x01\xff\x00"); /* more than there was */
	assert_false(take_output(&talk));
	assert_int_equal(ipmi_sol_deadline(&talk.sol), MONO_NEVER);
}

static void test_a_lost_packet_goes_again_and_not_for_ever(void **state)
{
	struct talk talk;

	(void)state;
	activate(&talk);
	type(&talk, "z");
	for (int i = 0; i < 10; i++) {
		EXPECT(&talk, "\x01\x00\x00\x00z");
		wait(&talk);
	}
	fails(&talk, ERR_TIMEOUT, "not acknowledged");
	assert_int_equal(talk.now, 1000 + 10 * 500);
}

static void test_what_is_typed_early_is_kept_as_far_as_it_fits(void **state)
{
	char many[IPMI_SOL_QUEUE + 10];
	struct talk talk;

	(void)state;
	memset(many, 'q', sizeof(many));
	begin(&talk, false);
	type(&talk, "early");
	expect_command(&talk, 0x48);
	answer(&talk, 0, ACTIVATED, sizeof(ACTIVATED) - 1);
	EXPECT(&talk, "\x01\x00\x00\x00"
		      "early");
	assert_int_equal(
		ipmi_sol_write(&talk.sol, many, sizeof(many), talk.now),
		IPMI_SOL_QUEUE - 5);
	assert_int_equal(ipmi_sol_write(&talk.sol, "x", 1, talk.now), 0);
}

static void test_a_console_that_is_taken_is_left_or_taken_over(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, false);
	expect_command(&talk, 0x48);
	answer(&talk, 0x80, "", 0);
	fails(&talk, ERR_BUSY, "somebody else has it");

	begin(&talk, true);
	expect_command(&talk, 0x48);
	answer(&talk, 0x80, "", 0);
	expect_command(&talk, 0x49);
	answer(&talk, 0, "", 0);
	expect_command(&talk, 0x48);
	answer(&talk, 0x80, "", 0);
	fails(&talk, ERR_BUSY, "somebody else has it");
}

static void test_refusals_have_their_causes(void **state)
{
	struct ipmi_response silence = { .sent = true };
	struct talk talk;

	(void)state;
	begin(&talk, false);
	expect_command(&talk, 0x48);
	answer(&talk, 0x81, "", 0);
	fails(&talk, ERR_UNSUPPORTED, "serial over LAN is off");
	begin(&talk, false);
	expect_command(&talk, 0x48);
	answer(&talk, 0xcc, "", 0);
	fails(&talk, ERR_UNSUPPORTED, "completion code 0xcc");
	begin(&talk, false);
	expect_command(&talk, 0x48);
	answer(&talk, 0, "\0\0\0\0\4\0", 6);
	fails(&talk, ERR_PROTOCOL, "makes no sense");
	begin(&talk, true);
	expect_command(&talk, 0x48);
	answer(&talk, 0x80, "", 0);
	expect_command(&talk, 0x49);
	err_set(&silence.err, ERR_AUTH, "no");
	ipmi_sol_response(&talk.sol, talk.now, &silence);
	fails(&talk, ERR_AUTH, "console: no");
	begin(&talk, false);
	expect_command(&talk, 0x48);
	wait(&talk);
	fails(&talk, ERR_TIMEOUT, "no answer");
}

static void test_the_other_side_may_end_it(void **state)
{
	struct talk talk;

	(void)state;
	activate(&talk);
	HEAR(&talk, "\x01\x00\x00\x10"
		    "bye");
	fails(&talk, ERR_GONE, "the BMC has ended it");
	assert_int_equal(talk.n_heard, 3);
	activate(&talk);
	ipmi_sol_lost(&talk.sol);
	fails(&talk, ERR_GONE, "the session was lost");
	assert_int_equal(ipmi_sol_write(&talk.sol, "x", 1, talk.now), 0);
}

static void test_closing_lets_it_go(void **state)
{
	struct talk talk;

	(void)state;
	activate(&talk);
	ipmi_sol_close(&talk.sol, talk.now);
	expect_command(&talk, 0x49);
	assert_false(take_output(&talk));
	answer(&talk, 0, "", 0);
	assert_true(ipmi_sol_done(&talk.sol));
	assert_null(ipmi_sol_error(&talk.sol));

	/* Also without an answer. */
	activate(&talk);
	ipmi_sol_close(&talk.sol, talk.now);
	expect_command(&talk, 0x49);
	wait(&talk);
	assert_true(ipmi_sol_done(&talk.sol));
}

static void test_what_is_not_ours_is_not_deactivated(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, true);
	ipmi_sol_close(&talk.sol, talk.now);
	assert_true(ipmi_sol_done(&talk.sol));
	assert_false(ipmi_sol_command(&talk.sol, &talk.command));

	begin(&talk, true);
	expect_command(&talk, 0x48);
	answer(&talk, 0x80, "", 0);
	ipmi_sol_close(&talk.sol, talk.now);
	assert_true(ipmi_sol_done(&talk.sol));
	assert_false(ipmi_sol_command(&talk.sol, &talk.command));
	ipmi_sol_close(&talk.sol, talk.now);
}

static int all_edges(void **state)
{
	(void)state;
	return sm_edges_missing(0, 5) ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_console_is_activated_encrypted),
		RUN(test_what_it_says_is_acknowledged),
		RUN(test_what_comes_twice_is_told_once),
		RUN(test_what_is_typed_goes_one_packet_at_a_time),
		RUN(test_an_acknowledgement_goes_with_what_is_typed),
		RUN(test_numbers_go_round_without_zero),
		RUN(test_what_was_not_taken_goes_again),
		RUN(test_an_acknowledgement_of_nothing_says_nothing),
		RUN(test_a_lost_packet_goes_again_and_not_for_ever),
		RUN(test_what_is_typed_early_is_kept_as_far_as_it_fits),
		RUN(test_a_console_that_is_taken_is_left_or_taken_over),
		RUN(test_refusals_have_their_causes),
		RUN(test_the_other_side_may_end_it),
		RUN(test_closing_lets_it_go),
		RUN(test_what_is_not_ours_is_not_deactivated),
	};

	return cmocka_run_group_tests(tests, NULL, all_edges);
}
