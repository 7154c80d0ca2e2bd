/* SPDX-License-Identifier: Apache-2.0 */
#include "fake/ipmi_bmc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define WINDOW     32
#define LAN_SEED   6
#define ROLE_MASK  0x0f
#define NETFN_RESP 1

static const uint8_t guid[IPMI_GUID_SIZE] = {
	0x74, 0x6f, 0x6d, 0x74, 0x65, 0x2d, 0x66, 0x61,
	0x6b, 0x65, 0x2d, 0x62, 0x6d, 0x63, 0x00, 0x01,
};

static bool has(const struct fake_bmc *bmc, uint32_t fault)
{
	return bmc->shared->faults & fault;
}

void fake_record(struct fake_bmc *bmc, const char *format, ...)
{
	char text[128];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (bmc->shared->record)
		bmc->shared->record(bmc->shared->arg, text);
}

void fake_moved(struct fake_bmc *bmc, const char *format, ...)
{
	char text[32];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (bmc->shared->moved)
		bmc->shared->moved(bmc->shared->arg, text);
}

void fake_shared_init(struct fake_shared *shared, struct ipmi_crypto *crypto,
		      struct rng rng)
{
	memset(shared, 0, sizeof(*shared));
	shared->crypto = crypto;
	shared->rng = rng;
	shared->suites = 1u << 3 | 1u << 17;
	shared->n_slots = 4;
	shared->setup_ms = 5000;
	shared->idle_ms = 60000;
	shared->user = "admin";
	shared->password = "secret";
	shared->port = 623;
	fake_storage_init(shared);
}

void fake_bmc_init(struct fake_bmc *bmc, struct fake_shared *shared)
{
	memset(bmc, 0, sizeof(*bmc));
	bmc->shared = shared;
	bmc->on = shared->starts_on;
	bmc->turns = MONO_NEVER;
	/* Ids are from 1; the first is the one without a name. */
	bmc->users[1].privilege = IPMI_ADMIN;
	bmc->users[1].enabled = true;
	str_copy(bmc->users[1].name, sizeof(bmc->users[1].name), shared->user);
	str_copy(bmc->users[1].password, sizeof(bmc->users[1].password),
		 shared->password);
	bmc->users[2] = (struct fake_user){ "operator", "operate",
					    IPMI_OPERATOR, true };
	bmc->users[3] = (struct fake_user){ "guest", "visit", IPMI_USER, true };
	bmc->users[4] =
		(struct fake_user){ "former", "gone", IPMI_ADMIN, false };
	fake_sel_init(bmc);
}

void fake_bmc_release(struct fake_bmc *bmc)
{
	free(bmc->sol);
	bmc->sol = NULL;
}

/* ---- sessions ---- */

static void expire_sessions(struct fake_bmc *bmc, mono_ms now)
{
	const struct fake_shared *shared = bmc->shared;

	for (unsigned i = 0; i < shared->n_slots; i++) {
		struct fake_session *s = &bmc->sessions[i];
		int64_t limit = s->state == FAKE_OPEN ? shared->idle_ms
						      : shared->setup_ms;

		if (s->state != FAKE_FREE && now - s->used > limit)
			s->state = FAKE_FREE;
	}
}

static struct fake_session *find(struct fake_bmc *bmc, uint32_t id)
{
	for (unsigned i = 0; i < bmc->shared->n_slots; i++)
		if (bmc->sessions[i].state != FAKE_FREE &&
		    bmc->sessions[i].id == id)
			return &bmc->sessions[i];
	return NULL;
}

static struct fake_session *find_free(struct fake_bmc *bmc)
{
	for (unsigned i = 0; i < bmc->shared->n_slots; i++)
		if (bmc->sessions[i].state == FAKE_FREE)
			return &bmc->sessions[i];
	return NULL;
}

unsigned fake_bmc_n_sessions(const struct fake_bmc *bmc, mono_ms now)
{
	unsigned n = 0;

	for (unsigned i = 0; i < bmc->shared->n_slots; i++) {
		const struct fake_session *s = &bmc->sessions[i];

		n += s->state != FAKE_FREE &&
		     now - s->used <= (s->state == FAKE_OPEN
					       ? bmc->shared->idle_ms
					       : bmc->shared->setup_ms);
	}
	return n;
}

/* ---- logins ---- */

static void reply_plain(struct wbuf *answer, enum ipmi_payload type,
			const struct wbuf *payload)
{
	const struct ipmi_packet packet = { .rmcp_plus = true,
					    .type = (uint8_t)type };

	ipmi_build_header(answer, &packet, payload->len);
	wbuf_bytes(answer, payload->base, payload->len);
}

static void put_algorithm(struct wbuf *out, uint8_t type, uint8_t number)
{
	const uint8_t bytes[] = { type, 0, 0, 8, number, 0, 0, 0 };

	wbuf_bytes(out, bytes, sizeof(bytes));
}

static const struct ipmi_suite *choose_suite(const struct fake_bmc *bmc,
					     struct rbuf *in, uint8_t *status)
{
	static const uint8_t refusals[] = { IPMI_STATUS_NO_AUTHENTICATION,
					    IPMI_STATUS_NO_INTEGRITY,
					    IPMI_STATUS_NO_CONFIDENTIALITY };
	uint8_t asked[3];

	for (size_t i = 0; i < 3; i++) {
		struct rbuf part = rbuf_sub(in, 8);

		rbuf_be32(&part);
		asked[i] = rbuf_u8(&part) & 0x3f;
	}
	for (unsigned id = 0; id < 32; id++) {
		const struct ipmi_suite *suite = ipmi_suite_find(id);
		bool same = suite &&
			    suite->algorithms.authentication == asked[0] &&
			    suite->algorithms.integrity == asked[1] &&
			    suite->algorithms.confidentiality == asked[2];

		if (suite && has(bmc, FAKE_DOWNGRADE))
			return ipmi_suite_find(3);
		if (same && bmc->shared->suites & 1u << id)
			return suite;
	}
	*status = asked[2] ? asked[0] == 1 || asked[0] == 3
				     ? IPMI_STATUS_NO_SUITE
				     : refusals[0]
			   : refusals[2];
	return NULL;
}

/* IPMI 2.0, 13.17 and 13.18 */
static bool on_open(struct fake_bmc *bmc, mono_ms now, struct rbuf in,
		    struct wbuf *answer)
{
	struct fake_session *session = find_free(bmc);
	uint8_t bytes[64];
	struct wbuf out = wbuf_of(bytes, sizeof(bytes));
	uint8_t tag = rbuf_u8(&in);
	uint8_t role = rbuf_u8(&in) & ROLE_MASK;
	uint8_t status = session ? IPMI_STATUS_GOOD : IPMI_STATUS_NO_RESOURCES;
	const struct ipmi_suite *suite;
	uint32_t console;

	rbuf_le16(&in);
	console = rbuf_le32(&in);
	suite = choose_suite(bmc, &in, &status);
	if (in.bad || (!suite && has(bmc, FAKE_SILENT_SUITE)))
		return false;
	wbuf_u8(&out, tag);
	wbuf_u8(&out, status);
	if (status != IPMI_STATUS_GOOD) {
		if (!has(bmc, FAKE_SHORT_REFUSAL)) {
			wbuf_zero(&out, 2);
			wbuf_le32(&out, console);
		}
		reply_plain(answer, IPMI_PAYLOAD_OPEN_RESPONSE, &out);
		return true;
	}
	memset(session, 0, sizeof(*session));
	session->state = FAKE_SETUP;
	session->suite = suite;
	session->console = console;
	session->used = now;
	do
		session->id = (uint32_t)rng_u64(&bmc->shared->rng);
	while (!session->id);
	wbuf_u8(&out, role ? role : IPMI_ADMIN);
	wbuf_u8(&out, 0);
	wbuf_le32(&out, console);
	wbuf_le32(&out, session->id);
	put_algorithm(&out, 0, suite->algorithms.authentication);
	put_algorithm(&out, 1, suite->algorithms.integrity);
	put_algorithm(&out, 2, suite->algorithms.confidentiality);
	reply_plain(answer, IPMI_PAYLOAD_OPEN_RESPONSE, &out);
	return true;
}

static void kuid_of(const struct fake_bmc *bmc, const struct fake_session *s,
		    uint8_t key[IPMI_SECRET_MAX])
{
	memset(key, 0, IPMI_SECRET_MAX);
	memcpy(key, bmc->users[s->account].password,
	       strlen(bmc->users[s->account].password));
}

static void add_user(const struct fake_session *s, struct wbuf *out)
{
	wbuf_u8(out, s->role);
	wbuf_u8(out, s->user_len);
	wbuf_bytes(out, s->user, s->user_len);
}

static uint8_t find_account(struct fake_bmc *bmc, struct fake_session *s)
{
	char name[IPMI_USER_MAX + 1] = { 0 };

	if (has(bmc, FAKE_PADDED_USER) && s->user_len != IPMI_USER_MAX)
		return IPMI_STATUS_NAME_LENGTH;
	memcpy(name, s->user, s->user_len);
	for (unsigned i = 0; i < FAKE_MAX_USERS; i++) {
		if (!*name || !bmc->users[i].enabled ||
		    !str_eq(bmc->users[i].name, name))
			continue;
		s->account = i;
		if ((s->role & ROLE_MASK) > bmc->users[i].privilege)
			return IPMI_STATUS_UNAUTHORIZED_ROLE;
		return IPMI_STATUS_GOOD;
	}
	return IPMI_STATUS_UNAUTHORIZED_NAME;
}

static void refuse_rakp(struct fake_bmc *bmc, enum ipmi_payload type,
			const struct ipmi_rakp *rakp, struct wbuf *answer)
{
	uint8_t bytes[16];
	struct wbuf out = wbuf_of(bytes, sizeof(bytes));

	/* What comes for a login that is gone is no attempt to guess. */
	if (rakp->status != IPMI_STATUS_NO_SESSION) {
		bmc->n_refused++;
		if (++bmc->n_in_a_row > bmc->most_in_a_row)
			bmc->most_in_a_row = bmc->n_in_a_row;
		fake_record(bmc, "login refused %02x", rakp->status);
	}
	wbuf_u8(&out, rakp->tag);
	wbuf_u8(&out, rakp->status);
	wbuf_zero(&out, 2);
	wbuf_le32(&out, rakp->session);
	reply_plain(answer, type, &out);
}

/* IPMI 2.0, 13.20 and 13.21. Each RAKP 1 makes a new random number, as
 * OpenBMC does: what was begun before is void. */
static bool on_rakp1(struct fake_bmc *bmc, mono_ms now, struct rbuf in,
		     struct wbuf *answer)
{
	uint8_t bytes[128];
	uint8_t covered[128];
	uint8_t key[IPMI_SECRET_MAX];
	uint8_t code[IPMI_HASH_MAX];
	struct wbuf out = wbuf_of(bytes, sizeof(bytes));
	struct wbuf signed_bytes = wbuf_of(covered, sizeof(covered));
	struct ipmi_rakp rakp = { .tag = rbuf_u8(&in) };
	struct fake_session *s;

	rbuf_le16(&in);
	rbuf_u8(&in);
	s = find(bmc, rbuf_le32(&in));
	if (!s || s->state == FAKE_OPEN) {
		rakp.status = IPMI_STATUS_NO_SESSION;
		refuse_rakp(bmc, IPMI_PAYLOAD_RAKP2, &rakp, answer);
		return true;
	}
	rbuf_bytes(&in, s->console_random, sizeof(s->console_random));
	s->role = rbuf_u8(&in);
	rbuf_le16(&in);
	s->user_len = rbuf_u8(&in);
	if (in.bad || s->user_len > IPMI_USER_MAX)
		return false;
	memset(s->user, 0, sizeof(s->user));
	rbuf_bytes(&in, s->user, s->user_len);
	rakp.session = s->console;
	rakp.status = find_account(bmc, s);
	if (rakp.status != IPMI_STATUS_GOOD) {
		s->state = FAKE_FREE;
		refuse_rakp(bmc, IPMI_PAYLOAD_RAKP2, &rakp, answer);
		return true;
	}
	rng_bytes(&bmc->shared->rng, s->random, sizeof(s->random));
	s->state = FAKE_PROVEN;
	s->used = now;
	wbuf_le32(&signed_bytes, s->console);
	wbuf_le32(&signed_bytes, s->id);
	wbuf_bytes(&signed_bytes, s->console_random, IPMI_RANDOM_SIZE);
	wbuf_bytes(&signed_bytes, s->random, IPMI_RANDOM_SIZE);
	wbuf_bytes(&signed_bytes, guid, sizeof(guid));
	add_user(s, &signed_bytes);
	kuid_of(bmc, s, key);
	ipmi_hmac(bmc->shared->crypto, s->suite, key, &signed_bytes, code);
	wbuf_u8(&out, rakp.tag);
	wbuf_zero(&out, 3);
	wbuf_le32(&out, s->console);
	wbuf_bytes(&out, s->random, IPMI_RANDOM_SIZE);
	wbuf_bytes(&out, guid, sizeof(guid));
	wbuf_bytes(&out, code, s->suite->hash_len);
	reply_plain(answer, IPMI_PAYLOAD_RAKP2, &out);
	return true;
}

static void derive(struct fake_bmc *bmc, struct fake_session *s,
		   const uint8_t *key)
{
	const char *group_key = bmc->shared->group_key;
	uint8_t padded[IPMI_SECRET_MAX] = { 0 };
	uint8_t covered[64];
	struct wbuf in = wbuf_of(covered, sizeof(covered));

	if (group_key) {
		memcpy(padded, group_key, strlen(group_key));
		key = padded;
	}
	wbuf_bytes(&in, s->console_random, IPMI_RANDOM_SIZE);
	wbuf_bytes(&in, s->random, IPMI_RANDOM_SIZE);
	add_user(s, &in);
	ipmi_hmac(bmc->shared->crypto, s->suite, key, &in, s->sik);
	ipmi_derive(bmc->shared->crypto, s->suite, s->sik, &s->keys);
}

static void reply_rakp4(struct fake_bmc *bmc, struct fake_session *s,
			uint8_t tag, struct wbuf *answer)
{
	uint8_t bytes[64];
	uint8_t covered[64];
	uint8_t code[IPMI_HASH_MAX];
	struct wbuf out = wbuf_of(bytes, sizeof(bytes));
	struct wbuf in = wbuf_of(covered, sizeof(covered));

	wbuf_bytes(&in, s->console_random, IPMI_RANDOM_SIZE);
	wbuf_le32(&in, s->id);
	wbuf_bytes(&in, guid, sizeof(guid));
	ipmi_hmac_sik(bmc->shared->crypto, s->suite, s->sik, &in, code);
	wbuf_u8(&out, tag);
	wbuf_zero(&out, 3);
	wbuf_le32(&out, s->console);
	wbuf_bytes(&out, code, s->suite->code_len);
	reply_plain(answer, IPMI_PAYLOAD_RAKP4, &out);
}

/* IPMI 2.0, 13.22 and 13.23 */
static bool on_rakp3(struct fake_bmc *bmc, mono_ms now, struct rbuf in,
		     struct wbuf *answer)
{
	struct ipmi_rakp rakp = { .tag = rbuf_u8(&in) };
	uint8_t status = rbuf_u8(&in);
	uint8_t covered[64];
	uint8_t key[IPMI_SECRET_MAX];
	uint8_t code[IPMI_HASH_MAX];
	struct wbuf expected = wbuf_of(covered, sizeof(covered));
	struct fake_session *s;

	rbuf_le16(&in);
	s = find(bmc, rbuf_le32(&in));
	rakp.status = IPMI_STATUS_NO_SESSION;
	if (s && s->state == FAKE_PROVEN && status == IPMI_STATUS_GOOD) {
		wbuf_bytes(&expected, s->random, IPMI_RANDOM_SIZE);
		wbuf_le32(&expected, s->console);
		add_user(s, &expected);
		kuid_of(bmc, s, key);
		ipmi_hmac(bmc->shared->crypto, s->suite, key, &expected, code);
		rakp.session = s->console;
		rakp.status = IPMI_STATUS_BAD_CHECK_VALUE;
		if (in.left == s->suite->hash_len &&
		    memcmp(in.at, code, in.left) == 0)
			rakp.status = IPMI_STATUS_GOOD;
	} else if (s && s->state == FAKE_OPEN) {
		return false; /* the same once more */
	} else if (s && status != IPMI_STATUS_GOOD) {
		fake_record(bmc, "login given up %02x", status);
		bmc->n_refused++;
		s->state = FAKE_FREE;
		return false;
	}
	if (rakp.status != IPMI_STATUS_GOOD) {
		if (s)
			s->state = FAKE_FREE;
		refuse_rakp(bmc, IPMI_PAYLOAD_RAKP4, &rakp, answer);
		return true;
	}
	derive(bmc, s, key);
	s->state = FAKE_OPEN;
	s->level = IPMI_USER;
	s->used = now;
	bmc->n_logins++;
	bmc->n_in_a_row = 0;
	fake_record(bmc, "login good %s", bmc->users[s->account].name);
	reply_rakp4(bmc, s, rakp.tag, answer);
	return true;
}

/* ---- messages ---- */

static uint8_t checksum(const uint8_t *bytes, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + bytes[i]);
	return (uint8_t)-sum;
}

/* A LAN message and the answer to it; false: none. */
static bool on_message(struct fake_bmc *bmc, struct fake_session *session,
		       mono_ms now, struct rbuf in, struct wbuf *out)
{
	uint8_t body[IPMI_PACKET_MAX];
	struct wbuf more = wbuf_of(body, sizeof(body));
	struct fake_call call = {
		.bmc = bmc, .session = session, .now = now, .out = &more
	};
	uint8_t address;
	uint8_t requester;
	uint8_t sequence;
	uint8_t completion;
	size_t begin = out->len;

	if (in.bad || in.left < 7 || checksum(in.at, 3) ||
	    checksum(in.at + 3, in.left - 3))
		return false;
	address = rbuf_u8(&in);
	call.netfn = rbuf_u8(&in);
	call.lun = call.netfn & 3;
	call.netfn >>= 2;
	rbuf_u8(&in);
	requester = rbuf_u8(&in);
	sequence = rbuf_u8(&in);
	call.cmd = rbuf_u8(&in);
	call.in = rbuf_sub(&in, in.left - 1);
	if (address != 0x20 || call.netfn & 1)
		return false;
	completion = fake_command(&call);
	if (call.mute)
		return false;
	wbuf_u8(out, requester);
	wbuf_u8(out,
		(uint8_t)((call.netfn | NETFN_RESP) << 2 | (sequence & 3)));
	wbuf_u8(out, checksum(out->base + begin, 2));
	wbuf_u8(out, address);
	wbuf_u8(out, (uint8_t)((sequence & 0xfc) | call.lun));
	wbuf_u8(out, call.cmd);
	wbuf_u8(out, completion);
	if (completion == 0)
		wbuf_bytes(out, body, more.len);
	wbuf_u8(out, checksum(out->base + begin + 3, out->len - begin - 3));
	if (session && has(bmc, FAKE_BAD_CHECKSUM))
		out->base[out->len - 1] ^= 0xff;
	return !out->bad && !more.bad;
}

static bool on_free_message(struct fake_bmc *bmc, mono_ms now,
			    const struct ipmi_packet *packet,
			    struct wbuf *answer)
{
	uint8_t bytes[IPMI_PACKET_MAX];
	struct wbuf out = wbuf_of(bytes, sizeof(bytes));
	struct ipmi_packet head = { .rmcp_plus = packet->rmcp_plus };

	if (!packet->rmcp_plus && has(bmc, FAKE_NO_CAPS))
		return false;
	if (!on_message(bmc, NULL, now, packet->payload, &out))
		return false;
	ipmi_build_header(answer, &head, out.len);
	wbuf_bytes(answer, bytes, out.len);
	return true;
}

static bool is_new(struct fake_session *s, uint32_t sequence)
{
	uint32_t ahead = sequence - s->heard;
	uint32_t behind = s->heard - sequence;

	if (!sequence)
		return false;
	if (ahead && ahead < UINT32_MAX / 2) {
		s->window = ahead < WINDOW ? s->window << ahead | 1 : 1;
		s->heard = sequence;
		return true;
	}
	if (behind >= WINDOW || s->window & 1u << behind)
		return false;
	s->window |= 1u << behind;
	return true;
}

void fake_seal(struct fake_bmc *bmc, struct fake_session *session,
	       enum ipmi_payload type, const struct wbuf *payload,
	       struct wbuf *out)
{
	const struct ipmi_packet packet = {
		.type = (uint8_t)type,
		.session = session->console,
		.sequence = ++session->sequence,
	};
	uint8_t iv[IPMI_IV_SIZE];

	rng_bytes(&bmc->shared->rng, iv, sizeof(iv));
	ipmi_seal(bmc->shared->crypto, &session->keys, &packet, payload, iv,
		  out);
}

static bool on_session(struct fake_bmc *bmc, mono_ms now,
		       const struct ipmi_packet *packet, struct wbuf *answer)
{
	struct fake_session *s = find(bmc, packet->session);
	uint8_t bytes[IPMI_PACKET_MAX];
	uint8_t reply[IPMI_PACKET_MAX];
	struct wbuf payload = wbuf_of(bytes, sizeof(bytes));
	struct wbuf out = wbuf_of(reply, sizeof(reply));

	if (!s || s->state != FAKE_OPEN ||
	    !ipmi_unseal(bmc->shared->crypto, &s->keys, packet, &payload) ||
	    !is_new(s, packet->sequence))
		return false;
	s->used = now;
	if (packet->type == IPMI_PAYLOAD_SOL)
		return fake_sol_input(bmc, s, now, rbuf_of(bytes, payload.len),
				      answer);
	if (packet->type != IPMI_PAYLOAD_MESSAGE ||
	    !on_message(bmc, s, now, rbuf_of(bytes, payload.len), &out))
		return false;
	fake_seal(bmc, s, IPMI_PAYLOAD_MESSAGE, &out, answer);
	if (has(bmc, FAKE_FORGETFUL))
		s->state = FAKE_FREE;
	return true;
}

bool fake_bmc_input(struct fake_bmc *bmc, mono_ms now, const void *datagram,
		    size_t len, struct wbuf *answer)
{
	struct ipmi_packet packet;

	if (!ipmi_parse_packet(&packet, datagram, len))
		return false;
	expire_sessions(bmc, now);
	fake_power_tick(bmc, now);
	if (packet.session)
		return on_session(bmc, now, &packet, answer);
	if (packet.type == IPMI_PAYLOAD_MESSAGE)
		return on_free_message(bmc, now, &packet, answer);
	if (has(bmc, FAKE_ONLY_15))
		return false;
	switch (packet.type) {
	case IPMI_PAYLOAD_OPEN_REQUEST:
		return on_open(bmc, now, packet.payload, answer);
	case IPMI_PAYLOAD_RAKP1:
		return on_rakp1(bmc, now, packet.payload, answer);
	case IPMI_PAYLOAD_RAKP3:
		return on_rakp3(bmc, now, packet.payload, answer);
	default:
		return false;
	}
}

bool fake_bmc_output(struct fake_bmc *bmc, mono_ms now, struct wbuf *out)
{
	return bmc->sol && fake_sol_output(bmc, now, out);
}
