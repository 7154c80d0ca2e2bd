/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/rack_row_wire.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"

#define NAME_MAX_LEN   58 /* a label's 63, and room for "-bmc" */
#define UNIT_MAX       100
#define PASSWORD_LIMIT 256
#define LEASE_S        86400
#define IPMI_PORT      623
#define HTTPS_PORT     443
#define PIN_LEN        (8 + 44) /* "sha256//" and 32 bytes in base64 */

const char *const rack_field_names[RACK_N_FIELDS] = {
	[RACK_NAME] = "name",
	[RACK_RACK] = "rack",
	[RACK_UNIT] = "unit",
	[RACK_MAC] = "mac",
	[RACK_IP] = "ip",
	[RACK_FIRMWARE] = "firmware",
	[RACK_ARCH] = "arch",
	[RACK_DISK] = "disk",
	[RACK_BMC_URL] = "bmc_url",
	[RACK_PASSWORD_FILE] = "password_file",
	[RACK_PASSWORD_ENV] = "password_env",
	[RACK_INSECURE] = "insecure",
	[RACK_PIN] = "pin",
};

/* What the texts of a row mean. */
struct machine {
	const char *name;
	const char *rack;
	const char *unit; /* or NULL */
	char mac[MAC_TEXT];
	char ip[IPV4_TEXT];
	char netmask[IPV4_TEXT];
	char gateway[IPV4_TEXT]; /* "": none */
	bool uefi;
	const char *arch;
	const char *disk;
	/* The BMC; user "": there is none. */
	bool redfish;
	char user[64];
	char host[256];
	uint32_t port;
	bool insecure;
	const char *pin; /* or NULL */
	char password[PASSWORD_LIMIT];
	const char *password_file; /* where it is from, or NULL */
	const char *password_env;
};

/* Checks go on after an error, and this is what they leave it in. */
struct check {
	struct rack *rack;
	const struct rack_row *row;
	struct machine machine;
	bool bad;
};

/* "file:line", or the file alone. */
static char *place_of(const char *file, unsigned line)
{
	return line ? xasprintf("%s:%u", file, line) : xstrdup(file);
}

void rack_error(struct rack *rack, const char *file, unsigned line,
		const char *format, ...)
{
	char message[400];
	AUTO_FREE char *place = place_of(file, line);
	AUTO_FREE char *full = NULL;
	json_t *text;
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	for (char *c = message; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	full = xasprintf("%s: %s", place, message);
	text = json_string(full);
	if (!text) /* a file's name that is no UTF-8 */
		text = json_string(message);
	json_array_append_new(rack->errors, text);
}

void rack_once(struct rack *rack, const char *kind, const char *value,
	       const char *file, unsigned line)
{
	AUTO_FREE char *key = xasprintf("%s %s", kind, value);
	const char *before = json_str_at(json_object_get(rack->seen, key), "");
	AUTO_FREE char *here = NULL;

	if (before) {
		rack_error(rack, file, line,
			   "%s twice: expected once, it stands at %s too", key,
			   before);
		return;
	}
	here = place_of(file, line);
	json_object_set_new(rack->seen, key, json_string(here));
}

static const char *text_of(const struct check *check, enum rack_field field)
{
	const char *text = check->row->cells[field].text;

	return text && *text ? text : NULL;
}

static void complain(struct check *check, enum rack_field field,
		     const char *expected)
{
	const struct rack_cell *cell = &check->row->cells[field];

	check->bad = true;
	if (cell->text && *cell->text)
		rack_error(check->rack, check->row->file, cell->line,
			   "%s %.80s: expected %s", check->row->names[field],
			   cell->text, expected);
	else
		rack_error(check->rack, check->row->file, check->row->line,
			   "%s missing: expected %s", check->row->names[field],
			   expected);
}

bool rack_read_subnet(struct rack *rack, struct rack_row *row,
		      const struct rack_cell *cell)
{
	ipv4 address;

	row->has_subnet = net_parse_cidr(cell->text, &address, &row->prefix) &&
			  row->prefix >= 8 && row->prefix <= 30;
	if (!row->has_subnet) {
		rack_error(rack, row->file, cell->line,
			   "subnet %.80s: expected an IPv4 network of /8 to "
			   "/30, as 198.18.0.0/24",
			   cell->text);
		return false;
	}
	row->subnet = address & net_mask(row->prefix);
	if (row->subnet != address) {
		char text[IPV4_TEXT];

		net_ipv4_text(row->subnet, text);
		rack_error(rack, row->file, cell->line,
			   "subnet %.80s: expected its first address, %s/%u",
			   cell->text, text, row->prefix);
	}
	return true;
}

static bool inside(const struct rack_row *row, ipv4 address)
{
	return (address & net_mask(row->prefix)) == row->subnet;
}

bool rack_read_gateway(struct rack *rack, struct rack_row *row,
		       const struct rack_cell *cell)
{
	if (!net_parse_ipv4(cell->text, &row->gateway)) {
		rack_error(rack, row->file, cell->line,
			   "gateway %.80s: expected an IPv4 address",
			   cell->text);
		return false;
	}
	if (row->has_subnet && !inside(row, row->gateway)) {
		rack_error(rack, row->file, cell->line,
			   "gateway %.80s: expected one inside the subnet",
			   cell->text);
		return false;
	}
	return true;
}

static void check_names(struct check *check)
{
	struct machine *m = &check->machine;
	uint32_t unit;

	m->name = text_of(check, RACK_NAME);
	if (!m->name || !str_is_dns_name(m->name, NAME_MAX_LEN)) {
		complain(check, RACK_NAME,
			 "a host name of lower-case letters, digits, - and .");
		m->name = NULL;
	} else {
		rack_once(check->rack, "name", m->name, check->row->file,
			  check->row->cells[RACK_NAME].line);
	}
	m->rack = text_of(check, RACK_RACK);
	if (m->rack && !str_is_dns_name(m->rack, NAME_MAX_LEN))
		complain(check, RACK_RACK,
			 "a word of lower-case letters, digits, - and .");
	m->unit = text_of(check, RACK_UNIT);
	if (m->unit && (!str_parse_u32(m->unit, UNIT_MAX, &unit) || unit == 0))
		complain(check, RACK_UNIT, "a number from 1 to 100");
}

static void check_mac(struct check *check)
{
	const char *text = text_of(check, RACK_MAC);
	struct mac mac;

	if (!text || !net_parse_mac(text, &mac)) {
		complain(check, RACK_MAC,
			 "six bytes in hex, as 52:54:00:12:34:56");
		return;
	}
	if (mac.bytes[0] & 1) {
		complain(check, RACK_MAC, "a machine's, not a multicast one");
		return;
	}
	net_mac_text(&mac, check->machine.mac);
	rack_once(check->rack, "mac", check->machine.mac, check->row->file,
		  check->row->cells[RACK_MAC].line);
}

/* Those that it is not booted from. */
static void check_macs(struct check *check)
{
	const struct rack_row *row = check->row;
	size_t i;
	json_t *item;

	json_array_foreach (row->macs, i, item) {
		struct mac mac;
		char text[MAC_TEXT];

		if (!net_parse_mac(json_string_value(item), &mac)) {
			check->bad = true;
			rack_error(check->rack, row->file, row->line,
				   "%s %.80s: expected six bytes in hex, as "
				   "52:54:00:12:34:56",
				   row->names[RACK_MAC],
				   json_string_value(item));
			continue;
		}
		net_mac_text(&mac, text);
		rack_once(check->rack, "mac", text, row->file, row->line);
	}
}

static void check_ip(struct check *check)
{
	const struct rack_row *row = check->row;
	const char *text = text_of(check, RACK_IP);
	struct machine *m = &check->machine;
	ipv4 host;
	ipv4 mask = net_mask(row->has_subnet ? row->prefix : 24);
	ipv4 address;

	if (!text || !net_parse_ipv4(text, &address) || !address) {
		complain(check, RACK_IP, "an IPv4 address");
		return;
	}
	net_ipv4_text(address, m->ip);
	net_ipv4_text(mask, m->netmask);
	rack_once(check->rack, "ip", m->ip, row->file,
		  row->cells[RACK_IP].line);
	if (row->gateway)
		net_ipv4_text(row->gateway, m->gateway);
	if (row->has_subnet && !inside(row, address)) {
		char network[IPV4_TEXT];
		char expected[64];

		net_ipv4_text(row->subnet, network);
		snprintf(expected, sizeof(expected),
			 "an address inside the subnet %s/%u", network,
			 row->prefix);
		complain(check, RACK_IP, expected);
		return;
	}
	host = address & ~mask;
	if (row->has_subnet && (host == 0 || host == ~mask))
		complain(check, RACK_IP,
			 "not the network's own or broadcast address");
	else if (address == row->gateway)
		complain(check, RACK_IP, "not the gateway's");
}

static void check_words(struct check *check)
{
	struct machine *m = &check->machine;
	const char *firmware = text_of(check, RACK_FIRMWARE);

	m->uefi = !firmware || str_eq(firmware, "uefi");
	if (firmware && !m->uefi && !str_eq(firmware, "bios"))
		complain(check, RACK_FIRMWARE, "bios or uefi");
	m->arch = text_of(check, RACK_ARCH);
	if (!m->arch)
		m->arch = "x86_64";
	else if (!str_eq(m->arch, "x86_64") && !str_eq(m->arch, "aarch64"))
		complain(check, RACK_ARCH, "x86_64 or aarch64");
	m->disk = text_of(check, RACK_DISK);
	if (m->disk && !str_starts(m->disk, "/dev/"))
		complain(check, RACK_DISK, "a device, as /dev/sda");
}

static bool is_host(const char *host)
{
	size_t len = strlen(host);

	if (host[0] == '[')
		return len > 3 && host[len - 1] == ']' &&
		       strspn(host + 1, "0123456789abcdefABCDEF:.") == len - 2;
	return len && strspn(host, "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789.-") == len;
}

/* "host", "host:port", "[v6]", "[v6]:port", and perhaps a slash. */
static bool read_host(struct machine *m, const char *text)
{
	char host[sizeof(m->host) + 16];
	size_t len = strlen(text);
	char *colon;
	const char *bracket;

	if (len && text[len - 1] == '/')
		len--;
	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	bracket = strchr(host, ']');
	colon = strrchr(host, ':');
	if (colon && (!bracket || colon > bracket)) {
		*colon = '\0';
		if (!str_parse_u32(colon + 1, UINT16_MAX, &m->port) || !m->port)
			return false;
	}
	if (!is_host(host))
		return false;
	if (host[0] == '[') { /* the field wants the bare address */
		host[strlen(host) - 1] = '\0';
		return str_copy(m->host, sizeof(m->host), host + 1);
	}
	return str_copy(m->host, sizeof(m->host), host);
}

static void check_url(struct check *check)
{
	static const char form[] = "redfish://USER@HOST[:PORT] or "
				   "ipmi://USER@HOST[:PORT]";
	const struct rack_cell *cell = &check->row->cells[RACK_BMC_URL];
	struct machine *m = &check->machine;
	const char *at = strrchr(cell->text, '@');
	const char *user = strstr(cell->text, "://");
	size_t len;

	if (!user || (!str_starts(cell->text, "redfish://") &&
		      !str_starts(cell->text, "ipmi://"))) {
		complain(check, RACK_BMC_URL, form);
		return;
	}
	m->redfish = cell->text[0] == 'r';
	m->port = m->redfish ? HTTPS_PORT : IPMI_PORT;
	user += 3;
	len = at && at > user ? (size_t)(at - user) : 0;
	if (len && memchr(user, ':', len)) { /* not to be printed */
		check->bad = true;
		rack_error(check->rack, check->row->file, cell->line,
			   "%s has a password in it: expected "
			   "password_file or password_env",
			   check->row->names[RACK_BMC_URL]);
		return;
	}
	if (!len || len >= sizeof(m->user) || !read_host(m, at + 1)) {
		complain(check, RACK_BMC_URL, form);
		return;
	}
	memcpy(m->user, user, len);
	m->user[len] = '\0';
}

static bool is_utf8(const char *text, size_t len)
{
	AUTO_JSON json_t *string = json_stringn(text, len);

	return string && !memchr(text, 0, len);
}

static void check_password(struct check *check)
{
	const char *path = text_of(check, RACK_PASSWORD_FILE);
	const char *variable = text_of(check, RACK_PASSWORD_ENV);
	const struct rack_cell *cell =
		&check->row
			 ->cells[path ? RACK_PASSWORD_FILE : RACK_PASSWORD_ENV];
	struct buf password;
	struct err err;

	if (!path == !variable) {
		check->bad = true;
		rack_error(check->rack, check->row->file,
			   path ? cell->line : check->row->line,
			   "%s: expected either password_file or password_env",
			   path ? "password_file and password_env"
				: "the BMC's password missing");
		return;
	}
	buf_init(&password, PASSWORD_LIMIT - 1);
	if (check->rack->secret(check->rack->arg, path, variable, &password,
				&err)) {
		check->bad = true;
		rack_error(check->rack, check->row->file, cell->line, "%s",
			   err.message);
	} else if (!is_utf8(password.base, password.len)) {
		check->bad = true;
		rack_error(check->rack, check->row->file, cell->line,
			   "the password has a NUL or is no UTF-8: expected "
			   "text");
	} else {
		memcpy(check->machine.password, password.base,
		       password.len + 1);
		check->machine.password_file = path;
		check->machine.password_env = variable;
	}
	secret_release(&password);
}

static bool is_pin(const char *text)
{
	CLEANUP(buf_release) struct buf digest = BUF_INIT(64);

	return strlen(text) == PIN_LEN && str_starts(text, "sha256//") &&
	       str_unbase64(&digest, text + 8, strlen(text) - 8) &&
	       digest.len == 32;
}

static void check_trust(struct check *check)
{
	const char *insecure = text_of(check, RACK_INSECURE);
	struct machine *m = &check->machine;

	m->insecure = insecure && str_eq(insecure, "true");
	if (insecure && !m->insecure && !str_eq(insecure, "false"))
		complain(check, RACK_INSECURE, "true or false");
	m->pin = text_of(check, RACK_PIN);
	if (m->pin && !is_pin(m->pin))
		complain(check, RACK_PIN,
			 "sha256// and the base64 of the public key's digest");
	else if (m->pin && m->insecure)
		complain(check, RACK_PIN,
			 "no pin together with insecure: true");
	else if (m->pin && *m->user && !m->redfish)
		complain(check, RACK_PIN, "it with redfish:// only");
}

static json_t *object_new(const char *version, const char *kind,
			  const struct machine *m, const char *suffix)
{
	AUTO_FREE char *name = xasprintf("%s%s", m->name, suffix);
	json_t *object = json_object();
	json_t *labels = json_object();

	json_object_set_new(object, "apiVersion", json_string(version));
	json_object_set_new(object, "kind", json_string(kind));
	json_put(object, "metadata.name", json_string(name));
	if (m->rack)
		json_object_set_new(labels, "tomte.dev/rack",
				    json_string(m->rack));
	if (m->unit)
		json_object_set_new(labels, "tomte.dev/unit",
				    json_string(m->unit));
	json_object_set_new(labels, "tomte.dev/name", json_string(m->name));
	json_put(object, "metadata.labels", labels);
	return object;
}

static json_t *secret_object(const struct machine *m)
{
	json_t *secret = object_new("v1", "Secret", m, "-bmc");
	json_t *from = json_object();

	/* So that an export can say where it is to be had again. */
	if (m->password_file)
		json_object_set_new(from, RACK_NOTE_FILE,
				    json_string(m->password_file));
	else
		json_object_set_new(from, RACK_NOTE_ENV,
				    json_string(m->password_env));
	json_put(secret, "metadata.annotations", from);
	json_object_set_new(secret, "type", json_string("Opaque"));
	json_put(secret, "stringData.username", json_string(m->user));
	json_put(secret, "stringData.password", json_string(m->password));
	return secret;
}

static json_t *bmc_object(const struct machine *m)
{
	json_t *bmc =
		object_new("bmc.tinkerbell.org/v1alpha1", "Machine", m, "-bmc");
	json_t *order = json_array();
	const char *driver = m->redfish ? "gofish" : "ipmitool";
	const char *port = m->redfish
				   ? "spec.connection.providerOptions.redfish."
				     "port"
				   : "spec.connection.providerOptions.ipmitool."
				     "port";
	AUTO_FREE char *secret = xasprintf("%s-bmc", m->name);

	if (m->pin) {
		json_t *annotations = json_object();

		json_object_set_new(annotations, "tomte.dev/bmc-pin",
				    json_string(m->pin));
		json_put(bmc, "metadata.annotations", annotations);
	}
	json_put(bmc, "spec.connection.host", json_string(m->host));
	json_put(bmc, "spec.connection.port", json_integer(m->port));
	json_put(bmc, "spec.connection.insecureTLS", json_boolean(m->insecure));
	json_put(bmc, "spec.connection.authSecretRef.name",
		 json_string(secret));
	json_array_append_new(order, json_string(driver));
	json_put(bmc, "spec.connection.providerOptions.preferredOrder", order);
	json_put(bmc, port, json_integer(m->port));
	return bmc;
}

static json_t *dhcp_object(const struct machine *m, const json_t *nameservers)
{
	json_t *dhcp = json_object();

	json_put(dhcp, "mac", json_string(m->mac));
	json_put(dhcp, "hostname", json_string(m->name));
	json_put(dhcp, "arch", json_string(m->arch));
	json_put(dhcp, "uefi", json_boolean(m->uefi));
	json_put(dhcp, "lease_time", json_integer(LEASE_S));
	if (json_array_size(nameservers))
		json_put(dhcp, "name_servers", json_deep_copy(nameservers));
	json_put(dhcp, "ip.address", json_string(m->ip));
	json_put(dhcp, "ip.netmask", json_string(m->netmask));
	if (*m->gateway)
		json_put(dhcp, "ip.gateway", json_string(m->gateway));
	return dhcp;
}

/* An interface that a machine has, and does not boot from. */
static json_t *other_interface(const char *text)
{
	json_t *interface = json_object();
	char normal[MAC_TEXT];
	struct mac mac;

	if (net_parse_mac(text, &mac)) {
		net_mac_text(&mac, normal);
		json_put(interface, "dhcp.mac", json_string(normal));
	}
	json_put(interface, "netboot.allowPXE", json_false());
	json_put(interface, "netboot.allowWorkflow", json_false());
	return interface;
}

static void add_more(json_t *hardware, const struct rack_row *row)
{
	json_t *interfaces = json_at(hardware, "spec.interfaces");
	size_t i;
	json_t *item;

	json_array_foreach (row->macs, i, item)
		json_array_append_new(interfaces,
				      other_interface(json_string_value(item)));
	if (row->labels)
		json_object_update(json_at(hardware, "metadata.labels"),
				   (json_t *)(uintptr_t)row->labels);
	if (json_object_size(row->annotations))
		json_put(hardware, "metadata.annotations",
			 json_deep_copy(row->annotations));
}

static json_t *hardware_object(const struct machine *m,
			       const struct rack_row *row)
{
	json_t *hardware =
		object_new("tinkerbell.org/v1alpha1", "Hardware", m, "");
	json_t *interfaces = json_array();
	json_t *first = json_object();

	if (*m->user) {
		AUTO_FREE char *bmc = xasprintf("%s-bmc", m->name);

		json_put(hardware, "spec.bmcRef.apiGroup",
			 json_string("bmc.tinkerbell.org"));
		json_put(hardware, "spec.bmcRef.kind", json_string("Machine"));
		json_put(hardware, "spec.bmcRef.name", json_string(bmc));
	}
	if (m->disk) {
		json_t *disks = json_array();
		json_t *disk = json_object();

		json_put(disk, "device", json_string(m->disk));
		json_array_append_new(disks, disk);
		json_put(hardware, "spec.disks", disks);
	}
	json_put(first, "dhcp", dhcp_object(m, row->nameservers));
	json_put(first, "netboot.allowPXE", json_false());
	json_put(first, "netboot.allowWorkflow", json_true());
	json_array_append_new(interfaces, first);
	json_put(hardware, "spec.interfaces", interfaces);
	json_put(hardware, "spec.metadata.instance.id", json_string(m->mac));
	json_put(hardware, "spec.metadata.instance.hostname",
		 json_string(m->name));
	add_more(hardware, row);
	return hardware;
}

void rack_add_row(struct rack *rack, const struct rack_row *row)
{
	struct check check = { .rack = rack, .row = row };
	size_t n_errors = json_array_size(rack->errors);

	check_names(&check);
	check_mac(&check);
	check_macs(&check);
	check_ip(&check);
	check_words(&check);
	if (text_of(&check, RACK_BMC_URL)) {
		check_url(&check);
		check_password(&check);
	}
	check_trust(&check);
	if (!check.bad && json_array_size(rack->errors) == n_errors) {
		const struct machine *m = &check.machine;

		/* What is referred to comes first. */
		if (*m->user) {
			json_array_append_new(rack->objects, secret_object(m));
			json_array_append_new(rack->objects, bmc_object(m));
		}
		json_array_append_new(rack->objects, hardware_object(m, row));
	}
	secret_wipe(check.machine.password, sizeof(check.machine.password));
}
