/* SPDX-License-Identifier: Apache-2.0 */
#include "api/strategic_plan.h"

#include "base/str.h"
#include "json.h"

static void check(const char *target, const char *patch, const char *expected)
{
	AUTO_JSON json_t *before = json_of(target);
	AUTO_JSON json_t *change = json_of(patch);
	AUTO_JSON json_t *after = NULL;
	struct err err;

	after = strategic_merge(before, change, &err);
	if (!after)
		fail_msg("%s: %s", patch, err.message);
	assert_json(after, expected);
	assert_json(before, target);
}

static void refuse(const char *patch, enum err_code code)
{
	AUTO_JSON json_t *before = json_object();
	AUTO_JSON json_t *change = json_of(patch);
	struct err err;

	assert_null(strategic_merge(before, change, &err));
	assert_int_equal(err.code, code);
}

static void test_maps_are_merged(void **state)
{
	(void)state;
	check("{'data':{'a':'1','b':'2'}}", "{'data':{'b':null,'c':'3'}}",
	      "{'data':{'a':'1','c':'3'}}");
	check("{'data':{'a':'1'}}", "{'data':null}", "{}");
	check("{}", "{'data':{'a':{'b':null,'c':1}}}",
	      "{'data':{'a':{'c':1}}}");
	check("{'a':[1,2]}", "{'a':[3]}", "{'a':[3]}");
}

static void test_finalizers_are_a_set(void **state)
{
	(void)state;
	check("{'metadata':{'finalizers':['a','b']}}",
	      "{'metadata':{'finalizers':['b','c']}}",
	      "{'metadata':{'finalizers':['a','b','c']}}");
	check("{'metadata':{'finalizers':['a','b']}}",
	      "{'metadata':{'$deleteFromPrimitiveList/finalizers':['a'],"
	      "'$setElementOrder/finalizers':['b']}}",
	      "{'metadata':{'finalizers':['b']}}");
}

static void test_owners_are_merged_by_uid(void **state)
{
	(void)state;
	check("{'ownerReferences':[{'uid':'1','name':'a'},{'uid':'2'}]}",
	      "{'ownerReferences':[{'uid':'1','kind':'K'},{'uid':'3'},"
	      "{'uid':'2','$patch':'delete'}]}",
	      "{'ownerReferences':[{'uid':'1','name':'a','kind':'K'},"
	      "{'uid':'3'}]}");
	check("{'ownerReferences':[{'uid':'1'},{'uid':'2'}]}",
	      "{'ownerReferences':[{'$patch':'replace'},{'uid':'3'}]}",
	      "{'ownerReferences':[{'uid':'3'}]}");
}

static void test_directives_are_obeyed(void **state)
{
	(void)state;
	check("{'data':{'a':'1'}}", "{'data':{'$patch':'replace','b':'2'}}",
	      "{'data':{'b':'2'}}");
	check("{'data':{'a':'1'},'x':1}", "{'data':{'$patch':'delete'}}",
	      "{'x':1}");
	check("{'data':{'a':'1','b':'2','c':'3'}}",
	      "{'data':{'$retainKeys':['a','d'],'d':'4'}}",
	      "{'data':{'a':'1','d':'4'}}");
	check("{'data':{'a':'1'}}", "{'data':{'$patch':'merge','b':'2'}}",
	      "{'data':{'a':'1','b':'2'}}");
}

static void test_what_is_no_directive_is_refused(void **state)
{
	(void)state;
	refuse("{'$patch':'mix'}", ERR_PROTOCOL);
	refuse("{'a':{'$invent/b':[]}}", ERR_PROTOCOL);
	refuse("{'ownerReferences':['x']}", ERR_PROTOCOL);
	refuse("[]", ERR_PROTOCOL);
	refuse("{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':"
	       "{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':"
	       "{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':"
	       "{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':"
	       "{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':"
	       "{'a':{'a':{'a':{'a':{'a':{'a':{'a':{}}}}}}}}}}}}}}}}}}}}}}}}}"
	       "}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}",
	       ERR_TOO_BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maps_are_merged),
		cmocka_unit_test(test_finalizers_are_a_set),
		cmocka_unit_test(test_owners_are_merged_by_uid),
		cmocka_unit_test(test_directives_are_obeyed),
		cmocka_unit_test(test_what_is_no_directive_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
