/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "api/apply_plan.h"
#include "api/call.h"
#include "api/claim_plan.h"
#include "api/patch_plan.h"
#include "api/strategic_plan.h"
#include "base/rng.h"
#include "base/str.h"

/*
 * Create, replace, patch, apply.
 *
 * All of a request is one mark: a dry run goes back to it in the end, and
 * so does whatever failed half way.
 */
#define N_SUFFIX  5
#define MAX_TRIES 8 /* at a generated name */

static struct object_key key_of(const struct call *call)
{
	return (struct object_key){ call->route.kind, call->route.namespace,
				    call->route.name };
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

json_t *call_body_of_kind(struct call *call, struct err *err)
{
	json_t *object = call_body(call, NULL, err);

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

static bool take_free_name(struct call *call, const char *prefix)
{
	struct object_key key = key_of(call);
	bool fits = false;

	key.name = call->name;
	for (int i = 0; i < MAX_TRIES; i++) {
		fits = generate_name(prefix, call->name, sizeof(call->name));
		if (!fits || !object_id(call->api->store, &key))
			break;
	}
	return fits;
}

int call_take_name(struct call *call, json_t *object, struct err *err)
{
	const char *name = json_str_at(object, "metadata.name");
	const char *prefix = json_str_at(object, "metadata.generateName");
	bool fits;

	if ((!name || !*name) && (!prefix || !*prefix))
		return err_set(err, ERR_INVALID,
			       "metadata.name: Required value: name or "
			       "generateName is required");
	if (name && *name)
		fits = str_copy(call->name, sizeof(call->name), name);
	else
		fits = take_free_name(call, prefix);
	if (!fits)
		return err_set(err, ERR_INVALID,
			       "metadata.name: over 253 characters");
	json_put(object, "metadata.name", json_string(call->name));
	str_copy(call->route.name, sizeof(call->route.name), call->name);
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

static bool is_dry(const struct call *call)
{
	const char *dry = http_query(call->req, "dryRun");

	return dry && str_eq(dry, "All");
}

static int check_dry(const struct call *call, struct err *err)
{
	const char *dry = http_query(call->req, "dryRun");

	if (!dry || !*dry || str_eq(dry, "All"))
		return 0;
	return err_set(err, ERR_INVALID,
		       "dryRun: Unsupported value: \"%.40s\": supported "
		       "values: \"All\"",
		       dry);
}

/* The object is checked, and goes into the store. */
static int create_object(struct call *call, json_t *object, struct err *err)
{
	const struct object_key key = key_of(call);
	AUTO_JSON json_t *stored = NULL;

	if (admit(call, &key, object, err) ||
	    object_create(call->api->store, &key, object, &stored, err))
		return -1;
	/* A dry create shows by having no version that nothing was created. */
	if (is_dry(call))
		json_object_del(json_object_get(stored, "metadata"),
				"resourceVersion");
	call_reply_object(call, 201, stored);
	return 0;
}

static int create(struct call *call, struct err *err)
{
	AUTO_JSON json_t *duplicates = json_array();
	AUTO_JSON json_t *object = call_body(call, duplicates, err);

	if (!object || check_kind(call, object, err) ||
	    check_namespace(call, object, err) ||
	    call_take_name(call, object, err) ||
	    call_check(call, object, duplicates, err))
		return -1;
	return create_object(call, object, err);
}

/* Of a mixed kind, what the daemon makes cannot be written. */
static json_t *stored_object(struct call *call, struct err *err)
{
	const struct object_key key = key_of(call);
	json_t *object = object_get(call->api->store, &key, err);
	AUTO_JSON json_t *made = NULL;

	if (object || !key.kind->mixed || err->code != ERR_NOT_FOUND)
		return object;
	made = read_object(call->api, &key, err);
	if (made)
		err_set(err, ERR_UNSUPPORTED,
			"this %s is made by tomte and cannot be written",
			key.kind->kind);
	return NULL;
}

static int update_object(struct call *call, json_t *object,
			 const json_t *duplicates, struct err *err)
{
	enum object_part part =
		call->route.status ? OBJECT_STATUS : OBJECT_MAIN;
	const struct object_key key = key_of(call);
	AUTO_JSON json_t *stored = NULL;

	if (call_check(call, object, duplicates, err) ||
	    admit(call, &key, object, err) ||
	    object_update(call->api->store, &key, object, part, &stored, err))
		return -1;
	call_reply_object(call, 200, stored);
	return 0;
}

/* What is written to /status is the status, and which object was seen. */
static json_t *status_alone(const json_t *stored, const json_t *object)
{
	static const char *const seen[] = { "resourceVersion", "uid" };
	json_t *whole = json_deep_copy(stored);
	json_t *metadata = json_object_get(whole, "metadata");

	for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
		json_t *value = json_object_get(
			json_object_get(object, "metadata"), seen[i]);

		if (value)
			json_object_set(metadata, seen[i], value);
	}
	json_object_set_new(whole, "status",
			    json_deep_copy(json_object_get(object, "status")));
	if (!json_object_get(object, "status"))
		json_object_del(whole, "status");
	return whole;
}

static int replace(struct call *call, struct err *err)
{
	AUTO_JSON json_t *duplicates = json_array();
	AUTO_JSON json_t *object = call_body(call, duplicates, err);
	AUTO_JSON json_t *stored = NULL;
	AUTO_JSON json_t *whole = NULL;

	if (!object || check_kind(call, object, err) ||
	    check_namespace(call, object, err) || check_name(call, object, err))
		return -1;
	/* As with custom resources in Kubernetes, none is made by this. */
	stored = stored_object(call, err);
	if (!stored)
		return -1;
	if (!call->route.status)
		return update_object(call, object, duplicates, err);
	whole = status_alone(stored, object);
	return update_object(call, whole, duplicates, err);
}

/* A type of patch that we have for this kind. */
static int check_patch_type(struct call *call, enum patch_type type,
			    struct err *err)
{
	if (type != PATCH_UNKNOWN &&
	    (type != PATCH_STRATEGIC || !*call->route.kind->group))
		return 0;
	return call_wrong_media(call,
				"send application/merge-patch+json or "
				"application/json-patch+json (with kubectl "
				"patch: --type=merge or --type=json)",
				err);
}

static int patch(struct call *call, enum patch_type how, struct err *err)
{
	AUTO_JSON json_t *duplicates = json_array();
	AUTO_JSON json_t *changes = call_body_json(call, duplicates, err);
	AUTO_JSON json_t *object = NULL;
	AUTO_JSON json_t *patched = NULL;

	if (!changes)
		return -1;
	object = stored_object(call, err);
	if (!object)
		return -1;
	if (how == PATCH_STRATEGIC)
		patched = strategic_merge(object, changes, err);
	else
		patched = patch_apply(how, object, changes, err);
	if (!patched)
		return -1;
	if (!json_is_object(patched))
		return err_set(err, ERR_INVALID, "the patch leaves no object");
	if (how == PATCH_MERGE && claim_check(object, patched, err))
		return -1;
	return update_object(call, patched, duplicates, err);
}

static int check_applied(const struct call *call, const json_t *config,
			 const char *manager, struct err *err)
{
	const json_t *entries = json_at(config, "metadata.managedFields");

	if (!json_is_object(config))
		return err_set(err, ERR_PROTOCOL, "the body is no object");
	if (!manager || !*manager)
		return err_set(err, ERR_INVALID,
			       "fieldManager: Required value: is required for "
			       "apply patch");
	if (strlen(manager) > 128)
		return err_set(err, ERR_INVALID,
			       "fieldManager: Too long: may not be more than "
			       "128 bytes");
	if (json_array_size(entries))
		return err_set(err, ERR_PROTOCOL,
			       "metadata.managedFields must be nil");
	return check_kind(call, config, err);
}

/* Nobody owns what there is no place for. */
static int clean_config(struct call *call, json_t *config, struct err *err)
{
	if (!json_object_get(config, "metadata"))
		json_object_set_new(config, "metadata", json_object());
	json_object_del(json_object_get(config, "metadata"), "managedFields");
	json_put(config, "metadata.name", json_string(call->route.name));
	return call_prune(call, config, NULL, err);
}

static int apply(struct call *call, struct err *err)
{
	const struct object_key key = key_of(call);
	AUTO_JSON json_t *config = call_body_yaml(call, err);
	AUTO_JSON json_t *live = NULL;
	AUTO_JSON json_t *merged = NULL;
	AUTO_JSON json_t *conflicts = json_array();
	char api_version[64];
	char now[CLOCK_TEXT];
	const struct apply how = {
		.manager = http_query(call->req, "fieldManager"),
		.subresource = call->route.status ? "status" : "",
		.api_version = api_version,
		.now = now,
		.force = call_flag(call, "force"),
	};

	if (!config || check_applied(call, config, how.manager, err) ||
	    check_namespace(call, config, err) ||
	    check_name(call, config, err) || clean_config(call, config, err))
		return -1;
	kind_api_version(key.kind, api_version, sizeof(api_version));
	clock_text(store_now(call->api->store), now);
	live = stored_object(call, err);
	if (!live && (err->code != ERR_NOT_FOUND || call->route.status))
		return -1;
	merged = apply_merge(schema_of(call->api->schemas, key.kind), live,
			     config, &how, conflicts, err);
	if (!merged) {
		call->causes = json_incref(conflicts);
		return -1;
	}
	if (live)
		return update_object(call, merged, NULL, err);
	if (call_check(call, merged, NULL, err))
		return -1;
	return create_object(call, merged, err);
}

static int patch_or_apply(struct call *call, struct err *err)
{
	enum patch_type how =
		patch_type_of(http_header(call->req, "Content-Type"));

	if (check_patch_type(call, how, err))
		return -1;
	return how == PATCH_APPLY ? apply(call, err) : patch(call, how, err);
}

static int write_verb(struct call *call, struct err *err)
{
	switch (call->route.verb) {
	case ROUTE_CREATE:
		return create(call, err);
	case ROUTE_REPLACE:
		return replace(call, err);
	default:
		return patch_or_apply(call, err);
	}
}

int call_settle(struct call *call, int status)
{
	if (status || call->dry)
		store_back_to_mark(call->api->store);
	else
		store_keep(call->api->store);
	return status;
}

int call_write(struct call *call, struct err *err)
{
	const struct kind *kind = call->route.kind;

	if (kind->virtual && !kind->mixed)
		return err_set(err, ERR_UNSUPPORTED,
			       "a %s is made by tomte and cannot be written",
			       kind->kind);
	if (check_dry(call, err))
		return -1;
	call->dry = is_dry(call);
	store_mark(call->api->store);
	return call_settle(call, write_verb(call, err));
}
