/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/selector_plan.h"
#include "api/status_wire.h"
#include "base/str.h"

/*
 * Delete one, or a collection. What is wanted beside is said by the query or
 * by DeleteOptions in the body, which clients send without a kind.
 */
struct options {
	enum object_propagation propagation;
	const char *uid;     /* it has to be this object; NULL: any */
	const char *version; /* and this state of it */
	bool dry;
};

static void free_selector(struct selector **selector)
{
	selector_free(*selector);
}

static json_t *read_body(struct call *call, struct err *err)
{
	const char *type = http_header(call->req, "Content-Type");
	size_t len;

	http_body(call->req, &len);
	/* Some clients name a type of an empty body, or of a form. */
	if (!len || (type && str_starts(type, "application/x-www-form")))
		return json_object();
	return call_body(call, NULL, err);
}

static const char *word(const struct call *call, const json_t *body,
			const char *name)
{
	const char *text = json_str_at(body, name);

	return text ? text : http_query(call->req, name);
}

static int take_propagation(const struct call *call, const json_t *body,
			    struct options *options, struct err *err)
{
	const char *policy = word(call, body, "propagationPolicy");

	if (json_bool_at(body, "orphanDependents",
			 call_flag(call, "orphanDependents")))
		options->propagation = OBJECT_ORPHAN;
	if (!policy || !*policy)
		return 0;
	if (str_eq(policy, "Background"))
		options->propagation = OBJECT_BACKGROUND;
	else if (str_eq(policy, "Foreground"))
		options->propagation = OBJECT_FOREGROUND;
	else if (str_eq(policy, "Orphan"))
		options->propagation = OBJECT_ORPHAN;
	else
		return err_set(err, ERR_INVALID,
			       "propagationPolicy: Unsupported value: "
			       "\"%.40s\": supported values: \"Background\", "
			       "\"Foreground\", \"Orphan\"",
			       policy);
	return 0;
}

static int take_options(const struct call *call, const json_t *body,
			struct options *options, struct err *err)
{
	const char *dry = json_str_at(body, "dryRun[0]");

	if (!dry)
		dry = http_query(call->req, "dryRun");
	if (dry && *dry && !str_eq(dry, "All"))
		return err_set(err, ERR_INVALID,
			       "dryRun: Unsupported value: \"%.40s\": "
			       "supported values: \"All\"",
			       dry);
	options->dry = dry && *dry;
	options->uid = json_str_at(body, "preconditions.uid");
	options->version = json_str_at(body, "preconditions.resourceVersion");
	return take_propagation(call, body, options, err);
}

static int check_preconditions(struct call *call, const struct object_key *key,
			       const struct options *options, struct err *err)
{
	AUTO_JSON json_t *object = NULL;
	const char *uid;
	const char *version;

	if (!options->uid && !options->version)
		return 0;
	object = object_get(call->api->store, key, err);
	if (!object)
		return -1;
	uid = json_str_at(object, "metadata.uid");
	version = json_str_at(object, "metadata.resourceVersion");
	if (options->uid && !str_eq(options->uid, uid))
		return err_set(err, ERR_CONFLICT,
			       "Precondition failed: UID in precondition: "
			       "%.40s, UID in object meta: %s",
			       options->uid, uid);
	if (options->version && !str_eq(options->version, version))
		return err_set(err, ERR_CONFLICT,
			       "Precondition failed: ResourceVersion in "
			       "precondition: %.40s, ResourceVersion in object "
			       "meta: %s",
			       options->version, version);
	return 0;
}

static bool is_made_by_us(struct call *call, const struct object_key *key)
{
	AUTO_JSON json_t *made = NULL;
	struct err ignored;

	if (!key->kind->mixed || object_id(call->api->store, key))
		return false;
	made = read_object(call->api, key, &ignored);
	return made != NULL;
}

static int delete_one(struct call *call, const struct options *options,
		      struct err *err)
{
	const struct object_key key = { call->route.kind, call->route.namespace,
					call->route.name };
	AUTO_JSON json_t *last = NULL;
	AUTO_JSON json_t *status = NULL;
	bool gone;

	if (is_made_by_us(call, &key))
		return err_set(err, ERR_UNSUPPORTED,
			       "this %s is made by tomte and cannot be deleted",
			       key.kind->kind);
	if (check_preconditions(call, &key, options, err) ||
	    object_delete_as(call->api->store, &key, options->propagation,
			     &last, &gone, err))
		return -1;
	call_note(call, last);
	if (!gone) {
		call_reply_object(call, 200, last);
		return 0;
	}
	status = status_deleted(key.kind, key.name,
				json_str_at(last, "metadata.uid"));
	call_reply(call, 200, status);
	return 0;
}

static int delete_each(struct call *call, const json_t *list,
		       const struct selector *selector,
		       const struct options *options, struct err *err)
{
	struct store *store = call->api->store;
	size_t index;
	json_t *object;

	json_array_foreach ((json_t *)(uintptr_t)list, index, object) {
		const struct object_key key = {
			call->route.kind,
			json_str_at(object, "metadata.namespace"),
			json_str_at(object, "metadata.name"),
		};

		/* One before it may have taken it along. */
		if (selector_match(selector, object) &&
		    object_id(store, &key) &&
		    object_delete_as(store, &key, options->propagation, NULL,
				     NULL, err))
			return -1;
	}
	return 0;
}

static int delete_all(struct call *call, const struct options *options,
		      struct err *err)
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
	if (!list || delete_each(call, list, selector, options, err))
		return -1;
	status = status_deleted(call->route.kind, NULL, NULL);
	call_reply(call, 200, status);
	return 0;
}

int call_find_dry(struct call *call, struct err *err)
{
	struct options options = { .propagation = OBJECT_BACKGROUND };
	AUTO_JSON json_t *body = NULL;

	/* What is made has no options in its body. */
	body = call->route.verb == ROUTE_CREATE ? json_object()
						: read_body(call, err);
	if (!body || take_options(call, body, &options, err))
		return -1;
	call->dry = options.dry;
	return 0;
}

int call_delete(struct call *call, struct err *err)
{
	const struct kind *kind = call->route.kind;
	struct options options = { .propagation = OBJECT_BACKGROUND };
	AUTO_JSON json_t *body = NULL;
	int status;

	if (kind->virtual && !kind->mixed)
		return err_set(err, ERR_UNSUPPORTED,
			       "a %s is made by tomte and cannot be written",
			       kind->kind);
	body = read_body(call, err);
	if (!body || take_options(call, body, &options, err))
		return -1;
	call->dry = options.dry;
	store_mark(call->api->store);
	status = call->route.verb == ROUTE_DELETE
			 ? delete_one(call, &options, err)
			 : delete_all(call, &options, err);
	return call_settle(call, status);
}
