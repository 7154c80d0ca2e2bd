/* SPDX-License-Identifier: Apache-2.0 */
#include "store/token.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/status_wire.h"
#include "api/token_ask_wire.h"
#include "base/str.h"

/*
 * DOC: Tokens as objects.
 *
 * A Token is made from its row when it is asked for. What is secret in it,
 * the bearer token itself, is in the answer to its creation and nowhere else;
 * the key of a certificate never comes here at all.
 */

/* Scanners for leaked secrets know a token by this. */
#define PREFIX "tomte_"

bool token_is_kind(const struct kind *kind)
{
	return str_eq(kind->group, TOMTE_GROUP) && str_eq(kind->kind, "Token");
}

static void put_time(json_t *object, const char *path, wall_ms at)
{
	char text[CLOCK_TEXT];

	if (!at)
		return;
	clock_text(at, text);
	json_put(object, path, json_string(text));
}

static json_t *encode(const struct token *token)
{
	json_t *object = json_object();
	char version[24];

	snprintf(version, sizeof(version), "%" PRId64, token->id);
	json_put(object, "apiVersion", json_string(TOMTE_GROUP "/v1alpha1"));
	json_put(object, "kind", json_string("Token"));
	json_put(object, "metadata.name", json_string(token->name));
	json_put(object, "metadata.uid", json_string(token->uid));
	json_put(object, "metadata.resourceVersion", json_string(version));
	put_time(object, "metadata.creationTimestamp", token->created_at);
	json_put(object, "spec.type",
		 json_string(token_type_name(token->type)));
	json_put(object, "spec.user", json_string(token->user));
	json_put(object, "spec.role", json_string(token->role));
	if (*token->namespaces)
		json_put(object, "spec.namespaces",
			 json_of_names(token->namespaces));
	json_put(object, "status", json_object());
	if (*token->created_by)
		json_put(object, "status.createdBy",
			 json_string(token->created_by));
	if (*token->serial)
		json_put(object, "status.serial", json_string(token->serial));
	put_time(object, "status.expirationTimestamp", token->expires_at);
	put_time(object, "status.lastUsed", token->used_at);
	return object;
}

json_t *token_objects(struct api *api, const char *name, struct err *err)
{
	AUTO_FREE struct token *tokens = NULL;
	json_t *list;
	size_t n;

	if (token_list(api->store, &tokens, &n, err))
		return NULL;
	list = json_array();
	for (size_t i = 0; i < n; i++)
		if (!name || str_eq(name, tokens[i].name))
			json_array_append_new(list, encode(&tokens[i]));
	return list;
}

static char *sign(struct call *call, const struct token_ask *ask,
		  struct token *token, struct err *err)
{
	const struct api *api = call->api;
	const struct api_subject subject = {
		.user = ask->user,
		.role = access_role_name(ask->role),
		.namespaces = ask->namespaces,
		.seconds = ask->seconds,
	};

	if (api->ops->sign)
		return api->ops->sign(api->arg, ask->request, &subject,
				      token->serial, err);
	err_set(err, ERR_UNSUPPORTED, "certificates are not signed here");
	return NULL;
}

/* The row, and what is told but this once: the secret, or the certificate. */
static int make(struct call *call, const struct token_ask *ask, char **told,
		struct err *err)
{
	struct store *store = call->api->store;
	struct token token = { .type = ask->certificate ? TOKEN_CERTIFICATE
							: TOKEN_BEARER };
	char secret[SECRET_TOKEN_TEXT];

	str_copy(token.name, sizeof(token.name), call->name);
	str_copy(token.user, sizeof(token.user), ask->user);
	str_copy(token.role, sizeof(token.role), access_role_name(ask->role));
	str_copy(token.namespaces, sizeof(token.namespaces), ask->namespaces);
	snprintf(token.created_by, sizeof(token.created_by), "%.79s",
		 call->who.user);
	if (ask->seconds)
		token.expires_at = store_now(store) + ask->seconds * 1000;
	if (ask->certificate) {
		*told = sign(call, ask, &token, err);
		return *told ? token_create(store, &token, NULL, err) : -1;
	}
	secret_token(secret);
	*told = xasprintf(PREFIX "%s", secret);
	secret_wipe(secret, sizeof(secret));
	return token_create(store, &token, *told, err);
}

static void put_door(const struct api *api, json_t *object)
{
	const char *url = NULL;
	const char *ca_pem = NULL;

	if (!api->ops->door)
		return;
	api->ops->door(api->arg, &url, &ca_pem);
	if (url)
		json_put(object, "status.server", json_string(url));
	if (ca_pem)
		json_put(object, "status.certificateAuthority",
			 json_string(ca_pem));
}

static int check_name(const char *name, struct err *err)
{
	if (str_is_dns_name(name, 253))
		return 0;
	return err_set(err, ERR_INVALID,
		       "metadata.name: \"%.80s\": up to 253 of a-z, 0-9, '-', "
		       "'.'",
		       name);
}

static int reply_made(struct call *call, const struct token_ask *ask,
		      const char *told, struct err *err)
{
	AUTO_JSON json_t *object = NULL;
	struct token token;

	if (token_get(call->api->store, call->name, &token, err))
		return -1;
	object = encode(&token);
	call_note(call, object);
	/* Of what was only tried there is nothing to be used. */
	if (!call->dry) {
		json_put(object,
			 ask->certificate ? "status.certificate"
					  : "status.token",
			 json_string(told));
		put_door(call->api, object);
	}
	call_reply(call, 201, object);
	return 0;
}

static void wiped(char **text)
{
	if (*text)
		secret_wipe(*text, strlen(*text));
	free(*text);
}

static int create(struct call *call, struct err *err)
{
	AUTO_JSON json_t *object = call_body_of_kind(call, err);
	CLEANUP(wiped) char *told = NULL;
	struct token_ask ask;

	if (!object || call_take_name(call, object, err) ||
	    check_name(call->name, err) ||
	    token_ask_decode(object, call->name, &ask, err))
		return -1;
	str_copy(call->route.name, sizeof(call->route.name), call->name);
	if (make(call, &ask, &told, err))
		return -1;
	return reply_made(call, &ask, told, err);
}

static int reply_gone(struct call *call, const char *name, const char *uid)
{
	AUTO_JSON json_t *status = status_deleted(call->route.kind, name, uid);

	call_reply(call, 200, status);
	return 0;
}

static int revoke(struct call *call, struct err *err)
{
	struct store *store = call->api->store;
	AUTO_JSON json_t *object = NULL;
	struct token token;

	if (token_get(store, call->route.name, &token, err) ||
	    token_revoke(store, token.name, err))
		return -1;
	object = encode(&token);
	call_note(call, object);
	return reply_gone(call, token.name, token.uid);
}

/*
 * All of a user, or the certificate of a number, also when it is not in the
 * list: whoever has the CA's key can sign one elsewhere.
 */
static int revoke_some(struct call *call, struct err *err)
{
	const char *selector = http_query(call->req, "fieldSelector");
	struct store *store = call->api->store;
	char *const name = call->name; /* for the audit */

	if (selector && str_starts(selector, "spec.user=") &&
	    str_copy(name, sizeof(call->name), strchr(selector, '=') + 1) &&
	    *name && !strpbrk(name, ",=! "))
		return token_revoke_user(store, name, err)
			       ? -1
			       : reply_gone(call, NULL, NULL);
	if (selector && str_starts(selector, "status.serial=") &&
	    str_copy(name, TOKEN_SERIAL, strchr(selector, '=') + 1) && *name &&
	    strspn(name, "0123456789abcdef") == strlen(name))
		return token_revoke_serial(store, name, err)
			       ? -1
			       : reply_gone(call, NULL, NULL);
	return err_set(err, ERR_PROTOCOL,
		       "fieldSelector: spec.user=NAME or status.serial=HEX is "
		       "expected: what is revoked is not to be guessed");
}

static int write(struct call *call, struct err *err)
{
	if (call->route.verb == ROUTE_CREATE)
		return create(call, err);
	if (call->route.verb == ROUTE_DELETE)
		return revoke(call, err);
	return revoke_some(call, err);
}

int call_token(struct call *call, struct err *err)
{
	if (call_find_dry(call, err))
		return -1;
	store_mark(call->api->store);
	return call_settle(call, write(call, err));
}
