/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_CLIENT_H
#define WORKER_CLIENT_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "worker/agent.h"
#include "worker/config.h"

/*
 * The worker's connection to its server: one request at a time over one kept
 * connection, which trusts the CA of the configuration and no other.
 *
 *	client_send(client, &request);
 *	client_wait(client, fds, n, timeout_ms);	fds: also waited for
 *	if (client_answer(client, &status, &body))
 *		...
 */
struct client;

struct client *client_new(const struct config *config);
void client_free(struct client *client);

/* An AGENT_REQUEST. */
void client_send(struct client *client, const struct agent_output *request);

/* Until something happens, here or on one of the descriptors. */
void client_wait(struct client *client, struct curl_waitfd *fds, unsigned n,
		 int timeout_ms);

/* False: none yet. Status 0: there is none, the body says why. */
bool client_answer(struct client *client, int *status, const struct buf **body);

#endif
