/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "fake/redfish_talk.h"

static struct bmc_request power(enum bmc_power_action action)
{
	return (struct bmc_request){ .op = BMC_POWER_SET, .action = action };
}

/* A system that lists these resets, or says where they are listed. */
static void system_with(struct talk *talk, const char *power_state,
			const char *reset)
{
	AUTO_FREE char *body = xasprintf(
		"{\"PowerState\":\"%s\",\"Actions\":{\"#ComputerSystem.Reset\":"
		"{\"target\":\"/r\"%s}}}",
		power_state, reset);

	talk_answer(talk, 200, body);
}

static void progress(struct talk *talk, const char *power_state,
		     const char *state)
{
	AUTO_FREE char *body = xasprintf(
		"{\"PowerState\":\"%s\",\"BootProgress\":{\"LastState\":\"%s\"}"
		",\"Actions\":{\"#ComputerSystem.Reset\":{\"target\":\"/r\"}}}",
		power_state, state);

	talk_answer(talk, 200, body);
}

static void test_a_state_on_its_way_is_waited_for(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "PoweringOn");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "PoweringOn");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
	assert_false(talk.result.sent);
}

static void test_but_not_for_ever(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	for (int i = 0; i < 5; i++) {
		talk_expect(&talk, "GET", "/s/1");
		talk_power(&talk, "PoweringOff");
		talk_wait(&talk);
	}
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "PoweringOff");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

static void look_in_doubt(struct talk *talk, const char *power_state)
{
	talk_expect(talk, "GET", "/s/1");
	talk_power(talk, power_state);
	talk_wait(talk);
}

static void test_what_may_have_been_sent_is_looked_for_first(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	request.doubtful = true;
	talk_known(&talk, &request);
	look_in_doubt(&talk, "Off");
	look_in_doubt(&talk, "Off");
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_done(&talk, ERR_NONE);
	assert_false(talk.result.sent);

	talk_next(&talk, &request);
	look_in_doubt(&talk, "Off");
	look_in_doubt(&talk, "Off");
	look_in_doubt(&talk, "Off");
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "Off");
	talk_expect(&talk, "POST", "/s/1/reset"); /* it surely was not */
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_end(&talk, ERR_NONE);
}

static void test_in_doubt_the_button_is_not_pressed_again(void **state)
{
	struct bmc_request request = power(BMC_ACTION_SOFT);
	struct talk talk = { 0 };

	(void)state;
	request.doubtful = true;
	request.timeout_ms = 30000;
	talk_known(&talk, &request);
	while (!redfish_op_done(talk.op))
		look_in_doubt(&talk, "On");

	talk_end(&talk, ERR_OUTCOME);
	assert_false(talk.result.sent);
}

static void test_the_button_is_pressed_when_there_is_nothing_else(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	system_with(&talk, "Off",
		    ",\"ResetType@Redfish.AllowableValues\":"
		    "[\"PushPowerButton\"]");
	talk_expect(&talk, "POST", "/r");
	talk_expect_body(&talk, "{\"ResetType\":\"PushPowerButton\"}");
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	system_with(&talk, "On", "");

	talk_end(&talk, ERR_NONE);
}

static void test_but_never_on_an_unknown_state(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	system_with(&talk, "Paused",
		    ",\"ResetType@Redfish.AllowableValues\":"
		    "[\"PushPowerButton\"]");

	talk_end(&talk, ERR_UNSUPPORTED);
	assert_false(talk.result.sent);
}

static void test_where_nothing_is_listed_another_value_is_tried(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	system_with(&talk, "Off", "");
	talk_expect(&talk, "POST", "/r");
	talk_expect_body(&talk, "{\"ResetType\":\"On\"}");
	talk_answer(&talk, 400, "");
	talk_expect(&talk, "GET", "/s/1");
	system_with(&talk, "Off", "");
	talk_wait(&talk);
	talk_expect(&talk, "POST", "/r");
	talk_expect_body(&talk, "{\"ResetType\":\"ForceOn\"}");
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	system_with(&talk, "On", "");

	talk_end(&talk, ERR_NONE);
}

static void test_what_is_refused_while_it_starts_is_sent_later(void **state)
{
	struct bmc_request request = power(BMC_ACTION_OFF);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk.session.rules.untimely_ms = 10000;
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	for (int i = 0; i < 8; i++) {
		talk_expect(&talk, "POST", "/s/1/reset");
		talk_refuse(&talk, 400,
			    "iLO.2.14.UnableToModifyDuringSystemPOST");
		talk_expect(&talk, "GET", "/s/1");
		talk_power(&talk, "On");
		talk_wait(&talk);
		assert_int_equal(talk.now, 11000 + i * 10000);
	}
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_answer(&talk, 200, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "Off");

	talk_end(&talk, ERR_NONE);
}

static void test_what_stays_refused_is_an_error_with_its_cause(void **state)
{
	struct bmc_request request = power(BMC_ACTION_OFF);
	struct talk talk = { 0 };
	unsigned n = 0;

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	for (;; n++) {
		talk_expect(&talk, "POST", "/s/1/reset");
		talk_refuse(&talk, 409, "x");
		talk_expect(&talk, "GET", "/s/1");
		talk_power(&talk, "On");
		if (redfish_op_done(talk.op))
			break;
		talk_wait(&talk);
	}

	assert_int_equal(n, 6);
	talk_end(&talk, ERR_INVALID);
	assert_false(talk.result.sent);
	assert_non_null(strstr(talk.result.err.message, "HTTP 409: no"));
}

/* ---- a reset whose answer is lost ---- */

static void test_signs_of_a_restart_tell_that_a_reset_was_done(void **state)
{
	struct bmc_request request = power(BMC_ACTION_RESET);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	progress(&talk, "On", "OSRunning");
	talk_expect(&talk, "POST", "/r");
	talk_silence(&talk, ERR_TIMEOUT, true);
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	progress(&talk, "On", "OSRunning");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	progress(&talk, "On", "MemoryInitializationStarted");

	talk_end(&talk, ERR_NONE);
	assert_true(talk.result.changed);
}

static void test_without_signs_its_outcome_stays_open(void **state)
{
	struct bmc_request request = power(BMC_ACTION_RESET);
	struct talk talk = { 0 };
	unsigned looks = 0;

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	progress(&talk, "On", "OSRunning");
	talk_expect(&talk, "POST", "/r");
	talk_answer(&talk, 500, "");
	for (; !redfish_op_done(talk.op); looks++) {
		talk_wait(&talk);
		talk_expect(&talk, "GET", "/s/1");
		progress(&talk, "On", "OSRunning");
	}

	assert_int_equal(looks, 5);
	talk_end(&talk, ERR_OUTCOME);
}

static void test_a_503_that_says_no_time_may_have_done_it(void **state)
{
	struct bmc_request request = power(BMC_ACTION_RESET);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_answer(&talk, 503, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_OUTCOME);
}

static void test_a_503_that_says_when_has_not_done_it(void **state)
{
	struct redfish_response busy = { .status = 503,
					 .body = "",
					 .retry_after = "2" };
	struct bmc_request request = power(BMC_ACTION_RESET);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_say(&talk, &busy);
	assert_false(talk.op->result.sent);
	talk_wait(&talk);
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

/* ---- tasks ---- */

static void accept(struct talk *talk, const char *monitor, const char *wait)
{
	struct redfish_response response = { .status = 202,
					     .body = "",
					     .location = monitor,
					     .retry_after = wait };

	talk_say(talk, &response);
}

static void to_task(struct talk *talk, const struct bmc_request *request)
{
	talk_known(talk, request);
	talk_expect(talk, "GET", "/s/1");
	talk_power(talk, "Off");
	talk_expect(talk, "POST", "/s/1/reset");
	accept(talk, "https://bmc/t/1", "7");
	talk_wait(talk);
	assert_int_equal(talk->now, 8000);
	talk_expect(talk, "GET", "/t/1");
}

static void test_a_task_is_followed_until_it_is_done(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	to_task(&talk, &request);
	accept(&talk, NULL, "3");
	talk_wait(&talk);
	assert_int_equal(talk.now, 11000);
	talk_expect(&talk, "GET", "/t/1");
	talk_answer(&talk, 200, "{\"TaskState\":\"Running\"}");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/t/1");
	talk_answer(&talk, 503, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/t/1");
	talk_silence(&talk, ERR_UNREACHABLE, false);
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/t/1");
	talk_answer(&talk, 204, "");
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
	assert_true(talk.result.changed);
}

static void test_a_task_that_vanishes_is_looked_behind(void **state)
{
	static const int gone[] = { 404, 410 };
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(gone); i++) {
		to_task(&talk, &request);
		talk_answer(&talk, gone[i], "");
		talk_wait(&talk);
		talk_expect(&talk, "GET", "/s/1");
		talk_power(&talk, "Off");
		talk_wait(&talk);
		talk_expect(&talk, "GET", "/s/1");
		talk_power(&talk, "On");
		talk_end(&talk, ERR_NONE);
	}
}

static void test_a_task_that_fails_says_why(void **state)
{
	static const char failed[] =
		"{\"TaskState\":\"Exception\",\"Messages\":[{\"Message\":"
		"\"fuse blown\"}]}";
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		to_task(&talk, &request);
		talk_answer(&talk, i ? 400 : 200, failed);
		talk_expect(&talk, "GET", "/s/1");
		talk_power(&talk, "Off");
		talk_end(&talk, ERR_INVALID);
		assert_non_null(strstr(talk.result.err.message, "fuse blown"));
		assert_true(talk.result.sent);
	}
}

static void test_a_task_without_end_is_looked_behind_at_last(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };
	unsigned n = 0;

	(void)state;
	request.timeout_ms = 600000;
	to_task(&talk, &request);
	for (;; n++) {
		talk_answer(&talk, 200, "{\"TaskState\":\"Running\"}");
		talk_wait(&talk);
		assert_true(redfish_op_output(talk.op, &talk.out));
		if (str_eq(talk.out.path, "/s/1"))
			break;
	}
	talk_power(&talk, "On");

	assert_int_equal(n, 60);
	talk_end(&talk, ERR_NONE);
}

static void test_a_202_that_names_no_task_is_an_answer(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "Off");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_answer(&talk, 202, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

static void test_a_task_may_be_named_in_the_body(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "Off");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_answer(&talk, 202,
		    "{\"@odata.id\":\"/t/9\",\"TaskState\":\"New\"}");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/t/9");
	talk_answer(&talk, 200, "{\"TaskState\":\"Completed\"}");
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

static void test_after_off_there_is_time_to_settle(void **state)
{
	struct bmc_request request = power(BMC_ACTION_CYCLE);
	struct talk talk = { 0 };
	mono_ms off;

	(void)state;
	talk_known(&talk, &request);
	talk.session.rules.settle_ms = 5000;
	talk_expect(&talk, "GET", "/s/1");
	system_with(&talk, "On",
		    ",\"ResetType@Redfish.AllowableValues\":"
		    "[\"On\",\"ForceOff\"]");
	talk_expect(&talk, "POST", "/r");
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	system_with(&talk, "Off", "");
	off = talk.now;
	talk_wait(&talk);
	assert_int_equal(talk.now, off + 5000);
	talk_expect(&talk, "POST", "/r");
	talk_expect_body(&talk, "{\"ResetType\":\"On\"}");
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	system_with(&talk, "On", "");

	talk_end(&talk, ERR_NONE);
}

/* ---- NMI ---- */

static void test_an_nmi_is_sent_once_and_cannot_be_seen(void **state)
{
	struct bmc_request request = { .op = BMC_NMI };
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	system_with(&talk, "On", ",\"@Redfish.ActionInfo\":\"/i\"");
	talk_expect(&talk, "GET", "/i");
	talk_answer(&talk, 200,
		    "{\"Parameters\":[{\"Name\":\"ResetType\","
		    "\"AllowableValues\":[\"On\",\"Nmi\"]}]}");
	talk_expect(&talk, "POST", "/r");
	talk_expect_body(&talk, "{\"ResetType\":\"Nmi\"}");
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	system_with(&talk, "On", "");

	talk_end(&talk, ERR_NONE);
	assert_true(talk.result.changed);
	assert_false(talk.result.verified);
}

static void test_an_nmi_without_an_answer_is_not_repeated(void **state)
{
	struct bmc_request request = { .op = BMC_NMI };
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	system_with(&talk, "On", "");
	talk_expect(&talk, "POST", "/r");
	talk_silence(&talk, ERR_TIMEOUT, true);
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	system_with(&talk, "On", "");

	talk_end(&talk, ERR_OUTCOME);
}

static void test_an_nmi_that_cannot_be_is_refused(void **state)
{
	struct bmc_request request = { .op = BMC_NMI };
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On"); /* lists no Nmi */
	talk_end(&talk, ERR_UNSUPPORTED);

	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	system_with(&talk, "Off", "");
	talk_end(&talk, ERR_INVALID);

	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	system_with(&talk, "On", "");
	talk_expect(&talk, "POST", "/r");
	talk_answer(&talk, 400, "");
	talk_end(&talk, ERR_INVALID);
}

static void test_a_system_that_cannot_be_switched_is_unsupported(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{\"PowerState\":\"Off\"}");

	talk_end(&talk, ERR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_state_on_its_way_is_waited_for),
		RUN(test_but_not_for_ever),
		RUN(test_what_may_have_been_sent_is_looked_for_first),
		RUN(test_in_doubt_the_button_is_not_pressed_again),
		RUN(test_the_button_is_pressed_when_there_is_nothing_else),
		RUN(test_but_never_on_an_unknown_state),
		RUN(test_where_nothing_is_listed_another_value_is_tried),
		RUN(test_what_is_refused_while_it_starts_is_sent_later),
		RUN(test_what_stays_refused_is_an_error_with_its_cause),
		RUN(test_signs_of_a_restart_tell_that_a_reset_was_done),
		RUN(test_without_signs_its_outcome_stays_open),
		RUN(test_a_503_that_says_no_time_may_have_done_it),
		RUN(test_a_503_that_says_when_has_not_done_it),
		RUN(test_a_task_is_followed_until_it_is_done),
		RUN(test_a_task_that_vanishes_is_looked_behind),
		RUN(test_a_task_that_fails_says_why),
		RUN(test_a_task_without_end_is_looked_behind_at_last),
		RUN(test_a_202_that_names_no_task_is_an_answer),
		RUN(test_a_task_may_be_named_in_the_body),
		RUN(test_after_off_there_is_time_to_settle),
		RUN(test_an_nmi_is_sent_once_and_cannot_be_seen),
		RUN(test_an_nmi_without_an_answer_is_not_repeated),
		RUN(test_an_nmi_that_cannot_be_is_refused),
		RUN(test_a_system_that_cannot_be_switched_is_unsupported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
