/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_ENROL_H
#define WORKFLOW_ENROL_H

#include "base/json.h"
#include "store/store.h"
#include "workflow/task_wire.h"

/*
 * A worker said hello and has nothing to do: its machine gets a Workflow by
 * the WorkflowRuleSet that fits best, if its Hardware allows it. Why or why
 * not is an event of the machine. Nothing is made for a machine that any
 * Workflow names already: an enrolment that has failed is not repeated.
 */
int enrol(struct store *store, int64_t machine, const struct task_hello *hello,
	  bool discovered, struct err *err) NODISCARD;

/* The namespace for a machine that reports this, the caller's; `otherwise`:
 * no rule set fits. */
char *enrol_namespace(struct store *store, const json_t *attributes,
		      const char *otherwise, struct err *err) NODISCARD;

#endif
