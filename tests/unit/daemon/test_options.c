/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/options.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

static void test_ipmi_is_ours_unless_asked_otherwise(void **state)
{
	char name[] = "--ipmi-driver";
	char value[] = "ipmitool";
	char *asked[] = { name, value };
	struct options options;
	struct err err;

	(void)state;
	assert_int_equal(options_parse(&options, 0, NULL, &err), 0);
	assert_string_equal(options.ipmi_driver, "native");
	assert_int_equal(options_parse(&options, 2, asked, &err), 0);
	assert_string_equal(options.ipmi_driver, "ipmitool");
}

static void test_other_drivers_are_refused(void **state)
{
	char name[] = "--ipmi-driver";
	char value[] = "freeipmi";
	char *asked[] = { name, value };
	struct options options;
	struct err err;

	(void)state;
	assert_int_equal(options_parse(&options, 2, asked, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_non_null(strstr(err.message, "freeipmi"));
}

static int parse(struct options *options, struct err *err, const char *a,
		 const char *b, const char *c)
{
	char *words[] = { (char *)(uintptr_t)a, (char *)(uintptr_t)b,
			  (char *)(uintptr_t)c };

	return options_parse(options, c ? 3 : 2, words, err);
}

static void test_machines_are_discovered_only_where_that_is_said(void **state)
{
	struct options options;
	struct err err;

	(void)state;
	assert_int_equal(options_parse(&options, 0, NULL, &err), 0);
	assert_false(options.auto_discovery);
	assert_string_equal(options.discovery_namespace, "default");
	assert_int_equal(options.discovery_max, 1000);
	assert_int_equal(parse(&options, &err, "--auto-discovery",
			       "--discovery-pool", "10.0.0.1-10.0.0.9"),
			 0);
	assert_true(options.auto_discovery);

	assert_int_equal(parse(&options, &err, "--discovery-pool",
			       "10.0.0.1-10.0.0.9", NULL),
			 -1);
	assert_non_null(strstr(err.message, "without auto-discovery"));
	assert_int_equal(parse(&options, &err, "--auto-discovery",
			       "--discovery-gateway", "10.0.0.1"),
			 -1);
	assert_non_null(strstr(err.message, "without discovery-pool"));
}

static void test_every_setting_has_a_line_in_the_help(void **state)
{
	static const char *const names[] = {
		"state",
		"interface",
		"address",
		"http-port",
		"https-port",
		"tls-name",
		"socket",
		"hook-dir",
		"image-dir",
		"ipxe-dir",
		"kernel-args",
		"ipmi-driver",
		"no-dhcp",
		"no-tftp",
		"phase-limits",
		"log-level",
		"history-hours",
		"history-mb",
		"event-days",
		"bmc-quirks",
		"bmc-poll",
		"watch-consoles",
		"bmc-max",
		"bmc-max-per-rack",
		"power-on-per-second",
		"power-on-per-second-per-rack",
	};
	CLEANUP(buf_release) struct buf page = BUF_INIT(64 * 1024);

	(void)state;

	options_help(&page);

	assert_false(page.overflow);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char line[64];

		snprintf(line, sizeof(line), "\n  --%s", names[i]);
		if (!strstr(page.base, line))
			fail_msg("--%s is not in the help", names[i]);
	}
}

static void test_limits_of_bmcs_have_defaults_and_can_be_lifted(void **state)
{
	char names[][32] = {
		"--bmc-poll",         "0", "--power-on-per-second", "3",
		"--bmc-max-per-rack", "0"
	};
	char *asked[] = { names[0], names[1], names[2],
			  names[3], names[4], names[5] };
	struct options options;
	struct err err;

	(void)state;
	assert_int_equal(options_parse(&options, 0, NULL, &err), 0);
	assert_int_equal(options.bmc_poll, 300);
	assert_int_equal(options.bmc_max, 512);
	assert_int_equal(options.bmc_max_per_rack, 32);
	assert_int_equal(options.power_on_per_second, 20);
	assert_int_equal(options.power_on_per_second_per_rack, 0);

	assert_int_equal(options_parse(&options, 6, asked, &err), 0);
	assert_int_equal(options.bmc_poll, 0);
	assert_int_equal(options.power_on_per_second, 3);
	assert_int_equal(options.bmc_max_per_rack, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_ipmi_is_ours_unless_asked_otherwise),
		RUN(test_other_drivers_are_refused),
		RUN(test_machines_are_discovered_only_where_that_is_said),
		RUN(test_every_setting_has_a_line_in_the_help),
		RUN(test_limits_of_bmcs_have_defaults_and_can_be_lifted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
