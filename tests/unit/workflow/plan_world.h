/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_WORKFLOW_PLAN_WORLD_H
#define TESTS_UNIT_WORKFLOW_PLAN_WORLD_H

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "test.h"
#include "workflow/plan.h"
#include "workflow/step_plan.h"

#define NOW 1000000

/* A run in a phase that began at NOW, on machine 7, which has a BMC. */
struct world {
	struct run run;
	struct action actions[2];
	struct step_plan steps;
	struct plan_view view;
	struct plan step;
};

static inline void enter(struct world *w, enum phase phase, wall_ms at)
{
	static const struct plan_limits usual;
	int64_t limit = plan_phase_ms(&usual, &w->run, phase);

	str_copy(w->run.phase, sizeof(w->run.phase), phase_name(phase));
	w->run.phase_at = at;
	w->run.deadline = limit ? at + limit : 0;
}

static inline void set_action(struct world *w, int position, const char *state)
{
	struct action *action = &w->actions[position];

	memset(action, 0, sizeof(*action));
	action->position = position;
	action->machine = 7;
	action->attempt = 1;
	action->timeout_s = 600;
	action->backoff_s = 5;
	snprintf(action->name, sizeof(action->name), "step %d", position);
	str_copy(action->state, sizeof(action->state), state);
	if (!str_eq(state, "PENDING")) {
		action->offered_at = NOW;
		action->started_at = NOW;
	}
}

static inline void release(struct world *w)
{
	step_plan_release(&w->steps);
}

/* With the steps that a mode has; "": none. */
static inline void init_mode(struct world *w, const char *mode,
			     enum phase phase)
{
	AUTO_JSON json_t *workflow = json_pack(
		"{s:{s:{s:s,s:b,s:s}}}", "spec", "bootOptions", "bootMode",
		mode, "toggleAllowNetboot", 1, "isoURL", "http://x/h.iso");
	struct err err;

	memset(w, 0, sizeof(*w));
	w->run.machine = 7;
	w->run.workflow = 3;
	w->run.await_os = true;
	w->run.uefi = true;
	w->run.started_at = NOW;
	set_action(w, 0, "PENDING");
	set_action(w, 1, "PENDING");
	if (step_plan(workflow, true, &w->run, w->actions, 2, &w->steps, &err))
		fail_msg("%s", err.message);
	w->view.run = &w->run;
	w->view.actions = w->actions;
	w->view.n_actions = 2;
	w->view.steps = w->steps.steps;
	w->view.n_steps = w->steps.n;
	w->view.is_first = true;
	enter(w, phase, NOW);
}

static inline void init(struct world *w, enum phase phase)
{
	init_mode(w, "netboot", phase);
}

static inline void ask(struct world *w, wall_ms now)
{
	plan(&w->view, now, &w->step);
}

/* The intent of a step. */
static inline void set_step(struct step *step, const char *state, wall_ms at)
{
	step->intent = 1 + step->position;
	str_copy(step->state, sizeof(step->state), state);
	step->created_at = at;
}

/* All of a stage are done. */
static inline void finish(struct world *w, const char *stage)
{
	for (size_t i = 0; i < w->steps.n; i++)
		if (str_eq(w->steps.steps[i].stage, stage))
			set_step(&w->steps.steps[i], "observed", NOW);
}

static inline void assert_step(const struct world *w, const char *kind)
{
	assert_int_equal(w->step.kind, PLAN_STEP);
	assert_string_equal(w->steps.steps[w->step.index].kind, kind);
}

static inline void assert_move(const struct world *w, enum phase phase)
{
	assert_int_equal(w->step.kind, PLAN_MOVE);
	assert_string_equal(phase_name(w->step.phase), phase_name(phase));
}

static inline void assert_fail(const struct world *w, const char *outcome,
			       const char *cause)
{
	assert_int_equal(w->step.kind, PLAN_FAIL);
	assert_string_equal(w->step.outcome, outcome);
	if (!strstr(w->step.cause, cause))
		fail_msg("\"%s\" does not say \"%s\"", w->step.cause, cause);
}

#endif
