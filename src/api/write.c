/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/call.h"
#include "api/patch_plan.h"
#include "api/selector_plan.h"
#include "api/status_wire.h"
#include "base/rng.h"
#include "base/str.h"
#include "base/yaml.h"

/*
 * Create, replace, patch, delete.
 *
 * All of a request is one mark: a dry run goes back to it in the end, and
 * so does whatever failed half way.
 */

#define N_SUFFIX 5

static struct object_key key_of(const struct call *call)
{
	return (struct object_key){ call->route.kind, call->route.namespace,
				    call->route.name };
}

static bool is_media(const char *type, const char *media)
{
	size_t len = strcspn(type, "; ");

	return strlen(media) == len && !strncasecmp(type, media, len);
}

static int wrong_media(struct call *call, const char *type, const char *advice,
		       struct err *err)
{
	call->status = 415;
	return err_set(err, ERR_UNSUPPORTED, "%s%s: %s",
		       "the body of the request was in an unknown format: ",
		       *type ? type : "no Content-Type", advice);
}

static json_t *parse_yaml(const char *text, size_t len, struct err *err)
{
	AUTO_JSON json_t *documents =
		yaml_parse(text, len, YAML_TYPED, NULL, err);

	if (!documents)
		return NULL;
	if (json_array_size(documents) != 1) {
		err_set(err, ERR_PROTOCOL, "one YAML document is expected");
		return NULL;
	}
	return json_incref(json_array_get(documents, 0));
}

/* The body, JSON or YAML by its type; what cannot be parsed is 400. */
static json_t *parse_body(struct call *call, bool yaml, struct err *err)
{
	size_t len;
	const char *text = http_body(call->req, &len);
	json_t *value =
		yaml ? parse_yaml(text, len, err) : json_parse(text, len, err);

	if (!value && err->code == ERR_INVALID)
		err->code = ERR_PROTOCOL;
	return value;
}

static json_t *read_body(struct call *call, struct err *err)
{
	const char *type = http_header(call->req, "Content-Type");
	json_t *object;
	bool yaml;

	if (!type || !*type)
		type = "application/json";
	yaml = is_media(type, "application/yaml");
	if (!yaml && !is_media(type, "application/json")) {
		wrong_media(call, type,
			    "send application/json or application/yaml (with "
			    "kubectl: kubectl apply -f)",
			    err);
		return NULL;
	}
	object = parse_body(call, yaml, err);
	if (!object || json_is_object(object))
		return object;
	json_decref(object);
	err_set(err, ERR_PROTOCOL, "the body is no object");
	return NULL;
}

static int check_kind(const struct call *call, const json_t *object,
		      struct err *err)
{
	const char *kind = json_str_at(object, "kind");
	const char *version = json_str_at(object, "apiVersion");
	char expected[64];

	kind_api_version(call->route.kind, expected, sizeof(expected));
	if (!kind || !version)
		return err_set(err, ERR_PROTOCOL,
			       "apiVersion and kind are needed: %s, %s",
			       expected, call->route.kind->kind);
	if (!str_eq(version, expected))
		return err_set(err, ERR_PROTOCOL,
			       "the API version in the data (%.100s) does not "
			       "match the expected API version (%s)",
			       version, expected);
	if (!str_eq(kind, call->route.kind->kind))
		return err_set(err, ERR_PROTOCOL,
			       "the kind in the data (%.100s) does not match "
			       "the expected kind (%s)",
			       kind, call->route.kind->kind);
	return 0;
}

json_t *call_body(struct call *call, struct err *err)
{
	json_t *object = read_body(call, err);

	if (!object || !check_kind(call, object, err))
		return object;
	json_decref(object);
	return NULL;
}

/* The namespace of the path and of the object are one. */
static int check_namespace(struct call *call, const json_t *object,
			   struct err *err)
{
	const char *given = json_str_at(object, "metadata.namespace");
	char *namespace = call->route.namespace;

	if (!*namespace && given &&
	    !str_copy(namespace, sizeof(call->route.namespace), given))
		return err_set(err, ERR_PROTOCOL,
			       "metadata.namespace: over 63 characters");
	if (call->route.kind->cluster)
		return 0;
	if (!*namespace)
		return err_set(err, ERR_PROTOCOL, "a namespace is needed");
	if (given && *given && !str_eq(given, namespace))
		return err_set(err, ERR_PROTOCOL,
			       "the namespace of the provided object does not "
			       "match the namespace sent on the request: "
			       "%.64s, %s",
			       given, namespace);
	return 0;
}

static int check_name(const struct call *call, const json_t *object,
		      struct err *err)
{
	const char *given = json_str_at(object, "metadata.name");

	if (given && *given && !str_eq(given, call->route.name))
		return err_set(err, ERR_PROTOCOL,
			       "the name of the object (%.100s) does not match "
			       "the name on the URL (%s)",
			       given, call->route.name);
	return 0;
}

/* "node-" becomes "node-x7k2p", without letters that make words. */
static bool generate_name(const char *prefix, char *out, size_t size)
{
	static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
	struct rng rng = rng_system();
	char suffix[N_SUFFIX + 1];

	for (size_t i = 0; i < N_SUFFIX; i++)
		suffix[i] = letters[rng_u64(&rng) % (sizeof(letters) - 1)];
	suffix[N_SUFFIX] = '\0';
	return (size_t)snprintf(out, size, "%s%s", prefix, suffix) < size;
}

int call_take_name(struct call *call, json_t *object, struct err *err)
{
	const char *name = json_str_at(object, "metadata.name");
	const char *prefix = json_str_at(object, "metadata.generateName");
	bool fits;

	if ((!name || !*name) && (!prefix || !*prefix))
		return err_set(err, ERR_INVALID,
			       "metadata.name: name or generateName is "
			       "required");
	if (name && *name)
		fits = str_copy(call->name, sizeof(call->name), name);
	else
		fits = generate_name(prefix, call->name, sizeof(call->name));
	if (!fits)
		return err_set(err, ERR_INVALID,
			       "metadata.name: over 253 characters");
	json_put(object, "metadata.name", json_string(call->name));
	return 0;
}

static int admit(struct call *call, const struct object_key *key,
		 json_t *object, struct err *err)
{
	const struct api *api = call->api;

	if (call->route.status)
		return 0;
	if (access_check_references(&call->who, key->kind, object, err))
		return -1;
	if (!api->ops->admit)
		return 0;
	return api->ops->admit(api->arg, key, object, err);
}

/* DeleteOptions say it in the body, all others in the query. */
static bool is_dry(const struct call *call, const json_t *options)
{
	const char *query = http_query(call->req, "dryRun");
	const char *body = json_str_at(options, "dryRun[0]");

	return (query && str_eq(query, "All")) || (body && str_eq(body, "All"));
}

/* A dry create shows by having no version that nothing was created. */
static json_t *without_version(const json_t *object)
{
	json_t *copy = json_deep_copy(object);
	json_t *metadata = json_object_get(copy, "metadata");

	json_object_del(metadata, "resourceVersion");
	return copy;
}

static int create(struct call *call, struct err *err)
{
	AUTO_JSON json_t *object = read_body(call, err);
	AUTO_JSON json_t *stored = NULL;
	bool dry = is_dry(call, NULL);
	struct object_key key;

	if (!object || check_kind(call, object, err) ||
	    check_namespace(call, object, err) ||
	    call_take_name(call, object, err))
		return -1;
	str_copy(call->route.name, sizeof(call->route.name), call->name);
	key = key_of(call);
	if (admit(call, &key, object, err) ||
	    object_create(call->api->store, &key, object, &stored, err))
		return -1;
	if (dry) {
		json_t *shown = without_version(stored);

		json_decref(stored);
		stored = shown;
	}
	call_reply_object(call, 201, stored);
	return 0;
}

static int store_object(struct call *call, json_t *object, struct err *err)
{
	enum object_part part =
		call->route.status ? OBJECT_STATUS : OBJECT_MAIN;
	struct object_key key = key_of(call);
	AUTO_JSON json_t *stored = NULL;

	if (admit(call, &key, object, err) ||
	    object_update(call->api->store, &key, object, part, &stored, err))
		return -1;
	call_reply_object(call, 200, stored);
	return 0;
}

static int replace(struct call *call, struct err *err)
{
	AUTO_JSON json_t *object = read_body(call, err);

	if (!object || check_kind(call, object, err) ||
	    check_namespace(call, object, err) || check_name(call, object, err))
		return -1;
	return store_object(call, object, err);
}

/* A type of patch that we have for this kind. */
static int check_patch_type(struct call *call, enum patch_type type,
			    const char *content_type, struct err *err)
{
	if (type == PATCH_APPLY)
		return wrong_media(call, content_type,
				   "server-side apply is not served here; use "
				   "client-side apply (--server-side=false)",
				   err);
	if (type == PATCH_UNKNOWN ||
	    (type == PATCH_STRATEGIC && *call->route.kind->group))
		return wrong_media(call, content_type,
				   "send application/merge-patch+json or "
				   "application/json-patch+json (with kubectl "
				   "patch: --type=merge or --type=json)",
				   err);
	return 0;
}

static int patch(struct call *call, struct err *err)
{
	const char *type = http_header(call->req, "Content-Type");
	enum patch_type how = patch_type_of(type);
	struct object_key key = key_of(call);
	AUTO_JSON json_t *changes = NULL;
	AUTO_JSON json_t *object = NULL;
	AUTO_JSON json_t *patched = NULL;

	if (check_patch_type(call, how, type ? type : "", err))
		return -1;
	changes = parse_body(call, false, err);
	if (!changes)
		return -1;
	object = object_get(call->api->store, &key, err);
	if (!object)
		return -1;
	patched = patch_apply(how, object, changes, err);
	if (!patched)
		return -1;
	return store_object(call, patched, err);
}

/* DeleteOptions; a client need not send any. */
static json_t *read_options(struct call *call, struct err *err)
{
	const char *type = http_header(call->req, "Content-Type");
	size_t len;

	http_body(call->req, &len);
	if (!len || (type && !is_media(type, "application/json") &&
		     !is_media(type, "application/yaml")))
		return json_object();
	return parse_body(call, type && is_media(type, "application/yaml"),
			  err);
}

static int check_uid(struct call *call, const json_t *options,
		     const struct object_key *key, struct err *err)
{
	const char *wanted = json_str_at(options, "preconditions.uid");
	AUTO_JSON json_t *object = NULL;
	const char *uid;

	if (!wanted)
		return 0;
	object = object_get(call->api->store, key, err);
	if (!object)
		return -1;
	uid = json_str_at(object, "metadata.uid");
	if (uid && str_eq(uid, wanted))
		return 0;
	return err_set(err, ERR_CONFLICT,
		       "precondition failed: the uid is %s, not %.40s",
		       uid ? uid : "none", wanted);
}

static int delete_one(struct call *call, const json_t *options, struct err *err)
{
	struct object_key key = key_of(call);
	AUTO_JSON json_t *last = NULL;
	AUTO_JSON json_t *status = NULL;
	bool gone;

	if (check_uid(call, options, &key, err) ||
	    object_delete(call->api->store, &key, &last, &gone, err))
		return -1;
	call_note(call, last);
	if (!gone) {
		call_reply(call, 200, last);
		return 0;
	}
	status = status_deleted(key.kind, key.name,
				json_str_at(last, "metadata.uid"));
	call_reply(call, 200, status);
	return 0;
}

static void free_selector(struct selector **selector)
{
	selector_free(*selector);
}

static int delete_each(struct call *call, const json_t *list,
		       const struct selector *selector, struct err *err)
{
	size_t index;
	json_t *object;

	json_array_foreach (list, index, object) {
		const struct object_key key = {
			call->route.kind,
			json_str_at(object, "metadata.namespace"),
			json_str_at(object, "metadata.name"),
		};

		if (selector_match(selector, object) &&
		    object_delete(call->api->store, &key, NULL, NULL, err))
			return -1;
	}
	return 0;
}

static int delete_all(struct call *call, struct err *err)
{
	CLEANUP(free_selector)
	struct selector *selector =
		selector_new(http_query(call->req, "labelSelector"),
			     http_query(call->req, "fieldSelector"), err);
	AUTO_JSON json_t *list = NULL;
	AUTO_JSON json_t *status = NULL;

	if (!selector)
		return -1;
	if (!*call->route.namespace)
		return err_set(err, ERR_UNSUPPORTED,
			       "a collection is deleted in one namespace, not "
			       "in all");
	list = object_list(call->api->store, call->route.kind,
			   call->route.namespace, err);
	if (!list || delete_each(call, list, selector, err))
		return -1;
	status = status_deleted(call->route.kind, NULL, NULL);
	call_reply(call, 200, status);
	return 0;
}

static int write_verb(struct call *call, const json_t *options, struct err *err)
{
	switch (call->route.verb) {
	case ROUTE_CREATE:
		return create(call, err);
	case ROUTE_REPLACE:
		return replace(call, err);
	case ROUTE_PATCH:
		return patch(call, err);
	case ROUTE_DELETE:
		return delete_one(call, options, err);
	default:
		return delete_all(call, err);
	}
}

int call_find_dry(struct call *call, struct err *err)
{
	AUTO_JSON json_t *options = NULL;

	if (call->route.verb == ROUTE_DELETE ||
	    call->route.verb == ROUTE_DELETE_ALL) {
		options = read_options(call, err);
		if (!options)
			return -1;
	}
	call->dry = is_dry(call, options);
	return 0;
}

int call_write(struct call *call, struct err *err)
{
	const struct kind *kind = call->route.kind;
	AUTO_JSON json_t *options = NULL;

	if (kind->virtual)
		return err_set(err, ERR_UNSUPPORTED,
			       "a %s is made by tomte and cannot be written",
			       kind->kind);
	if (call->route.verb == ROUTE_DELETE ||
	    call->route.verb == ROUTE_DELETE_ALL) {
		options = read_options(call, err);
		if (!options)
			return -1;
	}
	call->dry = is_dry(call, options);
	store_mark(call->api->store);
	if (write_verb(call, options, err)) {
		store_back_to_mark(call->api->store);
		return -1;
	}
	if (call->dry)
		store_back_to_mark(call->api->store);
	else
		store_keep(call->api->store);
	return 0;
}
