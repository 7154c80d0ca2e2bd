/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_HTTP_SERVER_H
#define BASE_HTTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cert.h"
#include "base/loop.h"
#include "base/net.h"

/*
 * An HTTP/1.1 server in the loop, over libevent's evhttp.
 *
 * A server is one listener with one handler. The handler is called with a
 * whole request (body included, bounded) and must answer it once: at once by
 * http_reply*, or later (keep the pointer and answer from the loop), or as a
 * stream. The request belongs to the server and is gone after the answer; if
 * the client goes away before, `gone` is called (see http_on_gone) and the
 * pointer must not be used again.
 *
 *	static void handle(void *arg, struct http_request *req)
 *	{
 *		if (!str_eq(http_path(req), "/healthz"))
 *			return http_reply_text(req, 404, "no such page\n");
 *		http_reply_text(req, 200, "ok");
 *	}
 */
struct http_server;
struct http_request;
struct ssl_ctx_st;
struct x509_st;

struct http_limits {
	size_t body_bytes;
	size_t stream_bytes; /* unsent bytes at which a stream is cut off */
	size_t connections;  /* at once, others wait; 0: 4096 */
	int idle_s;          /* without a byte in or out; not of a stream */
};

typedef void (*http_handler)(void *arg, struct http_request *req);
/* For a request that is refused before it is whole; must answer it. */
typedef void (*http_refusal)(void *arg, struct http_request *req, int status,
			     const char *reason);

struct http_server *http_server_new(struct loop *loop,
				    const struct http_limits *limits,
				    http_handler handler, void *arg);
/* Requests that are open end as if their clients had left. Not to be called
 * from a handler. */
void http_server_free(struct http_server *server);

/* `address` is a numeric IPv4 or IPv6 address; tls may be NULL: plain. The
 * context stays the caller's. Port 0 takes a free one; see _port. */
int http_server_listen(struct http_server *server, const char *address,
		       uint16_t port, struct ssl_ctx_st *tls,
		       struct err *err) NODISCARD;
/* A unix socket with the given mode; replaces a stale one. */
int http_server_listen_unix(struct http_server *server, const char *path,
			    unsigned mode, struct err *err) NODISCARD;
uint16_t http_server_port(const struct http_server *server);
/* ERR_IO: it does not listen any more, or its socket's path is gone. */
int http_server_check(const struct http_server *server,
		      struct err *err) NODISCARD;

/* Answers by status; 499 is an answer that nobody waited for. */
#define HTTP_STATUS_MAX 600
struct http_stats {
	uint64_t by_status[HTTP_STATUS_MAX];
	uint64_t accepted; /* connections */
};

const struct http_stats *http_server_stats(const struct http_server *server);
/* Connections that are open now. */
size_t http_server_connections(const struct http_server *server);
/* How refusals look (the body over its bound, a head that is none ...);
 * without it they are plain text. Of such a request only http_set_header and
 * the ways to answer may be used. The argument is the handler's. */
void http_server_on_refusal(struct http_server *server, http_refusal refusal);

/* A client that did not come through its handshake: "the client says: unknown
 * CA". The argument is the handler's. Before the server listens. */
typedef void (*http_tls_failed)(void *arg, const char *peer, const char *why);
void http_server_on_tls_failed(struct http_server *server,
			       http_tls_failed failed);

/* What was asked. All strings live as long as the request. */
const char *http_method(const struct http_request *req); /* "GET" */
/* Percent-decoded once, "//" made one, no ".." (such are answered 400). */
const char *http_path(const struct http_request *req);
/* From the path on, not decoded, with the query. */
const char *http_target(const struct http_request *req);
/* A query parameter, decoded; "" for "?name"; NULL: absent. */
const char *http_query(const struct http_request *req, const char *name);
const char *http_header(const struct http_request *req, const char *name);
/* Followed by a NUL that does not count. */
const char *http_body(struct http_request *req, size_t *len);
/* "" for a unix socket. */
const char *http_peer(const struct http_request *req);
/* The address that the client reached us at; 0 when not IPv4. */
ipv4 http_local_address(const struct http_request *req);
bool http_is_local(const struct http_request *req); /* by unix socket */
bool http_is_tls(const struct http_request *req);
/* The process at the other end of a unix socket; false: there is none. */
bool http_peer_process(const struct http_request *req, unsigned *uid, int *pid);

/*
 * Clients may show a certificate; those signed by this CA for clients, and
 * none else, are then trusted. One that is not does not end the handshake:
 * who asks by it is told so in an answer.
 */
int http_tls_trust(struct ssl_ctx_st *tls, struct x509_st *ca,
		   struct err *err) NODISCARD;

enum http_cert { HTTP_CERT_NONE, HTTP_CERT_FOREIGN, HTTP_CERT_TRUSTED };

/* What the client showed. That it was good in the handshake does not mean
 * that it still is: see cert->until. */
enum http_cert http_peer_cert(const struct http_request *req,
			      struct cert *cert);

/*
 * Called if the client leaves before the answer is complete, within seconds
 * also when nothing is being sent. A client that only shuts its sending side
 * counts as gone.
 */
void http_on_gone(struct http_request *req, loop_fn gone, void *arg);

/* How many bytes of answer have left for the socket so far is reported when
 * the answer ends or breaks off: see http_on_sent. */
typedef void (*http_sent_fn)(void *arg, int64_t sent, int64_t total);
void http_on_sent(struct http_request *req, http_sent_fn sent, void *arg);

/* How to answer. A header must be set before the answer. */
void http_set_header(struct http_request *req, const char *name,
		     const char *value);
void http_reply(struct http_request *req, int status, const char *type,
		const void *body, size_t len);
void http_reply_text(struct http_request *req, int status, const char *text);
/* The same without a copy: takes the bytes, and frees them in the end. */
void http_reply_take(struct http_request *req, int status, const char *type,
		     char *body, size_t len);
/* 405, and what is allowed: "GET, HEAD". */
void http_reply_allow(struct http_request *req, const char *allow);
/*
 * A file by sendfile, with Range, If-Range, ETag and HEAD. Takes the
 * descriptor. The file must not be changed or cut while it is served:
 * publish by rename. `etag` may be NULL.
 */
void http_reply_file(struct http_request *req, int fd, const char *type,
		     const char *etag);

/* An answer in pieces, chunked. */
void http_stream_begin(struct http_request *req, int status, const char *type);
/* False: the client does not read; the stream was cut off and is gone. */
bool http_stream_add(struct http_request *req, const void *bytes, size_t len);
void http_stream_end(struct http_request *req);
/* What was added and has not left yet; and who is told, from the loop, when
 * all of it has: for streams that are longer than memory. */
size_t http_stream_unsent(const struct http_request *req);
void http_on_drained(struct http_request *req, loop_fn drained, void *arg);
/* Ends it without regard to what is unsent: the client sees a cut. */
void http_stream_abort(struct http_request *req);

#endif
