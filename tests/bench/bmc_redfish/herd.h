/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BMC_REDFISH_HERD_H
#define TESTS_BENCH_BMC_REDFISH_HERD_H

#include "base/http_client.h"
#include "base/loop.h"
#include "bmc/redfish_op.h"
#include "emulator.h"

/*
 * A herd of Redfish BMCs, which the emulator plays at one port of all
 * addresses of 127/8, and the client that asks them: the driver's machine
 * (redfish_op) over the driver's HTTP client, but with connections that stay
 * for as long as a case wants, and as many new ones in a second as it can.
 */
enum herd_way {
	HERD_KEPT,    /* one connection for each BMC, which stays */
	HERD_RESUMED, /* a new one for each request; TLS is resumed */
	HERD_FULL,    /* a new one, with a full handshake */
};

struct node {
	struct herd *herd;
	struct redfish_session session;
	struct redfish_op *op; /* NULL: none is running */
	struct bmc_target target;
	struct http_peer *peer;
};

struct herd {
	struct emulator emulator;
	struct loop *loop;
	struct http_client *http;
	struct node *nodes;
	unsigned n;
	enum herd_way way;
	unsigned next; /* of the round: the node that is asked next */
	unsigned n_ended;
	unsigned n_failed;
	struct err err; /* the last one */
};

/* Ends the program, with a cause, when the emulator does not start. */
struct herd *herd_new(unsigned n, const char *face);
/* With the emulator. */
void herd_free(struct herd *herd);

/* Forgets connections and TLS sessions, but not the BMCs' own sessions. */
void herd_hang_up(struct herd *herd);

/* The power of each of the first n, 256 at a time. Ends the program when that
 * takes minutes. */
void herd_poll(struct herd *herd, unsigned n, enum herd_way way);

#endif
