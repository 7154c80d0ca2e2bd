/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/why.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "workflow/action_plan.h"
#include "workflow/plan.h"

/*
 * A sign in the cause, the phases in which the run stood still, and what
 * helps. The first row that fits is taken, so the particular come first.
 * The words are those of whoever says them (redfish_op.c, ipmitool_wire.c,
 * plan.c, the worker's actions).
 */
struct hint {
	const char *sign;   /* part of the cause; NULL: any */
	uint32_t phases;    /* AT() of those it is of; 0: any */
	const char *advice; /* "": nothing is wrong */
};

#define AT(phase) (UINT32_C(1) << (phase))
#define WORK      AT(PHASE_WORKING)
#define POWER                                                                  \
	(AT(PHASE_POWER_OFF) | AT(PHASE_POWER_ON) | AT(PHASE_RESTART_OFF) |    \
	 AT(PHASE_RESTART_ON))
#define BMC (POWER | AT(PHASE_BOOT_DEVICE))

#define LOCKED                                                                 \
	"check the BMC's user and password in the Secret; nothing more is "    \
	"tried until it changes, so that the account is not locked"

static const struct hint hints[] = {
	{ "cancelled", 0, "" },
	{ "Hardware was deleted", 0, "" },
	{ "refuses user", BMC, LOCKED },
	{ "does not know this", BMC, LOCKED },
	{ "does not let this user", BMC,
	  "give the BMC's user the role of an administrator" },
	{ "credentials of the BMC", BMC,
	  "the Secret that the BMC's Machine names must be there, with "
	  "username and password" },
	{ "certificate", BMC,
	  "check the pin (annotation tomte.dev/bmc-pin) or the CA of the BMC" },
	{ "pinned public key", BMC,
	  "the BMC has another certificate than before: if that is right, "
	  "change the pin (annotation tomte.dev/bmc-pin)" },
	{ "bytes, the image needs", WORK,
	  "give it a larger disk, another DEST_DISK, or a smaller image" },
	{ "server answers 404", WORK,
	  "check IMG_URL in the template: the server that it "
	  "names has no such file" },
	{ "has sha256:", WORK,
	  "the image differs from the checksum in the "
	  "template: publish both anew" },
	{ "certificate", WORK,
	  "the hook does not trust the server of the image: serve it by "
	  "http, and give its checksum" },
	{ "the worker", WORK,
	  "look at the machine's console: the hook may have lost its network, "
	  "or the machine has stopped" },
	{ "no DHCP request", 0,
	  "check cable, switch port and VLAN, and that the firmware boots "
	  "from the network; `tomte power status` shows whether it is on" },
	{ NULL, POWER,
	  "check that the BMC's address answers from "
	  "here and speaks the protocol of its URL" },
	{ NULL, AT(PHASE_BOOT_DEVICE),
	  "the BMC may ignore boot overrides: see "
	  "`tomte power`, or set network boot first in "
	  "the firmware" },
	{ NULL, AT(PHASE_FIRMWARE),
	  "look at the machine's console; another DHCP "
	  "server on the segment is the most common "
	  "reason" },
	{ NULL, AT(PHASE_LOADING),
	  "look at the console for a kernel panic; the hook "
	  "needs 512 MB of memory" },
	{ NULL, AT(PHASE_FIRST_BOOT),
	  "look at the console: the boot loader, the "
	  "root file system, or cloud-init's network" },
};

/* Where its history begins, since it was begun anew last. */
static size_t first_event(const struct run_view *view)
{
	size_t first = view->n_events;

	while (first && !str_eq(view->events[first - 1].kind, "rerun"))
		first--;
	return first;
}

const char *why_phase(const struct run_view *view)
{
	const char *phase = view->run->phase;

	for (size_t i = first_event(view); i < view->n_events; i++) {
		if (str_eq(view->events[i].kind, "failed"))
			break;
		if (str_eq(view->events[i].kind, "phase"))
			phase = view->events[i].message;
	}
	return phase;
}

static void find_advice(const struct run_view *view, struct why *why)
{
	const char *cause = view->run->cause;
	enum phase phase = phase_parse(why_phase(view));

	if (!*cause)
		return;
	for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
		if (hints[i].sign && !strstr(cause, hints[i].sign))
			continue;
		if (hints[i].phases && !(hints[i].phases & AT(phase)))
			continue;
		str_copy(why->advice, sizeof(why->advice), hints[i].advice);
		return;
	}
}

static void find_last_seen(const struct run_view *view, struct why *why)
{
	const struct event *last = NULL;
	char age[CLOCK_TEXT];

	for (size_t i = first_event(view); i < view->n_events; i++) {
		const struct event *event = &view->events[i];

		if (str_eq(event->kind, "failed"))
			break; /* what came later was only clearing up */
		/* What the machine or its BMC did, not our own moves. */
		if (!str_eq(event->source, "engine"))
			last = event;
	}
	if (!last) {
		str_copy(why->last_seen, sizeof(why->last_seen),
			 "nothing of the machine in this run");
		return;
	}
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
	find_advice(view, why);
}
