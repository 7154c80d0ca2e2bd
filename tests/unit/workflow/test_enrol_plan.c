/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/enrol_plan.h"

#include <string.h>

#include "base/str.h"
#include "json.h"
#include "test.h"

#define ATTRIBUTES                                                             \
	"{\"product\":{\"vendor\":\"Acme\"},\"networkInterfaces\":["           \
	"{\"name\":\"lo\"},{\"name\":\"eth0\",\"mac\":\"52:54:00:AA:00:01\"}," \
	"{\"name\":\"eth1\",\"mac\":\"52:54:00:aa:00:02\"}],"                  \
	"\"blockDevices\":[{\"name\":\"sda\",\"size\":\"1TB\"},"               \
	"{\"name\":\"sr0\",\"size\":\"0B\"},{\"name\":\"x/../y\","             \
	"\"size\":\"1TB\"},{\"name\":\"nvme0n1\",\"size\":\"500GB\"}]}"

#define RULE_SET(name, rules)                                                  \
	"{\"metadata\":{\"name\":\"" name                                      \
	"\",\"namespace\":\"racks\",\"uid\":\"u-" name "\"},\"spec\":{"        \
	"\"rules\":[" rules "],\"workflow\":{\"template\":{\"ref\":\"t-" name  \
	"\",\"agentValue\":\"device_1\",\"kvs\":{\"more\":\"x\"}}}}}"
#define VENDOR(name) "\"{\\\"product\\\":{\\\"vendor\\\":[\\\"" name "\\\"]}}\""
#define ANY_MAC                                                                \
	"\"{\\\"networkInterfaces\\\":{\\\"mac\\\":[{\\\"wildcard\\\":"        \
	"\\\"*\\\"}]}}\""

static json_t *parse(const char *text)
{
	struct err err;
	json_t *value = json_parse(text, strlen(text), &err);

	if (!value)
		fail_msg("%s: %s", text, err.message);
	return value;
}

struct ground {
	json_t *attributes;
	json_t *sets[4];
	size_t n;
	struct enrol_subject subject;
	char reason[ENROL_REASON];
};

static int set_up(void **state)
{
	struct ground *ground = xcalloc(1, sizeof(*ground));

	ground->attributes = parse(ATTRIBUTES);
	ground->subject.agent = "52:54:00:aa:00:01";
	ground->subject.attributes = ground->attributes;
	*state = ground;
	return 0;
}

static int tear_down(void **state)
{
	struct ground *ground = *state;

	for (size_t i = 0; i < ground->n; i++)
		json_decref(ground->sets[i]);
	json_decref(ground->attributes);
	free(ground);
	return 0;
}

static void add_set(struct ground *ground, const char *text)
{
	ground->sets[ground->n++] = parse(text);
}

static json_t *plan(struct ground *ground)
{
	return enrol_plan(&ground->subject, (const json_t *const *)ground->sets,
			  ground->n, ground->reason);
}

static void expect_template(struct ground *ground, const char *name)
{
	AUTO_JSON json_t *workflow = plan(ground);

	if (!workflow)
		fail_msg("no workflow: %s", ground->reason);
	assert_string_equal(json_str_at(workflow, "spec.templateRef"), name);
	assert_string_equal(ground->reason, "");
}

static void expect_none(struct ground *ground, const char *reason)
{
	AUTO_JSON json_t *workflow = plan(ground);

	assert_null(workflow);
	if (!strstr(ground->reason, reason))
		fail_msg("\"%s\" does not say \"%s\"", ground->reason, reason);
}

/* ---- enrolment ---- */

static void test_a_workflow_by_the_set_that_fits(void **state)
{
	struct ground *ground = *state;
	AUTO_JSON json_t *workflow = NULL;

	add_set(ground, RULE_SET("a", ANY_MAC));

	workflow = plan(ground);

	assert_json(workflow,
		    "{\"apiVersion\":\"tinkerbell.org/v1alpha1\","
		    "\"kind\":\"Workflow\",\"metadata\":{"
		    "\"name\":\"enrollment-52-54-00-aa-00-01\","
		    "\"namespace\":\"racks\",\"ownerReferences\":[{"
		    "\"apiVersion\":\"tinkerbell.org/v1alpha1\","
		    "\"kind\":\"WorkflowRuleSet\",\"name\":\"a\","
		    "\"uid\":\"u-a\"}]},\"spec\":{\"templateRef\":\"t-a\","
		    "\"hardwareMap\":{\"device_1\":\"52:54:00:aa:00:01\","
		    "\"more\":\"x\"},\"disabled\":false}}");
}

static void test_the_set_with_more_matching_rules_wins(void **state)
{
	struct ground *ground = *state;

	add_set(ground, RULE_SET("a", ANY_MAC "," VENDOR("Other")));
	add_set(ground, RULE_SET("b", ANY_MAC "," VENDOR("Acme")));

	expect_template(ground, "t-b");
}

static void test_among_equals_the_first_by_name_wins(void **state)
{
	struct ground *ground = *state;

	add_set(ground, RULE_SET("c", ANY_MAC));
	add_set(ground, RULE_SET("a", VENDOR("Acme")));
	add_set(ground, RULE_SET("b", VENDOR("Acme")));

	expect_template(ground, "t-a");
}

static void test_a_set_with_a_bad_rule_is_passed_over(void **state)
{
	struct ground *ground = *state;

	add_set(ground, RULE_SET("a", ANY_MAC "," ANY_MAC ",\"{\""));
	add_set(ground, RULE_SET("b", ANY_MAC));

	expect_template(ground, "t-b");
}

static void test_nothing_matches_and_what_is_bad_is_said(void **state)
{
	struct ground *ground = *state;

	add_set(ground, RULE_SET("a", ANY_MAC ",1"));
	add_set(ground, RULE_SET("b", VENDOR("Other")));

	expect_none(ground, "no rule of 2 rule sets matches it; rule set a is "
			    "passed over: rule 2: pattern: ");
}

static void test_a_set_without_a_template_enrols_nobody(void **state)
{
	struct ground *ground = *state;

	add_set(ground,
		"{\"metadata\":{\"name\":\"a\"},\"spec\":{\"rules\":[" ANY_MAC
		"]}}");

	expect_none(ground, "rule set a names no template");
}

static void test_what_has_a_workflow_is_left_alone(void **state)
{
	struct ground *ground = *state;

	add_set(ground, RULE_SET("a", ANY_MAC));
	ground->subject.has_workflow = true;

	expect_none(ground, "a Workflow names it already");
}

static void test_hardware_has_to_allow_it(void **state)
{
	struct ground *ground = *state;
	AUTO_JSON json_t *silent = parse("{\"metadata\":{\"name\":\"m\"},"
					 "\"spec\":{}}");
	AUTO_JSON json_t *willing =
		parse("{\"metadata\":{\"name\":\"m\"},\"spec\":"
		      "{\"auto\":{\"enrollmentEnabled\":true}}}");
	AUTO_JSON json_t *workflow = NULL;

	add_set(ground, RULE_SET("a", ANY_MAC));
	ground->subject.hardware = silent;
	expect_none(ground, "does not say spec.auto.enrollmentEnabled: true");
	ground->subject.discovered = true;
	expect_template(ground, "t-a");
	ground->subject.discovered = false;
	ground->subject.hardware = willing;

	workflow = plan(ground);

	assert_string_equal(json_str_at(workflow, "spec.hardwareRef"), "m");
}

static void test_the_rest_of_the_set_is_taken(void **state)
{
	struct ground *ground = *state;
	AUTO_JSON json_t *workflow = NULL;

	add_set(ground, "{\"metadata\":{\"name\":\"a\",\"namespace\":\"x\"},"
			"\"spec\":{\"rules\":[" ANY_MAC "],\"workflow\":{"
			"\"disabled\":true,\"addAttributes\":true,"
			"\"namespace\":\"y\",\"template\":{\"ref\":\"t\"}}}}");

	workflow = plan(ground);

	assert_string_equal(json_str_at(workflow, "metadata.namespace"), "y");
	assert_null(json_at(workflow, "metadata.ownerReferences"));
	assert_true(json_bool_at(workflow, "spec.disabled", false));
	assert_non_null(
		strstr(json_string_value(json_object_get(
			       json_at(workflow, "metadata.annotations"),
			       ENROL_ATTRIBUTES)),
		       "Acme"));
}

/* ---- discovery ---- */

static struct enrol_found found_of(const json_t *attributes)
{
	return (struct enrol_found){
		.agent = "52:54:00:aa:00:02",
		.mac = { { 0x52, 0x54, 0, 0xaa, 0, 2 } },
		.attributes = attributes,
		.namespace = "racks",
		.at = "2026-11-24T12:00:00Z",
	};
}

static void test_hardware_is_made_of_what_the_worker_reports(void **state)
{
	struct ground *ground = *state;
	struct enrol_found found = found_of(ground->attributes);
	AUTO_JSON json_t *hardware = NULL;
	const json_t *notes;

	hardware = enrol_discover(&found);

	assert_string_equal(json_str_at(hardware, "metadata.name"),
			    "discovery-52-54-00-aa-00-02");
	assert_string_equal(json_str_at(hardware, "metadata.namespace"),
			    "racks");
	assert_json(json_at(hardware, "metadata.labels"),
		    "{\"tinkerbell.org/auto-discovered\":\"true\"}");
	notes = json_at(hardware, "metadata.annotations");
	assert_string_equal(
		json_string_value(json_object_get(notes, ENROL_WHEN)),
		"2026-11-24T12:00:00Z");
	assert_non_null(strstr(
		json_string_value(json_object_get(notes, ENROL_ATTRIBUTES)),
		"Acme"));
	/* The card that it booted by is the first. */
	assert_json(json_at(hardware, "spec"),
		    "{\"agentID\":\"52:54:00:aa:00:02\","
		    "\"auto\":{\"enrollmentEnabled\":false},"
		    "\"disks\":[{\"device\":\"/dev/sda\"},"
		    "{\"device\":\"/dev/nvme0n1\"}],"
		    "\"interfaces\":[{\"dhcp\":{\"mac\":"
		    "\"52:54:00:aa:00:02\"}},{\"dhcp\":{\"mac\":"
		    "\"52:54:00:aa:00:01\"}}]}");
}

static void test_the_address_that_it_has_is_its_own_from_then_on(void **state)
{
	AUTO_JSON json_t *attributes =
		parse("{\"architecture\":\"aarch64\",\"firmware\":\"uefi\","
		      "\"networkInterfaces\":[{\"mac\":\"nonsense\"},"
		      "{\"mac\":\"00:00:00:00:00:00\"},"
		      "{\"mac\":\"be:3a:f2:b6:05:9f\","
		      "\"driver\":\"cdc_ether\"}]}");
	struct enrol_found found = found_of(attributes);
	AUTO_JSON json_t *hardware = NULL;

	(void)state;
	str_copy(found.address, sizeof(found.address), "198.18.0.100");
	str_copy(found.netmask, sizeof(found.netmask), "255.255.255.0");
	str_copy(found.gateway, sizeof(found.gateway), "198.18.0.1");
	hardware = enrol_discover(&found);

	assert_json(json_at(hardware, "spec.interfaces"),
		    "[{'dhcp':{'mac':'52:54:00:aa:00:02','arch':'aarch64',"
		    "'uefi':true,'ip':{'address':'198.18.0.100',"
		    "'netmask':'255.255.255.0','gateway':'198.18.0.1'}}}]");
}

static void test_what_a_worker_reports_too_much_of_is_left_out(void **state)
{
	AUTO_JSON json_t *attributes = json_object();
	json_t *cards = json_array();
	json_t *disks = json_array();
	struct enrol_found found = found_of(attributes);
	AUTO_JSON json_t *hardware = NULL;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		char text[64];

		snprintf(text, sizeof(text), "52:54:01:00:%02x:%02x", i / 256,
			 i % 256);
		json_array_append_new(cards, json_pack("{s:s}", "mac", text));
		snprintf(text, sizeof(text), "sd%d", i);
		json_array_append_new(disks, json_pack("{s:s,s:s}", "name",
						       text, "size", "1TB"));
	}
	json_object_set_new(attributes, "networkInterfaces", cards);
	json_object_set_new(attributes, "blockDevices", disks);
	hardware = enrol_discover(&found);

	assert_int_equal(json_array_size(json_at(hardware, "spec.interfaces")),
			 ENROL_MOST_CARDS);
	assert_int_equal(json_array_size(json_at(hardware, "spec.disks")),
			 ENROL_MOST_DISKS);
	assert_null(json_object_get(json_at(hardware, "metadata.annotations"),
				    ENROL_ATTRIBUTES));
}

static void test_the_set_that_fits_best_says_the_namespace(void **state)
{
	struct ground *ground = *state;
	const json_t *const *sets = (const json_t *const *)ground->sets;

	assert_null(enrol_plan_namespace(sets, 0, ground->attributes));
	add_set(ground, RULE_SET("other", VENDOR("Other")));
	assert_null(enrol_plan_namespace(sets, 1, ground->attributes));
	add_set(ground, RULE_SET("acme", VENDOR("Acme")));

	assert_string_equal(enrol_plan_namespace(sets, 2, ground->attributes),
			    "racks");
	add_set(ground,
		"{\"metadata\":{\"name\":\"a\",\"namespace\":\"x\"},"
		"\"spec\":{\"rules\":[" VENDOR(
			"Acme") "," ANY_MAC
				"],\"workflow\":{\"namespace\":\"y\"}}}");
	assert_string_equal(enrol_plan_namespace(sets, 3, ground->attributes),
			    "y");
}

static void test_names_are_those_of_objects(void **state)
{
	static const struct {
		const char *agent;
		const char *name;
	} rows[] = {
		{ "hello123456", "x-hello123456" },
		{ "AA:bb:01", "x-aa-bb-01" },
		{ "::a//b..", "x-a-b" },
		{ "r1.n2", "x-r1-n2" },
		{ "::", "x" },
		{ "", "x" },
	};
	char name[254], agent[400];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		enrol_name(name, sizeof(name), "x", rows[i].agent);
		assert_string_equal(name, rows[i].name);
	}
	memset(agent, 'a', sizeof(agent) - 1);
	agent[sizeof(agent) - 1] = '\0';
	enrol_name(name, sizeof(name), "x", agent);
	assert_int_equal(strlen(name), 253);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_workflow_by_the_set_that_fits),
		TEST(test_the_set_with_more_matching_rules_wins),
		TEST(test_among_equals_the_first_by_name_wins),
		TEST(test_a_set_with_a_bad_rule_is_passed_over),
		TEST(test_nothing_matches_and_what_is_bad_is_said),
		TEST(test_a_set_without_a_template_enrols_nobody),
		TEST(test_what_has_a_workflow_is_left_alone),
		TEST(test_hardware_has_to_allow_it),
		TEST(test_the_rest_of_the_set_is_taken),
		TEST(test_hardware_is_made_of_what_the_worker_reports),
		TEST(test_the_address_that_it_has_is_its_own_from_then_on),
		TEST(test_what_a_worker_reports_too_much_of_is_left_out),
		TEST(test_the_set_that_fits_best_says_the_namespace),
		TEST(test_names_are_those_of_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
