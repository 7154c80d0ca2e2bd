/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/tftp_session.h"

#include <string.h>

/*
 *	             ACK 0                ACK of the last block
 *	OPTIONS --------------> BLOCKS -------------------------> DONE
 *	   | |                    |
 *	   | |  ERROR, silence,   |  ERROR, silence,
 *	   | |  no file           |  no file
 *	   | `------------------. |
 *	   |                    v v
 *	   `-- ERROR: only    FAILED
 *	       the size was
 *	       wanted --> PROBED
 *
 * A request without options gets no OACK, and begins in BLOCKS.
 */
enum state { OPTIONS, BLOCKS, DONE, PROBED, FAILED, N_STATES };

static const struct sm_state states[N_STATES] = {
	[OPTIONS] = { "options",
		      SM_TO(BLOCKS) | SM_TO(PROBED) | SM_TO(FAILED) },
	[BLOCKS] = { "blocks", SM_TO(DONE) | SM_TO(FAILED) },
	[DONE] = { "done", 0 },
	[PROBED] = { "probed", 0 },
	[FAILED] = { "failed", 0 },
};

/* Until a round trip has been measured; firmware is slow at its start. */
#define FIRST_WAIT_MS 250
#define MIN_WAIT_MS   100
#define MAX_WAIT_MS   2000
#define GIVE_UP_MS    8000

/* More than this in flight overruns the receive rings of small NICs. */
#define MAX_WINDOW 32
/* 1500 less the headers of IP, UDP and TFTP: never make fragments, which
 * some firmware drops. */
#define MAX_UNFRAGMENTED 1468

/* Twice as long after each time that nothing came of it. */
static void arm(struct tftp_session *s, mono_ms now)
{
	mono_ms wait = s->round_ms + 4 * s->spread_ms;

	if (!s->round_ms)
		wait = FIRST_WAIT_MS;
	if (wait < MIN_WAIT_MS)
		wait = MIN_WAIT_MS;
	for (unsigned i = 0; i < s->resends && wait < MAX_WAIT_MS; i++)
		wait *= 2;
	if (wait > MAX_WAIT_MS)
		wait = MAX_WAIT_MS;
	s->deadline = now + wait;
	if (s->deadline > s->heard + GIVE_UP_MS)
		s->deadline = s->heard + GIVE_UP_MS;
}

/*
 * RFC 6298 section 2, in whole milliseconds. An answer after a resend says
 * nothing of the round trip: it may be the first one's (Karn's rule).
 */
static void measure(struct tftp_session *s, mono_ms round)
{
	mono_ms stray;

	if (s->resends)
		return;
	if (!s->round_ms) {
		s->round_ms = round + 1;
		s->spread_ms = round / 2;
		return;
	}
	stray = round > s->round_ms ? round - s->round_ms : s->round_ms - round;
	s->spread_ms = (3 * s->spread_ms + stray) / 4;
	s->round_ms = (7 * s->round_ms + round) / 8 + 1;
}

static void move_on(struct tftp_session *s, mono_ms now)
{
	measure(s, now - s->heard);
	s->heard = now;
	s->resends = 0;
	arm(s, now);
}

/*
 * What we grant of what was asked: only ever the same or less. The option
 * "timeout" is not granted: we measure, and know better.
 */
static void grant(struct tftp_session *s, const struct tftp_packet *request)
{
	s->options = *request;
	s->options.timeout_s = 0;
	if (s->options.block_size > MAX_UNFRAGMENTED)
		s->options.block_size = MAX_UNFRAGMENTED;
	if (s->options.window_size > MAX_WINDOW)
		s->options.window_size = MAX_WINDOW;
	s->block_size =
		s->options.block_size ? s->options.block_size : TFTP_BLOCK;
	s->window = s->options.window_size ? s->options.window_size : 1;
}

void tftp_session_init(struct tftp_session *s,
		       const struct tftp_packet *request, uint64_t file_size,
		       mono_ms now)
{
	bool options = request->wants_size || request->block_size ||
		       request->window_size;

	memset(s, 0, sizeof(*s));
	sm_init(&s->sm, states, N_STATES, options ? OPTIONS : BLOCKS);
	grant(s, request);
	s->file_size = file_size;
	/* A last block that is full is followed by an empty one. */
	s->n_blocks = file_size / s->block_size + 1;
	s->next = 1;
	s->oack_waiting = options;
	s->heard = now;
	arm(s, now);
}

/* RFC 2347: "ACK 0" confirms the options. */
static void on_ack_of_options(struct tftp_session *s, mono_ms now,
			      uint16_t block)
{
	if (block != 0)
		return;
	sm_move(&s->sm, BLOCKS);
	move_on(s, now);
}

/*
 * RFC 7440 section 4: an ACK inside the window tells what arrived in order;
 * the window goes on behind it, and what was sent beyond goes again. The
 * number has 16 bits and wraps; it means the block nearest to those in
 * flight.
 *
 * An ACK of what was acknowledged before sends nothing: answering it would
 * double every later packet (the Sorcerer's Apprentice, RFC 1123 4.2.3.1).
 * If data was lost, the deadline sends it again.
 */
static void on_ack_of_block(struct tftp_session *s, mono_ms now, uint16_t block)
{
	uint64_t ahead = (uint16_t)(block - (uint16_t)s->acked);
	uint64_t in_flight = s->next - 1 - s->acked;

	if (ahead == 0 || ahead > in_flight)
		return;
	s->acked += ahead;
	s->next = s->acked + 1;
	move_on(s, now);
	if (s->acked == s->n_blocks)
		sm_move(&s->sm, DONE);
}

/* RFC 1350 section 7: an ERROR ends the transfer and is not answered. */
static void on_error(struct tftp_session *s, uint16_t code)
{
	/* edk2 breaks off with 8 too once it knows the size. */
	if (s->sm.state == OPTIONS &&
	    (s->options.wants_size || code != TFTP_BAD_OPTION)) {
		sm_move(&s->sm, PROBED);
		return;
	}
	err_set(&s->err, ERR_PROTOCOL, "the client broke off with error %u",
		code);
	sm_move(&s->sm, FAILED);
}

void tftp_session_input(struct tftp_session *s, mono_ms now,
			const struct tftp_packet *packet)
{
	if (tftp_session_done(s))
		return;
	if (packet->opcode == TFTP_ERROR)
		on_error(s, packet->code);
	else if (packet->opcode == TFTP_ACK && s->sm.state == OPTIONS)
		on_ack_of_options(s, now, packet->block);
	else if (packet->opcode == TFTP_ACK)
		on_ack_of_block(s, now, packet->block);
}

void tftp_session_expire(struct tftp_session *s, mono_ms now)
{
	if (tftp_session_done(s) || now < s->deadline)
		return;
	if (now - s->heard >= GIVE_UP_MS) {
		err_set(&s->err, ERR_TIMEOUT, "the client fell silent");
		sm_move(&s->sm, FAILED);
		return;
	}
	if (s->sm.state == OPTIONS)
		s->oack_waiting = true;
	else
		s->next = s->acked + 1;
	s->resends++;
	arm(s, now);
}

void tftp_session_break(struct tftp_session *s, const struct err *why)
{
	if (tftp_session_done(s))
		return;
	s->err = *why;
	sm_move(&s->sm, FAILED);
}

static bool output_oack(struct tftp_session *s, struct tftp_output *out)
{
	if (!s->oack_waiting)
		return false;
	s->oack_waiting = false;
	*out = (struct tftp_output){ .kind = TFTP_OUT_OACK };
	return true;
}

static bool output_block(struct tftp_session *s, struct tftp_output *out)
{
	uint64_t offset = (s->next - 1) * s->block_size;
	uint64_t left;

	if (s->next > s->n_blocks || s->next > s->acked + s->window)
		return false;
	left = s->file_size - offset;
	*out = (struct tftp_output){
		.kind = TFTP_OUT_DATA,
		.block = (uint16_t)s->next,
		.offset = offset,
		.len = left < s->block_size ? (size_t)left : s->block_size,
	};
	s->next++;
	return true;
}

bool tftp_session_output(struct tftp_session *s, struct tftp_output *out)
{
	if (s->sm.state == OPTIONS)
		return output_oack(s, out);
	return s->sm.state == BLOCKS && output_block(s, out);
}

mono_ms tftp_session_deadline(const struct tftp_session *s)
{
	return tftp_session_done(s) ? MONO_NEVER : s->deadline;
}

bool tftp_session_done(const struct tftp_session *s)
{
	return s->sm.state >= DONE;
}

const struct err *tftp_session_error(const struct tftp_session *s)
{
	return s->sm.state == FAILED ? &s->err : NULL;
}

bool tftp_session_probed(const struct tftp_session *s)
{
	return s->sm.state == PROBED;
}

uint64_t tftp_session_acked_bytes(const struct tftp_session *s)
{
	uint64_t bytes = s->acked * s->block_size;

	return bytes < s->file_size ? bytes : s->file_size;
}
