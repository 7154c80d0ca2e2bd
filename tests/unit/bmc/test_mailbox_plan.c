/* SPDX-License-Identifier: Apache-2.0 */
#include "mailbox_world.h"

/* ---- order ---- */

static void test_one_is_under_way_at_a_time(void **state)
{
	struct world *world = *state;

	put(world, 0, BMC_POWER_GET);
	put(world, 1, BMC_BOOT_GET);
	assert_int_equal(begin(world), 0);
	assert_int_equal(next(world), MAILBOX_NOTHING);
	answer_code(world, ERR_NONE);

	assert_int_equal(ended(world), 0);
	assert_int_equal(begin(world), 1);
}

static void test_what_is_urgent_goes_first(void **state)
{
	struct world *world = *state;

	put_rank(world, 0, BMC_BOOT_GET, MAIL_POLL);
	put(world, 1, BMC_POWER_GET);
	put(world, 2, BMC_POWER_SET);
	put(world, 3, BMC_BOOT_SET);
	for (int i = 0; i < 4; i++) {
		static const int order[] = { 2, 3, 1, 0 };

		assert_int_equal(begin(world), order[i]);
		answer_code(world, ERR_NONE);
		assert_int_equal(ended(world), order[i]);
	}
	assert_true(mailbox_empty(&world->box));
}

static void test_a_change_overtakes_a_read_that_is_tried_again(void **state)
{
	struct world *world = *state;

	put(world, 0, BMC_POWER_GET);
	begin(world);
	answer_code(world, ERR_TIMEOUT);
	put(world, 1, BMC_POWER_SET);
	assert_int_equal(next(world), MAILBOX_WAIT); /* it is weak */

	assert_int_equal(begin(world), 1);
	answer_code(world, ERR_NONE);
	assert_int_equal(ended(world), 1);
	assert_int_equal(begin(world), 0);
}

static void test_a_try_again_goes_before_others_of_its_rank(void **state)
{
	struct world *world = *state;

	put(world, 0, BMC_POWER_SET);
	put(world, 1, BMC_BOOT_SET);
	begin(world);
	answer_code(world, ERR_BUSY);

	assert_int_equal(begin(world), 0);
}

static void test_so_many_may_wait(void **state)
{
	struct world *world = *state;
	struct mail *many = xcalloc(MAILBOX_MOST, sizeof(*many));

	for (size_t i = 0; i < MAILBOX_MOST; i++) {
		many[i].op = BMC_BOOT_SET;
		many[i].rank = MAIL_CHANGE;
		mailbox_put(&world->box, &many[i]);
	}
	put(world, 0, BMC_POWER_GET);
	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_BUSY);
	put_rank(world, 1, BMC_POWER_SET, MAIL_ABORT); /* and ends the others */
	for (size_t i = 0; i < MAILBOX_MOST; i++) {
		assert_ptr_equal(mailbox_ended(&world->box), &many[i]);
		mail_release(&many[i]);
	}
	free(many);
	put(world, 2, BMC_POWER_GET);

	assert_int_equal(world->box.n_waiting, 2);
	assert_int_equal(begin(world), 1);
	assert_int_equal(world->box.n_waiting, 1);
}

static void test_so_many_may_share_an_answer(void **state)
{
	struct world *world = *state;
	struct mail *many = xcalloc(MAILBOX_MOST, sizeof(*many));

	put(world, 0, BMC_POWER_GET);
	for (size_t i = 0; i < MAILBOX_MOST; i++) {
		many[i].op = BMC_POWER_GET;
		many[i].rank = MAIL_READ;
		mailbox_put(&world->box, &many[i]);
	}
	put(world, 1, BMC_POWER_GET);

	assert_int_equal(ended(world), 1);
	assert_int_equal(code_of(world, 1), ERR_BUSY);
	free(many);
}

/* ---- reads that ask the same ---- */

static void test_reads_that_wait_share_an_answer(void **state)
{
	struct world *world = *state;
	struct mail *mail;

	put(world, 0, BMC_BOOT_SET);
	put(world, 1, BMC_POWER_GET);
	put(world, 2, BMC_POWER_GET);
	put(world, 3, BMC_BOOT_GET);
	begin(world);
	answer_code(world, ERR_NONE);
	assert_int_equal(ended(world), 0);
	assert_int_equal(begin(world), 1);
	answer_power(world, BMC_POWER_ON);
	assert_int_equal(ended(world), 1);

	mail = list_first(&world->mails[1].sharers, struct mail, link);
	assert_ptr_equal(mail, &world->mails[2]);
	assert_int_equal(begin(world), 3);
}

/* What is under way may tell of a time before the question. */
static void test_a_read_that_has_begun_is_not_shared(void **state)
{
	struct world *world = *state;

	put(world, 0, BMC_POWER_GET);
	begin(world);
	put(world, 1, BMC_POWER_GET);
	answer_power(world, BMC_POWER_ON);

	assert_int_equal(ended(world), 0);
	assert_int_equal(begin(world), 1);
}

static void test_one_that_is_to_be_tried_again_is_not_shared(void **state)
{
	struct world *world = *state;

	put(world, 0, BMC_POWER_GET);
	begin(world);
	answer_code(world, ERR_BUSY);
	put(world, 1, BMC_POWER_GET);

	assert_true(list_empty(&world->mails[0].sharers));
}

static void test_reads_with_words_of_their_own_are_not_shared(void **state)
{
	struct world *world = *state;

	put(world, 0, BMC_FRU);
	put(world, 1, BMC_FRU);
	put(world, 2, BMC_LOG_READ);
	put(world, 3, BMC_LOG_READ);

	for (int i = 0; i < 4; i++)
		assert_true(list_empty(&world->mails[i].sharers));
}

static void test_a_look_now_and_then_gains_who_shares_it(void **state)
{
	struct world *world = *state;

	put_rank(world, 0, BMC_POWER_GET, MAIL_POLL);
	put(world, 1, BMC_BOOT_GET);
	world->mails[2].timeout_ms = 90000;
	put(world, 2, BMC_POWER_GET);

	assert_int_equal(begin(world), 1);
	answer_code(world, ERR_NONE);
	assert_int_equal(ended(world), 1);
	assert_int_equal(begin(world), 0);
	assert_int_equal(world->try.timeout_ms, 90000);
	assert_int_equal(world->mails[0].rank, MAIL_READ);
}

/* ---- trying again ---- */

static void test_a_read_is_tried_three_times(void **state)
{
	struct world *world = *state;
	mono_ms before = 0;

	put(world, 0, BMC_POWER_GET);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(begin(world), 0);
		assert_true(!i || world->now - before >= 1000);
		answer_code(world, ERR_TIMEOUT);
		before = world->now;
	}

	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_TIMEOUT);
	assert_string_equal(message_of(world, 0), "bmc b: cause");
	assert_true(mailbox_empty(&world->box));
}

static void test_a_change_that_may_have_left_is_not(void **state)
{
	static const enum err_code codes[] = { ERR_TIMEOUT, ERR_UNREACHABLE,
					       ERR_PROTOCOL, ERR_OUTCOME,
					       ERR_BUSY };
	struct world *world = *state;

	for (size_t i = 0; i < ARRAY_LEN(codes) - 1; i++) {
		put_power(world, i, BMC_ACTION_CYCLE);
		assert_int_equal(begin(world), i);
		answer_sent(world, codes[i]);
		assert_int_equal(ended(world), i);
		assert_int_equal(code_of(world, (int)i), codes[i]);
		assert_true(world->mails[i].result->sent);
	}
}

static void test_its_deadline_holds_for_all_tries(void **state)
{
	struct world *world = *state;

	world->mails[0].timeout_ms = 8000;
	put(world, 0, BMC_POWER_GET);
	begin(world);
	assert_int_equal(world->try.timeout_ms, 8000);
	answer_code(world, ERR_TIMEOUT);
	begin(world);

	assert_true(world->try.timeout_ms <= 8000 - 100 - 1000);
	answer(world, 5900, (struct bmc_result){ .err.code = ERR_TIMEOUT });
	assert_int_equal(ended(world), 0);
}

/* What the deadline cuts short is no news. */
static void test_a_try_cut_short_leaves_the_answer_before_it(void **state)
{
	struct world *world = *state;

	world->mails[0].timeout_ms = 8000;
	put(world, 0, BMC_POWER_GET);
	begin(world);
	answer_code(world, ERR_PROTOCOL);
	begin(world);
	answer(world, 8000, (struct bmc_result){ .err.code = ERR_TIMEOUT });

	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_PROTOCOL);
}

static void test_a_turn_that_comes_too_late_is_not_begun(void **state)
{
	struct world *world = *state;

	world->mails[0].timeout_ms = 8000;
	put(world, 0, BMC_POWER_GET);
	begin(world);
	answer_code(world, ERR_PROTOCOL);
	world->now += 8000;

	assert_int_equal(next(world), MAILBOX_NOTHING);
	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_PROTOCOL);
}

static void test_who_was_never_heard_has_a_short_time_at_first(void **state)
{
	struct world *world = *state;

	put(world, 0, BMC_POWER_GET);
	begin(world);
	assert_int_equal(world->try.timeout_ms, 10000);
	answer(world, 10000, (struct bmc_result){ .err.code = ERR_TIMEOUT });
	assert_true(mailbox_suspect(&world->box));
	begin(world);
	assert_in_range(world->try.timeout_ms, 40000, 49000);
	answer_power(world, BMC_POWER_ON);
	assert_int_equal(ended(world), 0);
	put(world, 1, BMC_BOOT_GET);
	begin(world);

	assert_int_equal(world->try.timeout_ms, 60000);
}

/* It may have left when the time is up. */
static void test_a_change_always_has_all_of_its_time(void **state)
{
	struct world *world = *state;

	put(world, 0, BMC_POWER_SET);
	begin(world);

	assert_int_equal(world->try.timeout_ms, 60000);
}

/* ---- refused credentials ---- */

static void test_refused_credentials_are_tried_once(void **state)
{
	struct world *world = *state;

	put(world, 0, BMC_POWER_GET);
	put(world, 1, BMC_POWER_SET);
	begin(world);
	answer_code(world, ERR_AUTH);
	assert_int_equal(next(world), MAILBOX_NOTHING);

	assert_int_equal(ended(world), 1);
	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_AUTH);
	assert_int_equal(code_of(world, 1), ERR_AUTH);
	put_rank(world, 2, BMC_POWER_SET, MAIL_ABORT);
	world->now += 1000000;
	assert_int_equal(next(world), MAILBOX_NOTHING);
	assert_int_equal(ended(world), 2);
	assert_non_null(strstr(message_of(world, 2), "not tried again"));
}

/* They are the same by the other way, and the lock is, too. */
static void test_refused_credentials_go_by_no_other_way(void **state)
{
	struct world *world = *state;

	two_ways(world);
	put(world, 0, BMC_POWER_GET);
	begin(world);
	answer_code(world, ERR_AUTH);

	assert_int_equal(next(world), MAILBOX_NOTHING);
	assert_int_equal(ended(world), 0);
}

static void test_a_thaw_lets_it_be_tried_again(void **state)
{
	struct world *world = *state;

	put(world, 0, BMC_POWER_GET);
	begin(world);
	answer_code(world, ERR_AUTH);
	assert_int_equal(ended(world), 0);
	mailbox_thaw(&world->box, world->now);
	put(world, 1, BMC_POWER_GET);

	assert_int_equal(next(world), MAILBOX_TRY); /* at once */
	begin(world);
	answer_code(world, ERR_NONE);
	assert_int_equal(ended(world), 1);
}

static void test_other_credentials_are_tried(void **state)
{
	struct world *world = *state;

	put(world, 0, BMC_POWER_GET);
	begin(world);
	answer_code(world, ERR_AUTH);
	assert_int_equal(ended(world), 0);
	mailbox_aim(&world->box, &redfish, 1, 0);
	put(world, 1, BMC_POWER_GET);

	assert_int_equal(begin(world), 1);
}

/* ---- silence ---- */

static void test_a_silent_bmc_is_left_alone(void **state)
{
	struct world *world = *state;
	int64_t left_ms;

	fall_silent(world);
	put(world, 0, BMC_POWER_SET);
	assert_int_equal(next(world), MAILBOX_NOTHING);

	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_UNREACHABLE);
	assert_non_null(strstr(message_of(world, 0), "next try in 15 s: "));
	assert_non_null(strstr(message_of(world, 0), "cause"));
	assert_false(world->mails[0].result->sent);
	assert_true(mailbox_suspect(&world->box));
	left_ms = world->box.breaker.until - world->now;
	assert_in_range(left_ms, 14000, 15000);
}

static void test_its_probe_is_a_read(void **state)
{
	struct world *world = *state;

	fall_silent(world);
	world->now = world->box.breaker.until;
	put(world, 0, BMC_POWER_SET);
	assert_int_equal(begin(world), 0);
	assert_int_equal(world->try.kind, TRY_PROBE);
	assert_int_equal(world->try.op, BMC_POWER_GET);
	answer_power(world, BMC_POWER_OFF);
	assert_false(mailbox_suspect(&world->box));

	assert_int_equal(begin(world), 0);
	assert_int_equal(world->try.kind, TRY_MAIL);
	assert_int_equal(world->try.timeout_ms, 60000); /* its time is whole */
}

static void test_a_probe_in_vain_leaves_it_alone_for_longer(void **state)
{
	struct world *world = *state;

	fall_silent(world);
	world->now = world->box.breaker.until;
	put(world, 0, BMC_POWER_SET);
	begin(world);
	answer_code(world, ERR_TIMEOUT);

	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_UNREACHABLE);
	assert_int_equal(breaker_state(&world->box.breaker), BREAKER_OPEN);
	assert_true(world->box.breaker.until >= world->now + 15000);
}

static void test_a_read_is_its_own_probe_and_tried_once(void **state)
{
	struct world *world = *state;

	fall_silent(world);
	world->now = world->box.breaker.until;
	put(world, 0, BMC_POWER_GET);
	assert_int_equal(begin(world), 0);
	assert_int_equal(world->try.kind, TRY_MAIL);
	assert_int_equal(breaker_state(&world->box.breaker), BREAKER_PROBING);
	answer_code(world, ERR_UNREACHABLE);

	assert_int_equal(ended(world), 0);
	assert_string_equal(message_of(world, 0), "bmc b: cause");
}

static void test_who_answers_with_an_error_is_not_silent(void **state)
{
	static const enum err_code codes[] = { ERR_BUSY, ERR_PROTOCOL,
					       ERR_DENIED, ERR_MISMATCH };
	struct world *world = *state;

	for (size_t i = 0; i < 40; i++) {
		put_power(world, 0, BMC_ACTION_OFF);
		begin(world);
		answer_sent(world, codes[i % ARRAY_LEN(codes)]);
		assert_int_equal(ended(world), 0);
		mail_release(&world->mails[0]);
		memset(&world->mails[0], 0, sizeof(world->mails[0]));
	}

	assert_int_equal(breaker_state(&world->box.breaker), BREAKER_CLOSED);
}

/* "power is off after on": it was heard, and does not obey. */
static void test_who_does_not_obey_is_not_silent(void **state)
{
	struct world *world = *state;

	put_power(world, 0, BMC_ACTION_ON);
	begin(world);
	answer(world, 100,
	       (struct bmc_result){ .err.code = ERR_TIMEOUT,
				    .sent = true,
				    .power = BMC_POWER_OFF });

	assert_int_equal(world->box.breaker.n_silent, 0);
}

static void test_our_own_failures_say_nothing_of_it(void **state)
{
	struct world *world = *state;

	fall_silent(world);
	world->now = world->box.breaker.until;
	put(world, 0, BMC_POWER_GET);
	begin(world);
	answer_code(world, ERR_IO);

	assert_int_equal(breaker_state(&world->box.breaker), BREAKER_OPEN);
	assert_int_equal(ended(world), 0);
}

/* ---- aborts ---- */

static void test_an_abort_ends_changes_and_not_reads(void **state)
{
	struct world *world = *state;

	put(world, 0, BMC_POWER_SET);
	put(world, 1, BMC_BOOT_SET);
	put(world, 2, BMC_POWER_GET);
	put_rank(world, 3, BMC_POWER_SET, MAIL_ABORT);

	assert_int_equal(ended(world), 0);
	assert_int_equal(ended(world), 1);
	assert_int_equal(code_of(world, 0), ERR_CANCELLED);
	assert_false(world->mails[0].result->sent);
	assert_int_equal(begin(world), 3);
	answer_code(world, ERR_NONE);
	assert_int_equal(ended(world), 3);
	assert_int_equal(begin(world), 2);
}

static void test_an_abort_ends_only_what_is_of_its_group(void **state)
{
	struct world *world = *state;

	world->mails[0].group = 7;
	put(world, 0, BMC_POWER_SET);
	put(world, 1, BMC_POWER_SET);
	world->mails[2].group = 8;
	put(world, 2, BMC_BOOT_SET);
	assert_int_equal(begin(world), 0);
	world->mails[3].group = 8;
	put_rank(world, 3, BMC_BOOT_SET, MAIL_ABORT);

	assert_int_equal(next(world), MAILBOX_NOTHING); /* none is cut */
	assert_int_equal(ended(world), 2);
	answer_code(world, ERR_NONE);
	assert_int_equal(ended(world), 0);
	assert_int_equal(begin(world), 3);
	answer_code(world, ERR_NONE);
	assert_int_equal(ended(world), 3);
	assert_int_equal(begin(world), 1);
}

static void test_an_abort_breaks_off_the_change_under_way(void **state)
{
	struct world *world = *state;

	put_power(world, 0, BMC_ACTION_SOFT);
	begin(world);
	put_rank(world, 1, BMC_POWER_SET, MAIL_ABORT);
	assert_int_equal(next(world), MAILBOX_CUT);
	mailbox_cut(&world->box, world->now);

	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_CANCELLED);
	assert_true(world->mails[0].result->sent);
	assert_int_equal(begin(world), 1);
}

static void test_a_read_broken_off_is_begun_anew(void **state)
{
	struct world *world = *state;

	put(world, 0, BMC_INFO);
	begin(world);
	put_rank(world, 1, BMC_POWER_SET, MAIL_ABORT);
	assert_int_equal(next(world), MAILBOX_CUT);
	mailbox_cut(&world->box, world->now);
	assert_int_equal(begin(world), 1);
	answer(world, 70000, (struct bmc_result){ .sent = true });
	assert_int_equal(ended(world), 1);

	assert_int_equal(begin(world), 0);
	assert_int_equal(world->try.timeout_ms, 60000);
	answer_code(world, ERR_NONE);
	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_NONE);
}

static void test_an_abort_waits_for_an_abort(void **state)
{
	struct world *world = *state;

	put_rank(world, 0, BMC_POWER_SET, MAIL_ABORT);
	begin(world);
	put_rank(world, 1, BMC_POWER_SET, MAIL_ABORT);

	assert_int_equal(next(world), MAILBOX_NOTHING);
}

static void test_an_abort_does_not_wait_for_the_pace(void **state)
{
	struct world *world = *state;

	put(world, 0, BMC_POWER_GET);
	begin(world);
	answer_code(world, ERR_TIMEOUT);
	assert_int_equal(next(world), MAILBOX_WAIT);
	put_rank(world, 1, BMC_POWER_SET, MAIL_ABORT);

	assert_int_equal(next(world), MAILBOX_TRY);
	assert_ptr_equal(world->try.mail, &world->mails[1]);
}

static void test_an_abort_probes_a_silent_bmc_once(void **state)
{
	struct world *world = *state;

	fall_silent(world);
	put_rank(world, 0, BMC_POWER_SET, MAIL_ABORT);
	assert_int_equal(begin(world), 0);
	assert_int_equal(world->try.kind, TRY_PROBE);
	answer_code(world, ERR_TIMEOUT);

	assert_int_equal(ended(world), 0);
	assert_int_equal(code_of(world, 0), ERR_UNREACHABLE);
	assert_int_equal(next(world), MAILBOX_NOTHING);
}

/* Who it was for is gone; it still tells of the BMC. */
static void test_a_probe_outlives_whom_it_is_for(void **state)
{
	struct world *world = *state;

	fall_silent(world);
	world->now = world->box.breaker.until;
	put(world, 0, BMC_POWER_SET);
	begin(world);
	put_rank(world, 1, BMC_POWER_SET, MAIL_ABORT);
	assert_int_equal(ended(world), 0);
	memset(&world->mails[0].link, 0xee, sizeof(world->mails[0].link));
	assert_int_equal(next(world), MAILBOX_NOTHING);
	answer_power(world, BMC_POWER_ON);

	assert_int_equal(begin(world), 1);
	assert_int_equal(world->try.kind, TRY_MAIL);
	mail_release(&world->mails[0]);
}

/* ---- ends ---- */

static void test_to_give_up_ends_all(void **state)
{
	struct world *world = *state;

	put(world, 0, BMC_POWER_SET);
	put(world, 1, BMC_BOOT_SET);
	put(world, 2, BMC_POWER_GET);
	begin(world);
	mailbox_give_up(&world->box, world->now);

	for (int i = 0; i < 3; i++) {
		assert_int_equal(ended(world), i);
		assert_int_equal(code_of(world, i), ERR_CANCELLED);
		assert_int_equal(world->mails[i].result->sent, i == 0);
	}
	assert_true(mailbox_empty(&world->box));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(test_one_is_under_way_at_a_time),
		WORLD(test_what_is_urgent_goes_first),
		WORLD(test_a_change_overtakes_a_read_that_is_tried_again),
		WORLD(test_a_try_again_goes_before_others_of_its_rank),
		WORLD(test_so_many_may_wait),
		WORLD(test_so_many_may_share_an_answer),
		WORLD(test_reads_that_wait_share_an_answer),
		WORLD(test_a_read_that_has_begun_is_not_shared),
		WORLD(test_one_that_is_to_be_tried_again_is_not_shared),
		WORLD(test_reads_with_words_of_their_own_are_not_shared),
		WORLD(test_a_look_now_and_then_gains_who_shares_it),
		WORLD(test_a_read_is_tried_three_times),
		WORLD(test_a_change_that_may_have_left_is_not),
		WORLD(test_its_deadline_holds_for_all_tries),
		WORLD(test_a_try_cut_short_leaves_the_answer_before_it),
		WORLD(test_a_turn_that_comes_too_late_is_not_begun),
		WORLD(test_who_was_never_heard_has_a_short_time_at_first),
		WORLD(test_a_change_always_has_all_of_its_time),
		WORLD(test_refused_credentials_are_tried_once),
		WORLD(test_refused_credentials_go_by_no_other_way),
		WORLD(test_a_thaw_lets_it_be_tried_again),
		WORLD(test_other_credentials_are_tried),
		WORLD(test_a_silent_bmc_is_left_alone),
		WORLD(test_its_probe_is_a_read),
		WORLD(test_a_probe_in_vain_leaves_it_alone_for_longer),
		WORLD(test_a_read_is_its_own_probe_and_tried_once),
		WORLD(test_who_answers_with_an_error_is_not_silent),
		WORLD(test_who_does_not_obey_is_not_silent),
		WORLD(test_our_own_failures_say_nothing_of_it),
		WORLD(test_an_abort_ends_changes_and_not_reads),
		WORLD(test_an_abort_ends_only_what_is_of_its_group),
		WORLD(test_an_abort_breaks_off_the_change_under_way),
		WORLD(test_a_read_broken_off_is_begun_anew),
		WORLD(test_an_abort_waits_for_an_abort),
		WORLD(test_an_abort_does_not_wait_for_the_pace),
		WORLD(test_an_abort_probes_a_silent_bmc_once),
		WORLD(test_a_probe_outlives_whom_it_is_for),
		WORLD(test_to_give_up_ends_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
