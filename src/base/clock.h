/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Time. Deadlines are monotonic (mono_ms), what people read is wall time
 * (wall_ms). Only shells read clocks; machines and plans are told `now`.
 */
typedef int64_t mono_ms; /* milliseconds since some fixed moment */
typedef int64_t wall_ms; /* milliseconds since 1970-01-01 UTC */

#define MONO_NEVER INT64_MAX
#define CLOCK_TEXT 32

mono_ms clock_mono(void);
wall_ms clock_wall(void);

/* For how long things take, in microseconds: the time that has
 * passed, and what this thread has used of a processor. */
int64_t clock_mono_us(void);
int64_t clock_cpu_us(void);

/* RFC 3339 in UTC with seconds, "2026-11-24T17:03:35Z". */
void clock_text(wall_ms at, char out[CLOCK_TEXT]);

/* "4s", "3m12s", "2h5m", "9d": an age as kubectl writes it. */
void clock_age(int64_t age_ms, char out[CLOCK_TEXT]);

#endif
