/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/hardware.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "daemon/credential.h"
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

/* Names of an object with a connection. */
struct place {
	struct object_key key;
	char namespace[64];
	char name[254];
};

static void place_at(struct place *place, const char *kind, const json_t *in,
		     const char *name)
{
	copy_text(place->namespace, sizeof(place->namespace),
		  json_str_at(in, "metadata.namespace"));
	copy_text(place->name, sizeof(place->name), name);
	place->key = (struct object_key){ kind_find(BMC_GROUP, kind),
					  place->namespace, place->name };
}

/*
 * The object that says how the BMC of this one is reached: a Hardware's bmc
 * Machine; a bmc Machine and a Task say it themselves.
 */
static json_t *bmc_machine(struct store *store, int64_t id, struct place *place,
			   struct err *err)
{
	AUTO_JSON json_t *object = object_by_id(store, id, err);
	const char *name = json_str_at(object, "metadata.name");
	const char *kind = json_str_at(object, "kind");
	const char *ref;

	if (!object)
		return NULL;
	if (!str_eq(kind, "Hardware")) {
		place_at(place, kind, object, name);
		return json_incref(object);
	}
	ref = json_str_at(object, "spec.bmcRef.name");
	if (!ref) {
		err_set(err, ERR_INVALID, "Hardware %s has no spec.bmcRef",
			name);
		return NULL;
	}
	place_at(place, "Machine", object, ref);
	return object_get(store, &place->key, err);
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

/* Dell, Supermicro and OpenBMC are Redfish with ways of their own, which the
 * driver knows by itself. */
static const struct provider providers[] = {
	{ "gofish", BMC_REDFISH, false },     { "ipmi", BMC_IPMI, false },
	{ "ipmitool", BMC_IPMI, true },       { "dell", BMC_REDFISH, false },
	{ "supermicro", BMC_REDFISH, false }, { "openbmc", BMC_REDFISH, false },
};

#define MAX_WAYS 4

static const struct provider *find_provider(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_LEN(providers); i++)
		if (!strcasecmp(name, providers[i].name))
			return &providers[i];
	return NULL;
}

static bool is_among(const struct provider *const *found, size_t n,
		     const struct provider *provider)
{
	for (size_t i = 0; i < n; i++)
		if (found[i]->protocol == provider->protocol &&
		    found[i]->ipmitool == provider->ipmitool)
			return true;
	return false;
}

/* Those of the list that we are, the best first. */
static size_t preferred(const json_t *order,
			const struct provider *found[MAX_WAYS], struct err *err)
{
	size_t n = 0;
	size_t i;
	json_t *name;

	json_array_foreach ((json_t *)(uintptr_t)order, i, name) {
		const struct provider *provider =
			find_provider(json_string_value(name));

		if (provider && n < MAX_WAYS && !is_among(found, n, provider))
			found[n++] = provider;
	}
	if (n == 0)
		err_set(err, ERR_UNSUPPORTED,
			"providerOptions.preferredOrder: none of these is "
			"spoken here; gofish (Redfish) and ipmitool (IPMI) "
			"are");
	return n;
}

static size_t one(const struct provider *found[MAX_WAYS],
		  const struct provider *provider)
{
	found[0] = provider;
	return 1;
}

/* How many ways there are; Redfish, where nothing else is said. 0: it is one
 * that we are not. */
static size_t providers_of(const json_t *connection,
			   const struct provider *found[MAX_WAYS],
			   struct err *err)
{
	static const struct provider webhook = { "rpc", BMC_RPC, false };
	const json_t *options = json_object_get(connection, "providerOptions");
	const json_t *order = json_object_get(options, "preferredOrder");
	bool redfish = json_object_get(options, "redfish") != NULL;
	bool ipmi = json_object_get(options, "ipmitool") != NULL;

	/* As with Rufio a webhook is for all, or for nothing. */
	if (json_object_get(options, "rpc"))
		return one(found, &webhook);
	if (json_object_get(options, "homeassistant")) {
		err_set(err, ERR_UNSUPPORTED,
			"providerOptions.homeassistant: switches of Home "
			"Assistant are not spoken to; a webhook (rpc) can be");
		return 0;
	}
	if (json_array_size(order))
		return preferred(order, found, err);
	if (json_object_get(options, "intelAMT") && !redfish && !ipmi) {
		err_set(err, ERR_UNSUPPORTED,
			"providerOptions.intelAMT: Intel AMT is not spoken "
			"here");
		return 0;
	}
	return one(found,
		   find_provider(ipmi && !redfish ? "ipmitool" : "gofish"));
}

/* In place of references to Secrets the values in them. */
static int fill_secrets(struct store *store, json_t *rpc, const char *namespace,
			struct err *err)
{
	json_t *secrets = json_at(rpc, "hmac.secrets");
	const char *algorithm;
	json_t *refs;

	json_object_foreach (secrets, algorithm, refs) {
		size_t i;
		json_t *ref;

		json_array_foreach (refs, i, ref) {
			CLEANUP(secret_release)
			struct buf value = BUF_INIT(1024);
			const char *name = json_str_at(ref, "name");
			const char *in = json_str_at(ref, "namespace");

			if (secret_value(store, in && *in ? in : namespace,
					 name ? name : "", "secret", &value,
					 err))
				return err_wrap(err, "rpc.hmac.secrets.%s[%zu]",
						algorithm, i);
			json_array_set_new(refs, i, json_string(value.base));
		}
	}
	return 0;
}

static int read_webhook(struct store *store, const json_t *connection,
			const char *namespace, struct bmc_target *target,
			struct err *err)
{
	AUTO_JSON json_t *rpc =
		json_deep_copy(json_at(connection, "providerOptions.rpc"));

	if (fill_secrets(store, rpc, namespace, err))
		return -1;
	target->rpc = json_text(rpc);
	return 0;
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

/* One of two passwords is wrong: to try it may lock the account. */
static int read_next(struct store *store, const char *namespace,
		     const char *name, struct hardware_next *next,
		     struct err *err)
{
	CLEANUP(secret_release) struct buf value = BUF_INIT(256);
	CLEANUP(secret_release) struct buf user = BUF_INIT(256);

	if (next)
		memset(next, 0, sizeof(*next));
	if (secret_value(store, namespace, name, CREDENTIAL_NEXT, &value, err))
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	if (!next)
		return err_set(err, ERR_BUSY,
			       "its password is being changed; if that does "
			       "not end, tomte bmc rotate-password goes on "
			       "with it");
	copy_text(next->password, sizeof(next->password), value.base);
	if (secret_value(store, namespace, name, CREDENTIAL_NEXT_USER, &user,
			 err))
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	copy_text(next->user, sizeof(next->user), user.base);
	return 0;
}

static int read_secret(struct store *store, const json_t *connection,
		       const char *namespace, struct bmc_target *target,
		       struct hardware_next *next, struct err *err)
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
	if (read_next(store, namespace, name, next, err))
		return -1;
	return read_group_key(store, namespace, name, target, err);
}

/* Whose quirks it has; a Redfish BMC says so itself later on. */
static void read_maker(const json_t *annotations, struct bmc_target *target)
{
	copy_text(target->vendor, sizeof(target->vendor),
		  json_string_value(json_object_get(annotations,
						    "tomte.dev/bmc-vendor")));
	copy_text(target->model, sizeof(target->model),
		  json_string_value(
			  json_object_get(annotations, "tomte.dev/bmc-model")));
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

/* What is the same by all ways. */
static int read_common(const json_t *object, struct bmc_target *target,
		       struct err *err)
{
	const json_t *connection = json_at(object, "spec.connection");
	const json_t *metadata = json_at(object, "metadata");
	const json_t *annotations = json_object_get(metadata, "annotations");
	const json_t *labels = json_object_get(metadata, "labels");

	copy_text(target->host, sizeof(target->host),
		  json_str_at(connection, "host"));
	if (!*target->host)
		return err_set(err, ERR_INVALID,
			       "bmc Machine %s has no spec.connection.host",
			       json_str_at(metadata, "name"));
	target->insecure = json_bool_at(connection, "insecureTLS", false);
	copy_text(
		target->system, sizeof(target->system),
		json_str_at(connection, "providerOptions.redfish.systemName"));
	target->basic = json_bool_at(
		connection, "providerOptions.redfish.useBasicAuth", false);
	copy_text(target->pin, sizeof(target->pin),
		  json_string_value(
			  json_object_get(annotations, "tomte.dev/bmc-pin")));
	read_maker(annotations, target);
	copy_text(target->rack, sizeof(target->rack),
		  json_string_value(json_object_get(labels, "tomte.dev/rack")));
	return 0;
}

/* A webhook has no user, and secrets of its own. */
static int read_credentials(struct store *store, const json_t *object,
			    const struct provider *provider,
			    struct bmc_target *target,
			    struct hardware_next *next, struct err *err)
{
	const json_t *connection = json_at(object, "spec.connection");
	const char *namespace = json_str_at(object, "metadata.namespace");

	if (provider->protocol == BMC_RPC)
		return read_webhook(store, connection, namespace, target, err);
	return read_secret(store, connection, namespace, target, next, err);
}

static int read_way(const json_t *object, const struct provider *provider,
		    struct bmc_target *target, struct err *err)
{
	const json_t *connection = json_at(object, "spec.connection");

	target->protocol = provider->protocol;
	target->ipmitool = provider->ipmitool;
	if (target->protocol == BMC_RPC)
		return 0;
	if (target->protocol == BMC_REDFISH) {
		target->port = port_at(connection,
				       "providerOptions.redfish.port", 443);
		return 0;
	}
	target->port = port_at(connection, "providerOptions.ipmitool.port",
			       port_at(connection, "port", 623));
	return read_ipmi(connection, json_at(object, "metadata.annotations"),
			 target, err);
}

/* How an object with a spec.connection is reached: each way behind the one
 * that is preferred to it. */
static int reach(struct store *store, const json_t *object,
		 struct bmc_target *target, struct hardware_next *next,
		 struct err *err)
{
	CLEANUP(bmc_target_release) struct bmc_target common = { 0 };
	const struct provider *found[MAX_WAYS];
	const json_t *connection = json_at(object, "spec.connection");
	size_t n = providers_of(connection, found, err);

	memset(target, 0, sizeof(*target));
	if (next)
		memset(next, 0, sizeof(*next));
	if (!n)
		return err_wrap(err, "bmc Machine %s",
				json_str_at(object, "metadata.name"));
	if (read_common(object, &common, err) ||
	    read_credentials(store, object, found[0], &common, next, err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (i) {
			target->other = xcalloc(1, sizeof(*target->other));
			target = target->other;
		}
		bmc_target_copy(target, &common);
		if (read_way(object, found[i], target, err))
			return -1;
	}
	return 0;
}

static int reach_named(struct store *store, const char *namespace,
		       const char *name, struct bmc_target *target,
		       struct hardware_next *next, struct err *err)
{
	const struct object_key key = { kind_find(BMC_GROUP, "Machine"),
					namespace, name };
	AUTO_JSON json_t *object = object_get(store, &key, err);

	if (!object)
		return -1;
	return reach(store, object, target, next, err);
}

int hardware_bmc_named(struct store *store, const char *namespace,
		       const char *name, struct bmc_target *target, char *id,
		       size_t id_size, struct err *err)
{
	snprintf(id, id_size, "%s/%s", namespace, name);
	return reach_named(store, namespace, name, target, NULL, err);
}

int hardware_bmc_changing(struct store *store, const char *namespace,
			  const char *name, struct bmc_target *target,
			  struct hardware_next *next, struct err *err)
{
	return reach_named(store, namespace, name, target, next, err);
}

int hardware_bmc(struct store *store, int64_t machine,
		 struct bmc_target *target, char *id, size_t id_size,
		 struct err *err)
{
	struct place place;
	AUTO_JSON json_t *object = bmc_machine(store, machine, &place, err);

	if (!object)
		return -1;
	/* A Task is no name of a BMC, but may be called as one. */
	snprintf(id, id_size, "%s%s/%s",
		 str_eq(place.key.kind->kind, "Task") ? "task/" : "",
		 place.namespace, place.name);
	return reach(store, object, target, NULL, err);
}

/* ---- what is known of it ---- */

/* What an end says of whether the BMC can be spoken to. */
struct contact {
	bool known; /* it says something of it */
	bool good;
	const char *reason;
};

static struct contact contact_of(const struct hardware_seen *seen)
{
	static const struct contact good = { true, true, "Answered" };
	static const struct contact silent = { true, false, "NoAnswer" };
	static const struct contact nothing = { false, false, NULL };

	switch (seen->error ? seen->error->code : ERR_NONE) {
	case ERR_AUTH:
		return (struct contact){ true, false, "CredentialsRefused" };
	case ERR_UNREACHABLE:
		return silent;
	case ERR_TIMEOUT:
	case ERR_OUTCOME: /* heard, and did not obey */
		return seen->power == BMC_POWER_UNKNOWN ? silent : good;
	case ERR_MISMATCH: /* a change may not be there when read back */
		if (seen->looked)
			return (struct contact){ true, false,
						 "WrongCertificate" };
		return nothing;
	case ERR_NOT_FOUND:
	case ERR_INVALID:
		if (seen->looked)
			return (struct contact){ true, false, "NotConfigured" };
		return nothing;
	case ERR_CANCELLED:
	case ERR_IO:
	case ERR_NO_SPACE:
	case ERR_UNSUPPORTED:
		return nothing;
	default:
		return good;
	}
}

/* "no answer in 20012 ms", "no answer in 20007 ms": nothing new. */
static bool same_but_for_digits(const char *a, const char *b)
{
	for (;;) {
		a += strspn(a, "0123456789");
		b += strspn(b, "0123456789");
		if (*a != *b)
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

static const json_t *find_contact(const json_t *status)
{
	const json_t *list = json_object_get(status, "conditions");
	size_t i;
	json_t *condition;

	json_array_foreach ((json_t *)(uintptr_t)list, i, condition)
		if (json_str_at(condition, "type") &&
		    str_eq(json_str_at(condition, "type"), "Contactable"))
			return condition;
	return NULL;
}

static bool text_is(const json_t *object, const char *key, const char *text)
{
	const char *is = json_string_value(json_object_get(object, key));

	return same_but_for_digits(is ? is : "", text);
}

/* Of a BMC's own words some may be no UTF-8, of which there is no JSON. */
static json_t *text_of(const char *message)
{
	json_t *text = json_string(message);
	AUTO_FREE char *clean = xstrdup(message);

	if (text)
		return text;
	for (char *at = clean; *at; at++)
		if ((unsigned char)*at > 0x7e)
			*at = '?';
	return json_string(clean);
}

/* reason and lastTransitionTime are ours, beside Tinkerbell's structure, which
 * its clients read past. */
static json_t *make_status(const json_t *old, const struct contact *contact,
			   const char *power, const char *message, wall_ms now)
{
	const char *status = contact->good ? "True" : "False";
	const char *since =
		json_string_value(json_object_get(old, "lastTransitionTime"));
	char when[CLOCK_TEXT];

	clock_text(now, when);
	if (!since || !text_is(old, "status", status))
		since = when;
	return json_pack("{s:s,s:[{s:s,s:s,s:s,s:o*,s:s,s:s}]}", "powerState",
			 power, "conditions", "type", "Contactable", "status",
			 status, "reason", contact->reason, "message",
			 *message ? text_of(message) : NULL,
			 "lastTransitionTime", since, "lastUpdateTime", when);
}

int hardware_bmc_seen(struct store *store, const char *namespace,
		      const char *name, struct hardware_seen *seen,
		      struct err *err)
{
	const struct object_key key = { kind_find(BMC_GROUP, "Machine"),
					namespace, name };
	struct contact contact = contact_of(seen);
	AUTO_JSON json_t *object = object_get(store, &key, err);
	const char *message =
		seen->error && !contact.good ? seen->error->message : "";
	const char *power = bmc_power_name(seen->power);
	const char *before = json_str_at(object, "status.powerState");
	const json_t *old = find_contact(json_object_get(object, "status"));

	seen->turned = false;
	if (!object)
		return -1;
	if (!contact.known)
		return 0;
	/* An answer that is no state leaves the one that was seen. */
	if (contact.good && seen->error && before &&
	    seen->power == BMC_POWER_UNKNOWN)
		power = before;
	seen->turned = !text_is(old, "status", contact.good ? "True" : "False");
	if (old && !seen->turned && text_is(old, "reason", contact.reason) &&
	    text_is(old, "message", message) && before && str_eq(before, power))
		return 0;
	return object_set_status(
		store, object_id(store, &key),
		make_status(old, &contact, power, message, store_now(store)),
		err);
}

int hardware_bmc_status(struct store *store, int64_t machine,
			enum bmc_power power, const struct err *error,
			struct err *err)
{
	struct hardware_seen seen = { .power = power, .error = error };
	struct place place;
	AUTO_JSON json_t *object = bmc_machine(store, machine, &place, err);

	if (!object)
		return -1;
	if (str_eq(place.key.kind->kind, "Task"))
		return 0; /* it is no BMC */
	return hardware_bmc_seen(store, place.key.namespace, place.key.name,
				 &seen, err);
}
