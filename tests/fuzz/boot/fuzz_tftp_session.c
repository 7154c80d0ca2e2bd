/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "base/wire.h"
#include "boot/tftp_session.h"
#include "fuzz/fuzz.h"

/* Whatever is sent lies inside the file, and inside the window. */
static void drain(struct tftp_session *s, uint64_t file_size)
{
	struct tftp_output out;
	uint64_t n = 0;

	while (tftp_session_output(s, &out)) {
		assert(!tftp_session_done(s));
		assert(++n <= 32);
		if (out.kind == TFTP_OUT_OACK)
			continue;
		assert(out.offset <= file_size);
		assert(out.len <= file_size - out.offset);
		assert(out.len <= 1468);
	}
}

static void check(const struct tftp_session *s, uint64_t file_size,
		  uint64_t *acked, mono_ms now)
{
	uint64_t bytes = tftp_session_acked_bytes(s);

	assert(bytes >= *acked && bytes <= file_size);
	*acked = bytes;
	assert(tftp_session_done(s) ==
	       (tftp_session_deadline(s) == MONO_NEVER));
	assert(tftp_session_done(s) || tftp_session_deadline(s) <= now + 2000);
	if (tftp_session_done(s) && !tftp_session_error(s) &&
	    !tftp_session_probed(s))
		assert(bytes == file_size);
}

/*
 * A request's options, then packets and passing time in any order. Each
 * event is three bytes: what, and a number.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct rbuf in = rbuf_of(bytes, len);
	struct tftp_packet request = { .opcode = TFTP_RRQ };
	struct tftp_session s;
	uint64_t file_size = rbuf_be32(&in) & 0xffffff;
	uint64_t acked = 0;
	mono_ms now = 5;

	request.wants_size = rbuf_u8(&in) & 1;
	request.block_size = rbuf_be16(&in);
	request.window_size = rbuf_be16(&in);
	if (request.block_size < 8)
		request.block_size = 0;
	tftp_session_init(&s, &request, file_size, now);
	drain(&s, file_size);
	while (in.left >= 3) {
		struct tftp_packet packet = { .opcode = TFTP_ACK };
		uint8_t what = rbuf_u8(&in);
		uint16_t number = rbuf_be16(&in);

		packet.block = number;
		packet.code = number;
		if (what < 100) {
			tftp_session_input(&s, now, &packet);
		} else if (what < 200) { /* all that is in flight */
			packet.block = (uint16_t)(s.next - 1);
			tftp_session_input(&s, now, &packet);
		} else if (what < 250) {
			now += number;
			tftp_session_expire(&s, now);
		} else {
			packet.opcode = (enum tftp_opcode)(what - 248);
			tftp_session_input(&s, now, &packet);
		}
		drain(&s, file_size);
		check(&s, file_size, &acked, now);
	}
	/* Left alone, it ends. */
	for (int i = 0; !tftp_session_done(&s); i++) {
		assert(i < 200);
		now = tftp_session_deadline(&s);
		tftp_session_expire(&s, now);
	}
	return 0;
}
