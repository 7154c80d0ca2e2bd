/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_OBJECT_ROW_H
#define STORE_OBJECT_ROW_H

#include "store/db.h"
#include "store/object.h"

/*
 * One row of the table `object`, and the way from what people write to what
 * the row holds and back. For the object_*.c files only.
 *
 * `document` is {"metadata": ..., "spec": ..., other top-level keys}: what
 * the writer decides. What we decide (name, uid, version ...) is in columns
 * and is put in when the object is made whole again.
 */
struct object_row {
	int64_t id; /* 0: not stored yet */
	const struct kind *kind;
	char uid[37];
	char namespace[64];
	char name[254];
	int64_t version;
	int64_t generation;
	wall_ms created_at;
	json_t *document;
	json_t *status; /* {}: none */
};

void object_row_release(struct object_row *row);

/* 1: read, 0: no such object, -1: an error. */
int object_row_find(struct store *store, const struct object_key *key,
		    struct object_row *row, struct err *err) NODISCARD;
int object_row_by_id(struct store *store, int64_t id, struct object_row *row,
		     struct err *err) NODISCARD;
int object_row_by_uid(struct store *store, const char *uid,
		      struct object_row *row, struct err *err) NODISCARD;
/* The same for the next row of a query that was begun. */
int object_row_next(struct store *store, sqlite3_stmt *q,
		    struct object_row *row, struct err *err) NODISCARD;
/* Of a query that has stepped to a row. */
int object_row_read(sqlite3_stmt *q, struct object_row *row,
		    struct err *err) NODISCARD;

/* Columns of those queries, for who looks before reading. */
enum {
	OBJECT_COLUMN_NAMESPACE = 4,
	OBJECT_COLUMN_NAME,
	OBJECT_COLUMN_LABELS = 11
};

/* The object as the API shows it; shares the row's values. */
json_t *object_row_whole(const struct object_row *row);

bool object_kind_is(const struct kind *kind, const char *group,
		    const char *name);

/* As object_row_find, and none is ERR_NOT_FOUND. */
int object_find(struct store *store, const struct object_key *key,
		struct object_row *row, struct err *err) NODISCARD;

/*
 * Every write ends here: the next version, the change row, the object row,
 * and what is derived of it, all or nothing.
 */
struct object_save {
	const char *type; /* of the change */
	enum object_part part;
	const json_t *values; /* of a Secret; NULL: as they were */
};

int object_save(struct store *store, struct object_row *row,
		const struct object_save *how, struct err *err) NODISCARD;

bool object_is_going(const struct object_row *row);
bool object_has_finalizers(const struct object_row *row);

/* After a row is gone: dependents, owners that waited for it, and its
 * namespace if that was waiting. */
int object_removed(struct store *store, const struct object_row *row,
		   struct err *err) NODISCARD;

/* If the Namespace is going and nothing is in it. */
int object_namespace_end(struct store *store, const char *name,
			 struct err *err) NODISCARD;

/* Whom the object names as owners. */
int object_owner_derive(struct store *store, const struct object_row *row,
			struct err *err) NODISCARD;

/* There is such a namespace, or there is now; ERR_DENIED: it is on its way
 * out. */
int object_namespace_need(struct store *store, const char *name,
			  struct err *err) NODISCARD;

/* The `document` of what was written for a row, which says who it is; the
 * caller's. deletionTimestamp is the row's own business and is kept. */
json_t *object_document(const struct object_row *row, const json_t *object,
			struct err *err) NODISCARD;

/*
 * Rows to search by, made of a Hardware's document: nic, machine. The row
 * is stored already.
 */
int object_derive(struct store *store, const struct object_row *row,
		  struct err *err) NODISCARD;

/*
 * A Secret's values as {key: base64}: what is stored with `object` written
 * over it, and whether that is any different. The document gets "data" with
 * the keys alone.
 */
int object_secret_take(struct store *store, const struct object_row *row,
		       const json_t *object, json_t *document, json_t **values,
		       bool *changed, struct err *err) NODISCARD;
int object_secret_put(struct store *store, const struct object_row *row,
		      const json_t *values, struct err *err) NODISCARD;

/* Takes the next global version into row->version and notes the change. */
int object_change_add(struct store *store, struct object_row *row,
		      const char *type, struct err *err) NODISCARD;
/* ERR_GONE unless all changes after the version are in the log. */
int object_change_check(struct store *store, int64_t version,
			struct err *err) NODISCARD;

#endif
