/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/heap.h"
#include "base/list.h"
#include "base/resolve.h"
#include "base/secret.h"
#include "base/str.h"
#include "bmc/driver.h"
#include "bmc/ipmi_net.h"
#include "bmc/ipmi_op.h"
#include "bmc/ipmi_session.h"

#define LOG_MODULE "ipmi"
#include "base/log.h"

/*
 * Pumps ipmi_op over ipmi_session: IPMI 2.0 by ourselves.
 *
 * All BMCs share a few sockets and one timer. An answer is for the session
 * whose id it has, and must come from that BMC's address; what comes before a
 * session has an id is given to the logins with that address. An endpoint that
 * is idle holds neither a session nor an operation, only what it has learnt.
 */
#define MAX_RUNNING  512
#define MAX_SESSIONS 4096
#define LINGER_MS    8000  /* a BMC has few sessions, some only four */
#define LOGIN_MS     30000 /* at most, and less than the operation has */
#define MARGIN_MS    20
#define N_LOGINS     256
#define POOL_SIZE    1024

/* Random numbers are drawn from the kernel many at a time. */
struct pool {
	struct rng rng;
	struct rng source;
	uint8_t bytes[POOL_SIZE];
	size_t left;
};

struct driver {
	struct loop *loop;
	struct ipmi_net *net;
	struct ipmi_crypto *crypto;
	struct resolver *resolver;
	struct pool pool;
	struct heap heap;
	struct loop_timer *timer;
	mono_ms armed;
	bool in_batch;                /* what is sent leaves at its end */
	struct list logins[N_LOGINS]; /* sessions, by address */
	struct list lingering;        /* sessions, idle the longest first */
	struct list closing;          /* endpoints that are given up */
	struct session *slots[MAX_SESSIONS];
	uint16_t free_slots[MAX_SESSIONS];
	size_t n_free;
	unsigned n_opened;
};

/* While there is one. */
struct session {
	struct list link; /* in logins, in lingering, or in none */
	struct endpoint *ep;
	unsigned number; /* of the socket */
	uint16_t slot;
	bool entered; /* it is out of the logins */
	struct ipmi_session machine;
};

/* While one is under way. */
struct job {
	struct ipmi_op op;
	struct ipmi_command command;
	bool waiting; /* for the answer to it */
	bool again;   /* it got a second session already */
	struct resolve *lookup;
	bmc_driver_fn done;
	void *arg;
};

struct endpoint {
	struct heap_item timer;
	struct list link; /* in closing */
	struct driver *driver;
	struct session *session;
	struct job *job;
	char *host;
	bool known; /* the address is */
	struct ipmi_address address;
	struct ipmi_peer peer;
	struct ipmi_login login;
	struct ipmi_sensors *sensors; /* NULL: nobody has asked */
	uint8_t too_long; /* which of the credentials does not fit */
};

static void pump(struct endpoint *ep);

static void fill_from_pool(struct rng *rng, void *out, size_t n)
{
	struct pool *pool = container_of(rng, struct pool, rng);

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

static struct list *logins_of(struct driver *driver,
			      const struct ipmi_address *address)
{
	uint32_t hash = address->port;

	for (size_t i = 0; i < sizeof(address->ip); i++)
		hash = hash * 31 + address->ip[i];
	return &driver->logins[(hash ^ hash >> 15) % N_LOGINS];
}

static void session_free(struct session *session)
{
	struct driver *driver = session->ep->driver;

	list_remove(&session->link);
	driver->slots[session->slot] = NULL;
	driver->free_slots[driver->n_free++] = session->slot;
	session->ep->session = NULL;
	secret_wipe(session, sizeof(*session));
	free(session);
}

/* Where there are too many: the one that nobody has used for longest. */
static void make_room(struct driver *driver)
{
	struct session *oldest =
		list_first(&driver->lingering, struct session, link);

	if (!oldest || driver->n_free > MAX_SESSIONS / 8)
		return;
	ipmi_session_close(&oldest->machine, clock_mono());
	pump(oldest->ep);
}

static struct session *session_new(struct endpoint *ep, mono_ms now,
				   struct err *err)
{
	struct driver *driver = ep->driver;
	struct ipmi_session_config config = {
		.login = &ep->login,
		.peer = &ep->peer,
		.crypto = driver->crypto,
		.rng = &driver->pool.rng,
		.login_by = now + LOGIN_MS,
		.linger_ms = LINGER_MS,
	};
	struct session *session;

	if (ipmi_net_open(driver->net, &ep->address, err))
		return NULL;
	if (!driver->n_free) {
		err_set(err, ERR_BUSY, "%d sessions are open already",
			MAX_SESSIONS);
		return NULL;
	}
	session = xcalloc(1, sizeof(*session));
	session->ep = ep;
	session->slot = driver->free_slots[--driver->n_free];
	session->number = driver->n_opened++;
	driver->slots[session->slot] = session;
	list_init(&session->link);
	list_add_tail(logins_of(driver, &ep->address), &session->link);
	config.slot = session->slot;
	/* So that its own cause comes before "time is up". */
	if (config.login_by > ep->job->op.deadline - MARGIN_MS)
		config.login_by = ep->job->op.deadline - MARGIN_MS;
	ipmi_session_init(&session->machine, &config, now);
	return session;
}

/* ---- operations ---- */

static void job_free(struct job *job)
{
	resolve_cancel(job->lookup);
	ipmi_op_release(&job->op);
	secret_wipe(job, sizeof(*job));
	free(job);
}

/* The last thing that is done to an endpoint in a call: whoever is told may
 * do anything to it. */
static void finish(struct endpoint *ep)
{
	struct job *job = ep->job;
	struct bmc_result result = job->op.result;
	bmc_driver_fn done = job->done;
	void *arg = job->arg;

	job->op.result.report = NULL;
	ep->job = NULL;
	job_free(job);
	done(arg, &result);
}

static void answer(struct endpoint *ep, mono_ms now,
		   struct ipmi_response *response)
{
	struct job *job = ep->job;

	job->waiting = false;
	if (response->err.code)
		err_wrap(&response->err, "%s:%u", ep->host, ep->address.port);
	ipmi_op_input(&job->op, now, response);
}

static void answer_error(struct endpoint *ep, mono_ms now,
			 const struct err *err)
{
	struct ipmi_response response = { .err = *err };

	answer(ep, now, &response);
}

/* The next command, to a session that may have to be opened first. */
static bool take_command(struct endpoint *ep, mono_ms now)
{
	struct job *job = ep->job;
	struct err err;

	if (!job || job->waiting || job->lookup)
		return false;
	if (ep->session && ipmi_session_closing(&ep->session->machine))
		return false; /* then with a new one */
	if (!ipmi_op_output(&job->op, &job->command))
		return false;
	job->waiting = true;
	job->again = false;
	if (!ep->session) {
		make_room(ep->driver);
		ep->session = session_new(ep, now, &err);
		if (!ep->session) {
			answer_error(ep, now, &err);
			return true;
		}
	}
	ipmi_session_command(&ep->session->machine, now, &job->command);
	return true;
}

static bool take_outputs(struct endpoint *ep, mono_ms now)
{
	struct session *session = ep->session;
	struct ipmi_output out;
	bool any = false;

	while (session && ipmi_session_output(&session->machine, now, &out)) {
		any = true;
		if (out.kind == IPMI_OUT_PACKET)
			ipmi_net_send(ep->driver->net, session->number,
				      &ep->address, out.bytes, out.packet.len);
		else if (ep->job && ep->job->waiting)
			answer(ep, now, &out.response);
	}
	return any;
}

/* A session that the BMC has dropped meanwhile is opened anew, once. What
 * changes something is never in the way: see ipmi_session. */
static bool try_again(struct endpoint *ep, mono_ms now, bool was_open)
{
	struct job *job = ep->job;
	struct err err;

	if (!was_open || job->again || ipmi_op_done(&job->op))
		return false;
	job->again = true;
	ep->session = session_new(ep, now, &err);
	if (!ep->session)
		return false;
	log_debug("session lost, logging in anew bmc=%s", ep->host);
	ipmi_session_command(&ep->session->machine, now, &job->command);
	return true;
}

static bool end_session(struct endpoint *ep, mono_ms now)
{
	struct session *session = ep->session;
	const struct err *err;
	struct err cause;
	bool was_open;

	if (!session || !ipmi_session_done(&session->machine))
		return false;
	err = ipmi_session_error(&session->machine);
	was_open = ipmi_session_was_open(&session->machine);
	if (err)
		cause = *err;
	session_free(session);
	if (!err)
		return true;
	if (cause.code == ERR_UNREACHABLE || cause.code == ERR_TIMEOUT)
		ep->known = ipmi_address_parse(&ep->address, ep->host,
					       ep->address.port);
	if (ep->job && ep->job->waiting && !try_again(ep, now, was_open))
		answer_error(ep, now, &cause);
	return true;
}

/* Which list a session is in says what can be done with it. */
static void sort_session(struct endpoint *ep)
{
	struct session *session = ep->session;
	bool lingers;

	if (!session || !ipmi_session_was_open(&session->machine))
		return;
	lingers = !ep->job && ipmi_session_idle(&session->machine);
	if (!session->entered || !lingers)
		list_remove(&session->link);
	session->entered = true;
	if (lingers && list_empty(&session->link))
		list_add_tail(&ep->driver->lingering, &session->link);
}

static void endpoint_free(struct endpoint *ep)
{
	heap_set(&ep->driver->heap, &ep->timer, MONO_NEVER);
	if (ep->session)
		session_free(ep->session);
	if (ep->job)
		job_free(ep->job);
	list_remove(&ep->link);
	free(ep->host);
	ipmi_sensors_free(ep->sensors);
	secret_wipe(&ep->login, sizeof(ep->login));
	free(ep);
}

/* The operation needs the session no more. */
static void leave_session(struct endpoint *ep, mono_ms now)
{
	struct session *session = ep->session;

	if (!session)
		return;
	if (ipmi_session_was_open(&session->machine))
		ipmi_session_forget(&session->machine, now);
	else
		ipmi_session_close(&session->machine, now);
	while (take_outputs(ep, now))
		;
	if (ipmi_session_done(&session->machine))
		session_free(session);
}

static mono_ms deadline_of(const struct endpoint *ep)
{
	mono_ms at = MONO_NEVER;
	mono_ms other;

	if (ep->session)
		at = ipmi_session_deadline(&ep->session->machine);
	if (ep->job) {
		other = ipmi_op_deadline(&ep->job->op);
		at = other < at ? other : at;
	}
	return at;
}

static void rearm(struct driver *driver)
{
	mono_ms next = heap_next(&driver->heap);

	if (next < driver->armed) {
		driver->armed = next;
		loop_timer_at(driver->timer, next);
	}
}

/* After anything has happened to an endpoint. */
static void pump(struct endpoint *ep)
{
	struct driver *driver = ep->driver;
	mono_ms now = clock_mono();
	bool done;

	while (take_command(ep, now) || take_outputs(ep, now) ||
	       end_session(ep, now))
		;
	done = ep->job && ipmi_op_done(&ep->job->op);
	if (done && ep->job->waiting)
		leave_session(ep, now);
	if (ep->link.next != &ep->link && !ep->session) {
		endpoint_free(ep);
		return;
	}
	if (!driver->in_batch && driver->armed > now) {
		driver->armed = now;
		loop_timer_at(driver->timer, now);
	}
	if (done) {
		struct job *job = ep->job;

		ep->job = NULL;
		sort_session(ep);
		heap_set(&driver->heap, &ep->timer, deadline_of(ep));
		rearm(driver);
		ep->job = job;
		finish(ep);
		return;
	}
	sort_session(ep);
	heap_set(&driver->heap, &ep->timer, deadline_of(ep));
	rearm(driver);
}

/* ---- what happens ---- */

static void expire(struct endpoint *ep, mono_ms now)
{
	if (ep->session)
		ipmi_session_expire(&ep->session->machine, now);
	if (ep->job)
		ipmi_op_expire(&ep->job->op, now);
	pump(ep);
}

static void on_timer(void *arg)
{
	struct driver *driver = arg;
	mono_ms now = clock_mono();
	struct heap_item *item;

	driver->armed = MONO_NEVER;
	driver->in_batch = true;
	while ((item = heap_expired(&driver->heap, now)))
		expire(container_of(item, struct endpoint, timer), now);
	driver->in_batch = false;
	ipmi_net_flush(driver->net);
	rearm(driver);
}

static void hear(struct session *session, const struct ipmi_packet *packet)
{
	ipmi_session_input(&session->machine, clock_mono(), packet);
	pump(session->ep);
}

/* By address, as long as the BMC has no id of ours to name. */
static void hear_login(struct driver *driver, const struct ipmi_address *from,
		       const struct ipmi_packet *packet)
{
	list_for_each (link, logins_of(driver, from)) {
		struct session *session = list_item(link, struct session, link);

		if (ipmi_address_eq(&session->ep->address, from)) {
			ipmi_session_input(&session->machine, clock_mono(),
					   packet);
			heap_set(&driver->heap, &session->ep->timer, 0);
		}
	}
}

static void on_datagram(void *arg, const struct ipmi_address *from,
			const void *bytes, size_t len)
{
	struct driver *driver = arg;
	struct ipmi_packet packet;
	struct session *session;

	driver->in_batch = true;
	if (!ipmi_parse_packet(&packet, bytes, len))
		return;
	if (!packet.session) {
		hear_login(driver, from, &packet);
		return;
	}
	session = driver->slots[(packet.session & 0xffff) % MAX_SESSIONS];
	if (session && session->machine.console == packet.session &&
	    ipmi_address_eq(&session->ep->address, from))
		hear(session, &packet);
}

static void on_unreachable(void *arg, const struct ipmi_address *to, int errnum)
{
	struct driver *driver = arg;

	list_for_each (link, logins_of(driver, to)) {
		struct session *session = list_item(link, struct session, link);

		if (!ipmi_address_eq(&session->ep->address, to))
			continue;
		ipmi_session_refused(&session->machine, strerror(errnum));
		heap_set(&driver->heap, &session->ep->timer, 0);
	}
}

/* Those that heard something have been put to the front of the heap: to pump
 * them while lists are walked would change the lists. */
static void on_batch(void *arg)
{
	struct driver *driver = arg;
	struct heap_item *item;

	driver->in_batch = true;
	while ((item = heap_expired(&driver->heap, 0)))
		pump(container_of(item, struct endpoint, timer));
	driver->in_batch = false;
	rearm(driver);
}

static const struct ipmi_net_ops net_ops = {
	.datagram = on_datagram,
	.unreachable = on_unreachable,
	.batch = on_batch,
};

static void on_address(void *arg, const char *address, const struct err *err)
{
	struct endpoint *ep = arg;
	mono_ms now = clock_mono();
	uint16_t port = ep->address.port;
	struct ipmi_command ignored;

	ep->job->lookup = NULL;
	ep->known = address && ipmi_address_parse(&ep->address, address, port);
	ep->address.port = port;
	if (!ep->known && ipmi_op_output(&ep->job->op, &ignored)) {
		struct err cause;

		err_set(&cause, ERR_UNREACHABLE, "%s",
			err ? err->message : "no address of IPv4 or IPv6");
		answer_error(ep, now, &cause);
	}
	pump(ep);
}

/* ---- the driver ---- */

static void *driver_open(struct loop *loop)
{
	struct driver *driver = xcalloc(1, sizeof(*driver));

	driver->loop = loop;
	driver->crypto = ipmi_crypto_new();
	driver->net = ipmi_net_new(loop, &net_ops, driver);
	driver->resolver = resolver_new(loop);
	driver->pool.rng.fill = fill_from_pool;
	driver->pool.source = rng_system();
	driver->timer = loop_timer_new(loop, on_timer, driver);
	driver->armed = MONO_NEVER;
	list_init(&driver->lingering);
	list_init(&driver->closing);
	for (size_t i = 0; i < N_LOGINS; i++)
		list_init(&driver->logins[i]);
	while (driver->n_free < MAX_SESSIONS) {
		driver->free_slots[driver->n_free] =
			(uint16_t)(MAX_SESSIONS - 1 - driver->n_free);
		driver->n_free++;
	}
	return driver;
}

static void driver_free(void *state)
{
	struct driver *driver = state;
	struct endpoint *ep;

	while ((ep = list_first(&driver->closing, struct endpoint, link)))
		endpoint_free(ep);
	heap_release(&driver->heap);
	loop_timer_free(driver->timer);
	resolver_free(driver->resolver);
	ipmi_net_free(driver->net);
	ipmi_crypto_free(driver->crypto);
	secret_wipe(&driver->pool, sizeof(driver->pool));
	free(driver);
}

static bool driver_idle(const void *state)
{
	return list_empty(&((const struct driver *)state)->closing);
}

static void copy_login(struct endpoint *ep, const struct bmc_target *target)
{
	size_t user_len = strlen(target->user);
	size_t password_len = strlen(target->password);

	ep->login.suite = (uint8_t)target->cipher;
	ep->login.quirks = target->ipmi_quirks;
	if (user_len > IPMI_USER_MAX)
		ep->too_long = IPMI_USER_MAX;
	else if (password_len > IPMI_SECRET_MAX)
		ep->too_long = IPMI_SECRET_MAX;
	if (ep->too_long)
		return;
	memcpy(ep->login.user, target->user, user_len);
	ep->login.user_len = (uint8_t)user_len;
	memcpy(ep->login.password, target->password, password_len);
	ep->login.has_group_key = target->ipmi_key_len > 0;
	memcpy(ep->login.group_key, target->ipmi_key, target->ipmi_key_len);
}

static void *endpoint_new(void *state, const struct bmc_target *target)
{
	struct endpoint *ep = xcalloc(1, sizeof(*ep));

	ep->driver = state;
	list_init(&ep->link);
	ep->host = xstrdup(target->host);
	ep->known =
		ipmi_address_parse(&ep->address, target->host, target->port);
	copy_login(ep, target);
	return ep;
}

/* NULL: there is nothing against it. */
static const char *reason_not_to(const struct endpoint *ep)
{
	if (ep->too_long == IPMI_USER_MAX)
		return "IPMI has user names of at most 16 characters";
	if (ep->too_long)
		return "IPMI has passwords of at most 20 characters";
	if (ep->login.suite && !ipmi_suite_find(ep->login.suite))
		return "cipher suites 3 and 17 are known; others by ipmitool";
	return NULL;
}

static void start(void *endpoint, const struct bmc_request *request,
		  bmc_driver_fn done, void *arg)
{
	struct endpoint *ep = endpoint;
	const char *reason = reason_not_to(ep);
	struct job *job;

	if (reason) {
		struct bmc_result result = { .sent = false };

		err_set(&result.err, ERR_INVALID, "%s:%u: %s", ep->host,
			ep->address.port, reason);
		done(arg, &result);
		return;
	}
	job = xcalloc(1, sizeof(*job));
	job->done = done;
	job->arg = arg;
	ipmi_op_init(&job->op, request, clock_mono());
	job->op.cache = &ep->sensors;
	ep->job = job;
	if (!ep->known)
		job->lookup = resolver_find(ep->driver->resolver, ep->host,
					    on_address, ep);
	pump(ep);
}

static void cancel(void *endpoint)
{
	struct endpoint *ep = endpoint;
	bool waiting = ep->job->waiting;

	job_free(ep->job);
	ep->job = NULL;
	if (waiting)
		leave_session(ep, clock_mono());
	pump(ep);
}

static void endpoint_close(void *endpoint)
{
	struct endpoint *ep = endpoint;

	if (!ep->session) {
		endpoint_free(ep);
		return;
	}
	list_add_tail(&ep->driver->closing, &ep->link);
	ipmi_session_close(&ep->session->machine, clock_mono());
	pump(ep);
}

const struct bmc_driver ipmi_driver = {
	.name = "ipmi",
	.max_running = MAX_RUNNING,
	.more_ops = UINT32_MAX,
	.open = driver_open,
	.free = driver_free,
	.idle = driver_idle,
	.endpoint_new = endpoint_new,
	.start = start,
	.cancel = cancel,
	.endpoint_close = endpoint_close,
};
