/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_DHCP_H
#define BOOT_DHCP_H

#include "base/loop.h"
#include "boot/dhcp_wire.h"
#include "boot/types.h"

/*
 * The DHCP server on one interface: the shell around dhcp_plan().
 *
 * The socket is bound to the interface, so that a broadcast of another
 * network is never answered. A second DHCP server on this host that holds
 * the port is an error, not a fight.
 *
 * Machines that are not in the inventory are not answered, but for those that
 * boot from the network where ops->strangers lends them an address.
 */
struct dhcp;

struct dhcp_config {
	const char *interface;
	ipv4 address; /* ours on it: option 54 and what URLs are made of */
	uint16_t http_port;
	uint32_t lease_s;
};

struct dhcp *dhcp_new(struct loop *loop, const struct dhcp_config *config,
		      const struct boot_ops *ops, struct err *err) NODISCARD;
void dhcp_free(struct dhcp *dhcp);

#define DHCP_N_TYPES (DHCP_INFORM + 1)
struct dhcp_stats {
	uint64_t received[DHCP_N_TYPES]; /* of our machines, by type */
	uint64_t sent[DHCP_N_TYPES];
	uint64_t strangers; /* of a MAC that no machine has: not answered */
	uint64_t lent;      /* and those that were */
	uint64_t bad;       /* that are no requests */
};

const struct dhcp_stats *dhcp_stats(const struct dhcp *dhcp);
/* "DISCOVER"; NULL: there is no such type. */
const char *dhcp_type_name(enum dhcp_type type);

/* The first IPv4 address of an interface. */
int dhcp_interface_address(const char *interface, ipv4 *address,
			   struct err *err) NODISCARD;
/* Its mask. */
int dhcp_interface_mask(const char *interface, ipv4 *mask,
			struct err *err) NODISCARD;

#endif
