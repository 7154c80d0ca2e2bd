/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/why.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "workflow/action_plan.h"
#include "workflow/plan.h"

static void find_last_seen(const struct run_view *view, struct why *why)
{
	struct why_scene scene;
	const struct event *last;
	char age[CLOCK_TEXT];

	why_scene(view, &scene);
	if (scene.last == scene.end) {
		str_copy(why->last_seen, sizeof(why->last_seen),
			 "nothing of the machine in this run");
		return;
	}
	last = &view->events[scene.last];
	clock_age(view->now - last->last_at, age);
	if (last->n > 1)
		snprintf(why->last_seen, sizeof(why->last_seen),
			 "%s, %" PRId64 " times (%s, %s ago)", last->message,
			 last->n, last->source, age);
	else
		snprintf(why->last_seen, sizeof(why->last_seen),
			 "%s (%s, %s ago)", last->message, last->source, age);
}

static void find_expected(const struct run_view *view, struct why *why)
{
	const struct action *action =
		action_current(view->actions, view->n_actions);
	enum phase phase = phase_parse(view->run->phase);

	if (view->run->paused_at && !view->run->ended_at)
		str_copy(why->expected, sizeof(why->expected),
			 "the operator to let it go on: it is paused");
	else if (*view->run->waits)
		snprintf(why->expected, sizeof(why->expected), "its turn: %s",
			 view->run->waits_why);
	else if (phase == PHASE_WORKING && action)
		snprintf(why->expected, sizeof(why->expected),
			 str_eq(action->state, "RUNNING")
				 ? "the worker to end action \"%.150s\""
				 : "the worker to take up action \"%.150s\"",
			 action->name);
	else if (phase < N_PHASES)
		str_copy(why->expected, sizeof(why->expected),
			 plan_expected(view->run, phase));
}

void why_find(const struct run_view *view, struct why *why)
{
	memset(why, 0, sizeof(*why));
	find_last_seen(view, why);
	find_expected(view, why);
	why_plan(view, &why->plan);
	why->advice = why->plan.n ? why->plan.items[0].advice : "";
}
