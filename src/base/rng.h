/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/*
 * Where random numbers come from. A machine is given one; the daemon gives
 * the kernel's (rng_system), a test a seed, so that its run can be repeated.
 */
struct rng {
	void (*fill)(struct rng *rng, void *out, size_t n);
	uint64_t seed; /* of a seeded one */
};

struct rng rng_system(void);
/* Repeatable and not secret: for tests and simulation only. */
struct rng rng_seeded(uint64_t seed);

void rng_bytes(struct rng *rng, void *out, size_t n);
uint64_t rng_u64(struct rng *rng);

#endif
