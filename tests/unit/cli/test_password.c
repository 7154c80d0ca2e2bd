/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/password.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "test.h"

#define SIZE 16

static int from_file(const void *bytes, size_t n, char *out, struct err *err)
{
	char path[] = "/tmp/tomte-password-XXXXXX";
	struct password_source source = { .file = path };
	int fd = mkstemp(path);
	int status;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
	status = password_read(&source, out, SIZE, err);
	unlink(path);
	return status;
}

static void test_a_file_has_it_in_its_first_line(void **state)
{
	static const char *const texts[] = { "word", "word\n", "word\r\n",
					     "word\nmore\n" };
	char out[SIZE];
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_int_equal(
			from_file(texts[i], strlen(texts[i]), out, &err), 0);
		assert_string_equal(out, "word");
	}
	assert_int_equal(from_file(" a b ", 5, out, &err), 0);
	assert_string_equal(out, " a b ");
}

static void test_a_file_without_a_password_is_refused(void **state)
{
	char out[SIZE];
	struct err err;

	(void)state;
	assert_int_equal(from_file("", 0, out, &err), -1);
	assert_non_null(strstr(err.message, "no password in it"));
	assert_int_equal(from_file("\nword", 5, out, &err), -1);
	assert_int_equal(from_file("a\0b", 3, out, &err), -1);
	assert_non_null(strstr(err.message, "a NUL in the password"));
	assert_int_equal(from_file("0123456789abcdef", 16, out, &err), -1);
	assert_non_null(strstr(err.message, "over 15 characters"));
	assert_null(strstr(err.message, "0123456789"));
}

static void test_a_variable_has_it_by_its_name(void **state)
{
	struct password_source source = { .variable = "TOMTE_TEST_WORD" };
	char out[SIZE];
	struct err err;

	(void)state;
	unsetenv("TOMTE_TEST_WORD");
	assert_int_equal(password_read(&source, out, SIZE, &err), -1);
	assert_string_equal(err.message, "the environment has no variable "
					 "TOMTE_TEST_WORD");
	setenv("TOMTE_TEST_WORD", "word", 1);
	assert_int_equal(password_read(&source, out, SIZE, &err), 0);
	assert_string_equal(out, "word");
	source.file = "/dev/null";
	assert_int_equal(password_read(&source, out, SIZE, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_file_has_it_in_its_first_line),
		RUN(test_a_file_without_a_password_is_refused),
		RUN(test_a_variable_has_it_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
