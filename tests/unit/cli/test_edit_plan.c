/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/edit_plan.h"

#include <string.h>

#include "json.h"
#include "test.h"

#define OBJECT                                                                 \
	"{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'a',"        \
	"'namespace':'default'},'data':{'x':'1','y':'2'}}"

static void test_what_the_server_writes_is_not_shown(void **state)
{
	AUTO_JSON json_t *object = json_of(
		"{'kind':'Hardware','metadata':{'name':'a','uid':'u',"
		"'resourceVersion':'7','generation':1,'managedFields':[],"
		"'creationTimestamp':'t','labels':{'x':'y'},'annotations':{"
		"'kubectl.kubernetes.io/last-applied-configuration':'{}'}},"
		"'spec':{'a':1},'status':{'b':2}}");
	AUTO_JSON json_t *shown = edit_shown(object);

	(void)state;

	assert_json(shown, "{'kind':'Hardware','metadata':{'name':'a',"
			   "'labels':{'x':'y'}},'spec':{'a':1}}");
	assert_non_null(json_at(object, "status"));
}

static void test_the_text_comes_back_as_the_object(void **state)
{
	AUTO_JSON json_t *object = json_of(OBJECT);
	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
	AUTO_JSON json_t *edited = NULL;
	AUTO_JSON json_t *patch = NULL;
	struct err err;

	(void)state;

	edit_text(&text, object, "error: two\nlines");
	edited = edit_read(text.base, text.len, &err);
	patch = edit_patch(object, edited, &err);

	assert_non_null(strstr(text.base, "# error: two\n# lines\n#\n"));
	assert_true(json_equal(edited, object));
	assert_json(patch, "{}");
}

static void test_a_problem_replaces_the_one_of_before(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
	CLEANUP(buf_release) struct buf next = BUF_INIT(4096);

	(void)state;

	edit_again(&text, "# old\n# older\na: [\n# mine\n", "error: first");
	edit_again(&next, text.base, "error: second");

	assert_null(strstr(next.base, "old"));
	assert_null(strstr(next.base, "first"));
	assert_non_null(strstr(next.base, "# error: second\n"));
	assert_non_null(strstr(next.base, "\na: [\n# mine\n"));
}

static void assert_patch(const char *edited, const char *expected)
{
	AUTO_JSON json_t *before = json_of(OBJECT);
	AUTO_JSON json_t *after = json_of(edited);
	struct err err;
	AUTO_JSON json_t *patch = edit_patch(before, after, &err);
	AUTO_JSON json_t *merged = NULL;

	assert_json(patch, expected);
	merged = json_merge_patch(before, patch);
	assert_json(merged, edited);
}

static void test_the_patch_is_what_was_changed(void **state)
{
	(void)state;

	assert_patch("{'apiVersion':'v1','kind':'ConfigMap','metadata':{"
		     "'name':'a','namespace':'default'},"
		     "'data':{'x':'1','y':'3','z':'4'}}",
		     "{'data':{'y':'3','z':'4'}}");
	assert_patch("{'apiVersion':'v1','kind':'ConfigMap','metadata':{"
		     "'name':'a','namespace':'default'},'data':{'x':'1'}}",
		     "{'data':{'y':null}}");
	assert_patch("{'apiVersion':'v1','kind':'ConfigMap','metadata':{"
		     "'name':'a','namespace':'default','labels':{'a':'b'}}}",
		     "{'metadata':{'labels':{'a':'b'}},'data':null}");
	assert_patch("{'apiVersion':'v1','kind':'ConfigMap','metadata':{"
		     "'name':'a','namespace':'default'},'data':['x']}",
		     "{'data':['x']}");
}

static void assert_other(const char *edited, const char *expected)
{
	AUTO_JSON json_t *before = json_of(OBJECT);
	AUTO_JSON json_t *after = json_of(edited);
	struct err err;

	assert_null(edit_patch(before, after, &err));
	assert_int_equal(err.code, ERR_INVALID);
	assert_string_equal(err.message, expected);
}

static void test_it_stays_the_same_object(void **state)
{
	(void)state;

	assert_other("{'apiVersion':'v1','kind':'ConfigMap','metadata':{"
		     "'name':'b','namespace':'default'}}",
		     "metadata.name cannot be changed: it would be another "
		     "object");
	assert_other("{'apiVersion':'v1','kind':'Secret','metadata':{"
		     "'name':'a','namespace':'default'}}",
		     "kind cannot be changed: it would be another object");
	assert_other("{'apiVersion':'v1','kind':'ConfigMap'}",
		     "metadata.name cannot be changed: it would be another "
		     "object");
}

static void assert_unread(const char *text, enum err_code code)
{
	struct err err;

	assert_null(edit_read(text, strlen(text), &err));
	assert_int_equal(err.code, code);
}

static void test_an_empty_file_changes_nothing(void **state)
{
	(void)state;

	assert_unread("", ERR_CANCELLED);
	assert_unread("# a: b\n\n  \t# c\n", ERR_CANCELLED);
}

static void test_what_is_no_object_is_refused(void **state)
{
	struct err err;

	(void)state;

	assert_unread("- a\n", ERR_INVALID);
	assert_unread("a: 1\n---\nb: 2\n", ERR_INVALID);
	assert_null(edit_read("a: [", 4, &err));
	assert_int_not_equal(err.code, ERR_CANCELLED);
}

static void test_what_both_changed_is_named(void **state)
{
	AUTO_JSON json_t *ours = json_of(
		"{'spec':{'disks':['a'],'x':{'y':1}},'metadata':{'labels':{"
		"'a':'1'}}}");
	AUTO_JSON json_t *theirs = json_of(
		"{'spec':{'disks':['b'],'x':{'z':1}},'metadata':{'labels':"
		"null}}");
	AUTO_JSON json_t *none = json_object();
	CLEANUP(buf_release) struct buf paths = BUF_INIT(256);

	(void)state;

	edit_overlap(&paths, ours, none);
	assert_string_equal(paths.base, "");
	edit_overlap(&paths, ours, theirs);
	assert_string_equal(paths.base, "spec.disks, metadata.labels");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_what_the_server_writes_is_not_shown),
		RUN(test_the_text_comes_back_as_the_object),
		RUN(test_a_problem_replaces_the_one_of_before),
		RUN(test_the_patch_is_what_was_changed),
		RUN(test_it_stays_the_same_object),
		RUN(test_an_empty_file_changes_nothing),
		RUN(test_what_is_no_object_is_refused),
		RUN(test_what_both_changed_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
