/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/diff_plan.h"

#include <string.h>

#include "json.h"

static void assert_diff(const char *before, const char *after,
			const char *expected)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);
	AUTO_JSON json_t *old = json_of(before);
	AUTO_JSON json_t *new = json_of(after);
	size_t lines = 0;
	size_t n = diff_render(&out, old, new);

	assert_string_equal(out.base, expected);
	for (const char *at = out.base; *at; at++)
		lines += *at == '\n';
	assert_int_equal(n, lines);
}

static void test_a_changed_value_is_shown_old_and_new(void **state)
{
	(void)state;
	assert_diff("{'spec':{'disks':[{'device':'/dev/sda'}],'n':1}}",
		    "{'spec':{'disks':[{'device':'/dev/vda'}],'n':2}}",
		    "    spec.disks[0].device: /dev/sda -> /dev/vda\n"
		    "    spec.n: 1 -> 2\n");
}

static void test_what_comes_and_what_goes_has_a_sign(void **state)
{
	(void)state;
	assert_diff("{'metadata':{'labels':{'tomte.dev/unit':'7'}},"
		    "'spec':{'list':['a','b']}}",
		    "{'metadata':{'labels':{'zone':''}},"
		    "'spec':{'list':['a'],'more':{'deep':[true]}}}",
		    "  - metadata.labels[tomte.dev/unit]: 7\n"
		    "  + metadata.labels.zone: \"\"\n"
		    "  - spec.list[1]: b\n"
		    "  + spec.more.deep[0]: true\n");
}

static void test_another_type_is_a_change(void **state)
{
	(void)state;
	assert_diff("{'a':{'b':1}}", "{'a':'x'}", "    a: {\"b\":1} -> x\n");
	assert_diff("{'a':[]}", "{'a':{}}", "    a: [] -> {}\n");
	assert_diff("{}", "{'a':[]}", "  + a: []\n");
}

static void test_what_the_server_writes_is_no_difference(void **state)
{
	(void)state;
	assert_diff("{'metadata':{'name':'a','resourceVersion':'1','uid':'u',"
		    "'namespace':'default','generation':1,"
		    "'creationTimestamp':'2026-01-01T00:00:00Z'},"
		    "'status':{'x':1}}",
		    "{'metadata':{'name':'a','resourceVersion':'2',"
		    "'annotations':{'kubectl.kubernetes.io/"
		    "last-applied-configuration':'{}'}}}",
		    "");
}

static void test_values_of_a_secret_are_never_shown(void **state)
{
	(void)state;
	assert_diff("{'kind':'Secret','data':{'password':'b2xk','user':'YQ=='}"
		    ",'metadata':{'labels':{'a':'1'}}}",
		    "{'kind':'Secret','data':{'password':'bmV3','user':'YQ==',"
		    "'more':'eA=='},'metadata':{'labels':{'a':'2'}}}",
		    "    data.password: (not shown) -> (not shown)\n"
		    "  + data.more: (not shown)\n"
		    "    metadata.labels.a: 1 -> 2\n");
	assert_diff("{'kind':'Secret','stringData':{'p':'old'}}",
		    "{'kind':'Secret','data':{'p':'bmV3'}}",
		    "  + data.p: (not shown)\n"
		    "  - stringData.p: (not shown)\n");
}

static void test_of_unseen_values_it_is_said_that_they_differ(void **state)
{
	(void)state;
	assert_diff("{'kind':'Secret','metadata':{'resourceVersion':'1'}}",
		    "{'kind':'Secret','metadata':{'resourceVersion':'2'}}",
		    "    data: other values (not shown)\n");
}

static void test_a_long_value_is_cut_and_cannot_steer_a_terminal(void **state)
{
	(void)state;
	assert_diff("{'a':'x'}",
		    "{'a':'0123456789012345678901234567890123456789"
		    "01234567890123456789ABC','\\u001b[2J':1}",
		    "    a: x -> 0123456789012345678901234567890123456789"
		    "01234567890123456789... (63 bytes)\n"
		    "  + [?[2J]: 1\n");
	assert_diff("{'a':'x\\ny'}", "{'a':'x\\u0007'}", "    a: x y -> x?\n");
}

static void test_a_bare_object_is_what_a_file_would_have(void **state)
{
	AUTO_JSON json_t *object =
		json_of("{'kind':'K','metadata':{'name':'a','uid':'u',"
			"'namespace':'n','annotations':{'mine':'1',"
			"'kubectl.kubernetes.io/last-applied-configuration':"
			"'{}'}},'spec':{},'status':{}}");
	AUTO_JSON json_t *bare = diff_bare(object);

	(void)state;

	assert_json(bare, "{'kind':'K','metadata':{'name':'a','annotations':"
			  "{'mine':'1'}},'spec':{}}");
	assert_at(object, "metadata.uid", "'u'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_changed_value_is_shown_old_and_new),
		RUN(test_what_comes_and_what_goes_has_a_sign),
		RUN(test_another_type_is_a_change),
		RUN(test_what_the_server_writes_is_no_difference),
		RUN(test_values_of_a_secret_are_never_shown),
		RUN(test_of_unseen_values_it_is_said_that_they_differ),
		RUN(test_a_long_value_is_cut_and_cannot_steer_a_terminal),
		RUN(test_a_bare_object_is_what_a_file_would_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
