/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/str.h"
#include "boot/types.h"

struct heard {
	struct boot_event event;
	char text[600];
};

static void hear(void *arg, const struct boot_event *event)
{
	struct heard *heard = arg;

	heard->event = *event;
	assert_true(str_copy(heard->text, sizeof(heard->text), event->text));
}

static void test_an_event_is_told_with_its_text(void **state)
{
	struct heard heard;
	struct boot_ops ops = { .saw = hear, .arg = &heard };
	struct boot_event event = { .saw = BOOT_SAW_SCRIPT, .ip = 0x0a000001 };

	(void)state;
	boot_tell(&ops, &event, "%s has %d", "r1n01", 3);

	assert_int_equal(heard.event.saw, BOOT_SAW_SCRIPT);
	assert_int_equal(heard.event.ip, 0x0a000001);
	assert_string_equal(heard.text, "r1n01 has 3");
}

static void test_what_the_network_said_cannot_end_a_line(void **state)
{
	struct heard heard;
	struct boot_ops ops = { .saw = hear, .arg = &heard };
	struct boot_event event = { .saw = BOOT_SAW_TFTP_FAILED };

	(void)state;
	boot_tell(&ops, &event, "TFTP %s", "a\nb\x1b[2J\xc3\xa9\xff~ \x7f");

	assert_string_equal(heard.text, "TFTP a?b?[2J???~ ?");
}

static void test_a_long_text_is_cut(void **state)
{
	struct heard heard;
	struct boot_ops ops = { .saw = hear, .arg = &heard };
	struct boot_event event = { .saw = BOOT_SAW_FILE_CUT };
	char name[900];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';

	boot_tell(&ops, &event, "%s", name);

	assert_int_equal(strlen(heard.text), 511);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RUN(test_an_event_is_told_with_its_text),
		RUN(test_what_the_network_said_cannot_end_a_line),
		RUN(test_a_long_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
