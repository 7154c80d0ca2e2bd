/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/facts.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "daemon/hardware.h"
#include "store/event.h"
#include "store/machine.h"
#include "store/object.h"
#include "template/template.h"

#define LOG_MODULE "facts"
#include "base/log.h"

/* What a machine does over and over is told once in that time. */
#define SELDOM_MS (60 * 1000)

/* A MAC that no machine has is told of once in that time, and no more than so
 * many of them. */
#define STRANGERS_MS  (10 * 60 * 1000)
#define MAX_STRANGERS 60
/* Lines of the log of what else those do, in a second and in a burst. */
#define LINES_PER_S 10
#define LINES_MOST  200

enum seldom_kind {
	SELDOM_TLS,
	SELDOM_META_DATA,
	SELDOM_USER_DATA,
	SELDOM_SCRIPT_FAILED,
	SELDOM_CONFIG_FAILED,
};

void facts_init(struct facts *facts, struct store *store)
{
	facts->store = store;
	facts->told = xcalloc(1, sizeof(*facts->told));
	facts->strangers = xcalloc(1, sizeof(*facts->strangers));
}

void facts_release(struct facts *facts)
{
	free(facts->told);
	free(facts->strangers);
}

static bool read_machine(struct facts *facts, int64_t id, int position,
			 struct boot_machine *machine)
{
	struct err err;
	AUTO_JSON json_t *hardware =
		id ? object_by_id(facts->store, id, &err) : NULL;

	if (!hardware)
		return false;
	hardware_to_boot(hardware, position, machine);
	return true;
}

static bool find_mac(void *arg, const struct mac *mac,
		     struct boot_machine *machine)
{
	struct facts *facts = arg;
	int position = 0;
	int64_t id = machine_by_mac(facts->store, mac, &position);

	return read_machine(facts, id, position, machine);
}

static bool find_ip(void *arg, ipv4 ip, struct boot_machine *machine)
{
	struct facts *facts = arg;
	int position = 0;
	int64_t id = machine_by_ip(facts->store, ip, &position);

	return read_machine(facts, id, position, machine);
}

struct event_kind {
	const char *source;
	const char *kind;
};

static const struct event_kind event_kinds[BOOT_N_SAW] = {
	[BOOT_SAW_DISCOVER] = { "dhcp", "discover" },
	[BOOT_SAW_REQUEST] = { "dhcp", "request" },
	[BOOT_SAW_NAK] = { "dhcp", "nak" },
	[BOOT_SAW_DECLINE] = { "dhcp", "decline" },
	[BOOT_SAW_FOREIGN_DHCP] = { "dhcp", "foreign-dhcp" },
	[BOOT_SAW_STRANGER] = { "dhcp", "stranger" },
	[BOOT_SAW_TFTP_DONE] = { "tftp", "tftp" },
	[BOOT_SAW_TFTP_FAILED] = { "tftp", "tftp-failed" },
	[BOOT_SAW_SCRIPT] = { "http", "script" },
	[BOOT_SAW_SCRIPT_FAILED] = { "http", "script-failed" },
	[BOOT_SAW_CONFIG] = { "http", "config" },
	[BOOT_SAW_CONFIG_FAILED] = { "http", "config-failed" },
	[BOOT_SAW_FILE_DONE] = { "http", "file" },
	[BOOT_SAW_FILE_CUT] = { "http", "file-cut" },
};

void facts_saw_name(enum boot_saw saw, const char **source, const char **kind)
{
	*source = event_kinds[saw].source;
	*kind = event_kinds[saw].kind;
}

/* A flood of them is not to fill the journal. */
static void log_stranger(struct facts *facts, const char *source,
			 const struct boot_event *event)
{
	char mac[MAC_TEXT];

	if (!facts->stranger_log.per_s)
		bucket_init(&facts->stranger_log, LINES_PER_S, LINES_MOST,
			    clock_mono());
	if (!bucket_take(&facts->stranger_log, clock_mono()))
		return;
	net_mac_text(&event->mac, mac);
	log_info("mac=%s %s: %s", mac, source, event->text);
}

static bool is_due(struct facts *facts, int64_t machine, enum seldom_kind kind)
{
	return seldom(facts->told, (uint64_t)machine << 8 | kind, clock_mono(),
		      SELDOM_MS);
}

/* Anybody may ask for a machine's files, as often as they like. */
static bool is_repeated(struct facts *facts, int64_t machine, enum boot_saw saw)
{
	if (saw == BOOT_SAW_SCRIPT_FAILED)
		return !is_due(facts, machine, SELDOM_SCRIPT_FAILED);
	if (saw == BOOT_SAW_CONFIG_FAILED)
		return !is_due(facts, machine, SELDOM_CONFIG_FAILED);
	return false;
}

static void note_stranger(struct facts *facts, const struct boot_event *event)
{
	mono_ms now = clock_mono();
	uint64_t key = 0;
	struct err err;

	for (size_t i = 0; i < sizeof(event->mac.bytes); i++)
		key = key << 8 | event->mac.bytes[i];
	if (now >= facts->strangers_until) {
		facts->strangers_until = now + STRANGERS_MS;
		facts->n_strangers = 0;
	}
	if (facts->n_strangers == MAX_STRANGERS ||
	    !seldom(facts->strangers, key, now, STRANGERS_MS))
		return;
	facts->n_strangers++;
	if (event_note(facts->store, 0, 0, "dhcp", "stranger", &err, "%s",
		       event->text))
		log_error("event: %s", err.message);
}

static void saw(void *arg, const struct boot_event *event)
{
	static const struct mac none;
	struct facts *facts = arg;
	const struct event_kind *kind = &event_kinds[event->saw];
	int64_t id = 0;
	struct err err;

	facts->saw[event->saw]++;
	if (event->saw == BOOT_SAW_STRANGER) {
		note_stranger(facts, event);
		return;
	}
	if (!net_mac_eq(&event->mac, &none))
		id = machine_by_mac(facts->store, &event->mac, NULL);
	else if (event->ip)
		id = machine_by_ip(facts->store, event->ip, NULL);
	if (!id) {
		log_stranger(facts, kind->source, event);
		return;
	}
	if (!is_repeated(facts, id, event->saw) &&
	    event_note(facts->store, id, 0, kind->source, kind->kind, &err,
		       "%s", event->text))
		log_error("event: %s", err.message);
}

void facts_tls_failed(struct facts *facts, const char *peer, const char *why)
{
	ipv4 address;
	int64_t id = 0;
	struct err err;

	facts->tls_failed++;
	log_debug("peer=%s TLS handshake failed: %s", peer, why);
	if (net_parse_ipv4(peer, &address))
		id = machine_by_ip(facts->store, address, NULL);
	if (id && is_due(facts, id, SELDOM_TLS) &&
	    event_note(facts->store, id, 0, "https", "tls-failed", &err,
		       "TLS handshake with %s failed: %s", peer, why))
		log_error("event: %s", err.message);
}

struct boot_ops facts_boot_ops(struct facts *facts)
{
	struct boot_ops ops = { .find_mac = find_mac,
				.find_ip = find_ip,
				.saw = saw,
				.arg = facts };

	if (facts->discovery)
		ops.strangers = discovery_strangers(facts->discovery);
	return ops;
}

static json_t *hardware_by_ip(void *arg, ipv4 address)
{
	struct facts *facts = arg;
	int64_t id = machine_by_ip(facts->store, address, NULL);
	struct err err;

	return id ? object_by_id(facts->store, id, &err) : NULL;
}

static json_t *hardware_by_token(void *arg, const char *token)
{
	struct facts *facts = arg;
	int64_t id = machine_by_metadata(facts->store, token);
	struct err err;

	return id ? object_by_id(facts->store, id, &err) : NULL;
}

static void phoned_home(void *arg, const char *token, const char *text)
{
	struct facts *facts = arg;
	int64_t id = machine_by_metadata(facts->store, token);
	struct err err;

	(void)text; /* whatever it says of itself is not ours to believe */
	if (id && event_note(facts->store, id, 0, "os", "phone-home", &err,
			     "the installed OS phoned home"))
		log_error("phone-home: %s", err.message);
}

/* cloud-init reads dozens of small texts: they are one event. */
static void asked(void *arg, const json_t *hardware, const char *what,
		  bool found)
{
	struct facts *facts = arg;
	const struct object_key key = {
		.kind = kind_find(TINKERBELL_GROUP, "Hardware"),
		.namespace = json_str_at(hardware, "metadata.namespace"),
		.name = json_str_at(hardware, "metadata.name"),
	};
	int64_t id = object_id(facts->store, &key);
	struct err err;

	if (!id || !is_due(facts, id,
			   str_eq(what, "user-data") ? SELDOM_USER_DATA
						     : SELDOM_META_DATA))
		return;
	if (event_note(facts->store, id, 0, "os", "metadata", &err,
		       found ? "the OS fetched its %s"
			     : "the OS asked for its %s: there is none",
		       what))
		log_error("metadata: %s", err.message);
}

struct metadata_ops facts_metadata_ops(struct facts *facts)
{
	return (struct metadata_ops){ .by_ip = hardware_by_ip,
				      .by_token = hardware_by_token,
				      .phoned_home = phoned_home,
				      .asked = asked,
				      .arg = facts };
}

static json_t *network_of(const struct boot_machine *machine)
{
	json_t *network = json_object();
	json_t *servers = json_array();
	char text[IPV4_TEXT];
	char mac[MAC_TEXT];
	unsigned length = 24;

	net_mac_text(&machine->mac, mac);
	json_object_set_new(network, "mac", json_string(mac));
	net_ipv4_text(machine->ip, text);
	json_object_set_new(network, "address", json_string(text));
	if (!net_mask_length(machine->mask, &length))
		length = 24;
	json_object_set_new(network, "prefix", json_integer(length));
	if (machine->gateway) {
		net_ipv4_text(machine->gateway, text);
		json_object_set_new(network, "gateway", json_string(text));
	}
	for (size_t i = 0; i < BOOT_MAX_SERVERS && machine->name_servers[i];
	     i++) {
		net_ipv4_text(machine->name_servers[i], text);
		json_array_append_new(servers, json_string(text));
	}
	json_object_set_new(network, "dns", servers);
	return network;
}

/* Of a machine that nobody knows it is good for one hello. */
static int new_token(struct facts *facts, const struct boot_machine *machine,
		     char token[STRANGER_TOKEN], struct err *err)
{
	int64_t id = machine_by_mac(facts->store, &machine->mac, NULL);
	char own[SECRET_TOKEN_TEXT];

	if (!id && machine->stranger && facts->discovery) {
		discovery_token(facts->discovery, &machine->mac, token);
		return 0;
	}
	if (!id)
		return err_set(err, ERR_NOT_FOUND, "not in the inventory");
	if (machine_new_worker_token(facts->store, id, own, err))
		return -1;
	str_copy(token, STRANGER_TOKEN, own);
	secret_wipe(own, sizeof(own));
	return 0;
}

char *facts_worker_config(void *arg, const struct boot_machine *machine,
			  ipv4 server, struct err *err)
{
	struct facts *facts = arg;
	AUTO_JSON json_t *config = json_object();
	char token[STRANGER_TOKEN];
	char address[IPV4_TEXT];
	char mac[MAC_TEXT];
	char url[64];

	if (new_token(facts, machine, token, err))
		return NULL;
	net_ipv4_text(server, address);
	net_mac_text(&machine->mac, mac);
	snprintf(url, sizeof(url), "https://%s:%u", address, facts->https_port);
	json_object_set_new(config, "server", json_string(url));
	json_object_set_new(config, "ca", json_string(facts->ca_pem));
	json_object_set_new(config, "token", json_string(token));
	json_object_set_new(config, "machine", json_string(machine->name));
	json_object_set_new(config, "mac", json_string(mac));
	/* Where another DHCP server gives addresses it is to be asked. */
	if (!machine->stranger || machine->mask)
		json_object_set_new(config, "network", network_of(machine));
	json_object_set_new(config, "now_ms",
			    json_integer(store_now(facts->store)));
	secret_wipe(token, sizeof(token));
	return json_text(config);
}

json_t *facts_for_template(void *arg, int64_t machine, const char *name)
{
	struct facts *facts = arg;
	json_t *out = json_object();
	struct machine row;
	struct err err;
	char address[IPV4_TEXT];
	char url[300];

	net_ipv4_text(facts->address, address);
	json_object_set_new(out, "name", json_string(name ? name : ""));
	snprintf(url, sizeof(url), "http://%s:%u", address, facts->http_port);
	json_object_set_new(out, "server", json_string(url));
	snprintf(url, sizeof(url), "http://%s:%u/images", address,
		 facts->http_port);
	json_object_set_new(out, "imageURL", json_string(url));
	if (machine_get(facts->store, machine, &row, &err) == 0) {
		snprintf(url, sizeof(url), "http://%s:%u/metadata/nocloud/%s/",
			 address, facts->http_port, row.metadata_token);
		json_object_set_new(out, "metadataURL", json_string(url));
	}
	return out;
}

char *facts_render(void *arg, const char *text, const json_t *data,
		   struct err *err)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(TEMPLATE_MAX_OUTPUT);
	struct template *template = template_parse(text, strlen(text), err);
	int status;

	(void)arg;
	if (!template)
		return NULL;
	status = template_render(template, data, &out, err);
	template_free(template);
	return status ? NULL : buf_take(&out);
}
