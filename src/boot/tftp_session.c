/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/tftp_session.h"

#include <string.h>

/*
 *	            ACK 0                ACK of the last block
 *	OPTIONS ------------> BLOCKS ------------------------> DONE
 *	   |  \                 |
 *	   |   ERROR            | ERROR, or silence
 *	   |    \               v
 *	   |     `--> PROBED   FAILED
 *	   `-- silence ---------^
 *
 * Without options there is no OACK, and it begins in BLOCKS.
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

/*
 * We send again after 250 ms and twice as long each time, at most two
 * seconds; after seven silent waits, 8 seconds in all, the client is gone.
 */
#define FIRST_WAIT_MS 250
#define MAX_WAIT_MS   2000
#define MAX_SILENT    7

/* More than this in flight overruns the receive rings of small NICs. */
#define MAX_WINDOW 32
/* 1500 less the headers of IP, UDP and TFTP: never make fragments, which
 * some firmware drops. */
#define MAX_UNFRAGMENTED 1468

static void arm(struct tftp_session *s, mono_ms now)
{
	mono_ms wait = FIRST_WAIT_MS;

	for (unsigned i = 0; i < s->silent && wait < MAX_WAIT_MS; i++)
		wait *= 2;
	s->deadline = now + (wait < MAX_WAIT_MS ? wait : MAX_WAIT_MS);
}

/* What we grant of what was asked: only ever the same or less. */
static void grant(struct tftp_session *s, const struct tftp_packet *request)
{
	s->options = *request;
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
		       request->window_size || request->timeout_s;

	memset(s, 0, sizeof(*s));
	sm_init(&s->sm, states, N_STATES, options ? OPTIONS : BLOCKS);
	grant(s, request);
	s->file_size = file_size;
	/* A last block that is full is followed by an empty one. */
	s->n_blocks = file_size / s->block_size + 1;
	s->next = 1;
	s->oack_waiting = options;
	arm(s, now);
}

static void fail(struct tftp_session *s, enum err_code code, const char *text)
{
	err_set(&s->err, code, "%s", text);
	sm_move(&s->sm, FAILED);
}

/* RFC 2347: "ACK 0" confirms the options. */
static void on_ack_of_options(struct tftp_session *s, uint16_t block,
			      mono_ms now)
{
	if (block != 0)
		return;
	s->silent = 0;
	sm_move(&s->sm, BLOCKS);
	arm(s, now);
}

/*
 * RFC 7440 section 4: an ACK inside the window tells what arrived in order;
 * the window goes on behind it. The number has 16 bits and wraps; what it
 * means is the block nearest to those in flight.
 *
 * An ACK of what was acknowledged before sends nothing: answering it would
 * double every later packet (the Sorcerer's Apprentice, RFC 1123 4.2.3.1).
 * If data was lost, the deadline sends it again.
 */
static void on_ack_of_block(struct tftp_session *s, uint16_t block, mono_ms now)
{
	uint64_t ahead = (uint16_t)(block - (uint16_t)s->acked);

	if (ahead == 0 || ahead > s->next - 1 - s->acked)
		return;
	s->acked += ahead;
	s->silent = 0;
	/* Less than all in flight: the rest was lost, so it goes again. */
	s->next = s->acked + 1;
	if (s->acked == s->n_blocks)
		sm_move(&s->sm, DONE);
	else
		arm(s, now);
}

static void on_error(struct tftp_session *s)
{
	if (s->sm.state == OPTIONS)
		sm_move(&s->sm, PROBED);
	else
		fail(s, ERR_PROTOCOL, "the client broke the transfer off");
}

void tftp_session_input(struct tftp_session *s,
			const struct tftp_packet *packet, mono_ms now)
{
	if (tftp_session_done(s))
		return;
	if (packet->opcode == TFTP_ERROR)
		on_error(s);
	else if (packet->opcode == TFTP_ACK && s->sm.state == OPTIONS)
		on_ack_of_options(s, packet->block, now);
	else if (packet->opcode == TFTP_ACK)
		on_ack_of_block(s, packet->block, now);
}

void tftp_session_expire(struct tftp_session *s, mono_ms now)
{
	if (tftp_session_done(s) || now < s->deadline)
		return;
	if (++s->silent > MAX_SILENT) {
		fail(s, ERR_TIMEOUT, "the client fell silent");
		return;
	}
	if (s->sm.state == OPTIONS)
		s->oack_waiting = true;
	else
		s->next = s->acked + 1;
	arm(s, now);
}

bool tftp_session_output(struct tftp_session *s, struct tftp_output *out)
{
	uint64_t left;

	if (tftp_session_done(s))
		return false;
	if (s->sm.state == OPTIONS) {
		out->kind = TFTP_OUT_OACK;
		if (!s->oack_waiting)
			return false;
		s->oack_waiting = false;
		return true;
	}
	if (s->next > s->n_blocks || s->next > s->acked + s->window)
		return false;
	out->kind = TFTP_OUT_DATA;
	out->block = (uint16_t)s->next;
	out->offset = (s->next - 1) * s->block_size;
	left = s->file_size - out->offset;
	out->len = left < s->block_size ? (size_t)left : s->block_size;
	s->next++;
	return true;
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
