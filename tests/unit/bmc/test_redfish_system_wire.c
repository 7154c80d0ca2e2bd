/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "bmc/redfish_system_wire.h"

static bool scan(const char *body, struct redfish_system *system)
{
	return redfish_scan_power(body, strlen(body), system);
}

static void test_power_is_found_without_a_tree(void **state)
{
	struct redfish_system system;

	(void)state;
	assert_true(scan(" {\"a\":{\"PowerState\":\"Off\"},\"b\":[{}, \"]\"],"
			 "\"PowerState\" : \"On\", \"BootProgress\":{\"x\":1,"
			 "\"LastState\":\"OSBootStarted\"}}\r\n",
			 &system));
	assert_int_equal(system.power, BMC_POWER_ON);
	assert_int_equal(system.progress, BMC_PROGRESS_OS_BOOT);
	assert_true(scan("{\"PowerState\":\"PoweringOff\"}", &system));
	assert_int_equal(system.power, BMC_POWER_UNKNOWN);
	assert_true(system.moving);
	assert_true(scan("{\"Other\":{\"LastState\":\"OSRunning\"},"
			 "\"PowerState\":\"Off\"}",
			 &system));
	assert_int_equal(system.power, BMC_POWER_OFF);
	assert_int_equal(system.progress, BMC_PROGRESS_UNKNOWN);
	/* As each BMC says the tag of a page. */
	assert_true(scan("{\"@odata.etag\":\"W/\\\"1\\\"\",\"a\":[\"\\\\\"],"
			 "\"PowerState\":\"On\"}",
			 &system));
	assert_int_equal(system.power, BMC_POWER_ON);
}

static void test_what_is_not_plain_is_left_to_the_parser(void **state)
{
	static const char *const bodies[] = {
		"",
		"[]",
		"null",
		"{}",
		"{\"PowerState\":\"On\"",
		"{\"PowerState\":\"On",
		"{\"PowerState\":\"On\"}}",
		"{\"PowerState\":\"On\"} x",
		"{\"PowerState\":null}",
		"{\"\\u0050owerState\":\"Off\",\"PowerState\":\"On\"}",
		"{\"PowerState\":\"O\\u006e\"}",
		"{\"PowerState\":\"On\",\"a\":\"\\\"}",
		"{\"x\":{\"PowerState\":\"On\"}}",
	};
	CLEANUP(buf_release) struct buf deep = BUF_INIT(64 * 1024);
	struct redfish_system system;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		if (scan(bodies[i], &system))
			fail_msg("taken: %s", bodies[i]);
	buf_adds(&deep, "{\"PowerState\":\"On\",\"a\":");
	for (int i = 0; i < 1000; i++)
		buf_addc(&deep, '[');
	for (int i = 0; i < 1000; i++)
		buf_addc(&deep, ']');
	buf_addc(&deep, '}');
	assert_false(scan(deep.base, &system));
}

static void test_a_system_names_its_parts_and_itself(void **state)
{
	static const char body[] =
		"{\"Id\":\"1\",\"Name\":\" Node  \",\"Manufacturer\":\"A\\nB\","
		"\"SerialNumber\":\"S\",\"MemorySummary\":{"
		"\"TotalSystemMemoryGiB\":1.5e1},\"Status\":{\"HealthRollup\":"
		"\"Critical\",\"Health\":\"OK\"},\"Links\":{\"Chassis\":[7,"
		"{\"@odata.id\":\"/c/1\"}],\"ManagedBy\":[{\"@odata.id\":"
		"\"//x\"},{\"@odata.id\":\"/m/1\"}]},\"IndicatorLED\":\"Lit\"}";
	struct redfish_system system;
	struct err err;

	(void)state;
	assert_int_equal(
		redfish_parse_system(body, strlen(body), &system, &err), 0);

	assert_string_equal(system.name, "Node");
	assert_string_equal(system.maker, "A B");
	assert_int_equal(system.memory_gib, 15);
	assert_int_equal(system.health, BMC_HEALTH_CRITICAL);
	assert_string_equal(system.chassis[0], "/c/1");
	assert_string_equal(system.managers[0], "/m/1");
	assert_int_equal(system.light, REDFISH_LIGHT_LED);
	assert_true(system.lit);
	assert_true(redfish_system_is_called(&system, "node"));
	assert_true(redfish_system_is_called(&system, "S"));
	assert_false(redfish_system_is_called(&system, ""));
}

static void test_long_words_are_cut_between_characters(void **state)
{
	CLEANUP(buf_release) struct buf body = BUF_INIT(1024);
	struct redfish_system system;
	struct err err;

	(void)state;
	buf_adds(&body, "{\"Name\":\"");
	for (int i = 0; i < 40; i++)
		buf_adds(&body, "\xc3\xa9"); /* é */
	buf_adds(&body, "\"}");
	assert_int_equal(
		redfish_parse_system(body.base, body.len, &system, &err), 0);

	assert_int_equal(strlen(system.name), 62);
}

static void test_a_member_is_called_by_the_end_of_its_path(void **state)
{
	(void)state;
	assert_true(redfish_is_called("/redfish/v1/Systems/Self", "self"));
	assert_true(redfish_is_called("/redfish/v1/Systems/Self/", "Self"));
	assert_false(redfish_is_called("/redfish/v1/Systems/Self", "elf"));
	assert_false(redfish_is_called("/redfish/v1/Systems/Self", ""));
	assert_false(redfish_is_called("Self", "Self"));
}

static void test_a_redirect_stays_on_the_server(void **state)
{
	struct bmc_target v6 = { .host = "fd00::1", .port = 8443 };
	struct bmc_target name = { .host = "bmc", .port = 443 };
	char path[BMC_PATH_SIZE];

	(void)state;
	assert_true(
		redfish_redirect_path(path, "https://[fd00::1]:8443/a", &v6));
	assert_string_equal(path, "/a");
	assert_true(redfish_redirect_path(path, "/b?x=1", &v6));
	assert_string_equal(path, "/b?x=1");
	assert_true(redfish_redirect_path(path, "HTTPS://BMC/c", &name));

	assert_false(redfish_redirect_path(path, "https://[fd00::1]/a", &v6));
	assert_false(redfish_redirect_path(path, "https://bmc:444/c", &name));
	assert_false(redfish_redirect_path(path, "https://bmcx/c", &name));
	assert_false(redfish_redirect_path(path, "http://bmc/c", &name));
	assert_false(redfish_redirect_path(path, "//bmc/c", &name));
	assert_false(redfish_redirect_path(path, "", &name));
}

static void test_a_retry_after_is_seconds_or_the_most(void **state)
{
	(void)state;
	assert_int_equal(redfish_retry_s("7", 5, 30), 7);
	assert_int_equal(redfish_retry_s("0", 5, 30), 1);
	assert_int_equal(redfish_retry_s("900", 5, 30), 30);
	assert_int_equal(
		redfish_retry_s("Wed, 21 Oct 2026 07:28:00 GMT", 5, 30), 30);
	assert_int_equal(redfish_retry_s(NULL, 5, 30), 5);
	assert_int_equal(redfish_retry_s(NULL, 50, 30), 30);
}

static void test_links_are_taken_once_and_so_many(void **state)
{
	CLEANUP(redfish_links_release) struct redfish_links links = { 0 };
	char path[32];

	(void)state;
	redfish_links_add(&links, REDFISH_CPU, "");
	for (int i = 0; i < REDFISH_MAX_LINKS + 3; i++) {
		snprintf(path, sizeof(path), "/p/%d", i);
		redfish_links_add(&links, REDFISH_CPU, path);
		redfish_links_add(&links, REDFISH_DIMM, "/p/0");
	}

	assert_int_equal(links.n, REDFISH_MAX_LINKS);
	assert_int_equal(links.left_out, 3);
	assert_string_equal(redfish_links_take(&links)->path, "/p/0");
	assert_string_equal(redfish_links_take(&links)->path, "/p/1");
	redfish_links_add(&links, REDFISH_CPU, "/p/0"); /* was there */
	assert_int_equal(links.n, REDFISH_MAX_LINKS);
}

static void test_a_task_runs_fails_or_is_done(void **state)
{
	static const char failed[] =
		"{\"TaskState\":\"Killed\",\"Messages\":[{\"Message\":\"\"},"
		"{\"Message\":\"by hand\"}]}";
	struct err err = { 0 };

	(void)state;
	assert_int_equal(
		redfish_parse_task("{\"TaskState\":\"pending\"}", 23, &err),
		REDFISH_TASK_RUNS);
	assert_int_equal(
		redfish_parse_task("{\"TaskState\":\"Completed\"}", 25, &err),
		REDFISH_TASK_DONE);
	assert_int_equal(redfish_parse_task("", 0, &err), REDFISH_TASK_DONE);
	assert_int_equal(redfish_parse_task(failed, strlen(failed), &err),
			 REDFISH_TASK_FAILED);
	assert_string_equal(err.message, "the task ended as Killed: by hand");
}

static void test_a_message_id_gives_the_reason(void **state)
{
	static const char body[] =
		"{\"error\":{\"code\":\"iLO.0.10.ExtendedInfo\","
		"\"@Message.ExtendedInfo\":[{\"MessageId\":\"x\"},{\"MessageId"
		"\":\"iLO.2.14.UnableToModifyDuringSystemPOST\"}]}}";
	static const char code[] =
		"{\"error\":{\"code\":\"Base.1.8.SessionLimitExceeded\"}}";
	enum redfish_reason reason;
	struct err err;

	(void)state;
	redfish_parse_error(400, body, strlen(body), &reason, &err);
	assert_int_equal(reason, REDFISH_REASON_POST);
	redfish_parse_error(503, code, strlen(code), &reason, &err);
	assert_int_equal(reason, REDFISH_REASON_SESSIONS);
	redfish_parse_error(503, "[", 1, &reason, &err);
	assert_int_equal(reason, REDFISH_REASON_NONE);
}

static void test_only_what_changes_is_a_change(void **state)
{
	struct bmc_boot none = { .device = BMC_BOOT_NONE };
	struct bmc_boot pxe = { .device = BMC_BOOT_PXE };
	struct bmc_boot forever = { .device = BMC_BOOT_PXE,
				    .persistent = true,
				    .uefi = true };
	AUTO_FREE char *bad = redfish_build_boot(&pxe, 7, "http://\xff");

	(void)state;
	assert_int_equal(redfish_boot_changes(&pxe, &pxe), 0);
	assert_int_equal(redfish_boot_changes(&none, &pxe),
			 REDFISH_BOOT_ENABLED | REDFISH_BOOT_TARGET);
	assert_int_equal(redfish_boot_changes(&pxe, &forever),
			 REDFISH_BOOT_ENABLED | REDFISH_BOOT_MODE);
	assert_null(bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_power_is_found_without_a_tree),
		RUN(test_what_is_not_plain_is_left_to_the_parser),
		RUN(test_a_system_names_its_parts_and_itself),
		RUN(test_long_words_are_cut_between_characters),
		RUN(test_a_member_is_called_by_the_end_of_its_path),
		RUN(test_a_redirect_stays_on_the_server),
		RUN(test_a_retry_after_is_seconds_or_the_most),
		RUN(test_links_are_taken_once_and_so_many),
		RUN(test_a_task_runs_fails_or_is_done),
		RUN(test_a_message_id_gives_the_reason),
		RUN(test_only_what_changes_is_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
