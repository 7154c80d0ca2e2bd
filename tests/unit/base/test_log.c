/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "test.h"

#define LOG_MODULE "dhcp"
#include "base/log.h"

struct capture {
	int file;
	int before;
};

static int begin(void **state)
{
	struct capture *capture = xcalloc(1, sizeof(*capture));

	capture->file = memfd_create("log", MFD_CLOEXEC);
	capture->before = dup(STDERR_FILENO);
	assert_true(capture->file >= 0 && capture->before >= 0);
	assert_true(dup2(capture->file, STDERR_FILENO) >= 0);
	log_set_level(LOG_INFO);
	*state = capture;
	return 0;
}

static int end(void **state)
{
	struct capture *capture = *state;

	dup2(capture->before, STDERR_FILENO);
	close(capture->before);
	close(capture->file);
	free(capture);
	return 0;
}

/* All that was logged so far. */
static const char *logged(struct capture *capture, char out[8192])
{
	ssize_t n = pread(capture->file, out, 8191, 0);

	assert_true(n >= 0);
	out[n] = '\0';
	return out;
}

static void test_a_line_has_time_level_and_module(void **state)
{
	char text[8192];

	log_info("offer machine=%s ip=%s", "r1n01", "10.0.0.1");

	logged(*state, text);
	assert_true(text[4] == '-' && text[10] == 'T' && text[19] == 'Z');
	assert_string_equal(text + 20,
			    " info  dhcp: offer machine=r1n01 ip=10.0.0.1\n");
}

static void test_what_is_below_the_level_is_not_written(void **state)
{
	char text[8192];

	log_debug("a packet");
	assert_string_equal(logged(*state, text), "");
	log_set_level(LOG_ERROR);
	log_warn("around");
	log_info("changed");
	assert_string_equal(logged(*state, text), "");
	log_error("act");
	assert_true(str_ends(logged(*state, text), " error dhcp: act\n"));
	log_set_level(LOG_DEBUG);
	log_debug("all");
	assert_true(str_ends(logged(*state, text), " debug dhcp: all\n"));
}

static size_t count(const char *text, char c)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

/* A machine's host name must not look like a line of ours. */
static void test_no_text_can_forge_a_line(void **state)
{
	char text[8192];

	log_info("name=%s", "x\n2026-01-01T00:00:00Z error dhcp: fire\r\n"
			    "\x1b[2J\x07\x7f\tend");

	logged(*state, text);
	assert_int_equal(count(text, '\n'), 1);
	assert_true(str_ends(text, "name=x?2026-01-01T00:00:00Z error dhcp: "
				   "fire???[2J???end\n"));
}

static void test_a_line_that_is_too_long_is_cut(void **state)
{
	char longer[3000];
	char text[8192];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	log_info("%s", longer);
	log_info("next");

	logged(*state, text);
	assert_int_equal(count(text, '\n'), 2);
	assert_int_equal(strcspn(text, "\n"), 1022);
	assert_true(str_ends(text, " info  dhcp: next\n"));
}

static void test_levels_have_names(void **state)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	enum log_level level;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(log_level_parse(names[i], &level), 0);
		assert_int_equal(level, i);
	}
	assert_int_equal(log_level_parse("Info", &level), -1);
	assert_int_equal(log_level_parse("", &level), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_a_line_has_time_level_and_module, begin, end),
		cmocka_unit_test_setup_teardown(
			test_what_is_below_the_level_is_not_written, begin,
			end),
		cmocka_unit_test_setup_teardown(test_no_text_can_forge_a_line,
						begin, end),
		cmocka_unit_test_setup_teardown(
			test_a_line_that_is_too_long_is_cut, begin, end),
		RUN(test_levels_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
