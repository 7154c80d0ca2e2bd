/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_API_H
#define API_API_H

#include "api/health_wire.h"
#include "base/http_server.h"
#include "base/json.h"
#include "store/object.h"

/*
 * The HTTP API, in the conventions of Kubernetes: what kubectl, other
 * controllers, the web page and our own command line speak.
 *
 *	static void handle(void *arg, struct http_request *req)
 *	{
 *		if (!api_handle(api, req))
 *			http_reply_text(req, 404, "no such page\n");
 *	}
 *
 * Each listener's handler may call it: a unix socket is the administrator,
 * TLS wants a bearer token, plain HTTP gets health and version only.
 *
 * A request's writes are one mark in the turn's transaction. Its answer
 * leaves in the next turn, after the commit at the end of this one; a daemon
 * whose commit fails must therefore not go on, but exit.
 */
struct api;

/* Whom a client certificate is for. */
struct api_subject {
	const char *user;
	const char *role;
	const char *namespaces; /* "a,b"; "": all */
	int64_t seconds;
};

/* What is asked of the BMC of a bmc Machine: machines/NAME/ASK. */
struct api_ask {
	const char *namespace;
	const char *machine;
	const char *ask;
	const json_t *arguments; /* an object, from the body or the query */
	const char *user;        /* who asks */
};

/* Who asked, and waits for an answer. */
struct api_wait;
/* Who has a machine's console. */
struct api_console;

struct api_ops {
	/*
	 * The objects of a virtual kind (Run, Event), made from rows: those of
	 * a namespace ("": of all), or the one `name` (NULL: all). A list,
	 * empty when there is none. NULL: see err.
	 */
	json_t *(*list)(void *arg, const struct kind *kind,
			const char *namespace, const char *name,
			struct err *err);
	/* Whether an object makes sense, before it is written; may be NULL. */
	int (*admit)(void *arg, const struct object_key *key, json_t *object,
		     struct err *err);
	/* Whether the daemon can do its work, beside its store: fills in at
	 * most so many, and returns how many. May be NULL. */
	size_t (*checks)(void *arg, struct health_check *checks, size_t max);
	/* What the daemon has counted, in Prometheus' text format; may be
	 * NULL. */
	void (*metrics)(void *arg, struct buf *out);
	/* Signs a request for a client certificate, whatever name it has:
	 * the certificate in PEM, the caller's, and its serial number in hex.
	 * May be NULL: none are signed. */
	char *(*sign)(void *arg, const char *request,
		      const struct api_subject *subject, char serial[41],
		      struct err *err);
	/*
	 * Has api_answer called, once and not from inside of this; or -1, when
	 * it cannot be asked. May be NULL: nothing can.
	 */
	int (*ask)(void *arg, const struct api_ask *ask, struct api_wait *wait,
		   struct err *err);
	/*
	 * A machine's console: NULL: see err. What it says goes to
	 * api_console_text; when it ends, api_console_end, once. After
	 * console_close nobody is told any more. May be NULL: there are none.
	 */
	void *(*console_open)(void *arg, const struct api_ask *ask, bool take,
			      struct api_console *console, struct err *err);
	size_t (*console_write)(void *arg, void *handle, const void *bytes,
				size_t n);
	void (*console_close)(void *arg, void *handle);
	/* Where the API is by HTTPS, and who signs it; may be NULL. */
	void (*door)(void *arg, const char **url, const char **ca_pem);
};

struct api *api_new(struct loop *loop, struct store *store,
		    const struct api_ops *ops, void *arg);
/* Ends all watches. Before or after the servers are freed. */
void api_free(struct api *api);

/* False: the path is not ours, and nothing was answered. */
bool api_handle(struct api *api, struct http_request *req);

/* The same of pages alone that tell how things are (health, metrics, whom
 * Prometheus is to ask), to whoever asks: for a listener that the operator
 * has opened to them. */
bool api_handle_open(struct api *api, struct http_request *req);

/* For http_server_on_refusal: what is wrong, as a Status. */
void api_refuse(struct http_request *req, int status, const char *reason);

/* The answer to what was asked; error NULL: this, which stays the caller's.
 * When nobody waits for it any more it goes nowhere. */
void api_answer(struct api_wait *wait, const struct err *error,
		const json_t *answer);

/* Both from the loop; either may close the console. */
void api_console_text(struct api_console *console, const void *bytes, size_t n);
void api_console_end(struct api_console *console, const struct err *error);

/* After each commit: what was written goes to those who watch. */
void api_published(struct api *api);

#endif
