/* SPDX-License-Identifier: Apache-2.0 */
#include "api/openapi_wire.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "api/route_plan.h"
#include "base/str.h"

#define META   "io.k8s.apimachinery.pkg.apis.meta.v1."
#define STATUS META "Status"

/* Which of the two forms is made. */
struct maker {
	const struct schemas *schemas;
	bool v2;
	json_t *definitions;
	json_t *paths;
};

struct parameter {
	const char *name;
	const char *type;
	const char *what;
};

static const struct parameter list_parameters[] = {
	{ "allowWatchBookmarks", "boolean", "Send bookmarks to a watch." },
	{ "continue", "string", "The token of the page before." },
	{ "fieldSelector", "string", "Select by fields, metadata.name=x." },
	{ "labelSelector", "string", "Select by labels, rack=a,!spare." },
	{ "limit", "integer", "How many objects a page has at most." },
	{ "resourceVersion", "string", "Which state of the list." },
	{ "resourceVersionMatch", "string", "Exact or NotOlderThan." },
	{ "sendInitialEvents", "boolean", "Begin a watch with all there is." },
	{ "timeoutSeconds", "integer", "When a watch ends." },
	{ "watch", "boolean", "Stream changes instead of listing." },
};

static const struct parameter write_parameters[] = {
	{ "dryRun", "string", "All: do everything but store it." },
	{ "fieldManager", "string", "Who writes." },
	{ "fieldValidation", "string", "Strict, Warn or Ignore." },
};

static const struct parameter patch_parameters[] = {
	{ "dryRun", "string", "All: do everything but store it." },
	{ "fieldManager", "string", "Who writes." },
	{ "fieldValidation", "string", "Strict, Warn or Ignore." },
	{ "force", "boolean", "Take over what others applied." },
};

static const struct parameter delete_parameters[] = {
	{ "dryRun", "string", "All: do everything but store it." },
	{ "propagationPolicy", "string", "Background, Foreground or Orphan." },
};

static const struct parameter log_parameters[] = {
	{ "from", "integer", "The entry to begin with: `next` of the last." },
	{ "log", "string", "Which log; without: of the machine's events." },
};

static const struct parameter fru_parameters[] = {
	{ "number", "integer", "Which FRU; without: 0." },
};

/* One operation on a path; `parameters` are those of its query. */
struct operation {
	const char *method;
	const char *action;
	const struct parameter *parameters;
	size_t n_parameters;
	bool has_body;
	bool answers_list;
};

#define QUERY(list) .parameters = (list), .n_parameters = ARRAY_LEN(list)

static const struct operation on_collection[] = {
	{ "get", "list", QUERY(list_parameters), .answers_list = true },
	{ "post", "post", QUERY(write_parameters), .has_body = true },
	{ "delete", "deletecollection", QUERY(list_parameters) },
};

static const struct operation on_object[] = {
	{ .method = "get", .action = "get" },
	{ "put", "put", QUERY(write_parameters), .has_body = true },
	{ "patch", "patch", QUERY(patch_parameters), .has_body = true },
	{ "delete", "delete", QUERY(delete_parameters) },
};

static const struct operation on_status[] = {
	{ .method = "get", .action = "get" },
	{ "put", "put", QUERY(write_parameters), .has_body = true },
	{ "patch", "patch", QUERY(patch_parameters), .has_body = true },
};

/* "org.tinkerbell.bmc.v1alpha1.Machine": the group's parts from the end. */
static void definition_name(const struct kind *kind, char *out, size_t size)
{
	char group[128];
	size_t n = 0;
	char *dot;

	if (!*kind->group) {
		snprintf(out, size, "io.k8s.api.core.%s.%s", kind->version,
			 kind->kind);
		return;
	}
	str_copy(group, sizeof(group), kind->group);
	while ((dot = strrchr(group, '.')) && n < size) {
		n += (size_t)snprintf(out + n, size - n, "%s.", dot + 1);
		*dot = '\0';
	}
	if (n < size)
		snprintf(out + n, size - n, "%s.%s.%s", group, kind->version,
			 kind->kind);
}

static json_t *reference(const struct maker *maker, const char *name)
{
	AUTO_FREE char *text = xasprintf(
		"%s%s", maker->v2 ? "#/definitions/" : "#/components/schemas/",
		name);

	return json_pack("{s:s}", "$ref", text);
}

static json_t *kind_extension(const struct kind *kind)
{
	return json_pack("{s:s,s:s,s:s}", "group", kind->group, "version",
			 kind->version, "kind", kind->kind);
}

/* Version 2 has neither anyOf nor nullable. */
static void make_old(json_t *schema)
{
	const char *name;
	json_t *value;

	if (!json_is_object(schema))
		return;
	json_object_del(schema, "anyOf");
	json_object_del(schema, "nullable");
	json_object_foreach (json_object_get(schema, "properties"), name, value)
		make_old(value);
	make_old(json_object_get(schema, "items"));
	make_old(json_object_get(schema, "additionalProperties"));
}

static void define(const struct maker *maker, const char *name, json_t *schema)
{
	if (maker->v2)
		make_old(schema);
	json_object_set_new(maker->definitions, name, schema);
}

static json_t *text_member(const char *what)
{
	return json_pack("{s:s,s:s}", "description", what, "type", "string");
}

static json_t *metadata_member(const struct maker *maker, const char *type,
			       const char *what)
{
	AUTO_JSON json_t *target = reference(maker, type);

	/* What stands beside $ref counts for nothing in version 3. */
	if (!maker->v2)
		return json_pack("{s:s,s:[O]}", "description", what, "allOf",
				 target);
	json_object_set_new(target, "description", json_string(what));
	return take_ptr(target);
}

static json_t *head_members(const struct maker *maker, const char *metadata)
{
	json_t *members = json_object();

	json_object_set_new(members, "apiVersion",
			    text_member("Group and version of the object."));
	json_object_set_new(members, "kind",
			    text_member("Kind of the object."));
	json_object_set_new(
		members, "metadata",
		metadata_member(maker, metadata,
				"Who it is, and what is said of it."));
	return members;
}

static void put_kind(json_t *schema, const struct kind *kind,
		     const char *suffix)
{
	AUTO_FREE char *name = xasprintf("%s%s", kind->kind, suffix);
	json_t *extension = kind_extension(kind);

	json_object_set_new(extension, "kind", json_string(name));
	json_object_set_new(schema, "x-kubernetes-group-version-kind",
			    json_pack("[o]", extension));
}

static void define_list(const struct maker *maker, const struct kind *kind,
			const char *name)
{
	AUTO_FREE char *list_name = xasprintf("%sList", name);
	json_t *members = head_members(maker, META "ListMeta");
	json_t *list =
		json_pack("{s:s,s:s,s:[s]}", "description", "A list of them.",
			  "type", "object", "required", "items");

	json_object_set_new(members, "items",
			    json_pack("{s:s,s:s,s:o}", "description",
				      "The objects.", "type", "array", "items",
				      reference(maker, name)));
	json_object_set_new(list, "properties", members);
	put_kind(list, kind, "List");
	define(maker, list_name, list);
}

static void define_kind(const struct maker *maker, const struct kind *kind,
			const char *name)
{
	json_t *schema = json_deep_copy(schema_source(maker->schemas, kind));
	json_t *members = head_members(maker, META "ObjectMeta");

	json_object_update(members, json_object_get(schema, "properties"));
	json_object_set_new(schema, "properties", members);
	put_kind(schema, kind, "");
	define(maker, name, schema);
	define_list(maker, kind, name);
}

static void define_common(const struct maker *maker)
{
	json_t *list = json_pack(
		"{s:s,s:s,s:{s:o,s:o,s:{s:s,s:s,s:s}}}", "description",
		"What is said of a list.", "type", "object", "properties",
		"continue", text_member("The token of the next page."),
		"resourceVersion", text_member("Which state of the list."),
		"remainingItemCount", "description",
		"How many are behind this page.", "type", "integer", "format",
		"int64");
	json_t *status = json_pack(
		"{s:s,s:s,s:{s:{s:s,s:s},s:o,s:o,s:o,s:o,s:o}}", "description",
		"How a request went.", "type", "object", "properties", "code",
		"description", "The HTTP status.", "type", "integer", "status",
		text_member("Success or Failure."), "reason",
		text_member("Why, in one word."), "message",
		text_member("Why, for people."), "apiVersion",
		text_member("v1."), "kind", text_member("Status."));

	define(maker, META "ObjectMeta",
	       json_deep_copy(schema_metadata_source(maker->schemas)));
	define(maker, META "ListMeta", list);
	define(maker, STATUS, status);
}

static json_t *parameter(const struct maker *maker, const char *name,
			 const char *in, const char *type, const char *what)
{
	json_t *one = json_pack("{s:s,s:s,s:s}", "name", name, "in", in,
				"description", what);

	if (str_eq(in, "path"))
		json_object_set_new(one, "required", json_true());
	if (maker->v2)
		json_object_set_new(one, "type", json_string(type));
	else
		json_put(one, "schema.type", json_string(type));
	return one;
}

static json_t *answer(const struct maker *maker, const char *name)
{
	json_t *response = json_pack("{s:s}", "description", "OK");

	if (maker->v2)
		json_object_set_new(response, "schema", reference(maker, name));
	else
		json_object_set_new(response, "content",
				    json_pack("{s:{s:o}}", "application/json",
					      "schema",
					      reference(maker, name)));
	return json_pack("{s:o}", "200", response);
}

static void put_body(const struct maker *maker, json_t *operation,
		     const struct operation *how, const char *name)
{
	static const char *const patches[] = {
		"application/merge-patch+json",
		"application/json-patch+json",
		"application/apply-patch+yaml",
	};
	bool patch = str_eq(how->method, "patch");
	json_t *content = json_object();
	json_t *types = json_array();

	for (size_t i = 0; i < (patch ? ARRAY_LEN(patches) : 1); i++) {
		const char *type = patch ? patches[i] : "application/json";

		json_object_set_new(
			content, type,
			json_pack("{s:o}", "schema",
				  patch ? json_pack("{s:s}", "type", "object")
					: reference(maker, name)));
		json_array_append_new(types, json_string(type));
	}
	if (maker->v2) {
		json_object_set_new(operation, "consumes", types);
		json_array_append_new(
			json_object_get(operation, "parameters"),
			json_pack("{s:s,s:s,s:b,s:o}", "name", "body", "in",
				  "body", "required", 1, "schema",
				  patch ? json_pack("{s:s}", "type", "object")
					: reference(maker, name)));
		json_decref(content);
		return;
	}
	json_decref(types);
	json_object_set_new(
		operation, "requestBody",
		json_pack("{s:b,s:o}", "required", 1, "content", content));
}

/* "listHardware", "patchHardwareStatus": what a client's maker calls it. */
static json_t *operation_id(const struct kind *kind,
			    const struct operation *how, const char *suffix)
{
	AUTO_FREE char *text =
		xasprintf("%s%s%s", how->action, kind->kind, suffix);

	return json_string(text);
}

static json_t *operation_of(const struct maker *maker, const struct kind *kind,
			    const struct operation *how, const char *suffix)
{
	json_t *operation = json_object();
	json_t *parameters = json_array();
	bool deletes = str_eq(how->method, "delete");
	char name[200];
	AUTO_FREE char *list = NULL;

	definition_name(kind, name, sizeof(name));
	list = xasprintf("%sList", name);
	json_put(operation, "operationId", operation_id(kind, how, suffix));
	for (size_t i = 0; i < how->n_parameters; i++)
		json_array_append_new(
			parameters, parameter(maker, how->parameters[i].name,
					      "query", how->parameters[i].type,
					      how->parameters[i].what));
	json_put(operation, "parameters", parameters);
	if (how->has_body)
		put_body(maker, operation, how, name);
	json_put(operation, "responses",
		 answer(maker, deletes             ? STATUS
			       : how->answers_list ? list
						   : name));
	json_object_set_new(operation, "x-kubernetes-action",
			    json_string(how->action));
	json_object_set_new(operation, "x-kubernetes-group-version-kind",
			    kind_extension(kind));
	return operation;
}

static bool may(const struct kind *kind, const struct operation *how)
{
	return str_eq(how->method, "get") || !kind->virtual || kind->mixed;
}

/* Steals path. */
static void add_path(const struct maker *maker, const struct kind *kind,
		     char *path, const struct operation *list, size_t n)
{
	AUTO_FREE char *owned = path;
	json_t *item = json_object();
	json_t *parameters = json_array();
	const char *suffix = str_ends(path, "/status") ? "Status" : "";

	if (strstr(path, "{namespace}"))
		json_array_append_new(parameters,
				      parameter(maker, "namespace", "path",
						"string", "The namespace."));
	else if (!kind->cluster)
		suffix = "ForAllNamespaces";
	if (strstr(path, "{name}"))
		json_array_append_new(parameters,
				      parameter(maker, "name", "path", "string",
						"The name."));
	for (size_t i = 0; i < n; i++)
		if (may(kind, &list[i]))
			json_object_set_new(
				item, list[i].method,
				operation_of(maker, kind, &list[i], suffix));
	json_object_set_new(item, "parameters", parameters);
	json_object_set_new(maker->paths, owned, item);
}

/* "clear-sel" -> "ClearSel" */
static void camel(const char *name, char *out, size_t size)
{
	bool up = true;
	size_t n = 0;

	for (; *name && n + 1 < size; name++) {
		if (*name != '-')
			out[n++] = up ? (char)toupper((unsigned char)*name)
				      : *name;
		up = *name == '-';
	}
	out[n] = '\0';
}

static json_t *any_object(void)
{
	return json_pack("{s:s}", "type", "object");
}

static json_t *any_content(void)
{
	return json_pack("{s:{s:o}}", "application/json", "schema",
			 any_object());
}

static void put_ask_body(const struct maker *maker, json_t *operation,
			 json_t *parameters)
{
	if (maker->v2)
		json_array_append_new(parameters,
				      json_pack("{s:s,s:s,s:o}", "name", "body",
						"in", "body", "schema",
						any_object()));
	else
		json_object_set_new(
			operation, "requestBody",
			json_pack("{s:o}", "content", any_content()));
}

static json_t *ask_operation(const struct maker *maker, const struct kind *kind,
			     const char *name, bool writes)
{
	const struct parameter *query = NULL;
	json_t *parameters = json_array();
	json_t *operation = json_object();
	json_t *response = json_pack("{s:s}", "description",
				     "What the BMC says; docs/bmc.md.");
	size_t n = 0;
	char word[64];

	if (str_eq(name, "sel")) {
		query = log_parameters;
		n = ARRAY_LEN(log_parameters);
	} else if (str_eq(name, "fru")) {
		query = fru_parameters;
		n = ARRAY_LEN(fru_parameters);
	}
	for (size_t i = 0; i < n; i++)
		json_array_append_new(parameters,
				      parameter(maker, query[i].name, "query",
						query[i].type, query[i].what));
	if (writes)
		put_ask_body(maker, operation, parameters);
	camel(name, word, sizeof(word));
	json_put(operation, "operationId",
		 json_sprintf("%s%s%s", writes ? "post" : "get", kind->kind,
			      word));
	json_put(operation, "parameters", parameters);
	json_object_set_new(response, maker->v2 ? "schema" : "content",
			    maker->v2 ? any_object() : any_content());
	json_put(operation, "responses", json_pack("{s:o}", "200", response));
	json_object_set_new(operation, "x-kubernetes-action",
			    json_string(writes ? "post" : "get"));
	json_object_set_new(operation, "x-kubernetes-group-version-kind",
			    kind_extension(kind));
	return operation;
}

/* What the BMC behind an object is asked. */
static void add_asks(const struct maker *maker, const struct kind *kind,
		     const char *base)
{
	const char *name;
	bool writes;

	for (size_t i = 0; (name = route_ask_at(kind, i, &writes)); i++) {
		AUTO_FREE char *path = xasprintf("%s/{name}/%s", base, name);
		json_t *item = json_object();

		json_object_set_new(item, writes ? "post" : "get",
				    ask_operation(maker, kind, name, writes));
		json_object_set_new(
			item, "parameters",
			json_pack("[o,o]",
				  parameter(maker, "namespace", "path",
					    "string", "The namespace."),
				  parameter(maker, "name", "path", "string",
					    "The name.")));
		json_object_set_new(maker->paths, path, item);
	}
}

static void add_paths(const struct maker *maker, const struct kind *kind)
{
	AUTO_FREE char *root =
		*kind->group
			? xasprintf("/apis/%s/%s", kind->group, kind->version)
			: xasprintf("/api/%s", kind->version);
	AUTO_FREE char *base = xasprintf(
		"%s/%s%s", root, kind->cluster ? "" : "namespaces/{namespace}/",
		kind->plural);

	if (!kind->cluster)
		add_path(maker, kind, xasprintf("%s/%s", root, kind->plural),
			 on_collection, 1);
	add_path(maker, kind, xstrdup(base), on_collection,
		 ARRAY_LEN(on_collection));
	add_path(maker, kind, xasprintf("%s/{name}", base), on_object,
		 ARRAY_LEN(on_object));
	if (kind->has_status)
		add_path(maker, kind, xasprintf("%s/{name}/status", base),
			 on_status, ARRAY_LEN(on_status));
	add_asks(maker, kind, base);
}

static void add_kind(const struct maker *maker, const struct kind *kind)
{
	char name[200];

	definition_name(kind, name, sizeof(name));
	define_kind(maker, kind, name);
	add_paths(maker, kind);
}

static json_t *about(void)
{
	return json_pack("{s:s,s:s}", "title", "tomte", "version",
			 TOMTE_VERSION);
}

json_t *openapi_v3(const struct schemas *schemas, const char *group,
		   const char *version)
{
	struct maker maker = { .schemas = schemas };
	bool found = false;

	maker.definitions = json_object();
	maker.paths = json_object();
	for (size_t i = 0; i < n_kinds; i++) {
		if (!str_eq(kinds[i].group, group) ||
		    !str_eq(kinds[i].version, version))
			continue;
		add_kind(&maker, &kinds[i]);
		found = true;
	}
	define_common(&maker);
	if (!found) {
		json_decref(maker.definitions);
		json_decref(maker.paths);
		return NULL;
	}
	return json_pack("{s:s,s:o,s:o,s:{s:o}}", "openapi", "3.0.0", "info",
			 about(), "paths", maker.paths, "components", "schemas",
			 maker.definitions);
}

json_t *openapi_v2(const struct schemas *schemas)
{
	struct maker maker = { .schemas = schemas, .v2 = true };

	maker.definitions = json_object();
	maker.paths = json_object();
	for (size_t i = 0; i < n_kinds; i++)
		if (*kinds[i].group)
			add_kind(&maker, &kinds[i]);
	define_common(&maker);
	return json_pack("{s:s,s:o,s:o,s:o}", "swagger", "2.0", "info", about(),
			 "paths", maker.paths, "definitions",
			 maker.definitions);
}
