/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_BREAKER_PLAN_H
#define BMC_BREAKER_PLAN_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/rng.h"
#include "base/sm.h"

/*
 * Whether a BMC that does not answer is worth another try: a circuit breaker.
 *
 * Each try on one that is dead takes all of its time, and a place that others
 * could use. After so many in a row nothing more is tried for a while, and
 * then a single read, the probe; its answer is what ends the silence.
 */
#define BREAKER_TRIES    5
#define BREAKER_FIRST_MS (15 * 1000)
#define BREAKER_MOST_MS  (5 * 60 * 1000)

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_PROBING };

struct breaker {
	struct sm sm;
	unsigned n_silent; /* tries in a row */
	unsigned n_opened; /* times in a row: each waits longer */
	mono_ms until;     /* open: nothing before this */
};

void breaker_init(struct breaker *breaker);
enum breaker_state breaker_state(const struct breaker *breaker);
/* Open, and its time has not come. */
bool breaker_refuses(const struct breaker *breaker, mono_ms now);
/* Open: the next try is the probe. */
void breaker_probe(struct breaker *breaker);
/* A try came to its end: with a word of the BMC, or without. */
void breaker_answered(struct breaker *breaker);
void breaker_silent(struct breaker *breaker, mono_ms now, struct rng *rng);
/* A probe that was cut off tells nothing: it may come again at once. */
void breaker_unprobed(struct breaker *breaker, mono_ms now);

#endif
