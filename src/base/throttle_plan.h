/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_THROTTLE_PLAN_H
#define BASE_THROTTLE_PLAN_H

#include <stdbool.h>

#include "base/clock.h"

/*
 * How often somebody may fail: a burst, then one time in each step. Pure,
 * and of fixed size however many there are: when the table is full, who is
 * nearest to being forgiven is forgotten.
 *
 *	wait = throttle_wait(throttle, peer, now);
 *	if (wait)
 *		... not looked at: come again in so many ms
 *	if (!good(token))
 *		throttle_failed(throttle, peer, now);
 */
#define THROTTLE_PEERS 1024
#define THROTTLE_BURST 30
#define THROTTLE_STEP  2000 /* ms */

struct throttle;

struct throttle *throttle_new(void);
void throttle_free(struct throttle *throttle);

/* 0: go on; else for how many ms it is not heard. */
int64_t throttle_wait(const struct throttle *throttle, const char *peer,
		      mono_ms now);
/* True: with this one it has used up its burst. */
bool throttle_failed(struct throttle *throttle, const char *peer, mono_ms now);

#endif
