/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/template_repair_plan.h"

#include <string.h>

#include "base/mem.h"
#include "test.h"

/* The text after the first fault in it was repaired; NULL: it cannot be. */
static char *repaired(const char *text)
{
	AUTO_FREE char *copy = xstrdup(text);
	struct template_fault fault;
	struct err err;
	struct template *template = template_parse(text, strlen(text), &err);

	if (template)
		fail_msg("%s is fine", text);
	assert_true(template_fault(&err, &fault));
	return template_repair(copy, &fault) ? take_ptr(copy) : NULL;
}

static void assert_repaired(const char *text, const char *expected)
{
	AUTO_FREE char *out = repaired(text);

	if (!out)
		fail_msg("%s is given up", text);
	assert_string_equal(out, expected);
	assert_int_equal(strlen(out), strlen(text));
}

static void assert_given_up(const char *text)
{
	AUTO_FREE char *out = repaired(text);

	if (out)
		fail_msg("%s becomes %s", text, out);
}

static void test_a_value_takes_the_place_of_what_is_wrong(void **state)
{
	(void)state;

	assert_repaired("a {{x}} b", "a {{1}} b");
	assert_repaired("a {{ uper .b }} c", "a {{ 1       }} c");
	assert_repaired("{{- x -}}", "{{- 1 -}}");
	assert_repaired("{{ .a[0] }}", "{{ 1     }}");
}

static void test_the_kind_of_block_stays(void **state)
{
	(void)state;

	assert_repaired("{{if x}}{{end}}", "{{if 1}}{{end}}");
	assert_repaired("{{- range $i, $e := x -}}{{$e}}{{end}}",
			"{{- range $i, $e := 1 -}}{{$e}}{{end}}");
	assert_repaired("{{if 1}}{{else if x}}{{end}}",
			"{{if 1}}{{else if 1}}{{end}}");
	assert_repaired("{{if 1}}{{end x}}", "{{if 1}}{{end  }}");
}

static void test_a_variable_stays_declared(void **state)
{
	(void)state;

	assert_repaired("{{ $a := x .b }}{{ $a }}", "{{ $a := 1    }}{{ $a }}");
}

static void test_lines_stay_where_they_are(void **state)
{
	(void)state;

	assert_repaired("{{ x\n .b\n }}\n{{ .c }}", "{{ 1\n   \n }}\n{{ .c }}");
	assert_repaired("{{ $a :=\n x }}", "{{ $a :=\n1  }}");
}

static void test_what_is_needed_later_is_given_up(void **state)
{
	(void)state;

	assert_given_up("{{define x}}{{end}}");
	assert_given_up("{{template \"none\" .}}");
	assert_given_up("{{if}}{{end}}");
	assert_given_up("{{ .a");
}

static void test_a_place_is_found_by_line_and_character(void **state)
{
	static const char text[] = "a\n\xc3\xbc\xc3\xbc x\nb";
	const struct template_fault third = { .line = 2, .column = 3 };
	const struct template_fault first = { .line = 1, .column = 1 };
	const struct template_fault beyond = { .line = 9, .column = 1 };

	(void)state;

	assert_int_equal(template_offset(text, &third), 6);
	assert_int_equal(template_offset(text, &first), 0);
	assert_int_equal(template_offset(text, &beyond), strlen(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_value_takes_the_place_of_what_is_wrong),
		RUN(test_the_kind_of_block_stays),
		RUN(test_a_variable_stays_declared),
		RUN(test_lines_stay_where_they_are),
		RUN(test_what_is_needed_later_is_given_up),
		RUN(test_a_place_is_found_by_line_and_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
