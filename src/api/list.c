/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "api/call.h"
#include "api/list_ask_wire.h"
#include "api/selector_plan.h"
#include "base/str.h"

#define LOG_MODULE "api"
#include "base/log.h"

/*
 * Lists, whole or in pages. All pages of one list are of one version: what
 * is written between them is in none. Virtual kinds are few objects and have
 * no versions: they come in one page.
 *
 * A long list is sent part by part, each when the one before has left: so
 * that of a client that does not read no more than a part is kept, and others
 * have their turn in between. Its version holds it together as it does pages.
 * Who takes nothing for long is cut off.
 */
#define PART       (16UL * 1024)
#define STALLED_MS 30000

struct walk {
	struct call *call;
	struct call own; /* of a list in parts: what `call` is after its turn */
	struct selector *selector;
	struct list_ask ask;
	struct answer_list list;
	int64_t version;
	/* The last object that was given. */
	char last_namespace[64];
	char last_name[254];
	bool more; /* behind the limit */
	bool full; /* the part: there is more of this list */
	struct loop_timer *stalled;
	struct err *err; /* what ended it */
	bool failed;
};

static void walk_free(struct walk *walk)
{
	if (!walk)
		return;
	loop_timer_free(walk->stalled);
	selector_free(walk->selector);
	answer_list_release(&walk->list);
	free(walk);
}

static void free_walk(struct walk **walk)
{
	walk_free(*walk);
}

static bool take(void *arg, json_t *object)
{
	struct walk *walk = arg;
	const struct call *call = walk->call;
	const char *namespace = json_str_at(object, "metadata.namespace");
	const char *name = json_str_at(object, "metadata.name");
	AUTO_JSON json_t *shown = NULL;

	if (!selector_match(walk->selector, object))
		return true;
	if (walk->ask.limit && (int64_t)walk->list.n == walk->ask.limit) {
		walk->more = true;
		return false;
	}
	if (walk->list.text.len >= PART && !call->route.kind->virtual) {
		walk->full = true;
		return false;
	}
	read_finish(call->api, call->route.kind, object);
	shown = call_shown(call, object, walk->err);
	if (!shown) {
		walk->failed = true;
		return false;
	}
	answer_list_add(&walk->list, shown);
	str_copy(walk->last_namespace, sizeof(walk->last_namespace),
		 namespace ? namespace : "");
	str_copy(walk->last_name, sizeof(walk->last_name), name ? name : "");
	return !walk->list.text.overflow;
}

static int check(const struct walk *walk, struct err *err)
{
	if (walk->failed)
		return -1;
	if (walk->list.text.overflow)
		return err_set(err, ERR_TOO_BIG,
			       "the list is over %lu bytes: ask for it in "
			       "pages (limit=500)",
			       ANSWER_MAX_LIST);
	return 0;
}

static int reply(struct walk *walk, const struct answer_metadata *metadata,
		 struct err *err)
{
	if (walk->failed)
		return -1;
	answer_list_end(&walk->list, metadata);
	if (check(walk, err))
		return -1;
	call_reply_text(walk->call, 200, "application/json", &walk->list.text);
	return 0;
}

static int walk_virtual(struct walk *walk, struct err *err)
{
	const struct route *route = &walk->call->route;
	struct api *api = walk->call->api;
	AUTO_JSON json_t *list = NULL;
	char version[24];
	size_t index;
	json_t *item;
	const struct answer_metadata metadata = { .version = version,
						  .remaining = -1 };

	if (walk->ask.continued)
		return err_set(err, ERR_PROTOCOL,
			       "continue: a list of this kind has one page");
	walk->ask.limit = 0;
	list = read_list(api, route->kind, route->namespace, err);
	if (!list)
		return -1;
	read_version(api, route->kind, list, version);
	json_array_foreach (list, index, item)
		if (!take(walk, item))
			break;
	return reply(walk, &metadata, err);
}

static int64_t count_rest(const struct walk *walk)
{
	const struct route *route = &walk->call->route;
	const struct object_query query = {
		.kind = route->kind,
		.namespace = route->namespace,
		.after_namespace = walk->last_namespace,
		.after_name = walk->last_name,
	};

	/* As in Kubernetes: with a selector it would mean to read them all. */
	if (!walk->more || !selector_is_empty(walk->selector))
		return -1;
	return object_count(walk->call->api->store, &query);
}

/* The end of a list that comes from the store. */
static void put_end(struct walk *walk)
{
	AUTO_FREE char *token = NULL;
	char text[24];
	struct answer_metadata metadata = { .version = text };

	if (walk->more)
		token = list_ask_token(walk->version, walk->last_namespace,
				       walk->last_name);
	snprintf(text, sizeof(text), "%" PRId64, walk->version);
	metadata.token = token;
	metadata.remaining = count_rest(walk);
	answer_list_end(&walk->list, &metadata);
}

/* The next part, and if it is the last one what ends the list. */
static int walk_on(struct walk *walk, struct err *err)
{
	const struct route *route = &walk->call->route;
	/* Where it was is asked for while it goes on. */
	char namespace[sizeof(walk->last_namespace)];
	char name[sizeof(walk->last_name)];
	struct object_query query = {
		.kind = route->kind,
		.namespace = route->namespace,
		.version = walk->version,
		.after_namespace = namespace,
		.after_name = name,
	};

	str_copy(namespace, sizeof(namespace), walk->last_namespace);
	str_copy(name, sizeof(name), walk->last_name);
	walk->err = err;
	walk->full = false;
	read_hint(walk->selector, &query);
	if (object_each(walk->call->api->store, &query, take, walk, err) ||
	    check(walk, err))
		return -1;
	if (!walk->full)
		put_end(walk);
	return check(walk, err);
}

static void on_gone(void *arg)
{
	walk_free(arg);
}

static void on_stalled(void *arg)
{
	struct walk *walk = arg;

	http_stream_abort(walk->own.req);
}

/* After it the walk may be gone. */
static void send_part(struct walk *walk)
{
	struct http_request *req = walk->own.req;

	if (!http_stream_add(req, walk->list.text.base, walk->list.text.len))
		return;
	if (walk->full) {
		loop_timer_at(walk->stalled, clock_mono() + STALLED_MS);
		return;
	}
	http_on_gone(req, NULL, NULL);
	http_on_drained(req, NULL, NULL);
	http_stream_end(req);
	walk_free(walk);
}

static void on_drained(void *arg)
{
	struct walk *walk = arg;
	struct err err;

	buf_clear(&walk->list.text);
	if (!walk_on(walk, &err)) {
		send_part(walk);
		return;
	}
	/* It is too late to answer otherwise. */
	log_warn("request=%" PRIu64 " a list was cut: %s", walk->own.id,
		 err.message);
	http_stream_abort(walk->own.req);
}

/* Takes the walk. */
static void begin_parts(struct walk *walk)
{
	struct call *call = walk->call;

	call->status = 200;
	walk->own = *call;
	walk->call = &walk->own;
	walk->stalled = loop_timer_new(call->api->loop, on_stalled, walk);
	http_on_gone(call->req, on_gone, walk);
	http_on_drained(call->req, on_drained, walk);
	http_set_header(call->req, "Cache-Control", "no-store");
	http_stream_begin(call->req, 200, "application/json");
	/* Of the answer to a HEAD nothing leaves, and nothing is told to. */
	if (str_eq(http_method(call->req), "HEAD"))
		walk->full = false;
	send_part(walk);
}

static int walk_stored(struct walk **owned, struct err *err)
{
	struct walk *walk = *owned;
	const struct list_ask *ask = &walk->ask;
	struct call *call = walk->call;

	walk->version =
		ask->version ? ask->version : store_version(call->api->store);
	str_copy(walk->last_namespace, sizeof(walk->last_namespace),
		 ask->after_namespace);
	str_copy(walk->last_name, sizeof(walk->last_name), ask->after_name);
	if (walk_on(walk, err))
		return -1;
	if (walk->full)
		begin_parts(take_ptr(*owned));
	else
		call_reply_text(call, 200, "application/json",
				&walk->list.text);
	return 0;
}

static int parse(struct walk *walk, struct err *err)
{
	struct http_request *req = walk->call->req;
	const struct list_params params = {
		.limit = http_query(req, "limit"),
		.token = http_query(req, "continue"),
		.version = http_query(req, "resourceVersion"),
		.match = http_query(req, "resourceVersionMatch"),
	};

	if (list_ask_parse(&walk->ask, &params, err))
		return -1;
	if (!walk->ask.continued &&
	    read_check_reached(walk->call, walk->ask.version, err))
		return -1;
	return read_check_reached(walk->call, walk->ask.not_older, err);
}

static struct walk *walk_new(struct call *call, struct err *err)
{
	struct walk *walk = xcalloc(1, sizeof(*walk));
	const struct answer_form form = call_form(call);

	walk->call = call;
	walk->err = err;
	answer_list_begin(&walk->list, &form, call->route.kind,
			  store_now(call->api->store));
	walk->selector =
		selector_new(http_query(call->req, "labelSelector"),
			     http_query(call->req, "fieldSelector"), err);
	return walk;
}

int call_list(struct call *call, struct err *err)
{
	CLEANUP(free_walk) struct walk *walk = walk_new(call, err);

	if (!walk->selector || parse(walk, err))
		return -1;
	if (call->route.kind->virtual)
		return walk_virtual(walk, err);
	return walk_stored(&walk, err);
}
