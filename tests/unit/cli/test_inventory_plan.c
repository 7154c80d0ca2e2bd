/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/inventory_plan.h"

#include "json.h"

#define HARDWARE                                                               \
	"[{'metadata':{'name':'a','labels':{'tomte.dev/rack':'r-1.x',"         \
	"'tomte.dev/role':'db'},'annotations':{'tomte.dev/serial':'S'}},"      \
	"'spec':{'bmcRef':{'name':'a-bmc'},'interfaces':[{'dhcp':{"            \
	"'mac':'52:54:00:00:00:01','arch':'x86_64','uefi':true,"               \
	"'ip':{'address':'10.0.0.1'}}}]}},"                                    \
	"{'metadata':{'name':'b'}}]"
#define MACHINES                                                               \
	"[{'metadata':{'name':'a-bmc'},'spec':{'connection':{'host':"          \
	"'10.1.0.1','authSecretRef':{'name':'s'}}}}]"
#define RUNS                                                                   \
	"[{'metadata':{'name':'w2','creationTimestamp':'2026-02-01'},"         \
	"'spec':{'machine':'a','template':'t'},'status':{'outcome':"           \
	"'success'}},"                                                         \
	"{'metadata':{'name':'w1','creationTimestamp':'2026-01-01'},"          \
	"'spec':{'machine':'a'},'status':{'outcome':'failed'}}]"

#define VARS                                                                   \
	"{'ansible_host':'10.0.0.1','tomte_state':'success',"                  \
	"'tomte_run':'w2','tomte_template':'t','tomte_rack':'r-1.x',"          \
	"'tomte_mac':'52:54:00:00:00:01','tomte_arch':'x86_64',"               \
	"'tomte_firmware':'uefi','tomte_bmc':'10.1.0.1',"                      \
	"'tomte_serial':'S','tomte_labels':{'tomte.dev/rack':'r-1.x',"         \
	"'tomte.dev/role':'db'}}"

struct world {
	json_t *hardware;
	json_t *machines;
	json_t *runs;
	struct inventory_input input;
};

static void world_init(struct world *world)
{
	world->hardware = json_of(HARDWARE);
	world->machines = json_of(MACHINES);
	world->runs = json_of(RUNS);
	world->input = (struct inventory_input){ world->hardware,
						 world->machines, world->runs };
}

static void world_release(struct world *world)
{
	json_decref(world->runs);
	json_decref(world->machines);
	json_decref(world->hardware);
}

static void test_a_list_has_groups_and_variables(void **state)
{
	struct world world;
	json_t *list;

	(void)state;
	world_init(&world);

	list = inventory_list(&world.input);

	assert_json(list,
		    "{'_meta':{'hostvars':{'a':" VARS ","
		    "'b':{'tomte_state':'none','tomte_firmware':'bios'}}},"
		    "'all':{'children':['rack_r_1_x','role_db','arch_x86_64',"
		    "'state_success','state_none']},"
		    "'rack_r_1_x':{'hosts':['a']},'role_db':{'hosts':['a']},"
		    "'arch_x86_64':{'hosts':['a']},"
		    "'state_success':{'hosts':['a']},"
		    "'state_none':{'hosts':['b']}}");
	json_decref(list);
	world_release(&world);
}

static void test_a_host_is_its_variables(void **state)
{
	struct world world;
	json_t *vars;

	(void)state;
	world_init(&world);

	vars = inventory_host(&world.input, "a");

	assert_json(vars, VARS);
	assert_null(inventory_host(&world.input, "z"));
	json_decref(vars);
	world_release(&world);
}

static void test_an_open_run_is_running(void **state)
{
	struct world world;
	json_t *vars;

	(void)state;
	world_init(&world);
	json_put(json_array_get(world.runs, 0), "status.outcome",
		 json_string(""));

	vars = inventory_host(&world.input, "a");

	assert_at(vars, "tomte_state", "'running'");
	json_decref(vars);
	world_release(&world);
}

static void test_a_static_inventory_has_hosts_and_children(void **state)
{
	struct world world;
	json_t *document;

	(void)state;
	world_init(&world);

	document = inventory_static(&world.input);

	assert_at(document, "all.hosts.a", VARS);
	assert_at(document, "all.children.state_none", "{'hosts':{'b':{}}}");
	json_decref(document);
	world_release(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_list_has_groups_and_variables),
		RUN(test_a_host_is_its_variables),
		RUN(test_an_open_run_is_running),
		RUN(test_a_static_inventory_has_hosts_and_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
