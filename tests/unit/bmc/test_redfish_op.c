/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "fake/redfish_talk.h"

#define SYSTEMS "{\"Members\":[{\"@odata.id\":\"/s/1\"}]}"

static struct bmc_request power(enum bmc_power_action action)
{
	return (struct bmc_request){ .op = BMC_POWER_SET, .action = action };
}

static void test_a_first_read_logs_in_and_finds_the_system(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_GET };
	struct talk talk = { 0 };

	(void)state;
	talk_begin(&talk, &request);
	talk_expect(&talk, "GET", "/redfish/v1/");
	assert_null(talk.out.token);
	assert_null(talk.out.user);
	talk_answer(&talk, 200, TALK_ROOT);
	talk_expect(&talk, "POST", "/l");
	assert_string_equal(talk.out.body,
			    "{\"UserName\":\"adm\",\"Password\":\"pw\"}");
	talk_login(&talk);
	talk_expect(&talk, "GET", "/s");
	assert_string_equal(talk.out.token, "T2");
	talk_answer(&talk, 200, SYSTEMS);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	assert_string_equal(talk.session.uri, "/l/2");
	talk_end(&talk, ERR_NONE);
	assert_int_equal(talk.result.power, BMC_POWER_ON);
	assert_false(talk.result.sent);
}

static void test_a_known_session_asks_once(void **state)
{
	struct bmc_request request = { .op = BMC_BOOT_GET };
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_system(&talk, "Off", "Continuous", "Hdd");

	talk_end(&talk, ERR_NONE);
	assert_int_equal(talk.result.boot.device, BMC_BOOT_DISK);
	assert_true(talk.result.boot.persistent);
}

static void test_without_sessions_it_is_basic_authentication(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_GET };
	struct talk talk = { 0 };

	(void)state;
	talk_begin(&talk, &request);
	talk_expect(&talk, "GET", "/redfish/v1/");
	talk_answer(&talk, 200, TALK_ROOT);
	talk_expect(&talk, "POST", "/l");
	talk_answer(&talk, 501, "");
	talk_expect(&talk, "GET", "/s");
	assert_string_equal(talk.out.user, "adm");
	assert_string_equal(talk.out.password, "pw");
	assert_null(talk.out.token);
	talk_answer(&talk, 401, "");

	talk_end(&talk, ERR_AUTH);
}

static void test_a_wrong_password_is_tried_once(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_GET };
	struct talk talk = { 0 };

	(void)state;
	talk_begin(&talk, &request);
	talk_expect(&talk, "GET", "/redfish/v1/");
	talk_answer(&talk, 200, TALK_ROOT);
	talk_expect(&talk, "POST", "/l");
	talk_answer(&talk, 401, "");

	talk_end(&talk, ERR_AUTH);
}

static void test_an_old_token_leads_to_one_new_login(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_GET };
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 401, "");
	talk_expect(&talk, "POST", "/l");
	talk_login(&talk);
	talk_expect(&talk, "GET", "/s/1");
	assert_string_equal(talk.out.token, "T2");
	talk_answer(&talk, 401, "");

	talk_end(&talk, ERR_AUTH);
}

static void test_power_on_is_sent_and_looked_for(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "Off");
	talk_expect(&talk, "POST", "/s/1/reset");
	assert_string_equal(talk.out.body, "{\"ResetType\":\"On\"}");
	assert_null(talk.out.if_match);
	assert_true(talk.out.writes);
	talk_answer(&talk, 204, "");
	talk_expect_nothing(&talk);
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "PoweringOn");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
	assert_true(talk.result.sent);
	assert_true(talk.result.changed);
	assert_true(talk.result.verified);
}

static void test_what_is_on_is_not_switched_on(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
	assert_false(talk.result.sent);
	assert_false(talk.result.changed);
}

static void test_a_lost_answer_to_a_reset_sends_no_second_reset(void **state)
{
	struct bmc_request request = power(BMC_ACTION_RESET);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_silence(&talk, ERR_TIMEOUT, true);
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_OUTCOME);
	assert_true(talk.result.sent);
}

static void test_a_lost_answer_to_off_is_found_by_looking(void **state)
{
	struct bmc_request request = power(BMC_ACTION_OFF);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_silence(&talk, ERR_UNREACHABLE, true);
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_silence(&talk, ERR_UNREACHABLE, false);
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "Off");

	talk_end(&talk, ERR_NONE);
	assert_true(talk.result.changed);
}

static void test_a_command_that_never_left_says_so(void **state)
{
	struct bmc_request request = power(BMC_ACTION_OFF);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_silence(&talk, ERR_UNREACHABLE, false);

	talk_end(&talk, ERR_UNREACHABLE);
	assert_false(talk.result.sent);
}

static void test_power_that_never_comes_ends_at_the_deadline(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };
	unsigned looks = 0;

	(void)state;
	request.timeout_ms = 20000;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "Off");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_answer(&talk, 200, "{}");
	for (talk_wait(&talk); !redfish_op_done(talk.op); talk_wait(&talk)) {
		talk_expect(&talk, "GET", "/s/1");
		talk_power(&talk, "Off");
		looks++;
	}

	talk_end(&talk, ERR_TIMEOUT);
	assert_int_equal(talk.now, 21000);
	assert_int_equal(looks, 8);
	assert_string_equal(talk.result.err.message, "power is off after on");
}

static void test_the_deadline_ends_a_write_with_its_outcome_open(void **state)
{
	struct bmc_request request = power(BMC_ACTION_RESET);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_wait(&talk);

	talk_end(&talk, ERR_OUTCOME);
	assert_true(talk.result.sent);
}

static void test_the_deadline_ends_a_read(void **state)
{
	struct bmc_request request = { .op = BMC_PROBE, .timeout_ms = 5000 };
	struct talk talk = { 0 };

	(void)state;
	talk_begin(&talk, &request);
	talk_expect(&talk, "GET", "/redfish/v1/");
	talk_wait(&talk);

	talk_end(&talk, ERR_TIMEOUT);
	assert_int_equal(talk.now, 6000);
}

static void test_an_untimely_on_is_sent_again_after_a_while(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "Off");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_answer(&talk, 409, "");
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "Off");
	talk_wait(&talk);
	assert_int_equal(talk.now, 6000);
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

static void test_a_refusal_of_what_is_so_already_is_success(void **state)
{
	struct bmc_request request = power(BMC_ACTION_OFF);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_answer(&talk, 400, "");
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "Off");

	talk_end(&talk, ERR_NONE);
	assert_false(talk.result.changed);
}

static void test_a_cycle_without_restart_is_off_and_on(void **state)
{
	static const char body[] =
		"{\"PowerState\":\"%s\",\"Actions\":{\"#ComputerSystem.Reset\":"
		"{\"target\":\"/r\",\"ResetType@Redfish.AllowableValues\":"
		"[\"On\",\"ForceOff\"]}}}";
	struct bmc_request request = power(BMC_ACTION_CYCLE);
	struct talk talk = { 0 };
	char on[256];
	char off[256];

	(void)state;
	/* NOLINTNEXTLINE: the format is ours */
	snprintf(on, sizeof(on), body, "On");
	snprintf(off, sizeof(off), body, "Off");
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, on);
	talk_expect(&talk, "POST", "/r");
	assert_string_equal(talk.out.body, "{\"ResetType\":\"ForceOff\"}");
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, off);
	talk_expect(&talk, "POST", "/r");
	assert_string_equal(talk.out.body, "{\"ResetType\":\"On\"}");
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, on);

	talk_end(&talk, ERR_NONE);
}

static void test_openbmc_lists_its_resets_elsewhere(void **state)
{
	struct bmc_request request = power(BMC_ACTION_SOFT);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(
		&talk, 200,
		"{\"PowerState\":\"On\",\"Actions\":{\"#ComputerSystem.Reset\":"
		"{\"target\":\"/r\",\"@Redfish.ActionInfo\":\"/i\"}}}");
	talk_expect(&talk, "GET", "/i");
	talk_answer(&talk, 200,
		    "{\"Parameters\":[{\"Name\":\"ResetType\","
		    "\"AllowableValues\":[\"On\",\"ForceOff\"]}]}");

	talk_end(&talk, ERR_UNSUPPORTED);
	assert_false(talk.result.sent);
}

static void test_a_busy_bmc_is_asked_again_when_it_says(void **state)
{
	struct redfish_response busy = { .status = 503,
					 .body = "",
					 .retry_after = "7" };
	struct bmc_request request = { .op = BMC_POWER_GET };
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	redfish_op_input(talk.op, talk.now, &busy);
	talk_wait(&talk);
	assert_int_equal(talk.now, 8000);
	talk_expect(&talk, "GET", "/s/1");
	for (int i = 0; i < 5; i++) {
		redfish_op_input(talk.op, talk.now, &busy);
		if (redfish_op_done(talk.op))
			break;
		talk_wait(&talk);
		talk_expect(&talk, "GET", "/s/1");
	}

	talk_end(&talk, ERR_BUSY);
}

static struct bmc_request boot(enum bmc_device device, bool persistent)
{
	return (struct bmc_request){
		.op = BMC_BOOT_SET,
		.boot = { .device = device,
			  .persistent = persistent,
			  .uefi = true },
	};
}

static void test_a_boot_override_is_patched_and_read_back(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "PATCH", "/s/1");
	assert_string_equal(talk.out.if_match, "E1");
	talk_answer(&talk, 200, "{}");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_system(&talk, "On", "Once", "Pxe");

	talk_end(&talk, ERR_NONE);
	assert_true(talk.result.changed);
	assert_int_equal(talk.result.boot.device, BMC_BOOT_PXE);
}

static void test_an_override_that_is_not_taken_is_a_mismatch(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	for (int i = 0; i < 2; i++) {
		talk_expect(&talk, "PATCH", "/s/1");
		assert_int_equal(!strstr(talk.out.body, "Mode"), i);
		talk_answer(&talk, 200, "{}");
		for (int k = 0; k < 4; k++) {
			talk_wait(&talk);
			talk_expect(&talk, "GET", "/s/1");
			talk_power(&talk, "On");
		}
	}

	assert_false(talk.session.wished);
	talk_end(&talk, ERR_MISMATCH);
	assert_string_equal(talk.result.err.message,
			    "boot override: set to pxe (UEFI), but the BMC "
			    "says none");
}

static void test_etag_and_mode_are_left_out_where_refused(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "PATCH", "/s/1");
	talk_answer(&talk, 412, "");
	talk_expect(&talk, "PATCH", "/s/1");
	assert_string_equal(talk.out.if_match, "*");
	talk_answer(&talk, 412, "");
	talk_expect(&talk, "PATCH", "/s/1");
	assert_null(talk.out.if_match);
	assert_non_null(strstr(talk.out.body, "Mode"));
	talk_answer(&talk, 400, "");
	talk_expect(&talk, "PATCH", "/s/1");
	assert_null(strstr(talk.out.body, "Mode"));
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_system(&talk, "On", "Once", "Pxe");

	assert_int_equal(talk.session.form, 1);
	talk_end(&talk, ERR_NONE);
}

static void test_media_is_found_ejected_and_inserted(void **state)
{
	static const char old[] =
		"{\"MediaTypes\":[\"CD\"],\"Inserted\":true,\"Image\":\"http:"
		"//old\",\"Actions\":{\"#VirtualMedia.InsertMedia\":{"
		"\"target\":\"/i\"},\"#VirtualMedia.EjectMedia\":{"
		"\"target\":\"/e\"}}}";
	struct bmc_request request = { .op = BMC_MEDIA_INSERT,
				       .media = "http://new" };
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "GET", "/m");
	talk_answer(&talk, 200, "{\"Members\":[{\"@odata.id\":\"/m/1\"}]}");
	talk_expect(&talk, "GET", "/m/1");
	talk_answer(&talk, 200, "{\"VirtualMedia\":{\"@odata.id\":\"/v\"}}");
	talk_expect(&talk, "GET", "/v");
	talk_answer(&talk, 200,
		    "{\"Members\":[{\"@odata.id\":\"/v/f\"},"
		    "{\"@odata.id\":\"/v/c\"}]}");
	talk_expect(&talk, "GET", "/v/f");
	talk_answer(&talk, 200, "{\"MediaTypes\":[\"Floppy\"]}");
	talk_expect(&talk, "GET", "/v/c");
	talk_answer(&talk, 200, old);
	talk_expect(&talk, "POST", "/e");
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/v/c");
	talk_answer(&talk, 200,
		    "{\"Inserted\":false,\"Actions\":{"
		    "\"#VirtualMedia.InsertMedia\":{\"target\":\"/i\"}}}");
	talk_expect(&talk, "POST", "/i");
	talk_answer(&talk, 400, "");
	talk_expect(&talk, "POST", "/i");
	assert_null(strstr(talk.out.body, "WriteProtected"));
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/v/c");
	talk_answer(&talk, 200, "{\"Inserted\":true,\"Image\":\"http://new\"}");

	talk_end(&talk, ERR_NONE);
	assert_true(talk.result.changed);
}

static void test_an_answer_that_comes_twice_is_passed_over(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "Off");
	talk_power(&talk, "On");
	talk_expect(&talk, "POST", "/s/1/reset");
	talk_answer(&talk, 204, "");
	talk_answer(&talk, 500, "");
	assert_false(redfish_op_done(talk.op));
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_first_read_logs_in_and_finds_the_system),
		RUN(test_a_known_session_asks_once),
		RUN(test_without_sessions_it_is_basic_authentication),
		RUN(test_a_wrong_password_is_tried_once),
		RUN(test_an_old_token_leads_to_one_new_login),
		RUN(test_power_on_is_sent_and_looked_for),
		RUN(test_what_is_on_is_not_switched_on),
		RUN(test_a_lost_answer_to_a_reset_sends_no_second_reset),
		RUN(test_a_lost_answer_to_off_is_found_by_looking),
		RUN(test_a_command_that_never_left_says_so),
		RUN(test_power_that_never_comes_ends_at_the_deadline),
		RUN(test_the_deadline_ends_a_write_with_its_outcome_open),
		RUN(test_the_deadline_ends_a_read),
		RUN(test_an_untimely_on_is_sent_again_after_a_while),
		RUN(test_a_refusal_of_what_is_so_already_is_success),
		RUN(test_a_cycle_without_restart_is_off_and_on),
		RUN(test_openbmc_lists_its_resets_elsewhere),
		RUN(test_a_busy_bmc_is_asked_again_when_it_says),
		RUN(test_a_boot_override_is_patched_and_read_back),
		RUN(test_an_override_that_is_not_taken_is_a_mismatch),
		RUN(test_etag_and_mode_are_left_out_where_refused),
		RUN(test_media_is_found_ejected_and_inserted),
		RUN(test_an_answer_that_comes_twice_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
