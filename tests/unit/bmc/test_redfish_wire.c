/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "bmc/redfish_system_wire.h"

#define SYSTEM                                                                 \
	"{\"@odata.id\":\"/redfish/v1/Systems/1\",\"@odata.etag\":"            \
	"\"W/\\\"7\\\"\",\"PowerState\":\"On\",\"Boot\":{"                     \
	"\"BootSourceOverrideEnabled\":\"Once\","                              \
	"\"BootSourceOverrideTarget\":\"Pxe\","                                \
	"\"BootSourceOverrideMode\":\"UEFI\","                                 \
	"\"BootSourceOverrideTarget@Redfish.AllowableValues\":"                \
	"[\"None\",\"Pxe\",\"Hdd\",17]},\"Actions\":{"                         \
	"\"#ComputerSystem.Reset\":{\"target\":"                               \
	"\"/redfish/v1/Systems/1/Actions/ComputerSystem.Reset\","              \
	"\"ResetType@Redfish.AllowableValues\":[\"On\",\"ForceOff\"]}}}"

static void test_a_system_gives_power_boot_and_actions(void **state)
{
	struct redfish_system system;
	struct err err;

	(void)state;
	assert_int_equal(
		redfish_parse_system(SYSTEM, strlen(SYSTEM), &system, &err), 0);

	assert_int_equal(system.power, BMC_POWER_ON);
	assert_int_equal(system.boot.device, BMC_BOOT_PXE);
	assert_true(system.boot.uefi);
	assert_false(system.boot.persistent);
	assert_true(system.has_mode);
	assert_false(system.once_only);
	assert_int_equal(system.targets, 1u << BMC_BOOT_NONE |
						 1u << BMC_BOOT_PXE |
						 1u << BMC_BOOT_DISK);
	assert_int_equal(system.reset.resets,
			 1u << REDFISH_ON | 1u << REDFISH_FORCE_OFF);
	assert_string_equal(system.etag, "W/\"7\"");
	assert_string_equal(system.reset.target,
			    "/redfish/v1/Systems/1/Actions/"
			    "ComputerSystem.Reset");
}

static int parse(const char *body, struct redfish_system *system)
{
	struct err err = { 0 };
	int status = redfish_parse_system(body, strlen(body), system, &err);

	assert_int_equal(err.code, status ? ERR_PROTOCOL : ERR_NONE);
	return status;
}

static void test_wrong_types_count_as_absent(void **state)
{
	struct redfish_system system;

	(void)state;
	assert_int_equal(parse("{\"PowerState\":null,\"Boot\":[],\"Actions\":"
			       "{\"#ComputerSystem.Reset\":5}}",
			       &system),
			 0);
	assert_int_equal(system.power, BMC_POWER_UNKNOWN);
	assert_int_equal(system.boot.device, BMC_BOOT_NONE);
	assert_string_equal(system.reset.target, "");

	assert_int_equal(parse("{\"PowerState\":\"PoweringOff\"}", &system), 0);
	assert_int_equal(system.power, BMC_POWER_UNKNOWN);
	assert_int_equal(parse("[]", &system), -1);
	assert_int_equal(parse("<html>", &system), -1);
	assert_int_equal(parse("", &system), -1);
}

static void test_a_disabled_override_is_none(void **state)
{
	struct redfish_system system;

	(void)state;
	assert_int_equal(
		parse("{\"Boot\":{\"BootSourceOverrideEnabled\":\"Disabled\","
		      "\"BootSourceOverrideTarget\":\"Pxe\","
		      "\"BootSourceOverrideEnabled@Redfish.AllowableValues\":"
		      "[\"Once\",\"Disabled\"]}}",
		      &system),
		0);

	assert_int_equal(system.boot.device, BMC_BOOT_NONE);
	assert_true(system.once_only);
}

static void test_paths_that_leave_the_host_are_refused(void **state)
{
	char path[BMC_PATH_SIZE];

	(void)state;
	assert_true(redfish_local_path(path, "/redfish/v1/Systems/1"));
	assert_true(redfish_local_path(path, "https://bmc/redfish/v1/S/1"));
	assert_string_equal(path, "/redfish/v1/S/1");
	assert_false(redfish_local_path(path, "//evil/redfish"));
	assert_false(redfish_local_path(path, "https://evil"));
	assert_false(redfish_local_path(path, "@evil/x"));
	assert_false(redfish_local_path(path, "/a b"));
	assert_false(redfish_local_path(path, "/a\r\nHost: evil"));
	assert_false(redfish_local_path(path, ""));
}

static void test_a_collection_gives_its_members(void **state)
{
	static const char body[] = "{\"Members\":[{\"@odata.id\":\"/a\"},7,{},"
				   "{\"@odata.id\":\"/b\"}]}";
	struct redfish_members members;
	struct err err;

	(void)state;
	assert_int_equal(
		redfish_parse_members(body, strlen(body), &members, &err), 0);
	assert_int_equal(members.n, 2);
	assert_string_equal(members.paths[1], "/b");
	assert_int_equal(redfish_parse_members("{}", 2, &members, &err), -1);
	assert_non_null(strstr(err.message, "Members is missing"));
}

static void test_an_error_answer_says_what_the_bmc_says(void **state)
{
	static const char body[] =
		"{\"error\":{\"message\":\"see below\",\"@Message.ExtendedInfo"
		"\":[{\"Message\":\"no\\nlicence\"}]}}";
	struct err err;

	(void)state;
	redfish_parse_error(403, body, strlen(body), NULL, &err);
	assert_int_equal(err.code, ERR_DENIED);
	assert_string_equal(err.message, "HTTP 403: no licence");
	redfish_parse_error(500, "oops", 4, NULL, &err);
	assert_int_equal(err.code, ERR_PROTOCOL);
	assert_string_equal(err.message, "HTTP 500");
}

static void assert_body(char *body, const char *expected)
{
	assert_string_equal(body, expected);
	free(body);
}

static void test_bodies_are_what_the_standard_says(void **state)
{
	struct bmc_boot pxe = { .device = BMC_BOOT_PXE, .uefi = true };
	struct bmc_boot none = { .device = BMC_BOOT_NONE };

	(void)state;
	assert_body(redfish_build_login("adm", "p\"w"),
		    "{\"UserName\":\"adm\",\"Password\":\"p\\\"w\"}");
	assert_null(redfish_build_login("adm", "\xff"));
	assert_body(redfish_build_reset(REDFISH_FORCE_RESTART),
		    "{\"ResetType\":\"ForceRestart\"}");
	assert_body(redfish_build_boot(&pxe, REDFISH_BOOT_ALL, ""),
		    "{\"Boot\":{\"BootSourceOverrideEnabled\":\"Once\","
		    "\"BootSourceOverrideTarget\":\"Pxe\","
		    "\"BootSourceOverrideMode\":\"UEFI\"}}");
	assert_body(redfish_build_boot(&none, REDFISH_BOOT_ALL, ""),
		    "{\"Boot\":{\"BootSourceOverrideEnabled\":\"Disabled\","
		    "\"BootSourceOverrideTarget\":\"None\"}}");
	assert_body(
		redfish_build_insert("http://h/a.iso", REDFISH_INSERT_IMAGE),
		"{\"Image\":\"http://h/a.iso\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_system_gives_power_boot_and_actions),
		RUN(test_wrong_types_count_as_absent),
		RUN(test_a_disabled_override_is_none),
		RUN(test_paths_that_leave_the_host_are_refused),
		RUN(test_a_collection_gives_its_members),
		RUN(test_an_error_answer_says_what_the_bmc_says),
		RUN(test_bodies_are_what_the_standard_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
