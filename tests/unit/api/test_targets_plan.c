/* SPDX-License-Identifier: Apache-2.0 */
#include "api/targets_plan.h"

#include "base/str.h"
#include "json.h"

static bool all(void *arg, const char *namespace)
{
	(void)arg;
	(void)namespace;
	return true;
}

static bool only(void *arg, const char *namespace)
{
	return str_eq(arg, namespace);
}

static void assert_targets(const struct targets_input *input,
			   const char *expected)
{
	AUTO_JSON json_t *targets = targets_render(input);

	assert_json(targets, expected);
}

#define HARDWARE                                                               \
	"[{'metadata':{'name':'a','namespace':'n','labels':{"                  \
	"'tomte.dev/rack':'r'}},'spec':{'bmcRef':{'name':'a-bmc'},"            \
	"'interfaces':[{'dhcp':{'mac':'m','ip':{'address':'fd00::1'}}}]}},"    \
	"{'metadata':{'name':'b','namespace':'o'},'spec':{'bmcRef':{'name':"   \
	"'a-bmc'}}}]"
#define MACHINES                                                               \
	"[{'metadata':{'name':'a-bmc','namespace':'n'},'spec':{'connection':"  \
	"{'host':'fd00::2','providerOptions':{'preferredOrder':['gofish']}}}," \
	"'status':{'powerState':'on'}}]"

static void test_a_machine_is_a_node_and_a_bmc(void **state)
{
	AUTO_JSON json_t *hardware = json_of(HARDWARE);
	AUTO_JSON json_t *machines = json_of(MACHINES);
	const struct targets_input input = { .hardware = hardware,
					     .machines = machines,
					     .nodes = true,
					     .bmcs = true,
					     .port = 9100,
					     .shows = all };

	(void)state;
	assert_targets(
		&input,
		"[{'targets':['[fd00::1]:9100'],'labels':{"
		"'__meta_tomte_kind':'node','__meta_tomte_hardware':'a',"
		"'__meta_tomte_namespace':'n','__meta_tomte_rack':'r',"
		"'__meta_tomte_mac':'m'}},"
		"{'targets':['fd00::2'],'labels':{'__meta_tomte_kind':'bmc',"
		"'__meta_tomte_hardware':'a','__meta_tomte_namespace':'n',"
		"'__meta_tomte_rack':'r','__meta_tomte_mac':'m',"
		"'__meta_tomte_bmc':'a-bmc','__meta_tomte_bmc_protocol':"
		"'redfish','__meta_tomte_power':'on'}}]");
}

static void test_what_is_of_others_is_left_out(void **state)
{
	char namespace[] = "o";
	AUTO_JSON json_t *hardware = json_of(HARDWARE);
	AUTO_JSON json_t *machines = json_of(MACHINES);
	const struct targets_input input = { .hardware = hardware,
					     .machines = machines,
					     .nodes = true,
					     .bmcs = true,
					     .port = 9100,
					     .shows = only,
					     .arg = namespace };

	(void)state;
	assert_targets(&input, "[]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_machine_is_a_node_and_a_bmc),
		RUN(test_what_is_of_others_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
