/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_DISCOVERY_H
#define DAEMON_DISCOVERY_H

#include "boot/types.h"
#include "daemon/options.h"
#include "store/store.h"
#include "workflow/discover.h"
#include "workflow/stranger_wire.h"

/*
 * Machines that nobody knows, from their first DISCOVER to their hello: an
 * address out of a range of ours, or the one that another DHCP server gave
 * them, and a token that is good for the hello of this one MAC. Nothing is
 * kept of them but a row for each address that one of them took, however many
 * there are. Off unless the operator says so.
 */
struct discovery;

/* `ours` is the server's address, on a network with this mask. NULL: the
 * range, the gateway or the namespace is none. */
struct discovery *discovery_new(struct store *store,
				const struct options *options, ipv4 ours,
				ipv4 mask, struct err *err) NODISCARD;
void discovery_free(struct discovery *discovery);

/* For the boot servers, and the worker's endpoints. */
const struct boot_strangers *discovery_strangers(struct discovery *discovery);
const struct discover_ops *discovery_ops(struct discovery *discovery);

/* The token for the hello of a MAC. Its address stays lent meanwhile. */
void discovery_token(struct discovery *discovery, const struct mac *mac,
		     char text[STRANGER_TOKEN]);

/* Forgets leases that are over. */
int discovery_prune(struct discovery *discovery, struct err *err) NODISCARD;

struct discovery_stats {
	uint64_t lent;    /* addresses, to machines that had none */
	uint64_t limited; /* that came too many at once */
	uint64_t full;    /* for whom there was no address */
	uint64_t known;   /* machines of the inventory, by other cards */
};

const struct discovery_stats *
discovery_stats(const struct discovery *discovery);
/* Addresses that are lent or offered. */
size_t discovery_leases(const struct discovery *discovery);

#endif
