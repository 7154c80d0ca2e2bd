/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/call.h"
#include "api/discovery_wire.h"
#include "api/status_wire.h"
#include "api/table_wire.h"
#include "base/secret.h"
#include "base/str.h"
#include "store/token.h"

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

void call_reply_error(struct call *call, const struct err *err)
{
	int status = call->status ? call->status : status_code(err);
	AUTO_JSON json_t *body =
		status_failure(err, status, call->route.kind, call->route.name);

	if (status >= 500)
		log_warn("request=%" PRIu64 " method=%s path=%s error=%s",
			 call->id, http_method(call->req), http_path(call->req),
			 err->message);
	if (status == 429)
		http_set_header(call->req, "Retry-After", "1");
	call_reply(call, status, body);
}

static int answer(struct call *call, json_t *body, struct err *err)
{
	AUTO_JSON json_t *owned = body;

	if (!body)
		return err_set(err, ERR_NOT_FOUND,
			       "the server could not find the requested "
			       "resource: %.200s",
			       http_path(call->req));
	call_reply(call, 200, owned);
	return 0;
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
	if (call->route.verb == ROUTE_WATCH)
		return call_watch(call, err);
	if (route_reads(&call->route))
		return call_read(call, err);
	return call_write(call, err);
}

static int handle(struct call *call, struct err *err)
{
	const struct route *route = &call->route;

	switch (route->what) {
	case ROUTE_HEALTH:
		http_reply_text(call->req, 200, "ok");
		return 0;
	case ROUTE_READY:
		return answer_ready(call, err);
	case ROUTE_VERSION:
		return answer(call, discovery_version(), err);
	case ROUTE_CORE:
		return answer(call, discovery_core_versions(), err);
	case ROUTE_GROUPS:
		return answer(call, discovery_groups(), err);
	case ROUTE_GROUP:
		return answer(call, discovery_group(route->group), err);
	case ROUTE_RESOURCES:
		return answer(call,
			      discovery_resources(route->group, route->version),
			      err);
	case ROUTE_OPENAPI_V2:
		http_reply(call->req, 200, DISCOVERY_OPENAPI_V2_TYPE, "", 0);
		return 0;
	case ROUTE_OPENAPI_V3:
		return answer(call, discovery_openapi_v3(), err);
	case ROUTE_OBJECTS:
		return handle_objects(call, err);
	}
	return err_set(err, ERR_NOT_FOUND, "no such page");
}

/* Who it is: the role, by the listener or by the token. */
static int authenticate(struct call *call, struct err *err)
{
	const char *header = http_header(call->req, "Authorization");
	struct token token;

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
	if (!token_find(call->api->store, header + 7, &token))
		return err_set(err, ERR_AUTH,
			       "Unauthorized: the token is not known");
	str_copy(call->role, sizeof(call->role), token.role);
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
	return true;
}

struct api *api_new(struct loop *loop, struct store *store,
		    const struct api_ops *ops, void *arg)
{
	struct api *api = xcalloc(1, sizeof(*api));

	api->loop = loop;
	api->store = store;
	api->ops = ops;
	api->arg = arg;
	list_init(&api->watches);
	return api;
}

void api_free(struct api *api)
{
	if (!api)
		return;
	watch_end_all(api);
	loop_timer_free(api->tick);
	free(api);
}
