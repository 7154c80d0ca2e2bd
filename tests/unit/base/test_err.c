/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "test.h"

static void test_an_error_is_set_and_told(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(err_set(&err, ERR_BUSY, "slot %d of %s", 3, "r1"), -1);

	assert_int_equal(err.code, ERR_BUSY);
	assert_string_equal(err.message, "slot 3 of r1");
}

static void test_context_goes_before_the_message(void **state)
{
	struct err err;

	(void)state;
	err_set(&err, ERR_TIMEOUT, "no answer");
	assert_int_equal(err_wrap(&err, "machine %s", "r1n01"), -1);
	err_wrap(&err, "run %d", 7);

	assert_int_equal(err.code, ERR_TIMEOUT);
	assert_string_equal(err.message, "run 7: machine r1n01: no answer");
}

static void test_what_is_too_long_is_cut_and_ends(void **state)
{
	struct err err;
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&err, ERR_INVALID, "%s", text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);

	/* What is new stays; the old message gives way. */
	err_wrap(&err, "outer");
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	assert_true(str_starts(err.message, "outer: xxx"));

	err_wrap(&err, "%s", text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	err_errno(&err, ENOENT, "%s", text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

static void test_the_systems_errors_have_codes(void **state)
{
	static const struct {
		int errnum;
		enum err_code code;
	} cases[] = {
		{ ENOENT, ERR_NOT_FOUND },
		{ ENODEV, ERR_NOT_FOUND },
		{ EEXIST, ERR_EXISTS },
		{ EACCES, ERR_DENIED },
		{ EPERM, ERR_DENIED },
		{ EROFS, ERR_DENIED },
		{ ENOSPC, ERR_NO_SPACE },
		{ EDQUOT, ERR_NO_SPACE },
		{ ETIMEDOUT, ERR_TIMEOUT },
		{ ECONNREFUSED, ERR_UNREACHABLE },
		{ EBUSY, ERR_BUSY },
		{ EHOSTUNREACH, ERR_UNREACHABLE },
		{ EIO, ERR_IO },
		{ EMFILE, ERR_IO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err;

		assert_int_equal(
			err_errno(&err, cases[i].errnum, "open %s", "/x"), -1);
		assert_int_equal(err.code, cases[i].code);
		assert_true(str_starts(err.message, "open /x: "));
		assert_true(str_ends(err.message, strerror(cases[i].errnum)));
	}
}

static void test_every_code_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned a = 0; a <= ERR_CANCELLED; a++) {
		assert_string_not_equal(err_name((enum err_code)a), "unknown");
		for (unsigned b = 0; b < a; b++)
			assert_string_not_equal(err_name((enum err_code)a),
						err_name((enum err_code)b));
	}
	assert_string_equal(err_name(ERR_TIMEOUT), "timeout");
	assert_string_equal(err_name((enum err_code)(ERR_CANCELLED + 1)),
			    "unknown");
}

/* What was sent and not heard of again is never repeated blindly. */
static void test_only_what_may_pass_by_itself_is_tried_again(void **state)
{
	(void)state;
	for (unsigned code = 0; code <= ERR_CANCELLED; code++) {
		struct err err = { .code = (enum err_code)code };
		bool expected = code == ERR_UNREACHABLE ||
				code == ERR_TIMEOUT || code == ERR_BUSY ||
				code == ERR_PROTOCOL || code == ERR_IO;

		assert_int_equal(err_worth_retry(&err), expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_an_error_is_set_and_told),
		RUN(test_context_goes_before_the_message),
		RUN(test_what_is_too_long_is_cut_and_ends),
		RUN(test_the_systems_errors_have_codes),
		RUN(test_every_code_has_a_name_of_its_own),
		RUN(test_only_what_may_pass_by_itself_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
