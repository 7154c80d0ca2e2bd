/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_METRIC_WIRE_H
#define BASE_METRIC_WIRE_H

#include "base/buf.h"
#include "base/histogram.h"

/*
 * Prometheus' text exposition format, version 0.0.4: written, never read.
 * Pure.
 *
 *	metric_family(out, "tomte_runs_ended_total", METRIC_COUNTER,
 *		      "Runs that ended, by outcome.");
 *	metric_count(out, "tomte_runs_ended_total", n, "outcome", "failed",
 *		     NULL);
 *
 * Labels are pairs of name and value, ended by NULL. All samples of a family
 * follow its head.
 */
#define METRIC_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

void metric_family(struct buf *out, const char *name, enum metric_type type,
		   const char *help);

void metric_count(struct buf *out, const char *name, uint64_t value, ...)
	__attribute__((sentinel));
/* A number with a fraction, given in millionths: seconds from us. */
void metric_micro(struct buf *out, const char *name, int64_t micro, ...)
	__attribute__((sentinel));
/* _bucket, _sum and _count, in seconds. */
void metric_histogram(struct buf *out, const char *name,
		      const struct histogram *histogram, ...)
	__attribute__((sentinel));

#endif
