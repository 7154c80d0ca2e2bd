/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_HTTP_CLIENT_H
#define BASE_HTTP_CLIENT_H

#include "base/json.h"
#include "base/loop.h"

/*
 * HTTP/1.1 requests in the loop, by libcurl's multi interface.
 *
 * Each request ends in exactly one callback, from the loop and never from
 * inside http_client_send; unless it was cancelled before. Redirects are not
 * followed. What libcurl says of a failure becomes an error code: no
 * connection, or one that broke off before an answer, ERR_UNREACHABLE; a
 * certificate, pin or handshake that fails ERR_MISMATCH; deadline ERR_TIMEOUT;
 * body over the bound, or 64 KiB of headers, ERR_TOO_BIG; an answer that is
 * none or is cut ERR_PROTOCOL; a URL or CA that is none ERR_INVALID. An HTTP
 * status is not an error here.
 *
 * Connections are kept for a burst of requests and closed some time after.
 * That of a peer which will be asked again soon may be kept for that, if the
 * request says so: two minutes idle, when that is what a new one would cost
 * more than. From some number of open ones on, no new one is kept.
 *
 * New ones have to wait for their turn when too many are wanted at once: a
 * handshake costs a millisecond of the loop. A request that waited for all
 * of its time ends with ERR_TIMEOUT.
 */
struct http_client;
struct http_peer;
struct http_call;

struct http_client_config {
	size_t n_pools;         /* that connections are spread over */
	int64_t linger_ms;      /* the most that a connection is kept */
	size_t n_kept_pools;    /* of those that are kept for longer */
	int64_t keep_ms;        /* how long, without a request */
	size_t kept_most;       /* open ones, from which on no new one is kept;
				   0: no bound */
	uint32_t connects_s;    /* new ones in a second */
	uint32_t connects_most; /* at once, after a pause */
};

struct http_client_request {
	struct http_peer *peer; /* NULL: nothing is kept of it */
	const char *method;
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated */
	const char *body;           /* NULL: none */
	const char *user;           /* basic authentication, or NULL */
	const char *password;
	const char *ca_pem;     /* trust this CA only; NULL: the system's */
	const char *pin_sha256; /* "sha256//base64" of the public key: it is
				   what is trusted, whoever signed it */
	bool insecure;          /* trust any certificate */
	bool decode;            /* take compressed answers, too */
	bool fresh;             /* not on a kept connection: libcurl silently
				   repeats a request, POST too, when such a
				   connection dies under it */
	bool keep;              /* of a peer: it will be asked again within
				   keep_ms. Without, what was kept of it is
				   closed after this */
	int64_t connect_ms;
	int64_t timeout_ms;
	size_t body_limit;
};

/* Of a connection that had been kept from the request before. */
enum http_kept {
	HTTP_KEPT_NONE,  /* there was none */
	HTTP_KEPT_USED,  /* it brought the answer */
	HTTP_KEPT_LOST,  /* it was gone, or went with the request */
	HTTP_KEPT_ASIDE, /* it stayed, and a fresh one was made */
};

struct http_client_response {
	int status; /* 0: no answer came, see err */
	struct err err;
	/* Whether the request may have reached the peer: a mutating one must
	 * not be repeated blindly then. */
	bool sent;
	enum http_kept kept;
	const char *body;
	size_t body_len;
	/* Of the last answer, lower-case names; NULL: absent. */
	const char *location;
	const char *etag;
	const char *token; /* X-Auth-Token */
	const char *retry_after;
};

typedef void (*http_client_fn)(void *arg,
			       const struct http_client_response *response);

struct http_client *http_client_new(struct loop *loop);
struct http_client *
http_client_new_with(struct loop *loop,
		     const struct http_client_config *config);
/* Connections that are open, idle or not. */
size_t http_client_open(const struct http_client *client);
/* Cancels what is under way; peers are freed before. Not to be called from
 * a callback. */
void http_client_free(struct http_client *client);

/*
 * What is kept of a peer from one request to the next, so that its TLS
 * session can be resumed: a handshake of half the price. One request at a
 * time. It costs some kilobytes, so it is worth it for peers that are asked
 * again within the hours that a session lasts.
 */
struct http_peer *http_peer_new(struct http_client *client);
/* Cancels its request. */
void http_peer_free(struct http_peer *peer);

/* Strings in the request are copied where they must outlive the call. */
struct http_call *http_client_send(struct http_client *client,
				   const struct http_client_request *request,
				   http_client_fn done, void *arg);
/* No callback will come; the pointer is gone. */
void http_client_cancel(struct http_call *call);

#endif
