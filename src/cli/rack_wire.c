/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/rack_wire.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/yaml.h"
#include "cli/netbox_wire.h"
#include "cli/rack_row_wire.h"
#include "cli/suggest.h"

#define MAX_NAMESERVERS 3 /* what a resolver looks at */

static const char *const names[RACK_N_FIELDS] = {
	[RACK_NAME] = "name",
	[RACK_RACK] = "rack",
	[RACK_UNIT] = "unit",
	[RACK_MAC] = "mac",
	[RACK_IP] = "ip",
	[RACK_FIRMWARE] = "firmware",
	[RACK_ARCH] = "arch",
	[RACK_DISK] = "disk",
	[RACK_BMC_URL] = "bmc.url",
	[RACK_PASSWORD_FILE] = "bmc.password_file",
	[RACK_PASSWORD_ENV] = "bmc.password_env",
	[RACK_INSECURE] = "bmc.insecure",
	[RACK_PIN] = "bmc.pin",
};

/* A key of a mapping: a field of a row, or one that the code looks at. */
struct key {
	const char *name;
	int field; /* -1: not a scalar of a row */
};

static const struct key top_keys[] = {
	{ "rack", RACK_RACK }, { "subnet", -1 },   { "gateway", -1 },
	{ "nameservers", -1 }, { "defaults", -1 }, { "machines", -1 },
};
static const struct key default_keys[] = {
	{ "firmware", RACK_FIRMWARE },
	{ "arch", RACK_ARCH },
	{ "disk", RACK_DISK },
	{ "bmc", -1 },
};
static const struct key machine_keys[] = {
	{ "name", RACK_NAME }, { "unit", RACK_UNIT },
	{ "mac", RACK_MAC },   { "ip", RACK_IP },
	{ "disk", RACK_DISK }, { "firmware", RACK_FIRMWARE },
	{ "arch", RACK_ARCH }, { "bmc", -1 },
};
static const struct key bmc_keys[] = {
	{ "url", RACK_BMC_URL },
	{ "password_file", RACK_PASSWORD_FILE },
	{ "password_env", RACK_PASSWORD_ENV },
	{ "insecure", RACK_INSECURE },
	{ "pin", RACK_PIN },
};

/* A document that is being read. */
struct document {
	struct rack *rack;
	const char *file;
	const json_t *lines;
};

void rack_init(struct rack *rack, rack_secret_fn secret, void *arg)
{
	memset(rack, 0, sizeof(*rack));
	rack->objects = json_array();
	rack->errors = json_array();
	rack->seen = json_object();
	rack->netbox = json_object();
	rack->secret = secret;
	rack->arg = arg;
}

void rack_release(struct rack *rack)
{
	json_decref(rack->netbox);
	json_decref(rack->seen);
	json_decref(rack->errors);
	json_decref(rack->objects);
}

static unsigned line_of(const struct document *document, const char *path)
{
	const json_t *line = json_object_get(document->lines, path);

	if (!line)
		line = json_object_get(document->lines, "");
	return line ? (unsigned)json_integer_value(line) : 1;
}

static unsigned line_of_key(const struct document *document, const char *path,
			    const char *key)
{
	AUTO_FREE char *full =
		*path ? xasprintf("%s.%s", path, key) : xstrdup(key);

	return line_of(document, full);
}

static void unknown_key(const struct document *document, const char *path,
			const char *word, const struct key *keys, size_t n)
{
	CLEANUP(buf_release) struct buf expected = BUF_INIT(1024);
	const char *words[16];
	const char *guess;

	for (size_t i = 0; i < n; i++) {
		words[i] = keys[i].name;
		buf_printf(&expected, "%s%s", i ? ", " : "", keys[i].name);
	}
	guess = suggest(word, words, n);
	rack_error(document->rack, document->file,
		   line_of_key(document, path, word),
		   "unknown key %.40s: expected one of %s%s%s%s", word,
		   expected.base, SUGGEST_ARGS(guess));
}

/* The scalars of a mapping into the cells of a row. */
static void read_keys(const struct document *document, const json_t *object,
		      const char *path, struct rack_row *row,
		      const struct key *keys, size_t n)
{
	const char *word;
	json_t *value;

	if (object && !json_is_object(object)) {
		rack_error(document->rack, document->file,
			   line_of(document, path),
			   "%s is no mapping: expected key: value", path);
		return;
	}
	json_object_foreach ((json_t *)(uintptr_t)object, word, value) {
		size_t i = 0;

		while (i < n && !str_eq(keys[i].name, word))
			i++;
		if (i == n) {
			unknown_key(document, path, word, keys, n);
		} else if (keys[i].field >= 0 && json_is_string(value)) {
			row->cells[keys[i].field].text =
				json_string_value(value);
			row->cells[keys[i].field].line =
				line_of_key(document, path, word);
		} else if (keys[i].field >= 0 && !json_is_null(value)) {
			rack_error(document->rack, document->file,
				   line_of_key(document, path, word),
				   "%s is a list or a mapping: expected a word",
				   word);
		}
	}
}

static void read_bmc(const struct document *document, const json_t *owner,
		     const char *path, struct rack_row *row)
{
	const json_t *bmc = json_object_get(owner, "bmc");
	AUTO_FREE char *inner =
		*path ? xasprintf("%s.bmc", path) : xstrdup("bmc");

	if (!bmc || json_is_null(bmc))
		return;
	/* One's own way to the password takes the place of the default's. */
	if (json_object_get(bmc, "password_file") ||
	    json_object_get(bmc, "password_env")) {
		row->cells[RACK_PASSWORD_FILE].text = NULL;
		row->cells[RACK_PASSWORD_ENV].text = NULL;
	}
	read_keys(document, bmc, inner, row, bmc_keys, ARRAY_LEN(bmc_keys));
}

static void read_nameservers(const struct document *document,
			     const json_t *value, struct rack_row *row)
{
	unsigned line = line_of(document, "nameservers");
	size_t i;
	json_t *item;

	if (!value || json_is_null(value))
		return;
	if (!json_is_array(value) || json_array_size(value) > MAX_NAMESERVERS) {
		rack_error(document->rack, document->file, line,
			   "nameservers: expected a list of at most %d",
			   MAX_NAMESERVERS);
		return;
	}
	json_array_foreach (value, i, item) {
		const char *text = json_string_value(item);
		AUTO_FREE char *path = xasprintf("nameservers[%zu]", i);
		ipv4 address;

		if (!text || !net_parse_ipv4(text, &address))
			rack_error(document->rack, document->file,
				   line_of(document, path),
				   "nameserver %.80s: expected an IPv4 address",
				   text ? text : "");
	}
	row->nameservers = value;
}

static void read_machines(const struct document *document, const json_t *list,
			  const struct rack_row *defaults)
{
	size_t i;
	json_t *machine;

	if (!json_array_size(list)) {
		rack_error(document->rack, document->file,
			   line_of(document, "machines"),
			   "no machines: expected a list, machines: "
			   "[- name: ...]");
		return;
	}
	json_array_foreach (list, i, machine) {
		AUTO_FREE char *path = xasprintf("machines[%zu]", i);
		struct rack_row row = *defaults;

		row.line = line_of(document, path);
		if (!json_is_object(machine)) {
			rack_error(document->rack, document->file, row.line,
				   "a machine is no mapping: expected "
				   "name: ..., mac: ..., ip: ...");
			continue;
		}
		read_keys(document, machine, path, &row, machine_keys,
			  ARRAY_LEN(machine_keys));
		read_bmc(document, machine, path, &row);
		/* Trust and passwords by default do not make a BMC. */
		if (!row.cells[RACK_BMC_URL].text &&
		    json_object_get(machine, "bmc"))
			rack_error(document->rack, document->file,
				   line_of_key(document, path, "bmc"),
				   "bmc.url missing: expected redfish://USER@"
				   "HOST[:PORT] or ipmi://USER@HOST[:PORT]");
		rack_add_row(document->rack, &row);
	}
}

static struct rack_cell cell_at(const struct document *document,
				const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	struct rack_cell cell = { .line = line_of(document, key) };

	cell.text = json_string_value(value);
	if (value && !cell.text && !json_is_null(value))
		cell.text = "that is no word"; /* which nothing accepts */
	return cell;
}

static void read_rack(const struct document *document, const json_t *object)
{
	struct rack_row row = { .file = document->file, .names = names };
	const json_t *defaults = json_object_get(object, "defaults");
	struct rack_cell subnet = cell_at(document, object, "subnet");
	struct rack_cell gateway = cell_at(document, object, "gateway");

	read_keys(document, object, "", &row, top_keys, ARRAY_LEN(top_keys));
	if (!row.cells[RACK_RACK].text)
		rack_error(document->rack, document->file,
			   line_of(document, ""),
			   "rack missing: expected the rack's name");
	if (!subnet.text)
		rack_error(document->rack, document->file,
			   line_of(document, ""),
			   "subnet missing: expected a network, as "
			   "198.18.0.0/24");
	else
		rack_read_subnet(document->rack, &row, &subnet);
	if (gateway.text)
		rack_read_gateway(document->rack, &row, &gateway);
	read_nameservers(document, json_object_get(object, "nameservers"),
			 &row);
	if (defaults && !json_is_null(defaults)) {
		read_keys(document, defaults, "defaults", &row, default_keys,
			  ARRAY_LEN(default_keys));
		read_bmc(document, defaults, "defaults", &row);
	}
	read_machines(document, json_object_get(object, "machines"), &row);
}

/* The addresses of a Hardware, which no other may have. */
static void note_addresses(const struct document *document,
			   const json_t *object)
{
	const json_t *list = json_at(object, "spec.interfaces");
	size_t i;
	json_t *interface;

	json_array_foreach (list, i, interface) {
		AUTO_FREE char *path =
			xasprintf("spec.interfaces[%zu].dhcp.mac", i);
		AUTO_FREE char *ip_path =
			xasprintf("spec.interfaces[%zu].dhcp.ip.address", i);
		const char *text = json_str_at(interface, "dhcp.mac");
		const char *ip = json_str_at(interface, "dhcp.ip.address");
		char mac_text[MAC_TEXT];
		struct mac mac;

		if (text && net_parse_mac(text, &mac)) {
			net_mac_text(&mac, mac_text);
			rack_once(document->rack, "mac", mac_text,
				  document->file, line_of(document, path));
		}
		if (ip && *ip)
			rack_once(document->rack, "ip", ip, document->file,
				  line_of(document, ip_path));
	}
}

/* An object of the API goes through as it is. */
static void read_object(const struct document *document, const json_t *object)
{
	const char *kind = json_str_at(object, "kind");
	const char *name = json_str_at(object, "metadata.name");
	const char *space = json_str_at(object, "metadata.namespace");
	AUTO_FREE char *key = NULL;

	if (!json_str_at(object, "apiVersion") || !kind || !name) {
		rack_error(document->rack, document->file,
			   line_of(document, ""),
			   "%s missing: expected an object with apiVersion, "
			   "kind and metadata.name",
			   !json_str_at(object, "apiVersion") ? "apiVersion"
			   : !kind                            ? "kind"
				   : "metadata.name");
		return;
	}
	key = xasprintf("%s%s%s/%s", space ? space : "", space ? "/" : "", kind,
			name);
	if (str_eq(kind, "Hardware") && !space)
		rack_once(document->rack, "name", name, document->file,
			  line_of(document, "metadata.name"));
	else
		rack_once(document->rack, "object", key, document->file,
			  line_of(document, "metadata.name"));
	if (str_eq(kind, "Hardware"))
		note_addresses(document, object);
	json_array_append(document->rack->objects, (json_t *)(uintptr_t)object);
}

static void read_document(const struct document *document, const json_t *typed,
			  const json_t *text)
{
	const char *kind = json_str_at(typed, "kind");
	size_t i;
	json_t *item;

	if (json_is_null(typed))
		return; /* a "---" with nothing after it */
	if (kind && str_eq(kind, "List")) {
		json_array_foreach (json_object_get(typed, "items"), i, item)
			read_object(document, item);
	} else if (json_object_get(typed, "apiVersion") || kind) {
		read_object(document, typed);
	} else if (json_is_object(typed)) {
		read_rack(document, text);
	} else {
		rack_error(document->rack, document->file,
			   line_of(document, ""),
			   "neither a rack nor an object: expected rack: ... "
			   "or apiVersion: ...");
	}
}

/* base/yaml says "line 7: what"; here the line belongs to the file. */
static void yaml_error(struct rack *rack, const char *file,
		       const struct err *err)
{
	const char *message = err->message;
	unsigned line = 1;

	if (str_starts(message, "line ")) {
		char *end;

		line = (unsigned)strtoul(message + 5, &end, 10);
		message = *end == ':' ? end + 2 : end;
	}
	rack_error(rack, file, line, "%s: expected YAML", message);
}

static void read_yaml(struct rack *rack, const char *file, const char *text,
		      size_t len)
{
	struct document document = { .rack = rack, .file = file };
	AUTO_JSON json_t *lines = NULL;
	AUTO_JSON json_t *typed = NULL;
	AUTO_JSON json_t *texts = NULL;
	struct err err;

	typed = yaml_parse(text, len, YAML_TYPED, &lines, &err);
	if (typed)
		texts = yaml_parse(text, len, YAML_TEXT, NULL, &err);
	if (!texts) {
		yaml_error(rack, file, &err);
		return;
	}
	if (!json_array_size(typed))
		rack_error(rack, file, 1,
			   "nothing in it: expected rack: ... or "
			   "apiVersion: ...");
	for (size_t i = 0; i < json_array_size(typed); i++) {
		document.lines = json_array_get(lines, i);
		read_document(&document, json_array_get(typed, i),
			      json_array_get(texts, i));
	}
}

/* "name,rack,..." in the first line that is no comment. */
static bool looks_like_csv(const char *file, const char *text, size_t len)
{
	const char *end;

	if (str_ends(file, ".csv") || str_ends(file, ".CSV"))
		return true;
	while (len && (*text == '#' || isspace((unsigned char)*text))) {
		size_t n = 1;

		if (*text == '#') {
			end = memchr(text, '\n', len);
			n = end ? (size_t)(end - text) : len;
		}
		text += n;
		len -= n;
	}
	return len >= 5 && memcmp(text, "name,", 5) == 0;
}

void rack_read(struct rack *rack, const char *file, const char *text,
	       size_t len)
{
	AUTO_JSON json_t *whole = json_stringn(text, len);

	if (!whole)
		rack_error(rack, file, 1,
			   "not valid UTF-8: expected a text file");
	else if (looks_like_csv(file, text, len))
		rack_read_csv(rack, file, text, len);
	else if (!netbox_read(rack, file, text, len))
		read_yaml(rack, file, text, len);
}

void rack_finish(struct rack *rack)
{
	netbox_finish(rack);
}
