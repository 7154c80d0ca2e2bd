/* SPDX-License-Identifier: Apache-2.0 */
#include "api/targets_plan.h"

#include "json.h"

static void test_a_machine_is_a_node_and_a_bmc(void **state)
{
	AUTO_JSON json_t *out = json_array();
	AUTO_JSON json_t *labels =
		json_of("{'tomte.dev/rack':'r','tomte.dev/unit':'3','x':'y'}");
	const struct targets_row row = { .namespace = "n",
					 .name = "a",
					 .labels = labels,
					 .mac = "m",
					 .arch = "",
					 .address = "fd00::1",
					 .bmc = "a-bmc",
					 .bmc_host = "fd00::2",
					 .bmc_driver = "gofish",
					 .power = "on" };

	(void)state;

	targets_add_node(out, &row, 9100);
	targets_add_bmc(out, &row);

	assert_json(
		out,
		"[{'targets':['[fd00::1]:9100'],'labels':{"
		"'__meta_tomte_kind':'node','__meta_tomte_hardware':'a',"
		"'__meta_tomte_namespace':'n','__meta_tomte_rack':'r',"
		"'__meta_tomte_unit':'3','__meta_tomte_mac':'m'}},"
		"{'targets':['fd00::2'],'labels':{'__meta_tomte_kind':'bmc',"
		"'__meta_tomte_hardware':'a','__meta_tomte_namespace':'n',"
		"'__meta_tomte_rack':'r','__meta_tomte_unit':'3',"
		"'__meta_tomte_mac':'m','__meta_tomte_bmc':'a-bmc',"
		"'__meta_tomte_bmc_protocol':'redfish',"
		"'__meta_tomte_power':'on'}}]");
}

static void test_who_has_no_address_is_no_target(void **state)
{
	AUTO_JSON json_t *out = json_array();
	const struct targets_row row = { .namespace = "n",
					 .name = "a",
					 .mac = "m",
					 .arch = "",
					 .address = "",
					 .bmc = "",
					 .bmc_host = "",
					 .bmc_driver = "",
					 .power = "" };

	(void)state;

	targets_add_node(out, &row, 9100);
	targets_add_bmc(out, &row);

	assert_json(out, "[]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_machine_is_a_node_and_a_bmc),
		RUN(test_who_has_no_address_is_no_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
