/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/*
 * How long something took, by how often it took how long. A member of what
 * it measures; zeroed, it is empty and of the fast scale.
 *
 *	histogram_add(&store->commits, clock_mono_us() - began);
 */
#define HISTOGRAM_MAX_BOUNDS 16

enum histogram_scale {
	HISTOGRAM_FAST, /* 100 us to 10 s: what a computer does */
	HISTOGRAM_SLOW, /* 25 ms to an hour: what machines do */
	HISTOGRAM_N_SCALES,
};

struct histogram {
	enum histogram_scale scale;
	uint64_t n[HISTOGRAM_MAX_BOUNDS + 1]; /* the last: over all bounds */
	int64_t sum_us;
};

void histogram_add(struct histogram *histogram, int64_t us);
uint64_t histogram_count(const struct histogram *histogram);
/* The upper bounds of a scale; returns how many. */
size_t histogram_bounds(enum histogram_scale scale, const int64_t **us);

/* The longest of some last minutes: what happened once is not shown for
 * ever, and not forgotten before somebody has looked. */
#define LONGEST_WINDOW_US (5 * 60 * INT64_C(1000000))

struct longest {
	int64_t began_us; /* the window that is being filled */
	int64_t us;
	int64_t before_us; /* of the window before */
};

void longest_add(struct longest *longest, int64_t now_us, int64_t us);
int64_t longest_get(const struct longest *longest, int64_t now_us);

#endif
