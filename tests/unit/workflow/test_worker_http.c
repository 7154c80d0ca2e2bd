/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/worker_http.h"

#include "base/throttle_plan.h"
#include "store/audit.h"
#include "unit/workflow/worker_world.h"

/* ---- who may speak ---- */

static void test_other_paths_are_not_the_workers(void **state)
{
	struct world *w = *state;
	struct answer answer;

	ask(w, "/api/v1", NULL, &answer);
	assert_int_equal(answer.status, 418);
	hello(w, "boot-1");
	ask(w, "/worker/v1/dance", NULL, &answer);
	assert_int_equal(answer.status, 404);
}

static void test_a_wrong_token_is_refused(void **state)
{
	static const char *const tokens[] = { "", "wrong", "Bearer" };
	struct world *w = *state;
	struct answer answer;

	hello(w, "boot-1");
	for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
		str_copy(w->token, sizeof(w->token), tokens[i]);
		ask(w, TASK_PATH_HELLO, "{'boot_id':'b','machine':'m'}",
		    &answer);
		assert_int_equal(answer.status, 401);
		ask(w, TASK_PATH_NEXT, NULL, &answer);
		assert_int_equal(answer.status, 401);
		ask(w, TASK_PATH_EVENTS, "{'events':[]}", &answer);
		assert_int_equal(answer.status, 401);
	}
	assert_int_equal(n_noted(w, w->run, "hello"), 1);
}

static void test_who_is_no_machine_is_audited_and_then_not_heard(void **state)
{
	struct world *w = *state;
	const struct audit_query all = { .limit = 100 };
	struct audit_record *records;
	struct answer answer;
	size_t n;

	str_copy(w->token, sizeof(w->token), "wrong");
	for (int i = 0; i < THROTTLE_BURST; i++) {
		ask(w, TASK_PATH_NEXT, NULL, &answer);
		assert_int_equal(answer.status, 401);
	}
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_int_equal(answer.status, 429);

	assert_ok(w->f,
		  audit_list(w->f->store, &all, &records, &n, &w->f->err));
	assert_int_equal(n, THROTTLE_BURST);
	assert_string_equal(records[0].user, "anonymous");
	assert_string_equal(records[0].source, "127.0.0.1");
	assert_string_equal(records[0].verb, "get");
	assert_string_equal(records[0].name, TASK_PATH_NEXT);
	assert_int_equal(records[0].decision, AUDIT_DENY);
	free(records);
}

static void test_who_is_refused_at_a_machines_address_is_told_once(void **state)
{
	struct world *w = *state;
	struct event *events;
	struct answer answer;

	assert_ok(w->f, create(w->f, "hw", "m2",
			       "{'spec':{'interfaces':[{'dhcp':{'mac':"
			       "'52:54:00:00:00:02','ip':{'address':"
			       "'127.0.0.1'}}}]}}"));
	str_copy(w->token, sizeof(w->token), "wrong");
	for (int i = 0; i < 5; i++)
		ask(w, TASK_PATH_NEXT, NULL, &answer);

	assert_int_equal(
		event_of_machine(w->f->store, id_of(w->f, "hw", "m2"), &events),
		1);
	assert_string_equal(events[0].kind, "refused");
	assert_int_equal(events[0].n, 1);
	assert_null(strstr(events[0].message, "wrong"));
	free(events);
	assert_int_equal(n_noted(w, w->run, "refused"), 0);
}

static void test_a_token_of_an_earlier_boot_is_refused(void **state)
{
	struct world *w = *state;
	char newer[SECRET_TOKEN_TEXT];
	struct answer answer;

	hello(w, "boot-1");
	assert_ok(w->f, machine_new_worker_token(w->f->store, w->machine, newer,
						 &w->f->err));
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_int_equal(answer.status, 401);

	str_copy(w->token, sizeof(w->token), newer);
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_int_equal(answer.status, 200);
}

static void test_a_session_that_is_not_known_says_hello_again(void **state)
{
	static const char *const sessions[] = { NULL, "", "boot-2" };
	struct world *w = *state;
	struct answer answer;

	ask(w, TASK_PATH_NEXT, NULL, &answer); /* before any hello */
	assert_int_equal(answer.status, 401);
	hello(w, "boot-1");
	for (size_t i = 0; i < ARRAY_LEN(sessions); i++) {
		w->session = sessions[i];
		ask(w, TASK_PATH_NEXT, NULL, &answer);
		assert_int_equal(answer.status, 401);
		ask(w, TASK_PATH_EVENTS, "{'events':[]}", &answer);
		assert_int_equal(answer.status, 401);
	}
}

/* ---- hello ---- */

static void test_a_hello_is_welcomed_and_noted(void **state)
{
	struct world *w = *state;
	struct answer answer;
	struct machine machine;

	ask(w, TASK_PATH_HELLO,
	    "{'boot_id':'boot-1','machine':'m1','uptime_ms':4180,"
	    "'hook_version':'0.1.0'}",
	    &answer);

	assert_answer(&answer, 200,
		      "{'session':'boot-1','poll_s':20,'log_level':'info'}");
	assert_ok(w->f,
		  machine_get(w->f->store, w->machine, &machine, &w->f->err));
	assert_string_equal(machine.worker_boot, "boot-1");
	assert_noted(w, w->run,
		     "worker 0.1.0 says hello 4.1s after its kernel started");
}

static void test_a_hello_again_changes_nothing(void **state)
{
	struct world *w = *state;

	hello(w, "boot-1");
	report(w, "{'events':[" STATE(1, "running") "]}", NULL);
	hello(w, "boot-1");

	assert_action(w, 0, "RUNNING", 1);
	assert_int_equal(n_noted(w, w->run, "interrupted"), 0);
	report(w, "{'events':[" STATE(2, "success") "]}", NULL);
	assert_action(w, 0, "SUCCESS", 1);
}

static void test_a_hello_without_any_run_is_welcome_too(void **state)
{
	struct world *w = *state;
	struct answer answer;

	set_phase(w, w->run, "ended", "success");
	hello(w, "boot-1");
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_int_equal(answer.status, 204);
}

static void test_a_hello_that_cannot_be_read(void **state)
{
	struct world *w = *state;
	struct answer answer;

	ask(w, TASK_PATH_HELLO, "{'machine':'m1'}", &answer);
	assert_int_equal(answer.status, 400);
	assert_string_equal(answer.body, "hello: boot_id is missing\n");
	ask(w, TASK_PATH_HELLO, "[]", &answer);
	assert_int_equal(answer.status, 400);
	ask(w, TASK_PATH_HELLO, NULL, &answer);
	assert_int_equal(answer.status, 400);
	assert_int_equal(n_noted(w, w->run, "hello"), 0);
}

/* ---- next ---- */

static void test_the_next_action_is_handed_out_until_it_ends(void **state)
{
	static const char first[] =
		"{'run':1,'action_id':'a0','index':0,'attempt':1,"
		"'name':'image','image':'image2disk:v1','args':['-v'],"
		"'env':{'A':'b'},'timeout_s':600,'volumes':['/dev:/dev'],"
		"'pid':'host','network':''}";
	struct world *w = *state;
	struct answer answer;

	hello(w, "boot-1");
	for (int i = 0; i < 2; i++) { /* the answer may have been lost */
		ask(w, TASK_PATH_NEXT "?wait=20", NULL, &answer);
		assert_answer(&answer, 200, first);
	}
	report(w, "{'events':[" STATE(1, "running") "]}", NULL);
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_answer(&answer, 200, first);
	report(w, "{'events':[" STATE(2, "success") "]}", NULL);
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_int_equal(answer.status, 204); /* it is not its turn yet */
	offer(w, w->run, 1);
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.body, "\"action_id\":\"a1\""));
}

static void test_nothing_is_handed_out_outside_the_working_phase(void **state)
{
	static const char *const phases[] = { "queued", "firmware", "loading",
					      "closing", "ended" };
	struct world *w = *state;
	struct answer answer;

	hello(w, "boot-1");
	for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
		set_phase(w, w->run, phases[i], "");
		ask(w, TASK_PATH_NEXT, NULL, &answer);
		assert_answer(&answer, 204, NULL);
	}
}

static void test_nothing_is_handed_out_after_a_failure(void **state)
{
	struct world *w = *state;
	struct answer answer;

	hello(w, "boot-1");
	report(w, "{'events':[" STATE(1, "running") "," STATE(2, "failed") "]}",
	       NULL);
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_int_equal(answer.status, 204);
}

static void test_nothing_new_is_handed_out_while_a_run_is_paused(void **state)
{
	struct world *w = *state;
	struct answer answer;
	struct run run;

	hello(w, "boot-1");
	assert_ok(w->f, run_get(w->f->store, w->run, &run, &w->f->err));
	run.paused_at = NOON;
	assert_ok(w->f, run_update(w->f->store, &run, &w->f->err));
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_int_equal(answer.status, 204);

	/* What runs already may be asked for again. */
	report(w, "{'events':[" STATE(1, "running") "]}", NULL);
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_int_equal(answer.status, 200);
}

/* Its task names this machine; the run is of another. */
static void test_a_machine_may_be_only_the_worker_of_a_run(void **state)
{
	struct world *w = *state;
	struct answer answer;
	int64_t host;
	struct run run;

	assert_ok(w->f, create(w->f, "hw", "m2", "{}"));
	host = w->machine;
	w->machine = id_of(w->f, "hw", "m2");
	assert_ok(w->f, machine_new_worker_token(w->f->store, w->machine,
						 w->token, &w->f->err));
	hello(w, "boot-2");
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_int_equal(answer.status, 204);

	set_phase(w, w->run, "ended", "success");
	w->run = make_run(w, "w2", "working");
	assert_ok(w->f, run_get(w->f->store, w->run, &run, &w->f->err));
	assert_int_not_equal(host, w->machine);
	offer(w, w->run, 0);
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_int_equal(answer.status, 200);
}

static void test_a_wait_ends_without_work(void **state)
{
	struct world *w = *state;
	struct answer answer;
	mono_ms begun;

	hello(w, "boot-1");
	set_phase(w, w->run, "loading", "");
	begun = clock_mono();
	ask(w, TASK_PATH_NEXT "?wait=1", NULL, &answer);

	assert_answer(&answer, 204, NULL);
	assert_true(clock_mono() - begun >= 1000);
}

static void test_a_wait_ends_when_work_appears(void **state)
{
	struct world *w = *state;
	struct answer first;
	struct answer second;

	hello(w, "boot-1");
	set_phase(w, w->run, "loading", "");
	begin(w, TASK_PATH_NEXT "?wait=60", NULL, &first);
	begin(w, TASK_PATH_NEXT "?wait=never", NULL, &second);
	for (int i = 0; i < 20; i++)
		loop_turn(w->loop, 5);
	/* A worker waits once: the first was given up. */
	assert_int_equal(first.status, 204);
	assert_int_equal(second.status, 0);

	set_phase(w, w->run, "working", "");
	offer(w, w->run, 0);
	await(w, &second);
	assert_int_equal(second.status, 200);
	assert_non_null(strstr(second.body, "\"action_id\":\"a0\""));
}

static void test_who_waits_may_leave(void **state)
{
	struct world *w = *state;
	struct answer gone;
	struct answer answer;
	struct http_call *call;

	hello(w, "boot-1");
	set_phase(w, w->run, "loading", "");
	call = begin(w, TASK_PATH_NEXT "?wait=60", NULL, &gone);
	for (int i = 0; i < 20; i++)
		loop_turn(w->loop, 5);
	http_client_cancel(call);
	for (int i = 0; i < 20; i++)
		loop_turn(w->loop, 5);
	set_phase(w, w->run, "working", "");
	ask(w, TASK_PATH_NEXT, NULL, &answer);

	assert_int_equal(gone.status, 0);
	assert_int_equal(answer.status, 200);
}

static void test_a_server_that_stops_leaves_nobody_behind(void **state)
{
	struct world *w = *state;
	struct answer answer;

	hello(w, "boot-1");
	set_phase(w, w->run, "loading", "");
	begin(w, TASK_PATH_NEXT "?wait=60", NULL, &answer);
	for (int i = 0; i < 20; i++)
		loop_turn(w->loop, 5);

	assert_int_equal(answer.status, 0); /* torn down with it open */
}

/* ---- what cannot be read ---- */

static void test_events_that_cannot_be_read_change_nothing(void **state)
{
	struct world *w = *state;
	struct answer answer;

	hello(w, "boot-1");
	ask(w, TASK_PATH_EVENTS,
	    "{'events':[" STATE(1, "running") ",{'seq':2,'type':'song'}]}",
	    &answer);
	assert_int_equal(answer.status, 400);
	assert_non_null(strstr(answer.body, "events[1]"));
	assert_action(w, 0, "PENDING", 1);
	ask(w, TASK_PATH_EVENTS, NULL, &answer);
	assert_int_equal(answer.status, 400);
}

static void test_a_body_has_a_greatest_size(void **state)
{
	struct world *w = *state;
	struct answer answer;
	AUTO_FREE char *big = xcalloc(3, TASK_BODY_MAX);

	hello(w, "boot-1");
	memset(big, ' ', TASK_BODY_MAX + 1);
	begin(w, TASK_PATH_EVENTS, big, &answer);
	await(w, &answer);
	assert_int_equal(answer.status, 413);
	begin(w, TASK_PATH_HELLO, big, &answer);
	await(w, &answer);
	assert_int_equal(answer.status, 413);

	/* More than the server takes at all. */
	memset(big, ' ', 2 * TASK_BODY_MAX + 1);
	begin(w, TASK_PATH_EVENTS, big, &answer);
	await(w, &answer);
	assert_int_equal(answer.status, 413);
}

/* ---- machines that nobody knows ---- */

#define STRANGER "52:54:00:00:00:99"
#define GREETING                                                               \
	"{'boot_id':'b-9','machine':'x','mac':'" STRANGER "','uptime_ms':1,"   \
	"'hook_version':'1'}"

static bool is_stranger(void *arg, const char *token,
			struct discover_stranger *stranger)
{
	(void)arg;
	return str_eq(token, "a-stranger") &&
	       net_parse_mac(STRANGER, &stranger->mac);
}

static bool may_tell(void *arg, const struct mac *mac, int64_t owner)
{
	(void)arg;
	(void)mac;
	(void)owner;
	return true;
}

static const struct discover_ops strangers = { .stranger = is_stranger,
					       .may_tell = may_tell,
					       .namespace = "default" };

static void test_a_stranger_is_refused_unless_that_is_wanted(void **state)
{
	struct world *w = *state;
	struct answer answer;

	str_copy(w->token, sizeof(w->token), "a-stranger");
	ask(w, TASK_PATH_HELLO, GREETING, &answer);

	assert_int_equal(answer.status, 401);
	assert_int_equal(worker_http_stats(w->http)->discovered, 0);
}

static void test_a_stranger_says_hello_and_is_known(void **state)
{
	struct world *w = *state;
	struct answer answer;

	worker_http_discover(w->http, &strangers);
	str_copy(w->token, sizeof(w->token), "a-stranger");
	w->session = "b-9";
	/* Nothing else is heard before. */
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_int_equal(answer.status, 401);
	ask(w, TASK_PATH_EVENTS, "{'events':[]}", &answer);
	assert_int_equal(answer.status, 401);
	ask(w, TASK_PATH_HELLO, "{'boot_id':1}", &answer);
	assert_int_equal(answer.status, 400);
	ask(w, TASK_PATH_HELLO, GREETING, &answer);
	assert_int_equal(answer.status, 200);

	assert_true(id_of(w->f, "hw", "discovery-52-54-00-00-00-99") > 0);
	ask(w, TASK_PATH_EVENTS, "{'events':[]}", &answer);
	assert_int_equal(answer.status, 200);
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_int_equal(answer.status, 204);
	/* Once more, as a machine that is known. */
	ask(w, TASK_PATH_HELLO, GREETING, &answer);
	assert_int_equal(answer.status, 200);
	assert_int_equal(worker_http_stats(w->http)->discovered, 1);
	assert_int_equal(worker_http_stats(w->http)->not_discovered, 0);
}

static void test_a_stranger_with_the_mac_of_a_machine_is_none(void **state)
{
	struct world *w = *state;
	struct answer answer;

	worker_http_discover(w->http, &strangers);
	assert_ok(w->f, patch(w->f, "hw", "m1",
			      "{'spec':{'interfaces':[{'dhcp':{'mac':'" STRANGER
			      "'}}]}}"));
	str_copy(w->token, sizeof(w->token), "a-stranger");
	ask(w, TASK_PATH_HELLO, GREETING, &answer);

	assert_int_equal(answer.status, 403);
	assert_non_null(strstr(answer.body, STRANGER));
	assert_int_equal(worker_http_stats(w->http)->not_discovered, 1);
	assert_int_equal(n_noted(w, w->run, "not-discovered"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(test_other_paths_are_not_the_workers),
		WORLD(test_a_wrong_token_is_refused),
		WORLD(test_a_stranger_is_refused_unless_that_is_wanted),
		WORLD(test_a_stranger_says_hello_and_is_known),
		WORLD(test_a_stranger_with_the_mac_of_a_machine_is_none),
		WORLD(test_who_is_no_machine_is_audited_and_then_not_heard),
		WORLD(test_who_is_refused_at_a_machines_address_is_told_once),
		WORLD(test_a_token_of_an_earlier_boot_is_refused),
		WORLD(test_a_session_that_is_not_known_says_hello_again),
		WORLD(test_a_hello_is_welcomed_and_noted),
		WORLD(test_a_hello_again_changes_nothing),
		WORLD(test_a_hello_without_any_run_is_welcome_too),
		WORLD(test_a_hello_that_cannot_be_read),
		WORLD(test_the_next_action_is_handed_out_until_it_ends),
		WORLD(test_nothing_is_handed_out_outside_the_working_phase),
		WORLD(test_nothing_is_handed_out_after_a_failure),
		WORLD(test_nothing_new_is_handed_out_while_a_run_is_paused),
		WORLD(test_a_machine_may_be_only_the_worker_of_a_run),
		WORLD(test_a_wait_ends_without_work),
		WORLD(test_a_wait_ends_when_work_appears),
		WORLD(test_who_waits_may_leave),
		WORLD(test_a_server_that_stops_leaves_nobody_behind),
		WORLD(test_events_that_cannot_be_read_change_nothing),
		WORLD(test_a_body_has_a_greatest_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
