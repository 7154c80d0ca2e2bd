/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/worker_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bucket.h"
#include "base/heap.h"
#include "base/map.h"
#include "base/net.h"
#include "base/seldom_plan.h"
#include "base/str.h"
#include "base/throttle_plan.h"
#include "store/audit.h"
#include "store/event.h"
#include "store/machine.h"
#include "store/run.h"
#include "workflow/dispatch.h"
#include "workflow/enrol.h"
#include "workflow/plan.h"
#include "workflow/task_wire.h"
#include "workflow/worker_record.h"

#define LOG_MODULE "worker"
#include "base/log.h"

#define MAX_WAIT_S 60
#define POLL_S     20

/* Of machines that nobody knows: each is looked for in all the inventory. */
#define STRANGERS_PER_S 10
#define STRANGERS_MOST  100

/* How exactly it is known when a worker was heard of last. */
#define ALIVE_MS (60 * 1000)

/* How often it is told that a machine's worker was refused. */
#define REFUSED_MS (60 * 1000)

/*
 * A session is "BOOT" of the hello: the machine is known by its token, so
 * the session only has to tell one boot from another and survives our own
 * restart, being in the machine's row.
 */
struct poll {
	struct heap_item timer;
	struct worker_http *http;
	struct http_request *req;
	int64_t machine;
};

struct worker_http {
	struct loop *loop;
	struct store *store;
	struct dispatch *dispatch;
	struct map *polls; /* by machine: a worker has one at a time */
	struct heap deadlines;
	struct loop_timer *timer;
	struct throttle *throttle; /* failed logins, by address */
	struct seldom refused;     /* what was told of them, by machine */
	bool enrol;
	const struct discover_ops *discover; /* NULL: it is off */
	struct bucket strangers;             /* that are listened to */
	struct worker_stats stats;
};

static void on_timer(void *arg)
{
	worker_http_published(arg);
}

struct worker_http *worker_http_new(struct loop *loop, struct store *store,
				    const struct engine_ops *ops, void *arg)
{
	struct worker_http *http = xcalloc(1, sizeof(*http));

	http->loop = loop;
	http->store = store;
	http->dispatch = dispatch_new(store, ops, arg);
	http->enrol = ops->enrol;
	http->polls = map_new();
	http->throttle = throttle_new();
	http->timer = loop_timer_new(loop, on_timer, http);
	return http;
}

void worker_http_discover(struct worker_http *http,
			  const struct discover_ops *ops)
{
	http->discover = ops;
	bucket_init(&http->strangers, STRANGERS_PER_S, STRANGERS_MOST,
		    clock_mono());
}

const struct worker_stats *worker_http_stats(const struct worker_http *http)
{
	return &http->stats;
}

size_t worker_http_waiting(const struct worker_http *http)
{
	return map_count(http->polls);
}

static void poll_free(struct poll *poll)
{
	struct worker_http *http = poll->http;

	map_remove(http->polls, &poll->machine, sizeof(poll->machine));
	heap_set(&http->deadlines, &poll->timer, MONO_NEVER);
	free(poll);
}

void worker_http_free(struct worker_http *http)
{
	size_t at = 0;
	void *poll;

	if (!http)
		return;
	while (map_next(http->polls, &at, &poll))
		free(poll);
	map_free(http->polls);
	heap_release(&http->deadlines);
	dispatch_free(http->dispatch);
	loop_timer_free(http->timer);
	throttle_free(http->throttle);
	free(http);
}

static void reply_error(struct http_request *req, const struct err *err)
{
	AUTO_FREE char *text = xasprintf("%s\n", err->message);
	int status = 500;

	if (err->code == ERR_INVALID)
		status = 400;
	else if (err->code == ERR_TOO_BIG)
		status = 413;
	else if (err->code == ERR_AUTH)
		status = 401;
	else if (err->code == ERR_DENIED)
		status = 403;
	else if (err->code == ERR_NOT_FOUND)
		status = 404;
	else if (err->code == ERR_CONFLICT || err->code == ERR_EXISTS)
		status = 409;
	else if (err->code == ERR_BUSY)
		status = 503;
	http_reply_text(req, status, text);
}

static const char *token_of(const struct http_request *req)
{
	const char *header = http_header(req, "Authorization");

	return header && str_starts(header, "Bearer ") ? header + 7 : "";
}

/* The machine whose token came with the request. */
static int64_t authenticate(struct worker_http *http,
			    const struct http_request *req, struct err *err)
{
	const char *token = token_of(req);
	int64_t machine = *token ? machine_by_worker(http->store, token) : 0;

	if (!machine)
		err_set(err, ERR_AUTH,
			"this worker token is not, or no "
			"longer, good");
	return machine;
}

static bool session_good(struct worker_http *http,
			 const struct http_request *req, int64_t machine,
			 struct machine *row)
{
	const char *session = http_header(req, TASK_SESSION_HEADER);
	struct err err;

	if (!session || machine_get(http->store, machine, row, &err) ||
	    !*session || !str_eq(session, row->worker_boot))
		return false;
	if (store_now(http->store) - row->heard_at >= ALIVE_MS &&
	    machine_worker_alive(http->store, machine, &err))
		log_error("%s", err.message);
	return true;
}

/* What a hello brings with it, in rows: all of it or nothing. */
static int take_hello(struct worker_http *http, int64_t machine,
		      const struct task_hello *hello, bool discovered,
		      struct err *err)
{
	int status;

	store_mark(http->store);
	status = worker_hello(http->store, machine, hello, err);
	if (!status && http->enrol)
		status = enrol(http->store, machine, hello, discovered, err);
	if (status)
		store_back_to_mark(http->store);
	else
		store_keep(http->store);
	return status;
}

static void welcome(struct worker_http *http, struct http_request *req,
		    const struct task_hello *hello)
{
	CLEANUP(buf_release) struct buf body = BUF_INIT(1024);
	struct task_welcome welcome = { .poll_s = POLL_S };

	str_copy(welcome.session, sizeof(welcome.session), hello->boot_id);
	str_copy(welcome.log_level, sizeof(welcome.log_level), "info");
	http->stats.sessions++;
	task_welcome_encode(&welcome, &body);
	http_reply(req, 200, "application/json", body.base, body.len);
}

static void handle_hello(struct worker_http *http, struct http_request *req,
			 int64_t machine)
{
	CLEANUP(task_hello_release) struct task_hello hello = { 0 };
	struct err err;
	size_t len;
	const char *text = http_body(req, &len);

	if (task_hello_decode(text, len, &hello, &err)) {
		reply_error(req, &err);
		return;
	}
	if (take_hello(http, machine, &hello, false, &err)) {
		log_error("hello: %s", err.message);
		reply_error(req, &err);
		return;
	}
	welcome(http, req, &hello);
}

/* Its machine is made, and goes on as any other. */
static void greet_stranger(struct worker_http *http, struct http_request *req,
			   const struct discover_stranger *stranger)
{
	CLEANUP(task_hello_release) struct task_hello hello = { 0 };
	int64_t machine;
	struct err err;
	size_t len;
	const char *text = http_body(req, &len);

	if (task_hello_decode(text, len, &hello, &err)) {
		reply_error(req, &err);
		return;
	}
	if (discover(http->store, http->discover, stranger, &hello, &machine,
		     &err)) {
		http->stats.not_discovered++;
		/* It comes again and again; people are told by an event. */
		log_debug("peer=%s not discovered: %s", stranger->source,
			  err.message);
		reply_error(req, &err);
		return;
	}
	http->stats.discovered++;
	/* That it is known stays, whatever becomes of the rest. */
	if (take_hello(http, machine, &hello, true, &err)) {
		log_error("hello: %s", err.message);
		reply_error(req, &err);
		return;
	}
	welcome(http, req, &hello);
}

/* It cannot be handed out: that is how it ended. */
static void fail_dispatch(struct worker_http *http, struct action *action,
			  const struct err *cause)
{
	struct err err;

	str_copy(action->state, sizeof(action->state), "FAILED");
	snprintf(action->message, sizeof(action->message), "%s",
		 cause->message);
	action->started_at = action->ended_at = store_now(http->store);
	if (action_update(http->store, action, &err) ||
	    event_note(http->store, action->machine, action->run, "engine",
		       "action-ended", &err, "action \"%s\": %s", action->name,
		       action->message))
		log_error("action \"%s\": %s", action->name, err.message);
	/* The loop's next turn is to look at it. */
	loop_timer_at(http->timer, clock_mono());
}

/* The task that the machine should do now, encoded; false: none. */
static bool current_task(struct worker_http *http, int64_t machine,
			 struct buf *body)
{
	struct action *actions;
	struct action *action = NULL;
	struct action_key key;
	struct task task;
	struct err err;
	size_t n;

	if (!action_for_machine(http->store, machine, &key))
		return false;
	n = action_list(http->store, key.run, &actions);
	for (size_t i = 0; i < n && !action; i++)
		if (actions[i].position == key.position)
			action = &actions[i];
	if (action && dispatch_task(http->dispatch, action, &task, &err)) {
		fail_dispatch(http, action, &err);
	} else if (action) {
		task_encode(&task, body);
		task_release(&task);
	}
	action_list_free(actions, n);
	return body->len > 0;
}

static void on_poller_gone(void *arg)
{
	poll_free(arg);
}

static void answer_poll(struct poll *poll, int status, const struct buf *body)
{
	struct http_request *req = poll->req;

	http_on_gone(req, NULL, NULL);
	poll_free(poll);
	http_reply(req, status, "application/json", body ? body->base : "",
		   body ? body->len : 0);
}

static void arm(struct worker_http *http)
{
	loop_timer_at(http->timer, heap_next(&http->deadlines));
}

static void handle_next(struct worker_http *http, struct http_request *req,
			int64_t machine)
{
	CLEANUP(buf_release) struct buf body = BUF_INIT(TASK_BODY_MAX);
	const char *wait = http_query(req, "wait");
	struct poll *poll = map_get(http->polls, &machine, sizeof(machine));
	uint32_t wait_s = 0;

	if (wait && !str_parse_u32(wait, MAX_WAIT_S, &wait_s))
		wait_s = MAX_WAIT_S;
	if (poll) /* of a connection that it has given up */
		answer_poll(poll, 204, NULL);
	if (current_task(http, machine, &body)) {
		http_reply(req, 200, "application/json", body.base, body.len);
		return;
	}
	poll = xcalloc(1, sizeof(*poll));
	poll->http = http;
	poll->req = req;
	poll->machine = machine;
	map_put(http->polls, &machine, sizeof(machine), poll);
	heap_set(&http->deadlines, &poll->timer,
		 clock_mono() + (mono_ms)wait_s * 1000);
	http_on_gone(req, on_poller_gone, poll);
	arm(http);
}

/* Only those that were given something are looked at. */
void worker_http_published(struct worker_http *http)
{
	AUTO_FREE int64_t *machines = NULL;
	size_t n = store_take_work(http->store, &machines);
	mono_ms now = clock_mono();
	struct heap_item *item;

	arm(http);
	for (size_t i = 0; i < n; i++) {
		CLEANUP(buf_release) struct buf body = BUF_INIT(TASK_BODY_MAX);
		struct poll *poll =
			map_get(http->polls, &machines[i], sizeof(machines[i]));

		if (poll && current_task(http, machines[i], &body))
			answer_poll(poll, 200, &body);
	}
	while ((item = heap_expired(&http->deadlines, now)))
		answer_poll(container_of(item, struct poll, timer), 204, NULL);
}

/* The action that runs: said, or, by a worker that is older, to be guessed
 * by what it tells of. NULL: none. */
static const struct task_key *running_of(const struct task_events *events)
{
	const struct task_key *key = NULL;

	if (events->busy.has_running)
		return &events->busy.running;
	if (events->busy.n_beside)
		return NULL; /* it is none of the older */
	for (size_t i = 0; i < events->n; i++) {
		const struct task_event *event = &events->items[i];

		if (event->type == TASK_EVENT_STATE &&
		    event->state != TASK_RUNNING)
			key = NULL;
		else if (event->key.run && event->type != TASK_EVENT_GAP)
			key = &event->key;
	}
	return key;
}

static void handle_events(struct worker_http *http, struct http_request *req,
			  const struct machine *machine)
{
	CLEANUP(buf_release) struct buf body = BUF_INIT(TASK_BODY_MAX);
	CLEANUP(task_ack_release) struct task_ack ack = { 0 };
	CLEANUP(task_events_release) struct task_events events = { 0 };
	const struct task_key *running;
	struct err err;
	int64_t seq;
	size_t len;
	const char *text = http_body(req, &len);

	if (task_events_decode(text, len, &events, &err)) {
		reply_error(req, &err);
		return;
	}
	store_mark(http->store);
	if (worker_record(http->store, http->dispatch, machine, &events, &seq,
			  &err)) {
		store_back_to_mark(http->store);
		log_error("events: %s", err.message);
		reply_error(req, &err);
		return;
	}
	store_keep(http->store);
	http->stats.reports++;
	ack.acked = (uint64_t)seq;
	running = running_of(&events);
	if (running && !worker_wanted(http->store, machine->id, running))
		task_list_add(&ack.cancel, running->action_id);
	for (size_t i = 0; i < events.busy.n_beside; i++) {
		const struct task_key *key = &events.busy.beside[i];
		char name[TASK_KEY_TEXT];

		if (worker_wanted(http->store, machine->id, key))
			continue;
		task_key_text(key, name);
		task_list_add(&ack.cancel, name);
	}
	task_ack_encode(&ack, &body);
	http_reply(req, 200, "application/json", body.base, body.len);
}

/* True: it failed too often to be looked at now. */
static bool is_throttled(struct worker_http *http, struct http_request *req)
{
	int64_t wait_ms =
		throttle_wait(http->throttle, http_peer(req), clock_mono());
	char text[24];

	if (!wait_ms)
		return false;
	snprintf(text, sizeof(text), "%lld", (long long)wait_ms / 1000 + 1);
	http_set_header(req, "Retry-After", text);
	http_reply_text(req, 429, "too many failed logins\n");
	return true;
}

/* A machine has this address: it may be its worker, of an earlier boot. */
static void note_refused(struct worker_http *http, const char *peer)
{
	ipv4 address;
	int64_t machine = 0;
	struct err err;

	if (net_parse_ipv4(peer, &address))
		machine = machine_by_ip(http->store, address, NULL);
	if (machine &&
	    seldom(&http->refused, (uint64_t)machine, clock_mono(),
		   REFUSED_MS) &&
	    event_note(http->store, machine, 0, "worker", "refused", &err,
		       "a worker at %s is refused: its token is not, or no "
		       "longer, good",
		       peer))
		log_error("refused: %s", err.message);
}

/* Somebody who is no machine: that is for the audit. */
static void refuse(struct worker_http *http, struct http_request *req,
		   const struct err *why)
{
	struct audit_record record = { .user = "anonymous",
				       .decision = AUDIT_DENY,
				       .status = 401 };
	struct err err;

	str_copy(record.source, sizeof(record.source), http_peer(req));
	str_copy(record.verb, sizeof(record.verb),
		 str_eq(http_method(req), "GET") ? "get" : "post");
	snprintf(record.name, sizeof(record.name), "%.253s", http_path(req));
	throttle_failed(http->throttle, http_peer(req), clock_mono());
	http->stats.refused++;
	note_refused(http, http_peer(req));
	if (audit_add(http->store, &record, &err))
		log_error("refused: %s", err.message);
	reply_error(req, why);
}

/* The token of a machine that nobody knows is good for a hello alone. True:
 * answered. */
static bool handle_stranger(struct worker_http *http, struct http_request *req)
{
	const struct discover_ops *ops = http->discover;
	struct discover_stranger stranger = { 0 };

	if (!ops || !str_eq(http_path(req), TASK_PATH_HELLO) ||
	    !ops->stranger(ops->arg, token_of(req), &stranger))
		return false;
	if (!bucket_take(&http->strangers, clock_mono())) {
		http_set_header(req, "Retry-After", "5");
		http_reply_text(req, 429, "too many machines at once\n");
		return true;
	}
	str_copy(stranger.token, sizeof(stranger.token), token_of(req));
	str_copy(stranger.source, sizeof(stranger.source), http_peer(req));
	greet_stranger(http, req, &stranger);
	return true;
}

bool worker_http_handle(struct worker_http *http, struct http_request *req)
{
	const char *path = http_path(req);
	struct machine row;
	int64_t machine;
	struct err err;

	if (!str_starts(path, "/worker/"))
		return false;
	if (is_throttled(http, req))
		return true;
	machine = authenticate(http, req, &err);
	if (!machine && handle_stranger(http, req))
		return true;
	if (!machine) {
		refuse(http, req, &err);
		return true;
	}
	if (str_eq(path, TASK_PATH_HELLO)) {
		handle_hello(http, req, machine);
	} else if (!session_good(http, req, machine, &row)) {
		http_reply_text(req, 401, "no such session: say hello\n");
	} else if (str_eq(path, TASK_PATH_NEXT)) {
		handle_next(http, req, machine);
	} else if (str_eq(path, TASK_PATH_EVENTS)) {
		handle_events(http, req, &row);
	} else {
		http_reply_text(req, 404, "no such call\n");
	}
	return true;
}
