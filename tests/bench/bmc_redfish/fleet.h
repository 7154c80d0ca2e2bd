/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BMC_REDFISH_FLEET_H
#define TESTS_BENCH_BMC_REDFISH_FLEET_H

#include <sys/types.h>

#include "base/http_client.h"
#include "base/loop.h"
#include "bmc/redfish_op.h"

/*
 * A fleet of Redfish BMCs, which the emulator plays at one port of all
 * addresses of 127/8, and the client that asks them: the driver's machine
 * (redfish_op) over the driver's HTTP client, but with connections that stay
 * for as long as a case wants, and as many new ones in a second as it can.
 */
enum fleet_way {
	FLEET_KEPT,    /* one connection for each BMC, which stays */
	FLEET_RESUMED, /* a new one for each request; TLS is resumed */
	FLEET_FULL,    /* a new one, with a full handshake */
};

struct node {
	struct fleet *fleet;
	struct redfish_session session;
	struct redfish_op *op; /* NULL: none is running */
	struct bmc_target target;
	struct http_peer *peer;
};

struct fleet {
	pid_t pid; /* of the emulator */
	uint16_t port;
	char pin[64];
	struct loop *loop;
	struct http_client *http;
	struct node *nodes;
	unsigned n;
	enum fleet_way way;
	unsigned next; /* of the round: the node that is asked next */
	unsigned n_ended;
	unsigned n_failed;
	struct err err; /* the last one */
};

/* Ends the program, with a cause, when the emulator does not start. */
struct fleet *fleet_new(unsigned n, const char *face);
/* With the emulator. */
void fleet_free(struct fleet *fleet);

/* Forgets connections and TLS sessions, but not the BMCs' own sessions. */
void fleet_hang_up(struct fleet *fleet);

/* The power of each of the first n, 256 at a time. Ends the program when that
 * takes minutes. */
void fleet_poll(struct fleet *fleet, unsigned n, enum fleet_way way);

#endif
