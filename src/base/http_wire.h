/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_HTTP_WIRE_H
#define BASE_HTTP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What stands in the lines of a request (RFC 9110): paths, queries, ranges
 * and entity tags. See http_guard_wire.h for the lines themselves.
 */

/*
 * The path of a target like "/a//b%20c?q": percent-decoded once, runs of '/'
 * made one; the caller frees. NULL: it does not begin with '/', an escape is
 * none, or it holds a control byte, a backslash or a ".." segment.
 */
char *http_path_clean(const char *target);

struct http_param {
	char *name;
	char *value;
};

struct http_query {
	struct http_param *params;
	size_t n_params;
};

/* The query of a target; "?flag" has the value "". False: a bad escape, or a
 * NUL; there is nothing to release then. */
bool http_query_parse(struct http_query *query, const char *target);
void http_query_release(struct http_query *query);
/* The value of the first with that name; NULL: there is none. */
const char *http_query_get(const struct http_query *query, const char *name);

enum http_range {
	HTTP_RANGE_ALL,  /* none asked, or one to ignore: a list, nonsense */
	HTTP_RANGE_PART, /* first..last */
	HTTP_RANGE_NONE, /* cannot be satisfied */
};

/* RFC 9110, 14.1.2; `header` may be NULL. */
enum http_range http_range_parse(const char *header, int64_t size,
				 int64_t *first, int64_t *last);

/* Whether If-None-Match names it, or any; compared weakly. */
bool http_etag_listed(const char *header, const char *etag);
/* Whether If-Range names it; compared strongly. */
bool http_etag_same(const char *header, const char *etag);

#endif
