/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "test.h"

static json_t *parse(const char *text)
{
	struct err err;
	json_t *value = json_parse(text, strlen(text), &err);

	assert_non_null(value);
	return value;
}

static void assert_json(const json_t *value, const char *expected)
{
	AUTO_FREE char *text = json_text(value);

	assert_string_equal(text, expected);
}

static void test_text_survives_there_and_back(void **state)
{
	static const char *const texts[] = {
		"{}",   "[]",
		"null", "\"x\"",
		"-7",   "0.5",
		"true", "{\"z\":1,\"a\":[true,null,{\"b\":\"\xc3\xa4\\n\"}]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO_JSON json_t *value = parse(texts[i]);

		assert_json(value, texts[i]);
	}
}

static void test_what_is_no_json_is_refused_with_its_place(void **state)
{
	static const char *const bad[] = {
		"",        "{",      "}",        "{\"a\":1,}",
		"[1] x",   "{a:1}",  "'a'",      "{\"a\":1,\"a\":2}",
		"\"\\x\"", "nul",    "01",       "\"\\u0000\"",
		"1e999",   "\"\n\"", "\"\xff\"", "99999999999999999999",
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_null(json_parse(bad[i], strlen(bad[i]), &err));
		assert_int_equal(err.code, ERR_INVALID);
	}
	assert_null(json_parse("{\n \"a\": ?}", 10, &err));
	assert_true(str_starts(err.message, "JSON, line 2 column "));
	/* A NUL is no end. */
	assert_null(json_parse("1\0", 2, &err));
}

static json_t *parse_nested(size_t depth, char open, char close,
			    struct err *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * 1024);

	for (size_t i = 0; i < depth; i++) {
		buf_addc(&text, open);
		if (open == '{')
			buf_adds(&text, "\"[{\\\"\":");
	}
	if (open == '{')
		buf_adds(&text, "0");
	for (size_t i = 0; i < depth; i++)
		buf_addc(&text, close);
	return json_parse(text.base, text.len, err);
}

static void test_depth_is_bounded(void **state)
{
	static const char pairs[] = "[]{}";

	(void)state;
	for (size_t i = 0; i < 4; i += 2) {
		AUTO_JSON json_t *deep = NULL;
		struct err err;

		deep = parse_nested(JSON_MAX_DEPTH, pairs[i], pairs[i + 1],
				    &err);
		assert_non_null(deep);
		assert_null(parse_nested(JSON_MAX_DEPTH + 1, pairs[i],
					 pairs[i + 1], &err));
		assert_int_equal(err.code, ERR_TOO_BIG);
		assert_null(parse_nested(3000, pairs[i], pairs[i + 1], &err));
	}
}

static void test_a_path_leads_to_a_value_or_nowhere(void **state)
{
	AUTO_JSON json_t *value =
		parse("{\"spec\":{\"list\":[{\"n\":1},[10,11]],\"on\":true,"
		      "\"name\":\"x\"}}");
	static const char *const nowhere[] = {
		"spec.none",     "spec.list[2]", "spec.list[-1]",
		"spec.list[]",   "spec.list[0",  "spec.list[x]",
		"spec.list[ 0]", "spec[0]",      "spec.name.x",
		"[0]",           "spec..name",   "spec.list[99999999999999]",
	};

	(void)state;
	assert_ptr_equal(json_at(value, ""), value);
	assert_int_equal(json_int_at(value, "spec.list[0].n", 7), 1);
	assert_int_equal(json_int_at(value, "spec.list[1][1]", 7), 11);
	assert_string_equal(json_str_at(value, "spec.name"), "x");
	assert_true(json_bool_at(value, "spec.on", false));
	for (size_t i = 0; i < ARRAY_LEN(nowhere); i++)
		assert_null(json_at(value, nowhere[i]));
	assert_null(json_at(NULL, "a"));
}

static void test_a_value_of_another_kind_gives_the_default(void **state)
{
	AUTO_JSON json_t *value = parse("{\"n\":1,\"r\":1.5,\"s\":\"1\"}");

	(void)state;
	assert_null(json_str_at(value, "n"));
	assert_int_equal(json_int_at(value, "s", 7), 7);
	assert_int_equal(json_int_at(value, "r", 7), 7);
	assert_true(json_bool_at(value, "n", true));
	assert_false(json_bool_at(value, "none", false));
}

static void test_put_makes_the_objects_on_its_way(void **state)
{
	AUTO_JSON json_t *object = parse("{\"a\":1,\"b\":{\"c\":2}}");

	(void)state;
	json_put(object, "x", json_integer(3));
	json_put(object, "b.d", json_integer(4));
	json_put(object, "a.e.f", json_true());
	json_put(object, "b.c", json_null());

	assert_json(object, "{\"a\":{\"e\":{\"f\":true}},"
			    "\"b\":{\"c\":null,\"d\":4},\"x\":3}");
}

/* A name is not cut, for it would then be another member's. */
static void test_a_long_name_is_one_too(void **state)
{
	AUTO_JSON json_t *object = json_object();
	char name[301];

	(void)state;
	memset(name, 'n', 300);
	name[300] = '\0';
	json_put(object, name, json_integer(1));
	assert_int_equal(json_int_at(object, name, 0), 1);
	name[200] = '\0';
	assert_null(json_at(object, name));
	assert_int_equal(json_object_size(object), 1);
}

/* RFC 7396, appendix A, and section 3's. */
static void test_merge_patches_are_those_of_the_standard(void **state)
{
	static const struct {
		const char *target;
		const char *patch;
		const char *result;
	} cases[] = {
		{ "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
		{ "{\"a\":\"b\"}", "{\"b\":\"c\"}",
		  "{\"a\":\"b\",\"b\":\"c\"}" },
		{ "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
		{ "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}",
		  "{\"b\":\"c\"}" },
		{ "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
		{ "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
		{ "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}",
		  "{\"a\":{\"b\":\"d\"}}" },
		{ "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
		{ "[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]" },
		{ "{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]" },
		{ "{\"a\":\"foo\"}", "null", "null" },
		{ "{\"a\":\"foo\"}", "\"bar\"", "\"bar\"" },
		{ "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
		{ "[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}" },
		{ "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}",
		  "{\"a\":{\"bb\":{}}}" },
		{ "{\"a\":1}", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_JSON json_t *target = parse(cases[i].target);
		AUTO_JSON json_t *patch = parse(cases[i].patch);
		AUTO_JSON json_t *result = json_merge_patch(target, patch);

		assert_json(result, cases[i].result);
		assert_json(target, cases[i].target);
		assert_json(patch, cases[i].patch);
	}
}

static void test_the_result_of_a_patch_is_its_own(void **state)
{
	AUTO_JSON json_t *target = parse("{\"a\":{\"kept\":{\"n\":1}}}");
	AUTO_JSON json_t *patch = parse("{\"b\":{\"l\":[{\"n\":1}]}}");
	AUTO_JSON json_t *result = json_merge_patch(target, patch);

	(void)state;
	json_put(result, "a.kept.n", json_integer(2));
	json_put(json_at(result, "b.l[0]"), "n", json_integer(2));

	assert_int_equal(json_int_at(target, "a.kept.n", 0), 1);
	assert_int_equal(json_int_at(patch, "b.l[0].n", 0), 1);
}

struct machine {
	char name[8];
	uint32_t unit;
	bool uefi;
	unsigned power;
	int untouched;
};

static const char *const powers[] = { "on", "off", "cycle", NULL };

static const struct json_field fields[] = {
	JSON_STR(struct machine, name, "name", JSON_REQUIRED),
	JSON_U32(struct machine, unit, "unit", 0, 1, 60),
	JSON_BOOL(struct machine, uefi, "uefi", 0),
	JSON_ENUM(struct machine, power, "power", 0, powers),
};

static int decode(const char *text, enum json_unknown unknown,
		  struct machine *machine, struct err *err)
{
	AUTO_JSON json_t *object = parse(text);

	return json_decode(object, fields, ARRAY_LEN(fields), unknown,
			   "machines[0]", machine, err);
}

static void test_a_table_decodes_every_kind(void **state)
{
	struct machine machine = { .untouched = 5 };
	struct err err;

	(void)state;
	assert_int_equal(decode("{\"power\":\"cycle\",\"uefi\":true,"
				"\"unit\":60,\"name\":\"1234567\"}",
				JSON_KEYS_STRICT, &machine, &err),
			 0);

	assert_string_equal(machine.name, "1234567");
	assert_int_equal(machine.unit, 60);
	assert_true(machine.uefi);
	assert_int_equal(machine.power, 2);
	assert_int_equal(machine.untouched, 5);
}

static void test_what_is_absent_or_null_keeps_its_value(void **state)
{
	struct machine machine = { "old", 3, true, 1, 0 };
	struct err err;

	(void)state;
	assert_int_equal(decode("{\"name\":\"new\",\"unit\":null}",
				JSON_KEYS_STRICT, &machine, &err),
			 0);

	assert_string_equal(machine.name, "new");
	assert_int_equal(machine.unit, 3);
	assert_true(machine.uefi);
	assert_int_equal(machine.power, 1);
}

static void test_a_wrong_value_is_named_with_what_is_expected(void **state)
{
	static const struct {
		const char *text;
		const char *says;
		enum err_code code;
	} cases[] = {
		{ "[]", "machines[0]: expected key: value", ERR_INVALID },
		{ "{}", "machines[0]: name is missing", ERR_INVALID },
		{ "{\"name\":null}", "machines[0]: name is missing",
		  ERR_INVALID },
		{ "{\"name\":1}", "machines[0].name: expected a string",
		  ERR_INVALID },
		{ "{\"name\":\"12345678\"}",
		  "machines[0].name: longer than 7 characters", ERR_TOO_BIG },
		{ "{\"name\":\"a\",\"unit\":0}",
		  "machines[0].unit: expected a number from 1 to 60",
		  ERR_INVALID },
		{ "{\"name\":\"a\",\"unit\":61}",
		  "machines[0].unit: expected a number from 1 to 60",
		  ERR_INVALID },
		{ "{\"name\":\"a\",\"unit\":4294967297}",
		  "machines[0].unit: expected a number from 1 to 60",
		  ERR_INVALID },
		{ "{\"name\":\"a\",\"unit\":1.0}",
		  "machines[0].unit: expected a number from 1 to 60",
		  ERR_INVALID },
		{ "{\"name\":\"a\",\"uefi\":\"true\"}",
		  "machines[0].uefi: expected true or false", ERR_INVALID },
		{ "{\"name\":\"a\",\"power\":\"On\"}",
		  "machines[0].power: \"On\": expected one of on, off, cycle",
		  ERR_INVALID },
		{ "{\"name\":\"a\",\"power\":1}",
		  "machines[0].power: \"(not a string)\": expected one of on, "
		  "off, cycle",
		  ERR_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct machine machine = { 0 };
		struct err err;

		assert_int_equal(
			decode(cases[i].text, JSON_KEYS_STRICT, &machine, &err),
			-1);
		assert_string_equal(err.message, cases[i].says);
		assert_int_equal(err.code, cases[i].code);
	}
}

static void test_an_unknown_key_is_an_error_or_passed_over(void **state)
{
	struct machine machine = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(decode("{\"name\":\"a\",\"uint\":1}", JSON_KEYS_STRICT,
				&machine, &err),
			 -1);
	assert_string_equal(err.message, "machines[0].uint: unknown key; did "
					 "you mean unit?");
	assert_int_equal(decode("{\"name\":\"a\",\"somethingelse\":1}",
				JSON_KEYS_STRICT, &machine, &err),
			 -1);
	assert_string_equal(err.message,
			    "machines[0].somethingelse: unknown key");
	assert_int_equal(decode("{\"uint\":1,\"name\":\"b\",\"x\":{}}",
				JSON_KEYS_LAX, &machine, &err),
			 0);
	assert_string_equal(machine.name, "b");
}

static void test_names_become_a_list(void **state)
{
	(void)state;
	AUTO_JSON json_t *none = json_of_names("");
	AUTO_JSON json_t *two = json_of_names("a,bc");
	AUTO_FREE char *text = json_text(two);

	assert_int_equal(json_array_size(none), 0);
	assert_string_equal(text, "[\"a\",\"bc\"]");
	assert_string_equal(json_text_at(two, "[1]"), "bc");
	assert_string_equal(json_text_at(two, "[2]"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_text_survives_there_and_back),
		RUN(test_what_is_no_json_is_refused_with_its_place),
		RUN(test_depth_is_bounded),
		RUN(test_a_path_leads_to_a_value_or_nowhere),
		RUN(test_a_value_of_another_kind_gives_the_default),
		RUN(test_put_makes_the_objects_on_its_way),
		RUN(test_a_long_name_is_one_too),
		RUN(test_merge_patches_are_those_of_the_standard),
		RUN(test_the_result_of_a_patch_is_its_own),
		RUN(test_names_become_a_list),
		RUN(test_a_table_decodes_every_kind),
		RUN(test_what_is_absent_or_null_keeps_its_value),
		RUN(test_a_wrong_value_is_named_with_what_is_expected),
		RUN(test_an_unknown_key_is_an_error_or_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
