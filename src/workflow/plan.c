/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "workflow/action_plan.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
/* From its word that it powers off until its BMC may do it. */
#define LEAVE_MS (10 * SECOND)

#define LIMIT_MOST_S (7 * 24 * 3600)

struct phase_row {
	const char *name;
	int64_t limit_ms;
	const char *expected;
};

/*
 * The limits are generous: servers with much memory take ten minutes from
 * power on to the first DHCP request. A BMC's operations have deadlines of
 * their own, shorter than these. Where one step follows another within a
 * phase, each has the limit for itself.
 */
static const struct phase_row phases[N_PHASES] = {
	[PHASE_QUEUED] = { "queued", 0,
			   "the end of an earlier run of this machine" },
	[PHASE_NETBOOT_ON] = { "netboot-on", 1 * MINUTE,
			       "network boot allowed in the inventory" },
	[PHASE_POWER_OFF] = { "power-off", 10 * MINUTE,
			      "the BMC to say that the power is off" },
	[PHASE_MEDIA_EJECT] = { "media-eject", 10 * MINUTE,
				"the BMC to eject what is in its drive" },
	[PHASE_MEDIA_INSERT] = { "media-insert", 10 * MINUTE,
				 "the BMC to insert the ISO image" },
	[PHASE_BOOT_DEVICE] = { "boot-device", 10 * MINUTE,
				"the BMC to confirm the boot device" },
	[PHASE_PREPARING] = { "preparing", 10 * MINUTE,
			      "the BMC to confirm a preparing action" },
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

/* Of the step's kind, which phase it is done in. */
static const struct {
	const char *kind;
	enum phase phase;
} step_phases[] = {
	{ "power-off", PHASE_POWER_OFF },
	{ "media-eject", PHASE_MEDIA_EJECT },
	{ "media-insert", PHASE_MEDIA_INSERT },
	{ "power-on", PHASE_POWER_ON },
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

/* Only the network's boot loader asks for a script. */
static bool has_script(const struct run *run)
{
	return !*run->boot || str_eq(run->boot, "netboot");
}

const char *plan_expected(const struct run *run, enum phase phase)
{
	if (phase == PHASE_FIRMWARE && !has_script(run))
		phase = PHASE_LOADING;
	return phases[phase].expected;
}

/* One "firmware=1800" of them. */
static int parse_limit(const char *text, size_t len, struct plan_limits *limits,
		       struct err *err)
{
	AUTO_FREE char *name = xstrndup(text, len);
	char *value = strchr(name, '=');
	enum phase phase;

	if (!value)
		return err_set(err, ERR_INVALID,
			       "\"%s\": expected PHASE=SECONDS", name);
	*value++ = '\0';
	phase = phase_parse(name);
	if (phase == N_PHASES || !phases[phase].limit_ms)
		return err_set(err, ERR_INVALID,
			       "\"%s\": no phase that has a limit", name);
	if (!str_parse_u32(value, LIMIT_MOST_S, &limits->seconds[phase]) ||
	    !limits->seconds[phase])
		return err_set(err, ERR_INVALID,
			       "%s=%s: expected 1 to %d seconds", name, value,
			       LIMIT_MOST_S);
	return 0;
}

int plan_limits_parse(const char *text, struct plan_limits *limits,
		      struct err *err)
{
	memset(limits, 0, sizeof(*limits));
	while (*text) {
		size_t len = strcspn(text, ", ");

		if (len && parse_limit(text, len, limits, err))
			return -1;
		text += len;
		text += strspn(text, ", ");
	}
	return 0;
}

static int64_t limit_ms(const struct plan_limits *limits, enum phase phase)
{
	if (limits->seconds[phase])
		return limits->seconds[phase] * SECOND;
	return phases[phase].limit_ms;
}

int64_t plan_phase_ms(const struct plan_limits *limits, const struct run *run,
		      enum phase phase)
{
	if (phase == N_PHASES)
		return 0;
	/* Without a BMC it is up to people when the machine is started. */
	if (phase == PHASE_FIRMWARE && !*run->boot)
		return 0;
	if (phase == PHASE_FIRMWARE && !has_script(run))
		return limit_ms(limits, phase) +
		       limit_ms(limits, PHASE_LOADING);
	return limit_ms(limits, phase);
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

void plan_fail(struct plan *out, const char *outcome, const char *format, ...)
{
	va_list args;

	out->kind = PLAN_FAIL;
	out->outcome = outcome;
	va_start(args, format);
	vsnprintf(out->cause, sizeof(out->cause), format, args);
	va_end(args);
}

/* Steps */

static bool is_start(const struct step *step)
{
	return str_eq(step->kind, "power-on") ||
	       str_eq(step->kind, "power-cycle") ||
	       str_eq(step->kind, "power-reset");
}

static bool is_done(const struct step *step)
{
	if (str_eq(step->state, "observed"))
		return true;
	/* What is done at the end is tried once, and each of it. */
	return (str_eq(step->stage, "post") || str_eq(step->stage, "close")) &&
	       (step->given_up || str_eq(step->state, "failed"));
}

static const struct step *next_step(const struct plan_view *view,
				    const char *stage)
{
	for (size_t i = 0; i < view->n_steps; i++)
		if (str_eq(view->steps[i].stage, stage) &&
		    !is_done(&view->steps[i]))
			return &view->steps[i];
	return NULL;
}

static void make(const struct plan_view *view, const struct step *step,
		 struct plan *out)
{
	out->kind = PLAN_STEP;
	out->index = (size_t)(step - view->steps);
}

/* Ask for it, await it; what comes then is told by the steps. */
static void pursue(const struct plan_view *view, const struct step *step,
		   struct plan *out)
{
	if (!step->intent)
		make(view, step, out);
	else if (str_eq(step->state, "failed"))
		plan_fail(out, "failed", "%s: %s", step->kind, step->error);
	else
		wait(out);
}

static enum phase phase_of(const struct run *run, const struct step *step)
{
	if (str_eq(run->boot, "customboot"))
		return PHASE_PREPARING;
	for (size_t i = 0; i < ARRAY_LEN(step_phases); i++)
		if (str_eq(step_phases[i].kind, step->kind))
			return step_phases[i].phase;
	return PHASE_BOOT_DEVICE;
}

static bool have_slot(const struct plan_view *view, const char *slot,
		      struct plan *out)
{
	if (str_eq(view->run->slot, slot))
		return true;
	if (str_eq(view->run->waits, slot)) {
		wait(out);
		return false;
	}
	out->kind = PLAN_SLOT;
	out->slot = slot;
	return false;
}

static void in_steps(const struct plan_view *view, enum phase phase,
		     struct plan *out)
{
	const struct step *step = next_step(view, "prepare");

	if (!step)
		move(out, PHASE_FIRMWARE);
	else if (phase_of(view->run, step) != phase)
		move(out, phase_of(view->run, step));
	else if (step->intent || !is_start(step) ||
		 have_slot(view, "starting", out))
		pursue(view, step, out);
}

static bool was_started(const struct plan_view *view)
{
	for (size_t i = 0; i < view->n_steps; i++)
		if (str_eq(view->steps[i].stage, "prepare") &&
		    is_start(&view->steps[i]) && view->steps[i].intent)
			return true;
	return false;
}

wall_ms plan_booted_at(const struct plan_view *view)
{
	/* Where it is not for us to start it, it may be there from before. */
	wall_ms at =
		*view->run->boot ? view->run->started_at : view->run->queued_at;

	for (size_t i = 0; i < view->n_steps; i++)
		if (str_eq(view->steps[i].stage, "prepare") &&
		    is_start(&view->steps[i]) && view->steps[i].created_at > at)
			at = view->steps[i].created_at;
	return at;
}

/* Whether what it holds of the pacer, or waits for, is still needed. */
static bool needs_slot(const struct plan_view *view, enum phase phase,
		       wall_ms now)
{
	const struct run *run = view->run;
	const char *slot = *run->slot ? run->slot : run->waits;
	const struct step *step;

	if (str_eq(slot, "imaging"))
		return phase == PHASE_WORKING &&
		       action_imaging(view, now, !run->paused_at);
	if (phase < PHASE_POWER_OFF || phase > PHASE_LOADING)
		return false;
	if (was_started(view))
		return true;
	step = next_step(view, "prepare");
	return step && is_start(step) && !run->paused_at;
}

/* Phases */

static void in_netboot_on(const struct plan_view *view, struct plan *out)
{
	if (view->run->toggle && !view->allow_netboot) {
		out->kind = PLAN_NETBOOT;
		out->netboot = true;
		return;
	}
	in_steps(view, PHASE_NETBOOT_ON, out);
}

static void in_firmware(const struct plan_view *view, struct plan *out)
{
	const struct run *run = view->run;
	wall_ms since = plan_booted_at(view);

	if (run->hello_at && run->hello_at >= since)
		move(out, PHASE_WORKING);
	else if (run->script_at && run->script_at >= since)
		move(out, PHASE_LOADING);
	else
		wait(out);
}

static void in_loading(const struct plan_view *view, struct plan *out)
{
	if (view->run->hello_at >= plan_booted_at(view))
		move(out, PHASE_WORKING);
	else
		wait(out);
}

static void after_closing(const struct plan_view *view, struct plan *out)
{
	const struct run *run = view->run;
	const char *leaving = action_leaving(view);

	if (*run->outcome || !run->await_os)
		move(out, PHASE_ENDED);
	else if (next_step(view, "restart") && !str_eq(leaving, "reboot") &&
		 !str_eq(leaving, "kexec"))
		move(out, PHASE_RESTART_OFF);
	else
		move(out, PHASE_FIRST_BOOT);
}

/* What people want done afterwards fails the run when it fails; what we take
 * back of our own does not. */
static const struct step *failed_post(const struct plan_view *view)
{
	for (size_t i = 0; i < view->n_steps; i++)
		if (str_eq(view->steps[i].stage, "post") &&
		    str_eq(view->steps[i].state, "failed"))
			return &view->steps[i];
	return NULL;
}

/* Was anything asked of the BMC? */
static bool was_begun(const struct plan_view *view)
{
	for (size_t i = 0; i < view->n_steps; i++)
		if (view->steps[i].intent)
			return true;
	return false;
}

static void in_closing(const struct plan_view *view, struct plan *out)
{
	const struct run *run = view->run;
	const struct step *step = NULL;

	if (run->machine && run->toggle && view->allow_netboot) {
		out->kind = PLAN_NETBOOT;
		out->netboot = false;
		return;
	}
	if (!*run->outcome && (step = failed_post(view))) {
		plan_fail(out, "failed", "%s: %s", step->kind, step->error);
		return;
	}
	if (run->machine && was_begun(view)) {
		step = next_step(view, "post");
		if (!step)
			step = next_step(view, "close");
	}
	if (!step)
		after_closing(view, out);
	else if (!step->intent)
		make(view, step, out);
	else
		wait(out);
}

static void in_restart(const struct plan_view *view, struct plan *out)
{
	const struct step *step = next_step(view, "restart");
	enum phase phase = phase_parse(view->run->phase);

	if (!step)
		move(out, PHASE_FIRST_BOOT);
	else if (phase == PHASE_RESTART_OFF && is_start(step))
		move(out, PHASE_RESTART_ON);
	else
		pursue(view, step, out);
}

/* The machine may be quick, and closing slow. */
static void in_first_boot(const struct plan_view *view, struct plan *out)
{
	wall_ms since = view->run->started_at;

	for (size_t i = 0; i < view->n_actions; i++)
		if (view->actions[i].ended_at > since)
			since = view->actions[i].ended_at;
	if (view->run->os_at && view->run->os_at >= since)
		move(out, PHASE_ENDED);
	else
		wait(out);
}

static void in_working(const struct plan_view *view, wall_ms now,
		       struct plan *out)
{
	action_plan(view, now, out);
	if (out->kind == PLAN_SLOT)
		have_slot(view, out->slot, out);
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
	case PHASE_MEDIA_EJECT:
	case PHASE_MEDIA_INSERT:
	case PHASE_BOOT_DEVICE:
	case PHASE_PREPARING:
	case PHASE_POWER_ON:
		in_steps(view, phase, out);
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
	case PHASE_RESTART_ON:
		in_restart(view, out);
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

/* At the end each step has its chance, whatever became of the one before. */
static void give_up(const struct plan_view *view, struct plan *out)
{
	for (size_t i = 0; i < view->n_steps; i++) {
		const struct step *step = &view->steps[i];

		if (!step->intent || is_done(step) ||
		    (!str_eq(step->stage, "post") &&
		     !str_eq(step->stage, "close")))
			continue;
		out->kind = PLAN_GIVE_UP;
		out->index = i;
		return;
	}
	move(out, PHASE_ENDED);
}

static void deadline_passed(enum phase phase, const struct plan_view *view,
			    struct plan *out)
{
	if (phase == PHASE_CLOSING)
		give_up(view, out);
	else if (phase == PHASE_FIRMWARE &&
		 str_eq(view->run->boot, "netboot") &&
		 view->run->dhcp_at < plan_booted_at(view))
		plan_fail(out, "timeout",
			  "firmware: no DHCP request from the machine since "
			  "power on");
	else
		plan_fail(out, "timeout", "%s: waited in vain for %s",
			  phase_name(phase), plan_expected(view->run, phase));
}

/* May it be done while the run is paused? What only notes, may. */
static bool begins_something(const struct plan *out)
{
	switch (out->kind) {
	case PLAN_MOVE:
		return out->phase != PHASE_LOADING &&
		       out->phase != PHASE_WORKING;
	case PLAN_STEP:
	case PLAN_NETBOOT:
	case PLAN_SLOT:
	case PLAN_OFFER:
	case PLAN_HANDLE:
	case PLAN_FAIL:
		return true;
	default:
		return false;
	}
}

/* When global_timeout runs out; 0: never, or not now. */
static wall_ms global_deadline(const struct run *run)
{
	if (!run->global_timeout_s || !run->started_at || *run->waits)
		return 0;
	return run->started_at + run->paused_ms +
	       run->global_timeout_s * SECOND;
}

/* What ends it from outside; false: nothing. */
static bool is_ended(const struct plan_view *view, wall_ms now,
		     struct plan *out)
{
	const struct run *run = view->run;
	wall_ms deadline = global_deadline(run);

	if (!run->machine)
		plan_fail(out, "failed", "its Hardware was deleted");
	else if (!run->workflow)
		plan_fail(out, "failed", "cancelled: its Workflow is gone");
	else if (*run->cancel)
		plan_fail(out, "failed", "%s", run->cancel);
	else if (deadline && !run->paused_at && now >= deadline)
		plan_fail(out, "timeout", "global_timeout of %us ran out in %s",
			  run->global_timeout_s, run->phase);
	return out->kind == PLAN_FAIL;
}

/*
 * A machine that powers off by itself still writes out what it has: its BMC,
 * which only sees to it that it went, would cut that off. 0: it does not.
 */
static wall_ms leave_deadline(const struct plan_view *view)
{
	wall_ms left = 0;

	if (!str_eq(action_leaving(view), "poweroff"))
		return 0;
	for (size_t i = 0; i < view->n_actions; i++)
		if (view->actions[i].ended_at > left)
			left = view->actions[i].ended_at;
	return left + LEAVE_MS;
}

static bool cuts_off(const struct plan_view *view, const struct plan *out,
		     wall_ms now)
{
	return out->kind == PLAN_STEP &&
	       str_eq(view->steps[out->index].kind, "power-off") &&
	       now < leave_deadline(view);
}

void plan(const struct plan_view *view, wall_ms now, struct plan *out)
{
	const struct run *run = view->run;
	enum phase phase = phase_parse(run->phase);
	bool open = phase < PHASE_CLOSING ||
		    (phase > PHASE_CLOSING && phase < PHASE_ENDED);
	bool paused = open && run->paused_at;

	memset(out, 0, sizeof(*out));
	if (open && is_ended(view, now, out))
		return;
	if (open && run->pause != paused) {
		out->kind = paused ? PLAN_RESUME : PLAN_PAUSE;
		return;
	}
	if ((*run->slot || *run->waits) && !needs_slot(view, phase, now)) {
		out->kind = PLAN_RELEASE;
		return;
	}
	in_phase(view, phase, now, out);
	if ((paused && begins_something(out)) || cuts_off(view, out, now))
		wait(out);
	if (out->kind == PLAN_WAIT && !paused && run->deadline &&
	    now >= run->deadline)
		deadline_passed(phase, view, out);
}

static void sooner(wall_ms *wake, wall_ms at)
{
	if (at && (!*wake || at < *wake))
		*wake = at;
}

wall_ms plan_wake(const struct plan_view *view, wall_ms now)
{
	const struct run *run = view->run;
	enum phase phase = phase_parse(run->phase);
	wall_ms wake = 0;

	if (phase >= PHASE_ENDED || (run->paused_at && phase != PHASE_CLOSING))
		return 0;
	sooner(&wake, run->deadline);
	if (phase == PHASE_WORKING)
		sooner(&wake, action_wake(view, now));
	if (phase != PHASE_CLOSING)
		sooner(&wake, global_deadline(run));
	if (phase >= PHASE_CLOSING && leave_deadline(view) > now)
		sooner(&wake, leave_deadline(view));
	return wake;
}
