/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_AGENT_H
#define WORKER_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/rng.h"
#include "base/sm.h"
#include "worker/outbox.h"
#include "workflow/task_wire.h"

/*
 * What the worker does next: says hello, asks for an action, has it run,
 * reports. A machine: it neither talks nor forks, worker.c does.
 *
 * One request is under way at a time. It outlives the server: whatever is
 * not acknowledged is sent again, to whichever server answers, for ever. An
 * action goes on while the server is away.
 *
 *	while (agent_output(&agent, now, &out))
 *		carry_out(&out);
 *	wait_until(agent_deadline(&agent));
 *	agent_answer(&agent, now, 200, body, len);
 */

/* What ends this boot, after its event has been acknowledged. */
enum agent_leave { AGENT_STAY, AGENT_REBOOT, AGENT_POWEROFF, AGENT_KEXEC };

enum agent_output_kind {
	AGENT_REQUEST, /* send it, then call agent_answer */
	AGENT_START,   /* run the task of the job, then call agent_ended */
	AGENT_KILL,    /* end that job; agent_ended is still due */
	AGENT_NOTE,    /* for the console */
	AGENT_LEAVE,   /* sync and go */
};

struct agent_output {
	enum agent_output_kind kind;

	bool post; /* a GET otherwise */
	const char *path;
	const char *session; /* "" for hello */
	const char *body;
	size_t len;
	int64_t timeout_ms;

	int job;
	const struct task *task;
	const char *note;
	bool trouble; /* what is noted keeps it from its work */
	enum agent_leave leave;
};

/* Who we are; strings are the caller's and outlive the agent. */
struct agent_identity {
	const char *boot_id;
	const char *machine;
	const char *mac;
	const char *hook_version;
	const char *attributes;
};

/* How an action ended. Strings are the caller's. */
struct agent_result {
	enum task_state state; /* not TASK_RUNNING */
	const char *message;
	const char *result; /* a JSON object, or NULL */
	enum agent_leave leave;
};

#define AGENT_JOURNAL 64

/* What may run at once: job 0 is awaited, the others are beside it. */
#define AGENT_JOBS (1 + TASK_BESIDE_MAX)
#define AGENT_NONE (-1) /* a line of the worker's own */

struct agent_job {
	bool running;
	bool start; /* the task has not been given out yet */
	bool kill;
	bool cancelled;
	struct task task;
};

struct agent {
	struct sm sm;
	struct agent_identity identity;
	struct rng *rng;
	struct task_welcome welcome;

	/* Private. */
	struct outbox outbox;
	struct buf body;
	char path[64];
	mono_ms retry_at; /* in OFFLINE, PAUSED */
	mono_ms report_at;
	unsigned tries;

	struct agent_job jobs[AGENT_JOBS];

	enum agent_leave leave;
	struct task_event *journal; /* final ones, oldest first */
	size_t n_journal;

	char note[200];
	bool trouble;
	char given_note[200]; /* what the last output points to */
};

void agent_init(struct agent *agent, const struct agent_identity *identity,
		struct rng *rng, mono_ms now, uint64_t first_seq);
void agent_release(struct agent *agent);

/* The answer to the request; status 0: none came, `body` says why. */
void agent_answer(struct agent *agent, mono_ms now, int status,
		  const char *body, size_t len);

/* What a running action does. */
void agent_line(struct agent *agent, int job, mono_ms now, const char *stream,
		const char *line);
struct agent_progress {
	const char *phase;
	uint64_t bytes_done;
	uint64_t bytes_total;
	uint64_t rate;
};
void agent_progress(struct agent *agent, int job, mono_ms now,
		    const struct agent_progress *progress);
void agent_ended(struct agent *agent, int job, mono_ms now,
		 const struct agent_result *result);

void agent_expire(struct agent *agent, mono_ms now);
bool agent_output(struct agent *agent, mono_ms now, struct agent_output *out);
mono_ms agent_deadline(const struct agent *agent);
/* AGENT_LEAVE was the last output. */
bool agent_done(const struct agent *agent);

/*
 * The journal as text, and back after a restart of the program within the
 * same boot; what was running then has failed.
 */
void agent_journal(const struct agent *agent, mono_ms now, struct buf *out);
int agent_recall(struct agent *agent, mono_ms now, const char *text, size_t len,
		 struct err *err) NODISCARD;

#endif
