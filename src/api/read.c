/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/crd_wire.h"
#include "api/selector_plan.h"
#include "base/str.h"

/*
 * Where objects come from: the store, the daemon, or our own schemas; and
 * the answer to a get.
 */
static bool is_crd(const struct kind *kind)
{
	return str_eq(kind->group, CRD_GROUP);
}

static json_t *list_virtual(struct api *api, const struct kind *kind,
			    const char *namespace, const char *name,
			    struct err *err)
{
	if (is_crd(kind))
		return crd_list(api->schemas, name);
	if (token_is_kind(kind))
		return token_objects(api, name, err);
	if (!api->ops->list)
		return json_array();
	return api->ops->list(api->arg, kind, namespace, name, err);
}

json_t *read_list(struct api *api, const struct kind *kind,
		  const char *namespace, struct err *err)
{
	AUTO_JSON json_t *list = NULL;
	AUTO_JSON json_t *stored = NULL;

	if (!kind->virtual)
		return object_list(api->store, kind, namespace, err);
	list = list_virtual(api, kind, namespace, NULL, err);
	if (!list || !kind->mixed)
		return take_ptr(list);
	stored = object_list(api->store, kind, namespace, err);
	if (!stored)
		return NULL;
	json_array_extend(list, stored);
	return take_ptr(list);
}

/* 0: there is none of that name. */
static int find_virtual(struct api *api, const struct object_key *key,
			json_t **object, struct err *err)
{
	AUTO_JSON json_t *list =
		list_virtual(api, key->kind, key->namespace, key->name, err);
	size_t index;
	json_t *item;

	if (!list)
		return -1;
	json_array_foreach (list, index, item) {
		const char *name = json_str_at(item, "metadata.name");

		if (!name || !str_eq(name, key->name))
			continue;
		*object = json_incref(item);
		return 1;
	}
	return 0;
}

json_t *read_object(struct api *api, const struct object_key *key,
		    struct err *err)
{
	json_t *object = NULL;
	int found = 0;

	if (key->kind->virtual)
		found = find_virtual(api, key, &object, err);
	if (found)
		return object;
	if (!key->kind->virtual || key->kind->mixed)
		return object_get(api->store, key, err);
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

static bool wants(void *arg, const json_t *labels)
{
	return selector_match_labels(arg, labels);
}

void read_hint(const struct selector *selector, struct object_query *query)
{
	query->name = selector_name(selector);
	query->wants = wants;
	query->wants_arg = (void *)(uintptr_t)selector;
	if (!selector_label(selector, &query->label_key, &query->label_value))
		query->label_key = NULL;
}

void read_finish(const struct api *api, const struct kind *kind, json_t *object)
{
	schema_fill(schema_of(api->schemas, kind), object);
}

int read_check_reached(struct call *call, int64_t version, struct err *err)
{
	int64_t newest = store_version(call->api->store);

	if (version <= newest || call->route.kind->virtual)
		return 0;
	call->causes =
		json_pack("[{s:s,s:s}]", "reason", "ResourceVersionTooLarge",
			  "message", "Too large resource version");
	return err_set(err, ERR_TIMEOUT,
		       "Too large resource version: %" PRId64
		       ", current: %" PRId64,
		       version, newest);
}

struct answer_form call_form(const struct call *call)
{
	return (struct answer_form){
		.form = accept_form_of(http_header(call->req, "Accept")),
		.include = table_include_of(
			http_query(call->req, "includeObject")),
	};
}

json_t *call_shown(const struct call *call, json_t *object, struct err *err)
{
	if (call->reveals)
		return secret_shown(call->api->store, object, err);
	return json_incref(object);
}

void call_reply_object(struct call *call, int status, json_t *object)
{
	const char *version = json_str_at(object, "metadata.resourceVersion");
	const struct answer_form form = call_form(call);
	AUTO_JSON json_t *shown = NULL;
	AUTO_JSON json_t *answer = NULL;
	struct err err;

	read_finish(call->api, call->route.kind, object);
	call_note(call, object);
	shown = call_shown(call, object, &err);
	if (!shown) {
		call_reply_error(call, &err);
		return;
	}
	answer =
		answer_one(&form, call->route.kind, shown,
			   version ? version : "", store_now(call->api->store));
	call_reply(call, status, answer);
}

int call_get(struct call *call, struct err *err)
{
	const struct object_key key = { call->route.kind, call->route.namespace,
					call->route.name };
	const char *text = http_query(call->req, "resourceVersion");
	uint64_t version = 0;
	AUTO_JSON json_t *object = NULL;

	if (text && *text && !str_parse_u64(text, INT64_MAX, &version))
		return err_set(err, ERR_PROTOCOL,
			       "resourceVersion: \"%.40s\" is none of ours",
			       text);
	if (read_check_reached(call, (int64_t)version, err))
		return -1;
	object = read_object(call->api, &key, err);
	if (!object)
		return -1;
	call_reply_object(call, 200, object);
	return 0;
}
