/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAKE_IPMI_WORLD_H
#define TESTS_FAKE_IPMI_WORLD_H

#include "bmc/ipmi_session.h"
#include "fake/ipmi_bmc.h"

/*
 * The client's machine against the fake BMC, with a network between them
 * that loses what a test tells it to. Time is a variable.
 *
 *	struct world *w = world_new();
 *
 *	world_begin(w);
 *	world_command(w, &world_status);
 *	world_wait(w);
 */
#define WORLD_SLOT   0x0102
#define WORLD_KEPT   64
#define WORLD_LINGER 8000

struct datagram {
	uint8_t bytes[IPMI_PACKET_MAX];
	size_t len;
};

struct world {
	struct ipmi_crypto *crypto;
	struct rng rng;
	struct fake_shared shared;
	struct fake_bmc bmc;
	struct ipmi_login login;
	struct ipmi_peer peer;
	struct ipmi_session session;
	mono_ms now;
	mono_ms login_by;
	bool keep;
	/* The network: how many of those to come are lost. */
	unsigned lose_requests;
	unsigned lose_answers;
	int64_t delay_ms;  /* there and back */
	uint8_t lose_type; /* this kind of payload never arrives */
	/* All that was sent, and all that was answered, in order. */
	struct datagram sent[WORLD_KEPT];
	size_t n_sent;
	struct datagram heard[WORLD_KEPT];
	size_t n_heard;
	struct ipmi_response response;
	unsigned n_responses;
};

extern const struct ipmi_command world_status;
extern const struct ipmi_command world_power_off;

struct world *world_new(void);
void world_free(struct world *w);
/* A session, of which nothing has left. */
void world_begin(struct world *w);
/* The session gets it, as it stands. */
void world_hear(struct world *w, const struct datagram *datagram);
void world_hear_again(struct world *w, size_t back);
/* The BMC gets it; what it answers is noted and, unless lost, heard. */
void world_deliver(struct world *w, const struct datagram *datagram);
/* Take one packet out; false: there is none. A response is noted. */
bool world_take(struct world *w, struct datagram *datagram);
/* After anything has happened: all that it puts out. */
void world_pump(struct world *w);
/* Time passes until something happens; how much. */
int64_t world_wait(struct world *w);
void world_wait_for_end(struct world *w);
void world_command(struct world *w, const struct ipmi_command *command);
/* Logged in. */
void world_open(struct world *w);
/* A command, and its response is waited for. */
void world_ask(struct world *w, const struct ipmi_command *command);

#endif
