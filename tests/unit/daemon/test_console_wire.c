/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/console_wire.h"

#include <string.h>

#include "base/str.h"
#include "test.h"

/* The lines of a text, with '|' between; what has no end is one, too. */
static const char *lines_of(const char *text)
{
	static char out[4096];
	struct console_lines lines;
	struct rbuf in = rbuf_of(text, strlen(text));
	size_t len = 0;

	out[0] = '\0';
	console_lines_init(&lines);
	while (console_lines_next(&lines, &in) || console_lines_flush(&lines)) {
		size_t n = strlen(lines.line);

		if (len)
			out[len++] = '|';
		assert_true(len + n < sizeof(out));
		memcpy(out + len, lines.line, n + 1);
		len += n;
	}
	return out;
}

static void test_lines_end_as_all_kinds_of_systems_end_them(void **state)
{
	(void)state;

	assert_string_equal(lines_of("one\r\ntwo\nthree\rfour"),
			    "one|two|three|four");
	assert_string_equal(lines_of("\r\n\n \r\n"), "");
	assert_string_equal(lines_of("a\tb  \r\n"), "a b");
}

static void test_what_moves_the_cursor_is_no_text(void **state)
{
	(void)state;

	assert_string_equal(lines_of("\x1b[1;31mred\x1b[0m\r\n"), "red");
	assert_string_equal(lines_of("\x1b]0;title\x07shell\n"), "shell");
	assert_string_equal(lines_of("-\b\\\b|\bdone\n"), "done");
	assert_string_equal(lines_of("\x1b[2J\x1b[01;01HBoot\x1b[02;01HMenu"),
			    "Boot|Menu");
	assert_string_equal(lines_of("\x1b[12\nnext\n"), "next");
}

static void test_what_is_no_text_is_replaced(void **state)
{
	(void)state;

	assert_string_equal(lines_of("a\xff\xc3(b\n"), "a?"
						       "?(b");
	assert_string_equal(lines_of("caf\xc3\xa9\n"), "caf\xc3\xa9");
	assert_string_equal(lines_of("\xed\xa0\x80 x\xe2\x82\n"), "??? x??");
	assert_string_equal(lines_of("a\x01\x7f"
				     "b\n"),
			    "ab");
}

static void test_a_line_has_a_bound(void **state)
{
	struct console_lines lines;
	char text[CONSOLE_LINE + 101] = "";
	struct rbuf in = rbuf_of(text, sizeof(text));

	(void)state;
	memset(text, 'x', sizeof(text));
	console_lines_init(&lines);

	assert_true(console_lines_next(&lines, &in));
	assert_int_equal(strlen(lines.line), CONSOLE_LINE);
	assert_false(console_lines_next(&lines, &in));
	assert_true(console_lines_flush(&lines));
	assert_int_equal(strlen(lines.line), 101);
	assert_false(console_lines_flush(&lines));
}

/* As they were seen on consoles. */
static const struct {
	const char *line;
	const char *kind;
} known[] = {
	{ "[    1.8] Kernel panic - not syncing: Attempted to kill init! "
	  "exitcode=0x00007f00",
	  "kernel-panic" },
	/* It found its root, but nothing in there that runs. */
	{ "[    5.9] Kernel panic - not syncing: No working init found.  Try "
	  "passing init= option to kernel.",
	  "kernel-panic" },
	{ "[    1.9] Kernel panic - not syncing: VFS: Unable to mount root fs "
	  "on unknown-block(0,0)",
	  "no-root" },
	{ "[    0.6] Initramfs unpacking failed: junk within compressed "
	  "archive",
	  "initramfs-broken" },
	{ "Gave up waiting for root file system device.", "no-root" },
	{ "ALERT!  UUID=8a3c does not exist.  Dropping to a shell!",
	  "no-root" },
	{ "(initramfs)", "no-root" },
	{ "[    0.5] Kernel panic - not syncing: System is deadlocked on "
	  "memory",
	  "out-of-memory" },
	{ "[   31.0] Out of memory: Killed process 211 (image) "
	  "total-vm:9000kB",
	  "out-of-memory" },
	{ "[    4.2] mce: [Hardware Error]: Machine check: Processor context "
	  "corrupt",
	  "hardware-error" },
	{ "You are in emergency mode. After logging in, type \"journalctl "
	  "-xb\"",
	  "emergency-mode" },
	{ "grub rescue>", "boot-loader" },
	{ "Entering rescue mode...", "boot-loader" },
	{ "BdsDxe: failed to load Boot0002 \"UEFI PXEv4\" from PciRoot(0x0): "
	  "Access Denied",
	  "secure-boot" },
	{ "PXE-E61: Media test failure, check cable", "no-link" },
	{ "Waiting for link-up on net0.... Down "
	  "(https://ipxe.org/38086193)",
	  "no-link" },
	{ "PXE-E18: Server response timeout.", "pxe-error" },
	{ "PXE-E53: No boot filename received", "pxe-error" },
	{ "http://198.18.0.1:7080/hook/vmlinuz-x86_64... Connection timed out "
	  "(https://ipxe.org/4c0a6092)",
	  "ipxe-error" },
	{ "No configuration methods succeeded (http://ipxe.org/040ee186)",
	  "ipxe-error" },
	{ "No more network devices", "ipxe-error" },
	{ "Nothing to boot: No such file or directory "
	  "(http://ipxe.org/2d03e13b)",
	  "ipxe-error" },
	{ "No bootable device.", "no-boot-device" },
	{ "BdsDxe: No bootable option or device was found.", "no-boot-device" },
	{ "Boot failed: not a bootable disk", "no-boot-device" },
	{ "Operating System not found", "no-boot-device" },
	{ "Reboot and Select proper Boot device", "no-boot-device" },
	{ "2026-11-24T12:00:00Z warn  worker: hello: certificate is not yet "
	  "valid",
	  "worker-warns" },
	{ "2026-11-24T12:00:00Z warn  worker: the server is away (Failed to "
	  "connect to 198.18.0.1 port 7443), trying again",
	  "worker-warns" },
	{ "2026-11-24T12:00:00Z error hook: no network card with MAC "
	  "52:54:00:c6:12:01; trying again",
	  "worker-warns" },
	{ "r1n07 login:", "login" },
};

/* And what is well. */
static const char *const unknown[] = {
	"iPXE 1.21.1 -- Open Source Network Boot Firmware -- http://ipxe.org",
	"http://198.18.0.1:7080/hook/vmlinuz-x86_64... ok",
	"Waiting for link-up on net0... ok",
	"[    0.000000] Linux version 6.1.0-13-amd64",
	"BdsDxe: starting Boot0003 \"UEFI PXEv4\" from PciRoot(0x0)",
	"BdsDxe: failed to load Boot0001 \"UEFI DVD-ROM\": Not Found",
	"Loading Linux 6.1.0-13-amd64 ...",
	"2026-11-24T12:00:00Z info  worker: action image starts",
	"Last login: Tue Nov 24 on ttyS0",
	"",
};

static void test_lines_that_mean_something_are_known(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		enum console_kind kind = console_match(known[i].line);

		if (!str_eq(console_kind_name(kind), known[i].kind))
			fail_msg("%s: %s", known[i].line,
				 console_kind_name(kind));
	}
}

static void test_each_kind_is_known_by_some_line(void **state)
{
	(void)state;

	for (int kind = CONSOLE_PANIC; kind < CONSOLE_N_KINDS; kind++) {
		bool found = false;

		for (size_t i = 0; i < ARRAY_LEN(known); i++)
			found = found || str_eq(console_kind_name((
							enum console_kind)kind),
						known[i].kind);
		if (!found)
			fail_msg("%s",
				 console_kind_name((enum console_kind)kind));
	}
}

static void test_lines_of_what_is_well_mean_nothing(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
		if (console_match(unknown[i]) != CONSOLE_NOTHING)
			fail_msg("%s: %s", unknown[i],
				 console_kind_name(console_match(unknown[i])));
}

static void test_what_may_be_a_secret_is_hidden(void **state)
{
	static const struct {
		const char *line;
		const char *hidden;
	} lines[] = {
		{ "root=/dev/sda1 tomte.password=hunter2 quiet",
		  "root=/dev/sda1 tomte.password=*** quiet" },
		{ "{\"token\": \"abc\", \"mac\": \"x\"}",
		  "{\"token\": \"***\", \"mac\": \"x\"}" },
		{ "Authorization: Bearer abcdef x",
		  "Authorization: Bearer *** x" },
		{ "get http://user:hunter2@host/file",
		  "get http://***@host/file" },
		{ "key 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b end",
		  "key *** end" },
		{ "passphrase='one' and two", "passphrase='***' and two" },
		{ "password: ", "password: " },
		{ "Give root password for maintenance",
		  "Give root password for maintenance" },
		{ "root=UUID=0b4d1c5a-98a6-4d0c-9c5c-2f3a4b5c6d7e ro",
		  "root=UUID=0b4d1c5a-98a6-4d0c-9c5c-2f3a4b5c6d7e ro" },
		{ "Kernel panic - not syncing: Attempted to kill init!",
		  "Kernel panic - not syncing: Attempted to kill init!" },
		{ "(https://ipxe.org/4c0a6092)",
		  "(https://ipxe.org/4c0a6092)" },
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		char line[CONSOLE_LINE + 1];

		str_copy(line, sizeof(line), lines[i].line);
		console_redact(line);
		assert_string_equal(line, lines[i].hidden);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_lines_end_as_all_kinds_of_systems_end_them),
		RUN(test_what_moves_the_cursor_is_no_text),
		RUN(test_what_is_no_text_is_replaced),
		RUN(test_a_line_has_a_bound),
		RUN(test_lines_that_mean_something_are_known),
		RUN(test_each_kind_is_known_by_some_line),
		RUN(test_lines_of_what_is_well_mean_nothing),
		RUN(test_what_may_be_a_secret_is_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
