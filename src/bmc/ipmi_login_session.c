/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_login_session.h"

#include <assert.h>
#include <string.h>

#include "base/secret.h"

#define CMD_AUTH_CAPS     0x38
#define THIS_CHANNEL      0x0e
#define ASK_RMCP_PLUS     0x80
#define ROLE_HIGHEST      0x00
#define ROLE_NAME_ONLY    0x10
#define FIRST_SUITE       17
#define OTHER_SUITE       3
#define RMCP_PLUS_NO_AUTH 0x06
#define RMCP_PLUS_NO_SIGN 0x07

#define CAPS_SENDS   3
#define SUITE_SENDS  4
#define SILENCE_MS   20000
#define RAKP_WAIT_MS 1000
#define RAKP_MAX_MS  4000
#define HASTY        3 /* logins without a longer wait each time */
#define MAX_LOGINS   8
#define MAX_REFUSED  6
#define MAX_DISPUTES 2
#define SETTLE_MS    100
#define SLOT_WAIT_MS 1000
#define MAX_WAIT_MS  8000

/* What the BMC is called with: bytes of RAKP 1 that all codes cover. */
static uint8_t role_byte(const struct ipmi_session *s)
{
	if (s->config.login->quirks & IPMI_QUIRK_ROLE_LOOKUP)
		return s->role;
	return s->role | ROLE_NAME_ONLY;
}

static uint8_t user_len(const struct ipmi_session *s)
{
	if (s->config.login->quirks & IPMI_QUIRK_PADDED_USER)
		return IPMI_USER_MAX;
	return s->config.login->user_len;
}

static void add_user(const struct ipmi_session *s, struct wbuf *out)
{
	wbuf_u8(out, role_byte(s));
	wbuf_u8(out, user_len(s));
	wbuf_bytes(out, s->config.login->user, user_len(s));
}

static bool skips_caps(const struct ipmi_session *s)
{
	return s->config.peer->greeted ||
	       s->config.login->quirks & IPMI_QUIRK_SKIP_CAPS;
}

/*
 * The low half of our id is where the owner keeps the session, the high half
 * is random: an answer to an earlier login, or to nobody, finds none.
 */
static void new_ids(struct ipmi_session *s)
{
	uint16_t high;

	do
		rng_bytes(s->config.rng, &high, sizeof(high));
	while (!high || high == s->console >> 16);
	s->console = (uint32_t)high << 16 | s->config.slot;
	s->tag++;
	s->logins++;
	s->proven = false;
}

enum ipmi_state ipmi_login_begin(struct ipmi_session *s)
{
	const struct ipmi_peer *peer = s->config.peer;
	uint8_t suite = s->config.login->suite;

	if (!suite)
		suite = peer->suite ? peer->suite : FIRST_SUITE;
	s->suite = ipmi_suite_find(suite);
	assert(s->suite);
	s->role = peer->privilege ? peer->privilege : IPMI_ADMIN;
	rng_bytes(s->config.rng, &s->tag, sizeof(s->tag));
	new_ids(s);
	return skips_caps(s) ? IPMI_OPEN : IPMI_CAPS;
}

static void open_anew(struct ipmi_session *s, mono_ms now)
{
	if (s->logins >= MAX_LOGINS) {
		ipmi_session_fail(s, ERR_TIMEOUT,
				  "logging in: begun %u times, and answers "
				  "were lost each time",
				  s->logins);
		return;
	}
	new_ids(s);
	ipmi_session_enter(s, now, IPMI_OPEN);
}

/* ---- out ---- */

static void build_plain(struct wbuf *out, enum ipmi_payload type,
			const struct wbuf *payload)
{
	const struct ipmi_packet packet = { .rmcp_plus = true,
					    .type = (uint8_t)type };

	ipmi_build_header(out, &packet, payload->len);
	wbuf_bytes(out, payload->base, payload->len);
}

/* IPMI 2.0, 22.13, in the format of IPMI 1.5: before we know of another. */
static void build_caps(struct ipmi_session *s, struct wbuf *out)
{
	const struct ipmi_packet packet = { .rmcp_plus = false };
	const struct ipmi_command command = {
		.netfn = IPMI_APP,
		.cmd = CMD_AUTH_CAPS,
		.bytes = { ASK_RMCP_PLUS | THIS_CHANNEL, s->role },
		.len = 2,
	};
	uint8_t bytes[IPMI_COMMAND_MAX + 16];
	struct wbuf payload = wbuf_of(bytes, sizeof(bytes));

	ipmi_build_request(&payload, &command, s->rq_seq);
	ipmi_build_header(out, &packet, payload.len);
	wbuf_bytes(out, payload.base, payload.len);
}

static void build_open(struct ipmi_session *s, struct wbuf *out)
{
	bool highest = s->config.login->quirks & IPMI_QUIRK_HIGHEST;
	const struct ipmi_open open = {
		.tag = s->tag,
		.privilege = highest ? ROLE_HIGHEST : s->role,
		.console = s->console,
		.algorithms = s->suite->algorithms,
	};
	uint8_t bytes[64];
	struct wbuf payload = wbuf_of(bytes, sizeof(bytes));

	ipmi_build_open(&payload, &open);
	build_plain(out, IPMI_PAYLOAD_OPEN_REQUEST, &payload);
}

static void build_rakp1(struct ipmi_session *s, struct wbuf *out)
{
	struct ipmi_rakp rakp = { .tag = s->tag, .session = s->bmc };
	uint8_t bytes[64];
	struct wbuf payload = wbuf_of(bytes, sizeof(bytes));

	memcpy(rakp.random, s->random, sizeof(rakp.random));
	memcpy(rakp.user, s->config.login->user, sizeof(rakp.user));
	rakp.user_len = user_len(s);
	rakp.role = role_byte(s);
	ipmi_build_rakp1(&payload, &rakp);
	build_plain(out, IPMI_PAYLOAD_RAKP1, &payload);
}

static void build_rakp3(const struct ipmi_session *s, uint8_t status,
			struct wbuf *out)
{
	struct ipmi_rakp rakp = {
		.tag = s->tag,
		.status = status,
		.session = s->bmc,
	};
	uint8_t bytes[64];
	uint8_t covered[64];
	struct wbuf payload = wbuf_of(bytes, sizeof(bytes));
	struct wbuf in = wbuf_of(covered, sizeof(covered));

	if (status == IPMI_STATUS_GOOD) {
		wbuf_bytes(&in, s->bmc_random, sizeof(s->bmc_random));
		wbuf_le32(&in, s->console);
		add_user(s, &in);
		ipmi_hmac(s->config.crypto, s->suite, s->config.login->password,
			  &in, rakp.code);
		rakp.code_len = s->suite->hash_len;
	}
	ipmi_build_rakp3(&payload, &rakp);
	build_plain(out, IPMI_PAYLOAD_RAKP3, &payload);
}

void ipmi_login_refusal(const struct ipmi_session *s, struct wbuf *out)
{
	build_rakp3(s, IPMI_STATUS_BAD_CHECK_VALUE, out);
}

/* A RAKP that gets no answer costs a slot of the BMC: no haste there. */
static int64_t rakp_wait_ms(const struct ipmi_session *s)
{
	int64_t wait_ms = ipmi_session_wait_ms(s, 1);

	if (wait_ms < RAKP_WAIT_MS)
		wait_ms = RAKP_WAIT_MS;
	for (unsigned i = HASTY; i < s->logins && wait_ms < RAKP_MAX_MS; i++)
		wait_ms *= 2;
	return wait_ms;
}

void ipmi_login_output(struct ipmi_session *s, mono_ms now, struct wbuf *out)
{
	int64_t wait_ms = ipmi_session_wait_ms(s, s->sends);

	switch (s->sm.state) {
	case IPMI_CAPS:
		build_caps(s, out);
		break;
	case IPMI_OPEN:
		build_open(s, out);
		break;
	case IPMI_RAKP1:
		build_rakp1(s, out);
		wait_ms = rakp_wait_ms(s);
		break;
	default:
		build_rakp3(s, IPMI_STATUS_GOOD, out);
		wait_ms = rakp_wait_ms(s);
		break;
	}
	s->deadline = now + wait_ms;
	if (s->deadline > s->config.login_by)
		s->deadline = s->config.login_by;
}

/* ---- silence ---- */

static void give_up(struct ipmi_session *s, enum err_code code, mono_ms now)
{
	long long tenths = (now - s->began) / 100;

	if (s->sm.state == IPMI_PAUSE || s->refused)
		ipmi_session_fail(s, ERR_BUSY,
				  "all sessions of the BMC are taken");
	else if (!s->spoken)
		ipmi_session_fail(s, code, "no answer in %lld.%lld s",
				  tenths / 10, tenths % 10);
	else
		ipmi_session_fail(s, ERR_TIMEOUT,
				  "logging in: no answer to %s, given up "
				  "after %lld.%lld s",
				  sm_name(&s->sm), tenths / 10, tenths % 10);
}

/* Some that do not know a suite say so, some say nothing. */
static bool silent_of_suite(const struct ipmi_session *s)
{
	return s->spoken && s->sends >= SUITE_SENDS && !s->other &&
	       !s->config.login->suite && !s->config.peer->suite;
}

static void take_other_suite(struct ipmi_session *s, mono_ms now)
{
	s->other = s->suite->id;
	s->suite = ipmi_suite_find(s->other == FIRST_SUITE ? OTHER_SUITE
							   : FIRST_SUITE);
	open_anew(s, now);
}

static void on_silence(struct ipmi_session *s, mono_ms now)
{
	if (s->sm.state == IPMI_CAPS && s->sends >= CAPS_SENDS)
		ipmi_session_enter(s, now, IPMI_OPEN);
	else if (s->sm.state == IPMI_OPEN && silent_of_suite(s))
		take_other_suite(s, now);
	else if (now - (s->spoken ? s->first : s->began) >= SILENCE_MS)
		give_up(s, ERR_UNREACHABLE, now);
	else
		s->ready = true;
}

void ipmi_login_expire(struct ipmi_session *s, mono_ms now)
{
	if (now >= s->config.login_by) {
		give_up(s, ERR_TIMEOUT, now);
	} else if (s->sm.state == IPMI_RAKP1 && s->proven) {
		s->tag++;
		ipmi_session_enter(s, now, IPMI_RAKP3);
	} else if (s->sm.state == IPMI_PAUSE || s->sm.state == IPMI_RAKP1) {
		open_anew(s, now);
	} else if (s->sm.state == IPMI_RAKP3) {
		/* It may think that we are in: free the slot. */
		s->farewell = IPMI_CLOSE_SESSION;
		s->wary = true;
		open_anew(s, now);
	} else {
		on_silence(s, now);
	}
}

/* ---- refusals ---- */

static void pause_for_slot(struct ipmi_session *s, mono_ms now)
{
	int64_t wait_ms = (int64_t)SLOT_WAIT_MS << s->refused++;

	if (wait_ms > MAX_WAIT_MS)
		wait_ms = MAX_WAIT_MS;
	if (s->refused > MAX_REFUSED || now + wait_ms >= s->config.login_by) {
		give_up(s, ERR_BUSY, now);
		return;
	}
	s->deadline = now + wait_ms;
	s->ready = false;
	sm_move(&s->sm, IPMI_PAUSE);
}

/*
 * What worked before is remembered, so that nobody on the way can talk us
 * down from the better suite by a refusal, which is signed by nobody.
 */
static void refuse_suite(struct ipmi_session *s, mono_ms now)
{
	const struct ipmi_login *login = s->config.login;

	if (login->suite)
		ipmi_session_fail(s, ERR_UNSUPPORTED,
				  "the BMC refuses cipher suite %u",
				  login->suite);
	else if (s->config.peer->suite == FIRST_SUITE)
		ipmi_session_fail(s, ERR_UNSUPPORTED,
				  "the BMC refuses cipher suite %d, which it "
				  "took before",
				  FIRST_SUITE);
	else if (s->other)
		ipmi_session_fail(s, ERR_UNSUPPORTED,
				  "the BMC refuses cipher suites %d and %d",
				  FIRST_SUITE, OTHER_SUITE);
	else
		take_other_suite(s, now);
}

static void refuse_role(struct ipmi_session *s, mono_ms now)
{
	if (s->role <= IPMI_USER) {
		ipmi_session_fail(s, ERR_AUTH,
				  "the BMC does not let this user in");
		return;
	}
	s->role--;
	open_anew(s, now);
}

static void refuse_user(struct ipmi_session *s)
{
	ipmi_session_fail(s, ERR_AUTH, "the BMC does not know this user");
}

static void refuse_password(struct ipmi_session *s)
{
	ipmi_session_fail(s, ERR_AUTH, "the BMC does not know this password");
}

/* IPMI 2.0, table 13-15 */
static void on_refusal(struct ipmi_session *s, mono_ms now, uint8_t status)
{
	switch (status) {
	case IPMI_STATUS_NO_RESOURCES:
	case IPMI_STATUS_NO_RESOURCES_FOR_ROLE:
		pause_for_slot(s, now);
		break;
	case IPMI_STATUS_NO_AUTHENTICATION:
	case IPMI_STATUS_NO_INTEGRITY:
	case IPMI_STATUS_NO_CONFIDENTIALITY:
	case IPMI_STATUS_NO_SUITE:
	case RMCP_PLUS_NO_AUTH:
	case RMCP_PLUS_NO_SIGN:
		if (s->sm.state == IPMI_OPEN)
			refuse_suite(s, now);
		else
			refuse_password(s);
		break;
	case IPMI_STATUS_INVALID_ROLE:
	case IPMI_STATUS_UNAUTHORIZED_ROLE:
		refuse_role(s, now);
		break;
	case IPMI_STATUS_NAME_LENGTH:
	case IPMI_STATUS_UNAUTHORIZED_NAME:
		refuse_user(s);
		break;
	case IPMI_STATUS_NO_SESSION:
	case IPMI_STATUS_INACTIVE_SESSION:
		open_anew(s, now);
		break;
	case IPMI_STATUS_BAD_CHECK_VALUE:
		/* We saw that it has our password: its login has moved on,
		 * by a RAKP 1 that got there twice. */
		s->wary = true;
		if (s->sm.state == IPMI_RAKP3 && s->disputed++ < MAX_DISPUTES)
			open_anew(s, now);
		else
			refuse_password(s);
		break;
	default:
		ipmi_session_fail(s, ERR_PROTOCOL,
				  "%s: the BMC refuses with status 0x%02x",
				  sm_name(&s->sm), status);
	}
}

/* ---- in ---- */

static void on_caps(struct ipmi_session *s, mono_ms now,
		    const struct ipmi_packet *packet)
{
	bool lax = s->config.login->quirks & IPMI_QUIRK_CHECKSUM;
	struct ipmi_message message;
	struct ipmi_caps caps;

	if (!ipmi_parse_response(&message, packet->payload, lax) ||
	    message.cmd != CMD_AUTH_CAPS || message.sequence != s->rq_seq)
		return;
	ipmi_session_measure(s, now);
	s->spoken = true;
	if (message.completion == 0 && ipmi_parse_caps(&caps, message.body)) {
		if (!caps.rmcp_plus) {
			ipmi_session_fail(s, ERR_UNSUPPORTED,
					  "the BMC speaks IPMI 1.5 only");
			return;
		}
		s->config.peer->group_key = caps.group_key;
	}
	s->config.peer->greeted = true;
	ipmi_session_enter(s, now, IPMI_OPEN);
}

static bool same_algorithms(const struct ipmi_algorithms *a,
			    const struct ipmi_algorithms *b)
{
	return a->authentication == b->authentication &&
	       a->integrity == b->integrity &&
	       a->confidentiality == b->confidentiality;
}

static void on_open(struct ipmi_session *s, mono_ms now,
		    const struct ipmi_packet *packet)
{
	struct ipmi_open open;

	if (!ipmi_parse_open(&open, packet->payload) || open.tag != s->tag)
		return;
	s->spoken = true;
	if (open.status != IPMI_STATUS_GOOD) {
		on_refusal(s, now, open.status);
		return;
	}
	if (open.console != s->console)
		return;
	ipmi_session_measure(s, now);
	if (!same_algorithms(&open.algorithms, &s->suite->algorithms)) {
		ipmi_session_fail(s, ERR_MISMATCH,
				  "asked for cipher suite %u, and the BMC "
				  "answers with another one: refused; name "
				  "the suite if this is what it has",
				  s->suite->id);
		return;
	}
	s->bmc = open.bmc;
	rng_bytes(s->config.rng, s->random, sizeof(s->random));
	s->tag++;
	ipmi_session_enter(s, now, IPMI_RAKP1);
}

/* IPMI 2.0, 13.31: what RAKP 2 proves, and the session's integrity key. */
static bool check_rakp2(struct ipmi_session *s, const struct ipmi_rakp *rakp)
{
	const struct ipmi_login *login = s->config.login;
	uint8_t covered[128];
	uint8_t code[IPMI_HASH_MAX];
	struct wbuf in = wbuf_of(covered, sizeof(covered));

	wbuf_le32(&in, s->console);
	wbuf_le32(&in, s->bmc);
	wbuf_bytes(&in, s->random, sizeof(s->random));
	wbuf_bytes(&in, s->bmc_random, sizeof(s->bmc_random));
	wbuf_bytes(&in, s->guid, sizeof(s->guid));
	add_user(s, &in);
	ipmi_hmac(s->config.crypto, s->suite, login->password, &in, code);
	if (rakp->code_len != s->suite->hash_len ||
	    !ipmi_code_eq(code, rakp->code, rakp->code_len))
		return false;
	in = wbuf_of(covered, sizeof(covered));
	wbuf_bytes(&in, s->random, sizeof(s->random));
	wbuf_bytes(&in, s->bmc_random, sizeof(s->bmc_random));
	add_user(s, &in);
	ipmi_hmac(s->config.crypto, s->suite,
		  login->has_group_key ? login->group_key : login->password,
		  &in, s->sik);
	ipmi_derive(s->config.crypto, s->suite, s->sik, &s->keys);
	s->sequence = 0;
	s->heard = 0;
	s->window = 0;
	return true;
}

static void on_rakp2(struct ipmi_session *s, mono_ms now,
		     const struct ipmi_packet *packet)
{
	struct ipmi_rakp rakp;

	if (!ipmi_parse_rakp2(&rakp, packet->payload) || rakp.tag != s->tag)
		return;
	if (rakp.status != IPMI_STATUS_GOOD) {
		on_refusal(s, now, rakp.status);
		return;
	}
	if (rakp.session != s->console)
		return;
	ipmi_session_measure(s, now);
	memcpy(s->bmc_random, rakp.random, sizeof(s->bmc_random));
	memcpy(s->guid, rakp.guid, sizeof(s->guid));
	if (!check_rakp2(s, &rakp)) {
		s->tag++;
		s->farewell = IPMI_REFUSE_RAKP2;
		refuse_password(s);
	} else if (s->wary) {
		/* If there is a second one, the BMC goes by that. */
		s->proven = true;
		s->deadline = now + SETTLE_MS;
	} else {
		s->tag++;
		ipmi_session_enter(s, now, IPMI_RAKP3);
	}
}

/* IPMI 2.0, 13.31: with K_g in the integrity key, RAKP 4 proves that. */
static bool check_rakp4(struct ipmi_session *s, const struct ipmi_rakp *rakp)
{
	uint8_t covered[64];
	uint8_t code[IPMI_HASH_MAX];
	struct wbuf in = wbuf_of(covered, sizeof(covered));

	wbuf_bytes(&in, s->random, sizeof(s->random));
	wbuf_le32(&in, s->bmc);
	wbuf_bytes(&in, s->guid, sizeof(s->guid));
	ipmi_hmac_sik(s->config.crypto, s->suite, s->sik, &in, code);
	return rakp->code_len >= s->suite->code_len &&
	       ipmi_code_eq(code, rakp->code, s->suite->code_len);
}

static void on_rakp4(struct ipmi_session *s, mono_ms now,
		     const struct ipmi_packet *packet)
{
	struct ipmi_peer *peer = s->config.peer;
	struct ipmi_rakp rakp;

	if (!ipmi_parse_rakp4(&rakp, packet->payload) || rakp.tag != s->tag)
		return;
	if (rakp.status != IPMI_STATUS_GOOD) {
		on_refusal(s, now, rakp.status);
		return;
	}
	if (rakp.session != s->console)
		return;
	ipmi_session_measure(s, now);
	if (!check_rakp4(s, &rakp)) {
		ipmi_session_fail(s, ERR_AUTH,
				  "the BMC has the password, but another K_g");
		return;
	}
	peer->suite = s->suite->id;
	peer->privilege = s->role;
	s->level = IPMI_USER;
	ipmi_session_activate(s, now);
}

void ipmi_login_input(struct ipmi_session *s, mono_ms now,
		      const struct ipmi_packet *packet)
{
	unsigned state = s->sm.state;
	unsigned type = packet->type;

	if (packet->session || packet->encrypted || packet->authenticated)
		return;
	if (state == IPMI_CAPS && type == IPMI_PAYLOAD_MESSAGE)
		on_caps(s, now, packet);
	else if (!packet->rmcp_plus)
		return;
	else if (state == IPMI_OPEN && type == IPMI_PAYLOAD_OPEN_RESPONSE)
		on_open(s, now, packet);
	else if (state == IPMI_RAKP1 && type == IPMI_PAYLOAD_RAKP2)
		on_rakp2(s, now, packet);
	else if (state == IPMI_RAKP3 && type == IPMI_PAYLOAD_RAKP4)
		on_rakp4(s, now, packet);
}
