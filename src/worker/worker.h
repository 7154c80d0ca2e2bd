/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "worker/action.h"
#include "worker/agent.h"
#include "worker/config.h"

/*
 * The worker's one loop: joins the agent (what to do next), the client (the
 * server) and the runner (the action). Returns when the machine shall leave,
 * or when a signal told it to end (AGENT_STAY).
 */
struct worker_options {
	const struct config *config;
	struct action_context context;
	const char
		*journal;   /* a file that lasts as long as the boot, or NULL */
	const char *notice; /* the first line for the server's log, or NULL */
	const char *boot_id; /* NULL: the kernel's */
};

enum agent_leave worker_run(const struct worker_options *options);

#endif
