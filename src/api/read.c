/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/selector_plan.h"
#include "api/table_wire.h"
#include "base/str.h"

/*
 * Get and list.
 */

static json_t *list_virtual(struct api *api, const struct kind *kind,
			    const char *namespace, const char *name,
			    struct err *err)
{
	if (token_is_kind(kind))
		return token_objects(api, name, err);
	if (!api->ops->list)
		return json_array();
	return api->ops->list(api->arg, kind, namespace, name, err);
}

json_t *read_list(struct api *api, const struct kind *kind,
		  const char *namespace, struct err *err)
{
	if (kind->virtual)
		return list_virtual(api, kind, namespace, NULL, err);
	return object_list(api->store, kind, namespace, err);
}

json_t *read_object(struct api *api, const struct object_key *key,
		    struct err *err)
{
	AUTO_JSON json_t *list = NULL;
	size_t index;
	json_t *item;

	if (!key->kind->virtual)
		return object_get(api->store, key, err);
	list = list_virtual(api, key->kind, key->namespace, key->name, err);
	if (!list)
		return NULL;
	json_array_foreach (list, index, item) {
		const char *name = json_str_at(item, "metadata.name");

		if (name && str_eq(name, key->name))
			return json_incref(item);
	}
	err_set(err, ERR_NOT_FOUND, "no such %s: %s", key->kind->kind,
		key->name);
	return NULL;
}

/* FNV-1a, cut to what every client can hold as a number. */
static int64_t digest_of(const json_t *value)
{
	AUTO_FREE char *text = json_text(value);
	uint64_t sum = 14695981039346656037ull;

	for (const char *at = text; *at; at++)
		sum = (sum ^ (unsigned char)*at) * 1099511628211ull;
	return (int64_t)(sum >> 12) | 1;
}

/*
 * Virtual kinds have no place in the log of changes. The digest of what was
 * listed says later whether it has changed since, which is all that a watch
 * from there needs.
 */
void read_version(struct api *api, const struct kind *kind, const json_t *list,
		  char out[24])
{
	int64_t version = kind->virtual ? digest_of(list)
					: store_version(api->store);

	snprintf(out, 24, "%" PRId64, version);
}

static void reply_list(struct call *call, json_t *items, const char *version)
{
	const struct kind *kind = call->route.kind;
	AUTO_JSON json_t *list = json_object();
	AUTO_FREE char *name = xasprintf("%sList", kind->kind);
	char api_version[64];

	kind_api_version(kind, api_version, sizeof(api_version));
	json_put(list, "kind", json_string(name));
	json_put(list, "apiVersion", json_string(api_version));
	json_put(list, "metadata.resourceVersion", json_string(version));
	json_object_set(list, "items", items);
	call_reply(call, 200, list);
}

static void reply_table(struct call *call, int status, const json_t *items,
			const char *version)
{
	const char *include = http_query(call->req, "includeObject");
	AUTO_JSON json_t *table =
		table_render(call->route.kind, items, table_include_of(include),
			     version, store_now(call->api->store));

	call_reply(call, status, table);
}

/* Each as they may see it. */
static int show_all(struct call *call, json_t *items, struct err *err)
{
	size_t n = call->reveals ? json_array_size(items) : 0;

	for (size_t i = 0; i < n; i++) {
		json_t *shown = secret_shown(call->api->store,
					     json_array_get(items, i), err);

		if (!shown)
			return -1;
		json_array_set_new(items, i, shown);
	}
	return 0;
}

static void reply_shown(struct call *call, int status, const json_t *object)
{
	const char *version = json_str_at(object, "metadata.resourceVersion");
	AUTO_JSON json_t *items = NULL;

	if (!table_wanted(http_header(call->req, "Accept"))) {
		call_reply(call, status, object);
		return;
	}
	items = json_array();
	json_array_append(items, (json_t *)(uintptr_t)object);
	reply_table(call, status, items, version ? version : "");
}

void call_reply_items(struct call *call, const json_t *list)
{
	const char *version = json_str_at(list, "metadata.resourceVersion");

	if (table_wanted(http_header(call->req, "Accept")))
		reply_table(call, 200, json_object_get(list, "items"),
			    version ? version : "");
	else
		call_reply(call, 200, list);
}

void call_reply_object(struct call *call, int status, const json_t *object)
{
	AUTO_JSON json_t *shown = NULL;
	struct err err;

	call_note(call, object);
	if (!call->reveals) {
		reply_shown(call, status, object);
		return;
	}
	shown = secret_shown(call->api->store, object, &err);
	if (shown)
		reply_shown(call, status, shown);
	else
		call_reply_error(call, &err);
}

static int read_one(struct call *call, struct err *err)
{
	const struct object_key key = { call->route.kind, call->route.namespace,
					call->route.name };
	AUTO_JSON json_t *object = read_object(call->api, &key, err);

	if (!object)
		return -1;
	call_reply_object(call, 200, object);
	return 0;
}

static void free_selector(struct selector **selector)
{
	selector_free(*selector);
}

static int read_all(struct call *call, struct err *err)
{
	const struct route *route = &call->route;
	CLEANUP(free_selector)
	struct selector *selector =
		selector_new(http_query(call->req, "labelSelector"),
			     http_query(call->req, "fieldSelector"), err);
	AUTO_JSON json_t *list = NULL;
	AUTO_JSON json_t *chosen = NULL;
	char version[24];
	size_t index;
	json_t *item;

	if (!selector)
		return -1;
	list = read_list(call->api, route->kind, route->namespace, err);
	if (!list)
		return -1;
	read_version(call->api, route->kind, list, version);
	chosen = json_array();
	json_array_foreach (list, index, item)
		if (selector_match(selector, item))
			json_array_append(chosen, item);
	if (show_all(call, chosen, err))
		return -1;
	if (table_wanted(http_header(call->req, "Accept")))
		reply_table(call, 200, chosen, version);
	else
		reply_list(call, chosen, version);
	return 0;
}

int call_read(struct call *call, struct err *err)
{
	if (call->route.verb == ROUTE_GET)
		return read_one(call, err);
	return read_all(call, err);
}
