/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/why_rule_plan.h"

#include "base/str.h"

/* By what somebody wanted, or wrote. */
static const struct why_rule rules[] = {
	{ .word = "cancelled",
	  .cause = "somebody cancelled it",
	  .advice = "",
	  .signs = { "cancelled" },
	  .score = 97 },
	{ .word = "hardware-deleted",
	  .cause = "its Hardware was deleted",
	  .advice = "",
	  .signs = { "Hardware was deleted" },
	  .score = 96 },
	{ .word = "no-bmc-ref",
	  .cause = "its Hardware names no BMC",
	  .advice = "name the bmc Machine in spec.bmcRef of the Hardware, "
		    "or leave out bootMode and start the machine by hand",
	  .signs = { "has no spec.bmcRef" },
	  .score = 95 },
	{ .word = "secret-missing",
	  .cause = "a Secret that it needs is not there",
	  .advice = "create the Secret that the cause names, or correct "
		    "the reference to it",
	  .phases = WHY_AT(QUEUED),
	  .signs = { "no such Secret" },
	  .score = 94 },
	{ .word = "hardware-missing",
	  .cause = "the Hardware that it names is not there",
	  .advice = "`tomte get hardware` shows what there is; correct "
		    "spec.hardwareRef",
	  .phases = WHY_AT(QUEUED),
	  .signs = { "spec.hardwareRef" },
	  .score = 92 },
	{ .word = "template-missing",
	  .cause = "the Template that it names is not there",
	  .advice = "`tomte get templates` shows what there is; correct "
		    "spec.templateRef",
	  .phases = WHY_AT(QUEUED),
	  .signs = { "spec.templateRef" },
	  .score = 92 },
	{ .word = "reference-missing",
	  .cause = "an object that the Hardware refers to cannot be used",
	  .advice = "correct spec.references of the Hardware, or the "
		    "rules that allow them",
	  .phases = WHY_AT(QUEUED),
	  .signs = { "reference " },
	  .score = 88 },
	{ .word = "template-refused",
	  .cause = "the Template cannot be carried out as it is written",
	  .advice = "correct the Template where the cause says, then "
		    "`tomte run rerun NAME`",
	  .phases = WHY_AT(QUEUED),
	  .signs = { "Template ", "tasks[" },
	  .score = 85 },
	{ .word = "workflow-refused",
	  .cause = "the Workflow cannot be carried out as it is written",
	  .advice = "correct the field of the Workflow that the cause "
		    "names",
	  .phases = WHY_AT(QUEUED),
	  .signs = { "spec.", "bootMode", "mediaURL" },
	  .score = 25 },
};

const struct why_rule *why_written_rules(size_t *n)
{
	*n = ARRAY_LEN(rules);
	return rules;
}
