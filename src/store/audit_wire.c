/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit_wire.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "store/kind.h"

static void put_text(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, json_string(text));
}

static void put_number(json_t *object, const char *key, int64_t number)
{
	json_object_set_new(object, key, json_integer(number));
}

static void put_time(json_t *object, const char *key, wall_ms at)
{
	char text[CLOCK_TEXT];

	clock_text(at, text);
	put_text(object, key, text);
}

static json_t *spec_of(const struct audit_record *record)
{
	json_t *spec = json_object();

	put_time(spec, "time", record->at);
	put_number(spec, "atMs", record->at);
	put_text(spec, "user", record->user);
	put_text(spec, "role", record->role);
	put_text(spec, "source", record->source);
	put_text(spec, "verb", record->verb);
	put_text(spec, "group", record->group);
	put_text(spec, "resource", record->resource);
	put_text(spec, "namespace", record->namespace);
	put_text(spec, "name", record->name);
	put_text(spec, "decision", audit_decision_name(record->decision));
	put_number(spec, "status", record->status);
	json_object_set_new(spec, "dryRun", json_boolean(record->dry));
	put_text(spec, "digest", record->digest);
	put_text(spec, "hash", record->hash);
	return spec;
}

json_t *audit_record_encode(const struct audit_record *record)
{
	json_t *object = json_object();
	char name[24];

	snprintf(name, sizeof(name), "%" PRId64, record->id);
	put_text(object, "apiVersion", TOMTE_GROUP "/v1alpha1");
	put_text(object, "kind", "AuditRecord");
	json_put(object, "metadata.name", json_string(name));
	json_put(object, "metadata.uid", json_string(record->hash));
	json_put(object, "metadata.resourceVersion", json_string(name));
	put_time(json_object_get(object, "metadata"), "creationTimestamp",
		 record->at);
	json_object_set_new(object, "spec", spec_of(record));
	return object;
}

struct text_field {
	const char *path;
	char *out;
	size_t size;
};

static int take_texts(const json_t *object, const struct text_field *fields,
		      size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		const char *text = json_str_at(object, fields[i].path);

		if (!text || !str_copy(fields[i].out, fields[i].size, text))
			return err_set(err, ERR_PROTOCOL,
				       "%s: a string of up to %zu bytes is "
				       "expected",
				       fields[i].path, fields[i].size - 1);
	}
	return 0;
}

static int take_number(const json_t *object, const char *path, int64_t *out,
		       struct err *err)
{
	const json_t *value = json_at(object, path);

	if (!json_is_integer(value))
		return err_set(err, ERR_PROTOCOL, "%s: a number is expected",
			       path);
	*out = json_integer_value(value);
	return 0;
}

int audit_record_decode(const json_t *object, struct audit_record *record,
			struct err *err)
{
	char name[24];
	char decision[16];
	uint64_t id;
	int64_t status;
	const struct text_field fields[] = {
		{ "metadata.name", name, sizeof(name) },
		{ "spec.user", record->user, sizeof(record->user) },
		{ "spec.role", record->role, sizeof(record->role) },
		{ "spec.source", record->source, sizeof(record->source) },
		{ "spec.verb", record->verb, sizeof(record->verb) },
		{ "spec.group", record->group, sizeof(record->group) },
		{ "spec.resource", record->resource, sizeof(record->resource) },
		{ "spec.namespace", record->namespace,
		  sizeof(record->namespace) },
		{ "spec.name", record->name, sizeof(record->name) },
		{ "spec.decision", decision, sizeof(decision) },
		{ "spec.digest", record->digest, sizeof(record->digest) },
		{ "spec.hash", record->hash, sizeof(record->hash) },
	};

	*record = (struct audit_record){ 0 };
	if (take_texts(object, fields, ARRAY_LEN(fields), err) ||
	    take_number(object, "spec.atMs", &record->at, err) ||
	    take_number(object, "spec.status", &status, err))
		return -1;
	if (!str_parse_u64(name, INT64_MAX, &id))
		return err_set(err, ERR_PROTOCOL,
			       "metadata.name: a number is expected");
	if (!audit_decision_parse(decision, &record->decision))
		return err_set(err, ERR_PROTOCOL,
			       "spec.decision: \"%s\" is not known", decision);
	if (status < 0 || status > 999)
		return err_set(err, ERR_PROTOCOL,
			       "spec.status: an HTTP status is expected");
	record->id = (int64_t)id;
	record->status = (int)status;
	record->dry = json_bool_at(object, "spec.dryRun", false);
	return 0;
}

json_t *audit_stub_encode(const struct audit_stub *stub)
{
	json_t *object = json_object();

	put_number(object, "upTo", stub->up_to);
	put_text(object, "hash", stub->hash);
	put_number(object, "rows", stub->rows);
	put_number(object, "firstAtMs", stub->first_at);
	put_number(object, "lastAtMs", stub->last_at);
	put_number(object, "atMs", stub->at);
	put_text(object, "user", stub->user);
	put_text(object, "seal", stub->seal);
	return object;
}

int audit_stub_decode(const json_t *object, struct audit_stub *stub,
		      struct err *err)
{
	const struct text_field fields[] = {
		{ "hash", stub->hash, sizeof(stub->hash) },
		{ "user", stub->user, sizeof(stub->user) },
		{ "seal", stub->seal, sizeof(stub->seal) },
	};

	*stub = (struct audit_stub){ 0 };
	if (take_texts(object, fields, ARRAY_LEN(fields), err) ||
	    take_number(object, "upTo", &stub->up_to, err) ||
	    take_number(object, "rows", &stub->rows, err) ||
	    take_number(object, "firstAtMs", &stub->first_at, err) ||
	    take_number(object, "lastAtMs", &stub->last_at, err))
		return -1;
	return take_number(object, "atMs", &stub->at, err);
}

json_t *audit_mark_encode(const struct audit_mark *mark)
{
	json_t *object = json_object();

	put_number(object, "id", mark->id);
	put_text(object, "hash", mark->hash);
	return object;
}

int audit_mark_decode(const json_t *object, struct audit_mark *mark,
		      struct err *err)
{
	const struct text_field hash = { "hash", mark->hash,
					 sizeof(mark->hash) };

	*mark = (struct audit_mark){ 0 };
	if (take_texts(object, &hash, 1, err))
		return -1;
	return take_number(object, "id", &mark->id, err);
}
