/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_HTTP_POOL_H
#define BASE_HTTP_POOL_H

#include <curl/curl.h>

#include "base/list.h"
#include "base/loop.h"

/*
 * A multi handle of libcurl in the loop, with the connections that it keeps.
 * For http_client.c only.
 *
 * libcurl walks lists of all its handles and connections, so one multi with
 * ten thousand of them costs six times what a hundred with a hundred do. And
 * it never closes a connection because it has been idle, but when it looks for
 * one: a pool is therefore only used for a while, or for as long as it is busy,
 * and freed with all that it kept.
 */
/* A transfer has ended; its handle is out of the pool. `private` is what
 * CURLOPT_PRIVATE was given. */
typedef void (*http_pool_fn)(void *private, CURLcode status);

struct http_pool {
	struct list link; /* its owner's */
	struct loop *loop;
	CURLM *multi;
	struct loop_timer *timer;
	struct loop_timer *reaper; /* calls back outside of curl's calls */
	mono_ms born;
	mono_ms used;   /* the last time */
	uint64_t id;    /* another for each pool: its owner's */
	size_t running; /* handles in it */
	http_pool_fn done;
};

struct http_pool *http_pool_new(struct loop *loop, http_pool_fn done);
/* When none is running, and not from a callback. */
void http_pool_free(struct http_pool *pool);

void http_pool_add(struct http_pool *pool, CURL *easy);
void http_pool_remove(struct http_pool *pool, CURL *easy);

#endif
