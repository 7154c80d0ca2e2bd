/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/apply_plan.h"

#include <string.h>

#include "base/str.h"

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

static bool is_secret(const json_t *object)
{
	const char *kind = json_str_at(object, "kind");

	return kind && str_eq(kind, "Secret");
}

static json_t *annotations_of(const json_t *object)
{
	return json_object_get(json_at(object, "metadata"), "annotations");
}

json_t *apply_annotated(const json_t *wanted)
{
	json_t *copy = json_deep_copy(wanted);
	AUTO_FREE char *text = NULL;

	if (json_is_object(annotations_of(copy)))
		json_object_del(annotations_of(copy), LAST_APPLIED);
	if (is_secret(copy))
		return copy;
	text = json_text(copy);
	if (!json_is_object(annotations_of(copy)))
		json_put(copy, "metadata.annotations", json_object());
	json_object_set_new(annotations_of(copy), LAST_APPLIED,
			    json_string(text));
	return copy;
}

/* What was applied the last time; NULL: nothing, or nobody knows. */
static json_t *last_applied(const json_t *current)
{
	const char *text = json_string_value(
		json_object_get(annotations_of(current), LAST_APPLIED));
	struct err err;

	return text ? json_parse(text, strlen(text), &err) : NULL;
}

/* Keys that were in the file and are no more. */
static void drop_keys(json_t *patch, const json_t *current,
		      const json_t *wanted, const json_t *last)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)last, key, value)
		if (!json_object_get(wanted, key) &&
		    json_object_get(current, key))
			json_object_set_new(patch, key, json_null());
}

/* Objects nest no deeper than JSON_MAX_DEPTH: they were parsed. */
static json_t *difference(const json_t *current, const json_t *wanted,
			  const json_t *last, enum apply_drift drift)
{
	json_t *patch = json_object();
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)wanted, key, value) {
		json_t *here = json_object_get(current, key);
		json_t *before = json_object_get(last, key);

		if (json_is_object(here) && json_is_object(value)) {
			json_t *part = difference(here, value, before, drift);

			if (json_object_size(part))
				json_object_set(patch, key, part);
			json_decref(part);
			continue;
		}
		if ((json_is_null(value) && !here) || json_equal(here, value))
			continue;
		if (drift == APPLY_KEEP && here && before &&
		    json_equal(before, value))
			continue;
		json_object_set(patch, key, value);
	}
	drop_keys(patch, current, wanted, last);
	return patch;
}

json_t *apply_patch(const json_t *current, const json_t *wanted,
		    enum apply_drift drift)
{
	AUTO_JSON json_t *last = last_applied(current);
	json_t *patch = difference(current, wanted, last, drift);
	json_t *metadata = json_object_get(patch, "metadata");

	/* Who it is, and which version it was, does not change. */
	json_object_del(metadata, "name");
	json_object_del(metadata, "namespace");
	json_object_del(metadata, "creationTimestamp");
	json_object_del(metadata, "uid");
	if (metadata && !json_object_size(metadata))
		json_object_del(patch, "metadata");
	json_object_del(patch, "status");
	return patch;
}
