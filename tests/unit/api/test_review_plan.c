/* SPDX-License-Identifier: Apache-2.0 */
#include "api/review_plan.h"
#include "unit/store/fixture.h"

static const struct access_who viewer = { .user = "ada",
					  .role = ACCESS_VIEWER,
					  .namespaces = "a,b" };

static json_t *answer(const char *word, const char *question, struct err *err)
{
	AUTO_JSON json_t *request = json_of(question);

	return review_answer(&viewer, kind_by_word(word), request, err);
}

static json_t *good(const char *word, const char *question)
{
	struct err err;
	json_t *out = answer(word, question, &err);

	if (!out)
		fail_msg("%s: %s", question, err.message);
	return out;
}

static bool allowed(const char *attributes)
{
	AUTO_FREE char *question =
		xasprintf("{'spec':{'resourceAttributes':%s}}", attributes);
	AUTO_JSON json_t *out = good("selfsubjectaccessreview", question);

	return json_bool_at(out, "status.allowed", false);
}

static void test_who_may_is_told_so(void **state)
{
	(void)state;
	assert_true(allowed("{'verb':'list','group':'tinkerbell.org',"
			    "'resource':'hardware','namespace':'a'}"));
	assert_true(allowed("{'verb':'get','group':'tinkerbell.org','version':"
			    "'v1alpha1','resource':'hardware','namespace':'b',"
			    "'name':'m1','subresource':'status'}"));
	assert_false(allowed("{'verb':'list','group':'tinkerbell.org',"
			     "'resource':'hardware','namespace':'c'}"));
	assert_false(allowed("{'verb':'list','group':'tinkerbell.org',"
			     "'resource':'hardware'}"));
	assert_false(allowed("{'verb':'create','group':'tinkerbell.org',"
			     "'resource':'hardware','namespace':'a'}"));
	assert_false(allowed("{'verb':'*','group':'*','resource':'*'}"));
	assert_false(allowed("{}"));
}

static void test_who_may_not_is_told_why(void **state)
{
	AUTO_JSON json_t *out =
		good("selfsubjectaccessreview",
		     "{'spec':{'resourceAttributes':{'verb':'delete',"
		     "'group':'','resource':'secrets','namespace':'a'}}}");

	(void)state;
	assert_text(out, "kind", "SelfSubjectAccessReview");
	assert_text(out, "apiVersion", "authorization.k8s.io/v1");
	assert_text(out, "spec.resourceAttributes.verb", "delete");
	assert_text(out, "status.reason",
		    "secrets is forbidden: User \"ada\" cannot delete resource "
		    "\"secrets\" in API group \"\" in the namespace \"a\"");
	assert_true(json_is_false(json_at(out, "status.allowed")));
}

static void test_paths_are_asked_for_as_well(void **state)
{
	AUTO_JSON json_t *get =
		good("selfsubjectaccessreview",
		     "{'spec':{'nonResourceAttributes':{'verb':'get',"
		     "'path':'/version'}}}");
	AUTO_JSON json_t *post =
		good("selfsubjectaccessreview",
		     "{'spec':{'nonResourceAttributes':{'verb':'post',"
		     "'path':'/version'}}}");

	(void)state;
	assert_true(json_bool_at(get, "status.allowed", false));
	assert_false(json_bool_at(post, "status.allowed", true));
}

static void test_what_asks_nothing_is_refused(void **state)
{
	static const struct {
		const char *word;
		const char *question;
		enum err_code code;
	} rows[] = {
		{ "selfsubjectaccessreview", "{}", ERR_INVALID },
		{ "selfsubjectaccessreview", "{'spec':{}}", ERR_INVALID },
		{ "selfsubjectaccessreview", "{'spec':7}", ERR_INVALID },
		{ "selfsubjectaccessreview",
		  "{'spec':{'resourceAttributes':{},"
		  "'nonResourceAttributes':{}}}",
		  ERR_INVALID },
		{ "selfsubjectaccessreview",
		  "{'spec':{'resourceAttributes':'x'}}", ERR_INVALID },
		{ "selfsubjectrulesreview", "{}", ERR_PROTOCOL },
		{ "selfsubjectrulesreview", "{'spec':{'namespace':''}}",
		  ERR_PROTOCOL },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_null(answer(rows[i].word, rows[i].question, &err));
		assert_int_equal(err.code, rows[i].code);
	}
}

static void test_all_that_one_may_is_listed(void **state)
{
	AUTO_JSON json_t *out =
		good("selfsubjectrulesreview", "{'spec':{'namespace':'a'}}");
	AUTO_FREE char *text = json_text(out);

	(void)state;
	assert_text(out, "kind", "SelfSubjectRulesReview");
	assert_non_null(strstr(text, "{\"verbs\":[\"get\",\"list\",\"watch\"],"
				     "\"apiGroups\":[\"tinkerbell.org\"],"
				     "\"resources\":[\"*\"]}"));
	assert_null(strstr(text, "patch"));
}

static void test_who_asks_is_told_who_it_is(void **state)
{
	AUTO_JSON json_t *out = good("selfsubjectreview", "{}");
	const json_t *extra = json_at(out, "status.userInfo.extra");

	(void)state;
	assert_text(out, "kind", "SelfSubjectReview");
	assert_text(out, "apiVersion", "authentication.k8s.io/v1");
	assert_text(out, "status.userInfo.username", "ada");
	assert_text(out, "status.userInfo.groups[0]", "viewer");
	assert_text(out, "status.userInfo.groups[1]", "system:authenticated");
	assert_text(json_object_get(extra, "tomte.dev/namespaces"), "[0]",
		    "a,b");
}

static void test_kinds_that_are_questions(void **state)
{
	(void)state;
	assert_true(review_is_kind(kind_by_word("selfsubjectreview")));
	assert_true(review_is_kind(kind_by_word("selfsubjectrulesreview")));
	assert_true(review_is_kind(kind_by_word("selfsubjectaccessreview")));
	assert_false(review_is_kind(kind_by_word("secret")));
	assert_false(review_is_kind(kind_by_word("token")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_who_may_is_told_so),
		RUN(test_who_may_not_is_told_why),
		RUN(test_paths_are_asked_for_as_well),
		RUN(test_what_asks_nothing_is_refused),
		RUN(test_all_that_one_may_is_listed),
		RUN(test_who_asks_is_told_who_it_is),
		RUN(test_kinds_that_are_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
