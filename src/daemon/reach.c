/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/reach.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "daemon/credential.h"

static void copy_text(char *out, size_t size, const char *text)
{
	if (!text || !str_copy(out, size, text))
		out[0] = '\0';
}

static void place_at(struct reach_place *place, const char *kind,
		     const json_t *in, const char *name)
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
json_t *reach_object(struct store *store, int64_t id, struct reach_place *place,
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
		     const char *name, struct reach_next *next, struct err *err)
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
		       struct reach_next *next, struct err *err)
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
			    struct bmc_target *target, struct reach_next *next,
			    struct err *err)
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
static int read_object(struct store *store, const json_t *object,
		       struct bmc_target *target, struct reach_next *next,
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

static int find_and_read(struct store *store, const char *namespace,
			 const char *name, struct bmc_target *target,
			 struct reach_next *next, struct err *err)
{
	const struct object_key key = { kind_find(BMC_GROUP, "Machine"),
					namespace, name };
	AUTO_JSON json_t *object = object_get(store, &key, err);

	if (!object)
		return -1;
	return read_object(store, object, target, next, err);
}

int reach_named(struct store *store, const char *namespace, const char *name,
		struct bmc_target *target, char *id, size_t id_size,
		struct err *err)
{
	snprintf(id, id_size, "%s/%s", namespace, name);
	return find_and_read(store, namespace, name, target, NULL, err);
}

int reach_changing(struct store *store, const char *namespace, const char *name,
		   struct bmc_target *target, struct reach_next *next,
		   struct err *err)
{
	return find_and_read(store, namespace, name, target, next, err);
}

int reach_machine(struct store *store, int64_t machine,
		  struct bmc_target *target, char *id, size_t id_size,
		  struct err *err)
{
	struct reach_place place;
	AUTO_JSON json_t *object = reach_object(store, machine, &place, err);

	if (!object)
		return -1;
	/* A Task is no name of a BMC, but may be called as one. */
	snprintf(id, id_size, "%s%s/%s",
		 str_eq(place.key.kind->kind, "Task") ? "task/" : "",
		 place.namespace, place.name);
	return read_object(store, object, target, NULL, err);
}
