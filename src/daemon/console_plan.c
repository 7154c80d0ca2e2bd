/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/console_plan.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* Machines pause in their boot: the first silence is told soon, each further
 * one after twice the time. */
#define QUIET_MS 15000

_Static_assert(CONSOLE_N_KINDS <= 32, "told has so many bits");

void console_boot_init(struct console_boot *boot)
{
	memset(boot, 0, sizeof(*boot));
	boot->deadline = MONO_NEVER;
}

void console_boot_heard(struct console_boot *boot, mono_ms now)
{
	if (boot->n_quiet < CONSOLE_QUIET)
		boot->deadline = now + (QUIET_MS << boot->n_quiet);
}

bool console_boot_line(struct console_boot *boot, const char *line, mono_ms now,
		       struct console_event *event)
{
	enum console_kind kind = console_match(line);
	uint32_t bit = UINT32_C(1) << kind;

	console_boot_heard(boot, now);
	if (!str_eq(boot->last, line)) {
		str_copy(boot->last, sizeof(boot->last), line);
		boot->news = true;
	}
	if (kind == CONSOLE_NOTHING || (boot->told & bit))
		return false;
	boot->told |= bit;
	event->kind = console_kind_name(kind);
	str_copy(event->text, sizeof(event->text), line);
	console_redact(event->text);
	return true;
}

bool console_boot_expire(struct console_boot *boot, mono_ms now,
			 struct console_event *event)
{
	if (now < boot->deadline)
		return false;
	boot->deadline = MONO_NEVER;
	if (!boot->news)
		return false;
	boot->news = false;
	boot->n_quiet++;
	console_redact(boot->last);
	event->kind = console_kind_name(CONSOLE_NOTHING);
	snprintf(event->text, sizeof(event->text), "silent since: %s",
		 boot->last);
	return true;
}

mono_ms console_boot_deadline(const struct console_boot *boot)
{
	return boot->deadline;
}
