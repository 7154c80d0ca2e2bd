/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t read_us(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t clock_cpu_us(void)
{
	return read_us(CLOCK_THREAD_CPUTIME_ID);
}

mono_ms clock_mono(void)
{
	/* BOOTTIME: a deadline does not stand still while we sleep. */
	return read_ms(CLOCK_BOOTTIME);
}

wall_ms clock_wall(void)
{
	return read_ms(CLOCK_REALTIME);
}

void clock_text(wall_ms at, char out[CLOCK_TEXT])
{
	time_t seconds = (time_t)(at / 1000 - (at % 1000 < 0));
	struct tm broken;

	gmtime_r(&seconds, &broken);
	strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &broken);
}

void clock_age(int64_t age_ms, char out[CLOCK_TEXT])
{
	int64_t s = age_ms > 0 ? age_ms / 1000 : 0;

	if (s < 120)
		snprintf(out, CLOCK_TEXT, "%" PRId64 "s", s);
	else if (s < 3600)
		snprintf(out, CLOCK_TEXT, "%" PRId64 "m%" PRId64 "s", s / 60,
			 s % 60);
	else if (s < 2 * 86400)
		snprintf(out, CLOCK_TEXT, "%" PRId64 "h%" PRId64 "m", s / 3600,
			 s % 3600 / 60);
	else
		snprintf(out, CLOCK_TEXT, "%" PRId64 "d", s / 86400);
}
