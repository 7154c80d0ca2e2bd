/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_LEASE_H
#define STORE_LEASE_H

#include "base/net.h"
#include "store/store.h"

/*
 * Addresses that were lent to machines that nobody knows (boot/pool_plan.h),
 * so that a restart does not lend them to others. One row an address.
 */
struct lease {
	ipv4 ip;
	struct mac mac;
	wall_ms until;
};

int lease_put(struct store *store, const struct lease *lease,
	      struct err *err) NODISCARD;
int lease_drop(struct store *store, ipv4 ip, struct err *err) NODISCARD;
/* Those that are over. */
int lease_prune(struct store *store, struct err *err) NODISCARD;
/* The caller frees the list. Returns how many. */
size_t lease_list(struct store *store, struct lease **leases);

#endif
