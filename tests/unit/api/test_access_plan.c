/* SPDX-License-Identifier: Apache-2.0 */
#include "api/access_plan.h"

#include "unit/store/fixture.h"

static const char *const verbs[] = {
	"get",    "list",  "watch",  "create",
	"update", "patch", "delete", "deletecollection",
};

#define READ "get list watch"
#define ALL  "get list watch create update patch delete deletecollection"

/*
 * Who may do what with each kind, in words. A kind that is not here fails the
 * test: who may see it has to be decided.
 */
static const struct expected {
	const char *kind;
	const char *viewer;
	const char *operator;
	const char *nothing;
} expected[] = {
	{ "Hardware", READ, ALL, "" },
	{ "Template", READ, ALL, "" },
	{ "Workflow", READ, ALL, "" },
	{ "WorkflowRuleSet", READ, ALL, "" },
	{ "Machine", READ, ALL, "" },
	{ "Job", READ, ALL, "" },
	{ "Task", READ, ALL, "" },
	{ "Run", READ, READ, "" },
	{ "Token", "", "", "" },
	{ "AuditRecord", "", "", "" },
	{ "Secret", READ, ALL, "" },
	{ "ConfigMap", READ, ALL, "" },
	{ "Event", READ, ALL, "" },
	{ "Namespace", READ, ALL, "" },
	{ "CustomResourceDefinition", READ, READ, "" },
	{ "SelfSubjectAccessReview", "create", "create", "create" },
	{ "SelfSubjectRulesReview", "create", "create", "create" },
	{ "SelfSubjectReview", "create", "create", "create" },
};

static bool has(const char *words, const char *word)
{
	const char *at = strstr(words, word);
	size_t len = strlen(word);

	while (at && !((at == words || at[-1] == ' ') &&
		       (!at[len] || at[len] == ' ')))
		at = strstr(at + 1, word);
	return at != NULL;
}

static const struct expected *expected_of(const struct kind *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		if (str_eq(expected[i].kind, kind->kind))
			return &expected[i];
	fail_msg("nobody said who may see a %s", kind->kind);
	return NULL;
}

static struct access_who who(enum access_role role, const char *namespaces)
{
	struct access_who out = { .user = "x", .role = role };

	str_copy(out.namespaces, sizeof(out.namespaces), namespaces);
	return out;
}

/* Of a resource, in the namespace "y" if it is in any. */
static struct access_ask ask(const char *verb, const char *group,
			     const char *resource)
{
	return (struct access_ask){ .verb = verb,
				    .group = group,
				    .resource = resource,
				    .subresource = "",
				    .namespace = "y",
				    .name = "" };
}

static bool may(enum access_role role, const struct kind *kind,
		const char *verb)
{
	struct access_who them = who(role, "");
	struct access_ask what = ask(verb, kind->group, kind->plural);

	if (kind->cluster)
		what.namespace = "";
	return access_allows(&them, &what);
}

static void test_each_role_may_what_is_written_of_each_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_kinds * ARRAY_LEN(verbs); i++) {
		const struct kind *kind = &kinds[i / ARRAY_LEN(verbs)];
		const char *verb = verbs[i % ARRAY_LEN(verbs)];
		const struct expected *want = expected_of(kind);

		if (may(ACCESS_VIEWER, kind, verb) != has(want->viewer, verb) ||
		    may(ACCESS_OPERATOR, kind, verb) !=
			    has(want->operator, verb) ||
		    may(ACCESS_NOTHING, kind, verb) != has(want->nothing, verb))
			fail_msg("%s %s", verb, kind->kind);
		assert_true(may(ACCESS_ADMIN, kind, verb));
		assert_false(may(ACCESS_MACHINE, kind, verb));
	}
}

static void test_what_nobody_knows_is_for_the_admin_alone(void **state)
{
	const struct access_who admin = who(ACCESS_ADMIN, "");
	const struct access_who an_operator = who(ACCESS_OPERATOR, "");
	struct access_ask pods = ask("list", "", "pods");
	struct access_ask star = ask("*", "*", "*");
	struct access_ask use =
		ask("impersonate", TINKERBELL_GROUP, "hardware");
	struct access_ask all = ask("get", TINKERBELL_GROUP, "*");
	struct access_ask any_group = ask("get", "*", "hardware");

	(void)state;
	assert_true(access_allows(&admin, &pods));
	assert_true(access_allows(&admin, &star));
	assert_true(access_allows(&admin, &use));
	assert_false(access_allows(&an_operator, &pods));
	assert_false(access_allows(&an_operator, &star));
	assert_false(access_allows(&an_operator, &use));
	assert_false(access_allows(&an_operator, &any_group));
	assert_true(access_allows(&an_operator, &all));
}

static void test_a_status_is_its_objects(void **state)
{
	const struct access_who an_operator = who(ACCESS_OPERATOR, "");
	const struct access_who viewer = who(ACCESS_VIEWER, "");
	struct access_ask status = ask("patch", TINKERBELL_GROUP, "hardware");

	(void)state;
	status.subresource = "status";
	assert_true(access_allows(&an_operator, &status));
	assert_false(access_allows(&viewer, &status));
}

static void test_a_tenant_is_held_to_its_namespaces(void **state)
{
	static const struct {
		const char *namespace;
		bool allowed;
	} rows[] = {
		{ "a", true },   { "bb", true }, { "", false },
		{ "b", false },  { "c", false }, { "a,bb", false },
		{ "aa", false },
	};
	static const enum access_role roles[] = { ACCESS_VIEWER,
						  ACCESS_OPERATOR,
						  ACCESS_ADMIN };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(roles) * ARRAY_LEN(rows); i++) {
		struct access_who tenant =
			who(roles[i / ARRAY_LEN(rows)], "a,bb");
		struct access_ask what =
			ask("list", TINKERBELL_GROUP, "hardware");

		what.namespace = rows[i % ARRAY_LEN(rows)].namespace;
		assert_int_equal(access_allows(&tenant, &what),
				 rows[i % ARRAY_LEN(rows)].allowed);
	}
}

static void test_a_tenant_sees_nothing_that_is_in_no_namespace(void **state)
{
	const struct access_who tenant = who(ACCESS_ADMIN, "a");
	struct access_ask what = ask("get", TOMTE_GROUP, "tokens");

	(void)state;
	what.namespace = "";
	assert_false(access_allows(&tenant, &what));
	what.resource = "auditrecords";
	assert_false(access_allows(&tenant, &what));
	what.verb = "create";
	what.resource = "tokens";
	assert_false(access_allows(&tenant, &what));

	what = ask("list", "", "namespaces");
	what.namespace = "";
	assert_false(access_allows(&tenant, &what));
	what.verb = "get";
	assert_false(access_allows(&tenant, &what));
	what.name = "b";
	assert_false(access_allows(&tenant, &what));
	what.name = "a";
	assert_true(access_allows(&tenant, &what));
	what.verb = "delete";
	assert_false(access_allows(&tenant, &what));
}

static void test_a_tenant_may_ask_what_it_may(void **state)
{
	const struct access_who tenant = who(ACCESS_VIEWER, "a");
	struct access_ask what =
		ask("create", AUTHZ_GROUP, "selfsubjectaccessreviews");

	(void)state;
	what.namespace = "";
	assert_true(access_allows(&tenant, &what));
	what = ask("list", CRD_GROUP, "customresourcedefinitions");
	what.namespace = "";
	assert_true(access_allows(&tenant, &what));
}

static void test_a_machine_sees_its_run_and_no_other(void **state)
{
	struct access_who machine = who(ACCESS_MACHINE, "");
	struct access_ask what = ask("get", TOMTE_GROUP, "runs");
	const struct access_ask page = { .verb = "get", .path = "/apis" };

	(void)state;
	what.name = "w1";
	assert_false(access_allows(&machine, &what)); /* it has none */
	str_copy(machine.run, sizeof(machine.run), "w1");
	str_copy(machine.run_namespace, sizeof(machine.run_namespace), "y");

	assert_true(access_allows(&machine, &what));
	what.subresource = "status";
	assert_false(access_allows(&machine, &what));
	what.subresource = "";
	what.verb = "watch";
	assert_false(access_allows(&machine, &what));
	what.verb = "get";
	what.namespace = "z";
	assert_false(access_allows(&machine, &what));
	what.namespace = "y";
	what.name = "w2";
	assert_false(access_allows(&machine, &what));
	what.name = "w1";
	what.group = TINKERBELL_GROUP;
	what.resource = "workflows";
	assert_false(access_allows(&machine, &what));
	assert_false(access_allows(&machine, &page));
}

static void test_who_is_known_may_look_around(void **state)
{
	const struct access_who viewer = who(ACCESS_VIEWER, "a");
	const struct access_who nothing = who(ACCESS_NOTHING, "");
	const struct access_who admin = who(ACCESS_ADMIN, "");
	struct access_ask page = { .verb = "get", .path = "/apis" };

	(void)state;
	assert_true(access_allows(&viewer, &page));
	assert_true(access_allows(&nothing, &page));
	page.verb = "post";
	assert_false(access_allows(&viewer, &page));
	assert_true(access_allows(&admin, &page));
}

static void test_pages_of_machines_are_for_who_reads_machines(void **state)
{
	const struct access_who viewer = who(ACCESS_VIEWER, "");
	const struct access_who tenant = who(ACCESS_OPERATOR, "a");
	const struct access_who nothing = who(ACCESS_NOTHING, "");
	const struct access_who machine = who(ACCESS_MACHINE, "");
	const struct access_ask metrics = { .verb = "get", .path = "/metrics" };
	const struct access_ask targets = { .verb = "get",
					    .path = "/sd/prometheus" };

	(void)state;
	assert_true(access_allows(&viewer, &metrics));
	assert_true(access_allows(&viewer, &targets));
	/* Counters are of all namespaces, targets are chosen. */
	assert_false(access_allows(&tenant, &metrics));
	assert_true(access_allows(&tenant, &targets));
	assert_false(access_allows(&nothing, &metrics));
	assert_false(access_allows(&nothing, &targets));
	assert_false(access_allows(&machine, &targets));
}

static void test_a_refusal_is_what_kubernetes_says(void **state)
{
	const struct access_who nothing = who(ACCESS_NOTHING, "");
	struct access_ask what = ask("list", TINKERBELL_GROUP, "hardware");
	struct access_ask page = { .verb = "post", .path = "/apis" };
	struct err err;

	(void)state;
	assert_int_equal(access_check(&nothing, &what, &err), -1);
	assert_int_equal(err.code, ERR_DENIED);
	assert_string_equal(
		err.message,
		"hardware.tinkerbell.org is forbidden: User \"x\" cannot list "
		"resource \"hardware\" in API group \"tinkerbell.org\" in the "
		"namespace \"y\"");

	what = ask("patch", TINKERBELL_GROUP, "hardware");
	what.name = "m1";
	what.subresource = "status";
	assert_int_equal(access_check(&nothing, &what, &err), -1);
	assert_string_equal(err.message,
			    "hardware.tinkerbell.org \"m1\" is forbidden: User "
			    "\"x\" cannot "
			    "patch resource \"hardware/status\" in API group "
			    "\"tinkerbell.org\" in the namespace \"y\"");

	what = ask("list", "", "secrets");
	what.namespace = "";
	assert_int_equal(access_check(&nothing, &what, &err), -1);
	assert_string_equal(err.message,
			    "secrets is forbidden: User \"x\" cannot list "
			    "resource \"secrets\" in API group \"\" at the "
			    "cluster scope");
	assert_int_equal(access_check(&nothing, &page, &err), -1);
	assert_string_equal(err.message, "forbidden: User \"x\" cannot post "
					 "path \"/apis\"");
}

static void test_only_an_admin_sees_values(void **state)
{
	(void)state;
	for (int i = ACCESS_NOTHING; i <= ACCESS_MACHINE; i++) {
		struct access_who them = who((enum access_role)i, "");

		assert_int_equal(access_sees_values(&them), i == ACCESS_ADMIN);
	}
}

static void test_roles_have_names_that_can_be_given(void **state)
{
	enum access_role role;

	(void)state;
	assert_true(access_role_parse("operator", &role));
	assert_int_equal(role, ACCESS_OPERATOR);
	assert_string_equal(access_role_name(role), "operator");
	assert_false(access_role_parse("machine", &role));
	assert_false(access_role_parse("none", &role));
	assert_false(access_role_parse("", &role));
	assert_false(access_role_parse("Admin", &role));
}

static void test_a_list_of_namespaces_is_checked(void **state)
{
	static const char *const good[] = { "", "a", "a,b", "a-1,b" };
	static const char *const bad[] = {
		",", "a,",  ",a",  "a,,b", "a,a", "b,a,b",
		"A", "a.b", "a b", "a, b", "-a",
	};
	char long_name[65];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(access_namespaces_good(good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (access_namespaces_good(bad[i]))
			fail_msg("\"%s\" was taken", bad[i]);
	memset(long_name, 'x', 64);
	long_name[64] = '\0';
	assert_false(access_namespaces_good(long_name));
	long_name[63] = '\0';
	assert_true(access_namespaces_good(long_name));
}

static int references(const char *namespaces, const char *word,
		      const char *text)
{
	const struct access_who tenant = who(ACCESS_OPERATOR, namespaces);
	AUTO_JSON json_t *object = json_of(text);
	struct err err;
	int status = access_check_references(&tenant, kind_by_word(word),
					     object, &err);

	if (status) {
		assert_int_equal(err.code, ERR_DENIED);
		assert_non_null(strstr(err.message, "the namespace \"b\""));
	}
	return status;
}

static void test_a_tenant_borrows_nothing_of_another(void **state)
{
	static const struct {
		const char *word;
		const char *text;
	} rows[] = {
		{ "machine", "{'spec':{'connection':{'authSecretRef':{'name':"
			     "'s','namespace':'b'}}}}" },
		{ "machine", "{'spec':{'connection':{'providerOptions':{'rpc':"
			     "{'hmac':{'secrets':{'sha256':[{'name':'s',"
			     "'namespace':'b'}]}}}}}}}" },
		{ "job", "{'spec':{'machineRef':{'name':'m',"
			 "'namespace':'b'}}}" },
		{ "task", "{'spec':{'connection':{'authSecretRef':{"
			  "'namespace':'b'}}}}" },
		{ "hardware", "{'spec':{'references':{'x':{'name':'y',"
			      "'namespace':'b'}}}}" },
		{ "workflowruleset", "{'spec':{'workflow':{"
				     "'namespace':'b'}}}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(references("a", rows[i].word, rows[i].text),
				 -1);
		assert_int_equal(references("a,b", rows[i].word, rows[i].text),
				 0);
		assert_int_equal(references("", rows[i].word, rows[i].text), 0);
	}
}

static void test_a_namespace_that_refers_to_nothing_is_no_matter(void **state)
{
	(void)state;
	assert_int_equal(references("a", "hardware",
				    "{'metadata':{'namespace':'b'},'spec':{"
				    "'metadata':{'namespace':'b'}}}"),
			 0);
	assert_int_equal(references("a", "workflowruleset",
				    "{'spec':{'workflow':{'template':{'kvs':{"
				    "'namespace':'b'}}}}}"),
			 0);
	assert_int_equal(references("a", "machine",
				    "{'spec':{'connection':{'authSecretRef':{"
				    "'namespace':''}}}}"),
			 0);
	assert_int_equal(references("a", "machine", "{'spec':7}"), 0);
}

static void test_the_rules_are_told(void **state)
{
	const struct access_who an_operator = who(ACCESS_OPERATOR, "a");
	AUTO_JSON json_t *here = access_rules(&an_operator, "a");
	AUTO_JSON json_t *there = access_rules(&an_operator, "b");
	AUTO_FREE char *text = json_text(here);
	AUTO_FREE char *other = json_text(there);

	(void)state;
	assert_non_null(strstr(text,
			       "{\"verbs\":[\"get\",\"list\",\"watch\","
			       "\"create\",\"update\",\"patch\",\"delete\","
			       "\"deletecollection\"],\"apiGroups\":[\"\"],"
			       "\"resources\":[\"secrets\"]}"));
	assert_null(strstr(text, "tokens"));
	assert_null(strstr(text, "\"*\"],\"apiGroups\""));
	assert_null(strstr(other, "secrets"));
	assert_non_null(strstr(other, "selfsubjectaccessreviews"));
	assert_true(json_is_false(json_object_get(here, "incomplete")));
}

static void test_an_admin_is_told_that_it_may_all(void **state)
{
	const struct access_who admin = who(ACCESS_ADMIN, "");
	AUTO_JSON json_t *rules = access_rules(&admin, "a");

	(void)state;
	assert_text(rules, "resourceRules[0].verbs[0]", "*");
	assert_text(rules, "resourceRules[0].apiGroups[0]", "*");
	assert_text(rules, "resourceRules[0].resources[0]", "*");
	assert_text(rules, "nonResourceRules[0].verbs[0]", "*");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_each_role_may_what_is_written_of_each_kind),
		RUN(test_what_nobody_knows_is_for_the_admin_alone),
		RUN(test_a_status_is_its_objects),
		RUN(test_a_tenant_is_held_to_its_namespaces),
		RUN(test_a_tenant_sees_nothing_that_is_in_no_namespace),
		RUN(test_a_tenant_may_ask_what_it_may),
		RUN(test_a_machine_sees_its_run_and_no_other),
		RUN(test_who_is_known_may_look_around),
		RUN(test_pages_of_machines_are_for_who_reads_machines),
		RUN(test_a_refusal_is_what_kubernetes_says),
		RUN(test_only_an_admin_sees_values),
		RUN(test_roles_have_names_that_can_be_given),
		RUN(test_a_list_of_namespaces_is_checked),
		RUN(test_a_tenant_borrows_nothing_of_another),
		RUN(test_a_namespace_that_refers_to_nothing_is_no_matter),
		RUN(test_the_rules_are_told),
		RUN(test_an_admin_is_told_that_it_may_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
