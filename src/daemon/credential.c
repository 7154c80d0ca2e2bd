/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/credential.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "store/object.h"

#define VALUE_MAX 4096

/* Which Secret a bmc Machine has. */
struct place {
	char namespace[64];
	char name[254];
	json_t *machine; /* owned */
};

static void place_release(struct place *place)
{
	json_decref(place->machine);
}

static bool secret_of(const json_t *machine, struct place *place)
{
	const char *name =
		json_str_at(machine, "spec.connection.authSecretRef.name");
	const char *in =
		json_str_at(machine, "spec.connection.authSecretRef.namespace");

	if (!in || !*in)
		in = json_str_at(machine, "metadata.namespace");
	return name && in && str_copy(place->name, sizeof(place->name), name) &&
	       str_copy(place->namespace, sizeof(place->namespace), in);
}

static int find(struct store *store, const char *namespace, const char *bmc,
		struct place *place, struct err *err)
{
	const struct object_key key = { kind_find(BMC_GROUP, "Machine"),
					namespace, bmc };

	place->machine = object_get(store, &key, err);
	if (!place->machine)
		return -1;
	if (secret_of(place->machine, place))
		return 0;
	return err_set(err, ERR_INVALID,
		       "bmc Machine %s has no spec.connection.authSecretRef",
		       bmc);
}

struct count {
	const struct place *place;
	unsigned n;
};

static bool count_user(void *arg, json_t *machine)
{
	struct count *count = arg;
	struct place other = { .machine = NULL };

	if (secret_of(machine, &other) &&
	    str_eq(other.name, count->place->name) &&
	    str_eq(other.namespace, count->place->namespace))
		count->n++;
	return count->n < 2;
}

/* 1: others have it, too. */
static int is_shared(struct store *store, const struct place *place,
		     struct err *err)
{
	const struct object_query query = {
		.kind = kind_find(BMC_GROUP, "Machine"),
		.namespace = "",
		.after_namespace = "",
		.after_name = "",
	};
	struct count count = { .place = place };

	if (object_each(store, &query, count_user, &count, err))
		return -1;
	return count.n > 1;
}

static void put_secret(json_t *object, const char *key, const char *value)
{
	json_t *data = json_object_get(object, "stringData");

	if (!data) {
		data = json_object();
		json_object_set_new(object, "stringData", data);
	}
	json_object_set_new(data, key, json_string(value));
}

/* Changes keys of the Secret: `put` (NULL: none), and what is to be no more if
 * `drop`. */
static int change(struct store *store, const struct place *place, json_t *put,
		  bool drop, struct err *err)
{
	const struct object_key key = { kind_find("", "Secret"),
					place->namespace, place->name };
	AUTO_JSON json_t *object = object_get(store, &key, err);

	if (!object)
		return -1;
	/* Values that come back empty stay what they are. */
	if (drop) {
		json_t *values = json_object_get(object, "data");

		json_object_del(values, CREDENTIAL_NEXT);
		json_object_del(values, CREDENTIAL_NEXT_USER);
	}
	if (put)
		json_object_update(object, put);
	return object_update(store, &key, object, OBJECT_MAIN, NULL, err);
}

static int copy_value(struct store *store, const struct place *from,
		      const char *key, bool must, json_t *to, struct err *err)
{
	CLEANUP(secret_release) struct buf value = BUF_INIT(VALUE_MAX);

	if (secret_value(store, from->namespace, from->name, key, &value, err))
		return must || err->code != ERR_NOT_FOUND ? -1 : 0;
	put_secret(to, key, value.base);
	return 0;
}

static void put_next(json_t *secret, const struct credential *next)
{
	put_secret(secret, CREDENTIAL_NEXT, next->password);
	if (*next->user)
		put_secret(secret, CREDENTIAL_NEXT_USER, next->user);
}

/* A Secret of its own, with what it has now and what is to be. */
static int record_own(struct store *store, const struct place *place,
		      const struct credential *next, struct err *err)
{
	const char *bmc = json_str_at(place->machine, "metadata.name");
	const char *namespace =
		json_str_at(place->machine, "metadata.namespace");
	AUTO_FREE char *name = xasprintf("%.240s-credentials", bmc);
	const struct object_key key = { kind_find("", "Secret"), namespace,
					name };
	const struct object_key machine = { kind_find(BMC_GROUP, "Machine"),
					    namespace, bmc };
	AUTO_JSON json_t *secret = json_object();
	AUTO_JSON json_t *patch = json_object();

	if (copy_value(store, place, "username", true, secret, err) ||
	    copy_value(store, place, "password", true, secret, err) ||
	    copy_value(store, place, "kg", false, secret, err))
		return -1;
	put_next(secret, next);
	json_put(patch, "spec.connection.authSecretRef.name",
		 json_string(name));
	json_put(patch, "spec.connection.authSecretRef.namespace",
		 json_string(namespace));
	if (object_create(store, &key, secret, NULL, err))
		return err_wrap(err, "Secret %s/%s", namespace, name);
	return object_patch(store, object_id(store, &machine), patch, err);
}

static int record(struct store *store, const struct place *place,
		  const struct credential *next, struct err *err)
{
	AUTO_JSON json_t *put = json_object();
	int shared = is_shared(store, place, err);

	if (shared < 0)
		return -1;
	if (shared)
		return record_own(store, place, next, err);
	put_next(put, next);
	return change(store, place, put, false, err);
}

int credential_record(struct store *store, const char *namespace,
		      const char *bmc, const struct credential *next,
		      struct err *err)
{
	CLEANUP(place_release) struct place place = { .machine = NULL };

	if (find(store, namespace, bmc, &place, err))
		return -1;
	store_mark(store);
	if (record(store, &place, next, err)) {
		store_back_to_mark(store);
		return -1;
	}
	store_keep(store);
	return 0;
}

int credential_adopt(struct store *store, const char *namespace,
		     const char *bmc, const struct credential *next,
		     struct err *err)
{
	CLEANUP(place_release) struct place place = { .machine = NULL };
	AUTO_JSON json_t *put = json_object();

	put_secret(put, "password", next->password);
	if (*next->user)
		put_secret(put, "username", next->user);

	return find(store, namespace, bmc, &place, err) ||
			       change(store, &place, put, true, err)
		       ? -1
		       : 0;
}

int credential_forget(struct store *store, const char *namespace,
		      const char *bmc, struct err *err)
{
	CLEANUP(place_release) struct place place = { .machine = NULL };

	return find(store, namespace, bmc, &place, err) ||
			       change(store, &place, NULL, true, err)
		       ? -1
		       : 0;
}
