/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_IPMI_NET_H
#define BMC_IPMI_NET_H

#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"

/*
 * The few UDP sockets through which all IPMI BMCs are spoken to. Datagrams
 * are read and sent in batches: what is given to ipmi_net_send leaves with
 * ipmi_net_flush, and of itself after a batch of those that came.
 */
struct ipmi_address {
	uint8_t ip[16]; /* of an IPv4 address the first four */
	uint16_t port;
	bool v6;
};

/* Digits only. */
bool ipmi_address_parse(struct ipmi_address *address, const char *host,
			uint16_t port);
bool ipmi_address_eq(const struct ipmi_address *a,
		     const struct ipmi_address *b);

struct ipmi_net_ops {
	void (*datagram)(void *arg, const struct ipmi_address *from,
			 const void *bytes, size_t len);
	/* Nothing gets there, says the network. */
	void (*unreachable)(void *arg, const struct ipmi_address *to,
			    int errnum);
	/* All that had come was told; then what was sent meanwhile leaves. */
	void (*batch)(void *arg);
};

struct ipmi_net;

struct ipmi_net *ipmi_net_new(struct loop *loop, const struct ipmi_net_ops *ops,
			      void *arg);
void ipmi_net_free(struct ipmi_net *net);

/* Makes the sockets for this kind of address, if there are none yet. */
int ipmi_net_open(struct ipmi_net *net, const struct ipmi_address *address,
		  struct err *err) NODISCARD;
/* By the socket of this number (any: they are counted round). */
void ipmi_net_send(struct ipmi_net *net, unsigned number,
		   const struct ipmi_address *to, const void *bytes,
		   size_t len);
void ipmi_net_flush(struct ipmi_net *net);

#endif
