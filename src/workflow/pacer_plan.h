/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_PACER_PLAN_H
#define WORKFLOW_PACER_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The pacer: how many machines may load server, network and power at once.
 *
 * A machine that starts (from power on until its worker's hello) and one that
 * writes an image each hold a slot of that kind. There are caps for all and
 * for each rack; 0 is no cap. Who finds none free waits: the racks take
 * turns, and in a rack who came first is first.
 *
 * Pure: who holds and who waits stands in the rows of the runs; this is told
 * again after a start (pacer_hold, pacer_ask), in the order of then.
 *
 *	if (pacer_ask(pacer, PACER_STARTING, run, "r12", why, sizeof(why)))
 *		...					(it has the slot)
 *	pacer_leave(pacer, run);			(given back)
 *	while (pacer_next(pacer, &kind, &run))
 *		...					(these have it now)
 */
enum pacer_kind { PACER_STARTING, PACER_IMAGING, PACER_KINDS };

/* "starting", "imaging" */
const char *pacer_name(enum pacer_kind kind);

struct pacer_caps {
	uint32_t most[PACER_KINDS];
	uint32_t most_per_rack[PACER_KINDS];
};

struct pacer;

struct pacer *pacer_new(const struct pacer_caps *caps);
void pacer_free(struct pacer *pacer);

/* False: it waits now, and `why` says for what. rack "": in none. */
bool pacer_ask(struct pacer *pacer, enum pacer_kind kind, int64_t run,
	       const char *rack, char *why, size_t size);
/* It holds a slot already, whatever the caps are now. */
void pacer_hold(struct pacer *pacer, enum pacer_kind kind, int64_t run,
		const char *rack);
/* Gives back what it holds, or its place among those who wait. */
void pacer_leave(struct pacer *pacer, int64_t run);
/* The next that waited and gets its slot; false: none can. */
bool pacer_next(struct pacer *pacer, enum pacer_kind *kind, int64_t *run);

#endif
