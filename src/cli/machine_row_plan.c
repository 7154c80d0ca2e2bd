/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/machine_row_plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define IPMI_PORT  623
#define HTTPS_PORT 443

/* Labels and annotations have dots and slashes in their names. */
static const char *note_of(const json_t *object, const char *list,
			   const char *name)
{
	const char *text =
		json_string_value(json_object_get(json_at(object, list), name));

	return text ? text : "";
}

static const char *label_of(const json_t *object, const char *name)
{
	return note_of(object, "metadata.labels", name);
}

json_t *machine_row_index(const json_t *list)
{
	json_t *index = json_object();
	size_t i;
	json_t *item;

	json_array_foreach (list, i, item)
		json_object_set(index, json_text_at(item, "metadata.name"),
				item);
	return index;
}

const json_t *machine_row_bmc(const json_t *machines, const json_t *hardware)
{
	return json_object_get(machines,
			       json_text_at(hardware, "spec.bmcRef.name"));
}

const json_t *machine_row_secret(const json_t *secrets, const json_t *bmc)
{
	return json_object_get(
		secrets,
		json_text_at(bmc, "spec.connection.authSecretRef.name"));
}

/*
 * Without a subnet a table means /24, and does not look at the addresses. So
 * what would be refused of a subnet came from a table that had none.
 */
static bool says_mask(ipv4 address, ipv4 mask, const char *gateway_text)
{
	ipv4 host = address & ~mask;
	ipv4 gateway;

	if (mask != net_mask(24))
		return true;
	if (host == 0 || host == ~mask)
		return false;
	return !net_parse_ipv4(gateway_text, &gateway) ||
	       ((gateway & mask) == (address & mask) && gateway != address);
}

static void read_subnet(const json_t *dhcp, struct machine_row *row)
{
	char network[IPV4_TEXT];
	unsigned length;
	ipv4 address;
	ipv4 mask;

	if (!net_parse_ipv4(json_text_at(dhcp, "ip.address"), &address) ||
	    !net_parse_ipv4(json_text_at(dhcp, "ip.netmask"), &mask) ||
	    !net_mask_length(mask, &length))
		return;
	if (!says_mask(address, mask, row->gateway))
		return;
	net_ipv4_text(address & mask, network);
	snprintf(row->subnet, sizeof(row->subnet), "%s/%u", network, length);
}

static void read_dhcp(const json_t *hardware, struct machine_row *row)
{
	const json_t *dhcp = json_at(hardware, "spec.interfaces[0].dhcp");

	row->cells[RACK_MAC] = json_text_at(dhcp, "mac");
	row->cells[RACK_IP] = json_text_at(dhcp, "ip.address");
	row->cells[RACK_ARCH] = json_text_at(dhcp, "arch");
	row->cells[RACK_FIRMWARE] =
		json_bool_at(dhcp, "uefi", false) ? "uefi" : "bios";
	row->gateway = json_text_at(dhcp, "ip.gateway");
	row->nameservers = json_object_get(dhcp, "name_servers");
	read_subnet(dhcp, row);
}

/* The user's name, which is in the Secret: "" for who may not see it. */
static void read_user(const json_t *secret, struct machine_row *row)
{
	CLEANUP(buf_release)
	struct buf user = BUF_INIT(sizeof(row->user) - 1);
	const char *text = json_text_at(secret, "data.username");

	if (str_unbase64(&user, text, strlen(text)) &&
	    strlen(user.base) == user.len)
		memcpy(row->user, user.base, user.len + 1);
	if (*json_text_at(secret, "stringData.username"))
		str_copy(row->user, sizeof(row->user),
			 json_text_at(secret, "stringData.username"));
}

static void read_url(const json_t *connection, struct machine_row *row)
{
	bool redfish = str_eq(
		json_text_at(connection, "providerOptions.preferredOrder[0]"),
		"gofish");
	bool six = strchr(row->host, ':') != NULL;
	int64_t usual = redfish ? HTTPS_PORT : IPMI_PORT;
	int64_t port = json_int_at(connection, "port", usual);
	char digits[24] = "";

	if (port != usual)
		snprintf(digits, sizeof(digits), ":%" PRId64, port);
	snprintf(row->url, sizeof(row->url), "%s://%.80s@%s%.255s%s%s",
		 redfish ? "redfish" : "ipmi", row->user, six ? "[" : "",
		 row->host, six ? "]" : "", digits);
	row->cells[RACK_BMC_URL] = row->url;
}

static void read_bmc(const json_t *bmc, const json_t *secret,
		     struct machine_row *row)
{
	const json_t *connection = json_at(bmc, "spec.connection");

	row->host = json_text_at(connection, "host");
	if (!*row->host)
		return;
	read_user(secret, row);
	read_url(connection, row);
	if (json_bool_at(connection, "insecureTLS", false))
		row->cells[RACK_INSECURE] = "true";
	row->cells[RACK_PIN] =
		note_of(bmc, "metadata.annotations", "tomte.dev/bmc-pin");
	row->cells[RACK_PASSWORD_FILE] =
		note_of(secret, "metadata.annotations", RACK_NOTE_FILE);
	if (!*row->cells[RACK_PASSWORD_FILE])
		row->cells[RACK_PASSWORD_ENV] =
			note_of(secret, "metadata.annotations", RACK_NOTE_ENV);
}

void machine_row_read(const json_t *hardware, const json_t *bmc,
		      const json_t *secret, struct machine_row *row)
{
	*row = (struct machine_row){ .gateway = "", .host = "" };
	for (size_t i = 0; i < RACK_N_FIELDS; i++)
		row->cells[i] = "";
	row->cells[RACK_NAME] = json_text_at(hardware, "metadata.name");
	row->cells[RACK_RACK] = label_of(hardware, "tomte.dev/rack");
	row->cells[RACK_UNIT] = label_of(hardware, "tomte.dev/unit");
	row->cells[RACK_DISK] = json_text_at(hardware, "spec.disks[0].device");
	read_dhcp(hardware, row);
	read_bmc(bmc, secret, row);
}
