/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/resource.h"

#include <string.h>

#include "json.h"
#include "test.h"

static void test_a_kind_has_many_names(void **state)
{
	static const struct {
		const char *word;
		const char *kind;
	} words[] = {
		{ "hardware", "Hardware" },
		{ "Hardware", "Hardware" },
		{ "HW", "Hardware" },
		{ "hw", "Hardware" },
		{ "template", "Template" },
		{ "Templates", "Template" },
		{ "tpl", "Template" },
		{ "wf", "Workflow" },
		{ "WORKFLOWS", "Workflow" },
		{ "wrs", "WorkflowRuleSet" },
		{ "workflowruleset", "WorkflowRuleSet" },
		{ "machines", "Machine" },
		{ "job", "Job" },
		{ "j", "Job" },
		{ "t", "Task" },
		{ "runs", "Run" },
		{ "secrets", "Secret" },
		{ "cm", "ConfigMap" },
		{ "ev", "Event" },
		{ "tokens", "Token" },
		{ "AuditRecord", "AuditRecord" },
	};
	struct err err;

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		const struct resource *r =
			resource_by_word(words[i].word, &err);

		if (!r)
			fail_msg("%s", err.message);
		assert_string_equal(r->kind, words[i].kind);
	}
}

static void assert_unknown(const char *word, const char *expected)
{
	struct err err;

	assert_null(resource_by_word(word, &err));
	assert_int_equal(err.code, ERR_INVALID);
	assert_string_equal(err.message, expected);
}

static void test_a_kind_that_is_not_there_is_guessed(void **state)
{
	(void)state;

	assert_unknown("hardwares", "no kind hardwares; did you mean "
				    "hardware?");
	assert_unknown("Workflwos", "no kind Workflwos; did you mean "
				    "workflows?");
	assert_unknown("secretes", "no kind secretes; did you mean secrets?");
	assert_unknown("deployments", "no kind deployments; `tomte help get` "
				      "lists them");
	assert_unknown("", "no kind ; `tomte help get` lists them");
	assert_unknown("pod", "no kind pod; `tomte help get` lists them");
}

static void test_an_object_says_what_it_is(void **state)
{
	AUTO_JSON json_t *hardware = json_of(
		"{'apiVersion':'tinkerbell.org/v1alpha1','kind':'Hardware'}");
	AUTO_JSON json_t *machine =
		json_of("{'apiVersion':'bmc.tinkerbell.org/v1alpha1',"
			"'kind':'Machine'}");
	AUTO_JSON json_t *secret =
		json_of("{'apiVersion':'v1','kind':'Secret'}");
	struct err err;

	(void)state;

	assert_ptr_equal(resource_of(hardware, &err), &resource_hardware);
	assert_ptr_equal(resource_of(machine, &err), &resource_machine);
	assert_string_equal(resource_of(secret, &err)->plural, "secrets");
}

static void assert_no_object(const char *text, const char *expected)
{
	AUTO_JSON json_t *object = json_of(text);
	struct err err;

	assert_null(resource_of(object, &err));
	assert_int_equal(err.code, ERR_INVALID);
	assert_string_equal(err.message, expected);
}

static void test_an_object_of_no_kind_that_we_know(void **state)
{
	(void)state;

	assert_no_object("{}", "apiVersion missing: expected an object with "
			       "apiVersion and kind");
	assert_no_object("{'apiVersion':'v1'}",
			 "kind missing: expected an object with apiVersion "
			 "and kind");
	assert_no_object("{'apiVersion':1,'kind':'Secret'}",
			 "apiVersion missing: expected an object with "
			 "apiVersion and kind");
	assert_no_object("{'apiVersion':'v1','kind':'Secrt'}",
			 "no kind Secrt in v1; did you mean Secret?");
	assert_no_object("{'apiVersion':'tinkerbell.org/v1','kind':'Hardware'}",
			 "no kind Hardware in tinkerbell.org/v1");
	assert_no_object("{'apiVersion':'v1','kind':'secret'}",
			 "no kind secret in v1; did you mean Secret?");
	assert_no_object("{'apiVersion':'v1','kind':'Pod'}",
			 "no kind Pod in v1");
	assert_no_object("{'apiVersion':'apps/v1','kind':'Deployment'}",
			 "no kind Deployment in apps/v1");
}

static void assert_path(const struct resource *resource, const char *namespace,
			const char *name, const char *query,
			const char *expected)
{
	AUTO_FREE char *path = resource_path(resource, namespace, name, query);

	assert_string_equal(path, expected);
}

static void test_paths_of_collections_and_objects(void **state)
{
	struct err err;
	const struct resource *secret = resource_by_word("secret", &err);

	(void)state;

	assert_path(&resource_hardware, "default", "r1n01", NULL,
		    "/apis/tinkerbell.org/v1alpha1/namespaces/default/"
		    "hardware/r1n01");
	assert_path(&resource_hardware, "default", NULL, NULL,
		    "/apis/tinkerbell.org/v1alpha1/namespaces/default/"
		    "hardware");
	assert_path(&resource_run, NULL, NULL, NULL,
		    "/apis/tomte.dev/v1alpha1/runs");
	assert_path(secret, "racks", "bmc", "",
		    "/api/v1/namespaces/racks/"
		    "secrets/bmc");
	assert_path(&resource_event, NULL, NULL, "watch=true&x=1",
		    "/api/v1/events?watch=true&x=1");
	/* These are in no namespace, whatever was said. */
	assert_path(&resource_token, "default", "ci", NULL,
		    "/apis/tomte.dev/v1alpha1/tokens/ci");
	assert_path(&resource_audit_record, "a", NULL, "limit=1",
		    "/apis/tomte.dev/v1alpha1/auditrecords?limit=1");
	assert_path(&resource_job, "a", "b", "dryRun=All",
		    "/apis/bmc.tinkerbell.org/v1alpha1/namespaces/a/jobs/b"
		    "?dryRun=All");
}

/* Whatever is typed for a name stays one segment. */
static void test_names_cannot_leave_their_segment(void **state)
{
	(void)state;

	assert_path(&resource_hardware, "../kube", "a/b?c#d", NULL,
		    "/apis/tinkerbell.org/v1alpha1/namespaces/..%2Fkube/"
		    "hardware/a%2Fb%3Fc%23d");
	assert_path(&resource_hardware, "default", "%2F", NULL,
		    "/apis/tinkerbell.org/v1alpha1/namespaces/default/"
		    "hardware/%252F");
}

static void test_escaping_leaves_what_may_stand_in_a_url(void **state)
{
	static const char *const texts[][2] = {
		{ "", "" },
		{ "azAZ09-._~", "azAZ09-._~" },
		{ "rack=r1,role in (a)", "rack%3Dr1%2Crole%20in%20%28a%29" },
		{ "a&b+c", "a%26b%2Bc" },
		{ "\xc3\xbc\x01\xff", "%C3%BC%01%FF" },
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO_FREE char *escaped = resource_escape(texts[i][0]);

		assert_string_equal(escaped, texts[i][1]);
	}
}

static int split(const char *text, const struct resource **resource,
		 json_t **names, struct err *err)
{
	AUTO_FREE char *copy = xstrdup(text);
	char *words[16];
	size_t n = 0;
	char *rest = copy;

	*names = NULL;
	while ((words[n] = strsep(&rest, " ")))
		n++;
	return resource_split(words, n, resource, names, err);
}

static void assert_split(const char *text, const struct resource *expected,
			 const char *expected_names)
{
	AUTO_JSON json_t *names = NULL;
	const struct resource *resource;
	struct err err = { .message = "" };

	if (split(text, &resource, &names, &err))
		fail_msg("%s: %s", text, err.message);
	assert_ptr_equal(resource, expected);
	assert_json(names, expected_names);
}

static void test_names_follow_their_kind_or_stand_with_it(void **state)
{
	(void)state;

	assert_split("hw", &resource_hardware, "[]");
	assert_split("hw a b", &resource_hardware, "['a','b']");
	assert_split("hw a/b", &resource_hardware, "['a/b']");
	assert_split("wf/a", &resource_workflow, "['a']");
	assert_split("hardware.tinkerbell.org/a hw/r1n[1-2]",
		     &resource_hardware, "['a','r1n[1-2]']");
	assert_split("machines.bmc.tinkerbell.org a", &resource_machine,
		     "['a']");
}

static void assert_no_split(const char *text, const char *expected)
{
	AUTO_JSON json_t *names = NULL;
	const struct resource *resource;
	struct err err;

	assert_int_equal(split(text, &resource, &names, &err), -1);
	assert_string_equal(err.message, expected);
	assert_null(names);
}

static void test_kinds_are_not_mixed(void **state)
{
	(void)state;

	assert_no_split("hw/a wf/b", "wf/b: expected hardware, one kind at a "
				     "time");
	assert_no_split("hw/a b", "b: expected KIND/NAME");
	assert_no_split("hw/", "hw/: expected KIND/NAME");
	assert_no_split("hardware.wrong.org/a",
			"no kind hardware.wrong.org; `tomte help get` lists "
			"them");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_kind_has_many_names),
		RUN(test_a_kind_that_is_not_there_is_guessed),
		RUN(test_an_object_says_what_it_is),
		RUN(test_an_object_of_no_kind_that_we_know),
		RUN(test_paths_of_collections_and_objects),
		RUN(test_names_cannot_leave_their_segment),
		RUN(test_escaping_leaves_what_may_stand_in_a_url),
		RUN(test_names_follow_their_kind_or_stand_with_it),
		RUN(test_kinds_are_not_mixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
