/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_PLAN_H
#define WORKFLOW_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "store/run.h"

/*
 * The one decision: what to do next for a run.
 *
 *	queued --> netboot-on --> power-off --> boot-device --> power-on
 *	                 |  (no BMC: somebody else starts the machine)  |
 *	                 +----------------------------------------> firmware
 *	firmware --> loading --> working --> closing --> [restart-off -->
 *	restart-on -->] first-boot --> ended
 *
 *	Any of them, on a failure or a passed deadline: closing --> ended.
 *
 * plan() is pure: it looks at rows and the time and returns one step. The
 * engine carries it out in its transaction and asks again, until the step is
 * to wait. Each phase that waits has a deadline, and what it waits for is
 * said in words by plan_expected(), which is what `why` prints.
 *
 * A side effect on the machine is an intent: plan asks for one, its row is
 * committed, the effect is carried out, and the row's end is what plan sees
 * next. Power off, power on and boot device are safe to repeat after a
 * crash, because whoever carries them out reads the state first.
 */
enum phase {
	PHASE_QUEUED,
	PHASE_NETBOOT_ON,
	PHASE_POWER_OFF,
	PHASE_BOOT_DEVICE,
	PHASE_POWER_ON,
	PHASE_FIRMWARE,
	PHASE_LOADING,
	PHASE_WORKING,
	PHASE_CLOSING,
	PHASE_RESTART_OFF,
	PHASE_RESTART_ON,
	PHASE_FIRST_BOOT,
	PHASE_ENDED,
	N_PHASES,
};

const char *phase_name(enum phase phase);
/* N_PHASES: no phase has this name. */
enum phase phase_parse(const char *name);

struct plan_view {
	const struct run *run;
	const struct action *actions;
	size_t n_actions;
	const struct intent *intent; /* newest of the run; NULL: none */
	bool allow_netboot;          /* as the Hardware has it now */
	bool has_machine;            /* the Hardware is still there */
	bool is_first;               /* no older open run has the machine */
	bool cancelled;
	/* When it was last seen in this run; 0: not yet. */
	wall_ms dhcp_at;
	wall_ms script_at;
	wall_ms hello_at;
	wall_ms os_at;
};

enum plan_kind {
	PLAN_WAIT,    /* until a row changes, or the deadline */
	PLAN_MOVE,    /* to another phase */
	PLAN_INTENT,  /* make an intent */
	PLAN_NETBOOT, /* set allowPXE of all interfaces */
	PLAN_FAIL,    /* record outcome and cause, and move to closing */
	PLAN_END,     /* it is over */
};

struct plan {
	enum plan_kind kind;
	enum phase phase;    /* PLAN_MOVE */
	const char *intent;  /* PLAN_INTENT: kind of intent */
	const char *args;    /* PLAN_INTENT: "" or "uefi" */
	bool netboot;        /* PLAN_NETBOOT */
	const char *outcome; /* PLAN_FAIL: "failed" or "timeout" */
	char cause[sizeof(((struct run *)0)->cause)];
};

void plan(const struct plan_view *view, wall_ms now, struct plan *out);

/* How long the phase may last; 0: no deadline (a phase that does not wait,
 * or one that the action's own timeout bounds). */
int64_t plan_phase_ms(const struct run *run, enum phase phase);

/* When the current action must be over; 0: none runs or waits. */
wall_ms plan_action_deadline(const struct action *action);

/* When to look at the run again if no row changes; 0: no need to. */
wall_ms plan_wake(const struct plan_view *view);

/* What the phase waits for, in words: "a DHCP request from the firmware". */
const char *plan_expected(enum phase phase);

/* The first action that has not succeeded; NULL: all have. */
const struct action *plan_current(const struct action *actions, size_t n);

#endif
