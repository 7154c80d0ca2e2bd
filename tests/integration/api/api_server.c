/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store and the API, with nothing behind them: what clients are tested
 * against.
 *
 *	api_server FOLDER CERT KEY
 *
 * Prints "TLS-PORT PLAIN-PORT" and serves until its standard input ends;
 * also on FOLDER/socket. A byte of input has all but the last change of the
 * log forgotten, and is answered by "pruned". The tokens are "admin-token",
 * "operator-token" and "viewer-token". Hardware whose disk is "/dev/refused"
 * is not admitted. There is one Run, "r1", whose progress grows each time
 * somebody looks.
 */
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "api/api.h"
#include "base/str.h"
#include "store/token.h"

struct server {
	struct loop *loop;
	struct store *store;
	struct api *api;
	int64_t n_looks;
};

static json_t *list_virtual(void *arg, const struct kind *kind,
			    const char *namespace, const char *name,
			    struct err *err)
{
	struct server *server = arg;
	json_t *list = json_array();
	json_t *run;

	(void)err;
	if (!str_eq(kind->kind, "Run") || (name && !str_eq(name, "r1")) ||
	    (*namespace && !str_eq(namespace, "default")))
		return list;
	run = json_object();
	json_put(run, "apiVersion", json_string("tomte.dev/v1alpha1"));
	json_put(run, "kind", json_string("Run"));
	json_put(run, "metadata.name", json_string("r1"));
	json_put(run, "metadata.namespace", json_string("default"));
	json_put(run, "spec.machine", json_string("m1"));
	json_put(run, "status.phase", json_string("imaging"));
	json_put(run, "status.progress.action", json_string("image2disk"));
	json_put(run, "status.progress.bytesDone",
		 json_integer(++server->n_looks << 28));
	json_put(run, "status.progress.bytesTotal", json_integer(1ll << 32));
	json_array_append_new(list, run);
	return list;
}

static int admit(void *arg, const struct object_key *key, json_t *object,
		 struct err *err)
{
	const char *device = json_str_at(object, "spec.disks[0].device");

	(void)arg;
	if (str_eq(key->kind->kind, "Hardware") && device &&
	    str_eq(device, "/dev/refused"))
		return err_set(err, ERR_INVALID,
			       "spec.disks[0].device: refused");
	return 0;
}

static void handle(void *arg, struct http_request *req)
{
	struct server *server = arg;

	if (!api_handle(server->api, req))
		http_reply_text(req, 404, "no such page\n");
}

static void refuse(void *arg, struct http_request *req, int status,
		   const char *reason)
{
	(void)arg;
	api_refuse(req, status, reason);
}

static void on_turn(void *arg)
{
	struct server *server = arg;
	uint64_t before = store_n_commits(server->store);
	struct err err;

	if (store_commit(server->store, &err)) {
		fprintf(stderr, "commit: %s\n", err.message);
		_exit(1);
	}
	if (store_n_commits(server->store) != before)
		api_published(server->api);
	store_set_now(server->store, clock_wall());
}

static int fail(const struct err *err)
{
	fprintf(stderr, "api_server: %s\n", err->message);
	return 1;
}

static void on_input(void *arg, unsigned ready)
{
	static const struct change_limits limits = { .n = 1 };
	struct server *server = arg;
	struct err err;
	bool more = true;
	char byte;

	(void)ready;
	if (read(STDIN_FILENO, &byte, 1) <= 0) {
		loop_stop(server->loop);
		return;
	}
	while (more)
		if (change_prune(server->store, &limits, &more, &err))
			exit(fail(&err));
	printf("pruned\n");
	fflush(stdout);
}

static SSL_CTX *load_tls(const char *cert, const char *key)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (SSL_CTX_use_certificate_chain_file(tls, cert) == 1 &&
	    SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) == 1)
		return tls;
	SSL_CTX_free(tls);
	return NULL;
}

/* One for each role, named after it. */
static int put_tokens(struct store *store, struct err *err)
{
	static const char *const roles[] = { "admin", "operator", "viewer" };

	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		AUTO_FREE char *secret = xasprintf("%s-token", roles[i]);
		struct token token = { .type = TOKEN_BEARER };

		str_copy(token.name, sizeof(token.name), roles[i]);
		str_copy(token.user, sizeof(token.user), roles[i]);
		str_copy(token.role, sizeof(token.role), roles[i]);
		if (token_replace(store, &token, secret, err))
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct api_ops ops = { .list = list_virtual,
					    .admit = admit };
	static const struct http_limits limits = { .body_bytes = 4 << 20,
						   .stream_bytes = 8 << 20,
						   .connections = 16384,
						   .idle_s = 60 };
	/* What is quiet for long is met soon. */
	static const struct http_limits hasty = { .body_bytes = 4 << 20,
						  .stream_bytes = 8 << 20,
						  .connections = 16384,
						  .idle_s = 2 };
	struct server server = { 0 };
	struct http_server *secure;
	struct http_server *plain;
	struct http_server *local;
	AUTO_FREE char *path = NULL;
	struct loop_io *input;
	SSL_CTX *tls;
	struct err err;

	if (argc != 4 || !(tls = load_tls(argv[2], argv[3])))
		return 2;
	signal(SIGPIPE, SIG_IGN);
	server.loop = loop_new();
	server.store = store_open(argv[1], &err);
	if (!server.store)
		return fail(&err);
	store_set_now(server.store, clock_wall());
	if (put_tokens(server.store, &err))
		return fail(&err);
	server.api = api_new(server.loop, server.store, &ops, &server);
	secure = http_server_new(server.loop, &limits, handle, &server);
	plain = http_server_new(server.loop, &limits, handle, &server);
	local = http_server_new(server.loop, &hasty, handle, &server);
	http_server_on_refusal(secure, refuse);
	http_server_on_refusal(local, refuse);
	path = xasprintf("%s/socket", argv[1]);
	if (http_server_listen(secure, "127.0.0.1", 0, tls, &err) ||
	    http_server_listen(plain, "127.0.0.1", 0, NULL, &err) ||
	    http_server_listen_unix(local, path, 0600, &err))
		return fail(&err);
	loop_on_turn(server.loop, on_turn, &server);
	input = loop_io_new(server.loop, STDIN_FILENO, on_input, &server);
	loop_io_want(input, LOOP_READ);
	printf("%u %u\n", http_server_port(secure), http_server_port(plain));
	fflush(stdout);
	loop_run(server.loop);
	loop_io_free(input);
	http_server_free(secure);
	http_server_free(plain);
	http_server_free(local);
	api_free(server.api);
	store_close(server.store);
	loop_free(server.loop);
	SSL_CTX_free(tls);
	return 0;
}
