/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "test.h"

struct fixture {
	char directory[32];
	char *path;
};

static int set_up(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));

	str_copy(fixture->directory, sizeof(fixture->directory),
		 "/tmp/tomte-file.XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	fixture->path = xasprintf("%s/file", fixture->directory);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	unlink(fixture->path);
	/* Fails, and the test with it, if anything else was left there. */
	assert_int_equal(rmdir(fixture->directory), 0);
	free(fixture->path);
	free(fixture);
	return 0;
}

static void test_what_was_written_is_read(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(buf_release) struct buf out = BUF_INIT(64);
	struct stat st;
	struct err err;

	assert_int_equal(file_replace(fixture->path, "old and long", 12, &err),
			 0);
	assert_int_equal(file_replace(fixture->path, "a\0b", 3, &err), 0);
	buf_adds(&out, "> ");
	assert_int_equal(file_read(fixture->path, &out, &err), 0);

	assert_int_equal(out.len, 5);
	assert_memory_equal(out.base, "> a\0b", 5);
	assert_int_equal(stat(fixture->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_a_file_may_be_as_long_as_the_buffer(void **state)
{
	struct fixture *fixture = *state;
	AUTO_FREE char *bytes = xcalloc(1, 10000);
	CLEANUP(buf_release) struct buf fits = BUF_INIT(10000);
	CLEANUP(buf_release) struct buf small = BUF_INIT(9999);
	struct err err;

	assert_int_equal(file_replace(fixture->path, bytes, 10000, &err), 0);

	assert_int_equal(file_read(fixture->path, &fits, &err), 0);
	assert_int_equal(fits.len, 10000);
	assert_int_equal(file_read(fixture->path, &small, &err), -1);
	assert_int_equal(err.code, ERR_TOO_BIG);
}

static void test_what_cannot_be_read_or_written_is_said(void **state)
{
	struct fixture *fixture = *state;
	AUTO_FREE char *nowhere = xasprintf("%s/no/file", fixture->directory);
	CLEANUP(buf_release) struct buf out = BUF_INIT(64);
	struct err err;

	assert_int_equal(file_read(fixture->path, &out, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_non_null(strstr(err.message, fixture->path));
	assert_int_equal(file_read(fixture->directory, &out, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	assert_int_equal(file_replace(nowhere, "x", 1, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void test_a_file_that_cannot_be_replaced_stays(void **state)
{
	struct fixture *fixture = *state;
	AUTO_FREE char *inner = xasprintf("%s/x", fixture->path);
	struct err err;

	assert_int_equal(mkdir(fixture->path, 0700), 0);
	assert_int_equal(mkdir(inner, 0700), 0);

	assert_int_equal(file_replace(fixture->path, "x", 1, &err), -1);
	assert_int_equal(rmdir(inner), 0);
	assert_int_equal(rmdir(fixture->path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_was_written_is_read,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_file_may_be_as_long_as_the_buffer, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_what_cannot_be_read_or_written_is_said, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_file_that_cannot_be_replaced_stays, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
