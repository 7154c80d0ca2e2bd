/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/template/rows.h"

static const struct row logic[] = {
	GIVES("{{and 1 2}} {{and 1 0 2}} {{and \"\" 1}}|", "2 0 |"),
	GIVES("{{or 0 2}} {{or 0 \"\"}}| {{or 1 2}}", "2 | 1"),
	GIVES("{{and .on}} {{or .off}}", "true false"),
	GIVES("{{not 0}} {{not .name}} {{not .nothing}}", "true false true"),
	GIVES("{{and .off .missing}}", "false"), /* stops there */
	GIVES("{{or .on .missing}}", "true"),
	GIVES("{{.name | and .on}}", "m1"),
	GIVES("{{.name | or .off}}", "m1"),
	GIVES("{{.name | and .off}}", "false"),
	FAILS("{{and}}", "wrong number of arguments for and: want at least 1"),
	FAILS("{{or}}", "wrong number of arguments for or"),
	FAILS("{{not}}", "wrong number of arguments for not: want 1, got 0"),
	FAILS("{{not 1 2}}", "want 1, got 2"),
	FAILS("{{and .on .missing}}", "no entry for key \"missing\""),
};

static void test_and_or_and_not_know_what_is_true(void **state)
{
	(void)state;
	CHECK(logic);
}

static const struct row lengths[] = {
	GIVES("{{len .name}} {{len .disks}} {{len .tags}} {{len .none}}",
	      "2 2 2 0"),
	GIVES("{{len .umlaut}}", "7"), /* bytes */
	GIVES("{{len \"\"}} {{len (list 1 2 3)}} {{.disks | len}}", "0 3 2"),
	FAILS("{{len 3}}", "error calling len: len of type int"),
	FAILS("{{len .nothing}}", "error calling len: len of type nil"),
	FAILS("{{len .on}}", "len of type bool"),
	FAILS("{{len}}", "wrong number of arguments for len"),
};

static void test_len_counts_bytes_and_items(void **state)
{
	(void)state;
	CHECK(lengths);
}

static const struct row indexes[] = {
	GIVES("{{index .disks 0}} {{index .disks 1}}", "/dev/nvme0n1 /dev/sda"),
	GIVES("{{index .tags \"a\"}}", "one"),
	GIVES("{{index .tags \"nope\"}}", "<no value>"),
	GIVES("{{index .nics 1 \"mac\"}}", "52:54:00:00:00:02"),
	GIVES("{{index .nested \"a\" \"b\" \"c\"}}", "deep"),
	GIVES("{{index .name 0}}", "109"),
	GIVES("{{index .disks}}", "[/dev/nvme0n1 /dev/sda]"),
	GIVES("{{.count | index (list 0 1 2 3)}}", "3"),
	FAILS("{{index .disks 2}}", "index out of range: 2"),
	FAILS("{{index .disks -1}}", "index out of range: -1"),
	FAILS("{{index .disks \"0\"}}", "argument 2: expected int"),
	FAILS("{{index .disks nil}}", "argument 2: expected int; got nil"),
	FAILS("{{index .tags 1}}", "argument 2: expected string; got int"),
	FAILS("{{index .count 0}}", "can't index item of type int"),
	FAILS("{{index .nothing 0}}", "index of untyped nil"),
	FAILS("{{index .none 0}}", "index out of range: 0"),
	FAILS("{{index}}", "wrong number of arguments for index"),
};

static void test_index_goes_into_lists_maps_and_strings(void **state)
{
	(void)state;
	CHECK(indexes);
}

static const struct row slices[] = {
	GIVES("{{slice .mixed 1 3}} {{slice .mixed 3}} {{slice .disks}}",
	      "[a <nil>] [2.5 true] [/dev/nvme0n1 /dev/sda]"),
	GIVES("{{slice (list 1 2 3) 1 1}}", "[]"),
	GIVES("{{slice .none}}", "<no value>"),
	GIVES("{{mustSlice (list 1 2 3) 2}}", "[3]"),
	FAILS("{{slice .disks 2 1}}", "invalid slice index: 2 > 1"),
	FAILS("{{slice .disks 3}}", "index out of range: 3"),
	FAILS("{{slice .disks -1}}", "index out of range: -1"),
	FAILS("{{slice .count 1}}", "can't slice item of type int"),
};

static const struct row slices_of_text[] = {
	OURS("{{slice \"hello\" 1 3}}", "el"),
	OURS("{{slice \"hello\" 3}} {{slice \"hello\"}}", "lo hello"),
	FAILS("{{slice \"abc\" 4}}", "index out of range: 4"),
};

static void test_slice_cuts_lists_and_strings(void **state)
{
	(void)state;
	CHECK(slices);
	CHECK(slices_of_text);
}

static const struct row prints[] = {
	GIVES("{{print}}|", "|"),
	GIVES("{{print 1 2}} {{print \"a\" \"b\"}} {{print 1 \"a\" 2}}",
	      "1 2 ab 1a2"),
	GIVES("{{print .on nil}}", "true <nil>"),
	GIVES("{{print .disks .tags}}",
	      "[/dev/nvme0n1 /dev/sda] map[a:one b:two]"),
	GIVES("{{println \"a\" 1}}", "a 1\n"),
	GIVES("{{println}}", "\n"),
	GIVES("{{print 1.0}} {{print 1e20}} {{print 1e21}} {{print 0.000001}}",
	      "1 1e+20 1e+21 1e-06"),
	GIVES("{{print 100000.0}} {{print 1000000.0}} {{print 0.0001}}",
	      "100000 1e+06 0.0001"),
	GIVES("{{print 0.1}} {{print 1234567.5}} {{print -2.50}}",
	      "0.1 1.2345675e+06 -2.5"),
};

static void test_print_puts_blanks_between_what_is_no_string(void **state)
{
	(void)state;
	CHECK(prints);
}

static const struct row integers[] = {
	GIVES("{{printf \"%d|%5d|%-5d|%05d|%+d|% d\" 42 42 42 42 42 42}}",
	      "42|   42|42   |00042|+42| 42"),
	GIVES("{{printf \"%x %X %o %O %b %#x %#o %#b\" 31 31 8 8 5 31 8 5}}",
	      "1f 1F 10 0o10 101 0x1f 010 0b101"),
	GIVES("{{printf \"%c %q %U %#U\" 65 65 65 9731}}",
	      "A 'A' U+0041 U+2603 '\xe2\x98\x83'"),
	GIVES("{{printf \"%.3d|%8.3d|%-8.3d|%.0d|\" 7 7 7 0}}",
	      "007|     007|007     ||"),
	GIVES("{{printf \"%06d %x\" -42 -255}}", "-00042 -ff"),
	GIVES("{{printf \"%3c|%-3c|\" 65 65}}", "  A|A  |"),
	GIVES("{{printf \"%d\" 9223372036854775807}}", "9223372036854775807"),
	GIVES("{{printf \"%v %T\" 3 3}}", "3 int"),
};

static const struct row floats[] = {
	GIVES("{{printf \"%f %.2f %8.3f|%-8.1f|\" 2.5 2.555 2.5 2.5}}",
	      "2.500000 2.56    2.500|2.5     |"),
	GIVES("{{printf \"%e %E %.1e\" 1234.5 1234.5 1234.5}}",
	      "1.234500e+03 1.234500E+03 1.2e+03"),
	GIVES("{{printf \"%g %g %g %.3g\" 0.1 1e6 1e20 1234.5}}",
	      "0.1 1e+06 1e+20 1.23e+03"),
	GIVES("{{printf \"%08.3f %+.1f % .1f\" -2.5 2.5 2.5}}",
	      "-002.500 +2.5  2.5"),
	GIVES("{{printf \"%v %T\" 2.50 2.50}}", "2.5 float64"),
	GIVES("{{printf \"%.0f %.0f\" 0.5 1.5}}", "0 2"),
	GIVES("{{printf \"%x %b\" 1.0 1.0}}", "0x1p+00 4503599627370496p-52"),
	GIVES("{{printf \"%#g %#.3f\" 1.0 1.0}}", "1.00000 1.000"),
	GIVES("{{printf \"%6.2f%%\" 99.5}}", " 99.50%"),
};

static const struct row strings[] = {
	GIVES("{{printf \"%s|%5s|%-5s|%.2s\" \"abc\" \"abc\" \"abc\" \"abc\"}}",
	      "abc|  abc|abc  |ab"),
	GIVES("{{printf \"%q %x %X % x %#x\" \"a\\\"\" \"hi\" \"hi\" \"hi\" "
	      "\"hi\"}}",
	      "\"a\\\"\" 6869 6869 68 69 0x6869"),
	GIVES("{{printf \"%q\" .umlaut}}", "\"Gr\xc3\xbc\xc3\x9f"
					   "e\""),
	GIVES("{{printf \"%+q\" .umlaut}}", "\"Gr\\u00fc\\u00dfe\""),
	GIVES("{{printf \"%#q\" \"a\\\"b\"}}", "`a\"b`"),
	GIVES("{{printf \"%q\" \"\\n\\t\\x00\\x7f\\u200b\"}}",
	      "\"\\n\\t\\x00\\x7f\\u200b\""),
	GIVES("{{printf \"%5.1s|%05s\" \"abc\" \"ab\"}}", "    a|000ab"),
	GIVES("{{printf \"%4s|\" \"\xc3\xbc\"}}", "   \xc3\xbc|"),
	GIVES("{{printf \"%t %v %5t\" .on .off .on}}", "true false  true"),
};

static const struct row compounds[] = {
	GIVES("{{printf \"%v %d\" (list 1 2) (list 1 2)}}", "[1 2] [1 2]"),
	GIVES("{{printf \"%s %q\" .disks .disks}}",
	      "[/dev/nvme0n1 /dev/sda] [\"/dev/nvme0n1\" \"/dev/sda\"]"),
	GIVES("{{printf \"%03d\" (list 1 22)}}", "[001 022]"),
	GIVES("{{printf \"%v %s\" .tags .tags}}",
	      "map[a:one b:two] map[a:one b:two]"),
	GIVES("{{printf \"%#v %#v\" .tags .disks}}",
	      "map[string]interface {}{\"a\":\"one\", \"b\":\"two\"} "
	      "[]interface {}{\"/dev/nvme0n1\", \"/dev/sda\"}"),
	GIVES("{{printf \"%T %T %T\" .tags .disks .nothing}}",
	      "map[string]interface {} []interface {} <nil>"),
	GIVES("{{printf \"%v\" .mixed}}", "[1 a <nil> 2.5 true]"),
	GIVES("{{printf \"%v %s\" nil nil}}", "<nil> %!s(<nil>)"),
};

static const struct row mistakes[] = {
	GIVES("{{printf \"%d\" \"hi\"}}", "%!d(string=hi)"),
	GIVES("{{printf \"%s\" 5}}", "%!s(int=5)"),
	GIVES("{{printf \"%z\" 5}}", "%!z(int=5)"),
	GIVES("{{printf \"%d\"}}", "%!d(MISSING)"),
	GIVES("{{printf \"%d\" 1 2 \"x\"}}", "1%!(EXTRA int=2, string=x)"),
	GIVES("{{printf \"%\"}}", "%!(NOVERB)"),
	GIVES("{{printf \"%!\" 1}}", "%!!(int=1)"),
	GIVES("{{printf \"%*d|%-*d|\" 4 7 4 7}}", "   7|7   |"),
	GIVES("{{printf \"%.*f\" 1 2.55}}", "2.5"),
	GIVES("{{printf \"%*d\" \"x\" 7}}", "%!(BADWIDTH)7"),
	GIVES("{{printf \"%.*f\" -1 2.5}}", "%!(BADPREC)2.500000"),
	GIVES("{{printf \"%[2]d %[1]d\" 1 2}}", "2 1"),
	GIVES("{{printf \"%[3]d\" 1}}", "%!d(BADINDEX)"),
	GIVES("{{printf \"%[x]d\" 1}}", "%!d(BADINDEX)"),
	GIVES("{{printf \"%v %d%%\" .name 5}}", "m1 5%"),
	FAILS("{{printf 5}}", "argument 1: expected string; got int"),
	FAILS("{{printf}}", "wrong number of arguments for printf"),
};

static void test_printf_has_the_verbs_of_go(void **state)
{
	(void)state;
	CHECK(integers);
	CHECK(floats);
	CHECK(strings);
	CHECK(compounds);
}

static void test_printf_shows_what_is_wrong_with_a_verb(void **state)
{
	(void)state;
	CHECK(mistakes);
}

static const struct row escapes[] = {
	GIVES("{{html \"<a href='x'>&\\\"\"}}",
	      "&lt;a href=&#39;x&#39;&gt;&amp;&#34;"),
	GIVES("{{.name | html}} {{html 1 2}} {{html nil}}",
	      "m1 1 2 &lt;no value&gt;"),
	GIVES("{{js \"it's \\\"<b>\\\" a=1&b\\\\\"}}",
	      "it\\'s \\\"\\u003Cb\\u003E\\\" a\\u003D1\\u0026b\\\\"),
	GIVES("{{js \"\\n\\u00e9\"}}", "\\u000A\xc3\xa9"),
	GIVES("{{urlquery \"a b&c=d/e?f\"}}", "a+b%26c%3Dd%2Fe%3Ff"),
	GIVES("{{urlquery .umlaut}}", "Gr%C3%BC%C3%9Fe"),
	GIVES("{{urlquery \"-_.~\"}} {{urlquery 1}}", "-_.~ 1"),
};

static void test_html_js_and_urlquery_escape(void **state)
{
	(void)state;
	CHECK(escapes);
}

static const struct row comparisons[] = {
	GIVES("{{eq 1 1}} {{eq 1 2}} {{eq \"a\" \"a\"}}", "true false true"),
	GIVES("{{eq 1.5 1.5}} {{eq true true}} {{eq true false}}",
	      "true true false"),
	GIVES("{{eq .name \"x\" \"m1\"}} {{eq .count 1 2}}", "true false"),
	GIVES("{{eq 1 2 3 1}} {{eq 1 2 3 4}}", "true false"),
	GIVES("{{eq .nothing nil}} {{eq .name nil}} {{eq nil nil}}",
	      "true false true"),
	GIVES("{{eq .disks nil}} {{eq nil .tags}}", "false false"),
	GIVES("{{ne 1 2}} {{ne \"a\" \"a\"}}", "true false"),
	GIVES("{{lt 1 2}} {{lt 2 2}} {{lt -1 0}}", "true false true"),
	GIVES("{{le 2 2}} {{le 3 2}}", "true false"),
	GIVES("{{gt 2 1}} {{gt 2 2}}", "true false"),
	GIVES("{{ge 2 2}} {{ge 1 2}}", "true false"),
	GIVES("{{lt 1.5 2.5}} {{lt \"a\" \"b\"}} {{lt \"Z\" \"a\"}}",
	      "true true true"),
	GIVES("{{lt \"a\" \"aa\"}} {{gt \"b\" \"aa\"}}", "true true"),
	GIVES("{{5 | lt 3}} {{.name | eq \"m1\"}}", "true true"),
	FAILS("{{eq 1 1.0}}",
	      "incompatible types for comparison: int and float64"),
	FAILS("{{eq 1 \"1\"}}", "incompatible types for comparison"),
	FAILS("{{eq .on 1}}", "bool and int"),
	FAILS("{{eq .disks .disks}}", "non-comparable type list"),
	FAILS("{{eq .tags .tags}}", "non-comparable type map"),
	FAILS("{{eq .disks .tags}}", "non-comparable type"),
	FAILS("{{eq .disks 1}}", "incompatible types"),
	FAILS("{{lt 1 2.0}}", "incompatible types"),
	FAILS("{{lt 1 \"2\"}}", "int and string"),
	FAILS("{{lt nil 1}}", "invalid type for comparison: nil"),
	FAILS("{{lt true false}}", "invalid type for comparison: bool"),
	FAILS("{{gt .disks .disks}}", "invalid type for comparison: list"),
	FAILS("{{eq 1}}", "wrong number of arguments for eq: want at least 2"),
	FAILS("{{lt 1 2 3}}", "want 2, got 3"),
};

static void test_comparisons_are_of_one_kind(void **state)
{
	(void)state;
	CHECK(comparisons);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_and_or_and_not_know_what_is_true),
		RUN(test_len_counts_bytes_and_items),
		RUN(test_index_goes_into_lists_maps_and_strings),
		RUN(test_slice_cuts_lists_and_strings),
		RUN(test_print_puts_blanks_between_what_is_no_string),
		RUN(test_printf_has_the_verbs_of_go),
		RUN(test_printf_shows_what_is_wrong_with_a_verb),
		RUN(test_html_js_and_urlquery_escape),
		RUN(test_comparisons_are_of_one_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
