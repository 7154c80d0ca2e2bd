/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_PACE_PLAN_H
#define BMC_PACE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/*
 * How much of its time one BMC is kept busy by us.
 *
 * It has one operation at a time, so the window that TCP would have is a part
 * of one here: all of its time at best, in sixteenths at worst. An answer in
 * its usual time adds an eighth; an error, or an answer that takes twice as
 * long as usual, halves it. What is left of its time is the gap between two
 * operations. Firmware may want a gap at all times, as its quirks say.
 */
#define PACE_FULL    1024
#define PACE_STEP    (PACE_FULL / 8)
#define PACE_LEAST   (PACE_FULL / 16)
#define PACE_MOST_MS 30000
/* A read that usually takes so long: the BMC is slow. */
#define PACE_SLOW_MS 5000

struct pace {
	uint32_t share;    /* of PACE_FULL */
	uint32_t gap_ms;   /* that its firmware wants */
	uint32_t usual_ms; /* that a read takes; 0: none was measured */
	mono_ms firm;      /* the end of that gap */
	mono_ms free_at;   /* the end of both */
};

/* What an operation came to, as far as its BMC is hurt by more of them. */
enum pace_news { PACE_GOOD, PACE_BAD, PACE_NEITHER };

void pace_init(struct pace *pace, uint32_t gap_ms);
/* took_ms counts for reads only; 0: it was none. */
void pace_ended(struct pace *pace, mono_ms now, enum pace_news news,
		int64_t took_ms);
bool pace_slow(const struct pace *pace);

#endif
