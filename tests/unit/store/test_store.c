/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/store/fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#define STORE_SQL_TEXTS
#include "store/db.h"

static int64_t pragma(struct fixture *f, const char *sql)
{
	sqlite3_stmt *q;
	int64_t value;

	assert_int_equal(sqlite3_prepare_v2(f->store->db, sql, -1, &q, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	value = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return value;
}

static void reopen(struct fixture *f)
{
	store_close(f->store);
	f->store = store_open(f->folder, &f->err);
}

static void test_an_empty_file_is_brought_to_the_newest_schema(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = xasprintf("%s/inventory.db", f->folder);

	store_close(f->store);
	f->store = NULL;
	assert_int_equal(truncate(path, 0), 0);
	reopen(f);

	assert_non_null(f->store);
	assert_int_equal(pragma(f, "PRAGMA user_version"),
			 ARRAY_LEN(sql_migrations));
	assert_int_equal(pragma(f, "PRAGMA foreign_keys"), 1);
	assert_int_equal(pragma(f, "PRAGMA synchronous"), 2);
	assert_ok(f, create(f, "hw", "m", "{}"));
}

static void test_what_was_committed_is_there_after_opening(void **state)
{
	struct fixture *f = *state;

	assert_ok(f, create(f, "cm", "kept", "{}"));
	assert_ok(f, store_commit(f->store, &f->err));
	assert_ok(f, create(f, "cm", "lost", "{}"));
	reopen(f);

	assert_non_null(f->store);
	assert_true(id_of(f, "cm", "kept"));
	assert_int_equal(id_of(f, "cm", "lost"), 0);
	assert_int_equal(store_version(f->store), 1);
}

static void test_a_newer_schema_is_refused(void **state)
{
	struct fixture *f = *state;

	sqlite3_exec(f->store->db, "PRAGMA user_version = 99", NULL, NULL,
		     NULL);
	reopen(f);

	assert_null(f->store);
	assert_int_equal(f->err.code, ERR_UNSUPPORTED);
}

static void test_a_key_that_others_can_read_is_refused(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *key = xasprintf("%s/key", f->folder);

	assert_int_equal(chmod(key, 0640), 0);
	reopen(f);

	assert_null(f->store);
	assert_int_equal(f->err.code, ERR_DENIED);
}

static void test_a_half_import_is_taken_back_whole(void **state)
{
	struct fixture *f = *state;
	struct mac mac = { { 0x52, 0x54, 0, 0, 0, 1 } };
	CLEANUP(buf_release) struct buf value = BUF_INIT(10);
	AUTO_JSON json_t *changes = NULL;

	assert_ok(f, create(f, "cm", "before", "{}"));
	store_mark(f->store);
	assert_ok(f, create(f, "secret", "s", "{'stringData':{'a':'1'}}"));
	assert_ok(f, create(f, "hw", "m",
			    "{'spec':{'interfaces':[{'dhcp':{'mac':"
			    "'52:54:00:00:00:01'}}]}}"));
	assert_ok(f, patch(f, "cm", "before", "{'data':{'a':'b'}}"));
	assert_fails(f, ERR_EXISTS, create(f, "hw", "m", "{}"));
	store_back_to_mark(f->store);

	assert_int_equal(id_of(f, "hw", "m"), 0);
	assert_int_equal(id_of(f, "secret", "s"), 0);
	assert_int_equal(machine_by_mac(f->store, &mac, NULL), 0);
	assert_fails(
		f, ERR_NOT_FOUND,
		secret_value(f->store, "default", "s", "a", &value, &f->err));
	assert_int_equal(store_version(f->store), 1);
	changes = change_since(f->store, kind_by_word("cm"), 0, 10, &f->err);
	assert_int_equal(json_array_size(changes), 1);
	assert_int_equal(pragma(f, "SELECT COUNT(*) FROM nic"), 0);
	assert_int_equal(pragma(f, "SELECT COUNT(*) FROM machine"), 0);
	assert_int_equal(pragma(f, "SELECT COUNT(*) FROM secret"), 0);
	assert_ok(f, store_commit(f->store, &f->err));
}

static void test_marks_nest(void **state)
{
	struct fixture *f = *state;

	store_mark(f->store);
	assert_ok(f, create(f, "cm", "a", "{}"));
	store_mark(f->store);
	assert_ok(f, create(f, "cm", "b", "{}"));
	store_back_to_mark(f->store);
	store_keep(f->store);
	assert_ok(f, store_commit(f->store, &f->err));

	assert_true(id_of(f, "cm", "a"));
	assert_int_equal(id_of(f, "cm", "b"), 0);
}

static void test_a_turn_is_one_commit(void **state)
{
	struct fixture *f = *state;

	assert_ok(f, create(f, "cm", "a", "{}"));
	assert_ok(f, create(f, "cm", "b", "{}"));
	assert_ok(f, store_commit(f->store, &f->err));
	assert_ok(f, store_commit(f->store, &f->err));

	assert_int_equal(store_n_commits(f->store), 1);
	assert_int_equal(histogram_count(store_commits(f->store)), 1);
}

/* A query that reads all of a table says why it may: "SCAN: ...". */
static void check_plan(struct fixture *f, size_t query)
{
	AUTO_FREE char *sql =
		xasprintf("EXPLAIN QUERY PLAN %s", sql_queries[query]);
	sqlite3_stmt *q;

	assert_int_equal(sqlite3_prepare_v2(f->store->db, sql, -1, &q, NULL),
			 SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW) {
		const char *detail = db_column(q, 3);

		if (strncmp(detail, "SCAN", 4) == 0 &&
		    !strstr(sql_queries[query], "SCAN:"))
			fail_msg("%s: %s", sql_names[query], detail);
	}
	sqlite3_finalize(q);
}

static void test_no_query_scans_a_table_unsaid(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < SQL_N_QUERIES; i++)
		check_plan(f, i);
}

/* Of a run that talks much its other events are found without its lines. */
static void test_a_brief_of_events_goes_by_its_own_index(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *sql = xasprintf("EXPLAIN QUERY PLAN %s",
					sql_queries[SQL_EVENT_BRIEF_OF_RUN]);
	bool found = false;
	sqlite3_stmt *q;

	assert_int_equal(sqlite3_prepare_v2(f->store->db, sql, -1, &q, NULL),
			 SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW)
		found = found || strstr(db_column(q, 3), "INDEX event_told");
	sqlite3_finalize(q);

	assert_true(found);
}

static int put(struct store *store, const char *name, const char *text,
	       struct err *err)
{
	AUTO_JSON json_t *object =
		json_pack("{s:s,s:s,s:{s:s}}", "apiVersion", "v1", "kind",
			  "ConfigMap", "data", "x", text);
	struct object_key key = { kind_find("", "ConfigMap"), "default", name };

	return object_create(store, &key, object, NULL, err);
}

static void limit(struct store *store, const char *pragma)
{
	assert_int_equal(sqlite3_exec(store->db, pragma, NULL, NULL, NULL),
			 SQLITE_OK);
}

static void test_a_full_disk_takes_the_whole_turn_back(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *text = xcalloc(1, 400000);
	struct err err;

	memset(text, 'x', 399999);
	assert_int_equal(put(f->store, "before", "small", &err), 0);
	assert_int_equal(store_commit(f->store, &err), 0);
	limit(f->store, "PRAGMA max_page_count = 60");
	store_mark(f->store);
	assert_int_equal(put(f->store, "a", "small", &err), 0);
	store_keep(f->store);
	store_mark(f->store);

	assert_int_equal(put(f->store, "b", text, &err), -1);
	assert_int_equal(err.code, ERR_NO_SPACE);
	store_back_to_mark(f->store);

	/* Whether SQLite kept the first half or not, it is never half told. */
	if (store_commit(f->store, &err)) {
		assert_int_equal(err.code, ERR_NO_SPACE);
		limit(f->store, "PRAGMA max_page_count = 100000");
		assert_int_equal(put(f->store, "a", "small", &err), 0);
		assert_int_equal(store_commit(f->store, &err), 0);
	} else {
		assert_int_equal(put(f->store, "a", "small", &err), -1);
		assert_int_equal(err.code, ERR_EXISTS);
	}
}

static void test_a_file_that_cannot_be_written_ends_the_turn(void **state)
{
	struct fixture *f = *state;
	struct err err;

	limit(f->store, "PRAGMA query_only = ON");
	assert_int_equal(put(f->store, "a", "small", &err), -1);
	assert_int_equal(err.code, ERR_DENIED);

	assert_int_equal(store_commit(f->store, &err), -1);
	assert_int_equal(err.code, ERR_DENIED);
}

/* As whom the test runs: root may write whatever the mode says. */
static void test_a_file_of_somebody_else_is_refused(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = NULL;
	struct err err;

	if (geteuid() == 0)
		skip();
	path = xasprintf("%s/inventory.db", f->folder);
	store_close(f->store);
	assert_int_equal(chmod(path, 0400), 0);
	f->store = store_open(f->folder, &err);
	assert_null(f->store);
	assert_int_equal(err.code, ERR_DENIED);
	assert_non_null(strstr(err.message, "cannot be written"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(
			test_an_empty_file_is_brought_to_the_newest_schema),
		RUN_WITH_STORE(test_what_was_committed_is_there_after_opening),
		RUN_WITH_STORE(test_a_newer_schema_is_refused),
		RUN_WITH_STORE(test_a_key_that_others_can_read_is_refused),
		RUN_WITH_STORE(test_a_half_import_is_taken_back_whole),
		RUN_WITH_STORE(test_marks_nest),
		RUN_WITH_STORE(test_a_turn_is_one_commit),
		RUN_WITH_STORE(test_a_full_disk_takes_the_whole_turn_back),
		RUN_WITH_STORE(
			test_a_file_that_cannot_be_written_ends_the_turn),
		RUN_WITH_STORE(test_a_file_of_somebody_else_is_refused),
		RUN_WITH_STORE(test_no_query_scans_a_table_unsaid),
		RUN_WITH_STORE(test_a_brief_of_events_goes_by_its_own_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
