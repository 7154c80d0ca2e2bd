/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_DISPATCH_H
#define WORKFLOW_DISPATCH_H

#include "store/run.h"
#include "workflow/engine.h"
#include "workflow/task_wire.h"

/*
 * An action on its way to its worker, and what it says on its way back.
 *
 * Values of Secrets that it needs are put in only here: the template is
 * rendered again from the snapshot of its run, with the Secrets as they are
 * now, and only what was marked is taken. What an action writes or reports
 * afterwards has every one of these values replaced by "***" before it
 * becomes a row.
 */
struct dispatch;

struct dispatch *dispatch_new(struct store *store, const struct engine_ops *ops,
			      void *arg);
void dispatch_free(struct dispatch *dispatch);

/* The task's texts are the caller's: task_release. On an error there is
 * nothing to release, and the message holds no secret. */
int dispatch_task(struct dispatch *dispatch, const struct action *action,
		  struct task *task, struct err *err) NODISCARD;

/* A text of the action as it may be shown; the caller frees. */
char *dispatch_masked(struct dispatch *dispatch, const struct action *action,
		      const char *text);

/* The action is over. */
void dispatch_forget(struct dispatch *dispatch, const struct action *action);

#endif
