/* SPDX-License-Identifier: Apache-2.0 */
#include "store/object_row.h"

#include <inttypes.h>
#include <string.h>

/*
 * The log of changes: its key is the global resourceVersion, and watches
 * are read from it.
 */
int object_change_add(struct store *store, struct object_row *row,
		      const char *type, struct err *err)
{
	AUTO_JSON json_t *whole = NULL;
	AUTO_FREE char *text = NULL;
	sqlite3_stmt *q;

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
	return db_write(store, q, err);
}

/* Versions have no gaps, so what is missing at the front was pruned. */
static int check_version(struct store *store, int64_t version, struct err *err)
{
	int64_t newest = store_version(store);
	int64_t oldest =
		db_number(store, db_query(store, SQL_CHANGE_OLDEST), 0);

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
	json_put(change, "object", object);
	json_put(change, "before.metadata.namespace",
		 json_string(db_column(q, 3)));
	json_put(change, "before.metadata.name", json_string(db_column(q, 4)));
	json_put(change, "before.metadata.labels", labels);
	return change;
}

json_t *change_since(struct store *store, const struct kind *kind,
		     int64_t version, int limit, struct err *err)
{
	AUTO_JSON json_t *list = json_array();
	sqlite3_stmt *q;
	int status;

	if (check_version(store, version, err))
		return NULL;
	q = db_query(store, SQL_CHANGE_SINCE);
	db_text(q, ":group", kind->group);
	db_text(q, ":kind", kind->kind);
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

int change_prune(struct store *store, int64_t keep, struct err *err)
{
	int64_t last = store_version(store) - keep;
	int64_t oldest =
		db_number(store, db_query(store, SQL_CHANGE_OLDEST), 0);
	sqlite3_stmt *q;

	if (!oldest || oldest > last)
		return 0; /* a turn without a write costs no fsync */
	q = db_query(store, SQL_CHANGE_PRUNE);
	db_int(q, ":version", last);
	return db_write(store, q, err);
}
