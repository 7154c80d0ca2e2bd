/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_IPMI_SOL_H
#define BMC_IPMI_SOL_H

#include "base/clock.h"
#include "base/sm.h"
#include "bmc/ipmi_wire.h"

/*
 * Serial over LAN: the machine's console, through a session. A machine:
 * responses and payloads in, commands and payloads out, characters both ways.
 * Pure; ipmi_console.c pumps it.
 *
 *	ipmi_sol_init(&sol, take, now);
 *	if (ipmi_sol_command(&sol, &command))
 *		(send it, when the one before is answered)
 *	while (ipmi_sol_output(&sol, now, &payload))
 *		(send it)
 *	...
 *	ipmi_sol_response(&sol, now, &response);
 *	ipmi_sol_input(&sol, now, payload, &text);	what the console says
 *	ipmi_sol_write(&sol, bytes, n);			what is typed
 */
#define IPMI_SOL_QUEUE 2048 /* characters typed that wait */
#define IPMI_SOL_HEAD  4
#define IPMI_SOL_MAX   255 /* characters in one packet */

struct ipmi_sol {
	struct sm sm;

	/* Private. */
	bool ready; /* the command of this state is to be sent */
	bool take;  /* the console from whoever has it */
	bool taken; /* that was tried */
	mono_ms deadline;
	size_t max;       /* characters that the BMC takes at once */
	uint8_t sequence; /* of our last packet with characters */
	size_t out_len;   /* characters in it that are not acknowledged */
	unsigned sends;   /* of it */
	bool due;         /* it is to be sent */
	uint8_t heard;    /* the BMC's last packet, and its characters */
	size_t heard_len;
	bool ack; /* that is to be acknowledged */
	size_t queued;
	uint8_t queue[IPMI_SOL_QUEUE]; /* the first out_len are out */
	struct err err;
};

void ipmi_sol_init(struct ipmi_sol *sol, bool take, mono_ms now);
/* Let the console go. */
void ipmi_sol_close(struct ipmi_sol *sol, mono_ms now);
/* How many of them were taken. */
size_t ipmi_sol_write(struct ipmi_sol *sol, const void *bytes, size_t n,
		      mono_ms now);

void ipmi_sol_response(struct ipmi_sol *sol, mono_ms now,
		       const struct ipmi_response *response);
/* Appends to `text`, which has room for IPMI_SOL_MAX. */
void ipmi_sol_input(struct ipmi_sol *sol, mono_ms now, struct rbuf payload,
		    struct wbuf *text);
/* It cannot even be tried. */
void ipmi_sol_refuse(struct ipmi_sol *sol, const char *why);
/* The session is gone. */
void ipmi_sol_lost(struct ipmi_sol *sol);
void ipmi_sol_expire(struct ipmi_sol *sol, mono_ms now);
bool ipmi_sol_command(struct ipmi_sol *sol, struct ipmi_command *out);
/* Appends; it needs room for IPMI_SOL_HEAD + IPMI_SOL_MAX. */
bool ipmi_sol_output(struct ipmi_sol *sol, mono_ms now, struct wbuf *out);
mono_ms ipmi_sol_deadline(const struct ipmi_sol *sol);
bool ipmi_sol_done(const struct ipmi_sol *sol);
/* NULL: it was closed. */
const struct err *ipmi_sol_error(const struct ipmi_sol *sol);
/* Characters go both ways. */
bool ipmi_sol_open(const struct ipmi_sol *sol);

#endif
