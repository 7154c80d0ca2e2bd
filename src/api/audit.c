/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/review_plan.h"
#include "api/status_wire.h"
#include "base/str.h"
#include "store/audit_wire.h"

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
	if (call->part)
		return false;
	return call->known && call->routed && route->what == ROUTE_OBJECTS &&
	       !route_reads(route) && !review_is_kind(route->kind);
}

static void take_object(const struct call *call, struct audit_record *record)
{
	const struct route *route = &call->route;
	const char *sub = route_subresource(route);

	str_copy(record->verb, sizeof(record->verb),
		 route_verb_name(route->verb));
	str_copy(record->group, sizeof(record->group), route->kind->group);
	snprintf(record->resource, sizeof(record->resource), "%s%s%s",
		 route->kind->plural, *sub ? "/" : "", sub);
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

/*
 * DOC: the audit as objects.
 *
 * AuditRecords are read in the order in which they were written, in pages,
 * and with a list comes what is needed to check it without trusting us: what
 * stands for rows that were pruned, and the head.
 */
#define PAGE     500
#define MAX_PAGE 5000

bool audit_is_kind(const struct kind *kind)
{
	return str_eq(kind->group, TOMTE_GROUP) &&
	       str_eq(kind->kind, "AuditRecord");
}

static int query_number(const struct call *call, const char *name, int64_t *out,
			struct err *err)
{
	const char *text = http_query(call->req, name);
	uint64_t number;

	if (!text || !*text)
		return 0;
	if (!str_parse_u64(text, INT64_MAX, &number))
		return err_set(err, ERR_PROTOCOL, "%s: a number is expected",
			       name);
	*out = (int64_t)number;
	return 0;
}

/* Which of them are meant. `user` holds the name that query->user is. */
static int parse_query(const struct call *call, struct audit_query *query,
		       struct err *err)
{
	static const char by_user[] = "spec.user=";
	const char *selector = http_query(call->req, "fieldSelector");
	int64_t limit = PAGE;

	*query = (struct audit_query){ 0 };
	if (query_number(call, "limit", &limit, err) ||
	    query_number(call, "continue", &query->after, err) ||
	    query_number(call, "sinceMs", &query->since, err))
		return -1;
	query->limit = !limit || limit > MAX_PAGE ? MAX_PAGE : (int)limit;
	if (!selector || !*selector)
		return 0;
	if (!str_starts(selector, by_user) || strpbrk(selector, ",!"))
		return err_set(err, ERR_PROTOCOL,
			       "fieldSelector: only spec.user=NAME is known "
			       "for the audit");
	query->user = selector + strlen(by_user);
	return 0;
}

static json_t *encode_all(const struct audit_record *records, size_t n)
{
	json_t *items = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(items, audit_record_encode(&records[i]));
	return items;
}

static json_t *encode_chain(struct store *store, struct err *err)
{
	AUTO_FREE struct audit_stub *stubs = NULL;
	json_t *chain;
	json_t *list;
	struct audit_mark mark;
	size_t n;

	if (audit_stubs(store, &stubs, &n, err))
		return NULL;
	chain = json_object();
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, audit_stub_encode(&stubs[i]));
	json_object_set_new(chain, "stubs", list);
	audit_head(store, &mark);
	json_object_set_new(chain, "head", audit_mark_encode(&mark));
	if (audit_head_noted(store, &mark))
		json_object_set_new(chain, "noted", audit_mark_encode(&mark));
	return chain;
}

/* Whole, with the chain; or as rows for people. */
static void reply_page(struct call *call, json_t *items, json_t *chain,
		       const char *token)
{
	AUTO_JSON json_t *list = json_object();

	json_put(list, "apiVersion", json_string(TOMTE_GROUP "/v1alpha1"));
	json_put(list, "kind", json_string("AuditRecordList"));
	json_put(list, "metadata.resourceVersion", json_string("1"));
	if (token)
		json_put(list, "metadata.continue", json_string(token));
	json_object_set(list, "chain", chain);
	json_object_set(list, "items", items);
	call_reply(call, 200, list);
}

static void reply_form(struct call *call, const json_t *items,
		       const char *token)
{
	const struct answer_form form = call_form(call);
	const struct answer_metadata metadata = { .version = "1",
						  .token = token,
						  .remaining = -1 };
	CLEANUP(answer_list_release) struct answer_list list;
	size_t i;
	json_t *item;

	answer_list_begin(&list, &form, call->route.kind,
			  store_now(call->api->store));
	json_array_foreach ((json_t *)(uintptr_t)items, i, item)
		answer_list_add(&list, item);
	answer_list_end(&list, &metadata);
	call_reply_text(call, 200, "application/json", &list.text);
}

static int read_some(struct call *call, struct err *err)
{
	struct store *store = call->api->store;
	AUTO_FREE struct audit_record *records = NULL;
	AUTO_JSON json_t *chain = encode_chain(store, err);
	AUTO_JSON json_t *items = NULL;
	struct audit_query query;
	char next[24];
	const char *token = NULL;
	size_t n;

	if (!chain || parse_query(call, &query, err) ||
	    audit_list(store, &query, &records, &n, err))
		return -1;
	if (n == (size_t)query.limit) {
		snprintf(next, sizeof(next), "%" PRId64, records[n - 1].id);
		token = next;
	}
	items = encode_all(records, n);
	if (call_form(call).form == ACCEPT_OBJECT)
		reply_page(call, items, chain, token);
	else
		reply_form(call, items, token);
	return 0;
}

static int read_row(struct call *call, struct err *err)
{
	struct audit_query query = { .limit = 1 };
	AUTO_FREE struct audit_record *records = NULL;
	AUTO_JSON json_t *object = NULL;
	uint64_t id;
	size_t n;

	if (!str_parse_u64(call->route.name, INT64_MAX, &id) || !id)
		return err_set(err, ERR_NOT_FOUND, "the audit has numbers");
	query.after = (int64_t)id - 1;
	if (audit_list(call->api->store, &query, &records, &n, err))
		return -1;
	if (!n || records[0].id != (int64_t)id)
		return err_set(err, ERR_NOT_FOUND, "no such row");
	object = audit_record_encode(&records[0]);
	call_reply_object(call, 200, object);
	return 0;
}

/* Up to which row; said in one of two ways. */
static int64_t parse_prune(const struct call *call, struct err *err)
{
	int64_t up_to = 0;
	int64_t before = 0;

	if (query_number(call, "upTo", &up_to, err) ||
	    query_number(call, "beforeMs", &before, err))
		return -1;
	if (!up_to == !before)
		return err_set(err, ERR_PROTOCOL,
			       "upTo (a row) or beforeMs (a time) is expected: "
			       "the audit is pruned from its beginning, by "
			       "`tomte audit prune`");
	if (before)
		up_to = audit_before(call->api->store, before);
	if (!up_to)
		return err_set(err, ERR_NOT_FOUND, "no row is older than that");
	return up_to;
}

static int prune(struct call *call, struct err *err)
{
	AUTO_JSON json_t *answer = NULL;
	struct audit_stub stub;
	int64_t up_to = parse_prune(call, err);

	if (up_to < 0 ||
	    audit_prune(call->api->store, up_to, call->who.user, &stub, err))
		return -1;
	snprintf(call->name, sizeof(call->name), "%" PRId64, up_to);
	str_copy(call->digest, sizeof(call->digest), stub.seal);
	answer = status_deleted(call->route.kind, call->name, NULL);
	json_put(answer, "stub", audit_stub_encode(&stub));
	call_reply(call, 200, answer);
	return 0;
}

int call_audit_records(struct call *call, struct err *err)
{
	if (call->route.verb == ROUTE_GET)
		return read_row(call, err);
	if (call->route.verb == ROUTE_LIST)
		return read_some(call, err);
	if (call_find_dry(call, err))
		return -1;
	store_mark(call->api->store);
	return call_settle(call, prune(call, err));
}
