/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define STORE_SQL_TEXTS
#include "store/audit_row.h"
#include "store/db.h"

#define N_MIGRATIONS ((int)ARRAY_LEN(sql_migrations))

static int execute(struct store *store, const char *sql, struct err *err)
{
	char *text = NULL;

	if (sqlite3_exec(store->db, sql, NULL, NULL, &text) == SQLITE_OK)
		return 0;
	err_set(err, ERR_IO, "inventory: %s", text ? text : "failed");
	sqlite3_free(text);
	return -1;
}

static int schema_version(struct store *store, int *version, struct err *err)
{
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(store->db, "PRAGMA user_version", -1, &q,
			       NULL) ||
	    sqlite3_step(q) != SQLITE_ROW) {
		err_set(err, ERR_IO, "inventory: %s",
			sqlite3_errmsg(store->db));
		sqlite3_finalize(q);
		return -1;
	}
	*version = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	return 0;
}

/*
 * Forward only, one transaction a step. Foreign keys are not in force
 * meanwhile: a table that is made anew would take its children along.
 */
static int migrate(struct store *store, struct err *err)
{
	int version;

	if (schema_version(store, &version, err))
		return -1;
	if (version > N_MIGRATIONS)
		return err_set(err, ERR_UNSUPPORTED,
			       "inventory has schema %d, this tomte knows %d: "
			       "a newer tomte made it",
			       version, N_MIGRATIONS);
	for (; version < N_MIGRATIONS; version++) {
		char stamp[48];

		snprintf(stamp, sizeof(stamp), "PRAGMA user_version = %d",
			 version + 1);
		if (execute(store, "BEGIN IMMEDIATE", err) ||
		    execute(store, sql_migrations[version], err) ||
		    execute(store, stamp, err) ||
		    execute(store, "COMMIT", err)) {
			struct err ignored;

			if (execute(store, "ROLLBACK", &ignored))
				return err_wrap(err, "migration %d",
						version + 1);
			return err_wrap(err, "migration %d", version + 1);
		}
	}
	return 0;
}

const char *db_sql(enum sql_query query)
{
	return sql_queries[query];
}

static int prepare(struct store *store, struct err *err)
{
	for (size_t i = 0; i < SQL_N_QUERIES; i++) {
		if (sqlite3_prepare_v3(store->db, sql_queries[i], -1,
				       SQLITE_PREPARE_PERSISTENT,
				       &store->statements[i], NULL))
			return err_set(err, ERR_IO, "query %s: %s",
				       sql_names[i], sqlite3_errmsg(store->db));
	}
	return 0;
}

/*
 * What a savepoint may have to take back is a score of pages for each write.
 * SQLite keeps 64 KiB of it and then makes a file in /var/tmp for each commit,
 * which is no place of ours and may be full. This can be said before SQLite is
 * used first, and later does no harm.
 */
static void keep_savepoints_in_memory(void)
{
	sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, 4 * 1024 * 1024);
}

static int open_file(struct store *store, const char *folder, struct err *err)
{
	AUTO_FREE char *path = xasprintf("%s/inventory.db", folder);
	AUTO_FREE char *key = xasprintf("%s/key", folder);

	if (mkdir(folder, 0700) && errno != EEXIST)
		return err_errno(err, errno, "make %s", folder);
	if (secret_key_load(&store->key, key, err))
		return -1;
	keep_savepoints_in_memory();
	if (sqlite3_open_v2(path, &store->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
				    SQLITE_OPEN_NOMUTEX,
			    NULL))
		return err_set(err, ERR_IO, "open %s: %s", path,
			       sqlite3_errmsg(store->db));
	/* SQLite is content with reading where it may do no more. */
	if (sqlite3_db_readonly(store->db, "main") == 1)
		return err_set(err, ERR_DENIED,
			       "%s cannot be written to: it has to be ours, on "
			       "a disk that is not read-only",
			       path);
	sqlite3_busy_timeout(store->db, 5000);
	if (execute(store,
		    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		    "PRAGMA foreign_keys = OFF; PRAGMA trusted_schema = OFF;",
		    err) ||
	    migrate(store, err) ||
	    execute(store, "PRAGMA foreign_keys = ON", err))
		return err_wrap(err, "%s", path);
	return 0;
}

struct store *store_open(const char *folder, struct err *err)
{
	struct store *store = xcalloc(1, sizeof(*store));

	store->folder = xstrdup(folder);
	if (open_file(store, folder, err) || prepare(store, err)) {
		store_close(store);
		return NULL;
	}
	return store;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < SQL_N_QUERIES; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	secret_wipe(&store->key, sizeof(store->key));
	free(store->runs.ids);
	free(store->folder);
	free(store->work.ids);
	free(store->written.ids);
	free(store->jobs.ids);
	free(store);
}

void store_set_now(struct store *store, wall_ms now)
{
	store->now = now;
}

wall_ms store_now(const struct store *store)
{
	return store->now ? store->now : clock_wall();
}

uint64_t store_n_commits(const struct store *store)
{
	return store->n_commits;
}

const struct histogram *store_commits(const struct store *store)
{
	return &store->commits;
}

static void mark_command(struct store *store, const char *verb, int number)
{
	char sql[48];
	struct err err;

	if (store->lost.code)
		return;
	snprintf(sql, sizeof(sql), "%s mark_%d", verb, number);
	if (execute(store, sql, &err))
		abort(); /* marks do not nest as they must */
}

void store_mark(struct store *store)
{
	struct err ignored;

	/* Should it fail, the first write fails the same way and says so. */
	if (!store->n_marks && db_begin(store, &ignored))
		return;
	mark_command(store, "SAVEPOINT", store->n_marks++);
}

void store_keep(struct store *store)
{
	if (store->n_marks)
		mark_command(store, "RELEASE", --store->n_marks);
}

void store_back_to_mark(struct store *store)
{
	if (!store->n_marks)
		return;
	mark_command(store, "ROLLBACK TO", store->n_marks - 1);
	mark_command(store, "RELEASE", --store->n_marks);
}

int store_commit(struct store *store, struct err *err)
{
	int64_t began;

	assert(!store->n_marks);
	if (store->lost.code) {
		*err = store->lost;
		store_rollback(store);
		return -1;
	}
	if (!store->writing)
		return 0;
	began = clock_mono_us();
	if (execute(store, "COMMIT", err)) {
		store_rollback(store);
		return -1;
	}
	histogram_add(&store->commits, clock_mono_us() - began);
	store->writing = false;
	store->n_commits++;
	if (store->audited)
		audit_head_write(store);
	store->audited = false;
	return 0;
}

void store_rollback(struct store *store)
{
	struct err ignored;

	if (store->writing && !sqlite3_get_autocommit(store->db) &&
	    execute(store, "ROLLBACK", &ignored))
		abort(); /* neither forward nor back */
	store->lost.code = ERR_NONE;
	store->writing = false;
	store->audited = false;
	store->n_marks = 0;
}

static int compare_ids(const void *a, const void *b)
{
	const int64_t *left = a;
	const int64_t *right = b;

	return (*left > *right) - (*left < *right);
}

/* Each id once, however often it was touched. */
static size_t take(struct touched *touched, int64_t **ids)
{
	size_t n = 0;

	if (touched->n)
		qsort(touched->ids, touched->n, sizeof(int64_t), compare_ids);
	for (size_t i = 0; i < touched->n; i++)
		if (!n || touched->ids[i] != touched->ids[n - 1])
			touched->ids[n++] = touched->ids[i];
	*ids = touched->ids;
	*touched = (struct touched){ 0 };
	return n;
}

size_t store_take_touched(struct store *store, int64_t **runs)
{
	return take(&store->runs, runs);
}

size_t store_take_work(struct store *store, int64_t **machines)
{
	return take(&store->work, machines);
}

size_t store_take_written(struct store *store, int64_t **objects)
{
	return take(&store->written, objects);
}

size_t store_take_jobs(struct store *store, int64_t **jobs)
{
	return take(&store->jobs, jobs);
}

void store_touch_run(struct store *store, int64_t run)
{
	db_touch(&store->runs, run);
}

void store_touch_job(struct store *store, int64_t job)
{
	db_touch(&store->jobs, job);
}

void store_quiet(struct store *store, bool quiet)
{
	store->quiet = quiet;
}

int64_t store_version(struct store *store)
{
	return db_number(store, db_query(store, SQL_CHANGE_NEWEST), 0);
}

void store_sign(const struct store *store, const char *context,
		const char *text, char out[SECRET_DIGEST_TEXT])
{
	secret_sign(&store->key, context, text, out);
}

int store_check(struct store *store, struct err *err)
{
	return db_begin(store, err);
}
