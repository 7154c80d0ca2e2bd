/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_FIELDS_PLAN_H
#define API_FIELDS_PLAN_H

#include "api/schema_plan.h"

/*
 * Sets of fields in the form FieldsV1, as JSON: {"f:spec":{"f:disks":{}}}.
 * A node without members is a leaf: the value there is owned as a whole. For
 * apply_plan.c; pure.
 */

/* What is a node of its own: a member, or an element of a list that the
 * schema does not treat as one value. */
bool fields_descend(const struct schema *schema, const json_t *value);

/* The fields of a value; schema NULL: nothing is known of it. */
json_t *fields_of(const struct schema *schema, const json_t *value);

/* One step down by a key of a set: the schema, and the value there (borrowed;
 * NULL: there is none). */
const struct schema *fields_schema(const struct schema *schema,
				   const char *key);
json_t *fields_value(const struct schema *schema, const json_t *value,
		     const char *key);

/* Takes the member or element out. */
void fields_remove(const struct schema *schema, json_t *value, const char *key);

/* The path with a step appended: ".spec", "[{\"uid\":\"...\"}]"; the caller
 * frees. */
char *fields_path(const char *path, const char *key);

#endif
