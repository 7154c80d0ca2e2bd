/* SPDX-License-Identifier: Apache-2.0 */
#include "base/histogram.h"

#include "base/mem.h"

static const int64_t fast[] = {
	100,   250,    500,    1000,   2500,    5000,    10000,   25000,
	50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
};

static const int64_t slow[] = {
	25000,     100000,    250000,    500000,     1000000,
	2500000,   5000000,   10000000,  30000000,   60000000,
	120000000, 300000000, 600000000, 1800000000, 3600000000,
};

static const struct {
	const int64_t *us;
	size_t n;
} scales[HISTOGRAM_N_SCALES] = {
	[HISTOGRAM_FAST] = { fast, ARRAY_LEN(fast) },
	[HISTOGRAM_SLOW] = { slow, ARRAY_LEN(slow) },
};

_Static_assert(ARRAY_LEN(fast) <= HISTOGRAM_MAX_BOUNDS, "room for all");
_Static_assert(ARRAY_LEN(slow) <= HISTOGRAM_MAX_BOUNDS, "room for all");

size_t histogram_bounds(enum histogram_scale scale, const int64_t **us)
{
	*us = scales[scale].us;
	return scales[scale].n;
}

void histogram_add(struct histogram *histogram, int64_t us)
{
	const int64_t *bounds;
	size_t n = histogram_bounds(histogram->scale, &bounds);
	size_t i = 0;

	if (us < 0)
		us = 0;
	while (i < n && us > bounds[i])
		i++;
	histogram->n[i]++;
	histogram->sum_us += us;
}

uint64_t histogram_count(const struct histogram *histogram)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ARRAY_LEN(histogram->n); i++)
		sum += histogram->n[i];
	return sum;
}

void longest_add(struct longest *longest, int64_t now_us, int64_t us)
{
	int64_t age = now_us - longest->began_us;

	if (age >= LONGEST_WINDOW_US) {
		longest->before_us =
			age < 2 * LONGEST_WINDOW_US ? longest->us : 0;
		longest->us = 0;
		longest->began_us = now_us;
	}
	if (us > longest->us)
		longest->us = us;
}

int64_t longest_get(const struct longest *longest, int64_t now_us)
{
	int64_t age = now_us - longest->began_us;

	if (age >= 2 * LONGEST_WINDOW_US)
		return 0;
	if (age >= LONGEST_WINDOW_US || longest->us > longest->before_us)
		return longest->us;
	return longest->before_us;
}
