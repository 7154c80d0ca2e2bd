/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/audit_plan.h"
#include "store/store.h"

/*
 * The audit's rows. A row is written in the turn's transaction, so with the
 * change that it tells of; what cannot be audited does not happen: when the
 * row cannot be written the turn cannot be committed either.
 *
 * The head, number and hash of the newest row, is also kept in the file
 * audit.head beside the database, which is written after each commit: rows
 * that are cut off at the end are missed by it.
 */

/* Sets id, at and hash. */
int audit_add(struct store *store, struct audit_record *record,
	      struct err *err) NODISCARD;

struct audit_query {
	int64_t after;    /* rows behind this number */
	wall_ms since;    /* 0: of any time */
	const char *user; /* NULL: of anybody */
	int limit;
};

/* Oldest first; the caller frees the list. */
int audit_list(struct store *store, const struct audit_query *query,
	       struct audit_record **records, size_t *n,
	       struct err *err) NODISCARD;
/* Oldest first; the caller frees the list. */
int audit_stubs(struct store *store, struct audit_stub **stubs, size_t *n,
		struct err *err) NODISCARD;

/* The newest row, or what stands for it; id 0: nothing was audited yet. */
void audit_head(struct store *store, struct audit_mark *head);
/* What the file knows of; false: there is none. */
bool audit_head_noted(struct store *store, struct audit_mark *head);

/* The last row before a time; 0: none. */
int64_t audit_before(struct store *store, wall_ms at);
/* Removes the rows up to that number and leaves a stub of them. */
int audit_prune(struct store *store, int64_t up_to, const char *user,
		struct audit_stub *stub, struct err *err) NODISCARD;

/*
 * When the inventory is opened to be written: if the file knows of rows that
 * are not there, a row tells of that, and *lost is what the file knew.
 */
int audit_resume(struct store *store, struct audit_mark *lost,
		 struct err *err) NODISCARD;

/* All that can be said of an inventory file, without its key and without
 * writing: chain->last and chain->n_rows also when it does not fit. */
int audit_verify_file(const char *path, const struct audit_mark *expected,
		      struct audit_chain *chain, struct err *err) NODISCARD;

#endif
