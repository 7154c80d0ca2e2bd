/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "boot/tftp_session.h"

#define START 1000

struct talk {
	struct tftp_session s;
	struct tftp_output out;
	mono_ms now;
};

static void begin(struct talk *talk, const struct tftp_packet *asked,
		  uint64_t file_size)
{
	struct tftp_packet request = *asked;

	request.opcode = TFTP_RRQ;
	talk->now = START;
	tftp_session_init(&talk->s, &request, file_size, talk->now);
}

static void ack(struct talk *talk, uint64_t block)
{
	struct tftp_packet packet = { .opcode = TFTP_ACK,
				      .block = (uint16_t)block };

	tftp_session_input(&talk->s, talk->now, &packet);
}

static void error(struct talk *talk, uint16_t code)
{
	struct tftp_packet packet = { .opcode = TFTP_ERROR, .code = code };

	tftp_session_input(&talk->s, talk->now, &packet);
}

/* Let the deadline pass; returns how long that took. */
static mono_ms wait(struct talk *talk)
{
	mono_ms before = talk->now;

	talk->now = tftp_session_deadline(&talk->s);
	tftp_session_expire(&talk->s, talk->now);
	return talk->now - before;
}

static void expect_oack(struct talk *talk)
{
	assert_true(tftp_session_output(&talk->s, &talk->out));
	assert_int_equal(talk->out.kind, TFTP_OUT_OACK);
}

/* Block number as on the wire, and the bytes of the file in it. */
static void expect_block(struct talk *talk, uint64_t block, uint64_t offset,
			 size_t len)
{
	assert_true(tftp_session_output(&talk->s, &talk->out));
	assert_int_equal(talk->out.kind, TFTP_OUT_DATA);
	assert_int_equal(talk->out.block, (uint16_t)block);
	assert_int_equal(talk->out.offset, offset);
	assert_int_equal(talk->out.len, len);
}

static void expect_nothing(struct talk *talk)
{
	assert_false(tftp_session_output(&talk->s, &talk->out));
}

static void expect_success(struct talk *talk, uint64_t bytes)
{
	assert_true(tftp_session_done(&talk->s));
	assert_null(tftp_session_error(&talk->s));
	assert_false(tftp_session_probed(&talk->s));
	assert_int_equal(tftp_session_acked_bytes(&talk->s), bytes);
	assert_true(tftp_session_deadline(&talk->s) == MONO_NEVER);
	expect_nothing(talk);
}

static void expect_failure(struct talk *talk, enum err_code code)
{
	assert_true(tftp_session_done(&talk->s));
	assert_non_null(tftp_session_error(&talk->s));
	assert_int_equal(tftp_session_error(&talk->s)->code, code);
	assert_true(tftp_session_deadline(&talk->s) == MONO_NEVER);
	expect_nothing(talk);
}

static const struct tftp_packet plain;
static const struct tftp_packet window_4 = { .block_size = 1000,
					     .window_size = 4 };

static void test_a_file_without_options_goes_in_blocks_of_512(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &plain, 1000);

	expect_block(&talk, 1, 0, 512);
	expect_nothing(&talk);
	ack(&talk, 1);
	expect_block(&talk, 2, 512, 488);
	expect_nothing(&talk);
	ack(&talk, 2);

	expect_success(&talk, 1000);
}

static void test_a_full_last_block_is_followed_by_an_empty_one(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &plain, 512);

	expect_block(&talk, 1, 0, 512);
	ack(&talk, 1);
	expect_block(&talk, 2, 512, 0);
	ack(&talk, 2);

	expect_success(&talk, 512);
}

static void test_an_empty_file_is_one_empty_block(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &plain, 0);

	expect_block(&talk, 1, 0, 0);
	ack(&talk, 1);

	expect_success(&talk, 0);
}

static void test_options_are_confirmed_before_the_first_block(void **state)
{
	static const struct tftp_packet asked = { .wants_size = true,
						  .block_size = 1432 };
	struct talk talk;

	(void)state;
	begin(&talk, &asked, 2000);

	expect_oack(&talk);
	expect_nothing(&talk);
	ack(&talk, 0);
	expect_block(&talk, 1, 0, 1432);
	ack(&talk, 1);
	expect_block(&talk, 2, 1432, 568);
	ack(&talk, 2);

	expect_success(&talk, 2000);
}

static void test_no_more_is_granted_than_fits_and_helps(void **state)
{
	static const struct tftp_packet asked = { .block_size = 65464,
						  .window_size = 65535,
						  .timeout_s = 6 };
	struct talk talk;

	(void)state;
	begin(&talk, &asked, 100000);

	assert_int_equal(talk.s.options.block_size, 1468);
	assert_int_equal(talk.s.options.window_size, 32);
	assert_int_equal(talk.s.options.timeout_s, 0);
	assert_false(talk.s.options.wants_size);
}

static void test_asking_only_for_a_timeout_gets_no_oack(void **state)
{
	static const struct tftp_packet asked = { .timeout_s = 5 };
	struct talk talk;

	(void)state;
	begin(&talk, &asked, 10);

	expect_block(&talk, 1, 0, 10);
}

static void test_a_window_is_sent_at_once_and_acknowledged_at_once(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &window_4, 5500);
	expect_oack(&talk);
	ack(&talk, 0);

	for (uint64_t i = 1; i <= 4; i++)
		expect_block(&talk, i, 1000 * (i - 1), 1000);
	expect_nothing(&talk);
	ack(&talk, 4);
	expect_block(&talk, 5, 4000, 1000);
	expect_block(&talk, 6, 5000, 500);
	expect_nothing(&talk);
	ack(&talk, 6);

	expect_success(&talk, 5500);
}

static void test_an_ack_inside_the_window_sends_the_rest_again(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &window_4, 5500);
	expect_oack(&talk);
	ack(&talk, 0);
	for (uint64_t i = 1; i <= 4; i++)
		expect_block(&talk, i, 1000 * (i - 1), 1000);

	ack(&talk, 2); /* 3 was lost */

	expect_block(&talk, 3, 2000, 1000);
	expect_block(&talk, 4, 3000, 1000);
	expect_block(&talk, 5, 4000, 1000);
	expect_block(&talk, 6, 5000, 500);
	expect_nothing(&talk);
}

static void test_an_old_ack_sends_nothing(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &plain, 2000);
	expect_block(&talk, 1, 0, 512);
	ack(&talk, 1);
	expect_block(&talk, 2, 512, 512);

	ack(&talk, 1);
	expect_nothing(&talk);
	ack(&talk, 0);
	expect_nothing(&talk);
}

static void test_an_ack_of_what_was_not_sent_is_nothing(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &plain, 2000);
	expect_block(&talk, 1, 0, 512);

	ack(&talk, 2);
	ack(&talk, 65535);
	expect_nothing(&talk);
	assert_int_equal(tftp_session_acked_bytes(&talk.s), 0);
}

static void test_an_ack_of_a_block_does_not_confirm_options(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &window_4, 2000);
	expect_oack(&talk);

	ack(&talk, 1);

	expect_nothing(&talk);
	assert_false(tftp_session_done(&talk.s));
}

static void test_a_lost_block_goes_again_after_the_deadline(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &plain, 1000);
	expect_block(&talk, 1, 0, 512);

	assert_int_equal(wait(&talk), 250);

	expect_block(&talk, 1, 0, 512);
	expect_nothing(&talk);
}

static void test_a_lost_oack_goes_again_after_the_deadline(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &window_4, 1000);
	expect_oack(&talk);

	assert_int_equal(wait(&talk), 250);

	expect_oack(&talk);
	expect_nothing(&talk);
}

static void test_a_lost_window_goes_again_as_a_whole(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &window_4, 9000);
	expect_oack(&talk);
	ack(&talk, 0);
	for (uint64_t i = 1; i <= 4; i++)
		expect_block(&talk, i, 1000 * (i - 1), 1000);

	wait(&talk);

	for (uint64_t i = 1; i <= 4; i++)
		expect_block(&talk, i, 1000 * (i - 1), 1000);
	expect_nothing(&talk);
}

static void test_before_the_deadline_nothing_expires(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &plain, 1000);
	expect_block(&talk, 1, 0, 512);

	tftp_session_expire(&talk.s, tftp_session_deadline(&talk.s) - 1);

	expect_nothing(&talk);
}

static void test_silence_ends_after_eight_seconds(void **state)
{
	static const mono_ms waits[] = { 250, 500, 1000, 2000, 2000, 2000 };
	struct talk talk;

	(void)state;
	begin(&talk, &plain, 1000);
	for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
		expect_block(&talk, 1, 0, 512);
		assert_int_equal(wait(&talk), waits[i]);
	}
	expect_block(&talk, 1, 0, 512);
	assert_int_equal(wait(&talk), 250);

	expect_failure(&talk, ERR_TIMEOUT);
	assert_int_equal(talk.now, START + 8000);
}

static void test_silence_after_the_oack_is_a_failure_too(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &window_4, 1000);
	while (!tftp_session_done(&talk.s)) {
		expect_oack(&talk);
		wait(&talk);
	}

	expect_failure(&talk, ERR_TIMEOUT);
}

static void test_progress_gives_the_client_its_eight_seconds_anew(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &plain, 100000);
	expect_block(&talk, 1, 0, 512);
	for (uint64_t i = 1; i <= 50; i++) {
		for (unsigned n = 0; n < 4; n++) {
			wait(&talk);
			expect_block(&talk, i, 512 * (i - 1), 512);
		}
		ack(&talk, i);
		expect_block(&talk, i + 1, 512 * i, 512);
	}

	assert_false(tftp_session_done(&talk.s));
	assert_true(talk.now - START > 100 * 1000);
}

static void test_a_near_client_is_sent_to_again_sooner(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &plain, 100000);
	expect_block(&talk, 1, 0, 512);
	for (uint64_t i = 1; i <= 20; i++) {
		talk.now += 1;
		ack(&talk, i);
		expect_block(&talk, i + 1, 512 * i, 512);
	}

	assert_int_equal(wait(&talk), 100);
	assert_int_equal(wait(&talk), 200);
}

static void test_a_far_client_is_not_sent_everything_twice(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &plain, 100000);
	expect_block(&talk, 1, 0, 512);
	talk.now += 240;
	ack(&talk, 1);
	for (uint64_t i = 2; i <= 50; i++) {
		expect_block(&talk, i, 512 * (i - 1), 512);
		assert_true(tftp_session_deadline(&talk.s) > talk.now + 240);
		talk.now += 240;
		ack(&talk, i);
	}
}

static void test_an_answer_to_a_resend_measures_nothing(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &plain, 100000);
	expect_block(&talk, 1, 0, 512);
	wait(&talk);
	expect_block(&talk, 1, 0, 512);
	talk.now += 1;
	ack(&talk, 1);
	expect_block(&talk, 2, 512, 512);

	assert_int_equal(wait(&talk), 250);
}

static void test_an_error_at_the_oack_is_a_question_for_the_size(void **state)
{
	static const struct tftp_packet asked = { .wants_size = true,
						  .block_size = 1468,
						  .window_size = 4 };
	struct talk talk;

	(void)state;
	begin(&talk, &asked, 174000);
	expect_oack(&talk);

	error(&talk, 0);

	assert_true(tftp_session_done(&talk.s));
	assert_true(tftp_session_probed(&talk.s));
	assert_null(tftp_session_error(&talk.s));
	expect_nothing(&talk);
}

static void test_so_it_is_with_the_code_that_edk2_sends(void **state)
{
	static const struct tftp_packet asked = { .wants_size = true,
						  .block_size = 1468,
						  .window_size = 4 };
	struct talk talk;

	(void)state;
	begin(&talk, &asked, 174000);
	expect_oack(&talk);

	error(&talk, TFTP_BAD_OPTION);

	assert_true(tftp_session_probed(&talk.s));
	assert_null(tftp_session_error(&talk.s));
}

static void test_refused_options_are_a_failure(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &window_4, 1000);
	expect_oack(&talk);

	error(&talk, TFTP_BAD_OPTION);

	expect_failure(&talk, ERR_PROTOCOL);
	assert_false(tftp_session_probed(&talk.s));
}

static void test_an_error_between_blocks_is_a_failure(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &plain, 1000);
	expect_block(&talk, 1, 0, 512);

	error(&talk, 3);

	expect_failure(&talk, ERR_PROTOCOL);
	assert_string_equal(tftp_session_error(&talk.s)->message,
			    "the client broke off with error 3");
}

static void test_a_file_that_cannot_be_read_is_a_failure(void **state)
{
	static const struct err why = { ERR_IO, "read: Input/output error" };
	struct talk talk;

	(void)state;
	begin(&talk, &window_4, 5000);
	expect_oack(&talk);
	ack(&talk, 0);
	expect_block(&talk, 1, 0, 1000);

	tftp_session_break(&talk.s, &why);

	expect_failure(&talk, ERR_IO);
	assert_string_equal(tftp_session_error(&talk.s)->message, why.message);
}

static void test_a_transfer_that_is_over_cannot_break(void **state)
{
	static const struct err why = { ERR_IO, "read: Input/output error" };
	struct talk talk;

	(void)state;
	begin(&talk, &plain, 0);
	expect_block(&talk, 1, 0, 0);
	ack(&talk, 1);

	tftp_session_break(&talk.s, &why);

	expect_success(&talk, 0);
}

static void test_what_comes_after_the_end_changes_nothing(void **state)
{
	struct talk talk;

	(void)state;
	begin(&talk, &plain, 10);
	expect_block(&talk, 1, 0, 10);
	ack(&talk, 1);

	ack(&talk, 1);
	error(&talk, 0);
	tftp_session_expire(&talk.s, talk.now + 100000);

	expect_success(&talk, 10);
}

static void test_block_numbers_wrap_to_zero(void **state)
{
	static const struct tftp_packet asked = { .block_size = 8,
						  .window_size = 32 };
	const uint64_t size = 8 * 70000 + 3;
	struct talk talk;
	uint64_t block = 0;

	(void)state;
	begin(&talk, &asked, size);
	expect_oack(&talk);
	ack(&talk, 0);
	while (!tftp_session_done(&talk.s)) {
		while (tftp_session_output(&talk.s, &talk.out)) {
			assert_int_equal(talk.out.offset, 8 * block);
			block++;
			assert_int_equal(talk.out.block, block & 0xffff);
		}
		ack(&talk, block);
	}

	expect_success(&talk, size);
	assert_int_equal(block, 70001);
}

static void test_a_window_over_the_wrap_can_be_acknowledged_inside(void **state)
{
	static const struct tftp_packet asked = { .block_size = 8,
						  .window_size = 4 };
	struct talk talk;

	(void)state;
	begin(&talk, &asked, 8 * 65600);
	expect_oack(&talk);
	ack(&talk, 0);
	for (uint64_t block = 4; block <= 65532; block += 4) {
		while (tftp_session_output(&talk.s, &talk.out))
			;
		ack(&talk, block);
	}
	expect_block(&talk, 65533, 8 * 65532, 8);
	expect_block(&talk, 65534, 8 * 65533, 8);
	expect_block(&talk, 65535, 8 * 65534, 8);
	expect_block(&talk, 65536, 8 * 65535, 8);

	ack(&talk, 65532); /* old */
	expect_nothing(&talk);
	ack(&talk, 65535);
	expect_block(&talk, 65536, 8 * 65535, 8);
	ack(&talk, 65536);
	expect_block(&talk, 65537, 8 * 65536, 8);
}

/*
 * Every move that the table allows is taken. The states are private, so the
 * walk goes by their names.
 */
static void test_every_move_of_the_table_is_taken(void **state)
{
	static const struct {
		const char *from;
		const char *to;
		bool options;
		int event; /* 0: ACK of all, 1: ERROR 0, 2: ERROR 8, 3: time */
	} moves[] = {
		{ "options", "blocks", true, 0 },
		{ "options", "probed", true, 1 },
		{ "options", "failed", true, 2 },
		{ "options", "failed", true, 3 },
		{ "blocks", "done", false, 0 },
		{ "blocks", "failed", false, 1 },
		{ "blocks", "failed", false, 3 },
	};
	unsigned taken[8] = { 0 };
	struct talk talk;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
		unsigned from;

		begin(&talk, moves[i].options ? &window_4 : &plain, 10);
		from = talk.s.sm.state;
		assert_string_equal(sm_name(&talk.s.sm), moves[i].from);
		while (tftp_session_output(&talk.s, &talk.out))
			;
		if (moves[i].event == 0)
			ack(&talk, moves[i].options ? 0 : 1);
		else if (moves[i].event < 3)
			error(&talk, moves[i].event == 1 ? 0 : 8);
		while (moves[i].event == 3 && !tftp_session_done(&talk.s))
			wait(&talk);
		assert_string_equal(sm_name(&talk.s.sm), moves[i].to);
		taken[from] |= SM_TO(talk.s.sm.state);
	}
	for (unsigned i = 0; i < talk.s.sm.n_states; i++)
		assert_int_equal(taken[i], talk.s.sm.states[i].moves);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_file_without_options_goes_in_blocks_of_512),
		RUN(test_a_full_last_block_is_followed_by_an_empty_one),
		RUN(test_an_empty_file_is_one_empty_block),
		RUN(test_options_are_confirmed_before_the_first_block),
		RUN(test_no_more_is_granted_than_fits_and_helps),
		RUN(test_asking_only_for_a_timeout_gets_no_oack),
		RUN(test_a_window_is_sent_at_once_and_acknowledged_at_once),
		RUN(test_an_ack_inside_the_window_sends_the_rest_again),
		RUN(test_an_old_ack_sends_nothing),
		RUN(test_an_ack_of_what_was_not_sent_is_nothing),
		RUN(test_an_ack_of_a_block_does_not_confirm_options),
		RUN(test_a_lost_block_goes_again_after_the_deadline),
		RUN(test_a_lost_oack_goes_again_after_the_deadline),
		RUN(test_a_lost_window_goes_again_as_a_whole),
		RUN(test_before_the_deadline_nothing_expires),
		RUN(test_silence_ends_after_eight_seconds),
		RUN(test_silence_after_the_oack_is_a_failure_too),
		RUN(test_progress_gives_the_client_its_eight_seconds_anew),
		RUN(test_a_near_client_is_sent_to_again_sooner),
		RUN(test_a_far_client_is_not_sent_everything_twice),
		RUN(test_an_answer_to_a_resend_measures_nothing),
		RUN(test_an_error_at_the_oack_is_a_question_for_the_size),
		RUN(test_so_it_is_with_the_code_that_edk2_sends),
		RUN(test_refused_options_are_a_failure),
		RUN(test_an_error_between_blocks_is_a_failure),
		RUN(test_a_file_that_cannot_be_read_is_a_failure),
		RUN(test_a_transfer_that_is_over_cannot_break),
		RUN(test_what_comes_after_the_end_changes_nothing),
		RUN(test_block_numbers_wrap_to_zero),
		RUN(test_a_window_over_the_wrap_can_be_acknowledged_inside),
		RUN(test_every_move_of_the_table_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
