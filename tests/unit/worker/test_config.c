/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/config.h"

#include <string.h>

#include "test.h"

static void test_everything_is_read(void **state)
{
	static const char text[] =
		"{\"server\":\"https://198.18.0.1:7443\",\"ca\":\"PEM\","
		"\"token\":\"t\",\"machine\":\"r1n01\","
		"\"mac\":\"52:54:00:12:34:56\",\"network\":{"
		"\"address\":\"198.18.0.11\",\"prefix\":24,"
		"\"gateway\":\"198.18.0.1\",\"dns\":[\"198.18.0.1\"]},"
		"\"console_log\":false,\"now_ms\":1764000000000,\"new\":1}";
	struct config config;
	struct err err;

	(void)state;
	assert_int_equal(config_decode(text, strlen(text), &config, &err), 0);

	assert_string_equal(config.machine, "r1n01");
	assert_true(config.network.given);
	assert_int_equal(config.network.address, 0xc612000b);
	assert_int_equal(config.network.mac.bytes[5], 0x56);
	assert_int_equal(config.network.n_dns, 1);
	assert_false(config.console_log);
	assert_int_equal(config.now_ms, 1764000000000);
}

static void test_what_is_missing_or_wrong_is_named(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "{\"token\":\"t\",\"machine\":\"m\"}", "server" },
		{ "{\"server\":\"https://a\",\"token\":\"t\","
		  "\"machine\":\"m\"}",
		  "ca: missing" },
		{ "{\"server\":\"ftp://a\",\"token\":\"t\","
		  "\"machine\":\"m\"}",
		  "https" },
		{ "{\"server\":\"http://a\",\"token\":\"t\",\"machine\":\"m\","
		  "\"mac\":\"52:54:00:12:34:56\","
		  "\"network\":{\"address\":\"1.2.3\",\"prefix\":24}}",
		  "network.address" },
		{ "{\"server\":\"http://a\",\"token\":\"t\",\"machine\":\"m\","
		  "\"network\":{\"address\":\"1.2.3.4\",\"prefix\":24}}",
		  "network.mac" },
		{ "nonsense", "config.json" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config config;
		struct err err;

		assert_int_equal(config_decode(cases[i].text,
					       strlen(cases[i].text), &config,
					       &err),
				 -1);
		assert_non_null(strstr(err.message, cases[i].says));
	}
}

static void test_tinkerbells_command_line_is_recognised(void **state)
{
	char text[512];

	(void)state;
	config_diagnose("quiet worker_id=52:54:00:12:34:56 a=b\n", text,
			sizeof(text));
	assert_non_null(strstr(text, "52:54:00:12:34:56"));

	config_diagnose("quiet console=ttyS0", text, sizeof(text));
	assert_null(strstr(text, "Tinkerbell"));
	assert_non_null(strstr(text, "second initrd"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_everything_is_read),
		RUN(test_what_is_missing_or_wrong_is_named),
		RUN(test_tinkerbells_command_line_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
