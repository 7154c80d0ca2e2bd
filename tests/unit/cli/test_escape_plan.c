/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/escape_plan.h"

#include "base/buf.h"
#include "test.h"

/* What is sent of these keys; '.' stands for leaving, '?' for the help. */
static void assert_sent(const char *keys, const char *sent, const char *actions)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(256);
	CLEANUP(buf_release) struct buf seen = BUF_INIT(256);
	struct escape escape = { 0 };
	char bytes[2];
	size_t n;

	for (; *keys; keys++) {
		switch (escape_key(&escape, *keys, bytes, &n)) {
		case ESCAPE_LEAVE:
			buf_addc(&seen, '.');
			break;
		case ESCAPE_HELP:
			buf_addc(&seen, '?');
			break;
		case ESCAPE_SEND:
			buf_add(&out, bytes, n);
			break;
		}
	}
	assert_string_equal(out.base, sent);
	assert_string_equal(seen.base, actions);
}

static void
test_a_tilde_and_a_dot_leave_at_the_beginning_of_a_line(void **state)
{
	(void)state;
	assert_sent("~.", "", ".");
	assert_sent("ls\r~.", "ls\r", ".");
	assert_sent("ls\n~.", "ls\n", ".");
	assert_sent("a~.", "a~.", "");
	assert_sent("a\r~?~.", "a\r", "?.");
}

static void test_a_tilde_of_theirs_gets_there(void **state)
{
	(void)state;
	assert_sent("~~", "~", "");
	assert_sent("~~.", "~.", "");
	assert_sent("~/bin", "~/bin", "");
	assert_sent("~\r~.", "~\r", ".");
	assert_sent("a~~b", "a~~b", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_tilde_and_a_dot_leave_at_the_beginning_of_a_line),
		RUN(test_a_tilde_of_theirs_gets_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
