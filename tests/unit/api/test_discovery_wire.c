/* SPDX-License-Identifier: Apache-2.0 */
#include "api/discovery_wire.h"

#include <string.h>

#include "api/route_plan.h"
#include "base/str.h"
#include "json.h"
#include "test.h"

static void test_the_version_is_one_that_kubectl_reads(void **state)
{
	AUTO_JSON json_t *version = discovery_version();
	AUTO_FREE char *git = NULL;
	const char *major = json_str_at(version, "major");
	const char *minor = json_str_at(version, "minor");

	(void)state;

	assert_non_null(major);
	assert_non_null(minor);
	git = xasprintf("v%s.%s.0+tomte", major, minor);
	assert_string_equal(json_str_at(version, "gitVersion"), git);
	assert_at(version, "platform", "'linux'");
}

static void test_the_core_group_has_one_version(void **state)
{
	AUTO_JSON json_t *versions = discovery_core_versions();

	(void)state;

	assert_json(versions, "{'kind':'APIVersions','versions':['v1'],"
			      "'serverAddressByClientCIDRs':[]}");
}

static void test_every_group_is_there_once_and_core_is_not(void **state)
{
	AUTO_JSON json_t *groups = discovery_groups();

	(void)state;

	assert_json(groups,
		    "{'kind':'APIGroupList','apiVersion':'v1','groups':["
		    "{'name':'tinkerbell.org','versions':[{"
		    "'groupVersion':'tinkerbell.org/v1alpha1',"
		    "'version':'v1alpha1'}],'preferredVersion':{"
		    "'groupVersion':'tinkerbell.org/v1alpha1',"
		    "'version':'v1alpha1'}},"
		    "{'name':'bmc.tinkerbell.org','versions':[{"
		    "'groupVersion':'bmc.tinkerbell.org/v1alpha1',"
		    "'version':'v1alpha1'}],'preferredVersion':{"
		    "'groupVersion':'bmc.tinkerbell.org/v1alpha1',"
		    "'version':'v1alpha1'}},"
		    "{'name':'tomte.dev','versions':[{"
		    "'groupVersion':'tomte.dev/v1alpha1',"
		    "'version':'v1alpha1'}],'preferredVersion':{"
		    "'groupVersion':'tomte.dev/v1alpha1',"
		    "'version':'v1alpha1'}},"
		    "{'name':'apiextensions.k8s.io','versions':[{"
		    "'groupVersion':'apiextensions.k8s.io/v1',"
		    "'version':'v1'}],'preferredVersion':{"
		    "'groupVersion':'apiextensions.k8s.io/v1',"
		    "'version':'v1'}},"
		    "{'name':'authorization.k8s.io','versions':[{"
		    "'groupVersion':'authorization.k8s.io/v1',"
		    "'version':'v1'}],'preferredVersion':{"
		    "'groupVersion':'authorization.k8s.io/v1',"
		    "'version':'v1'}},"
		    "{'name':'authentication.k8s.io','versions':[{"
		    "'groupVersion':'authentication.k8s.io/v1',"
		    "'version':'v1'}],'preferredVersion':{"
		    "'groupVersion':'authentication.k8s.io/v1',"
		    "'version':'v1'}}]}");
}

static void test_a_group_by_itself(void **state)
{
	AUTO_JSON json_t *group = discovery_group("tomte.dev");

	(void)state;

	assert_at(group, "kind", "'APIGroup'");
	assert_at(group, "apiVersion", "'v1'");
	assert_at(group, "name", "'tomte.dev'");
	assert_at(group, "preferredVersion.groupVersion",
		  "'tomte.dev/v1alpha1'");
	assert_null(discovery_group("nobody.example"));
	assert_null(discovery_group(""));
}

static const json_t *resource_of(const json_t *list, const char *name)
{
	size_t i;
	json_t *resource;

	json_array_foreach (json_object_get(list, "resources"), i, resource)
		if (str_eq(json_str_at(resource, "name"), name))
			return resource;
	fail_msg("no resource %s", name);
	return NULL;
}

static void test_a_stored_kind_can_be_written(void **state)
{
	AUTO_JSON json_t *list =
		discovery_resources("tinkerbell.org", "v1alpha1");
	const json_t *hardware = resource_of(list, "hardware");

	(void)state;

	assert_at(list, "kind", "'APIResourceList'");
	assert_at(list, "groupVersion", "'tinkerbell.org/v1alpha1'");
	assert_json(hardware,
		    "{'name':'hardware','singularName':'hardware',"
		    "'namespaced':true,'kind':'Hardware','verbs':["
		    "'create','delete','deletecollection','get','list',"
		    "'patch','update','watch'],'shortNames':['hw'],"
		    "'categories':['tinkerbell']}");
	assert_json(resource_of(list, "hardware/status"),
		    "{'name':'hardware/status','singularName':'',"
		    "'namespaced':true,'kind':'Hardware',"
		    "'verbs':['get','patch','update']}");
}

static void test_what_a_bmc_is_asked_is_below_its_machine(void **state)
{
	AUTO_JSON json_t *list =
		discovery_resources("bmc.tinkerbell.org", "v1alpha1");
	AUTO_JSON json_t *all = discovery_aggregated(false, "v2");
	AUTO_FREE char *text = json_text(all);

	(void)state;

	assert_json(resource_of(list, "machines/sensors"),
		    "{'name':'machines/sensors','singularName':'',"
		    "'namespaced':true,'kind':'Machine','verbs':['get']}");
	assert_at(resource_of(list, "machines/rotate-password"), "verbs",
		  "['create']");
	assert_non_null(strstr(text, "\"subresource\":\"clear-sel\""));
}

static void test_a_made_up_kind_can_only_be_read(void **state)
{
	AUTO_JSON json_t *list = discovery_resources("tomte.dev", "v1alpha1");

	(void)state;

	assert_int_equal(json_array_size(json_at(list, "resources")), 3);
	assert_json(resource_of(list, "runs"),
		    "{'name':'runs','singularName':'run','namespaced':true,"
		    "'kind':'Run','verbs':['get','list','watch'],"
		    "'categories':['tomte']}");
}

static void test_a_kind_of_its_own_says_what_it_can(void **state)
{
	AUTO_JSON json_t *tomte = discovery_resources("tomte.dev", "v1alpha1");
	AUTO_JSON json_t *authz =
		discovery_resources("authorization.k8s.io", "v1");

	(void)state;

	assert_json(resource_of(tomte, "tokens"),
		    "{'name':'tokens','singularName':'token',"
		    "'namespaced':false,'kind':'Token','verbs':['create',"
		    "'delete','deletecollection','get','list','watch']}");
	assert_at(resource_of(tomte, "auditrecords"), "verbs",
		  "['deletecollection','get','list']");
	assert_at(resource_of(authz, "selfsubjectaccessreviews"), "verbs",
		  "['create']");
}

static void test_core_kinds_have_a_version_without_a_group(void **state)
{
	AUTO_JSON json_t *list = discovery_resources("", "v1");

	(void)state;

	assert_at(list, "groupVersion", "'v1'");
	assert_at(resource_of(list, "namespaces"), "namespaced", "false");
	assert_at(resource_of(list, "secrets"), "namespaced", "true");
	assert_at(resource_of(list, "secrets"), "categories", NULL);
	assert_at(resource_of(list, "secrets"), "shortNames", NULL);
	assert_at(resource_of(list, "events"), "verbs",
		  "['create','delete','deletecollection','get','list',"
		  "'patch','update','watch']");
}

static void test_a_version_that_is_not_there(void **state)
{
	(void)state;

	assert_null(discovery_resources("tinkerbell.org", "v1"));
	assert_null(discovery_resources("nobody.example", "v1alpha1"));
	assert_null(discovery_resources("", "v1alpha1"));
}

/* What is offered can be asked for: discovery and routes know one table. */
static void test_all_that_is_listed_has_a_route(void **state)
{
	(void)state;

	for (size_t i = 0; i < n_kinds; i++) {
		AUTO_JSON json_t *list =
			discovery_resources(kinds[i].group, kinds[i].version);
		const json_t *resource = resource_of(list, kinds[i].plural);
		bool scoped = json_bool_at(resource, "namespaced", false);
		AUTO_FREE char *path = NULL;
		struct route route;
		struct err err;
		char version[64];

		kind_api_version(&kinds[i], version, sizeof(version));
		path = xasprintf("/%s/%s%s/%s/x",
				 *kinds[i].group ? "apis" : "api", version,
				 scoped ? "/namespaces/default" : "",
				 kinds[i].plural);
		if (route_parse("GET", path, false, &route, &err))
			fail_msg("%s: %s", path, err.message);
		assert_ptr_equal(route.kind, &kinds[i]);
	}
}

static const json_t *by_name(const json_t *list, const char *key,
			     const char *name)
{
	size_t i;
	json_t *item;

	json_array_foreach ((json_t *)(uintptr_t)list, i, item)
		if (str_eq(json_str_at(item, key), name))
			return item;
	fail_msg("no %s", name);
	return NULL;
}

static void test_all_groups_in_one_document(void **state)
{
	AUTO_JSON json_t *all = discovery_aggregated(false, "v2");
	const json_t *group = by_name(json_object_get(all, "items"),
				      "metadata.name", "tinkerbell.org");
	const json_t *hardware =
		by_name(json_at(group, "versions[0].resources"), "resource",
			"hardware");

	(void)state;

	assert_at(all, "kind", "'APIGroupDiscoveryList'");
	assert_at(all, "apiVersion", "'apidiscovery.k8s.io/v2'");
	assert_int_equal(json_array_size(json_object_get(all, "items")), 6);
	assert_at(group, "versions[0].version", "'v1alpha1'");
	assert_at(group, "versions[0].freshness", "'Current'");
	assert_json(hardware,
		    "{'resource':'hardware','responseKind':{"
		    "'group':'tinkerbell.org','version':'v1alpha1',"
		    "'kind':'Hardware'},'scope':'Namespaced',"
		    "'singularResource':'hardware','verbs':['create','delete',"
		    "'deletecollection','get','list','patch','update',"
		    "'watch'],'shortNames':['hw'],'categories':['tinkerbell'],"
		    "'subresources':[{'subresource':'status','responseKind':{"
		    "'group':'tinkerbell.org','version':'v1alpha1',"
		    "'kind':'Hardware'},'verbs':['get','patch','update']}]}");
}

static void test_the_core_group_has_a_document_of_its_own(void **state)
{
	AUTO_JSON json_t *core = discovery_aggregated(true, "v2beta1");
	const json_t *namespaces =
		by_name(json_at(core, "items[0].versions[0].resources"),
			"resource", "namespaces");

	(void)state;

	assert_at(core, "apiVersion", "'apidiscovery.k8s.io/v2beta1'");
	assert_int_equal(json_array_size(json_object_get(core, "items")), 1);
	assert_at(core, "items[0].metadata.name", "''");
	assert_at(namespaces, "scope", "'Cluster'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_the_version_is_one_that_kubectl_reads),
		RUN(test_the_core_group_has_one_version),
		RUN(test_every_group_is_there_once_and_core_is_not),
		RUN(test_a_group_by_itself),
		RUN(test_a_stored_kind_can_be_written),
		RUN(test_what_a_bmc_is_asked_is_below_its_machine),
		RUN(test_a_made_up_kind_can_only_be_read),
		RUN(test_a_kind_of_its_own_says_what_it_can),
		RUN(test_core_kinds_have_a_version_without_a_group),
		RUN(test_a_version_that_is_not_there),
		RUN(test_all_that_is_listed_has_a_route),
		RUN(test_all_groups_in_one_document),
		RUN(test_the_core_group_has_a_document_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
