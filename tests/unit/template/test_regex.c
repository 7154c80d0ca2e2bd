/* SPDX-License-Identifier: Apache-2.0 */
#include "template/regex.h"
#include "unit/template/rows.h"

static const struct row matches[] = {
	GIVES("{{regexMatch \"a(arch|rm)\" \"aarch64\"}}", "true"),
	GIVES("{{regexMatch \"a(arch|rm)\" (lower \"ARM64\")}}", "true"),
	GIVES("{{regexMatch \"a(arch|rm)\" \"x86_64\"}}", "false"),
	GIVES("{{regexMatch \"^[a-z0-9]+@[a-z]+\\\\.com$\" "
	      "\"t0m@example.com\"}}",
	      "true"),
	GIVES("{{regexMatch \"^a\" \"ba\"}} {{regexMatch \"a$\" \"ba\"}}",
	      "false true"),
	GIVES("{{regexMatch \"\" \"\"}} {{regexMatch \"x*\" \"\"}}",
	      "true true"),
	GIVES("{{regexMatch \"(\" \"a\"}}", "false"), /* it is none: no match */
	GIVES("{{mustRegexMatch \"a+\" \"baa\"}}", "true"),
	FAILS("{{mustRegexMatch \"(\" \"a\"}}",
	      "error calling mustRegexMatch: regular expression: missing )"),
	FAILS("{{regexMatch 1 \"a\"}}", "argument 1: expected string"),
};

static void test_regexMatch_finds_a_part(void **state)
{
	(void)state;
	CHECK(matches);
}

static const struct row finds[] = {
	GIVES("{{regexFind \"[a-zA-Z][1-9]\" \"abcd1234\"}}", "d1"),
	GIVES("{{regexFind \"x\" \"abc\"}}|", "|"),
	GIVES("{{regexFindAll \"[2,4,6,8]\" \"123456789\" -1}}", "[2 4 6 8]"),
	GIVES("{{regexFindAll \"a.\" \"abacad\" 2}} {{regexFindAll \"a\" \"a\" "
	      "0}}",
	      "[ab ac] []"),
	GIVES("{{regexFindAll \"a*\" \"baac\" -1 | len}}", "3"),
	GIVES("{{mustRegexFind \"b+\" \"abbb\"}} {{mustRegexFindAll \"b\" "
	      "\"bb\" 1}}",
	      "bbb [b]"),
	FAILS("{{regexFind \"(\" \"a\"}}", "missing )"),
};

static void test_regexFind_gives_the_leftmost(void **state)
{
	(void)state;
	CHECK(finds);
}

static const struct row replacements[] = {
	GIVES("{{regexReplaceAll \"a(x*)b\" \"-ab-axxb-\" \"${1}W\"}}",
	      "-W-xxW-"),
	GIVES("{{regexReplaceAll \"a(x*)b\" \"-ab-axxb-\" \"$1W\"}}", "---"),
	GIVES("{{regexReplaceAll \"(?P<n>b)\" \"abc\" \"<$n$0$$>\"}}",
	      "a<bb$>c"),
	GIVES("{{regexReplaceAll \"x*\" \"abc\" \"-\"}}", "-a-b-c-"),
	GIVES("{{regexReplaceAll \"(a)|(b)\" \"ab\" \"[$1$2]\"}}", "[a][b]"),
	GIVES("{{regexReplaceAllLiteral \"a(x*)b\" \"-ab-axxb-\" \"${1}\"}}",
	      "-${1}-${1}-"),
	GIVES("{{mustRegexReplaceAll \"\\\\d+\" \"a12b3\" \"#\"}}", "a#b#"),
	GIVES("{{mustRegexReplaceAllLiteral \"b\" \"abc\" \"$\"}}", "a$c"),
	GIVES("{{regexSplit \"z+\" \"pizza\" -1}} {{regexSplit \"z\" \"pizza\" "
	      "2}}",
	      "[pi a] [pi za]"),
	GIVES("{{regexSplit \"z\" \"pizza\" 0}} {{regexSplit \"z\" \"\" -1 | "
	      "len}}",
	      "[] 1"),
	GIVES("{{mustRegexSplit \"\" \"abc\" -1}}", "[a b c]"),
	GIVES("{{regexQuoteMeta \"1.2.3+[a]\"}}", "1\\.2\\.3\\+\\[a\\]"),
	FAILS("{{regexReplaceAll \"*\" \"a\" \"b\"}}", "nothing to repeat"),
};

static void test_regexReplaceAll_knows_groups(void **state)
{
	(void)state;
	CHECK(replacements);
}

static const struct row greed[] = {
	GIVES("{{regexFind \"a+?\" \"aaa\"}} {{regexFind \"a{2}\" \"aaa\"}}",
	      "a aa"),
	GIVES("{{regexFind \"a{2,}?\" \"aaaa\"}} {{regexFind \"a{1,2}\" "
	      "\"aaa\"}}",
	      "aa aa"),
	GIVES("{{regexFind \"a|ab\" \"ab\"}} {{regexFind \"ab|a\" \"ab\"}}",
	      "a ab"),
	GIVES("{{regexFind \"(?U)a+\" \"aaa\"}} {{regexFind \"(?U)a+?\" "
	      "\"aaa\"}}",
	      "a aaa"),
	GIVES("{{regexFind \"a{,2}\" \"a{,2}\"}}", "a{,2}"),
	GIVES("{{regexFind \"x??y\" \"xy\"}}", "xy"),
};

static const struct row classes[] = {
	GIVES("{{regexFind \"[^a-c]+\" \"abxyc\"}} {{regexFind \"[]a]+\" "
	      "\"x]a\"}}",
	      "xy ]a"),
	GIVES("{{regexFind \"\\\\d+\\\\s\\\\w+\" \"a 12 b_1!\"}}", "12 b_1"),
	GIVES("{{regexFind \"[[:upper:]]+\" \"abCDe\"}}", "CD"),
	GIVES("{{regexFind \"[[:^alpha:]]\" \"ab-c\"}}", "-"),
	GIVES("{{regexFind \"\\\\D\\\\S\\\\W\" \"1ab!\"}}", "ab!"),
	GIVES("{{regexFind \"[\\\\d-]+\" \"a1-2\"}}", "1-2"),
	GIVES("{{regexFind \".\" \"\\n\"}}|{{regexFind \"(?s).\" \"\\n\"}}|",
	      "|\n|"),
	GIVES("{{regexFind \"\xc3\xbc.\" .umlaut}}", "\xc3\xbc\xc3\x9f"),
	GIVES("{{regexFind \"\\\\x{fc}\\\\xdf\" .umlaut}}", "\xc3\xbc\xc3\x9f"),
	GIVES("{{regexFind \"\\\\Qa.b\\\\E+\" \"a.bb\"}}", "a.bb"),
};

static const struct row flags[] = {
	GIVES("{{regexFind \"(?i)HELLO\" \"say hello\"}}", "hello"),
	GIVES("{{regexFind \"(?i)[A-Z]+\" \"abc\"}}", "abc"),
	GIVES("{{regexFind \"(?i)\xc3\x9c\" .umlaut}}", "\xc3\xbc"),
	GIVES("{{regexFind \"(?m)^b$\" \"a\\nb\\nc\"}}", "b"),
	GIVES("{{regexFind \"^b$\" \"a\\nb\\nc\"}}|", "|"),
	GIVES("{{regexFind \"a(?i:B)c\" \"aBc abC abc\"}}", "aBc"),
	GIVES("{{regexFind \"\\\\bfoo\\\\b\" \"foobar foo\"}}", "foo"),
	GIVES("{{regexFindAll \"\\\\Ba\" \"a ba\" -1}}", "[a]"),
	GIVES("{{regexFind \"\\\\Aa\\\\z\" \"a\"}}", "a"),
};

static void test_the_syntax_is_that_of_re2(void **state)
{
	(void)state;
	CHECK(greed);
	CHECK(classes);
	CHECK(flags);
}

static const struct row mistakes[] = {
	FAILS("{{regexFind \"a**\" \"a\"}}", "two repetitions"),
	FAILS("{{regexFind \"[b-a]\" \"a\"}}", "invalid range"),
	FAILS("{{regexFind \"[a\" \"a\"}}", "missing ]"),
	FAILS("{{regexFind \"a)\" \"a\"}}", "unexpected )"),
	FAILS("{{regexFind \"\\\\q\" \"a\"}}", "invalid escape"),
	FAILS("{{regexFind \"a\\\\\" \"a\"}}", "invalid escape"),
	FAILS("{{regexFind \"(a)\\\\1\" \"aa\"}}", "invalid escape"),
	FAILS("{{regexFind \"(?=a)\" \"a\"}}", "unknown kind of group"),
	FAILS("{{regexFind \"(?z)\" \"a\"}}", "unknown kind of group"),
	FAILS("{{regexFind \"(?P<a-b>x)\" \"x\"}}", "invalid name"),
	FAILS("{{regexFind \"a{1001}\" \"a\"}}", "invalid count"),
	FAILS("{{regexFind \"a{2,1}\" \"a\"}}", "invalid count"),
	FAILS("{{regexFind \"((a{100}){100}){100}\" \"a\"}}",
	      "too many repetitions"),
	FAILS("{{regexFind \"[[:nope:]]\" \"a\"}}", "unknown class"),
	FAILS("{{regexFind \"\\xff\" \"a\"}}", "invalid UTF-8"),
};

static void test_what_is_no_expression_says_why(void **state)
{
	(void)state;
	CHECK(mistakes);
}

static void test_what_is_not_offered_is_no_silent_mismatch(void **state)
{
	static const struct row rows[] = {
		REFUSED("{{regexMatch \"\\\\pL\" \"a\"}}",
			"classes of Unicode (\\p) are not offered"),
		REFUSED("{{regexMatch \"[\\\\p{Greek}]\" \"a\"}}",
			"not offered"),
		REFUSED("{{regexMatch (printf \"%s%s\" (repeat 300 \"(\")"
			" (repeat 300 \")\")) \"a\"}}",
			"nested over 200 levels"),
		REFUSED("{{regexMatch (repeat 1000 \"(a|b){20}\") \"a\"}}",
			"too large"),
	};

	(void)state;
	CHECK(rows);
}

static void test_spans_are_of_groups_too(void **state)
{
	struct regex_text text = { "say 2024-05", 11, 0 };
	size_t spans[REGEX_SPANS(4)];
	size_t budget = 10000;
	enum regex_result result;
	struct regex *regex;
	struct err err;

	(void)state;
	regex = regex_new("(\\d+)-(?P<m>\\d+)(x)?", 20, &err);
	assert_non_null(regex);
	assert_int_equal(regex_groups(regex), 4);

	result = regex_match(regex, &text, spans, &budget);

	assert_int_equal(result, REGEX_MATCH);
	assert_int_equal(spans[0], 4);
	assert_int_equal(spans[1], 11);
	assert_int_equal(spans[2], 4);
	assert_int_equal(spans[3], 8);
	assert_int_equal(spans[4], 9);
	assert_true(spans[6] == REGEX_NONE && spans[7] == REGEX_NONE);
	assert_int_equal(regex_group(regex, "m", 1, spans), 2);
	assert_true(regex_group(regex, "x", 1, spans) == REGEX_NONE);
	assert_true(budget < 10000);
	regex_free(regex);
}

/* A backtracking matcher takes 2^n steps for that. */
static void test_nested_repetitions_take_no_time(void **state)
{
	struct regex_text text = { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
				   41, 0 };
	size_t spans[REGEX_SPANS(2)];
	size_t budget = 100000;
	enum regex_result result;
	struct regex *regex;
	struct err err;

	(void)state;
	regex = regex_new("^(a+)+$", 7, &err);
	assert_non_null(regex);

	result = regex_match(regex, &text, spans, &budget);

	assert_int_equal(result, REGEX_NO_MATCH);
	assert_true(budget > 90000);
	regex_free(regex);
}

static void test_a_budget_ends_a_search(void **state)
{
	struct regex_text text = { "aaaaaaaaaaaaaaaaaaaa", 20, 0 };
	size_t spans[REGEX_SPANS(1)];
	size_t budget = 50;
	enum regex_result result;
	struct regex *regex;
	struct err err;

	(void)state;
	regex = regex_new("a*b", 3, &err);
	assert_non_null(regex);

	result = regex_match(regex, &text, spans, &budget);

	assert_int_equal(result, REGEX_TOO_MUCH);
	assert_int_equal(budget, 0);
	regex_free(regex);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_regexMatch_finds_a_part),
		RUN(test_regexFind_gives_the_leftmost),
		RUN(test_regexReplaceAll_knows_groups),
		RUN(test_the_syntax_is_that_of_re2),
		RUN(test_what_is_no_expression_says_why),
		RUN(test_what_is_not_offered_is_no_silent_mismatch),
		RUN(test_spans_are_of_groups_too),
		RUN(test_nested_repetitions_take_no_time),
		RUN(test_a_budget_ends_a_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
