/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BUCKET_H
#define BASE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/*
 * So many a second, and a few at once: a bucket into which tokens drip.
 *
 *	bucket_init(&b, 200, 50, now);
 *	if (bucket_take(&b, now))
 *		start();
 *	else
 *		loop_timer_at(timer, bucket_next(&b));
 */
struct bucket {
	uint32_t per_s;
	uint32_t most;

	/* Private. */
	int64_t thousandths; /* of a token that are in it */
	mono_ms at;          /* when it was counted */
};

/* Begins full. `per_s` is at least 1. */
void bucket_init(struct bucket *bucket, uint32_t per_s, uint32_t most,
		 mono_ms now);
/* False: it is empty. */
bool bucket_take(struct bucket *bucket, mono_ms now);
/* One that was taken and not used. */
void bucket_give(struct bucket *bucket);
/* When there will be one in it. */
mono_ms bucket_next(const struct bucket *bucket);

#endif
