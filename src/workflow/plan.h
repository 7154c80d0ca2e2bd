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
 *	queued --> netboot-on --> the steps that its boot mode has --> firmware
 *	                 |  (none: somebody else starts the machine)  |
 *	                 +--------------------------------------------+
 *	firmware --> loading --> working --> closing --> [restart-off -->
 *	restart-on -->] first-boot --> ended
 *
 *	netboot:	power-off, boot-device, power-on
 *	isoboot:	power-off, media-eject, media-insert, boot-device,
 *			power-on
 *	customboot:	preparing, as its author lists them
 *
 *	Any of them, on a failure or a passed deadline: closing --> ended.
 *
 * plan() is pure: it looks at rows and the time and returns one step. The
 * engine carries it out in its transaction and asks again, until the step is
 * to wait. Each phase that waits has a deadline, and what it waits for is
 * said in words by plan_expected(), which is what `why` prints. In `working`
 * the actions decide: action_plan.h.
 *
 * A side effect on the machine is a row of the run's steps, which becomes an
 * intent: plan asks for one, its row is committed, the effect is carried out,
 * and the row's end is what plan sees next. Power off, power on and boot
 * device are safe to repeat after a crash, because whoever carries them out
 * reads the state first.
 */
enum phase {
	PHASE_QUEUED,
	PHASE_NETBOOT_ON,
	PHASE_POWER_OFF,
	PHASE_MEDIA_EJECT,
	PHASE_MEDIA_INSERT,
	PHASE_BOOT_DEVICE,
	PHASE_PREPARING,
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
	const struct step *steps;
	size_t n_steps;
	bool allow_netboot; /* as the Hardware has it now */
	bool is_first;      /* no other open run of the machine is before it */
	wall_ms heard_at;   /* of the worker that does the current action */
	wall_ms awake_at;   /* since when we listen to workers */
};

enum plan_kind {
	PLAN_WAIT,    /* until a row changes, or the deadline */
	PLAN_MOVE,    /* to another phase */
	PLAN_STEP,    /* make the step an intent */
	PLAN_GIVE_UP, /* do not wait for the step any longer */
	PLAN_NETBOOT, /* set allowPXE of all interfaces */
	PLAN_SLOT,    /* ask the pacer */
	PLAN_RELEASE, /* give the slot, or the place in the queue, back */
	PLAN_PAUSE,   /* note that it is, or is no longer */
	PLAN_RESUME,
	PLAN_OFFER,   /* the action may be handed out */
	PLAN_RETRY,   /* once more, not before a time; or at once, */
	PLAN_AGAIN,   /* because it was interrupted */
	PLAN_HANDLE,  /* run it with its command for failures */
	PLAN_RESTORE, /* that is over: it has ended as it had before */
	PLAN_SETTLE,  /* the action gets a state and a message */
	PLAN_FAIL,    /* record outcome and cause, and move to closing */
	PLAN_END,     /* it is over */
};

struct plan {
	enum plan_kind kind;
	enum phase phase;    /* MOVE */
	size_t index;        /* of the step or the action */
	bool netboot;        /* NETBOOT */
	const char *slot;    /* SLOT */
	const char *handler; /* HANDLE */
	wall_ms not_before;  /* RETRY */
	const char *state;   /* SETTLE; FAIL: of the action, NULL: of none */
	const char *outcome; /* FAIL: "failed" or "timeout" */
	/* FAIL: the cause. SETTLE, RETRY: the action's message */
	char cause[sizeof(((struct run *)0)->cause)];
};

void plan(const struct plan_view *view, wall_ms now, struct plan *out);

/* How long phases may last where the operator says so; 0: as is usual. */
struct plan_limits {
	uint32_t seconds[N_PHASES];
};

/* "firmware=1800,loading=900"; "": all as usual. */
int plan_limits_parse(const char *text, struct plan_limits *limits,
		      struct err *err) NODISCARD;

/* How long the phase may last; 0: no deadline (a phase that does not wait,
 * or one that has deadlines of its own). */
int64_t plan_phase_ms(const struct plan_limits *limits, const struct run *run,
		      enum phase phase);

/* When to look at the run again if no row changes; 0: no need to. */
wall_ms plan_wake(const struct plan_view *view, wall_ms now);

/* What the phase waits for, in words: "a DHCP request from the firmware". */
const char *plan_expected(const struct run *run, enum phase phase);

/* When the machine was last told to start; what was seen before is of an
 * earlier boot. */
wall_ms plan_booted_at(const struct plan_view *view);

/* What is being done about a failure comes to `out`. */
void plan_fail(struct plan *out, const char *outcome, const char *format, ...)
	PRINTF(3, 4);

#endif
