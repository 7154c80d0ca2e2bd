/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_DHCP_WIRE_H
#define BOOT_DHCP_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/net.h"

/*
 * DHCPv4 messages: bytes to struct and back (RFC 2131, 2132, 3396, 4578).
 *
 * Only what a server needs of a request is decoded; options that are only
 * echoed are kept as bytes. Strings end at a NUL, which some ROMs send, and
 * have '?' for what cannot be printed: they get into logs and events.
 */
#define DHCP_MAX_PACKET  1472
#define DHCP_MIN_PACKET  240
#define DHCP_SAFE_PACKET 548 /* what every client takes: RFC 2131 2 */
#define DHCP_ECHO_MAX    512
#define DHCP_MAX_ARCHS   4

enum dhcp_type {
	DHCP_DISCOVER = 1,
	DHCP_OFFER,
	DHCP_REQUEST,
	DHCP_DECLINE,
	DHCP_ACK,
	DHCP_NAK,
	DHCP_RELEASE,
	DHCP_INFORM,
};

struct dhcp_echo {
	size_t len; /* 0: absent */
	uint8_t bytes[DHCP_ECHO_MAX];
};

struct dhcp_request {
	enum dhcp_type type;
	uint8_t htype;
	uint8_t hlen;
	uint8_t hops;
	uint32_t xid;
	uint16_t secs;
	uint16_t flags;
	ipv4 ciaddr;
	ipv4 giaddr;
	uint8_t chaddr[16];
	ipv4 requested;                 /* 50; 0: absent */
	ipv4 server_id;                 /* 54; 0: absent */
	uint16_t max_size;              /* 57; 0: absent */
	uint16_t archs[DHCP_MAX_ARCHS]; /* 93, the client's favourite first */
	size_t n_archs;
	char vendor[64];             /* 60 */
	char user_class[64];         /* 77, raw or length-prefixed */
	bool ipxe;                   /* 175 was there */
	bool ipxe_http;              /* 175.19: it has HTTP */
	struct dhcp_echo client_id;  /* 61 */
	struct dhcp_echo relay;      /* 82 */
	struct dhcp_echo machine_id; /* 97 */
};

#define DHCP_FLAG_BROADCAST 0x8000

/* False: not a DHCP request that one could answer. */
bool dhcp_request_parse(const void *bytes, size_t len,
			struct dhcp_request *request);

#define DHCP_MAX_ROUTERS 4

struct dhcp_reply {
	enum dhcp_type type;
	ipv4 yiaddr;
	ipv4 siaddr;
	ipv4 server_id;
	uint32_t lease_s; /* 0: no lease times */
	ipv4 mask;        /* 0: absent; so with all below */
	ipv4 router;
	ipv4 name_servers[DHCP_MAX_ROUTERS];
	ipv4 time_servers[DHCP_MAX_ROUTERS];
	char hostname[64];
	char domain[128];
	char tftp_server[128]; /* 66 */
	char boot_file[512];   /* 67, and the header's field when it fits */
	char vendor[16];       /* 60: "PXEClient" or "HTTPClient" */
	bool pxe_bypass;       /* 43 {6: 8}: take the file, no discovery */
	bool no_pxedhcp;       /* 175.176 = 1: iPXE need not wait for proxies */
	const char *message;   /* 56, for people; NULL: absent */
};

/* How long a reply may be: what the client said (57), within reason. */
size_t dhcp_reply_limit(const struct dhcp_request *request);

/* Echoes xid, chaddr, flags and 61, 97, 82 of the request. Returns the
 * length, at least 300; 0: it does not fit into `size`. */
size_t dhcp_reply_build(const struct dhcp_request *request,
			const struct dhcp_reply *reply, void *bytes,
			size_t size);

#endif
