/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "fuzz/fuzz.h"
#include "workflow/workflow_wire.h"

/* What a rendered template gives can be run: named, to be done or left out, in
 * order, and tried a bounded number of times. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };
	struct err err;

	if (workflow_decode((const char *)bytes, len, &plan, &err)) {
		assert(err.code != ERR_NONE);
		assert(!plan.actions && !plan.n_actions);
		return 0;
	}
	assert(plan.n_actions > 0 && plan.n_actions <= WORKFLOW_MAX_ACTIONS);
	for (size_t i = 0; i < plan.n_actions; i++) {
		const struct action *action = &plan.actions[i];

		assert(action->position == (int)i);
		assert(*action->name && *action->image && *action->action_id);
		assert(str_eq(action->state, "PENDING") ||
		       str_eq(action->state, "SKIPPED"));
		assert(action->retries <= 100 && action->backoff_s <= 300);
		assert(!*action->background || !*action->leaves);
		assert(json_is_object(action->document));
	}
	return 0;
}
