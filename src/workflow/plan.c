/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

/* A worker that has been told nothing asks at least every 20 seconds. */
#define ACTION_PICKUP_MS (5 * MINUTE)
/* The worker enforces an action's timeout; we only notice when it cannot. */
#define ACTION_GRACE_MS (60 * SECOND)

struct phase_row {
	const char *name;
	int64_t limit_ms;
	const char *expected;
};

/*
 * The limits are generous: servers with much memory take ten minutes from
 * power on to the first DHCP request. A BMC's operations have deadlines of
 * their own, shorter than these.
 */
static const struct phase_row phases[N_PHASES] = {
	[PHASE_QUEUED] = { "queued", 0,
			   "the end of an earlier run of this machine" },
	[PHASE_NETBOOT_ON] = { "netboot-on", 1 * MINUTE,
			       "network boot allowed in the inventory" },
	[PHASE_POWER_OFF] = { "power-off", 10 * MINUTE,
			      "the BMC to say that the power is off" },
	[PHASE_BOOT_DEVICE] = { "boot-device", 10 * MINUTE,
				"the BMC to confirm network as boot device" },
	[PHASE_POWER_ON] = { "power-on", 10 * MINUTE,
			     "the BMC to say that the power is on" },
	[PHASE_FIRMWARE] = { "firmware", 15 * MINUTE,
			     "the boot script to be fetched (DHCP, TFTP, "
			     "iPXE)" },
	[PHASE_LOADING] = { "loading", 10 * MINUTE,
			    "the worker to say hello from the in-memory OS" },
	[PHASE_WORKING] = { "working", 0, "the worker to report" },
	[PHASE_CLOSING] = { "closing", 10 * MINUTE,
			    "network boot switched off again" },
	[PHASE_RESTART_OFF] = { "restart-off", 10 * MINUTE,
				"the BMC to say that the power is off" },
	[PHASE_RESTART_ON] = { "restart-on", 10 * MINUTE,
			       "the BMC to say that the power is on" },
	[PHASE_FIRST_BOOT] = { "first-boot", 30 * MINUTE,
			       "the installed OS to phone home" },
	[PHASE_ENDED] = { "ended", 0, "nothing: it is over" },
};

const char *phase_name(enum phase phase)
{
	return phases[phase].name;
}

enum phase phase_parse(const char *name)
{
	for (int i = 0; i < N_PHASES; i++)
		if (str_eq(phases[i].name, name))
			return (enum phase)i;
	return N_PHASES;
}

const char *plan_expected(enum phase phase)
{
	return phases[phase].expected;
}

int64_t plan_phase_ms(const struct run *run, enum phase phase)
{
	/* Without a BMC it is up to people when the machine is started. */
	if (phase == PHASE_FIRMWARE && !run->netboot)
		return 0;
	return phases[phase].limit_ms;
}

const struct action *plan_current(const struct action *actions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!str_eq(actions[i].state, "SUCCESS"))
			return &actions[i];
	return NULL;
}

wall_ms plan_action_deadline(const struct action *action)
{
	if (!str_eq(action->state, "RUNNING"))
		return 0;
	if (!action->timeout_s)
		return 0;
	return action->started_at + action->timeout_s * SECOND +
	       ACTION_GRACE_MS;
}

static void wait(struct plan *out)
{
	out->kind = PLAN_WAIT;
}

static void move(struct plan *out, enum phase phase)
{
	out->kind = PLAN_MOVE;
	out->phase = phase;
}

PRINTF(3, 4)
static void fail(struct plan *out, const char *outcome, const char *format, ...)
{
	va_list args;

	out->kind = PLAN_FAIL;
	out->outcome = outcome;
	va_start(args, format);
	vsnprintf(out->cause, sizeof(out->cause), format, args);
	va_end(args);
}

/* An intent of this kind, made since the phase began. */
static const struct intent *own_intent(const struct plan_view *view,
				       const char *kind)
{
	const struct intent *intent = view->intent;

	if (!intent || !str_eq(intent->kind, kind) ||
	    intent->created_at < view->run->phase_at)
		return NULL;
	return intent;
}

/* A phase that is one side effect: ask for it, await it, go on. */
static void effect(const struct plan_view *view, const char *kind,
		   enum phase next, struct plan *out)
{
	const struct intent *intent = own_intent(view, kind);

	if (!intent) {
		out->kind = PLAN_INTENT;
		out->intent = kind;
		out->args = view->run->uefi ? "uefi" : "";
	} else if (str_eq(intent->state, "observed")) {
		move(out, next);
	} else if (str_eq(intent->state, "failed")) {
		fail(out, "failed", "%s: %s", kind, intent->error);
	} else {
		wait(out);
	}
}

static void in_netboot_on(const struct plan_view *view, struct plan *out)
{
	if (view->run->toggle && !view->allow_netboot) {
		out->kind = PLAN_NETBOOT;
		out->netboot = true;
		return;
	}
	move(out, view->run->netboot ? PHASE_POWER_OFF : PHASE_FIRMWARE);
}

static void in_firmware(const struct plan_view *view, struct plan *out)
{
	if (view->hello_at)
		move(out, PHASE_WORKING);
	else if (view->script_at >= view->run->phase_at && view->script_at)
		move(out, PHASE_LOADING);
	else
		wait(out);
}

static void in_loading(const struct plan_view *view, struct plan *out)
{
	if (view->hello_at)
		move(out, PHASE_WORKING);
	else
		wait(out);
}

/* When the worker should at the latest have taken up the next action. */
static wall_ms pickup_deadline(const struct plan_view *view)
{
	wall_ms since = view->run->phase_at;

	for (size_t i = 0; i < view->n_actions; i++)
		if (view->actions[i].ended_at > since)
			since = view->actions[i].ended_at;
	if (view->hello_at > since)
		since = view->hello_at;
	return since + ACTION_PICKUP_MS;
}

static void in_working(const struct plan_view *view, wall_ms now,
		       struct plan *out)
{
	const struct action *action =
		plan_current(view->actions, view->n_actions);
	wall_ms deadline;

	if (!action) {
		move(out, PHASE_CLOSING);
		return;
	}
	if (str_eq(action->state, "FAILED") ||
	    str_eq(action->state, "TIMEOUT")) {
		fail(out,
		     str_eq(action->state, "FAILED") ? "failed" : "timeout",
		     "action \"%s\": %s", action->name,
		     *action->message ? action->message : "failed");
		return;
	}
	deadline = str_eq(action->state, "RUNNING")
			   ? plan_action_deadline(action)
			   : pickup_deadline(view);
	if (deadline && now >= deadline)
		fail(out, "timeout",
		     str_eq(action->state, "RUNNING")
			     ? "action \"%s\": no word from the worker since "
			       "its time of %us ran out"
			     : "action \"%s\": the worker did not take it up "
			       "(timeout %us)",
		     action->name, action->timeout_s);
	else
		wait(out);
}

/* Did the last action itself restart the machine? */
static bool restarted_by_worker(const struct plan_view *view)
{
	const struct action *last;

	if (!view->n_actions)
		return false;
	last = &view->actions[view->n_actions - 1];
	return str_eq(last->phase, "terminal");
}

static void in_closing(const struct plan_view *view, struct plan *out)
{
	const struct run *run = view->run;
	const struct intent *intent;

	if (view->has_machine && run->toggle && view->allow_netboot) {
		out->kind = PLAN_NETBOOT;
		out->netboot = false;
		return;
	}
	if (!*run->outcome) {
		if (!run->await_os)
			move(out, PHASE_ENDED);
		else if (run->netboot && !restarted_by_worker(view))
			move(out, PHASE_RESTART_OFF);
		else
			move(out, PHASE_FIRST_BOOT);
		return;
	}
	/* It failed: leave no boot override behind, if the BMC can be had. */
	if (!run->netboot || !view->intent || !view->has_machine) {
		move(out, PHASE_ENDED);
		return;
	}
	intent = own_intent(view, "boot-none");
	if (!intent) {
		out->kind = PLAN_INTENT;
		out->intent = "boot-none";
		out->args = "";
	} else if (intent->ended_at) {
		move(out, PHASE_ENDED);
	} else {
		wait(out);
	}
}

static void in_first_boot(const struct plan_view *view, struct plan *out)
{
	if (view->os_at)
		move(out, PHASE_ENDED);
	else
		wait(out);
}

static void in_phase(const struct plan_view *view, enum phase phase,
		     wall_ms now, struct plan *out)
{
	switch (phase) {
	case PHASE_QUEUED:
		if (view->is_first)
			move(out, PHASE_NETBOOT_ON);
		else
			wait(out);
		return;
	case PHASE_NETBOOT_ON:
		in_netboot_on(view, out);
		return;
	case PHASE_POWER_OFF:
		effect(view, "power-off", PHASE_BOOT_DEVICE, out);
		return;
	case PHASE_BOOT_DEVICE:
		effect(view, "boot-pxe", PHASE_POWER_ON, out);
		return;
	case PHASE_POWER_ON:
		effect(view, "power-on", PHASE_FIRMWARE, out);
		return;
	case PHASE_FIRMWARE:
		in_firmware(view, out);
		return;
	case PHASE_LOADING:
		in_loading(view, out);
		return;
	case PHASE_WORKING:
		in_working(view, now, out);
		return;
	case PHASE_CLOSING:
		in_closing(view, out);
		return;
	case PHASE_RESTART_OFF:
		effect(view, "power-off", PHASE_RESTART_ON, out);
		return;
	case PHASE_RESTART_ON:
		effect(view, "power-on", PHASE_FIRST_BOOT, out);
		return;
	case PHASE_FIRST_BOOT:
		in_first_boot(view, out);
		return;
	case PHASE_ENDED:
	case N_PHASES:
		out->kind = PLAN_END;
		return;
	}
}

static void deadline_passed(enum phase phase, const struct plan_view *view,
			    struct plan *out)
{
	if (phase == PHASE_CLOSING)
		move(out, PHASE_ENDED);
	else if (phase == PHASE_FIRMWARE && !view->dhcp_at)
		fail(out, "timeout",
		     "firmware: no DHCP request from the machine since power "
		     "on");
	else
		fail(out, "timeout", "%s: waited in vain for %s",
		     phase_name(phase), plan_expected(phase));
}

void plan(const struct plan_view *view, wall_ms now, struct plan *out)
{
	const struct run *run = view->run;
	enum phase phase = phase_parse(run->phase);
	bool open = phase < PHASE_CLOSING ||
		    (phase > PHASE_CLOSING && phase < PHASE_ENDED);

	memset(out, 0, sizeof(*out));
	if (open && !view->has_machine) {
		fail(out, "failed", "its Hardware was deleted");
		return;
	}
	if (open && view->cancelled) {
		fail(out, "failed", "cancelled");
		return;
	}
	if (open && run->global_timeout_s && run->started_at &&
	    now >= run->started_at + run->global_timeout_s * SECOND) {
		fail(out, "timeout", "global_timeout of %us ran out in %s",
		     run->global_timeout_s, run->phase);
		return;
	}
	in_phase(view, phase, now, out);
	if (out->kind == PLAN_WAIT && run->deadline && now >= run->deadline)
		deadline_passed(phase, view, out);
}

wall_ms plan_wake(const struct plan_view *view)
{
	const struct run *run = view->run;
	wall_ms wake = run->deadline;
	wall_ms other = 0;

	if (phase_parse(run->phase) == PHASE_ENDED)
		return 0;
	if (phase_parse(run->phase) == PHASE_WORKING) {
		const struct action *action =
			plan_current(view->actions, view->n_actions);

		if (action && str_eq(action->state, "RUNNING"))
			other = plan_action_deadline(action);
		else if (action)
			other = pickup_deadline(view);
	}
	if (other && (!wake || other < wake))
		wake = other;
	if (run->global_timeout_s && run->started_at) {
		other = run->started_at + run->global_timeout_s * SECOND;
		if (!wake || other < wake)
			wake = other;
	}
	return wake;
}
