/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/config.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

static int get_ipv4(const json_t *object, const char *name, bool required,
		    ipv4 *address, struct err *err)
{
	const char *text = json_str_at(object, name);

	if (!text && !required)
		return 0;
	if (!text || !net_parse_ipv4(text, address))
		return err_set(err, ERR_INVALID,
			       "network.%s: expected an IPv4 address", name);
	return 0;
}

static int decode_network(const json_t *object, struct config *config,
			  struct err *err)
{
	struct config_network *network = &config->network;
	const char *mac = json_str_at(object, "mac");
	int64_t prefix = json_int_at(object, "prefix", 0);
	const json_t *dns = json_at(object, "dns");

	if (!object || json_is_null(object))
		return 0;
	if (!mac)
		mac = config->mac;
	if (!net_parse_mac(mac, &network->mac))
		return err_set(err, ERR_INVALID,
			       "network.mac: expected a MAC address");
	if (prefix < 1 || prefix > 32)
		return err_set(err, ERR_INVALID,
			       "network.prefix: expected 1 to 32");
	network->prefix = (unsigned)prefix;
	if (get_ipv4(object, "address", true, &network->address, err) ||
	    get_ipv4(object, "gateway", false, &network->gateway, err))
		return -1;
	for (size_t i = 0; i < json_array_size(dns); i++) {
		const char *text = json_string_value(json_array_get(dns, i));

		if (!text || !net_parse_ipv4(text, &network->dns[i]))
			return err_set(err, ERR_INVALID,
				       "network.dns[%zu]: expected an IPv4 "
				       "address",
				       i);
		if (++network->n_dns == CONFIG_DNS_MAX)
			break;
	}
	network->given = true;
	return 0;
}

int config_decode(const char *text, size_t len, struct config *config,
		  struct err *err)
{
	static const struct json_field fields[] = {
		JSON_STR(struct config, server, "server", JSON_REQUIRED),
		JSON_STR(struct config, ca, "ca", 0),
		JSON_STR(struct config, token, "token", JSON_REQUIRED),
		JSON_STR(struct config, machine, "machine", JSON_REQUIRED),
		JSON_STR(struct config, mac, "mac", 0),
		JSON_BOOL(struct config, console_log, "console_log", 0),
	};
	AUTO_JSON json_t *object = json_parse(text, len, err);

	memset(config, 0, sizeof(*config));
	config->console_log = true;
	if (!object)
		return err_wrap(err, "config.json");
	if (!json_is_object(object))
		return err_set(err, ERR_INVALID,
			       "config.json: expected an object");
	if (json_decode(object, fields, ARRAY_LEN(fields), JSON_KEYS_LAX,
			"config.json", config, err))
		return -1;
	if (!str_starts(config->server, "https://") &&
	    !str_starts(config->server, "http://"))
		return err_set(err, ERR_INVALID,
			       "config.json: server: expected https://...");
	if (str_starts(config->server, "https://") && !config->ca[0])
		return err_set(err, ERR_INVALID,
			       "config.json: ca: missing, so the server could "
			       "not be verified");
	config->now_ms = json_int_at(object, "now_ms", 0);
	if (decode_network(json_object_get(object, "network"), config, err))
		return err_wrap(err, "config.json");
	return 0;
}

/* The value of a word "name=value", shortened to fit. */
static bool find_word(const char *cmdline, const char *name, char *value,
		      size_t size)
{
	size_t len = strlen(name);

	for (const char *at = cmdline; *at; at += strcspn(at, " \n")) {
		at += strspn(at, " \n");
		if (strncmp(at, name, len) == 0 && at[len] == '=') {
			at += len + 1;
			snprintf(value, size, "%.*s", (int)strcspn(at, " \n"),
				 at);
			return true;
		}
	}
	return false;
}

void config_diagnose(const char *cmdline, char *text, size_t size)
{
	char id[64] = "";
	bool tinkerbell = find_word(cmdline, "worker_id", id, sizeof(id)) ||
			  find_word(cmdline, "hw_addr", id, sizeof(id)) ||
			  find_word(cmdline, "grpc_authority", id, sizeof(id));

	snprintf(text, size,
		 "there is no /cfg/config.json: this initramfs was loaded "
		 "without the archive that the tomte server makes for each "
		 "machine (the second initrd)%s%s%s",
		 tinkerbell ? "; the kernel's command line is Tinkerbell's ("
			    : "",
		 id, tinkerbell ? "), which names no tomte server" : "");
}
