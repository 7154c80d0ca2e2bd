/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_WORKFLOW_WIRE_H
#define WORKFLOW_WORKFLOW_WIRE_H

#include "base/json.h"
#include "store/run.h"

/*
 * Between Workflow, Template and Hardware objects and the rows of a run.
 * Pure: the engine reads the objects and writes the rows.
 */
#define WORKFLOW_MAX_ACTIONS 200

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

/*
 * What a template sees: every key of hardwareMap at the top, .hardware (the
 * object by its JSON names), .Hardware (by Go field names: Disks,
 * Interfaces, Metadata, UserData, VendorData), and ours under .tomte:
 * `facts` (taken over as it is) with name, server, imageURL, metadataURL.
 */
json_t *workflow_data(const json_t *workflow, const json_t *hardware,
		      const json_t *facts);

/* The status of a Workflow as Tinkerbell writes it. */
json_t *workflow_status(const struct run *run, const struct action *actions,
			size_t n_actions, const char *agent_id);

/* "PREPARING", "PENDING", "RUNNING", "POST", "SUCCESS", ... */
const char *workflow_state(const struct run *run);

#endif
