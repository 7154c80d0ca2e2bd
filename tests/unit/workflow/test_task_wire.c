/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/task_wire.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "test.h"

static const char golden_hello[] =
	"{\"boot_id\":\"b1\",\"machine\":\"r1n01\","
	"\"mac\":\"52:54:00:00:00:01\",\"hook_version\":\"0.1.0\","
	"\"uptime_ms\":4100,\"attributes\":{\"cpu\":{\"totalCores\":2}},"
	"\"resume\":{\"run\":7,\"action\":\"a1\",\"attempt\":2,"
	"\"state\":\"success\"}}";

static const char golden_task[] =
	"{\"run\":7,\"action_id\":\"a1\",\"index\":3,\"attempt\":2,"
	"\"name\":\"write\",\"image\":\"quay.io/x/image2disk:v1\","
	"\"args\":[\"-v\"],\"env\":{\"A\":\"1\",\"B\":\"x=y\"},"
	"\"timeout_s\":600,\"volumes\":[\"/dev:/dev\"],\"pid\":\"host\","
	"\"network\":\"host\"}";

static const char golden_events[] =
	"{\"events\":["
	"{\"seq\":5,\"at_ms\":10,\"run\":7,\"action_id\":\"a1\","
	"\"attempt\":2,\"type\":\"state\",\"state\":\"failed\","
	"\"message\":\"no disk\",\"terminal\":false,\"result\":{}},"
	"{\"seq\":6,\"at_ms\":11,\"run\":7,\"action_id\":\"a1\","
	"\"attempt\":2,\"type\":\"progress\",\"phase\":\"write\","
	"\"bytes_done\":1,\"bytes_total\":2,\"rate\":3},"
	"{\"seq\":7,\"at_ms\":12,\"type\":\"log\",\"line\":\"hello\","
	"\"stream\":\"stdout\"},"
	"{\"seq\":9,\"at_ms\":13,\"type\":\"gap\",\"lost\":44}]}";

static void test_a_hello_is_what_its_text_says(void **state)
{
	CLEANUP(buf_release) struct buf again = BUF_INIT(4096);
	struct task_hello hello;
	struct err err;

	(void)state;
	assert_int_equal(task_hello_decode(golden_hello, strlen(golden_hello),
					   &hello, &err),
			 0);

	assert_string_equal(hello.machine, "r1n01");
	assert_true(hello.has_resume);
	assert_int_equal(hello.resume.run, 7);
	assert_int_equal(hello.resume_state, TASK_SUCCESS);
	task_hello_encode(&hello, &again);
	assert_string_equal(again.base, golden_hello);
	task_hello_release(&hello);
}

static void test_a_hello_without_a_past_has_null_for_it(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
	struct task_hello hello = { .boot_id = "b", .machine = "m" };
	struct task_hello back;
	struct err err;

	(void)state;
	task_hello_encode(&hello, &text);

	assert_non_null(strstr(text.base, "\"resume\":null"));
	assert_int_equal(task_hello_decode(text.base, text.len, &back, &err),
			 0);
	assert_false(back.has_resume);
	task_hello_release(&back);
}

static void test_a_task_is_what_its_text_says(void **state)
{
	CLEANUP(buf_release) struct buf again = BUF_INIT(4096);
	struct task task;
	struct err err;

	(void)state;
	assert_int_equal(
		task_decode(golden_task, strlen(golden_task), &task, &err), 0);

	assert_string_equal(task_env(&task, "B"), "x=y");
	assert_null(task_env(&task, "C"));
	assert_int_equal(task.timeout_s, 600);
	task_encode(&task, &again);
	assert_string_equal(again.base, golden_task);
	task_release(&task);
}

static void test_events_are_what_their_text_says(void **state)
{
	CLEANUP(buf_release) struct buf again = BUF_INIT(4096);
	struct task_events events;
	char *texts[4];
	struct err err;

	(void)state;
	assert_int_equal(task_events_decode(golden_events,
					    strlen(golden_events), &events,
					    &err),
			 0);

	assert_int_equal(events.n, 4);
	assert_string_equal(events.items[0].message, "no disk");
	assert_int_equal(events.items[3].lost, 44);
	for (size_t i = 0; i < 4; i++) {
		struct buf one = BUF_INIT(4096);

		task_event_encode(&events.items[i], &one);
		texts[i] = buf_take(&one);
	}
	task_events_encode((const char *const *)texts, 4, NULL, &again);
	assert_string_equal(again.base, golden_events);
	for (size_t i = 0; i < 4; i++)
		free(texts[i]);
	task_events_release(&events);
}

static void test_a_sign_of_life_names_what_runs(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
	const struct task_busy busy = {
		.has_running = true,
		.running = { .run = 7, .action_id = "a1", .attempt = 2 },
	};
	struct task_events events;
	struct err err;

	(void)state;
	task_events_encode(NULL, 0, &busy, &text);

	assert_string_equal(text.base, "{\"events\":[],\"running\":{\"run\":7,"
				       "\"action_id\":\"a1\",\"attempt\":2}}");
	assert_int_equal(task_events_decode(text.base, text.len, &events, &err),
			 0);
	assert_true(events.busy.has_running);
	assert_true(task_key_eq(&events.busy.running, &busy.running));
	task_events_release(&events);
}

static void test_a_sign_of_life_names_what_runs_beside_it(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
	const struct task_busy busy = {
		.beside = { { .run = 7, .action_id = "a1", .attempt = 2 },
			    { .run = 8, .action_id = "a0", .attempt = 1 } },
		.n_beside = 2,
	};
	char name[TASK_KEY_TEXT];
	struct task_events events;
	struct err err;

	(void)state;
	task_events_encode(NULL, 0, &busy, &text);

	assert_int_equal(task_events_decode(text.base, text.len, &events, &err),
			 0);
	assert_false(events.busy.has_running);
	assert_int_equal(events.busy.n_beside, 2);
	task_key_text(&events.busy.beside[1], name);
	assert_string_equal(name, "8/a0/1");
	task_events_release(&events);
}

static void test_there_is_a_greatest_number_beside_it(void **state)
{
	static const char text[] =
		"{\"events\":[],\"beside\":[{},{},{},{},{}]}";
	struct task_events events;
	struct err err;

	(void)state;

	assert_int_equal(task_events_decode(text, strlen(text), &events, &err),
			 -1);
	assert_int_equal(err.code, ERR_TOO_BIG);
}

static void test_a_sign_of_life_that_cannot_be_read(void **state)
{
	static const char *const wrong[] = {
		"{\"events\":[],\"running\":{\"action_id\":\"a\","
		"\"attempt\":1}}",
		"{\"events\":[],\"running\":{\"run\":1,\"attempt\":1}}",
		"{\"events\":[],\"running\":{\"run\":-1,"
		"\"action_id\":\"a\",\"attempt\":1}}",
		"{\"events\":[],\"running\":\"a\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct task_events events;
		struct err err;

		assert_int_equal(task_events_decode(wrong[i], strlen(wrong[i]),
						    &events, &err),
				 -1);
		assert_true(str_starts(err.message, "events: "));
	}
}

/* It would be a session that is none, and the worker would never get in. */
static void test_a_hello_without_a_boot_id_is_refused(void **state)
{
	static const char text[] = "{\"boot_id\":\"\",\"machine\":\"m\"}";
	struct task_hello hello;
	struct err err;

	(void)state;
	assert_int_equal(task_hello_decode(text, strlen(text), &hello, &err),
			 -1);
	assert_string_equal(err.message, "hello.boot_id: empty");
}

static void test_welcome_and_ack_come_back_as_they_went(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
	struct task_welcome welcome = { .session = "abc",
					.poll_s = 20,
					.log_level = "info" };
	struct task_ack ack = { .acked = 12 };
	struct err err;

	(void)state;
	task_list_add(&ack.cancel, "a1");
	task_welcome_encode(&welcome, &text);
	assert_string_equal(text.base, "{\"session\":\"abc\",\"poll_s\":20,"
				       "\"log_level\":\"info\"}");
	assert_int_equal(
		task_welcome_decode(text.base, text.len, &welcome, &err), 0);
	buf_clear(&text);
	task_ack_encode(&ack, &text);
	task_ack_release(&ack);

	assert_string_equal(text.base, "{\"acked\":12,\"cancel\":[\"a1\"]}");
	assert_int_equal(task_ack_decode(text.base, text.len, &ack, &err), 0);
	assert_string_equal(ack.cancel.items[0], "a1");
	task_ack_release(&ack);
}

static void test_a_line_that_is_not_utf8_can_be_sent(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
	char line[] = "caf\xe9";
	struct task_event event = { .seq = 1,
				    .type = TASK_EVENT_LOG,
				    .line = line,
				    .stream = "stdout" };

	(void)state;
	task_event_encode(&event, &text);

	assert_non_null(strstr(text.base, "\"line\":\"caf?\""));
}

static void test_what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} wrong[] = {
		{ "{\"action_id\":\"a\",\"attempt\":1,\"image\":\"i\"}",
		  "run" },
		{ "{\"run\":1,\"attempt\":1,\"image\":\"i\"}", "action_id" },
		{ "{\"run\":1,\"action_id\":\"a\",\"attempt\":1,"
		  "\"image\":\"i\",\"env\":{\"A\":1}}",
		  "env.A" },
		{ "{\"run\":-1,\"action_id\":\"a\",\"attempt\":1,"
		  "\"image\":\"i\"}",
		  "run" },
		{ "[]", "object" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct task task;
		struct err err;

		assert_int_equal(task_decode(wrong[i].text,
					     strlen(wrong[i].text), &task,
					     &err),
				 -1);
		assert_non_null(strstr(err.message, wrong[i].says));
	}
}

static void test_one_bad_event_refuses_the_batch_and_is_numbered(void **state)
{
	static const char text[] =
		"{\"events\":[{\"seq\":1,\"type\":\"gap\",\"lost\":1},"
		"{\"seq\":2,\"type\":\"song\"}]}";
	struct task_events events;
	struct err err;

	(void)state;
	assert_int_equal(task_events_decode(text, strlen(text), &events, &err),
			 -1);

	assert_non_null(strstr(err.message, "events[1]"));
	assert_null(events.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_hello_is_what_its_text_says),
		RUN(test_a_hello_without_a_past_has_null_for_it),
		RUN(test_a_task_is_what_its_text_says),
		RUN(test_events_are_what_their_text_says),
		RUN(test_a_sign_of_life_names_what_runs),
		RUN(test_a_sign_of_life_names_what_runs_beside_it),
		RUN(test_there_is_a_greatest_number_beside_it),
		RUN(test_a_sign_of_life_that_cannot_be_read),
		RUN(test_a_hello_without_a_boot_id_is_refused),
		RUN(test_welcome_and_ack_come_back_as_they_went),
		RUN(test_a_line_that_is_not_utf8_can_be_sent),
		RUN(test_what_is_wrong_is_named),
		RUN(test_one_bad_event_refuses_the_batch_and_is_numbered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
