/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bmc_words_plan.h"

#include "base/str.h"
#include "json.h"
#include "test.h"

static size_t count(char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

/* As main has them. */
#define WORDS(...)                                                             \
	((char *const *)(uintptr_t)(const char *const[]){ __VA_ARGS__, NULL })

static void assert_means(char *const *words, const char *ask,
			 const char *arguments, size_t used)
{
	struct bmc_words out;
	struct err err;

	if (bmc_words_parse(words, count(words), &out, &err))
		fail_msg("%s: %s", words[0], err.message);
	assert_string_equal(out.ask, ask);
	assert_json(out.arguments, arguments);
	assert_int_equal(out.used, used);
	bmc_words_release(&out);
}

static void assert_refused(char *const *words, const char *message)
{
	struct bmc_words out;
	struct err err;

	assert_int_equal(bmc_words_parse(words, count(words), &out, &err), -1);
	assert_string_equal(err.message, message);
	bmc_words_release(&out);
}

static void test_what_follows_is_the_machines(void **state)
{
	(void)state;
	assert_means(WORDS("sensors", "r1n01", "r1n02"), "sensors", "{}", 1);
	assert_means(WORDS("sel", "r1n01"), "sel", "{}", 1);
	assert_means(WORDS("sel", "clear", "r1n01"), "clear-sel", "{}", 2);
	assert_means(WORDS("identify", "r1n01"), "identify", "{}", 1);
	assert_means(WORDS("identify", "30", "r1n01"), "identify",
		     "{'seconds':30}", 2);
	assert_means(WORDS("identify", "on"), "identify", "{'seconds':-1}", 2);
	assert_means(WORDS("identify", "off"), "identify", "{'seconds':0}", 2);
}

static void test_power_boot_and_media(void **state)
{
	(void)state;
	assert_means(WORDS("power", "cycle"), "power", "{'action':'cycle'}", 2);
	assert_means(WORDS("boot"), "boot", "{}", 1);
	assert_means(WORDS("boot", "status"), "boot", "{}", 2);
	assert_means(WORDS("boot", "pxe"), "boot", "{'device':'pxe'}", 2);
	assert_means(WORDS("boot", "http", "http://h/x"), "boot",
		     "{'device':'http','url':'http://h/x'}", 3);
	assert_means(WORDS("media", "insert", "http://h/x"), "media",
		     "{'url':'http://h/x'}", 3);
	assert_means(WORDS("media", "eject"), "media", "{}", 2);
}

static void test_the_daemon_has_its_own_ways(void **state)
{
	struct bmc_words out;
	struct err err;

	(void)state;
	assert_int_equal(
		bmc_words_parse(WORDS("power", "on", "m1"), 3, &out, &err), 0);
	assert_null(out.route);
	assert_non_null(strstr(out.instead, "tomte power"));
	bmc_words_release(&out);
	assert_int_equal(
		bmc_words_parse(WORDS("sel", "clear", "m1"), 3, &out, &err), 0);
	assert_string_equal(out.route, "clear-sel");
	assert_true(out.writes);
	bmc_words_release(&out);
}

static void test_what_is_not_understood_is_said(void **state)
{
	struct bmc_words out;
	struct err err;

	(void)state;
	assert_refused(WORDS("sensor"),
		       "bmc: there is no sensor; did you mean sensors?");
	assert_refused(WORDS("power"),
		       "bmc: expected power status|on|off|soft|cycle|reset");
	assert_refused(WORDS("media", "insert"),
		       "bmc: expected media insert URL|eject");
	assert_int_equal(bmc_words_parse(NULL, 0, &out, &err), -1);
	assert_string_equal(err.message, "bmc: expected what to do");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_what_follows_is_the_machines),
		RUN(test_power_boot_and_media),
		RUN(test_the_daemon_has_its_own_ways),
		RUN(test_what_is_not_understood_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
