/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_WHY_PLAN_H
#define WORKFLOW_WHY_PLAN_H

#include "workflow/why_sight_plan.h"

/*
 * What is wrong with a run, or keeps it waiting: what may be, the likeliest
 * first, with the events that speak for it and what to try next. Pure, from
 * the run's rows alone. Nothing, for a run that goes its way.
 */
#define WHY_HYPOTHESES 8
#define WHY_EVIDENCE   4

struct why_hypothesis {
	const char *word; /* stable: "no-dhcp-discover" */
	const char *cause;
	const char *advice; /* "": nothing is to be done */
	int score;          /* 1 to 100 */
	/* Indexes of the view's events, the newest of them, in order. */
	size_t evidence[WHY_EVIDENCE];
	size_t n_evidence;
};

struct why_plan {
	struct why_hypothesis items[WHY_HYPOTHESES];
	size_t n;
};

void why_plan(const struct run_view *view, struct why_plan *plan);

#endif
