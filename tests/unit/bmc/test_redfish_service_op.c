/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "fake/redfish_talk.h"

/* ---- the BMC's restart ---- */

#define MANAGER                                                                \
	"{\"Actions\":{\"#Manager.Reset\":{\"target\":\"/mr\","                \
	"\"ResetType@Redfish.AllowableValues\":[\"GracefulRestart\"]}}}"

static const struct bmc_request restart = { .op = BMC_BMC_RESET };

static void to_restart(struct talk *talk)
{
	talk_known(talk, &restart);
	talk_expect(talk, "GET", "/m");
	talk_answer(talk, 200, "{\"Members\":[{\"@odata.id\":\"/m/1\"}]}");
	talk_expect(talk, "GET", "/m/1");
	talk_answer(talk, 200, MANAGER);
	talk_expect(talk, "POST", "/mr");
	talk_expect_body(talk, "{\"ResetType\":\"GracefulRestart\"}");
}

static void look(struct talk *talk)
{
	talk_wait(talk);
	talk_expect(talk, "GET", "/m/1");
}

static void test_a_restart_is_seen_by_its_going_away(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_restart(&talk);
	talk_answer(&talk, 204, "");
	look(&talk);
	talk_answer(&talk, 200, MANAGER);
	look(&talk);
	talk_silence(&talk, ERR_UNREACHABLE, false);
	look(&talk);
	talk_answer(&talk, 503, "");
	look(&talk);
	talk_answer(&talk, 200, MANAGER);

	assert_null(talk.session.token);
	assert_false(talk.session.identified);
	talk_end(&talk, ERR_NONE);
	assert_true(talk.result.verified);
}

static void test_or_by_its_having_forgotten_us(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_restart(&talk);
	talk_silence(&talk, ERR_TIMEOUT, true);
	look(&talk);
	talk_answer(&talk, 401, "");

	talk_end(&talk, ERR_NONE);
}

static void test_one_that_is_not_seen_is_not_verified(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		to_restart(&talk);
		if (lost)
			talk_silence(&talk, ERR_TIMEOUT, true);
		else
			talk_answer(&talk, 204, "");
		while (!redfish_op_done(talk.op)) {
			look(&talk);
			talk_answer(&talk, 200, MANAGER);
		}
		talk_end(&talk, lost ? ERR_OUTCOME : ERR_NONE);
		assert_false(talk.result.verified);
	}
}

static void test_a_restart_that_is_refused_is_not_repeated(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_restart(&talk);
	talk_answer(&talk, 403, "");

	talk_end(&talk, ERR_DENIED);
	assert_false(talk.result.sent);
}

static void test_a_manager_that_lists_its_resets_elsewhere(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &restart);
	talk_expect(&talk, "GET", "/m");
	talk_answer(&talk, 200, "{\"Members\":[{\"@odata.id\":\"/m/1\"}]}");
	talk_expect(&talk, "GET", "/m/1");
	talk_answer(&talk, 200,
		    "{\"Actions\":{\"#Manager.Reset\":{\"target\":\"/mr\","
		    "\"@Redfish.ActionInfo\":\"/mi\"}}}");
	talk_expect(&talk, "GET", "/mi");
	talk_answer(&talk, 200,
		    "{\"Parameters\":[{\"Name\":\"ResetType\","
		    "\"AllowableValues\":[\"ForceRestart\"]}]}");
	talk_expect(&talk, "POST", "/mr");
	talk_expect_body(&talk, "{\"ResetType\":\"ForceRestart\"}");
	talk_answer(&talk, 200, "");
	look(&talk);
	talk_answer(&talk, 401, "");

	talk_end(&talk, ERR_NONE);
}

static void test_a_bmc_that_cannot_restart_is_unsupported(void **state)
{
	static const char *const bodies[] = {
		"{}",
		"{\"Actions\":{\"#Manager.Reset\":{\"target\":\"/mr\","
		"\"ResetType@Redfish.AllowableValues\":[\"On\"]}}}",
	};
	struct talk talk = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		talk_known(&talk, &restart);
		talk_expect(&talk, "GET", "/m");
		talk_answer(&talk, 200,
			    "{\"Members\":[{\"@odata.id\":\"/m/1\"}]}");
		talk_expect(&talk, "GET", "/m/1");
		talk_answer(&talk, 200, bodies[i]);
		talk_end(&talk, ERR_UNSUPPORTED);
	}
	talk_known(&talk, &restart);
	talk_expect(&talk, "GET", "/m");
	talk_answer(&talk, 200, "{\"Members\":[]}");
	talk_end(&talk, ERR_UNSUPPORTED);
}

/* ---- passwords ---- */

static const struct bmc_request change = { .op = BMC_PASSWORD_SET,
					   .secret = "n3w-Secret" };

/* The account is found, and the PATCH is out. */
static void to_change(struct talk *talk, const struct bmc_request *request)
{
	struct redfish_response account = { .status = 200, .etag = "\"a\"" };

	account.body = "{\"UserName\":\"adm\"}";
	if (*request->user)
		account.body = "{\"UserName\":\"other\"}";
	account.body_len = strlen(account.body);
	talk_known(talk, request);
	talk_expect(talk, "GET", "/a");
	talk_answer(talk, 200, "{\"Accounts\":{\"@odata.id\":\"/a/l\"}}");
	talk_expect(talk, "GET", "/a/l");
	talk_answer(talk, 200,
		    "{\"Members\":[{\"@odata.id\":\"/a/1\"},"
		    "{\"@odata.id\":\"/a/2\"},{\"@odata.id\":\"/a/3\"}]}");
	talk_expect(talk, "GET", "/a/1");
	talk_answer(talk, 200, "{\"UserName\":\"\"}");
	talk_expect(talk, "GET", "/a/2");
	talk_answer(talk, 404, "");
	talk_expect(talk, "GET", "/a/2/");
	talk_answer(talk, 404, "");
	talk_expect(talk, "GET", "/a/3");
	talk_say(talk, &account);
	talk_expect(talk, "PATCH", "/a/3");
	talk_expect_body(talk, "{\"Password\":\"n3w-Secret\"}");
	assert_string_equal(talk->out.if_match, "\"a\"");
}

static void probe(struct talk *talk, const char *user)
{
	AUTO_FREE char *body = xasprintf(
		"{\"UserName\":\"%s\",\"Password\":\"n3w-Secret\"}", user);

	talk_wait(talk);
	talk_expect(talk, "POST", "/l");
	talk_expect_body(talk, body);
	assert_null(talk->out.token);
	assert_null(talk->out.user);
	assert_true(talk->out.writes);
}

static void test_a_new_password_is_tried_and_the_session_closed(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_change(&talk, &change);
	talk_answer(&talk, 200, "");
	probe(&talk, "adm");
	talk_login(&talk);
	talk_expect(&talk, "DELETE", "/l/2");
	assert_string_equal(talk.out.token, "T2");
	talk_answer(&talk, 404, ""); /* it does not matter */

	assert_string_equal(talk.session.token, "T1");
	talk_end(&talk, ERR_NONE);
	assert_true(talk.result.changed && talk.result.verified);
}

static void test_the_password_of_another_account(void **state)
{
	struct bmc_request request = change;
	struct talk talk = { 0 };

	(void)state;
	str_copy(request.user, sizeof(request.user), "other");
	to_change(&talk, &request);
	talk_answer(&talk, 204, "");
	probe(&talk, "other");
	talk_answer(&talk, 201, "{}"); /* no token: nothing to close */

	talk_end(&talk, ERR_NONE);
}

static void test_a_lost_answer_is_decided_by_a_login(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_change(&talk, &change);
	talk_silence(&talk, ERR_TIMEOUT, true);
	probe(&talk, "adm");
	talk_silence(&talk, ERR_UNREACHABLE, false);
	probe(&talk, "adm");
	talk_login(&talk);
	talk_expect(&talk, "DELETE", "/l/2");
	talk_silence(&talk, ERR_TIMEOUT, true);
	talk_end(&talk, ERR_NONE);

	to_change(&talk, &change);
	talk_silence(&talk, ERR_TIMEOUT, true);
	for (int i = 0; i < 2; i++) { /* and no more: BMCs lock accounts */
		probe(&talk, "adm");
		talk_answer(&talk, 401, "");
	}
	talk_end(&talk, ERR_MISMATCH);
	assert_null(strstr(talk.result.err.message, "n3w"));
}

static void test_a_password_that_is_too_weak_is_not_tried(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_change(&talk, &change);
	talk_refuse(&talk, 400, "Base.1.0.PropertyValueFormatError");

	talk_end(&talk, ERR_INVALID);
	assert_false(talk.result.sent);
}

static void test_without_sessions_it_is_tried_by_basic(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_change(&talk, &change);
	talk.session.basic = true;
	talk_answer(&talk, 200, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/a");
	assert_string_equal(talk.out.user, "adm");
	assert_string_equal(talk.out.password, "n3w-Secret");
	talk_answer(&talk, 200, "{}");

	talk_end(&talk, ERR_NONE);
}

static void test_an_account_that_has_to_change_it_again_has_it(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	to_change(&talk, &change);
	talk_answer(&talk, 200, "");
	probe(&talk, "adm");
	talk_refuse(&talk, 403, "Base.1.8.PasswordChangeRequired");

	talk_end(&talk, ERR_NONE);
}

static void test_an_account_that_is_not_there_is_not_found(void **state)
{
	struct bmc_request empty = { .op = BMC_PASSWORD_SET };
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &change);
	talk_expect(&talk, "GET", "/a");
	talk_answer(&talk, 200, "{\"Accounts\":{\"@odata.id\":\"/a/l\"}}");
	talk_expect(&talk, "GET", "/a/l");
	talk_answer(&talk, 200, "{\"Members\":[]}");
	talk_end(&talk, ERR_NOT_FOUND);

	talk_known(&talk, &empty);
	talk_end(&talk, ERR_INVALID);
}

static void test_what_redfish_cannot_do_is_unsupported(void **state)
{
	static const enum bmc_op ops[] = { BMC_INFO, BMC_FRU, BMC_LAN_GET,
					   BMC_USERS };
	struct talk talk = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		struct bmc_request request = { .op = ops[i] };

		talk_known(&talk, &request);
		talk_end(&talk, ERR_UNSUPPORTED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_restart_is_seen_by_its_going_away),
		RUN(test_or_by_its_having_forgotten_us),
		RUN(test_one_that_is_not_seen_is_not_verified),
		RUN(test_a_restart_that_is_refused_is_not_repeated),
		RUN(test_a_manager_that_lists_its_resets_elsewhere),
		RUN(test_a_bmc_that_cannot_restart_is_unsupported),
		RUN(test_a_new_password_is_tried_and_the_session_closed),
		RUN(test_the_password_of_another_account),
		RUN(test_a_lost_answer_is_decided_by_a_login),
		RUN(test_a_password_that_is_too_weak_is_not_tried),
		RUN(test_without_sessions_it_is_tried_by_basic),
		RUN(test_an_account_that_has_to_change_it_again_has_it),
		RUN(test_an_account_that_is_not_there_is_not_found),
		RUN(test_what_redfish_cannot_do_is_unsupported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
