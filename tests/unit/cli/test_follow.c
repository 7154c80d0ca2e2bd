/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/follow.h"

#include <string.h>

#include "unit/cli/server.h"

/* What was seen, and when it is enough. */
struct seen {
	struct cli cli;
	struct buf names;
	size_t n_wanted;
	size_t n;
};

static bool on_change(void *arg, const json_t *change)
{
	struct seen *seen = arg;

	buf_printf(&seen->names, "%s%s", seen->n ? " " : "",
		   json_str_at(change, "object.metadata.name"));
	return ++seen->n < seen->n_wanted;
}

static char *path_with(void *arg, const char *query)
{
	(void)arg;
	return xasprintf("/things?%s", query);
}

static void follow(struct server *server, bool events, size_t n_wanted,
		   const char *names)
{
	struct seen seen = { .cli.client = server->client,
			     .names = BUF_INIT(1024),
			     .n_wanted = n_wanted };
	struct follow follow = {
		.cli = &seen.cli,
		.events = events,
		.seen = on_change,
		.path = path_with,
		.arg = &seen,
	};
	struct err err = { .message = "" };

	assert_int_equal(follow_run(&follow, "5", &err), CLI_OK);
	assert_string_equal(seen.names.base, names);
	buf_release(&seen.names);
	follow_release(&follow);
}

#define WATCH "GET /things?watch=true&allowWatchBookmarks=true&resourceVersion="

static void stream(struct http_request *req, const char *lines)
{
	AUTO_FREE char *copy = xstrdup(lines);

	for (char *at = copy; *at; at++)
		if (*at == '\'')
			*at = '"';
	http_stream_begin(req, 200, "application/json");
	http_stream_add(req, copy, strlen(copy));
	http_stream_end(req);
}

static const char *version_of(struct http_request *req)
{
	const char *version = http_query(req, "resourceVersion");

	return version ? version : "";
}

static void ends_and_goes_on(void *arg, struct http_request *req)
{
	(void)arg;
	if (str_eq(version_of(req), "5"))
		stream(req, "{'type':'ADDED','object':{'metadata':{"
			    "'name':'a','resourceVersion':'6'}}}\n");
	else
		stream(req, "{'type':'ADDED','object':{'metadata':{"
			    "'name':'b','resourceVersion':'7'}}}\n");
}

static void test_a_watch_that_ended_goes_on_from_there(void **state)
{
	struct server *server = *state;

	server_start(server, ends_and_goes_on);

	follow(server, false, 2, "a b");
	server_assert_asked(server, WATCH "5\n" WATCH "6\n");
}

/* An Event's version is the number of its row: only a bookmark's counts. And
 * what there is may come once more. */
static void events_with_bookmarks(void *arg, struct http_request *req)
{
	(void)arg;
	if (str_eq(version_of(req), "5"))
		stream(req, "{'type':'ADDED','object':{'count':1,'metadata':{"
			    "'name':'a','resourceVersion':'901'}}}\n"
			    "{'type':'BOOKMARK','object':{'metadata':{"
			    "'resourceVersion':'8'}}}\n"
			    "{'type':'ADDED','object':{'count':1,'metadata':{"
			    "'name':'b','resourceVersion':'902'}}}\n");
	else
		stream(req, "{'type':'MODIFIED','object':{'count':1,"
			    "'metadata':{'name':'a','resourceVersion':'901'}}}"
			    "\n"
			    "{'type':'MODIFIED','object':{'count':1,"
			    "'metadata':{'name':'b','resourceVersion':'902'}}}"
			    "\n"
			    "{'type':'MODIFIED','object':{'count':2,"
			    "'metadata':{'name':'b','resourceVersion':'902'}}}"
			    "\n");
}

static void test_what_comes_again_is_seen_once(void **state)
{
	struct server *server = *state;

	server_start(server, events_with_bookmarks);

	follow(server, true, 3, "a b b");
	server_assert_asked(server, WATCH "5\n" WATCH "8\n");
}

static void forgets(void *arg, struct http_request *req)
{
	(void)arg;
	if (str_eq(version_of(req), "5"))
		stream(req, "{'type':'ERROR','object':{'code':410,"
			    "'message':'too old'}}\n");
	else if (!*version_of(req))
		server_reply(req, 200, "{'metadata':{'resourceVersion':'40'}}");
	else if (str_eq(version_of(req), "40"))
		server_reply(req, 410, "{'message':'too old as well'}");
	else
		http_reply_text(req, 500, "never asked");
}

/* The second time it says so before there is a stream; then it changes. */
static void forgets_twice(void *arg, struct http_request *req)
{
	struct server *server = arg;
	AUTO_FREE char *path = xasprintf("%s/again", server->folder);

	if (!*version_of(req) && !access(path, F_OK)) {
		server_reply(req, 200, "{'metadata':{'resourceVersion':'50'}}");
	} else if (str_eq(version_of(req), "50")) {
		stream(req, "{'type':'ADDED','object':{'metadata':{"
			    "'name':'c','resourceVersion':'51'}}}\n");
	} else {
		if (!*version_of(req))
			free(server_file(server, "again", 0600, ""));
		forgets(arg, req);
	}
}

static void test_what_the_server_has_forgotten_is_passed_over(void **state)
{
	struct server *server = *state;

	server_start(server, forgets_twice);

	follow(server, false, 1, "c");
	server_assert_asked(server,
			    WATCH "5\nGET /things?limit=1\n" WATCH
				  "40\nGET /things?limit=1\n" WATCH "50\n");
}

static void refuses(void *arg, struct http_request *req)
{
	(void)arg;
	server_reply(req, 403, "{'message':'not for you'}");
}

static void test_a_refusal_ends_it(void **state)
{
	struct server *server = *state;
	struct cli cli = { .client = server->client };
	struct follow follow = { .cli = &cli, .path = path_with };
	struct err err;

	server_start(server, refuses);

	assert_int_equal(follow_run(&follow, "5", &err), -1);
	assert_int_equal(err.code, ERR_DENIED);
	assert_string_equal(err.message, "not for you");
	server_assert_asked(server, WATCH "5\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_SERVER(test_a_watch_that_ended_goes_on_from_there),
		RUN_WITH_SERVER(test_what_comes_again_is_seen_once),
		RUN_WITH_SERVER(
			test_what_the_server_has_forgotten_is_passed_over),
		RUN_WITH_SERVER(test_a_refusal_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
