/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/hardware.h"

#include <string.h>

#include "base/str.h"

static void copy_text(char *out, size_t size, const char *text)
{
	if (!text || !str_copy(out, size, text))
		out[0] = '\0';
}

static ipv4 address_at(const json_t *object, const char *path)
{
	const char *text = json_str_at(object, path);
	ipv4 address;

	return text && net_parse_ipv4(text, &address) ? address : 0;
}

static void copy_addresses(ipv4 *out, const json_t *list)
{
	size_t n = 0;
	size_t i;
	json_t *item;

	json_array_foreach ((json_t *)(uintptr_t)list, i, item) {
		ipv4 address;

		if (n < BOOT_MAX_SERVERS && json_is_string(item) &&
		    net_parse_ipv4(json_string_value(item), &address))
			out[n++] = address;
	}
}

void hardware_to_boot(const json_t *hardware, int position,
		      struct boot_machine *machine)
{
	const json_t *interface = json_array_get(
		json_at(hardware, "spec.interfaces"), (size_t)position);
	const json_t *dhcp = json_object_get(interface, "dhcp");
	const char *mac = json_str_at(dhcp, "mac");
	int64_t lease = json_int_at(dhcp, "lease_time", 0);

	memset(machine, 0, sizeof(*machine));
	copy_text(machine->name, sizeof(machine->name),
		  json_str_at(hardware, "metadata.name"));
	if (mac && !net_parse_mac(mac, &machine->mac))
		memset(&machine->mac, 0, sizeof(machine->mac));
	/* disableDhcp: known, but without an address for the DHCP server. */
	if (!json_bool_at(interface, "disableDhcp", false))
		machine->ip = address_at(dhcp, "ip.address");
	machine->mask = address_at(dhcp, "ip.netmask");
	machine->gateway = address_at(dhcp, "ip.gateway");
	copy_addresses(machine->name_servers,
		       json_object_get(dhcp, "name_servers"));
	copy_addresses(machine->time_servers,
		       json_object_get(dhcp, "time_servers"));
	copy_text(machine->hostname, sizeof(machine->hostname),
		  json_str_at(dhcp, "hostname"));
	copy_text(machine->domain, sizeof(machine->domain),
		  json_str_at(dhcp, "domain_name"));
	if (lease > 0 && lease <= UINT32_MAX)
		machine->lease_s = (uint32_t)lease;
	machine->uefi = json_bool_at(dhcp, "uefi", false);
	machine->allow_netboot =
		json_bool_at(interface, "netboot.allowPXE", false);
	copy_text(machine->arch, sizeof(machine->arch),
		  json_str_at(dhcp, "arch"));
	copy_text(machine->ipxe_binary, sizeof(machine->ipxe_binary),
		  json_str_at(interface, "netboot.ipxe.binary"));
	copy_text(machine->ipxe_url, sizeof(machine->ipxe_url),
		  json_str_at(interface, "netboot.ipxe.url"));
	copy_text(machine->tftp_server, sizeof(machine->tftp_server),
		  json_str_at(dhcp, "tftp_server_name"));
	copy_text(machine->boot_file, sizeof(machine->boot_file),
		  json_str_at(dhcp, "boot_file_name"));
}
