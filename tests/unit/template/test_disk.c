/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/template/rows.h"

static const struct row partitions[] = {
	GIVES("{{formatPartition \"/dev/sda\" 1}}", "/dev/sda1"),
	GIVES("{{formatPartition \"/dev/nvme0n1\" 2}}", "/dev/nvme0n1p2"),
	GIVES("{{formatPartition \"/dev/loop0\" 3}}", "/dev/loop0p3"),
	GIVES("{{formatPartition \"/dev/disk/by-id/x0\" 1}}",
	      "/dev/disk/by-id/x0-part1"),
	GIVES("{{formatPartition ( index .disks 0 ) 1}}", "/dev/nvme0n1p1"),
	GIVES("{{3 | formatPartition (index .disks 1)}}", "/dev/sda3"),
	GIVES("{{formatPartition \"\" 1}}", "1"),
	FAILS("{{formatPartition 1 1}}", "argument 1: expected string"),
	FAILS("{{formatPartition \"/dev/sda\" \"1\"}}",
	      "argument 2: expected int; got string"),
	FAILS("{{formatPartition \"/dev/sda\"}}", "want 2, got 1"),
};

static void test_partitions_are_named_as_the_kernel_does(void **state)
{
	(void)state;
	CHECK(partitions);
}

static const struct row masks[] = {
	GIVES("{{netmaskToPrefixLength \"255.255.255.0\"}}", "24"),
	GIVES("{{netmaskToPrefixLength \"0.0.0.0\"}}", "0"),
	GIVES("{{netmaskToPrefixLength \"255.255.255.240\"}}", "28"),
	GIVES("{{netmaskToPrefixLength \"255.255.255.255\"}}", "32"),
	GIVES("{{kindOf (netmaskToPrefixLength \"255.0.0.0\")}}", "string"),
	FAILS("{{netmaskToPrefixLength \"255.255.255\"}}",
	      "invalid netmask: 255.255.255"),
	FAILS("{{netmaskToPrefixLength \"256.0.0.0\"}}", "invalid netmask"),
	FAILS("{{netmaskToPrefixLength \"::1\"}}", "invalid netmask"),
	FAILS("{{netmaskToPrefixLength \"\"}}", "invalid netmask"),
	FAILS("{{netmaskToPrefixLength .count}}", "expected string"),
};

/* Go's Size() has nothing for it, and Tinkerbell makes that a 0. */
static const struct row holes[] = {
	REFUSED("{{netmaskToPrefixLength \"255.0.255.0\"}}",
		"netmask with holes"),
};

static void test_a_netmask_becomes_a_length(void **state)
{
	(void)state;
	CHECK(masks);
	CHECK(holes);
}

static const struct row writes[] = {
	GIVES("{{toYaml .tags}}", "a: one\nb: two"),
	GIVES("{{toYaml .nics}}", "- mac: \"52:54:00:00:00:01\"\n  vlan: 10\n"
				  "- mac: \"52:54:00:00:00:02\"\n  vlan: 20"),
	GIVES("{{toYaml .nested}}", "a:\n  b:\n    c: deep"),
	GIVES("{{toYaml .mixed}}", "- 1\n- a\n- null\n- 2.5\n- true"),
	GIVES("{{toYaml (dict \"l\" (list 1 2) \"e\" (list) \"m\" (dict))}}",
	      "e: []\nl:\n- 1\n- 2\nm: {}"),
	GIVES("{{toYaml (list (list 1 2) (dict \"a\" (list 3)))}}",
	      "- - 1\n  - 2\n- a:\n  - 3"),
	GIVES("{{toYaml nil}} {{toYaml 5}} {{toYaml .on}} {{toYaml 1e6}}",
	      "null 5 true 1000000"),
	GIVES("{{toYaml 1.5}} {{toYaml 1234567.5}}", "1.5 1.2345675e+06"),
	GIVES("{{toYaml (dict \"d10\" 1 \"d2\" 2 \"D\" 3)}}",
	      "D: 3\nd2: 2\nd10: 1"),
};

static const struct row strings[] = {
	GIVES("{{toYaml \"plain text\"}} {{toYaml \"/dev/sda\"}}",
	      "plain text /dev/sda"),
	GIVES("{{toYaml \"true\"}} {{toYaml \"No\"}} {{toYaml \"\"}} {{toYaml "
	      "\"~\"}}",
	      "\"true\" \"No\" \"\" \"~\""),
	GIVES("{{toYaml \"012\"}} {{toYaml \"1.5\"}} {{toYaml \"0x1f\"}}",
	      "\"012\" \"1.5\" \"0x1f\""),
	GIVES("{{toYaml \"12:30\"}} {{toYaml \"2024-01-02\"}} {{toYaml "
	      "\"1.2.3\"}}",
	      "\"12:30\" \"2024-01-02\" 1.2.3"),
	GIVES("{{toYaml \"a: b\"}} {{toYaml \"a #b\"}} {{toYaml \"- a\"}}",
	      "'a: b' 'a #b' '- a'"),
	GIVES("{{toYaml \"it's\"}} {{toYaml \"'q'\"}} {{toYaml \" a\"}}",
	      "it's '''q''' ' a'"),
	GIVES("{{toYaml \"a\\tb\"}} {{toYaml \"\\x01\"}}",
	      "\"a\\tb\" \"\\x01\""),
	GIVES("{{toYaml \"a\\nb\"}}|{{toYaml \"a\\n\"}}",
	      "|-\n  a\n  b||\n  a"),
	GIVES("{{toYaml (dict \"k\" \"a\\n\\nb\\n\" \"l\" (list \"c\\nd\"))}}",
	      "k: |\n  a\n\n  b\nl:\n- |-\n  c\n  d"),
	GIVES("{{toYaml .umlaut}}", "Gr\xc3\xbc\xc3\x9f"
				    "e"),
};

static void test_yaml_is_written_as_kubernetes_does(void **state)
{
	(void)state;
	CHECK(writes);
	CHECK(strings);
}

static const struct row reads[] = {
	GIVES("{{$m := fromYaml \"name: alice\\nage: 30\"}}{{$m.name}} "
	      "{{$m.age}}",
	      "alice 30"),
	GIVES("{{fromYaml \"- a\\n- b\" | join \",\"}} {{fromYaml \"x\"}}",
	      "a,b x"),
	GIVES("{{kindOf (fromYaml \"1\")}} {{fromYaml \"1000000\"}}",
	      "float64 1e+06"),
	GIVES("{{fromYaml \"a: yes\\nb: ~\\nc: 0x1f\"}}",
	      "map[a:true b:<nil> c:31]"),
	GIVES("{{(fromYaml \"mac: 52:54:00:12:34:56\").mac}}",
	      "52:54:00:12:34:56"),
	GIVES("{{fromYaml \"a: 1\\n---\\nb: 2\"}}", "map[a:1]"),
	GIVES("{{.nested | toYaml | fromYaml | dig \"a\" \"b\" \"c\" 0}}",
	      "deep"),
	FAILS("{{fromYaml \"\"}}", "empty YAML input"),
	FAILS("{{fromYaml \"a: b: c\"}}", "error calling fromYaml: "),
	FAILS("{{fromYaml \"[1, 2\"}}", "error calling fromYaml: "),
};

static void test_yaml_is_read_with_numbers_as_floats(void **state)
{
	(void)state;
	CHECK(reads);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_partitions_are_named_as_the_kernel_does),
		RUN(test_a_netmask_becomes_a_length),
		RUN(test_yaml_is_written_as_kubernetes_does),
		RUN(test_yaml_is_read_with_numbers_as_floats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
