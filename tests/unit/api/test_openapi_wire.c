/* SPDX-License-Identifier: Apache-2.0 */
#include "api/openapi_wire.h"

#include "api/crd_wire.h"
#include "base/str.h"
#include "base/wire.h"
#include "json.h"
#include "test.h"

static int setup(void **state)
{
	struct err err;

	*state = schemas_new(&err);
	assert_non_null(*state);
	return 0;
}

static int teardown(void **state)
{
	schemas_free(*state);
	return 0;
}

/* A member whose name has dots in it. */
static const json_t *member(const json_t *object, const char *path,
			    const char *name)
{
	const json_t *found = json_object_get(json_at(object, path), name);

	if (!found)
		fail_msg("no %s in %s", name, path);
	return found;
}

/* Every "$ref" leads to a definition of the document. */
static void check_references(const json_t *value, const json_t *definitions,
			     const char *prefix)
{
	const char *target = json_string_value(json_object_get(value, "$ref"));
	const char *key;
	size_t index;
	json_t *item;

	if (target) {
		assert_true(str_starts(target, prefix));
		if (!json_object_get(definitions, target + strlen(prefix)))
			fail_msg("%s leads nowhere", target);
	}
	json_object_foreach ((json_t *)(uintptr_t)value, key, item)
		check_references(item, definitions, prefix);
	json_array_foreach ((json_t *)(uintptr_t)value, index, item)
		check_references(item, definitions, prefix);
}

static void test_every_group_has_its_document(void **state)
{
	for (size_t i = 0; i < n_kinds; i++) {
		AUTO_JSON json_t *document =
			openapi_v3(*state, kinds[i].group, kinds[i].version);

		assert_non_null(document);
		check_references(document,
				 json_at(document, "components.schemas"),
				 "#/components/schemas/");
	}
	assert_null(openapi_v3(*state, "nobody.example", "v1"));
	assert_null(openapi_v3(*state, "", "v2"));
}

static void test_a_kind_is_found_by_its_extension(void **state)
{
	AUTO_JSON json_t *document =
		openapi_v3(*state, "bmc.tinkerbell.org", "v1alpha1");
	const json_t *machine = member(document, "components.schemas",
				       "org.tinkerbell.bmc.v1alpha1.Machine");

	assert_at(document, "openapi", "'3.0.0'");
	assert_at(machine, "x-kubernetes-group-version-kind",
		  "[{'group':'bmc.tinkerbell.org','version':'v1alpha1',"
		  "'kind':'Machine'}]");
	assert_at(machine, "properties.metadata.allOf",
		  "[{'$ref':'#/components/schemas/"
		  "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'}]");
	assert_at(machine, "properties.spec.properties.connection.required",
		  "['host','insecureTLS']");
	member(document, "components.schemas",
	       "org.tinkerbell.bmc.v1alpha1.MachineList");
}

static const json_t *operation(const json_t *document, const char *path,
			       const char *method)
{
	return json_object_get(member(document, "paths", path), method);
}

static bool has_parameter(const json_t *operation, const char *name)
{
	size_t index;
	json_t *parameter;

	json_array_foreach (json_object_get(operation, "parameters"), index,
			    parameter)
		if (str_eq(json_str_at(parameter, "name"), name))
			return true;
	return false;
}

/* kubectl looks here whether a server validates, and can do dry runs. */
static void test_a_patch_names_its_parameters(void **state)
{
	AUTO_JSON json_t *document =
		openapi_v3(*state, "tinkerbell.org", "v1alpha1");
	const json_t *patch = operation(
		document,
		"/apis/tinkerbell.org/v1alpha1/namespaces/{namespace}/"
		"hardware/{name}",
		"patch");

	assert_at(patch, "x-kubernetes-group-version-kind.kind", "'Hardware'");
	assert_true(has_parameter(patch, "dryRun"));
	assert_true(has_parameter(patch, "fieldManager"));
	assert_true(has_parameter(patch, "fieldValidation"));
	assert_true(has_parameter(patch, "force"));
}

static void test_what_a_bmc_is_asked_has_paths(void **state)
{
	AUTO_JSON json_t *document =
		openapi_v3(*state, "bmc.tinkerbell.org", "v1alpha1");
	AUTO_JSON json_t *old = openapi_v2(*state);
	const char *base = "/apis/bmc.tinkerbell.org/v1alpha1/namespaces/"
			   "{namespace}/machines/{name}";
	AUTO_FREE char *sel = xasprintf("%s/sel", base);
	AUTO_FREE char *clear = xasprintf("%s/clear-sel", base);

	assert_true(has_parameter(operation(document, sel, "get"), "from"));
	assert_null(operation(document, sel, "post"));
	assert_at(operation(document, clear, "post"), "operationId",
		  "'postMachineClearSel'");
	assert_non_null(json_object_get(operation(document, clear, "post"),
					"requestBody"));
	assert_true(has_parameter(operation(old, clear, "post"), "body"));
}

static void test_paths_are_those_that_are_served(void **state)
{
	AUTO_JSON json_t *ours = openapi_v3(*state, "tomte.dev", "v1alpha1");
	AUTO_JSON json_t *core = openapi_v3(*state, "", "v1");
	const char *runs =
		"/apis/tomte.dev/v1alpha1/namespaces/{namespace}/runs";

	assert_non_null(operation(ours, runs, "get"));
	assert_null(operation(ours, runs, "post"));
	assert_non_null(operation(core, "/api/v1/namespaces/{name}", "put"));
	assert_null(json_object_get(
		json_object_get(core, "paths"),
		"/api/v1/namespaces/{namespace}/secrets/{name}/status"));
}

static void test_version_2_has_no_core_kinds(void **state)
{
	AUTO_JSON json_t *document = openapi_v2(*state);
	const json_t *definitions = json_object_get(document, "definitions");
	const json_t *hardware = json_object_get(
		definitions, "org.tinkerbell.v1alpha1.Hardware");

	assert_at(document, "swagger", "'2.0'");
	assert_non_null(hardware);
	assert_null(json_object_get(definitions, "io.k8s.api.core.v1.Secret"));
	assert_non_null(json_object_get(definitions,
					"io.k8s.apimachinery.pkg.apis.meta.v1."
					"ObjectMeta"));
	/* What it cannot say is left out. */
	assert_at(hardware,
		  "properties.spec.properties.resources.additionalProperties."
		  "anyOf",
		  NULL);
	check_references(document, definitions, "#/definitions/");
}

/* A message's fields, read back by number. */
static struct rbuf field(struct rbuf in, uint64_t number, size_t skip)
{
	while (in.left) {
		uint64_t tag = 0;
		uint64_t len = 0;
		struct rbuf inside;
		uint8_t byte;

		for (unsigned shift = 0;; shift += 7) {
			byte = rbuf_u8(&in);
			tag |= (uint64_t)(byte & 0x7f) << shift;
			if (!(byte & 0x80))
				break;
		}
		for (unsigned shift = 0;; shift += 7) {
			byte = rbuf_u8(&in);
			len |= (uint64_t)(byte & 0x7f) << shift;
			if (!(byte & 0x80))
				break;
		}
		if ((tag & 7) != 2)
			continue; /* a number: that was it */
		inside = rbuf_sub(&in, len);
		assert_false(in.bad);
		if (tag >> 3 == number && !skip--)
			return inside;
	}
	return (struct rbuf){ 0 };
}

static void assert_text_of(struct rbuf in, const char *expected)
{
	assert_int_equal(in.left, strlen(expected));
	assert_memory_equal(in.at, expected, in.left);
}

/* As the numbers of OpenAPIv2.proto say. */
static void test_the_protobuf_says_the_same(void **state)
{
	AUTO_JSON json_t *document = json_of(
		"{'swagger':'2.0','info':{'title':'t','version':'1'},'paths':"
		"{'/a':{'patch':{'operationId':'p','parameters':[{'name':"
		"'dryRun','in':'query','type':'string'},{'name':'body','in':"
		"'body','required':true,'schema':{'$ref':'#/d/X'}}],"
		"'responses':{'200':{'description':'OK'}},'x-y':{'k':1}},"
		"'parameters':[{'name':'n','in':'path','required':true,"
		"'type':'string'}]}},'definitions':{'X':{'type':'object',"
		"'required':['a'],'properties':{'a':{'type':'string','enum':"
		"['b'],'pattern':'p','default':'d'}}}}}");
	CLEANUP(buf_release) struct buf out = BUF_INIT(10000);
	struct rbuf all;
	struct rbuf path;
	struct rbuf patch;
	struct rbuf schema;
	struct rbuf a;

	(void)state;
	openapi_protobuf(document, &out);
	all = rbuf_of(out.base, out.len);

	assert_text_of(field(all, 1, 0), "2.0");
	assert_text_of(field(field(all, 2, 0), 1, 0), "t");
	path = field(field(all, 8, 0), 2, 0);
	assert_text_of(field(path, 1, 0), "/a");
	patch = field(field(path, 2, 0), 8, 0);
	assert_text_of(field(patch, 5, 0), "p");
	/* parameter -> non-body -> query */
	assert_text_of(
		field(field(field(field(field(patch, 8, 0), 1, 0), 2, 0), 3, 0),
		      4, 0),
		"dryRun");
	/* parameter -> body -> schema */
	assert_text_of(
		field(field(field(field(field(patch, 8, 1), 1, 0), 1, 0), 5, 0),
		      1, 0),
		"#/d/X");
	assert_text_of(field(field(field(patch, 9, 0), 1, 0), 1, 0), "200");
	assert_text_of(field(field(patch, 13, 0), 1, 0), "x-y");
	assert_text_of(field(field(field(patch, 13, 0), 2, 0), 2, 0),
		       "{\"k\":1}");
	/* of the path itself: parameter -> non-body -> path */
	assert_text_of(
		field(field(field(field(field(field(path, 2, 0), 9, 0), 1, 0),
				  2, 0),
			    4, 0),
		      4, 0),
		"n");
	schema = field(field(all, 9, 0), 1, 0);
	assert_text_of(field(schema, 1, 0), "X");
	schema = field(schema, 2, 0);
	assert_text_of(field(field(schema, 22, 0), 1, 0), "object");
	assert_text_of(field(schema, 19, 0), "a");
	a = field(field(field(schema, 25, 0), 1, 0), 2, 0);
	assert_text_of(field(a, 13, 0), "p");
	assert_text_of(field(field(a, 20, 0), 2, 0), "\"b\"");
	assert_text_of(field(field(a, 5, 0), 2, 0), "\"d\"");
}

static void test_definitions_are_custom_resources(void **state)
{
	AUTO_JSON json_t *all = crd_list(*state, NULL);
	AUTO_JSON json_t *one = crd_list(*state, "machines.bmc.tinkerbell.org");
	AUTO_JSON json_t *none = crd_list(*state, "secrets");
	AUTO_JSON json_t *token = crd_list(*state, "tokens.tomte.dev");
	AUTO_JSON json_t *review =
		crd_list(*state, "selfsubjectreviews.authentication.k8s.io");

	assert_int_equal(json_array_size(all), 10);
	assert_json(none, "[]");
	assert_json(review, "[]");
	assert_at(token, "[0].spec.scope", "'Cluster'");
	assert_int_equal(json_array_size(one), 1);
	assert_at(one, "[0].spec.names",
		  "{'kind':'Machine','listKind':'MachineList','plural':"
		  "'machines','singular':'machine','categories':"
		  "['tinkerbell']}");
	assert_at(one, "[0].spec.scope", "'Namespaced'");
	assert_at(one, "[0].spec.versions[0].name", "'v1alpha1'");
	assert_at(one, "[0].spec.versions[0].subresources", "{'status':{}}");
	assert_at(one,
		  "[0].spec.versions[0].schema.openAPIV3Schema.properties."
		  "kind",
		  "{'type':'string'}");
	assert_at(one, "[0].status.storedVersions", "['v1alpha1']");
	assert_at(one, "[0].spec.versions[0].additionalPrinterColumns[0]",
		  "{'name':'Host','type':'string','jsonPath':"
		  "'.spec.connection.host'}");
}

#define WITH_SCHEMAS(test)                                                     \
	cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SCHEMAS(test_every_group_has_its_document),
		WITH_SCHEMAS(test_a_kind_is_found_by_its_extension),
		WITH_SCHEMAS(test_a_patch_names_its_parameters),
		WITH_SCHEMAS(test_what_a_bmc_is_asked_has_paths),
		WITH_SCHEMAS(test_paths_are_those_that_are_served),
		WITH_SCHEMAS(test_version_2_has_no_core_kinds),
		WITH_SCHEMAS(test_the_protobuf_says_the_same),
		WITH_SCHEMAS(test_definitions_are_custom_resources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
