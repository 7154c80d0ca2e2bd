/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/redfish_session.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"

/* A BMC that restarts closes one, too. */
#define MAX_CLOSED 3

/* The members that are saved. */
static const struct {
	const char *name;
	size_t offset;
	size_t max; /* with its NUL */
	bool path;
} strings[] = {
#define STRING(member, max, path)                                              \
	{                                                                      \
#member, offsetof(struct redfish_session, member), max, path   \
	}
	STRING(systems, BMC_PATH_SIZE, true),
	STRING(managers, BMC_PATH_SIZE, true),
	STRING(chassis, BMC_PATH_SIZE, true),
	STRING(sessions, BMC_PATH_SIZE, true),
	STRING(accounts, BMC_PATH_SIZE, true),
	STRING(update, BMC_PATH_SIZE, true),
	STRING(system, BMC_PATH_SIZE, true),
	STRING(manager, BMC_PATH_SIZE, true),
	STRING(media, BMC_PATH_SIZE, true),
	STRING(wish_url, BMC_URL_SIZE, false),
#undef STRING
};

static const struct {
	const char *name;
	size_t offset;
} flags[] = {
#define FLAG(member)                                                           \
	{                                                                      \
#member, offsetof(struct redfish_session, member)              \
	}
	FLAG(basic),           FLAG(select),    FLAG(expand), FLAG(top),
	FLAG(identified),      FLAG(has_form),  FLAG(coded),  FLAG(slashed),
	FLAG(etag_tells),      FLAG(etag_lies), FLAG(wished), FLAG(basic_fails),
	FLAG(wish.persistent), FLAG(wish.uefi), FLAG(closes),
#undef FLAG
};

static const struct {
	const char *name;
	size_t offset;
	unsigned max;
} numbers[] = {
#define NUMBER(member, max)                                                    \
	{                                                                      \
#member, offsetof(struct redfish_session, member), max         \
	}
	NUMBER(resets, (1u << REDFISH_N_RESETS) - 1),
	NUMBER(form, 7),
	NUMBER(etag, BMC_ETAG_NONE),
	NUMBER(insert, REDFISH_N_INSERTS - 1),
	NUMBER(wish.device, BMC_BOOT_HTTP),
#undef NUMBER
};

_Static_assert(sizeof(enum bmc_device) == sizeof(unsigned),
	       "numbers are all of one size");

static const struct {
	const char *name;
	size_t offset;
} words[] = {
#define WORD(member)                                                           \
	{                                                                      \
#member, offsetof(struct bmc_identity, member)                 \
	}
	WORD(vendor),  WORD(maker),      WORD(model),
	WORD(product), WORD(controller), WORD(firmware),
#undef WORD
};

static char **string_at(const struct redfish_session *session, size_t i)
{
	return (char **)(uintptr_t)((const char *)session + strings[i].offset);
}

static bool *flag_at(const struct redfish_session *session, size_t i)
{
	return (bool *)(uintptr_t)((const char *)session + flags[i].offset);
}

static unsigned *number_at(const struct redfish_session *session, size_t i)
{
	return (unsigned *)(uintptr_t)((const char *)session +
				       numbers[i].offset);
}

const char *redfish_str(const char *field)
{
	return field ? field : "";
}

static void set(char **field, const char *text)
{
	if (*field)
		secret_wipe(*field, strlen(*field));
	free(*field);
	*field = text && *text ? xstrdup(text) : NULL;
}

void redfish_learn(struct redfish_session *session, char **field,
		   const char *text)
{
	if (str_eq(redfish_str(*field), redfish_str(text)))
		return;
	set(field, text);
	session->learnt = true;
}

void redfish_session_init(struct redfish_session *session,
			  const struct bmc_target *target,
			  const struct quirk_table *quirks)
{
	memset(session, 0, sizeof(*session));
	session->quirks = quirks;
	session->who.protocol = BMC_REDFISH;
	str_copy(session->who.maker, sizeof(session->who.maker),
		 target->vendor);
	str_copy(session->who.model, sizeof(session->who.model), target->model);
	redfish_session_identify(session);
}

void redfish_session_release(struct redfish_session *session)
{
	for (size_t i = 0; i < ARRAY_LEN(strings); i++)
		set(string_at(session, i), NULL);
	set(&session->token, NULL);
	set(&session->uri, NULL);
	set(&session->poll_etag, NULL);
	memset(session, 0, sizeof(*session));
}

void redfish_session_identify(struct redfish_session *session)
{
	quirk_rules(session->quirks, &session->who, &session->rules);
}

void redfish_session_forget(struct redfish_session *session)
{
	char **const paths[] = {
		&session->systems,  &session->managers, &session->chassis,
		&session->accounts, &session->update,   &session->system,
		&session->manager,  &session->media,    &session->poll_etag,
	};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		redfish_learn(session, paths[i], NULL);
	session->resets = 0;
	session->identified = false;
	session->closes = false;
}

void redfish_session_drop_token(struct redfish_session *session)
{
	redfish_learn(session, &session->token, NULL);
	redfish_learn(session, &session->uri, NULL);
}

void redfish_session_kept(struct redfish_session *session, bool in_vain)
{
	session->n_closed = in_vain ? session->n_closed + 1 : 0;
	if (session->n_closed < MAX_CLOSED || session->closes)
		return;
	session->closes = true;
	session->learnt = true;
}

/* ---- its text ---- */

char *redfish_session_save(const struct redfish_session *session,
			   const struct bmc_target *target)
{
	AUTO_JSON json_t *object = json_object();
	json_t *who = json_object();
	char *text;

	json_object_set_new(object, "host", json_string(target->host));
	json_object_set_new(object, "port", json_integer(target->port));
	json_object_set_new(object, "user", json_string(target->user));
	json_object_set_new(object, "asked", json_string(target->system));
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		json_object_set_new(who, words[i].name,
				    json_string((const char *)&session->who +
						words[i].offset));
	json_object_set_new(object, "who", who);
	json_object_set_new(object, "token",
			    json_string(redfish_str(session->token)));
	json_object_set_new(object, "uri",
			    json_string(redfish_str(session->uri)));
	for (size_t i = 0; i < ARRAY_LEN(strings); i++)
		if (*string_at(session, i))
			json_object_set_new(
				object, strings[i].name,
				json_string(*string_at(session, i)));
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (*flag_at(session, i))
			json_object_set_new(object, flags[i].name, json_true());
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (*number_at(session, i))
			json_object_set_new(
				object, numbers[i].name,
				json_integer(*number_at(session, i)));
	text = json_text(object);
	assert(strlen(text) < REDFISH_MEMORY_MAX);
	return text;
}

static const char *text_at(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

/* Only what it could have become by itself. */
static bool load_strings(struct redfish_session *session, const json_t *object)
{
	char path[BMC_PATH_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(strings); i++) {
		const char *text = text_at(object, strings[i].name);

		if (strlen(text) >= strings[i].max)
			return false;
		if (strings[i].path && *text &&
		    (!redfish_local_path(path, text) || !str_eq(path, text)))
			return false;
		set(string_at(session, i), text);
	}
	return true;
}

static bool load_numbers(struct redfish_session *session, const json_t *object)
{
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		*flag_at(session, i) =
			json_is_true(json_object_get(object, flags[i].name));
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		json_int_t value = json_integer_value(
			json_object_get(object, numbers[i].name));

		if (value < 0 || value > numbers[i].max)
			return false;
		*number_at(session, i) = (unsigned)value;
	}
	return true;
}

/* It goes into a header. */
static bool load_token(struct redfish_session *session, const json_t *object)
{
	const char *token = text_at(object, "token");
	const char *uri = text_at(object, "uri");
	char path[BMC_PATH_SIZE];

	for (const char *c = token; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	if (strlen(token) >= REDFISH_TOKEN_MAX ||
	    (*uri && !redfish_local_path(path, uri)))
		return false;
	set(&session->token, token);
	set(&session->uri, uri);
	return true;
}

static void load_who(struct redfish_session *session, const json_t *who)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (*text_at(who, words[i].name))
			str_copy((char *)&session->who + words[i].offset,
				 BMC_WORD_SIZE, text_at(who, words[i].name));
}

static bool is_of(const json_t *object, const struct bmc_target *target)
{
	return str_eq(text_at(object, "host"), target->host) &&
	       str_eq(text_at(object, "asked"), target->system) &&
	       json_integer_value(json_object_get(object, "port")) ==
		       target->port;
}

int redfish_session_load(struct redfish_session *session,
			 const struct bmc_target *target, const char *text,
			 struct err *err)
{
	const struct quirk_table *quirks = session->quirks;
	size_t len = strlen(text);
	AUTO_JSON json_t *object = NULL;

	if (len >= REDFISH_MEMORY_MAX)
		return err_set(err, ERR_TOO_BIG, "what was saved of the BMC");
	object = json_parse(text, len, err);
	if (!object)
		return err_wrap(err, "what was saved of the BMC");
	if (!is_of(object, target))
		return 0;
	if (!load_strings(session, object) || !load_numbers(session, object) ||
	    (str_eq(text_at(object, "user"), target->user) &&
	     !load_token(session, object))) {
		redfish_session_release(session);
		redfish_session_init(session, target, quirks);
		return err_set(err, ERR_INVALID,
			       "what was saved of the BMC is damaged");
	}
	load_who(session, json_object_get(object, "who"));
	redfish_session_identify(session);
	session->learnt = false;
	return 0;
}
