/* SPDX-License-Identifier: Apache-2.0 */
#include "fake/ipmi_bmc.h"

#include <string.h>

#include "base/mem.h"

#define OK         0x00
#define SHORT      0xc7
#define BAD_FIELD  0xcc
#define IN_USE     0x80
#define NOT_IN_USE 0x80

#define RESEND_MS 300
#define SENDS     8
#define PACKET    200
#define NACK      0x40

/* IPMI 2.0, 24.1 */
uint8_t fake_sol_activate(struct fake_call *call)
{
	struct fake_bmc *bmc = call->bmc;
	uint8_t type = rbuf_u8(&call->in);
	uint8_t instance = rbuf_u8(&call->in);

	rbuf_be32(&call->in);
	if (call->in.bad)
		return SHORT;
	if (type != 1 || instance != 1)
		return BAD_FIELD;
	if (!bmc->sol)
		bmc->sol = xcalloc(1, sizeof(*bmc->sol));
	for (unsigned i = 0; i < bmc->shared->n_slots; i++)
		if (bmc->sol->session && bmc->sessions[i].state == FAKE_OPEN &&
		    bmc->sessions[i].id == bmc->sol->session)
			return IN_USE;
	memset(bmc->sol, 0, sizeof(*bmc->sol));
	bmc->sol->session = call->session->id;
	fake_record(bmc, "sol on");
	wbuf_zero(call->out, 4);
	wbuf_le16(call->out, PACKET);
	wbuf_le16(call->out, PACKET);
	wbuf_le16(call->out, bmc->shared->port);
	wbuf_le16(call->out, 0xffff);
	fake_sol_print(bmc, "This is a barn.\r\n");
	if (bmc->unheard)
		fake_sol_boot(bmc);
	return OK;
}

uint8_t fake_sol_deactivate(struct fake_call *call)
{
	struct fake_bmc *bmc = call->bmc;

	if (rbuf_u8(&call->in) != 1 || rbuf_u8(&call->in) != 1)
		return BAD_FIELD;
	if (!bmc->sol || !bmc->sol->session)
		return NOT_IN_USE;
	bmc->sol->session = 0;
	fake_record(bmc, "sol off");
	return OK;
}

void fake_sol_boot(struct fake_bmc *bmc)
{
	AUTO_FREE char *text = NULL;

	fake_sol_print(bmc, "Starting.\r\n");
	if (!bmc->shared->says)
		return;
	bmc->unheard = !bmc->sol || !bmc->sol->session;
	if (!bmc->unheard)
		text = bmc->shared->says(bmc->shared->arg);
	if (text)
		fake_sol_print(bmc, text);
}

void fake_sol_print(struct fake_bmc *bmc, const char *text)
{
	struct fake_sol *sol = bmc->sol;
	size_t len = strlen(text);

	if (!sol || !sol->session ||
	    len > sizeof(sol->waiting) - sol->waiting_len)
		return;
	memcpy(sol->waiting + sol->waiting_len, text, len);
	sol->waiting_len += len;
}

static struct fake_session *session_of(struct fake_bmc *bmc)
{
	for (unsigned i = 0; i < bmc->shared->n_slots; i++)
		if (bmc->sol->session && bmc->sessions[i].state == FAKE_OPEN &&
		    bmc->sessions[i].id == bmc->sol->session)
			return &bmc->sessions[i];
	return NULL;
}

static void take_ack(struct fake_sol *sol, uint8_t acked, uint8_t count,
		     bool nack)
{
	if (!sol->sequence || acked != sol->sequence)
		return;
	if (count > sol->out_len)
		count = (uint8_t)sol->out_len;
	/* What was not taken goes again, in front of what came since. */
	if (nack || count < sol->out_len) {
		size_t left = sol->out_len - count;

		if (left <= sizeof(sol->waiting) - sol->waiting_len) {
			memmove(sol->waiting + left, sol->waiting,
				sol->waiting_len);
			memcpy(sol->waiting, sol->out + count, left);
			sol->waiting_len += left;
		}
	}
	sol->out_len = 0;
	sol->resend = MONO_NEVER;
}

/* IPMI 2.0, 15.9. It echoes what is typed. */
bool fake_sol_input(struct fake_bmc *bmc, struct fake_session *session,
		    mono_ms now, struct rbuf in, struct wbuf *out)
{
	struct fake_sol *sol = bmc->sol;
	uint8_t sequence = rbuf_u8(&in) & 0x0f;
	uint8_t acked = rbuf_u8(&in) & 0x0f;
	uint8_t count = rbuf_u8(&in);
	uint8_t operation = rbuf_u8(&in);
	uint8_t bytes[4];
	struct wbuf reply = wbuf_of(bytes, sizeof(bytes));

	(void)now;
	if (in.bad || !sol || sol->session != session->id)
		return false;
	take_ack(sol, acked, count, operation & NACK);
	if (!sequence)
		return false;
	wbuf_u8(&reply, 0);
	wbuf_u8(&reply, sequence);
	wbuf_u8(&reply, (uint8_t)in.left);
	wbuf_u8(&reply, 0);
	if (sequence != sol->last) {
		char text[256] = "";

		sol->last = sequence;
		if (in.left < sizeof(text))
			memcpy(text, in.at, in.left);
		fake_sol_print(bmc, text);
	}
	fake_seal(bmc, session, IPMI_PAYLOAD_SOL, &reply, out);
	return true;
}

bool fake_sol_output(struct fake_bmc *bmc, mono_ms now, struct wbuf *out)
{
	struct fake_sol *sol = bmc->sol;
	struct fake_session *session = session_of(bmc);
	uint8_t bytes[128];
	struct wbuf packet = wbuf_of(bytes, sizeof(bytes));

	if (!session)
		return false;
	if (!sol->out_len && sol->waiting_len) {
		size_t n = sol->waiting_len < sizeof(sol->out)
				   ? sol->waiting_len
				   : sizeof(sol->out);

		memcpy(sol->out, sol->waiting, n);
		memmove(sol->waiting, sol->waiting + n, sol->waiting_len - n);
		sol->waiting_len -= n;
		sol->out_len = n;
		sol->sequence = (uint8_t)(sol->sequence % 15 + 1);
		sol->sends = 0;
		sol->resend = now;
	}
	if (!sol->out_len || now < sol->resend || sol->sends >= SENDS)
		return false;
	sol->sends++;
	sol->resend = now + RESEND_MS;
	wbuf_u8(&packet, sol->sequence);
	wbuf_zero(&packet, 3);
	wbuf_bytes(&packet, sol->out, sol->out_len);
	fake_seal(bmc, session, IPMI_PAYLOAD_SOL, &packet, out);
	return true;
}
