/* SPDX-License-Identifier: Apache-2.0 */
#include "template/render.h"
#include "unit/template/rows.h"

static int render(const char *text, size_t len, struct buf *out,
		  struct err *err)
{
	AUTO_JSON json_t *data = json_loads(rows_data, 0, NULL);
	struct template *template = template_parse(text, len, err);
	int status = -1;

	if (template)
		status = template_render(template, data, out, err);
	template_free(template);
	return status;
}

static void assert_too_big(const char *text, const char *message)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(256 * 1024);
	struct err err = { 0 };

	assert_int_equal(render(text, strlen(text), &out, &err), -1);

	if (!strstr(err.message, message))
		fail_msg("%s: not %s", err.message, message);
}

/* `before`, n times `middle`, `after`. */
static char *repeated(const char *before, const char *middle, size_t n,
		      const char *after)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4 * TEMPLATE_MAX_TEXT);

	buf_adds(&text, before);
	for (size_t i = 0; i < n; i++)
		buf_adds(&text, middle);
	buf_adds(&text, after);
	return buf_take(&text);
}

static void test_a_text_of_256_kib_is_parsed_and_no_more(void **state)
{
	AUTO_FREE char *text = repeated("", "x", TEMPLATE_MAX_TEXT + 1, "");
	CLEANUP(buf_release) struct buf out = BUF_INIT(TEMPLATE_MAX_TEXT);
	struct err err = { 0 };

	(void)state;

	assert_int_equal(render(text, TEMPLATE_MAX_TEXT, &out, &err), 0);
	assert_int_equal(out.len, TEMPLATE_MAX_TEXT);
	buf_clear(&out);
	assert_int_equal(render(text, TEMPLATE_MAX_TEXT + 1, &out, &err), -1);

	assert_int_equal(err.code, ERR_TOO_BIG);
	assert_string_equal(err.message, "template over 256 KiB");
}

static void test_parentheses_nest_a_hundred_times(void **state)
{
	AUTO_FREE char *opening = repeated("{{", "(", 101, "");
	AUTO_FREE char *text = repeated(opening, ")", 101, "}}");

	(void)state;

	assert_too_big(text, "line 1:103: nested over 100 levels");
}

static void test_blocks_nest_a_hundred_times(void **state)
{
	AUTO_FREE char *good = repeated("", "{{if 1}}", 100, "x");
	AUTO_FREE char *good_text = repeated(good, "{{end}}", 100, "");
	AUTO_FREE char *bad = repeated("", "{{range 1}}", 101, "x");
	AUTO_FREE char *bad_text = repeated(bad, "{{end}}", 101, "");
	CLEANUP(buf_release) struct buf out = BUF_INIT(64);
	struct err err = { 0 };

	(void)state;

	assert_int_equal(render(good_text, strlen(good_text), &out, &err), 0);
	assert_string_equal(out.base, "x");
	assert_too_big(bad_text, "nested over 100 levels");
}

static void test_templates_call_each_other_a_hundred_deep(void **state)
{
	(void)state;

	assert_too_big("{{define \"t\"}}{{template \"t\"}}{{end}}"
		       "{{template \"t\"}}",
		       "templates call each other over 100 levels deep");
	assert_too_big(
		"{{define \"a\"}}{{if 1}}{{template \"b\"}}{{end}}{{end}}"
		"{{define \"b\"}}{{with 1}}{{template \"a\"}}{{end}}{{end}}"
		"{{template \"a\"}}",
		"templates call each other over 100 levels deep");
}

static void test_a_rendering_ends_after_a_million_steps(void **state)
{
	static const char *const texts[] = {
		"{{range 2000}}{{range 2000}}{{end}}{{end}}",
		"{{range 9223372036854775807}}{{end}}",
		"{{$l := until 9999}}{{range 9999}}{{$x := has -1 $l}}{{end}}",
		"{{uniq (until 60000)}}",
		"{{$l := until 9999}}{{range 9999}}{{$x := print $l}}{{end}}",
		"{{$s := repeat 99999 \"x\"}}{{range 9999}}{{len $s}}{{end}}",
		"{{range 60000}}{{$x := deepEqual $ (deepCopy $)}}{{end}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_too_big(texts[i], "the template does too much");
}

static void test_many_factors_are_counted(void **state)
{
	AUTO_FREE char *text = repeated("{{mulf", " 1.1", 30000, "}}");

	(void)state;

	assert_too_big(text, "the template does too much");
}

static void test_a_search_is_counted_as_steps(void **state)
{
	(void)state;

	assert_too_big("{{regexMatch \"(x*y*){500}z\" (repeat 20000 \"xy\")}}",
		       "does too much");
}

static void test_output_stops_at_the_ceiling_of_its_buffer(void **state)
{
	static const char text[] = "{{range 5}}abc{{end}}";
	CLEANUP(buf_release) struct buf out = BUF_INIT(10);
	struct err err = { 0 };

	(void)state;

	assert_int_equal(render(text, strlen(text), &out, &err), -1);

	assert_int_equal(err.code, ERR_TOO_BIG);
	assert_string_equal(err.message, "line 1:12: output over 10 bytes: "
					 "{{range 5}}");
	assert_string_equal(out.base, "abcabcabc");
}

static void test_a_string_has_a_mebibyte_at_most(void **state)
{
	static const char *const texts[] = {
		"{{repeat 1048577 \"x\"}}",
		"{{repeat 9223372036854775807 \"x\"}}",
		"{{printf \"%999999d%999999d\" 1 2}}",
		"{{printf \"%.999999f%.999999f\" 1.0 2.0}}",
		"{{indent 1000000 \"a\\nb\"}}",
		"{{$s := repeat 1000000 \"x\"}}{{print $s $s}}",
		"{{$s := repeat 1000000 \"x\"}}{{join \"\" (list $s $s)}}",
		"{{$s := repeat 1000000 \"<\"}}{{toJson $s}}",
		"{{$s := repeat 1000000 \"<\"}}{{html $s}}",
		"{{$s := repeat 1000000 \"x\"}}{{replace \"\" $s \"ab\"}}",
		"{{$s := repeat 1000000 \"x\"}}{{quote $s $s}}",
		"{{$s := repeat 1000000 \"x\"}}{{b64enc $s}}",
		"{{$s := repeat 1000000 \"x\"}}{{toYaml (list $s $s)}}",
		"{{regexReplaceAll \"a\" \"aa\" (repeat 1000000 \"x\")}}",
		"{{seq 1000000}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_too_big(texts[i], "a string of over 1048576 bytes");
}

static void test_a_list_has_65536_items_at_most(void **state)
{
	static const char *const texts[] = {
		"{{until 65537}}",
		"{{untilStep 0 -9223372036854775808 -1}}",
		"{{$l := until 40000}}{{concat $l $l}}",
		"{{$s := repeat 100000 \",\"}}{{splitList \",\" $s}}",
		"{{$s := repeat 100000 \",\"}}{{regexSplit \",\" $s -1}}",
		"{{$s := repeat 100000 \",\"}}{{regexFindAll \",\" $s -1}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_too_big(texts[i], "a list of over 65536 items");
}

static void test_all_values_have_64_mebibytes_at_most(void **state)
{
	static const char *const texts[] = {
		"{{$s := repeat 1000000 \"x\"}}{{range 100}}"
		"{{$x := print $s}}{{end}}",
		"{{$l := until 60000}}{{range 100}}{{$x := rest $l}}{{end}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_too_big(texts[i], "values take over 64 MiB");
}

static void test_values_nest_256_deep_where_they_are_walked(void **state)
{
	static const char make[] = "{{$l := list}}{{range 300}}"
				   "{{$l = list $l}}{{end}}";
	static const char *const uses[] = {
		"{{$l}}",
		"{{print $l}}",
		"{{toJson $l}}",
		"{{toYaml $l}}",
		"{{printf \"%v\" $l}}",
		"{{quote $l}}",
		"{{deepCopy $l}}",
		"{{html $l}}",
		"{{join \"\" (list $l)}}",
		"{{toString $l}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(uses); i++) {
		AUTO_FREE char *text = xasprintf("%s%s", make, uses[i]);

		assert_too_big(text, "over 256 levels");
	}
}

/* A chain of many is not freed by recursion, nor is a map that grew one. */
static void test_what_is_nested_deeper_is_no_harm_unwalked(void **state)
{
	static const char *const texts[] = {
		"{{$l := list}}{{range 60000}}{{$l = list $l}}{{end}}ok",
		"{{$d := dict}}{{$at := $d}}{{range 60000}}{{$n := dict}}"
		"{{$_ := set $at \"in\" $n}}{{$at = $n}}{{end}}ok",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(64);
		struct err err = { 0 };
		int status = render(texts[i], strlen(texts[i]), &out, &err);

		if (status)
			fail_msg("%s", err.message);
		assert_string_equal(out.base, "ok");
	}
}

static void test_a_value_that_holds_another_many_times_is_counted(void **state)
{
	static const char make[] =
		"{{$l := list 1}}{{$m := list 1}}{{range 60}}"
		"{{$l = list $l $l}}{{$m = list $m $m}}{{end}}";
	static const char *const uses[] = {
		"{{$l}}",          "{{toJson $l}}",
		"{{deepCopy $l}}", "{{deepEqual $l $m}}",
		"{{toYaml $l}}",   "{{$_ := set . \"l\" $l}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(uses); i++) {
		AUTO_FREE char *text = xasprintf("%s%s", make, uses[i]);

		assert_too_big(text, "the template does too much");
	}
}

static void test_aliases_of_yaml_do_not_explode(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * 1024);

	(void)state;
	buf_adds(&text, "{{$x := fromYaml `a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n");
	for (int i = 1; i < 9; i++)
		buf_printf(&text,
			   "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n",
			   i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1,
			   i - 1);
	buf_adds(&text, "`}}");

	assert_too_big(text.base, "error calling fromYaml");
}

static void test_data_that_is_nested_too_deep_is_refused(void **state)
{
	static const char *const texts[] = { "{{.}}",
					     "{{$_ := set . \"a\" 1}}" };
	AUTO_FREE char *opening = repeated("", "{\"a\":", 300, "1");
	AUTO_FREE char *text = repeated(opening, "}", 300, "");
	AUTO_JSON json_t *data = json_loads(text, 0, NULL);

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct row row = FAILS(texts[i], "over 256 levels");

		check_row(&row, data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_text_of_256_kib_is_parsed_and_no_more),
		RUN(test_parentheses_nest_a_hundred_times),
		RUN(test_blocks_nest_a_hundred_times),
		RUN(test_templates_call_each_other_a_hundred_deep),
		RUN(test_a_rendering_ends_after_a_million_steps),
		RUN(test_many_factors_are_counted),
		RUN(test_a_search_is_counted_as_steps),
		RUN(test_output_stops_at_the_ceiling_of_its_buffer),
		RUN(test_a_string_has_a_mebibyte_at_most),
		RUN(test_a_list_has_65536_items_at_most),
		RUN(test_all_values_have_64_mebibytes_at_most),
		RUN(test_values_nest_256_deep_where_they_are_walked),
		RUN(test_what_is_nested_deeper_is_no_harm_unwalked),
		RUN(test_a_value_that_holds_another_many_times_is_counted),
		RUN(test_aliases_of_yaml_do_not_explode),
		RUN(test_data_that_is_nested_too_deep_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
