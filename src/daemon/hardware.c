/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/hardware.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "store/object.h"

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

/* The bmc Machine that a Hardware refers to, with its key. */
static json_t *bmc_machine(struct store *store, int64_t machine,
			   struct object_key *key, char *namespace, char *name,
			   struct err *err)
{
	AUTO_JSON json_t *hardware = object_by_id(store, machine, err);
	const char *ref;

	if (!hardware)
		return NULL;
	ref = json_str_at(hardware, "spec.bmcRef.name");
	if (!ref) {
		err_set(err, ERR_INVALID, "Hardware %s has no spec.bmcRef",
			json_str_at(hardware, "metadata.name"));
		return NULL;
	}
	copy_text(namespace, 64, json_str_at(hardware, "metadata.namespace"));
	copy_text(name, 254, ref);
	key->kind = kind_find(BMC_GROUP, "Machine");
	key->namespace = namespace;
	key->name = name;
	return object_get(store, key, err);
}

static uint16_t port_at(const json_t *connection, const char *path,
			uint16_t otherwise)
{
	int64_t port = json_int_at(connection, path, 0);

	return port > 0 && port < 65536 ? (uint16_t)port : otherwise;
}

struct provider {
	const char *name;
	enum bmc_protocol protocol;
	bool ipmitool;
};

static const struct provider providers[] = {
	{ "gofish", BMC_REDFISH, false },
	{ "ipmi", BMC_IPMI, false },
	{ "ipmitool", BMC_IPMI, true },
};

/* The first provider of the list that we are; Redfish without a list. */
static const struct provider *provider_of(const json_t *connection)
{
	const json_t *order =
		json_at(connection, "providerOptions.preferredOrder");
	size_t i;
	json_t *name;

	json_array_foreach ((json_t *)(uintptr_t)order, i, name) {
		for (size_t k = 0; k < ARRAY_LEN(providers); k++)
			if (json_is_string(name) &&
			    !strcasecmp(json_string_value(name),
					providers[k].name))
				return &providers[k];
	}
	if (!order && json_at(connection, "providerOptions.ipmitool") &&
	    !json_at(connection, "providerOptions.redfish"))
		return &providers[2];
	return &providers[0];
}

/* K_g, which few BMCs have. */
static int read_group_key(struct store *store, const char *namespace,
			  const char *name, struct bmc_target *target,
			  struct err *err)
{
	CLEANUP(secret_release) struct buf key = BUF_INIT(64);

	if (secret_value(store, namespace, name, "kg", &key, err))
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	return bmc_ipmi_key(target, key.base, err);
}

static int read_secret(struct store *store, const json_t *connection,
		       const char *namespace, struct bmc_target *target,
		       struct err *err)
{
	CLEANUP(secret_release) struct buf user = BUF_INIT(256);
	CLEANUP(secret_release) struct buf password = BUF_INIT(256);
	const char *name = json_str_at(connection, "authSecretRef.name");
	const char *in = json_str_at(connection, "authSecretRef.namespace");

	if (!name)
		return err_set(err, ERR_INVALID,
			       "the bmc Machine has no "
			       "spec.connection.authSecretRef");
	if (in && *in)
	namespace = in;
	if (secret_value(store, namespace, name, "username", &user, err) ||
	    secret_value(store, namespace, name, "password", &password, err))
		return err_wrap(err, "credentials of the BMC");
	copy_text(target->user, sizeof(target->user), user.base);
	copy_text(target->password, sizeof(target->password), password.base);
	return read_group_key(store, namespace, name, target, err);
}

/* What only IPMI has. */
static int read_ipmi(const json_t *connection, const json_t *annotations,
		     struct bmc_target *target, struct err *err)
{
	const char *text =
		json_str_at(connection, "providerOptions.ipmitool.cipherSuite");
	const char *quirks = json_string_value(
		json_object_get(annotations, "tomte.dev/ipmi-quirks"));

	if (text && *text && !str_parse_u32(text, 17, &target->cipher))
		return err_set(err, ERR_INVALID,
			       "cipherSuite \"%s\": expected 3 or 17", text);
	if (quirks && bmc_ipmi_quirks(quirks, &target->ipmi_quirks, err))
		return err_wrap(err, "annotation tomte.dev/ipmi-quirks");
	return 0;
}

int hardware_bmc(struct store *store, int64_t machine,
		 struct bmc_target *target, char *id, size_t id_size,
		 struct err *err)
{
	struct object_key key;
	char namespace[64];
	char name[254];
	AUTO_JSON json_t *object =
		bmc_machine(store, machine, &key, namespace, name, err);
	const json_t *connection = json_at(object, "spec.connection");
	const json_t *annotations = json_at(object, "metadata.annotations");
	const char *pin = json_string_value(
		json_object_get(annotations, "tomte.dev/bmc-pin"));

	if (!object)
		return -1;
	snprintf(id, id_size, "%s/%s", namespace, name);
	memset(target, 0, sizeof(*target));
	target->protocol = provider_of(connection)->protocol;
	target->ipmitool = provider_of(connection)->ipmitool;
	copy_text(target->host, sizeof(target->host),
		  json_str_at(connection, "host"));
	if (!*target->host)
		return err_set(err, ERR_INVALID,
			       "bmc Machine %s has no spec.connection.host",
			       name);
	if (target->protocol == BMC_IPMI)
		target->port =
			port_at(connection, "providerOptions.ipmitool.port",
				port_at(connection, "port", 623));
	else
		target->port = port_at(connection,
				       "providerOptions.redfish.port", 443);
	target->insecure = json_bool_at(connection, "insecureTLS", false);
	copy_text(
		target->system, sizeof(target->system),
		json_str_at(connection, "providerOptions.redfish.systemName"));
	copy_text(target->pin, sizeof(target->pin), pin);
	if (read_ipmi(connection, annotations, target, err))
		return -1;
	return read_secret(store, connection, namespace, target, err);
}

static json_t *contactable(const struct err *error, wall_ms now)
{
	json_t *list = json_array();
	json_t *condition = json_object();
	char when[CLOCK_TEXT];

	clock_text(now, when);
	json_object_set_new(condition, "type", json_string("Contactable"));
	json_object_set_new(condition, "status",
			    json_string(error ? "False" : "True"));
	json_object_set_new(condition, "lastUpdateTime", json_string(when));
	if (error)
		json_object_set_new(condition, "message",
				    json_string(error->message));
	json_array_append_new(list, condition);
	return list;
}

int hardware_bmc_status(struct store *store, int64_t machine,
			enum bmc_power power, const struct err *error,
			struct err *err)
{
	struct object_key key;
	char namespace[64];
	char name[254];
	AUTO_JSON json_t *object =
		bmc_machine(store, machine, &key, namespace, name, err);
	json_t *status = json_object();

	if (!object) {
		json_decref(status);
		return -1;
	}
	json_object_set_new(status, "powerState",
			    json_string(bmc_power_name(power)));
	json_object_set_new(status, "conditions",
			    contactable(error, store_now(store)));
	return object_set_status(store, object_id(store, &key), status, err);
}
