/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/netbox_wire.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/rack_row_wire.h"

/*
 * rack->netbox is what was read, by kind, in the order of the files:
 *
 *	devices		[{"file": "x.json", "item": {...}}, ...]
 *	interfaces	{"17": [...], ...}	of each device
 *	addresses	{"4": "31", ...}	on which interface each is
 *	hosts		{"31": "10.0.0.7/24"}	and what it is
 *	count, seen	{"devices": 7, ...}	of how many, how many there were
 *
 * NetBox 2.x to 4.x differ in where a MAC address and a role stand.
 */
#define ID_TEXT 24

enum kind { DEVICES, INTERFACES, ADDRESSES, N_KINDS };

static const char *const kind_names[N_KINDS] = {
	[DEVICES] = "devices",
	[INTERFACES] = "interfaces",
	[ADDRESSES] = "addresses",
};

static const char *const kind_paths[N_KINDS] = {
	[DEVICES] = "/api/dcim/devices/",
	[INTERFACES] = "/api/dcim/interfaces/",
	[ADDRESSES] = "/api/ipam/ip-addresses/",
};

/* A device on its way to a row: texts that cells point to. */
struct device {
	struct rack *rack;
	const json_t *item;
	const json_t *interfaces; /* of it, a list, or NULL */
	const json_t *first;      /* the interface that it boots from */
	char label[80];           /* "device R1N01" */
	char name[254];
	char rack_name[64];
	char unit[ID_TEXT];
	char ip[IPV4_TEXT];
	char subnet[IPV4_TEXT + 4];
	char gateway[IPV4_TEXT];
	char url[256];
};

static void id_text(const json_t *item, const char *path, char out[ID_TEXT])
{
	snprintf(out, ID_TEXT, "%" PRId64, json_int_at(item, path, 0));
}

static const char *id_of(const json_t *item, char out[ID_TEXT])
{
	id_text(item, "id", out);
	return out;
}

/* The part of what was read, made when there is none. */
static json_t *part(struct rack *rack, const char *name, bool list)
{
	json_t *value = json_object_get(rack->netbox, name);

	if (!value) {
		value = list ? json_array() : json_object();
		json_object_set_new(rack->netbox, name, value);
	}
	return value;
}

static enum kind kind_of(const json_t *item)
{
	if (json_object_get(item, "device_type"))
		return DEVICES;
	if (json_object_get(item, "assigned_object_type") ||
	    json_object_get(item, "assigned_object"))
		return ADDRESSES;
	if (json_object_get(item, "device") &&
	    (json_object_get(item, "mgmt_only") ||
	     json_object_get(item, "mac_address") ||
	     json_object_get(item, "primary_mac_address")))
		return INTERFACES;
	return N_KINDS;
}

static void keep_interface(struct rack *rack, json_t *item)
{
	json_t *all = part(rack, "interfaces", false);
	char device[ID_TEXT];
	json_t *list;

	id_text(item, "device.id", device);
	list = json_object_get(all, device);
	if (!list) {
		list = json_array();
		json_object_set_new(all, device, list);
	}
	json_array_append(list, item);
}

static void keep_address(struct rack *rack, const json_t *item)
{
	const char *text = json_str_at(item, "address");
	char address[ID_TEXT];
	char interface[ID_TEXT];

	if (json_int_at(item, "assigned_object_id", 0))
		id_text(item, "assigned_object_id", interface);
	else
		id_text(item, "assigned_object.id", interface);
	json_object_set_new(part(rack, "addresses", false),
			    id_of(item, address), json_string(interface));
	if (text)
		json_object_set_new(part(rack, "hosts", false), interface,
				    json_string(text));
}

static void keep_device(struct rack *rack, const char *file, json_t *item)
{
	json_t *entry = json_object();
	json_t *name = json_string(file);

	json_object_set_new(entry, "file", name ? name : json_string("?"));
	json_object_set(entry, "item", item);
	json_array_append_new(part(rack, "devices", true), entry);
}

static void count(struct rack *rack, const char *what, enum kind kind,
		  int64_t n)
{
	json_object_set_new(part(rack, what, false), kind_names[kind],
			    json_integer(n));
}

static int64_t counted(struct rack *rack, const char *what, enum kind kind)
{
	return json_int_at(part(rack, what, false), kind_names[kind], 0);
}

/* `total`: how many there are in NetBox, if the answer says so. */
static void read_list(struct rack *rack, const char *file, const json_t *list,
		      int64_t total)
{
	size_t i;
	json_t *item;

	json_array_foreach (list, i, item) {
		enum kind kind = kind_of(item);

		if (kind == N_KINDS) {
			rack_error(rack, file, 0,
				   "item %zu is unknown: expected devices, "
				   "interfaces or IP addresses of NetBox",
				   i + 1);
			return;
		}
		count(rack, "seen", kind, counted(rack, "seen", kind) + 1);
		if (total > counted(rack, "count", kind))
			count(rack, "count", kind, total);
		if (kind == DEVICES)
			keep_device(rack, file, item);
		else if (kind == INTERFACES)
			keep_interface(rack, item);
		else
			keep_address(rack, item);
	}
}

/* The lists of a file; false: it is of something else. */
static bool read_lists(struct rack *rack, const char *file, const json_t *value)
{
	static const char *const bundles[] = { "devices", "interfaces",
					       "ip_addresses" };
	bool found = false;

	if (json_is_array(json_object_get(value, "results"))) {
		read_list(rack, file, json_object_get(value, "results"),
			  json_int_at(value, "count", 0));
		return true;
	}
	if (json_is_array(value) &&
	    kind_of(json_array_get(value, 0)) != N_KINDS) {
		read_list(rack, file, value, 0);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(bundles); i++) {
		const json_t *list = json_object_get(value, bundles[i]);

		if (json_is_array(list))
			read_list(rack, file, list, 0);
		found = found || json_is_array(list);
	}
	return found;
}

bool netbox_read(struct rack *rack, const char *file, const char *text,
		 size_t len)
{
	AUTO_JSON json_t *value = NULL;
	struct err err;
	size_t at = 0;

	while (at < len && isspace((unsigned char)text[at]))
		at++;
	if (at == len || (text[at] != '{' && text[at] != '['))
		return false;
	value = json_parse(text, len, &err);
	return value && read_lists(rack, file, value);
}

static const char *mac_of(const json_t *interface)
{
	static const char *const places[] = { "primary_mac_address.mac_address",
					      "mac_address",
					      "mac_addresses[0].mac_address" };

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const char *text = json_str_at(interface, places[i]);

		if (text && *text)
			return text;
	}
	return NULL;
}

/* Whether a machine can boot from it. */
static bool is_port(const json_t *interface)
{
	const char *type = json_str_at(interface, "type.value");

	return mac_of(interface) &&
	       !json_bool_at(interface, "mgmt_only", false) &&
	       json_bool_at(interface, "enabled", true) &&
	       !(type && (str_eq(type, "lag") || str_eq(type, "virtual") ||
			  str_eq(type, "bridge")));
}

/*
 * The port that has the primary address, or is of the bond that has it;
 * without a list of addresses, the first that there is.
 */
static const json_t *find_port(const struct device *device)
{
	const json_t *addresses =
		json_object_get(device->rack->netbox, "addresses");
	const json_t *first = NULL;
	char primary[ID_TEXT];
	const char *wanted;
	size_t i;
	json_t *interface;

	id_text(device->item, "primary_ip4.id", primary);
	wanted = json_string_value(json_object_get(addresses, primary));
	json_array_foreach (device->interfaces, i, interface) {
		char id[ID_TEXT];
		char bond[ID_TEXT];

		if (!is_port(interface))
			continue;
		id_text(interface, "lag.id", bond);
		if (wanted && (str_eq(wanted, id_of(interface, id)) ||
			       str_eq(wanted, bond)))
			return interface;
		if (!first)
			first = interface;
	}
	return first;
}

/* Lower case, and what no label may have as '-'. */
static void word_of(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (; text && *text && n + 1 < size; text++) {
		char c = (char)tolower((unsigned char)*text);

		if (!isalnum((unsigned char)c) && c != '.')
			c = '-';
		if (isalnum((unsigned char)c) || (n && out[n - 1] != c))
			out[n++] = c;
	}
	while (n && !isalnum((unsigned char)out[n - 1]))
		n--;
	out[n] = '\0';
}

static void read_unit(struct device *device)
{
	const json_t *position = json_object_get(device->item, "position");
	const char *text = json_string_value(position);

	/* "12.0", 12.0; of half units, the one that it begins in. */
	if (json_is_number(position) && json_number_value(position) >= 1 &&
	    json_number_value(position) < 1000)
		snprintf(device->unit, sizeof(device->unit), "%d",
			 (int)json_number_value(position));
	else if (text)
		snprintf(device->unit, sizeof(device->unit), "%.*s",
			 (int)strcspn(text, "."), text);
}

/* The address of "10.0.0.7/24" or of an IPv6 one, without its length. */
static void bare_address(const char *text, char *out, size_t size)
{
	snprintf(out, size, "%.*s", (int)strcspn(text, "/"), text);
}

static void read_gateway(struct device *device, ipv4 address, unsigned prefix)
{
	const char *gateway = device->rack->defaults.gateway;
	ipv4 mask = net_mask(prefix);
	ipv4 which;

	if (!gateway)
		return;
	if (str_eq(gateway, "first"))
		which = (address & mask) + 1;
	else if (str_eq(gateway, "last"))
		which = (address | ~mask) - 1;
	else {
		str_copy(device->gateway, sizeof(device->gateway), gateway);
		return;
	}
	net_ipv4_text(which, device->gateway);
}

static void read_address(struct device *device)
{
	const char *text = json_str_at(device->item, "primary_ip4.address");
	char network[IPV4_TEXT];
	unsigned prefix;
	ipv4 address;

	if (!text)
		text = json_str_at(device->item, "primary_ip.address");
	if (!text || !net_parse_cidr(text, &address, &prefix))
		return;
	net_ipv4_text(address, device->ip);
	net_ipv4_text(address & net_mask(prefix), network);
	snprintf(device->subnet, sizeof(device->subnet), "%s/%u", network,
		 prefix);
	read_gateway(device, address, prefix);
}

/*
 * Of the BMC; NULL: it has none. Before NetBox 3.5 it was only known as the
 * address of an interface for management.
 */
static const char *bmc_address(const struct rack *rack, const json_t *item)
{
	const char *text = json_str_at(item, "oob_ip.address");
	const json_t *hosts = json_object_get(rack->netbox, "hosts");
	char id[ID_TEXT];
	size_t i;
	json_t *interface;

	if (text && *text)
		return text;
	json_array_foreach (
		json_object_get(json_object_get(rack->netbox, "interfaces"),
				id_of(item, id)),
		i, interface) {
		text = json_string_value(
			json_object_get(hosts, id_of(interface, id)));
		if (json_bool_at(interface, "mgmt_only", false) && text &&
		    *text)
			return text;
	}
	return NULL;
}

static void read_bmc(struct device *device)
{
	const struct rack_defaults *defaults = &device->rack->defaults;
	const char *text = bmc_address(device->rack, device->item);
	char host[64];
	bool six;

	if (!text)
		return;
	bare_address(text, host, sizeof(host));
	six = strchr(host, ':') != NULL;
	snprintf(device->url, sizeof(device->url), "%s://%s@%s%s%s",
		 defaults->protocol ? defaults->protocol : "redfish",
		 defaults->bmc_user ? defaults->bmc_user : "", six ? "[" : "",
		 host, six ? "]" : "");
}

static void put_text(json_t *object, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(object, key, json_string(text));
}

static json_t *labels_of(const json_t *item)
{
	json_t *labels = json_object();
	const char *role = json_str_at(item, "role.slug");
	char word[64];

	word_of(json_str_at(item, "site.slug"), word, sizeof(word));
	put_text(labels, "tomte.dev/site", word);
	word_of(role ? role : json_str_at(item, "device_role.slug"), word,
		sizeof(word));
	put_text(labels, "tomte.dev/role", word);
	return labels;
}

static json_t *annotations_of(const json_t *item)
{
	json_t *notes = json_object();
	const char *maker = json_str_at(item, "device_type.manufacturer.name");
	const char *model = json_str_at(item, "device_type.model");
	AUTO_FREE char *both =
		xasprintf("%s%s%s", maker ? maker : "",
			  maker && model ? " " : "", model ? model : "");
	char id[ID_TEXT];

	put_text(notes, "tomte.dev/model", both);
	put_text(notes, "tomte.dev/serial", json_str_at(item, "serial"));
	put_text(notes, "tomte.dev/asset-tag", json_str_at(item, "asset_tag"));
	put_text(notes, "tomte.dev/netbox-id", id_of(item, id));
	return notes;
}

/* The ports that it is not booted from. */
static json_t *other_macs(const struct device *device)
{
	json_t *macs = json_array();
	size_t i;
	json_t *interface;

	json_array_foreach (device->interfaces, i, interface)
		if (interface != device->first && is_port(interface))
			json_array_append_new(macs,
					      json_string(mac_of(interface)));
	return macs;
}

static void fill_cells(const struct device *device, struct rack_row *row)
{
	const struct rack_defaults *defaults = &device->rack->defaults;

	row->cells[RACK_NAME].text = device->name;
	row->cells[RACK_RACK].text = device->rack_name;
	row->cells[RACK_UNIT].text = device->unit;
	row->cells[RACK_MAC].text = device->first ? mac_of(device->first) : "";
	row->cells[RACK_IP].text = device->ip;
	row->cells[RACK_FIRMWARE].text = defaults->firmware;
	row->cells[RACK_ARCH].text = defaults->arch;
	row->cells[RACK_DISK].text = defaults->disk;
	row->cells[RACK_BMC_URL].text = device->url;
	row->cells[RACK_PASSWORD_FILE].text = defaults->password_file;
	row->cells[RACK_PASSWORD_ENV].text = defaults->password_env;
	row->cells[RACK_INSECURE].text = defaults->insecure;
}

/* With the device's name, since JSON has no lines. */
static void add_row(struct device *device, const char *file)
{
	static const char *const fields[RACK_N_FIELDS] = {
		[RACK_NAME] = "name",
		[RACK_RACK] = "rack",
		[RACK_UNIT] = "position",
		[RACK_MAC] = "MAC of an interface",
		[RACK_IP] = "primary_ip4",
		[RACK_FIRMWARE] = "--firmware",
		[RACK_ARCH] = "--arch",
		[RACK_DISK] = "--disk",
		[RACK_BMC_URL] = "oob_ip",
		[RACK_PASSWORD_FILE] = "--bmc-password-file",
		[RACK_PASSWORD_ENV] = "--bmc-password-env",
		[RACK_INSECURE] = "--bmc-insecure",
		[RACK_PIN] = "pin",
	};
	AUTO_JSON json_t *macs = other_macs(device);
	AUTO_JSON json_t *labels = labels_of(device->item);
	AUTO_JSON json_t *annotations = annotations_of(device->item);
	char names[RACK_N_FIELDS][120];
	const char *pointers[RACK_N_FIELDS];
	struct rack_row row = { .file = file,
				.names = pointers,
				.macs = macs,
				.labels = labels,
				.annotations = annotations };
	const struct rack_cell subnet = { .text = device->subnet };
	const struct rack_cell gateway = { .text = device->gateway };

	for (size_t i = 0; i < RACK_N_FIELDS; i++) {
		snprintf(names[i], sizeof(names[i]), "%s: %s", device->label,
			 fields[i]);
		pointers[i] = names[i];
	}
	fill_cells(device, &row);
	if (*device->subnet && !rack_read_subnet(device->rack, &row, &subnet))
		return;
	if (*device->gateway &&
	    !rack_read_gateway(device->rack, &row, &gateway))
		return;
	rack_add_row(device->rack, &row);
}

static void add_device(struct rack *rack, const char *file, const json_t *item)
{
	struct device device = { .rack = rack, .item = item };
	const char *name = json_str_at(item, "name");
	char id[ID_TEXT];

	id_of(item, id);
	snprintf(device.label, sizeof(device.label), "device %.60s",
		 name && *name ? name : id);
	/* Names are compared without regard to case there. */
	for (size_t i = 0; name && name[i] && i + 1 < sizeof(device.name); i++)
		device.name[i] = (char)tolower((unsigned char)name[i]);
	word_of(json_str_at(item, "rack.name"), device.rack_name,
		sizeof(device.rack_name));
	device.interfaces = json_object_get(
		json_object_get(rack->netbox, "interfaces"), id);
	device.first = find_port(&device);
	read_unit(&device);
	read_address(&device);
	read_bmc(&device);
	add_row(&device, file);
}

/* What would be said of each device is said once. */
static bool complete(struct rack *rack, const char *file)
{
	size_t before = json_array_size(rack->errors);
	size_t n_bmcs = 0;
	size_t i;
	json_t *entry;

	for (int kind = 0; kind < N_KINDS; kind++)
		if (counted(rack, "seen", kind) < counted(rack, "count", kind))
			rack_error(rack, file, 0,
				   "%" PRId64 " of %" PRId64 " %s: expected "
				   "all of them, as %s?limit=0 gives them, or "
				   "each page in a file",
				   counted(rack, "seen", kind),
				   counted(rack, "count", kind),
				   kind_names[kind], kind_paths[kind]);
	if (!counted(rack, "seen", INTERFACES))
		rack_error(rack, file, 0,
			   "no interfaces: expected another file with those "
			   "of %s, since a device has no MAC",
			   kind_paths[INTERFACES]);
	json_array_foreach (json_object_get(rack->netbox, "devices"), i, entry)
		n_bmcs += bmc_address(rack, json_object_get(entry, "item")) !=
			  NULL;
	if (n_bmcs && !rack->defaults.bmc_user)
		rack_error(rack, file, 0,
			   "%zu devices have a BMC: expected --bmc-user and "
			   "--bmc-password-file or --bmc-password-env",
			   n_bmcs);
	return json_array_size(rack->errors) == before;
}

void netbox_finish(struct rack *rack)
{
	const json_t *devices = json_object_get(rack->netbox, "devices");
	size_t i;
	json_t *entry;

	if (!json_array_size(devices)) {
		if (json_object_size(rack->netbox))
			rack_error(rack, "NetBox", 0,
				   "no devices: expected a file with those of "
				   "%s",
				   kind_paths[DEVICES]);
		return;
	}
	if (!complete(rack, json_str_at(json_array_get(devices, 0), "file")))
		return;
	json_array_foreach (devices, i, entry)
		add_device(rack, json_str_at(entry, "file"),
			   json_object_get(entry, "item"));
}
