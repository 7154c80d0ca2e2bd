/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SPAN_PLAN_H
#define CLI_SPAN_PLAN_H

#include <stdbool.h>

#include "base/clock.h"

/*
 * Lengths and points of time as people type them. Pure.
 *
 *	90s 15m 12h 90d 2y		a length
 *	2026-11-24			a day, from its beginning in UTC
 *	2026-11-24T12:00:00Z		a moment
 */
bool span_parse(const char *text, int64_t *seconds);

/* A length before `now`, a day, or a moment. */
bool span_parse_since(const char *text, wall_ms now, wall_ms *at);

#endif
