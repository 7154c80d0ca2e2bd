/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/rpc_op.h"

#include <string.h>

#include "base/str.h"
#include "test.h"

#define SECOND 1000

/* A webhook behind the machine under test. */
struct talk {
	struct rpc_op op;
	mono_ms now;
	enum bmc_power power;
	enum bmc_power next; /* after `slow` looks */
	unsigned slow;
	enum err_code lose; /* the answer to a change is this error */
	bool lose_sent;     /* and it may have got there */
	bool ignore;        /* changes are not done */
	unsigned n_changes;
	struct rpc_ask change; /* the last */
};

static void on_change(struct talk *talk, const struct rpc_ask *ask)
{
	talk->n_changes++;
	talk->change = *ask;
	if (ask->method == RPC_POWER_SET && !talk->ignore)
		talk->next = bmc_action_goal(ask->action);
}

static void answer(struct talk *talk, const struct rpc_ask *ask)
{
	struct err err;

	if (ask->method == RPC_POWER_GET) {
		if (talk->slow)
			talk->slow--;
		else
			talk->power = talk->next;
		rpc_op_input(&talk->op, talk->now, talk->power, NULL, true);
		return;
	}
	if (!talk->lose || talk->lose_sent)
		on_change(talk, ask);
	err_set(&err, talk->lose, "lost");
	rpc_op_input(&talk->op, talk->now, BMC_POWER_UNKNOWN,
		     talk->lose ? &err : NULL, talk->lose_sent);
}

static const struct bmc_result *run(struct talk *talk,
				    const struct bmc_request *request)
{
	struct rpc_ask ask;

	talk->next = talk->power;
	rpc_op_init(&talk->op, request, talk->now);
	while (!rpc_op_done(&talk->op)) {
		if (rpc_op_output(&talk->op, &ask)) {
			answer(talk, &ask);
			continue;
		}
		talk->now = rpc_op_deadline(&talk->op);
		rpc_op_expire(&talk->op, talk->now);
	}
	assert_false(rpc_op_output(&talk->op, &ask));
	assert_int_equal(rpc_op_deadline(&talk->op), MONO_NEVER);
	return &talk->op.result;
}

static struct bmc_request power(enum bmc_power_action action)
{
	return (struct bmc_request){ .op = BMC_POWER_SET, .action = action };
}

static void test_power_is_asked_for(void **state)
{
	const struct bmc_request get = { .op = BMC_POWER_GET };
	struct talk talk = { .power = BMC_POWER_ON };
	const struct bmc_result *result = run(&talk, &get);

	(void)state;
	assert_int_equal(result->err.code, ERR_NONE);
	assert_int_equal(result->power, BMC_POWER_ON);
	assert_false(result->sent);
}

static void test_a_change_is_looked_at_until_it_is_there(void **state)
{
	const struct bmc_request on = power(BMC_ACTION_ON);
	struct talk talk = { .power = BMC_POWER_OFF };
	const struct bmc_result *result;

	(void)state;
	talk.slow = 4;
	result = run(&talk, &on);

	assert_int_equal(result->err.code, ERR_NONE);
	assert_int_equal(result->power, BMC_POWER_ON);
	assert_true(result->sent && result->changed && result->verified);
	assert_int_equal(talk.n_changes, 1);
	assert_true(talk.now >= 3 * SECOND);
}

static void test_what_may_have_been_sent_is_looked_for_first(void **state)
{
	struct bmc_request on = power(BMC_ACTION_ON);
	struct talk talk = { .power = BMC_POWER_OFF };
	const struct bmc_result *result;

	(void)state;
	on.doubtful = true;
	result = run(&talk, &on);
	assert_int_equal(result->err.code, ERR_NONE);
	assert_int_equal(talk.n_changes, 1); /* it surely was not */
	assert_true(talk.now >= 3 * SECOND);

	talk = (struct talk){ .power = BMC_POWER_OFF };
	rpc_op_init(&talk.op, &on, 0);
	talk.next = BMC_POWER_OFF;
	for (int i = 0; !rpc_op_done(&talk.op); i++) {
		struct rpc_ask ask;

		assert_true(rpc_op_output(&talk.op, &ask));
		assert_int_equal(ask.method, RPC_POWER_GET);
		rpc_op_input(&talk.op, talk.now,
			     i < 2 ? BMC_POWER_OFF : BMC_POWER_ON, NULL, true);
		talk.now = rpc_op_deadline(&talk.op);
		rpc_op_expire(&talk.op, talk.now);
	}
	assert_int_equal(talk.op.result.err.code, ERR_NONE);
	assert_false(talk.op.result.sent);
}

static void
test_in_doubt_until_the_end_nothing_was_said_to_be_done(void **state)
{
	struct bmc_request on = power(BMC_ACTION_ON);
	struct talk talk = { 0 };
	struct rpc_ask ask;

	(void)state;
	on.doubtful = true;
	rpc_op_init(&talk.op, &on, 0);
	assert_true(rpc_op_output(&talk.op, &ask));
	rpc_op_input(&talk.op, 0, BMC_POWER_OFF, NULL, true);
	rpc_op_expire(&talk.op, 1000 * SECOND);

	assert_true(rpc_op_done(&talk.op));
	assert_false(talk.op.result.sent);
	assert_non_null(
		strstr(talk.op.result.err.message, "before anything was sent"));
}

static void test_what_is_so_already_is_not_sent(void **state)
{
	const struct bmc_request off = power(BMC_ACTION_OFF);
	struct talk talk = { .power = BMC_POWER_OFF };
	const struct bmc_result *result = run(&talk, &off);

	(void)state;
	assert_int_equal(result->err.code, ERR_NONE);
	assert_true(result->verified && !result->changed && !result->sent);
	assert_int_equal(talk.n_changes, 0);
}

static void test_a_cycle_of_what_is_off_is_on(void **state)
{
	const struct bmc_request cycle = power(BMC_ACTION_CYCLE);
	struct talk talk = { .power = BMC_POWER_OFF };

	(void)state;
	run(&talk, &cycle);
	assert_int_equal(talk.change.action, BMC_ACTION_ON);
	talk = (struct talk){ .power = BMC_POWER_ON };
	run(&talk, &cycle);
	assert_int_equal(talk.change.action, BMC_ACTION_CYCLE);
}

static void test_an_answer_that_is_lost_is_looked_after(void **state)
{
	const struct bmc_request on = power(BMC_ACTION_ON);
	const struct bmc_request cycle = power(BMC_ACTION_CYCLE);
	struct talk talk = { .power = BMC_POWER_OFF,
			     .lose = ERR_TIMEOUT,
			     .lose_sent = true };

	(void)state;
	assert_int_equal(run(&talk, &on)->err.code, ERR_NONE);
	assert_int_equal(talk.n_changes, 1);
	talk = (struct talk){ .power = BMC_POWER_OFF,
			      .lose = ERR_TIMEOUT,
			      .lose_sent = true,
			      .ignore = true };
	assert_int_equal(run(&talk, &on)->err.code, ERR_OUTCOME);
	assert_int_equal(talk.n_changes, 1);
	talk = (struct talk){ .power = BMC_POWER_ON,
			      .lose = ERR_TIMEOUT,
			      .lose_sent = true };
	assert_int_equal(run(&talk, &cycle)->err.code, ERR_OUTCOME);
	assert_int_equal(talk.n_changes, 1);
}

static void test_a_change_that_never_left_says_so(void **state)
{
	const struct bmc_request on = power(BMC_ACTION_ON);
	struct talk talk = { .power = BMC_POWER_OFF, .lose = ERR_UNREACHABLE };
	const struct bmc_result *result = run(&talk, &on);

	(void)state;
	assert_int_equal(result->err.code, ERR_UNREACHABLE);
	assert_false(result->sent);
}

static void test_a_webhook_that_says_yes_and_does_nothing(void **state)
{
	const struct bmc_request on = power(BMC_ACTION_ON);
	struct talk talk = { .power = BMC_POWER_OFF, .ignore = true };
	const struct bmc_result *result = run(&talk, &on);

	(void)state;
	assert_int_equal(result->err.code, ERR_TIMEOUT);
	assert_string_equal(result->err.message,
			    "the power is off, not on, though the webhook "
			    "said yes");
	assert_int_equal(talk.n_changes, 1);
}

static void test_boot_and_media_are_acknowledged(void **state)
{
	const struct bmc_request boot = {
		.op = BMC_BOOT_SET, .boot = { BMC_BOOT_PXE, false, true }
	};
	struct bmc_request insert = { .op = BMC_MEDIA_INSERT };
	const struct bmc_request eject = { .op = BMC_MEDIA_EJECT };
	struct talk talk = { .power = BMC_POWER_ON };
	const struct bmc_result *result = run(&talk, &boot);

	(void)state;
	assert_int_equal(result->err.code, ERR_NONE);
	assert_true(result->changed && !result->verified);
	assert_int_equal(talk.change.method, RPC_BOOT_SET);
	str_copy(insert.media, sizeof(insert.media), "http://h/x");
	run(&talk, &insert);
	assert_int_equal(talk.change.method, RPC_MEDIA_SET);
	run(&talk, &eject);
	assert_string_equal(talk.change.media, "");
	talk = (struct talk){ .lose = ERR_TIMEOUT, .lose_sent = true };
	assert_int_equal(run(&talk, &boot)->err.code, ERR_OUTCOME);
}

static void test_what_there_is_no_method_for(void **state)
{
	const struct bmc_request requests[] = {
		power(BMC_ACTION_SOFT),
		power(BMC_ACTION_RESET),
		{ .op = BMC_BOOT_GET },
		{ .op = BMC_BOOT_SET, .boot = { .device = BMC_BOOT_HTTP } },
		{ .op = BMC_SENSORS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		struct talk talk = { .power = BMC_POWER_ON };

		assert_int_equal(run(&talk, &requests[i])->err.code,
				 ERR_UNSUPPORTED);
		assert_int_equal(talk.n_changes, 0);
	}
}

static void test_no_answer_at_all_ends_by_the_deadline(void **state)
{
	const struct bmc_request get = { .op = BMC_POWER_GET };
	const struct bmc_request eject = { .op = BMC_MEDIA_EJECT };
	struct rpc_op op;
	struct rpc_ask ask;

	(void)state;
	rpc_op_init(&op, &get, 0);
	assert_true(rpc_op_output(&op, &ask));
	rpc_op_expire(&op, rpc_op_deadline(&op));
	assert_int_equal(op.result.err.code, ERR_TIMEOUT);
	rpc_op_init(&op, &eject, 0);
	assert_true(rpc_op_output(&op, &ask));
	rpc_op_expire(&op, rpc_op_deadline(&op));
	assert_int_equal(op.result.err.code, ERR_OUTCOME);
	assert_true(op.result.sent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_power_is_asked_for),
		RUN(test_a_change_is_looked_at_until_it_is_there),
		RUN(test_what_may_have_been_sent_is_looked_for_first),
		RUN(test_in_doubt_until_the_end_nothing_was_said_to_be_done),
		RUN(test_what_is_so_already_is_not_sent),
		RUN(test_a_cycle_of_what_is_off_is_on),
		RUN(test_an_answer_that_is_lost_is_looked_after),
		RUN(test_a_change_that_never_left_says_so),
		RUN(test_a_webhook_that_says_yes_and_does_nothing),
		RUN(test_boot_and_media_are_acknowledged),
		RUN(test_what_there_is_no_method_for),
		RUN(test_no_answer_at_all_ends_by_the_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
