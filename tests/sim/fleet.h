/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SIM_FLEET_H
#define TESTS_SIM_FLEET_H

#include <stdio.h>

#include "base/heap.h"
#include "base/rng.h"
#include "store/run.h"
#include "workflow/dispatch.h"
#include "workflow/engine.h"
#include "workflow/task_wire.h"

/*
 * A fleet in made-up time: machines with BMCs that answer, are slow, refuse
 * or hang; firmware that boots or does not; workers that do what they are
 * given, fail, fall silent, or lose their power in the middle of it; and a
 * server that is killed now and then. The store and the engine are the real
 * ones. All that happens to machines is written to a trace, which a checker
 * reads that knows nothing of the engine.
 */
struct fleet_options {
	int n;
	uint64_t seed;
	bool faults;
	bool plain; /* all boot from the network, nothing else */
	struct pacer_caps caps;
	const char *folder;
	FILE *trace; /* NULL: none */
};

struct fleet_machine {
	int64_t object;
	char name[16];
	char mode; /* 'n'etboot, 'i'so, 'c'ustom, 0: none */
	bool on;
	bool to_hook; /* the next boot goes to the in-memory OS */
	bool installed;
	int boots;
	uint64_t seq;
	/* The worker of this boot. */
	bool online;
	bool busy;
	bool silent;
	bool heard;             /* what it said last is on the server's disk */
	struct task_key key;    /* what it does, or did last */
	struct task_event last; /* what it said last */
};

struct fleet {
	struct fleet_options options;
	struct loop *loop;
	struct store *store;
	struct engine *engine;
	struct dispatch *dispatch;
	struct engine_ops ops;
	struct rng rng;
	struct heap events;
	struct fleet_machine *machines;
	int *said; /* machines that said something in this turn */
	size_t n_said;
	wall_ms now;
	uint64_t n_commits;
	uint64_t n_turns;
	int n_crashes;
	wall_ms last_end; /* of virtual time */
};

void fleet_open(struct fleet *fleet, const struct fleet_options *options);
void fleet_close(struct fleet *fleet);
/* Makes the inventory and a Workflow for each machine. */
void fleet_apply(struct fleet *fleet);
/* Until nothing is left to happen, or `stop_at` of made-up time (0: never). */
void fleet_run(struct fleet *fleet, wall_ms stop_at);
/* Begins all anew that failed, or from an action on. */
void fleet_rerun(struct fleet *fleet);
/* Writes what became of each run and machine to the trace. Returns how many
 * runs have not ended; *n_success. */
size_t fleet_report(struct fleet *fleet, size_t *n_success);

/* Renders the template for one machine, and decodes it. */
void fleet_render(struct fleet *fleet);

/* What the server does is killed: all that was not committed is lost. */
void fleet_crash(struct fleet *fleet);

/* machine.c: what happens in the world. */
enum happening {
	BMC_DONE,
	TESTED,
	BOOT_DHCP,
	BOOT_SCRIPT,
	BOOT_HELLO,
	TASK_DONE,
	POWER_LOST,
	SAY_AGAIN,
	OS_UP,
	SERVER_KILLED,
	ASKED_TO_PAUSE,
	ASKED_TO_RESUME,
	ASKED_TO_CANCEL,
};

struct pending {
	struct heap_item timer;
	enum happening kind;
	int machine;
	int boots; /* of the machine: else it is of an earlier boot */
	/* BMC_DONE: of which; id 0: its answer was lost */
	struct intent intent;
};

struct pending *fleet_later(struct fleet *fleet, enum happening kind,
			    int machine, int64_t in_ms);
void fleet_happen(struct fleet *fleet, struct pending *pending);
/* An intent is sent to the BMC. */
void fleet_send(struct fleet *fleet, const struct intent *intent);
/* The worker asks for something to do. */
void fleet_ask(struct fleet *fleet, int machine);

/* What people ask of a machine's run, as kubectl does; NULL: no longer. */
void fleet_annotate(struct fleet *fleet, int machine, const char *key,
		    const char *value);

bool fleet_chance(struct fleet *fleet, unsigned permille);
int64_t fleet_between(struct fleet *fleet, int64_t least, int64_t most);
void fleet_trace(struct fleet *fleet, int machine, const char *format, ...)
	PRINTF(3, 4);
int fleet_index(const struct fleet *fleet, int64_t object);

/* Ends the program: the simulation itself is wrong. */
#define FLEET_OK(call)                                                         \
	do {                                                                   \
		struct err fleet_err;                                          \
		struct err *err = &fleet_err;                                  \
		if (call) {                                                    \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,     \
				err->message);                                 \
			abort();                                               \
		}                                                              \
	} while (0)

#endif
