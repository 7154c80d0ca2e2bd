/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/contact.h"

#include <string.h>

#include "base/str.h"
#include "daemon/reach.h"

/* What an end says of whether the BMC can be spoken to. */
struct contact {
	bool known; /* it says something of it */
	bool good;
	const char *reason;
};

static struct contact contact_of(const struct contact_seen *seen)
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

int contact_write(struct store *store, const char *namespace, const char *name,
		  struct contact_seen *seen, struct err *err)
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

int contact_write_of(struct store *store, int64_t machine, enum bmc_power power,
		     const struct err *error, struct err *err)
{
	struct contact_seen seen = { .power = power, .error = error };
	struct reach_place place;
	AUTO_JSON json_t *object = reach_object(store, machine, &place, err);

	if (!object)
		return -1;
	if (str_eq(place.key.kind->kind, "Task"))
		return 0; /* it is no BMC */
	return contact_write(store, place.key.namespace, place.key.name, &seen,
			     err);
}
