/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_CLI_SERVER_H
#define TESTS_UNIT_CLI_SERVER_H

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/http_server.h"
#include "base/str.h"
#include "cli/client.h"
#include "json.h"

/*
 * A server on a unix socket, in a process of its own, because the client
 * blocks. The test's handler answers; what was asked can be read afterwards.
 */
struct server {
	char folder[32];
	char socket[64];
	char log[64]; /* "METHOD TARGET\n" for each request */
	pid_t pid;    /* 0: none runs */
	struct client *client;
	http_handler handler;
};

static inline void server_on_request(void *arg, struct http_request *req)
{
	struct server *server = arg;
	FILE *log = fopen(server->log, "ae");

	assert_non_null(log);
	fprintf(log, "%s %s\n", http_method(req), http_target(req));
	fclose(log);
	server->handler(server, req);
}

static inline void server_child(struct server *server, int ready)
{
	static const struct http_limits limits = {
		.body_bytes = 1 << 20,
		.stream_bytes = 1 << 20,
		.idle_s = 60,
	};
	struct loop *loop = loop_new();
	struct http_server *http =
		http_server_new(loop, &limits, server_on_request, server);
	struct err err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (http_server_listen_unix(http, server->socket, 0600, &err) ||
	    write(ready, "r", 1) != 1)
		_exit(1);
	loop_run(loop);
	_exit(0);
}

/* Returns when it listens. */
static inline void server_start(struct server *server, http_handler handler)
{
	int ready[2];
	char byte;

	server->handler = handler;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	server->pid = fork();
	assert_true(server->pid >= 0);
	if (!server->pid)
		server_child(server, ready[1]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

static inline void server_stop(struct server *server)
{
	if (!server->pid)
		return;
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	server->pid = 0;
}

static inline int server_setup(void **state)
{
	struct server *server = xcalloc(1, sizeof(*server));
	struct client_target target = { .socket = server->socket };
	struct err err;

	str_copy(server->folder, sizeof(server->folder),
		 "/tmp/tomte-cli-XXXXXX");
	assert_non_null(mkdtemp(server->folder));
	snprintf(server->socket, sizeof(server->socket), "%s/socket",
		 server->folder);
	snprintf(server->log, sizeof(server->log), "%s/log", server->folder);
	server->client = client_new(&target, &err);
	assert_non_null(server->client);
	*state = server;
	return 0;
}

static inline int server_teardown(void **state)
{
	struct server *server = *state;
	AUTO_FREE char *command = xasprintf("rm -rf %s", server->folder);

	server_stop(server);
	client_free(server->client);
	assert_int_equal(system(command), 0);
	free(server);
	return 0;
}

#define RUN_WITH_SERVER(test)                                                  \
	cmocka_unit_test_setup_teardown(test, server_setup, server_teardown)

static inline void server_assert_asked(const struct server *server,
				       const char *expected)
{
	char text[8192] = "";
	FILE *log = fopen(server->log, "re");

	if (log) {
		text[fread(text, 1, sizeof(text) - 1, log)] = '\0';
		fclose(log);
	}
	assert_string_equal(text, expected);
}

static inline void server_reply(struct http_request *req, int status,
				const char *text)
{
	AUTO_JSON json_t *object = json_of(text);
	AUTO_FREE char *body = json_text(object);

	http_reply(req, status, "application/json", body, strlen(body));
}

/* A file in the server's folder; the caller frees its path. */
static inline char *server_file(const struct server *server, const char *name,
				unsigned mode, const char *text)
{
	char *path = xasprintf("%s/%s", server->folder, name);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

#endif
