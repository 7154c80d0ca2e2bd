/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/trait_plan.h"

#include "base/str.h"
#include "json.h"
#include "test.h"

static void test_an_image_is_known_by_its_last_name(void **state)
{
	static const char *const images[] = {
		"image2disk",
		"quay.io/tinkerbell/actions/image2disk:v1.2",
		"localhost:5000/image2disk@sha256:aa",
	};
	AUTO_JSON json_t *document = json_of("{}");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(images); i++) {
		struct trait trait;

		trait_find(images[i], document, &trait);
		assert_true(trait.repeatable && trait.imaging);
		assert_string_equal(trait.leaves, "");
	}
}

static void test_each_has_its_delivery_and_its_leaving(void **state)
{
	static const struct {
		const char *image;
		bool repeatable;
		bool imaging;
		const char *leaves;
	} rows[] = {
		{ "qemuimg2disk", true, true, "" },
		{ "oci2disk", true, true, "" },
		{ "archive2disk", true, true, "" },
		{ "writefile", true, false, "" },
		{ "rootio", true, false, "" },
		{ "wipe", true, false, "" },
		{ "cexec", false, false, "" },
		{ "docker.io/library/alpine", false, false, "" },
		{ "reboot", false, false, "reboot" },
		{ "poweroff", false, false, "poweroff" },
		{ "kexec", false, false, "kexec" },
		{ "", false, false, "" },
	};
	AUTO_JSON json_t *document = json_of("{}");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct trait trait;

		trait_find(rows[i].image, document, &trait);
		assert_int_equal(trait.repeatable, rows[i].repeatable);
		assert_int_equal(trait.imaging, rows[i].imaging);
		assert_string_equal(trait.leaves, rows[i].leaves);
	}
}

static void test_waitdaemon_is_what_it_delays(void **state)
{
	static const char *const rows[][2] = {
		{ "{'env':{'IMAGE':'quay.io/x/kexec:v1'}}", "kexec" },
		{ "{'args':['reboot']}", "reboot" },
		{ "{'args':['sh','-c','echo b > /proc/sysrq-trigger']}",
		  "reboot" },
		{ "{'args':['sleep','5']}", "" },
		{ "{}", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_JSON json_t *document = json_of(rows[i][0]);
		struct trait trait;

		trait_find("ghcr.io/x/waitdaemon:v1", document, &trait);
		assert_string_equal(trait.leaves, rows[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_an_image_is_known_by_its_last_name),
		RUN(test_each_has_its_delivery_and_its_leaving),
		RUN(test_waitdaemon_is_what_it_delays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
