/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"

static int describe(const struct store *store, struct err *err)
{
	const char *text = sqlite3_errmsg(store->db);

	switch (sqlite3_errcode(store->db)) {
	case SQLITE_CONSTRAINT:
		return err_set(err, ERR_CONFLICT, "inventory: %s", text);
	case SQLITE_FULL:
		return err_set(err, ERR_NO_SPACE,
			       "inventory: the disk is full");
	case SQLITE_READONLY:
		return err_set(err, ERR_DENIED,
			       "inventory: the file cannot be written: %s",
			       text);
	case SQLITE_BUSY:
		return err_set(err, ERR_BUSY,
			       "inventory: another program holds it");
	default:
		return err_set(err, ERR_IO, "inventory: %s", text);
	}
}

/* Nothing that would be written later is either. */
static bool is_for_good(const struct store *store)
{
	switch (sqlite3_errcode(store->db)) {
	case SQLITE_FULL:
	case SQLITE_READONLY:
	case SQLITE_IOERR:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return true;
	default:
		return false;
	}
}

/*
 * After some errors (no space, no answer from the disk) SQLite has rolled
 * the whole transaction back, and with it what was written before in this
 * turn: there is no going on, only an end. Nor is there without that: what
 * was seen and could not be written is not seen again.
 */
static int failed(struct store *store, struct err *err)
{
	bool rolled_back = store->writing && sqlite3_get_autocommit(store->db);

	describe(store, err);
	if (rolled_back || is_for_good(store))
		store->lost = *err;
	return -1;
}

sqlite3_stmt *db_query(struct store *store, enum sql_query query)
{
	sqlite3_stmt *q = store->statements[query];

	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
	return q;
}

static int parameter(sqlite3_stmt *q, const char *name)
{
	int index = sqlite3_bind_parameter_index(q, name);

	assert(index > 0); /* the .sql file has no such name */
	return index;
}

void db_text(sqlite3_stmt *q, const char *name, const char *text)
{
	sqlite3_bind_text(q, parameter(q, name), text, -1, SQLITE_TRANSIENT);
}

void db_int(sqlite3_stmt *q, const char *name, int64_t value)
{
	sqlite3_bind_int64(q, parameter(q, name), value);
}

void db_clean(char *text)
{
	unsigned char *at = (unsigned char *)text;

	while (*at) {
		size_t n = str_utf8_length(at);

		if (!n || (*at < 0x20 && *at != '\n' && *at != '\t'))
			*at = '?';
		at += n ? n : 1;
	}
}

void db_words(sqlite3_stmt *q, const char *name, const char *text)
{
	AUTO_FREE char *copy = xstrdup(text);

	db_clean(copy);
	db_text(q, name, copy);
}

void db_blob(sqlite3_stmt *q, const char *name, const void *bytes, size_t len)
{
	sqlite3_bind_blob64(q, parameter(q, name), bytes, len,
			    SQLITE_TRANSIENT);
}

int db_step(struct store *store, sqlite3_stmt *q, struct err *err)
{
	int status = sqlite3_step(q);

	if (status == SQLITE_ROW)
		return 1;
	if (status == SQLITE_DONE) {
		sqlite3_reset(q);
		return 0;
	}
	failed(store, err);
	sqlite3_reset(q);
	return -1;
}

void db_done(sqlite3_stmt *q)
{
	sqlite3_reset(q);
}

int db_begin(struct store *store, struct err *err)
{
	if (store->lost.code) {
		*err = store->lost;
		return -1;
	}
	if (store->writing)
		return 0;
	if (sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL))
		return failed(store, err);
	store->writing = true;
	return 0;
}

int db_write(struct store *store, sqlite3_stmt *q, struct err *err)
{
	int status;

	if (db_begin(store, err))
		return -1;
	status = sqlite3_step(q);
	if (status != SQLITE_DONE && status != SQLITE_ROW) {
		failed(store, err);
		sqlite3_reset(q);
		return -1;
	}
	sqlite3_reset(q);
	return 0;
}

int db_write_row(struct store *store, sqlite3_stmt *q, const char *what,
		 struct err *err)
{
	if (db_write(store, q, err))
		return -1;
	if (!sqlite3_changes(store->db))
		return err_set(err, ERR_NOT_FOUND, "no such %s", what);
	return 0;
}

int64_t db_number(struct store *store, sqlite3_stmt *q, int64_t otherwise)
{
	int64_t value = otherwise;
	struct err ignored;

	if (db_step(store, q, &ignored) == 1)
		value = sqlite3_column_int64(q, 0);
	db_done(q);
	return value;
}

const char *db_column(sqlite3_stmt *q, int column)
{
	const unsigned char *text = sqlite3_column_text(q, column);

	return text ? (const char *)text : "";
}

size_t db_ids(struct store *store, sqlite3_stmt *q, int64_t **ids)
{
	struct err ignored;
	size_t size = 0;
	size_t n = 0;

	*ids = NULL;
	while (db_step(store, q, &ignored) == 1) {
		if (n == size) {
			size = size ? size * 2 : 16;
			*ids = xrealloc(*ids, size * sizeof(**ids));
		}
		(*ids)[n++] = sqlite3_column_int64(q, 0);
	}
	return n;
}

void db_touch(struct touched *touched, int64_t id)
{
	if (touched->n && touched->ids[touched->n - 1] == id)
		return;
	if (touched->n == touched->size) {
		touched->size = touched->size ? touched->size * 2 : 16;
		touched->ids =
			xrealloc(touched->ids, touched->size * sizeof(int64_t));
	}
	touched->ids[touched->n++] = id;
}

void db_touch_run(struct store *store, int64_t run)
{
	if (!store->quiet)
		db_touch(&store->runs, run);
}

void db_touch_machine(struct store *store, int64_t machine)
{
	sqlite3_stmt *q = db_query(store, SQL_RUN_OF_MACHINE);
	int64_t run;

	db_int(q, ":machine", machine);
	run = db_number(store, q, 0);
	if (run)
		db_touch_run(store, run);
}
