/* SPDX-License-Identifier: Apache-2.0 */
#include "api/list_ask_wire.h"

#include <string.h>

#include "base/mem.h"
#include "test.h"

static struct list_ask ask_of(const char *limit, const char *token,
			      const char *version, const char *match)
{
	const struct list_params params = { limit, token, version, match };
	struct list_ask ask;
	struct err err;

	if (list_ask_parse(&ask, &params, &err))
		fail_msg("%s", err.message);
	return ask;
}

static enum err_code code_of(const char *limit, const char *token,
			     const char *version, const char *match)
{
	const struct list_params params = { limit, token, version, match };
	struct list_ask ask;
	struct err err = { 0 };

	assert_int_equal(list_ask_parse(&ask, &params, &err), -1);
	assert_true(*err.message);
	return err.code;
}

static void test_nothing_said_is_all_of_the_newest(void **state)
{
	const struct list_ask ask = ask_of(NULL, NULL, NULL, NULL);
	const struct list_ask empty = ask_of("", "", "", "");

	(void)state;
	assert_int_equal(ask.limit, 0);
	assert_int_equal(ask.version, 0);
	assert_int_equal(ask.not_older, 0);
	assert_false(ask.continued);
	assert_memory_equal(&ask, &empty, sizeof(ask));
}

static void test_a_version_is_a_lower_bound_unless_it_is_exact(void **state)
{
	(void)state;
	assert_int_equal(ask_of(NULL, NULL, "7", NULL).not_older, 7);
	assert_int_equal(ask_of(NULL, NULL, "7", "NotOlderThan").not_older, 7);
	assert_int_equal(ask_of("5", NULL, "7", "NotOlderThan").not_older, 7);
	assert_int_equal(ask_of(NULL, NULL, "7", "Exact").version, 7);
	assert_int_equal(ask_of("5", NULL, "7", NULL).version, 7);
	assert_int_equal(ask_of("5", NULL, "0", NULL).version, 0);
	assert_int_equal(ask_of("5", NULL, "0", NULL).limit, 5);
}

static void test_a_token_says_where_to_go_on(void **state)
{
	AUTO_FREE char *token = list_ask_token(42, "default", "m-17");
	const struct list_ask ask = ask_of("3", token, NULL, NULL);
	const struct list_ask zero = ask_of("3", token, "0", NULL);

	(void)state;
	assert_true(ask.continued);
	assert_int_equal(ask.version, 42);
	assert_int_equal(ask.limit, 3);
	assert_string_equal(ask.after_namespace, "default");
	assert_string_equal(ask.after_name, "m-17");
	assert_int_equal(zero.version, 42);
}

static void test_what_does_not_go_together_is_refused(void **state)
{
	AUTO_FREE char *token = list_ask_token(42, "default", "m-17");

	(void)state;
	assert_int_equal(code_of("many", NULL, NULL, NULL), ERR_PROTOCOL);
	assert_int_equal(code_of("-1", NULL, NULL, NULL), ERR_PROTOCOL);
	assert_int_equal(code_of(NULL, NULL, "x", NULL), ERR_PROTOCOL);
	assert_int_equal(code_of(NULL, NULL, "7", "Newest"), ERR_INVALID);
	assert_int_equal(code_of(NULL, NULL, NULL, "Exact"), ERR_INVALID);
	assert_int_equal(code_of(NULL, NULL, "0", "Exact"), ERR_INVALID);
	assert_int_equal(code_of(NULL, token, "7", NULL), ERR_PROTOCOL);
	assert_int_equal(code_of(NULL, token, NULL, "Exact"), ERR_INVALID);
}

static void test_a_token_of_somebody_else_is_refused(void **state)
{
	/* {}, {"rv":0,...}, {"rv":5}, no base64, no JSON */
	static const char *const tokens[] = {
		"e30=", "eyJydiI6MCwibmFtZXNwYWNlIjoiYSIsIm5hbWUiOiJiIn0=",
		"eyJydiI6NX0=", "!", "bm90IGpzb24="
	};
	AUTO_FREE char *long_name = xcalloc(1, 400);
	AUTO_FREE char *token = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tokens); i++)
		assert_int_equal(code_of(NULL, tokens[i], NULL, NULL),
				 ERR_PROTOCOL);
	memset(long_name, 'a', 399);
	token = list_ask_token(1, "default", long_name);
	assert_int_equal(code_of(NULL, token, NULL, NULL), ERR_PROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_said_is_all_of_the_newest),
		cmocka_unit_test(
			test_a_version_is_a_lower_bound_unless_it_is_exact),
		cmocka_unit_test(test_a_token_says_where_to_go_on),
		cmocka_unit_test(test_what_does_not_go_together_is_refused),
		cmocka_unit_test(test_a_token_of_somebody_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
