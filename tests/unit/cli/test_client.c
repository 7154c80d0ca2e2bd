/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client.h"

#include <string.h>

#include "unit/cli/server.h"

static void assert_error(const struct err *err, enum err_code code,
			 const char *message)
{
	assert_string_equal(err->message, message);
	assert_int_equal(err->code, code);
}

/* /status/N answers N, with a Status if there is a query. */
static void answer(void *arg, struct http_request *req)
{
	const char *path = http_path(req);
	const char *reason = http_query(req, "reason");
	uint32_t status = 200;
	size_t len;

	(void)arg;
	if (str_starts(path, "/status/"))
		str_parse_u32(path + strlen("/status/"), 999, &status);
	if (str_eq(path, "/away"))
		_exit(0);
	if (str_eq(path, "/broken")) {
		http_reply_text(req, 200, "no JSON");
	} else if (str_eq(path, "/accept")) {
		http_reply_text(req, 200,
				strstr(http_header(req, "Accept"), "as=Table")
					? "[\"table\"]"
					: "[\"object\"]");
	} else if (str_eq(path, "/body")) {
		const char *type = http_header(req, "Content-Type");
		AUTO_FREE char *text = xasprintf(
			"[\"%s\",%s]", type ? type : "", http_body(req, &len));

		http_reply_text(req, 200, text);
	} else if (reason) {
		AUTO_FREE char *text = xasprintf(
			"{'message':'as it is said','reason':'%s'}", reason);

		server_reply(req, (int)status, text);
	} else {
		server_reply(req, (int)status, "{'kind':'List'}");
	}
}

static void test_an_answer_is_json(void **state)
{
	struct server *server = *state;
	AUTO_JSON json_t *reply = NULL;
	AUTO_JSON json_t *created = NULL;
	struct err err;

	server_start(server, answer);
	reply = client_get(server->client, "/api", &err);
	created =
		client_send(server->client, "POST", "/status/201", reply, &err);

	assert_json(reply, "{'kind':'List'}");
	assert_json(created, "{'kind':'List'}");
	server_assert_asked(server, "GET /api\nPOST /status/201\n");
}

static void test_a_table_is_asked_for_by_its_type(void **state)
{
	struct server *server = *state;
	AUTO_JSON json_t *object = NULL;
	AUTO_JSON json_t *table = NULL;
	struct err err;

	server_start(server, answer);
	object = client_get(server->client, "/accept", &err);
	table = client_get_table(server->client, "/accept", &err);

	assert_json(object, "['object']");
	assert_json(table, "['table']");
}

static void test_a_body_says_what_it_is(void **state)
{
	struct server *server = *state;
	AUTO_JSON json_t *body = json_of("{'a':1}");
	AUTO_JSON json_t *post = NULL;
	AUTO_JSON json_t *patch = NULL;
	struct err err;

	server_start(server, answer);
	post = client_send(server->client, "POST", "/body", body, &err);
	patch = client_send(server->client, "PATCH", "/body", body, &err);

	assert_json(post, "['application/json',{'a':1}]");
	assert_json(patch, "['application/merge-patch+json',{'a':1}]");
}

static void test_what_the_server_refuses_is_said_in_its_words(void **state)
{
	static const struct {
		const char *path;
		enum err_code code;
	} cases[] = {
		{ "/status/400?reason=BadRequest", ERR_INVALID },
		{ "/status/401?reason=Unauthorized", ERR_AUTH },
		{ "/status/403?reason=Forbidden", ERR_DENIED },
		{ "/status/404?reason=NotFound", ERR_NOT_FOUND },
		{ "/status/405?reason=x", ERR_INVALID },
		{ "/status/409?reason=Conflict", ERR_CONFLICT },
		{ "/status/409?reason=AlreadyExists", ERR_EXISTS },
		{ "/status/410?reason=Expired", ERR_GONE },
		{ "/status/415?reason=x", ERR_INVALID },
		{ "/status/422?reason=Invalid", ERR_INVALID },
		{ "/status/429?reason=x", ERR_BUSY },
		{ "/status/503?reason=x", ERR_BUSY },
		{ "/status/500?reason=x", ERR_PROTOCOL },
	};
	struct server *server = *state;

	server_start(server, answer);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err;

		assert_null(client_get(server->client, cases[i].path, &err));
		assert_error(&err, cases[i].code, "as it is said");
	}
}

static void test_a_refusal_without_words_gives_the_number(void **state)
{
	struct server *server = *state;
	struct err err;

	server_start(server, answer);

	assert_null(client_get(server->client, "/status/404", &err));
	assert_error(&err, ERR_NOT_FOUND, "the server answered 404");
}

static void test_an_answer_that_is_no_json(void **state)
{
	struct server *server = *state;
	struct err err;

	server_start(server, answer);

	assert_null(client_get(server->client, "/broken", &err));
	assert_int_equal(err.code, ERR_INVALID);
	assert_true(str_starts(err.message, "the server's answer: JSON"));
}

static void test_no_server_is_unreachable_and_hints_at_it(void **state)
{
	struct server *server = *state;
	AUTO_FREE char *expected =
		xasprintf("cannot reach tomte at %s: is `tomte serve` running?",
			  server->socket);
	struct err err;

	assert_null(client_get(server->client, "/api", &err));
	assert_error(&err, ERR_UNREACHABLE, expected);
}

static void test_a_server_that_dies_went_away(void **state)
{
	struct server *server = *state;
	AUTO_FREE char *expected = xasprintf(
		"tomte at %s went away before it answered", server->socket);
	struct err err;

	server_start(server, answer);

	assert_null(client_get(server->client, "/away", &err));
	assert_error(&err, ERR_UNREACHABLE, expected);
}

/* Made shorter, the path of an object "." would be that of all. */
static void test_a_path_is_sent_as_it_is(void **state)
{
	struct server *server = *state;
	AUTO_JSON json_t *reply = NULL;
	struct err err;

	server_start(server, answer);
	reply = client_send(server->client, "DELETE", "/hardware/.", NULL,
			    &err);

	server_assert_asked(server, "DELETE /hardware/.\n");
}

static bool count(void *arg, const json_t *event)
{
	json_t *events = arg;

	json_array_append(events, (json_t *)(uintptr_t)event);
	return json_array_size(events) < 3;
}

/* Events cut in the middle, and two in a piece. */
static void stream(void *arg, struct http_request *req)
{
	static const char *const parts[] = { "{\"n\":1}\n{\"n\"", ":2}\nno",
					     " json\n{\"n\":3}\n",
					     "{\"n\":4}\n" };
	bool all = http_query(req, "all");

	(void)arg;
	http_stream_begin(req, 200, "application/json");
	for (size_t i = 0; i < ARRAY_LEN(parts) - !all; i++)
		http_stream_add(req, parts[i], strlen(parts[i]));
	http_stream_end(req);
}

static void test_a_watch_takes_line_for_line(void **state)
{
	struct server *server = *state;
	AUTO_JSON json_t *events = json_array();
	struct err err;

	server_start(server, stream);

	assert_int_equal(client_watch(server->client, "/watch", false, count,
				      events, &err),
			 0);
	assert_json(events, "[{'n':1},{'n':2},{'n':3}]");
}

static void test_a_watch_stops_when_it_is_enough(void **state)
{
	struct server *server = *state;
	AUTO_JSON json_t *events = json_array();
	struct err err;

	server_start(server, stream);

	assert_int_equal(client_watch(server->client, "/watch?all=1", true,
				      count, events, &err),
			 0);
	assert_json(events, "[{'n':1},{'n':2},{'n':3}]");
}

static void test_a_watch_that_is_refused(void **state)
{
	struct server *server = *state;
	AUTO_JSON json_t *events = json_array();
	struct err err;

	server_start(server, answer);

	assert_int_equal(client_watch(server->client,
				      "/status/410?reason=Expired", false,
				      count, events, &err),
			 -1);
	assert_error(&err, ERR_GONE, "as it is said");
	assert_json(events, "[]");
}

/* Answers in pairs: who asks one after the other waits for ever. /no is
 * refused at once. */
static void in_pairs(void *arg, struct http_request *req)
{
	static struct http_request *waiting;
	struct http_request *first = waiting;

	(void)arg;
	if (str_eq(http_path(req), "/no")) {
		server_reply(req, 502, "{'message':'its BMC is gone'}");
		return;
	}
	waiting = first ? NULL : req;
	if (!first)
		return;
	server_reply(first, 200, "{'n':1}");
	server_reply(req, 200, "{'n':2}");
}

static void on_unreachable(void *arg, size_t i, const json_t *reply,
			   const struct err *error)
{
	unsigned *n = arg;

	(void)i;
	assert_null(reply);
	assert_int_equal(error->code, ERR_UNREACHABLE);
	++*n;
}

struct replies {
	unsigned n;
	unsigned n_failed;
	bool seen[8];
};

static void on_reply(void *arg, size_t i, const json_t *reply,
		     const struct err *error)
{
	struct replies *replies = arg;

	assert_true(i < 8 && !replies->seen[i]);
	assert_true((reply != NULL) != (error != NULL));
	replies->seen[i] = true;
	replies->n++;
	if (!error)
		return;
	replies->n_failed++;
	assert_error(error, ERR_PROTOCOL, "its BMC is gone");
}

static void test_many_are_asked_at_a_time_and_each_is_told(void **state)
{
	static const struct client_ask asks[] = {
		{ .method = "GET", .path = "/a" },
		{ .method = "GET", .path = "/no" },
		{ .method = "GET", .path = "/b" },
		{ .method = "GET", .path = "/c" },
		{ .method = "GET", .path = "/d" },
	};
	struct server *server = *state;
	struct replies replies = { 0 };

	server_start(server, in_pairs);
	client_each(server->client, asks, ARRAY_LEN(asks), 2, on_reply,
		    &replies);

	assert_int_equal(replies.n, 5);
	assert_int_equal(replies.n_failed, 1);
}

static void test_nobody_there_is_told_of_each(void **state)
{
	static const struct client_ask asks[] = {
		{ .method = "GET", .path = "/a" },
		{ .method = "GET", .path = "/b" },
	};
	struct server *server = *state;
	unsigned n = 0;

	client_each(server->client, asks, 0, 2, on_reply, &n);
	server_start(server, in_pairs);
	server_stop(server);
	client_each(server->client, asks, ARRAY_LEN(asks), 4, on_unreachable,
		    &n);

	assert_int_equal(n, 2);
}

struct talk {
	unsigned n_events;
	unsigned n_looks;
	unsigned most_looks;
};

static bool on_line(void *arg, const json_t *event)
{
	struct talk *talk = arg;

	assert_non_null(event);
	talk->n_events++;
	return true;
}

static bool look(void *arg)
{
	struct talk *talk = arg;

	return ++talk->n_looks < talk->most_looks;
}

/* One line, and then nothing more, but no end. */
static void half_a_stream(void *arg, struct http_request *req)
{
	(void)arg;
	http_stream_begin(req, 200, "application/json");
	http_stream_add(req, "{\"a\":1}\n{\"b\"", 12);
}

static void test_beside_a_stream_something_else_is_done(void **state)
{
	const struct client_side side = { .look = look };
	struct server *server = *state;
	struct talk talk = { .most_looks = 20 };
	struct err err;

	server_start(server, half_a_stream);
	assert_int_equal(client_converse(server->client, "/c", on_line, &side,
					 &talk, &err),
			 0);
	assert_int_equal(talk.n_events, 1);
	assert_int_equal(talk.n_looks, 20);
	server_stop(server);
	server_start(server, stream);
	talk.n_events = 0;
	talk.most_looks = 100000;
	assert_int_equal(client_converse(server->client, "/c", on_line, &side,
					 &talk, &err),
			 0);

	assert_true(talk.n_events > 1);
}

static void test_a_token_comes_from_a_file(void **state)
{
	struct server *server = *state;
	AUTO_FREE char *empty = server_file(server, "empty", 0600, "\n");
	AUTO_FREE char *missing = xasprintf("%s/missing", server->folder);
	AUTO_FREE char *no_token = xasprintf("%s: no token in it", empty);
	struct client_target target = { .server = "https://127.0.0.1:1/",
					.token_file = missing };
	struct err err;

	assert_null(client_new(&target, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_non_null(strstr(err.message, missing));
	target.token_file = empty;
	assert_null(client_new(&target, &err));
	assert_error(&err, ERR_INVALID, no_token);
}

static void test_a_server_by_address_is_named_without_its_slash(void **state)
{
	struct client_target target = { .server = "https://127.0.0.1:1//" };
	struct err err;
	struct client *client = client_new(&target, &err);

	(void)state;

	assert_non_null(client);
	assert_null(client_get(client, "/api", &err));
	assert_error(&err, ERR_UNREACHABLE,
		     "cannot reach tomte at https://127.0.0.1:1: is `tomte "
		     "serve` running?");
	client_free(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_SERVER(test_an_answer_is_json),
		RUN_WITH_SERVER(test_a_table_is_asked_for_by_its_type),
		RUN_WITH_SERVER(test_a_body_says_what_it_is),
		RUN_WITH_SERVER(
			test_what_the_server_refuses_is_said_in_its_words),
		RUN_WITH_SERVER(test_a_refusal_without_words_gives_the_number),
		RUN_WITH_SERVER(test_an_answer_that_is_no_json),
		RUN_WITH_SERVER(test_no_server_is_unreachable_and_hints_at_it),
		RUN_WITH_SERVER(test_a_server_that_dies_went_away),
		RUN_WITH_SERVER(test_a_path_is_sent_as_it_is),
		RUN_WITH_SERVER(test_a_watch_takes_line_for_line),
		RUN_WITH_SERVER(test_a_watch_stops_when_it_is_enough),
		RUN_WITH_SERVER(test_a_watch_that_is_refused),
		RUN_WITH_SERVER(test_many_are_asked_at_a_time_and_each_is_told),
		RUN_WITH_SERVER(test_nobody_there_is_told_of_each),
		RUN_WITH_SERVER(test_beside_a_stream_something_else_is_done),
		RUN_WITH_SERVER(test_a_token_comes_from_a_file),
		RUN(test_a_server_by_address_is_named_without_its_slash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
