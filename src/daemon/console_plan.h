/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_CONSOLE_PLAN_H
#define DAEMON_CONSOLE_PLAN_H

#include "base/clock.h"
#include "daemon/console_wire.h"

/*
 * Which lines of a boot are told: the first of each kind, and the last one
 * before the console fell silent. However long it lasts and whatever it says,
 * a boot has CONSOLE_EVENTS events at most. Pure.
 *
 *	while (console_lines_next(&lines, &bytes))
 *		if (console_boot_line(&boot, lines.line, now, &event))
 *			(write it down)
 *	...
 *	if (console_boot_expire(&boot, now, &event))
 *		(write it down)
 */
#define CONSOLE_QUIET  5 /* how often silence is told */
#define CONSOLE_EVENTS (CONSOLE_N_KINDS - 1 + CONSOLE_QUIET)

struct console_event {
	const char *kind;
	char text[CONSOLE_LINE + 32]; /* nothing in it that may be a secret */
};

struct console_boot {
	/* Private. */
	uint32_t told; /* kinds */
	unsigned n_quiet;
	bool news; /* lines since silence was told */
	mono_ms deadline;
	char last[CONSOLE_LINE + 1];
};

void console_boot_init(struct console_boot *boot);
/* Something was heard, though no line is whole. */
void console_boot_heard(struct console_boot *boot, mono_ms now);
/* True: it is to be told. */
bool console_boot_line(struct console_boot *boot, const char *line, mono_ms now,
		       struct console_event *event);
/* True: that nothing more comes is to be told. */
bool console_boot_expire(struct console_boot *boot, mono_ms now,
			 struct console_event *event);
mono_ms console_boot_deadline(const struct console_boot *boot);

#endif
