/* SPDX-License-Identifier: Apache-2.0 */
#include "store/object_row.h"

#include <inttypes.h>
#include <string.h>

/*
 * The log of changes: its key is the global resourceVersion. Watches are
 * read from it, and lists as they were.
 *
 * What an object was before a change stands in the log already, as the
 * change that made it so. Only where that has been pruned is it kept with
 * the change that followed.
 */
#define PRUNED_AT_ONCE 2000

/* The row as it still is in the table; "" when the log knows it. */
static char *text_before(struct store *store, const struct object_row *row,
			 int64_t prior, struct err *err)
{
	CLEANUP(object_row_release) struct object_row before = { 0 };
	AUTO_JSON json_t *whole = NULL;
	sqlite3_stmt *q = db_query(store, SQL_CHANGE_EXISTS);

	db_int(q, ":version", prior);
	if (!row->id || db_number(store, q, 0))
		return xstrdup("");
	if (object_row_by_id(store, row->id, &before, err) != 1)
		return NULL;
	whole = object_row_whole(&before);
	return json_text(whole);
}

int object_change_add(struct store *store, struct object_row *row,
		      const char *type, struct err *err)
{
	AUTO_JSON json_t *whole = NULL;
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *before = NULL;
	int64_t prior = row->id ? row->version : 0;
	sqlite3_stmt *q;

	before = text_before(store, row, prior, err);
	if (!before)
		return -1;
	row->version = store_version(store) + 1;
	whole = object_row_whole(row);
	text = json_text(whole);
	q = db_query(store, SQL_CHANGE_INSERT);
	db_int(q, ":version", row->version);
	db_text(q, ":type", type);
	db_text(q, ":group", row->kind->group);
	db_text(q, ":kind", row->kind->kind);
	db_text(q, ":namespace", row->namespace);
	db_text(q, ":name", row->name);
	db_text(q, ":object", text);
	db_int(q, ":id", row->id); /* still as it was before */
	db_int(q, ":now", store_now(store));
	db_int(q, ":prior", prior);
	db_text(q, ":before", before);
	db_int(q, ":bytes", (int64_t)strlen(text));
	return db_write(store, q, err);
}

/* 0: the log is empty. */
static int64_t oldest_of(struct store *store)
{
	return db_number(store, db_query(store, SQL_CHANGE_OLDEST), 0);
}

/* Versions have no gaps, so what is missing at the front was pruned. */
int object_change_check(struct store *store, int64_t version, struct err *err)
{
	int64_t newest = store_version(store);
	int64_t oldest = oldest_of(store);

	if (!oldest)
		oldest = newest + 1;
	if (version + 1 < oldest)
		return err_set(err, ERR_GONE,
			       "changes after version %" PRId64
			       " are kept no more, the oldest is %" PRId64,
			       version, oldest);
	/* From another inventory, or this one was put back to a copy. */
	if (version > newest)
		return err_set(err, ERR_GONE,
			       "version %" PRId64 " was never here, the newest "
			       "is %" PRId64,
			       version, newest);
	return 0;
}

static json_t *read_json(sqlite3_stmt *q, int column, struct err *err)
{
	const char *text = db_column(q, column);

	return json_parse(text, strlen(text), err);
}

static json_t *read_change(sqlite3_stmt *q, struct err *err)
{
	json_t *object = read_json(q, 2, err);
	json_t *labels = object ? read_json(q, 5, err) : NULL;
	json_t *change;

	if (!labels) {
		json_decref(object);
		return NULL;
	}
	change = json_object();
	json_put(change, "version", json_integer(sqlite3_column_int64(q, 0)));
	json_put(change, "type", json_string(db_column(q, 1)));
	json_put(change, "group", json_string(db_column(q, 6)));
	json_put(change, "kind", json_string(db_column(q, 7)));
	json_put(change, "object", object);
	json_put(change, "before.metadata.namespace",
		 json_string(db_column(q, 3)));
	json_put(change, "before.metadata.name", json_string(db_column(q, 4)));
	json_put(change, "before.metadata.labels", labels);
	return change;
}

static sqlite3_stmt *query_since(struct store *store, const struct kind *kind)
{
	sqlite3_stmt *q;

	if (!kind)
		return db_query(store, SQL_CHANGE_ALL_SINCE);
	q = db_query(store, SQL_CHANGE_SINCE);
	db_text(q, ":group", kind->group);
	db_text(q, ":kind", kind->kind);
	return q;
}

json_t *change_since(struct store *store, const struct kind *kind,
		     int64_t version, int limit, struct err *err)
{
	AUTO_JSON json_t *list = json_array();
	sqlite3_stmt *q;
	int status;

	if (object_change_check(store, version, err))
		return NULL;
	q = query_since(store, kind);
	db_int(q, ":version", version);
	db_int(q, ":limit", limit);
	while ((status = db_step(store, q, err)) == 1) {
		json_t *change = read_change(q, err);

		if (!change) {
			db_done(q);
			return NULL;
		}
		json_array_append_new(list, change);
	}
	return status ? NULL : take_ptr(list);
}

static int64_t total_at(struct store *store, int64_t version)
{
	sqlite3_stmt *q = db_query(store, SQL_CHANGE_TOTAL);

	db_int(q, ":version", version);
	return db_number(store, q, 0);
}

/* The last version that the limits give up. */
static int64_t last_to_prune(struct store *store,
			     const struct change_limits *limits)
{
	int64_t newest = store_version(store);
	int64_t floor = newest - limits->floor;
	int64_t last = limits->n ? newest - limits->n : 0;
	int64_t by_age = 0;
	int64_t by_bytes = 0;
	sqlite3_stmt *q;

	if (limits->age) {
		q = db_query(store, SQL_CHANGE_BEFORE_TIME);
		db_int(q, ":at", store_now(store) - limits->age);
		by_age = db_number(store, q, 0);
	}
	if (limits->bytes) {
		int64_t total = total_at(store, newest) - limits->bytes;

		q = db_query(store, SQL_CHANGE_BEFORE_TOTAL);
		db_int(q, ":total", total);
		by_bytes = db_number(store, q, 0);
	}
	last = by_age > last ? by_age : last;
	last = by_bytes > last ? by_bytes : last;
	return last > floor ? floor : last;
}

int change_prune(struct store *store, const struct change_limits *limits,
		 bool *more, struct err *err)
{
	int64_t last = last_to_prune(store, limits);
	int64_t oldest = oldest_of(store);
	sqlite3_stmt *q;

	*more = false;
	if (!oldest || oldest > last)
		return 0; /* a turn without a write costs no fsync */
	*more = last >= oldest + PRUNED_AT_ONCE;
	if (*more)
		last = oldest + PRUNED_AT_ONCE - 1;
	q = db_query(store, SQL_CHANGE_KEEP_BEFORE);
	db_int(q, ":oldest", oldest);
	db_int(q, ":version", last);
	if (db_write(store, q, err))
		return -1;
	q = db_query(store, SQL_CHANGE_PRUNE);
	db_int(q, ":version", last);
	return db_write(store, q, err);
}
