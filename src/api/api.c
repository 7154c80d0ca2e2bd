/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/call.h"
#include "api/status_wire.h"
#include "base/secret.h"
#include "base/str.h"

#define LOG_MODULE "api"
#include "base/log.h"

/*
 * DOC: a request's way.
 *
 * Is the path ours, may this be said over this listener, who is it, may they
 * do it; then the file of the verb: read.c, write.c, watch.c. Whatever went
 * wrong comes back here as an error and is answered as a Status.
 */

bool call_flag(const struct call *call, const char *name)
{
	static const char *const words[] = { "1", "t", "true" };
	const char *value = http_query(call->req, name);

	for (size_t i = 0; value && i < ARRAY_LEN(words); i++)
		if (!strcasecmp(value, words[i]))
			return true;
	return false;
}

void call_reply(struct call *call, int status, const json_t *body)
{
	AUTO_FREE char *text = json_text(body);

	call->status = status;
	http_reply(call->req, status, "application/json", text, strlen(text));
}

void call_reply_text(struct call *call, int status, const char *type,
		     struct buf *text)
{
	size_t len = text->len;

	call->status = status;
	http_reply_take(call->req, status, type, buf_take(text), len);
}

void call_reply_error(struct call *call, const struct err *err)
{
	int status = call->status ? call->status : status_code(err);
	AUTO_JSON json_t *body = status_with_causes(
		err, status, call->route.kind, call->route.name, call->causes);

	if (status >= 500)
		log_warn("request=%" PRIu64 " method=%s path=%s error=%s",
			 call->id, http_method(call->req), http_path(call->req),
			 err->message);
	if (status == 429 || status == 504)
		http_set_header(call->req, "Retry-After", "1");
	call_reply(call, status, body);
}

static int answer_ready(struct call *call, struct err *err)
{
	const struct api *api = call->api;

	call->status = 503;
	if (store_check(api->store, err) ||
	    (api->ops->ready && api->ops->ready(api->arg, err)))
		return -1;
	call->status = 200;
	http_reply_text(call->req, 200, "ok");
	return 0;
}

/* What anybody may ask. */
static bool is_open(const struct route *route)
{
	return route->what == ROUTE_HEALTH || route->what == ROUTE_READY ||
	       route->what == ROUTE_VERSION;
}

static int handle_objects(struct call *call, struct err *err)
{
	switch (call->route.verb) {
	case ROUTE_GET:
		return call_get(call, err);
	case ROUTE_LIST:
		return call_list(call, err);
	case ROUTE_WATCH:
		return call_watch(call, err);
	case ROUTE_DELETE:
	case ROUTE_DELETE_ALL:
		return call_delete(call, err);
	default:
		return call_write(call, err);
	}
}

static int handle(struct call *call, struct err *err)
{
	switch (call->route.what) {
	case ROUTE_HEALTH:
		http_reply_text(call->req, 200, "ok");
		return 0;
	case ROUTE_READY:
		return answer_ready(call, err);
	case ROUTE_OBJECTS:
		return handle_objects(call, err);
	default:
		return call_document(call, err);
	}
}

/* Who it is: the role, by the listener or by the token. */
static int authenticate(struct call *call, struct err *err)
{
	const char *header = http_header(call->req, "Authorization");

	if (http_is_local(call->req)) {
		str_copy(call->role, sizeof(call->role), "admin");
		return 0;
	}
	if (!http_is_tls(call->req))
		return err_set(err, ERR_DENIED,
			       "the API is not served over plain HTTP: use "
			       "HTTPS");
	if (!header || strncasecmp(header, "Bearer ", 7) != 0)
		return err_set(err, ERR_AUTH,
			       "Unauthorized: a bearer token is needed");
	token_role(call->api->store, header + 7, call->role,
		   sizeof(call->role));
	if (!*call->role)
		return err_set(err, ERR_AUTH,
			       "Unauthorized: the token is not known");
	return 0;
}

/* Whether that role may do it. Discovery is for everybody who is known. */
static int authorize(struct call *call, struct err *err)
{
	const struct route *route = &call->route;
	bool secret = route->kind && !*route->kind->group &&
		      str_eq(route->kind->kind, "Secret");
	char where[96] = "";

	if (str_eq(call->role, "admin") || route->what != ROUTE_OBJECTS)
		return 0;
	if (str_eq(call->role, "viewer") && route_reads(route) && !secret)
		return 0;
	if (*route->namespace)
		snprintf(where, sizeof(where), " in the namespace \"%s\"",
			 route->namespace);
	return err_set(err, ERR_DENIED,
		       "%s is forbidden: User \"%s\" cannot %s resource \"%s\" "
		       "in API group \"%s\"%s",
		       route->kind->plural, call->role,
		       route_verb_name(route->verb), route->kind->plural,
		       route->kind->group, where);
}

static int answer_call(struct call *call, struct err *err)
{
	bool watch = call_flag(call, "watch");
	struct err unknown;
	int parsed = route_parse(http_method(call->req), http_path(call->req),
				 watch, &call->route, &unknown);

	if (!parsed && is_open(&call->route))
		return handle(call, err);
	if (authenticate(call, err))
		return -1;
	if (parsed) {
		*err = unknown;
		return -1;
	}
	if (authorize(call, err))
		return -1;
	return handle(call, err);
}

/* The peer's address cannot be asked for once the request is answered. */
static void log_call(const struct call *call, const char *peer)
{
	const struct route *route = &call->route;

	if (route->what != ROUTE_OBJECTS || route_reads(route) ||
	    !*call->role) {
		log_debug("request=%" PRIu64 " peer=%s status=%d", call->id,
			  peer, call->status);
		return;
	}
	log_info("request=%" PRIu64 " verb=%s kind=%s%s object=%s/%s user=%s "
		 "peer=%s status=%d",
		 call->id, route_verb_name(route->verb), route->kind->kind,
		 route->status ? "/status" : "", route->namespace,
		 *route->name ? route->name : call->name, call->role, peer,
		 call->status);
}

bool api_handle(struct api *api, struct http_request *req)
{
	struct call call = { .api = api, .req = req };
	char peer[64] = "local";
	struct err err;

	if (!route_is_ours(http_path(req)))
		return false;
	if (*http_peer(req))
		str_copy(peer, sizeof(peer), http_peer(req));
	call.id = ++api->n_requests;
	if (answer_call(&call, &err))
		call_reply_error(&call, &err);
	log_call(&call, peer);
	json_decref(call.causes);
	return true;
}

void api_refuse(struct http_request *req, int status, const char *reason)
{
	AUTO_JSON json_t *body = status_refusal(status, reason);
	AUTO_FREE char *text = json_text(body);

	http_reply(req, status, "application/json", text, strlen(text));
}

struct api *api_new(struct loop *loop, struct store *store,
		    const struct api_ops *ops, void *arg)
{
	struct api *api = xcalloc(1, sizeof(*api));
	struct err err;

	api->loop = loop;
	api->store = store;
	api->ops = ops;
	api->arg = arg;
	api->schemas = schemas_new(&err);
	if (!api->schemas) {
		log_error("%s", err.message);
		abort(); /* they are part of the program */
	}
	api->documents = documents_new(api->schemas);
	api->hub = hub_new(api);
	return api;
}

void api_free(struct api *api)
{
	if (!api)
		return;
	hub_free(api->hub);
	documents_free(api->documents);
	schemas_free(api->schemas);
	free(api);
}

void api_published(struct api *api)
{
	hub_published(api->hub);
}
