/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/reference_plan.h"

#include <string.h>

#include "base/str.h"
#include "json.h"
#include "test.h"

/* Whether m1 of lab may refer to this Secret. */
static bool allowed(const char *allow, const char *deny, const char *name)
{
	AUTO_JSON json_t *allow_json = allow ? json_of(allow) : NULL;
	AUTO_JSON json_t *deny_json = deny ? json_of(deny) : NULL;
	AUTO_JSON json_t *source = json_of("{'name':'m1','namespace':'lab'}");
	AUTO_JSON json_t *reference = json_pack(
		"{s:s,s:s,s:s,s:s,s:s}", "group", "", "version", "v1",
		"resource", "secrets", "namespace", "lab", "name", name);
	struct reference_rules *rules;
	struct err err;
	bool found;

	rules = reference_rules_new(allow_json, deny_json, &err);
	if (!rules)
		fail_msg("%s", err.message);
	found = reference_allowed(rules, source, reference);
	reference_rules_free(rules);
	return found;
}

static void test_all_is_denied_unless_a_rule_allows_it(void **state)
{
	(void)state;

	assert_false(reference_allowed(NULL, NULL, NULL));
	assert_false(allowed(NULL, NULL, "os"));
	assert_true(allowed("{'reference':{'name':['os']}}", NULL, "os"));
	assert_false(allowed("{'reference':{'name':['os']}}", NULL, "net"));
	assert_true(allowed("[{'reference':{'name':['x','os']}}]", NULL, "os"));
}

static void test_every_field_of_a_rule_must_fit(void **state)
{
	(void)state;

	assert_true(allowed("{'source':{'namespace':['lab']},"
			    "'reference':{'resource':['secrets'],"
			    "'group':['']}}",
			    NULL, "os"));
	assert_false(allowed("{'source':{'namespace':['lab'],'name':['m2']},"
			     "'reference':{'name':['os']}}",
			     NULL, "os"));
	assert_false(allowed("{'reference':{'name':[]}}", NULL, "os"));
}

static void test_a_star_stands_for_any_characters(void **state)
{
	static const struct {
		const char *pattern;
		const char *name;
		bool fits;
	} rows[] = {
		{ "*", "", true },
		{ "*", "os", true },
		{ "os-*", "os-1", true },
		{ "os-*", "os-", true },
		{ "os-*", "xos-1", false },
		{ "*-key", "a-key-key", true },
		{ "a*b*c", "a1b2b3c", true },
		{ "a*b*c", "a1b2b3", false },
		{ "a", "a*", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *rule =
			xasprintf("{'reference':{'name':[{'wildcard':'%s'}]}}",
				  rows[i].pattern);

		if (allowed(rule, NULL, rows[i].name) != rows[i].fits)
			fail_msg("%s and %s", rows[i].pattern, rows[i].name);
	}
}

static void test_what_is_allowed_wins_over_what_is_denied(void **state)
{
	static const char deny[] =
		"{'reference':{'name':[{'wildcard':'os-*'}]}}";

	(void)state;

	assert_true(allowed(NULL, deny, "net")); /* only these are denied */
	assert_false(allowed(NULL, deny, "os-1"));
	assert_true(allowed("{'reference':{'name':['os-1']}}", deny, "os-1"));
}

static void test_rules_may_be_given_as_text(void **state)
{
	AUTO_JSON json_t *text =
		json_string("[{\"reference\":{\"name\":[\"os\"]}}]");
	struct reference_rules *rules;
	struct err err;

	(void)state;
	rules = reference_rules_new(text, NULL, &err);

	assert_non_null(rules);
	reference_rules_free(rules);
}

static void test_a_rule_that_is_wrong_is_named(void **state)
{
	static const char *const rows[][2] = {
		{ "7", "reference-allow: expected a list" },
		{ "'{'", "reference-allow" },
		{ "[{}]", "reference-allow: [0]" },
		{ "{'target':{}}", "target: unknown" },
		{ "{'source':[]}", "source: expected an object" },
		{ "{'source':{'kind':['x']}}", "source.kind: unknown" },
		{ "{'reference':{'name':'os'}}", "reference.name: expected" },
		{ "{'reference':{'name':[7]}}", "reference.name: expected" },
		{ "{'reference':{'name':[{'prefix':'o'}]}}",
		  "reference.name: expected" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *wrapped = xasprintf("[%s]", rows[i][0]);
		AUTO_JSON json_t *list = json_of(wrapped);
		struct reference_rules *rules;
		struct err err;

		rules = reference_rules_new(json_array_get(list, 0), NULL,
					    &err);
		assert_null(rules);
		if (!strstr(err.message, rows[i][1]))
			fail_msg("%s: %s", rows[i][0], err.message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_all_is_denied_unless_a_rule_allows_it),
		RUN(test_every_field_of_a_rule_must_fit),
		RUN(test_a_star_stands_for_any_characters),
		RUN(test_what_is_allowed_wins_over_what_is_denied),
		RUN(test_rules_may_be_given_as_text),
		RUN(test_a_rule_that_is_wrong_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
