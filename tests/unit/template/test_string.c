/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/template/rows.h"

static const struct row trims[] = {
	GIVES("[{{trim \"  a b \\n\"}}]", "[a b]"),
	GIVES("{{trimAll \"$\" \"$5.00$\"}} {{trimall \"-\" \"--x--\"}}",
	      "5.00 x"),
	GIVES("{{trimPrefix \"-\" \"-hello-\"}} {{trimPrefix \"x\" \"abc\"}}",
	      "hello- abc"),
	GIVES("{{trimSuffix \"-\" \"-hello-\"}}", "-hello"),
	GIVES("{{\"/dev/sda\" | trimPrefix \"/dev/\"}}", "sda"),
	FAILS("{{trim 5}}", "argument 1: expected string; got int"),
	FAILS("{{trim nil}}", "argument 1: expected string; got nil"),
	FAILS("{{trim}}", "wrong number of arguments for trim: want 1, got 0"),
};

static void test_trims_take_away_what_is_at_the_ends(void **state)
{
	(void)state;
	CHECK(trims);
}

static const struct row searches[] = {
	GIVES("{{contains \"cat\" \"catch\"}} {{contains \"x\" \"catch\"}}",
	      "true false"),
	GIVES("{{contains \"\" \"\"}}", "true"),
	GIVES("{{hasPrefix \"cat\" \"catch\"}} {{hasPrefix \"catch\" \"cat\"}}",
	      "true false"),
	GIVES("{{hasSuffix \"ch\" \"catch\"}} {{.name | hasSuffix \"1\"}}",
	      "true true"),
	GIVES("{{\"I Am Henry VIII\" | replace \" \" \"-\"}}",
	      "I-Am-Henry-VIII"),
	GIVES("{{replace \"a\" \"\" \"banana\"}} {{replace \"x\" \"y\" "
	      "\"banana\"}}",
	      "bnn banana"),
	GIVES("{{replace \"\" \"-\" \"ab\"}}", "-a-b-"),
	GIVES("{{replace \"aa\" \"b\" \"aaa\"}}", "ba"),
	GIVES("{{(index .nics 0).mac | replace \":\" \"-\"}}",
	      "52-54-00-00-00-01"),
};

static void test_searches_and_replacements(void **state)
{
	(void)state;
	CHECK(searches);
}

static const struct row cuts[] = {
	GIVES("{{trunc 5 \"hello world\"}} {{trunc -5 \"hello world\"}}",
	      "hello world"),
	GIVES("{{trunc 20 \"abc\"}} {{trunc -20 \"abc\"}} {{trunc 0 \"abc\"}}|",
	      "abc abc |"),
	GIVES("{{substr 0 5 \"hello world\"}} {{substr 6 -1 \"hello world\"}}",
	      "hello world"),
	GIVES("{{substr -1 3 \"hello\"}} {{substr 1 99 \"hello\"}}",
	      "hel ello"),
	FAILS("{{substr 9 -1 \"abc\"}}", "no part of 3 bytes"),
	FAILS("{{substr 2 1 \"abc\"}}", "no part of 3 bytes"),
	GIVES("{{abbrev 5 \"hello world\"}} {{abbrev 20 \"hello\"}}",
	      "he... hello"),
	GIVES("{{abbrev 3 \"hello\"}}", "hello"),
	GIVES("{{abbrevboth 5 10 \"1234 5678 9123\"}}", "...5678..."),
	GIVES("{{repeat 3 \"hello\"}} {{repeat 0 \"x\"}}|",
	      "hellohellohello |"),
	FAILS("{{repeat -1 \"x\"}}", "negative count"),
	FAILS("{{trunc \"5\" \"abc\"}}", "argument 1: expected int"),
};

static void test_cuts_count_bytes(void **state)
{
	(void)state;
	CHECK(cuts);
}

static const struct row lines[] = {
	GIVES("{{indent 4 \"a\\nb\"}}", "    a\n    b"),
	GIVES("{{nindent 2 \"a\\nb\"}}", "\n  a\n  b"),
	GIVES("{{indent 0 \"a\"}}|{{indent 2 \"\"}}|", "a|  |"),
	GIVES("{{\"x\\n\" | indent 1}}|", " x\n |"),
	FAILS("{{indent -1 \"a\"}}", "indentation by -1"),
	GIVES("{{wrap 5 \"Hello World\"}}", "Hello\nWorld"),
	GIVES("{{wrap 80 \"short\"}} {{wrap 3 \"averylongword a\"}}",
	      "short averylongword\na"),
	GIVES("{{wrapWith 5 \"\\t\" \"Hello World\"}}", "Hello\tWorld"),
	GIVES("{{wrapWith 3 \"|\" \"abcdefg\"}}", "abc|def|g"),
};

static void test_lines_are_indented_and_wrapped(void **state)
{
	(void)state;
	CHECK(lines);
}

static const struct row quotes[] = {
	GIVES("{{quote \"a\" 1 nil \"b\\\"c\"}}", "\"a\" \"1\" \"b\\\"c\""),
	GIVES("{{squote \"a\" 1 nil}} {{squote \"it's\"}}", "'a' '1' 'it's'"),
	GIVES("{{quote}}{{squote}}|", "|"),
	GIVES("{{cat \"a\" 1 nil true 2.5}}", "a 1 true 2.5"),
	GIVES("{{quote .disks}}", "\"[/dev/nvme0n1 /dev/sda]\""),
	GIVES("{{toString 5}}{{toString .on}}{{toString 1e6}}{{toString "
	      ".tags}}",
	      "5true1e+06map[a:one b:two]"),
	GIVES("{{kindOf (toString 5)}}", "string"),
	GIVES("{{plural \"one anchovy\" \"many anchovies\" 1}}", "one anchovy"),
	GIVES("{{len .disks | plural \"one\" \"many\"}}", "many"),
	GIVES("{{hello}}", "Hello!"),
};

static void test_values_become_quoted_text(void **state)
{
	(void)state;
	CHECK(quotes);
}

static const struct row cases[] = {
	GIVES("{{upper \"hello\"}} {{lower \"HELLO\"}} {{upper .umlaut}}",
	      "HELLO hello GR\xc3\x9c\xc3\x9f"
	      "E"),
	GIVES("{{lower \"\xc3\x84\xce\xa9\xd0\x96\"}}",
	      "\xc3\xa4\xcf\x89\xd0\xb6"),
	GIVES("{{title \"hello world-wide web_site\"}}",
	      "Hello World-Wide Web_site"),
	GIVES("{{untitle \"Hello World\"}}", "hello world"),
	GIVES("{{swapcase \"This Is A.Test\"}}", "tHIS iS a.tEST"),
	GIVES("{{snakecase \"FirstName\"}} {{snakecase \"HTTPServer\"}}",
	      "first_name http_server"),
	GIVES("{{snakecase \"NoHTTPS\"}} {{snakecase \"GO_PATH\"}}",
	      "no_https go_path"),
	GIVES("{{snakecase \"GO PATH\"}} {{snakecase \"http2xx\"}}",
	      "go_path http_2xx"),
	GIVES("{{snakecase \"Duration2m3s\"}} {{snakecase \"Bld4Floor3rd\"}}",
	      "duration_2m3s bld4_floor_3rd"),
	GIVES("{{camelcase \"http_server\"}} {{camelcase \"some words\"}}",
	      "HttpServer SomeWords"),
	GIVES("{{camelcase \"_complex__case_\"}} {{camelcase "
	      "\"GOLANG_IS_GREAT\"}}",
	      "_Complex_Case_ GolangIsGreat"),
	GIVES("{{kebabcase \"FirstName\"}} {{kebabcase \"HTTP20xOK\"}}",
	      "first-name http-20x-ok"),
	GIVES("{{nospace \"hello w o r l d\"}}", "helloworld"),
	GIVES("{{initials \"First Try\"}}", "FT"),
};

/* Sprig takes bytes for characters here, and spoils what is not ASCII. */
static const struct row characters[] = {
	OURS("{{nospace \"\xc3\xa4 \xc3\xb6\"}}", "\xc3\xa4\xc3\xb6"),
	OURS("{{initials \"\xc3\xa4r \xc3\xb6l\"}}", "\xc3\xa4\xc3\xb6"),
};

static void test_words_change_their_case(void **state)
{
	(void)state;
	CHECK(cases);
	CHECK(characters);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_trims_take_away_what_is_at_the_ends),
		RUN(test_searches_and_replacements),
		RUN(test_cuts_count_bytes),
		RUN(test_lines_are_indented_and_wrapped),
		RUN(test_values_become_quoted_text),
		RUN(test_words_change_their_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
