/* SPDX-License-Identifier: Apache-2.0 */
#include "store/applied_plan.h"
#include "unit/store/fixture.h"

static void assert_blank(const char *text, const char *expected)
{
	AUTO_FREE char *blank = applied_blank(text);

	if (!expected) {
		assert_null(blank);
		return;
	}
	assert_non_null(blank);
	assert_string_equal(blank, expected);
}

static void test_values_go_and_keys_stay(void **state)
{
	(void)state;
	assert_blank("{\"apiVersion\":\"v1\",\"data\":{\"a\":\"c2VjcmV0\"},"
		     "\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},"
		     "\"stringData\":{\"b\":\"planted\",\"c\":7},"
		     "\"type\":\"Opaque\"}\n",
		     "{\"apiVersion\":\"v1\",\"data\":{\"a\":\"\"},"
		     "\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},"
		     "\"stringData\":{\"b\":\"\",\"c\":\"\"},"
		     "\"type\":\"Opaque\"}\n");
}

static void test_what_could_hold_a_value_unseen_goes(void **state)
{
	(void)state;
	assert_blank("{\"kind\":\"Secret\",\"stringdata\":{\"b\":\"planted\"},"
		     "\"spec\":{\"x\":\"planted\"}}",
		     "{\"kind\":\"Secret\"}\n");
	assert_blank("{\"data\":\"planted\",\"stringData\":[\"planted\"]}",
		     "{\"data\":{},\"stringData\":{}}\n");
}

static void test_what_is_not_understood_is_not_kept(void **state)
{
	(void)state;
	assert_blank("", NULL);
	assert_blank("planted", NULL);
	assert_blank("[\"planted\"]", NULL);
	assert_blank("{\"data\":{\"a\":\"planted\"}", NULL);
}

static void test_what_was_blanked_can_be_filled_again(void **state)
{
	static const char text[] =
		"{\"apiVersion\":\"v1\",\"data\":{\"a\":\"c2VjcmV0\"},"
		"\"kind\":\"Secret\",\"metadata\":{\"annotations\":{},"
		"\"name\":\"s\"},\"stringData\":{\"b\":\"planted\"}}\n";
	AUTO_JSON json_t *values =
		json_of("{'a':'c2VjcmV0','b':'cGxhbnRlZA==','c':'eA=='}");
	AUTO_FREE char *blank = applied_blank(text);
	AUTO_FREE char *filled = applied_fill(blank, values);

	(void)state;
	assert_string_equal(filled, text);
}

static void test_a_value_that_is_gone_or_no_text_stays_empty(void **state)
{
	AUTO_JSON json_t *values = json_of("{'b':'/w=='}"); /* 0xff */
	AUTO_FREE char *filled = applied_fill(
		"{\"data\":{\"a\":\"\"},\"stringData\":{\"b\":\"\"}}", values);

	(void)state;
	assert_string_equal(filled, "{\"data\":{\"a\":\"\"},"
				    "\"stringData\":{\"b\":\"\"}}\n");
	assert_null(applied_fill("planted", values));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_values_go_and_keys_stay),
		RUN(test_what_could_hold_a_value_unseen_goes),
		RUN(test_what_is_not_understood_is_not_kept),
		RUN(test_what_was_blanked_can_be_filled_again),
		RUN(test_a_value_that_is_gone_or_no_text_stays_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
