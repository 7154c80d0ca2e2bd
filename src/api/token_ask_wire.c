/* SPDX-License-Identifier: Apache-2.0 */
#include "api/token_ask_wire.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"

#define MOST_SECONDS (10 * (int64_t)TOKEN_ASK_YEAR)

static const char *const known[] = {
	"role", "namespaces", "user", "type", "request", "expirationSeconds",
};

/* What the audit calls somebody who is no user. */
static const char *const reserved[] = { "anonymous", "tomte", "local" };

static bool among(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(word, list[i]))
			return true;
	return false;
}

static int check_keys(const json_t *spec, struct err *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(spec))
		return err_set(err, ERR_INVALID,
			       "spec: an object with a role is expected");
	json_object_foreach ((json_t *)(uintptr_t)spec, key, value)
		if (!among(key, known, ARRAY_LEN(known)))
			return err_set(err, ERR_INVALID,
				       "spec: there is no \"%.60s\"", key);
	return 0;
}

/* 1: there, 0: absent. */
static int take_text(const json_t *spec, const char *key, const char **out,
		     struct err *err)
{
	const json_t *value = json_object_get(spec, key);

	*out = NULL;
	if (!value || json_is_null(value))
		return 0;
	*out = json_string_value(value);
	if (*out && strlen(*out) == json_string_length(value))
		return 1;
	return err_set(err, ERR_INVALID, "spec.%s: a string is expected", key);
}

/* In messages and in the audit it stands between quotes and spaces; and
 * nobody is to be taken for a machine or for who comes by the socket. */
static int take_user(const json_t *spec, const char *name,
		     struct token_ask *ask, struct err *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-_@";
	const char *user;
	int there = take_text(spec, "user", &user, err);

	if (there < 0)
		return -1;
	if (!there)
		user = name;
	if (!*user || strlen(user) >= sizeof(ask->user) ||
	    strspn(user, letters) != strlen(user))
		return err_set(err, ERR_INVALID,
			       "spec.user: 1 to %zu letters, digits, '.', '-', "
			       "'_', '@'",
			       sizeof(ask->user) - 1);
	if (among(user, reserved, ARRAY_LEN(reserved)))
		return err_set(err, ERR_INVALID,
			       "spec.user: \"%s\" stands for something else",
			       user);
	str_copy(ask->user, sizeof(ask->user), user);
	return 0;
}

static int take_role(const json_t *spec, struct token_ask *ask, struct err *err)
{
	const char *role;
	int there = take_text(spec, "role", &role, err);

	if (there < 0)
		return -1;
	if (!there || !access_role_parse(role, &ask->role))
		return err_set(err, ERR_INVALID,
			       "spec.role: admin, operator or viewer is "
			       "expected");
	return 0;
}

static int take_namespaces(const json_t *spec, struct token_ask *ask,
			   struct err *err)
{
	CLEANUP(buf_release)
	struct buf all = BUF_INIT(sizeof(ask->namespaces) - 1);
	const json_t *list = json_object_get(spec, "namespaces");
	size_t i;
	json_t *name;

	if (!list || json_is_null(list))
		return 0;
	/* Whether none of them means none or all is not to be guessed. */
	if (!json_array_size(list))
		return err_set(err, ERR_INVALID,
			       "spec.namespaces: a list of names is expected; "
			       "without it all are meant");
	json_array_foreach ((json_t *)(uintptr_t)list, i, name) {
		const char *text = json_string_value(name);

		/* Nothing would be all of them, and "a,b" two. */
		if (!text || !*text || strchr(text, ','))
			text = "-";
		buf_printf(&all, "%s%s", i ? "," : "", text);
	}
	if (all.overflow)
		return err_set(err, ERR_INVALID,
			       "spec.namespaces: over %zu characters",
			       all.limit);
	if (!access_namespaces_good(all.base))
		return err_set(err, ERR_INVALID,
			       "spec.namespaces: names of namespaces, each "
			       "once, are expected");
	str_copy(ask->namespaces, sizeof(ask->namespaces), all.base);
	return 0;
}

static int take_type(const json_t *spec, struct token_ask *ask, struct err *err)
{
	const char *type;
	int there = take_text(spec, "type", &type, err);

	if (there < 0)
		return -1;
	ask->certificate = there && str_eq(type, "Certificate");
	if (there && !ask->certificate && !str_eq(type, "Bearer"))
		return err_set(err, ERR_INVALID,
			       "spec.type: Bearer or Certificate is expected");
	there = take_text(spec, "request", &ask->request, err);
	if (there < 0)
		return -1;
	if (ask->certificate && !there)
		return err_set(err, ERR_INVALID,
			       "spec.request: a certificate needs a signing "
			       "request in PEM");
	if (!ask->certificate && there)
		return err_set(err, ERR_INVALID,
			       "spec.request: only for a Certificate");
	return 0;
}

static int take_seconds(const json_t *spec, struct token_ask *ask,
			struct err *err)
{
	const json_t *value = json_object_get(spec, "expirationSeconds");

	ask->seconds = TOKEN_ASK_YEAR;
	if (!value || json_is_null(value))
		return 0;
	ask->seconds = json_integer_value(value);
	if (!json_is_integer(value) || ask->seconds < 0 ||
	    ask->seconds > MOST_SECONDS)
		return err_set(err, ERR_INVALID,
			       "spec.expirationSeconds: 0 (never) to %lld is "
			       "expected",
			       (long long)MOST_SECONDS);
	if (ask->certificate && !ask->seconds)
		return err_set(err, ERR_INVALID,
			       "spec.expirationSeconds: a certificate ends "
			       "some time");
	return 0;
}

int token_ask_decode(const json_t *object, const char *name,
		     struct token_ask *ask, struct err *err)
{
	const json_t *spec = json_object_get(object, "spec");

	*ask = (struct token_ask){ 0 };
	if (check_keys(spec, err) || take_role(spec, ask, err) ||
	    take_user(spec, name, ask, err) ||
	    take_namespaces(spec, ask, err) || take_type(spec, ask, err))
		return -1;
	return take_seconds(spec, ask, err);
}
