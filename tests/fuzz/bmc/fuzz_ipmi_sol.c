/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "bmc/ipmi_sol.h"
#include "fuzz/fuzz.h"

/* Nothing that goes out is over what the BMC takes at once. */
static void drain(struct ipmi_sol *sol, mono_ms now, size_t max)
{
	struct ipmi_command command;
	uint8_t bytes[IPMI_SOL_HEAD + IPMI_SOL_MAX];
	unsigned n = 0;

	while (ipmi_sol_command(sol, &command))
		assert(++n < 3 && command.len <= sizeof(command.bytes));
	for (;;) {
		struct wbuf out = wbuf_of(bytes, sizeof(bytes));

		if (!ipmi_sol_output(sol, now, &out))
			break;
		assert(++n < 4 && !out.bad);
		assert(out.len >= IPMI_SOL_HEAD && bytes[0] < 16);
		assert(out.len - IPMI_SOL_HEAD <= max);
		assert((out.len > IPMI_SOL_HEAD) == (bytes[0] != 0));
	}
}

/*
 * The size of packets, then events: a byte for what, one for a length, and
 * that many bytes.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct rbuf in = rbuf_of(bytes, len);
	struct ipmi_response response = { .len = 12 };
	struct ipmi_sol sol;
	uint8_t size = rbuf_u8(&in);
	uint8_t text[IPMI_SOL_MAX];
	size_t max = size > IPMI_SOL_HEAD ? size - IPMI_SOL_HEAD : 0;
	mono_ms now = 5;

	response.bytes[4] = size;
	ipmi_sol_init(&sol, size & 1, now);
	drain(&sol, now, max);
	while (in.left >= 2) {
		uint8_t what = rbuf_u8(&in) % 8;
		uint8_t n = rbuf_u8(&in);
		struct rbuf part = rbuf_sub(&in, n < in.left ? n : in.left);
		struct wbuf out = wbuf_of(text, sizeof(text));

		if (what < 3) {
			ipmi_sol_input(&sol, now, part, &out);
			assert(!out.bad && out.len <= part.left);
		} else if (what == 3) {
			assert(ipmi_sol_write(&sol, part.at, part.left, now) <=
			       part.left);
		} else if (what == 4) {
			response.completion = n < 250 ? 0 : n & 0x8f;
			ipmi_sol_response(&sol, now, &response);
		} else if (what == 5) {
			now += n * 10;
			ipmi_sol_expire(&sol, now);
		} else if (what == 6 && n == 255) {
			ipmi_sol_close(&sol, now);
		} else if (what == 7 && n == 255) {
			ipmi_sol_lost(&sol);
		}
		drain(&sol, now, max);
		assert(sol.out_len <= sol.queued);
		assert(sol.queued <= sizeof(sol.queue));
		assert(ipmi_sol_done(&sol) ==
		       (ipmi_sol_deadline(&sol) == MONO_NEVER &&
			!ipmi_sol_open(&sol)));
	}
	/* Closed, it ends. */
	ipmi_sol_close(&sol, now);
	for (int i = 0; !ipmi_sol_done(&sol); i++) {
		assert(i < 3);
		now = ipmi_sol_deadline(&sol);
		ipmi_sol_expire(&sol, now);
		drain(&sol, now, max);
	}
	return 0;
}
