/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_WORKFLOW_WORKER_WORLD_H
#define TESTS_UNIT_WORKFLOW_WORKER_WORLD_H

#include <inttypes.h>

#include "base/http_client.h"
#include "store/event.h"
#include "unit/store/fixture.h"
#include "workflow/task_wire.h"
#include "workflow/worker_http.h"

/*
 * The worker's endpoints behind a real server, asked by a real client in the
 * same loop; what is to be done and what was done are rows.
 */
struct answer {
	int status; /* 0: none yet */
	char body[2048];
};

struct world {
	struct fixture *f;
	struct loop *loop;
	struct http_server *server;
	struct http_client *client;
	struct worker_http *http;
	char token[SECRET_TOKEN_TEXT];
	const char *session;
	int64_t machine;
	int64_t run;
};

static inline void handle(void *arg, struct http_request *req)
{
	struct world *w = arg;

	if (!worker_http_handle(w->http, req))
		http_reply_text(req, 418, "not the worker's");
}

/* As the daemon does at the end of each turn. */
static inline void on_turn(void *arg)
{
	struct world *w = arg;

	assert_ok(w->f, store_commit(w->f->store, &w->f->err));
	worker_http_published(w->http);
}

static inline int64_t make_run(struct world *w, const char *workflow,
			       const char *phase)
{
	struct run run = { .machine = w->machine };
	static const char *const names[] = { "image", "restart" };
	int64_t id;

	str_copy(run.phase, sizeof(run.phase), phase);
	assert_ok(w->f, create(w->f, "wf", workflow, "{'spec':{}}"));
	run.workflow = id_of(w->f, "wf", workflow);
	assert_ok(w->f, run_create(w->f->store, &run, &id, &w->f->err));
	for (int i = 0; i < 2; i++) {
		AUTO_JSON json_t *document =
			json_of("{'env':{'A':'b'},'volumes':['/dev:/dev'],"
				"'args':['-v'],'pid':'host'}");
		struct action action = { .run = id,
					 .position = i,
					 .document = document,
					 .machine = w->machine,
					 .timeout_s = 600,
					 .repeatable = true,
					 .attempt = 1 };

		snprintf(action.action_id, sizeof(action.action_id), "a%d", i);
		str_copy(action.name, sizeof(action.name), names[i]);
		str_copy(action.image, sizeof(action.image), "image2disk:v1");
		assert_ok(w->f,
			  action_create(w->f->store, &action, &w->f->err));
	}
	return id;
}

/* As the engine does when it is an action's turn. */
static inline void offer(struct world *w, int64_t run, int position)
{
	struct action *actions;
	size_t n = action_list(w->f->store, run, &actions);

	actions[position].offered_at = store_now(w->f->store);
	assert_ok(w->f,
		  action_update(w->f->store, &actions[position], &w->f->err));
	action_list_free(actions, n);
}

static inline int setup(void **state)
{
	static const struct engine_ops ops = { 0 };
	static const struct http_limits limits = {
		.body_bytes = 2 * TASK_BODY_MAX,
		.stream_bytes = 1 << 20,
		.idle_s = 60,
	};
	struct world *w = xcalloc(1, sizeof(*w));
	void *fixture;

	fixture_setup(&fixture);
	w->f = fixture;
	w->loop = loop_new();
	w->http = worker_http_new(w->loop, w->f->store, &ops, w);
	w->server = http_server_new(w->loop, &limits, handle, w);
	assert_ok(w->f, http_server_listen(w->server, "127.0.0.1", 0, NULL,
					   &w->f->err));
	w->client = http_client_new(w->loop);
	loop_on_turn(w->loop, on_turn, w);
	assert_ok(w->f, create(w->f, "hw", "m1", "{}"));
	w->machine = id_of(w->f, "hw", "m1");
	assert_ok(w->f, machine_new_worker_token(w->f->store, w->machine,
						 w->token, &w->f->err));
	w->session = "boot-1";
	w->run = make_run(w, "w1", "working");
	offer(w, w->run, 0);
	assert_ok(w->f, store_commit(w->f->store, &w->f->err));
	*state = w;
	return 0;
}

static inline int teardown(void **state)
{
	struct world *w = *state;
	void *fixture = w->f;

	http_client_free(w->client);
	http_server_free(w->server);
	worker_http_free(w->http);
	loop_free(w->loop);
	fixture_teardown(&fixture);
	free(w);
	return 0;
}

#define WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static inline void on_answer(void *arg,
			     const struct http_client_response *response)
{
	struct answer *answer = arg;

	answer->status = response->status ? response->status : -1;
	snprintf(answer->body, sizeof(answer->body), "%s",
		 response->status ? response->body : response->err.message);
}

static inline struct http_call *begin(struct world *w, const char *path,
				      const char *body, struct answer *answer)
{
	AUTO_FREE char *url = xasprintf("http://127.0.0.1:%u%s",
					http_server_port(w->server), path);
	AUTO_FREE char *token = xasprintf("Authorization: Bearer %s", w->token);
	AUTO_FREE char *session = xasprintf(TASK_SESSION_HEADER ": %s",
					    w->session ? w->session : "");
	const char *headers[] = { token, session, NULL };
	const struct http_client_request request = {
		.method = body ? "POST" : "GET",
		.url = url,
		.headers = headers,
		.body = body,
		.connect_ms = 10000,
		.timeout_ms = 60000,
		.body_limit = 1 << 20,
	};

	if (!w->session)
		headers[1] = NULL;
	memset(answer, 0, sizeof(*answer));
	return http_client_send(w->client, &request, on_answer, answer);
}

static inline void await(struct world *w, struct answer *answer)
{
	mono_ms begun = clock_mono();

	while (!answer->status) {
		if (clock_mono() > begun + 60000)
			fail_msg("no answer");
		loop_turn(w->loop, 100);
	}
}

/* Asks and waits; the body, with ' for ", or NULL: a GET. */
static inline void ask(struct world *w, const char *path, const char *body,
		       struct answer *answer)
{
	AUTO_FREE char *text = NULL;

	if (body) {
		AUTO_JSON json_t *value = json_of(body);

		text = json_text(value);
	}
	begin(w, path, text, answer);
	await(w, answer);
}

static inline void assert_answer(const struct answer *answer, int status,
				 const char *expected)
{
	struct err err;
	AUTO_JSON json_t *value = NULL;

	if (answer->status != status)
		fail_msg("%d: %s", answer->status, answer->body);
	if (!expected)
		return;
	value = json_parse(answer->body, strlen(answer->body), &err);
	assert_json(value, expected);
}

static inline void hello(struct world *w, const char *boot)
{
	AUTO_FREE char *body =
		xasprintf("{'boot_id':'%s','machine':'m1','uptime_ms':4180,"
			  "'hook_version':'0.1.0'}",
			  boot);
	struct answer answer;

	w->session = boot;
	ask(w, TASK_PATH_HELLO, body, &answer);
	assert_int_equal(answer.status, 200);
}

static inline void report(struct world *w, const char *body,
			  const char *expected)
{
	struct answer answer;

	ask(w, TASK_PATH_EVENTS, body, &answer);
	assert_answer(&answer, 200, expected);
}

#define KEY "'run':1,'action_id':'a0','attempt':1,"
#define STATE(seq, what)                                                       \
	"{'seq':" #seq ",'at_ms':1," KEY "'type':'state','state':'" what "'}"
#define PROGRESS(seq, done)                                                    \
	"{'seq':" #seq ",'at_ms':1," KEY                                       \
	"'type':'progress','phase':'writing','bytes_done':" #done              \
	",'bytes_total':100,'rate':7}"
#define LINE(seq, text)                                                        \
	"{'seq':" #seq ",'at_ms':1," KEY "'type':'log','line':'" text          \
	"','stream':'stdout'}"

static inline struct action action_of(struct world *w, int64_t run,
				      int position)
{
	struct action *actions;
	size_t n = action_list(w->f->store, run, &actions);
	struct action action;

	assert_int_equal(n, 2);
	action = actions[position];
	action.document = NULL;
	action_list_free(actions, n);
	return action;
}

static inline void assert_action(struct world *w, int position,
				 const char *state, int attempt)
{
	struct action action = action_of(w, w->run, position);

	assert_string_equal(action.state, state);
	assert_int_equal(action.attempt, attempt);
}

/* How often events of this kind were noted of the run. */
static inline int64_t n_noted(struct world *w, int64_t run, const char *kind)
{
	AUTO_FREE struct event *events = NULL;
	size_t n = event_of_run(w->f->store, run, &events);
	int64_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (str_eq(events[i].kind, kind))
			count += events[i].n;
	return count;
}

static inline void assert_noted(struct world *w, int64_t run,
				const char *message)
{
	AUTO_FREE struct event *events = NULL;
	size_t n = event_of_run(w->f->store, run, &events);

	for (size_t i = 0; i < n; i++)
		if (str_eq(events[i].message, message))
			return;
	fail_msg("nothing says \"%s\"", message);
}

static inline void set_phase(struct world *w, int64_t id, const char *phase,
			     const char *outcome)
{
	struct run run;

	assert_ok(w->f, run_get(w->f->store, id, &run, &w->f->err));
	str_copy(run.phase, sizeof(run.phase), phase);
	str_copy(run.outcome, sizeof(run.outcome), outcome);
	if (str_eq(phase, "ended"))
		run.ended_at = store_now(w->f->store);
	assert_ok(w->f, run_update(w->f->store, &run, &w->f->err));
}

/* As the plan does with an action that was interrupted. */
static inline void begin_again(struct world *w, int position)
{
	struct action action = action_of(w, w->run, position);

	str_copy(action.state, sizeof(action.state), "PENDING");
	action.attempt++;
	action.offered_at = store_now(w->f->store);
	action.boot_id[0] = '\0';
	assert_ok(w->f, action_update(w->f->store, &action, &w->f->err));
}

/* Ended, and too old to be kept. */
static inline void forget_run(struct world *w, int64_t id)
{
	static const struct run_limits limits = { .age_ms = 1 };
	bool more;

	set_phase(w, id, "ended", "failed");
	store_set_now(w->f->store, store_now(w->f->store) + 10);
	assert_ok(w->f, run_prune(w->f->store, &limits, &more, &w->f->err));
}

#endif
