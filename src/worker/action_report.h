/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_ACTION_REPORT_H
#define WORKER_ACTION_REPORT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What an action's process tells the worker beside its log: lines on a pipe.
 *
 *	progress DONE TOTAL RATE PHASE
 *	message TEXT		one line for the event, of success or failure
 *	result {JSON}
 *	leave reboot|poweroff|kexec	once the server knows that it succeeded
 *
 * Success or failure itself is the exit code.
 */
enum action_report_kind {
	ACTION_PROGRESS,
	ACTION_MESSAGE,
	ACTION_RESULT,
	ACTION_LEAVE,
};

struct action_report {
	enum action_report_kind kind;
	uint64_t bytes_done;
	uint64_t bytes_total; /* 0: not known */
	uint64_t rate;        /* bytes a second */
	const char *text;     /* the rest, pointing into the line */
};

/* False: no such line. */
bool action_report_parse(const char *line, struct action_report *report);

/* Line breaks in the text become blanks. A closed pipe is ignored. */
void action_report_send(int fd, const struct action_report *report);

#endif
