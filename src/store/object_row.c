/* SPDX-License-Identifier: Apache-2.0 */
#include "store/object_row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

void object_row_release(struct object_row *row)
{
	json_decref(row->document);
	json_decref(row->status);
	*row = (struct object_row){ 0 };
}

static json_t *column_json(sqlite3_stmt *q, int column, struct err *err)
{
	const char *text = db_column(q, column);

	return json_parse(text, strlen(text), err);
}

int object_row_read(sqlite3_stmt *q, struct object_row *row, struct err *err)
{
	object_row_release(row);
	row->id = sqlite3_column_int64(q, 0);
	str_copy(row->uid, sizeof(row->uid), db_column(q, 1));
	row->kind = kind_find(db_column(q, 2), db_column(q, 3));
	str_copy(row->namespace, sizeof(row->namespace), db_column(q, 4));
	str_copy(row->name, sizeof(row->name), db_column(q, 5));
	row->version = sqlite3_column_int64(q, 6);
	row->generation = sqlite3_column_int64(q, 7);
	row->created_at = sqlite3_column_int64(q, 8);
	row->document = column_json(q, 9, err);
	row->status = row->document ? column_json(q, 10, err) : NULL;
	if (!row->kind)
		err_set(err, ERR_IO, "a kind that this tomte does not know");
	if (row->kind && row->status)
		return 0;
	err_wrap(err, "inventory: object %" PRId64 " is damaged", row->id);
	db_done(q);
	return -1;
}

int object_row_next(struct store *store, sqlite3_stmt *q,
		    struct object_row *row, struct err *err)
{
	int status = db_step(store, q, err);

	object_row_release(row);
	if (status != 1)
		return status;
	return object_row_read(q, row, err) ? -1 : 1;
}

static int read_one(struct store *store, sqlite3_stmt *q,
		    struct object_row *row, struct err *err)
{
	int status = object_row_next(store, q, row, err);

	db_done(q);
	return status;
}

int object_row_find(struct store *store, const struct object_key *key,
		    struct object_row *row, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_OBJECT_GET);

	db_text(q, ":group", key->kind->group);
	db_text(q, ":kind", key->kind->kind);
	db_text(q, ":namespace", key->namespace);
	db_text(q, ":name", key->name);
	return read_one(store, q, row, err);
}

int object_row_by_id(struct store *store, int64_t id, struct object_row *row,
		     struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_OBJECT_BY_ID);

	db_int(q, ":id", id);
	return read_one(store, q, row, err);
}

int object_row_by_uid(struct store *store, const char *uid,
		      struct object_row *row, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_OBJECT_BY_UID);

	db_text(q, ":uid", uid);
	return read_one(store, q, row, err);
}

/* Ours first, then what the writer put there. */
static json_t *whole_metadata(const struct object_row *row)
{
	json_t *metadata = json_object();
	char created[CLOCK_TEXT];
	char version[24];

	snprintf(version, sizeof(version), "%" PRId64, row->version);
	clock_text(row->created_at, created);
	json_put(metadata, "name", json_string(row->name));
	if (*row->namespace)
		json_put(metadata, "namespace", json_string(row->namespace));
	json_put(metadata, "uid", json_string(row->uid));
	json_put(metadata, "resourceVersion", json_string(version));
	json_put(metadata, "generation", json_integer(row->generation));
	json_put(metadata, "creationTimestamp", json_string(created));
	json_object_update_missing(metadata,
				   json_object_get(row->document, "metadata"));
	if (json_object_get(metadata, "deletionTimestamp"))
		json_object_set_new(metadata, "deletionGracePeriodSeconds",
				    json_integer(0));
	return metadata;
}

json_t *object_row_whole(const struct object_row *row)
{
	json_t *object = json_object();
	char api_version[64];

	kind_api_version(row->kind, api_version, sizeof(api_version));
	json_put(object, "apiVersion", json_string(api_version));
	json_put(object, "kind", json_string(row->kind->kind));
	json_put(object, "metadata", whole_metadata(row));
	json_object_update_missing(object, row->document);
	if (json_object_size(row->status))
		json_object_set(object, "status", row->status);
	return object;
}

bool object_kind_is(const struct kind *kind, const char *group,
		    const char *name)
{
	return str_eq(kind->group, group) && str_eq(kind->kind, name);
}
