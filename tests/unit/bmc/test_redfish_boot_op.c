/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "fake/redfish_talk.h"

static struct bmc_request boot(enum bmc_device device, bool persistent)
{
	return (struct bmc_request){
		.op = BMC_BOOT_SET,
		.boot = { .device = device,
			  .persistent = persistent,
			  .uefi = true },
	};
}

/* A system with a settings object, and what else it may have. */
static void staged_system(struct talk *talk, const char *target,
			  const char *more)
{
	AUTO_FREE char *body = xasprintf(
		"{\"PowerState\":\"On\",\"@odata.etag\":\"W/\\\"s\\\"\","
		"\"@Redfish.Settings\":{\"SettingsObject\":{\"@odata.id\":"
		"\"/s/1/SD\"}},\"Boot\":{\"BootSourceOverrideEnabled\":\"%s\","
		"\"BootSourceOverrideTarget\":\"%s\","
		"\"BootSourceOverrideMode\":\"UEFI\"%s}}",
		str_eq(target, "None") ? "Disabled" : "Once", target, more);

	talk_answer(talk, 200, body);
}

static void with_etag(struct talk *talk, const char *body, const char *etag)
{
	struct redfish_response response = { .status = 200,
					     .body = body,
					     .body_len = strlen(body),
					     .etag = etag };

	talk_say(talk, &response);
}

static void look(struct talk *talk, const char *target)
{
	talk_wait(talk);
	talk_expect(talk, "GET", "/s/1");
	talk_system(talk, "On", str_eq(target, "None") ? "Disabled" : "Once",
		    target);
}

static void test_what_is_set_already_is_not_written(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_system(&talk, "On", "Once", "Pxe");

	assert_true(talk.session.wished);
	talk_end(&talk, ERR_NONE);
	assert_false(talk.result.sent);
}

static void test_a_wish_is_kept_when_it_holds_and_dropped_at_none(void **state)
{
	struct bmc_request pxe = boot(BMC_BOOT_PXE, true);
	struct bmc_request none = boot(BMC_BOOT_NONE, false);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &pxe);
	talk_expect(&talk, "GET", "/s/1");
	talk_system(&talk, "On", "Continuous", "Pxe");
	talk_done(&talk, ERR_NONE);
	assert_true(talk.session.wished);
	assert_true(talk.session.wish.persistent);

	talk_next(&talk, &none);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	assert_false(talk.session.wished);
	talk_end(&talk, ERR_NONE);
}

/* What is left out is not "Disabled": it is asked for in full. */
static void test_a_look_whose_answer_has_no_boot_asks_for_all(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk.session.select = true;
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "PATCH", "/s/1");
	talk_answer(&talk, 200, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1?$select=PowerState,BootProgress,Boot");
	talk_answer(&talk, 200, "{\"PowerState\":\"On\"}");
	talk_expect(&talk, "GET", "/s/1");
	talk_system(&talk, "On", "Once", "Pxe");

	assert_false(talk.session.select);
	talk_end(&talk, ERR_NONE);
}

static void test_what_it_took_is_what_it_gets_next_time(void **state)
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
	talk_answer(&talk, 400, "");
	talk_expect(&talk, "PATCH", "/s/1");
	assert_null(strstr(talk.out.body, "Mode"));
	assert_string_equal(talk.out.if_match, "*");
	talk_answer(&talk, 200, "");
	look(&talk, "Pxe");
	talk_done(&talk, ERR_NONE);

	request.boot.device = BMC_BOOT_CD;
	talk_next(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "PATCH", "/s/1");
	assert_null(strstr(talk.out.body, "Mode"));
	assert_string_equal(talk.out.if_match, "*");
	talk_answer(&talk, 200, "");
	look(&talk, "Cd");
	talk_end(&talk, ERR_NONE);
}

/* RFC 9110, 8.8.3; compression marks tags, and If-Match is strict. */
static void test_weak_and_marked_tags_are_made_strong(void **state)
{
	static const char *const tags[][2] = {
		{ "W/\"7\"", "\"7\"" },
		{ "\"7-gzip\"", "\"7\"" },
		{ "W/\"7-gzip\"", "\"7\"" },
	};
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	static const char body[] = "{\"PowerState\":\"On\",\"Boot\":{"
				   "\"BootSourceOverrideMode\":\"UEFI\"}}";
	struct talk talk = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
		talk_known(&talk, &request);
		talk_expect(&talk, "GET", "/s/1");
		with_etag(&talk, body, tags[i][0]);
		talk_expect(&talk, "PATCH", "/s/1");
		assert_string_equal(talk.out.if_match, tags[i][0]);
		talk_answer(&talk, 412, "");
		talk_expect(&talk, "PATCH", "/s/1");
		assert_string_equal(talk.out.if_match, tags[i][1]);
		talk_answer(&talk, 200, "");
		look(&talk, "Pxe");
		assert_int_equal(talk.session.etag, BMC_ETAG_STRONG);
		talk_end(&talk, ERR_NONE);
	}
}

static void test_all_ways_to_say_a_tag_are_tried_in_turn(void **state)
{
	static const char *const ways[] = { "W/\"7\"", "\"7\"", "*", NULL,
					    "7" };
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	static const char body[] = "{\"PowerState\":\"On\",\"Boot\":{}}";
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	with_etag(&talk, body, "W/\"7\"");
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		talk_expect(&talk, "PATCH", "/s/1");
		if (ways[i])
			assert_string_equal(talk.out.if_match, ways[i]);
		else
			assert_null(talk.out.if_match);
		talk_answer(&talk, i % 2 ? 428 : 412, "");
	}
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_PROTOCOL);
	assert_false(talk.result.sent);
}

static void test_a_428_gets_any_tag_where_there_was_none(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{\"PowerState\":\"On\",\"Boot\":{}}");
	talk_expect(&talk, "PATCH", "/s/1");
	assert_null(talk.out.if_match);
	talk_answer(&talk, 428, "");
	talk_expect(&talk, "PATCH", "/s/1");
	assert_string_equal(talk.out.if_match, "*");
	talk_answer(&talk, 200, "");
	look(&talk, "Pxe");

	talk_end(&talk, ERR_NONE);
}

/* Dell iDRAC10: read-only at the system. */
static void test_the_settings_object_is_tried_with_its_own_tag(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	staged_system(&talk, "None", "");
	talk_expect(&talk, "PATCH", "/s/1");
	talk_answer(&talk, 405, "");
	talk_expect(&talk, "PATCH", "/s/1");
	talk_answer(&talk, 405, "");
	talk_expect(&talk, "GET", "/s/1/SD");
	with_etag(&talk, "{\"Boot\":{}}", "\"sd\"");
	talk_expect(&talk, "PATCH", "/s/1/SD");
	assert_string_equal(talk.out.if_match, "\"sd\"");
	talk_answer(&talk, 200, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1/SD");
	talk_answer(&talk, 200, "{\"Boot\":{}}");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	staged_system(&talk, "None", "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1/SD");
	talk_answer(&talk, 200,
		    "{\"Boot\":{\"BootSourceOverrideEnabled\":\"Once\","
		    "\"BootSourceOverrideTarget\":\"Pxe\","
		    "\"BootSourceOverrideMode\":\"UEFI\"}}");

	assert_true(talk.session.has_form);
	assert_int_equal(talk.session.form, 2);
	talk_end(&talk, ERR_NONE);
	assert_int_equal(talk.result.boot.device, BMC_BOOT_PXE);
}

static void test_a_rule_says_where_at_once(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk.session.rules.boot_place = BMC_PLACE_OTHER;
	talk_expect(&talk, "GET", "/s/1");
	staged_system(&talk, "None", "");
	talk_expect(&talk, "GET", "/s/1/SD");
	talk_answer(&talk, 403, "");
	talk_expect(&talk, "PATCH", "/s/1/SD");
	assert_string_equal(talk.out.if_match, "*");
	talk_answer(&talk, 200, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1/SD");
	talk_answer(&talk, 403, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	staged_system(&talk, "Pxe", "");

	talk_end(&talk, ERR_NONE);
}

/* AMI: it takes the PATCH at the system, and does nothing with it. */
static void test_what_is_taken_and_not_done_is_tried_elsewhere(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk.session.rules.boot_mode = BMC_USE_ALWAYS;
	talk_expect(&talk, "GET", "/s/1");
	staged_system(&talk, "None", "");
	talk_expect(&talk, "PATCH", "/s/1");
	talk_answer(&talk, 204, "");
	for (int i = 0; i < 4; i++) {
		talk_wait(&talk);
		talk_expect(&talk, "GET", "/s/1");
		staged_system(&talk, "None", "");
	}
	talk_expect(&talk, "GET", "/s/1/SD");
	with_etag(&talk, "{}", "\"sd\"");
	talk_expect(&talk, "PATCH", "/s/1/SD");
	assert_non_null(strstr(talk.out.body, "Mode"));
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1/SD");
	staged_system(&talk, "Pxe", "");

	talk_end(&talk, ERR_NONE);
}

static void test_only_what_changes_is_sent_where_all_is_refused(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_PXE, true);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_system(&talk, "On", "Once", "Pxe");
	talk_expect(&talk, "PATCH", "/s/1");
	talk_answer(&talk, 400, "");
	talk_expect(&talk, "PATCH", "/s/1");
	talk_answer(&talk, 400, "");
	talk_expect(&talk, "PATCH", "/s/1");
	talk_expect_body(&talk, "{\"Boot\":{\"BootSourceOverrideEnabled\":"
				"\"Continuous\"}}");
	talk_answer(&talk, 200, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_system(&talk, "On", "Continuous", "Pxe");

	talk_end(&talk, ERR_NONE);
}

/* Lenovo XCC lists Once and Disabled only. */
static void test_what_cannot_last_is_set_for_once_and_remembered(void **state)
{
	static const char body[] =
		"{\"PowerState\":\"Off\",\"Boot\":{"
		"\"BootSourceOverrideMode\":\"UEFI\","
		"\"BootSourceOverrideEnabled@Redfish.AllowableValues\":"
		"[\"Once\",\"Disabled\"]}}";
	struct bmc_request request = boot(BMC_BOOT_PXE, true);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, body);
	talk_expect(&talk, "PATCH", "/s/1");
	assert_non_null(strstr(talk.out.body, "Once"));
	talk_answer(&talk, 200, "");
	look(&talk, "Pxe");

	assert_true(talk.session.wish.persistent);
	talk_end(&talk, ERR_NONE);
	assert_false(talk.result.boot.persistent);
}

static void test_a_mode_that_is_read_only_is_left_out(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk.session.rules.boot_mode = BMC_USE_NEVER;
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "PATCH", "/s/1");
	assert_null(strstr(talk.out.body, "Mode"));
	talk_answer(&talk, 400, "");
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_INVALID);
}

static void test_while_it_starts_it_is_patched_later(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	for (int i = 0; i < 3; i++) {
		talk_expect(&talk, "PATCH", "/s/1");
		assert_non_null(strstr(talk.out.body, "Mode"));
		talk_refuse(&talk, 400,
			    "iLO.2.8.UnableToModifyDuringSystemPOST");
		talk_expect(&talk, "GET", "/s/1");
		talk_power(&talk, "On");
		talk_wait(&talk);
	}
	talk_expect(&talk, "PATCH", "/s/1");
	talk_answer(&talk, 200, "");
	look(&talk, "Pxe");

	talk_end(&talk, ERR_NONE);
}

static void test_a_lost_answer_is_found_by_looking(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_PXE, false);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "PATCH", "/s/1");
	talk_silence(&talk, ERR_TIMEOUT, true);
	look(&talk, "Pxe");

	talk_end(&talk, ERR_NONE);
	assert_true(talk.result.changed);
}

/* ---- HTTP ---- */

static struct bmc_request boot_url(const char *url)
{
	struct bmc_request request = boot(BMC_BOOT_HTTP, false);

	str_copy(request.media, sizeof(request.media), url);
	return request;
}

#define URL "http://10.0.0.1/boot.efi"

static void test_a_url_to_boot_goes_along(void **state)
{
	struct bmc_request request = boot_url(URL);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	staged_system(&talk, "None", ",\"HttpBootUri\":null");
	talk_expect(&talk, "PATCH", "/s/1");
	talk_expect_body(&talk,
			 "{\"Boot\":{\"BootSourceOverrideEnabled\":\"Once\","
			 "\"BootSourceOverrideTarget\":\"UefiHttp\","
			 "\"BootSourceOverrideMode\":\"UEFI\","
			 "\"HttpBootUri\":\"" URL "\"}}");
	talk_answer(&talk, 200, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	staged_system(&talk, "UefiHttp", ",\"HttpBootUri\":\"http://old\"");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	staged_system(&talk, "UefiHttp", ",\"HttpBootUri\":\"" URL "\"");

	assert_string_equal(talk.session.wish_url, URL);
	talk_end(&talk, ERR_NONE);
}

static void test_without_a_url_dhcp_says_it(void **state)
{
	struct bmc_request request = boot_url("");
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_expect(&talk, "PATCH", "/s/1");
	assert_null(strstr(talk.out.body, "HttpBootUri"));
	talk_answer(&talk, 200, "");
	look(&talk, "UefiHttp");

	talk_end(&talk, ERR_NONE);
}

static void test_where_no_url_can_be_given_it_says_what_can(void **state)
{
	struct bmc_request request = boot_url(URL);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	str_copy(talk.session.rules.http_attribute,
		 sizeof(talk.session.rules.http_attribute), "HttpDev1Uri");
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");

	talk_end(&talk, ERR_UNSUPPORTED);
	assert_non_null(
		strstr(talk.result.err.message, "BIOS attribute HttpDev1Uri"));
}

static void test_a_target_that_is_not_offered_is_unsupported(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_CD, false);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	staged_system(&talk, "None",
		      ",\"BootSourceOverrideTarget@Redfish.AllowableValues\":"
		      "[\"None\",\"Pxe\"]");
	talk_end(&talk, ERR_UNSUPPORTED);

	request.boot.device = BMC_BOOT_OTHER;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_power(&talk, "On");
	talk_end(&talk, ERR_UNSUPPORTED);
}

static void test_rules_that_leave_no_way_are_told(void **state)
{
	struct bmc_request request = boot(BMC_BOOT_CD, false);
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk.session.rules.boot_place = BMC_PLACE_SYSTEM;
	talk.session.rules.etag = BMC_ETAG_ANY;
	talk_expect(&talk, "GET", "/s/1");
	staged_system(&talk, "None", "");
	talk_expect(&talk, "PATCH", "/s/1");
	assert_string_equal(talk.out.if_match, "*");
	talk_answer(&talk, 501, "");
	talk_expect(&talk, "PATCH", "/s/1");
	talk_answer(&talk, 501, "");

	talk_end(&talk, ERR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_what_is_set_already_is_not_written),
		RUN(test_a_wish_is_kept_when_it_holds_and_dropped_at_none),
		RUN(test_a_look_whose_answer_has_no_boot_asks_for_all),
		RUN(test_what_it_took_is_what_it_gets_next_time),
		RUN(test_weak_and_marked_tags_are_made_strong),
		RUN(test_all_ways_to_say_a_tag_are_tried_in_turn),
		RUN(test_a_428_gets_any_tag_where_there_was_none),
		RUN(test_the_settings_object_is_tried_with_its_own_tag),
		RUN(test_a_rule_says_where_at_once),
		RUN(test_what_is_taken_and_not_done_is_tried_elsewhere),
		RUN(test_only_what_changes_is_sent_where_all_is_refused),
		RUN(test_what_cannot_last_is_set_for_once_and_remembered),
		RUN(test_a_mode_that_is_read_only_is_left_out),
		RUN(test_while_it_starts_it_is_patched_later),
		RUN(test_a_lost_answer_is_found_by_looking),
		RUN(test_a_url_to_boot_goes_along),
		RUN(test_without_a_url_dhcp_says_it),
		RUN(test_where_no_url_can_be_given_it_says_what_can),
		RUN(test_a_target_that_is_not_offered_is_unsupported),
		RUN(test_rules_that_leave_no_way_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
