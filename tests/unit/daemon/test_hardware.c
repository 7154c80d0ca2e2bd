/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/hardware.h"

#include "test.h"

#include <string.h>

/* Of a document in which ' stands for ". */
static struct boot_machine machine_of(const char *text, int position)
{
	AUTO_FREE char *json = xstrdup(text);
	AUTO_JSON json_t *hardware = NULL;
	struct boot_machine machine;
	struct err err;

	for (char *at = json; (at = strchr(at, '\''));)
		*at = '"';
	hardware = json_parse(json, strlen(json), &err);
	assert_non_null(hardware);
	hardware_to_boot(hardware, position, &machine);
	return machine;
}

static ipv4 address(const char *text)
{
	ipv4 ip;

	assert_true(net_parse_ipv4(text, &ip));
	return ip;
}

static void test_the_interface_that_asks_is_told_its_own(void **state)
{
	const char *text =
		"{'metadata':{'name':'m1'},'spec':{'interfaces':[{'dhcp':{"
		"'mac':'02:00:00:00:00:01','ip':{'address':'10.0.0.5'}}},"
		"{'dhcp':{'mac':'02:00:00:00:00:02','hostname':'two',"
		"'domain_name':'example.org','arch':'aarch64','uefi':true,"
		"'lease_time':3600,'name_servers':['10.0.0.2','10.0.0.3'],"
		"'time_servers':['10.0.0.4'],'ip':{'address':'10.0.0.6',"
		"'netmask':'255.255.255.0','gateway':'10.0.0.1'}},'netboot':{"
		"'allowPXE':true,'ipxe':{'url':'http://x/a.ipxe'}}}]}}";
	struct boot_machine machine;

	(void)state;
	machine = machine_of(text, 1);

	assert_string_equal(machine.name, "m1");
	assert_int_equal(machine.mac.bytes[5], 2);
	assert_int_equal(machine.ip, address("10.0.0.6"));
	assert_int_equal(machine.mask, address("255.255.255.0"));
	assert_int_equal(machine.gateway, address("10.0.0.1"));
	assert_int_equal(machine.name_servers[1], address("10.0.0.3"));
	assert_int_equal(machine.name_servers[2], 0);
	assert_int_equal(machine.time_servers[0], address("10.0.0.4"));
	assert_string_equal(machine.hostname, "two");
	assert_string_equal(machine.domain, "example.org");
	assert_string_equal(machine.arch, "aarch64");
	assert_string_equal(machine.ipxe_url, "http://x/a.ipxe");
	assert_int_equal(machine.lease_s, 3600);
	assert_true(machine.uefi && machine.allow_netboot);
}

static void test_a_machine_that_dhcp_is_off_for_gets_no_address(void **state)
{
	struct boot_machine machine;

	(void)state;
	machine = machine_of("{'spec':{'interfaces':[{'disableDhcp':true,"
			     "'dhcp':{'mac':'02:00:00:00:00:01',"
			     "'ip':{'address':'10.0.0.5'}}}]}}",
			     0);

	assert_int_equal(machine.ip, 0);
	assert_int_equal(machine.mac.bytes[5], 1);
}

static void test_what_cannot_be_used_is_empty(void **state)
{
	AUTO_FREE char *servers = xstrdup(
		"{'spec':{'interfaces':[{'dhcp':{'mac':'none',"
		"'ip':{'address':'10.0.0','gateway':'fe80::1'},"
		"'lease_time':-1,'name_servers':['x',7,'10.0.0.1','10.0.0.2',"
		"'10.0.0.3','10.0.0.4','10.0.0.5']}}]}}");
	struct boot_machine machine;
	struct boot_machine nothing;

	(void)state;
	machine = machine_of(servers, 0);
	nothing = machine_of("{'spec':{'interfaces':[]}}", 3);

	assert_int_equal(machine.mac.bytes[0], 0);
	assert_int_equal(machine.ip, 0);
	assert_int_equal(machine.gateway, 0);
	assert_int_equal(machine.lease_s, 0);
	assert_int_equal(machine.name_servers[BOOT_MAX_SERVERS - 1],
			 address("10.0.0.4"));
	assert_int_equal(nothing.ip, 0);
	assert_string_equal(nothing.name, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_the_interface_that_asks_is_told_its_own),
		RUN(test_a_machine_that_dhcp_is_off_for_gets_no_address),
		RUN(test_what_cannot_be_used_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
