/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/agent.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "test.h"

static const char welcome[] =
	"{\"session\":\"s1\",\"poll_s\":20,\"log_level\":\"info\"}";
static const char task_text[] =
	"{\"run\":7,\"action_id\":\"a1\",\"attempt\":1,\"name\":\"n\","
	"\"image\":\"image2disk\"}";
static const char other_task[] =
	"{\"run\":7,\"action_id\":\"a2\",\"attempt\":1,\"name\":\"n\","
	"\"image\":\"reboot\"}";

struct bench {
	struct rng rng;
	struct agent agent;
	struct agent_output out;
	mono_ms now;
};

static void begin(struct bench *b)
{
	static const struct agent_identity identity = {
		.boot_id = "b1",
		.machine = "r1n01",
		.mac = "52:54:00:00:00:01",
		.hook_version = "1",
		.attributes = "{}",
	};

	memset(b, 0, sizeof(*b));
	b->now = 1000;
	b->rng = rng_seeded(1);
	agent_init(&b->agent, &identity, &b->rng, b->now, 100);
}

/* The next output that is no note; false: there is none. */
static bool next(struct bench *b)
{
	while (agent_output(&b->agent, b->now, &b->out))
		if (b->out.kind != AGENT_NOTE)
			return true;
	return false;
}

static void answer(struct bench *b, int status, const char *body)
{
	agent_answer(&b->agent, b->now, status, body, strlen(body));
}

/* Acknowledges everything that the request under way contains. */
static void ack(struct bench *b, const char *cancel)
{
	CLEANUP(buf_release) struct buf body = BUF_INIT(4096);
	struct task_events events;
	struct err err;

	assert_int_equal(b->out.kind, AGENT_REQUEST);
	assert_string_equal(b->out.path, TASK_PATH_EVENTS);
	assert_int_equal(
		task_events_decode(b->out.body, b->out.len, &events, &err), 0);
	buf_printf(&body, "{\"acked\":%u,\"cancel\":[%s]}",
		   events.n ? (unsigned)events.items[events.n - 1].seq : 0,
		   cancel);
	task_events_release(&events);
	answer(b, 200, body.base);
}

static void expect_request(struct bench *b, const char *path)
{
	assert_true(next(b));
	assert_int_equal(b->out.kind, AGENT_REQUEST);
	assert_string_equal(b->out.path, path);
}

static void expect_in_body(const struct bench *b, const char *text)
{
	assert_non_null(strstr(b->out.body, text));
}

static void come_online(struct bench *b)
{
	expect_request(b, TASK_PATH_HELLO);
	answer(b, 200, welcome);
}

static void start(struct bench *b, const char *text)
{
	expect_request(b, TASK_PATH_NEXT "?wait=20");
	answer(b, 200, text);
	assert_true(next(b));
	assert_int_equal(b->out.kind, AGENT_START);
	expect_request(b, TASK_PATH_EVENTS);
	expect_in_body(b, "\"state\":\"running\"");
	ack(b, "");
}

static void end(struct bench *b, enum task_state state, enum agent_leave leave)
{
	struct agent_result result = { .state = state,
				       .message = "done",
				       .leave = leave };

	agent_ended(&b->agent, 0, b->now, &result);
}

static void test_the_straight_path(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	come_online(&b);
	start(&b, task_text);
	assert_false(next(&b));

	end(&b, TASK_SUCCESS, AGENT_STAY);
	expect_request(&b, TASK_PATH_EVENTS);
	expect_in_body(&b, "\"state\":\"success\",\"message\":\"done\"");
	ack(&b, "");

	expect_request(&b, TASK_PATH_NEXT "?wait=20");
	assert_string_equal(b.out.session, "s1");
	answer(&b, 204, "");
	expect_request(&b, TASK_PATH_NEXT "?wait=20");
	agent_release(&b.agent);
}

static void test_hello_is_repeated_until_the_server_is_there(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	for (int i = 0; i < 50; i++) {
		expect_request(&b, TASK_PATH_HELLO);
		answer(&b, 0, "connection refused");
		assert_false(next(&b));
		assert_true(agent_deadline(&b.agent) > b.now);
		assert_true(agent_deadline(&b.agent) <= b.now + 5000);
		b.now = agent_deadline(&b.agent);
	}
	come_online(&b);

	expect_request(&b, TASK_PATH_NEXT "?wait=20");
	agent_release(&b.agent);
}

static void test_a_refused_token_is_tried_again_slowly(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	expect_request(&b, TASK_PATH_HELLO);
	answer(&b, 401, "");

	assert_true(agent_output(&b.agent, b.now, &b.out));
	assert_int_equal(b.out.kind, AGENT_NOTE);
	assert_non_null(strstr(b.out.note, "token"));
	assert_true(b.out.trouble);
	assert_true(agent_deadline(&b.agent) >= b.now + 15000);
	agent_release(&b.agent);
}

static void test_why_it_is_refused_is_told_on_the_console(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	expect_request(&b, TASK_PATH_HELLO);
	answer(&b, 403, "its serial number is r1n01's\nmore");

	assert_true(agent_output(&b.agent, b.now, &b.out));
	assert_int_equal(b.out.kind, AGENT_NOTE);
	assert_string_equal(b.out.note,
			    "the server answers 403 (its serial number is "
			    "r1n01's), trying again");
	agent_release(&b.agent);
}

static void test_an_unknown_session_leads_to_a_new_hello(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	come_online(&b);
	start(&b, task_text);
	agent_line(&b.agent, 0, b.now, "stdout", "hello");
	b.now += 500;
	expect_request(&b, TASK_PATH_EVENTS);
	answer(&b, 401, "");

	b.now = agent_deadline(&b.agent);
	expect_request(&b, TASK_PATH_HELLO);
	expect_in_body(&b, "\"action\":\"a1\",\"attempt\":1,"
			   "\"state\":\"running\"");
	answer(&b, 200, welcome);
	expect_request(&b, TASK_PATH_EVENTS);
	expect_in_body(&b, "\"line\":\"hello\"");
	agent_release(&b.agent);
}

static void test_what_no_answer_came_to_is_sent_again(void **state)
{
	AUTO_FREE char *first = NULL;
	struct bench b;

	(void)state;
	begin(&b);
	come_online(&b);
	start(&b, task_text);
	end(&b, TASK_SUCCESS, AGENT_STAY);
	expect_request(&b, TASK_PATH_EVENTS);
	first = xstrndup(b.out.body, b.out.len);
	answer(&b, 0, "reset");
	assert_false(next(&b));

	b.now = agent_deadline(&b.agent);
	agent_expire(&b.agent, b.now);

	expect_request(&b, TASK_PATH_EVENTS);
	assert_string_equal(b.out.body, first);
	agent_release(&b.agent);
}

static void test_a_finished_action_is_not_run_again(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	come_online(&b);
	start(&b, task_text);
	end(&b, TASK_FAILED, AGENT_STAY);
	expect_request(&b, TASK_PATH_EVENTS);
	ack(&b, "");
	expect_request(&b, TASK_PATH_NEXT "?wait=20");
	answer(&b, 200, task_text);

	b.now = agent_deadline(&b.agent);
	agent_expire(&b.agent, b.now);
	expect_request(&b, TASK_PATH_EVENTS);
	expect_in_body(&b, "\"state\":\"failed\"");
	ack(&b, "");
	agent_release(&b.agent);
}

static void test_another_attempt_of_it_is_run(void **state)
{
	static const char second[] =
		"{\"run\":7,\"action_id\":\"a1\",\"attempt\":2,\"name\":\"n\","
		"\"image\":\"image2disk\"}";
	struct bench b;

	(void)state;
	begin(&b);
	come_online(&b);
	start(&b, task_text);
	end(&b, TASK_FAILED, AGENT_STAY);
	expect_request(&b, TASK_PATH_EVENTS);
	ack(&b, "");

	start(&b, second);
	agent_release(&b.agent);
}

static void test_a_cancelled_action_is_killed_and_failed(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	come_online(&b);
	start(&b, task_text);
	b.now = agent_deadline(&b.agent);
	expect_request(&b, TASK_PATH_EVENTS);
	ack(&b, "\"a1\"");

	assert_true(next(&b));
	assert_int_equal(b.out.kind, AGENT_KILL);
	end(&b, TASK_TIMEOUT, AGENT_STAY);
	expect_request(&b, TASK_PATH_EVENTS);
	expect_in_body(&b, "\"state\":\"failed\",\"message\":\"cancelled\"");
	agent_release(&b.agent);
}

#define BESIDE(id)                                                             \
	"{\"run\":7,\"action_id\":\"" id "\",\"attempt\":1,\"name\":\"n\","    \
	"\"image\":\"cexec\",\"background\":true}"

static void start_beside(struct bench *b, const char *wait, const char *text)
{
	expect_request(b, wait);
	answer(b, 200, text);
	assert_true(next(b));
	assert_int_equal(b->out.kind, AGENT_START);
	assert_true(b->out.job > 0);
	expect_request(b, TASK_PATH_EVENTS);
	ack(b, "");
}

static void test_others_run_beside_a_background_action(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	come_online(&b);
	start_beside(&b, TASK_PATH_NEXT "?wait=20", BESIDE("a0"));
	/* It is not waited for, but has things to say. */
	expect_request(&b, TASK_PATH_NEXT "?wait=2");
	answer(&b, 200, task_text);
	assert_true(next(&b));
	assert_int_equal(b.out.kind, AGENT_START);
	assert_int_equal(b.out.job, 0);
	expect_request(&b, TASK_PATH_EVENTS);
	expect_in_body(&b, "\"running\":{\"run\":7,\"action_id\":\"a1\"");
	expect_in_body(&b, "\"beside\":[{\"run\":7,\"action_id\":\"a0\"");
	ack(&b, "");
	end(&b, TASK_SUCCESS, AGENT_STAY);
	expect_request(&b, TASK_PATH_EVENTS);
	expect_in_body(&b, "\"action_id\":\"a1\"");
	agent_release(&b.agent);
}

static void test_a_background_action_is_cancelled_by_its_full_name(void **state)
{
	struct agent_result result = { .state = TASK_FAILED };
	struct bench b;

	(void)state;
	begin(&b);
	come_online(&b);
	start_beside(&b, TASK_PATH_NEXT "?wait=20", BESIDE("a0"));
	b.now = agent_deadline(&b.agent);
	expect_request(&b, TASK_PATH_EVENTS);
	ack(&b, "\"a0\",\"7/a0/1\"");
	assert_true(next(&b));
	assert_int_equal(b.out.kind, AGENT_KILL);
	assert_int_equal(b.out.job, 1);
	agent_ended(&b.agent, 1, b.now, &result);
	expect_request(&b, TASK_PATH_EVENTS);
	expect_in_body(&b, "\"message\":\"cancelled\"");
	agent_release(&b.agent);
}

static void test_there_is_an_end_to_what_runs_beside(void **state)
{
	static const char *const tasks[] = { BESIDE("a2"), BESIDE("a3"),
					     BESIDE("a4"), BESIDE("a5") };
	struct bench b;

	(void)state;
	begin(&b);
	come_online(&b);
	for (size_t i = 0; i < ARRAY_LEN(tasks); i++)
		start_beside(&b,
			     i ? TASK_PATH_NEXT "?wait=2"
			       : TASK_PATH_NEXT "?wait=20",
			     tasks[i]);
	expect_request(&b, TASK_PATH_NEXT "?wait=2");
	answer(&b, 200, BESIDE("a6"));

	expect_request(&b, TASK_PATH_EVENTS);
	expect_in_body(&b, "too much to do in the background");
	agent_release(&b.agent);
}

static void test_a_running_action_gives_signs_of_life(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	come_online(&b);
	start(&b, task_text);
	assert_false(next(&b));
	assert_true(agent_deadline(&b.agent) <= b.now + 5000);

	b.now = agent_deadline(&b.agent);

	expect_request(&b, TASK_PATH_EVENTS);
	assert_string_equal(b.out.body, "{\"events\":[],\"running\":{\"run\":7,"
					"\"action_id\":\"a1\",\"attempt\":1}}");
	agent_release(&b.agent);
}

static void test_the_machine_leaves_only_after_the_ack(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	come_online(&b);
	start(&b, other_task);
	end(&b, TASK_SUCCESS, AGENT_REBOOT);
	expect_request(&b, TASK_PATH_EVENTS);
	expect_in_body(&b, "\"terminal\":true");
	answer(&b, 503, "");
	assert_false(next(&b));
	b.now = agent_deadline(&b.agent);
	expect_request(&b, TASK_PATH_EVENTS);
	assert_false(agent_done(&b.agent));
	ack(&b, "");

	assert_true(next(&b));
	assert_int_equal(b.out.kind, AGENT_LEAVE);
	assert_int_equal(b.out.leave, AGENT_REBOOT);
	assert_true(agent_done(&b.agent));
	agent_release(&b.agent);
}

static void test_a_failed_restart_does_not_leave(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	come_online(&b);
	start(&b, other_task);
	end(&b, TASK_FAILED, AGENT_REBOOT);
	expect_request(&b, TASK_PATH_EVENTS);
	ack(&b, "");

	expect_request(&b, TASK_PATH_NEXT "?wait=20");
	agent_release(&b.agent);
}

static void test_lines_are_gathered_for_half_a_second(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	come_online(&b);
	start(&b, task_text);
	agent_line(&b.agent, 0, b.now, "stdout", "one");
	b.now += 200;
	agent_line(&b.agent, 0, b.now, "stdout", "two");
	assert_false(next(&b));

	b.now += 300;

	expect_request(&b, TASK_PATH_EVENTS);
	expect_in_body(&b, "\"one\"");
	expect_in_body(&b, "\"two\"");
	agent_release(&b.agent);
}

static void test_an_ack_of_nothing_does_not_lead_to_a_storm(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	come_online(&b);
	start(&b, task_text);
	end(&b, TASK_SUCCESS, AGENT_STAY);
	expect_request(&b, TASK_PATH_EVENTS);
	answer(&b, 200, "{\"acked\":0,\"cancel\":[]}");

	assert_false(next(&b));
	assert_true(agent_deadline(&b.agent) > b.now);
	agent_release(&b.agent);
}

static void test_an_unreadable_answer_is_trouble_not_the_end(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	expect_request(&b, TASK_PATH_HELLO);
	answer(&b, 200, "<html>");
	b.now = agent_deadline(&b.agent);
	come_online(&b);
	expect_request(&b, TASK_PATH_NEXT "?wait=20");
	answer(&b, 200, "{}");
	assert_false(next(&b));

	b.now = agent_deadline(&b.agent);

	expect_request(&b, TASK_PATH_NEXT "?wait=20");
	agent_release(&b.agent);
}

static void test_the_journal_outlives_the_program(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(TASK_BODY_MAX);
	struct bench b;
	struct bench again;
	struct err err;

	(void)state;
	begin(&b);
	come_online(&b);
	start(&b, task_text);
	end(&b, TASK_SUCCESS, AGENT_STAY);
	expect_request(&b, TASK_PATH_EVENTS);
	ack(&b, "");
	start(&b, other_task);
	agent_journal(&b.agent, b.now, &text);
	agent_release(&b.agent);

	begin(&again);
	assert_int_equal(agent_recall(&again.agent, again.now, text.base,
				      text.len, &err),
			 0);
	come_online(&again);

	expect_request(&again, TASK_PATH_EVENTS);
	expect_in_body(&again, "\"action_id\":\"a1\",\"attempt\":1,"
			       "\"type\":\"state\",\"state\":\"success\"");
	expect_in_body(&again, "\"state\":\"failed\",\"message\":\"the worker "
			       "was restarted while the action ran\"");
	agent_release(&again.agent);
}

static void test_a_long_absence_loses_lines_but_no_states(void **state)
{
	struct bench b;
	char line[1001];

	(void)state;
	begin(&b);
	come_online(&b);
	start(&b, task_text);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (int i = 0; i < 3000; i++)
		agent_line(&b.agent, 0, b.now, "stdout", line);
	end(&b, TASK_SUCCESS, AGENT_STAY);

	expect_request(&b, TASK_PATH_EVENTS);
	expect_in_body(&b, "\"type\":\"gap\",\"lost\":");
	assert_true(b.agent.outbox.bytes <= 1024 * 1024);
	for (int i = 0; i < 100 && !strstr(b.out.body, "\"success\""); i++) {
		ack(&b, "");
		expect_request(&b, TASK_PATH_EVENTS);
	}
	expect_in_body(&b, "\"state\":\"success\"");
	agent_release(&b.agent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_the_straight_path),
		RUN(test_hello_is_repeated_until_the_server_is_there),
		RUN(test_a_refused_token_is_tried_again_slowly),
		RUN(test_why_it_is_refused_is_told_on_the_console),
		RUN(test_an_unknown_session_leads_to_a_new_hello),
		RUN(test_what_no_answer_came_to_is_sent_again),
		RUN(test_a_finished_action_is_not_run_again),
		RUN(test_another_attempt_of_it_is_run),
		RUN(test_a_cancelled_action_is_killed_and_failed),
		RUN(test_others_run_beside_a_background_action),
		RUN(test_a_background_action_is_cancelled_by_its_full_name),
		RUN(test_there_is_an_end_to_what_runs_beside),
		RUN(test_a_running_action_gives_signs_of_life),
		RUN(test_the_machine_leaves_only_after_the_ack),
		RUN(test_a_failed_restart_does_not_leave),
		RUN(test_lines_are_gathered_for_half_a_second),
		RUN(test_an_ack_of_nothing_does_not_lead_to_a_storm),
		RUN(test_an_unreadable_answer_is_trouble_not_the_end),
		RUN(test_the_journal_outlives_the_program),
		RUN(test_a_long_absence_loses_lines_but_no_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
