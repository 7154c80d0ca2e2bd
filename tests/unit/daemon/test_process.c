/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/process.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

static void test_this_process_is_found(void **state)
{
	struct process process;
	struct process later;
	int fd;

	(void)state;

	process_read(&process);
	fd = dup(STDOUT_FILENO);
	process_read(&later);
	close(fd);

	assert_true(process.resident_bytes > 100 * 1024);
	assert_true(process.open_fds >= 3);
	assert_int_equal(later.open_fds, process.open_fds + 1);
	assert_true(process.max_fds > process.open_fds);
	assert_true(later.cpu_us >= process.cpu_us && process.cpu_us > 0);
	/* Started at one moment, within the test's own two minutes. */
	assert_true(llabs(later.started_ms - process.started_ms) < 1000);
	assert_true(clock_wall() - process.started_ms < 2 * 60 * 1000);
	assert_true(clock_wall() >= process.started_ms - 1000);
}

static size_t count_files(const char *folder)
{
	DIR *dir = opendir(folder);
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void test_a_folder_is_probed_and_left_as_it_was(void **state)
{
	char folder[] = "/tmp/tomte-process-XXXXXX";
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(folder));

	assert_int_equal(process_check_folder(folder, 1, &err), 0);
	assert_int_equal(count_files(folder), 2);
	assert_int_equal(process_check_folder(folder, UINT64_MAX, &err), -1);
	assert_int_equal(err.code, ERR_NO_SPACE);
	rmdir(folder);

	assert_int_equal(process_check_folder(folder, 1, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_non_null(strstr(err.message, folder));
}

static void test_an_address_is_ours_or_not(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(process_check_address(0x7f000001, &err), 0);
	/* 192.0.2.1 is for documentation: nobody has it. */
	assert_int_equal(process_check_address(0xc0000201, &err), -1);
	assert_non_null(strstr(err.message, "the address 192.0.2.1: "));
}

static void test_a_file_has_a_size_or_none(void **state)
{
	(void)state;
	assert_true(process_file_bytes("/proc/self", "exe") > 1000);
	assert_int_equal(process_file_bytes("/nowhere", "x"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_this_process_is_found),
		RUN(test_a_folder_is_probed_and_left_as_it_was),
		RUN(test_an_address_is_ours_or_not),
		RUN(test_a_file_has_a_size_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
