/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_WHY_H
#define WORKFLOW_WHY_H

#include "workflow/why_plan.h"

/*
 * Why a run stands where it stands: what was last seen of the machine, what
 * was expected next, what is likely to be wrong, and what to try. Pure, from
 * the run's rows alone.
 */
struct why {
	char last_seen[768];
	char expected[256];
	const char *advice; /* of the likeliest; "": none */
	struct why_plan plan;
};

void why_find(const struct run_view *view, struct why *why);

#endif
