/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/apply.h"

#include <string.h>

#include "unit/cli/server.h"

#define TEMPLATES "/apis/tinkerbell.org/v1alpha1/namespaces/default/templates"

static const struct option options[] = { APPLY_OPTION_DRY_RUN, { 0 } };
static const struct option none[] = { { 0 } };
static const struct option *const tables[2] = { options, none };

/* What a command prints: standard output, then standard error. */
struct printed {
	char out[4096];
	char err[4096];
};

static int redirect(const struct server *server, const char *name, int fd)
{
	AUTO_FREE char *path = xasprintf("%s/%s", server->folder, name);
	int kept = dup(fd);
	int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(kept >= 0 && file >= 0);
	dup2(file, fd);
	close(file);
	return kept;
}

static void read_back(const struct server *server, const char *name, int fd,
		      int kept, char *text, size_t size)
{
	AUTO_FREE char *path = xasprintf("%s/%s", server->folder, name);
	FILE *file = fopen(path, "re");

	dup2(kept, fd);
	close(kept);
	assert_non_null(file);
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
}

static int apply(const struct server *server, char *const *files, size_t n,
		 bool dry, struct printed *printed, struct err *err)
{
	char flag[] = "--dry-run";
	char *argv[] = { flag, NULL };
	struct cli cli = { .namespace = "default", .client = server->client };
	int out;
	int errors;
	int status;

	assert_int_equal(args_parse(&cli.args, tables, dry, argv, err), 0);
	fflush(stdout);
	out = redirect(server, "out", STDOUT_FILENO);
	errors = redirect(server, "err", STDERR_FILENO);
	status = apply_files(&cli, files, n, APPLY_RESTORE, NULL, err);
	fflush(stdout);
	read_back(server, "out", STDOUT_FILENO, out, printed->out,
		  sizeof(printed->out));
	read_back(server, "err", STDERR_FILENO, errors, printed->err,
		  sizeof(printed->err));
	return status;
}

static char *template(const char *name)
{
	return xasprintf("apiVersion: tinkerbell.org/v1alpha1\n"
			 "kind: Template\n"
			 "metadata:\n"
			 "  name: %s\n"
			 "spec:\n"
			 "  data: hello\n",
			 name);
}

/* A file with a Template of each name. */
static char *templates(const struct server *server, const char *const *names,
		       size_t n)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * 1024);

	for (size_t i = 0; i < n; i++) {
		AUTO_FREE char *one = template(names[i]);

		buf_printf(&text, "%s%s", i ? "---\n" : "", one);
	}
	return server_file(server, "templates.yaml", 0600, text.base);
}

static bool is_dry(const struct http_request *req)
{
	return http_query(req, "dryRun") != NULL;
}

/*
 * "there" is there and differs, "same" does not; "bad" is refused at once,
 * "late" only when it is written for good; all else is new.
 */
static void answer(void *arg, struct http_request *req)
{
	const char *name = strrchr(http_path(req), '/') + 1;
	size_t len;
	const char *body = http_body(req, &len);

	(void)arg;
	if (str_eq(http_method(req), "GET")) {
		if (str_eq(name, "there") || str_eq(name, "same"))
			server_reply(req, 200,
				     "{'metadata':{'resourceVersion':'1'},"
				     "'spec':{'data':'old'}}");
		else
			server_reply(req, 404, "{'message':'not found'}");
	} else if (str_eq(http_method(req), "PATCH")) {
		server_reply(req, 200,
			     str_eq(name, "same")
				     ? "{'metadata':{'resourceVersion':'1'}}"
				     : "{'metadata':{'resourceVersion':'2'}}");
	} else if (strstr(body, "\"bad\"") ||
		   (strstr(body, "\"late\"") && !is_dry(req))) {
		server_reply(req, 422, "{'message':'refused'}");
	} else {
		server_reply(req, 201, "{'metadata':{}}");
	}
}

static void test_each_object_is_tried_dry_and_then_written(void **state)
{
	static const char *const names[] = { "new", "there", "same" };
	struct server *server = *state;
	AUTO_FREE char *file = templates(server, names, 3);
	struct printed printed;
	struct err err;

	server_start(server, answer);

	assert_int_equal(apply(server, &file, 1, false, &printed, &err),
			 CLI_OK);
	assert_string_equal(printed.out,
			    "templates.tinkerbell.org/new created\n"
			    "templates.tinkerbell.org/there configured\n"
			    "templates.tinkerbell.org/same unchanged\n"
			    "3 objects: 1 created, 1 configured, 1 "
			    "unchanged\n");
	server_assert_asked(server, "GET " TEMPLATES "/new?dryRun=All\n"
				    "POST " TEMPLATES "?dryRun=All\n"
				    "GET " TEMPLATES "/there?dryRun=All\n"
				    "PATCH " TEMPLATES "/there?dryRun=All\n"
				    "GET " TEMPLATES "/same?dryRun=All\n"
				    "PATCH " TEMPLATES "/same?dryRun=All\n"
				    "GET " TEMPLATES "/new\n"
				    "POST " TEMPLATES "\n"
				    "GET " TEMPLATES "/there\n"
				    "PATCH " TEMPLATES "/there\n"
				    "GET " TEMPLATES "/same\n"
				    "PATCH " TEMPLATES "/same\n");
}

static void test_a_dry_run_says_what_it_would_do(void **state)
{
	static const char *const names[] = { "new" };
	struct server *server = *state;
	AUTO_FREE char *file = templates(server, names, 1);
	struct printed printed;
	struct err err;

	server_start(server, answer);

	assert_int_equal(apply(server, &file, 1, true, &printed, &err), CLI_OK);
	assert_string_equal(printed.out,
			    "templates.tinkerbell.org/new created (dry run)\n");
	server_assert_asked(server, "GET " TEMPLATES "/new?dryRun=All\n"
				    "POST " TEMPLATES "?dryRun=All\n");
}

static void test_one_object_refused_means_that_none_is_written(void **state)
{
	static const char *const names[] = { "new", "bad" };
	struct server *server = *state;
	AUTO_FREE char *file = templates(server, names, 2);
	struct printed printed;
	struct err err;

	server_start(server, answer);

	assert_int_equal(apply(server, &file, 1, false, &printed, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_string_equal(err.message,
			    "templates.tinkerbell.org/bad: refused");
	assert_string_equal(printed.out, "");
	server_assert_asked(server, "GET " TEMPLATES "/new?dryRun=All\n"
				    "POST " TEMPLATES "?dryRun=All\n"
				    "GET " TEMPLATES "/bad?dryRun=All\n"
				    "POST " TEMPLATES "?dryRun=All\n");
}

static void test_what_fails_half_way_says_how_far_it_came(void **state)
{
	static const char *const names[] = { "new", "late", "same" };
	struct server *server = *state;
	AUTO_FREE char *file = templates(server, names, 3);
	struct printed printed;
	struct err err;

	server_start(server, answer);

	assert_int_equal(apply(server, &file, 1, false, &printed, &err), -1);
	assert_string_equal(err.message,
			    "1 of 3 objects are written, do it again for the "
			    "rest: templates.tinkerbell.org/late: refused");
	assert_string_equal(printed.out,
			    "templates.tinkerbell.org/new created\n");
}

static void test_without_a_server_nothing_is_said_to_be_done(void **state)
{
	static const char *const names[] = { "new" };
	struct server *server = *state;
	AUTO_FREE char *file = templates(server, names, 1);
	struct printed printed;
	struct err err;

	assert_int_equal(apply(server, &file, 1, false, &printed, &err), -1);
	assert_int_equal(err.code, ERR_UNREACHABLE);
	assert_true(str_starts(err.message, "templates.tinkerbell.org/new: "
					    "cannot reach tomte at "));
	assert_string_equal(printed.out, "");
}

static void test_a_file_that_is_not_there(void **state)
{
	struct server *server = *state;
	AUTO_FREE char *missing = xasprintf("%s/missing", server->folder);
	struct printed printed;
	struct err err;

	assert_int_equal(apply(server, &missing, 1, false, &printed, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_non_null(strstr(err.message, missing));
}

/* All that is wrong in all files, before anything is sent. */
static void test_all_errors_of_all_files_are_printed(void **state)
{
	struct server *server = *state;
	AUTO_FREE char *nameless =
		server_file(server, "first.yaml", 0600,
			    "apiVersion: tinkerbell.org/v1alpha1\n"
			    "kind: Template\nmetadata: {}\n");
	AUTO_FREE char *empty = server_file(server, "second.yaml", 0600, "");
	AUTO_FREE char *expected = xasprintf(
		"%s:1: metadata.name missing: expected an object with "
		"apiVersion, kind and metadata.name\n"
		"%s:1: nothing in it: expected rack: ... or apiVersion: ...\n"
		"tomte: 2 errors, nothing was changed\n",
		nameless, empty);
	char *files[] = { nameless, empty };
	struct printed printed;
	struct err err;

	assert_int_equal(apply(server, files, 2, false, &printed, &err),
			 CLI_FAILED);
	assert_string_equal(printed.out, "");
	assert_string_equal(printed.err, expected);
	assert_int_equal(apply(server, &empty, 1, false, &printed, &err),
			 CLI_FAILED);
	assert_true(
		str_ends(printed.err, "tomte: 1 error, nothing was changed\n"));
}

static void test_a_kind_that_is_not_known_is_refused(void **state)
{
	struct server *server = *state;
	AUTO_FREE char *file = server_file(server, "pod.yaml", 0600,
					   "apiVersion: v1\nkind: Pods\n"
					   "metadata: {name: x}\n");
	struct printed printed;
	struct err err;

	assert_int_equal(apply(server, &file, 1, false, &printed, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_string_equal(err.message, "x: no kind Pods in v1");
}

/* One machine whose BMC has its password from `source`. */
static char *rack(const struct server *server, const char *source)
{
	AUTO_FREE char *text = xasprintf("rack: demo\n"
					 "machines:\n"
					 "  - name: r1n01\n"
					 "    mac: 52:54:00:00:00:01\n"
					 "    bmc:\n"
					 "      url: ipmi://admin@198.18.1.11\n"
					 "      %s\n",
					 source);

	return server_file(server, "rack.yaml", 0600, text);
}

/* Refused before anything is sent: there is no server to send it to. */
static void assert_password(const struct server *server, const char *source,
			    const char *expected)
{
	AUTO_FREE char *file = rack(server, source);
	struct printed printed;
	struct err err;

	assert_int_equal(apply(server, &file, 1, false, &printed, &err),
			 CLI_FAILED);
	if (!strstr(printed.err, expected))
		fail_msg("\"%s\" does not say \"%s\"", printed.err, expected);
}

static void test_a_password_that_others_can_read_is_refused(void **state)
{
	struct server *server = *state;
	AUTO_FREE char *open_to_all =
		server_file(server, "password", 0644, "secret\n");
	AUTO_FREE char *source = xasprintf("password_file: %s", open_to_all);
	AUTO_FREE char *expected = xasprintf(
		"password file %s is open to others (mode 644): expected 600",
		open_to_all);

	assert_password(server, source, expected);
	assert_int_equal(chmod(open_to_all, 0640), 0);
	assert_password(server, source, "(mode 640): expected 600");
}

static void test_a_password_that_cannot_be_had(void **state)
{
	struct server *server = *state;
	AUTO_FREE char *missing =
		xasprintf("password_file: %s/missing", server->folder);
	AUTO_FREE char *empty =
		server_file(server, "password", 0600, "\nsecret\n");
	AUTO_FREE char *from_empty = xasprintf("password_file: %s", empty);

	unsetenv("TOMTE_TEST_PASSWORD");
	assert_password(server, missing, "password file ");
	assert_password(server, from_empty, "the password is empty");
	assert_password(server, "password_env: TOMTE_TEST_PASSWORD",
			"the variable TOMTE_TEST_PASSWORD is not set");
	setenv("TOMTE_TEST_PASSWORD", "", 1);
	assert_password(server, "password_env: TOMTE_TEST_PASSWORD",
			"variable TOMTE_TEST_PASSWORD: the password is empty");
	unsetenv("TOMTE_TEST_PASSWORD");
}

static void test_a_password_is_the_first_line_and_has_an_end(void **state)
{
	struct server *server = *state;
	char longest[5000];
	AUTO_FREE char *file = NULL;
	AUTO_FREE char *source = NULL;

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	file = server_file(server, "password", 0600, longest);
	source = xasprintf("password_file: %s", file);
	assert_password(server, source, "over ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_SERVER(test_each_object_is_tried_dry_and_then_written),
		RUN_WITH_SERVER(test_a_dry_run_says_what_it_would_do),
		RUN_WITH_SERVER(
			test_one_object_refused_means_that_none_is_written),
		RUN_WITH_SERVER(test_what_fails_half_way_says_how_far_it_came),
		RUN_WITH_SERVER(
			test_without_a_server_nothing_is_said_to_be_done),
		RUN_WITH_SERVER(test_a_file_that_is_not_there),
		RUN_WITH_SERVER(test_all_errors_of_all_files_are_printed),
		RUN_WITH_SERVER(test_a_kind_that_is_not_known_is_refused),
		RUN_WITH_SERVER(
			test_a_password_that_others_can_read_is_refused),
		RUN_WITH_SERVER(test_a_password_that_cannot_be_had),
		RUN_WITH_SERVER(
			test_a_password_is_the_first_line_and_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
