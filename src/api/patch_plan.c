/* SPDX-License-Identifier: Apache-2.0 */
#include "api/patch_plan.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

#define MAX_OPERATIONS 500
#define MAX_TOKEN      1024
/* What all copies of a patch may add: they double what they copy. */
#define MAX_COPIED 100000

/* Where a JSON pointer (RFC 6901) leads: a member or element of `parent`. */
struct place {
	json_t *parent; /* borrowed; NULL: the whole document */
	char key[MAX_TOKEN];
	size_t depth; /* tokens in the pointer */
};

struct patcher {
	json_t *document;
	size_t n_copied;
	struct err *err;
};

enum patch_type patch_type_of(const char *content_type)
{
	static const struct {
		const char *media;
		enum patch_type type;
	} types[] = {
		{ "application/merge-patch+json", PATCH_MERGE },
		{ "application/json-patch+json", PATCH_JSON },
		{ "application/strategic-merge-patch+json", PATCH_STRATEGIC },
		{ "application/apply-patch+yaml", PATCH_APPLY },
	};
	size_t len = content_type ? strcspn(content_type, "; ") : 0;

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strlen(types[i].media) == len &&
		    !strncasecmp(types[i].media, content_type, len))
			return types[i].type;
	return PATCH_UNKNOWN;
}

/*
 * An index of a list: digits without a leading zero, or "-" for the end
 * where one may append.
 */
static bool list_index(const json_t *list, const char *key, bool appending,
		       size_t *index)
{
	size_t size = json_array_size(list);
	uint64_t value;

	if (appending && str_eq(key, "-")) {
		*index = size;
		return true;
	}
	if ((key[0] == '0' && key[1]) ||
	    !str_parse_u64(key, JSON_MAX_DEPTH * 1000000ull, &value))
		return false;
	*index = (size_t)value;
	return appending ? *index <= size : *index < size;
}

static json_t *child_of(const json_t *parent, const char *key)
{
	size_t index;

	if (json_is_object(parent))
		return json_object_get(parent, key);
	if (json_is_array(parent) && list_index(parent, key, false, &index))
		return json_array_get(parent, index);
	return NULL;
}

/* The next token of a pointer, "~1" and "~0" undone; NULL: malformed. */
static const char *next_token(const char *at, char token[MAX_TOKEN])
{
	size_t n = 0;

	if (*at++ != '/')
		return NULL;
	for (; *at && *at != '/'; at++) {
		char c = *at;

		if (c == '~') {
			c = at[1] == '0' ? '~' : '/';
			if (at[1] != '0' && at[1] != '1')
				return NULL;
			at++;
		}
		if (n + 1 == MAX_TOKEN)
			return NULL;
		token[n++] = c;
	}
	token[n] = '\0';
	return at;
}

static int find_place(struct patcher *patcher, const char *pointer,
		      struct place *place)
{
	json_t *at = patcher->document;
	const char *rest = pointer;

	place->parent = NULL;
	place->depth = 0;
	place->key[0] = '\0';
	while (*rest) {
		if (place->parent)
			at = child_of(place->parent, place->key);
		if (!at)
			return err_set(patcher->err, ERR_INVALID,
				       "json patch: nothing is at \"%.200s\"",
				       pointer);
		rest = next_token(rest, place->key);
		if (!rest || ++place->depth > JSON_MAX_DEPTH)
			return err_set(patcher->err, ERR_PROTOCOL,
				       "json patch: \"%.200s\" is no pointer",
				       pointer);
		place->parent = at;
	}
	return 0;
}

/* The value at the pointer, borrowed. */
static json_t *value_at(struct patcher *patcher, const char *pointer)
{
	struct place place;
	json_t *value;

	if (find_place(patcher, pointer, &place))
		return NULL;
	value = place.parent ? child_of(place.parent, place.key)
			     : patcher->document;
	if (!value)
		err_set(patcher->err, ERR_INVALID,
			"json patch: nothing is at \"%.200s\"", pointer);
	return value;
}

/* How deep a value is nested, counting its nodes; SIZE_MAX: over a limit. */
static size_t measure(const json_t *value, size_t levels, size_t *n_nodes)
{
	size_t deepest = 0;
	size_t index;
	const char *key;
	json_t *item;

	if (!levels || ++*n_nodes > MAX_COPIED * 10)
		return SIZE_MAX;
	json_object_foreach ((json_t *)(uintptr_t)value, key, item) {
		size_t depth = measure(item, levels - 1, n_nodes);

		if (depth == SIZE_MAX)
			return depth;
		deepest = depth > deepest ? depth : deepest;
	}
	json_array_foreach (value, index, item) {
		size_t depth = measure(item, levels - 1, n_nodes);

		if (depth == SIZE_MAX)
			return depth;
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

/* Steals value. */
static int put(struct patcher *patcher, const struct place *place,
	       json_t *value, bool replacing)
{
	AUTO_JSON json_t *owned = value;
	size_t n_nodes = 0;
	size_t index;

	if (measure(value, JSON_MAX_DEPTH - place->depth + 1, &n_nodes) ==
	    SIZE_MAX)
		return err_set(patcher->err, ERR_TOO_BIG,
			       "json patch: nested over %d levels",
			       JSON_MAX_DEPTH);
	if (!place->parent) {
		json_decref(patcher->document);
		patcher->document = take_ptr(owned);
		return 0;
	}
	if (json_is_object(place->parent)) {
		json_object_set_new(place->parent, place->key, take_ptr(owned));
		return 0;
	}
	if (!json_is_array(place->parent) ||
	    !list_index(place->parent, place->key, !replacing, &index))
		return err_set(patcher->err, ERR_INVALID,
			       "json patch: no place \"%.200s\" to put to",
			       place->key);
	if (replacing)
		json_array_set_new(place->parent, index, take_ptr(owned));
	else
		json_array_insert_new(place->parent, index, take_ptr(owned));
	return 0;
}

static int remove_at(struct patcher *patcher, const char *pointer)
{
	struct place place;
	size_t index;

	if (!value_at(patcher, pointer) || find_place(patcher, pointer, &place))
		return -1;
	if (!place.parent)
		return err_set(patcher->err, ERR_INVALID,
			       "json patch: the whole cannot be removed");
	if (json_is_object(place.parent))
		json_object_del(place.parent, place.key);
	else if (list_index(place.parent, place.key, false, &index))
		json_array_remove(place.parent, index);
	return 0;
}

/* Steals value. */
static int op_add(struct patcher *patcher, const char *path, json_t *value,
		  bool replacing)
{
	AUTO_JSON json_t *owned = value;
	struct place place;

	if (replacing && !value_at(patcher, path))
		return -1;
	if (find_place(patcher, path, &place))
		return -1;
	return put(patcher, &place, take_ptr(owned), replacing);
}

static int op_copy(struct patcher *patcher, const char *from, const char *path)
{
	json_t *value = value_at(patcher, from);

	if (!value)
		return -1;
	if (measure(value, JSON_MAX_DEPTH + 1, &patcher->n_copied) ==
		    SIZE_MAX ||
	    patcher->n_copied > MAX_COPIED)
		return err_set(patcher->err, ERR_TOO_BIG,
			       "json patch: copies over %d values", MAX_COPIED);
	return op_add(patcher, path, json_deep_copy(value), false);
}

static int op_move(struct patcher *patcher, const char *from, const char *path)
{
	AUTO_JSON json_t *value = json_incref(value_at(patcher, from));
	size_t len = strlen(from);

	if (!value)
		return -1;
	if (str_eq(from, path))
		return 0;
	if (str_starts(path, from) && path[len] == '/')
		return err_set(patcher->err, ERR_INVALID,
			       "json patch: cannot move into itself");
	if (remove_at(patcher, from))
		return -1;
	return op_add(patcher, path, take_ptr(value), false);
}

/* 1 and 1.0 are one number; 2^53 + 1 and what a double makes of it are two. */
static bool same_number(const json_t *a, const json_t *b)
{
	const json_t *real = json_is_real(a) ? a : b;
	const json_t *integer = json_is_real(a) ? b : a;
	double value = json_real_value(real);

	if (json_is_integer(real))
		return json_integer_value(a) == json_integer_value(b);
	if (json_is_real(integer))
		return json_real_value(a) == json_real_value(b);
	return value >= -0x1p63 && value < 0x1p63 &&
	       (json_int_t)value == json_integer_value(integer) &&
	       (double)(json_int_t)value == value;
}

/* RFC 6902, 4.6: numbers are compared by value, members in any order. */
static bool same_value(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *item;
	size_t index;

	if (json_is_number(a) && json_is_number(b))
		return same_number(a, b);
	if (json_is_array(a) && json_is_array(b)) {
		if (json_array_size(a) != json_array_size(b))
			return false;
		json_array_foreach (a, index, item)
			if (!same_value(item, json_array_get(b, index)))
				return false;
		return true;
	}
	if (!json_is_object(a) || !json_is_object(b))
		return json_equal(a, b);
	if (json_object_size(a) != json_object_size(b))
		return false;
	json_object_foreach ((json_t *)(uintptr_t)a, key, item)
		if (!same_value(item, json_object_get(b, key)))
			return false;
	return true;
}

static int op_test(struct patcher *patcher, const char *path,
		   const json_t *expected)
{
	const json_t *value = value_at(patcher, path);

	if (!value)
		return -1;
	if (!same_value(value, expected))
		return err_set(patcher->err, ERR_INVALID,
			       "json patch: the test of \"%.200s\" failed",
			       path);
	return 0;
}

static int apply_one(struct patcher *patcher, const json_t *operation)
{
	const char *op = json_string_value(json_object_get(operation, "op"));
	const char *path =
		json_string_value(json_object_get(operation, "path"));
	const char *from =
		json_string_value(json_object_get(operation, "from"));
	json_t *value = json_object_get(operation, "value");

	if (!op || !path)
		return err_set(patcher->err, ERR_PROTOCOL,
			       "json patch: op and path are needed");
	if (str_eq(op, "remove"))
		return remove_at(patcher, path);
	if (str_eq(op, "move") && from)
		return op_move(patcher, from, path);
	if (str_eq(op, "copy") && from)
		return op_copy(patcher, from, path);
	if (str_eq(op, "test") && value)
		return op_test(patcher, path, value);
	if ((str_eq(op, "add") || str_eq(op, "replace")) && value)
		return op_add(patcher, path, json_deep_copy(value),
			      str_eq(op, "replace"));
	return err_set(patcher->err, ERR_PROTOCOL,
		       "json patch: \"%.40s\" without what it needs, or "
		       "unknown",
		       op);
}

static json_t *apply_json(const json_t *target, const json_t *patch,
			  struct err *err)
{
	struct patcher patcher = { .document = json_deep_copy(target),
				   .err = err };
	size_t index;
	json_t *operation;

	json_array_foreach (patch, index, operation) {
		if (apply_one(&patcher, operation)) {
			json_decref(patcher.document);
			return NULL;
		}
	}
	return patcher.document;
}

/* "$patch", "$setElementOrder/..." and the like; NULL: there is none. */
static const char *find_directive(const json_t *patch)
{
	const char *found = NULL;
	const char *key;
	json_t *item;
	size_t index;

	json_object_foreach ((json_t *)(uintptr_t)patch, key, item) {
		found = *key == '$' ? key : find_directive(item);
		if (found)
			return found;
	}
	json_array_foreach (patch, index, item) {
		found = find_directive(item);
		if (found)
			return found;
	}
	return NULL;
}

/* A merge would store the directives that it does not know as members. */
static json_t *apply_strategic(const json_t *target, const json_t *patch,
			       struct err *err)
{
	const char *directive = find_directive(patch);

	if (!directive)
		return json_merge_patch(target, patch);
	err_set(err, ERR_INVALID,
		"strategic merge patch: \"%.60s\" is not served; send a merge "
		"patch (with kubectl patch: --type=merge)",
		directive);
	return NULL;
}

json_t *patch_apply(enum patch_type type, const json_t *target,
		    const json_t *patch, struct err *err)
{
	if (type == PATCH_JSON && json_array_size(patch) > MAX_OPERATIONS) {
		err_set(err, ERR_TOO_BIG, "json patch: over %d operations",
			MAX_OPERATIONS);
		return NULL;
	}
	if (type == PATCH_JSON && json_is_array(patch))
		return apply_json(target, patch, err);
	if (type == PATCH_STRATEGIC && json_is_object(patch))
		return apply_strategic(target, patch, err);
	if (type != PATCH_JSON && json_is_object(patch))
		return json_merge_patch(target, patch);
	err_set(err, ERR_PROTOCOL, "the patch is no JSON %s",
		type == PATCH_JSON ? "list" : "object");
	return NULL;
}
