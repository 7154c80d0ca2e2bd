/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_DHCP_H
#define BOOT_DHCP_H

#include "base/loop.h"
#include "boot/types.h"

/*
 * The DHCP server on one interface: the shell around dhcp_plan().
 *
 * The socket is bound to the interface, so that a broadcast of another
 * network is never answered. A second DHCP server on this host that holds
 * the port is an error, not a fight.
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

/* The first IPv4 address of an interface. */
int dhcp_interface_address(const char *interface, ipv4 *address,
			   struct err *err) NODISCARD;

#endif
