/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_POOL_PLAN_H
#define BOOT_POOL_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/net.h"

/*
 * Which address of a range a machine gets that has none of its own: pure.
 *
 * Where the search begins is told by the MAC, so that a machine is likely to
 * be offered what it had before, also by a server that has forgotten it. An
 * offer holds its address for a few seconds, a confirmed one for as long as
 * was said. Nothing grows: however many MACs ask, there is one slot for each
 * address.
 *
 *	pool_offer(pool, &mac, now, &address)	DISCOVER
 *	pool_take(pool, &mac, address, now, until)	REQUEST
 *	pool_block(pool, address, until)	somebody else has it
 */
#define POOL_MAX      4096
#define POOL_OFFER_MS 15000

struct pool;

/* "198.18.0.100-198.18.0.200": at most POOL_MAX addresses. */
int pool_parse(const char *text, ipv4 *from, ipv4 *to,
	       struct err *err) NODISCARD;

struct pool *pool_new(ipv4 from, ipv4 to);
void pool_free(struct pool *pool);

bool pool_has(const struct pool *pool, ipv4 address);
/* The address that is the MAC's now, offered or taken. */
bool pool_find(const struct pool *pool, const struct mac *mac, mono_ms now,
	       ipv4 *address);
/* Until when that one is; INT64_MIN: it has none. */
mono_ms pool_until(const struct pool *pool, const struct mac *mac, mono_ms now);
/* Its own again, or a free one; false: there is none. */
bool pool_offer(struct pool *pool, const struct mac *mac, mono_ms now,
		ipv4 *address);
/* False: the address is another's, or not of the pool. */
bool pool_take(struct pool *pool, const struct mac *mac, ipv4 address,
	       mono_ms now, mono_ms until);
/* It is offered to nobody; whoever had it has it no more. */
void pool_block(struct pool *pool, ipv4 address, mono_ms until);
/* Addresses that cannot be offered to others now. */
size_t pool_in_use(const struct pool *pool, mono_ms now);

#endif
