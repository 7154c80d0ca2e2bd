/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_sol.h"

#include <string.h>

#include "base/mem.h"

/*
 *	ACTIVATE --> ACTIVE --> DEACTIVATE --> DONE
 *	  ^  \         |
 *	 TAKE `--------+---> FAILED
 *
 * TAKE ends somebody else's console, once, when that is wanted. What is
 * closed before it is active goes to DONE: the console may be another's, and
 * ours ends with the session.
 */
enum { ACTIVATE, TAKE, ACTIVE, DEACTIVATE, DONE, FAILED };

static const struct sm_state states[] = {
	[ACTIVATE] = { "activate", SM_TO(TAKE) | SM_TO(ACTIVE) | SM_TO(DONE) |
					   SM_TO(FAILED) },
	[TAKE] = { "take over", SM_TO(ACTIVATE) | SM_TO(DONE) | SM_TO(FAILED) },
	[ACTIVE] = { "active", SM_TO(DEACTIVATE) | SM_TO(FAILED) },
	[DEACTIVATE] = { "deactivate", SM_TO(DONE) },
	[DONE] = { "done", 0 },
	[FAILED] = { "failed", 0 },
};

#define CMD_ACTIVATE   0x48
#define CMD_DEACTIVATE 0x49
#define PAYLOAD_SOL    1
#define INSTANCE       1
#define ENCRYPTED      0x80
#define SIGNED         0x40
#define CC_IN_USE      0x80
#define CC_DISABLED    0x81

/* IPMI 2.0, table 15-2: of a packet's fourth byte. */
#define STATUS_NACK        0x40
#define STATUS_UNAVAILABLE 0x20
#define STATUS_ENDED       0x10

#define COMMAND_MS 40000 /* the session's own patience comes first */
#define RESEND_MS  500
#define BUSY_MS    1000
#define MAX_SENDS  10
#define N_SEQUENCE 15

static void enter(struct ipmi_sol *sol, mono_ms now, unsigned state)
{
	sm_move(&sol->sm, state);
	sol->ready = state != ACTIVE;
	sol->deadline = state == ACTIVE ? MONO_NEVER : now + COMMAND_MS;
}

static void fail(struct ipmi_sol *sol, enum err_code code, const char *what)
{
	err_set(&sol->err, code, "console: %s", what);
	sol->ready = false;
	sm_move(&sol->sm, FAILED);
}

void ipmi_sol_init(struct ipmi_sol *sol, bool take, mono_ms now)
{
	memset(sol, 0, sizeof(*sol));
	sol->take = take;
	sol->ready = true;
	sol->deadline = now + COMMAND_MS;
	sm_init(&sol->sm, states, ARRAY_LEN(states), ACTIVATE);
}

void ipmi_sol_close(struct ipmi_sol *sol, mono_ms now)
{
	if (sol->sm.state == ACTIVE)
		enter(sol, now, DEACTIVATE);
	else if (sol->sm.state < ACTIVE)
		sm_move(&sol->sm, DONE);
	sol->ready = sol->ready && !ipmi_sol_done(sol);
}

size_t ipmi_sol_write(struct ipmi_sol *sol, const void *bytes, size_t n,
		      mono_ms now)
{
	size_t room = sizeof(sol->queue) - sol->queued;

	if (sol->sm.state > ACTIVE)
		return 0;
	if (n > room)
		n = room;
	memcpy(sol->queue + sol->queued, bytes, n);
	sol->queued += n;
	if (sol->sm.state == ACTIVE && !sol->out_len && n)
		sol->deadline = now; /* there is something to send */
	return n;
}

/* ---- commands ---- */

/* IPMI 2.0, 24.1 and 24.2 */
bool ipmi_sol_command(struct ipmi_sol *sol, struct ipmi_command *out)
{
	if (!sol->ready)
		return false;
	sol->ready = false;
	memset(out, 0, sizeof(*out));
	out->netfn = IPMI_APP;
	out->cmd = sol->sm.state == ACTIVATE ? CMD_ACTIVATE : CMD_DEACTIVATE;
	out->bytes[0] = PAYLOAD_SOL;
	out->bytes[1] = INSTANCE;
	if (sol->sm.state == ACTIVATE)
		out->bytes[2] = ENCRYPTED | SIGNED;
	out->len = 6;
	out->privilege = IPMI_ADMIN;
	return true;
}

/* What the BMC takes at once counts the head of a packet, too. */
static void on_activated(struct ipmi_sol *sol, mono_ms now, struct rbuf in)
{
	size_t size;

	rbuf_be32(&in); /* what the payload asks for: nothing */
	size = rbuf_le16(&in);
	if (in.bad || size <= IPMI_SOL_HEAD) {
		fail(sol, ERR_PROTOCOL, "the answer makes no sense");
		return;
	}
	sol->max = size - IPMI_SOL_HEAD;
	if (sol->max > IPMI_SOL_MAX)
		sol->max = IPMI_SOL_MAX;
	enter(sol, now, ACTIVE);
	if (sol->queued)
		sol->deadline = now;
}

static void on_activate(struct ipmi_sol *sol, mono_ms now,
			const struct ipmi_response *r)
{
	if (!r->completion) {
		on_activated(sol, now, rbuf_of(r->bytes, r->len));
	} else if (r->completion == CC_IN_USE && sol->take && !sol->taken) {
		sol->taken = true;
		enter(sol, now, TAKE);
	} else if (r->completion == CC_IN_USE) {
		fail(sol, ERR_BUSY, "somebody else has it");
	} else if (r->completion == CC_DISABLED) {
		fail(sol, ERR_UNSUPPORTED, "serial over LAN is off");
	} else {
		err_set(&sol->err, ERR_UNSUPPORTED,
			"console: refused (completion code 0x%02x)",
			r->completion);
		sm_move(&sol->sm, FAILED);
	}
}

void ipmi_sol_response(struct ipmi_sol *sol, mono_ms now,
		       const struct ipmi_response *r)
{
	unsigned state = sol->sm.state;

	if (sol->ready)
		return;
	if (state == DEACTIVATE) {
		sm_move(&sol->sm, DONE);
	} else if (r->err.code && state < DEACTIVATE) {
		sol->err = r->err;
		err_wrap(&sol->err, "console");
		sm_move(&sol->sm, FAILED);
	} else if (state == ACTIVATE) {
		on_activate(sol, now, r);
	} else if (state == TAKE) {
		enter(sol, now, ACTIVATE);
	}
}

/* ---- characters ---- */

static void drop_first(struct ipmi_sol *sol, size_t n)
{
	memmove(sol->queue, sol->queue + n, sol->queued - n);
	sol->queued -= n;
}

/*
 * IPMI 2.0, 15.11: what was taken is done with; the rest goes in a packet of
 * its own, at once, or later if the BMC says that it cannot now.
 */
static void on_ack(struct ipmi_sol *sol, mono_ms now, uint8_t acked,
		   size_t count, uint8_t status)
{
	bool refused = status & (STATUS_NACK | STATUS_UNAVAILABLE);

	if (!sol->out_len || acked != sol->sequence)
		return;
	if (count > sol->out_len)
		count = sol->out_len;
	if (!refused && !count)
		return; /* nothing was taken, and it is not said why */
	drop_first(sol, count);
	sol->out_len = 0;
	sol->due = false;
	if (!sol->queued)
		sol->deadline = MONO_NEVER;
	else
		sol->deadline = refused ? now + BUSY_MS : now;
}

/* A packet that comes again may have more characters than it had. */
static void on_characters(struct ipmi_sol *sol, uint8_t sequence,
			  struct rbuf in, struct wbuf *text)
{
	size_t known = sequence == sol->heard ? sol->heard_len : 0;
	size_t len = in.left;

	if (len > known) {
		rbuf_sub(&in, known);
		wbuf_bytes(text, in.at, in.left);
		sol->heard_len = len;
	}
	sol->heard = sequence;
	sol->ack = true;
}

void ipmi_sol_input(struct ipmi_sol *sol, mono_ms now, struct rbuf in,
		    struct wbuf *text)
{
	uint8_t sequence = rbuf_u8(&in) & 0x0f;
	uint8_t acked = rbuf_u8(&in) & 0x0f;
	uint8_t count = rbuf_u8(&in);
	uint8_t status = rbuf_u8(&in);

	if (in.bad || in.left > IPMI_SOL_MAX || sol->sm.state != ACTIVE)
		return;
	if (acked)
		on_ack(sol, now, acked, count, status);
	if (sequence)
		on_characters(sol, sequence, in, text);
	if (status & STATUS_ENDED)
		fail(sol, ERR_GONE, "the BMC has ended it");
}

/* ---- time, and out ---- */

void ipmi_sol_refuse(struct ipmi_sol *sol, const char *why)
{
	fail(sol, ERR_INVALID, why);
}

void ipmi_sol_lost(struct ipmi_sol *sol)
{
	if (sol->sm.state == ACTIVE)
		fail(sol, ERR_GONE, "the session was lost");
}

void ipmi_sol_expire(struct ipmi_sol *sol, mono_ms now)
{
	if (ipmi_sol_done(sol) || now < sol->deadline)
		return;
	if (sol->sm.state == DEACTIVATE)
		sm_move(&sol->sm, DONE);
	else if (sol->sm.state != ACTIVE)
		fail(sol, ERR_TIMEOUT, "no answer");
	else if (sol->out_len && sol->sends >= MAX_SENDS)
		fail(sol, ERR_TIMEOUT, "what is typed is not acknowledged");
	else
		sol->due = true;
}

/* Characters and an acknowledgement go together. */
static bool output_payload(struct ipmi_sol *sol, mono_ms now, struct wbuf *out)
{
	bool sends;
	bool fresh = !sol->out_len && sol->queued &&
		     (sol->due || now >= sol->deadline);

	if (!fresh && !(sol->due && sol->out_len) && !sol->ack)
		return false;
	if (fresh) {
		sol->out_len = sol->queued < sol->max ? sol->queued : sol->max;
		sol->sequence = (uint8_t)(sol->sequence % N_SEQUENCE + 1);
		sol->sends = 0;
	}
	sends = fresh || (sol->due && sol->out_len);
	if (sends) {
		sol->sends++;
		sol->deadline = now + RESEND_MS;
	}
	wbuf_u8(out, sends ? sol->sequence : 0);
	wbuf_u8(out, sol->ack ? sol->heard : 0);
	wbuf_u8(out, sol->ack ? (uint8_t)sol->heard_len : 0);
	wbuf_u8(out, 0);
	if (sends)
		wbuf_bytes(out, sol->queue, sol->out_len);
	sol->due = false;
	sol->ack = false;
	return true;
}

bool ipmi_sol_output(struct ipmi_sol *sol, mono_ms now, struct wbuf *out)
{
	return sol->sm.state == ACTIVE && output_payload(sol, now, out);
}

mono_ms ipmi_sol_deadline(const struct ipmi_sol *sol)
{
	return ipmi_sol_done(sol) ? MONO_NEVER : sol->deadline;
}

bool ipmi_sol_done(const struct ipmi_sol *sol)
{
	return sol->sm.state >= DONE;
}

const struct err *ipmi_sol_error(const struct ipmi_sol *sol)
{
	return sol->sm.state == FAILED ? &sol->err : NULL;
}

bool ipmi_sol_open(const struct ipmi_sol *sol)
{
	return sol->sm.state == ACTIVE;
}
