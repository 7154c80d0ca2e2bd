/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/call.h"
#include "api/review_plan.h"
#include "api/status_wire.h"
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
	http_set_header(call->req, "Cache-Control", "no-store");
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
	char retry[16];

	if (status >= 500)
		log_warn("request=%" PRIu64 " method=%s path=%s error=%s",
			 call->id, http_method(call->req), http_path(call->req),
			 err->message);
	if (status == 429 || status == 504) {
		snprintf(retry, sizeof(retry), "%u",
			 call->retry_s ? call->retry_s : 1);
		http_set_header(call->req, "Retry-After", retry);
	}
	call_reply(call, status, body);
}

/* What anybody may ask. */
static bool is_open(const struct route *route)
{
	return route->what == ROUTE_HEALTH || route->what == ROUTE_VERSION;
}

/* Kinds that are questions: nothing is stored. */
static int answer_review(struct call *call, struct err *err)
{
	AUTO_JSON json_t *question = call_body_of_kind(call, err);
	AUTO_JSON json_t *answer =
		question ? review_answer(&call->who, call->route.kind, question,
					 err)
			 : NULL;

	if (!answer)
		return -1;
	call_reply(call, 201, answer);
	return 0;
}

static int check_served(const struct route *route, struct err *err)
{
	if (kind_has_verb(route->kind, route_verb_name(route->verb)))
		return 0;
	if (!route->kind->verbs)
		return err_set(err, ERR_UNSUPPORTED,
			       "a %s is made by tomte and cannot be written",
			       route->kind->kind);
	return err_set(err, ERR_UNSUPPORTED,
		       "the server does not allow this method on the "
		       "requested resource");
}

static int handle_objects(struct call *call, struct err *err)
{
	const struct route *route = &call->route;

	if (route->ask && str_eq(route->ask, "console"))
		return call_console(call, err);
	if (route->ask)
		return call_ask(call, err);
	if (check_served(route, err))
		return -1;
	if (review_is_kind(route->kind))
		return answer_review(call, err);
	if (audit_is_kind(route->kind))
		return call_audit_records(call, err);
	if (token_is_kind(route->kind) && !route_reads(route))
		return call_token(call, err);
	switch (route->verb) {
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
		return call_health(call, err);
	case ROUTE_METRICS:
		return call_metrics(call, err);
	case ROUTE_TARGETS:
		return call_targets(call, err);
	case ROUTE_OBJECTS:
		return handle_objects(call, err);
	default:
		return call_document(call, err);
	}
}

/*
 * Nobody may act as somebody else. Said, not passed over: who asks to be less
 * than they are (kubectl --as) would else be heard with all that they may.
 */
static int refuse_impersonation(const struct call *call, struct err *err)
{
	static const struct {
		const char *header;
		const char *resource;
	} asks[] = {
		{ "Impersonate-User", "users" },
		{ "Impersonate-Group", "groups" },
		{ "Impersonate-Uid", "uids" },
	};

	for (size_t i = 0; i < ARRAY_LEN(asks); i++) {
		const char *name = http_header(call->req, asks[i].header);

		if (name)
			return err_set(err, ERR_DENIED,
				       "%s \"%.100s\" is forbidden: User "
				       "\"%s\" cannot impersonate resource "
				       "\"%s\" in API group \"\" at the "
				       "cluster scope",
				       asks[i].resource, name, call->who.user,
				       asks[i].resource);
	}
	return 0;
}

/* Whether they may do it. */
static int authorize(struct call *call, struct err *err)
{
	const struct route *route = &call->route;
	const struct kind *kind = route->kind;
	struct access_ask ask = { .verb = "get", .path = NULL };

	if (refuse_impersonation(call, err))
		return -1;
	if (route->what != ROUTE_OBJECTS) {
		ask.path = http_path(call->req);
		return access_check(&call->who, &ask, err);
	}
	ask.verb = route_verb_name(route->verb);
	ask.group = kind->group;
	ask.resource = kind->plural;
	ask.subresource = route_subresource(route);
	ask.namespace = route->namespace;
	ask.name = route->name;
	call->reveals = !*kind->group && str_eq(kind->kind, "Secret") &&
			access_sees_values(&call->who);
	return access_check(&call->who, &ask, err);
}

static int answer_call(struct call *call, struct err *err)
{
	bool watch = call_flag(call, "watch");
	struct err unknown;
	int parsed = route_parse(http_method(call->req), http_path(call->req),
				 watch, &call->route, &unknown);

	call->routed = !parsed;
	if (call->routed && is_open(&call->route))
		return handle(call, err);
	if (call_identify(call, err))
		return -1;
	call->known = true;
	if (!call->routed) {
		*err = unknown;
		return -1;
	}
	if (authorize(call, err))
		return -1;
	return handle(call, err);
}

static void log_call(const struct call *call)
{
	const struct route *route = &call->route;
	const char *sub = route_subresource(route);

	if (route->what != ROUTE_OBJECTS || route_reads(route) ||
	    !call->known || call->part) {
		log_debug("request=%" PRIu64 " peer=%s status=%d", call->id,
			  call->source, call->status);
		return;
	}
	log_info("request=%" PRIu64 " verb=%s kind=%s%s%s object=%s/%s user=%s "
		 "peer=%s status=%d",
		 call->id, route_verb_name(route->verb), route->kind->kind,
		 *sub ? "/" : "", sub, route->namespace,
		 *route->name ? route->name : call->name, call->who.user,
		 call->source, call->status);
}

static void remember(struct call *call)
{
	const char *peer = http_peer(call->req);

	if (!str_copy(call->source, sizeof(call->source),
		      *peer ? peer : "local"))
		str_copy(call->source, sizeof(call->source), "unknown");
	str_copy(call->method, sizeof(call->method), http_method(call->req));
	snprintf(call->path, sizeof(call->path), "%.253s",
		 http_path(call->req));
}

/* Nobody has to say who they are. */
static int answer_open(struct call *call, struct err *err)
{
	if (route_parse(http_method(call->req), http_path(call->req), false,
			&call->route, err))
		return -1;
	call->routed = true;
	return handle(call, err);
}

bool api_handle_open(struct api *api, struct http_request *req)
{
	struct call call = { .api = api, .req = req };
	struct err err;

	if (!route_tells(http_path(req)))
		return false;
	call.id = ++api->n_requests;
	remember(&call);
	if (answer_open(&call, &err))
		call_reply_error(&call, &err);
	log_call(&call);
	return true;
}

bool api_handle(struct api *api, struct http_request *req)
{
	struct call call = { .api = api, .req = req };
	struct err err;

	if (!route_is_ours(http_path(req)))
		return false;
	call.id = ++api->n_requests;
	remember(&call);
	if (answer_call(&call, &err))
		call_reply_error(&call, &err);
	call_audit(&call);
	log_call(&call);
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
	api->throttle = throttle_new();
	list_init(&api->waits);
	list_init(&api->consoles);
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
	ask_free(api);
	console_free_all(api);
	hub_free(api->hub);
	documents_free(api->documents);
	schemas_free(api->schemas);
	throttle_free(api->throttle);
	free(api);
}

void api_published(struct api *api)
{
	hub_published(api->hub);
}
