/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_ASK_H
#define DAEMON_ASK_H

#include "api/api.h"
#include "daemon/exec.h"

/*
 * What the API asks BMCs of: sensors, logs, the light. No row has it, so the
 * one who asked waits, and gets the answer when it comes.
 *
 * What changes something leaves after the commit that has it in the audit,
 * once, and is never repeated; how it ended is an event of the machine.
 */
struct asks;

struct asks *asks_new(struct store *store, struct exec *exec);
/* After the exec and the api: nobody is told any more. */
void asks_free(struct asks *asks);

/* For api_ops. */
int asks_add(struct asks *asks, const struct api_ask *ask,
	     struct api_wait *wait, struct err *err) NODISCARD;

/* After each commit. */
void asks_published(struct asks *asks);

#endif
