/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_RESOLVE_H
#define BASE_RESOLVE_H

#include "base/loop.h"

/*
 * Names to addresses, without holding up the loop: by getent, a few at a
 * time, so that all that the system is configured for counts.
 *
 *	struct resolve *call = resolver_find(resolver, host, on_address, x);
 *
 * The callback comes exactly once and from the loop, unless the call was
 * cancelled before. `address` is the first one found, in digits; NULL: none,
 * and the error says why.
 */
#define RESOLVE_TEXT 64

struct resolver;
struct resolve;

typedef void (*resolve_fn)(void *arg, const char *address,
			   const struct err *err);

struct resolver *resolver_new(struct loop *loop);
/* What is under way ends without a callback. */
void resolver_free(struct resolver *resolver);

struct resolve *resolver_find(struct resolver *resolver, const char *host,
			      resolve_fn done, void *arg);
/* The pointer is gone. */
void resolve_cancel(struct resolve *call);

#endif
