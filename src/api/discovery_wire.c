/* SPDX-License-Identifier: Apache-2.0 */
#include "api/discovery_wire.h"

#include <stdio.h>

#include "api/route_plan.h"
#include "base/str.h"

/* kubectl compares: one minor version around its own draws no warning. */
#define KUBE_MINOR "34"

static const char *const verbs[] = {
	"create", "delete", "deletecollection", "get",
	"list",   "patch",  "update",           "watch",
};
static const char *const verbs_status[] = { "get", "patch", "update" };

json_t *discovery_version(void)
{
	json_t *version = json_object();

	json_put(version, "major", json_string("1"));
	json_put(version, "minor", json_string(KUBE_MINOR));
	json_put(version, "gitVersion",
		 json_string("v1." KUBE_MINOR ".0+tomte"));
	json_put(version, "gitCommit", json_string(""));
	json_put(version, "gitTreeState", json_string("clean"));
	json_put(version, "buildDate", json_string("1970-01-01T00:00:00Z"));
	json_put(version, "goVersion", json_string("none"));
	json_put(version, "compiler", json_string("cc"));
	json_put(version, "platform", json_string("linux"));
	return version;
}

json_t *discovery_core_versions(void)
{
	json_t *versions = json_array();
	json_t *answer = json_object();

	json_array_append_new(versions, json_string("v1"));
	json_put(answer, "kind", json_string("APIVersions"));
	json_put(answer, "versions", versions);
	json_put(answer, "serverAddressByClientCIDRs", json_array());
	return answer;
}

static json_t *group_version(const struct kind *kind)
{
	json_t *version = json_object();
	char text[64];

	kind_api_version(kind, text, sizeof(text));
	json_put(version, "groupVersion", json_string(text));
	json_put(version, "version", json_string(kind->version));
	return version;
}

/* Whether a kind before this one is of the same group (and version). */
static bool seen_before(size_t i, bool version_too)
{
	for (size_t k = 0; k < i; k++)
		if (str_eq(kinds[k].group, kinds[i].group) &&
		    (!version_too ||
		     str_eq(kinds[k].version, kinds[i].version)))
			return true;
	return false;
}

/* The group of kinds[first], which is the first of it. */
static json_t *group_of(size_t first)
{
	json_t *group = json_object();
	json_t *versions = json_array();

	for (size_t i = first; i < n_kinds; i++)
		if (str_eq(kinds[i].group, kinds[first].group) &&
		    !seen_before(i, true))
			json_array_append_new(versions,
					      group_version(&kinds[i]));
	json_put(group, "name", json_string(kinds[first].group));
	json_put(group, "versions", versions);
	json_put(group, "preferredVersion", group_version(&kinds[first]));
	return group;
}

json_t *discovery_groups(void)
{
	json_t *answer = json_object();
	json_t *groups = json_array();

	for (size_t i = 0; i < n_kinds; i++)
		if (*kinds[i].group && !seen_before(i, false))
			json_array_append_new(groups, group_of(i));
	json_put(answer, "kind", json_string("APIGroupList"));
	json_put(answer, "apiVersion", json_string("v1"));
	json_put(answer, "groups", groups);
	return answer;
}

json_t *discovery_group(const char *group)
{
	json_t *answer;

	for (size_t i = 0; *group && i < n_kinds; i++) {
		if (!str_eq(kinds[i].group, group))
			continue;
		answer = group_of(i);
		json_put(answer, "kind", json_string("APIGroup"));
		json_put(answer, "apiVersion", json_string("v1"));
		return answer;
	}
	return NULL;
}

static json_t *strings(const char *const *list, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_string(list[i]));
	return array;
}

const char *discovery_category(const struct kind *kind)
{
	if (str_eq(kind->group, TINKERBELL_GROUP) ||
	    str_eq(kind->group, BMC_GROUP))
		return "tinkerbell";
	/* Who may ask for runs is not always who may ask for tokens. */
	return str_eq(kind->group, TOMTE_GROUP) && !kind->verbs ? "tomte"
								: NULL;
}

static json_t *verbs_of(const struct kind *kind)
{
	json_t *array = json_array();

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (kind_has_verb(kind, verbs[i]))
			json_array_append_new(array, json_string(verbs[i]));
	return array;
}

static json_t *resource(const struct kind *kind)
{
	json_t *answer = json_object();
	const char *word = discovery_category(kind);

	json_put(answer, "name", json_string(kind->plural));
	json_put(answer, "singularName", json_string(kind->singular));
	json_put(answer, "namespaced", json_boolean(route_namespaced(kind)));
	json_put(answer, "kind", json_string(kind->kind));
	json_put(answer, "verbs", verbs_of(kind));
	if (kind->short_name)
		json_put(answer, "shortNames", strings(&kind->short_name, 1));
	if (word)
		json_put(answer, "categories", strings(&word, 1));
	return answer;
}

static json_t *subresource(const struct kind *kind, const char *name,
			   const char *const *may, size_t n)
{
	json_t *answer = json_object();
	AUTO_FREE char *path = xasprintf("%s/%s", kind->plural, name);

	json_put(answer, "name", json_string(path));
	json_put(answer, "singularName", json_string(""));
	json_put(answer, "namespaced", json_true());
	json_put(answer, "kind", json_string(kind->kind));
	json_put(answer, "verbs", strings(may, n));
	return answer;
}

/* What a BMC is asked is read, or done: nothing is stored. */
static const char *const *verb_of_ask(bool writes)
{
	static const char *const words[] = { "get", "create" };

	return &words[writes];
}

static void add_subresources(json_t *list, const struct kind *kind)
{
	const char *name;
	bool writes;

	if (kind->has_status)
		json_array_append_new(list,
				      subresource(kind, "status", verbs_status,
						  ARRAY_LEN(verbs_status)));
	for (size_t i = 0; (name = route_ask_at(kind, i, &writes)); i++)
		json_array_append_new(
			list, subresource(kind, name, verb_of_ask(writes), 1));
}

json_t *discovery_resources(const char *group, const char *version)
{
	AUTO_JSON json_t *resources = json_array();
	json_t *answer;
	char text[200];

	for (size_t i = 0; i < n_kinds; i++) {
		if (!str_eq(kinds[i].group, group) ||
		    !str_eq(kinds[i].version, version))
			continue;
		json_array_append_new(resources, resource(&kinds[i]));
		add_subresources(resources, &kinds[i]);
	}
	if (!json_array_size(resources))
		return NULL;
	snprintf(text, sizeof(text), "%s%s%s", group, *group ? "/" : "",
		 version);
	answer = json_object();
	json_put(answer, "kind", json_string("APIResourceList"));
	json_put(answer, "apiVersion", json_string("v1"));
	json_put(answer, "groupVersion", json_string(text));
	json_put(answer, "resources", take_ptr(resources));
	return answer;
}

static json_t *response_kind(const struct kind *kind)
{
	return json_pack("{s:s,s:s,s:s}", "group", kind->group, "version",
			 kind->version, "kind", kind->kind);
}

static void add_aggregated(json_t *list, const struct kind *kind,
			   const char *name, const char *const *may, size_t n)
{
	json_array_append_new(list,
			      json_pack("{s:s,s:o,s:o}", "subresource", name,
					"responseKind", response_kind(kind),
					"verbs", strings(may, n)));
}

static json_t *aggregated_subresources(const struct kind *kind)
{
	json_t *list = json_array();
	const char *name;
	bool writes;

	if (kind->has_status)
		add_aggregated(list, kind, "status", verbs_status,
			       ARRAY_LEN(verbs_status));
	for (size_t i = 0; (name = route_ask_at(kind, i, &writes)); i++)
		add_aggregated(list, kind, name, verb_of_ask(writes), 1);
	return list;
}

static json_t *aggregated_resource(const struct kind *kind)
{
	const char *word = discovery_category(kind);
	json_t *below = aggregated_subresources(kind);
	json_t *resource = json_pack(
		"{s:s,s:o,s:s,s:s,s:o}", "resource", kind->plural,
		"responseKind", response_kind(kind), "scope",
		kind->cluster ? "Cluster" : "Namespaced", "singularResource",
		kind->singular, "verbs", verbs_of(kind));

	if (kind->short_name)
		json_put(resource, "shortNames", strings(&kind->short_name, 1));
	if (word)
		json_put(resource, "categories", strings(&word, 1));
	if (json_array_size(below))
		json_put(resource, "subresources", json_incref(below));
	json_decref(below);
	return resource;
}

/* The version of kinds[first], which is the first of it. */
static json_t *aggregated_version(size_t first)
{
	json_t *resources = json_array();

	for (size_t i = first; i < n_kinds; i++)
		if (str_eq(kinds[i].group, kinds[first].group) &&
		    str_eq(kinds[i].version, kinds[first].version))
			json_array_append_new(resources,
					      aggregated_resource(&kinds[i]));
	return json_pack("{s:s,s:o,s:s}", "version", kinds[first].version,
			 "resources", resources, "freshness", "Current");
}

static json_t *aggregated_group(size_t first)
{
	json_t *versions = json_array();

	for (size_t i = first; i < n_kinds; i++)
		if (str_eq(kinds[i].group, kinds[first].group) &&
		    !seen_before(i, true))
			json_array_append_new(versions, aggregated_version(i));
	return json_pack("{s:{s:s,s:n},s:o}", "metadata", "name",
			 kinds[first].group, "creationTimestamp", "versions",
			 versions);
}

json_t *discovery_aggregated(bool core, const char *version)
{
	AUTO_FREE char *api_version =
		xasprintf("apidiscovery.k8s.io/%s", version);
	json_t *items = json_array();

	for (size_t i = 0; i < n_kinds; i++)
		if (core == !*kinds[i].group && !seen_before(i, false))
			json_array_append_new(items, aggregated_group(i));
	return json_pack("{s:s,s:s,s:{},s:o}", "kind", "APIGroupDiscoveryList",
			 "apiVersion", api_version, "metadata", "items", items);
}
