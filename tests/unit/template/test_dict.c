/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/template/rows.h"

static const struct row reads[] = {
	GIVES("{{dict \"a\" 1 \"b\" (list 2)}} {{dict}}",
	      "map[a:1 b:[2]] map[]"),
	GIVES("{{dict \"a\" 1 \"b\"}} {{dict 1 2}} {{dict \"a\" 1 \"a\" 2}}",
	      "map[a:1 b:] map[1:2] map[a:2]"),
	GIVES("{{get .tags \"a\"}} {{get .tags \"x\"}}|", "one |"),
	GIVES("{{hasKey .tags \"a\"}} {{hasKey .tags \"x\"}}", "true false"),
	GIVES("{{hasKey nil \"a\"}} {{get nil \"a\"}}|", "false |"),
	GIVES("{{pluck \"mac\" (index .nics 0) (index .nics 1) .tags}}",
	      "[52:54:00:00:00:01 52:54:00:00:00:02]"),
	GIVES("{{pick .tags \"a\" \"x\"}} {{omit .tags \"a\"}}",
	      "map[a:one] map[b:two]"),
	GIVES("{{dig \"a\" \"b\" \"c\" \"none\" .nested}}", "deep"),
	GIVES("{{dig \"a\" \"x\" \"none\" .nested}} {{dig \"x\" 5 .nested}}",
	      "none 5"),
	GIVES("{{.nested | dig \"a\" \"b\" \"c\" \"\"}}", "deep"),
	FAILS("{{get .disks \"a\"}}", "argument 1: expected map; got list"),
	FAILS("{{get .tags 1}}", "argument 2: expected string; got int"),
	FAILS("{{dig \"a\" .nested}}", "want at least 3, got 2"),
	FAILS("{{dig \"name\" \"x\" 1 .}}", "of a string, no map"),
	FAILS("{{dig 1 2 .nested}}", "argument 1: expected string"),
};

/* Go has no order for these; ours is that of the keys. */
static const struct row ordered[] = {
	GIVES("{{keys .tags | sortAlpha}} {{keys}}", "[a b] []"),
	GIVES("{{keys (dict \"a\" 1)}} {{values (dict \"a\" 1)}}", "[a] [1]"),
	GIVES("{{keys (dict \"a\" 1) (dict \"a\" 1)}} {{values .blank}}",
	      "[a a] []"),
};

static void test_maps_are_read(void **state)
{
	(void)state;
	CHECK(reads);
	CHECK(ordered);
}

static void test_keys_and_values_come_in_order(void **state)
{
	static const struct row rows[] = {
		OURS("{{keys .tags}} {{values .tags}}", "[a b] [one two]"),
		OURS("{{keys . | first}}", "big"),
	};

	(void)state;
	CHECK(rows);
}

static const struct row changes[] = {
	GIVES("{{$d := dict \"a\" 1}}{{$_ := set $d \"b\" 2}}{{$d}}",
	      "map[a:1 b:2]"),
	GIVES("{{$d := dict \"a\" 1}}{{set $d \"a\" 5}}", "map[a:5]"),
	GIVES("{{$d := dict \"a\" 1 \"b\" 2}}{{$_ := unset $d \"a\"}}{{$d}}",
	      "map[b:2]"),
	GIVES("{{$d := dict}}{{unset $d \"x\"}}", "map[]"),
	GIVES("{{$_ := set .tags \"c\" \"three\"}}{{.tags.c}}", "three"),
	GIVES("{{$x := .tags.a}}{{$_ := set .tags \"a\" 1}}{{$x}} {{.tags.a}}",
	      "one 1"),
	GIVES("{{$d := dict \"in\" (dict \"x\" 1)}}{{$_ := set $d.in \"x\" 2}}"
	      "{{$d}}",
	      "map[in:map[x:2]]"),
	GIVES("{{$o := dict}}{{range .nics}}{{$_ := set $o .mac .vlan}}{{end}}"
	      "{{len $o}}",
	      "2"),
	GIVES("{{$d := dict \"a\" 1 \"b\" 2}}{{range $k, $v := $d}}"
	      "{{$_ := unset $d \"b\"}}{{$k}}{{$v}}{{end}}{{$d}}",
	      "a1b2map[a:1]"),
	FAILS("{{set nil \"a\" 1}}", "argument 1: expected map; got nil"),
	FAILS("{{set .disks \"a\" 1}}", "argument 1: expected map"),
	FAILS("{{set (dict) 1 2}}", "argument 2: expected string"),
};

static void test_set_and_unset_change_the_map_itself(void **state)
{
	(void)state;
	CHECK(changes);
}

static void test_a_map_that_holds_itself_is_refused(void **state)
{
	static const struct row rows[] = {
		REFUSED("{{$d := dict}}{{$_ := set $d \"a\" $d}}",
			"a map can't hold itself"),
		REFUSED("{{$d := dict}}{{$e := dict \"d\" (list $d)}}"
			"{{$_ := set $d \"e\" $e}}",
			"a map can't hold itself"),
		REFUSED("{{$_ := set . \"self\" .}}",
			"a map can't hold itself"),
	};

	(void)state;
	CHECK(rows);
}

static void test_the_data_of_the_caller_is_not_changed(void **state)
{
	static const char text[] = "{{$_ := set . \"b\" 2}}{{$_ := set .in "
				   "\"x\" 2}}{{.in.x}}{{.b}}";
	CLEANUP(buf_release) struct buf out = BUF_INIT(64);
	AUTO_JSON json_t *data = json_loads("{\"in\":{\"x\":1}}", 0, NULL);
	AUTO_JSON json_t *before = json_deep_copy(data);
	struct template *template;
	struct err err;
	int status;

	(void)state;
	template = template_parse(text, strlen(text), &err);
	assert_non_null(template);

	status = template_render(template, data, &out, &err);

	template_free(template);
	assert_int_equal(status, 0);
	assert_string_equal(out.base, "22");
	assert_true(json_equal(data, before));
}

static const struct row merges[] = {
	GIVES("{{merge (dict \"a\" 1) (dict \"a\" 2 \"b\" 3)}}",
	      "map[a:1 b:3]"),
	GIVES("{{mergeOverwrite (dict \"a\" 1) (dict \"a\" 2 \"b\" 3)}}",
	      "map[a:2 b:3]"),
	GIVES("{{merge (dict \"a\" 0 \"b\" \"\") (dict \"a\" 2 \"b\" \"x\")}}",
	      "map[a:2 b:x]"),
	GIVES("{{merge (dict \"m\" (dict \"x\" 1)) (dict \"m\" (dict \"x\" 2 "
	      "\"y\" 3))}}",
	      "map[m:map[x:1 y:3]]"),
	GIVES("{{mergeOverwrite (dict \"m\" (dict \"x\" 1 \"z\" 4))"
	      " (dict \"m\" (dict \"x\" 2))}}",
	      "map[m:map[x:2 z:4]]"),
	GIVES("{{merge (dict \"l\" (list 1)) (dict \"l\" (list 2 3))}}",
	      "map[l:[1]]"),
	GIVES("{{mergeOverwrite (dict \"l\" (list 1)) (dict \"l\" (list 2 "
	      "3))}}",
	      "map[l:[2 3]]"),
	GIVES("{{$d := dict \"a\" 1}}{{$_ := mustMerge $d (dict \"b\" "
	      "2)}}{{$d}}",
	      "map[a:1 b:2]"),
	GIVES("{{mustMergeOverwrite (dict \"a\" 1) (dict \"a\" nil)}}",
	      "map[a:<nil>]"),
	GIVES("{{merge (dict) (dict \"a\" 1) (dict \"a\" 2)}}", "map[a:1]"),
	GIVES("{{$a := dict \"x\" (dict)}}{{$b := deepCopy $a}}"
	      "{{$_ := set $b.x \"y\" 1}}{{$a}}{{$b}}",
	      "map[x:map[]]map[x:map[y:1]]"),
	GIVES("{{mustDeepCopy (list 1 (list 2))}} {{deepCopy 5}}", "[1 [2]] 5"),
	FAILS("{{merge (dict) 5}}", "argument 2: expected map; got int"),
};

static void test_merge_keeps_and_mergeOverwrite_replaces(void **state)
{
	(void)state;
	CHECK(merges);
}

static const struct row defaults[] = {
	GIVES("{{default \"x\" \"\"}} {{default \"x\" \"y\"}} {{default "
	      "\"x\"}}",
	      "x y x"),
	GIVES("{{.empty | default \"x\"}} {{.nothing | default 5}}", "x 5"),
	GIVES("{{default 1 0}} {{default \"x\" .none}} {{default \"x\" false}}",
	      "1 x x"),
	GIVES("{{empty \"\"}} {{empty 0}} {{empty .disks}} {{empty nil}}",
	      "true true false true"),
	GIVES("{{coalesce 0 \"\" nil 1 2}} {{coalesce}} {{coalesce 0}}",
	      "1 <no value> <no value>"),
	GIVES("{{all 1 \"a\"}} {{all 1 0}} {{all}}", "true false true"),
	GIVES("{{any 0 1}} {{any 0 \"\"}} {{any}}", "true false false"),
	GIVES("{{ternary \"foo\" \"bar\" true}} {{false | ternary 1 2}}",
	      "foo 2"),
	FAILS("{{ternary 1 2 0}}", "argument 3: expected bool; got int"),
	FAILS("{{fail \"no disk\"}}", "error calling fail: no disk"),
};

static void test_defaults_stand_in_for_what_is_empty(void **state)
{
	(void)state;
	CHECK(defaults);
}

static const struct row types[] = {
	GIVES("{{kindOf 1}} {{kindOf \"a\"}} {{kindOf 1.5}} {{kindOf .on}}",
	      "int string float64 bool"),
	GIVES("{{kindOf .disks}} {{kindOf .tags}} {{kindOf nil}}",
	      "slice map invalid"),
	GIVES("{{typeOf 1}} {{typeOf .tags}} {{typeOf .disks}} {{typeOf nil}}",
	      "int map[string]interface {} []interface {} <nil>"),
	GIVES("{{kindIs \"int\" 1}} {{kindIs \"int\" \"1\"}}", "true false"),
	GIVES("{{typeIs \"string\" .name}} {{typeIsLike \"float64\" .ratio}}",
	      "true true"),
	GIVES("{{deepEqual (list 1 2) (list 1 2)}} {{deepEqual .tags .blank}}",
	      "true false"),
	GIVES("{{deepEqual 1 1.0}} {{deepEqual nil nil}} {{deepEqual \"a\" "
	      "\"a\"}}",
	      "false true true"),
	GIVES("{{deepEqual (dict \"a\" (list 1)) (dict \"a\" (list 1))}}",
	      "true"),
};

/* All whole numbers are int, all lists of anything. */
static const struct row fewer_types[] = {
	OURS("{{typeOf (add 1 2)}} {{kindOf (len .name)}}", "int int"),
	OURS("{{typeOf (splitList \",\" \"a\")}}", "[]interface {}"),
};

static void test_types_have_the_names_of_go(void **state)
{
	(void)state;
	CHECK(types);
	CHECK(fewer_types);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_maps_are_read),
		RUN(test_keys_and_values_come_in_order),
		RUN(test_set_and_unset_change_the_map_itself),
		RUN(test_a_map_that_holds_itself_is_refused),
		RUN(test_the_data_of_the_caller_is_not_changed),
		RUN(test_merge_keeps_and_mergeOverwrite_replaces),
		RUN(test_defaults_stand_in_for_what_is_empty),
		RUN(test_types_have_the_names_of_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
