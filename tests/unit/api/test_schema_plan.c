/* SPDX-License-Identifier: Apache-2.0 */
#include "api/schema_plan.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "base/yaml.h"
#include "test.h"

static struct schemas *schemas_of(void **state)
{
	return *state;
}

static int setup(void **state)
{
	struct err err;

	*state = schemas_new(&err);
	if (!*state)
		fail_msg("%s", err.message);
	return 0;
}

static int teardown(void **state)
{
	schemas_free(*state);
	return 0;
}

static const struct schema *schema_by(void **state, const char *word)
{
	return schema_of(schemas_of(state), kind_by_word(word));
}

static json_t *yaml_of(const char *text)
{
	struct err err;
	AUTO_JSON json_t *documents =
		yaml_parse(text, strlen(text), YAML_TYPED, NULL, &err);

	if (!documents)
		fail_msg("%s", err.message);
	return json_incref(json_array_get(documents, 0));
}

/* What is wrong with it, "field: message" on a line each. */
static char *check(void **state, const char *word, const char *text)
{
	AUTO_JSON json_t *object = yaml_of(text);
	AUTO_JSON json_t *causes = json_array();
	CLEANUP(buf_release) struct buf out = BUF_INIT(10000);
	size_t index;
	json_t *cause;

	schema_check(schema_by(state, word), object, causes);
	json_array_foreach (causes, index, cause)
		buf_printf(&out, "%s%s: %s", index ? "\n" : "",
			   json_str_at(cause, "field"),
			   json_str_at(cause, "message"));
	return xstrdup(out.base);
}

#define assert_wrong(state, word, text, expected)                              \
	do {                                                                   \
		AUTO_FREE char *wrong_ = check(state, word, text);             \
		assert_string_equal(wrong_, expected);                         \
	} while (0)

static void test_every_kind_has_a_schema(void **state)
{
	for (size_t i = 0; i < n_kinds; i++) {
		const struct schema *schema =
			schema_of(schemas_of(state), &kinds[i]);

		assert_non_null(schema);
		assert_non_null(schema_member(schema, "metadata"));
		assert_non_null(
			json_str_at(schema_source(schemas_of(state), &kinds[i]),
				    "description"));
	}
}

static void test_what_is_not_in_the_schema_is_named_and_goes(void **state)
{
	AUTO_JSON json_t *object =
		yaml_of("apiVersion: x\nkind: y\nfoo: 1\n"
			"metadata: {name: m, labels: {a/b: c}, bar: 2}\n"
			"spec:\n  baz: {deep: 1}\n  agentID: a\n"
			"  interfaces:\n  - {dhcp: {mac: m, mack: n}}\n"
			"  - {disableDhcp: true, on: 1}\n"
			"  resources: {cpu: 1}\n");
	AUTO_JSON json_t *expected =
		yaml_of("apiVersion: x\nkind: y\n"
			"metadata: {name: m, labels: {a/b: c}}\n"
			"spec:\n  agentID: a\n"
			"  interfaces:\n  - {dhcp: {mac: m}}\n"
			"  - {disableDhcp: true}\n"
			"  resources: {cpu: 1}\n");
	AUTO_JSON json_t *unknown = json_array();
	AUTO_FREE char *text = NULL;

	schema_prune(schema_by(state, "hw"), object, unknown);

	text = json_text(unknown);
	assert_string_equal(text, "[\"foo\",\"metadata.bar\",\"spec.baz\","
				  "\"spec.interfaces[0].dhcp.mack\","
				  "\"spec.interfaces[1].on\"]");
	assert_true(json_equal(object, expected));
}

static void test_null_is_as_nothing(void **state)
{
	AUTO_JSON json_t *object =
		yaml_of("metadata: {name: m, creationTimestamp: null}\n"
			"spec: {agentID: null, disks: null}\nstatus: null\n");

	schema_prune(schema_by(state, "hw"), object, NULL);

	assert_null(json_at(object, "spec.agentID"));
	assert_null(json_at(object, "spec.disks"));
	assert_null(json_at(object, "status"));
	assert_true(
		json_is_null(json_at(object, "metadata.creationTimestamp")));
}

static void test_types_are_held_to(void **state)
{
	assert_wrong(state, "hw",
		     "spec: {interfaces: [{dhcp: {lease_time: soon}}]}",
		     "spec.interfaces[0].dhcp.lease_time: Invalid value: "
		     "\"string\": spec.interfaces[0].dhcp.lease_time in body "
		     "must be of type integer: \"string\"");
	assert_wrong(state, "hw", "spec: {agentID: 7}",
		     "spec.agentID: Invalid value: \"integer\": spec.agentID "
		     "in body must be of type string: \"integer\" (in YAML, "
		     "put it in quotes)");
	assert_wrong(state, "hw", "spec: {interfaces: {}}",
		     "spec.interfaces: Invalid value: \"object\": "
		     "spec.interfaces in body must be of type array: "
		     "\"object\"");
	assert_wrong(state, "hw", "spec: {tinkVersion: 3.0}", "");
	assert_wrong(state, "hw", "spec: {tinkVersion: 3.5}",
		     "spec.tinkVersion: Invalid value: \"number\": "
		     "spec.tinkVersion in body must be of type integer: "
		     "\"number\"");
	assert_wrong(state, "hw", "spec: {resources: {cpu: 4, memory: 8Gi}}",
		     "");
	assert_wrong(state, "hw", "spec: [1]",
		     "spec: Invalid value: \"array\": spec in body must be of "
		     "type object: \"array\"");
	assert_wrong(state, "cm", "data: {a: [b]}",
		     "data.a: Invalid value: \"array\": data.a in body must "
		     "be of type string: \"array\"");
}

static void test_patterns_and_choices_are_held_to(void **state)
{
	assert_wrong(state, "hw",
		     "spec: {interfaces: [{dhcp: {mac: 52:54:00:12:34:0G}}]}",
		     "spec.interfaces[0].dhcp.mac: Invalid value: "
		     "\"52:54:00:12:34:0G\": spec.interfaces[0].dhcp.mac in "
		     "body should match '([0-9a-f]{2}[:]){5}([0-9a-f]{2})'");
	assert_wrong(state, "hw",
		     "spec: {interfaces: [{dhcp: {vlan_id: '5000'}}]}",
		     "spec.interfaces[0].dhcp.vlan_id: Invalid value: "
		     "\"5000\": spec.interfaces[0].dhcp.vlan_id in body "
		     "should match '^(([0-9][0-9]{0,2}|[1-3][0-9][0-9][0-9]|"
		     "40([0-8][0-9]|9[0-6]))(,[1-9][0-9]{0,2}|[1-3][0-9][0-9]"
		     "[0-9]|40([0-8][0-9]|9[0-6]))*)$'");
	assert_wrong(state, "machine",
		     "spec: {connection: {host: a, insecureTLS: true, "
		     "providerOptions: {preferredOrder: [GOFISH, IPMItool]}}}",
		     "");
	assert_wrong(state, "machine",
		     "spec: {connection: {host: '', insecureTLS: true, "
		     "providerOptions: {preferredOrder: [telnet]}}}",
		     "spec.connection.host: Invalid value: \"\": "
		     "spec.connection.host in body should be at least 1 chars "
		     "long\n"
		     "spec.connection.providerOptions.preferredOrder[0]: "
		     "Invalid value: \"telnet\": "
		     "spec.connection.providerOptions.preferredOrder[0] in "
		     "body should match '(?i)^(ipmitool|asrockrack|gofish|"
		     "IntelAMT|dell|supermicro|openbmc)$'");
	assert_wrong(state, "wf", "spec: {bootOptions: {bootMode: tape}}",
		     "spec.bootOptions.bootMode: Unsupported value: \"tape\": "
		     "supported values: \"netboot\", \"isoboot\", \"iso\", "
		     "\"customboot\"");
}

static void test_what_is_required_is_missed(void **state)
{
	assert_wrong(state, "machine", "spec: {}",
		     "spec.connection: Required value");
	assert_wrong(state, "job", "spec: {machineRef: {name: a}, tasks: []}",
		     "spec.machineRef.namespace: Required value\n"
		     "spec.tasks: Invalid value: 0: spec.tasks in body should "
		     "have at least 1 items");
	assert_wrong(state, "job",
		     "spec: {machineRef: {name: a, namespace: b}, tasks: "
		     "[{powerAction: 'on', virtualMediaAction: {kind: CD}}]}",
		     "spec.tasks[0]: Too many: 2: must have at most 1 "
		     "properties");
}

static void test_formats_are_held_to(void **state)
{
	static const char *const good[] = { "2026-11-24T12:00:00Z",
					    "2026-11-24T12:00:00.123456Z",
					    "2026-11-24T12:00:00+01:00" };
	static const char *const bad[] = { "soon", "2026-11-24",
					   "2026-11-24T12:00:00",
					   "2026-11-24T12:00:00.Z",
					   "2026-11-24T12:00:00+1" };

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO_FREE char *text = xasprintf(
			"status: {globalExecutionStop: '%s'}", good[i]);

		assert_wrong(state, "wf", text, "");
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO_FREE char *text = xasprintf(
			"status: {globalExecutionStop: '%s'}", bad[i]);
		AUTO_FREE char *expected = xasprintf(
			"status.globalExecutionStop: Invalid value: \"%s\": "
			"status.globalExecutionStop in body must be of type "
			"date-time",
			bad[i]);

		assert_wrong(state, "wf", text, expected);
	}
	assert_wrong(state, "wf",
		     "spec: {bootOptions: {isoURL: 'http://a/b.iso'}}", "");
	assert_wrong(state, "wf", "spec: {bootOptions: {isoURL: b.iso}}",
		     "spec.bootOptions.isoURL: Invalid value: \"b.iso\": "
		     "spec.bootOptions.isoURL in body must be of type uri");
}

static void test_two_that_go_together_are_both_or_neither(void **state)
{
	assert_wrong(state, "hw",
		     "spec: {interfaces: [{dhcp: {tftp_server_name: a}}]}",
		     "spec.interfaces[0].dhcp: Invalid value: \"object\": "
		     "TFTPServerName and BootFileName must both be specified "
		     "or both be empty");
	assert_wrong(state, "hw",
		     "spec: {interfaces: [{dhcp: {tftp_server_name: a, "
		     "boot_file_name: b}}]}",
		     "");
}

static void test_the_causes_are_bounded(void **state)
{
	AUTO_JSON json_t *object = json_object();
	AUTO_JSON json_t *causes = json_array();
	json_t *list = json_array();

	for (int i = 0; i < 1000; i++)
		json_array_append_new(list, json_integer(i));
	json_put(object, "spec.disks", list);
	schema_check(schema_by(state, "hw"), object, causes);

	assert_int_equal(json_array_size(causes), SCHEMA_MAX_CAUSES);
}

static void test_defaults_come_but_not_into_lists(void **state)
{
	AUTO_JSON json_t *machine =
		yaml_of("spec: {connection: {host: a, insecureTLS: true, "
			"providerOptions: {intelAMT: {port: 1}}}}");
	AUTO_JSON json_t *hardware =
		yaml_of("spec: {auto: {}, interfaces: [{dhcp: {}}]}");
	AUTO_JSON json_t *secret = yaml_of("data: {}");

	schema_fill(schema_by(state, "machine"), machine);
	schema_fill(schema_by(state, "hw"), hardware);
	schema_fill(schema_by(state, "secret"), secret);

	assert_int_equal(json_int_at(machine, "spec.connection.port", 0), 623);
	assert_string_equal(json_str_at(machine,
					"spec.connection.providerOptions."
					"intelAMT.hostScheme"),
			    "http");
	assert_false(
		json_bool_at(hardware, "spec.auto.enrollmentEnabled", true));
	assert_null(json_at(hardware, "spec.interfaces[0].disableDhcp"));
	assert_string_equal(json_str_at(secret, "type"), "Opaque");
}

/* What people are told apart, and the places that have no say. */
static void strip(json_t *schema)
{
	const char *name;
	json_t *value;

	if (!json_is_object(schema))
		return;
	if (json_is_string(json_object_get(schema, "description")))
		json_object_del(schema, "description");
	json_object_foreach (json_object_get(schema, "properties"), name, value)
		strip(value);
	strip(json_object_get(schema, "items"));
	strip(json_object_get(schema, "additionalProperties"));
}

/* A status is ours to write, and may say more than theirs. */
static void drop_more(json_t *ours, const json_t *theirs)
{
	json_t *properties = json_object_get(ours, "properties");
	const json_t *known = json_object_get(theirs, "properties");
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe (properties, next, name, value) {
		if (json_object_get(known, name))
			drop_more(value, json_object_get(known, name));
		else
			json_object_del(properties, name);
	}
	if (json_object_get(ours, "items"))
		drop_more(json_object_get(ours, "items"),
			  json_object_get(theirs, "items"));
}

static json_t *structure_of(const json_t *crd)
{
	json_t *schema = json_deep_copy(
		json_at(crd, "spec.versions[0].schema.openAPIV3Schema"));
	json_t *properties = json_object_get(schema, "properties");

	json_object_del(properties, "apiVersion");
	json_object_del(properties, "kind");
	json_object_del(properties, "metadata");
	strip(schema);
	return schema;
}

static void compare_with(struct schemas *schemas, const char *path)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1 << 20);
	AUTO_JSON json_t *documents = NULL;
	AUTO_JSON json_t *theirs = NULL;
	AUTO_JSON json_t *ours = NULL;
	const json_t *crd;
	const struct kind *kind;
	struct err err;

	assert_int_equal(file_read(path, &text, &err), 0);
	documents = yaml_parse(text.base, text.len, YAML_TYPED, NULL, &err);
	crd = json_array_get(documents, 0);
	kind = kind_find(json_str_at(crd, "spec.group"),
			 json_str_at(crd, "spec.names.kind"));
	assert_non_null(kind);
	theirs = structure_of(crd);
	ours = json_deep_copy(schema_source(schemas, kind));
	strip(ours);
	drop_more(json_at(ours, "properties.status"),
		  json_at(theirs, "properties.status"));

	if (!json_equal(ours, theirs)) {
		AUTO_FREE char *a = yaml_text(ours);
		AUTO_FREE char *b = yaml_text(theirs);

		fail_msg("%s\nours:\n%s\ntheirs:\n%s", path, a, b);
	}
	assert_string_equal(json_str_at(crd, "spec.names.plural"),
			    kind->plural);
	assert_string_equal(json_str_at(crd, "spec.names.singular"),
			    kind->singular);
}

static void test_the_structure_is_that_of_tinkerbell(void **state)
{
	const char *place = getenv("TOMTE_CORPUS");
	const char *source = getenv("SOURCE_DIR");
	AUTO_FREE char *pattern =
		place ? xasprintf("%s/tinkerbell/crd/*.yaml", place)
		      : xasprintf("%s/../shared/corpus/tinkerbell/crd/*.yaml",
				  source ? source : ".");
	glob_t found;

	if (glob(pattern, 0, NULL, &found)) {
		free(take_ptr(pattern)); /* skip() leaves no scope */
		skip();
	}
	assert_int_equal(found.gl_pathc, 7);
	for (size_t i = 0; i < found.gl_pathc; i++)
		compare_with(schemas_of(state), found.gl_pathv[i]);
	globfree(&found);
}

#define WITH_SCHEMAS(test)                                                     \
	cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SCHEMAS(test_every_kind_has_a_schema),
		WITH_SCHEMAS(test_what_is_not_in_the_schema_is_named_and_goes),
		WITH_SCHEMAS(test_null_is_as_nothing),
		WITH_SCHEMAS(test_types_are_held_to),
		WITH_SCHEMAS(test_patterns_and_choices_are_held_to),
		WITH_SCHEMAS(test_what_is_required_is_missed),
		WITH_SCHEMAS(test_formats_are_held_to),
		WITH_SCHEMAS(test_two_that_go_together_are_both_or_neither),
		WITH_SCHEMAS(test_the_causes_are_bounded),
		WITH_SCHEMAS(test_defaults_come_but_not_into_lists),
		WITH_SCHEMAS(test_the_structure_is_that_of_tinkerbell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
