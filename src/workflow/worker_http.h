/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_WORKER_HTTP_H
#define WORKFLOW_WORKER_HTTP_H

#include "base/http_server.h"
#include "store/store.h"
#include "workflow/discover.h"
#include "workflow/engine.h"

/*
 * The server's side of the worker's protocol (task_wire.h): hello, next,
 * events. What a worker says becomes rows; what it is given is what the rows
 * say. An answer leaves after the turn's commit, so what was acknowledged is
 * on disk.
 */
struct worker_http;

/* Actions that need values of Secrets are rendered again by `ops`. */
struct worker_http *worker_http_new(struct loop *loop, struct store *store,
				    const struct engine_ops *ops, void *arg);
void worker_http_free(struct worker_http *http);
/* Workers of machines that nobody knows may say hello; `ops` outlives us. */
void worker_http_discover(struct worker_http *http,
			  const struct discover_ops *ops);

struct worker_stats {
	uint64_t sessions; /* that were begun */
	uint64_t reports;
	uint64_t refused; /* callers that are no machine's worker */
	uint64_t discovered;
	uint64_t not_discovered;
};

const struct worker_stats *worker_http_stats(const struct worker_http *http);
/* Workers that wait for something to do. */
size_t worker_http_waiting(const struct worker_http *http);

/* False: the path is not of this protocol. */
bool worker_http_handle(struct worker_http *http, struct http_request *req);

/* After each commit: answers the long polls that have something now. */
void worker_http_published(struct worker_http *http);

#endif
