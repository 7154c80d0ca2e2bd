/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_RUNNER_H
#define WORKER_RUNNER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "worker/action.h"
#include "worker/action_report.h"
#include "worker/agent.h"

/*
 * Runs one action in a process group and mount namespace of its own, and
 * reads what it says: its log line by line, and its reports.
 *
 *	runner_start(&runner, task, &context, now, err);
 *	n = runner_fds(&runner, fds);		wait for them,
 *	until = runner_deadline(&runner);	until then
 *	while (runner_next(&runner, now, &event))
 *		...
 *
 * It may be started again after RUNNER_ENDED.
 */
enum runner_event_kind { RUNNER_LINE, RUNNER_PROGRESS, RUNNER_ENDED };

struct runner_event {
	enum runner_event_kind kind;
	const char *stream; /* of a line: "stdout", "stderr" */
	const char *line;
	struct agent_progress progress;
	struct agent_result result;
};

enum { RUNNER_STDOUT, RUNNER_STDERR, RUNNER_REPORT, RUNNER_PIPES };

struct runner {
	bool active;

	/* Private. */
	pid_t pid;
	int exit_fd; /* readable when the process has ended */
	int fds[RUNNER_PIPES];
	struct buf input[RUNNER_PIPES];
	struct buf line;
	struct buf message;
	struct buf result;
	struct buf phase;
	enum agent_leave leave;
	mono_ms kill_at; /* the timeout, or after a polite request to end */
	bool timed_out;
	bool ended;
	int status;
};

#define RUNNER_FDS (RUNNER_PIPES + 1)

void runner_init(struct runner *runner);
void runner_release(struct runner *runner);

int runner_start(struct runner *runner, const struct task *task,
		 const struct action_context *context, mono_ms now,
		 struct err *err) NODISCARD;
/* SIGTERM, and a little later SIGKILL. */
void runner_kill(struct runner *runner, mono_ms now);

unsigned runner_fds(const struct runner *runner,
		    struct curl_waitfd fds[RUNNER_FDS]);
mono_ms runner_deadline(const struct runner *runner);
/* What the event points to is valid until the next call. */
bool runner_next(struct runner *runner, mono_ms now,
		 struct runner_event *event);

#endif
