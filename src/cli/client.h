/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "base/json.h"

/*
 * The daemon's API, one blocking request after another: by its unix socket,
 * or by HTTPS with a token.
 *
 * An answer that is not 2xx is an error with the message of its Status. No
 * answer at all is ERR_UNREACHABLE with a hint.
 */
struct client;

struct client_target {
	const char *socket; /* path of the unix socket; not with server */
	const char *server; /* "https://host:port", or NULL */
	const char *token_file;
	const char *ca_file;
};

struct client *client_new(const struct client_target *target,
			  struct err *err) NODISCARD;
void client_free(struct client *client);

/* For who does not want to wait: how long a request may take, all in all. */
void client_hurry(struct client *client, long ms);

/* A new reference, or NULL. */
json_t *client_get(struct client *client, const char *path,
		   struct err *err) NODISCARD;
/* The same as a server-made Table (a List, from a server without). */
json_t *client_get_table(struct client *client, const char *path,
			 struct err *err) NODISCARD;
/* method: POST, PUT, DELETE, or PATCH, which is a merge patch. */
json_t *client_send(struct client *client, const char *method, const char *path,
		    const json_t *body, struct err *err) NODISCARD;

/* One of many requests that are made at a time. */
struct client_ask {
	const char *method;
	const char *path;
	const json_t *body; /* or NULL */
};

/* What came of the i-th, as soon as it is there; error NULL: this reply, which
 * stays the client's. */
typedef void (*client_reply_fn)(void *arg, size_t i, const json_t *reply,
				const struct err *error);

/* `parallel` of them at a time, each on a connection of its own. What fails is
 * told with its reply, and the others go on. */
void client_each(struct client *client, const struct client_ask *asks, size_t n,
		 size_t parallel, client_reply_fn fn, void *arg);

/* While a stream goes on: what else there is to do. */
struct client_side {
	const int *fds; /* something is to be read there */
	size_t n_fds;
	bool (*look)(void *arg); /* every now and then; false: stop */
};

/* False: enough, stop. */
typedef bool (*client_event_fn)(void *arg, const json_t *event);

/* A watch: calls fn for each event until it ends, which is no error. */
int client_watch(struct client *client, const char *path, bool table,
		 client_event_fn fn, void *arg, struct err *err) NODISCARD;
/* The same of a POST, with something else to do meanwhile. */
int client_converse(struct client *client, const char *path, client_event_fn fn,
		    const struct client_side *side, void *arg,
		    struct err *err) NODISCARD;

#endif
