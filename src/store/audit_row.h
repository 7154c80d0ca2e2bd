/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_AUDIT_ROW_H
#define STORE_AUDIT_ROW_H

#include "store/audit.h"
#include "store/db.h"

/*
 * What audit.c and audit_file.c share: rows as they are read. For them only.
 */
void audit_row_read(sqlite3_stmt *q, struct audit_record *record);
/* The newest; false: nothing was ever pruned, and *stub is as it was. */
bool audit_row_stub(struct store *store, struct audit_stub *stub);

/* After a commit that wrote rows: the head goes into its file. */
void audit_head_write(struct store *store);

#endif
