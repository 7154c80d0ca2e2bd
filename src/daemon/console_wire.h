/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_CONSOLE_WIRE_H
#define DAEMON_CONSOLE_WIRE_H

#include "base/wire.h"

/*
 * What a machine says on its console: bytes to lines, and which of the lines
 * mean something. Pure.
 *
 *	console_lines_init(&lines);
 *	while (console_lines_next(&lines, &bytes))
 *		look(console_match(lines.line));
 *	...
 *	if (console_lines_flush(&lines))	it waits: a prompt
 *		look(console_match(lines.line));
 *
 * A line has 512 bytes at most, the rest of a longer one is the next. Escape
 * sequences are left out; one that moves the cursor to another place, as menus
 * of firmware do, ends a line, and so does a carriage return. What is neither
 * printable nor UTF-8 becomes '?'. Empty lines are none.
 */
#define CONSOLE_LINE 512

struct console_lines {
	char line[CONSOLE_LINE + 1]; /* the last that was whole */

	/* Private. */
	enum { CONSOLE_TEXT, CONSOLE_ESCAPE, CONSOLE_CSI, CONSOLE_OSC } state;
	size_t len;
	char next[CONSOLE_LINE + 1];
};

void console_lines_init(struct console_lines *lines);
/* Takes bytes up to the end of a line; false: they are used up. */
bool console_lines_next(struct console_lines *lines, struct rbuf *in);
/* What stands there without an end becomes a line; false: nothing does. */
bool console_lines_flush(struct console_lines *lines);

enum console_kind {
	CONSOLE_NOTHING,
	CONSOLE_PANIC,
	CONSOLE_INITRAMFS,
	CONSOLE_NO_ROOT,
	CONSOLE_OUT_OF_MEMORY,
	CONSOLE_HARDWARE_ERROR,
	CONSOLE_EMERGENCY,
	CONSOLE_BOOT_LOADER,
	CONSOLE_SECURE_BOOT,
	CONSOLE_NO_LINK,
	CONSOLE_PXE_ERROR,
	CONSOLE_IPXE_ERROR,
	CONSOLE_NO_BOOT_DEVICE,
	CONSOLE_WORKER,
	CONSOLE_LOGIN,
	CONSOLE_N_KINDS,
};

enum console_kind console_match(const char *line);
/* "kernel-panic": the event's. */
const char *console_kind_name(enum console_kind kind);

/* Puts "***" for what may be a secret: what follows a word such as "password"
 * or "token", a password in a URL, and long words of letters and digits. It
 * never becomes longer. */
void console_redact(char *line);

#endif
