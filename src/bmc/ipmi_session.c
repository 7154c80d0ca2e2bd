/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_session.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bmc/ipmi_login_session.h"

/*
 *	CAPS --> OPEN --> RAKP1 --> RAKP3 --> ACTIVE <--> COMMAND
 *	          ^  \      |         |        |  \        ^
 *	          |   PAUSE |         |        |   RAISE --/
 *	          `---------+---------'        |
 *	                                    CLOSING --> CLOSED
 *
 * RAKP1 and RAKP3 are not sent again: a BMC that has answered has moved on,
 * and would take the second one for a bad login. Instead everything starts
 * anew, with new ids and random numbers. What waits for an answer may lead to
 * FAILED, and all before ACTIVE to CLOSED.
 */
#define ALWAYS (SM_TO(IPMI_FAILED))
#define LOGIN  (ALWAYS | SM_TO(IPMI_CLOSED))

static const struct sm_state states[] = {
	[IPMI_CAPS] = { "capabilities", LOGIN | SM_TO(IPMI_OPEN) },
	[IPMI_OPEN] = { "open session", LOGIN | SM_TO(IPMI_OPEN) |
						SM_TO(IPMI_PAUSE) |
						SM_TO(IPMI_RAKP1) },
	[IPMI_PAUSE] = { "pause", LOGIN | SM_TO(IPMI_OPEN) },
	[IPMI_RAKP1] = { "RAKP 1", LOGIN | SM_TO(IPMI_OPEN) |
					   SM_TO(IPMI_PAUSE) |
					   SM_TO(IPMI_RAKP3) },
	[IPMI_RAKP3] = { "RAKP 3", LOGIN | SM_TO(IPMI_OPEN) |
					   SM_TO(IPMI_PAUSE) |
					   SM_TO(IPMI_ACTIVE) },
	[IPMI_ACTIVE] = { "active", SM_TO(IPMI_RAISE) | SM_TO(IPMI_COMMAND) |
					    SM_TO(IPMI_CLOSING) },
	[IPMI_RAISE] = { "set privilege", ALWAYS | SM_TO(IPMI_ACTIVE) |
						  SM_TO(IPMI_COMMAND) |
						  SM_TO(IPMI_CLOSING) },
	[IPMI_COMMAND] = { "command",
			   ALWAYS | SM_TO(IPMI_ACTIVE) | SM_TO(IPMI_CLOSING) },
	[IPMI_CLOSING] = { "close session", SM_TO(IPMI_CLOSED) },
	[IPMI_CLOSED] = { "closed", 0 },
	[IPMI_FAILED] = { "failed", 0 },
};

#define CMD_DEVICE_ID     0x01
#define CMD_SET_PRIVILEGE 0x3b
#define CMD_CLOSE         0x3c

#define FIRST_WAIT_MS 1000 /* until a round trip has been measured */
#define MIN_WAIT_MS   250
#define MAX_WAIT_MS   8000
#define PATIENCE_MS   10000 /* for one command */
#define LOOK_MS       4000  /* for a change that a look can tell of */
#define KEEP_ALIVE_MS 20000
#define CLOSE_SENDS   2
#define WINDOW        32

/* ---- time ---- */

/* RFC 6298 section 2, in whole milliseconds; twice as long at each resend. */
int64_t ipmi_session_wait_ms(const struct ipmi_session *s, unsigned sends)
{
	const struct ipmi_peer *peer = s->config.peer;
	int64_t wait_ms = peer->round_ms + 4 * peer->spread_ms;

	if (!peer->round_ms)
		wait_ms = FIRST_WAIT_MS;
	if (wait_ms < MIN_WAIT_MS)
		wait_ms = MIN_WAIT_MS;
	for (unsigned i = 1; i < sends && wait_ms < MAX_WAIT_MS; i++)
		wait_ms *= 2;
	return wait_ms < MAX_WAIT_MS ? wait_ms : MAX_WAIT_MS;
}

/* Not after a resend: the answer may be the first one's (Karn's rule). */
void ipmi_session_measure(struct ipmi_session *s, mono_ms now)
{
	struct ipmi_peer *peer = s->config.peer;
	int64_t round = now - s->first + 1;
	int64_t stray;

	if (s->sends != 1)
		return;
	if (round > MAX_WAIT_MS)
		round = MAX_WAIT_MS;
	if (!peer->round_ms) {
		peer->round_ms = (uint16_t)round;
		peer->spread_ms = (uint16_t)(round / 2);
		return;
	}
	stray = round - peer->round_ms;
	if (stray < 0)
		stray = -stray;
	peer->spread_ms = (uint16_t)((3 * peer->spread_ms + stray) / 4);
	peer->round_ms = (uint16_t)((7 * peer->round_ms + round) / 8);
	if (!peer->round_ms)
		peer->round_ms = 1;
}

/* ---- moves ---- */

void ipmi_session_enter(struct ipmi_session *s, mono_ms now,
			enum ipmi_state state)
{
	sm_move(&s->sm, state);
	s->ready = true;
	s->sends = 0;
	s->first = now;
	s->deadline = now;
	s->rq_seq = (s->rq_seq + 1) & 0x3f;
}

void ipmi_session_fail(struct ipmi_session *s, enum err_code code,
		       const char *format, ...)
{
	va_list args;

	s->err.code = code;
	va_start(args, format);
	vsnprintf(s->err.message, sizeof(s->err.message), format, args);
	va_end(args);
	s->ready = false;
	sm_move(&s->sm, IPMI_FAILED);
}

/* The command's response; it is over. */
static struct ipmi_response *respond(struct ipmi_session *s, mono_ms now)
{
	bool internal = s->internal;

	s->has_command = false;
	s->internal = false;
	s->ready = false;
	if (s->sm.state != IPMI_ACTIVE)
		sm_move(&s->sm, IPMI_ACTIVE);
	s->deadline =
		now + (s->config.keep ? KEEP_ALIVE_MS : s->config.linger_ms);
	s->answered = !internal;
	memset(&s->response, 0, sizeof(s->response));
	return &s->response;
}

static void begin_command(struct ipmi_session *s, mono_ms now)
{
	uint8_t needed = s->command.privilege;

	if (needed > s->role)
		err_set(&respond(s, now)->err, ERR_DENIED,
			"the BMC lets this user be no more than %s",
			s->role == IPMI_USER ? "user" : "operator");
	else if (needed > s->level)
		ipmi_session_enter(s, now, IPMI_RAISE);
	else
		ipmi_session_enter(s, now, IPMI_COMMAND);
}

void ipmi_session_activate(struct ipmi_session *s, mono_ms now)
{
	sm_move(&s->sm, IPMI_ACTIVE);
	s->ready = false;
	s->established = true;
	s->deadline =
		now + (s->config.keep ? KEEP_ALIVE_MS : s->config.linger_ms);
	if (s->has_command)
		begin_command(s, now);
}

void ipmi_session_init(struct ipmi_session *s,
		       const struct ipmi_session_config *config, mono_ms now)
{
	memset(s, 0, sizeof(*s));
	s->config = *config;
	s->began = now;
	s->first = now;
	sm_init(&s->sm, states, ARRAY_LEN(states), ipmi_login_begin(s));
	s->ready = true;
	s->deadline = now;
}

void ipmi_session_command(struct ipmi_session *s, mono_ms now,
			  const struct ipmi_command *command)
{
	assert(!ipmi_session_busy(s));
	s->command = *command;
	s->has_command = true;
	if (s->sm.state == IPMI_ACTIVE)
		begin_command(s, now);
}

void ipmi_session_forget(struct ipmi_session *s, mono_ms now)
{
	if (s->sm.state == IPMI_COMMAND || s->sm.state == IPMI_RAISE)
		respond(s, now);
	s->has_command = false;
	s->answered = false;
}

void ipmi_session_close(struct ipmi_session *s, mono_ms now)
{
	if (ipmi_session_done(s) || s->sm.state == IPMI_CLOSING)
		return;
	s->has_command = false;
	s->answered = false;
	if (s->established) {
		ipmi_session_enter(s, now, IPMI_CLOSING);
		return;
	}
	if (s->sm.state == IPMI_RAKP3 && s->sends)
		s->farewell = IPMI_CLOSE_SESSION;
	s->ready = false;
	sm_move(&s->sm, IPMI_CLOSED);
}

/* ---- silence ---- */

/* How long to wait for the answer to a change; 0: it is none. */
static int64_t patience_ms(const struct ipmi_session *s)
{
	if (s->sm.state != IPMI_COMMAND || !s->command.writes)
		return 0;
	return s->command.once ? PATIENCE_MS : LOOK_MS;
}

static void on_silence(struct ipmi_session *s, mono_ms now)
{
	bool once = patience_ms(s) > 0;
	long long seconds = (now - s->first) / 1000;

	if (!once && now - s->first < PATIENCE_MS) {
		s->ready = true;
		return;
	}
	if (once) {
		struct ipmi_response *response = respond(s, now);

		response->sent = true;
		err_set(&response->err, ERR_TIMEOUT,
			"no answer to command 0x%02x 0x%02x in %lld s",
			s->command.netfn, s->command.cmd, seconds);
		return;
	}
	s->farewell = IPMI_CLOSE_SESSION;
	ipmi_session_fail(s, ERR_TIMEOUT,
			  "no answer to command 0x%02x 0x%02x in %lld s, sent "
			  "%u times",
			  s->command.netfn, s->command.cmd, seconds, s->sends);
}

/* So that the BMC does not end a session that is used by serial over LAN. */
static void keep_alive(struct ipmi_session *s, mono_ms now)
{
	s->internal = true;
	s->has_command = true;
	s->command = (struct ipmi_command){ .netfn = IPMI_APP,
					    .cmd = CMD_DEVICE_ID };
	ipmi_session_enter(s, now, IPMI_COMMAND);
}

void ipmi_session_expire(struct ipmi_session *s, mono_ms now)
{
	if (ipmi_session_done(s) || s->ready || now < s->deadline)
		return;
	switch (s->sm.state) {
	case IPMI_ACTIVE:
		if (s->config.keep)
			keep_alive(s, now);
		else
			ipmi_session_enter(s, now, IPMI_CLOSING);
		break;
	case IPMI_RAISE:
	case IPMI_COMMAND:
		on_silence(s, now);
		break;
	case IPMI_CLOSING:
		if (s->sends < CLOSE_SENDS)
			s->ready = true;
		else
			sm_move(&s->sm, IPMI_CLOSED);
		break;
	default:
		ipmi_login_expire(s, now);
		break;
	}
}

/* ---- out ---- */

static void seal(struct ipmi_session *s, enum ipmi_payload type,
		 const struct wbuf *payload, struct wbuf *out)
{
	const struct ipmi_packet packet = {
		.type = (uint8_t)type,
		.session = s->bmc,
		.sequence = ++s->sequence,
	};
	uint8_t iv[IPMI_IV_SIZE];

	rng_bytes(s->config.rng, iv, sizeof(iv));
	ipmi_seal(s->config.crypto, &s->keys, &packet, payload, iv, out);
}

static void build_message(struct ipmi_session *s,
			  const struct ipmi_command *command, struct wbuf *out)
{
	uint8_t bytes[IPMI_COMMAND_MAX + 16];
	struct wbuf payload = wbuf_of(bytes, sizeof(bytes));

	ipmi_build_request(&payload, command, s->rq_seq);
	seal(s, IPMI_PAYLOAD_MESSAGE, &payload, out);
}

/* IPMI 2.0, 22.19 */
static void build_close(struct ipmi_session *s, struct wbuf *out)
{
	const struct ipmi_command command = {
		.netfn = IPMI_APP,
		.cmd = CMD_CLOSE,
		.bytes = { (uint8_t)s->bmc, (uint8_t)(s->bmc >> 8),
			   (uint8_t)(s->bmc >> 16), (uint8_t)(s->bmc >> 24) },
		.len = 4,
	};

	build_message(s, &command, out);
}

/* IPMI 2.0, 22.18 */
static void build_raise(struct ipmi_session *s, struct wbuf *out)
{
	const struct ipmi_command command = {
		.netfn = IPMI_APP,
		.cmd = CMD_SET_PRIVILEGE,
		.bytes = { s->command.privilege },
		.len = 1,
	};

	build_message(s, &command, out);
}

static void output_farewell(struct ipmi_session *s, struct wbuf *out)
{
	if (s->farewell == IPMI_CLOSE_SESSION)
		build_close(s, out);
	else
		ipmi_login_refusal(s, out);
	s->farewell = IPMI_NO_FAREWELL;
}

static void output_state(struct ipmi_session *s, mono_ms now, struct wbuf *out)
{
	s->ready = false;
	s->sends++;
	s->deadline = now + ipmi_session_wait_ms(s, s->sends);
	if (patience_ms(s))
		s->deadline = s->first + patience_ms(s);
	else if (s->deadline > s->first + PATIENCE_MS)
		s->deadline = s->first + PATIENCE_MS;
	if (s->sm.state == IPMI_COMMAND)
		build_message(s, &s->command, out);
	else if (s->sm.state == IPMI_RAISE)
		build_raise(s, out);
	else if (s->sm.state == IPMI_CLOSING)
		build_close(s, out);
	else
		ipmi_login_output(s, now, out);
}

bool ipmi_session_output(struct ipmi_session *s, mono_ms now,
			 struct ipmi_output *out)
{
	out->kind = IPMI_OUT_PACKET;
	out->packet = wbuf_of(out->bytes, sizeof(out->bytes));
	if (s->farewell) {
		output_farewell(s, &out->packet);
		return true;
	}
	if (s->answered) {
		s->answered = false;
		out->kind = IPMI_OUT_RESPONSE;
		out->response = s->response;
		return true;
	}
	if (!s->ready)
		return false;
	output_state(s, now, &out->packet);
	assert(!out->packet.bad);
	return true;
}

/* ---- in ---- */

/* IPMI 2.0, 6.12.13: what comes twice, or much too late, is not taken. */
static bool is_new(struct ipmi_session *s, uint32_t sequence)
{
	uint32_t ahead = sequence - s->heard;
	uint32_t behind = s->heard - sequence;

	if (!sequence)
		return false;
	if (!s->heard || (ahead && ahead < UINT32_MAX / 2)) {
		s->window = ahead < WINDOW && s->heard ? s->window << ahead : 0;
		s->window |= 1;
		s->heard = sequence;
		return true;
	}
	if (behind >= WINDOW || s->window & UINT32_C(1) << behind)
		return false;
	s->window |= UINT32_C(1) << behind;
	return true;
}

bool ipmi_session_unwrap(struct ipmi_session *s,
			 const struct ipmi_packet *packet, struct wbuf *payload)
{
	return s->established && packet->rmcp_plus &&
	       packet->session == s->console &&
	       ipmi_unseal(s->config.crypto, &s->keys, packet, payload) &&
	       is_new(s, packet->sequence);
}

bool ipmi_session_wrap(struct ipmi_session *s, const struct wbuf *payload,
		       struct wbuf *out)
{
	if (!s->established || ipmi_session_done(s))
		return false;
	seal(s, IPMI_PAYLOAD_SOL, payload, out);
	return !out->bad;
}

static void on_raised(struct ipmi_session *s, mono_ms now, uint8_t completion)
{
	ipmi_session_measure(s, now);
	if (completion == 0) {
		s->level = s->command.privilege;
		ipmi_session_enter(s, now, IPMI_COMMAND);
		return;
	}
	err_set(&respond(s, now)->err, ERR_DENIED,
		"the BMC does not let this user be %s (completion code 0x%02x)",
		s->command.privilege == IPMI_ADMIN ? "administrator"
						   : "operator",
		completion);
}

static void on_response(struct ipmi_session *s, mono_ms now,
			const struct ipmi_message *message)
{
	struct ipmi_response *response;
	struct rbuf body = message->body;

	ipmi_session_measure(s, now);
	response = respond(s, now);
	response->completion = message->completion;
	response->len = body.left;
	if (body.left <= sizeof(response->bytes)) {
		rbuf_bytes(&body, response->bytes, body.left);
		return;
	}
	response->len = 0;
	response->completion = 0;
	response->sent = true;
	err_set(&response->err, ERR_PROTOCOL,
		"an answer of %zu bytes to command 0x%02x 0x%02x", body.left,
		s->command.netfn, s->command.cmd);
}

static bool answers(const struct ipmi_message *message, uint8_t netfn,
		    uint8_t cmd)
{
	return message->netfn == (netfn | 1) && message->cmd == cmd;
}

void ipmi_session_input(struct ipmi_session *s, mono_ms now,
			const struct ipmi_packet *packet)
{
	bool lax = s->config.login->quirks & IPMI_QUIRK_CHECKSUM;
	uint8_t bytes[IPMI_PACKET_MAX];
	struct wbuf payload = wbuf_of(bytes, sizeof(bytes));
	struct ipmi_message message;

	if (ipmi_session_done(s))
		return;
	if (!s->established) {
		ipmi_login_input(s, now, packet);
		return;
	}
	if (packet->type != IPMI_PAYLOAD_MESSAGE ||
	    !ipmi_session_unwrap(s, packet, &payload) ||
	    !ipmi_parse_response(&message, rbuf_of(bytes, payload.len), lax) ||
	    message.sequence != s->rq_seq || !s->sends)
		return;
	if (s->sm.state == IPMI_RAISE &&
	    answers(&message, IPMI_APP, CMD_SET_PRIVILEGE))
		on_raised(s, now, message.completion);
	else if (s->sm.state == IPMI_CLOSING &&
		 answers(&message, IPMI_APP, CMD_CLOSE))
		sm_move(&s->sm, IPMI_CLOSED);
	else if (s->sm.state == IPMI_COMMAND &&
		 answers(&message, s->command.netfn, s->command.cmd))
		on_response(s, now, &message);
}

void ipmi_session_refused(struct ipmi_session *s, const char *why)
{
	if (!s->spoken && !ipmi_session_done(s) && ++s->refusals > 1)
		ipmi_session_fail(s, ERR_UNREACHABLE, "%s", why);
}

/* ---- questions ---- */

mono_ms ipmi_session_deadline(const struct ipmi_session *s)
{
	return ipmi_session_done(s) ? MONO_NEVER : s->deadline;
}

bool ipmi_session_done(const struct ipmi_session *s)
{
	return s->sm.state >= IPMI_CLOSED;
}

const struct err *ipmi_session_error(const struct ipmi_session *s)
{
	return s->sm.state == IPMI_FAILED ? &s->err : NULL;
}

bool ipmi_session_busy(const struct ipmi_session *s)
{
	return s->has_command || s->answered;
}

bool ipmi_session_idle(const struct ipmi_session *s)
{
	return s->sm.state == IPMI_ACTIVE && !s->answered;
}

bool ipmi_session_closing(const struct ipmi_session *s)
{
	return s->sm.state >= IPMI_CLOSING;
}

bool ipmi_session_was_open(const struct ipmi_session *s)
{
	return s->established;
}
