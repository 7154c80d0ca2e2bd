/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_ACTION_PLAN_H
#define WORKFLOW_ACTION_PLAN_H

#include "workflow/plan.h"

/*
 * Which action may be handed out, and what becomes of those that ended.
 *
 *	PENDING --offered, taken up--> RUNNING --> SUCCESS
 *	   ^                             |   |
 *	   |                             |   +--> FAILED, TIMEOUT
 *	   +-- retries left, with backoff ---------+   |
 *	   +-- for its on-failure, on-timeout command -+
 *	   |                             |
 *	   +-- may begin anew -- INTERRUPTED (the machine restarted)
 *
 * Actions follow one another, over the borders of tasks. One in the
 * background is offered when it is its turn and not waited for; what still
 * runs of these when all others are done is cancelled. When such an action
 * fails, that is an event, and the run goes on (`background: true`) or fails
 * (`background: required`).
 *
 * Nothing but this makes an action PENDING again, and the number of attempts
 * is bounded: by its retries, and by ACTION_INTERRUPTIONS.
 */
#define ACTION_INTERRUPTIONS 3

/* In `working`: fills in `out`. */
void action_plan(const struct plan_view *view, wall_ms now, struct plan *out);

/* The first of the foreground that has not ended well; NULL: all have. */
const struct action *action_current(const struct action *actions, size_t n);

/* Ended well, was left out, or is wanted no longer. */
bool action_over(const struct action *action);

/* When to look again, of any action; 0: no need to. */
wall_ms action_wake(const struct plan_view *view, wall_ms now);

/* An imaging action is under way, or (if `next`) would be the next. */
bool action_imaging(const struct plan_view *view, wall_ms now, bool next);

/* The run's machine leaves the hook by its last action. How, or "". */
const char *action_leaving(const struct plan_view *view);

#endif
