/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/input_tree.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"

/*
 * A JSON name of the Hardware kind as Go has it: "mac" -> "MAC",
 * "lease_time" -> "LeaseTime", "allowPXE" -> "AllowPXE".
 */
static void go_name(const char *json_name, char *out, size_t size)
{
	static const char *const special[][2] = {
		{ "mac", "MAC" },
		{ "ip", "IP" },
		{ "dhcp", "DHCP" },
		{ "disableDhcp", "DisableDHCP" },
		{ "uefi", "UEFI" },
		{ "vlan_id", "VLANID" },
		{ "tftp_server_name", "TFTPServerName" },
		{ "ipxe", "IPXE" },
		{ "osie", "OSIE" },
		{ "pxelinux", "PXELINUX" },
		{ "rpi", "RPI" },
		{ "id", "ID" },
		{ "uid", "UID" },
		{ "gid", "GID" },
		{ "type_guid", "TypeGUID" },
		{ "ipxe_script_url", "IpxeScriptURL" },
		{ "ssh_keys", "SSHKeys" },
		{ "url", "URL" },
		{ "bmcRef", "BMCRef" },
		{ "apiGroup", "APIGroup" },
	};
	size_t n = 0;
	bool upper = true;

	for (size_t i = 0; i < ARRAY_LEN(special); i++) {
		if (str_eq(json_name, special[i][0])) {
			str_copy(out, size, special[i][1]);
			return;
		}
	}
	for (; *json_name && n + 1 < size; json_name++) {
		if (*json_name == '_') {
			upper = true;
			continue;
		}
		out[n++] = upper ? (char)toupper((unsigned char)*json_name)
				 : *json_name;
		upper = false;
	}
	out[n] = '\0';
}

/* Maps of Go, whose keys are people's and no fields. */
static bool is_go_map(const char *name)
{
	return str_eq(name, "resources") || str_eq(name, "references");
}

/* The same value with every object's names turned into Go's. */
static json_t *go_value(const json_t *value)
{
	const char *key;
	json_t *item;
	json_t *out;
	size_t i;

	if (json_is_array(value)) {
		out = json_array();
		json_array_foreach ((json_t *)(uintptr_t)value, i, item)
			json_array_append_new(out, go_value(item));
		return out;
	}
	if (!json_is_object(value))
		return json_deep_copy(value);
	out = json_object();
	json_object_foreach ((json_t *)(uintptr_t)value, key, item) {
		char name[128];

		go_name(key, name, sizeof(name));
		json_object_set_new(out, name,
				    is_go_map(key) ? json_deep_copy(item)
						   : go_value(item));
	}
	return out;
}

/*
 * A struct of Go has all of its fields, an object of JSON those that were
 * written: `{{ if .Hardware.UserData }}` is no error there. By their zero:
 * text, a number, a boolean, a list, or nil.
 */
struct go_fields {
	const char *text[10];
	const char *number[3];
	const char *boolean[6];
	const char *list[4];
	const char *nil[8];
};

static const struct go_fields hardware_fields = {
	.text = { "UserData", "VendorData" },
};
static const struct go_fields interface_fields = {
	.boolean = { "DisableDHCP" },
	.nil = { "Netboot", "Isoboot", "DHCP" },
};
static const struct go_fields netboot_fields = {
	.nil = { "AllowPXE", "AllowWorkflow", "IPXE", "OSIE", "PXELINUX",
		 "RPI" },
};
static const struct go_fields dhcp_fields = {
	.text = { "MAC", "Hostname", "DomainName", "Arch", "IfaceName",
		  "VLANID", "TFTPServerName", "BootFileName" },
	.number = { "LeaseTime" },
	.boolean = { "UEFI" },
	.list = { "NameServers", "TimeServers", "ClasslessStaticRoutes" },
	.nil = { "IP" },
};
static const struct go_fields ip_fields = {
	.text = { "Address", "Netmask", "Gateway" },
	.number = { "Family" },
};
static const struct go_fields metadata_fields = {
	.text = { "State" },
	.number = { "BondingMode" },
	.nil = { "Manufacturer", "Instance", "Custom", "Facility" },
};
static const struct go_fields instance_fields = {
	.text = { "ID", "State", "Hostname", "IpxeScriptURL", "Userdata",
		  "CryptedRootPassword" },
	.boolean = { "AllowPxe", "Rescue", "AlwaysPxe", "NetworkReady" },
	.list = { "Ips", "Tags", "SSHKeys" },
	.nil = { "OperatingSystem", "Storage" },
};

static void put_zero(json_t *object, const char *name, json_t *zero)
{
	if (json_object_get(object, name))
		json_decref(zero);
	else
		json_object_set_new(object, name, zero);
}

/* What is no object stays what it is. */
static void fill_in(json_t *object, const struct go_fields *fields)
{
	if (!json_is_object(object))
		return;
	for (const char *const *name = fields->text; *name; name++)
		put_zero(object, *name, json_string(""));
	for (const char *const *name = fields->number; *name; name++)
		put_zero(object, *name, json_integer(0));
	for (const char *const *name = fields->boolean; *name; name++)
		put_zero(object, *name, json_false());
	for (const char *const *name = fields->list; *name; name++)
		put_zero(object, *name, json_array());
	for (const char *const *name = fields->nil; *name; name++)
		put_zero(object, *name, json_null());
}

static void fill_in_hardware(json_t *hardware)
{
	size_t i;
	json_t *interface;

	fill_in(hardware, &hardware_fields);
	put_zero(hardware, "Interfaces", json_array());
	put_zero(hardware, "Metadata", json_object());
	json_array_foreach (json_at(hardware, "Interfaces"), i, interface) {
		fill_in(interface, &interface_fields);
		fill_in(json_at(interface, "Netboot"), &netboot_fields);
		fill_in(json_at(interface, "DHCP"), &dhcp_fields);
		fill_in(json_at(interface, "DHCP.IP"), &ip_fields);
	}
	fill_in(json_at(hardware, "Metadata"), &metadata_fields);
	fill_in(json_at(hardware, "Metadata.Instance"), &instance_fields);
}

static json_t *go_hardware(const json_t *hardware)
{
	json_t *out = go_value(json_object_get(hardware, "spec"));
	const json_t *disks = json_at(hardware, "spec.disks");
	json_t *names = json_array();
	json_t *disk;
	size_t i;

	if (!json_is_object(out)) {
		json_decref(out);
		out = json_object();
	}
	/* Templates see disks as a list of device names. */
	json_array_foreach ((json_t *)(uintptr_t)disks, i, disk) {
		json_t *device = json_object_get(disk, "device");

		if (device)
			json_array_append(names, device);
	}
	json_object_set_new(out, "Disks", names);
	fill_in_hardware(out);
	return out;
}

/* Numbers as JSON gives them to Go's maps: all of them float64. */
static json_t *go_numbers(const json_t *value)
{
	const char *key;
	json_t *item;
	json_t *out;
	size_t i;

	if (json_is_integer(value))
		return json_real((double)json_integer_value(value));
	if (json_is_array(value)) {
		out = json_array();
		json_array_foreach ((json_t *)(uintptr_t)value, i, item)
			json_array_append_new(out, go_numbers(item));
		return out;
	}
	if (!json_is_object(value))
		return json_incref((json_t *)(uintptr_t)value);
	out = json_object();
	json_object_foreach ((json_t *)(uintptr_t)value, key, item)
		json_object_set_new(out, key, go_numbers(item));
	return out;
}

json_t *input_tree(const json_t *workflow, const json_t *hardware,
		   const json_t *facts, const json_t *references)
{
	json_t *input = json_object();
	json_t *map = json_at(workflow, "spec.hardwareMap");

	if (json_is_object(map))
		json_object_update(input, map);
	json_object_set_new(input, "hardware",
			    hardware ? go_numbers(hardware) : json_object());
	json_object_set_new(input, "Hardware", go_hardware(hardware));
	json_object_set_new(
		input, "references",
		references ? json_incref((json_t *)(uintptr_t)references)
			   : json_object());
	json_object_set(input, "tomte", (json_t *)(uintptr_t)facts);
	return input;
}

json_t *input_boot_tree(const json_t *hardware)
{
	json_t *input = json_object();

	json_object_set_new(input, "Hardware", go_hardware(hardware));
	return input;
}
