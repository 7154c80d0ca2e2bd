/* SPDX-License-Identifier: Apache-2.0 */
#include "api/crd_wire.h"

#include <stdio.h>

#include "api/discovery_wire.h"
#include "api/table_wire.h"
#include "base/str.h"

/* They are as old as the program, which has no date. */
#define SINCE "1970-01-01T00:00:00Z"

static json_t *names_of(const struct kind *kind)
{
	AUTO_FREE char *list = xasprintf("%sList", kind->kind);
	const char *category = discovery_category(kind);
	json_t *names = json_pack("{s:s,s:s,s:s,s:s}", "kind", kind->kind,
				  "listKind", list, "plural", kind->plural,
				  "singular", kind->singular);

	if (kind->short_name)
		json_object_set_new(names, "shortNames",
				    json_pack("[s]", kind->short_name));
	if (category)
		json_object_set_new(names, "categories",
				    json_pack("[s]", category));
	return names;
}

/* With the members that every object has. */
static json_t *schema_whole(const struct schemas *schemas,
			    const struct kind *kind)
{
	json_t *schema =
		json_copy((json_t *)(uintptr_t)schema_source(schemas, kind));
	json_t *members = json_object();

	json_object_set_new(members, "apiVersion",
			    json_pack("{s:s}", "type", "string"));
	json_object_set_new(members, "kind",
			    json_pack("{s:s}", "type", "string"));
	json_object_set_new(members, "metadata",
			    json_pack("{s:s}", "type", "object"));
	json_object_update(members, json_object_get(schema, "properties"));
	json_object_set_new(schema, "properties", members);
	return schema;
}

static json_t *version_of(const struct schemas *schemas,
			  const struct kind *kind)
{
	json_t *version = json_pack("{s:s,s:b,s:b}", "name", kind->version,
				    "served", 1, "storage", 1);

	json_put(version, "schema.openAPIV3Schema",
		 schema_whole(schemas, kind));
	if (kind->has_status)
		json_put(version, "subresources.status", json_object());
	json_put(version, "additionalPrinterColumns", table_paths(kind));
	return version;
}

static json_t *condition(const char *type, const char *reason)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s}", "type", type, "status",
			 "True", "lastTransitionTime", SINCE, "reason", reason,
			 "message", "");
}

static json_t *crd_of(const struct schemas *schemas, const struct kind *kind,
		      const char *name)
{
	json_t *crd = json_object();

	json_put(crd, "apiVersion", json_string(CRD_GROUP "/v1"));
	json_put(crd, "kind", json_string("CustomResourceDefinition"));
	json_put(crd, "metadata.name", json_string(name));
	json_put(crd, "metadata.uid", json_string(name));
	json_put(crd, "metadata.resourceVersion", json_string("1"));
	json_put(crd, "metadata.generation", json_integer(1));
	json_put(crd, "metadata.creationTimestamp", json_string(SINCE));
	json_put(crd, "spec.group", json_string(kind->group));
	json_put(crd, "spec.names", names_of(kind));
	json_put(crd, "spec.scope",
		 json_string(kind->cluster ? "Cluster" : "Namespaced"));
	json_put(crd, "spec.versions",
		 json_pack("[o]", version_of(schemas, kind)));
	json_put(crd, "status.acceptedNames", names_of(kind));
	json_put(crd, "status.conditions",
		 json_pack("[o,o]", condition("NamesAccepted", "NoConflicts"),
			   condition("Established", "InitialNamesAccepted")));
	json_put(crd, "status.storedVersions", json_pack("[s]", kind->version));
	return crd;
}

json_t *crd_list(const struct schemas *schemas, const char *name)
{
	json_t *list = json_array();
	char own[200];

	for (size_t i = 0; i < n_kinds; i++) {
		const struct kind *kind = &kinds[i];

		if (!kind_is_custom(kind))
			continue;
		snprintf(own, sizeof(own), "%s.%s", kind->plural, kind->group);
		if (!name || str_eq(name, own))
			json_array_append_new(list, crd_of(schemas, kind, own));
	}
	return list;
}
