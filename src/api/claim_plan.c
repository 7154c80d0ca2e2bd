/* SPDX-License-Identifier: Apache-2.0 */
#include "api/claim_plan.h"

#include "base/str.h"

#define OWNER_NAME      "v1alpha1.tinkerbell.org/ownerName"
#define OWNER_NAMESPACE "v1alpha1.tinkerbell.org/ownerNamespace"

static const char *label(const json_t *object, const char *name)
{
	const char *text = json_string_value(
		json_object_get(json_at(object, "metadata.labels"), name));

	return text ? text : "";
}

int claim_check(const json_t *before, const json_t *after, struct err *err)
{
	const char *name = label(before, OWNER_NAME);
	const char *namespace = label(before, OWNER_NAMESPACE);
	const char *new_name = label(after, OWNER_NAME);
	const char *new_namespace = label(after, OWNER_NAMESPACE);

	if (!*name || !*new_name)
		return 0;
	if (str_eq(name, new_name) &&
	    (!*namespace || str_eq(namespace, new_namespace)))
		return 0;
	return err_set(err, ERR_CONFLICT,
		       "the Hardware belongs to %.64s/%.253s already: release "
		       "it first (remove the label %s)",
		       namespace, name, OWNER_NAME);
}
