/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/http_private.h"

#define LOG_MODULE "http"
#include "base/log.h"

#define WRITE_AT_ONCE (1024 * 1024)

/* What has not left yet is no more than this: without it the system takes
 * megabytes, and a file that broke off at a third was sent, as it seemed. */
#define NOT_SENT (256 * 1024)

#define MOST_CONNECTIONS 4096

/* A head has this long from its first byte, a body one idle time and a second
 * for each of so many bytes that it may have: a trickle holds nobody. */
#define HEAD_MS          20000
#define BODY_BYTES_PER_S 4096

#define TICK_MS 1000

/* What a client still sends after a refusal is taken for a while, for a reset
 * would take our answer from it. */
#define LINGER_MS    5000
#define LINGER_BYTES (64 * 1024)

/* What a deadline is for. */
enum { NO_PACE = -1 };

struct lingering {
	struct list link;
	int fd;
	size_t left;
	struct loop_io *io;
	struct loop_timer *timer;
};

static void linger_free(struct lingering *linger)
{
	list_remove(&linger->link);
	loop_io_free(linger->io);
	loop_timer_free(linger->timer);
	close(linger->fd);
	free(linger);
}

static void on_linger_end(void *arg)
{
	linger_free(arg);
}

static void on_linger(void *arg, unsigned ready)
{
	struct lingering *linger = arg;
	char bytes[8 * 1024];
	ssize_t n = recv(linger->fd, bytes, sizeof(bytes), 0);

	(void)ready;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || (size_t)n >= linger->left)
		linger_free(linger);
	else
		linger->left -= (size_t)n;
}

/* evhttp shuts its side and closes; a copy keeps the socket open. */
static void linger_start(struct http_conn *conn)
{
	struct http_server *server = conn->server;
	int fd = fcntl(bufferevent_getfd(conn->bev), F_DUPFD_CLOEXEC, 0);
	struct lingering *linger;

	if (fd < 0)
		return;
	linger = xcalloc(1, sizeof(*linger));
	linger->fd = fd;
	linger->left = server->limits.body_bytes + LINGER_BYTES;
	linger->io = loop_io_new(server->loop, fd, on_linger, linger);
	linger->timer = loop_timer_new(server->loop, on_linger_end, linger);
	loop_io_want(linger->io, LOOP_READ);
	loop_timer_at(linger->timer, clock_mono() + LINGER_MS);
	list_add_tail(&server->lingers, &linger->link);
}

static size_t most_connections(const struct http_server *server)
{
	return server->limits.connections ? server->limits.connections
					  : MOST_CONNECTIONS;
}

static void accept_more(struct http_server *server)
{
	if (server->listener &&
	    map_count(server->conns) < most_connections(server))
		evconnlistener_enable(server->listener);
}

static void on_ssl(const SSL *ssl, int where, int what)
{
	struct http_conn *conn = SSL_get_app_data(ssl);

	if ((where & SSL_CB_ALERT) && what >> 8 == SSL3_AL_FATAL &&
	    !conn->alert)
		conn->alert =
			where & SSL_CB_WRITE ? -(what & 0xff) : what & 0xff;
}

/*
 * Some clients only look whether the port is open: that is no failure. One
 * that leaves in the middle is told that it could not be decoded.
 */
static void tell_tls(struct http_conn *conn)
{
	const SSL *ssl = bufferevent_openssl_get_ssl(conn->bev);
	char why[128] = "it broke off";
	char *peer = NULL;
	ev_uint16_t port;

	if (!ssl || !conn->server->tls_failed || conn->n_served ||
	    !BIO_number_read(SSL_get_rbio(ssl)) ||
	    (!conn->alert && SSL_is_init_finished(ssl)))
		return;
	if (conn->alert && conn->alert != -SSL_AD_DECODE_ERROR)
		snprintf(why, sizeof(why), "%s: %s",
			 conn->alert > 0 ? "the client says" : "refused",
			 SSL_alert_desc_string_long(abs(conn->alert)));
	evhttp_connection_get_peer(conn->evcon, &peer, &port);
	conn->server->tls_failed(conn->server->arg, peer ? peer : "", why);
}

static void conn_free(struct http_conn *conn)
{
	struct http_server *server = conn->server;
	struct bufferevent *bev = conn->bev;
	SSL *ssl = bufferevent_openssl_get_ssl(bev);

	if (ssl)
		SSL_set_info_callback(ssl, NULL);

	map_remove(server->conns, &bev, sizeof(bev));
	evbuffer_remove_cb_entry(bufferevent_get_input(bev), conn->input);
	if (conn->adoption)
		event_free(conn->adoption);
	if (conn->stir)
		event_free(conn->stir);
	list_remove(&conn->probed);
	loop_timer_free(conn->deadline);
	http_guard_release(&conn->guard);
	free(conn);
	bufferevent_decref(bev);
	accept_more(server);
}

/* So that the client can tell an end from a cut. */
static void say_goodbye(struct http_conn *conn)
{
	SSL *ssl = bufferevent_openssl_get_ssl(conn->bev);

	if (!ssl || !SSL_is_init_finished(ssl))
		return;
	SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);
	SSL_shutdown(ssl);
	ERR_clear_error();
}

/* evhttp frees the connection, for whatever reason. */
static void on_close(struct evhttp_connection *evcon, void *arg)
{
	struct http_conn *conn = arg;

	(void)evcon;
	tell_tls(conn);
	if (conn->req)
		http_request_lost(conn->req);
	else
		say_goodbye(conn);
	if (conn->lingers)
		linger_start(conn);
	conn_free(conn);
}

void http_conn_close(struct http_conn *conn)
{
	evhttp_connection_free(conn->evcon);
}

static void on_deadline(void *arg)
{
	http_conn_close(arg);
}

static int64_t allowance_ms(const struct http_conn *conn, int pace)
{
	const struct http_limits *limits = &conn->server->limits;
	int64_t idle_ms = limits->idle_s * INT64_C(1000);

	if (pace == HTTP_GUARD_HEAD)
		return idle_ms < HEAD_MS ? idle_ms : HEAD_MS;
	if (pace == HTTP_GUARD_BODY)
		return idle_ms +
		       (int64_t)(limits->body_bytes * 1000 / BODY_BYTES_PER_S);
	return idle_ms;
}

void http_conn_pace(struct http_conn *conn)
{
	/* While we are the ones to act, the client has no deadline. */
	int pace = conn->req ? NO_PACE : (int)http_guard_phase(&conn->guard);

	if (pace == conn->pace)
		return;
	conn->pace = pace;
	loop_timer_at(conn->deadline,
		      pace == NO_PACE
			      ? MONO_NEVER
			      : clock_mono() + allowance_ms(conn, pace));
}

/*
 * Bytes came, and evhttp has not seen them yet: it gets what the guard makes
 * of them in their place, behind what it has left there so far.
 */
static void on_input(struct evbuffer *input, const struct evbuffer_cb_info *is,
		     void *arg)
{
	struct http_conn *conn = arg;
	size_t n = is->n_added;
	struct evbuffer *before;
	struct buf out = BUF_INIT(2 * n + HTTP_GUARD_MORE);

	if (conn->inside || !n)
		return;
	if (!http_guard_pass(&conn->guard, n)) {
		conn->inside = true;
		before = evbuffer_new();
		evbuffer_remove_buffer(input, before,
				       evbuffer_get_length(input) - n);
		http_guard_input(&conn->guard,
				 (const char *)evbuffer_pullup(input, -1), n,
				 &out);
		evbuffer_drain(input, n);
		evbuffer_prepend_buffer(input, before);
		evbuffer_free(before);
		evbuffer_add(input, out.base, out.len);
		buf_release(&out);
		conn->inside = false;
	}
	http_conn_pace(conn);
}

/* Fails where it means nothing: on a local socket. */
static void bound_unsent(const struct http_conn *conn)
{
	int most = NOT_SENT;

	if (!conn->server->tls)
		(void)setsockopt(bufferevent_getfd(conn->bev), IPPROTO_TCP,
				 TCP_NOTSENT_LOWAT, &most, sizeof(most));
}

/*
 * Only now is the bufferevent evhttp's: its callbacks' argument is the
 * connection, which tells us when it goes down. Nothing can have come on the
 * socket before, for the loop has not polled since it was accepted.
 */
static void on_adoption(evutil_socket_t fd, short what, void *arg)
{
	struct http_conn *conn = arg;
	void *evcon = NULL;

	(void)fd;
	(void)what;
	event_free(take_ptr(conn->adoption));
	bufferevent_getcb(conn->bev, NULL, NULL, NULL, &evcon);
	if (!evcon) { /* evhttp could not make one */
		conn_free(conn);
		return;
	}
	conn->evcon = evcon;
	bound_unsent(conn);
	evhttp_connection_set_closecb(conn->evcon, on_close, conn);
	http_conn_pace(conn);
}

static struct bufferevent *make_bufferevent(const struct http_server *server,
					    struct event_base *base)
{
	struct bufferevent *bev;
	SSL *ssl;

	if (!server->tls) {
		bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
		bufferevent_set_max_single_write(bev, WRITE_AT_ONCE);
		return bev;
	}
	ssl = SSL_new(server->tls);
	/* Of thousands that are quiet each would hold 16 KiB for a record. */
	SSL_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
	bev = bufferevent_openssl_socket_new(base, -1, ssl,
					     BUFFEREVENT_SSL_ACCEPTING,
					     BEV_OPT_CLOSE_ON_FREE);
	/* Many clients close without close_notify. */
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

struct bufferevent *http_conn_accept(struct event_base *base, void *arg)
{
	struct http_server *server = arg;
	struct http_conn *conn = xcalloc(1, sizeof(*conn));
	struct bufferevent *bev = make_bufferevent(server, base);
	SSL *ssl = bufferevent_openssl_get_ssl(bev);

	conn->server = server;
	conn->bev = bev;
	if (ssl) {
		SSL_set_app_data(ssl, conn);
		SSL_set_info_callback(ssl, on_ssl);
	}
	bufferevent_incref(bev);
	http_guard_init(&conn->guard, server->limits.body_bytes);
	conn->deadline = loop_timer_new(server->loop, on_deadline, conn);
	list_init(&conn->probed);
	conn->pace = NO_PACE;
	conn->input =
		evbuffer_add_cb(bufferevent_get_input(bev), on_input, conn);
	conn->adoption = event_new(base, -1, 0, on_adoption, conn);
	event_active(conn->adoption, EV_TIMEOUT, 0);
	map_put(server->conns, &bev, sizeof(bev), conn);
	server->stats.accepted++;
	if (map_count(server->conns) >= most_connections(server))
		evconnlistener_disable(server->listener);
	return bev;
}

struct http_conn *http_conn_find(const struct http_server *server,
				 struct evhttp_connection *evcon)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(evcon);

	return map_get(server->conns, &bev, sizeof(bev));
}

static bool has_left(const struct http_conn *conn)
{
	struct pollfd fd = { .fd = bufferevent_getfd(conn->bev),
			     .events = POLLRDHUP };

	return poll(&fd, 1, 0) > 0;
}

static bool is_watched(const struct http_conn *conn)
{
	return conn->req && conn->req->gone;
}

/* Once, for what a client sends before its time is not read, and would be told
 * of without end. */
static void on_stir(evutil_socket_t fd, short what, void *arg)
{
	struct http_conn *conn = arg;

	(void)fd;
	(void)what;
	if (!is_watched(conn))
		return;
	list_remove(&conn->probed);
	if (has_left(conn))
		http_conn_close(conn);
	else
		list_add_tail(&conn->server->probed, &conn->probed);
}

/*
 * evhttp does not read while a request is being answered, and so does not see
 * a client leave until it writes.
 */
void http_conn_watch(struct http_conn *conn)
{
	if (!conn->stir)
		conn->stir = event_new(bufferevent_get_base(conn->bev),
				       bufferevent_getfd(conn->bev),
				       EV_READ | EV_CLOSED, on_stir, conn);
	event_add(conn->stir, NULL);
}

/* Marks them all before any is closed, for that changes the list. */
static void mark_left(const struct http_server *server)
{
	list_for_each (at, &server->probed) {
		struct http_conn *conn =
			list_item(at, struct http_conn, probed);

		conn->left = is_watched(conn) && has_left(conn);
		if (!is_watched(conn))
			list_remove(&conn->probed);
	}
}

static struct http_conn *first_left(const struct http_server *server)
{
	list_for_each (at, &server->probed) {
		struct http_conn *conn =
			list_item(at, struct http_conn, probed);

		if (conn->left)
			return conn;
	}
	return NULL;
}

/* Every second: those of whom no event would tell, and what was not accepted,
 * for want of descriptors. */
static void on_tick(void *arg)
{
	struct http_server *server = arg;
	struct http_conn *conn;

	mark_left(server);
	while ((conn = first_left(server)))
		http_conn_close(conn);
	accept_more(server);
	loop_timer_at(server->tick, clock_mono() + TICK_MS);
}

/* accept would report it without end, for the socket stays readable. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)arg; /* evhttp's */
	log_warn("cannot accept connections: %s", strerror(errno));
	evconnlistener_disable(listener);
}

void http_conns_init(struct http_server *server)
{
	server->conns = map_new();
	list_init(&server->lingers);
	list_init(&server->probed);
	server->tick = loop_timer_new(server->loop, on_tick, server);
}

void http_conns_accept(struct http_server *server,
		       struct evconnlistener *listener)
{
	server->listener = listener;
	evconnlistener_set_error_cb(listener, on_accept_error);
	loop_timer_at(server->tick, clock_mono() + TICK_MS);
}

static struct http_conn *first_unadopted(const struct http_server *server)
{
	size_t at = 0;
	void *value;

	while (map_next(server->conns, &at, &value))
		if (!((struct http_conn *)value)->evcon)
			return value;
	return NULL;
}

void http_conns_stop(struct http_server *server)
{
	struct http_conn *conn;

	server->listener = NULL;
	while ((conn = first_unadopted(server)))
		conn_free(conn);
}

void http_conns_release(struct http_server *server)
{
	list_for_each (at, &server->lingers)
		linger_free(list_item(at, struct lingering, link));
	loop_timer_free(server->tick);
	map_free(server->conns);
}
