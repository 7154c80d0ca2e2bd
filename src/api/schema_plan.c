/* SPDX-License-Identifier: Apache-2.0 */
#include "api/schema_plan.h"

#include <stdio.h>
#include <string.h>

#include "api/schemas.h"
#include "base/str.h"
#include "base/yaml.h"

#define N_TEXTS ARRAY_LEN(schema_texts)

struct entry {
	json_t *document; /* of the file */
	const struct kind *kind;
	struct schema *schema; /* of the whole object */
};

struct schemas {
	struct entry entries[N_TEXTS];
	size_t n;
	json_t *metadata;
};

/* Words that a schema may use, beside those that are looked at. */
static const char *const words[] = {
	"type",
	"description",
	"properties",
	"items",
	"additionalProperties",
	"required",
	"enum",
	"default",
	"format",
	"pattern",
	"nullable",
	"minLength",
	"minItems",
	"maxProperties",
	"anyOf",
	"x-kubernetes-int-or-string",
	"x-kubernetes-list-map-keys",
	"x-kubernetes-list-type",
	"x-kubernetes-map-type",
	"x-kubernetes-preserve-unknown-fields",
	"x-kubernetes-validations",
};

static struct schema *compile(const json_t *source, struct err *err);

static void schema_free(struct schema *schema)
{
	if (!schema)
		return;
	for (size_t i = 0; i < schema->n_members; i++)
		schema_free(schema->members[i].schema);
	free(schema->members);
	schema_free(schema->items);
	schema_free(schema->additional);
	if (schema->pattern)
		regfree(&schema->regex);
	free(schema);
}

static void schema_release(struct schema **schema)
{
	schema_free(*schema);
}

static int check_words(const json_t *source, struct err *err)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)source, key, value) {
		size_t i = 0;

		while (i < ARRAY_LEN(words) && !str_eq(words[i], key))
			i++;
		if (i == ARRAY_LEN(words))
			return err_set(err, ERR_UNSUPPORTED,
				       "\"%.60s\" is not known", key);
	}
	return 0;
}

static int take_type(struct schema *schema, const json_t *source,
		     struct err *err)
{
	static const char *const names[] = {
		[SCHEMA_ANY] = "",
		[SCHEMA_OBJECT] = "object",
		[SCHEMA_ARRAY] = "array",
		[SCHEMA_STRING] = "string",
		[SCHEMA_INTEGER] = "integer",
		[SCHEMA_NUMBER] = "number",
		[SCHEMA_BOOLEAN] = "boolean",
	};
	const char *type = json_str_at(source, "type");

	if (json_is_true(
		    json_object_get(source, "x-kubernetes-int-or-string"))) {
		schema->type = SCHEMA_INT_OR_STRING;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!str_eq(names[i], type ? type : ""))
			continue;
		schema->type = (enum schema_type)i;
		return 0;
	}
	return err_set(err, ERR_UNSUPPORTED, "type \"%.40s\"", type);
}

/* POSIX has no inline flags; of those we need only the one for case. */
static int take_pattern(struct schema *schema, const json_t *source,
			struct err *err)
{
	const char *pattern = json_str_at(source, "pattern");
	int flags = REG_EXTENDED | REG_NOSUB;
	const char *text = pattern;

	if (!pattern)
		return 0;
	if (str_starts(text, "(?i)")) {
		flags |= REG_ICASE;
		text += strlen("(?i)");
	}
	if (regcomp(&schema->regex, text, flags))
		return err_set(err, ERR_UNSUPPORTED, "pattern \"%.200s\"",
			       pattern);
	schema->pattern = pattern;
	return 0;
}

/* Of CEL, the one rule that our schemas have: both, or neither. */
static int take_rules(struct schema *schema, const json_t *source,
		      struct err *err)
{
	const json_t *rules =
		json_object_get(source, "x-kubernetes-validations");
	const char *rule = json_str_at(rules, "[0].rule");
	const json_t *names = json_object_get(source, "properties");
	const char *a;
	const char *b;
	json_t *value;

	if (!rules)
		return 0;
	json_object_foreach ((json_t *)(uintptr_t)names, a, value) {
		json_object_foreach ((json_t *)(uintptr_t)names, b, value) {
			AUTO_FREE char *text =
				xasprintf("(has(self.%s) && self.%s != \"\") "
					  "== (has(self.%s) && self.%s != "
					  "\"\")",
					  a, a, b, b);

			if (!rule || !str_eq(rule, text))
				continue;
			schema->together[0] = a;
			schema->together[1] = b;
		}
	}
	schema->together_message = json_str_at(rules, "[0].message");
	if (json_array_size(rules) != 1 || !schema->together[0] ||
	    !schema->together_message)
		return err_set(err, ERR_UNSUPPORTED, "rule \"%.200s\"",
			       rule ? rule : "");
	return 0;
}

static int take_merging(struct schema *schema, const json_t *source,
			struct err *err)
{
	const char *list = json_string_value(
		json_object_get(source, "x-kubernetes-list-type"));
	const char *map = json_string_value(
		json_object_get(source, "x-kubernetes-map-type"));

	schema->atomic_map = map && str_eq(map, "atomic");
	schema->map_key = json_str_at(
		json_object_get(source, "x-kubernetes-list-map-keys"), "[0]");
	if (!list || str_eq(list, "atomic"))
		schema->list = SCHEMA_LIST_ATOMIC;
	else if (str_eq(list, "set"))
		schema->list = SCHEMA_LIST_SET;
	else if (str_eq(list, "map") && schema->map_key)
		schema->list = SCHEMA_LIST_MAP;
	else
		return err_set(err, ERR_UNSUPPORTED, "list type \"%.40s\"",
			       list);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct schema_member *left = a;
	const struct schema_member *right = b;

	return strcmp(left->name, right->name);
}

static void sort_members(struct schema *schema)
{
	if (schema->n_members)
		qsort(schema->members, schema->n_members,
		      sizeof(*schema->members), by_name);
}

static int add_member(struct schema *schema, const char *name,
		      const json_t *source, struct err *err)
{
	struct schema *member = compile(source, err);

	if (!member)
		return err_wrap(err, "%s", name);
	schema->members =
		xrealloc(schema->members,
			 (schema->n_members + 1) * sizeof(*schema->members));
	schema->members[schema->n_members++] =
		(struct schema_member){ name, member };
	if (member->default_value || member->has_defaults)
		schema->has_defaults = true;
	return 0;
}

static int take_children(struct schema *schema, const json_t *source,
			 struct err *err)
{
	const json_t *items = json_object_get(source, "items");
	const json_t *more = json_object_get(source, "additionalProperties");
	const char *name;
	json_t *value;

	json_object_foreach (json_object_get(source, "properties"), name, value)
		if (add_member(schema, name, value, err))
			return -1;
	sort_members(schema);
	if (items && !(schema->items = compile(items, err)))
		return err_wrap(err, "items");
	if (more && !(schema->additional = compile(more, err)))
		return err_wrap(err, "additionalProperties");
	return 0;
}

static struct schema *compile(const json_t *source, struct err *err)
{
	CLEANUP(schema_release)
	struct schema *schema = xcalloc(1, sizeof(*schema));

	if (check_words(source, err) || take_type(schema, source, err) ||
	    take_pattern(schema, source, err) ||
	    take_rules(schema, source, err) ||
	    take_merging(schema, source, err) ||
	    take_children(schema, source, err))
		return NULL;
	schema->nullable = json_bool_at(source, "nullable", false);
	schema->preserve = json_is_true(json_object_get(
		source, "x-kubernetes-preserve-unknown-fields"));
	schema->format = json_str_at(source, "format");
	schema->default_value = json_object_get(source, "default");
	schema->choices = json_object_get(source, "enum");
	schema->required = json_object_get(source, "required");
	schema->limits = (struct schema_limits){
		.min_length = json_int_at(source, "minLength", -1),
		.min_items = json_int_at(source, "minItems", -1),
		.max_properties = json_int_at(source, "maxProperties", -1),
	};
	return take_ptr(schema);
}

/* The whole object: what every kind has, and its own. */
static int compile_whole(const struct schemas *schemas, struct entry *entry,
			 struct err *err)
{
	AUTO_JSON json_t *text = json_pack("{s:s}", "type", "string");
	const json_t *source = json_object_get(entry->document, "schema");
	struct schema *schema = compile(source, err);

	if (!schema)
		return -1;
	entry->schema = schema;
	if (add_member(schema, "apiVersion", text, err) ||
	    add_member(schema, "kind", text, err) ||
	    add_member(schema, "metadata", schemas->metadata, err))
		return -1;
	sort_members(schema);
	return 0;
}

static int read_entry(struct schemas *schemas, const char *text,
		      struct err *err)
{
	AUTO_JSON json_t *documents =
		yaml_parse(text, strlen(text), YAML_TYPED, NULL, err);
	struct entry *entry = &schemas->entries[schemas->n];
	const char *group;
	const char *kind;

	if (!documents)
		return -1;
	group = json_str_at(documents, "[0].group");
	kind = json_str_at(documents, "[0].kind");
	if (!group || !kind)
		return err_set(err, ERR_INVALID, "no group and kind");
	if (str_eq(kind, "ObjectMeta")) {
		schemas->metadata =
			json_incref(json_at(documents, "[0].schema"));
		return 0;
	}
	entry->document = json_incref(json_array_get(documents, 0));
	entry->kind = kind_find(group, kind);
	schemas->n++;
	if (!entry->kind)
		return err_set(err, ERR_INVALID, "no such kind: %s", kind);
	return 0;
}

static int read_all(struct schemas *schemas, struct err *err)
{
	for (size_t i = 0; i < N_TEXTS; i++)
		if (read_entry(schemas, schema_texts[i], err))
			return err_wrap(err, "schema %zu", i);
	for (size_t i = 0; i < schemas->n; i++)
		if (compile_whole(schemas, &schemas->entries[i], err))
			return err_wrap(err, "schema of %s",
					schemas->entries[i].kind->kind);
	for (size_t i = 0; i < n_kinds; i++)
		if (!schema_of(schemas, &kinds[i]))
			return err_set(err, ERR_NOT_FOUND, "no schema of %s",
				       kinds[i].kind);
	return 0;
}

struct schemas *schemas_new(struct err *err)
{
	struct schemas *schemas = xcalloc(1, sizeof(*schemas));

	if (!read_all(schemas, err))
		return schemas;
	schemas_free(schemas);
	return NULL;
}

void schemas_free(struct schemas *schemas)
{
	if (!schemas)
		return;
	for (size_t i = 0; i < schemas->n; i++) {
		schema_free(schemas->entries[i].schema);
		json_decref(schemas->entries[i].document);
	}
	json_decref(schemas->metadata);
	free(schemas);
}

static const struct entry *find(const struct schemas *schemas,
				const struct kind *kind)
{
	for (size_t i = 0; i < schemas->n; i++)
		if (schemas->entries[i].kind == kind)
			return &schemas->entries[i];
	return NULL;
}

const struct schema *schema_of(const struct schemas *schemas,
			       const struct kind *kind)
{
	const struct entry *entry = find(schemas, kind);

	return entry ? entry->schema : NULL;
}

const json_t *schema_source(const struct schemas *schemas,
			    const struct kind *kind)
{
	const struct entry *entry = find(schemas, kind);

	return entry ? json_object_get(entry->document, "schema") : NULL;
}

const json_t *schema_metadata_source(const struct schemas *schemas)
{
	return schemas->metadata;
}

const struct schema *schema_member(const struct schema *schema,
				   const char *name)
{
	const struct schema_member key = { .name = name };
	const struct schema_member *found;

	if (!schema->n_members)
		return schema->additional;
	found = bsearch(&key, schema->members, schema->n_members,
			sizeof(*schema->members), by_name);
	return found ? found->schema : schema->additional;
}
