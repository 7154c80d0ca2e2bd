/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/agent.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/backoff.h"
#include "base/err.h"
#include "base/str.h"

/*
 *	             +--------------- 401: the session is gone --------------+
 *	             v                                                       |
 *	OFFLINE -> GREETING --200--> ONLINE <--200, 204-- ASKING, REPORTING -+
 *	   ^          |                |  ^                       |
 *	   +--other---+                |  +------ PAUSED <--other-+
 *	                               |
 *	                               +--the last event is acknowledged--> LEFT
 *
 * OFFLINE and PAUSED wait until retry_at; GREETING, ASKING and REPORTING for
 * an answer, which the pump gives them in bounded time. Whether an action
 * runs is no state of this: it runs in any.
 */
enum { OFFLINE, GREETING, ONLINE, ASKING, REPORTING, PAUSED, LEFT };

static const struct sm_state states[] = {
	[OFFLINE] = { "offline", SM_TO(GREETING) },
	[GREETING] = { "greeting", SM_TO(OFFLINE) | SM_TO(ONLINE) },
	[ONLINE] = { "online", SM_TO(ASKING) | SM_TO(REPORTING) | SM_TO(LEFT) },
	[ASKING] = { "asking", SM_TO(ONLINE) | SM_TO(PAUSED) | SM_TO(OFFLINE) },
	[REPORTING] = { "reporting",
			SM_TO(ONLINE) | SM_TO(PAUSED) | SM_TO(OFFLINE) },
	[PAUSED] = { "paused", SM_TO(ONLINE) },
	[LEFT] = { "left", 0 },
};

#define OUTBOX_BYTES      (1024 * 1024)
#define BATCH_BYTES       (32 * 1024)
#define REPORT_MS         500
#define ALIVE_MS          5000
#define ANSWER_MS         10000
#define RETRY_MS          500
#define RETRY_CAP_MS      5000
#define REFUSED_MS        15000
#define REFUSED_CAP_MS    120000
#define DUPLICATE_WAIT_MS 1000
#define BESIDE_POLL_S     2

void agent_init(struct agent *agent, const struct agent_identity *identity,
		struct rng *rng, mono_ms now, uint64_t first_seq)
{
	memset(agent, 0, sizeof(*agent));
	sm_init(&agent->sm, states, ARRAY_LEN(states), OFFLINE);
	agent->identity = *identity;
	agent->rng = rng;
	outbox_init(&agent->outbox, OUTBOX_BYTES, first_seq);
	buf_init(&agent->body, TASK_BODY_MAX);
	agent->retry_at = now;
	agent->report_at = MONO_NEVER;
}

void agent_release(struct agent *agent)
{
	for (int i = 0; i < AGENT_JOBS; i++)
		task_release(&agent->jobs[i].task);
	for (size_t i = 0; i < agent->n_journal; i++)
		task_event_release(&agent->journal[i]);
	free(agent->journal);
	outbox_release(&agent->outbox);
	buf_release(&agent->body);
}

static void note(struct agent *agent, bool trouble, const char *format, ...)
	PRINTF(3, 4);

static void note(struct agent *agent, bool trouble, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	agent->trouble = trouble;
	vsnprintf(agent->note, sizeof(agent->note), format, args);
	va_end(args);
}

/* Events */

static void add_event(struct agent *agent, mono_ms now,
		      struct task_event *event)
{
	mono_ms due = event->type == TASK_EVENT_STATE ? now : now + REPORT_MS;

	event->at_ms = now;
	outbox_add(&agent->outbox, event);
	if (due < agent->report_at)
		agent->report_at = due;
}

static void add_running(struct agent *agent, const struct agent_job *job,
			mono_ms now)
{
	struct task_event event = { .type = TASK_EVENT_STATE };

	event.key = job->task.key;
	event.state = TASK_RUNNING;
	add_event(agent, now, &event);
}

void agent_line(struct agent *agent, int job, mono_ms now, const char *stream,
		const char *line)
{
	AUTO_FREE char *copy = xstrndup(line, TASK_LINE_MAX);
	struct task_event event = { .type = TASK_EVENT_LOG };

	if (job != AGENT_NONE && agent->jobs[job].running)
		event.key = agent->jobs[job].task.key;
	event.line = copy;
	str_copy(event.stream, sizeof(event.stream), stream);
	add_event(agent, now, &event);
}

void agent_progress(struct agent *agent, int job, mono_ms now,
		    const struct agent_progress *progress)
{
	struct task_event event = { .type = TASK_EVENT_PROGRESS };

	if (!agent->jobs[job].running)
		return;
	event.key = agent->jobs[job].task.key;
	str_copy(event.phase, sizeof(event.phase), progress->phase);
	event.bytes_done = progress->bytes_done;
	event.bytes_total = progress->bytes_total;
	event.rate = progress->rate;
	add_event(agent, now, &event);
}

/* The journal: what must not be done twice in this boot. */

static void remember(struct agent *agent, const struct task_event *event)
{
	struct task_event *kept;

	if (agent->n_journal == AGENT_JOURNAL) {
		task_event_release(&agent->journal[0]);
		memmove(&agent->journal[0], &agent->journal[1],
			(AGENT_JOURNAL - 1) * sizeof(agent->journal[0]));
		agent->n_journal--;
	}
	if (!agent->journal)
		agent->journal =
			xcalloc(AGENT_JOURNAL, sizeof(agent->journal[0]));
	kept = &agent->journal[agent->n_journal++];
	*kept = *event;
	kept->message = event->message ? xstrdup(event->message) : NULL;
	kept->result = event->result ? xstrdup(event->result) : NULL;
}

static struct task_event *recall(struct agent *agent,
				 const struct task_key *key)
{
	for (size_t i = 0; i < agent->n_journal; i++)
		if (task_key_eq(&agent->journal[i].key, key))
			return &agent->journal[i];
	return NULL;
}

void agent_journal(const struct agent *agent, mono_ms now, struct buf *out)
{
	char *texts[AGENT_JOURNAL + AGENT_JOBS] = { NULL };
	size_t n = 0;

	for (size_t i = 0; i < agent->n_journal; i++) {
		struct buf text = BUF_INIT(TASK_BODY_MAX / 2);

		task_event_encode(&agent->journal[i], &text);
		texts[n++] = buf_take(&text);
	}
	for (int i = 0; i < AGENT_JOBS; i++) {
		struct buf text = BUF_INIT(TASK_BODY_MAX / 2);
		struct task_event event = { .type = TASK_EVENT_STATE };

		if (!agent->jobs[i].running)
			continue;
		event.key = agent->jobs[i].task.key;
		event.at_ms = now;
		task_event_encode(&event, &text);
		texts[n++] = buf_take(&text);
	}
	task_events_encode((const char *const *)texts, n, NULL, out);
	for (size_t i = 0; i < n; i++)
		free(texts[i]);
}

int agent_recall(struct agent *agent, mono_ms now, const char *text, size_t len,
		 struct err *err)
{
	struct task_events events;

	if (task_events_decode(text, len, &events, err))
		return err_wrap(err, "journal");
	for (size_t i = 0; i < events.n; i++) {
		struct task_event event = events.items[i];
		char lost[] = "the worker was restarted while the action ran";

		if (event.type != TASK_EVENT_STATE)
			continue;
		/* Whatever it was: it may not have reached the server. */
		if (event.state == TASK_RUNNING) {
			event.state = TASK_FAILED;
			event.message = lost;
		}
		/* How it was to leave is not kept; powering off is rarer. */
		if (event.terminal)
			agent->leave = AGENT_REBOOT;
		remember(agent, &event);
		add_event(agent, now, &event);
	}
	task_events_release(&events);
	return 0;
}

/* Actions */

static bool any_running(const struct agent *agent)
{
	for (int i = 0; i < AGENT_JOBS; i++)
		if (agent->jobs[i].running)
			return true;
	return false;
}

/* Where it can run; NULL: there is too much beside it already. */
static struct agent_job *place_for(struct agent *agent, const struct task *task)
{
	if (!task->background)
		return &agent->jobs[0];
	for (int i = 1; i < AGENT_JOBS; i++)
		if (!agent->jobs[i].running)
			return &agent->jobs[i];
	return NULL;
}

static bool is_running(const struct agent *agent, const struct task_key *key)
{
	for (int i = 0; i < AGENT_JOBS; i++)
		if (agent->jobs[i].running &&
		    task_key_eq(&agent->jobs[i].task.key, key))
			return true;
	return false;
}

static void start_task(struct agent *agent, mono_ms now, struct task *task)
{
	struct agent_job *job = place_for(agent, task);
	struct agent_result full = { .state = TASK_FAILED,
				     .message = "the worker has too much to do "
						"in the background" };

	if (!job) {
		/* For as long as it takes to say so it is the first. */
		job = &agent->jobs[0];
		job->task = *task;
		job->running = true;
		memset(task, 0, sizeof(*task));
		agent_ended(agent, 0, now, &full);
		return;
	}
	task_release(&job->task);
	job->task = *task;
	memset(task, 0, sizeof(*task));
	job->running = true;
	job->start = true;
	job->kill = false;
	job->cancelled = false;
	add_running(agent, job, now);
}

static void on_task(struct agent *agent, mono_ms now, const char *body,
		    size_t len)
{
	struct err err;
	struct task task;
	struct task_event *before;

	if (task_decode(body, len, &task, &err)) {
		/* Which action is meant is not known, so nothing is run. */
		note(agent, true, "the server's task cannot be read: %.120s",
		     err.message);
		sm_move(&agent->sm, PAUSED);
		agent->retry_at = now + REFUSED_MS;
		return;
	}
	before = recall(agent, &task.key);
	if (is_running(agent, &task.key)) { /* the server has not heard yet */
		sm_move(&agent->sm, PAUSED);
		agent->retry_at = now + DUPLICATE_WAIT_MS;
		task_release(&task);
		return;
	}
	if (!before) {
		sm_move(&agent->sm, ONLINE);
		start_task(agent, now, &task);
		return;
	}
	/* Done in this boot: only say again how it ended. */
	add_event(agent, now, before);
	sm_move(&agent->sm, PAUSED);
	agent->retry_at = now + DUPLICATE_WAIT_MS;
	task_release(&task);
}

void agent_ended(struct agent *agent, int number, mono_ms now,
		 const struct agent_result *result)
{
	struct agent_job *job = &agent->jobs[number];
	struct task_event event = { .type = TASK_EVENT_STATE };
	AUTO_FREE char *message = NULL;
	AUTO_FREE char *document = NULL;

	if (!job->running)
		return;
	message = xstrdup(result->message ? result->message : "");
	event.state = result->state;
	if (job->cancelled && result->state != TASK_SUCCESS) {
		free(message);
		message = xstrdup("cancelled");
		event.state = TASK_FAILED;
	}
	document = result->result ? xstrdup(result->result) : NULL;
	event.key = job->task.key;
	event.at_ms = now;
	event.message = message;
	event.result = document;
	if (result->state == TASK_SUCCESS && number == 0)
		agent->leave = result->leave;
	event.terminal = number == 0 && agent->leave != AGENT_STAY;
	job->running = false;
	job->start = false;
	job->kill = false;
	add_event(agent, now, &event);
	remember(agent, &event);
}

/* Answers */

/* Nothing, or nothing useful: the same again later. */
static void on_trouble(struct agent *agent, mono_ms now, int status,
		       const char *why)
{
	int64_t wait =
		backoff_ms(agent->tries, RETRY_MS, RETRY_CAP_MS, agent->rng);

	if (agent->tries++ == 0 && status)
		note(agent, true, "the server answers %d (%.*s), trying again",
		     status, (int)strcspn(why, "\n"), why);
	else if (agent->tries == 1)
		note(agent, true, "the server is away (%.120s), trying again",
		     why);
	agent->retry_at = now + wait;
	sm_move(&agent->sm, agent->sm.state == GREETING ? OFFLINE : PAUSED);
}

static void on_refused_token(struct agent *agent, mono_ms now)
{
	agent->retry_at = now + backoff_ms(agent->tries++, REFUSED_MS,
					   REFUSED_CAP_MS, agent->rng);
	note(agent, true,
	     "the server does not accept this machine's token (401): "
	     "it may have expired; boot again for a new one");
	sm_move(&agent->sm, OFFLINE);
}

static void on_online(struct agent *agent)
{
	if (agent->tries)
		note(agent, false, "the server is back");
	agent->tries = 0;
}

static void on_welcome(struct agent *agent, mono_ms now, const char *body,
		       size_t len)
{
	struct task_welcome welcome;
	struct err err;

	if (task_welcome_decode(body, len, &welcome, &err)) {
		on_trouble(agent, now, 0, err.message);
		return;
	}
	agent->welcome = welcome;
	on_online(agent);
	if (!agent->note[0])
		note(agent, false, "the server knows us as %s",
		     agent->identity.machine);
	sm_move(&agent->sm, ONLINE);
	if (!outbox_empty(&agent->outbox))
		agent->report_at = now;
}

static void cancel(struct agent_job *job)
{
	if (!job->running || job->cancelled)
		return;
	job->cancelled = true;
	job->kill = true;
}

static void on_cancel(struct agent *agent, const char *name)
{
	if (str_eq(name, agent->jobs[0].task.key.action_id))
		cancel(&agent->jobs[0]);
	for (int i = 1; i < AGENT_JOBS; i++) {
		char text[TASK_KEY_TEXT];

		task_key_text(&agent->jobs[i].task.key, text);
		if (str_eq(name, text))
			cancel(&agent->jobs[i]);
	}
}

static void on_ack(struct agent *agent, mono_ms now, const char *body,
		   size_t len)
{
	bool moved;
	struct task_ack ack;
	struct err err;

	if (task_ack_decode(body, len, &ack, &err)) {
		outbox_rewind(&agent->outbox);
		on_trouble(agent, now, 0, err.message);
		return;
	}
	on_online(agent);
	moved = outbox_ack(&agent->outbox, ack.acked);
	for (size_t i = 0; i < ack.cancel.n; i++)
		on_cancel(agent, ack.cancel.items[i]);
	task_ack_release(&ack);
	if (!moved) {
		on_trouble(agent, now, 0, "it acknowledges nothing");
		return;
	}
	if (outbox_empty(&agent->outbox))
		agent->report_at =
			any_running(agent) ? now + ALIVE_MS : MONO_NEVER;
	else
		agent->report_at = agent->outbox.urgent ? now : now + REPORT_MS;
	sm_move(&agent->sm, ONLINE);
}

static void on_lost_session(struct agent *agent, mono_ms now)
{
	outbox_rewind(&agent->outbox);
	agent->retry_at = now + RETRY_MS;
	sm_move(&agent->sm, OFFLINE);
}

void agent_answer(struct agent *agent, mono_ms now, int status,
		  const char *body, size_t len)
{
	switch (agent->sm.state) {
	case GREETING:
		if (status == 200)
			on_welcome(agent, now, body, len);
		else if (status == 401)
			on_refused_token(agent, now);
		else
			on_trouble(agent, now, status, body);
		return;
	case ASKING:
		if (status == 200) {
			on_online(agent);
			on_task(agent, now, body, len);
		} else if (status == 204) {
			on_online(agent);
			sm_move(&agent->sm, ONLINE);
		} else if (status == 401) {
			on_lost_session(agent, now);
		} else {
			on_trouble(agent, now, status, body);
		}
		return;
	case REPORTING:
		if (status == 200) {
			on_ack(agent, now, body, len);
		} else if (status == 401) {
			on_lost_session(agent, now);
		} else {
			if (status == 400 || status == 413)
				outbox_refused(&agent->outbox);
			else
				outbox_rewind(&agent->outbox);
			on_trouble(agent, now, status, body);
		}
		return;
	default:
		return; /* an answer to a request that was given up */
	}
}

/* Requests */

static void request(struct agent *agent, struct agent_output *out,
		    const char *path, bool post)
{
	out->kind = AGENT_REQUEST;
	out->post = post;
	out->path = path;
	out->session = agent->welcome.session;
	out->body = agent->body.base;
	out->len = agent->body.len;
	out->timeout_ms = ANSWER_MS;
}

static void say_hello(struct agent *agent, mono_ms now,
		      struct agent_output *out)
{
	const struct agent_identity *identity = &agent->identity;
	struct task_hello hello = { .uptime_ms = now };

	str_copy(hello.boot_id, sizeof(hello.boot_id), identity->boot_id);
	str_copy(hello.machine, sizeof(hello.machine), identity->machine);
	str_copy(hello.mac, sizeof(hello.mac), identity->mac);
	str_copy(hello.hook_version, sizeof(hello.hook_version),
		 identity->hook_version);
	hello.attributes = (char *)(uintptr_t)identity->attributes;
	if (agent->jobs[0].running) {
		hello.has_resume = true;
		hello.resume = agent->jobs[0].task.key;
		hello.resume_state = TASK_RUNNING;
	} else if (agent->n_journal) {
		const struct task_event *last =
			&agent->journal[agent->n_journal - 1];

		hello.has_resume = true;
		hello.resume = last->key;
		hello.resume_state = last->state;
	}
	buf_clear(&agent->body);
	task_hello_encode(&hello, &agent->body);
	request(agent, out, TASK_PATH_HELLO, true);
	out->session = "";
	sm_move(&agent->sm, GREETING);
}

/* What runs beside it has things to say, so it does not wait for long then. */
static void ask(struct agent *agent, struct agent_output *out)
{
	uint32_t wait_s = agent->welcome.poll_s;

	if (any_running(agent) && wait_s > BESIDE_POLL_S)
		wait_s = BESIDE_POLL_S;
	buf_clear(&agent->body);
	snprintf(agent->path, sizeof(agent->path), "%s?wait=%u", TASK_PATH_NEXT,
		 wait_s);
	request(agent, out, agent->path, false);
	out->timeout_ms += (int64_t)wait_s * 1000;
	sm_move(&agent->sm, ASKING);
}

static void report(struct agent *agent, struct agent_output *out)
{
	struct task_busy busy = { .has_running = agent->jobs[0].running,
				  .running = agent->jobs[0].task.key };

	for (int i = 1; i < AGENT_JOBS; i++)
		if (agent->jobs[i].running)
			busy.beside[busy.n_beside++] = agent->jobs[i].task.key;
	buf_clear(&agent->body);
	outbox_batch(&agent->outbox, BATCH_BYTES, &busy, &agent->body);
	request(agent, out, TASK_PATH_EVENTS, true);
	sm_move(&agent->sm, REPORTING);
}

/* Nothing is under way: what is due? */
static bool online_output(struct agent *agent, mono_ms now,
			  struct agent_output *out)
{
	bool empty = outbox_empty(&agent->outbox);

	if (empty && agent->leave != AGENT_STAY) {
		out->kind = AGENT_LEAVE;
		out->leave = agent->leave;
		sm_move(&agent->sm, LEFT);
		return true;
	}
	/* Idle, there is no point in waiting for a fuller batch. */
	if (now >= agent->report_at || agent->outbox.urgent ||
	    agent->outbox.bytes >= BATCH_BYTES ||
	    (!agent->jobs[0].running && !empty)) {
		report(agent, out);
		return true;
	}
	if (!agent->jobs[0].running && empty) {
		ask(agent, out);
		return true;
	}
	return false;
}

static bool jobs_output(struct agent *agent, struct agent_output *out)
{
	for (int i = 0; i < AGENT_JOBS; i++) {
		struct agent_job *job = &agent->jobs[i];

		if (!job->start && !job->kill)
			continue;
		out->kind = job->start ? AGENT_START : AGENT_KILL;
		out->job = i;
		out->task = &job->task;
		if (job->start)
			job->start = false;
		else
			job->kill = false;
		return true;
	}
	return false;
}

bool agent_output(struct agent *agent, mono_ms now, struct agent_output *out)
{
	memset(out, 0, sizeof(*out));
	if (agent->note[0]) {
		out->kind = AGENT_NOTE;
		str_copy(agent->given_note, sizeof(agent->given_note),
			 agent->note);
		out->note = agent->given_note;
		out->trouble = agent->trouble;
		agent->note[0] = '\0';
		return true;
	}
	if (jobs_output(agent, out))
		return true;
	agent_expire(agent, now);
	switch (agent->sm.state) {
	case OFFLINE:
		if (now < agent->retry_at)
			return false;
		say_hello(agent, now, out);
		return true;
	case ONLINE:
		return online_output(agent, now, out);
	default:
		return false;
	}
}

void agent_expire(struct agent *agent, mono_ms now)
{
	if (agent->sm.state == PAUSED && now >= agent->retry_at)
		sm_move(&agent->sm, ONLINE);
}

mono_ms agent_deadline(const struct agent *agent)
{
	switch (agent->sm.state) {
	case OFFLINE:
	case PAUSED:
		return agent->retry_at;
	case ONLINE:
		return agent->report_at;
	default:
		return MONO_NEVER;
	}
}

bool agent_done(const struct agent *agent)
{
	return agent->sm.state == LEFT;
}
