/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of base/http_client for tests:
 *
 *	http_fetch URL [--method M] [--body TEXT] [--header LINE]
 *		[--user NAME] [--password WORD] [--ca FILE] [--pin PIN]
 *		[--insecure 1] [--fresh 1] [--timeout MS] [--connect MS]
 *		[--limit BYTES] [--times N] [--cancel MS] [--leave MS]
 *		[--peer 1] [--decode 1] [--wait MS] [--linger MS]
 *		[--connects N] [--plain N] [--keep N] [--kept MS] [--most N]
 *
 * Each answer is a line of words and its body; the next of --times is sent
 * from within the call that brought it, or after --wait; then the last one
 * is waited after, too. --keep is of how many of them, behind --plain, the
 * connection is to be kept, for --kept, and --most how many may be open then.
 * --cancel cancels the request, --leave frees the client under it. --connects
 * is how many are made in a second, and one at once.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/http_client.h"
#include "base/str.h"

struct fetch {
	struct loop *loop;
	struct http_client *client;
	struct http_client_request request;
	struct http_call *call;
	struct buf ca;
	const char *headers[8];
	size_t n_headers;
	uint32_t n_left;
	uint32_t n_plain;
	uint32_t n_keep;
	uint32_t wait_ms;
	struct loop_timer *pause;
	bool in_send;
	uint32_t cancel_ms;
	uint32_t leave_ms;
	uint32_t with_peer;
	struct http_client_config config;
};

static void on_done(void *arg, const struct http_client_response *response);

static void send_one(struct fetch *fetch)
{
	fetch->in_send = true;
	fetch->request.keep = !fetch->n_plain && fetch->n_keep > 0;
	fetch->n_keep -= fetch->request.keep;
	fetch->n_plain -= fetch->n_plain > 0;
	fetch->call = http_client_send(fetch->client, &fetch->request, on_done,
				       fetch);
	fetch->in_send = false;
}

static void on_pause(void *arg)
{
	struct fetch *fetch = arg;

	if (fetch->n_left)
		send_one(fetch);
	else
		loop_stop(fetch->loop);
}

static const char *or_none(const char *text)
{
	return text ? text : "-";
}

static const char *kept_name(enum http_kept kept)
{
	static const char *const names[] = {
		[HTTP_KEPT_NONE] = "none",
		[HTTP_KEPT_USED] = "used",
		[HTTP_KEPT_LOST] = "lost",
		[HTTP_KEPT_ASIDE] = "aside",
	};

	return names[kept];
}

static void on_done(void *arg, const struct http_client_response *response)
{
	struct fetch *fetch = arg;

	if (fetch->in_send)
		puts("called from inside of send");
	fetch->call = NULL;
	printf("status=%d err=%s sent=%d len=%zu location=%s etag=%s token=%s "
	       "retry=%s kept=%s open=%zu\n%s\n",
	       response->status,
	       response->status ? "none" : err_name(response->err.code),
	       response->sent, response->body_len, or_none(response->location),
	       or_none(response->etag), or_none(response->token),
	       or_none(response->retry_after), kept_name(response->kept),
	       http_client_open(fetch->client),
	       response->status ? response->body : response->err.message);
	fetch->n_left--;
	if (fetch->wait_ms)
		loop_timer_at(fetch->pause, clock_mono() + fetch->wait_ms);
	else
		on_pause(fetch);
}

static void on_cancel(void *arg)
{
	struct fetch *fetch = arg;

	if (!fetch->call)
		return;
	http_client_cancel(fetch->call);
	puts("cancelled");
	/* A call that came all the same would be seen. */
	loop_turn(fetch->loop, 0);
	loop_stop(fetch->loop);
}

static void on_leave(void *arg)
{
	struct fetch *fetch = arg;

	puts("left");
	loop_stop(fetch->loop);
}

static uint32_t number(const char *text)
{
	uint32_t value;

	if (!str_parse_u32(text, INT32_MAX, &value)) {
		fprintf(stderr, "%s: expected a number\n", text);
		exit(2);
	}
	return value;
}

static void read_ca(struct fetch *fetch, const char *path)
{
	struct err err;

	if (file_read(path, &fetch->ca, &err)) {
		fprintf(stderr, "%s\n", err.message);
		exit(2);
	}
	fetch->request.ca_pem = fetch->ca.base;
}

static void set_number(struct fetch *fetch, const char *name, const char *value)
{
	struct http_client_request *request = &fetch->request;

	if (str_eq(name, "--insecure"))
		request->insecure = number(value);
	else if (str_eq(name, "--fresh"))
		request->fresh = number(value);
	else if (str_eq(name, "--timeout"))
		request->timeout_ms = number(value);
	else if (str_eq(name, "--connect"))
		request->connect_ms = number(value);
	else if (str_eq(name, "--limit"))
		request->body_limit = number(value);
	else if (str_eq(name, "--times"))
		fetch->n_left = number(value);
	else if (str_eq(name, "--cancel"))
		fetch->cancel_ms = number(value);
	else if (str_eq(name, "--leave"))
		fetch->leave_ms = number(value);
	else if (str_eq(name, "--wait"))
		fetch->wait_ms = number(value);
	else if (str_eq(name, "--decode"))
		request->decode = number(value);
	else if (str_eq(name, "--peer"))
		fetch->with_peer = number(value);
	else if (str_eq(name, "--linger"))
		fetch->config.linger_ms = number(value);
	else if (str_eq(name, "--connects"))
		fetch->config.connects_s = number(value);
	else if (str_eq(name, "--plain"))
		fetch->n_plain = number(value);
	else if (str_eq(name, "--keep"))
		fetch->n_keep = number(value);
	else if (str_eq(name, "--kept"))
		fetch->config.keep_ms = number(value);
	else if (str_eq(name, "--most"))
		fetch->config.kept_most = number(value);
}

static void set(struct fetch *fetch, const char *name, const char *value)
{
	struct http_client_request *request = &fetch->request;

	if (str_eq(name, "--method"))
		request->method = value;
	else if (str_eq(name, "--body"))
		request->body = value;
	else if (str_eq(name, "--user"))
		request->user = value;
	else if (str_eq(name, "--password"))
		request->password = value;
	else if (str_eq(name, "--pin"))
		request->pin_sha256 = value;
	else if (str_eq(name, "--ca"))
		read_ca(fetch, value);
	else if (str_eq(name, "--header") &&
		 fetch->n_headers + 1 < ARRAY_LEN(fetch->headers))
		fetch->headers[fetch->n_headers++] = value;
	else
		set_number(fetch, name, value);
}

int main(int argc, char **argv)
{
	struct fetch fetch = {
		.loop = loop_new(),
		.request = { .method = "GET",
			     .timeout_ms = 15000,
			     .connect_ms = 15000,
			     .body_limit = 1024 * 1024 },
		.ca = BUF_INIT(64 * 1024),
		.n_left = 1,
		.config = { .n_pools = 4,
			    .linger_ms = 60000,
			    .n_kept_pools = 4,
			    .keep_ms = 60000,
			    .connects_s = 1000,
			    .connects_most = 1 },
	};
	struct http_peer *peer = NULL;
	struct loop_timer *timer;

	signal(SIGPIPE, SIG_IGN);
	fetch.request.url = argc > 1 ? argv[1] : "";
	for (int i = 2; i + 1 < argc; i += 2)
		set(&fetch, argv[i], argv[i + 1]);
	fetch.request.headers = fetch.n_headers ? fetch.headers : NULL;
	fetch.client = http_client_new_with(fetch.loop, &fetch.config);
	fetch.pause = loop_timer_new(fetch.loop, on_pause, &fetch);
	if (fetch.with_peer)
		peer = http_peer_new(fetch.client);
	fetch.request.peer = peer;
	timer = loop_timer_new(fetch.loop,
			       fetch.cancel_ms ? on_cancel : on_leave, &fetch);
	if (fetch.cancel_ms || fetch.leave_ms)
		loop_timer_at(timer,
			      clock_mono() + fetch.cancel_ms + fetch.leave_ms);
	send_one(&fetch);
	loop_run(fetch.loop);
	http_peer_free(peer);
	http_client_free(fetch.client);
	loop_timer_free(fetch.pause);
	loop_timer_free(timer);
	loop_free(fetch.loop);
	buf_release(&fetch.ca);
	return 0;
}
