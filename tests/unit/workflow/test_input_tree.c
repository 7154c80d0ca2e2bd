/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/input_tree.h"

#include "base/str.h"
#include "json.h"
#include "template/template.h"
#include "test.h"

static json_t *data_of(const char *workflow, const char *hardware)
{
	AUTO_JSON json_t *w = json_of(workflow);
	AUTO_JSON json_t *h = json_of(hardware);
	AUTO_JSON json_t *facts =
		json_of("{'name':'m1','server':'198.18.0.1'}");

	return input_tree(w, h, facts, NULL);
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

	assert_int_equal(json_object_size(data), 4);
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
	AUTO_JSON json_t *data = input_tree(workflow, hardware, facts, NULL);

	(void)state;

	assert_non_null(data);
	assert_json(workflow, "{'spec':{'hardwareMap':{'a':'b'}}}");
	assert_json(hardware, "{'spec':{'disks':[{'device':'/dev/sda'}]}}");
	assert_json(facts, "{}");
}

static void test_numbers_of_the_object_are_float64(void **state)
{
	AUTO_JSON json_t *data =
		data_of("{}", "{'spec':{'resources':{'memory':1000000}}}");

	(void)state;

	assert_true(
		json_is_real(json_at(data, "hardware.spec.resources.memory")));
	assert_true(
		json_is_integer(json_at(data, "Hardware.Resources.memory")));
}

/* What a template prints of a number of the Hardware. */
static void assert_printed(const char *number, const char *as_float,
			   const char *as_int)
{
	static const char text[] =
		"{{ (index .hardware.spec.interfaces 0).dhcp.lease_time }} "
		"{{ (index .Hardware.Interfaces 0).DHCP.LeaseTime }}";
	CLEANUP(buf_release) struct buf out = BUF_INIT(256);
	AUTO_FREE char *hardware = xasprintf(
		"{'spec':{'interfaces':[{'dhcp':{'lease_time':%s}}]}}", number);
	AUTO_FREE char *expected = xasprintf("%s %s", as_float, as_int);
	AUTO_JSON json_t *data = data_of("{}", hardware);
	struct err err;
	struct template *template = template_parse(text, strlen(text), &err);

	assert_non_null(template);
	if (template_render(template, data, &out, &err))
		fail_msg("%s: %s", number, err.message);
	template_free(template);
	assert_string_equal(out.base, expected);
}

static void test_numbers_are_printed_as_go_prints_them(void **state)
{
	(void)state;

	assert_printed("0", "0", "0");
	assert_printed("-5", "-5", "-5");
	assert_printed("86400", "86400", "86400");
	assert_printed("100000", "100000", "100000");
	assert_printed("1000000", "1e+06", "1000000");
	assert_printed("123456789", "1.23456789e+08", "123456789");
	assert_printed("-2500000", "-2.5e+06", "-2500000");
	/* The last digits are more than a float64 has. */
	assert_printed("9007199254740993", "9.007199254740992e+15",
		       "9007199254740993");
	assert_printed("1.5", "1.5", "1.5");
	assert_printed("0.00001", "1e-05", "1e-05");
	assert_printed("999999.0", "999999", "999999");
}

static void test_without_hardware_there_is_an_empty_one(void **state)
{
	AUTO_JSON json_t *workflow = json_of("{'spec':{}}");
	AUTO_JSON json_t *facts = json_of("{}");
	AUTO_JSON json_t *data = input_tree(workflow, NULL, facts, NULL);

	(void)state;

	assert_at(data, "hardware", "{}");
	assert_at(data, "Hardware.Interfaces", "[]");
	assert_at(data, "references", "{}");
}

static void test_references_are_seen_by_their_names(void **state)
{
	AUTO_JSON json_t *workflow = json_of("{'spec':{}}");
	AUTO_JSON json_t *facts = json_of("{}");
	AUTO_JSON json_t *references = json_of("{'os':{'spec':{'a':'b'}}}");
	AUTO_JSON json_t *data = input_tree(workflow, NULL, facts, references);

	(void)state;

	assert_at(data, "references.os.spec.a", "'b'");
}

static void test_a_media_url_sees_the_hardware_alone(void **state)
{
	AUTO_JSON json_t *hardware =
		json_of("{'spec':{'interfaces':[{'dhcp':{'mac':'52:54'}}]}}");
	AUTO_JSON json_t *data = input_boot_tree(hardware);

	(void)state;

	assert_int_equal(json_object_size(data), 1);
	assert_at(data, "Hardware.Interfaces[0].DHCP.MAC", "'52:54'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_the_hardware_map_is_at_the_top),
		RUN(test_a_workflow_without_a_map_has_ours),
		RUN(test_disks_are_a_list_of_names),
		RUN(test_hardware_has_the_names_of_go),
		RUN(test_metadata_has_the_names_of_go),
		RUN(test_keys_of_maps_are_nobodys_field_names),
		RUN(test_fields_that_were_not_written_have_their_zero),
		RUN(test_the_objects_are_left_as_they_are),
		RUN(test_numbers_of_the_object_are_float64),
		RUN(test_numbers_are_printed_as_go_prints_them),
		RUN(test_without_hardware_there_is_an_empty_one),
		RUN(test_references_are_seen_by_their_names),
		RUN(test_a_media_url_sees_the_hardware_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
