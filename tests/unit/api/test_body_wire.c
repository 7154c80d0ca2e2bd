/* SPDX-License-Identifier: Apache-2.0 */
#include "api/body_wire.h"

#include "base/str.h"
#include "json.h"

static void check(const char *text, const char *value, const char *duplicates)
{
	AUTO_JSON json_t *found = json_array();
	AUTO_JSON json_t *read = NULL;
	struct err err;

	read = body_parse_json(text, strlen(text), found, &err);
	if (!read)
		fail_msg("%s: %s", text, err.message);
	assert_json(read, value);
	assert_json(found, duplicates);
}

static void refuse(const char *text, enum err_code code)
{
	AUTO_JSON json_t *found = json_array();
	struct err err;

	assert_null(body_parse_json(text, strlen(text), found, &err));
	assert_int_equal(err.code, code);
}

static void test_a_body_is_read(void **state)
{
	(void)state;
	check("{\"a\":[1,\"x\",null,true]}", "{'a':[1,'x',null,true]}", "[]");
	check(" 7 ", "7", "[]");
}

static void test_the_latter_of_two_members_counts(void **state)
{
	(void)state;
	check("{\"a\":1,\"a\":2}", "{'a':2}", "['a']");
	check("{\"a\":1,\"\\u0061\":2,\"a\":3}", "{'a':3}", "['a']");
	check("{ \"spec\" : { \"x\":1 , \"y\":[{\"b\":1},{\"b\":1,\"b\":2}],"
	      "\"x\":{} } }",
	      "{'spec':{'x':{},'y':[{'b':1},{'b':2}]}}",
	      "['spec.y[1].b','spec.x']");
}

static void test_what_is_no_json_is_refused(void **state)
{
	static const char *const texts[] = { "",
					     "{",
					     "{\"a\":1,\"a\":2",
					     "{\"a\":1,\"a\":}",
					     "{\"a\":1,\"a\":2} x",
					     "{\"a\":1,\"a\":tru}",
					     "[1 2]",
					     "\"\\" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		refuse(texts[i], ERR_INVALID);
}

static void test_depth_and_number_are_bounded(void **state)
{
	AUTO_FREE char *deep = xcalloc(1, 20001);
	AUTO_FREE char *wide = xcalloc(1, 700001);

	(void)state;
	memset(deep, '[', 10000);
	memset(deep + 10000, ']', 10000);
	refuse(deep, ERR_TOO_BIG);
	wide[0] = '[';
	for (size_t i = 1; i < 699999; i++)
		wide[i] = "{},"[i % 3];
	refuse(wide, ERR_TOO_BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_body_is_read),
		cmocka_unit_test(test_the_latter_of_two_members_counts),
		cmocka_unit_test(test_what_is_no_json_is_refused),
		cmocka_unit_test(test_depth_and_number_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
