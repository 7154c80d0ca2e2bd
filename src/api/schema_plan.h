/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_SCHEMA_PLAN_H
#define API_SCHEMA_PLAN_H

#include <regex.h>

#include "base/json.h"
#include "store/kind.h"

/*
 * How objects look: inventory/schemas, embedded by the build and compiled
 * once. Pure.
 *
 *	struct schemas *schemas = schemas_new(&err);
 *	const struct schema *schema = schema_of(schemas, kind);
 *
 *	schema_prune(schema, object, unknown);
 *	schema_check(schema, object, causes);
 *
 * The language is that of structural schemas in Kubernetes, as far as our
 * files use it; what is not known in a file is an error at start.
 */
struct schemas;

enum schema_type {
	SCHEMA_ANY,
	SCHEMA_OBJECT,
	SCHEMA_ARRAY,
	SCHEMA_STRING,
	SCHEMA_INTEGER,
	SCHEMA_NUMBER,
	SCHEMA_BOOLEAN,
	SCHEMA_INT_OR_STRING,
};

enum schema_list { SCHEMA_LIST_ATOMIC, SCHEMA_LIST_SET, SCHEMA_LIST_MAP };

/* -1: no such limit. */
struct schema_limits {
	int64_t min_length;
	int64_t min_items;
	int64_t max_properties;
};

struct schema {
	enum schema_type type;
	enum schema_list list; /* how a list is merged by server-side apply */
	bool atomic_map;       /* a map that is one value for it */
	bool nullable;
	bool preserve;       /* members that are not named are kept */
	bool has_defaults;   /* below it, and not in a list */
	const char *format;  /* NULL: none */
	const char *pattern; /* as it is written; NULL: none */
	regex_t regex;       /* of the pattern */
	const json_t *default_value;
	const json_t *choices;   /* enum */
	const json_t *required;  /* names */
	const char *together[2]; /* members of which both or neither are set */
	const char *together_message;
	const char *map_key; /* of SCHEMA_LIST_MAP */
	struct schema_limits limits;
	struct schema_member *members; /* sorted by name */
	size_t n_members;
	struct schema *items;
	struct schema *additional; /* of members without a name here */
};

struct schema_member {
	const char *name;
	struct schema *schema;
};

struct schemas *schemas_new(struct err *err) NODISCARD;
void schemas_free(struct schemas *schemas);

/* Of the whole object, metadata too. Every kind has one. */
const struct schema *schema_of(const struct schemas *schemas,
			       const struct kind *kind);
/* As it is written, without apiVersion, kind and metadata; borrowed. */
const json_t *schema_source(const struct schemas *schemas,
			    const struct kind *kind);
/* Of metadata; borrowed. */
const json_t *schema_metadata_source(const struct schemas *schemas);

/* A member by name, or what stands for members without a name; NULL: none. */
const struct schema *schema_member(const struct schema *schema,
				   const char *name);

/*
 * Takes out what the schema has no place for, and null where nothing is
 * meant by it. The paths of the former ("spec.interfaces[0].foo") are
 * appended to `unknown`, which may be NULL.
 */
void schema_prune(const struct schema *schema, json_t *object, json_t *unknown);

/*
 * Appends what is wrong as {"reason", "message", "field"}, the causes of a
 * Status; at most SCHEMA_MAX_CAUSES.
 */
#define SCHEMA_MAX_CAUSES 50

void schema_check(const struct schema *schema, const json_t *object,
		  json_t *causes);

/*
 * Puts defaults where a member is missing. Not in lists: client-side apply
 * compares those whole, and would see a change for ever.
 */
void schema_fill(const struct schema *schema, json_t *object);

#endif
