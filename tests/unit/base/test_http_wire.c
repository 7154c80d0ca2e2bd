/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_wire.h"

#include "base/mem.h"
#include "test.h"

static void test_a_path_is_decoded_once_and_its_slashes_joined(void **state)
{
	static const struct {
		const char *target;
		const char *path;
	} cases[] = {
		{ "/", "/" },
		{ "/a/b?c=/../", "/a/b" },
		{ "//a///b//", "/a/b/" },
		{ "/a%20b%2fc", "/a b/c" },
		{ "%2fa", "/a" },
		{ "/a%2f%2Fb", "/a/b" },
		{ "/a%252e%252e", "/a%2e%2e" },
		{ "/a+b", "/a+b" },
		{ "/a/./b", "/a/./b" },
		{ "/..a/b../...", "/..a/b../..." },
		{ "/%41", "/A" },
		{ "/%c3%a4", "/\xc3\xa4" },
		{ "/x?%zz", "/x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *path = http_path_clean(cases[i].target);

		assert_non_null(path);
		assert_string_equal(path, cases[i].path);
	}
}

static void test_a_path_that_could_lead_elsewhere_is_none(void **state)
{
	static const char *const bad[] = {
		"",      "a",        "?a",      "/a/../b",     "/..",  "/../",
		"/a/..", "/%2e%2e/", "/a/.%2E", "/a%2f..%2fb", "/%00", "/a%00b",
		"/a\\b", "/a%5cb",   "/%",      "/%4",         "/%zz", "/a%0ab",
		"/%7f",  "/a//../b", "/..//a",  "/%1",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO_FREE char *path = http_path_clean(bad[i]);

		assert_null(path);
	}
}

static void test_a_query_gives_each_value_decoded(void **state)
{
	struct http_query query;

	(void)state;
	assert_true(http_query_parse(
		&query, "/p?a=1&b=x+y%26z&flag&&c=&a=2&n%61me=v&=no&d==e"));

	assert_string_equal(http_query_get(&query, "a"), "1");
	assert_string_equal(http_query_get(&query, "b"), "x y&z");
	assert_string_equal(http_query_get(&query, "flag"), "");
	assert_string_equal(http_query_get(&query, "c"), "");
	assert_string_equal(http_query_get(&query, "name"), "v");
	assert_string_equal(http_query_get(&query, "d"), "=e");
	assert_null(http_query_get(&query, "e"));
	http_query_release(&query);

	assert_true(http_query_parse(&query, "/p"));
	assert_null(http_query_get(&query, ""));
	assert_true(http_query_parse(&query, "/p?"));
	assert_int_equal(query.n_params, 0);
}

static void test_a_query_with_a_nul_or_a_bad_escape_is_none(void **state)
{
	static const char *const bad[] = { "/?a=%00", "/?%00", "/?a=1&b=%",
					   "/?a=%4", "/?a=%zz" };
	struct http_query query;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(http_query_parse(&query, bad[i]));
}

static void test_a_range_is_one_that_the_file_has(void **state)
{
	static const struct {
		const char *header;
		enum http_range is;
		int64_t first;
		int64_t last;
	} cases[] = {
		{ "bytes=0-0", HTTP_RANGE_PART, 0, 0 },
		{ "bytes=0-99", HTTP_RANGE_PART, 0, 99 },
		{ "bytes=10-", HTTP_RANGE_PART, 10, 99 },
		{ "bytes=99-", HTTP_RANGE_PART, 99, 99 },
		{ "bytes=50-1000", HTTP_RANGE_PART, 50, 99 },
		{ "bytes=-1", HTTP_RANGE_PART, 99, 99 },
		{ "bytes=-1000", HTTP_RANGE_PART, 0, 99 },
		{ "Bytes=1-2", HTTP_RANGE_PART, 1, 2 },
		{ "bytes=100-", HTTP_RANGE_NONE, 0, 0 },
		{ "bytes=100-200", HTTP_RANGE_NONE, 0, 0 },
		{ "bytes=-0", HTTP_RANGE_NONE, 0, 0 },
		{ NULL, HTTP_RANGE_ALL, 0, 0 },
		{ "", HTTP_RANGE_ALL, 0, 0 },
		{ "bytes", HTTP_RANGE_ALL, 0, 0 },
		{ "bytes=", HTTP_RANGE_ALL, 0, 0 },
		{ "bytes=-", HTTP_RANGE_ALL, 0, 0 },
		{ "bytes=5", HTTP_RANGE_ALL, 0, 0 },
		{ "bytes=5-4", HTTP_RANGE_ALL, 0, 0 },
		{ "bytes=200-100", HTTP_RANGE_ALL, 0, 0 },
		{ "bytes=0-1,5-6", HTTP_RANGE_ALL, 0, 0 },
		{ "bytes=a-b", HTTP_RANGE_ALL, 0, 0 },
		{ "bytes=0x0-5", HTTP_RANGE_ALL, 0, 0 },
		{ "bytes=--5", HTTP_RANGE_ALL, 0, 0 },
		{ "bytes=1-9223372036854775808", HTTP_RANGE_ALL, 0, 0 },
		{ "bytes=99999999999999999999999-", HTTP_RANGE_ALL, 0, 0 },
		{ "lines=0-1", HTTP_RANGE_ALL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t first = 0;
		int64_t last = 0;

		assert_int_equal(
			http_range_parse(cases[i].header, 100, &first, &last),
			cases[i].is);
		assert_int_equal(first, cases[i].first);
		assert_int_equal(last, cases[i].last);
	}
}

static void test_an_empty_file_has_no_range(void **state)
{
	int64_t first;
	int64_t last;

	(void)state;
	assert_int_equal(http_range_parse("bytes=0-", 0, &first, &last),
			 HTTP_RANGE_NONE);
	assert_int_equal(http_range_parse("bytes=-5", 0, &first, &last),
			 HTTP_RANGE_NONE);
}

static void test_a_tag_is_found_in_a_list_weakly(void **state)
{
	static const char *const with[] = {
		"\"a\"", "W/\"a\"", "\"b\", \"a\"", "\"b\",W/\"a\" , \"c\"",
		"*",     ", \"a\"",
	};
	static const char *const without[] = {
		"",
		"a",
		"\"b\"",
		"\"a",
		"\"aa\"",
		"\"A\"",
		"b, \"a\"",
		"W/a",
		"\"\"",
		"\"b\" x \"a\"",
		"\"b,\\\"a\"",
		"*, \"b\"",
		"\"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(with); i++) {
		assert_true(http_etag_listed(with[i], "\"a\""));
		assert_true(http_etag_listed(with[i], "W/\"a\""));
	}
	for (size_t i = 0; i < ARRAY_LEN(without); i++)
		assert_false(http_etag_listed(without[i], "\"a\""));
}

static void test_a_range_needs_the_very_same_tag(void **state)
{
	(void)state;
	assert_true(http_etag_same("\"a\"", "\"a\""));
	assert_false(http_etag_same("\"a\"", "\"b\""));
	assert_false(http_etag_same("W/\"a\"", "W/\"a\""));
	assert_false(http_etag_same("W/\"a\"", "\"a\""));
	assert_false(http_etag_same("Sat, 29 Oct 1994 19:43:31 GMT", "\"a\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_path_is_decoded_once_and_its_slashes_joined),
		RUN(test_a_path_that_could_lead_elsewhere_is_none),
		RUN(test_a_query_gives_each_value_decoded),
		RUN(test_a_query_with_a_nul_or_a_bad_escape_is_none),
		RUN(test_a_range_is_one_that_the_file_has),
		RUN(test_an_empty_file_has_no_range),
		RUN(test_a_tag_is_found_in_a_list_weakly),
		RUN(test_a_range_needs_the_very_same_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
