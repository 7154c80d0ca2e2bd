/* SPDX-License-Identifier: Apache-2.0 */
#include "store/object_row.h"

#include <string.h>

#include "base/str.h"
#include "store/applied_plan.h"

/*
 * What people write, less what is not theirs to say.
 */

/* In columns, or the server's own: the writer's word for it is dropped. */
static const char *const own_metadata[] = {
	"name",
	"namespace",
	"uid",
	"resourceVersion",
	"generation",
	"creationTimestamp",
	"deletionTimestamp",
	"deletionGracePeriodSeconds",
	"selfLink",
};

static const char *const own_keys[] = {
	"apiVersion", "kind", "metadata", "spec", "status",
};

/* All that a Secret may have: a value under a mistyped key would be stored
 * in the clear. */
static const char *const secret_keys[] = {
	"apiVersion", "kind",       "metadata",  "type",
	"data",       "stringData", "immutable", "status",
};

/* Of these, the ones that object_secret.c takes. */
static const char *const sealed_keys[] = { "data", "stringData" };

static bool among(const char *key, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(key, list[i]))
			return true;
	return false;
}

/* A member that, when it is there, has to be what the row is. */
static int check_same(const json_t *object, const char *path,
		      const char *expected, struct err *err)
{
	const json_t *value = json_at(object, path);
	const char *text = json_string_value(value);

	if (!value || json_is_null(value) || (text && !*text))
		return 0;
	if (text && str_eq(text, expected))
		return 0;
	return err_set(err, ERR_INVALID, "%s: \"%.200s\": expected \"%s\"",
		       path, text ? text : "(not a string)", expected);
}

static int check_identity(const struct object_row *row, const json_t *object,
			  struct err *err)
{
	const json_t *metadata = json_object_get(object, "metadata");
	const json_t *finalizers;
	char api_version[64];

	kind_api_version(row->kind, api_version, sizeof(api_version));
	if (!json_is_object(object))
		return err_set(err, ERR_INVALID, "an object is expected");
	if (metadata && !json_is_object(metadata))
		return err_set(err, ERR_INVALID,
			       "metadata: an object is expected");
	finalizers = json_object_get(metadata, "finalizers");
	if (finalizers && !json_is_null(finalizers) &&
	    !json_is_array(finalizers))
		return err_set(err, ERR_INVALID,
			       "metadata.finalizers: a list is expected");
	if (check_same(object, "apiVersion", api_version, err) ||
	    check_same(object, "kind", row->kind->kind, err) ||
	    check_same(object, "metadata.name", row->name, err) ||
	    check_same(object, "metadata.namespace", row->namespace, err))
		return -1;
	return 0;
}

/* As in Kubernetes, no finalizers and an empty list of them are the same. */
static bool is_empty(const json_t *value)
{
	return json_is_null(value) ||
	       (json_is_array(value) && !json_array_size(value)) ||
	       (json_is_object(value) && !json_object_size(value));
}

/* Who says nothing of managers leaves them; an empty list, or one with an
 * empty entry, forgets them. */
static void put_managers(const struct object_row *row, const json_t *object,
			 json_t *metadata)
{
	json_t *given = json_at(object, "metadata.managedFields");
	json_t *kept = json_at(row->document, "metadata.managedFields");

	if (!given || json_is_null(given))
		given = kept;
	if (json_array_size(given) &&
	    json_object_size(json_array_get(given, 0)))
		json_object_set(metadata, "managedFields", given);
}

static json_t *clean_metadata(const struct object_row *row,
			      const json_t *object)
{
	json_t *metadata = json_object();
	json_t *kept = json_at(row->document, "metadata.deletionTimestamp");
	const char *key;
	json_t *value;

	if (kept)
		json_object_set(metadata, "deletionTimestamp", kept);
	put_managers(row, object, metadata);
	json_object_foreach (json_object_get(object, "metadata"), key, value)
		if (!is_empty(value) && !str_eq(key, "managedFields") &&
		    !among(key, own_metadata, ARRAY_LEN(own_metadata)))
			json_object_set_new(metadata, key,
					    json_deep_copy(value));
	return metadata;
}

static int check_secret(const json_t *object, struct err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)object, key, value)
		if (!among(key, secret_keys, ARRAY_LEN(secret_keys)))
			return err_set(err, ERR_INVALID,
				       "a Secret has no \"%.100s\"", key);
	return 0;
}

/* What kubectl notes of a Secret, less the values. */
static void blank_applied(json_t *metadata)
{
	json_t *annotations = json_object_get(metadata, "annotations");
	const json_t *applied =
		json_object_get(annotations, APPLIED_ANNOTATION);
	AUTO_FREE char *blank =
		json_is_string(applied)
			? applied_blank(json_string_value(applied))
			: NULL;

	if (blank)
		json_object_set_new(annotations, APPLIED_ANNOTATION,
				    json_string(blank));
	else
		json_object_del(annotations, APPLIED_ANNOTATION);
	if (annotations && !json_object_size(annotations))
		json_object_del(metadata, "annotations");
}

json_t *object_document(const struct object_row *row, const json_t *object,
			struct err *err)
{
	bool secret = object_kind_is(row->kind, "", "Secret");
	json_t *document;
	json_t *spec;
	const char *key;
	json_t *value;

	if (check_identity(row, object, err))
		return NULL;
	if (secret && check_secret(object, err))
		return NULL;
	document = json_object();
	json_object_set_new(document, "metadata", clean_metadata(row, object));
	if (secret)
		blank_applied(json_object_get(document, "metadata"));
	spec = json_object_get(object, "spec");
	if (spec)
		json_object_set_new(document, "spec", json_deep_copy(spec));
	json_object_foreach ((json_t *)(uintptr_t)object, key, value)
		if (!among(key, own_keys, ARRAY_LEN(own_keys)) &&
		    !(secret &&
		      among(key, sealed_keys, ARRAY_LEN(sealed_keys))))
			json_object_set_new(document, key,
					    json_deep_copy(value));
	return document;
}
