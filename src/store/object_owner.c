/* SPDX-License-Identifier: Apache-2.0 */
#include "store/object_row.h"

#include "base/str.h"

/*
 * Whom an object names in metadata.ownerReferences, by uid: it goes with
 * them.
 */
static int put_owner(struct store *store, const struct object_row *row,
		     const json_t *reference, struct err *err)
{
	const char *uid = json_str_at(reference, "uid");
	sqlite3_stmt *q;

	if (!uid || !*uid)
		return err_set(err, ERR_INVALID,
			       "metadata.ownerReferences: uid: Required value");
	q = db_query(store, SQL_OWNER_INSERT);
	db_int(q, ":id", row->id);
	db_text(q, ":uid", uid);
	db_int(q, ":blocks",
	       json_bool_at(reference, "blockOwnerDeletion", false));
	return db_write(store, q, err);
}

int object_owner_derive(struct store *store, const struct object_row *row,
			struct err *err)
{
	const json_t *list = json_at(row->document, "metadata.ownerReferences");
	sqlite3_stmt *q = db_query(store, SQL_OWNER_CLEAR);
	size_t index;
	json_t *reference;

	db_int(q, ":id", row->id);
	if (db_write(store, q, err))
		return -1;
	json_array_foreach (list, index, reference)
		if (put_owner(store, row, reference, err))
			return -1;
	return 0;
}
