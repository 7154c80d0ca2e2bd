/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server of base/http_server for tests, with answers of every kind:
 *
 *	http_serve ROOT [--tls CERT KEY] [--unix PATH] [--body BYTES]
 *		[--stream BYTES] [--idle SECONDS] [--connections N]
 *
 * It prints its port, serves until SIGTERM, and then ends with what is open.
 *
 *	/echo		method, path, target, query "q" and body as they came
 *	/late?ms=N	"late N" after that time
 *	/file/NAME	a file of ROOT with the tag "NAME"
 *	/ticks		a stream of "tick" that ends after ?n= of them
 *	/flood		a stream that never ends and never waits
 *	/quiet		a stream of one line that never ends
 *	/wait		no answer ever
 *	/empty		204
 *	/post		405 but for POST
 *	/stats		what happened so far: a line for each event
 */
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/http_server.h"
#include "base/list.h"
#include "base/str.h"

#define MAX_STATS (1024 * 1024)

struct serve {
	struct loop *loop;
	struct http_server *server;
	struct http_limits limits;
	const char *root;
	const char *cert;
	const char *key;
	const char *unix_path;
	SSL_CTX *tls;
	struct buf stats;
	struct list open; /* struct answer: what is not over */
	size_t n_open;
};

/* A request that is answered later or piece by piece. */
struct answer {
	struct list link;
	struct serve *serve;
	struct http_request *req;
	struct loop_timer *timer;
	char name[64];
	uint32_t n_left;
	bool floods;
};

static void answer_free(struct answer *answer)
{
	list_remove(&answer->link);
	answer->serve->n_open--;
	loop_timer_free(answer->timer);
	free(answer);
}

static void on_gone(void *arg)
{
	struct answer *answer = arg;

	buf_printf(&answer->serve->stats, "gone %s\n", answer->name);
	answer_free(answer);
}

static struct answer *answer_new(struct serve *serve, struct http_request *req,
				 loop_fn on_timer)
{
	struct answer *answer = xcalloc(1, sizeof(*answer));

	answer->serve = serve;
	answer->req = req;
	answer->timer = loop_timer_new(serve->loop, on_timer, answer);
	snprintf(answer->name, sizeof(answer->name), "%s", http_path(req));
	list_add_tail(&serve->open, &answer->link);
	serve->n_open++;
	http_on_gone(req, on_gone, answer);
	return answer;
}

static void on_sent(void *arg, int64_t sent, int64_t total)
{
	struct serve *serve = arg;

	buf_printf(&serve->stats, "sent %" PRId64 " of %" PRId64 "\n", sent,
		   total);
}

static void on_tls_failed(void *arg, const char *peer, const char *why)
{
	struct serve *serve = arg;

	buf_printf(&serve->stats, "tls-failed %s %s\n", peer, why);
}

static void echo(struct http_request *req)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(16 * 1024 * 1024);
	const char *query = http_query(req, "q");
	size_t len;
	const char *body = http_body(req, &len);

	buf_printf(&out, "%s %s %s q=%s %zu\n", http_method(req),
		   http_path(req), http_target(req), query ? query : "-", len);
	/* Asked twice, it is still the same. */
	body = http_body(req, &len);
	buf_add(&out, body, len);
	http_reply(req, 200, "text/plain", out.base, out.len);
}

static void on_late(void *arg)
{
	struct answer *answer = arg;
	struct http_request *req = answer->req;
	AUTO_FREE char *text = xasprintf("late %u", answer->n_left);

	answer_free(answer);
	http_on_gone(req, NULL, NULL);
	http_reply_text(req, 200, text);
}

static uint32_t number(struct http_request *req, const char *name)
{
	const char *text = http_query(req, name);
	uint32_t value = 0;

	return text && str_parse_u32(text, 100000, &value) ? value : 0;
}

static void late(struct serve *serve, struct http_request *req)
{
	struct answer *answer = answer_new(serve, req, on_late);

	answer->n_left = number(req, "ms");
	loop_timer_at(answer->timer, clock_mono() + answer->n_left);
}

static void on_tick(void *arg)
{
	struct answer *answer = arg;
	struct serve *serve = answer->serve;
	static const char piece[64 * 1024] = { 'x' };

	if (answer->floods) {
		/* A cut comes as a client that is gone, before we know. */
		if (!http_stream_add(answer->req, piece, sizeof(piece)))
			buf_adds(&serve->stats, "cut\n");
		else
			loop_timer_at(answer->timer, clock_mono());
		return;
	}
	if (!answer->n_left--) {
		struct http_request *req = answer->req;

		http_on_gone(req, NULL, NULL);
		answer_free(answer);
		http_stream_end(req);
		return;
	}
	if (http_stream_add(answer->req, "tick\n", 5))
		loop_timer_at(answer->timer, clock_mono() + 10);
}

static void stream(struct serve *serve, struct http_request *req, bool floods)
{
	struct answer *answer = answer_new(serve, req, on_tick);

	answer->n_left = number(req, "n");
	answer->floods = floods;
	loop_timer_at(answer->timer, clock_mono());
	http_stream_begin(req, 200, "text/plain");
}

static void never(void *arg)
{
	(void)arg;
}

static void quiet(struct serve *serve, struct http_request *req)
{
	answer_new(serve, req, never);
	http_stream_begin(req, 200, "text/plain");
	http_stream_add(req, "hello\n", 6);
}

static void file(struct serve *serve, struct http_request *req,
		 const char *name)
{
	AUTO_FREE char *path = xasprintf("%s/%s", serve->root, name);
	AUTO_FREE char *etag = xasprintf("\"%s\"", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		http_reply_text(req, 404, "no such file\n");
		return;
	}
	http_on_sent(req, on_sent, serve);
	http_reply_file(req, fd, "application/octet-stream", etag);
}

static void stats(struct serve *serve, struct http_request *req)
{
	char address[IPV4_TEXT];
	AUTO_FREE char *text = NULL;

	net_ipv4_text(http_local_address(req), address);
	text = xasprintf("%sopen %zu\npeer %s\nat %s\nlocal %d tls %d\n",
			 serve->stats.base, serve->n_open, http_peer(req),
			 address, http_is_local(req), http_is_tls(req));
	http_reply_text(req, 200, text);
}

static void handle(void *arg, struct http_request *req)
{
	struct serve *serve = arg;
	const char *path = http_path(req);

	if (str_eq(path, "/late"))
		late(serve, req);
	else if (str_starts(path, "/file/"))
		file(serve, req, path + strlen("/file/"));
	else if (str_eq(path, "/ticks") || str_eq(path, "/flood"))
		stream(serve, req, str_eq(path, "/flood"));
	else if (str_eq(path, "/quiet"))
		quiet(serve, req);
	else if (str_eq(path, "/wait"))
		answer_new(serve, req, never);
	else if (str_eq(path, "/empty"))
		http_reply(req, 204, "text/plain", "", 0);
	else if (str_eq(path, "/post") && !str_eq(http_method(req), "POST"))
		http_reply_allow(req, "POST");
	else if (str_eq(path, "/stats"))
		stats(serve, req);
	else
		echo(req);
}

static void on_stop(void *arg)
{
	loop_stop(arg);
}

static size_t bytes_of(const char *text)
{
	uint64_t value = 0;

	if (!str_parse_u64(text, UINT32_MAX, &value)) {
		fprintf(stderr, "%s: expected a number\n", text);
		exit(2);
	}
	return (size_t)value;
}

static void parse(struct serve *serve, int argc, char **argv)
{
	serve->root = argc > 1 ? argv[1] : ".";
	for (int i = 2; i + 1 < argc; i += 2) {
		const char *value = argv[i + 1];

		if (str_eq(argv[i], "--unix"))
			serve->unix_path = value;
		else if (str_eq(argv[i], "--body"))
			serve->limits.body_bytes = bytes_of(value);
		else if (str_eq(argv[i], "--stream"))
			serve->limits.stream_bytes = bytes_of(value);
		else if (str_eq(argv[i], "--connections"))
			serve->limits.connections = bytes_of(value);
		else if (str_eq(argv[i], "--idle"))
			serve->limits.idle_s = (int)bytes_of(value);
		if (str_eq(argv[i], "--tls") && i + 2 < argc) {
			serve->cert = value;
			serve->key = argv[++i + 1];
		}
	}
}

static int start(struct serve *serve, struct err *err)
{
	if (serve->cert) {
		serve->tls = SSL_CTX_new(TLS_server_method());
		if (SSL_CTX_use_certificate_file(serve->tls, serve->cert,
						 SSL_FILETYPE_PEM) != 1 ||
		    SSL_CTX_use_PrivateKey_file(serve->tls, serve->key,
						SSL_FILETYPE_PEM) != 1)
			return err_set(err, ERR_INVALID, "certificate or key");
	}
	serve->server =
		http_server_new(serve->loop, &serve->limits, handle, serve);
	http_server_on_tls_failed(serve->server, on_tls_failed);
	if (serve->unix_path)
		return http_server_listen_unix(serve->server, serve->unix_path,
					       0600, err);
	return http_server_listen(serve->server, "127.0.0.1", 0, serve->tls,
				  err);
}

int main(int argc, char **argv)
{
	struct serve serve = {
		.loop = loop_new(),
		.stats = BUF_INIT(MAX_STATS),
		.limits = { .body_bytes = 64 * 1024,
			    .stream_bytes = 1024 * 1024,
			    .idle_s = 20 },
	};
	struct err err;
	bool started;

	signal(SIGPIPE, SIG_IGN);
	list_init(&serve.open);
	parse(&serve, argc, argv);
	started = start(&serve, &err) == 0;
	if (started) {
		printf("%u\n", http_server_port(serve.server));
		fflush(stdout);
		loop_on_signal(serve.loop, SIGTERM, on_stop, serve.loop);
		loop_run(serve.loop);
	} else {
		fprintf(stderr, "%s\n", err.message);
	}
	/* Nothing that is open may keep it from ending, nor leak. */
	http_server_free(serve.server);
	SSL_CTX_free(serve.tls);
	buf_release(&serve.stats);
	loop_free(serve.loop);
	return started && !serve.n_open ? 0 : 1;
}
