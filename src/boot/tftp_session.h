/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_TFTP_SESSION_H
#define BOOT_TFTP_SESSION_H

#include "base/clock.h"
#include "base/err.h"
#include "base/sm.h"
#include "boot/tftp_wire.h"

/*
 * One TFTP transfer, from the read request to the last acknowledgement. A
 * machine: it is told what arrived and when, says what to send, and does
 * nothing else. tftp.c pumps it.
 *
 *	tftp_session_init(&s, &request, file_size, now);
 *	while (tftp_session_output(&s, &out))
 *		(send an OACK, or block out.block: bytes out.offset, out.len)
 *	...
 *	tftp_session_input(&s, now, &packet);	then outputs again
 *	tftp_session_expire(&s, now);		at tftp_session_deadline(&s)
 *
 * The file's content is not its business: an output names a range of bytes.
 */
enum tftp_output_kind { TFTP_OUT_OACK, TFTP_OUT_DATA };

struct tftp_output {
	enum tftp_output_kind kind;
	uint16_t block;  /* DATA */
	uint64_t offset; /* DATA */
	size_t len;      /* DATA: may be 0, in the last one */
};

struct tftp_session {
	struct tftp_packet options; /* as we granted them: for the OACK */

	/* Private. */
	struct sm sm;
	uint64_t file_size;
	size_t block_size;
	uint64_t window;   /* blocks in flight at most */
	uint64_t n_blocks; /* of the file, counted from 1 */
	uint64_t acked;    /* blocks acknowledged so far */
	uint64_t next;     /* block that goes out next */
	bool oack_waiting; /* to be sent */
	mono_ms heard;     /* when the transfer last moved on */
	mono_ms round_ms;  /* a round trip, smoothed; 0: none measured yet */
	mono_ms spread_ms; /* and how far from it they stray */
	unsigned resends;  /* since `heard` */
	mono_ms deadline;
	struct err err;
};

/* `request` is the client's RRQ. */
void tftp_session_init(struct tftp_session *s,
		       const struct tftp_packet *request, uint64_t file_size,
		       mono_ms now);
void tftp_session_input(struct tftp_session *s, mono_ms now,
			const struct tftp_packet *packet);
void tftp_session_expire(struct tftp_session *s, mono_ms now);
/* The file cannot be read: ends the transfer as a failure. */
void tftp_session_break(struct tftp_session *s, const struct err *why);
bool tftp_session_output(struct tftp_session *s, struct tftp_output *out);
mono_ms tftp_session_deadline(const struct tftp_session *s);
bool tftp_session_done(const struct tftp_session *s);

/* NULL: the whole file was acknowledged, or the client had asked only for
 * its size (see tftp_session_probed). */
const struct err *tftp_session_error(const struct tftp_session *s);
/*
 * The client broke off at the OACK. edk2 does that on purpose to learn the
 * size, and asks again: no failure.
 */
bool tftp_session_probed(const struct tftp_session *s);
uint64_t tftp_session_acked_bytes(const struct tftp_session *s);

#endif
