/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/label_plan.h"

#include <string.h>

#include "json.h"
#include "test.h"

static int sort_out(const char *text, json_t **names, json_t **changes,
		    struct err *err)
{
	AUTO_FREE char *copy = xstrdup(text);
	char *words[16];
	size_t n = 0;
	char *rest = copy;

	*names = NULL;
	*changes = NULL;
	while ((words[n] = strsep(&rest, " ")))
		n++;
	return label_plan_words(words, n, names, changes, err);
}

static void assert_words(const char *text, const char *names,
			 const char *changes)
{
	AUTO_JSON json_t *found = NULL;
	AUTO_JSON json_t *wanted = NULL;
	struct err err = { .message = "" };

	if (sort_out(text, &found, &wanted, &err))
		fail_msg("%s: %s", text, err.message);
	assert_json(found, names);
	assert_json(wanted, changes);
}

static void assert_refused(const char *text, const char *expected)
{
	AUTO_JSON json_t *found = NULL;
	AUTO_JSON json_t *wanted = NULL;
	struct err err;

	assert_int_equal(sort_out(text, &found, &wanted, &err), -1);
	assert_string_equal(err.message, expected);
}

static void test_names_are_told_from_changes(void **state)
{
	(void)state;

	assert_words("m1 a=b", "['m1']", "{'a':'b'}");
	assert_words("m1 m2 a=b c- d=", "['m1','m2']",
		     "{'a':'b','c':null,'d':''}");
	assert_words("m1 m[2-3] a=x=[y]", "['m1','m[2-3]']", "{'a':'x=[y]'}");
	/* The first word means objects, whatever it looks like. */
	assert_words("rack=r1,unit<3 a=b", "['rack=r1,unit<3']", "{'a':'b'}");
	assert_words("rack=r1 rack=r2", "['rack=r1']", "{'rack':'r2'}");
}

static void test_what_is_no_change_is_refused(void **state)
{
	(void)state;

	assert_refused("m1", "expected names, then KEY=VALUE or KEY-");
	assert_refused("a=b", "expected names, then KEY=VALUE or KEY-");
	assert_refused("m1 unit<3 a=b", "unit<3: conditions are the first "
					"word");
	assert_refused("m1 rack!=r1 a=b", "rack!=r1: conditions are the first "
					  "word");
	assert_refused("m1 =b", "=b: conditions are the first word");
	assert_refused("m1 a=b a-", "a: it is named twice");
	assert_refused("m1 a=\xff", "a: this is not UTF-8");
}

static void assert_patch(const char *changes, bool overwrite,
			 const char *expected)
{
	AUTO_JSON json_t *object =
		json_of("{'metadata':{'labels':{'a':'1','b':'2'}}}");
	AUTO_JSON json_t *wanted = json_of(changes);
	struct err err;
	AUTO_JSON json_t *patch =
		label_plan_patch(object, "labels", wanted, overwrite, &err);

	assert_json(patch, expected);
}

static void test_the_patch_has_what_is_not_so_yet(void **state)
{
	(void)state;

	assert_patch("{'c':'3'}", false, "{'metadata':{'labels':{'c':'3'}}}");
	assert_patch("{'a':null}", false, "{'metadata':{'labels':{'a':null}}}");
	assert_patch("{'a':'1','x':null}", false, "{}");
	assert_patch("{'a':'9'}", true, "{'metadata':{'labels':{'a':'9'}}}");
}

static void test_another_value_is_not_overwritten_unasked(void **state)
{
	AUTO_JSON json_t *object =
		json_of("{'metadata':{'annotations':{'a':'1'}}}");
	AUTO_JSON json_t *wanted = json_of("{'a':'2'}");
	struct err err;

	(void)state;

	assert_null(
		label_plan_patch(object, "annotations", wanted, false, &err));
	assert_int_equal(err.code, ERR_EXISTS);
	assert_string_equal(err.message, "it has a=1 already; --overwrite "
					 "changes it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_names_are_told_from_changes),
		RUN(test_what_is_no_change_is_refused),
		RUN(test_the_patch_has_what_is_not_so_yet),
		RUN(test_another_value_is_not_overwritten_unasked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
