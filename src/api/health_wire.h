/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_HEALTH_WIRE_H
#define API_HEALTH_WIRE_H

#include "base/buf.h"
#include "base/err.h"

/*
 * What /healthz and /readyz answer, as Kubernetes does: "ok", or each check
 * in a line. Pure.
 *
 *	[+]store ok
 *	[-]disk failed: 3 MiB free in /var/lib/tomte: expected 64 or more
 *	readyz check failed
 */
#define HEALTH_MAX_CHECKS 8

struct health_check {
	const char *name;
	struct err err; /* ERR_NONE: it is good */
};

/* False: not all is good. `page` is "readyz". */
bool health_render(const struct health_check *checks, size_t n,
		   const char *page, bool verbose, struct buf *out);

#endif
