/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SELDOM_PLAN_H
#define BASE_SELDOM_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/*
 * What is told once in a while, however often it happens. Pure, and of fixed
 * size: when the table is full, what was told the longest ago is forgotten.
 *
 *	if (seldom(&table, machine, now, 60000))
 *		(tell it)
 */
#define SELDOM_SIZE 256

struct seldom {
	/* Private. */
	struct {
		uint64_t key;
		mono_ms until; /* 0: free */
	} told[SELDOM_SIZE];
};

/* True: it was not told in the last so many ms, and is now. */
bool seldom(struct seldom *table, uint64_t key, mono_ms now, int64_t ms);

#endif
