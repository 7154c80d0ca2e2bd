/* SPDX-License-Identifier: Apache-2.0 */
#include "api/strategic_plan.h"

#include <string.h>

#include "base/str.h"

#define MAX_DEPTH 64

static json_t *merge_object(const json_t *target, const json_t *patch,
			    unsigned depth, struct err *err);

/* By the name alone: in the core kinds that we serve each is used once. */
static const char *merge_key_of(const char *list)
{
	return str_eq(list, "ownerReferences") ? "uid" : NULL;
}

static bool is_set(const char *list)
{
	return str_eq(list, "finalizers");
}

static bool has_text(const json_t *list, const json_t *value, size_t *at)
{
	size_t index;
	json_t *item;

	json_array_foreach ((json_t *)(uintptr_t)list, index, item) {
		if (!json_equal(item, value))
			continue;
		*at = index;
		return true;
	}
	return false;
}

static bool find_by_key(const json_t *list, const char *key,
			const json_t *value, size_t *at)
{
	size_t index;
	json_t *item;

	json_array_foreach ((json_t *)(uintptr_t)list, index, item) {
		if (!value || !json_equal(json_object_get(item, key), value))
			continue;
		*at = index;
		return true;
	}
	return false;
}

static const char *directive_of(const json_t *patch)
{
	const char *word = json_string_value(json_object_get(patch, "$patch"));

	return word ? word : "";
}

static json_t *merge_set(const json_t *target, const json_t *patch)
{
	json_t *list =
		json_is_array(target) ? json_deep_copy(target) : json_array();
	size_t index;
	size_t at;
	json_t *item;

	json_array_foreach ((json_t *)(uintptr_t)patch, index, item)
		if (!has_text(list, item, &at))
			json_array_append_new(list, json_deep_copy(item));
	return list;
}

static int merge_item(json_t *list, const char *key, const json_t *item,
		      unsigned depth, struct err *err)
{
	size_t at = json_array_size(list);
	bool found = find_by_key(list, key, json_object_get(item, key), &at);
	json_t *merged;

	if (str_eq(directive_of(item), "delete")) {
		if (found)
			json_array_remove(list, at);
		return 0;
	}
	merged = merge_object(found ? json_array_get(list, at) : NULL, item,
			      depth, err);
	if (!merged)
		return -1;
	if (found)
		json_array_set_new(list, at, merged);
	else
		json_array_append_new(list, merged);
	return 0;
}

static bool is_replacing(const json_t *patch)
{
	size_t index;
	json_t *item;

	json_array_foreach ((json_t *)(uintptr_t)patch, index, item)
		if (str_eq(directive_of(item), "replace"))
			return true;
	return false;
}

/* An element that only says "$patch: replace" is none of the new list. */
static json_t *merge_list(const json_t *target, const char *key,
			  const json_t *patch, unsigned depth, struct err *err)
{
	AUTO_JSON json_t *list = json_is_array(target) && !is_replacing(patch)
					 ? json_deep_copy(target)
					 : json_array();
	size_t index;
	json_t *item;

	json_array_foreach ((json_t *)(uintptr_t)patch, index, item) {
		if (str_eq(directive_of(item), "replace"))
			continue;
		if (!json_is_object(item)) {
			err_set(err, ERR_PROTOCOL,
				"strategic merge patch: an element without "
				"\"%s\"",
				key);
			return NULL;
		}
		if (merge_item(list, key, item, depth, err))
			return NULL;
	}
	return take_ptr(list);
}

static json_t *merge_value(const json_t *target, const char *name,
			   const json_t *patch, unsigned depth, struct err *err)
{
	if (json_is_object(patch))
		return merge_object(target, patch, depth, err);
	if (json_is_array(patch) && is_set(name))
		return merge_set(target, patch);
	if (json_is_array(patch) && merge_key_of(name))
		return merge_list(target, merge_key_of(name), patch, depth,
				  err);
	return json_deep_copy(patch);
}

/* "$deleteFromPrimitiveList/finalizers": ["a"] */
static void delete_from(json_t *into, const char *name, const json_t *values)
{
	json_t *list = json_object_get(into, name);
	size_t index;
	size_t at;
	json_t *value;

	json_array_foreach ((json_t *)(uintptr_t)values, index, value)
		while (has_text(list, value, &at))
			json_array_remove(list, at);
}

/* Only these are kept. */
static void retain(json_t *into, const json_t *names)
{
	const char *name;
	json_t *value;
	void *next;
	size_t at;

	json_object_foreach_safe (into, next, name, value) {
		AUTO_JSON json_t *text = json_string(name);

		if (!has_text(names, text, &at))
			json_object_del(into, name);
	}
}

static int direct(json_t *into, const char *name, const json_t *value,
		  struct err *err)
{
	const char *slash = strchr(name, '/');

	if (str_eq(name, "$patch"))
		return 0;
	if (str_eq(name, "$retainKeys"))
		retain(into, value);
	else if (str_starts(name, "$deleteFromPrimitiveList/"))
		delete_from(into, slash + 1, value);
	else if (!str_starts(name, "$setElementOrder/"))
		return err_set(err, ERR_PROTOCOL,
			       "strategic merge patch: \"%.60s\" is no "
			       "directive",
			       name);
	return 0;
}

static int merge_members(json_t *into, const json_t *patch, unsigned depth,
			 struct err *err)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)patch, name, value) {
		json_t *merged;

		if (*name == '$')
			continue;
		if (json_is_null(value) ||
		    (json_is_object(value) &&
		     str_eq(directive_of(value), "delete"))) {
			json_object_del(into, name);
			continue;
		}
		merged = merge_value(json_object_get(into, name), name, value,
				     depth + 1, err);
		if (!merged)
			return -1;
		json_object_set_new(into, name, merged);
	}
	return 0;
}

static json_t *merge_object(const json_t *target, const json_t *patch,
			    unsigned depth, struct err *err)
{
	const char *word = directive_of(patch);
	AUTO_JSON json_t *into =
		json_is_object(target) && !str_eq(word, "replace")
			? json_deep_copy(target)
			: json_object();
	const char *name;
	json_t *value;

	if (depth > MAX_DEPTH) {
		err_set(err, ERR_TOO_BIG,
			"strategic merge patch: nested over %d levels",
			MAX_DEPTH);
		return NULL;
	}
	if (*word && !str_eq(word, "replace") && !str_eq(word, "merge")) {
		err_set(err, ERR_PROTOCOL,
			"strategic merge patch: $patch: \"%.40s\" is no "
			"directive",
			word);
		return NULL;
	}
	json_object_foreach ((json_t *)(uintptr_t)patch, name, value)
		if (*name == '$' && direct(into, name, value, err))
			return NULL;
	if (merge_members(into, patch, depth, err))
		return NULL;
	return take_ptr(into);
}

json_t *strategic_merge(const json_t *target, const json_t *patch,
			struct err *err)
{
	if (json_is_object(patch))
		return merge_object(target, patch, 0, err);
	err_set(err, ERR_PROTOCOL, "the patch is no JSON object");
	return NULL;
}
