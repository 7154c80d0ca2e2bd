/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_TALLY_H
#define STORE_TALLY_H

#include "store/store.h"

/*
 * How many there are of what, for those who measure.
 */
struct tally {
	char name[24];
	int64_t n;
};

/* Machines by their power: unknown, on, off. Returns how many were filled
 * in. */
size_t tally_power(struct store *store, struct tally *out, size_t max);
/* Open runs by phase. */
size_t tally_phases(struct store *store, struct tally *out, size_t max);

#endif
