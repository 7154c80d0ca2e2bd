/* SPDX-License-Identifier: Apache-2.0 */
#include "api/access_plan.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"

enum {
	GET = 1u << 0,
	LIST = 1u << 1,
	WATCH = 1u << 2,
	CREATE = 1u << 3,
	UPDATE = 1u << 4,
	PATCH = 1u << 5,
	DELETE = 1u << 6,
	DELETE_ALL = 1u << 7,
	ANY = 1u << 8, /* "*", and verbs that we do not have */
	READ = GET | LIST | WATCH,
	ALL = READ | CREATE | UPDATE | PATCH | DELETE | DELETE_ALL,
};

static const char *const verbs[] = {
	"get",    "list",  "watch",  "create",
	"update", "patch", "delete", "deletecollection",
};

#define NOTHING  (1u << ACCESS_NOTHING)
#define VIEWER   (1u << ACCESS_VIEWER)
#define OPERATOR (1u << ACCESS_OPERATOR)
#define ADMIN    (1u << ACCESS_ADMIN)
#define MACHINE  (1u << ACCESS_MACHINE)
#define PEOPLE   (NOTHING | VIEWER | OPERATOR | ADMIN)

/* What is not here is refused. */
static const struct rule {
	unsigned roles;
	const char *group;
	const char *resource;
	unsigned verbs;
} rules[] = {
	{ ADMIN, "*", "*", ALL | ANY },
	{ OPERATOR, TINKERBELL_GROUP, "*", ALL },
	{ OPERATOR, BMC_GROUP, "*", ALL },
	{ OPERATOR, "", "secrets", ALL },
	{ OPERATOR, "", "configmaps", ALL },
	{ OPERATOR, "", "events", ALL },
	{ OPERATOR, "", "namespaces", ALL },
	{ VIEWER, TINKERBELL_GROUP, "*", READ },
	{ VIEWER, BMC_GROUP, "*", READ },
	{ VIEWER, "", "secrets", READ },
	{ VIEWER, "", "configmaps", READ },
	{ VIEWER, "", "events", READ },
	{ VIEWER, "", "namespaces", READ },
	{ VIEWER | OPERATOR, TOMTE_GROUP, "runs", READ },
	{ VIEWER | OPERATOR, CRD_GROUP, "customresourcedefinitions", READ },
	{ PEOPLE, AUTHZ_GROUP, "selfsubjectaccessreviews", CREATE },
	{ PEOPLE, AUTHZ_GROUP, "selfsubjectrulesreviews", CREATE },
	{ PEOPLE, AUTHN_GROUP, "selfsubjectreviews", CREATE },
	{ MACHINE, TOMTE_GROUP, "runs", GET },
};

/* In no namespace, and the same for everybody. */
static const struct {
	const char *group;
	const char *resource;
} for_all[] = {
	{ CRD_GROUP, "customresourcedefinitions" },
	{ AUTHZ_GROUP, "selfsubjectaccessreviews" },
	{ AUTHZ_GROUP, "selfsubjectrulesreviews" },
	{ AUTHN_GROUP, "selfsubjectreviews" },
};

static const char *const role_names[] = {
	[ACCESS_NOTHING] = "none",      [ACCESS_VIEWER] = "viewer",
	[ACCESS_OPERATOR] = "operator", [ACCESS_ADMIN] = "admin",
	[ACCESS_MACHINE] = "machine",
};

/* Where an object names another namespace. */
static const struct reference {
	const char *group;
	const char *kind;
	const char *path;
	bool deep; /* wherever below it */
} references[] = {
	{ BMC_GROUP, "Machine", "spec", true },
	{ BMC_GROUP, "Job", "spec", true },
	{ BMC_GROUP, "Task", "spec", true },
	{ TINKERBELL_GROUP, "Hardware", "spec.references", true },
	{ TINKERBELL_GROUP, "WorkflowRuleSet", "spec.workflow", false },
};

const char *access_role_name(enum access_role role)
{
	return role_names[role];
}

bool access_role_parse(const char *name, enum access_role *role)
{
	static const enum access_role given[] = { ACCESS_VIEWER,
						  ACCESS_OPERATOR,
						  ACCESS_ADMIN };

	for (size_t i = 0; i < ARRAY_LEN(given); i++) {
		if (!str_eq(name, role_names[given[i]]))
			continue;
		*role = given[i];
		return true;
	}
	return false;
}

static unsigned verb_bit(const char *verb)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (str_eq(verb, verbs[i]))
			return 1u << i;
	return ANY;
}

/* Calls for each name; the rest of the list, or NULL at its end. */
static const char *next_name(const char *list, char *out, size_t size)
{
	size_t len = strcspn(list, ",");

	if (!*list)
		return NULL;
	if (len >= size)
		len = 0; /* too long to be one: "" is none */
	memcpy(out, list, len);
	out[len] = '\0';
	list += strcspn(list, ",");
	return *list ? list + 1 : list;
}

bool access_has_namespace(const char *namespaces, const char *namespace)
{
	char name[64];

	if (!*namespaces)
		return true;
	while ((namespaces = next_name(namespaces, name, sizeof(name))))
		if (str_eq(name, namespace))
			return true;
	return false;
}

bool access_namespaces_good(const char *namespaces)
{
	const char *rest = namespaces;
	size_t len = strlen(namespaces);
	char name[64];

	if (len && namespaces[len - 1] == ',')
		return false;
	while ((rest = next_name(rest, name, sizeof(name))))
		if (!str_is_dns_name(name, 63) || strchr(name, '.') ||
		    access_has_namespace(*rest ? rest : ",", name))
			return false;
	return true;
}

static const struct kind *kind_of(const struct access_ask *ask)
{
	for (size_t i = 0; i < n_kinds; i++)
		if (str_eq(kinds[i].group, ask->group) &&
		    str_eq(kinds[i].plural, ask->resource))
			return &kinds[i];
	return NULL;
}

static bool is_for_all(const struct access_ask *ask)
{
	for (size_t i = 0; i < ARRAY_LEN(for_all); i++)
		if (str_eq(for_all[i].group, ask->group) &&
		    str_eq(for_all[i].resource, ask->resource))
			return true;
	return false;
}

/* Whether it is where they may be at all. */
static bool in_scope(const struct access_who *who, const struct access_ask *ask)
{
	const struct kind *kind = kind_of(ask);

	if (!*who->namespaces)
		return true;
	if (is_for_all(ask))
		return kind && kind_has_verb(kind, ask->verb);
	if (!kind || !kind->cluster)
		return *ask->namespace &&
		       access_has_namespace(who->namespaces, ask->namespace);
	/* Of what is in no namespace they see their own Namespaces. */
	return !*ask->group && str_eq(ask->resource, "namespaces") &&
	       str_eq(ask->verb, "get") && *ask->name &&
	       access_has_namespace(who->namespaces, ask->name);
}

static bool rule_has(const struct rule *rule, const struct access_who *who,
		     const struct access_ask *ask)
{
	return rule->roles & (1u << who->role) &&
	       (str_eq(rule->group, "*") || str_eq(rule->group, ask->group)) &&
	       (str_eq(rule->resource, "*") ||
		str_eq(rule->resource, ask->resource)) &&
	       rule->verbs & verb_bit(ask->verb);
}

/* Pages that tell of machines: for who may read those. What is counted is of
 * all namespaces. */
static bool page_allowed(const struct access_who *who, const char *path)
{
	bool reads = who->role == ACCESS_VIEWER ||
		     who->role == ACCESS_OPERATOR || who->role == ACCESS_ADMIN;

	if (str_eq(path, "/metrics"))
		return reads && !*who->namespaces;
	return reads || !str_starts(path, "/sd/");
}

bool access_allows(const struct access_who *who, const struct access_ask *ask)
{
	bool own = ask->name && *who->run && str_eq(ask->name, who->run) &&
		   str_eq(ask->namespace, who->run_namespace);

	/* What there is to ask for is no secret to who is known. */
	if (ask->path)
		return who->role != ACCESS_MACHINE &&
		       page_allowed(who, ask->path) &&
		       (who->role == ACCESS_ADMIN || str_eq(ask->verb, "get"));
	if (who->role == ACCESS_MACHINE && (!own || *ask->subresource))
		return false;
	if (!in_scope(who, ask))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (rule_has(&rules[i], who, ask))
			return true;
	return false;
}

static int refuse(const struct access_who *who, const struct access_ask *ask,
		  struct err *err)
{
	const char *name = ask->name ? ask->name : "";
	const char *slash = *ask->subresource ? "/" : "";
	bool in = *ask->namespace;

	return err_set(err, ERR_DENIED,
		       "%s%s%s%s%.120s%s is forbidden: User \"%s\" cannot %s "
		       "resource \"%s%s%s\" in API group \"%s\" %s%s%s",
		       ask->resource, *ask->group ? "." : "", ask->group,
		       *name ? " \"" : "", name, *name ? "\"" : "", who->user,
		       ask->verb, ask->resource, slash, ask->subresource,
		       ask->group,
		       in ? "in the namespace \"" : "at the cluster scope",
		       ask->namespace, in ? "\"" : "");
}

int access_check(const struct access_who *who, const struct access_ask *ask,
		 struct err *err)
{
	if (access_allows(who, ask))
		return 0;
	if (!ask->path)
		return refuse(who, ask, err);
	return err_set(err, ERR_DENIED,
		       "forbidden: User \"%s\" cannot %s path \"%.200s\"",
		       who->user, ask->verb, ask->path);
}

bool access_sees_values(const struct access_who *who)
{
	return who->role == ACCESS_ADMIN;
}

static int check_name(const struct access_who *who, const json_t *value,
		      struct err *err)
{
	const char *name = json_string_value(value);

	if (!name || !*name || access_has_namespace(who->namespaces, name))
		return 0;
	return err_set(err, ERR_DENIED,
		       "forbidden: User \"%s\" cannot refer to the namespace "
		       "\"%.63s\"",
		       who->user, name);
}

static int check_below(const struct access_who *who, const json_t *value,
		       struct err *err)
{
	const char *key;
	json_t *member;
	size_t i;

	json_array_foreach ((json_t *)(uintptr_t)value, i, member)
		if (check_below(who, member, err))
			return -1;
	json_object_foreach ((json_t *)(uintptr_t)value, key, member)
		if ((str_eq(key, "namespace") &&
		     check_name(who, member, err)) ||
		    check_below(who, member, err))
			return -1;
	return 0;
}

int access_check_references(const struct access_who *who,
			    const struct kind *kind, const json_t *object,
			    struct err *err)
{
	for (size_t i = 0; *who->namespaces && i < ARRAY_LEN(references); i++) {
		const struct reference *at = &references[i];
		const json_t *part = json_at(object, at->path);

		if (!str_eq(at->group, kind->group) ||
		    !str_eq(at->kind, kind->kind))
			continue;
		if (at->deep ? check_below(who, part, err)
			     : check_name(who,
					  json_object_get(part, "namespace"),
					  err))
			return err_wrap(err, "%s", at->path);
	}
	return 0;
}

static json_t *strings(const char *text)
{
	json_t *list = json_array();

	json_array_append_new(list, json_string(text));
	return list;
}

static json_t *verbs_of(unsigned bits)
{
	json_t *list;

	if (bits & ANY)
		return strings("*");
	list = json_array();
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (bits & (1u << i))
			json_array_append_new(list, json_string(verbs[i]));
	return list;
}

/* A rule holds for all that it names, or not at all: "*" is no resource that
 * could be out of scope. */
static bool rule_in_scope(const struct rule *rule, const struct access_who *who,
			  const char *namespace)
{
	const struct access_ask ask = { .verb = rule->verbs & GET ? "get"
								  : "create",
					.group = rule->group,
					.resource = rule->resource,
					.subresource = "",
					.namespace = namespace,
					.name = "" };

	return rule->roles & (1u << who->role) && in_scope(who, &ask);
}

json_t *access_rules(const struct access_who *who, const char *namespace)
{
	json_t *status = json_object();
	json_t *resources = json_array();
	json_t *paths = json_array();

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		const struct rule *rule = &rules[i];
		json_t *one;

		if (!rule_in_scope(rule, who, namespace))
			continue;
		one = json_object();
		json_put(one, "verbs", verbs_of(rule->verbs));
		json_put(one, "apiGroups", strings(rule->group));
		json_put(one, "resources", strings(rule->resource));
		if (who->role == ACCESS_MACHINE)
			json_put(one, "resourceNames", strings(who->run));
		json_array_append_new(resources, one);
	}
	if (who->role != ACCESS_MACHINE) {
		json_t *one = json_object();

		json_put(one, "verbs",
			 strings(who->role == ACCESS_ADMIN ? "*" : "get"));
		json_put(one, "nonResourceURLs", strings("*"));
		json_array_append_new(paths, one);
	}
	json_put(status, "resourceRules", resources);
	json_put(status, "nonResourceRules", paths);
	json_put(status, "incomplete", json_false());
	return status;
}
