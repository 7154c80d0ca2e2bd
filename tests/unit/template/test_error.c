/* SPDX-License-Identifier: Apache-2.0 */
#include "template/utf8.h"
#include "unit/template/rows.h"

static void message_of(const char *text, size_t len, struct err *err)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);
	AUTO_JSON json_t *data = json_loads(rows_data, 0, NULL);
	struct template *template = template_parse(text, len, err);
	int status = -1;

	if (template)
		status = template_render(template, data, &out, err);
	template_free(template);
	assert_int_equal(status, -1);
}

static void assert_message(const char *text, const char *message)
{
	struct err err;

	message_of(text, strlen(text), &err);

	assert_string_equal(err.message, message);
	assert_int_equal(err.code, ERR_INVALID);
}

static void test_an_error_names_line_and_column(void **state)
{
	(void)state;

	assert_message("{{.xyz}}",
		       "line 1:3: map has no entry for key \"xyz\": {{.xyz}}");
	assert_message("a\nb {{if x y }}\n",
		       "line 2:8: function \"x\" not defined: "
		       "{{if x y }}");
	assert_message(
		"a: {{ .name }}\nb: {{ .name | upper 1 }}",
		"line 2:15: wrong number of arguments for upper: want 1, "
		"got 2: {{ .name | upper 1 }}");
	assert_message("x\n\n  {{ index .disks\n 7 }}",
		       "line 3:6: error calling index: index out of range: 7: "
		       "{{ index .disks  7 }}");
}

static void test_a_column_counts_characters(void **state)
{
	(void)state;

	assert_message("\xc3\xbc\xc3\xbc {{.x}}",
		       "line 1:6: map has no entry for key \"x\": {{.x}}");
}

static void test_a_long_action_is_shown_cut(void **state)
{
	(void)state;

	assert_message(
		"{{ .x | default \"aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"
		"eeeeeeeeeeffffffffff\" }}",
		"line 1:4: map has no entry for key \"x\": {{ .x | default "
		"\"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffff...");
}

static void test_a_block_without_an_end_is_shown_where_it_begins(void **state)
{
	(void)state;

	assert_message("a\n{{ if .on }}\n{{ range .disks }}{{ end }}\nb\n",
		       "line 2:4: unexpected end of the template in if, which "
		       "has no {{end}}: {{ if .on }}");
	assert_message("{{ if .on }}\n{{ else if .off }}\n{{ else }}\n",
		       "line 2:9: unexpected end of the template in if, which "
		       "has no {{end}}: {{ else if .off }}");
	assert_message("\n{{define \"t\"}}\nb\n",
		       "line 2:3: unexpected end of the template in define, "
		       "which has no {{end}}: {{define \"t\"}}");
	assert_message("\n{{block \"t\" .}}\nb\n",
		       "line 2:3: unexpected end of the template in block, "
		       "which has no {{end}}: {{block \"t\" .}}");
}

static void fault_of(const char *text, struct template_fault *fault)
{
	struct err err;

	message_of(text, strlen(text), &err);
	assert_true(template_fault(&err, fault));
}

static void test_a_message_is_taken_apart(void **state)
{
	struct template_fault fault;
	struct err none = { .message = "template over 256 KiB" };

	(void)state;

	fault_of("a\nb {{if x y }}\n", &fault);

	assert_int_equal(fault.line, 2);
	assert_int_equal(fault.column, 8);
	assert_string_equal(fault.what, "function \"x\" not defined");
	assert_false(template_fault(&none, &fault));
}

static void assert_roots(const char *text, const char *expected)
{
	AUTO_JSON json_t *names = json_object();
	AUTO_FREE char *found = NULL;
	struct err err;
	struct template *template = template_parse(text, strlen(text), &err);

	if (!template)
		fail_msg("%s: %s", text, err.message);
	template_roots(template, names);
	template_free(template);
	found = json_dumps(names, JSON_SORT_KEYS | JSON_COMPACT);
	if (strcmp(found, expected) != 0)
		fail_msg("%s takes %s, but should %s", text, found, expected);
}

static void test_what_a_template_takes_of_the_data_is_known(void **state)
{
	(void)state;

	assert_roots("x", "{}");
	assert_roots("{{.a.b}} {{(index .c 0).d}} {{. | toJson}}",
		     "{\"a\":true,\"c\":true}");
	assert_roots("{{$x := .a}}{{$x.b}}", "{\"a\":true}");
	assert_roots("{{if .a}}{{.b}}{{else if .c}}{{.d}}{{else}}{{.e}}{{end}}",
		     "{\"a\":true,\"b\":true,\"c\":true,\"d\":true,"
		     "\"e\":true}");
	/* Dot is something else there. */
	assert_roots("{{range .a}}{{.b}}{{$.c}}{{else}}{{.d}}{{end}}",
		     "{\"a\":true,\"c\":true,\"d\":true}");
	assert_roots("{{with .a}}{{.b}}{{end}}{{define \"t\"}}{{.c}}{{$.d}}"
		     "{{end}}{{template \"t\" .e}}",
		     "{\"a\":true,\"e\":true}");
}

static void test_an_unknown_function_has_the_nearest_named(void **state)
{
	static const struct row rows[] = {
		FAILS("{{uper .name}}", "did you mean upper?"),
		FAILS("{{formatpartition 1}}", "did you mean formatPartition?"),
		FAILS("{{.name | defualt \"x\"}}", "did you mean default?"),
		FAILS("{{regexMacth \"a\" \"b\"}}", "did you mean regexMatch?"),
		FAILS("{{toYML .tags}}", "did you mean toYaml?"),
		FAILS("{{completelyUnknownThing}}",
		      "function \"completelyUnknownThing\" not defined: "),
	};

	(void)state;
	CHECK(rows);
}

static void test_a_missing_member_has_the_nearest_named(void **state)
{
	static const struct row rows[] = {
		FAILS("{{.disk}}", "did you mean \"disks\"?"),
		FAILS("{{.nested.a.b.d}}", "did you mean \"c\"?"),
		FAILS("{{(index .nics 0).Mac}}", "did you mean \"mac\"?"),
		FAILS("{{.somethingElse}}",
		      "map has no entry for key \"somethingElse\": "),
	};

	(void)state;
	CHECK(rows);
}

/* Those of Go and Sprig that Tinkerbell has not, or that we can't have. */
static void test_a_refused_function_says_what_it_needs(void **state)
{
	static const struct row rows[] = {
		FAILS("{{now}}", "function \"now\" is not offered: it needs "
				 "the clock"),
		FAILS("{{date \"2006\" 1}}", "it needs the clock"),
		FAILS("{{env \"HOME\"}}", "it needs the server's environment"),
		FAILS("{{expandenv \"$HOME\"}}", "the server's environment"),
		FAILS("{{uuidv4}}", "it needs random numbers"),
		FAILS("{{randAlphaNum 5}}", "it needs random numbers"),
		FAILS("{{getHostByName \"a\"}}", "it needs the network"),
	};
	static const struct row ours[] = {
		REFUSED("{{genCA \"a\" 1}}", "it needs random numbers"),
		REFUSED("{{htpasswd \"a\" \"b\"}}", "it needs random numbers"),
		REFUSED("{{shuffle \"a\"}}", "it needs random numbers"),
		REFUSED("{{toDate \"2006\" \"2024\"}}", "time zone"),
		REFUSED("{{ago 5}}", "it needs the clock"),
		REFUSED("{{derivePassword 1 \"long\" \"p\" \"u\" \"s\"}}",
			"it would hold up the server"),
		FAILS("{{call .name}}", "no functions among the values"),
	};

	(void)state;
	CHECK(rows);
	CHECK(ours);
}

/* Found before anything is written, though no branch leads there. */
static void test_what_can_never_work_fails_when_it_is_parsed(void **state)
{
	static const struct row rows[] = {
		REFUSED("{{if .off}}{{upper}}{{end}}", "wrong number of arg"),
		REFUSED("{{if .off}}{{template \"t\"}}{{end}}",
			"template \"t\" not defined"),
		FAILS("{{if .off}}{{nope}}{{end}}", "not defined"),
	};

	(void)state;
	CHECK(rows);
}

/* Both stand in Tinkerbell's documentation, and Go takes neither. */
static void test_no_go_templates_of_the_documentation_are_refused(void **state)
{
	(void)state;

	assert_message("ca: {{ .references.tls.data.ca\\.crt | b64dec }}",
		       "line 1:31: bad character '\\' after \".ca\": "
		       "{{ .references.tls.data.ca\\.crt | b64dec }}");
	assert_message("key: {{ .hardware.spec.instance.sshKeys[0] }}",
		       "line 1:40: bad character '[' after \".sshKeys\": "
		       "{{ .hardware.spec.instance.sshKeys[0] }}");
}

static void test_a_message_is_text_whatever_the_template_is(void **state)
{
	static const char *const texts[] = {
		"{{ \xff }}",
		"{{fail \"\xff\x01\"}}",
		"{{.\xc3}}",
		"{{\"\xff\" | index .disks}}",
		"\xff{{",
		"{{`\n\xff`}}{{.x}}",
		"{{b64dec \"\xff\xfe\"}}",
		"{{regexFind \"\xff\" \"\"}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct err err;

		message_of(texts[i], strlen(texts[i]), &err);

		assert_true(utf8_valid(err.message, strlen(err.message)));
		assert_null(strpbrk(err.message, "\n\x01"));
	}
}

static void test_a_nul_byte_is_no_end(void **state)
{
	struct err err;

	(void)state;

	message_of("a\0{{.x}}", 8, &err);

	assert_string_equal(err.message,
			    "line 1:5: map has no entry for key \"x\": {{.x}}");
}

static void test_what_was_written_before_an_error_stays(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64);
	static const char text[] = "before {{.x}} after";
	AUTO_JSON json_t *data = json_object();
	struct template *template;
	struct err err;

	(void)state;
	template = template_parse(text, strlen(text), &err);
	assert_non_null(template);

	assert_int_equal(template_render(template, data, &out, &err), -1);

	assert_string_equal(out.base, "before ");
	template_free(template);
}

static void test_a_success_leaves_the_error_alone(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64);
	static const char text[] = "{{regexMatch \"(\" \"a\"}}";
	struct err err = { 0 };
	struct template *template;

	(void)state;
	template = template_parse(text, strlen(text), &err);
	assert_non_null(template);

	assert_int_equal(template_render(template, json_null(), &out, &err), 0);

	assert_string_equal(out.base, "false");
	assert_int_equal(err.code, ERR_NONE);
	assert_string_equal(err.message, "");
	template_free(template);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_an_error_names_line_and_column),
		RUN(test_a_column_counts_characters),
		RUN(test_a_long_action_is_shown_cut),
		RUN(test_a_block_without_an_end_is_shown_where_it_begins),
		RUN(test_a_message_is_taken_apart),
		RUN(test_what_a_template_takes_of_the_data_is_known),
		RUN(test_an_unknown_function_has_the_nearest_named),
		RUN(test_a_missing_member_has_the_nearest_named),
		RUN(test_a_refused_function_says_what_it_needs),
		RUN(test_what_can_never_work_fails_when_it_is_parsed),
		RUN(test_no_go_templates_of_the_documentation_are_refused),
		RUN(test_a_message_is_text_whatever_the_template_is),
		RUN(test_a_nul_byte_is_no_end),
		RUN(test_what_was_written_before_an_error_stays),
		RUN(test_a_success_leaves_the_error_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
