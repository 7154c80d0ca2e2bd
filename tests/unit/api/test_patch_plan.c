/* SPDX-License-Identifier: Apache-2.0 */
#include "api/patch_plan.h"

#include <string.h>

#include "base/buf.h"
#include "json.h"
#include "test.h"

static json_t *apply(enum patch_type type, const char *target,
		     const char *patch, struct err *err)
{
	AUTO_JSON json_t *before = json_of(target);
	AUTO_JSON json_t *changes = json_of(patch);
	json_t *after = patch_apply(type, before, changes, err);

	/* Whatever comes of it, what was there stays as it was. */
	assert_json(before, target);
	assert_json(changes, patch);
	return after;
}

static void assert_patched(enum patch_type type, const char *target,
			   const char *patch, const char *expected)
{
	struct err err;
	AUTO_JSON json_t *after = apply(type, target, patch, &err);

	if (!after)
		fail_msg("%s: %s", patch, err.message);
	assert_json(after, expected);
}

static void assert_refused(enum patch_type type, const char *target,
			   const char *patch, enum err_code code,
			   const char *why)
{
	struct err err = { .code = ERR_NONE };
	AUTO_JSON json_t *after = apply(type, target, patch, &err);

	if (after)
		fail_msg("%s was taken", patch);
	if (!strstr(err.message, why))
		fail_msg("%s: \"%s\" does not say \"%s\"", patch, err.message,
			 why);
	assert_int_equal(err.code, code);
}

static void test_a_media_type_names_the_patch(void **state)
{
	(void)state;

	assert_int_equal(patch_type_of("application/merge-patch+json"),
			 PATCH_MERGE);
	assert_int_equal(patch_type_of("application/json-patch+json"),
			 PATCH_JSON);
	assert_int_equal(
		patch_type_of("application/strategic-merge-patch+json"),
		PATCH_STRATEGIC);
	assert_int_equal(patch_type_of("application/apply-patch+yaml"),
			 PATCH_APPLY);
	assert_int_equal(patch_type_of("Application/Merge-Patch+JSON"),
			 PATCH_MERGE);
	assert_int_equal(
		patch_type_of("application/json-patch+json; charset=utf-8"),
		PATCH_JSON);
	assert_int_equal(patch_type_of("application/json"), PATCH_UNKNOWN);
	assert_int_equal(patch_type_of("application/merge-patch+jsonx"),
			 PATCH_UNKNOWN);
	assert_int_equal(patch_type_of("application/merge-patch"),
			 PATCH_UNKNOWN);
	assert_int_equal(patch_type_of(""), PATCH_UNKNOWN);
	assert_int_equal(patch_type_of(NULL), PATCH_UNKNOWN);
}

/* RFC 7396, appendix A, as far as the patch is an object. */
static void test_merge_patches_of_the_standard(void **state)
{
	static const char *const cases[][3] = {
		{ "{'a':'b'}", "{'a':'c'}", "{'a':'c'}" },
		{ "{'a':'b'}", "{'b':'c'}", "{'a':'b','b':'c'}" },
		{ "{'a':'b'}", "{'a':null}", "{}" },
		{ "{'a':'b','b':'c'}", "{'a':null}", "{'b':'c'}" },
		{ "{'a':['b']}", "{'a':'c'}", "{'a':'c'}" },
		{ "{'a':'c'}", "{'a':['b']}", "{'a':['b']}" },
		{ "{'a':{'b':'c'}}", "{'a':{'b':'d','c':null}}",
		  "{'a':{'b':'d'}}" },
		{ "{'a':[{'b':'c'}]}", "{'a':[1]}", "{'a':[1]}" },
		{ "{'e':null}", "{'a':1}", "{'e':null,'a':1}" },
		{ "[1,2]", "{'a':'b','c':null}", "{'a':'b'}" },
		{ "{}", "{'a':{'bb':{'ccc':null}}}", "{'a':{'bb':{}}}" },
		{ "{'a':'b'}", "{}", "{'a':'b'}" },
		{ "{'a':{'b':1}}", "{'a':{}}", "{'a':{'b':1}}" },
		{ "{'a':1}", "{'a':{'b':1}}", "{'a':{'b':1}}" },
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_patched(PATCH_MERGE, cases[i][0], cases[i][1],
			       cases[i][2]);
		assert_patched(PATCH_STRATEGIC, cases[i][0], cases[i][1],
			       cases[i][2]);
	}
}

/* A merge patch would store them as members. */
static void test_directives_of_a_strategic_patch_are_refused(void **state)
{
	static const char *const patches[] = {
		"{'data':{'$patch':'replace','a':'b'}}",
		"{'metadata':{'$setElementOrder/finalizers':['a']}}",
		"{'metadata':{'owners':[{'$patch':'delete','uid':'u'}]}}",
		"{'$retainKeys':['data']}",
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(patches); i++) {
		assert_refused(PATCH_STRATEGIC, "{'data':{'c':'d'}}",
			       patches[i], ERR_INVALID, "is not served");
	}
	assert_patched(PATCH_STRATEGIC, "{'data':{'c':'d'}}",
		       "{'data':{'a$':'$b','c':null}}", "{'data':{'a$':'$b'}}");
	assert_patched(PATCH_MERGE, "{}", "{'$patch':1}", "{'$patch':1}");
}

static void test_what_is_no_patch_is_refused(void **state)
{
	(void)state;

	assert_refused(PATCH_MERGE, "{}", "[]", ERR_PROTOCOL,
		       "the patch is no JSON object");
	assert_refused(PATCH_MERGE, "{}", "'x'", ERR_PROTOCOL,
		       "no JSON object");
	assert_refused(PATCH_STRATEGIC, "{}", "null", ERR_PROTOCOL,
		       "no JSON object");
	assert_refused(PATCH_JSON, "{}", "{}", ERR_PROTOCOL,
		       "the patch is no JSON list");
	assert_refused(PATCH_JSON, "{}", "7", ERR_PROTOCOL, "no JSON list");
}

/* RFC 6902, appendix A, those that are to succeed. */
static void test_json_patches_of_the_standard(void **state)
{
	static const char *const cases[][3] = {
		{ "{'foo':'bar'}", "[{'op':'add','path':'/baz','value':'qux'}]",
		  "{'baz':'qux','foo':'bar'}" },
		{ "{'foo':['bar','baz']}",
		  "[{'op':'add','path':'/foo/1','value':'qux'}]",
		  "{'foo':['bar','qux','baz']}" },
		{ "{'baz':'qux','foo':'bar'}",
		  "[{'op':'remove','path':'/baz'}]", "{'foo':'bar'}" },
		{ "{'foo':['bar','qux','baz']}",
		  "[{'op':'remove','path':'/foo/1'}]",
		  "{'foo':['bar','baz']}" },
		{ "{'baz':'qux','foo':'bar'}",
		  "[{'op':'replace','path':'/baz','value':'boo'}]",
		  "{'baz':'boo','foo':'bar'}" },
		{ "{'foo':{'bar':'baz','waldo':'fred'},"
		  "'qux':{'corge':'grault'}}",
		  "[{'op':'move','from':'/foo/waldo','path':'/qux/thud'}]",
		  "{'foo':{'bar':'baz'},"
		  "'qux':{'corge':'grault','thud':'fred'}}" },
		{ "{'foo':['all','grass','cows','eat']}",
		  "[{'op':'move','from':'/foo/1','path':'/foo/3'}]",
		  "{'foo':['all','cows','eat','grass']}" },
		{ "{'baz':'qux','foo':['a',2,'c']}",
		  "[{'op':'test','path':'/baz','value':'qux'},"
		  "{'op':'test','path':'/foo/1','value':2}]",
		  "{'baz':'qux','foo':['a',2,'c']}" },
		{ "{'foo':'bar'}",
		  "[{'op':'add','path':'/child','value':{'grandchild':{}}}]",
		  "{'foo':'bar','child':{'grandchild':{}}}" },
		{ "{'foo':'bar'}",
		  "[{'op':'add','path':'/baz','value':'qux','xyz':123}]",
		  "{'foo':'bar','baz':'qux'}" },
		{ "{'/':9,'~1':10}", "[{'op':'test','path':'/~01','value':10}]",
		  "{'/':9,'~1':10}" },
		{ "{'foo':['bar']}",
		  "[{'op':'add','path':'/foo/-','value':['abc','def']}]",
		  "{'foo':['bar',['abc','def']]}" },
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_patched(PATCH_JSON, cases[i][0], cases[i][1],
			       cases[i][2]);
}

/* The same appendix, those that are not. */
static void test_json_patches_that_the_standard_refuses(void **state)
{
	(void)state;

	assert_refused(PATCH_JSON, "{'baz':'qux'}",
		       "[{'op':'test','path':'/baz','value':'bar'}]",
		       ERR_INVALID, "the test of \"/baz\" failed");
	assert_refused(PATCH_JSON, "{'foo':'bar'}",
		       "[{'op':'add','path':'/baz/bat','value':'qux'}]",
		       ERR_INVALID, "nothing is at \"/baz/bat\"");
	assert_refused(PATCH_JSON, "{'/':9,'~1':10}",
		       "[{'op':'test','path':'/~01','value':'10'}]",
		       ERR_INVALID, "the test of \"/~01\" failed");
}

static void test_add_replaces_a_member_and_puts_into_a_list(void **state)
{
	(void)state;

	assert_patched(PATCH_JSON, "{'a':1}",
		       "[{'op':'add','path':'/a','value':{'b':2}}]",
		       "{'a':{'b':2}}");
	assert_patched(PATCH_JSON, "{'a':[]}",
		       "[{'op':'add','path':'/a/0','value':1},"
		       "{'op':'add','path':'/a/1','value':3},"
		       "{'op':'add','path':'/a/1','value':2},"
		       "{'op':'add','path':'/a/-','value':4},"
		       "{'op':'add','path':'/a/0','value':0}]",
		       "{'a':[0,1,2,3,4]}");
	assert_patched(PATCH_JSON, "[[1]]",
		       "[{'op':'add','path':'/0/-','value':2}]", "[[1,2]]");
	assert_refused(PATCH_JSON, "{'a':[1]}",
		       "[{'op':'add','path':'/a/2','value':3}]", ERR_INVALID,
		       "no place \"2\"");
	assert_refused(PATCH_JSON, "{'a':[1]}",
		       "[{'op':'add','path':'/a/01','value':3}]", ERR_INVALID,
		       "no place \"01\"");
	assert_refused(PATCH_JSON, "{'a':[1]}",
		       "[{'op':'add','path':'/a/x','value':3}]", ERR_INVALID,
		       "no place \"x\"");
	assert_refused(PATCH_JSON, "{'a':[1]}",
		       "[{'op':'add','path':'/a/-1','value':3}]", ERR_INVALID,
		       "no place \"-1\"");
	assert_refused(PATCH_JSON, "{'a':'text'}",
		       "[{'op':'add','path':'/a/b','value':3}]", ERR_INVALID,
		       "no place \"b\"");
}

static void test_the_whole_document_has_the_empty_path(void **state)
{
	(void)state;

	assert_patched(PATCH_JSON, "{'a':1}",
		       "[{'op':'add','path':'','value':{'b':2}}]", "{'b':2}");
	assert_patched(PATCH_JSON, "{'a':1}",
		       "[{'op':'replace','path':'','value':{'b':2}}]",
		       "{'b':2}");
	assert_patched(PATCH_JSON, "{'a':1}",
		       "[{'op':'test','path':'','value':{'a':1}}]", "{'a':1}");
	assert_patched(PATCH_JSON, "{'a':{'b':1}}",
		       "[{'op':'copy','from':'/a','path':''}]", "{'b':1}");
	assert_patched(PATCH_JSON, "{'a':1}",
		       "[{'op':'copy','from':'','path':'/all'}]",
		       "{'a':1,'all':{'a':1}}");
	assert_patched(PATCH_JSON, "{'a':1}",
		       "[{'op':'move','from':'','path':''}]", "{'a':1}");
	assert_refused(PATCH_JSON, "{'a':1}", "[{'op':'remove','path':''}]",
		       ERR_INVALID, "the whole cannot be removed");
	assert_refused(PATCH_JSON, "{'a':1}",
		       "[{'op':'move','from':'','path':'/a'}]", ERR_INVALID,
		       "cannot move into itself");
}

static void test_pointers_escape_two_characters(void **state)
{
	(void)state;

	assert_patched(PATCH_JSON, "{'a/b':1,'m~n':2,'':3}",
		       "[{'op':'replace','path':'/a~1b','value':4},"
		       "{'op':'replace','path':'/m~0n','value':5},"
		       "{'op':'replace','path':'/','value':6}]",
		       "{'a/b':4,'m~n':5,'':6}");
	assert_patched(PATCH_JSON, "{}",
		       "[{'op':'add','path':'/tomte.dev~1bmc-pin','value':'x'},"
		       "{'op':'add','path':'/~0~1~01','value':'y'}]",
		       "{'tomte.dev/bmc-pin':'x','~/~1':'y'}");
	assert_refused(PATCH_JSON, "{}",
		       "[{'op':'add','path':'/a~2','value':1}]", ERR_PROTOCOL,
		       "\"/a~2\" is no pointer");
	assert_refused(PATCH_JSON, "{}",
		       "[{'op':'add','path':'/a~','value':1}]", ERR_PROTOCOL,
		       "is no pointer");
	assert_refused(PATCH_JSON, "{}", "[{'op':'add','path':'a','value':1}]",
		       ERR_PROTOCOL, "\"a\" is no pointer");
	assert_refused(PATCH_JSON, "{}", "[{'op':'remove','path':'a/b'}]",
		       ERR_PROTOCOL, "is no pointer");
}

static void test_an_index_is_written_in_one_way(void **state)
{
	(void)state;

	assert_patched(PATCH_JSON, "[0]",
		       "[{'op':'replace','path':'/0','value':1}]", "[1]");
	assert_refused(PATCH_JSON, "[0]",
		       "[{'op':'replace','path':'/-','value':1}]", ERR_INVALID,
		       "nothing is at \"/-\"");
	assert_refused(PATCH_JSON, "[0]", "[{'op':'remove','path':'/-'}]",
		       ERR_INVALID, "nothing is at");
	assert_refused(PATCH_JSON, "[0]", "[{'op':'remove','path':'/00'}]",
		       ERR_INVALID, "nothing is at");
	assert_refused(PATCH_JSON, "[0]", "[{'op':'remove','path':'/1'}]",
		       ERR_INVALID, "nothing is at");
	assert_refused(PATCH_JSON, "[0]", "[{'op':'remove','path':'/'}]",
		       ERR_INVALID, "nothing is at");
	assert_refused(PATCH_JSON, "[0]",
		       "[{'op':'remove','path':'/18446744073709551616'}]",
		       ERR_INVALID, "nothing is at");
}

static void test_remove_and_replace_want_something_there(void **state)
{
	(void)state;

	assert_refused(PATCH_JSON, "{'a':1}", "[{'op':'remove','path':'/b'}]",
		       ERR_INVALID, "nothing is at \"/b\"");
	assert_refused(PATCH_JSON, "{'a':1}",
		       "[{'op':'replace','path':'/b','value':1}]", ERR_INVALID,
		       "nothing is at \"/b\"");
	assert_refused(PATCH_JSON, "{'a':1}",
		       "[{'op':'replace','path':'/b/c','value':1}]",
		       ERR_INVALID, "nothing is at \"/b/c\"");
	assert_refused(PATCH_JSON, "{'a':1}", "[{'op':'remove','path':'/a/b'}]",
		       ERR_INVALID, "nothing is at \"/a/b\"");
	assert_patched(PATCH_JSON, "{'a':null}",
		       "[{'op':'replace','path':'/a','value':1}]", "{'a':1}");
	assert_patched(PATCH_JSON, "{'a':null}",
		       "[{'op':'remove','path':'/a'}]", "{}");
}

static void test_copy_and_move(void **state)
{
	(void)state;

	assert_patched(PATCH_JSON, "{'a':{'b':1}}",
		       "[{'op':'copy','from':'/a','path':'/c'},"
		       "{'op':'replace','path':'/c/b','value':2}]",
		       "{'a':{'b':1},'c':{'b':2}}");
	assert_patched(PATCH_JSON, "{'a':{'b':1}}",
		       "[{'op':'copy','from':'/a','path':'/a/c'}]",
		       "{'a':{'b':1,'c':{'b':1}}}");
	assert_patched(PATCH_JSON, "{'a':1}",
		       "[{'op':'move','from':'/a','path':'/a'}]", "{'a':1}");
	assert_patched(PATCH_JSON, "{'a':1,'b':2}",
		       "[{'op':'move','from':'/a','path':'/b'}]", "{'b':1}");
	assert_patched(PATCH_JSON, "{'a':1,'ab':{}}",
		       "[{'op':'move','from':'/a','path':'/ab/c'}]",
		       "{'ab':{'c':1}}");
	assert_patched(PATCH_JSON, "[0,1,2]",
		       "[{'op':'move','from':'/0','path':'/-'}]", "[1,2,0]");
	assert_refused(PATCH_JSON, "{'a':{'b':{}}}",
		       "[{'op':'move','from':'/a','path':'/a/b/c'}]",
		       ERR_INVALID, "cannot move into itself");
	assert_refused(PATCH_JSON, "{'a':1}",
		       "[{'op':'copy','from':'/b','path':'/c'}]", ERR_INVALID,
		       "nothing is at \"/b\"");
	assert_refused(PATCH_JSON, "{'a':1}",
		       "[{'op':'move','from':'/b','path':'/c'}]", ERR_INVALID,
		       "nothing is at \"/b\"");
	assert_refused(PATCH_JSON, "{'a':{'b':[1]}}",
		       "[{'op':'move','from':'/a','path':'/x/y'}]", ERR_INVALID,
		       "nothing is at \"/x/y\"");
	assert_refused(PATCH_JSON, "{'a':{'b':[1]}}",
		       "[{'op':'copy','from':'/a','path':'/x/y'}]", ERR_INVALID,
		       "nothing is at \"/x/y\"");
}

/* RFC 6902, 4.6: what "equal" means. */
static void test_test_compares_by_value(void **state)
{
	static const char *const equal[][2] = {
		{ "{'a':{'b':1,'c':[2,'3']}}", "{'c':[2,'3'],'b':1}" },
		{ "{'a':null}", "null" },
		{ "{'a':true}", "true" },
		{ "{'a':1}", "1.0" },
		{ "{'a':2.50}", "2.5" },
		{ "{'a':[1.0,{'b':10}]}", "[1,{'b':1e1}]" },
		{ "{'a':''}", "''" },
	};
	static const char *const different[][2] = {
		{ "{'a':[1,2]}", "[2,1]" },
		{ "{'a':[1,2]}", "[1]" },
		{ "{'a':[1]}", "[1,1]" },
		{ "{'a':1}", "'1'" },
		{ "{'a':1}", "true" },
		{ "{'a':1}", "1.5" },
		{ "{'a':null}", "false" },
		{ "{'a':{}}", "[]" },
		{ "{'a':{'b':1}}", "{'b':1,'c':2}" },
		{ "{'a':{'b':1,'c':2}}", "{'b':1}" },
		{ "{'a':{'b':1}}", "{'c':1}" },
		{ "{'a':9007199254740993}", "9007199254740992.0" },
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(equal); i++) {
		AUTO_FREE char *patch = xasprintf(
			"[{'op':'test','path':'/a','value':%s}]", equal[i][1]);

		assert_patched(PATCH_JSON, equal[i][0], patch, equal[i][0]);
	}
	for (size_t i = 0; i < ARRAY_LEN(different); i++) {
		AUTO_FREE char *patch =
			xasprintf("[{'op':'test','path':'/a','value':%s}]",
				  different[i][1]);

		assert_refused(PATCH_JSON, different[i][0], patch, ERR_INVALID,
			       "the test of \"/a\" failed");
	}
	assert_refused(PATCH_JSON, "{}",
		       "[{'op':'test','path':'/a','value':null}]", ERR_INVALID,
		       "nothing is at \"/a\"");
}

static void test_a_patch_is_done_wholly_or_not_at_all(void **state)
{
	(void)state;

	assert_refused(PATCH_JSON, "{'a':1,'l':[1,2]}",
		       "[{'op':'replace','path':'/a','value':2},"
		       "{'op':'remove','path':'/l/0'},"
		       "{'op':'test','path':'/a','value':1}]",
		       ERR_INVALID, "the test of \"/a\" failed");
	assert_patched(PATCH_JSON, "{'a':1}", "[]", "{'a':1}");
}

static void test_operations_that_lack_something(void **state)
{
	static const char *const patches[] = {
		"[{'op':'add','path':'/a'}]",
		"[{'op':'replace','path':'/a'}]",
		"[{'op':'test','path':'/a'}]",
		"[{'op':'move','path':'/a'}]",
		"[{'op':'copy','path':'/a'}]",
		"[{'op':'copy','path':'/a','from':1}]",
		"[{'op':'spam','path':'/a','value':1}]",
		"[{'op':'','path':'/a','value':1}]",
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(patches); i++)
		assert_refused(PATCH_JSON, "{'a':1}", patches[i], ERR_PROTOCOL,
			       "without what it needs, or unknown");
	assert_refused(PATCH_JSON, "{}", "[{'path':'/a','value':1}]",
		       ERR_PROTOCOL, "op and path are needed");
	assert_refused(PATCH_JSON, "{}", "[{'op':'add','value':1}]",
		       ERR_PROTOCOL, "op and path are needed");
	assert_refused(PATCH_JSON, "{}", "[{'op':1,'path':'/a','value':1}]",
		       ERR_PROTOCOL, "op and path are needed");
	assert_refused(PATCH_JSON, "{}", "['add']", ERR_PROTOCOL,
		       "op and path are needed");
}

static void test_too_many_operations_are_refused(void **state)
{
	CLEANUP(buf_release) struct buf patch = BUF_INIT(64 * 1024);

	(void)state;

	buf_addc(&patch, '[');
	for (size_t i = 0; i < 500; i++)
		buf_printf(&patch, "%s{'op':'add','path':'/a','value':%zu}",
			   i ? "," : "", i);
	buf_addc(&patch, ']');
	assert_patched(PATCH_JSON, "{}", patch.base, "{'a':499}");
	patch.len--;
	buf_adds(&patch, ",{'op':'remove','path':'/a'}]");
	assert_refused(PATCH_JSON, "{}", patch.base, ERR_TOO_BIG,
		       "over 500 operations");
}

/* Each copies all there is into itself: doubled as often as it is repeated. */
static void test_copies_cannot_grow_without_bound(void **state)
{
	CLEANUP(buf_release) struct buf patch = BUF_INIT(64 * 1024);

	(void)state;

	buf_addc(&patch, '[');
	for (size_t i = 0; i < 40; i++)
		buf_printf(&patch, "%s{'op':'copy','from':'/a','path':'/a/-'}",
			   i ? "," : "");
	buf_addc(&patch, ']');
	assert_refused(PATCH_JSON, "{'a':[1]}", patch.base, ERR_TOO_BIG,
		       "copies over 100000 values");
}

static void add_nested(struct buf *out, size_t depth)
{
	for (size_t i = 0; i < depth; i++)
		buf_addc(out, '[');
	for (size_t i = 0; i < depth; i++)
		buf_addc(out, ']');
}

static void test_nesting_is_bounded(void **state)
{
	CLEANUP(buf_release) struct buf target = BUF_INIT(4096);
	CLEANUP(buf_release) struct buf pointer = BUF_INIT(4096);
	AUTO_FREE char *fits = NULL;
	AUTO_FREE char *over = NULL;

	(void)state;

	add_nested(&target, 100);
	for (size_t i = 0; i < 99; i++)
		buf_adds(&pointer, "/0");
	fits = xasprintf("[{'op':'copy','from':'%.*s','path':'%s/-'}]", 144,
			 pointer.base, pointer.base);
	over = xasprintf("[{'op':'copy','from':'%.*s','path':'%s/-'}]", 140,
			 pointer.base, pointer.base);
	assert_refused(PATCH_JSON, target.base, over, ERR_TOO_BIG,
		       "nested over 128 levels");
	{
		struct err err;
		AUTO_JSON json_t *after =
			apply(PATCH_JSON, target.base, fits, &err);

		assert_non_null(after);
	}
}

static void test_long_pointers_are_refused(void **state)
{
	CLEANUP(buf_release) struct buf patch = BUF_INIT(8192);

	(void)state;

	buf_adds(&patch, "[{'op':'add','value':1,'path':'/");
	for (size_t i = 0; i < 1024; i++)
		buf_addc(&patch, 'k');
	buf_adds(&patch, "'}]");
	assert_refused(PATCH_JSON, "{}", patch.base, ERR_PROTOCOL,
		       "is no pointer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_media_type_names_the_patch),
		RUN(test_merge_patches_of_the_standard),
		RUN(test_directives_of_a_strategic_patch_are_refused),
		RUN(test_what_is_no_patch_is_refused),
		RUN(test_json_patches_of_the_standard),
		RUN(test_json_patches_that_the_standard_refuses),
		RUN(test_add_replaces_a_member_and_puts_into_a_list),
		RUN(test_the_whole_document_has_the_empty_path),
		RUN(test_pointers_escape_two_characters),
		RUN(test_an_index_is_written_in_one_way),
		RUN(test_remove_and_replace_want_something_there),
		RUN(test_copy_and_move),
		RUN(test_test_compares_by_value),
		RUN(test_a_patch_is_done_wholly_or_not_at_all),
		RUN(test_operations_that_lack_something),
		RUN(test_too_many_operations_are_refused),
		RUN(test_copies_cannot_grow_without_bound),
		RUN(test_nesting_is_bounded),
		RUN(test_long_pointers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
