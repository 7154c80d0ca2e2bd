/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/template/rows.h"

static const struct row parts[] = {
	GIVES("{{list 1 \"a\" nil}} {{list}} {{tuple 1 2}}",
	      "[1 a <nil>] [] [1 2]"),
	GIVES("{{first .disks}} {{last .disks}}", "/dev/nvme0n1 /dev/sda"),
	GIVES("{{first .none}} {{last .none}}", "<no value> <no value>"),
	GIVES("{{rest (list 1 2 3)}} {{initial (list 1 2 3)}}", "[2 3] [1 2]"),
	GIVES("{{rest .none}} {{initial .none}}", "[] []"),
	GIVES("{{mustFirst (list 1 2)}}{{mustLast (list 1 2)}}", "12"),
	GIVES("{{mustRest (list 1 2)}}{{mustInitial (list 1 2)}}", "[2][1]"),
	GIVES("{{chunk 2 (list 1 2 3 4 5)}} {{mustChunk 9 (list 1)}}",
	      "[[1 2] [3 4] [5]] [[1]]"),
	GIVES("{{chunk 3 .none}}", "[]"),
	FAILS("{{first .name}}", "argument 1: expected list; got string"),
	FAILS("{{rest nil}}", "argument 1: expected list; got nil"),
	FAILS("{{chunk 0 .disks}}", "chunks of 0"),
};

static void test_parts_of_lists(void **state)
{
	(void)state;
	CHECK(parts);
}

static const struct row changes[] = {
	GIVES("{{append (list 1 2) 3}} {{push (list 1) 2}}", "[1 2 3] [1 2]"),
	GIVES("{{mustAppend (list) 1}} {{mustPush (list) 1}}", "[1] [1]"),
	GIVES("{{prepend (list 1 2) 0}} {{mustPrepend (list 1) 0}}",
	      "[0 1 2] [0 1]"),
	GIVES("{{concat (list 1) (list 2 3) (list)}}", "[1 2 3]"),
	GIVES("{{reverse (list 1 2 3)}} {{mustReverse .none}}", "[3 2 1] []"),
	GIVES("{{uniq (list 1 1 \"a\" 2 \"a\" 1.0)}}", "[1 a 2 1]"),
	GIVES("{{mustUniq (list (list 1) (list 1))}}", "[[1]]"),
	GIVES("{{without (list 1 2 3 2) 2 3}} {{mustWithout .disks}}",
	      "[1] [/dev/nvme0n1 /dev/sda]"),
	GIVES("{{compact (list 0 1 \"\" \"a\" nil false)}}", "[1 a]"),
	GIVES("{{mustCompact (list 1)}}", "[1]"),
	GIVES("{{$l := list 1}}{{$m := append $l 2}}{{$l}}{{$m}}", "[1][1 2]"),
	FAILS("{{append 1 2}}", "argument 1: expected list; got int"),
	FAILS("{{concat (list 1) 2}}", "argument 2: expected list"),
};

static void test_a_changed_list_is_a_new_one(void **state)
{
	(void)state;
	CHECK(changes);
}

static const struct row questions[] = {
	GIVES("{{has 1 (list 1 2)}} {{has 3 (list 1 2)}}", "true false"),
	GIVES("{{has \"/dev/sda\" .disks}} {{.disks | has \"x\"}}",
	      "true false"),
	GIVES("{{has 1 (list 1.0)}} {{has (list 1) (list (list 1))}}",
	      "false true"),
	GIVES("{{has 1 nil}} {{mustHas nil (list nil)}}", "false true"),
	FAILS("{{has 1 .name}}", "argument 2: expected list; got string"),
	GIVES("{{until 4}} {{until 0}} {{until -3}}", "[0 1 2 3] [] [0 -1 -2]"),
	GIVES("{{untilStep 3 9 2}} {{untilStep 5 0 -2}} {{untilStep 0 9 0}}",
	      "[3 5 7] [5 3 1] []"),
	GIVES("{{untilStep 1 5 -1}} {{untilStep 5 1 1}}", "[] []"),
	GIVES("{{range until 2}}{{.}}{{end}}", "01"),
};

static void test_lists_are_asked_and_counted_up(void **state)
{
	(void)state;
	CHECK(questions);
}

static const struct row splits[] = {
	GIVES("{{splitList \"$\" \"foo$bar$baz\"}}", "[foo bar baz]"),
	GIVES("{{splitList \"\" \"a\xc3\xbc\"}} {{splitList \",\" \"\" | len}}",
	      "[a \xc3\xbc] 1"),
	GIVES("{{splitList \",\" \",a,\" | len}}", "3"),
	GIVES("{{$a := split \"$\" \"foo$bar\"}}{{$a._0}}-{{$a._1}}",
	      "foo-bar"),
	GIVES("{{(splitn \"$\" 2 \"foo$bar$baz\")._1}}", "bar$baz"),
	GIVES("{{splitn \"-\" -1 \"a-b\"}} {{splitn \"-\" 0 \"a-b\"}}",
	      "map[_0:a _1:b] map[]"),
	GIVES("{{join \"-\" (list 1 \"a\" nil true)}} {{join \",\" .disks}}",
	      "1-a-true /dev/nvme0n1,/dev/sda"),
	GIVES("{{join \"-\" \"x\"}} {{join \"-\" nil}}|{{join \"-\" .none}}|",
	      "x ||"),
	GIVES("{{list 3 \"b\" \"a\" \"B\" | sortAlpha}}", "[3 B a b]"),
	GIVES("{{sortAlpha \"x\"}}", "[x]"),
	GIVES("{{toStrings (list 1 nil 2.5)}} {{kindOf (toStrings 1)}}",
	      "[1 2.5] slice"),
	GIVES("{{.tags | keys | sortAlpha | join \" \"}}", "a b"),
	FAILS("{{splitList 1 \"a\"}}", "argument 1: expected string"),
};

static void test_strings_are_split_and_joined(void **state)
{
	(void)state;
	CHECK(splits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_parts_of_lists),
		RUN(test_a_changed_list_is_a_new_one),
		RUN(test_lists_are_asked_and_counted_up),
		RUN(test_strings_are_split_and_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
