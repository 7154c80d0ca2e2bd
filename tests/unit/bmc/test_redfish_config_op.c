/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "fake/redfish_talk.h"

static void with_etag(struct talk *talk, const char *body, const char *etag)
{
	struct redfish_response response = { .status = 200,
					     .body = body,
					     .body_len = strlen(body),
					     .etag = etag };

	talk_say(talk, &response);
}

/* ---- the light ---- */

static const struct bmc_request light_on = { .op = BMC_IDENTIFY,
					     .seconds = BMC_IDENTIFY_ON };
static const struct bmc_request light_off = { .op = BMC_IDENTIFY };

static void test_the_light_is_switched_and_looked_at(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &light_on);
	talk_expect(&talk, "GET", "/s/1");
	with_etag(&talk, "{\"LocationIndicatorActive\":false}", "\"1\"");
	talk_expect(&talk, "PATCH", "/s/1");
	talk_expect_body(&talk, "{\"LocationIndicatorActive\":true}");
	assert_string_equal(talk.out.if_match, "\"1\"");
	talk_answer(&talk, 200, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{\"LocationIndicatorActive\":true}");
	talk_done(&talk, ERR_NONE);
	assert_true(talk.result.changed);

	talk_next(&talk, &light_off);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{\"LocationIndicatorActive\":false}");
	talk_end(&talk, ERR_NONE);
	assert_false(talk.result.sent);
}

static void test_an_older_light_hangs_on_the_chassis(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &light_on);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200,
		    "{\"Links\":{\"Chassis\":[{\"@odata.id\":\"/c/1\"}]}}");
	talk_expect(&talk, "GET", "/c/1");
	talk_answer(&talk, 200, "{\"IndicatorLED\":\"Off\"}");
	talk_expect(&talk, "PATCH", "/c/1");
	talk_expect_body(&talk, "{\"IndicatorLED\":\"Blinking\"}");
	talk_answer(&talk, 400, "");
	talk_expect(&talk, "PATCH", "/c/1");
	talk_expect_body(&talk, "{\"IndicatorLED\":\"Lit\"}");
	talk_answer(&talk, 200, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/c/1");
	talk_answer(&talk, 200, "{\"IndicatorLED\":\"Lit\"}");

	talk_end(&talk, ERR_NONE);
}

static void test_a_machine_without_a_light_is_unsupported(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &light_on);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{}");
	talk_end(&talk, ERR_UNSUPPORTED);

	talk_known(&talk, &light_on);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200,
		    "{\"Links\":{\"Chassis\":[{\"@odata.id\":\"/c/1\"}]}}");
	talk_expect(&talk, "GET", "/c/1");
	talk_answer(&talk, 200, "{}");
	talk_end(&talk, ERR_UNSUPPORTED);
}

static void test_a_light_that_stays_dark_is_a_mismatch(void **state)
{
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &light_on);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{\"IndicatorLED\":\"Off\"}");
	talk_expect(&talk, "PATCH", "/s/1");
	talk_answer(&talk, 200, "");
	while (!redfish_op_done(talk.op)) {
		talk_wait(&talk);
		talk_expect(&talk, "GET", "/s/1");
		talk_answer(&talk, 200, "{\"IndicatorLED\":\"Off\"}");
	}

	talk_end(&talk, ERR_MISMATCH);
}

/* ---- secure boot ---- */

#define SECURE(on, now)                                                        \
	"{\"SecureBootEnable\":" on ",\"SecureBootCurrentBoot\":\"" now        \
	"\",\"SecureBootMode\":\"UserMode\"}"

static void to_secure(struct talk *talk, const struct bmc_request *request)
{
	talk_known(talk, request);
	talk_expect(talk, "GET", "/s/1");
	talk_answer(talk, 200, "{\"SecureBoot\":{\"@odata.id\":\"/sb\"}}");
	talk_expect(talk, "GET", "/sb");
}

static void test_secure_boot_is_read(void **state)
{
	struct bmc_request request = { .op = BMC_SECURE_BOOT_GET };
	struct talk talk = { 0 };

	(void)state;
	to_secure(&talk, &request);
	talk_answer(&talk, 200, SECURE("true", "Disabled"));
	talk_done(&talk, ERR_NONE);

	assert_true(talk.result.report->secure_boot.enabled);
	assert_false(talk.result.report->secure_boot.active);
	assert_string_equal(talk.result.report->secure_boot.mode, "UserMode");
	bmc_report_free(talk.result.report);
	redfish_session_release(&talk.session);
}

static void test_secure_boot_is_set_for_the_next_start(void **state)
{
	struct bmc_request request = { .op = BMC_SECURE_BOOT_SET, .on = true };
	struct talk talk = { 0 };

	(void)state;
	to_secure(&talk, &request);
	with_etag(&talk, SECURE("false", "Disabled"), "\"5\"");
	talk_expect(&talk, "PATCH", "/sb");
	talk_expect_body(&talk, "{\"SecureBootEnable\":true}");
	talk_answer(&talk, 428, "");
	talk_expect(&talk, "PATCH", "/sb");
	assert_string_equal(talk.out.if_match, "*");
	talk_answer(&talk, 204, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/sb");
	talk_answer(&talk, 200, SECURE("true", "Disabled"));
	talk_end(&talk, ERR_NONE);
	assert_true(talk.result.changed);

	request.on = false;
	to_secure(&talk, &request);
	talk_answer(&talk, 200, SECURE("false", "Disabled"));
	talk_end(&talk, ERR_NONE);
	assert_false(talk.result.sent);
}

static void test_secure_boot_that_is_refused_says_why(void **state)
{
	struct bmc_request request = { .op = BMC_SECURE_BOOT_SET, .on = true };
	struct talk talk = { 0 };

	(void)state;
	to_secure(&talk, &request);
	talk_answer(&talk, 200, SECURE("false", "Disabled"));
	talk_expect(&talk, "PATCH", "/sb");
	talk_refuse(&talk, 400, "x");
	talk_expect(&talk, "GET", "/sb");
	talk_answer(&talk, 200, SECURE("false", "Disabled"));
	talk_end(&talk, ERR_INVALID);

	to_secure(&talk, &request);
	talk_answer(&talk, 200, "{}");
	talk_end(&talk, ERR_UNSUPPORTED);

	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{}");
	talk_end(&talk, ERR_UNSUPPORTED);
}

/* ---- BIOS ---- */

#define BIOS                                                                   \
	"{\"Attributes\":{\"BootMode\":\"Uefi\",\"Cores\":8,\"Turbo\":true},"  \
	"\"@Redfish.Settings\":{\"SettingsObject\":{\"@odata.id\":\"/b/sd\"}," \
	"\"SupportedApplyTimes\":[\"Immediate\",\"OnReset\"]}}"

static void to_bios(struct talk *talk, const struct bmc_request *request)
{
	talk_known(talk, request);
	talk_expect(talk, "GET", "/s/1");
	talk_answer(talk, 200, "{\"Bios\":{\"@odata.id\":\"/b\"}}");
	talk_expect(talk, "GET", "/b");
	talk_answer(talk, 200, BIOS);
}

static struct bmc_request bios_set(const char *name, const char *value)
{
	struct bmc_request request = { .op = BMC_BIOS_SET };

	str_copy(request.name, sizeof(request.name), name);
	str_copy(request.value, sizeof(request.value), value);
	return request;
}

static void test_bios_attributes_are_read_with_what_is_pending(void **state)
{
	struct bmc_request request = { .op = BMC_BIOS_GET };
	const struct bmc_bios *bios;
	struct talk talk = { 0 };

	(void)state;
	to_bios(&talk, &request);
	talk_expect(&talk, "GET", "/b/sd");
	talk_answer(&talk, 200,
		    "{\"Attributes\":{\"BootMode\":\"Uefi\",\"Cores\":4}}");
	talk_done(&talk, ERR_NONE);

	bios = &talk.result.report->bios;
	assert_int_equal(bios->n, 3);
	assert_string_equal(redfish_bios_find(bios, "Cores")->value, "8");
	assert_string_equal(redfish_bios_find(bios, "Cores")->pending, "4");
	assert_string_equal(redfish_bios_find(bios, "Turbo")->value, "true");
	assert_string_equal(redfish_bios_find(bios, "BootMode")->pending, "");
	assert_null(redfish_bios_find(bios, "None"));
	bmc_report_free(talk.result.report);
	redfish_session_release(&talk.session);
}

static void test_a_bios_attribute_is_set_for_the_next_start(void **state)
{
	struct bmc_request request = bios_set("Cores", "4");
	struct talk talk = { 0 };

	(void)state;
	to_bios(&talk, &request);
	talk_expect(&talk, "GET", "/b/sd");
	with_etag(&talk, "{\"Attributes\":{}}", "\"sd\"");
	talk_expect(&talk, "PATCH", "/b/sd");
	talk_expect_body(&talk, "{\"Attributes\":{\"Cores\":4},"
				"\"@Redfish.SettingsApplyTime\":{\"ApplyTime\":"
				"\"OnReset\"}}");
	assert_string_equal(talk.out.if_match, "\"sd\"");
	talk_answer(&talk, 202, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/b/sd");
	talk_answer(&talk, 200, "{\"Attributes\":{}}");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/b");
	talk_answer(&talk, 200, BIOS);
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/b/sd");
	talk_answer(&talk, 200, "{\"Attributes\":{\"Cores\":4}}");

	talk_end(&talk, ERR_NONE);
	assert_true(talk.result.changed);
}

static void test_what_is_pending_already_is_not_set(void **state)
{
	struct bmc_request request = bios_set("Turbo", "false");
	struct talk talk = { 0 };

	(void)state;
	to_bios(&talk, &request);
	talk_expect(&talk, "GET", "/b/sd");
	talk_answer(&talk, 200, "{\"Attributes\":{\"Turbo\":false}}");

	talk_end(&talk, ERR_NONE);
	assert_false(talk.result.sent);
}

static void test_settings_that_cannot_be_read_are_written(void **state)
{
	struct bmc_request request = bios_set("BootMode", "Legacy");
	struct talk talk = { 0 };

	(void)state;
	to_bios(&talk, &request);
	talk_expect(&talk, "GET", "/b/sd");
	talk_answer(&talk, 405, "");
	talk_expect(&talk, "PATCH", "/b/sd");
	assert_null(talk.out.if_match);
	talk_answer(&talk, 200, "");
	while (!redfish_op_done(talk.op)) {
		talk_wait(&talk);
		assert_true(redfish_op_output(talk.op, &talk.out));
		if (str_eq(talk.out.path, "/b"))
			talk_answer(&talk, 200, BIOS);
		else
			talk_answer(&talk, 405, "");
	}

	talk_end(&talk, ERR_MISMATCH);
}

static void test_an_attribute_that_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *value;
		enum err_code code;
	} bad[] = {
		{ "None", "x", ERR_NOT_FOUND },
		{ "Cores", "many", ERR_INVALID },
		{ "Cores", "", ERR_INVALID },
		{ "Turbo", "on", ERR_INVALID },
	};
	struct talk talk = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct bmc_request request =
			bios_set(bad[i].name, bad[i].value);

		to_bios(&talk, &request);
		talk_end(&talk, bad[i].code);
		assert_false(talk.result.sent);
	}
}

static void test_a_bios_without_settings_object_is_patched_itself(void **state)
{
	struct bmc_request request = bios_set("A", "2");
	struct talk talk = { 0 };

	(void)state;
	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{\"Bios\":{\"@odata.id\":\"/b\"}}");
	talk_expect(&talk, "GET", "/b");
	talk_answer(&talk, 200, "{\"Attributes\":{\"A\":\"1\"}}");
	talk_expect(&talk, "PATCH", "/b");
	talk_expect_body(&talk, "{\"Attributes\":{\"A\":\"2\"}}");
	talk_answer(&talk, 200, "");
	talk_wait(&talk);
	talk_expect(&talk, "GET", "/b");
	talk_answer(&talk, 200, "{\"Attributes\":{\"A\":\"2\"}}");
	talk_end(&talk, ERR_NONE);

	talk_known(&talk, &request);
	talk_expect(&talk, "GET", "/s/1");
	talk_answer(&talk, 200, "{}");
	talk_end(&talk, ERR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_the_light_is_switched_and_looked_at),
		RUN(test_an_older_light_hangs_on_the_chassis),
		RUN(test_a_machine_without_a_light_is_unsupported),
		RUN(test_a_light_that_stays_dark_is_a_mismatch),
		RUN(test_secure_boot_is_read),
		RUN(test_secure_boot_is_set_for_the_next_start),
		RUN(test_secure_boot_that_is_refused_says_why),
		RUN(test_bios_attributes_are_read_with_what_is_pending),
		RUN(test_a_bios_attribute_is_set_for_the_next_start),
		RUN(test_what_is_pending_already_is_not_set),
		RUN(test_settings_that_cannot_be_read_are_written),
		RUN(test_an_attribute_that_cannot_be_is_refused),
		RUN(test_a_bios_without_settings_object_is_patched_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
