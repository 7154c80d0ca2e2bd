/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/workflow_wire.h"

#include <string.h>

#include "base/str.h"
#include "json.h"
#include "test.h"
#include "workflow/plan.h"
#include "workflow/task_wire.h"

/* One task with one action, and these lines more of the action. */
#define ONE_ACTION(more)                                                       \
	"name: t\ntasks:\n- name: one\n  actions:\n  - name: a\n    image: "   \
	"i\n" more

static void decode(const char *yaml, struct workflow_plan *plan)
{
	struct err err;

	if (workflow_decode(yaml, strlen(yaml), plan, &err))
		fail_msg("%s: %s", yaml, err.message);
}

static void assert_document(const char *yaml, const char *expected)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };

	decode(yaml, &plan);
	assert_json(plan.actions[plan.n_actions - 1].document, expected);
}

static void assert_refused(const char *yaml, enum err_code code,
			   const char *message)
{
	struct workflow_plan plan;
	struct err err = { .code = ERR_NONE };
	int status = workflow_decode(yaml, strlen(yaml), &plan, &err);

	if (!status)
		workflow_plan_release(&plan);
	if (!status)
		fail_msg("taken: %s", yaml);
	if (!strstr(err.message, message))
		fail_msg("\"%s\" does not say \"%s\"", err.message, message);
	assert_true(str_starts(err.message, "rendered template: "));
	assert_int_equal(err.code, code);
	assert_null(plan.actions);
	assert_int_equal(plan.n_actions, 0);
}

/* ---- decoding ---- */

static void test_actions_come_in_the_order_of_their_tasks(void **state)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };

	(void)state;

	decode("version: '0.1'\n"
	       "name: debian\n"
	       "global_timeout: 1800\n"
	       "tasks:\n"
	       "- name: disk\n"
	       "  worker: 52:54:00:00:00:01\n"
	       "  actions:\n"
	       "  - {name: image, image: quay.io/x/image2disk:v1, timeout: "
	       "900}\n"
	       "  - {name: file, image: writefile}\n"
	       "- name: end\n"
	       "  actions:\n"
	       "  - {name: image, image: reboot, timeout: 60}\n",
	       &plan);

	assert_string_equal(plan.name, "debian");
	assert_int_equal(plan.global_timeout_s, 1800);
	assert_int_equal(plan.n_actions, 3);
	assert_string_equal(plan.actions[0].action_id, "a0");
	assert_string_equal(plan.actions[0].name, "image");
	assert_string_equal(plan.actions[0].image, "quay.io/x/image2disk:v1");
	assert_int_equal(plan.actions[0].timeout_s, 900);
	assert_string_equal(plan.actions[1].action_id, "a1");
	assert_int_equal(plan.actions[1].timeout_s, 0);
	assert_string_equal(plan.actions[2].name, "image"); /* another task's */
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(plan.actions[i].position, i);
		assert_int_equal(plan.actions[i].attempt, 1);
		assert_string_equal(plan.actions[i].state, "PENDING");
	}
}

static void test_what_is_left_out_is_none(void **state)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };

	(void)state;

	decode(ONE_ACTION(""), &plan);

	assert_int_equal(plan.global_timeout_s, 0);
	assert_json(plan.actions[0].document, "{'env':{},'volumes':[]}");
}

/* Every line of them commented out. */
static void test_keys_without_a_value_are_none(void **state)
{
	(void)state;

	assert_document("name: t\n"
			"global_timeout:\n"
			"tasks:\n"
			"- name: one\n"
			"  environment:\n"
			"  volumes:\n"
			"  actions:\n"
			"  - name: a\n"
			"    image: i\n"
			"    timeout:\n"
			"    environment:\n"
			"    volumes:\n"
			"    command:\n"
			"    pid:\n"
			"    namespaces:\n",
			"{'env':{},'volumes':[]}");
}

static void test_an_action_has_its_tasks_environment_and_its_own(void **state)
{
	(void)state;

	assert_document("name: t\n"
			"tasks:\n"
			"- name: one\n"
			"  environment: {A: task, B: task, C: task}\n"
			"  actions:\n"
			"  - name: a\n"
			"    image: i\n"
			"    environment: {B: action, D: action, C: }\n",
			"{'env':{'A':'task','B':'action','C':'','D':'action'},"
			"'volumes':[]}");
}

static void
test_the_environment_of_one_action_is_not_the_next_ones(void **state)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };

	(void)state;

	decode("name: t\n"
	       "tasks:\n"
	       "- name: one\n"
	       "  environment: {A: task}\n"
	       "  volumes: [/dev:/dev]\n"
	       "  actions:\n"
	       "  - name: a\n"
	       "    image: i\n"
	       "    environment: {A: first, B: first}\n"
	       "    volumes: [/a:/a]\n"
	       "  - {name: b, image: i}\n"
	       "- name: two\n"
	       "  actions:\n"
	       "  - {name: c, image: i}\n",
	       &plan);

	assert_json(plan.actions[0].document,
		    "{'env':{'A':'first','B':'first'},"
		    "'volumes':['/dev:/dev','/a:/a']}");
	assert_json(plan.actions[1].document,
		    "{'env':{'A':'task'},'volumes':['/dev:/dev']}");
	assert_json(plan.actions[2].document, "{'env':{},'volumes':[]}");
}

/* As in Go's map of strings: null alone has no text. */
static void test_scalars_keep_their_text(void **state)
{
	(void)state;

	assert_document(ONE_ACTION("    environment:\n"
				   "      MODE: 0600\n"
				   "      FORCE: true\n"
				   "      VERSION: 1.0\n"
				   "      HEX: 0x1F\n"
				   "      NULL_ONE: null\n"
				   "      TILDE: ~\n"
				   "      TIME: 12:30:45\n"
				   "      QUOTED: \"0600\"\n"
				   "      LINES: |\n"
				   "        one\n"
				   "        two\n"
				   "    command: [echo, 007, no]\n"),
			"{'env':{'MODE':'0600','FORCE':'true','VERSION':'1.0',"
			"'HEX':'0x1F','NULL_ONE':'','TILDE':'',"
			"'TIME':'12:30:45','QUOTED':'0600',"
			"'LINES':'one\\ntwo\\n'},'volumes':[],"
			"'args':['echo','007','no']}");
}

static void test_namespaces_are_shared_in_the_old_form_and_the_new(void **state)
{
	(void)state;

	assert_document(ONE_ACTION("    pid: host\n    network: none\n"),
			"{'env':{},'volumes':[],'pid':'host',"
			"'network':'none'}");
	assert_document(
		ONE_ACTION("    namespaces: {pid: host, network: host}\n"),
		"{'env':{},'volumes':[],'pid':'host','network':'host'}");
	assert_document(ONE_ACTION("    pid: own\n"
				   "    namespaces: {pid: host}\n"),
			"{'env':{},'volumes':[],'pid':'own'}");
}

static void test_what_is_wrong_with_the_whole_is_named(void **state)
{
	(void)state;

	assert_refused("", ERR_INVALID, "template.name: expected 1 to 199");
	assert_refused("- a\n- b\n", ERR_INVALID, "template.name");
	assert_refused("just text", ERR_INVALID, "template.name");
	assert_refused("tasks: []\n", ERR_INVALID, "template.name");
	assert_refused("name: t\n", ERR_INVALID, "tasks: there are none");
	assert_refused("name: t\ntasks: []\n", ERR_INVALID,
		       "tasks: there are none");
	assert_refused("name: t\ntasks: {a: b}\n", ERR_INVALID,
		       "tasks: there are none");
	assert_refused("name: [t]\ntasks: []\n", ERR_INVALID, "template.name");
	assert_refused("name: t\nglobal_timeout: 10m\n", ERR_INVALID,
		       "global_timeout: expected whole seconds");
	assert_refused("name: t\ntasks: [\n", ERR_INVALID, "line ");
}

static void test_what_is_wrong_with_a_task_is_named(void **state)
{
	(void)state;

	assert_refused("name: t\ntasks: [text]\n", ERR_INVALID,
		       "tasks[0].name: expected 1 to 199 characters");
	assert_refused("name: t\ntasks:\n- actions: []\n", ERR_INVALID,
		       "tasks[0].name");
	assert_refused("name: t\ntasks:\n- name: one\n", ERR_INVALID,
		       "tasks[0].actions: there are none");
	assert_refused("name: t\ntasks:\n- name: one\n  actions: {}\n",
		       ERR_INVALID, "tasks[0].actions: there are none");
	assert_refused("name: t\ntasks:\n- name: one\n  environment: [A=b]\n",
		       ERR_INVALID,
		       "tasks[0].environment: expected NAME: value");
	assert_refused("name: t\ntasks:\n- name: one\n  volumes: /dev\n",
		       ERR_INVALID, "tasks[0].volumes: expected a list");
	assert_refused("name: t\ntasks:\n- name: one\n  actions:\n"
		       "  - {name: a, image: i}\n"
		       "- name: one\n  actions:\n"
		       "  - {name: a, image: i}\n",
		       ERR_INVALID, "tasks[1].name: \"one\" is taken already");
}

static void test_what_is_wrong_with_an_action_is_named(void **state)
{
	(void)state;

	assert_refused("name: t\ntasks:\n- name: one\n  actions: [text]\n",
		       ERR_INVALID,
		       "tasks[0].actions[0].name: expected 1 to 199");
	assert_refused("name: t\ntasks:\n- name: one\n  actions:\n"
		       "  - {name: a}\n",
		       ERR_INVALID,
		       "tasks[0].actions[0].image: expected an image "
		       "reference");
	assert_refused("name: t\ntasks:\n- name: one\n  actions:\n"
		       "  - {name: a, image: ''}\n",
		       ERR_INVALID, "tasks[0].actions[0].image");
	assert_refused("name: t\ntasks:\n- name: one\n  actions:\n"
		       "  - {name: a, image: i}\n  - {name: a, image: i}\n",
		       ERR_INVALID,
		       "tasks[0].actions[1].name: \"a\" is taken already");
	assert_refused(ONE_ACTION("    timeout: -1\n"), ERR_INVALID,
		       "tasks[0].actions[0].timeout: expected whole seconds");
	assert_refused(ONE_ACTION("    timeout: 1.5\n"), ERR_INVALID,
		       "timeout: expected whole seconds");
	assert_refused(ONE_ACTION("    timeout: [1]\n"), ERR_INVALID,
		       "timeout: expected whole seconds");
	assert_refused(ONE_ACTION("    timeout: 2592001\n"), ERR_INVALID,
		       "timeout: expected whole seconds");
	assert_refused(ONE_ACTION("    environment: [A=b]\n"), ERR_INVALID,
		       "tasks[0].actions[0].environment: expected NAME: "
		       "value");
	assert_refused(ONE_ACTION("    environment: {A: {b: c}}\n"),
		       ERR_INVALID,
		       "tasks[0].actions[0].environment.A: expected text");
	assert_refused(ONE_ACTION("    environment: {A=B: c}\n"), ERR_INVALID,
		       "environment: \"A=B\" cannot be the name of a "
		       "variable");
	assert_refused(ONE_ACTION("    environment: {'': c}\n"), ERR_INVALID,
		       "environment: \"\" cannot be the name of a variable");
	assert_refused(ONE_ACTION("    volumes: {a: b}\n"), ERR_INVALID,
		       "tasks[0].actions[0].volumes: expected a list");
	assert_refused(ONE_ACTION("    volumes: [a, [b]]\n"), ERR_INVALID,
		       "tasks[0].actions[0].volumes[1]: expected text");
	assert_refused(ONE_ACTION("    command: reboot now\n"), ERR_INVALID,
		       "tasks[0].actions[0].command: expected a list");
	assert_refused(ONE_ACTION("    command: [{a: b}]\n"), ERR_INVALID,
		       "tasks[0].actions[0].command[0]: expected text");
	assert_refused(ONE_ACTION("    pid: [host]\n"), ERR_INVALID,
		       "tasks[0].actions[0].pid: expected the name of a "
		       "namespace");
	assert_refused(ONE_ACTION("    network: "
				  "a-namespace-with-thirty-two-chars\n"),
		       ERR_INVALID, "network: expected the name");
}

static void test_names_and_images_have_a_greatest_length(void **state)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };
	char long_name[256 + 1];
	AUTO_FREE char *fits = NULL;
	AUTO_FREE char *over = NULL;
	AUTO_FREE char *image = NULL;

	(void)state;

	memset(long_name, 'n', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	fits = xasprintf("name: t\ntasks:\n- name: one\n  actions:\n"
			 "  - {name: %.199s, image: %.255s}\n",
			 long_name, long_name);
	over = xasprintf("name: t\ntasks:\n- name: one\n  actions:\n"
			 "  - {name: %.200s, image: i}\n",
			 long_name);
	image = xasprintf("name: t\ntasks:\n- name: one\n  actions:\n"
			  "  - {name: a, image: %.256s}\n",
			  long_name);

	decode(fits, &plan);
	assert_int_equal(strlen(plan.actions[0].name), 199);
	assert_int_equal(strlen(plan.actions[0].image), 255);
	assert_refused(over, ERR_INVALID,
		       "tasks[0].actions[0].name: expected 1 to 199");
	assert_refused(image, ERR_INVALID, "image: expected an image");
}

/* n entries, each as `format` has it for its number. */
static char *repeated(const char *head, const char *format, size_t n)
{
	struct buf text = BUF_INIT(4 * 1024 * 1024);

	buf_adds(&text, head);
	for (size_t i = 0; i < n; i++) {
		for (const char *at = format; *at; at++)
			if (*at == '#')
				buf_printf(&text, "%zu", i);
			else
				buf_addc(&text, *at);
	}
	return buf_take(&text);
}

static void test_there_is_a_greatest_number_of_actions(void **state)
{
	static const char head[] = "name: t\ntasks:\n- name: one\n  actions:\n";
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };
	AUTO_FREE char *fits = repeated(head, "  - {name: a#, image: i}\n",
					WORKFLOW_MAX_ACTIONS);
	AUTO_FREE char *over = repeated(head, "  - {name: a#, image: i}\n",
					WORKFLOW_MAX_ACTIONS + 1);

	(void)state;

	decode(fits, &plan);
	assert_int_equal(plan.n_actions, WORKFLOW_MAX_ACTIONS);
	assert_string_equal(plan.actions[199].action_id, "a199");
	assert_refused(over, ERR_TOO_BIG, "more than 200 actions");
}

/* The worker takes so many and would refuse the task: better no run at all. */
static void test_an_action_has_no_more_than_the_worker_takes(void **state)
{
	static const struct {
		const char *head;
		const char *entry;
		const char *message;
	} lists[] = {
		{ ONE_ACTION("    environment:\n"), "      V#: x\n",
		  "tasks[0].actions[0]: env has over 512 entries" },
		{ ONE_ACTION("    volumes:\n"), "    - /a#:/a\n",
		  "tasks[0].actions[0]: volumes has over 512 entries" },
		{ ONE_ACTION("    command:\n"), "    - a#\n",
		  "tasks[0].actions[0]: args has over 512 entries" },
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		CLEANUP(workflow_plan_release) struct workflow_plan plan;
		AUTO_FREE char *fits =
			repeated(lists[i].head, lists[i].entry, TASK_LIST_MAX);
		AUTO_FREE char *over = repeated(lists[i].head, lists[i].entry,
						TASK_LIST_MAX + 1);

		decode(fits, &plan);
		assert_refused(over, ERR_TOO_BIG, lists[i].message);
	}
}

static void test_an_action_has_no_more_bytes_than_a_body(void **state)
{
	AUTO_FREE char *over =
		repeated(ONE_ACTION("    environment:\n      A: "),
			 "0123456789abcdef", TASK_BODY_MAX / 32);

	(void)state;

	assert_refused(over, ERR_TOO_BIG,
		       "tasks[0].actions[0]: over 524288 bytes");
}

/* ---- what a template sees ---- */

static json_t *data_of(const char *workflow, const char *hardware)
{
	AUTO_JSON json_t *w = json_of(workflow);
	AUTO_JSON json_t *h = json_of(hardware);
	AUTO_JSON json_t *facts =
		json_of("{'name':'m1','server':'198.18.0.1'}");

	return workflow_data(w, h, facts);
}

static void test_the_hardware_map_is_at_the_top(void **state)
{
	AUTO_JSON json_t *data = data_of(
		"{'spec':{'hardwareMap':{'device_1':'52:54:00:00:00:01',"
		"'hardware':'x','Hardware':'y','tomte':'z'}}}",
		"{'metadata':{'name':'m1'},'spec':{'disks':[]}}");

	(void)state;

	assert_at(data, "device_1", "'52:54:00:00:00:01'");
	/* Our own names stay ours. */
	assert_at(data, "hardware.metadata.name", "'m1'");
	assert_at(data, "Hardware.Disks", "[]");
	assert_at(data, "tomte", "{'name':'m1','server':'198.18.0.1'}");
}

static void test_a_workflow_without_a_map_has_ours(void **state)
{
	AUTO_JSON json_t *data = data_of("{'spec':{}}", "{'spec':{}}");

	(void)state;

	assert_int_equal(json_object_size(data), 3);
	assert_at(data, "hardware", "{'spec':{}}");
}

static void test_disks_are_a_list_of_names(void **state)
{
	AUTO_JSON json_t *data =
		data_of("{}", "{'spec':{'disks':[{'device':'/dev/nvme0n1'},{},"
			      "{'device':'/dev/sda'}]}}");

	(void)state;

	assert_at(data, "Hardware.Disks", "['/dev/nvme0n1','/dev/sda']");
	assert_at(data, "hardware.spec.disks[0].device", "'/dev/nvme0n1'");
}

static void test_hardware_has_the_names_of_go(void **state)
{
	AUTO_JSON json_t *data = data_of(
		"{}",
		"{'spec':{'agentID':'a','bmcRef':{'apiGroup':'g','kind':'k',"
		"'name':'n'},'tinkVersion':1,'userData':'u','vendorData':'v',"
		"'interfaces':[{'disableDhcp':true,'netboot':{'allowPXE':true,"
		"'allowWorkflow':false,'ipxe':{'url':'u','contents':'c'},"
		"'osie':{'baseURL':'b','kernelParams':['p']},"
		"'pxelinux':{'config':'c'},'rpi':{'serialNum':'s'}},"
		"'dhcp':{'mac':'m','hostname':'h','domain_name':'d',"
		"'lease_time':60,'name_servers':['1.1.1.1'],"
		"'time_servers':[],'arch':'x86_64','uefi':true,"
		"'iface_name':'eno1','vlan_id':'7','tftp_server_name':'t',"
		"'boot_file_name':'f','ip':{'address':'198.18.0.11',"
		"'netmask':'255.255.255.0','gateway':'198.18.0.1',"
		"'family':4}}}]}}");

	(void)state;

	assert_at(data, "Hardware.AgentID", "'a'");
	assert_at(data, "Hardware.BMCRef",
		  "{'APIGroup':'g','Kind':'k','Name':'n'}");
	assert_at(data, "Hardware.TinkVersion", "1");
	assert_at(data, "Hardware.UserData", "'u'");
	assert_at(data, "Hardware.VendorData", "'v'");
	assert_at(data, "Hardware.Interfaces[0].DisableDHCP", "true");
	assert_at(data, "Hardware.Interfaces[0].Netboot",
		  "{'AllowPXE':true,'AllowWorkflow':false,'IPXE':{'URL':'u',"
		  "'Contents':'c'},'OSIE':{'BaseURL':'b','KernelParams':['p']},"
		  "'PXELINUX':{'Config':'c'},'RPI':{'SerialNum':'s'}}");
	assert_at(data, "Hardware.Interfaces[0].DHCP",
		  "{'MAC':'m','Hostname':'h','DomainName':'d','LeaseTime':60,"
		  "'NameServers':['1.1.1.1'],'TimeServers':[],"
		  "'Arch':'x86_64','UEFI':true,'IfaceName':'eno1',"
		  "'VLANID':'7','TFTPServerName':'t','BootFileName':'f',"
		  "'ClasslessStaticRoutes':[],'IP':{'Address':'198.18.0.11',"
		  "'Netmask':'255.255.255.0','Gateway':'198.18.0.1',"
		  "'Family':4}}");
}

static void test_metadata_has_the_names_of_go(void **state)
{
	AUTO_JSON json_t *data = data_of(
		"{}",
		"{'spec':{'metadata':{'bonding_mode':5,"
		"'manufacturer':{'id':'i','slug':'s'},"
		"'instance':{'id':'i','allow_pxe':true,"
		"'ipxe_script_url':'u','ips':[{'address':'a'}],"
		"'userdata':'ud','crypted_root_password':'p',"
		"'ssh_keys':['k'],'operating_system':{'os_slug':'o',"
		"'image_tag':'t'},'storage':{'disks':[{'wipe_table':true,"
		"'partitions':[{'type_guid':'g'}]}],'filesystems':[{'mount':{"
		"'files':[{'uid':1,'gid':2}]}}]}},"
		"'facility':{'plan_version_slug':'p','facility_code':'f'},"
		"'custom':{'private_subnets':['s']}}}}");

	(void)state;

	assert_at(data, "Hardware.Metadata.BondingMode", "5");
	assert_at(data, "Hardware.Metadata.Manufacturer",
		  "{'ID':'i','Slug':'s'}");
	assert_at(data, "Hardware.Metadata.Instance.ID", "'i'");
	assert_at(data, "Hardware.Metadata.Instance.AllowPxe", "true");
	assert_at(data, "Hardware.Metadata.Instance.IpxeScriptURL", "'u'");
	assert_at(data, "Hardware.Metadata.Instance.Ips[0].Address", "'a'");
	assert_at(data, "Hardware.Metadata.Instance.Userdata", "'ud'");
	assert_at(data, "Hardware.Metadata.Instance.CryptedRootPassword",
		  "'p'");
	assert_at(data, "Hardware.Metadata.Instance.SSHKeys", "['k']");
	assert_at(data, "Hardware.Metadata.Instance.OperatingSystem",
		  "{'OsSlug':'o','ImageTag':'t'}");
	assert_at(data, "Hardware.Metadata.Instance.Storage",
		  "{'Disks':[{'WipeTable':true,"
		  "'Partitions':[{'TypeGUID':'g'}]}],'Filesystems':[{'Mount':{"
		  "'Files':[{'UID':1,'GID':2}]}}]}");
	assert_at(data, "Hardware.Metadata.Facility",
		  "{'PlanVersionSlug':'p','FacilityCode':'f'}");
	assert_at(data, "Hardware.Metadata.Custom.PrivateSubnets", "['s']");
}

static void test_keys_of_maps_are_nobodys_field_names(void **state)
{
	AUTO_JSON json_t *data =
		data_of("{}", "{'spec':{'resources':{'cpu':'8','my_thing':'1'},"
			      "'references':{'lvm':{'name':'x'}}}}");

	(void)state;

	assert_at(data, "Hardware.Resources", "{'cpu':'8','my_thing':'1'}");
	assert_at(data, "Hardware.References", "{'lvm':{'name':'x'}}");
}

/* A struct of Go has them all, and asking for one is no error. */
static void test_fields_that_were_not_written_have_their_zero(void **state)
{
	AUTO_JSON json_t *data = data_of(
		"{}", "{'spec':{'interfaces':[{},{'dhcp':{'mac':'m','ip':{}},"
		      "'netboot':{}},'text'],'metadata':{'instance':{}}}}");
	AUTO_JSON json_t *bare = data_of("{}", "{}");

	(void)state;

	assert_at(bare, "Hardware",
		  "{'Disks':[],'Interfaces':[],'UserData':'','VendorData':'',"
		  "'Metadata':{'State':'','BondingMode':0,"
		  "'Manufacturer':null,'Instance':null,'Custom':null,"
		  "'Facility':null}}");
	assert_at(data, "Hardware.Interfaces[0]",
		  "{'Netboot':null,'Isoboot':null,'DHCP':null,"
		  "'DisableDHCP':false}");
	assert_at(data, "Hardware.Interfaces[1].DHCP",
		  "{'MAC':'m','Hostname':'','DomainName':'','LeaseTime':0,"
		  "'NameServers':[],'TimeServers':[],'Arch':'','UEFI':false,"
		  "'IfaceName':'','VLANID':'','TFTPServerName':'',"
		  "'BootFileName':'','ClasslessStaticRoutes':[],"
		  "'IP':{'Address':'','Netmask':'','Gateway':'','Family':0}}");
	assert_at(data, "Hardware.Interfaces[1].Netboot",
		  "{'AllowPXE':null,'AllowWorkflow':null,'IPXE':null,"
		  "'OSIE':null,'PXELINUX':null,'RPI':null}");
	assert_at(data, "Hardware.Interfaces[2]", "'text'");
	assert_at(data, "Hardware.Metadata.Instance",
		  "{'ID':'','State':'','Hostname':'','AllowPxe':false,"
		  "'Rescue':false,'OperatingSystem':null,'AlwaysPxe':false,"
		  "'IpxeScriptURL':'','Ips':[],'Userdata':'',"
		  "'CryptedRootPassword':'','Tags':[],'Storage':null,"
		  "'SSHKeys':[],'NetworkReady':false}");
}

static void test_the_objects_are_left_as_they_are(void **state)
{
	AUTO_JSON json_t *workflow =
		json_of("{'spec':{'hardwareMap':{'a':'b'}}}");
	AUTO_JSON json_t *hardware =
		json_of("{'spec':{'disks':[{'device':'/dev/sda'}]}}");
	AUTO_JSON json_t *facts = json_of("{}");
	AUTO_JSON json_t *data = workflow_data(workflow, hardware, facts);

	(void)state;

	assert_non_null(data);
	assert_json(workflow, "{'spec':{'hardwareMap':{'a':'b'}}}");
	assert_json(hardware, "{'spec':{'disks':[{'device':'/dev/sda'}]}}");
	assert_json(facts, "{}");
}

/* ---- status ---- */

static void test_every_phase_has_a_state(void **state)
{
	static const char *const states[N_PHASES] = {
		[PHASE_QUEUED] = "PREPARING",
		[PHASE_NETBOOT_ON] = "PREPARING",
		[PHASE_POWER_OFF] = "PREPARING",
		[PHASE_BOOT_DEVICE] = "PREPARING",
		[PHASE_POWER_ON] = "PREPARING",
		[PHASE_FIRMWARE] = "PENDING",
		[PHASE_LOADING] = "PENDING",
		[PHASE_WORKING] = "RUNNING",
		[PHASE_CLOSING] = "POST",
		[PHASE_RESTART_OFF] = "POST",
		[PHASE_RESTART_ON] = "POST",
		[PHASE_FIRST_BOOT] = "POST",
		[PHASE_ENDED] = "FAILED", /* without an outcome: damaged */
	};

	(void)state;

	for (int i = 0; i < N_PHASES; i++) {
		struct run run = { 0 };

		str_copy(run.phase, sizeof(run.phase),
			 phase_name((enum phase)i));
		assert_string_equal(workflow_state(&run), states[i]);
	}
}

static void test_every_outcome_has_a_state(void **state)
{
	static const char *const outcomes[][3] = {
		{ "ended", "success", "SUCCESS" },
		{ "ended", "failed", "FAILED" },
		{ "ended", "timeout", "TIMEOUT" },
		/* It failed, but clearing up goes on. */
		{ "closing", "failed", "POST" },
		{ "closing", "timeout", "POST" },
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		struct run run = { 0 };

		str_copy(run.phase, sizeof(run.phase), outcomes[i][0]);
		str_copy(run.outcome, sizeof(run.outcome), outcomes[i][1]);
		assert_string_equal(workflow_state(&run), outcomes[i][2]);
	}
}

#define NOON INT64_C(1795521600000) /* 2026-11-24T12:00:00Z */

static void test_a_status_shows_each_action(void **state)
{
	AUTO_JSON json_t *secret = json_of("{'env':{'TOKEN':'hunter2'}}");
	struct run run = { .phase = "working", .global_timeout_s = 1800 };
	struct action actions[] = {
		{ .action_id = "a0",
		  .name = "image",
		  .image = "image2disk",
		  .timeout_s = 600,
		  .state = "SUCCESS",
		  .started_at = NOON,
		  .ended_at = NOON + 61234,
		  .message = "written" },
		{ .action_id = "a1",
		  .name = "file",
		  .image = "writefile",
		  .state = "RUNNING",
		  .started_at = NOON + 62000,
		  .document = secret },
		{ .action_id = "a2",
		  .name = "restart",
		  .image = "reboot",
		  .state = "PENDING" },
	};
	AUTO_JSON json_t *status =
		workflow_status(&run, actions, 3, "52:54:00:00:00:01");
	AUTO_FREE char *text = json_text(status);

	(void)state;

	assert_json(
		status,
		"{'state':'RUNNING','agentID':'52:54:00:00:00:01',"
		"'templateRendering':'successful','globalTimeout':1800,"
		"'currentState':{'agentID':'52:54:00:00:00:01','taskID':'t0',"
		"'taskName':'tasks','actionID':'a1','actionName':'file',"
		"'state':'RUNNING'},"
		"'tasks':[{'id':'t0','name':'tasks',"
		"'agentID':'52:54:00:00:00:01','actions':["
		"{'id':'a0','name':'image','image':'image2disk',"
		"'timeout':600,'state':'SUCCESS',"
		"'executionStart':'2026-11-24T12:00:00Z',"
		"'executionStop':'2026-11-24T12:01:01Z',"
		"'executionDuration':'61.234s','message':'written'},"
		"{'id':'a1','name':'file','image':'writefile','timeout':0,"
		"'state':'RUNNING','executionStart':'2026-11-24T12:01:02Z'},"
		"{'id':'a2','name':'restart','image':'reboot','timeout':0,"
		"'state':'PENDING'}]}]}");
	assert_null(strstr(text, "hunter2"));
}

static void test_a_status_when_all_actions_are_done(void **state)
{
	struct run run = { .phase = "ended", .outcome = "success" };
	struct action action = { .action_id = "a0",
				 .name = "image",
				 .image = "i",
				 .state = "SUCCESS" };
	AUTO_JSON json_t *status = workflow_status(&run, &action, 1, "");
	AUTO_JSON json_t *none = workflow_status(&run, NULL, 0, "");

	(void)state;

	assert_at(status, "state", "'SUCCESS'");
	assert_at(status, "currentState", NULL);
	assert_at(none, "tasks[0].actions", "[]");
}

static void test_a_status_of_a_failed_action(void **state)
{
	struct run run = { .phase = "ended", .outcome = "failed" };
	struct action actions[] = {
		{ .action_id = "a0",
		  .name = "image",
		  .state = "FAILED",
		  .message = "404" },
		{ .action_id = "a1", .name = "restart", .state = "PENDING" },
	};
	AUTO_JSON json_t *status = workflow_status(&run, actions, 2, "");

	(void)state;

	assert_at(status, "state", "'FAILED'");
	assert_at(status, "currentState.actionName", "'image'");
	assert_at(status, "currentState.state", "'FAILED'");
	assert_at(status, "tasks[0].actions[0].message", "'404'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_actions_come_in_the_order_of_their_tasks),
		RUN(test_what_is_left_out_is_none),
		RUN(test_keys_without_a_value_are_none),
		RUN(test_an_action_has_its_tasks_environment_and_its_own),
		RUN(test_the_environment_of_one_action_is_not_the_next_ones),
		RUN(test_scalars_keep_their_text),
		RUN(test_namespaces_are_shared_in_the_old_form_and_the_new),
		RUN(test_what_is_wrong_with_the_whole_is_named),
		RUN(test_what_is_wrong_with_a_task_is_named),
		RUN(test_what_is_wrong_with_an_action_is_named),
		RUN(test_names_and_images_have_a_greatest_length),
		RUN(test_there_is_a_greatest_number_of_actions),
		RUN(test_an_action_has_no_more_than_the_worker_takes),
		RUN(test_an_action_has_no_more_bytes_than_a_body),
		RUN(test_the_hardware_map_is_at_the_top),
		RUN(test_a_workflow_without_a_map_has_ours),
		RUN(test_disks_are_a_list_of_names),
		RUN(test_hardware_has_the_names_of_go),
		RUN(test_metadata_has_the_names_of_go),
		RUN(test_keys_of_maps_are_nobodys_field_names),
		RUN(test_fields_that_were_not_written_have_their_zero),
		RUN(test_the_objects_are_left_as_they_are),
		RUN(test_every_phase_has_a_state),
		RUN(test_every_outcome_has_a_state),
		RUN(test_a_status_shows_each_action),
		RUN(test_a_status_when_all_actions_are_done),
		RUN(test_a_status_of_a_failed_action),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
