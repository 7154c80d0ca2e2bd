/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "api/schema_plan.h"
#include "base/str.h"

/*
 * What a schema has no place for goes, and defaults come.
 */
#define MAX_UNKNOWN 100

static void prune(const struct schema *schema, json_t *value, const char *path,
		  json_t *unknown);

static void note(json_t *unknown, const char *path)
{
	json_t *text;

	if (!unknown || json_array_size(unknown) >= MAX_UNKNOWN)
		return;
	text = json_string(path);
	if (text)
		json_array_append_new(unknown, text);
}

static void prune_member(const struct schema *schema, json_t *object,
			 const char *name, const char *path, json_t *unknown)
{
	json_t *value = json_object_get(object, name);
	const struct schema *member = schema_member(schema, name);
	AUTO_FREE char *inner =
		xasprintf("%s%s%s", path, *path ? "." : "", name);

	if (!member && !schema->preserve) {
		note(unknown, inner);
		json_object_del(object, name);
	} else if (member && json_is_null(value) && !member->nullable &&
		   member->type != SCHEMA_ANY) {
		json_object_del(object, name);
	} else if (member) {
		prune(member, value, inner, unknown);
	}
}

static void prune_object(const struct schema *schema, json_t *object,
			 const char *path, json_t *unknown)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe (object, next, name, value) {
		AUTO_FREE char *copy = xstrdup(name);

		prune_member(schema, object, copy, path, unknown);
	}
}

static void prune_list(const struct schema *schema, json_t *list,
		       const char *path, json_t *unknown)
{
	size_t index;
	json_t *item;

	if (!schema->items)
		return;
	json_array_foreach (list, index, item) {
		AUTO_FREE char *inner = xasprintf("%s[%zu]", path, index);

		prune(schema->items, item, inner, unknown);
	}
}

static void prune(const struct schema *schema, json_t *value, const char *path,
		  json_t *unknown)
{
	if (json_is_object(value) && schema->type == SCHEMA_OBJECT)
		prune_object(schema, value, path, unknown);
	else if (json_is_array(value) && schema->type == SCHEMA_ARRAY)
		prune_list(schema, value, path, unknown);
}

void schema_prune(const struct schema *schema, json_t *object, json_t *unknown)
{
	prune(schema, object, "", unknown);
}

void schema_fill(const struct schema *schema, json_t *object)
{
	const char *name;
	json_t *value;

	if (!schema->has_defaults || !json_is_object(object))
		return;
	for (size_t i = 0; i < schema->n_members; i++) {
		const struct schema_member *member = &schema->members[i];

		if (member->schema->default_value &&
		    !json_object_get(object, member->name))
			json_object_set_new(
				object, member->name,
				json_deep_copy(member->schema->default_value));
	}
	json_object_foreach (object, name, value) {
		const struct schema *member = schema_member(schema, name);

		if (member)
			schema_fill(member, value);
	}
}
