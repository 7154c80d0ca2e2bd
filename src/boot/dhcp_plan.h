/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_DHCP_PLAN_H
#define BOOT_DHCP_PLAN_H

#include "boot/dhcp_wire.h"
#include "boot/types.h"

/*
 * What to answer to a DHCP message: pure, and all there is of DHCP state.
 *
 * A machine's address is its reservation, so nothing has to be remembered
 * between OFFER and ACK; only that an address was declined, which the shell
 * does (quarantine.h). A machine that is not in the inventory gets no answer
 * at all. RFC 2131 section 4.3.
 */
struct dhcp_server {
	ipv4 address;       /* ours, on the network the request came from */
	uint16_t http_port; /* of the boot scripts and files */
	uint32_t lease_s;   /* for machines that name none */
};

enum dhcp_verdict {
	DHCP_SILENCE,
	DHCP_REPLY,
};

struct dhcp_answer {
	enum dhcp_verdict verdict;
	struct dhcp_reply reply;
	ipv4 to;           /* where to; 0: broadcast */
	uint16_t port;     /* 67: through a relay, 68 */
	bool direct;       /* to a client that has no address yet: by MAC */
	enum boot_saw saw; /* what to report of it */
	const char *why;   /* a few words; never NULL */
	bool report;
	ipv4 other_server;   /* that it chose; 0: none */
	bool quarantine;     /* its address is in use: offer it to nobody */
	const char *missing; /* left out of the reply; NULL: nothing */
	const char *no_boot; /* why there is no boot file; NULL: there is, or
				nobody asks for one */
};

/* machine NULL: it is not in the inventory. `declined`: its address is in
 * quarantine. */
void dhcp_plan(const struct dhcp_request *request,
	       const struct boot_machine *machine, bool declined,
	       const struct dhcp_server *server, struct dhcp_answer *answer);

/* Firmware or iPXE that boots from the network, and no operating system: of
 * who is not in the inventory only these are answered, if any. */
bool dhcp_is_boot_client(const struct dhcp_request *request);

/*
 * The answer's reply in bytes, not longer than the client takes: what does
 * not fit is left out, and named in answer->missing. 0: even so it is too
 * long.
 */
size_t dhcp_answer_build(const struct dhcp_request *request,
			 struct dhcp_answer *answer,
			 uint8_t bytes[DHCP_MAX_PACKET]);

#endif
