/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include <stdint.h>

#include "base/rng.h"

/*
 * How long to wait before the n-th try: exponential with full jitter, so
 * that a rack which failed together does not come back together.
 *
 * Returns a number in [base, min(cap, base * 2^tries)] milliseconds.
 */
int64_t backoff_ms(unsigned tries, int64_t base_ms, int64_t cap_ms,
		   struct rng *rng);

#endif
