/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/worker_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "base/str.h"
#include "base/throttle_plan.h"
#include "store/audit.h"
#include "store/event.h"
#include "store/machine.h"
#include "store/run.h"
#include "workflow/plan.h"
#include "workflow/task_wire.h"

#define LOG_MODULE "worker"
#include "base/log.h"

#define MAX_WAIT_S 60
#define POLL_S     20

/*
 * A session is "BOOT" of the hello: the machine is known by its token, so
 * the session only has to tell one boot from another and survives our own
 * restart, being in the machine's row.
 */
struct poll {
	struct list link;
	struct worker_http *http;
	struct http_request *req;
	int64_t machine;
	mono_ms until;
};

struct worker_http {
	struct loop *loop;
	struct store *store;
	struct list polls;
	struct loop_timer *timer;
	struct throttle *throttle; /* failed logins, by address */
	struct worker_stats stats;
};

static void on_timer(void *arg)
{
	worker_http_published(arg);
}

struct worker_http *worker_http_new(struct loop *loop, struct store *store)
{
	struct worker_http *http = xcalloc(1, sizeof(*http));

	http->loop = loop;
	http->store = store;
	list_init(&http->polls);
	http->throttle = throttle_new();
	http->timer = loop_timer_new(loop, on_timer, http);
	return http;
}

const struct worker_stats *worker_http_stats(const struct worker_http *http)
{
	return &http->stats;
}

size_t worker_http_waiting(const struct worker_http *http)
{
	size_t n = 0;

	list_for_each (at, &http->polls)
		n++;
	return n;
}

static void poll_free(struct poll *poll)
{
	list_remove(&poll->link);
	free(poll);
}

void worker_http_free(struct worker_http *http)
{
	if (!http)
		return;
	list_for_each (at, &http->polls)
		poll_free(list_item(at, struct poll, link));
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
	else if (err->code == ERR_NOT_FOUND)
		status = 404;
	http_reply_text(req, status, text);
}

/* The machine whose token came with the request. */
static int64_t authenticate(struct worker_http *http,
			    const struct http_request *req, struct err *err)
{
	const char *header = http_header(req, "Authorization");
	int64_t machine = 0;

	if (header && str_starts(header, "Bearer "))
		machine = machine_by_worker(http->store, header + 7);
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

	if (!session || machine_get(http->store, machine, row, &err))
		return false;
	return *session && str_eq(session, row->worker_boot);
}

/* An action that another boot began: what becomes of it. */
static int interrupted(struct worker_http *http, struct action *action,
		       int64_t machine, struct err *err)
{
	action->attempt++;
	str_copy(action->state, sizeof(action->state), "PENDING");
	action->boot_id[0] = '\0';
	action->started_at = 0;
	action->phase[0] = '\0';
	action->bytes_done = 0;
	action->bytes_total = 0;
	if (action_update(http->store, action, err) ||
	    action_progress(http->store, action, err))
		return -1;
	return event_note(http->store, machine, action->run, "worker",
			  "interrupted", err,
			  "the machine restarted during action \"%s\": attempt "
			  "%d",
			  action->name, action->attempt);
}

static int begin_session(struct worker_http *http, int64_t machine,
			 const struct task_hello *hello, struct err *err)
{
	int64_t run = run_of_machine(http->store, machine);
	struct action *actions = NULL;
	size_t n = run ? action_list(http->store, run, &actions) : 0;
	int status = 0;

	for (size_t i = 0; i < n && status == 0; i++)
		if (str_eq(actions[i].state, "RUNNING") &&
		    !str_eq(actions[i].boot_id, hello->boot_id))
			status = interrupted(http, &actions[i], machine, err);
	action_list_free(actions, n);
	if (status)
		return -1;
	if (machine_worker_seen(http->store, machine, hello->boot_id, err))
		return -1;
	return event_note(http->store, machine, run, "worker", "hello", err,
			  "worker %s says hello %lld.%01llds after its kernel "
			  "started",
			  hello->hook_version,
			  (long long)hello->uptime_ms / 1000,
			  (long long)hello->uptime_ms % 1000 / 100);
}

static void handle_hello(struct worker_http *http, struct http_request *req,
			 int64_t machine)
{
	CLEANUP(buf_release) struct buf body = BUF_INIT(1024);
	struct task_welcome welcome = { .poll_s = POLL_S };
	struct task_hello hello;
	struct err err;
	size_t len;
	const char *text = http_body(req, &len);
	int status;

	if (task_hello_decode(text, len, &hello, &err)) {
		reply_error(req, &err);
		return;
	}
	store_mark(http->store);
	status = begin_session(http, machine, &hello, &err);
	if (status)
		store_back_to_mark(http->store);
	else
		store_keep(http->store);
	str_copy(welcome.session, sizeof(welcome.session), hello.boot_id);
	str_copy(welcome.log_level, sizeof(welcome.log_level), "info");
	task_hello_release(&hello);
	if (status) {
		log_error("hello: %s", err.message);
		reply_error(req, &err);
		return;
	}
	http->stats.sessions++;
	task_welcome_encode(&welcome, &body);
	http_reply(req, 200, "application/json", body.base, body.len);
}

static void add_env(struct task *task, const json_t *env)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)env, key, value) {
		AUTO_FREE char *pair =
			xasprintf("%s=%s", key, json_string_value(value));

		task_list_add(&task->env, pair);
	}
}

static void add_texts(struct task_list *list, const json_t *texts)
{
	size_t i;
	json_t *text;

	json_array_foreach ((json_t *)(uintptr_t)texts, i, text)
		if (json_is_string(text))
			task_list_add(list, json_string_value(text));
}

static void copy_or_empty(char *out, size_t size, const char *text)
{
	if (!text || !str_copy(out, size, text))
		out[0] = '\0';
}

static void task_of(const struct action *action, struct task *task)
{
	const json_t *document = action->document;

	memset(task, 0, sizeof(*task));
	task->key.run = action->run;
	task->key.attempt = (uint32_t)action->attempt;
	copy_or_empty(task->key.action_id, sizeof(task->key.action_id),
		      action->action_id);
	task->index = (uint32_t)action->position;
	copy_or_empty(task->name, sizeof(task->name), action->name);
	copy_or_empty(task->image, sizeof(task->image), action->image);
	task->timeout_s = action->timeout_s;
	copy_or_empty(task->pid, sizeof(task->pid),
		      json_str_at(document, "pid"));
	copy_or_empty(task->network, sizeof(task->network),
		      json_str_at(document, "network"));
	add_env(task, json_object_get(document, "env"));
	add_texts(&task->args, json_object_get(document, "args"));
	add_texts(&task->volumes, json_object_get(document, "volumes"));
}

/* The task that the machine should do now, encoded; false: none. */
static bool current_task(struct worker_http *http, int64_t machine,
			 struct buf *body)
{
	int64_t id = run_of_machine(http->store, machine);
	struct action *actions = NULL;
	const struct action *action;
	struct run run;
	struct err err;
	size_t n;

	if (!id || run_get(http->store, id, &run, &err) ||
	    phase_parse(run.phase) != PHASE_WORKING)
		return false;
	n = action_list(http->store, id, &actions);
	action = plan_current(actions, n);
	if (action && (str_eq(action->state, "PENDING") ||
		       str_eq(action->state, "RUNNING"))) {
		struct task task;

		task_of(action, &task);
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

static void handle_next(struct worker_http *http, struct http_request *req,
			int64_t machine)
{
	CLEANUP(buf_release) struct buf body = BUF_INIT(TASK_BODY_MAX);
	const char *wait = http_query(req, "wait");
	uint32_t wait_s = 0;
	struct poll *poll;

	if (wait && !str_parse_u32(wait, MAX_WAIT_S, &wait_s))
		wait_s = MAX_WAIT_S;
	if (current_task(http, machine, &body)) {
		http_reply(req, 200, "application/json", body.base, body.len);
		return;
	}
	poll = xcalloc(1, sizeof(*poll));
	poll->http = http;
	poll->req = req;
	poll->machine = machine;
	poll->until = clock_mono() + wait_s * 1000;
	list_add_tail(&http->polls, &poll->link);
	http_on_gone(req, on_poller_gone, poll);
	worker_http_published(http);
}

void worker_http_published(struct worker_http *http)
{
	mono_ms now = clock_mono();
	mono_ms next = MONO_NEVER;

	list_for_each (at, &http->polls) {
		CLEANUP(buf_release) struct buf body = BUF_INIT(TASK_BODY_MAX);
		struct poll *poll = list_item(at, struct poll, link);
		struct http_request *req = poll->req;

		if (current_task(http, poll->machine, &body)) {
			http_on_gone(req, NULL, NULL);
			poll_free(poll);
			http_reply(req, 200, "application/json", body.base,
				   body.len);
		} else if (now >= poll->until) {
			http_on_gone(req, NULL, NULL);
			poll_free(poll);
			http_reply(req, 204, "application/json", "", 0);
		} else if (poll->until < next) {
			next = poll->until;
		}
	}
	loop_timer_at(http->timer, next);
}

/* The action that an event names, if it is the attempt that we know. */
static struct action *named(struct action *actions, size_t n,
			    const struct task_key *key)
{
	for (size_t i = 0; i < n; i++)
		if (actions[i].run == key->run &&
		    str_eq(actions[i].action_id, key->action_id) &&
		    (uint32_t)actions[i].attempt == key->attempt)
			return &actions[i];
	return NULL;
}

static const char *final_state(enum task_state state)
{
	switch (state) {
	case TASK_SUCCESS:
		return "SUCCESS";
	case TASK_TIMEOUT:
		return "TIMEOUT";
	case TASK_FAILED:
	case TASK_RUNNING:
		break;
	}
	return "FAILED";
}

static int record_running(struct worker_http *http, struct action *action,
			  int64_t machine, const char *boot_id, struct err *err)
{
	if (!str_eq(action->state, "PENDING"))
		return 0;
	str_copy(action->state, sizeof(action->state), "RUNNING");
	str_copy(action->boot_id, sizeof(action->boot_id), boot_id);
	action->started_at = store_now(http->store);
	action->message[0] = '\0';
	if (action_update(http->store, action, err))
		return -1;
	return event_note(http->store, machine, action->run, "worker",
			  "action-running", err,
			  "action \"%s\" began, attempt "
			  "%d",
			  action->name, action->attempt);
}

static int record_end(struct worker_http *http, struct action *action,
		      int64_t machine, const struct task_event *event,
		      struct err *err)
{
	if (!str_eq(action->state, "PENDING") &&
	    !str_eq(action->state, "RUNNING"))
		return 0; /* heard before */
	str_copy(action->state, sizeof(action->state),
		 final_state(event->state));
	action->ended_at = store_now(http->store);
	if (!action->started_at)
		action->started_at = action->ended_at;
	snprintf(action->message, sizeof(action->message), "%s",
		 event->message ? event->message : "");
	copy_or_empty(action->result, sizeof(action->result), event->result);
	if (event->terminal) {
		str_copy(action->phase, sizeof(action->phase), "terminal");
		if (action_progress(http->store, action, err))
			return -1;
	}
	if (action_update(http->store, action, err))
		return -1;
	return event_note(http->store, machine, action->run, "worker",
			  "action-ended", err, "action \"%s\": %s%s%s",
			  action->name, task_state_name(event->state),
			  *action->message ? ": " : "", action->message);
}

static int record_progress(struct worker_http *http, struct action *action,
			   const struct task_event *event, struct err *err)
{
	/* Of one that has ended, it would hide how it did. */
	if (!str_eq(action->state, "RUNNING"))
		return 0;
	copy_or_empty(action->phase, sizeof(action->phase), event->phase);
	action->bytes_done = (int64_t)event->bytes_done;
	action->bytes_total = (int64_t)event->bytes_total;
	return action_progress(http->store, action, err);
}

static int record_line(struct worker_http *http, int64_t machine,
		       const struct task_event *event, struct err *err)
{
	if (event->type == TASK_EVENT_GAP)
		return event_note(http->store, machine, event->key.run,
				  "worker", "log", err,
				  "(%" PRIu64 " events of the worker lost)",
				  event->lost);
	return event_note(http->store, machine, event->key.run, "worker", "log",
			  err, "%s", event->line);
}

static int record_action(struct worker_http *http, int64_t machine,
			 const char *boot_id, const struct task_event *event,
			 struct err *err)
{
	struct action *actions = NULL;
	size_t n = action_list(http->store, event->key.run, &actions);
	struct action *action = named(actions, n, &event->key);
	int status = 0;

	if (action && event->type == TASK_EVENT_PROGRESS)
		status = record_progress(http, action, event, err);
	else if (action && event->state == TASK_RUNNING)
		status = record_running(http, action, machine, boot_id, err);
	else if (action)
		status = record_end(http, action, machine, event, err);
	action_list_free(actions, n);
	return status;
}

/* What became of an action is wanted also when its run is over. */
static int record(struct worker_http *http, int64_t machine,
		  const char *boot_id, const struct task_event *event,
		  struct err *err)
{
	struct err gone;
	struct run run;

	if (event->key.run &&
	    (run_get(http->store, event->key.run, &run, &gone) ||
	     run.machine != machine))
		return 0; /* deleted, or none of this machine's */
	if (event->type == TASK_EVENT_LOG || event->type == TASK_EVENT_GAP)
		return record_line(http, machine, event, err);
	if (!event->key.run)
		return 0;
	return record_action(http, machine, boot_id, event, err);
}

/* May the worker go on with this action? */
static bool is_wanted(struct worker_http *http, int64_t machine,
		      const struct task_key *key)
{
	struct action *actions = NULL;
	const struct action *action;
	struct run run;
	struct err err;
	bool wanted;
	size_t n;

	if (key->run != run_of_machine(http->store, machine) ||
	    run_get(http->store, key->run, &run, &err) ||
	    phase_parse(run.phase) != PHASE_WORKING)
		return false;
	n = action_list(http->store, key->run, &actions);
	action = named(actions, n, key);
	wanted = action && (str_eq(action->state, "PENDING") ||
			    str_eq(action->state, "RUNNING"));
	action_list_free(actions, n);
	return wanted;
}

/* The action that runs: said, or, by a worker that is older, to be guessed
 * by what it tells of. NULL: none. */
static const struct task_key *running_of(const struct task_events *events)
{
	const struct task_key *key = NULL;

	if (events->has_running)
		return &events->running;
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

/* What was heard before is not heard twice; *seq is the last that was. */
static int record_all(struct worker_http *http, const struct machine *machine,
		      const struct task_events *events, int64_t *seq,
		      struct err *err)
{
	*seq = machine->worker_seq;
	for (size_t i = 0; i < events->n; i++) {
		const struct task_event *event = &events->items[i];

		if ((int64_t)event->seq <= *seq)
			continue;
		if (record(http, machine->id, machine->worker_boot, event, err))
			return -1;
		*seq = (int64_t)event->seq;
	}
	if (*seq == machine->worker_seq)
		return 0;
	return machine_worker_heard(http->store, machine->id, *seq, err);
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
	if (record_all(http, machine, &events, &seq, &err)) {
		store_back_to_mark(http->store);
		log_error("events: %s", err.message);
		reply_error(req, &err);
		return;
	}
	store_keep(http->store);
	http->stats.reports++;
	ack.acked = (uint64_t)seq;
	running = running_of(&events);
	if (running && !is_wanted(http, machine->id, running))
		task_list_add(&ack.cancel, running->action_id);
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
	if (audit_add(http->store, &record, &err))
		log_error("refused: %s", err.message);
	reply_error(req, why);
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
