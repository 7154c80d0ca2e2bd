/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "api/call.h"
#include "api/list_ask_wire.h"
#include "api/selector_plan.h"
#include "base/str.h"

/*
 * Lists, whole or in pages. All pages of one list are of one version: what
 * is written between them is in none. Virtual kinds are few objects and have
 * no versions: they come in one page.
 */
struct walk {
	struct call *call;
	const struct selector *selector;
	struct list_ask ask;
	struct answer_list list;
	/* The last object that was given. */
	char last_namespace[64];
	char last_name[254];
	bool more;
	struct err *err; /* what ended it */
	bool failed;
};

static void free_selector(struct selector **selector)
{
	selector_free(*selector);
}

static void walk_release(struct walk *walk)
{
	answer_list_release(&walk->list);
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

static int reply(struct walk *walk, const struct answer_metadata *metadata,
		 struct err *err)
{
	if (walk->failed)
		return -1;
	answer_list_end(&walk->list, metadata);
	if (walk->list.text.overflow)
		return err_set(err, ERR_TOO_BIG,
			       "the list is over %lu bytes: ask for it in "
			       "pages (limit=500)",
			       ANSWER_MAX_LIST);
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

static int walk_stored(struct walk *walk, struct err *err)
{
	const struct route *route = &walk->call->route;
	struct store *store = walk->call->api->store;
	const struct list_ask *ask = &walk->ask;
	int64_t version = ask->version ? ask->version : store_version(store);
	struct object_query query = {
		.kind = route->kind,
		.namespace = route->namespace,
		.version = version,
		.after_namespace = ask->after_namespace,
		.after_name = ask->after_name,
	};
	AUTO_FREE char *token = NULL;
	char text[24];
	struct answer_metadata metadata = { .version = text };

	read_hint(walk->selector, &query);
	if (object_each(store, &query, take, walk, err))
		return -1;
	if (walk->more)
		token = list_ask_token(version, walk->last_namespace,
				       walk->last_name);
	snprintf(text, sizeof(text), "%" PRId64, version);
	metadata.token = token;
	metadata.remaining = count_rest(walk);
	return reply(walk, &metadata, err);
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

int call_list(struct call *call, struct err *err)
{
	CLEANUP(free_selector)
	struct selector *selector =
		selector_new(http_query(call->req, "labelSelector"),
			     http_query(call->req, "fieldSelector"), err);
	CLEANUP(walk_release)
	struct walk walk = { .call = call, .selector = selector, .err = err };
	const struct answer_form form = call_form(call);

	answer_list_begin(&walk.list, &form, call->route.kind,
			  store_now(call->api->store));
	if (!selector || parse(&walk, err))
		return -1;
	if (call->route.kind->virtual)
		return walk_virtual(&walk, err);
	return walk_stored(&walk, err);
}
