/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_WHY_H
#define WORKFLOW_WHY_H

#include "workflow/run_view.h"

/*
 * Why a run stands where it stands: what was last seen of the machine, what
 * was expected next, and what to try. Pure, from the run's rows alone.
 */
struct why {
	char last_seen[768];
	char expected[256];
	char advice[512];
};

/* The phase in which it stood when it failed, or stands now. */
const char *why_phase(const struct run_view *view);

void why_find(const struct run_view *view, struct why *why);

#endif
