/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/console_plan.h"

#include <stdio.h>

#include "test.h"

static void test_each_kind_is_told_once_in_a_boot(void **state)
{
	struct console_boot boot;
	struct console_event event;

	(void)state;
	console_boot_init(&boot);

	assert_false(console_boot_line(&boot, "Loading", 0, &event));
	assert_true(console_boot_line(&boot, "PXE-E53: one", 1, &event));
	assert_string_equal(event.kind, "pxe-error");
	assert_string_equal(event.text, "PXE-E53: one");
	assert_false(console_boot_line(&boot, "PXE-E32: two", 2, &event));
	assert_true(console_boot_line(&boot, "grub rescue>", 3, &event));

	console_boot_init(&boot);
	assert_true(console_boot_line(&boot, "PXE-E53: one", 4, &event));
}

static void test_the_last_line_is_told_when_nothing_follows(void **state)
{
	struct console_boot boot;
	struct console_event event;

	(void)state;
	console_boot_init(&boot);
	assert_int_equal(console_boot_deadline(&boot), MONO_NEVER);

	console_boot_line(&boot, "one", 0, &event);
	console_boot_line(&boot, "two", 10000, &event);
	assert_false(console_boot_expire(&boot, 15000, &event));
	assert_int_equal(console_boot_deadline(&boot), 25000);
	assert_true(console_boot_expire(&boot, 25000, &event));

	assert_string_equal(event.kind, "quiet");
	assert_string_equal(event.text, "silent since: two");
	assert_int_equal(console_boot_deadline(&boot), MONO_NEVER);
}

static void test_what_comes_again_and_again_is_told_once(void **state)
{
	struct console_boot boot;
	struct console_event event;

	(void)state;
	console_boot_init(&boot);

	console_boot_line(&boot, "m1 login:", 0, &event);
	assert_true(console_boot_expire(&boot, 15000, &event));
	console_boot_line(&boot, "m1 login:", 20000, &event);
	assert_int_equal(console_boot_deadline(&boot), 50000);
	assert_false(console_boot_expire(&boot, 50000, &event));
}

static void test_a_line_that_has_no_end_is_no_silence(void **state)
{
	struct console_boot boot;
	struct console_event event;

	(void)state;
	console_boot_init(&boot);

	console_boot_line(&boot, "loading initramfs", 0, &event);
	console_boot_heard(&boot, 14000);
	assert_false(console_boot_expire(&boot, 15000, &event));
	assert_true(console_boot_expire(&boot, 29000, &event));
}

static void test_a_boot_has_few_events_however_long_it_lasts(void **state)
{
	struct console_boot boot;
	struct console_event event;
	mono_ms now = 0;
	unsigned n = 0;

	(void)state;
	console_boot_init(&boot);

	for (int i = 0; i < 10000; i++) {
		char line[64];

		snprintf(line, sizeof(line), "PXE-E%02d: error %d", i % 100, i);
		n += console_boot_line(&boot, line, now, &event);
		snprintf(line, sizeof(line), "r1n%02d login:", i);
		n += console_boot_line(&boot, line, now, &event);
		now += 600000;
		n += console_boot_expire(&boot, now, &event);
	}

	/* E61 is a kind of its own. */
	assert_int_equal(n, 3 + CONSOLE_QUIET);
	assert_true(n <= CONSOLE_EVENTS);
	assert_int_equal(console_boot_deadline(&boot), MONO_NEVER);
}

static void test_no_secret_is_told(void **state)
{
	struct console_boot boot;
	struct console_event event;

	(void)state;
	console_boot_init(&boot);

	assert_true(console_boot_line(
		&boot, "Kernel panic - not syncing: password=hunter2", 0,
		&event));
	assert_string_equal(event.text,
			    "Kernel panic - not syncing: password=***");
	assert_true(console_boot_expire(&boot, 15000, &event));
	assert_string_equal(
		event.text,
		"silent since: Kernel panic - not syncing: password=***");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_each_kind_is_told_once_in_a_boot),
		RUN(test_the_last_line_is_told_when_nothing_follows),
		RUN(test_what_comes_again_and_again_is_told_once),
		RUN(test_a_line_that_has_no_end_is_no_silence),
		RUN(test_a_boot_has_few_events_however_long_it_lasts),
		RUN(test_no_secret_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
