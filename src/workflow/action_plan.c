/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/action_plan.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

/* A worker that has been told nothing asks at least every 20 seconds. */
#define PICKUP_MS (5 * MINUTE)
/* After an action that restarts the machine: as long as firmware and loading
 * may take. */
#define RETURN_MS (25 * MINUTE)
/* A machine that restarts again and again takes nothing up either. */
#define PICKUP_MOST_MS (60 * MINUTE)
/* The worker enforces an action's timeout; we only notice when it cannot. */
#define GRACE_MS (60 * SECOND)
/* Of an action without a timeout: the worker gives signs of life. */
#define SILENCE_MS (15 * MINUTE)

#define BACKOFF_MOST_S 300

static bool is(const struct action *action, const char *state)
{
	return str_eq(action->state, state);
}

static bool has_failed(const struct action *action)
{
	return is(action, "FAILED") || is(action, "TIMEOUT");
}

/* Its command for failures is over, but it has not its own end back yet. */
static bool is_handled(const struct action *action)
{
	return *action->handler && !str_eq(action->handler, "done") &&
	       !is(action, "PENDING") && !is(action, "RUNNING");
}

bool action_over(const struct action *action)
{
	if (is_handled(action))
		return false;
	return is(action, "SUCCESS") || is(action, "SKIPPED") ||
	       is(action, "CANCELLED");
}

/* A failure of it is no failure of the run. */
static bool is_spared(const struct action *action)
{
	return str_eq(action->background, "true");
}

const struct action *action_current(const struct action *actions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!*actions[i].background && !action_over(&actions[i]))
			return &actions[i];
	return NULL;
}

const char *action_leaving(const struct plan_view *view)
{
	for (size_t i = view->n_actions; i-- > 0;) {
		const struct action *action = &view->actions[i];

		if (*action->background || is(action, "SKIPPED") ||
		    action->machine != view->run->machine)
			continue;
		if (!is(action, "SUCCESS"))
			return "";
		if (*action->leaves)
			return action->leaves;
		return str_eq(action->phase, "terminal") ? "reboot" : "";
	}
	return "";
}

/* Deadlines */

static wall_ms later(wall_ms a, wall_ms b)
{
	return a > b ? a : b;
}

/* Did the action before it, on the same machine, take the machine along? */
static bool follows_restart(const struct plan_view *view,
			    const struct action *action)
{
	while (action-- > view->actions) {
		if (*action->background || is(action, "SKIPPED"))
			continue;
		return *action->leaves || str_eq(action->phase, "terminal");
	}
	return false;
}

/* When the worker should at the latest have taken it up. 0: that is up to
 * who starts the machine. */
static wall_ms pickup_deadline(const struct plan_view *view,
			       const struct action *action)
{
	const struct run *run = view->run;
	wall_ms at = action->offered_at +
		     (follows_restart(view, action) ? RETURN_MS : PICKUP_MS);

	if (action->machine != run->machine)
		return 0;
	if (run->hello_at > action->offered_at)
		at = later(at, run->hello_at + PICKUP_MS);
	if (at > action->offered_at + PICKUP_MOST_MS)
		at = action->offered_at + PICKUP_MOST_MS;
	if (run->resumed_at > action->offered_at)
		at = later(at, run->resumed_at + PICKUP_MS);
	return at;
}

static wall_ms running_deadline(const struct plan_view *view,
				const struct action *action)
{
	wall_ms at;

	if (action->timeout_s)
		at = action->started_at + action->timeout_s * SECOND + GRACE_MS;
	else if (*action->background)
		return 0;
	else
		at = later(action->started_at,
			   later(view->heard_at, view->awake_at)) +
		     SILENCE_MS;
	if (view->run->resumed_at)
		at = later(at, view->run->resumed_at + GRACE_MS);
	return at;
}

/* What becomes of it */

static void act(const struct plan_view *view, const struct action *action,
		enum plan_kind kind, struct plan *out)
{
	out->kind = kind;
	out->index = (size_t)(action - view->actions);
}

static void settle(const struct plan_view *view, const struct action *action,
		   const char *state, const char *message, struct plan *out)
{
	act(view, action, PLAN_SETTLE, out);
	out->state = state;
	snprintf(out->cause, sizeof(out->cause), "%s", message);
}

static void retry(const struct plan_view *view, const struct action *action,
		  wall_ms now, struct plan *out)
{
	int64_t wait_s = action->backoff_s;

	for (int i = 0; i < action->n_failed && wait_s < BACKOFF_MOST_S; i++)
		wait_s *= 2;
	if (wait_s > BACKOFF_MOST_S)
		wait_s = BACKOFF_MOST_S;
	act(view, action, PLAN_RETRY, out);
	out->not_before = now + wait_s * SECOND;
	snprintf(out->cause, sizeof(out->cause),
		 "attempt %d of %u comes in %llds", action->n_failed + 2,
		 action->retries + 1, (long long)wait_s);
}

static bool has_retries(const struct action *action)
{
	return (uint32_t)action->n_failed < action->retries;
}

/* Its machine has restarted since it began. */
static void on_interrupted(const struct plan_view *view,
			   const struct action *action, wall_ms now,
			   struct plan *out)
{
	if (*action->leaves)
		settle(view, action, "SUCCESS", "the machine has restarted",
		       out);
	else if (action->repeatable &&
		 action->n_interrupted < ACTION_INTERRUPTIONS)
		act(view, action, PLAN_AGAIN, out);
	else if (action->repeatable)
		settle(view, action, "FAILED",
		       "the machine restarts whenever it runs", out);
	else if (has_retries(action))
		retry(view, action, now, out);
	else
		settle(view, action, "FAILED",
		       "the machine restarted while it ran: how far it came is "
		       "not known, so it is not begun anew (idempotent: true "
		       "would allow it)",
		       out);
}

static void fail_by(const struct plan_view *view, const struct action *action,
		    struct plan *out)
{
	plan_fail(out, is(action, "TIMEOUT") ? "timeout" : "failed",
		  "action \"%s\": %s", action->name,
		  *action->message ? action->message : "failed");
	out->index = (size_t)(action - view->actions);
}

/* False: it may be left as it is. */
static bool on_failed(const struct plan_view *view, const struct action *action,
		      wall_ms now, struct plan *out)
{
	const char *handler = NULL;

	if (!*action->handler && has_retries(action)) {
		retry(view, action, now, out);
		return true;
	}
	if (action->on_failure && is(action, "FAILED"))
		handler = "on-failure";
	if (action->on_timeout && is(action, "TIMEOUT"))
		handler = "on-timeout";
	if (handler && !*action->handler) {
		act(view, action, PLAN_HANDLE, out);
		out->handler = handler;
		return true;
	}
	if (is_spared(action))
		return false;
	fail_by(view, action, out);
	return true;
}

/* It was not taken up, or the worker does not say how it goes on. */
static bool on_overdue(const struct plan_view *view,
		       const struct action *action, struct plan *out)
{
	char text[160];

	if (is(action, "PENDING"))
		snprintf(text, sizeof(text),
			 "the worker did not take it up (timeout %us)",
			 action->timeout_s);
	else if (action->timeout_s)
		snprintf(text, sizeof(text),
			 "no word from the worker since its time of %us ran "
			 "out",
			 action->timeout_s);
	else
		snprintf(text, sizeof(text),
			 "no sign of life from the worker for %d minutes",
			 (int)(SILENCE_MS / MINUTE));
	/* Of its command for failures: the failure itself is what counts. */
	if (is_spared(action) ||
	    (*action->handler && !str_eq(action->handler, "done"))) {
		settle(view, action, "TIMEOUT", text, out);
		return true;
	}
	plan_fail(out, "timeout", "action \"%s\": %s", action->name, text);
	out->index = (size_t)(action - view->actions);
	out->state = "TIMEOUT";
	return true;
}

static const struct step *step_before(const struct plan_view *view,
				      const struct action *action)
{
	for (size_t i = 0; i < view->n_steps; i++)
		if (str_eq(view->steps[i].stage, "again") &&
		    view->steps[i].action == action->position)
			return &view->steps[i];
	return NULL;
}

/* Its turn has come. */
static void offer(const struct plan_view *view, const struct action *action,
		  struct plan *out)
{
	const struct step *step = step_before(view, action);

	if (!action->machine) {
		plan_fail(out, "failed",
			  "action \"%s\": the Hardware of its worker was "
			  "deleted",
			  action->name);
		out->index = (size_t)(action - view->actions);
		out->state = "FAILED";
		return;
	}
	if (step && !step->intent) {
		out->kind = PLAN_STEP;
		out->index = (size_t)(step - view->steps);
	} else if (step && str_eq(step->state, "failed")) {
		plan_fail(out, "failed", "action \"%s\": %s: %s", action->name,
			  step->kind, step->error);
		out->index = (size_t)(action - view->actions);
	} else if (step && !str_eq(step->state, "observed")) {
		out->kind = PLAN_WAIT;
	} else if (action->imaging && !str_eq(view->run->slot, "imaging")) {
		out->kind = PLAN_SLOT;
		out->slot = "imaging";
	} else {
		act(view, action, PLAN_OFFER, out);
	}
}

/* Something is to be done about it: true. */
static bool attend(const struct plan_view *view, const struct action *action,
		   wall_ms now, struct plan *out)
{
	wall_ms deadline = 0;

	if (is_handled(action)) {
		act(view, action, PLAN_RESTORE, out);
		return true;
	}
	if (is(action, "INTERRUPTED")) {
		on_interrupted(view, action, now, out);
		return true;
	}
	if (has_failed(action))
		return on_failed(view, action, now, out);
	if (is(action, "PENDING") && !action->offered_at) {
		if (now < action->not_before)
			return false;
		offer(view, action, out);
		return true;
	}
	if (is(action, "PENDING"))
		deadline = pickup_deadline(view, action);
	else if (is(action, "RUNNING"))
		deadline = running_deadline(view, action);
	if (!deadline || now < deadline || view->run->paused_at)
		return false;
	return on_overdue(view, action, out);
}

void action_plan(const struct plan_view *view, wall_ms now, struct plan *out)
{
	for (size_t i = 0; i < view->n_actions; i++) {
		const struct action *action = &view->actions[i];

		if (action_over(action))
			continue;
		if (attend(view, action, now, out))
			return;
		if (*action->background)
			continue;
		out->kind = PLAN_WAIT;
		return;
	}
	for (size_t i = 0; i < view->n_actions; i++) {
		const struct action *action = &view->actions[i];

		if (!is(action, "RUNNING") && !is(action, "PENDING"))
			continue;
		settle(view, action, "CANCELLED", "the other actions are over",
		       out);
		return;
	}
	out->kind = PLAN_MOVE;
	out->phase = PHASE_CLOSING;
}

bool action_imaging(const struct plan_view *view, wall_ms now, bool next)
{
	for (size_t i = 0; i < view->n_actions; i++) {
		const struct action *action = &view->actions[i];

		if (action_over(action))
			continue;
		if (action->imaging &&
		    (is(action, "RUNNING") ||
		     (is(action, "PENDING") && action->offered_at)))
			return true;
		if (action->imaging && next && is(action, "PENDING") &&
		    now >= action->not_before)
			return true;
		if (!*action->background)
			return false;
	}
	return false;
}

wall_ms action_wake(const struct plan_view *view, wall_ms now)
{
	wall_ms wake = 0;

	for (size_t i = 0; i < view->n_actions; i++) {
		const struct action *action = &view->actions[i];
		wall_ms at = 0;

		if (is(action, "RUNNING"))
			at = running_deadline(view, action);
		else if (is(action, "PENDING") && action->offered_at)
			at = pickup_deadline(view, action);
		else if (is(action, "PENDING") && action->not_before > now)
			at = action->not_before;
		if (at && (!wake || at < wake))
			wake = at;
	}
	return wake;
}
