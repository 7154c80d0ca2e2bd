/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/audit_row.h"
#include "store/db.h"

void audit_head(struct store *store, struct audit_mark *head)
{
	sqlite3_stmt *q = db_query(store, SQL_AUDIT_LAST);
	struct audit_stub stub;
	struct err ignored;
	bool found = db_step(store, q, &ignored) == 1;

	*head = (struct audit_mark){ 0 };
	if (found) {
		head->id = sqlite3_column_int64(q, 0);
		str_copy(head->hash, sizeof(head->hash), db_column(q, 1));
	}
	db_done(q);
	if (found || !audit_row_stub(store, &stub))
		return;
	head->id = stub.up_to;
	str_copy(head->hash, sizeof(head->hash), stub.hash);
}

static int insert(struct store *store, const struct audit_record *record,
		  struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_AUDIT_INSERT);

	db_int(q, ":id", record->id);
	db_int(q, ":at", record->at);
	db_text(q, ":user", record->user);
	db_text(q, ":role", record->role);
	db_text(q, ":source", record->source);
	db_text(q, ":verb", record->verb);
	db_text(q, ":group", record->group);
	db_text(q, ":resource", record->resource);
	db_text(q, ":namespace", record->namespace);
	db_text(q, ":name", record->name);
	db_text(q, ":decision", audit_decision_name(record->decision));
	db_int(q, ":status", record->status);
	db_int(q, ":dry", record->dry);
	db_text(q, ":digest", record->digest);
	db_text(q, ":hash", record->hash);
	return db_write(store, q, err);
}

int audit_add(struct store *store, struct audit_record *record, struct err *err)
{
	char *const texts[] = { record->user,     record->source,
				record->resource, record->namespace,
				record->name,     record->group };
	struct audit_mark head;

	/* What came with a request is hashed as it can be stored. */
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		db_clean(texts[i]);
	if (db_begin(store, err))
		return -1;
	audit_head(store, &head);
	record->id = head.id + 1;
	record->at = store_now(store);
	audit_hash(record, head.hash, record->hash);
	if (insert(store, record, err)) {
		err_wrap(err, "audit");
		if (!store->lost.code)
			store->lost = *err;
		return -1;
	}
	store->audited = true;
	return 0;
}

static sqlite3_stmt *query_for(struct store *store,
			       const struct audit_query *query)
{
	sqlite3_stmt *q = db_query(store, query->user ? SQL_AUDIT_OF_USER
						      : SQL_AUDIT_AFTER);

	if (query->user)
		db_text(q, ":user", query->user);
	db_int(q, ":after", query->after);
	db_int(q, ":since", query->since ? query->since : INT64_MIN);
	db_int(q, ":limit", query->limit);
	return q;
}

int audit_list(struct store *store, const struct audit_query *query,
	       struct audit_record **records, size_t *n, struct err *err)
{
	sqlite3_stmt *q = query_for(store, query);
	size_t size = 0;
	int status;

	*records = NULL;
	*n = 0;
	while ((status = db_step(store, q, err)) == 1) {
		if (*n == size) {
			size = size ? size * 2 : 16;
			*records = xrealloc(*records, size * sizeof(**records));
		}
		audit_row_read(q, &(*records)[(*n)++]);
	}
	if (!status)
		return 0;
	free(*records);
	*records = NULL;
	*n = 0;
	return -1;
}

int64_t audit_before(struct store *store, wall_ms at)
{
	sqlite3_stmt *q = db_query(store, SQL_AUDIT_BEFORE);

	db_int(q, ":at", at);
	return db_number(store, q, 0);
}

/* The hash of a row that is there; false: it is not. */
static bool hash_of(struct store *store, int64_t id,
		    char hash[SECRET_DIGEST_TEXT])
{
	const struct audit_query query = { .after = id - 1, .limit = 1 };
	sqlite3_stmt *q = query_for(store, &query);
	struct audit_record record;
	struct err ignored;
	bool found = db_step(store, q, &ignored) == 1;

	if (found) {
		audit_row_read(q, &record);
		str_copy(hash, SECRET_DIGEST_TEXT, record.hash);
	}
	db_done(q);
	return found && record.id == id;
}

static int count_rows(struct store *store, struct audit_stub *stub,
		      struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_AUDIT_COUNT);
	int status;

	db_int(q, ":id", stub->up_to);
	status = db_step(store, q, err);
	if (status == 1) {
		stub->rows = sqlite3_column_int64(q, 0);
		stub->first_at = sqlite3_column_int64(q, 1);
		stub->last_at = sqlite3_column_int64(q, 2);
	}
	db_done(q);
	return status == 1 ? 0 : -1;
}

static int put_stub(struct store *store, const struct audit_stub *stub,
		    struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_AUDIT_STUB_PUT);

	db_int(q, ":up_to", stub->up_to);
	db_text(q, ":hash", stub->hash);
	db_int(q, ":rows", stub->rows);
	db_int(q, ":first_at", stub->first_at);
	db_int(q, ":last_at", stub->last_at);
	db_int(q, ":at", stub->at);
	db_text(q, ":user", stub->user);
	db_text(q, ":seal", stub->seal);
	return db_write(store, q, err);
}

int audit_prune(struct store *store, int64_t up_to, const char *user,
		struct audit_stub *stub, struct err *err)
{
	struct audit_stub before = { 0 };
	sqlite3_stmt *q;

	*stub = (struct audit_stub){ .up_to = up_to, .at = store_now(store) };
	str_copy(stub->user, sizeof(stub->user), user);
	if (!hash_of(store, up_to, stub->hash))
		return err_set(err, ERR_NOT_FOUND,
			       "the audit has no row %" PRId64, up_to);
	if (count_rows(store, stub, err))
		return -1;
	audit_row_stub(store, &before);
	audit_seal(stub, before.seal, stub->seal);
	if (put_stub(store, stub, err))
		return -1;
	q = db_query(store, SQL_AUDIT_PRUNE);
	db_int(q, ":id", up_to);
	return db_write(store, q, err);
}

int audit_resume(struct store *store, struct audit_mark *lost, struct err *err)
{
	struct audit_record record = { .user = "tomte",
				       .source = "start",
				       .verb = AUDIT_LOST_VERB,
				       .resource = AUDIT_RESOURCE };
	char hash[SECRET_DIGEST_TEXT];
	struct audit_mark noted;
	struct audit_mark head;
	struct audit_stub stub;

	*lost = (struct audit_mark){ 0 };
	if (!audit_head_noted(store, &noted))
		return 0;
	audit_head(store, &head);
	if (noted.id <= head.id) {
		if (audit_row_stub(store, &stub) && noted.id < stub.up_to)
			return 0;
		if (noted.id == head.id)
			str_copy(hash, sizeof(hash), head.hash);
		else if (!hash_of(store, noted.id, hash))
			hash[0] = '\0';
		if (str_eq(hash, noted.hash))
			return 0;
	}
	*lost = noted;
	snprintf(record.name, sizeof(record.name), "%" PRId64, noted.id);
	str_copy(record.digest, sizeof(record.digest), noted.hash);
	return audit_add(store, &record, err);
}
