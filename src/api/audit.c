/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/review_plan.h"
#include "base/str.h"

#define LOG_MODULE "api"
#include "base/log.h"

/*
 * DOC: what is audited.
 *
 * Each request that would write, however it ended, and each that was refused:
 * who is not known (401), who may not (403). Not the questions of who may do
 * what, which change nothing, and not what was never looked at because its
 * address failed too often: that would be a way to fill the disk.
 */

/* Of the object as it is stored, where a Secret has no values: the digest of
 * a short password would be as good as the password. */
void call_note(struct call *call, const json_t *object)
{
	char *text;

	if (route_reads(&call->route))
		return;
	text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		return;
	secret_digest(text, strlen(text), call->digest);
	free(text);
}

static enum audit_decision decision_of(const struct call *call)
{
	if (call->status == 401)
		return AUDIT_DENY;
	return call->status == 403 ? AUDIT_FORBID : AUDIT_ALLOW;
}

static bool is_audited(const struct call *call)
{
	const struct route *route = &call->route;

	if (decision_of(call) != AUDIT_ALLOW)
		return true;
	return call->known && call->routed && route->what == ROUTE_OBJECTS &&
	       !route_reads(route) && !review_is_kind(route->kind);
}

static void take_object(const struct call *call, struct audit_record *record)
{
	const struct route *route = &call->route;

	str_copy(record->verb, sizeof(record->verb),
		 route_verb_name(route->verb));
	str_copy(record->group, sizeof(record->group), route->kind->group);
	snprintf(record->resource, sizeof(record->resource), "%s%s",
		 route->kind->plural, route->status ? "/status" : "");
	str_copy(record->namespace, sizeof(record->namespace),
		 route->namespace);
	str_copy(record->name, sizeof(record->name),
		 *route->name ? route->name : call->name);
	str_copy(record->digest, sizeof(record->digest), call->digest);
}

static void take_path(const struct call *call, struct audit_record *record)
{
	str_copy(record->verb, sizeof(record->verb), call->method);
	for (char *at = record->verb; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	str_copy(record->name, sizeof(record->name), call->path);
}

void call_audit(struct call *call)
{
	struct audit_record record = { .decision = decision_of(call),
				       .status = call->status,
				       .dry = call->dry };
	struct err err;

	if (!is_audited(call))
		return;
	str_copy(record.user, sizeof(record.user), call->who.user);
	if (call->known)
		str_copy(record.role, sizeof(record.role),
			 access_role_name(call->who.role));
	str_copy(record.source, sizeof(record.source), call->source);
	if (call->routed && call->route.kind)
		take_object(call, &record);
	else
		take_path(call, &record);
	if (audit_add(call->api->store, &record, &err))
		log_error("request=%llu: %s", (unsigned long long)call->id,
			  err.message);
}
