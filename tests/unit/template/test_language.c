/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/template/rows.h"

static const struct row texts[] = {
	GIVES("", ""),
	GIVES("plain", "plain"),
	GIVES("a { b } c", "a { b } c"),
	GIVES("a }} b", "a }} b"),
	GIVES("{{\"{{\"}}", "{{"),
	GIVES("{{1}}{{2}}", "12"),
	GIVES("{{ 1 }} {{2}}\n", "1 2\n"),
	GIVES("{{\n1\n}}", "1"),
};

static void test_text_outside_of_actions_stays(void **state)
{
	(void)state;
	CHECK(texts);
}

static const struct row trims[] = {
	GIVES("a  {{- 1 }}  b", "a1  b"),
	GIVES("a  {{ 1 -}}  b", "a  1b"),
	GIVES("a \n\t{{- 1 -}}\r\n b", "a1b"),
	GIVES("{{- 1 -}}", "1"),
	GIVES("{{1 -}} \n {{- 2}}", "12"),
	GIVES("{{-1}}", "-1"), /* a number, not a marker */
	GIVES("a {{-1}} b", "a -1 b"),
	GIVES("a {{- -1 -}} b", "a-1b"),
	GIVES("x {{- /* why */ -}} y", "xy"),
	GIVES("{{if .on -}}\n yes\n{{- end}}", "yes"),
	GIVES("a {{- \"b \" -}} c", "ab c"),
	FAILS("{{1-}}", "line 1:4: "),
	GIVES("{{- 1}}", "1"),
	GIVES("{{range .disks -}} {{.}} {{- end}}", "/dev/nvme0n1/dev/sda"),
};

static void test_trim_markers_take_blanks_away(void **state)
{
	(void)state;
	CHECK(trims);
}

static const struct row comments[] = {
	GIVES("a{{/* no {{action}} here */}}b", "ab"),
	GIVES("{{/**/}}", ""),
	GIVES("a {{- /* x */}} b", "a b"),
	GIVES("a {{/* x */ -}} b", "a b"),
	GIVES("{{/* two\nlines */}}", ""),
	FAILS("{{ /* x */}}", "line 1:4: unexpected '/'"),
	FAILS("{{/* x }}", "line 1:3: unclosed comment"),
	FAILS("{{/* x */ 1}}", "comment ends before closing delimiter"),
	FAILS("{{1 /* x */}}", "line 1:5: unexpected '/'"),
};

static void test_comments_give_nothing(void **state)
{
	(void)state;
	CHECK(comments);
}

static const struct row constants[] = {
	GIVES("{{1_000}} {{0x1F}} {{0b101}} {{0o17}} {{017}}",
	      "1000 31 5 15 15"),
	GIVES("{{+5}} {{-5}}", "5 -5"),
	GIVES("{{1.5}} {{.5}} {{1e3}} {{0x1p4}}", "1.5 0.5 1000 16"),
	GIVES("{{1e6}} {{1e21}} {{1e-5}} {{123456.0}}",
	      "1e+06 1e+21 1e-05 123456"),
	GIVES("{{'a'}} {{'\\n'}} {{'\\''}} {{'\\u00e9'}}", "97 10 39 233"),
	GIVES("{{\"a\\tb\\x41\\u00e9\\101\"}}", "a\tbA\xc3\xa9"
						"A"),
	GIVES("{{\"\\\"\\\\\"}}", "\"\\"),
	GIVES("{{`raw \\n \"`}}", "raw \\n \""),
	GIVES("{{`two\nlines`}}", "two\nlines"),
	GIVES("{{true}} {{false}}", "true false"),
	GIVES("{{9223372036854775807}}", "9223372036854775807"),
	GIVES("{{-9223372036854775808}}", "-9223372036854775808"),
	FAILS("{{9223372036854775808}}", "integer overflow"),
	FAILS("{{1x}}", "line 1:3: bad number syntax: 1x"),
	FAILS("{{08}}", "bad number syntax"),
	FAILS("{{1__0}}", "bad number syntax"),
	FAILS("{{0x1.8}}", "bad number syntax"),
	REFUSED("{{2i}}", "bad number syntax"), /* no complex numbers */
	FAILS("{{\"a}}", "unterminated quoted string"),
	FAILS("{{\"a\nb\"}}", "unterminated quoted string"),
	FAILS("{{`a}}", "unterminated raw quoted string"),
	FAILS("{{'ab'}}", "malformed character constant"),
	FAILS("{{'a}}", "unterminated character constant"),
	FAILS("{{\"\\q\"}}", "invalid escape"),
	FAILS("{{nil}}", "nil is not a command"),
	FAILS("{{nil | print}}", "nil is not a command"),
	FAILS("{{if nil}}{{end}}", "nil is not a command"),
};

static void test_constants_are_those_of_go(void **state)
{
	(void)state;
	CHECK(constants);
}

static const struct row values[] = {
	GIVES("{{.name}}", "m1"),
	GIVES("{{ .nested.a.b.c }}", "deep"),
	GIVES("{{.count}} {{.neg}} {{.ratio}} {{.big}}", "3 -7 2.5 1e+06"),
	GIVES("{{.on}} {{.off}}", "true false"),
	GIVES("{{.nothing}}", "<no value>"),
	GIVES("{{.empty}}|", "|"),
	GIVES("{{.disks}}", "[/dev/nvme0n1 /dev/sda]"),
	GIVES("{{.none}} {{.blank}}", "[] map[]"),
	GIVES("{{.tags}}", "map[a:one b:two]"),
	GIVES("{{.mixed}}", "[1 a <nil> 2.5 true]"),
	GIVES("{{.nested}}", "map[a:map[b:map[c:deep]]]"),
	GIVES("{{.umlaut}}", "Gr\xc3\xbc\xc3\x9f"
			     "e"),
	GIVES("{{$.name}} {{$.tags.a}}", "m1 one"),
	GIVES("{{(index .nics 1).mac}}", "52:54:00:00:00:02"),
	GIVES("{{(.nested).a.b.c}}", "deep"),
	FAILS("{{.missing}}", "map has no entry for key \"missing\""),
	FAILS("{{.tags.c}}", "map has no entry for key \"c\""),
	FAILS("{{.nmae}}", "did you mean \"name\"?"),
	FAILS("{{.name.x}}", "can't evaluate field x in type string"),
	FAILS("{{.count.x}}", "can't evaluate field x in type int"),
	FAILS("{{.disks.x}}", "can't evaluate field x in type list"),
	FAILS("{{.nothing.x}}", "nil data; no entry for key \"x\""),
	FAILS("{{1.x}}", "bad number syntax"),
	FAILS("{{\"a\".x}}", "line 1:6: "),
	FAILS("{{..name}}", "unexpected \".name\""),
	FAILS("{{.a-b}}", "bad character '-' after \".a\""),
};

static void test_fields_take_members(void **state)
{
	(void)state;
	CHECK(values);
}

static const struct row pipelines[] = {
	GIVES("{{.name | upper}}", "M1"),
	GIVES("{{.name|upper|lower}}", "m1"),
	GIVES("{{\"a\" | printf \"%s-%s\" \"b\"}}", "b-a"),
	GIVES("{{printf \"%d\" (add 1 2)}}", "3"),
	GIVES("{{add 1 2 | mul 3 | printf \"%d!\"}}", "9!"),
	GIVES("{{(1)}} {{((2))}}", "1 2"),
	GIVES("{{(.name)}}", "m1"),
	GIVES("{{1 | }}", "1"), /* Go lets that pass */
	GIVES("{{printf \"%v %v\" .count .on}}", "3 true"),
	FAILS("{{1 | 2}}", "non executable command in pipeline"),
	FAILS("{{1 2}}", "can't give arguments to what is not a function"),
	FAILS("{{.name 1}}", "can't give arguments"),
	FAILS("{{}}", "line 1:3: missing value"),
	FAILS("{{| upper}}", "line 1:3: "),
	FAILS("{{1 | | print}}", "line 1:7: "),
	FAILS("{{(1}}", "line 1:5: unexpected \"}}\""),
	FAILS("{{1)}}", "line 1:4: unexpected \")\""),
	FAILS("{{print(1)}}", "unexpected \"(\" in operand"),
	FAILS("{{print upper}}", "upper needs arguments"),
};

static void test_a_pipeline_hands_its_value_on(void **state)
{
	(void)state;
	CHECK(pipelines);
}

static const struct row variables[] = {
	GIVES("{{$x := 1}}{{$x}}", "1"),
	GIVES("{{ $x := .name | upper }}{{ $x }}", "M1"),
	GIVES("{{$x:=1}}{{$x = 2}}{{$x}}", "2"),
	GIVES("{{$x := .nested}}{{$x.a.b.c}}", "deep"),
	GIVES("{{$x := 1}}{{$y := $x}}{{$x = 3}}{{$x}}{{$y}}", "31"),
	GIVES("{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"),
	GIVES("{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2"),
	GIVES("{{$n := 0}}{{range .disks}}{{$n = add $n 1}}{{end}}{{$n}}", "2"),
	GIVES("{{if $x := .name}}{{$x}}{{end}}", "m1"),
	GIVES("{{with $x := 5}}{{$x}}{{.}}{{end}}", "55"),
	GIVES("{{range $x := list 1 2}}{{$x}}{{end}}", "12"),
	GIVES("{{$x := \"\"}}[{{$x}}]", "[]"),
	GIVES("{{range .disks}}{{$.name}}{{end}}", "m1m1"),
	GIVES("{{with .tags}}{{$.name}}{{.a}}{{end}}", "m1one"),
	FAILS("{{$x}}", "line 1:3: undefined variable \"$x\""),
	FAILS("{{$x = 1}}", "undefined variable \"$x\""),
	FAILS("{{if true}}{{$x := 1}}{{end}}{{$x}}", "undefined variable"),
	FAILS("{{$x := 1, 2}}", "line 1:10: unexpected \",\""),
	FAILS("{{$x, $y := .disks}}", "line 1:3: "),
	FAILS("{{1 := 2}}", "unexpected \":=\""),
};

static void test_variables_have_a_scope(void **state)
{
	(void)state;
	CHECK(variables);
}

static const struct row conditions[] = {
	GIVES("{{if .on}}yes{{end}}", "yes"),
	GIVES("{{if .off}}yes{{end}}", ""),
	GIVES("{{if .off}}yes{{else}}no{{end}}", "no"),
	GIVES("{{if .off}}a{{else if .on}}b{{else}}c{{end}}", "b"),
	GIVES("{{if .off}}a{{else if .off}}b{{else}}c{{end}}", "c"),
	GIVES("{{if .off}}a{{else if .zero}}b{{else if .on}}c{{end}}", "c"),
	GIVES("{{if .zero}}1{{else}}0{{end}}", "0"),
	GIVES("{{if .count}}1{{else}}0{{end}}", "1"),
	GIVES("{{if .ratio}}1{{end}}{{if 0.0}}2{{end}}", "1"),
	GIVES("{{if .empty}}1{{else}}0{{end}}", "0"),
	GIVES("{{if .name}}1{{else}}0{{end}}", "1"),
	GIVES("{{if .nothing}}1{{else}}0{{end}}", "0"),
	GIVES("{{if .none}}1{{else}}0{{end}}", "0"),
	GIVES("{{if .disks}}1{{else}}0{{end}}", "1"),
	GIVES("{{if .blank}}1{{else}}0{{end}}", "0"),
	GIVES("{{if .tags}}1{{else}}0{{end}}", "1"),
	GIVES("{{if not .off}}{{if .on}}both{{end}}{{end}}", "both"),
	GIVES("{{if .off}}{{.missing}}{{end}}ok", "ok"),
	GIVES("{{if and .on (gt .count 2)}}yes{{end}}", "yes"),
	FAILS("{{if}}{{end}}", "line 1:5: missing value"),
	FAILS("{{if 1}}", "unexpected end of the template in if"),
	FAILS("{{if 1}}{{else}}", "unexpected end of the template"),
	FAILS("{{else}}", "line 1:3: unexpected \"else\""),
	FAILS("{{end}}", "line 1:3: unexpected \"end\""),
	FAILS("{{if 1}}{{else}}{{else}}{{end}}", "unexpected \"else\""),
	FAILS("{{if 1}}{{end x}}", "unexpected \"x\" in end"),
	FAILS("{{if 1}}{{else x}}{{end}}", "unexpected \"x\" in else"),
};

static void test_if_takes_the_first_true_branch(void **state)
{
	(void)state;
	CHECK(conditions);
}

static const struct row withs[] = {
	GIVES("{{with .tags}}{{.a}}{{end}}", "one"),
	GIVES("{{with .blank}}x{{end}}", ""),
	GIVES("{{with .blank}}x{{else}}{{.name}}{{end}}", "m1"),
	GIVES("{{with .empty}}a{{else with .name}}{{.}}{{end}}", "m1"),
	GIVES("{{with .empty}}a{{else with .empty}}b{{else}}c{{end}}", "c"),
	GIVES("{{with .nested}}{{with .a}}{{with "
	      ".b}}{{.c}}{{end}}{{end}}{{end}}",
	      "deep"),
	GIVES("{{with .nothing}}x{{else}}y{{end}}", "y"),
	GIVES("{{with 0}}x{{else}}y{{end}}", "y"),
	GIVES("{{with .tags}}{{end}}{{.name}}", "m1"),
	FAILS("{{with .name}}{{else if .on}}{{end}}",
	      "unexpected \"if\" in else"),
};

static void test_with_moves_the_dot(void **state)
{
	(void)state;
	CHECK(withs);
}

static const struct row ranges[] = {
	GIVES("{{range .disks}}<{{.}}>{{end}}", "</dev/nvme0n1></dev/sda>"),
	GIVES("{{range $i, $d := .disks}}{{$i}}={{$d}} {{end}}",
	      "0=/dev/nvme0n1 1=/dev/sda "),
	GIVES("{{range $d := .disks}}{{$d}} {{end}}", "/dev/nvme0n1 /dev/sda "),
	GIVES("{{range $i, $_ := .disks}}{{$i}}{{end}}", "01"),
	GIVES("{{range .tags}}{{.}} {{end}}", "one two "),
	GIVES("{{range $k, $v := .tags}}{{$k}}={{$v}} {{end}}", "a=one b=two "),
	GIVES("{{range .nics}}{{.mac}}/{{.vlan}} {{end}}",
	      "52:54:00:00:00:01/10 52:54:00:00:00:02/20 "),
	GIVES("{{range 3}}{{.}}{{end}}", "012"),
	GIVES("{{range $i := .count}}{{$i}}{{end}}", "012"),
	GIVES("{{range 0}}x{{else}}none{{end}}", "none"),
	GIVES("{{range -2}}x{{else}}none{{end}}", "none"),
	GIVES("{{range .none}}x{{else}}none{{end}}", "none"),
	GIVES("{{range .blank}}x{{else}}none{{end}}", "none"),
	GIVES("{{range .nothing}}x{{else}}none{{end}}", "none"),
	GIVES("{{range .none}}x{{else}}{{.name}}{{end}}", "m1"),
	GIVES("{{range .disks}}{{range 2}}{{.}}{{end}};{{end}}", "01;01;"),
	GIVES("{{range 5}}{{if eq . 3}}{{break}}{{end}}{{.}}{{end}}", "012"),
	GIVES("{{range 5}}{{if eq . 1 3}}{{continue}}{{end}}{{.}}{{end}}",
	      "024"),
	GIVES("{{range 2}}{{range 9}}{{if "
	      ".}}{{break}}{{end}}{{.}}{{end}};{{end}}",
	      "0;0;"),
	GIVES("{{range 3}}{{with .}}{{if eq . 2}}{{break}}{{end}}{{.}}{{end}}"
	      "{{end}}",
	      "1"),
	GIVES("{{range list}}x{{else}}{{range 2}}{{.}}{{end}}{{end}}", "01"),
	FAILS("{{range $i, $x := 3}}{{end}}", "one variable"),
	FAILS("{{range .name}}{{end}}", "can't iterate over a string"),
	FAILS("{{range .ratio}}{{end}}", "can't iterate over a float64"),
	FAILS("{{range .on}}{{end}}", "can't iterate over a bool"),
	FAILS("{{break}}", "line 1:3: {{break}} outside {{range}}"),
	FAILS("{{continue}}", "{{continue}} outside {{range}}"),
	FAILS("{{if 1}}{{break}}{{end}}", "{{break}} outside {{range}}"),
	FAILS("{{range 1}}{{else}}{{break}}{{end}}", "outside {{range}}"),
	FAILS("{{range 1}}{{break 1}}{{end}}", "unexpected \"1\" in break"),
	FAILS("{{range $a, $b, $c := .disks}}{{end}}", "line 1:15: "),
	FAILS("{{range 2}}", "unexpected end of the template in range"),
};

static void test_range_goes_over_lists_maps_and_numbers(void **state)
{
	(void)state;
	CHECK(ranges);
}

static const struct row templates[] = {
	GIVES("{{define \"t\"}}hi{{end}}{{template \"t\"}}", "hi"),
	GIVES("{{template \"t\"}}{{define \"t\"}}later{{end}}", "later"),
	GIVES("{{define \"t\"}}[{{.}}]{{end}}{{template \"t\" .name}}", "[m1]"),
	GIVES("{{define \"t\"}}[{{.}}]{{end}}{{template \"t\"}}",
	      "[<no value>]"),
	GIVES("{{define `t`}}{{$}}{{end}}{{template `t` 5}}", "5"),
	GIVES("{{define \"a\"}}{{template \"b\" .}}{{end}}{{define \"b\"}}"
	      "{{.name}}{{end}}{{template \"a\" .}}",
	      "m1"),
	GIVES("{{block \"b\" .name}}<{{.}}>{{end}}", "<m1>"),
	GIVES("{{block \"b\" 1}}{{.}}{{end}}{{template \"b\" 2}}", "12"),
	GIVES("{{define \"t\"}}{{if gt . 0}}{{.}}{{template \"t\" (sub . 1)}}"
	      "{{end}}{{end}}{{template \"t\" 3}}",
	      "321"),
	GIVES("{{define \"t\"}} {{end}}{{define \"t\"}}x{{end}}{{template "
	      "\"t\"}}",
	      "x"),
	FAILS("{{$x := 1}}{{define \"t\"}}{{$x}}{{end}}",
	      "undefined variable \"$x\""),
	FAILS("{{define \"t\"}}a{{end}}{{define \"t\"}}b{{end}}",
	      "multiple definition of template \"t\""),
	FAILS("{{template \"u\"}}", "template \"u\" not defined"),
	FAILS("{{template t}}", "unexpected \"t\" in template"),
	FAILS("{{define}}{{end}}", "unexpected \"}}\" in define"),
	FAILS("{{define \"t\" 1}}{{end}}", "unexpected \"1\" in define"),
	FAILS("{{define \"t\"}}", "unexpected end of the template"),
	FAILS("{{if 1}}{{define \"t\"}}{{end}}{{end}}",
	      "unexpected \"define\""),
	FAILS("{{block \"t\"}}{{end}}", "missing value"),
};

static void test_templates_call_one_another(void **state)
{
	(void)state;
	CHECK(templates);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_text_outside_of_actions_stays),
		RUN(test_trim_markers_take_blanks_away),
		RUN(test_comments_give_nothing),
		RUN(test_constants_are_those_of_go),
		RUN(test_fields_take_members),
		RUN(test_a_pipeline_hands_its_value_on),
		RUN(test_variables_have_a_scope),
		RUN(test_if_takes_the_first_true_branch),
		RUN(test_with_moves_the_dot),
		RUN(test_range_goes_over_lists_maps_and_numbers),
		RUN(test_templates_call_one_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
