/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_STATUS_TREE_H
#define WORKFLOW_STATUS_TREE_H

#include "base/json.h"
#include "store/run.h"

/*
 * The status of a Workflow as Tinkerbell writes it, from the rows of its run.
 * No environment and no command stands in it: these may hold secrets, and the
 * template has them. Conditions of ours beside Tinkerbell's: Failed (with the
 * cause), Paused, Waiting.
 */
json_t *workflow_status(const struct run *run, const struct action *actions,
			size_t n_actions);

/* "PREPARING", "PENDING", "RUNNING", "POST", "SUCCESS", ... */
const char *workflow_state(const struct run *run);

#endif
