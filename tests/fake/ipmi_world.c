/* SPDX-License-Identifier: Apache-2.0 */
#include "fake/ipmi_world.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

const struct ipmi_command world_status = { .netfn = IPMI_CHASSIS, .cmd = 1 };
const struct ipmi_command world_power_off = { .netfn = IPMI_CHASSIS,
					      .cmd = 2,
					      .bytes = { 0 },
					      .len = 1,
					      .privilege = IPMI_OPERATOR,
					      .writes = true };

struct world *world_new(void)
{
	struct world *w = xcalloc(1, sizeof(*w));

	w->crypto = ipmi_crypto_new();
	w->rng = rng_seeded(7);
	fake_shared_init(&w->shared, w->crypto, rng_seeded(8));
	fake_bmc_init(&w->bmc, &w->shared);
	memcpy(w->login.user, "admin", 5);
	w->login.user_len = 5;
	memcpy(w->login.password, "secret", 6);
	w->now = 100000;
	w->login_by = w->now + 120000;
	return w;
}

void world_free(struct world *w)
{
	fake_bmc_release(&w->bmc);
	ipmi_crypto_free(w->crypto);
	free(w);
}

void world_begin(struct world *w)
{
	const struct ipmi_session_config config = {
		.login = &w->login,
		.peer = &w->peer,
		.crypto = w->crypto,
		.rng = &w->rng,
		.slot = WORLD_SLOT,
		.login_by = w->login_by,
		.linger_ms = WORLD_LINGER,
		.keep = w->keep,
	};

	ipmi_session_init(&w->session, &config, w->now);
	assert((w->session.console & 0xffff) == WORLD_SLOT);
}

void world_hear(struct world *w, const struct datagram *datagram)
{
	struct ipmi_packet packet;

	if (ipmi_parse_packet(&packet, datagram->bytes, datagram->len))
		ipmi_session_input(&w->session, w->now, &packet);
}

void world_hear_again(struct world *w, size_t back)
{
	assert(back <= w->n_heard && back <= WORLD_KEPT);
	world_hear(w, &w->heard[(w->n_heard - back) % WORLD_KEPT]);
}

void world_deliver(struct world *w, const struct datagram *datagram)
{
	struct datagram answer;
	struct wbuf out = wbuf_of(answer.bytes, sizeof(answer.bytes));

	if (!fake_bmc_input(&w->bmc, w->now, datagram->bytes, datagram->len,
			    &out))
		return;
	answer.len = out.len;
	w->heard[w->n_heard++ % WORLD_KEPT] = answer;
	if (w->lose_answers) {
		w->lose_answers--;
		return;
	}
	w->now += w->delay_ms;
	world_hear(w, &answer);
}

bool world_take(struct world *w, struct datagram *datagram)
{
	struct ipmi_output out;

	while (ipmi_session_output(&w->session, w->now, &out)) {
		if (out.kind == IPMI_OUT_RESPONSE) {
			w->response = out.response;
			w->n_responses++;
			continue;
		}
		datagram->len = out.packet.len;
		memcpy(datagram->bytes, out.bytes, datagram->len);
		w->sent[w->n_sent++ % WORLD_KEPT] = *datagram;
		return true;
	}
	return false;
}

void world_pump(struct world *w)
{
	struct datagram datagram;

	while (world_take(w, &datagram)) {
		if (w->lose_type && datagram.bytes[5] == w->lose_type)
			continue;
		if (w->lose_requests)
			w->lose_requests--;
		else
			world_deliver(w, &datagram);
	}
	assert(ipmi_session_done(&w->session) ==
	       (ipmi_session_deadline(&w->session) == MONO_NEVER));
}

int64_t world_wait(struct world *w)
{
	mono_ms before = w->now;

	w->now = ipmi_session_deadline(&w->session);
	assert(w->now != MONO_NEVER && w->now >= before);
	ipmi_session_expire(&w->session, w->now);
	world_pump(w);
	return w->now - before;
}

void world_wait_for_end(struct world *w)
{
	for (int i = 0; i < 100 && !ipmi_session_done(&w->session); i++)
		world_wait(w);
	assert(ipmi_session_done(&w->session));
}

void world_command(struct world *w, const struct ipmi_command *command)
{
	ipmi_session_command(&w->session, w->now, command);
	world_pump(w);
}

void world_open(struct world *w)
{
	world_begin(w);
	world_pump(w);
	assert(ipmi_session_idle(&w->session));
}

void world_ask(struct world *w, const struct ipmi_command *command)
{
	unsigned before = w->n_responses;

	world_command(w, command);
	for (int i = 0; i < 30 && w->n_responses == before; i++)
		world_wait(w);
	assert(w->n_responses == before + 1);
}
