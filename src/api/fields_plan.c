/* SPDX-License-Identifier: Apache-2.0 */
#include "api/fields_plan.h"

#include <string.h>

#include "base/str.h"

bool fields_descend(const struct schema *schema, const json_t *value)
{
	if (!schema || schema->atomic_map)
		return false;
	if (json_is_object(value))
		return schema->type == SCHEMA_OBJECT && !schema->preserve;
	return json_is_array(value) && schema->list != SCHEMA_LIST_ATOMIC;
}

static const char *key_of(const struct schema *schema, const json_t *item)
{
	return json_str_at(item, schema->map_key);
}

/* "f:name", "v:\"text\"" or "k:{\"uid\":\"...\"}" of an element. */
static char *element_key(const struct schema *schema, const json_t *item)
{
	AUTO_JSON json_t *key = NULL;
	AUTO_FREE char *text = NULL;

	if (schema->list == SCHEMA_LIST_SET) {
		text = json_text(item);
		return xasprintf("v:%s", text);
	}
	key = json_object();
	if (key_of(schema, item))
		json_object_set_new(key, schema->map_key,
				    json_string(key_of(schema, item)));
	text = json_text(key);
	return xasprintf("k:%s", text);
}

static void add_list(json_t *set, const struct schema *schema,
		     const json_t *list)
{
	size_t index;
	json_t *item;

	json_array_foreach (list, index, item) {
		AUTO_FREE char *key = element_key(schema, item);

		json_object_set_new(set, key, fields_of(schema->items, item));
	}
}

json_t *fields_of(const struct schema *schema, const json_t *value)
{
	json_t *set = json_object();
	const char *name;
	json_t *item;

	if (!fields_descend(schema, value))
		return set;
	if (json_is_array(value)) {
		add_list(set, schema, value);
		return set;
	}
	json_object_foreach ((json_t *)(uintptr_t)value, name, item) {
		AUTO_FREE char *key = xasprintf("f:%s", name);

		json_object_set_new(
			set, key, fields_of(schema_member(schema, name), item));
	}
	return set;
}

const struct schema *fields_schema(const struct schema *schema, const char *key)
{
	if (!schema)
		return NULL;
	if (str_starts(key, "f:"))
		return schema_member(schema, key + 2);
	return schema->items;
}

/* The index of a list's element; its size: there is none. */
static size_t element_at(const struct schema *schema, const json_t *list,
			 const char *key)
{
	size_t index;
	json_t *item;

	json_array_foreach (list, index, item) {
		AUTO_FREE char *own = element_key(schema, item);

		if (str_eq(own, key))
			return index;
	}
	return json_array_size(list);
}

static bool is_keyed_list(const struct schema *schema, const json_t *value)
{
	return schema && json_is_array(value) &&
	       schema->list != SCHEMA_LIST_ATOMIC;
}

json_t *fields_value(const struct schema *schema, const json_t *value,
		     const char *key)
{
	if (str_starts(key, "f:"))
		return json_object_get(value, key + 2);
	if (!is_keyed_list(schema, value))
		return NULL;
	return json_array_get(value, element_at(schema, value, key));
}

void fields_remove(const struct schema *schema, json_t *value, const char *key)
{
	if (str_starts(key, "f:"))
		json_object_del(value, key + 2);
	else if (is_keyed_list(schema, value))
		json_array_remove(value, element_at(schema, value, key));
}

char *fields_path(const char *path, const char *key)
{
	if (str_starts(key, "f:"))
		return xasprintf("%s.%s", path, key + 2);
	if (str_starts(key, "v:"))
		return xasprintf("%s[=%s]", path, key + 2);
	return xasprintf("%s[%s]", path, key + 2);
}
