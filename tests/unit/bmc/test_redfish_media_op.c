/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "fake/redfish_talk.h"

#define URL "http://10.0.0.1/hook.iso"
#define ACTIONS                                                                \
	",\"Actions\":{\"#VirtualMedia.InsertMedia\":{\"target\":\"/i\"},"     \
	"\"#VirtualMedia.EjectMedia\":{\"target\":\"/e\"}}"

static const struct bmc_request insert = { .op = BMC_MEDIA_INSERT,
					   .media = URL };
static const struct bmc_request eject = { .op = BMC_MEDIA_EJECT };

/* What a drive shows; NULL: it is empty. */
static void drive(struct talk *talk, const char *image, const char *more)
{
	AUTO_FREE char *body =
		image ? xasprintf("{\"MediaTypes\":[\"CD\"],\"Inserted\":true,"
				  "\"Image\":\"%s\"%s}",
				  image, more)
		      : xasprintf("{\"MediaTypes\":[\"CD\"],\"Inserted\":false"
				  "%s}",
				  more);

	talk_answer(talk, 200, body);
}

/* A drive that is known. */
static void begin(struct talk *talk, const struct bmc_request *request)
{
	talk_known(talk, request);
	redfish_op_release(talk->op);
	free(talk->op);
	redfish_learn(&talk->session, &talk->session.media, "/v/c");
	talk_next(talk, request);
	talk_expect(talk, "GET", "/v/c");
}

static void look(struct talk *talk)
{
	talk_wait(talk);
	talk_expect(talk, "GET", "/v/c");
}

static void test_what_is_in_is_not_inserted(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &insert);
	drive(&talk, URL, ACTIONS);
	talk_end(&talk, ERR_NONE);
	assert_false(talk.result.sent);

	begin(&talk, &insert);
	drive(&talk, "hook.iso", ACTIONS); /* the name alone */
	talk_end(&talk, ERR_NONE);

	begin(&talk, &eject);
	drive(&talk, NULL, ACTIONS);
	talk_end(&talk, ERR_NONE);
	assert_false(talk.result.changed);
}

static void test_an_image_without_a_name_is_not_ours(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &insert);
	drive(&talk, "", ACTIONS);
	talk_expect(&talk, "POST", "/e");
	talk_answer(&talk, 204, "");
	look(&talk);
	drive(&talk, NULL, ACTIONS);
	talk_expect(&talk, "POST", "/i");
	assert_null(talk.out.if_match);
	talk_answer(&talk, 204, "");
	look(&talk);
	drive(&talk, "", ACTIONS); /* but now it must be */

	talk_end(&talk, ERR_NONE);
}

/* Dell: an eject takes its time. */
static void test_an_eject_that_is_late_is_waited_for(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &eject);
	drive(&talk, URL, ACTIONS);
	talk_expect(&talk, "POST", "/e");
	talk_answer(&talk, 204, "");
	for (int i = 0; i < 5; i++) {
		look(&talk);
		drive(&talk, URL, ACTIONS);
	}
	look(&talk);
	drive(&talk, NULL, ACTIONS);

	talk_end(&talk, ERR_NONE);
	assert_true(talk.result.changed);
}

static void test_what_may_have_been_sent_is_looked_for_first(void **state)
{
	struct bmc_request request = eject;
	struct talk talk = { 0 };

	(void)state;
	request.doubtful = true;
	begin(&talk, &request);
	drive(&talk, URL, ACTIONS);
	look(&talk);
	drive(&talk, URL, ACTIONS);
	look(&talk);
	drive(&talk, NULL, ACTIONS);
	talk_end(&talk, ERR_NONE);
	assert_false(talk.result.sent);

	request = insert;
	request.doubtful = true;
	begin(&talk, &request);
	for (int i = 0; i < 3; i++) {
		drive(&talk, NULL, ACTIONS);
		look(&talk);
	}
	drive(&talk, NULL, ACTIONS);
	talk_expect(&talk, "POST", "/i"); /* it surely was not */
	talk_answer(&talk, 204, "");
	look(&talk);
	drive(&talk, URL, ACTIONS);
	talk_end(&talk, ERR_NONE);
}

static void test_all_forms_of_an_insert_are_tried(void **state)
{
	static const char *const bodies[] = {
		"{\"Image\":\"" URL "\",\"Inserted\":true,"
		"\"WriteProtected\":true}",
		"{\"Image\":\"" URL "\",\"Inserted\":true}",
		"{\"Image\":\"" URL "\"}",
		"{\"Image\":\"" URL "\",\"Inserted\":true,"
		"\"WriteProtected\":true,\"MediaType\":\"CD\","
		"\"TransferMethod\":\"Stream\","
		"\"TransferProtocolType\":\"HTTP\"}",
	};
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &insert);
	drive(&talk, NULL, ACTIONS);
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		talk_expect(&talk, "POST", "/i");
		talk_expect_body(&talk, bodies[i]);
		if (i + 1 < ARRAY_LEN(bodies))
			talk_answer(&talk, 400, "");
	}
	talk_answer(&talk, 204, "");
	look(&talk);
	drive(&talk, URL, ACTIONS);

	assert_int_equal(talk.session.insert, REDFISH_INSERT_TYPED);
	talk_done(&talk, ERR_NONE);
	redfish_session_release(&talk.session);
}

static void test_a_rule_says_which_form_is_first(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &insert);
	talk.session.rules.media_insert = BMC_INSERT_IMAGE;
	drive(&talk, NULL, ACTIONS);
	talk_expect(&talk, "POST", "/i");
	talk_expect_body(&talk, "{\"Image\":\"" URL "\"}");
	talk_answer(&talk, 204, "");
	look(&talk);
	drive(&talk, URL, ACTIONS);

	talk_end(&talk, ERR_NONE);
}

/* It says that the drive is empty, and then that it is taken. */
static void test_a_drive_that_is_stale_is_ejected_unseen(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &insert);
	drive(&talk, NULL, ACTIONS);
	talk_expect(&talk, "POST", "/i");
	talk_answer(&talk, 409, "");
	talk_expect(&talk, "POST", "/e");
	talk_answer(&talk, 204, "");
	look(&talk);
	drive(&talk, NULL, ACTIONS);
	talk_expect(&talk, "POST", "/i");
	talk_answer(&talk, 204, "");
	look(&talk);
	drive(&talk, URL, ACTIONS);

	talk_end(&talk, ERR_NONE);
}

static void test_but_once_only(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &insert);
	drive(&talk, NULL, ACTIONS);
	talk_expect(&talk, "POST", "/i");
	talk_answer(&talk, 409, "");
	talk_expect(&talk, "POST", "/e");
	talk_answer(&talk, 409, "");
	talk_expect(&talk, "GET", "/v/c");
	drive(&talk, NULL, ACTIONS);
	for (int i = 0; i < REDFISH_N_INSERTS; i++) {
		talk_expect(&talk, "POST", "/i");
		talk_refuse(&talk, 409, "x");
	}
	talk_expect(&talk, "GET", "/v/c");
	drive(&talk, NULL, ACTIONS);

	talk_end(&talk, ERR_INVALID);
	assert_false(talk.result.sent);
}

static void test_another_image_that_stays_is_a_mismatch(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &insert);
	drive(&talk, NULL, ACTIONS);
	talk_expect(&talk, "POST", "/i");
	talk_answer(&talk, 204, "");
	while (!redfish_op_done(talk.op)) {
		look(&talk);
		drive(&talk, "http://other/x.iso", ACTIONS);
	}

	talk_end(&talk, ERR_MISMATCH);
	assert_non_null(
		strstr(talk.result.err.message, "http://other/x.iso is in"));
}

static void test_an_image_that_does_not_come_is_told_at_the_end(void **state)
{
	struct bmc_request request = insert;
	struct talk talk = { 0 };

	(void)state;
	request.timeout_ms = 10000;
	begin(&talk, &request);
	drive(&talk, NULL, ACTIONS);
	talk_expect(&talk, "POST", "/i");
	talk_answer(&talk, 204, "");
	for (talk_wait(&talk); !redfish_op_done(talk.op); talk_wait(&talk)) {
		talk_expect(&talk, "GET", "/v/c");
		drive(&talk, NULL, ACTIONS);
	}

	talk_end(&talk, ERR_TIMEOUT);
	assert_non_null(strstr(talk.result.err.message, "nothing is in"));
}

static void test_a_licence_that_is_missing_is_told(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &insert);
	drive(&talk, NULL, ACTIONS);
	talk_expect(&talk, "POST", "/i");
	talk_refuse(&talk, 403, "SMC.1.0.OemLicenseNotPassed");

	talk_end(&talk, ERR_DENIED);
}

/* Lenovo XCC: no actions, the drive itself is patched. */
static void test_a_drive_without_actions_is_patched(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	begin(&talk, &insert);
	drive(&talk, "http://old", ",\"@odata.etag\":\"W/\\\"3\\\"\"");
	talk_expect(&talk, "PATCH", "/v/c");
	talk_expect_body(&talk, "{\"Image\":null,\"Inserted\":false}");
	assert_string_equal(talk.out.if_match, "W/\"3\"");
	talk_answer(&talk, 412, "");
	talk_expect(&talk, "PATCH", "/v/c");
	assert_string_equal(talk.out.if_match, "\"3\"");
	talk_answer(&talk, 200, "");
	look(&talk);
	drive(&talk, NULL, ",\"@odata.etag\":\"W/\\\"4\\\"\"");
	talk_expect(&talk, "PATCH", "/v/c");
	assert_non_null(strstr(talk.out.body, URL));
	assert_string_equal(talk.out.if_match, "W/\"4\"");
	talk_answer(&talk, 200, "");
	look(&talk);
	drive(&talk, URL, "");

	talk_end(&talk, ERR_NONE);
}

/* ---- where the drive is ---- */

#define SYSTEM                                                                 \
	"{\"PowerState\":\"On\",\"VirtualMedia\":{\"@odata.id\":\"/sv\"},"     \
	"\"Links\":{\"ManagedBy\":[{\"@odata.id\":\"/m/1\"},"                  \
	"{\"@odata.id\":\"/m/2\"}]}}"

static void test_the_systems_own_drive_comes_first(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &insert);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, SYSTEM);
	talk_expect(&talk, "GET", "/sv");
	talk_answer(&talk, 200, "{\"Members\":[{\"@odata.id\":\"/sv/1\"}]}");
	talk_expect(&talk, "GET", "/sv/1");
	drive(&talk, URL, ACTIONS);

	assert_string_equal(talk.session.media, "/sv/1");
	talk_end(&talk, ERR_NONE);
}

static void test_then_those_of_all_its_managers(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &insert);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, SYSTEM);
	talk_expect(&talk, "GET", "/sv");
	talk_answer(&talk, 200, "{\"Members\":[]}");
	talk_expect(&talk, "GET", "/m/1");
	talk_answer(&talk, 200, "{}");
	talk_expect(&talk, "GET", "/m/2");
	talk_answer(&talk, 200, "{\"VirtualMedia\":{\"@odata.id\":\"/mv\"}}");
	talk_expect(&talk, "GET", "/mv");
	talk_answer(&talk, 200, "{\"Members\":[{\"@odata.id\":\"/mv/1\"}]}");
	talk_expect(&talk, "GET", "/mv/1");
	drive(&talk, URL, ACTIONS);

	talk_end(&talk, ERR_NONE);
}

static void test_a_rule_says_where_to_look(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &insert);
	talk.session.rules.media_place = BMC_PLACE_OTHER;
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, SYSTEM);
	talk_expect(&talk, "GET", "/m/1");
	talk_answer(&talk, 200, "{}");
	talk_expect(&talk, "GET", "/m/2");
	talk_answer(&talk, 200, "{}");

	talk_end(&talk, ERR_UNSUPPORTED);
}

static void test_a_page_that_is_broken_is_an_error(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &insert);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, SYSTEM);
	talk_expect(&talk, "GET", "/sv");
	talk_answer(&talk, 200, "{\"Members\":[{\"@odata.i");
	talk_end(&talk, ERR_PROTOCOL);

	begin(&talk, &insert);
	talk_answer(&talk, 200, "{");
	talk_end(&talk, ERR_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_what_is_in_is_not_inserted),
		RUN(test_an_image_without_a_name_is_not_ours),
		RUN(test_an_eject_that_is_late_is_waited_for),
		RUN(test_what_may_have_been_sent_is_looked_for_first),
		RUN(test_all_forms_of_an_insert_are_tried),
		RUN(test_a_rule_says_which_form_is_first),
		RUN(test_a_drive_that_is_stale_is_ejected_unseen),
		RUN(test_but_once_only),
		RUN(test_another_image_that_stays_is_a_mismatch),
		RUN(test_an_image_that_does_not_come_is_told_at_the_end),
		RUN(test_a_licence_that_is_missing_is_told),
		RUN(test_a_drive_without_actions_is_patched),
		RUN(test_the_systems_own_drive_comes_first),
		RUN(test_then_those_of_all_its_managers),
		RUN(test_a_rule_says_where_to_look),
		RUN(test_a_page_that_is_broken_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
