/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "base/wire.h"
#include "bmc/ipmi_login_session.h"
#include "bmc/ipmi_session.h"
#include "fake/ipmi_world.h"
#include "fuzz/fuzz.h"

/*
 * A client and a BMC, and a network that loses, repeats, reorders and damages
 * as the input says. Each event is a byte for what, and one for a detail.
 */
struct net {
	struct datagram up[16]; /* on their way to the BMC */
	size_t n_up;
	struct datagram down[16];
	size_t n_down;
};

static void keep(struct datagram *list, size_t *n, const struct datagram *d)
{
	if (*n == 16) {
		memmove(list, list + 1, 15 * sizeof(*list));
		(*n)--;
	}
	list[(*n)++] = *d;
}

static void take_out(struct datagram *list, size_t *n, size_t i)
{
	memmove(list + i, list + i + 1, (*n - i - 1) * sizeof(*list));
	(*n)--;
}

static void drain(struct world *w, struct net *net)
{
	struct datagram d;
	unsigned n = 0;

	while (world_take(w, &d)) {
		assert(++n < 8);
		assert(d.len && d.len <= IPMI_PACKET_MAX);
		keep(net->up, &net->n_up, &d);
	}
}

static void arrive(struct world *w, struct net *net, size_t i, bool stays)
{
	struct datagram answer;
	struct wbuf out = wbuf_of(answer.bytes, sizeof(answer.bytes));

	if (fake_bmc_input(&w->bmc, w->now, net->up[i].bytes, net->up[i].len,
			   &out)) {
		answer.len = out.len;
		keep(net->down, &net->n_down, &answer);
	}
	if (!stays)
		take_out(net->up, &net->n_up, i);
}

static void event(struct world *w, struct net *net, unsigned what,
		  uint8_t detail)
{
	switch (what % 9) {
	case 0:
		if (net->n_up)
			arrive(w, net, detail % net->n_up, false);
		break;
	case 1:
		if (net->n_up)
			arrive(w, net, detail % net->n_up, true);
		break;
	case 2:
		if (!net->n_down)
			break;
		world_hear(w, &net->down[detail % net->n_down]);
		if (detail < 200)
			take_out(net->down, &net->n_down, detail % net->n_down);
		break;
	case 3:
		if (net->n_up)
			take_out(net->up, &net->n_up, detail % net->n_up);
		break;
	case 4:
		if (net->n_down) {
			struct datagram *d = &net->down[detail % net->n_down];

			d->bytes[(detail * 7u) % d->len] ^= 0x10;
		}
		break;
	case 5:
		w->now += detail;
		break;
	case 6:
		if (ipmi_session_deadline(&w->session) != MONO_NEVER &&
		    ipmi_session_deadline(&w->session) > w->now)
			w->now = ipmi_session_deadline(&w->session);
		break;
	case 7:
		if (detail > 250)
			ipmi_session_close(&w->session, w->now);
		else if (detail > 240)
			ipmi_session_forget(&w->session, w->now);
		break;
	default:
		w->shared.faults = detail & 1 ? 1u << (detail >> 4) : 0;
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct rbuf in = rbuf_of(bytes, len);
	struct net *net = xcalloc(1, sizeof(*net));
	struct world *w = world_new();
	uint8_t options = rbuf_u8(&in);
	unsigned n_writes = 0;

	w->shared.suites = 1u << 3 | (options & 1 ? 1u << 17 : 0);
	w->shared.n_slots = 1 + (options >> 1 & 3);
	w->keep = options & 8;
	w->shared.starts_on = true;
	w->bmc.on = true;
	world_begin(w);
	while (in.left >= 2) {
		unsigned what = rbuf_u8(&in);
		uint8_t detail = rbuf_u8(&in);

		if (what >= 200 && !ipmi_session_done(&w->session) &&
		    !ipmi_session_busy(&w->session)) {
			bool writes = detail & 1;

			n_writes += writes;
			ipmi_session_command(&w->session, w->now,
					     writes ? &world_power_off
						    : &world_status);
		} else {
			event(w, net, what, detail);
		}
		ipmi_session_expire(&w->session, w->now);
		drain(w, net);
		assert(w->bmc.n_controls <= n_writes);
		assert(ipmi_session_done(&w->session) ==
		       (ipmi_session_deadline(&w->session) == MONO_NEVER));
	}
	/* Left alone, it ends; a console's only when it notices. */
	for (int i = 0; !ipmi_session_done(&w->session); i++) {
		assert(i < 200);
		w->now = ipmi_session_deadline(&w->session);
		ipmi_session_expire(&w->session, w->now);
		drain(w, net);
	}
	assert(w->bmc.n_controls <= n_writes);
	world_free(w);
	free(net);
	return 0;
}
