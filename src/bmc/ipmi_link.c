/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "bmc/ipmi_shell.h"

#define LOG_MODULE "ipmi"
#include "base/log.h"

#define LINGER_MS 8000  /* a BMC has few sessions, some only four */
#define LOGIN_MS  30000 /* at most, and less than its owner has: */
#define MARGIN_MS 20    /* so that our cause comes before "time is up" */

static void fill_from_pool(struct rng *rng, void *out, size_t n)
{
	struct ipmi_pool *pool = container_of(rng, struct ipmi_pool, rng);

	assert(n <= sizeof(pool->bytes));
	if (n > pool->left) {
		rng_bytes(&pool->source, pool->bytes, sizeof(pool->bytes));
		pool->left = sizeof(pool->bytes);
	}
	pool->left -= n;
	memcpy(out, pool->bytes + pool->left, n);
	memset(pool->bytes + pool->left, 0, n);
}

/* ---- sessions ---- */

static struct list *logins_of(struct ipmi_hub *hub,
			      const struct ipmi_address *address)
{
	uint32_t hash = address->port;

	for (size_t i = 0; i < sizeof(address->ip); i++)
		hash = hash * 31 + address->ip[i];
	return &hub->logins[(hash ^ hash >> 15) % IPMI_N_LOGINS];
}

static void session_free(struct ipmi_open_session *session)
{
	struct ipmi_hub *hub = session->owner->hub;

	list_remove(&session->link);
	hub->slots[session->slot] = NULL;
	hub->free_slots[hub->n_free++] = session->slot;
	session->owner->session = NULL;
	secret_wipe(session, sizeof(*session));
	free(session);
}

/* Where there are too many: the one that nobody has used for longest. */
static void make_room(struct ipmi_hub *hub)
{
	struct ipmi_open_session *oldest =
		list_first(&hub->lingering, struct ipmi_open_session, link);

	if (!oldest || hub->n_free > IPMI_MAX_SESSIONS / 8)
		return;
	ipmi_session_close(&oldest->machine, clock_mono());
	ipmi_link_pump(oldest->owner);
}

static int session_new(struct ipmi_link *link, mono_ms now, mono_ms login_by,
		       struct err *err)
{
	struct ipmi_hub *hub = link->hub;
	struct ipmi_session_config config = {
		.login = &link->login,
		.peer = &link->peer,
		.crypto = hub->crypto,
		.rng = &hub->pool.rng,
		.login_by = now + LOGIN_MS,
		.linger_ms = LINGER_MS,
		.keep = link->keep,
	};
	struct ipmi_open_session *session;

	if (ipmi_net_open(hub->net, &link->address, err))
		return -1;
	if (!hub->n_free)
		return err_set(err, ERR_BUSY, "%d sessions are open already",
			       IPMI_MAX_SESSIONS);
	session = xcalloc(1, sizeof(*session));
	session->owner = link;
	session->slot = hub->free_slots[--hub->n_free];
	session->number = hub->n_opened++;
	hub->slots[session->slot] = session;
	list_init(&session->link);
	list_add_tail(logins_of(hub, &link->address), &session->link);
	link->session = session;
	config.slot = session->slot;
	if (config.login_by > login_by - MARGIN_MS)
		config.login_by = login_by - MARGIN_MS;
	ipmi_session_init(&session->machine, &config, now);
	return 0;
}

/* ---- commands ---- */

static void answer(struct ipmi_link *link, mono_ms now,
		   struct ipmi_response *response)
{
	link->waiting = false;
	if (response->err.code)
		err_wrap(&response->err, "%s:%u", link->host,
			 link->address.port);
	link->ops->answer(link, now, response);
}

static void answer_error(struct ipmi_link *link, mono_ms now,
			 const struct err *err)
{
	struct ipmi_response response = { .err = *err };

	answer(link, now, &response);
}

static void on_address(void *arg, const char *address, const struct err *err);

/* The next command, to a session that may have to be opened first. */
static bool take_command(struct ipmi_link *link, mono_ms now)
{
	struct ipmi_command command;
	mono_ms login_by;
	struct err err;

	if (link->waiting || link->closed || link->lookup)
		return false;
	if (link->session && ipmi_session_closing(&link->session->machine))
		return false; /* then with a new one */
	if (link->session && ipmi_session_busy(&link->session->machine))
		return false; /* it keeps itself alive: then after that */
	if (!link->known) {
		if (!link->ops->resting(link))
			link->lookup =
				resolver_find(link->hub->resolver, link->host,
					      on_address, link);
		return false;
	}
	if (!link->ops->command(link, now, &command, &login_by))
		return false;
	link->waiting = true;
	if (!link->session) {
		make_room(link->hub);
		if (session_new(link, now, login_by, &err)) {
			answer_error(link, now, &err);
			return true;
		}
	}
	link->session->again = false;
	ipmi_session_command(&link->session->machine, now, &command);
	secret_wipe(&command, sizeof(command));
	return true;
}

static bool take_outputs(struct ipmi_link *link, mono_ms now)
{
	struct ipmi_open_session *session = link->session;
	struct ipmi_output out;
	bool any = false;

	while (session && ipmi_session_output(&session->machine, now, &out)) {
		any = true;
		if (out.kind == IPMI_OUT_PACKET)
			ipmi_net_send(link->hub->net, session->number,
				      &link->address, out.bytes,
				      out.packet.len);
		else if (link->waiting)
			answer(link, now, &out.response);
	}
	return any;
}

/*
 * A session that the BMC has dropped meanwhile is opened anew, once for each
 * command. What changes something is never in the way: see ipmi_session.
 */
static bool try_again(struct ipmi_link *link, mono_ms now,
		      const struct ipmi_session *lost, bool again)
{
	struct ipmi_command command = lost->command;
	mono_ms login_by = now + LOGIN_MS;
	mono_ms deadline = link->ops->deadline(link);
	struct err err;

	if (!ipmi_session_was_open(lost) || again || link->closed)
		return false;
	if (deadline < login_by)
		login_by = deadline;
	session_free(link->session);
	if (session_new(link, now, login_by, &err)) {
		answer_error(link, now, &err);
		return true;
	}
	log_debug("session lost, logging in anew bmc=%s", link->host);
	link->session->again = true;
	ipmi_session_command(&link->session->machine, now, &command);
	return true;
}

static bool end_session(struct ipmi_link *link, mono_ms now)
{
	struct ipmi_open_session *session = link->session;
	const struct err *err;
	struct err cause;

	if (!session || !ipmi_session_done(&session->machine))
		return false;
	err = ipmi_session_error(&session->machine);
	if (!err) {
		session_free(session);
		return true;
	}
	cause = *err;
	/* A name may have another address by now. */
	if (cause.code == ERR_UNREACHABLE || cause.code == ERR_TIMEOUT)
		link->known = ipmi_address_parse(&link->address, link->host,
						 link->address.port);
	if (link->waiting &&
	    try_again(link, now, &session->machine, session->again))
		return true;
	session_free(session);
	if (link->waiting)
		answer_error(link, now, &cause);
	return true;
}

/* Which list a session is in says what can be done with it. */
static void sort_session(struct ipmi_link *link)
{
	struct ipmi_open_session *session = link->session;
	bool lingers;

	if (!session || !ipmi_session_was_open(&session->machine))
		return;
	lingers = link->ops->resting(link) &&
		  ipmi_session_idle(&session->machine);
	if (!session->entered || !lingers)
		list_remove(&session->link);
	session->entered = true;
	if (lingers && list_empty(&session->link))
		list_add_tail(&link->hub->lingering, &session->link);
}

void ipmi_link_leave(struct ipmi_link *link, mono_ms now)
{
	struct ipmi_open_session *session = link->session;
	bool waited = link->waiting;

	resolve_cancel(take_ptr(link->lookup));
	link->waiting = false;
	if (!session || !waited)
		return;
	if (ipmi_session_was_open(&session->machine))
		ipmi_session_forget(&session->machine, now);
	else
		ipmi_session_close(&session->machine, now);
	while (take_outputs(link, now))
		;
	if (ipmi_session_done(&session->machine))
		session_free(session);
}

bool ipmi_link_send(struct ipmi_link *link, const struct wbuf *payload)
{
	uint8_t bytes[IPMI_PACKET_MAX];
	struct wbuf out = wbuf_of(bytes, sizeof(bytes));

	if (!link->session ||
	    !ipmi_session_wrap(&link->session->machine, payload, &out))
		return false;
	ipmi_net_send(link->hub->net, link->session->number, &link->address,
		      bytes, out.len);
	return true;
}

/* ---- the pump ---- */

void ipmi_hub_rearm(struct ipmi_hub *hub)
{
	mono_ms next = heap_next(&hub->heap);

	if (next < hub->armed) {
		hub->armed = next;
		loop_timer_at(hub->timer, next);
	}
}

static mono_ms deadline_of(const struct ipmi_link *link)
{
	mono_ms at = MONO_NEVER;
	mono_ms other;

	if (link->session)
		at = ipmi_session_deadline(&link->session->machine);
	if (link->closed)
		return at;
	other = link->ops->deadline(link);
	return other < at ? other : at;
}

void ipmi_link_pump(struct ipmi_link *link)
{
	struct ipmi_hub *hub = link->hub;
	mono_ms now = clock_mono();

	while (take_command(link, now) || take_outputs(link, now) ||
	       end_session(link, now) ||
	       (!link->closed && link->ops->work && link->ops->work(link, now)))
		;
	if (link->closed && !link->session) {
		ipmi_link_release(link);
		link->ops->release(link);
		return;
	}
	sort_session(link);
	heap_set(&hub->heap, &link->timer, deadline_of(link));
	if (!hub->in_batch && hub->armed > now) {
		hub->armed = now; /* to send what has been put out */
		loop_timer_at(hub->timer, now);
	}
	ipmi_hub_rearm(hub);
	if (!link->closed)
		link->ops->settle(link, now);
}

static void on_timer(void *arg)
{
	struct ipmi_hub *hub = arg;
	mono_ms now = clock_mono();
	struct heap_item *item;

	hub->armed = MONO_NEVER;
	hub->in_batch = true;
	while ((item = heap_expired(&hub->heap, now))) {
		struct ipmi_link *link =
			container_of(item, struct ipmi_link, timer);

		if (link->session)
			ipmi_session_expire(&link->session->machine, now);
		if (!link->closed)
			link->ops->expire(link, now);
		ipmi_link_pump(link);
	}
	hub->in_batch = false;
	ipmi_net_flush(hub->net);
	ipmi_hub_rearm(hub);
}

/* ---- what comes ---- */

static void hear(struct ipmi_open_session *session,
		 const struct ipmi_packet *packet)
{
	struct ipmi_link *link = session->owner;
	mono_ms now = clock_mono();
	uint8_t bytes[IPMI_PACKET_MAX];
	struct wbuf payload = wbuf_of(bytes, sizeof(bytes));

	if (packet->type != IPMI_PAYLOAD_SOL)
		ipmi_session_input(&session->machine, now, packet);
	else if (link->ops->payload && !link->closed &&
		 ipmi_session_unwrap(&session->machine, packet, &payload))
		link->ops->payload(link, now, rbuf_of(bytes, payload.len));
	ipmi_link_pump(link);
}

/* By address, as long as the BMC has no id of ours to name. To pump while a
 * list is walked would change it: that is for the end of the batch. */
static void hear_login(struct ipmi_hub *hub, const struct ipmi_address *from,
		       const struct ipmi_packet *packet)
{
	list_for_each (at, logins_of(hub, from)) {
		struct ipmi_open_session *session =
			list_item(at, struct ipmi_open_session, link);

		if (!ipmi_address_eq(&session->owner->address, from))
			continue;
		ipmi_session_input(&session->machine, clock_mono(), packet);
		heap_set(&hub->heap, &session->owner->timer, 0);
	}
}

static void on_datagram(void *arg, const struct ipmi_address *from,
			const void *bytes, size_t len)
{
	struct ipmi_hub *hub = arg;
	struct ipmi_open_session *session;
	struct ipmi_packet packet;

	hub->in_batch = true;
	if (!ipmi_parse_packet(&packet, bytes, len))
		return;
	if (!packet.session) {
		hear_login(hub, from, &packet);
		return;
	}
	session = hub->slots[(packet.session & 0xffff) % IPMI_MAX_SESSIONS];
	if (session && session->machine.console == packet.session &&
	    ipmi_address_eq(&session->owner->address, from))
		hear(session, &packet);
}

static void on_unreachable(void *arg, const struct ipmi_address *to, int errnum)
{
	struct ipmi_hub *hub = arg;

	list_for_each (at, logins_of(hub, to)) {
		struct ipmi_open_session *session =
			list_item(at, struct ipmi_open_session, link);

		if (!ipmi_address_eq(&session->owner->address, to))
			continue;
		ipmi_session_refused(&session->machine, strerror(errnum));
		heap_set(&hub->heap, &session->owner->timer, 0);
	}
}

static void on_batch(void *arg)
{
	struct ipmi_hub *hub = arg;
	struct heap_item *item;

	hub->in_batch = true;
	while ((item = heap_expired(&hub->heap, 0)))
		ipmi_link_pump(container_of(item, struct ipmi_link, timer));
	hub->in_batch = false;
	ipmi_hub_rearm(hub);
}

static const struct ipmi_net_ops net_ops = {
	.datagram = on_datagram,
	.unreachable = on_unreachable,
	.batch = on_batch,
};

static void on_address(void *arg, const char *address, const struct err *err)
{
	struct ipmi_link *link = arg;
	mono_ms now = clock_mono();
	uint16_t port = link->address.port;
	struct ipmi_command ignored;
	struct err cause;
	mono_ms login_by;

	link->lookup = NULL;
	link->known =
		address && ipmi_address_parse(&link->address, address, port);
	link->address.port = port;
	if (!link->known &&
	    link->ops->command(link, now, &ignored, &login_by)) {
		err_set(&cause, ERR_UNREACHABLE, "%s",
			err ? err->message : "no address of IPv4 or IPv6");
		answer_error(link, now, &cause);
	}
	ipmi_link_pump(link);
}

/* ---- made and freed ---- */

struct ipmi_hub *ipmi_hub_new(struct loop *loop)
{
	struct ipmi_hub *hub = xcalloc(1, sizeof(*hub));

	hub->loop = loop;
	hub->crypto = ipmi_crypto_new();
	hub->net = ipmi_net_new(loop, &net_ops, hub);
	hub->resolver = resolver_new(loop);
	hub->pool.rng.fill = fill_from_pool;
	hub->pool.source = rng_system();
	hub->timer = loop_timer_new(loop, on_timer, hub);
	hub->armed = MONO_NEVER;
	list_init(&hub->lingering);
	list_init(&hub->closing);
	for (size_t i = 0; i < IPMI_N_LOGINS; i++)
		list_init(&hub->logins[i]);
	while (hub->n_free < IPMI_MAX_SESSIONS) {
		hub->free_slots[hub->n_free] =
			(uint16_t)(IPMI_MAX_SESSIONS - 1 - hub->n_free);
		hub->n_free++;
	}
	return hub;
}

void ipmi_hub_free(struct ipmi_hub *hub)
{
	struct ipmi_link *link;

	while ((link = list_first(&hub->closing, struct ipmi_link, closing))) {
		ipmi_link_release(link);
		link->ops->release(link);
	}
	heap_release(&hub->heap);
	loop_timer_free(hub->timer);
	resolver_free(hub->resolver);
	ipmi_net_free(hub->net);
	ipmi_crypto_free(hub->crypto);
	secret_wipe(&hub->pool, sizeof(hub->pool));
	free(hub);
}

static void copy_login(struct ipmi_link *link, const struct bmc_target *target)
{
	size_t user_len = strlen(target->user);
	size_t password_len = strlen(target->password);

	link->login.suite = (uint8_t)target->cipher;
	link->login.quirks = target->ipmi_quirks;
	if (user_len > IPMI_USER_MAX)
		link->wrong = IPMI_USER_MAX;
	else if (password_len > IPMI_SECRET_MAX)
		link->wrong = IPMI_SECRET_MAX;
	if (link->wrong)
		return;
	memcpy(link->login.user, target->user, user_len);
	link->login.user_len = (uint8_t)user_len;
	memcpy(link->login.password, target->password, password_len);
	link->login.has_group_key = target->ipmi_key_len > 0;
	memcpy(link->login.group_key, target->ipmi_key, target->ipmi_key_len);
}

void ipmi_link_init(struct ipmi_link *link, struct ipmi_hub *hub,
		    const struct ipmi_link_ops *ops,
		    const struct bmc_target *target)
{
	memset(link, 0, sizeof(*link));
	link->hub = hub;
	link->ops = ops;
	list_init(&link->closing);
	link->host = xstrdup(target->host);
	link->known =
		ipmi_address_parse(&link->address, target->host, target->port);
	copy_login(link, target);
}

const char *ipmi_link_hopeless(const struct ipmi_link *link)
{
	if (link->wrong == IPMI_USER_MAX)
		return "IPMI has user names of at most 16 characters";
	if (link->wrong)
		return "IPMI has passwords of at most 20 characters";
	if (link->login.suite && !ipmi_suite_find(link->login.suite))
		return "cipher suites 3 and 17 are known; others by ipmitool";
	return NULL;
}

void ipmi_link_release(struct ipmi_link *link)
{
	heap_set(&link->hub->heap, &link->timer, MONO_NEVER);
	if (link->session)
		session_free(link->session);
	resolve_cancel(take_ptr(link->lookup));
	list_remove(&link->closing);
	free(take_ptr(link->host));
	secret_wipe(&link->login, sizeof(link->login));
}

void ipmi_link_close(struct ipmi_link *link)
{
	mono_ms now = clock_mono();

	ipmi_link_leave(link, now);
	link->closed = true;
	list_remove(&link->closing);
	list_add_tail(&link->hub->closing, &link->closing);
	if (link->session)
		ipmi_session_close(&link->session->machine, now);
	ipmi_link_pump(link);
}
