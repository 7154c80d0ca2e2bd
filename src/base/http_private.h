/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_HTTP_PRIVATE_H
#define BASE_HTTP_PRIVATE_H

#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <openssl/ssl.h>

#include "base/http_guard_wire.h"
#include "base/http_server.h"
#include "base/http_wire.h"
#include "base/list.h"
#include "base/map.h"

/*
 * What http_server.c, http_conn.c and http_file.c share, and nobody else.
 *
 * A server owns its connections, a connection the one request that is being
 * answered. evhttp owns its own two of these; ours are freed when it says
 * that the answer has left (http_request_done) or that the connection goes
 * down (http_request_lost), whichever comes first, and never by us.
 */
struct http_server {
	struct loop *loop;
	struct evhttp *http;
	struct evconnlistener *listener;
	struct http_limits limits;
	http_handler handler;
	http_refusal refusal; /* NULL: plain text */
	http_tls_failed tls_failed;
	void *arg;
	SSL_CTX *tls;
	char *unix_path;
	uint16_t port;
	bool unix_socket;
	struct map *conns;       /* by the address of their bufferevent */
	struct list lingers;     /* sockets that are closed gently */
	struct list probed;      /* connections */
	struct loop_timer *tick; /* every second */
	struct http_stats stats;
};

struct http_conn {
	struct http_server *server;
	struct bufferevent *bev;         /* a reference of our own */
	struct evhttp_connection *evcon; /* NULL before its adoption */
	struct event *adoption;
	struct evbuffer_cb_entry *input;
	struct http_guard guard;
	struct loop_timer *deadline;
	int pace;          /* what the deadline is for */
	bool inside;       /* on_input changes the input itself */
	unsigned n_served; /* requests that evhttp gave us */
	struct http_request *req;
	int alert;          /* that ended TLS; 0: none, < 0: it was ours */
	bool lingers;       /* after its end, for what is still being sent */
	struct event *stir; /* whether the client leaves; NULL: nobody asked */
	struct list probed; /* in its server's, when that cannot be told */
	bool left;
};

struct http_request {
	struct http_conn *conn;
	struct evhttp_request *ev;
	struct http_query query;
	char *path;
	size_t body_len;
	bool body_ended; /* by a NUL */
	loop_fn gone;
	void *gone_arg;
	http_sent_fn sent;
	void *sent_arg;
	loop_fn drained;
	void *drained_arg;
	int64_t total; /* bytes of body promised */
	struct http_file *file;
};

/* http_conn.c */

/* For evhttp_set_bevcb; the argument is the server. */
struct bufferevent *http_conn_accept(struct event_base *base, void *arg);
struct http_conn *http_conn_find(const struct http_server *server,
				 struct evhttp_connection *evcon);
/* Somebody wants to know when the client leaves. */
void http_conn_watch(struct http_conn *conn);
/* To be called when `req` was set or cleared. */
void http_conn_pace(struct http_conn *conn);
/* Closes at once: the request, if there is one, is lost. */
void http_conn_close(struct http_conn *conn);
void http_conns_init(struct http_server *server);
void http_conns_accept(struct http_server *server,
		       struct evconnlistener *listener);
/* Before evhttp is freed: what evhttp does not know of; and after that. */
void http_conns_stop(struct http_server *server);
void http_conns_release(struct http_server *server);

/* http_server.c */

void http_request_lost(struct http_request *req);
const char *http_phrase(int status);
void http_set_length(struct http_request *req, int64_t len);

/* http_file.c */

/* How many bytes have not even been given to the connection. */
int64_t http_file_left(const struct http_file *file);
void http_file_free(struct http_file *file);

#endif
