/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_NET_H
#define BASE_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Addresses. An IPv4 address is a number in host order; 0 is "none".
 */
typedef uint32_t ipv4;

struct mac {
	uint8_t bytes[6];
};

#define MAC_TEXT  18
#define IPV4_TEXT 16

/* "52:54:00:12:34:56", also with '-' or without separators, any case. */
bool net_parse_mac(const char *text, struct mac *mac);
/* Lower case, with colons. */
void net_mac_text(const struct mac *mac, char out[MAC_TEXT]);
bool net_mac_eq(const struct mac *a, const struct mac *b);

/* Dotted decimal, four parts, no leading zeros' octal surprise. */
bool net_parse_ipv4(const char *text, ipv4 *address);
void net_ipv4_text(ipv4 address, char out[IPV4_TEXT]);

/* A mask with one run of ones; returns its length. */
bool net_mask_length(ipv4 mask, unsigned *length);
ipv4 net_mask(unsigned length);

/* "10.0.0.0/24": the address as written, and the length. */
bool net_parse_cidr(const char *text, ipv4 *address, unsigned *length);

/* Sets O_NONBLOCK and FD_CLOEXEC. */
int net_unblock(int fd, struct err *err) NODISCARD;

#endif
