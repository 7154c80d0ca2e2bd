/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>

#include "store/sql.h"
#include "store/store.h"

/*
 * What the files of src/store share: statements by name, errors by code.
 * Not for anybody else.
 *
 *	sqlite3_stmt *q = db_query(store, SQL_NIC_BY_MAC);
 *
 *	db_text(q, ":mac", mac);
 *	switch (db_step(store, q, err)) { case 1: a row; case 0: none; ...
 *
 * A statement is one for the whole process: read its rows out before
 * anything is called that may use it again, and end with db_done.
 */
struct touched {
	int64_t *ids; /* may have one more than once */
	size_t n;
	size_t size;
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[SQL_N_QUERIES];
	struct secret_key key;
	wall_ms now;
	bool writing;
	struct err lost; /* the turn's transaction, rolled back by SQLite */
	int n_marks;
	uint64_t n_commits;
	struct histogram commits;
	/* For those who look at the end of the turn: ids, some often. */
	struct touched runs;
	char *folder;
	bool audited;           /* rows since the last commit */
	struct touched work;    /* machines with something new to do */
	struct touched written; /* Workflows that people wrote */
	struct touched jobs;    /* that were written, or came further */
	bool quiet;             /* what is written touches no run */
};

sqlite3_stmt *db_query(struct store *store, enum sql_query query);
/* Its text, for a connection that needs but a few. */
const char *db_sql(enum sql_query query);
void db_text(sqlite3_stmt *q, const char *name, const char *text);
void db_int(sqlite3_stmt *q, const char *name, int64_t value);
/* What is no UTF-8, or a control byte, becomes '?': for text that came from
 * outside, or was cut. db_words binds a copy so cleaned. */
void db_clean(char *text);
void db_words(sqlite3_stmt *q, const char *name, const char *text);
void db_blob(sqlite3_stmt *q, const char *name, const void *bytes, size_t len);

/* 1: a row, 0: no more, -1: an error. */
int db_step(struct store *store, sqlite3_stmt *q, struct err *err) NODISCARD;
void db_done(sqlite3_stmt *q);
/* For a write: opens the transaction, steps to the end, resets. */
int db_write(struct store *store, sqlite3_stmt *q, struct err *err) NODISCARD;
/* For a write that must meet a row: ERR_NOT_FOUND "what" when it does not. */
int db_write_row(struct store *store, sqlite3_stmt *q, const char *what,
		 struct err *err) NODISCARD;
/* The first column of the only row; `otherwise` when there is none. */
int64_t db_number(struct store *store, sqlite3_stmt *q, int64_t otherwise);

/* The first column of all rows; the caller frees. Returns how many. */
size_t db_ids(struct store *store, sqlite3_stmt *q, int64_t **ids);

/* The column's text, "" for NULL; valid until the next step. */
const char *db_column(sqlite3_stmt *q, int column);

/* Open the turn's transaction if it is not. */
int db_begin(struct store *store, struct err *err) NODISCARD;

void db_touch(struct touched *touched, int64_t id);
void db_touch_run(struct store *store, int64_t run);
/* The machine's open run, if it has one. */
void db_touch_machine(struct store *store, int64_t machine);

#endif
