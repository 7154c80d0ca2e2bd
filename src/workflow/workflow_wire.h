/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_WORKFLOW_WIRE_H
#define WORKFLOW_WORKFLOW_WIRE_H

#include "base/json.h"
#include "store/run.h"

/*
 * A rendered template as the actions of a run.
 *
 * Beside Tinkerbell's keys an action may have these of ours:
 *
 *	if: "{{ ... }}"		"true" or nothing: it runs; else it is SKIPPED
 *	retries: 3		more attempts after a failure,
 *	retry-backoff: 5	the first after so many seconds, then doubling
 *	idempotent: true	may begin anew when its machine restarted
 *	background: true	not waited for; with `required` its failure is
 *				the run's
 *
 * on-failure and on-timeout, which Tinkerbell reads and forgets, are commands
 * for the same image: it is run once more with them after the last attempt.
 */
#define WORKFLOW_MAX_ACTIONS 200

/* The keys that are read of the whole, of a task and of an action, and those
 * that Tinkerbell reads; each list ends with NULL. Others are passed over. */
extern const char *const workflow_keys[];
extern const char *const workflow_task_keys[];
extern const char *const workflow_action_keys[];

/* What a run takes from the rendered template. */
struct workflow_plan {
	char name[200];
	uint32_t global_timeout_s;
	struct action *actions;
	size_t n_actions;
};

void workflow_plan_release(struct workflow_plan *plan);

/*
 * The rendered template (YAML text) as actions in order. Rules as
 * Tinkerbell has them: at least one task, names of 1 to 199 characters and
 * unique within their task, task volumes and environment merged under the
 * action's own. Scalars keep their text ("0644"). Tasks follow one another.
 */
int workflow_decode(const char *yaml, size_t len, struct workflow_plan *plan,
		    struct err *err) NODISCARD;

#endif
