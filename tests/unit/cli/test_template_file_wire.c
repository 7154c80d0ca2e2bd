/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/template_file_wire.h"

#include <string.h>

#include "json.h"
#include "test.h"

#define HEAD                                                                   \
	"apiVersion: tinkerbell.org/v1alpha1\nkind: Template\n"                \
	"metadata: {name: t}\n"

static void read(struct template_file *file, const char *text)
{
	struct err err;

	template_file_init(file);
	if (template_file_read(file, text, strlen(text), &err))
		fail_msg("%s: %s", text, err.message);
}

/* The n-th template, as JSON with single quotes. */
static void assert_template(const char *text, size_t n, const char *expected)
{
	CLEANUP(template_file_release) struct template_file file;

	read(&file, text);

	assert_json(json_array_get(file.templates, n), expected);
}

static void assert_counts(const char *text, size_t n_templates,
			  size_t n_objects)
{
	CLEANUP(template_file_release) struct template_file file;

	read(&file, text);

	assert_int_equal(json_array_size(file.templates), n_templates);
	assert_int_equal(json_array_size(file.objects), n_objects);
}

static void test_a_file_that_has_no_objects_is_a_template(void **state)
{
	(void)state;

	assert_template("{{ if .x }}\nname: x\n{{ end }}", 0,
			"{'name':null,'text':'{{ if .x }}\\nname: x\\n{{ end "
			"}}','line':1,'indent':0}");
	assert_counts("version: '0.1'\nname: x\ntasks: []\n", 1, 0);
	assert_counts("", 1, 0);
}

static void test_templates_are_taken_out_of_objects(void **state)
{
	static const char text[] =
		HEAD "spec: {data: 'a'}\n---\n" HEAD "spec:\n  data: |\n"
		     "    b\n---\nkind: Hardware\nmetadata: {name: m}\n---\n"
		     "kind: List\nitems:\n- kind: Template\n  spec:\n"
		     "    data: |\n      c\n";

	(void)state;

	assert_counts(text, 3, 4);
	assert_template(text, 0, "{'name':'t','text':'a','line':0,'indent':0}");
	assert_template(text, 1,
			"{'name':'t','text':'b\\n','line':11,'indent':4}");
	assert_template(text, 2,
			"{'name':null,'text':'c\\n','line':21,'indent':6}");
}

static void test_lines_of_a_block_are_those_of_the_file(void **state)
{
	(void)state;

	/* Blank lines, lines of Windows, a chosen indent, no last newline. */
	assert_template(HEAD "spec:\n  data: |\n\n    a\n\n      b\n  x: 1\n",
			0,
			"{'name':'t','text':'\\na\\n\\n  b\\n','line':6,"
			"'indent':4}");
	assert_template(HEAD "spec:\r\n  data: |-\r\n    a\r\n    b", 0,
			"{'name':'t','text':'a\\nb','line':6,'indent':4}");
	assert_template(HEAD "spec:\n  data: |2 # as it is\n      a\n", 0,
			"{'name':'t','text':'  a\\n','line':6,'indent':4}");
}

static void test_lines_of_a_folded_text_are_nowhere(void **state)
{
	(void)state;

	assert_template(HEAD "spec:\n  data: >\n    a\n    b\n", 0,
			"{'name':'t','text':'a b\\n','line':0,'indent':4}");
	assert_template(HEAD "spec:\n  data: \"a\\nb\"\n", 0,
			"{'name':'t','text':'a\\nb','line':0,'indent':0}");
}

static void test_media_urls_of_workflows_are_templates(void **state)
{
	static const char text[] =
		"kind: Workflow\nmetadata: {name: w}\nspec:\n  bootOptions:\n"
		"    custombootConfig:\n      preparingActions:\n"
		"      - powerAction: off\n      - virtualMediaAction:\n"
		"          mediaURL: \"http://h/{{ .x }}\"\n"
		"      postActions:\n"
		"      - virtualMediaAction: {mediaURL: 'it''s'}\n"
		"      - virtualMediaAction: {mediaURL: ''}\n";
	CLEANUP(template_file_release) struct template_file file;

	(void)state;
	read(&file, text);

	assert_int_equal(json_array_size(file.templates), 0);
	assert_json(json_array_get(file.media, 0),
		    "{'name':'w','text':'http://h/{{ .x }}','line':9,"
		    "'indent':21}");
	assert_at(json_array_get(file.media, 1), "line", "0");
	assert_int_equal(json_array_size(file.media), 2);
}

static void assert_refused(const char *text, size_t len, const char *message)
{
	CLEANUP(template_file_release) struct template_file file;
	struct err err;

	template_file_init(&file);

	assert_int_equal(template_file_read(&file, text, len, &err), -1);
	assert_non_null(strstr(err.message, message));
}

static void test_broken_objects_are_no_template(void **state)
{
	static const char broken[] = HEAD "spec:\n  data: |\n   a\n b: [\n";

	(void)state;

	assert_refused(broken, strlen(broken), "line ");
	assert_refused("a\0b", 3, "not valid UTF-8");
	assert_refused("\xff", 1, "not valid UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_file_that_has_no_objects_is_a_template),
		RUN(test_templates_are_taken_out_of_objects),
		RUN(test_lines_of_a_block_are_those_of_the_file),
		RUN(test_lines_of_a_folded_text_are_nowhere),
		RUN(test_media_urls_of_workflows_are_templates),
		RUN(test_broken_objects_are_no_template),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
