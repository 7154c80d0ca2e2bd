/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/reference.h"

#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "store/object.h"

#define MAX_VALUE (1024 * 1024)

/* In place of the empty values of a Secret as it is read. */
static int fill_values(struct store *store, json_t *secret, struct err *err)
{
	const char *namespace = json_text_at(secret, "metadata.namespace");
	const char *name = json_text_at(secret, "metadata.name");
	json_t *values = json_object_get(secret, "data");
	const char *key;
	json_t *value;

	json_object_foreach (values, key, value) {
		CLEANUP(secret_release) struct buf bytes = BUF_INIT(MAX_VALUE);
		CLEANUP(secret_release)
		struct buf text = BUF_INIT(2 * MAX_VALUE);

		if (secret_value(store, namespace, name, key, &bytes, err))
			return -1;
		str_base64(&text, bytes.base, bytes.len);
		json_object_set_new(values, key,
				    json_stringn(text.base, text.len));
	}
	return 0;
}

static json_t *resolve_one(struct store *store,
			   const struct reference_rules *rules,
			   const json_t *source, const json_t *reference,
			   struct err *err)
{
	struct object_key key = {
		.kind = kind_by_plural(json_text_at(reference, "group"),
				       json_text_at(reference, "version"),
				       json_text_at(reference, "resource")),
		.namespace = json_text_at(reference, "namespace"),
		.name = json_text_at(reference, "name"),
	};
	json_t *object;

	if (!reference_allowed(rules, source, reference)) {
		err_set(err, ERR_DENIED,
			"%s %s/%s: no rule allows this reference",
			json_text_at(reference, "resource"), key.namespace,
			key.name);
		return NULL;
	}
	if (!key.kind || key.kind->virtual) {
		err_set(err, ERR_UNSUPPORTED, "no kind of object is \"%s\"",
			json_text_at(reference, "resource"));
		return NULL;
	}
	object = object_get(store, &key, err);
	if (object && str_eq(key.kind->kind, "Secret") &&
	    fill_values(store, object, err)) {
		json_decref(object);
		return NULL;
	}
	return object;
}

json_t *reference_resolve(struct store *store,
			  const struct reference_rules *rules,
			  const json_t *hardware, struct err *problem)
{
	const json_t *list = json_at(hardware, "spec.references");
	AUTO_JSON json_t *source = json_object();
	json_t *out = json_object();
	const char *name;
	json_t *reference;

	problem->code = ERR_NONE;
	json_object_set_new(
		source, "name",
		json_string(json_text_at(hardware, "metadata.name")));
	json_object_set_new(
		source, "namespace",
		json_string(json_text_at(hardware, "metadata.namespace")));
	json_object_foreach ((json_t *)(uintptr_t)list, name, reference) {
		struct err err;
		json_t *object =
			resolve_one(store, rules, source, reference, &err);

		if (object) {
			json_object_set_new(out, name, object);
			continue;
		}
		if (problem->code == ERR_NONE)
			err_set(problem, err.code, "reference %s: %s", name,
				err.message);
	}
	return out;
}
