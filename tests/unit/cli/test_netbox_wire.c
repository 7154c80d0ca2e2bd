/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/rack_wire.h"
#include "json.h"

static int sesame(void *arg, const char *path, const char *variable,
		  struct buf *password, struct err *err)
{
	(void)arg;
	(void)path;
	(void)variable;
	(void)err;
	buf_adds(password, "sesame");
	return 0;
}

static void begin(struct rack *rack)
{
	rack_init(rack, sesame, NULL);
	rack->defaults.bmc_user = "root";
	rack->defaults.password_env = "P";
}

/* JSON with ' for ". */
static void read_text(struct rack *rack, const char *file, const char *text)
{
	AUTO_JSON json_t *value = json_of(text);
	AUTO_FREE char *plain = json_text(value);

	rack_read(rack, file, plain, strlen(plain));
}

static void read_sample(struct rack *rack, const char *name)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1024 * 1024);
	const char *root = getenv("SOURCE_DIR");
	AUTO_FREE char *path =
		xasprintf("%s/tests/data/netbox/%s", root ? root : ".", name);
	struct err err;

	if (file_read(path, &text, &err))
		fail_msg("%s", err.message);
	rack_read(rack, name, text.base, text.len);
}

static void assert_error(const struct rack *rack, size_t i,
			 const char *expected)
{
	const char *text = json_string_value(json_array_get(rack->errors, i));

	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void assert_good(const struct rack *rack)
{
	if (json_array_size(rack->errors))
		fail_msg("%s",
			 json_string_value(json_array_get(rack->errors, 0)));
}

static void test_a_device_becomes_a_secret_a_bmc_and_a_hardware(void **state)
{
	struct rack rack;

	(void)state;
	begin(&rack);
	rack.defaults.gateway = "first";
	rack.defaults.disk = "/dev/nvme0n1";

	read_sample(&rack, "addresses.json");
	read_sample(&rack, "interfaces.json");
	read_sample(&rack, "devices.json");
	rack_finish(&rack);

	assert_good(&rack);
	assert_int_equal(json_array_size(rack.objects), 6);
	assert_at(rack.objects, "[1].spec.connection",
		  "{'host':'10.1.12.11','port':443,'insecureTLS':false,"
		  "'authSecretRef':{'name':'r12n01-bmc'},'providerOptions':{"
		  "'preferredOrder':['gofish'],'redfish':{'port':443}}}");
	assert_at(rack.objects, "[2].metadata",
		  "{'name':'r12n01','labels':{'tomte.dev/rack':'r12',"
		  "'tomte.dev/unit':'1','tomte.dev/name':'r12n01',"
		  "'tomte.dev/site':'ams1','tomte.dev/role':'server'},"
		  "'annotations':{'tomte.dev/model':'Dell PowerEdge R650',"
		  "'tomte.dev/serial':'ABC123','tomte.dev/asset-tag':'0001',"
		  "'tomte.dev/netbox-id':'11'}}");
	assert_at(rack.objects, "[2].spec.disks",
		  "[{'device':'/dev/nvme0n1'}]");
	rack_release(&rack);
}

static void test_the_port_of_the_primary_address_is_booted_from(void **state)
{
	struct rack rack;

	(void)state;
	begin(&rack);
	rack.defaults.gateway = "last";

	read_sample(&rack, "devices.json");
	read_sample(&rack, "interfaces.json");
	read_sample(&rack, "addresses.json");
	rack_finish(&rack);

	assert_good(&rack);
	assert_at(rack.objects, "[2].spec.interfaces",
		  "[{'dhcp':{'mac':'d0:8e:79:00:01:02','hostname':'r12n01',"
		  "'arch':'x86_64','uefi':true,'lease_time':86400,'ip':{"
		  "'address':'10.0.12.11','netmask':'255.255.255.0',"
		  "'gateway':'10.0.12.254'}},'netboot':{'allowPXE':false,"
		  "'allowWorkflow':true}},"
		  "{'dhcp':{'mac':'d0:8e:79:00:01:01'},'netboot':{"
		  "'allowPXE':false,'allowWorkflow':false}}]");
	/* Of a bond one of its ports; neither the bond nor what is off. */
	assert_at(rack.objects, "[5].spec.interfaces[0].dhcp.mac",
		  "'d0:8e:79:00:02:03'");
	assert_at(rack.objects, "[5].spec.interfaces[1].dhcp.mac",
		  "'d0:8e:79:00:02:02'");
	assert_at(rack.objects, "[5].spec.interfaces[2]", NULL);
	assert_string_equal(
		json_string_value(json_object_get(
			json_at(rack.objects, "[5].metadata.labels"),
			"tomte.dev/unit")),
		"2");
	rack_release(&rack);
}

static void test_without_addresses_the_first_port_is_booted_from(void **state)
{
	struct rack rack;

	(void)state;
	begin(&rack);
	rack.defaults.protocol = "ipmi";

	read_sample(&rack, "devices.json");
	read_sample(&rack, "interfaces.json");
	rack_finish(&rack);

	assert_good(&rack);
	assert_at(rack.objects, "[2].spec.interfaces[0].dhcp.mac",
		  "'d0:8e:79:00:01:01'");
	assert_at(rack.objects, "[1].spec.connection.port", "623");
	rack_release(&rack);
}

#define DEVICE                                                                 \
	"{'id':1,'name':'a','device_type':{},'primary_ip4':{'id':1,"           \
	"'address':'10.0.0.2/24'}"
#define PORT(mac)                                                              \
	"{'id':2,'device':{'id':1},'mgmt_only':false,'mac_address':'" mac "'}"

static void test_pages_and_bare_lists_are_read_alike(void **state)
{
	struct rack rack;

	(void)state;
	begin(&rack);

	read_text(&rack, "d", "[" DEVICE "}]");
	read_text(&rack, "p1",
		  "{'count':2,'next':'p2','results':[" PORT(
			  "52:54:00:00:00:01") "]}");
	read_text(&rack, "p2",
		  "{'count':2,'next':null,'results':[" PORT(
			  "52:54:00:00:00:02") "]}");
	rack_finish(&rack);

	assert_good(&rack);
	assert_int_equal(json_array_size(rack.objects), 1);
	assert_at(rack.objects, "[0].spec.bmcRef", NULL);
	assert_at(rack.objects, "[0].spec.interfaces[1].dhcp.mac",
		  "'52:54:00:00:00:02'");
	rack_release(&rack);
}

static void test_a_missing_page_is_an_error(void **state)
{
	struct rack rack;

	(void)state;
	begin(&rack);

	read_text(&rack, "d",
		  "{'count':50,'next':'x','results':[" DEVICE "}]}");
	read_text(&rack, "i", "[" PORT("52:54:00:00:00:01") "]");
	rack_finish(&rack);

	assert_int_equal(json_array_size(rack.objects), 0);
	assert_error(&rack, 0,
		     "d: 1 of 50 devices: expected all of them, as "
		     "/api/dcim/devices/?limit=0 gives them, or each page in a "
		     "file");
	rack_release(&rack);
}

static void test_what_is_missing_is_said_once(void **state)
{
	struct rack rack;

	(void)state;
	begin(&rack);
	rack.defaults.bmc_user = NULL;

	read_text(&rack, "d",
		  "[" DEVICE ",'oob_ip':{'address':'10.1.0.2/24'}}]");
	rack_finish(&rack);

	assert_int_equal(json_array_size(rack.errors), 2);
	assert_error(&rack, 0,
		     "d: no interfaces: expected another file with those of "
		     "/api/dcim/interfaces/, since a device has no MAC");
	assert_error(&rack, 1,
		     "d: 1 devices have a BMC: expected --bmc-user and "
		     "--bmc-password-file or --bmc-password-env");
	rack_release(&rack);
}

static void test_an_error_names_the_device(void **state)
{
	struct rack rack;

	(void)state;
	begin(&rack);

	read_text(&rack, "d",
		  "[" DEVICE "},{'id':7,'name':'B_1','device_type':{},"
		  "'primary_ip4':null},"
		  "{'id':8,'name':null,'device_type':{},'primary_ip4':{"
		  "'address':'10.0.0.9/31'}}]");
	read_text(&rack, "i", "[" PORT("none") "]");
	rack_finish(&rack);

	assert_error(&rack, 0,
		     "d: device a: MAC of an interface none: expected six "
		     "bytes in hex, as 52:54:00:12:34:56");
	assert_error(&rack, 1,
		     "d: device B_1: name b_1: expected a host name of "
		     "lower-case letters, digits, - and .");
	assert_error(&rack, 2,
		     "d: device B_1: MAC of an interface missing: expected "
		     "six bytes in hex, as 52:54:00:12:34:56");
	assert_error(&rack, 3,
		     "d: device B_1: primary_ip4 missing: expected an IPv4 "
		     "address");
	assert_error(&rack, 4,
		     "d: subnet 10.0.0.8/31: expected an IPv4 network of /8 to "
		     "/30, as 198.18.0.0/24");
	rack_release(&rack);
}

static void test_a_bmc_is_also_known_by_its_interface(void **state)
{
	struct rack rack;

	(void)state;
	begin(&rack);

	read_text(&rack, "d", "[" DEVICE "}]");
	read_text(&rack, "i",
		  "[{'id':9,'device':{'id':1},'mgmt_only':true,"
		  "'mac_address':null}," PORT("52:54:00:00:00:01") "]");
	read_text(&rack, "a",
		  "[{'id':3,'address':'fd00::5/64','assigned_object_type':"
		  "'dcim.interface','assigned_object_id':9}]");
	rack_finish(&rack);

	assert_good(&rack);
	assert_at(rack.objects, "[1].spec.connection.host", "'fd00::5'");
	rack_release(&rack);
}

static void test_two_devices_cannot_have_one_mac(void **state)
{
	struct rack rack;

	(void)state;
	begin(&rack);

	read_text(&rack, "d",
		  "[" DEVICE "},{'id':2,'name':'b','device_type':{},"
		  "'primary_ip4':{'address':'10.0.0.3/24'}}]");
	read_text(
		&rack, "i",
		"[" PORT(
			"52:54:00:00:00:01") ",{'id':3,'device':{'id':2},'"
					     "mgmt_only':false,"
					     "'mac_address':'52:54:00:00:00:"
					     "02'},"
					     "{'id':4,'device':{'id':2},'"
					     "mgmt_only':false,"
					     "'mac_address':'52-54-00-00-00-01'"
					     "}]");
	rack_finish(&rack);

	assert_int_equal(json_array_size(rack.errors), 1);
	assert_error(&rack, 0,
		     "d: mac 52:54:00:00:00:01 twice: expected once, it stands "
		     "at d too");
	rack_release(&rack);
}

static void test_what_is_not_of_netbox_is_left_to_others(void **state)
{
	struct rack rack;

	(void)state;
	begin(&rack);

	read_text(&rack, "o",
		  "{'apiVersion':'v1','kind':'Secret','metadata':{'name':"
		  "'s'}}");
	rack_finish(&rack);

	assert_good(&rack);
	assert_at(rack.objects, "[0].kind", "'Secret'");
	rack_release(&rack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_device_becomes_a_secret_a_bmc_and_a_hardware),
		RUN(test_the_port_of_the_primary_address_is_booted_from),
		RUN(test_without_addresses_the_first_port_is_booted_from),
		RUN(test_pages_and_bare_lists_are_read_alike),
		RUN(test_a_missing_page_is_an_error),
		RUN(test_what_is_missing_is_said_once),
		RUN(test_an_error_names_the_device),
		RUN(test_a_bmc_is_also_known_by_its_interface),
		RUN(test_two_devices_cannot_have_one_mac),
		RUN(test_what_is_not_of_netbox_is_left_to_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
