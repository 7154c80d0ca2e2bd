/* SPDX-License-Identifier: Apache-2.0 */
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/call.h"
#include "base/str.h"
#include "store/machine.h"
#include "store/object.h"
#include "store/run.h"
#include "store/token.h"

#define LOG_MODULE "api"
#include "base/log.h"

/*
 * DOC: who it is.
 *
 * By unix socket the user at its other end, who is the administrator, for
 * the socket lets in nobody else. By HTTPS whom the bearer token stands for,
 * and without one the client certificate. A token that was sent decides: who
 * names themselves is not taken for somebody else.
 *
 * What is not good is answered 401, and is a failure of that address: after
 * a number of them the address is not heard for a while.
 */
#define BEARER "Bearer "

/* Groups of certificates that say where it is good. */
#define NAMESPACE_GROUP "namespace:"

static void by_socket(struct call *call)
{
	struct passwd entry;
	struct passwd *found = NULL;
	char text[1024];
	unsigned uid;
	int pid;

	call->who.role = ACCESS_ADMIN;
	if (!http_peer_process(call->req, &uid, &pid)) {
		str_copy(call->who.user, sizeof(call->who.user), "local");
		return;
	}
	if (getpwuid_r(uid, &entry, text, sizeof(text), &found) || !found)
		snprintf(call->who.user, sizeof(call->who.user), "local:%u",
			 uid);
	else
		snprintf(call->who.user, sizeof(call->who.user), "local:%.64s",
			 found->pw_name);
	snprintf(call->source, sizeof(call->source), "unix:%d", pid);
}

static bool has_expired(const struct call *call, wall_ms expires_at)
{
	return expires_at && expires_at <= store_now(call->api->store);
}

/* A role that this program does not know, of a newer one: none. */
static void take_token(struct call *call, const struct token *token)
{
	struct access_who *who = &call->who;

	str_copy(who->user, sizeof(who->user), token->user);
	if (!access_role_parse(token->role, &who->role))
		who->role = ACCESS_NOTHING;
	str_copy(who->namespaces, sizeof(who->namespaces), token->namespaces);
}

/* A worker may see what has become of its Run. */
static void take_machine(struct call *call, const struct machine *machine)
{
	struct access_who *who = &call->who;
	struct store *store = call->api->store;
	AUTO_JSON json_t *workflow = NULL;
	struct run run;
	struct err ignored;
	int64_t id = run_of_machine(store, machine->id);
	const char *name;

	who->role = ACCESS_MACHINE;
	snprintf(who->user, sizeof(who->user), "machine:%s/%s",
		 machine->namespace, machine->name);
	if (!id || run_get(store, id, &run, &ignored))
		return;
	workflow = object_by_id(store, run.workflow, &ignored);
	name = json_str_at(workflow, "metadata.name");
	if (!name)
		return;
	str_copy(who->run, sizeof(who->run), name);
	str_copy(who->run_namespace, sizeof(who->run_namespace),
		 json_str_at(workflow, "metadata.namespace"));
}

/* When it was used is not worth failing for. */
static void note_use(struct call *call, const struct token *token)
{
	struct err err;

	if (token_used(call->api->store, token, &err))
		log_warn("token %s: %s", token->name, err.message);
}

static int by_token(struct call *call, const char *secret, struct err *err)
{
	struct store *store = call->api->store;
	struct machine machine;
	struct token token;
	struct err ignored;
	int64_t id;

	if (token_find(store, secret, &token)) {
		if (has_expired(call, token.expires_at))
			return err_set(err, ERR_AUTH,
				       "Unauthorized: the token has expired");
		take_token(call, &token);
		note_use(call, &token);
		return 0;
	}
	id = machine_by_worker(store, secret);
	if (!id || machine_get(store, id, &machine, &ignored))
		return err_set(err, ERR_AUTH,
			       "Unauthorized: the token is not known");
	take_machine(call, &machine);
	return 0;
}

/* Roles and namespaces; other groups are none of ours. */
static int take_groups(struct access_who *who, const struct cert *cert,
		       struct err *err)
{
	CLEANUP(buf_release)
	struct buf namespaces = BUF_INIT(sizeof(who->namespaces) - 1);

	for (size_t i = 0; i < cert->n_groups; i++) {
		const char *group = cert->groups[i];
		enum access_role role;

		if (access_role_parse(group, &role) && role > who->role)
			who->role = role;
		if (!str_starts(group, NAMESPACE_GROUP))
			continue;
		group += strlen(NAMESPACE_GROUP);
		/* Of no name: not all of them. */
		buf_printf(&namespaces, "%s%s", namespaces.len ? "," : "",
			   *group ? group : "-");
	}
	/* Else it would not be limited to what it is meant to be. */
	if (namespaces.overflow || !access_namespaces_good(namespaces.base))
		return err_set(err, ERR_AUTH,
			       "Unauthorized: the certificate's namespaces are "
			       "none");
	str_copy(who->namespaces, sizeof(who->namespaces), namespaces.base);
	return 0;
}

static int by_certificate(struct call *call, const struct cert *cert,
			  struct err *err)
{
	struct store *store = call->api->store;
	struct token token;
	bool listed = token_by_serial(store, cert->serial, &token);
	/* One of ours begins to be good some minutes before it is made. */
	wall_ms issued = listed ? token.created_at : cert->from;

	if (has_expired(call, cert->until))
		return err_set(err, ERR_AUTH,
			       "Unauthorized: the certificate has expired");
	if (token_is_revoked(store, cert->serial, cert->name, issued))
		return err_set(err, ERR_AUTH,
			       "Unauthorized: the certificate was revoked");
	str_copy(call->who.user, sizeof(call->who.user), cert->name);
	if (take_groups(&call->who, cert, err))
		return -1;
	if (listed)
		note_use(call, &token);
	return 0;
}

static int by_https(struct call *call, struct err *err)
{
	const char *header = http_header(call->req, "Authorization");
	struct cert cert;

	if (header && !strncasecmp(header, BEARER, strlen(BEARER)))
		return by_token(call, header + strlen(BEARER), err);
	if (header)
		return err_set(err, ERR_AUTH,
			       "Unauthorized: bearer tokens and client "
			       "certificates are taken here, nothing else");
	switch (http_peer_cert(call->req, &cert)) {
	case HTTP_CERT_TRUSTED:
		return by_certificate(call, &cert, err);
	case HTTP_CERT_FOREIGN:
		return err_set(err, ERR_AUTH,
			       "Unauthorized: the client certificate is none "
			       "of this installation, or out of its time");
	case HTTP_CERT_NONE:
		break;
	}
	return err_set(err, ERR_AUTH,
		       "Unauthorized: a bearer token or a client certificate "
		       "is needed");
}

static void note_failure(struct call *call)
{
	const char *peer = http_peer(call->req);

	call->api->n_refused++;
	if (throttle_failed(call->api->throttle, peer, clock_mono()))
		log_warn("peer=%s: too many failed logins: not heard for some "
			 "seconds",
			 peer);
	http_set_header(call->req, "WWW-Authenticate",
			"Bearer realm=\"tomte\"");
}

int call_identify(struct call *call, struct err *err)
{
	const char *peer = http_peer(call->req);
	int64_t wait_ms;

	str_copy(call->who.user, sizeof(call->who.user), "anonymous");
	if (http_is_local(call->req)) {
		by_socket(call);
		return 0;
	}
	if (!http_is_tls(call->req))
		return err_set(err, ERR_DENIED,
			       "the API is not served over plain HTTP: use "
			       "HTTPS");
	wait_ms = throttle_wait(call->api->throttle, peer, clock_mono());
	if (wait_ms) {
		call->retry_s = (unsigned)(wait_ms / 1000 + 1);
		return err_set(err, ERR_BUSY,
			       "too many failed logins from %s: come again in "
			       "%u seconds",
			       peer, call->retry_s);
	}
	if (!by_https(call, err))
		return 0;
	/* Nothing of it that was believed half way. */
	call->who = (struct access_who){ .user = "anonymous" };
	note_failure(call);
	return -1;
}
