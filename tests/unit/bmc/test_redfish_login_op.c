/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "bmc/quirk_wire.h"
#include "fake/redfish_talk.h"

#define ONE "{\"Members\":[{\"@odata.id\":\"/s/1\"}]}"
#define TWO                                                                    \
	"{\"Members\":[{\"@odata.id\":\"/s/HGX\"},{\"@odata.id\":\"/s/"        \
	"Self\"}]}"

static const struct bmc_request power_get = { .op = BMC_POWER_GET };

/* ---- sessions ---- */

static void test_a_session_that_is_full_makes_it_basic_for_once(void **state)
{
	struct redfish_response full = {
		.status = 503,
		.body = "{\"error\":{\"@Message.ExtendedInfo\":[{\"MessageId\":"
			"\"IDRAC.2.8.RAC0218\",\"Message\":\"max "
			"sessions\"}]}}",
		.retry_after = "30",
	};
	struct talk talk = { 0 };

	(void)state;
	full.body_len = strlen(full.body);
	talk_known(&talk, &power_get);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 401, "");
	talk_expect(&talk, "POST", "/l");
	talk_say(&talk, &full);
	talk_expect(&talk, "GET", "/s/1");
	assert_string_equal(talk.out.password, "pw");
	assert_null(talk.out.token);
	talk_power(&talk, "On");

	assert_false(talk.session.basic);
	talk_end(&talk, ERR_NONE);
}

static void test_who_wants_no_session_gets_none(void **state)
{
	struct talk talk = { .target = { .basic = true } };

	(void)state;
	talk_begin(&talk, &power_get);
	talk_expect(&talk, "GET", "/redfish/v1/");
	talk_answer(&talk, 200, TALK_ROOT);
	talk_expect(&talk, "GET", "/s");
	assert_string_equal(talk.out.password, "pw");
	talk_answer(&talk, 200, ONE);
	talk_expect(&talk, "GET", "/s/1");
	assert_string_equal(talk.out.password, "pw");
	assert_null(talk.out.token);
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

static void test_where_basic_is_refused_too_it_is_busy(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &power_get);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 401, "");
	talk_expect(&talk, "POST", "/l");
	talk_refuse(&talk, 503, "Base.1.8.SessionLimitExceeded");
	talk_expect(&talk, "GET", "/s/1");
	assert_non_null(talk.out.user);
	talk_answer(&talk, 401, "");
	talk_done(&talk, ERR_BUSY);
	assert_non_null(strstr(talk.result.err.message, "sessions are taken"));

	/* Once was enough: refused logins lock accounts. */
	talk_next(&talk, &power_get);
	for (int i = 0; i < 6; i++) {
		talk_expect(&talk, "POST", "/l");
		talk_refuse(&talk, 503, "Base.1.8.SessionLimitExceeded");
		if (!redfish_op_done(talk.op))
			talk_wait(&talk);
	}
	talk_end(&talk, ERR_BUSY);
}

static void test_a_login_that_is_busy_is_tried_again_later(void **state)
{
	struct redfish_response busy = { .status = 503,
					 .body = "",
					 .retry_after = "3" };
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &power_get);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 401, "");
	talk_expect(&talk, "POST", "/l");
	talk_say(&talk, &busy);
	talk_wait(&talk);
	assert_int_equal(talk.now, 4000);
	talk_expect(&talk, "POST", "/l");
	talk_login(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

static void test_a_password_that_has_to_be_changed_is_said_so(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_begin(&talk, &power_get);
	talk_expect(&talk, "GET", "/redfish/v1/");
	talk_answer(&talk, 200, TALK_ROOT);
	talk_expect(&talk, "POST", "/l");
	talk_refuse(&talk, 403, "Base.1.8.PasswordChangeRequired");

	talk_end(&talk, ERR_AUTH);
	assert_non_null(strstr(talk.result.err.message, "another password"));
}

static void test_a_token_that_is_refused_at_once_ends_it(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &power_get);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 401, "");
	talk_expect(&talk, "POST", "/l");
	talk_login(&talk);
	talk_expect(&talk, "GET", "/s/1");
	assert_string_equal(talk.out.token, "T2");
	talk_answer(&talk, 401, "");

	talk_end(&talk, ERR_AUTH);
	assert_non_null(strstr(talk.result.err.message, "its token"));
}

static void test_a_login_without_a_token_breaks_the_protocol(void **state)
{
	char token[REDFISH_TOKEN_MAX + 1];
	struct redfish_response long_one = { .status = 201, .body = "" };
	struct talk talk = { 0 };

	(void)state;
	memset(token, 'x', sizeof(token) - 1);
	token[sizeof(token) - 1] = '\0';
	long_one.token = token;
	for (int i = 0; i < 2; i++) {
		talk_begin(&talk, &power_get);
		talk_expect(&talk, "GET", "/redfish/v1/");
		talk_answer(&talk, 200, TALK_ROOT);
		talk_expect(&talk, "POST", "/l");
		if (i)
			talk_say(&talk, &long_one);
		else
			talk_answer(&talk, 201, "{}");
		talk_end(&talk, ERR_PROTOCOL);
	}
}

static void test_sessions_are_not_used_where_they_are_said_to_fail(void **state)
{
	static const char text[] = "- vendor: Acme\n  evidence: e\n"
				   "  rules: { sessions: never }\n";
	struct talk talk = { .target = { .vendor = "ACME" } };
	struct quirk_table *table = quirk_table_new();
	struct err err;

	(void)state;
	assert_int_equal(quirk_parse(table, text, strlen(text), "q", &err), 0);
	talk.session.quirks = table;
	talk_begin(&talk, &power_get);
	talk_expect(&talk, "GET", "/redfish/v1/");
	talk_answer(&talk, 200, TALK_ROOT);
	talk_expect(&talk, "GET", "/s");
	assert_string_equal(talk.out.user, "adm");
	talk_answer(&talk, 200, ONE);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "Off");

	talk_end(&talk, ERR_NONE);
	quirk_table_free(table);
}

static void test_a_root_that_wants_a_login_has_the_usual_paths(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_begin(&talk, &power_get);
	talk_expect(&talk, "GET", "/redfish/v1/");
	talk_answer(&talk, 401, "<html>no</html>");
	talk_expect(&talk, "POST", "/redfish/v1/SessionService/Sessions");
	talk_login(&talk);
	talk_expect(&talk, "GET", "/redfish/v1/Systems");
	talk_answer(&talk, 200, ONE);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

static void test_a_root_that_is_no_json_is_an_error_with_a_cause(void **state)
{
	CLEANUP(buf_release) struct buf deep = BUF_INIT(8192);
	struct talk talk = { 0 };

	(void)state;
	talk_begin(&talk, &power_get);
	talk_expect(&talk, "GET", "/redfish/v1/");
	talk_answer(&talk, 200, "{\"Systems\":{\"@odata.id\":\"/s");
	talk_end(&talk, ERR_PROTOCOL);
	assert_non_null(strstr(talk.result.err.message, "service root: "));

	for (int i = 0; i < 2000; i++)
		buf_adds(&deep, "[");
	talk_begin(&talk, &power_get);
	talk_expect(&talk, "GET", "/redfish/v1/");
	talk_answer(&talk, 200, deep.base);
	talk_end(&talk, ERR_PROTOCOL);
}

/* ---- which system ---- */

static void to_systems(struct talk *talk, const char *name)
{
	talk_known(talk, &power_get);
	redfish_op_release(talk->op);
	free(talk->op);
	redfish_learn(&talk->session, &talk->session.system, NULL);
	str_copy(talk->target.system, sizeof(talk->target.system), name);
	talk_next(talk, &power_get);
}

static void test_the_only_system_needs_no_name(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_systems(&talk, "");
	talk_expect(&talk, "GET", "/s");
	talk_answer(&talk, 200, ONE);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	assert_string_equal(talk.session.system, "/s/1");
	talk_end(&talk, ERR_NONE);
}

static void test_of_several_systems_none_is_guessed(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_systems(&talk, "");
	talk_expect(&talk, "GET", "/s");
	talk_answer(&talk, 200, TWO);

	talk_end(&talk, ERR_INVALID);
	assert_non_null(strstr(talk.result.err.message, "(HGX, Self)"));
}

static void test_a_system_is_found_by_the_end_of_its_path(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_systems(&talk, "self");
	talk_expect(&talk, "GET", "/s");
	talk_answer(&talk, 200, TWO);
	talk_expect(&talk, "GET", "/s/Self");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

static void test_or_by_another_of_its_names(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_systems(&talk, "node-7");
	talk_expect(&talk, "GET", "/s");
	talk_answer(&talk, 200, TWO);
	talk_expect(&talk, "GET", "/s/HGX");
	talk_answer(&talk, 200, "{\"Id\":\"HGX\",\"PowerState\":\"On\"}");
	talk_expect(&talk, "GET", "/s/Self");
	talk_answer(&talk, 200,
		    "{\"HostName\":\"NODE-7\",\"PowerState\":\"Off\"}");
	talk_expect(&talk, "GET", "/s/Self");
	talk_power(&talk, "Off");

	assert_string_equal(talk.session.system, "/s/Self");
	talk_end(&talk, ERR_NONE);
}

static void test_a_name_that_no_system_has_is_not_found(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_systems(&talk, "node-7");
	talk_expect(&talk, "GET", "/s");
	talk_answer(&talk, 200, TWO);
	talk_expect(&talk, "GET", "/s/HGX");
	talk_power(&talk, "On");
	talk_expect(&talk, "GET", "/s/Self");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NOT_FOUND);
	assert_non_null(strstr(talk.result.err.message, "HGX, Self"));
}

static void test_a_path_is_taken_as_it_is(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_systems(&talk, "/redfish/v1/Systems/x");
	talk_expect(&talk, "GET", "/redfish/v1/Systems/x");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

static void test_a_service_without_systems_is_of_no_use(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_systems(&talk, "");
	talk_expect(&talk, "GET", "/s");
	talk_answer(&talk, 200, "{\"Members\":[]}");
	talk_end(&talk, ERR_UNSUPPORTED);

	to_systems(&talk, "");
	talk_expect(&talk, "GET", "/s");
	talk_answer(&talk, 200, "{}");
	talk_end(&talk, ERR_PROTOCOL);
}

static void test_a_system_that_has_moved_is_found_again_once(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &power_get);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 404, "");
	talk_expect(&talk, "GET", "/s/1/");
	talk_answer(&talk, 404, "");
	talk_expect(&talk, "GET", "/redfish/v1/");
	talk_answer(&talk, 200, TALK_ROOT);
	talk_expect(&talk, "GET", "/s");
	talk_answer(&talk, 200, "{\"Members\":[{\"@odata.id\":\"/s/new\"}]}");
	talk_expect(&talk, "GET", "/s/new");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

/* ---- answers to anything ---- */

static void redirect(struct talk *talk, int status, const char *to)
{
	struct redfish_response response = { .status = status,
					     .body = "",
					     .location = to };

	talk_say(talk, &response);
}

static void test_redirects_on_the_same_server_are_followed(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &power_get);
	talk_expect(&talk, "GET", "/s/1");
	redirect(&talk, 308, "/s/1/");
	talk_expect(&talk, "GET", "/s/1/");
	assert_string_equal(talk.out.token, "T1");
	redirect(&talk, 301, "https://BMC/s/2");
	talk_expect(&talk, "GET", "/s/2");
	redirect(&talk, 302, "https://bmc:443/s/3");
	talk_expect(&talk, "GET", "/s/3");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

static void test_redirects_without_end_are_an_error(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &power_get);
	for (int i = 0; i < 4; i++) {
		talk_expect(&talk, "GET", i ? "/s/0" : "/s/1");
		redirect(&talk, 302, "/s/0");
	}

	talk_end(&talk, ERR_PROTOCOL);
}

static void test_redirects_to_elsewhere_are_not_followed(void **state)
{
	static const char *const elsewhere[] = {
		"https://evil/s/1",
		"https://bmc:8443/s/1",
		"http://bmc/s/1",
		"//evil/s/1",
		"https://bmc.evil/s/1",
		"https://bmc@evil/s/1",
		"x",
		"https://bmc",
	};
	struct talk talk = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++) {
		talk_known(&talk, &power_get);
		talk_expect(&talk, "GET", "/s/1");
		redirect(&talk, 302, elsewhere[i]);
		talk_end(&talk, ERR_DENIED);
		assert_non_null(
			strstr(talk.result.err.message, "not followed"));
	}
}

static void test_a_406_is_asked_again_without_accept_encoding(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &power_get);
	talk_expect(&talk, "GET", "/s/1");
	assert_true(talk.out.identity);
	talk_answer(&talk, 406, "");
	talk_expect(&talk, "GET", "/s/1");
	assert_false(talk.out.identity);
	talk_power(&talk, "On");
	talk_done(&talk, ERR_NONE);

	talk_next(&talk, &power_get);
	talk_expect(&talk, "GET", "/s/1");
	assert_false(talk.out.identity);
	talk_answer(&talk, 406, "");
	talk_end(&talk, ERR_PROTOCOL);
}

static void test_a_404_is_asked_again_with_a_slash(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_systems(&talk, "");
	talk_expect(&talk, "GET", "/s");
	talk_answer(&talk, 404, "");
	talk_expect(&talk, "GET", "/s/");
	talk_answer(&talk, 200, ONE);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	assert_true(talk.session.slashed);
	talk_end(&talk, ERR_NONE);
}

static void test_select_is_used_where_it_is_known_and_given_up(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &power_get);
	talk.session.select = true;
	talk_expect(&talk, "GET", "/s/1?$select=PowerState,BootProgress");
	talk_answer(&talk, 200,
		    "{\"PowerState\":\"On\",\"BootProgress\":{\"LastState\":"
		    "\"OSRunning\"}}");
	talk_done(&talk, ERR_NONE);
	assert_int_equal(talk.result.progress, BMC_PROGRESS_OS_RUNNING);

	talk_next(&talk, &power_get);
	talk_expect(&talk, "GET", "/s/1?$select=PowerState,BootProgress");
	talk_answer(&talk, 200, "{\"@odata.id\":\"/s/1\"}");
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	assert_false(talk.session.select);
	talk_done(&talk, ERR_NONE);

	talk.session.select = true;
	talk_next(&talk, &power_get);
	talk_expect(&talk, "GET", "/s/1?$select=PowerState,BootProgress");
	talk_answer(&talk, 501, "");
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	assert_false(talk.session.select);
	talk_end(&talk, ERR_NONE);
}

static void poll(struct talk *talk, const char *power, const char *etag)
{
	AUTO_FREE char *body = xasprintf("{\"PowerState\":\"%s\"}", power);
	struct redfish_response response = { .status = 200,
					     .body = body,
					     .body_len = strlen(body),
					     .etag = etag };

	talk_next(talk, &power_get);
	talk_expect(talk, "GET", "/s/1");
	assert_null(talk->out.if_none_match);
	talk_say(talk, &response);
	talk_done(talk, ERR_NONE);
}

static void test_a_tag_that_tells_of_the_power_saves_bodies(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &power_get);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_done(&talk, ERR_NONE);
	poll(&talk, "On", "\"1\"");
	poll(&talk, "Off", "\"2\"");
	assert_true(talk.session.etag_tells);
	for (int i = 0; i < 8; i++) {
		talk_next(&talk, &power_get);
		talk_expect(&talk, "GET", "/s/1");
		assert_string_equal(talk.out.if_none_match, "\"2\"");
		talk_answer(&talk, 304, "");
		talk_done(&talk, ERR_NONE);
		assert_int_equal(talk.result.power, BMC_POWER_OFF);
	}

	/* It is not believed for ever; and not at all when it lied. */
	poll(&talk, "On", "\"2\"");
	assert_true(talk.session.etag_lies);
	poll(&talk, "On", "\"2\"");
	redfish_session_release(&talk.session);
}

static void test_a_304_that_was_not_asked_for_is_no_answer(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &power_get);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 304, "");

	talk_end(&talk, ERR_PROTOCOL);
}

static void test_a_gap_is_kept_between_requests(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_systems(&talk, "");
	talk.session.rules.gap_ms = 700;
	talk_expect(&talk, "GET", "/s");
	talk_answer(&talk, 200, ONE);
	talk_expect_nothing(&talk);
	talk_wait(&talk);
	assert_int_equal(talk.now, 1700);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_NONE);
}

static void test_who_made_it_decides_its_rules(void **state)
{
	struct bmc_request off = { .op = BMC_POWER_SET,
				   .action = BMC_ACTION_OFF };
	struct quirk_table *table = quirk_table_new();
	struct talk talk = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(quirk_parse_builtin(table, &err), 0);
	talk.session.quirks = table;
	talk_begin(&talk, &off);
	talk_expect(&talk, "GET", "/redfish/v1/");
	talk_answer(&talk, 200,
		    "{\"Vendor\":\"HPE\",\"Systems\":{\"@odata.id\":\"/s\"},"
		    "\"Managers\":{\"@odata.id\":\"/m\"}}");
	assert_int_equal(talk.session.rules.boot_mode, BMC_USE_NEVER);
	talk_expect(&talk, "POST", "/redfish/v1/SessionService/Sessions");
	talk_login(&talk);
	talk_expect(&talk, "GET", "/s");
	talk_answer(&talk, 200, ONE);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200,
		    "{\"Manufacturer\":\"HPE\",\"Model\":\"DL360 Gen10\","
		    "\"PowerState\":\"Off\"}");
	talk_expect(&talk, "GET", "/m");
	talk_answer(&talk, 200, "{\"Members\":[{\"@odata.id\":\"/m/1\"}]}");
	talk_expect(&talk, "GET", "/m/1");
	talk_answer(&talk, 200,
		    "{\"Model\":\"iLO 5\",\"FirmwareVersion\":"
		    "\"iLO 5 v2.33\"}");

	assert_true(talk.session.identified);
	assert_string_equal(talk.session.who.model, "DL360 Gen10");
	assert_string_equal(talk.session.who.controller, "iLO 5");
	assert_string_equal(talk.session.who.firmware, "iLO 5 v2.33");
	assert_string_equal(talk.session.manager, "/m/1");
	talk_end(&talk, ERR_NONE);
	quirk_table_free(table);
}

static void test_a_manager_that_is_mute_does_not_hold_it_up(void **state)
{
	struct bmc_request off = { .op = BMC_POWER_SET,
				   .action = BMC_ACTION_OFF };
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &off);
	talk.session.identified = false;
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "Off");
	talk_expect(&talk, "GET", "/m");
	talk_silence(&talk, ERR_TIMEOUT, true);

	assert_true(talk.session.identified);
	talk_end(&talk, ERR_NONE);
}

static void test_the_logout_deletes_the_session(void **state)
{
	struct bmc_target target = { .host = "bmc" };
	struct redfish_session session;
	struct redfish_request out;

	(void)state;
	redfish_session_init(&session, &target, NULL);
	assert_false(redfish_logout(&session, &out));
	redfish_learn(&session, &session.token, "T");
	assert_false(redfish_logout(&session, &out));
	redfish_learn(&session, &session.uri, "/l/3");

	assert_true(redfish_logout(&session, &out));
	assert_string_equal(out.method, "DELETE");
	assert_string_equal(out.path, "/l/3");
	assert_string_equal(out.token, "T");
	redfish_session_release(&session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_session_that_is_full_makes_it_basic_for_once),
		RUN(test_who_wants_no_session_gets_none),
		RUN(test_where_basic_is_refused_too_it_is_busy),
		RUN(test_a_login_that_is_busy_is_tried_again_later),
		RUN(test_a_password_that_has_to_be_changed_is_said_so),
		RUN(test_a_token_that_is_refused_at_once_ends_it),
		RUN(test_a_login_without_a_token_breaks_the_protocol),
		RUN(test_sessions_are_not_used_where_they_are_said_to_fail),
		RUN(test_a_root_that_wants_a_login_has_the_usual_paths),
		RUN(test_a_root_that_is_no_json_is_an_error_with_a_cause),
		RUN(test_the_only_system_needs_no_name),
		RUN(test_of_several_systems_none_is_guessed),
		RUN(test_a_system_is_found_by_the_end_of_its_path),
		RUN(test_or_by_another_of_its_names),
		RUN(test_a_name_that_no_system_has_is_not_found),
		RUN(test_a_path_is_taken_as_it_is),
		RUN(test_a_service_without_systems_is_of_no_use),
		RUN(test_a_system_that_has_moved_is_found_again_once),
		RUN(test_redirects_on_the_same_server_are_followed),
		RUN(test_redirects_without_end_are_an_error),
		RUN(test_redirects_to_elsewhere_are_not_followed),
		RUN(test_a_406_is_asked_again_without_accept_encoding),
		RUN(test_a_404_is_asked_again_with_a_slash),
		RUN(test_select_is_used_where_it_is_known_and_given_up),
		RUN(test_a_tag_that_tells_of_the_power_saves_bodies),
		RUN(test_a_304_that_was_not_asked_for_is_no_answer),
		RUN(test_a_gap_is_kept_between_requests),
		RUN(test_who_made_it_decides_its_rules),
		RUN(test_a_manager_that_is_mute_does_not_hold_it_up),
		RUN(test_the_logout_deletes_the_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
