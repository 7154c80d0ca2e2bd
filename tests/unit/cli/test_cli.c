/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <string.h>

#include "cli/command.h"
#include "unit/cli/server.h"

static void answer(void *arg, struct http_request *req)
{
	(void)arg;
	server_reply(req, 200, "{'kind':'Status','items':[]}");
}

/* Words as they are typed; "" is one too. */
static int run(const struct server *server, const char *const *words, size_t n)
{
	char *argv[16] = { xstrdup("tomte") };
	int argc = 1;
	int status;

	assert_true(n + 4 < ARRAY_LEN(argv));
	for (size_t i = 0; i < n; i++)
		argv[argc++] = xstrdup(words[i]);
	if (server) {
		argv[argc++] = xstrdup("--socket");
		argv[argc++] = xstrdup(server->socket);
	}
	status = cli_main(argc, argv, "usage: tomte serve\n\n  --a  b\n");
	/* They were put into another order. */
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	return status;
}

#define RUN_WORDS(server, ...)                                                 \
	run(server, (const char *const[]){ __VA_ARGS__ },                      \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void test_a_name_reaches_the_server_as_one_object(void **state)
{
	struct server *server = *state;

	server_start(server, answer);

	assert_int_equal(RUN_WORDS(server, "delete", "tpl", "debian"), CLI_OK);
	assert_int_equal(RUN_WORDS(server, "delete", "tpl", "."), CLI_OK);
	server_assert_asked(
		server,
		"DELETE /apis/tinkerbell.org/v1alpha1/namespaces/default/"
		"templates/debian\n"
		"DELETE /apis/tinkerbell.org/v1alpha1/namespaces/default/"
		"templates/.\n");
}

/* A variable of the shell that is not set would mean all of them. */
static void test_an_empty_name_deletes_nothing(void **state)
{
	struct server *server = *state;

	server_start(server, answer);

	assert_int_equal(RUN_WORDS(server, "delete", "wf", ""), CLI_USAGE);
	assert_int_equal(RUN_WORDS(server, "delete", "secret", "a", ""),
			 CLI_USAGE);
	assert_int_equal(RUN_WORDS(server, "why", ""), CLI_USAGE);
	server_assert_asked(server, "");
}

static void test_what_cannot_be_understood_is_a_matter_of_usage(void **state)
{
	struct server *server = *state;

	server_start(server, answer);

	assert_int_equal(RUN_WORDS(NULL, "delte", "wf", "x"), CLI_USAGE);
	assert_int_equal(RUN_WORDS(server, "delete"), CLI_USAGE);
	assert_int_equal(RUN_WORDS(server, "delete", "wf"), CLI_USAGE);
	assert_int_equal(RUN_WORDS(server, "delete", "wf", "x", "--force"),
			 CLI_USAGE);
	assert_int_equal(run(NULL, NULL, 0), CLI_USAGE);
	server_assert_asked(server, "");
}

static void test_errors_have_exit_codes_of_their_own(void **state)
{
	struct server *server = *state;

	assert_int_equal(RUN_WORDS(server, "delete", "wf", "x"),
			 CLI_UNREACHABLE);
	assert_int_equal(RUN_WORDS(server, "delete", "things", "x"),
			 CLI_FAILED);
	assert_int_equal(RUN_WORDS(NULL, "get", "hw", "--server", "https://h",
				   "--socket", "/s"),
			 CLI_FAILED);
	assert_int_equal(RUN_WORDS(NULL, "get", "hw", "--server", "http://h",
				   "--token-file", "/t"),
			 CLI_FAILED);
}

static void test_help_of_get_lists_every_kind(void **state)
{
	const struct resource *resource;

	(void)state;

	for (size_t i = 0; (resource = resource_at(i)); i++)
		if (!strstr(command_get.more, resource->plural))
			fail_msg("%s is not in the help", resource->plural);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_SERVER(test_a_name_reaches_the_server_as_one_object),
		RUN_WITH_SERVER(test_an_empty_name_deletes_nothing),
		RUN_WITH_SERVER(
			test_what_cannot_be_understood_is_a_matter_of_usage),
		RUN(test_help_of_get_lists_every_kind),
		RUN_WITH_SERVER(test_errors_have_exit_codes_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
