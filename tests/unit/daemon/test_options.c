/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/options.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_ipmi_is_ours_unless_asked_otherwise),
		RUN(test_other_drivers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
