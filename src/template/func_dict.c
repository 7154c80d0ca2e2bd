/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sprig's functions on maps. set, unset and the merges change the map that
 * they are given, and give it back, as in `$_ := set $map "key" 1`.
 */
#include <string.h>

#include "template/call.h"
#include "template/value.h"

static const json_t *call_dict(struct call *call)
{
	AUTO_JSON json_t *dict = json_object();
	AUTO_JSON json_t *nothing = json_string("");
	CLEANUP(buf_release) struct buf room = BUF_INIT(VALUE_MAX);

	for (size_t i = 0; i < call->n; i += 2) {
		struct text key;

		if (text_of(call, call->args[i], &room, &key) ||
		    dict_put(call, dict, &key,
			     i + 1 < call->n ? call->args[i + 1] : nothing))
			return NULL;
	}
	return give(call, take_ptr(dict));
}

/* A key that is not there has the empty string. */
static const json_t *call_get(struct call *call)
{
	const json_t *dict = arg_dict(call, 0);
	const json_t *value;
	struct text key;

	if (!dict || arg_text(call, 1, &key))
		return NULL;
	value = dict_get(dict, &key);
	return value ? value : give_string(call, "", 0);
}

static const json_t *call_has_key(struct call *call)
{
	const json_t *dict = arg_dict(call, 0);
	struct text key;

	if (!dict || arg_text(call, 1, &key))
		return NULL;
	return give_bool(dict_get(dict, &key) != NULL);
}

/* One to change: there has to be one. */
static const json_t *arg_target(struct call *call)
{
	const json_t *dict = arg_dict(call, 0);

	if (json_is_null(dict))
		return call_fail(call, "argument 1: expected map; got nil");
	return dict;
}

static const json_t *call_set(struct call *call)
{
	const json_t *dict = arg_target(call);
	struct text key;

	if (!dict || arg_text(call, 1, &key))
		return NULL;
	if (strlen(key.base) != key.len)
		return call_fail(call, "a key with a NUL byte");
	return dict_change(call, dict, key.base, call->args[2]) ? NULL : dict;
}

static const json_t *call_unset(struct call *call)
{
	const json_t *dict = arg_dict(call, 0);
	const json_t *old;
	struct text key;

	if (!dict || arg_text(call, 1, &key))
		return NULL;
	old = dict_get(dict, &key);
	if (old) {
		render_hold(call->render, old);
		json_object_del((json_t *)(uintptr_t)dict, key.base);
	}
	return dict;
}

/* The values of one key in many maps. */
static const json_t *call_pluck(struct call *call)
{
	AUTO_JSON json_t *values = json_array();
	struct text key;

	if (arg_text(call, 0, &key))
		return NULL;
	for (size_t i = 1; i < call->n; i++) {
		const json_t *dict = arg_dict(call, i);
		const json_t *value = dict ? dict_get(dict, &key) : NULL;

		if (!dict)
			return NULL;
		if (value)
			list_append(values, value);
	}
	return give(call, take_ptr(values));
}

/* In order, where Go has none. */
static const json_t *call_keys(struct call *call)
{
	AUTO_JSON json_t *list = json_array();

	for (size_t i = 0; i < call->n; i++) {
		const json_t *dict = arg_dict_items(call, i);
		AUTO_FREE const char **keys = NULL;
		size_t n;

		if (!dict)
			return NULL;
		keys = value_keys(dict, &n);
		for (size_t j = 0; j < n; j++)
			list_append_text(list, keys[j], strlen(keys[j]));
		if (json_array_size(list) > LIST_MAX)
			break;
	}
	return give_tree(call, take_ptr(list));
}

/* By the order of the keys. */
static const json_t *call_values(struct call *call)
{
	const json_t *dict = arg_dict_items(call, 0);
	AUTO_FREE const char **keys = NULL;
	json_t *list;
	size_t n;

	if (!dict)
		return NULL;
	keys = value_keys(dict, &n);
	list = json_array();
	for (size_t i = 0; i < n; i++)
		list_append(list, json_object_get(dict, keys[i]));
	return give(call, list);
}

static const json_t *call_pick(struct call *call)
{
	const json_t *dict = arg_dict(call, 0);
	AUTO_JSON json_t *some = json_object();

	for (size_t i = 1; dict && i < call->n; i++) {
		const json_t *value;
		struct text key;

		if (arg_text(call, i, &key))
			return NULL;
		value = dict_get(dict, &key);
		if (value && dict_put(call, some, &key, value))
			return NULL;
	}
	return dict ? give(call, take_ptr(some)) : NULL;
}

static const json_t *call_omit(struct call *call)
{
	const json_t *dict = arg_dict_items(call, 0);
	AUTO_JSON json_t *rest = NULL;

	if (!dict)
		return NULL;
	rest = json_object();
	json_object_update(rest, (json_t *)(uintptr_t)dict);
	for (size_t i = 1; i < call->n; i++) {
		struct text key;

		if (arg_text(call, i, &key))
			return NULL;
		if (dict_get(rest, &key))
			json_object_del(rest, key.base);
	}
	return give(call, take_ptr(rest));
}

/* `dig "a" "b" default map`: what is in map.a.b. */
static const json_t *call_dig(struct call *call)
{
	const json_t *value = call->args[call->n - 1];
	struct text key;

	for (size_t i = 0; i + 2 < call->n; i++)
		if (arg_text(call, i, &key))
			return NULL;
	for (size_t i = 0; i + 2 < call->n; i++) {
		if (arg_text(call, i, &key))
			return NULL;
		if (!json_is_object(value))
			return call_fail(call, "key \"%.64s\" of a %s, no map",
					 key.base, value_type(value));
		value = dict_get(value, &key);
		if (!value)
			return call->args[call->n - 2];
	}
	return value;
}

static const json_t *call_deep_copy(struct call *call)
{
	const json_t *value = call->args[0];

	if (!json_is_array(value) && !json_is_object(value))
		return value;
	/* Before there is a copy: it may be too much. */
	if (call_walk(call, value, NULL))
		return NULL;
	return give_tree(call, json_deep_copy(value));
}

/*
 * What the source has goes into the map; where both have maps, by key into
 * that. Without overwriting only where the map has nothing or something
 * empty, and never a nil.
 */
static int merge(struct call *call, const json_t *dict, const json_t *source,
		 bool overwrite, size_t depth)
{
	AUTO_FREE const char **keys = NULL;
	size_t n;

	if (call_spend(call, 1 + json_object_size(source)))
		return -1;
	if (depth > RENDER_NESTING) {
		call_fail(call, "lists and maps nested too deeply");
		return -1;
	}
	keys = value_keys(source, &n);
	for (size_t i = 0; i < n; i++) {
		const json_t *from = json_object_get(source, keys[i]);
		const json_t *to = json_object_get(dict, keys[i]);
		int status = 0;

		if (json_is_object(from) && json_is_object(to))
			status = merge(call, to, from, overwrite, depth + 1);
		else if (overwrite ||
			 (!json_is_null(from) && (!to || !value_truth(to))))
			status = dict_change(call, dict, keys[i], from);
		if (status)
			return -1;
	}
	return 0;
}

static const json_t *merge_all(struct call *call, bool overwrite)
{
	const json_t *dict = arg_target(call);

	for (size_t i = 1; dict && i < call->n; i++) {
		const json_t *source = arg_dict(call, i);

		if (!source || merge(call, dict, source, overwrite, 0))
			return NULL;
	}
	return dict;
}

static const json_t *call_merge(struct call *call)
{
	return merge_all(call, false);
}

static const json_t *call_merge_overwrite(struct call *call)
{
	return merge_all(call, true);
}

const struct func *func_dict(size_t *n)
{
	static const struct func table[] = {
		{ "dict", 0, FUNC_ANY, call_dict, FUNC_PLAIN },
		{ "get", 2, 2, call_get, FUNC_PLAIN },
		{ "hasKey", 2, 2, call_has_key, FUNC_PLAIN },
		{ "set", 3, 3, call_set, FUNC_CHANGES },
		{ "unset", 2, 2, call_unset, FUNC_CHANGES },
		{ "merge", 1, FUNC_ANY, call_merge, FUNC_CHANGES },
		{ "mustMerge", 1, FUNC_ANY, call_merge, FUNC_CHANGES },
		{ "mergeOverwrite", 1, FUNC_ANY, call_merge_overwrite,
		  FUNC_CHANGES },
		{ "mustMergeOverwrite", 1, FUNC_ANY, call_merge_overwrite,
		  FUNC_CHANGES },
		{ "pluck", 1, FUNC_ANY, call_pluck, FUNC_PLAIN },
		{ "keys", 0, FUNC_ANY, call_keys, FUNC_PLAIN },
		{ "values", 1, 1, call_values, FUNC_PLAIN },
		{ "pick", 1, FUNC_ANY, call_pick, FUNC_PLAIN },
		{ "omit", 1, FUNC_ANY, call_omit, FUNC_PLAIN },
		{ "dig", 3, FUNC_ANY, call_dig, FUNC_PLAIN },
		{ "deepCopy", 1, 1, call_deep_copy, FUNC_PLAIN },
		{ "mustDeepCopy", 1, 1, call_deep_copy, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
