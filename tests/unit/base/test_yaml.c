/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "test.h"

static json_t *parse(const char *text, enum yaml_scalars scalars)
{
	struct err err;
	json_t *documents = yaml_parse(text, strlen(text), scalars, NULL, &err);

	if (!documents)
		print_error("%s\n", err.message);
	assert_non_null(documents);
	return documents;
}

static void assert_json(const json_t *value, const char *expected)
{
	AUTO_FREE char *text = json_text(value);

	assert_string_equal(text, expected);
}

/* The documents of `text`, as JSON. */
static void assert_reads(const char *text, const char *expected)
{
	AUTO_JSON json_t *documents = parse(text, YAML_TYPED);

	assert_json(documents, expected);
}

static void assert_refused(const char *text, size_t len, const char *says)
{
	enum yaml_scalars both[] = { YAML_TYPED, YAML_TEXT };

	for (int i = 0; i < 2; i++) {
		AUTO_JSON json_t *lines = NULL;
		struct err err;

		assert_null(yaml_parse(text, len, both[i], &lines, &err));
		assert_null(lines);
		assert_int_equal(err.code, ERR_INVALID);
		if (!strstr(err.message, says))
			print_error("%s\n", err.message);
		assert_non_null(strstr(err.message, says));
	}
}

static void test_plain_scalars_have_types(void **state)
{
	static const struct {
		const char *text;
		const char *json;
	} cases[] = {
		{ "1", "1" },
		{ "-7", "-7" },
		{ "+7", "7" },
		{ "0", "0" },
		{ "0x1F", "31" },
		{ "0644", "420" },
		{ "0o17", "15" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "1.5", "1.5" },
		{ ".5", "0.5" },
		{ "1e3", "1000.0" },
		{ "true", "true" },
		{ "Yes", "true" },
		{ "on", "true" },
		{ "OFF", "false" },
		{ "n", "false" },
		{ "~", "null" },
		{ "null", "null" },
		{ "word", "\"word\"" },
		{ "tRuE", "\"tRuE\"" },
		{ "1.2.3", "\"1.2.3\"" },
		{ "10.0.0.1", "\"10.0.0.1\"" },
		{ "0x", "\"0x\"" },
		{ "0xfg", "\"0xfg\"" },
		{ "-0o7", "\"-0o7\"" },
		{ "1e999", "\"1e999\"" },
		{ "+", "\"+\"" },
		{ ".", "\".\"" },
		{ "1_000", "\"1_000\"" },
		{ "2026-01-02", "\"2026-01-02\"" },
		{ "\"1\"", "\"1\"" },
		{ "'true'", "\"true\"" },
		{ "|\n  1\n", "\"1\\n\"" },
		{ "!!binary aGk=", "\"aGk=\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *expected = xasprintf("[%s]", cases[i].json);

		assert_reads(cases[i].text, expected);
	}
	assert_reads("a:\nb: ''\n", "[{\"a\":null,\"b\":\"\"}]");
}

static void test_nothing_is_read_as_base_60(void **state)
{
	(void)state;
	assert_reads("mac: 52:54:00:12:34:56\nother: 10:20:30:40:50:59\n"
		     "time: 12:30:45\nport: 8080:80\n",
		     "[{\"mac\":\"52:54:00:12:34:56\","
		     "\"other\":\"10:20:30:40:50:59\","
		     "\"time\":\"12:30:45\",\"port\":\"8080:80\"}]");
}

static void test_with_text_every_scalar_keeps_its_source(void **state)
{
	AUTO_JSON json_t *documents =
		parse("MODE: 0600\nON: true\nN: 1.50\nE: ''\nNONE:\nT: ~\n"
		      "Q: \"7\"\nL: [1, no, null]\n",
		      YAML_TEXT);

	(void)state;
	assert_json(documents, "[{\"MODE\":\"0600\",\"ON\":\"true\","
			       "\"N\":\"1.50\",\"E\":\"\",\"NONE\":null,"
			       "\"T\":null,\"Q\":\"7\","
			       "\"L\":[\"1\",\"no\",null]}]");
}

static void test_a_stream_has_any_number_of_documents(void **state)
{
	(void)state;
	assert_reads("", "[]");
	assert_reads("# nothing\n", "[]");
	assert_reads("a: 1\n---\nb: 2\n---\n- 3\n...\n---\nx\n",
		     "[{\"a\":1},{\"b\":2},[3],\"x\"]");
	assert_reads("---\n---\na: 1\n", "[null,{\"a\":1}]");
}

static void test_an_alias_is_a_copy(void **state)
{
	(void)state;
	assert_reads("a: &x [1, {b: 2}]\nc: *x\nd: *x\n",
		     "[{\"a\":[1,{\"b\":2}],\"c\":[1,{\"b\":2}],"
		     "\"d\":[1,{\"b\":2}]}]");
	assert_refused("a: *nowhere\n", 12, "undefined alias");
}

static void test_own_members_win_over_merged_ones(void **state)
{
	(void)state;
	assert_reads("base: &b {a: 1, b: 2}\nx:\n  <<: *b\n  a: 3\n"
		     "y:\n  a: 4\n  <<: *b\n",
		     "[{\"base\":{\"a\":1,\"b\":2},\"x\":{\"a\":3,\"b\":2},"
		     "\"y\":{\"a\":4,\"b\":2}}]");
	/* Of a list the first. */
	assert_reads("- &p {a: 1}\n- &q {a: 2, c: 5}\n- <<: [*p, *q]\n",
		     "[[{\"a\":1},{\"a\":2,\"c\":5},{\"a\":1,\"c\":5}]]");
	assert_reads("\"<<\": 1\n", "[{\"<<\":1}]");
	assert_refused("<<: 1\n", 6, "<< needs a mapping");
	assert_refused("<<: [{a: 1}, 2]\n", 16, "<< needs a mapping");
}

/* Ten levels of ten would be 10^10 nodes. */
static void test_a_bomb_of_aliases_is_refused(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * 1024);
	struct err err;

	(void)state;
	buf_adds(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 10; i++) {
		buf_printf(&text, "a%d: &a%d [", i, i);
		for (int k = 0; k < 10; k++)
			buf_printf(&text, "%s*a%d", k ? "," : "", i - 1);
		buf_adds(&text, "]\n");
	}
	assert_null(yaml_parse(text.base, text.len, YAML_TYPED, NULL, &err));
	assert_non_null(strstr(err.message, "alias bomb"));
}

static void test_few_aliases_of_much_are_a_bomb_too(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * 1024);

	(void)state;
	buf_adds(&text, "a: &a [x");
	for (int i = 1; i < 1000; i++)
		buf_adds(&text, ",x");
	buf_adds(&text, "]\nb: [*a");
	for (int i = 1; i < 200; i++)
		buf_adds(&text, ",*a");
	buf_adds(&text, "]\n");
	assert_refused(text.base, text.len, "alias bomb");
}

/* libyaml alone would take hours for each of these. */
static void test_what_is_much_too_much_is_refused_soon(void **state)
{
	static const struct {
		const char *part;
		const char *expected;
	} cases[] = {
		{ "[", "line 1: nested too deeply" },
		{ "{", "line 1: nested too deeply" },
		{ "{a: ", "line 1: nested too deeply" },
		{ "- ", "line 1: nested too deeply" },
		{ "? ", "line 1: nested too deeply" },
		{ "- &a x\n", "line 1001: too many anchors" },
		{ "%TAG !a! b\n", "line 1001: too many %TAG" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(4 << 20);
		mono_ms begin = clock_mono();

		while (text.len < 1000000)
			buf_adds(&text, cases[i].part);
		assert_refused(text.base, text.len, cases[i].expected);
		assert_true(clock_mono() - begin < 5000);
	}
}

static void test_as_many_anchors_as_allowed_are_read(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * 1024);
	AUTO_JSON json_t *documents = NULL;
	struct err err;

	(void)state;
	for (int i = 0; i < YAML_MAX_ANCHORS; i++)
		buf_printf(&text, "- &a%d x\n", i);
	documents = yaml_parse(text.base, text.len, YAML_TYPED, NULL, &err);
	assert_int_equal(json_array_size(json_array_get(documents, 0)),
			 YAML_MAX_ANCHORS);
}

/* Few nodes, but long ones: 200 kB, 10,000 times. */
static void test_a_bomb_of_long_text_is_refused(void **state)
{
	static const char *const heads[] = { "a: &a ", "? &a ", "&a " };
	static const char *const tails[] = { "\n", "\n: 1\n", ": 1\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(1024 * 1024);

		buf_adds(&text, heads[i]);
		for (int n = 0; n < (i < 2 ? 200000 : 1000); n++)
			buf_addc(&text, 'x');
		buf_adds(&text, tails[i]);
		buf_adds(&text, "list: [");
		for (int n = 0; n < 70000; n++)
			buf_adds(&text, n ? ",*a" : "*a");
		buf_adds(&text, "]\n");
		assert_refused(text.base, text.len, "alias bomb");
	}
}

/* The paths of the lines would be 200 kB each. */
static void test_a_long_key_does_not_multiply(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1024 * 1024);
	AUTO_JSON json_t *documents = NULL;
	AUTO_JSON json_t *lines = NULL;
	struct err err;

	(void)state;
	buf_adds(&text, "? ");
	for (int n = 0; n < 200000; n++)
		buf_addc(&text, 'k');
	buf_adds(&text, "\n: [");
	for (int n = 0; n < 20000; n++)
		buf_adds(&text, "1,");
	buf_adds(&text, "1]\n");

	documents = yaml_parse(text.base, text.len, YAML_TYPED, NULL, &err);
	assert_non_null(documents);
	assert_null(yaml_parse(text.base, text.len, YAML_TYPED, &lines, &err));
	assert_int_equal(err.code, ERR_INVALID);
}

static void test_an_alias_of_itself_is_refused(void **state)
{
	(void)state;
	assert_refused("&a [*a]\n", 8, "nested too deeply");
	assert_refused("&a {b: *a, c: *a}\n", 18, "nested too deeply");
	assert_refused("&a\n<<: *a\n", 10, "nested too deeply");
}

static void test_depth_is_bounded(void **state)
{
	char text[2 * (JSON_MAX_DEPTH + 2) + 1];

	(void)state;
	for (int depth = JSON_MAX_DEPTH; depth < JSON_MAX_DEPTH + 3; depth++) {
		AUTO_JSON json_t *documents = NULL;
		struct err err;

		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		documents = yaml_parse(text, 2 * (size_t)depth, YAML_TYPED,
				       NULL, &err);
		assert_int_equal(documents != NULL,
				 depth <= JSON_MAX_DEPTH + 1);
	}
}

static void test_what_is_no_yaml_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "a: 1\nb: [1, 2\n", "line 3: " },
		{ "a: 1\n  b: 2\n", "line 2: " },
		{ "a: b: c\n", "line 1: " },
		{ "a: 1\n\tb: 2\n", "line 2: " },
		{ "a: 1\nb: 2\na: 3\n", "line 3: key a stands here twice" },
		{ "a: 1\n? [x]\n: 1\n", "line 2: a key that is not a word" },
		{ "a: 1\nb: \"x\\0y\"\n", "line 2: a NUL byte" },
		{ "a: 1\n\"b\\0c\": 1\n", "line 2: a NUL byte" },
		{ "a: 1\nb: \"\\ud800\"\n", "line 2: " },
		{ "a: \xff\n", "line 1: " },
		{ "a: \x01\n", "line 1: " },
		{ "'a: 1\n", "line 2: " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_refused(cases[i].text, strlen(cases[i].text),
			       cases[i].says);
	assert_refused("a: b\0c\n", 7, "line 1: ");
}

static void test_lines_are_told_by_path(void **state)
{
	static const char text[] = "machines:\n"
				   "- name: a\n"
				   "  mac: x\n"
				   "- name: b\n"
				   "  list:\n"
				   "  - 1\n"
				   "  - 2\n"
				   "---\n"
				   "x: 1\n";
	AUTO_JSON json_t *documents = NULL;
	AUTO_JSON json_t *lines = NULL;
	struct err err;

	(void)state;
	documents = yaml_parse(text, strlen(text), YAML_TYPED, &lines, &err);
	assert_non_null(documents);

	assert_json(json_array_get(lines, 0),
		    "{\"\":1,\"machines\":1,\"machines[0]\":2,"
		    "\"machines[0].name\":2,\"machines[0].mac\":3,"
		    "\"machines[1]\":4,\"machines[1].name\":4,"
		    "\"machines[1].list\":5,\"machines[1].list[0]\":6,"
		    "\"machines[1].list[1]\":7}");
	assert_json(json_array_get(lines, 1), "{\"\":9,\"x\":9}");
}

static void test_a_merged_member_has_the_line_it_came_from(void **state)
{
	static const char text[] = "b: &b\n  p: 1\n  q: 2\nx:\n  <<: *b\n"
				   "  q: 3\n";
	AUTO_JSON json_t *documents = NULL;
	AUTO_JSON json_t *lines = NULL;
	struct err err;

	(void)state;
	documents = yaml_parse(text, strlen(text), YAML_TYPED, &lines, &err);
	assert_non_null(documents);

	assert_int_equal(json_integer_value(json_object_get(
				 json_array_get(lines, 0), "x.p")),
			 2);
	assert_int_equal(json_integer_value(json_object_get(
				 json_array_get(lines, 0), "x.q")),
			 6);
}

static json_t *json(const char *text)
{
	struct err err;
	json_t *value = json_parse(text, strlen(text), &err);

	assert_non_null(value);
	return value;
}

static void test_output_looks_as_that_of_kubectl(void **state)
{
	AUTO_JSON json_t *value =
		json("{\"apiVersion\":\"tinkerbell.org/v1alpha1\","
		     "\"metadata\":{\"name\":\"r1n01\",\"labels\":{},"
		     "\"resourceVersion\":\"12\"},"
		     "\"spec\":{\"list\":[{\"ip\":\"10.0.0.1\",\"n\":1},"
		     "{\"mac\":\"52:54:00:12:34:56\",\"deep\":{\"on\":true}},"
		     "\"--flag\",[\"a\",[1,2]],[],null],"
		     "\"script\":\"#!/bin/sh\\n\\necho  hi\\n\"}}");
	AUTO_FREE char *text = yaml_text(value);

	(void)state;
	assert_string_equal(text, "apiVersion: tinkerbell.org/v1alpha1\n"
				  "metadata:\n"
				  "  name: r1n01\n"
				  "  labels: {}\n"
				  "  resourceVersion: \"12\"\n"
				  "spec:\n"
				  "  list:\n"
				  "  - ip: 10.0.0.1\n"
				  "    \"n\": 1\n"
				  "  - mac: \"52:54:00:12:34:56\"\n"
				  "    deep:\n"
				  "      \"on\": true\n"
				  "  - --flag\n"
				  "  - - a\n"
				  "    - - 1\n"
				  "      - 2\n"
				  "  - []\n"
				  "  - null\n"
				  "  script: |\n"
				  "    #!/bin/sh\n"
				  "\n"
				  "    echo  hi\n");
}

/* Printed alone, as an item, as a member and as a member's name. */
static void assert_survives(json_t *string)
{
	AUTO_JSON json_t *shapes = json_pack(
		"[O,[O,[O],O],{sO},{s{sO}},[{sO}]]", string, string, string,
		string, "k", string, "k", "k", string, "k", string);
	AUTO_JSON json_t *named = json_object();
	size_t i;
	json_t *shape;

	json_object_set_new(named, json_string_value(string), json_array());
	json_object_set(json_array_get(shapes, 4), "x", named);
	json_array_append(shapes, named);
	json_array_foreach (shapes, i, shape) {
		AUTO_FREE char *text = yaml_text(shape);
		AUTO_JSON json_t *back = parse(text, YAML_TYPED);

		if (!json_equal(json_array_get(back, 0), shape))
			print_error("%s\n", text);
		assert_int_equal(json_array_size(back), 1);
		assert_true(json_equal(json_array_get(back, 0), shape));
	}
}

/* What has a meaning in YAML, at each end and in the middle. */
static const char *const texts[] = {
	"",
	" ",
	"a",
	" a",
	"a ",
	"a b",
	"yes",
	"No",
	"null",
	"~",
	"1",
	"-1",
	"0x1f",
	"1.5",
	"1e3",
	"08",
	"12:30",
	"2026-01-02",
	"52:54:00:12:34:56",
	"a: b",
	"a:",
	":a",
	"a #b",
	"#a",
	"a#b",
	"- a",
	"-",
	"-a",
	"--",
	"---",
	"--- a",
	"...",
	"... a",
	"..",
	"? a",
	"?",
	"!tag",
	"&a",
	"*a",
	"|",
	">",
	"%a",
	"@a",
	"`a",
	"[a]",
	"{a}",
	"a]",
	"]",
	"}",
	",",
	"'a'",
	"\"a\"",
	"it's",
	"a\"b\\c",
	"<<",
	"=",
	".inf",
	"-.NaN",
	"\n",
	"\n\n",
	"a\n",
	"a\nb",
	"a\nb\n",
	"a\n\n",
	"a\n\nb\n\n\n",
	" a\nb",
	"\na",
	"a\n b\n",
	"a\n  \nb",
	"a\nb ",
	"a \nb",
	"a\n ",
	"a\n# b\n",
	"a\tb",
	"\ta",
	"a\t",
	"a\n\tb",
	"a\r\nb",
	"\r",
	"a\x01\nb",
	"\x7f",
	"a\x1b[0m",
	"\xc2\x85",
	"a\xc2\x85"
	"b",
	"\xc2\x9f",
	"\xe2\x80\xa8",
	"a\xe2\x80\xa9\nb",
	"\xef\xbb\xbf",
	"a\xef\xbb\xbf"
	"b",
	"\xef\xbf\xbe",
	"\xef\xbf\xbf",
	"\xc3\xa4",
	"\xf0\x9f\x98\x80",
	"\xf0\x9f\x98\x80\n\xc2\xa0",
	"---\na",
	"...\nb\n",
	"a\n---\nb",
	"key: |\n  x",
	"%YAML 1.1",
};

static void test_every_string_survives_printing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO_JSON json_t *string = json_string(texts[i]);

		assert_non_null(string);
		assert_survives(string);
	}
}

static void test_long_keys_survive_printing(void **state)
{
	static const size_t lens[] = { 170, 171, 1023, 1024, 1025, 5000 };
	static const char fills[] = "k\x01\"";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		for (const char *fill = fills; *fill; fill++) {
			AUTO_FREE char *text = xcalloc(1, lens[i] + 1);
			AUTO_JSON json_t *string = NULL;

			memset(text, *fill, lens[i]);
			string = json_string(text);
			assert_survives(string);
		}
	}
}

static void test_numbers_and_empty_things_survive_printing(void **state)
{
	AUTO_JSON json_t *value =
		json("{\"i\":[0,-1,9223372036854775807,-9223372036854775808],"
		     "\"r\":[0.1,-1.5e300,1e-7,1.0,123456789.125],"
		     "\"e\":[{},[],\"\",null,true,false],\"o\":{\"x\":{}}}");
	AUTO_FREE char *text = yaml_text(value);
	AUTO_JSON json_t *back = parse(text, YAML_TYPED);

	(void)state;
	assert_true(json_equal(json_array_get(back, 0), value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_plain_scalars_have_types),
		RUN(test_nothing_is_read_as_base_60),
		RUN(test_with_text_every_scalar_keeps_its_source),
		RUN(test_a_stream_has_any_number_of_documents),
		RUN(test_an_alias_is_a_copy),
		RUN(test_own_members_win_over_merged_ones),
		RUN(test_a_bomb_of_aliases_is_refused),
		RUN(test_few_aliases_of_much_are_a_bomb_too),
		RUN(test_what_is_much_too_much_is_refused_soon),
		RUN(test_as_many_anchors_as_allowed_are_read),
		RUN(test_a_bomb_of_long_text_is_refused),
		RUN(test_a_long_key_does_not_multiply),
		RUN(test_an_alias_of_itself_is_refused),
		RUN(test_depth_is_bounded),
		RUN(test_what_is_no_yaml_is_refused_with_its_line),
		RUN(test_lines_are_told_by_path),
		RUN(test_a_merged_member_has_the_line_it_came_from),
		RUN(test_output_looks_as_that_of_kubectl),
		RUN(test_every_string_survives_printing),
		RUN(test_long_keys_survive_printing),
		RUN(test_numbers_and_empty_things_survive_printing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
