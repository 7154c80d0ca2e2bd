/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rng.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void fill_from_kernel(struct rng *rng, void *out, size_t n)
{
	char *at = out;

	(void)rng;
	while (n) {
		ssize_t got = getrandom(at, n, 0);

		if (got < 0) {
			if (errno == EINTR)
				continue;
			abort(); /* no secure random numbers: do not go on */
		}
		at += got;
		n -= (size_t)got;
	}
}

/* splitmix64 */
static uint64_t next_seeded(struct rng *rng)
{
	uint64_t z = rng->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void fill_seeded(struct rng *rng, void *out, size_t n)
{
	char *at = out;

	while (n) {
		uint64_t word = next_seeded(rng);
		size_t part = n < sizeof(word) ? n : sizeof(word);

		memcpy(at, &word, part);
		at += part;
		n -= part;
	}
}

struct rng rng_system(void)
{
	return (struct rng){ .fill = fill_from_kernel };
}

struct rng rng_seeded(uint64_t seed)
{
	return (struct rng){ .fill = fill_seeded, .seed = seed };
}

void rng_bytes(struct rng *rng, void *out, size_t n)
{
	rng->fill(rng, out, n);
}

uint64_t rng_u64(struct rng *rng)
{
	uint64_t word;

	rng->fill(rng, &word, sizeof(word));
	return word;
}
