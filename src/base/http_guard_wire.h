/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_HTTP_GUARD_WIRE_H
#define BASE_HTTP_GUARD_WIRE_H

#include "base/buf.h"
#include "base/sm.h"

/*
 * What a client sends, held to RFC 9112 before evhttp sees it.
 *
 * Two readers that do not agree where a request ends are how requests are
 * smuggled, and evhttp is a lenient one: it takes bare line feeds, folded
 * lines, two lengths, a length beside chunks, a NUL in a line, versions that
 * are none. The guard takes the bytes of a connection as they come and gives
 * on only what is right, in one spelling: heads when they are whole, chunks
 * without extensions, no trailers, one Connection line that says what holds.
 *
 *	http_guard_input(&guard, bytes, len, &out);
 *	feed(out);
 *	if (guard.refused) ... request number guard.n_requests, counted from
 *	1, is to be answered with that status and the connection closed.
 *
 * After a refusal all input is dropped, and `out` still ends with a whole
 * request, so that the answer comes in its turn. So it is after a request
 * that closes the connection.
 */
#define HTTP_GUARD_MAX_LINE    (8 * 1024)
#define HTTP_GUARD_MAX_HEAD    (16 * 1024)
#define HTTP_GUARD_MAX_FIELDS  64
#define HTTP_GUARD_MAX_TRAILER (16 * 1024)

/* `out` grows by twice what was put in and this, at most. */
#define HTTP_GUARD_MORE (HTTP_GUARD_MAX_HEAD + HTTP_GUARD_MAX_LINE + 1024)

enum http_guard_phase {
	HTTP_GUARD_IDLE, /* between requests */
	HTTP_GUARD_HEAD, /* in the middle of a request's head */
	HTTP_GUARD_BODY, /* or of its body */
};

struct http_guard {
	unsigned n_requests; /* given on so far */
	int refused;         /* a status; 0: no */
	const char *reason;  /* of the refusal, for people */

	/* Private. */
	struct sm sm;
	uint64_t body_limit;
	struct buf line; /* the one that is not whole yet */
	struct buf head; /* what was read of it, in our spelling */
	size_t head_bytes;
	uint64_t left; /* of the body, or of the chunk */
	uint64_t body; /* of all chunks */
	struct http_guard_head {
		unsigned n_fields;
		unsigned n_hosts;
		unsigned n_lengths;
		unsigned n_codings;
		uint64_t length;
		bool is_head;
		bool is_old; /* HTTP/1.0 */
		bool is_chunked;
		bool expects;
		bool closes;
		bool keeps;
	} is;
};

void http_guard_init(struct http_guard *guard, uint64_t body_limit);
void http_guard_release(struct http_guard *guard);

void http_guard_input(struct http_guard *guard, const char *bytes, size_t len,
		      struct buf *out);
/* True: all of the next n bytes are a body's, and to be given on as they
 * are. Saves copying them. */
bool http_guard_pass(struct http_guard *guard, size_t n);

enum http_guard_phase http_guard_phase(const struct http_guard *guard);

#endif
