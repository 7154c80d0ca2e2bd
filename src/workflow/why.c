/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/why.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "workflow/plan.h"

/*
 * A sign in the cause, or the phase in which the run stood still, and what
 * helps. The first row that fits is taken, so the particular come first.
 */
struct hint {
	const char *sign;  /* part of the cause, or NULL */
	const char *phase; /* phase it stopped in, or NULL: any */
	const char *advice;
};

static const struct hint hints[] = {
	{ "refused the password", NULL,
	  "check the BMC's user and password in the Secret; nothing more is "
	  "tried until it changes, so that the account is not locked" },
	{ "credentials", NULL,
	  "check the BMC's user and password in the Secret; nothing more is "
	  "tried until it changes, so that the account is not locked" },
	{ "certificate", NULL,
	  "check the pin (annotation tomte.dev/bmc-pin) or the CA of the BMC" },
	{ "bytes, the image needs", NULL,
	  "give it a larger disk, another DEST_DISK, or a smaller image" },
	{ "404", NULL,
	  "check IMG_URL in the template: the server that it "
	  "names has no such file" },
	{ "sha256", NULL,
	  "the image differs from the checksum in the "
	  "template: publish both anew" },
	{ "no DHCP request", NULL,
	  "check cable, switch port and VLAN, and that the firmware boots "
	  "from the network; `tomte power status` shows whether it is on" },
	{ NULL, "power-off",
	  "check that the BMC's address answers from "
	  "here and speaks the protocol of its URL" },
	{ NULL, "power-on",
	  "check that the BMC's address answers from here "
	  "and speaks the protocol of its URL" },
	{ NULL, "boot-device",
	  "the BMC may ignore boot overrides: see "
	  "`tomte power`, or set network boot first in "
	  "the firmware" },
	{ NULL, "firmware",
	  "look at the machine's console; another DHCP "
	  "server on the segment is the most common "
	  "reason" },
	{ NULL, "loading",
	  "look at the console for a kernel panic; the hook "
	  "needs 512 MB of memory" },
	{ NULL, "first-boot",
	  "look at the console: the boot loader, the "
	  "root file system, or cloud-init's network" },
};

const char *why_phase(const struct run_view *view)
{
	const char *phase = view->run->phase;

	for (size_t i = 0; i < view->n_events; i++) {
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
	const char *phase = why_phase(view);

	if (!*cause)
		return;
	for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
		if (hints[i].sign && !strstr(cause, hints[i].sign))
			continue;
		if (hints[i].phase && !str_eq(hints[i].phase, phase))
			continue;
		str_copy(why->advice, sizeof(why->advice), hints[i].advice);
		return;
	}
}

static void find_last_seen(const struct run_view *view, struct why *why)
{
	const struct event *last = NULL;
	char age[CLOCK_TEXT];

	for (size_t i = 0; i < view->n_events; i++) {
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
		plan_current(view->actions, view->n_actions);
	enum phase phase = phase_parse(view->run->phase);

	if (phase == PHASE_WORKING && action)
		snprintf(why->expected, sizeof(why->expected),
			 str_eq(action->state, "RUNNING")
				 ? "the worker to end action \"%.150s\""
				 : "the worker to take up action \"%.150s\"",
			 action->name);
	else if (phase < N_PHASES)
		str_copy(why->expected, sizeof(why->expected),
			 plan_expected(phase));
}

void why_find(const struct run_view *view, struct why *why)
{
	memset(why, 0, sizeof(*why));
	find_last_seen(view, why);
	find_expected(view, why);
	find_advice(view, why);
}
