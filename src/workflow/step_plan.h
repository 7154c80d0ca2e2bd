/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_STEP_PLAN_H
#define WORKFLOW_STEP_PLAN_H

#include "base/json.h"
#include "store/run.h"

/*
 * What a run will want of its BMC, as rows, from the boot options of its
 * Workflow. Stages: "prepare" before the work; "again" before an action that
 * restarts the machine in the middle of it, so that it comes back into the
 * in-memory OS; "restart" to start what was installed; "post", the author's
 * postActions; "close", what takes back our own.
 */
#define STEP_MAX        64  /* of a customboot list */
#define STEP_MAX_RESULT 400 /* all of a run */

struct step_plan {
	struct step *steps;
	size_t n;
};

void step_plan_release(struct step_plan *plan);

/*
 * Fills in run->boot, toggle from spec.bootOptions, and the steps. The
 * actions tell which of them restart the machine. A mediaURL is taken as it
 * stands.
 */
int step_plan(const json_t *workflow, bool has_bmc, struct run *run,
	      const struct action *actions, size_t n_actions,
	      struct step_plan *plan, struct err *err) NODISCARD;

/* One bmc action, as a Job's tasks and customboot have it: its one member, as
 * kind and args. */
int step_decode(const json_t *action, struct step *step,
		struct err *err) NODISCARD;

#endif
