/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "bmc/redfish_op.h"

#define ROOT_BODY                                                              \
	"{\"Systems\":{\"@odata.id\":\"/s\"},\"Managers\":{\"@odata.id\":"     \
	"\"/m\"},\"Links\":{\"Sessions\":{\"@odata.id\":\"/l\"}}}"
#define SYSTEMS_BODY "{\"Members\":[{\"@odata.id\":\"/s/1\"}]}"
#define RESETS       "[\"On\",\"ForceOff\",\"GracefulShutdown\",\"ForceRestart\"]"

/* A conversation: the operation, the time, and what is out. */
struct talk {
	struct bmc_target target;
	struct redfish_session session;
	struct redfish_op op;
	struct redfish_request out;
	mono_ms now;
};

static void begin(struct talk *talk, const struct bmc_request *request)
{
	str_copy(talk->target.user, sizeof(talk->target.user), "adm");
	str_copy(talk->target.password, sizeof(talk->target.password), "pw");
	talk->now = 1000;
	redfish_op_init(&talk->op, &talk->session, &talk->target, request,
			talk->now);
}

/* With a session that is open and knows its way. */
static void begin_known(struct talk *talk, const struct bmc_request *request)
{
	str_copy(talk->session.token, sizeof(talk->session.token), "T1");
	str_copy(talk->session.uri, sizeof(talk->session.uri), "/l/1");
	str_copy(talk->session.root.systems, sizeof(talk->session.root.systems),
		 "/s");
	str_copy(talk->session.root.managers,
		 sizeof(talk->session.root.managers), "/m");
	str_copy(talk->session.root.sessions,
		 sizeof(talk->session.root.sessions), "/l");
	str_copy(talk->session.system, sizeof(talk->session.system), "/s/1");
	begin(talk, request);
}

/* The next request has to be this one. */
static void expect(struct talk *talk, const char *method, const char *path)
{
	if (!redfish_op_output(&talk->op, &talk->out))
		fail_msg("nothing sent, %s %s expected", method, path);
	assert_string_equal(talk->out.method, method);
	assert_string_equal(talk->out.path, path);
}

static void expect_nothing(struct talk *talk)
{
	assert_false(redfish_op_output(&talk->op, &talk->out));
}

static void answer(struct talk *talk, int status, const char *body)
{
	struct redfish_response response = { .status = status,
					     .body = body,
					     .body_len = strlen(body) };

	redfish_op_input(&talk->op, talk->now, &response);
}

static void answer_login(struct talk *talk)
{
	struct redfish_response response = { .status = 201,
					     .body = "{}",
					     .body_len = 2,
					     .token = "T2",
					     .location = "/l/2" };

	redfish_op_input(&talk->op, talk->now, &response);
}

static void silence(struct talk *talk, enum err_code code, bool sent)
{
	struct redfish_response response = { .body = "", .sent = sent };

	err_set(&response.err, code, "silence");
	redfish_op_input(&talk->op, talk->now, &response);
}

static void answer_system(struct talk *talk, const char *power,
			  const char *enabled, const char *target)
{
	AUTO_FREE char *body = xasprintf(
		"{\"PowerState\":\"%s\",\"@odata.etag\":\"E1\",\"Boot\":{"
		"\"BootSourceOverrideEnabled\":\"%s\","
		"\"BootSourceOverrideTarget\":\"%s\","
		"\"BootSourceOverrideMode\":\"UEFI\"},\"Actions\":{"
		"\"#ComputerSystem.Reset\":{\"target\":\"/s/1/reset\","
		"\"ResetType@Redfish.AllowableValues\":" RESETS "}}}",
		power, enabled, target);

	answer(talk, 200, body);
}

static void answer_power(struct talk *talk, const char *power)
{
	answer_system(talk, power, "Disabled", "None");
}

/* Let the pause pass. */
static void wait(struct talk *talk)
{
	talk->now = redfish_op_deadline(&talk->op);
	assert_true(talk->now < MONO_NEVER);
	redfish_op_expire(&talk->op, talk->now);
}

static void end(struct talk *talk, enum err_code code)
{
	const struct err *err = redfish_op_error(&talk->op);

	assert_true(redfish_op_done(&talk->op));
	expect_nothing(talk);
	if ((err ? err->code : ERR_NONE) != code)
		fail_msg("ended with %s, expected %s",
			 err ? err->message : "success", err_name(code));
	if (err)
		assert_null(strstr(err->message, "pw"));
	assert_true(redfish_op_deadline(&talk->op) == MONO_NEVER);
	redfish_op_release(&talk->op);
}

static struct bmc_request power(enum bmc_power_action action)
{
	return (struct bmc_request){ .op = BMC_POWER_SET, .action = action };
}

static void test_a_first_read_logs_in_and_finds_the_system(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_GET };
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	expect(&talk, "GET", "/redfish/v1/");
	assert_null(talk.out.token);
	assert_false(talk.out.basic);
	answer(&talk, 200, ROOT_BODY);
	expect(&talk, "POST", "/l");
	assert_string_equal(talk.out.body,
			    "{\"UserName\":\"adm\",\"Password\":\"pw\"}");
	answer_login(&talk);
	expect(&talk, "GET", "/s");
	assert_string_equal(talk.out.token, "T2");
	answer(&talk, 200, SYSTEMS_BODY);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "On");

	end(&talk, ERR_NONE);
	assert_int_equal(talk.op.result.power, BMC_POWER_ON);
	assert_false(talk.op.result.sent);
	assert_string_equal(talk.session.uri, "/l/2");
}

static void test_a_known_session_asks_once(void **state)
{
	struct bmc_request request = { .op = BMC_BOOT_GET };
	struct talk talk = { 0 };

	(void)state;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer_system(&talk, "Off", "Continuous", "Hdd");

	end(&talk, ERR_NONE);
	assert_int_equal(talk.op.result.boot.device, BMC_BOOT_DISK);
	assert_true(talk.op.result.boot.persistent);
}

static void test_without_sessions_it_is_basic_authentication(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_GET };
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	expect(&talk, "GET", "/redfish/v1/");
	answer(&talk, 200, ROOT_BODY);
	expect(&talk, "POST", "/l");
	answer(&talk, 501, "");
	expect(&talk, "GET", "/s");
	assert_true(talk.out.basic);
	assert_null(talk.out.token);
	answer(&talk, 401, "");

	end(&talk, ERR_AUTH);
}

static void test_a_wrong_password_is_tried_once(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_GET };
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	expect(&talk, "GET", "/redfish/v1/");
	answer(&talk, 200, ROOT_BODY);
	expect(&talk, "POST", "/l");
	answer(&talk, 401, "");

	end(&talk, ERR_AUTH);
}

static void test_an_old_token_leads_to_one_new_login(void **state)
{
	struct bmc_request request = { .op = BMC_POWER_GET };
	struct talk talk = { 0 };

	(void)state;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer(&talk, 401, "");
	expect(&talk, "POST", "/l");
	answer_login(&talk);
	expect(&talk, "GET", "/s/1");
	assert_string_equal(talk.out.token, "T2");
	answer(&talk, 401, "");

	end(&talk, ERR_AUTH);
}

static void test_power_on_is_sent_and_looked_for(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "Off");
	expect(&talk, "POST", "/s/1/reset");
	assert_string_equal(talk.out.body, "{\"ResetType\":\"On\"}");
	assert_null(talk.out.if_match);
	assert_true(talk.out.writes);
	answer(&talk, 204, "");
	expect_nothing(&talk);
	wait(&talk);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "PoweringOn");
	wait(&talk);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "On");

	end(&talk, ERR_NONE);
	assert_true(talk.op.result.sent);
	assert_true(talk.op.result.changed);
	assert_true(talk.op.result.verified);
}

static void test_what_is_on_is_not_switched_on(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "On");

	end(&talk, ERR_NONE);
	assert_false(talk.op.result.sent);
	assert_false(talk.op.result.changed);
}

static void test_a_lost_answer_to_a_reset_sends_no_second_reset(void **state)
{
	struct bmc_request request = power(BMC_ACTION_RESET);
	struct talk talk = { 0 };

	(void)state;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "On");
	expect(&talk, "POST", "/s/1/reset");
	silence(&talk, ERR_TIMEOUT, true);
	wait(&talk);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "On");

	end(&talk, ERR_OUTCOME);
	assert_true(talk.op.result.sent);
}

static void test_a_lost_answer_to_off_is_found_by_looking(void **state)
{
	struct bmc_request request = power(BMC_ACTION_OFF);
	struct talk talk = { 0 };

	(void)state;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "On");
	expect(&talk, "POST", "/s/1/reset");
	silence(&talk, ERR_UNREACHABLE, true);
	wait(&talk);
	expect(&talk, "GET", "/s/1");
	silence(&talk, ERR_UNREACHABLE, false);
	wait(&talk);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "Off");

	end(&talk, ERR_NONE);
	assert_true(talk.op.result.changed);
}

static void test_a_command_that_never_left_says_so(void **state)
{
	struct bmc_request request = power(BMC_ACTION_OFF);
	struct talk talk = { 0 };

	(void)state;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "On");
	expect(&talk, "POST", "/s/1/reset");
	silence(&talk, ERR_UNREACHABLE, false);

	end(&talk, ERR_UNREACHABLE);
	assert_false(talk.op.result.sent);
}

static void test_power_that_never_comes_ends_at_the_deadline(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };
	unsigned looks = 0;

	(void)state;
	request.timeout_ms = 20000;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "Off");
	expect(&talk, "POST", "/s/1/reset");
	answer(&talk, 200, "{}");
	for (wait(&talk); !redfish_op_done(&talk.op); wait(&talk)) {
		expect(&talk, "GET", "/s/1");
		answer_power(&talk, "Off");
		looks++;
	}

	end(&talk, ERR_TIMEOUT);
	assert_int_equal(talk.now, 21000);
	assert_int_equal(looks, 8);
	assert_string_equal(redfish_op_error(&talk.op)->message,
			    "power is off after on");
}

static void test_the_deadline_ends_a_write_with_its_outcome_open(void **state)
{
	struct bmc_request request = power(BMC_ACTION_RESET);
	struct talk talk = { 0 };

	(void)state;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "On");
	expect(&talk, "POST", "/s/1/reset");
	wait(&talk);

	end(&talk, ERR_OUTCOME);
	assert_true(talk.op.result.sent);
}

static void test_the_deadline_ends_a_read(void **state)
{
	struct bmc_request request = { .op = BMC_PROBE, .timeout_ms = 5000 };
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &request);
	expect(&talk, "GET", "/redfish/v1/");
	wait(&talk);

	end(&talk, ERR_TIMEOUT);
	assert_int_equal(talk.now, 6000);
}

static void test_an_untimely_on_is_sent_again_after_a_while(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "Off");
	expect(&talk, "POST", "/s/1/reset");
	answer(&talk, 409, "");
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "Off");
	wait(&talk);
	assert_int_equal(talk.now, 6000);
	expect(&talk, "POST", "/s/1/reset");
	answer(&talk, 204, "");
	wait(&talk);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "On");

	end(&talk, ERR_NONE);
}

static void test_a_refusal_of_what_is_so_already_is_success(void **state)
{
	struct bmc_request request = power(BMC_ACTION_OFF);
	struct talk talk = { 0 };

	(void)state;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "On");
	expect(&talk, "POST", "/s/1/reset");
	answer(&talk, 400, "");
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "Off");

	end(&talk, ERR_NONE);
	assert_false(talk.op.result.changed);
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
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer(&talk, 200, on);
	expect(&talk, "POST", "/r");
	assert_string_equal(talk.out.body, "{\"ResetType\":\"ForceOff\"}");
	answer(&talk, 204, "");
	wait(&talk);
	expect(&talk, "GET", "/s/1");
	answer(&talk, 200, off);
	expect(&talk, "POST", "/r");
	assert_string_equal(talk.out.body, "{\"ResetType\":\"On\"}");
	answer(&talk, 204, "");
	wait(&talk);
	expect(&talk, "GET", "/s/1");
	answer(&talk, 200, on);

	end(&talk, ERR_NONE);
}

static void test_openbmc_lists_its_resets_elsewhere(void **state)
{
	struct bmc_request request = power(BMC_ACTION_SOFT);
	struct talk talk = { 0 };

	(void)state;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer(&talk, 200,
	       "{\"PowerState\":\"On\",\"Actions\":{\"#ComputerSystem.Reset\":"
	       "{\"target\":\"/r\",\"@Redfish.ActionInfo\":\"/i\"}}}");
	expect(&talk, "GET", "/i");
	answer(&talk, 200,
	       "{\"Parameters\":[{\"Name\":\"ResetType\","
	       "\"AllowableValues\":[\"On\",\"ForceOff\"]}]}");

	end(&talk, ERR_UNSUPPORTED);
	assert_false(talk.op.result.sent);
}

static void test_a_busy_bmc_is_asked_again_when_it_says(void **state)
{
	struct redfish_response busy = { .status = 503,
					 .body = "",
					 .retry_after = "7" };
	struct bmc_request request = { .op = BMC_POWER_GET };
	struct talk talk = { 0 };

	(void)state;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	redfish_op_input(&talk.op, talk.now, &busy);
	wait(&talk);
	assert_int_equal(talk.now, 8000);
	expect(&talk, "GET", "/s/1");
	for (int i = 0; i < 5; i++) {
		redfish_op_input(&talk.op, talk.now, &busy);
		if (redfish_op_done(&talk.op))
			break;
		wait(&talk);
		expect(&talk, "GET", "/s/1");
	}

	end(&talk, ERR_BUSY);
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
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "On");
	expect(&talk, "PATCH", "/s/1");
	assert_string_equal(talk.out.if_match, "E1");
	answer(&talk, 200, "{}");
	wait(&talk);
	expect(&talk, "GET", "/s/1");
	answer_system(&talk, "On", "Once", "Pxe");

	end(&talk, ERR_NONE);
	assert_true(talk.op.result.changed);
	assert_int_equal(talk.op.result.boot.device, BMC_BOOT_PXE);
}

static void test_an_override_that_is_not_taken_is_a_mismatch(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	struct talk talk = { 0 };

	(void)state;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "On");
	expect(&talk, "PATCH", "/s/1");
	answer(&talk, 200, "{}");
	while (!redfish_op_done(&talk.op)) {
		wait(&talk);
		expect(&talk, "GET", "/s/1");
		answer_power(&talk, "On");
	}

	end(&talk, ERR_MISMATCH);
}

static void test_etag_and_mode_are_left_out_where_refused(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	struct talk talk = { 0 };

	(void)state;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "On");
	expect(&talk, "PATCH", "/s/1");
	answer(&talk, 412, "");
	expect(&talk, "PATCH", "/s/1");
	assert_string_equal(talk.out.if_match, "*");
	answer(&talk, 412, "");
	expect(&talk, "PATCH", "/s/1");
	assert_null(talk.out.if_match);
	assert_non_null(strstr(talk.out.body, "Mode"));
	answer(&talk, 400, "");
	expect(&talk, "PATCH", "/s/1");
	assert_null(strstr(talk.out.body, "Mode"));
	answer(&talk, 204, "");
	wait(&talk);
	expect(&talk, "GET", "/s/1");
	answer_system(&talk, "On", "Once", "Pxe");

	end(&talk, ERR_NONE);
	assert_int_equal(talk.session.boot_form, 1);
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
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "On");
	expect(&talk, "GET", "/m");
	answer(&talk, 200, "{\"Members\":[{\"@odata.id\":\"/m/1\"}]}");
	expect(&talk, "GET", "/m/1");
	answer(&talk, 200, "{\"VirtualMedia\":{\"@odata.id\":\"/v\"}}");
	expect(&talk, "GET", "/v");
	answer(&talk, 200,
	       "{\"Members\":[{\"@odata.id\":\"/v/f\"},"
	       "{\"@odata.id\":\"/v/c\"}]}");
	expect(&talk, "GET", "/v/f");
	answer(&talk, 200, "{\"MediaTypes\":[\"Floppy\"]}");
	expect(&talk, "GET", "/v/c");
	answer(&talk, 200, old);
	expect(&talk, "POST", "/e");
	answer(&talk, 204, "");
	wait(&talk);
	expect(&talk, "GET", "/v/c");
	answer(&talk, 200,
	       "{\"Inserted\":false,\"Actions\":{"
	       "\"#VirtualMedia.InsertMedia\":{\"target\":\"/i\"}}}");
	expect(&talk, "POST", "/i");
	answer(&talk, 400, "");
	expect(&talk, "POST", "/i");
	assert_null(strstr(talk.out.body, "WriteProtected"));
	answer(&talk, 204, "");
	wait(&talk);
	expect(&talk, "GET", "/v/c");
	answer(&talk, 200, "{\"Inserted\":true,\"Image\":\"http://new\"}");

	end(&talk, ERR_NONE);
	assert_true(talk.op.result.changed);
}

static void test_an_answer_that_comes_twice_is_passed_over(void **state)
{
	struct bmc_request request = power(BMC_ACTION_ON);
	struct talk talk = { 0 };

	(void)state;
	begin_known(&talk, &request);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "Off");
	answer_power(&talk, "On");
	expect(&talk, "POST", "/s/1/reset");
	answer(&talk, 204, "");
	answer(&talk, 500, "");
	assert_false(redfish_op_done(&talk.op));
	wait(&talk);
	expect(&talk, "GET", "/s/1");
	answer_power(&talk, "On");

	end(&talk, ERR_NONE);
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
