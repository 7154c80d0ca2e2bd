/* SPDX-License-Identifier: Apache-2.0 */
#include "api/apply_plan.h"

#include <string.h>

#include "api/fields_plan.h"
#include "base/buf.h"
#include "base/str.h"

#define MAX_CONFLICTS 50

/* What an apply cannot own: identity, and the server's own. */
static const char *const not_owned[] = {
	"f:name",
	"f:namespace",
	"f:uid",
	"f:resourceVersion",
	"f:generation",
	"f:creationTimestamp",
	"f:deletionTimestamp",
	"f:selfLink",
	"f:managedFields",
	"f:deletionGracePeriodSeconds",
};

/* One manager's part of a walk over the fields of another. */
struct walk {
	const char *manager;
	const char *api_version;
	bool force;
	json_t *conflicts;
};

/* Where two sets meet: schema and values on both sides. */
struct here {
	const struct schema *schema;
	const json_t *config;
	const json_t *live;
	const char *path;
};

static json_t *owned_fields(const struct schema *schema, const json_t *config,
			    const char *subresource)
{
	json_t *set = fields_of(schema, config);
	json_t *metadata = json_object_get(set, "f:metadata");

	json_object_del(set, "f:apiVersion");
	json_object_del(set, "f:kind");
	for (size_t i = 0; i < ARRAY_LEN(not_owned); i++)
		json_object_del(metadata, not_owned[i]);
	if (metadata && !json_object_size(metadata))
		json_object_del(set, "f:metadata");
	if (*subresource) {
		AUTO_JSON json_t *all = set;
		json_t *status = json_object_get(all, "f:status");

		set = json_object();
		if (status)
			json_object_set(set, "f:status", status);
	}
	return set;
}

static bool is_leaf(const json_t *node)
{
	return !json_object_size(node);
}

static void add_conflict(const struct walk *walk, const char *path)
{
	AUTO_FREE char *message = xasprintf("conflict with \"%s\" using %s",
					    walk->manager, walk->api_version);

	if (json_array_size(walk->conflicts) < MAX_CONFLICTS)
		json_array_append_new(walk->conflicts,
				      json_pack("{s:s,s:s,s:s}", "reason",
						"FieldManagerConflict",
						"message", message, "field",
						path));
}

/* The fields that both name, where what is wanted is not what is there. They
 * go over to the new one when it is forced. An empty map that is merged member
 * by member wants nothing. */
static void meet(const struct walk *walk, const json_t *ours, json_t *theirs,
		 const struct here *here)
{
	const char *key;
	json_t *node;

	json_object_foreach ((json_t *)(uintptr_t)ours, key, node) {
		json_t *other = json_object_get(theirs, key);
		AUTO_FREE char *path = fields_path(here->path, key);
		const struct here inner = {
			fields_schema(here->schema, key),
			fields_value(here->schema, here->config, key),
			fields_value(here->schema, here->live, key),
			path,
		};

		if (!other)
			continue;
		if (!is_leaf(node)) {
			meet(walk, node, other, &inner);
			if (is_leaf(other) && walk->force)
				json_object_del(theirs, key);
		} else if (inner.live &&
			   !fields_descend(inner.schema, inner.config) &&
			   !json_equal(inner.config, inner.live)) {
			if (walk->force)
				json_object_del(theirs, key);
			else
				add_conflict(walk, path);
		}
	}
}

static bool str_same(const char *a, const char *b)
{
	return str_eq(a ? a : "", b ? b : "");
}

static bool is_apply(const json_t *entry)
{
	return str_same(json_str_at(entry, "operation"), "Apply") &&
	       json_is_object(json_object_get(entry, "fieldsV1"));
}

static bool is_ours(const json_t *entry, const struct apply *apply)
{
	return is_apply(entry) &&
	       str_same(json_str_at(entry, "manager"), apply->manager) &&
	       str_same(json_str_at(entry, "subresource"), apply->subresource);
}

static json_t *merge(const struct schema *schema, const json_t *live,
		     const json_t *config);

static void merge_object(const struct schema *schema, json_t *into,
			 const json_t *config)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)config, name, value)
		json_object_set_new(into, name,
				    merge(schema_member(schema, name),
					  json_object_get(into, name), value));
}

static void merge_list(const struct schema *schema, json_t *into,
		       const json_t *config)
{
	AUTO_JSON json_t *keys = fields_of(schema, config);
	const char *key;
	json_t *node;

	json_object_foreach (keys, key, node) {
		const json_t *wanted = fields_value(schema, config, key);
		json_t *found = fields_value(schema, into, key);
		size_t index = 0;

		if (!found) {
			json_array_append_new(into, json_deep_copy(wanted));
			continue;
		}
		while (json_array_get(into, index) != found)
			index++;
		json_array_set_new(into, index,
				   merge(schema->items, found, wanted));
	}
}

static json_t *merge(const struct schema *schema, const json_t *live,
		     const json_t *config)
{
	json_t *merged;

	if (!live || json_typeof(live) != json_typeof(config) ||
	    !fields_descend(schema, config))
		return json_deep_copy(config);
	merged = json_deep_copy(live);
	if (json_is_object(config))
		merge_object(schema, merged, config);
	else
		merge_list(schema, merged, config);
	return merged;
}

/* Nodes of the others at a key, of those that have it. */
static json_t *step(const json_t *others, const char *key)
{
	json_t *inner = json_array();
	size_t index;
	json_t *node;

	json_array_foreach (others, index, node) {
		json_t *next = json_object_get(node, key);

		if (next)
			json_array_append(inner, next);
	}
	return inner;
}

static bool is_empty(const json_t *value)
{
	return (json_is_object(value) && !json_object_size(value)) ||
	       (json_is_array(value) && !json_array_size(value));
}

/* What we said before, say no longer, and nobody else says. */
static void drop(const struct schema *schema, const json_t *before,
		 const json_t *now, const json_t *others, json_t *value)
{
	const char *key;
	json_t *node;

	json_object_foreach ((json_t *)(uintptr_t)before, key, node) {
		const json_t *still = json_object_get(now, key);
		AUTO_JSON json_t *inner = step(others, key);
		json_t *child = fields_value(schema, value, key);

		if (!child || (is_leaf(node) && still))
			continue;
		if (!is_leaf(node))
			drop(fields_schema(schema, key), node, still, inner,
			     child);
		/* A parent goes when nothing is left of it. */
		if (!still && !json_array_size(inner) &&
		    (is_leaf(node) || is_empty(child)))
			fields_remove(schema, value, key);
	}
}

static json_t *entry_of(const struct apply *apply, const json_t *fields)
{
	json_t *entry = json_object();

	json_put(entry, "manager", json_string(apply->manager));
	json_put(entry, "operation", json_string("Apply"));
	json_put(entry, "apiVersion", json_string(apply->api_version));
	json_put(entry, "time", json_string(apply->now));
	json_put(entry, "fieldsType", json_string("FieldsV1"));
	json_put(entry, "fieldsV1", json_deep_copy(fields));
	if (*apply->subresource)
		json_put(entry, "subresource", json_string(apply->subresource));
	return entry;
}

/* The entries with ours put in; without those that own nothing now. */
static json_t *new_entries(const json_t *entries, const json_t *fields,
			   const struct apply *apply)
{
	json_t *list = json_array();
	bool put = false;
	size_t index;
	json_t *entry;

	json_array_foreach (entries, index, entry) {
		bool ours = is_ours(entry, apply);

		if (ours && !put) {
			bool same = json_equal(
				json_object_get(entry, "fieldsV1"), fields);

			put = true;
			if (same)
				json_array_append(list, entry);
			else if (json_object_size(fields))
				json_array_append_new(list,
						      entry_of(apply, fields));
		} else if (!ours && (!is_apply(entry) ||
				     json_object_size(json_object_get(
					     entry, "fieldsV1")))) {
			json_array_append(list, entry);
		}
	}
	if (!put && json_object_size(fields))
		json_array_append_new(list, entry_of(apply, fields));
	return list;
}

/* What this manager said before, and what all others say. */
static json_t *split(const json_t *entries, const struct apply *apply,
		     json_t *others)
{
	json_t *before = NULL;
	size_t index;
	json_t *entry;

	json_array_foreach (entries, index, entry) {
		json_t *fields = json_object_get(entry, "fieldsV1");

		if (is_ours(entry, apply) && !before)
			before = json_incref(fields);
		else if (is_apply(entry))
			json_array_append(others, fields);
	}
	return before ? before : json_object();
}

static void find_conflicts(const json_t *entries, const json_t *fields,
			   const struct here *top, const struct apply *apply,
			   json_t *conflicts)
{
	size_t index;
	json_t *entry;

	json_array_foreach (entries, index, entry) {
		const char *manager = json_str_at(entry, "manager");
		const char *version = json_str_at(entry, "apiVersion");
		const struct walk walk = { .manager = manager ? manager : "",
					   .api_version =
						   version ? version : "",
					   .force = apply->force,
					   .conflicts = conflicts };

		if (is_ours(entry, apply) || !is_apply(entry))
			continue;
		meet(&walk, fields, json_object_get(entry, "fieldsV1"), top);
	}
}

static int fail_conflicts(const json_t *conflicts, struct err *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(sizeof(err->message));
	size_t n = json_array_size(conflicts);

	if (n == 1)
		buf_printf(&text, "%s: %s",
			   json_str_at(conflicts, "[0].message"),
			   json_str_at(conflicts, "[0].field"));
	for (size_t i = 0; n > 1 && i < n; i++)
		buf_printf(&text, "%s%s: %s", i ? "; " : "",
			   json_str_at(json_array_get(conflicts, i), "message"),
			   json_str_at(json_array_get(conflicts, i), "field"));
	return err_set(err, ERR_CONFLICT,
		       "Apply failed with %zu conflict%s: %s", n,
		       n == 1 ? "" : "s", text.base);
}

static json_t *replace(json_t *old, json_t *new)
{
	json_decref(old);
	return new;
}

json_t *apply_merge(const struct schema *schema, const json_t *live,
		    const json_t *config, const struct apply *apply,
		    json_t *conflicts, struct err *err)
{
	AUTO_JSON json_t *fields =
		owned_fields(schema, config, apply->subresource);
	AUTO_JSON json_t *entries =
		json_deep_copy(json_at(live, "metadata.managedFields"));
	AUTO_JSON json_t *others = json_array();
	AUTO_JSON json_t *before = NULL;
	const struct here top = { schema, config, live, "" };
	json_t *merged;

	find_conflicts(entries, fields, &top, apply, conflicts);
	if (json_array_size(conflicts)) {
		fail_conflicts(conflicts, err);
		return NULL;
	}
	before = split(entries, apply, others);
	merged = live ? merge(schema, live, config) : json_deep_copy(config);
	drop(schema, before, fields, others, merged);
	entries = replace(entries, new_entries(entries, fields, apply));
	json_object_del(json_object_get(merged, "metadata"), "managedFields");
	if (json_array_size(entries))
		json_put(merged, "metadata.managedFields",
			 json_incref(entries));
	return merged;
}
