/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/discover.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/audit.h"
#include "store/event.h"
#include "store/machine.h"
#include "store/object.h"
#include "workflow/enrol.h"
#include "workflow/enrol_plan.h"

static const struct kind *hardware_kind(void)
{
	return kind_find(TINKERBELL_GROUP, "Hardware");
}

/* ---- whether somebody has it ---- */

/* A worker may be named by its MAC, in all ways that one is written. */
static int64_t by_agent(struct store *store, const struct mac *mac)
{
	char text[MAC_TEXT];
	int64_t owner = 0;

	for (int way = 0; way < 4 && !owner; way++) {
		net_mac_text(mac, text);
		for (char *at = text; *at; at++) {
			if (*at == ':' && (way & 1))
				*at = '-';
			else if (*at >= 'a' && *at <= 'f' && (way & 2))
				*at = (char)(*at - 'a' + 'A');
		}
		owner = machine_by_agent(store, text);
	}
	return owner;
}

static int64_t by_card(struct store *store, const struct mac *mac,
		       char why[DISCOVER_WHY])
{
	int64_t owner = machine_by_mac(store, mac, NULL);
	char text[MAC_TEXT];

	net_mac_text(mac, text);
	if (owner) {
		snprintf(why, DISCOVER_WHY, "its card %s is this machine's",
			 text);
		return owner;
	}
	owner = by_agent(store, mac);
	if (owner)
		snprintf(why, DISCOVER_WHY,
			 "its card %s is the name of this machine's agent",
			 text);
	return owner;
}

int64_t discover_owner(struct store *store,
		       const struct discover_identity *identity,
		       char why[DISCOVER_WHY])
{
	int64_t owner = 0;

	for (size_t i = 0; i < identity->n_cards && !owner; i++)
		owner = by_card(store, &identity->cards[i], why);
	if (owner || !identity->serial)
		return owner;
	owner = machine_by_serial(store, identity->serial);
	if (owner)
		snprintf(why, DISCOVER_WHY,
			 "its serial number %.64s is this machine's",
			 identity->serial);
	return owner;
}

int discover_refused(struct store *store, int64_t owner, const struct mac *mac,
		     const char *why, struct err *err)
{
	char text[MAC_TEXT];

	net_mac_text(mac, text);
	return event_note(store, owner, 0, "engine", "not-discovered", err,
			  "a machine that booted by %s, which is not in the "
			  "inventory, was refused: %s. If it is this one, its "
			  "cards are to be in spec.interfaces, and it is to "
			  "be started again",
			  text, why);
}

static bool has_card(const struct discover_identity *identity,
		     const struct mac *mac)
{
	for (size_t i = 0; i < identity->n_cards; i++)
		if (net_mac_eq(&identity->cards[i], mac))
			return true;
	return false;
}

/* The same cards that the Hardware would have: each once, as many. */
static void read_identity(const struct discover_stranger *stranger,
			  const json_t *attributes,
			  struct discover_identity *identity)
{
	const json_t *card;
	size_t i;

	memset(identity, 0, sizeof(*identity));
	identity->cards[identity->n_cards++] = stranger->mac;
	identity->serial = json_str_at(attributes, "product.serialNumber");
	json_array_foreach (json_at(attributes, "networkInterfaces"), i, card) {
		struct mac mac;

		if (identity->n_cards < DISCOVER_CARDS &&
		    enrol_card(card, &mac) && !has_card(identity, &mac))
			identity->cards[identity->n_cards++] = mac;
	}
}

/* ---- what is written of it ---- */

struct discovery {
	struct store *store;
	const struct discover_ops *ops;
	const struct discover_stranger *stranger;
	char mac[MAC_TEXT];
	json_t *attributes;
};

static int note_audit(const struct discovery *discovery,
		      const struct object_key *key, const json_t *object,
		      int status, struct err *err)
{
	struct audit_record record = { .status = status };
	AUTO_FREE char *text =
		object ? json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS)
		       : NULL;

	record.decision = status == 403 ? AUDIT_FORBID : AUDIT_ALLOW;
	snprintf(record.user, sizeof(record.user), "unknown:%s",
		 discovery->mac);
	str_copy(record.role, sizeof(record.role), "machine");
	str_copy(record.source, sizeof(record.source),
		 discovery->stranger->source);
	str_copy(record.verb, sizeof(record.verb), "create");
	str_copy(record.group, sizeof(record.group), TINKERBELL_GROUP);
	str_copy(record.resource, sizeof(record.resource), "hardware");
	if (key) {
		str_copy(record.namespace, sizeof(record.namespace),
			 key->namespace);
		str_copy(record.name, sizeof(record.name), key->name);
	}
	if (text)
		secret_digest(text, strlen(text), record.digest);
	return audit_add(discovery->store, &record, err);
}

/* It is told to people why not, but not more often than they can read. */
static int refuse(const struct discovery *discovery, int http_status,
		  int64_t owner, const char *why, struct err *err)
{
	struct store *store = discovery->store;
	const struct discover_ops *ops = discovery->ops;
	int status;

	if (!ops->may_tell(ops->arg, &discovery->stranger->mac, owner))
		return 0;
	if (owner)
		status = discover_refused(store, owner,
					  &discovery->stranger->mac, why, err);
	else
		status = event_note(store, 0, 0, "engine", "not-discovered",
				    err, "machine %s was not discovered: %s",
				    discovery->mac, why);
	if (status)
		return -1;
	return note_audit(discovery, NULL, NULL, http_status, err);
}

static int check_owner(const struct discovery *discovery, struct err *err)
{
	AUTO_FREE struct discover_identity *identity =
		xcalloc(1, sizeof(*identity));
	char why[DISCOVER_WHY];
	int64_t owner;

	read_identity(discovery->stranger, discovery->attributes, identity);
	owner = discover_owner(discovery->store, identity, why);
	if (!owner)
		return 0;
	if (refuse(discovery, 403, owner, why, err))
		return -1;
	return err_set(err, ERR_DENIED,
		       "a machine of the inventory is this one, or is taken "
		       "for it: %s",
		       why);
}

static int check_number(const struct discovery *discovery, struct err *err)
{
	int64_t n = object_labelled(discovery->store, ENROL_DISCOVERED, "true");
	char why[DISCOVER_WHY];

	if (!discovery->ops->most || n < discovery->ops->most)
		return 0;
	snprintf(why, sizeof(why),
		 "%lld Hardware have the label " ENROL_DISCOVERED
		 " already (discovery-max): take it from those that are to "
		 "stay, or delete them",
		 (long long)n);
	if (refuse(discovery, 503, 0, why, err))
		return -1;
	return err_set(err, ERR_BUSY, "%s", why);
}

static json_t *make_hardware(const struct discovery *discovery,
			     const char *namespace)
{
	const struct discover_stranger *stranger = discovery->stranger;
	struct enrol_found found = { .agent = discovery->mac,
				     .mac = stranger->mac,
				     .attributes = discovery->attributes,
				     .namespace = namespace };

	clock_text(store_now(discovery->store), found.at);
	if (stranger->ip) {
		net_ipv4_text(stranger->ip, found.address);
		net_ipv4_text(stranger->mask, found.netmask);
	}
	if (stranger->ip && stranger->gateway)
		net_ipv4_text(stranger->gateway, found.gateway);
	return enrol_discover(&found);
}

static int create(const struct discovery *discovery, const json_t *hardware,
		  int64_t *machine, struct err *err)
{
	const struct discover_stranger *stranger = discovery->stranger;
	struct store *store = discovery->store;
	AUTO_JSON json_t *stored = NULL;
	const struct object_key key = {
		.kind = hardware_kind(),
		.namespace = json_str_at(hardware, "metadata.namespace"),
		.name = json_str_at(hardware, "metadata.name"),
	};

	if (object_create(store, &key, hardware, &stored, err))
		return -1;
	*machine = object_id(store, &key);
	if (machine_keep_worker_token(store, *machine, stranger->token, err) ||
	    note_audit(discovery, &key, stored, 201, err))
		return -1;
	return event_note(
		store, *machine, 0, "engine", "discovered", err,
		"discovered: booted by %s from %s, network cards: %zu, disks: "
		"%zu",
		discovery->mac, stranger->source,
		json_array_size(json_at(hardware, "spec.interfaces")),
		json_array_size(json_at(hardware, "spec.disks")));
}

static int make(const struct discovery *discovery, int64_t *machine,
		struct err *err)
{
	AUTO_FREE char *namespace =
		enrol_namespace(discovery->store, discovery->attributes,
				discovery->ops->namespace, err);
	AUTO_JSON json_t *hardware = NULL;
	struct err why;

	if (!namespace)
		return -1;
	hardware = make_hardware(discovery, namespace);
	store_mark(discovery->store);
	if (create(discovery, hardware, machine, &why) == 0) {
		store_keep(discovery->store);
		return 0;
	}
	store_back_to_mark(discovery->store);
	if (refuse(discovery, 409, 0, why.message, err))
		return -1;
	/* What it collides with is nothing to tell a stranger. */
	return err_set(err, why.code,
		       "its Hardware cannot be made: tomte events says why");
}

int discover(struct store *store, const struct discover_ops *ops,
	     const struct discover_stranger *stranger,
	     const struct task_hello *hello, int64_t *machine, struct err *err)
{
	AUTO_JSON json_t *attributes =
		hello->attributes ? json_parse(hello->attributes,
					       strlen(hello->attributes), err)
				  : json_object();
	struct discovery discovery = { .store = store,
				       .ops = ops,
				       .stranger = stranger,
				       .attributes = attributes };
	struct mac mac;

	if (!attributes)
		return -1;
	net_mac_text(&stranger->mac, discovery.mac);
	if (!net_parse_mac(hello->mac, &mac) ||
	    !net_mac_eq(&mac, &stranger->mac))
		return err_set(err, ERR_DENIED,
			       "this token is for %s, not for \"%s\"",
			       discovery.mac, hello->mac);
	if (check_owner(&discovery, err) || check_number(&discovery, err))
		return -1;
	return make(&discovery, machine, err);
}
