/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_WHY_RULE_PLAN_H
#define WORKFLOW_WHY_RULE_PLAN_H

#include "workflow/why_sight_plan.h"

#define WHY_SIGNS 6

/*
 * What may be wrong, as data. A rule fits when all of its conditions do, and
 * its score says how surely it is the cause then:
 *
 *	90	somebody who knows says so
 *	70	something was seen that explains it
 *	50	what is missing points there
 *	20	nothing better is known
 */
struct why_rule {
	const char *word;   /* stable, for programs */
	const char *cause;  /* one sentence */
	const char *advice; /* what to try; "": nothing is wrong */
	uint32_t phases;    /* WHY_AT bits; 0: any */
	uint64_t with;      /* SAW bits, all of which were seen */
	uint64_t without;   /* of which none was */
	uint64_t shows;     /* evidence too, where it was seen */
	/* One of these ("*": whatever) is in the run's cause or, a little less
	 * surely, in the text of an event of `with` or `shows`; none: no text
	 * is asked for. */
	const char *signs[WHY_SIGNS];
	bool overdue; /* only when it failed, or has waited for long */
	int score;
};

#define WHY_AT(phase) (UINT32_C(1) << PHASE_##phase)

const struct why_rule *why_rules(size_t *n);
/* More of them: by what people wrote, before there was a run, */
const struct why_rule *why_written_rules(size_t *n);
/* and by what was heard beside the way that a boot takes. */
const struct why_rule *why_heard_rules(size_t *n);

#endif
