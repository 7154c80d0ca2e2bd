/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "boot/cpio_wire.h"

static void expect(const struct buf *archive, size_t at, const char *bytes,
		   size_t len)
{
	assert_true(at + len <= archive->len);
	assert_memory_equal(archive->base + at, bytes, len);
}

static void test_a_directory_is_a_header_and_its_name(void **state)
{
	CLEANUP(buf_release) struct buf archive = BUF_INIT(4096);

	(void)state;
	cpio_add_directory(&archive, "cfg");

	assert_int_equal(archive.len, 116);
	expect(&archive, 0,
	       "070701"
	       "00000000" /* inode */
	       "000041ed" /* drwxr-xr-x */
	       "00000000"
	       "00000000" /* root, root */
	       "00000001" /* links */
	       "00000000" /* 1970 */
	       "00000000" /* bytes */
	       "00000000"
	       "00000000"
	       "00000000"
	       "00000000" /* devices */
	       "00000004" /* of the name */
	       "00000000" /* no checksum */
	       "cfg\0\0\0",
	       116);
}

static void test_a_file_is_readable_by_root_alone(void **state)
{
	CLEANUP(buf_release) struct buf archive = BUF_INIT(4096);

	(void)state;
	cpio_add_file(&archive, "cfg/a", "12345", 5);

	assert_int_equal(archive.len, 124);
	expect(&archive, 0, "07070100000000000081800000000000000000", 38);
	expect(&archive, 54, "00000005", 8);
	expect(&archive, 94, "00000006", 8);
	expect(&archive, 110,
	       "cfg/a\0"
	       "12345\0\0\0",
	       14);
}

static void test_name_and_content_end_on_four_bytes(void **state)
{
	(void)state;
	for (size_t name = 1; name < 9; name++)
		for (size_t size = 0; size < 9; size++) {
			CLEANUP(buf_release)
			struct buf archive = BUF_INIT(4096);
			char path[9] = { 0 };

			memset(path, 'n', name);
			cpio_add_file(&archive, path, "abcdefgh", size);

			assert_int_equal(archive.len % 4, 0);
			assert_int_equal(archive.len,
					 (110 + name + 1 + 3) / 4 * 4 +
						 (size + 3) / 4 * 4);
		}
}

static void test_an_archive_ends_with_a_trailer(void **state)
{
	CLEANUP(buf_release) struct buf archive = BUF_INIT(4096);

	(void)state;
	cpio_end(&archive);

	assert_int_equal(archive.len, 124);
	expect(&archive, 94, "0000000b", 8);
	expect(&archive, 110, "TRAILER!!!\0\0\0\0", 14);
}

static void test_an_archive_over_its_limit_says_so(void **state)
{
	CLEANUP(buf_release) struct buf archive = BUF_INIT(150);

	(void)state;
	cpio_add_directory(&archive, "cfg");
	assert_false(archive.overflow);

	cpio_add_file(&archive, "cfg/a", "12345", 5);

	assert_true(archive.overflow);
	assert_true(archive.len <= 150);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RUN(test_a_directory_is_a_header_and_its_name),
		RUN(test_a_file_is_readable_by_root_alone),
		RUN(test_name_and_content_end_on_four_bytes),
		RUN(test_an_archive_ends_with_a_trailer),
		RUN(test_an_archive_over_its_limit_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
