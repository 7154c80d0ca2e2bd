/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_WORKER_RECORD_H
#define WORKFLOW_WORKER_RECORD_H

#include "store/machine.h"
#include "workflow/dispatch.h"
#include "workflow/task_wire.h"

/*
 * What a worker says of its actions becomes rows. A machine is believed only
 * what it says of actions that are its own.
 */

/* A boot begins: what an earlier one had under way was interrupted. */
int worker_hello(struct store *store, int64_t machine,
		 const struct task_hello *hello, struct err *err) NODISCARD;

/* What was heard before is not heard twice; *seq is the last that was. */
int worker_record(struct store *store, struct dispatch *dispatch,
		  const struct machine *machine,
		  const struct task_events *events, int64_t *seq,
		  struct err *err) NODISCARD;

/* May the worker go on with this action? */
bool worker_wanted(struct store *store, int64_t machine,
		   const struct task_key *key);

#endif
