/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/pattern_wire.h"

#include <string.h>

#include "base/str.h"
#include "test.h"

static int matches(const char *text, const char *event)
{
	struct err err;
	AUTO_PATTERN struct pattern *pattern = NULL;
	AUTO_JSON json_t *value = json_parse(event, strlen(event), &err);
	int status;

	assert_non_null(value);
	pattern = pattern_new(text, strlen(text), &err);
	if (!pattern)
		fail_msg("%s: %s", text, err.message);
	status = pattern_match(pattern, value, &err);
	if (status < 0)
		fail_msg("%s: %s", text, err.message);
	return status;
}

static const struct {
	const char *pattern;
	const char *event;
	int matches;
} match_rows[] = {
	/* Values, one by one. */
	{ "{\"a\":[\"x\"]}", "{\"a\":\"x\"}", 1 },
	{ "{\"a\":[\"x\"]}", "{\"a\":\"y\"}", 0 },
	{ "{\"a\":[\"x\"]}", "{\"b\":\"x\"}", 0 },
	{ "{\"a\":[\"x\",\"y\"]}", "{\"a\":\"y\"}", 1 },
	{ "{\"a\":[]}", "{\"a\":\"y\"}", 0 },
	{ "{\"a\":[\"1\"]}", "{\"a\":1}", 0 },
	{ "{\"a\":[35]}", "{\"a\":35.0}", 1 },
	{ "{\"a\":[3.5e1]}", "{\"a\":35}", 1 },
	{ "{\"a\":[35]}", "{\"a\":36}", 0 },
	{ "{\"a\":[9007199254740993]}", "{\"a\":9007199254740992}", 0 },
	{ "{\"a\":[true]}", "{\"a\":true}", 1 },
	{ "{\"a\":[true]}", "{\"a\":\"true\"}", 0 },
	{ "{\"a\":[null]}", "{\"a\":null}", 1 },
	{ "{\"a\":[null]}", "{}", 0 },
	/* Lists are passed through. */
	{ "{\"a\":[2]}", "{\"a\":[1,2]}", 1 },
	{ "{\"a\":[2]}", "{\"a\":[[1],[[2]]]}", 1 },
	{ "{\"a\":{\"b\":[1]}}", "{\"a\":[{\"b\":0},{\"b\":[3,1]}]}", 1 },
	{ "{\"a\":{\"b\":[1]}}", "{\"a\":[]}", 0 },
	{ "{\"a\":{\"b\":[1]}}", "{\"a\":1}", 0 },
	{ "{\"a\":[1]}", "{\"a\":{\"b\":1}}", 0 },
	/* Several fields: all, and of one element. */
	{ "{\"a\":[1],\"b\":[2]}", "{\"a\":1,\"b\":2}", 1 },
	{ "{\"a\":[1],\"b\":[2]}", "{\"a\":1,\"b\":3}", 0 },
	{ "{\"a\":{\"b\":[1],\"c\":[2]}}",
	  "{\"a\":[{\"b\":1,\"c\":3},{\"b\":0,\"c\":2}]}", 0 },
	{ "{\"a\":{\"b\":[1],\"c\":[2]}}",
	  "{\"a\":[{\"b\":1,\"c\":3},{\"b\":1,\"c\":2}]}", 1 },
	/* Prefix. */
	{ "{\"a\":[{\"prefix\":\"al\"}]}", "{\"a\":\"alpha\"}", 1 },
	{ "{\"a\":[{\"prefix\":\"al\"}]}", "{\"a\":\"al\"}", 1 },
	{ "{\"a\":[{\"prefix\":\"al\"}]}", "{\"a\":\"pal\"}", 0 },
	{ "{\"a\":[{\"prefix\":\"\"}]}", "{\"a\":\"\"}", 1 },
	{ "{\"a\":[{\"prefix\":\"3\"}]}", "{\"a\":35}", 0 },
	/* Stars. */
	{ "{\"a\":[{\"wildcard\":\"*\"}]}", "{\"a\":\"\"}", 1 },
	{ "{\"a\":[{\"wildcard\":\"*\"}]}", "{\"a\":1}", 0 },
	{ "{\"a\":[{\"wildcard\":\"*.jpg\"}]}", "{\"a\":\"9.jpg\"}", 1 },
	{ "{\"a\":[{\"wildcard\":\"*.jpg\"}]}", "{\"a\":\"9.jpgs\"}", 0 },
	{ "{\"a\":[{\"wildcard\":\"a*b*c\"}]}", "{\"a\":\"aXbYbZc\"}", 1 },
	{ "{\"a\":[{\"wildcard\":\"a*b*c\"}]}", "{\"a\":\"acb\"}", 0 },
	{ "{\"a\":[{\"wildcard\":\"a*aa\"}]}", "{\"a\":\"aaaa\"}", 1 },
	{ "{\"a\":[{\"wildcard\":\"a\\\\*b\"}]}", "{\"a\":\"a*b\"}", 1 },
	{ "{\"a\":[{\"wildcard\":\"a\\\\*b\"}]}", "{\"a\":\"axb\"}", 0 },
	{ "{\"a\":[{\"wildcard\":\"a\\\\\\\\b\"}]}", "{\"a\":\"a\\\\b\"}", 1 },
	{ "{\"a\":[{\"shellstyle\":\"a\\\\*\"}]}", "{\"a\":\"a\\\\bc\"}", 1 },
	{ "{\"a\":[{\"shellstyle\":\"x*\"}]}", "{\"a\":\"ax\"}", 0 },
	/* Case. */
	{ "{\"a\":[{\"equals-ignore-case\":\"Dell INC.\"}]}",
	  "{\"a\":\"DELL inc.\"}", 1 },
	{ "{\"a\":[{\"equals-ignore-case\":\"\xc3\x84pfel\"}]}",
	  "{\"a\":\"\xc3\xa4PFEL\"}", 1 },
	{ "{\"a\":[{\"equals-ignore-case\":\"a\"}]}", "{\"a\":\"ab\"}", 0 },
	{ "{\"a\":[{\"equals-ignore-case\":\"ab\"}]}", "{\"a\":\"a\"}", 0 },
	/* Expressions: of the whole, ~ for \. */
	{ "{\"a\":[{\"regexp\":\"r[0-9]+\"}]}", "{\"a\":\"r12\"}", 1 },
	{ "{\"a\":[{\"regexp\":\"r[0-9]+\"}]}", "{\"a\":\"xr12\"}", 0 },
	{ "{\"a\":[{\"regexp\":\"r[0-9]+\"}]}", "{\"a\":\"r12x\"}", 0 },
	{ "{\"a\":[{\"regexp\":\"a|b\"}]}", "{\"a\":\"b\"}", 1 },
	{ "{\"a\":[{\"regexp\":\"a|b\"}]}", "{\"a\":\"ab\"}", 0 },
	{ "{\"a\":[{\"regexp\":\"a~.b\"}]}", "{\"a\":\"a.b\"}", 1 },
	{ "{\"a\":[{\"regexp\":\"a~.b\"}]}", "{\"a\":\"axb\"}", 0 },
	{ "{\"a\":[{\"regexp\":\"a\\\\b\"}]}", "{\"a\":\"a\\\\b\"}", 1 },
	{ "{\"a\":[{\"regexp\":\"a.b\"}]}", "{\"a\":\"a\\nb\"}", 1 },
	/* Anything but. */
	{ "{\"a\":[{\"anything-but\":[\"x\",\"y\"]}]}", "{\"a\":\"z\"}", 1 },
	{ "{\"a\":[{\"anything-but\":[\"x\",\"y\"]}]}", "{\"a\":\"y\"}", 0 },
	{ "{\"a\":[{\"anything-but\":[\"x\"]}]}", "{}", 0 },
	{ "{\"a\":[{\"anything-but\":[\"x\"]}]}", "{\"a\":1}", 0 },
	{ "{\"a\":[{\"anything-but\":[\"x\"]}]}", "{\"a\":[\"x\",\"z\"]}", 1 },
	/* Exists. */
	{ "{\"a\":[{\"exists\":true}]}", "{\"a\":null}", 1 },
	{ "{\"a\":[{\"exists\":true}]}", "{\"a\":{\"b\":1}}", 0 },
	{ "{\"a\":[{\"exists\":true}]}", "{\"a\":[]}", 0 },
	{ "{\"a\":[{\"exists\":false}]}", "{\"a\":[]}", 1 },
	{ "{\"a\":[{\"exists\":false}]}", "{\"a\":0}", 0 },
	{ "{\"a\":[{\"exists\":false}]}", "{}", 1 },
	{ "{\"a\":{\"b\":[{\"exists\":false}]}}", "{}", 1 },
	{ "{\"a\":{\"b\":[{\"exists\":false}]}}", "{\"a\":1}", 1 },
	{ "{\"a\":{\"b\":[{\"exists\":false}]}}",
	  "{\"a\":[{\"c\":1},{\"b\":1}]}", 0 },
	{ "{\"a\":{\"b\":[{\"exists\":false}],\"c\":[1]}}",
	  "{\"a\":[{\"c\":1}]}", 1 },
	{ "{\"a\":{\"b\":[{\"exists\":false}],\"c\":[1]}}", "{}", 0 },
	/* What is no object at all. */
	{ "{\"a\":[1]}", "[{\"a\":1}]", 1 },
	{ "{\"a\":[1]}", "[]", 0 },
};

static void test_what_matches(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(match_rows); i++)
		if (matches(match_rows[i].pattern, match_rows[i].event) !=
		    match_rows[i].matches)
			fail_msg("%s of %s: expected %d", match_rows[i].pattern,
				 match_rows[i].event, match_rows[i].matches);
}

static void test_what_is_no_pattern_says_why(void **state)
{
	static const struct {
		const char *pattern;
		const char *message;
	} rows[] = {
		{ "", "pattern: " },
		{ "{\"a\":[1]", "pattern: " },
		{ "[1]", "pattern: it is no object" },
		{ "{}", "pattern: it has no fields" },
		{ "{\"a\":{\"b\":{}}}", "pattern: a.b: it has no fields" },
		{ "{\"a\":{\"b\":1}}",
		  "pattern: a.b: it is neither an object nor a list" },
		{ "{\"a\":[[1]]}", "pattern: a: a list in a list" },
		{ "{\"a\":[{}]}", "an object in the list has one name" },
		{ "{\"a\":[{\"prefix\":\"x\",\"exists\":true}]}",
		  "an object in the list has one name" },
		{ "{\"a\":[{\"prefixes\":\"x\"}]}",
		  "pattern: a: \"prefixes\" is not one of prefix, " },
		{ "{\"a\":[{\"prefix\":1}]}", "prefix takes a string" },
		{ "{\"a\":[{\"wildcard\":[\"x\"]}]}",
		  "wildcard takes a string" },
		{ "{\"a\":[{\"wildcard\":\"a**b\"}]}", "two * side by side" },
		{ "{\"a\":[{\"wildcard\":\"a\\\\b\"}]}", "after \\ there is" },
		{ "{\"a\":[{\"wildcard\":\"a\\\\\"}]}", "after \\ there is" },
		{ "{\"a\":[{\"exists\":\"yes\"}]}",
		  "exists takes true or false" },
		{ "{\"a\":[{\"exists\":true},\"x\"]}", "stand alone" },
		{ "{\"a\":[\"x\",{\"anything-but\":[\"y\"]}]}", "stand alone" },
		{ "{\"a\":[{\"anything-but\":\"y\"}]}",
		  "anything-but takes a list of strings" },
		{ "{\"a\":[{\"anything-but\":[]}]}",
		  "anything-but takes a list of strings" },
		{ "{\"a\":[{\"anything-but\":[1]}]}",
		  "anything-but takes a list of strings" },
		{ "{\"a\":[{\"regexp\":\"a(b\"}]}", "pattern: a: regexp: " },
		{ "{\"a\":[{\"regexp\":\"a~\"}]}",
		  "pattern: a: regexp: it ends in ~" },
	};
	struct pattern *pattern;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *text = rows[i].pattern;

		pattern = pattern_new(text, strlen(text), &err);
		if (pattern)
			fail_msg("taken: %s", text);
		if (!strstr(err.message, rows[i].message))
			fail_msg("%s: \"%s\" does not say \"%s\"", text,
				 err.message, rows[i].message);
	}
}

static void test_a_long_pattern_is_refused(void **state)
{
	AUTO_FREE char *text = xmalloc(PATTERN_MAX + 1);
	struct err err;

	(void)state;
	memset(text, ' ', PATTERN_MAX + 1);

	assert_null(pattern_new(text, PATTERN_MAX + 1, &err));

	assert_int_equal(err.code, ERR_TOO_BIG);
}

static void test_an_expression_that_takes_too_long_is_given_up(void **state)
{
	static const char text[] =
		"{\"a\":[{\"regexp\":\"((x*y?){30}){20}z\"}]}";
	struct err err = { .code = ERR_NONE };
	AUTO_PATTERN struct pattern *pattern = NULL;
	AUTO_JSON json_t *event = json_object();
	AUTO_FREE char *word = xmalloc(8001);

	(void)state;
	memset(word, 'x', 8000);
	word[8000] = '\0';
	json_object_set_new(event, "a", json_string(word));
	pattern = pattern_new(text, strlen(text), &err);
	assert_non_null(pattern);

	assert_int_equal(pattern_match(pattern, event, &err), -1);

	assert_int_equal(err.code, ERR_TOO_BIG);
	assert_non_null(strstr(err.message, "takes too long"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_matches),
		cmocka_unit_test(test_what_is_no_pattern_says_why),
		cmocka_unit_test(test_a_long_pattern_is_refused),
		cmocka_unit_test(
			test_an_expression_that_takes_too_long_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
