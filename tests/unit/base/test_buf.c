/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <string.h>

#include "test.h"

static void test_an_empty_buffer_is_an_empty_string(void **state)
{
	struct buf buf = BUF_INIT(8);
	AUTO_FREE char *taken = NULL;

	(void)state;
	assert_string_equal(buf.base, "");
	buf_add(&buf, "x", 0);
	buf_drop(&buf, 3);
	buf_clear(&buf);
	assert_string_equal(buf.base, "");
	buf_release(&buf);
	taken = buf_take(&buf);
	assert_string_equal(taken, "");
}

static void test_bytes_are_followed_by_a_nul(void **state)
{
	CLEANUP(buf_release) struct buf buf = BUF_INIT(1024);

	(void)state;
	buf_add(&buf, "a\0b", 3);
	buf_adds(&buf, "cd");
	buf_addc(&buf, 'e');
	buf_printf(&buf, "%d-%s", 42, "x");

	assert_int_equal(buf.len, 10);
	assert_memory_equal(buf.base, "a\0bcde42-x", 11);
	assert_false(buf.overflow);
}

static void test_it_holds_its_limit_and_not_a_byte_more(void **state)
{
	CLEANUP(buf_release) struct buf buf = BUF_INIT(4);

	(void)state;
	buf_adds(&buf, "abcd");
	assert_false(buf.overflow);
	assert_string_equal(buf.base, "abcd");

	buf_addc(&buf, 'e');
	assert_true(buf.overflow);
	assert_string_equal(buf.base, "abcd");
}

static void test_after_an_overflow_nothing_is_stored(void **state)
{
	CLEANUP(buf_release) struct buf buf = BUF_INIT(4);

	(void)state;
	buf_adds(&buf, "ab");
	buf_printf(&buf, "%s", "long");
	buf_adds(&buf, "c");

	assert_true(buf.overflow);
	assert_string_equal(buf.base, "ab");
	buf_add(&buf, "x", SIZE_MAX);
	assert_string_equal(buf.base, "ab");
}

/* It is to be asked once, at the end. */
static void test_dropping_does_not_forget_an_overflow(void **state)
{
	CLEANUP(buf_release) struct buf buf = BUF_INIT(4);

	(void)state;
	buf_adds(&buf, "ab");
	buf_adds(&buf, "cdef");
	buf_drop(&buf, 1);
	assert_true(buf.overflow);
	buf_drop(&buf, 1);
	assert_int_equal(buf.len, 0);
	assert_true(buf.overflow);
	buf_clear(&buf);
	assert_false(buf.overflow);
}

static void test_the_front_is_dropped(void **state)
{
	CLEANUP(buf_release) struct buf buf = BUF_INIT(16);

	(void)state;
	buf_adds(&buf, "abcdef");
	buf_drop(&buf, 0);
	assert_string_equal(buf.base, "abcdef");
	buf_drop(&buf, 2);
	assert_string_equal(buf.base, "cdef");
	buf_adds(&buf, "g");
	buf_drop(&buf, 100);
	assert_string_equal(buf.base, "");
	buf_adds(&buf, "h");
	assert_string_equal(buf.base, "h");
}

static void test_what_is_taken_is_the_callers(void **state)
{
	struct buf buf = BUF_INIT(16);
	AUTO_FREE char *text = NULL;

	(void)state;
	buf_adds(&buf, "text");
	text = buf_take(&buf);

	assert_string_equal(text, "text");
	assert_int_equal(buf.len, 0);
	assert_string_equal(buf.base, "");
	assert_int_equal(buf.limit, 16);
}

static void test_it_grows_over_many_pieces(void **state)
{
	CLEANUP(buf_release) struct buf buf = BUF_INIT(100000);

	(void)state;
	for (int i = 0; i < 10000; i++)
		buf_printf(&buf, "%08d,,", i);

	assert_int_equal(buf.len, 100000);
	assert_false(buf.overflow);
	assert_memory_equal(buf.base + 99990, "00009999,,", 11);
	buf_clear(&buf);
	assert_string_equal(buf.base, "");
}

static void free_all(void *scope)
{
	mem_free_scope(scope);
}

static char *hand_over(void)
{
	AUTO_FREE char *text = xstrndup("abcdef", 3);

	return take_ptr(text);
}

static void test_a_scope_frees_what_is_not_handed_over(void **state)
{
	CLEANUP(free_all) char *text = hand_over();
	AUTO_FREE char *none = NULL;
	AUTO_FREE int *zeros = xcalloc(4, sizeof(int));
	AUTO_FREE char *nothing = xmalloc(0);
	char *grown = xrealloc(NULL, 0);

	(void)state;
	assert_string_equal(text, "abc");
	assert_null(none);
	assert_int_equal(zeros[0] + zeros[3], 0);
	assert_non_null(nothing);
	grown = xrealloc(grown, 10);
	memset(grown, 1, 10);
	free(grown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_an_empty_buffer_is_an_empty_string),
		RUN(test_bytes_are_followed_by_a_nul),
		RUN(test_it_holds_its_limit_and_not_a_byte_more),
		RUN(test_after_an_overflow_nothing_is_stored),
		RUN(test_dropping_does_not_forget_an_overflow),
		RUN(test_the_front_is_dropped),
		RUN(test_what_is_taken_is_the_callers),
		RUN(test_it_grows_over_many_pieces),
		RUN(test_a_scope_frees_what_is_not_handed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
