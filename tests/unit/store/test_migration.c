/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of every earlier schema, made of the migrations up to it, are brought
 * to the newest one and have lost nothing.
 */
#include "store/token.h"
#include "unit/store/fixture.h"

#define STORE_SQL_TEXTS
#include "store/db.h"

/* What there was from the first schema on. */
static const char *const rows =
	"INSERT INTO object (id, uid, api_group, kind, namespace, name,"
	" version, generation, created_at, document, status) VALUES"
	" (101, 'uid-1', 'tinkerbell.org', 'Hardware', 'lab', 'm1', 40, 3,"
	"  1000, '{\"metadata\":{\"labels\":{\"rack\":\"a\"}},"
	"\"spec\":{\"agentID\":\"x\"}}', '{\"state\":\"ok\"}'),"
	" (102, 'uid-2', '', 'Secret', 'lab', 's', 41, 1, 1000,"
	"  '{\"metadata\":{},\"data\":{\"password\":\"\"}}', '{}'),"
	" (103, 'uid-3', 'tinkerbell.org', 'Workflow', 'lab', 'w', 39, 1, 1000,"
	"  '{\"metadata\":{},\"spec\":{}}', '{}');"
	"INSERT INTO machine (id, metadata_token) VALUES (101, 'md');"
	"INSERT INTO nic (mac, machine_id, position, ip) VALUES"
	" ('52:54:00:00:00:01', 101, 0, '10.0.0.5');"
	"INSERT INTO run (id, workflow_id, machine_id, phase, phase_at,"
	" netboot, toggle, await_os, uefi, global_timeout_s, created_at)"
	" VALUES (7, 103, 101, 'working', 2000, 1, 1, 0, 0, 0, 1000);"
	"INSERT INTO event (at, machine_id, run_id, source, kind, message,"
	" last_at) VALUES (2000, 101, 7, 'dhcp', 'discover', 'asked', 2000);"
	"INSERT INTO change (version, type, api_group, kind, namespace, name,"
	" object, labels_before, at) VALUES"
	" (41, 'ADDED', '', 'Secret', 'lab', 's', '{}', '{}', 1000);";

/* Tokens were of another shape before the audit came. */
#define OLD_TOKEN                                                              \
	"INSERT INTO token (digest, name, role, created_at)"                   \
	" VALUES ('%s', 'admin', 'admin', 1000);"

/* The version that brought the audit, and other tokens. */
static int version_of_audit(void)
{
	for (size_t i = 0; i < ARRAY_LEN(sql_migrations); i++)
		if (strstr(sql_migrations[i], "CREATE TABLE audit"))
			return (int)i + 1;
	fail_msg("no migration makes the audit");
	return 0;
}

static void execute(sqlite3 *db, const char *sql)
{
	char *text = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &text) != SQLITE_OK)
		fail_msg("%s: %s", sql, text);
}

/* The values of the Secret, sealed with the key of the folder. */
static void seal(struct fixture *f, sqlite3 *db)
{
	static const char values[] = "{\"password\":\"aHVudGVyMg==\"}";
	AUTO_FREE char *path = xasprintf("%s/key", f->folder);
	CLEANUP(buf_release) struct buf sealed = BUF_INIT(1000);
	AUTO_FREE char *hex = NULL;
	AUTO_FREE char *sql = NULL;
	struct secret_key key;

	assert_ok(f, secret_key_load(&key, path, &f->err));
	assert_ok(f, secret_seal(&key, "secret/lab/s", values, strlen(values),
				 &sealed, &f->err));
	hex = xmalloc(2 * sealed.len + 1);
	str_hex(hex, sealed.base, sealed.len);
	sql = xasprintf("INSERT INTO secret (object_id, sealed)"
			" VALUES (102, x'%s')",
			hex);
	execute(db, sql);
}

static void make_old(struct fixture *f, int version)
{
	AUTO_FREE char *path = xasprintf("%s/inventory.db", f->folder);
	AUTO_FREE char *stamp = xasprintf("PRAGMA user_version = %d", version);
	AUTO_FREE char *token = NULL;
	char digest[SECRET_DIGEST_TEXT];
	sqlite3 *db;

	store_close(f->store);
	f->store = NULL;
	unlink(path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	execute(db, "PRAGMA foreign_keys = ON");
	for (int i = 0; i < version; i++)
		execute(db, sql_migrations[i]);
	execute(db, stamp);
	execute(db, rows);
	seal(f, db);
	secret_digest("old-token", 9, digest);
	if (version < version_of_audit()) {
		token = xasprintf(OLD_TOKEN, digest);
		execute(db, token);
	}
	sqlite3_close(db);
}

static void check_objects(struct fixture *f)
{
	struct object_key key = { kind_by_word("hw"), "lab", "m1" };
	AUTO_JSON json_t *hardware = object_get(f->store, &key, &f->err);
	AUTO_JSON json_t *list =
		object_list(f->store, kind_by_word("wf"), "lab", &f->err);
	CLEANUP(secret_release) struct buf value = BUF_INIT(100);

	assert_non_null(hardware);
	assert_text(hardware, "metadata.uid", "uid-1");
	assert_text(hardware, "metadata.resourceVersion", "40");
	assert_text(hardware, "metadata.labels.rack", "a");
	assert_text(hardware, "spec.agentID", "x");
	assert_text(hardware, "status.state", "ok");
	assert_int_equal(json_int_at(hardware, "metadata.generation", 0), 3);
	assert_int_equal(json_array_size(list), 1);
	assert_ok(f, secret_value(f->store, "lab", "s", "password", &value,
				  &f->err));
	assert_string_equal(value.base, "hunter2");
}

static void check_rows(struct fixture *f)
{
	const struct mac mac = { { 0x52, 0x54, 0, 0, 0, 1 } };
	struct run run;

	assert_int_equal(machine_by_mac(f->store, &mac, NULL), 101);
	assert_int_equal(machine_by_metadata(f->store, "md"), 101);
	assert_int_equal(run_of_machine(f->store, 101), 7);
	assert_ok(f, run_get(f->store, 7, &run, &f->err));
	assert_string_equal(run.phase, "working");
	assert_int_equal(store_version(f->store), 41);
}

/* What is there can be written, and gets the next version. */
static void check_writing(struct fixture *f)
{
	struct object_key key = { kind_by_word("hw"), "lab", "m1" };
	AUTO_JSON json_t *change = json_of("{'spec':{'agentID':'y'}}");
	AUTO_JSON json_t *after = NULL;

	assert_ok(f, object_patch(f->store, 101, change, &f->err));
	assert_ok(f, store_commit(f->store, &f->err));
	after = object_get(f->store, &key, &f->err);
	assert_text(after, "metadata.resourceVersion", "42");
	assert_text(after, "spec.agentID", "y");
}

static void test_every_earlier_file_opens_with_all_it_had(void **state)
{
	struct fixture *f = *state;
	const int newest = ARRAY_LEN(sql_migrations);
	struct token token;

	assert_true(newest > 1);
	for (int version = 1; version < newest; version++) {
		make_old(f, version);
		f->store = store_open(f->folder, &f->err);
		if (!f->store)
			fail_msg("version %d: %s", version, f->err.message);

		check_objects(f);
		check_rows(f);
		check_writing(f);
		if (version < version_of_audit()) {
			assert_true(token_find(f->store, "old-token", &token));
			assert_string_equal(token.role, "admin");
			assert_string_equal(token.user, "admin");
			assert_int_equal(token.expires_at, 0);
			assert_int_equal(strlen(token.uid), 36);
		}
	}
}

static void test_a_migration_that_fails_leaves_the_file_as_it_was(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = xasprintf("%s/inventory.db", f->folder);
	AUTO_FREE char *expected =
		xasprintf("migration %d", version_of_audit());
	sqlite3_stmt *q;
	sqlite3 *db;

	make_old(f, 1);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	execute(db,
		"CREATE TABLE audit_stub (x)"); /* in the way of the third */
	sqlite3_close(db);
	f->store = store_open(f->folder, &f->err);

	assert_null(f->store);
	assert_non_null(strstr(f->err.message, expected));
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_prepare_v2(db,
			   "SELECT (SELECT COUNT(*) FROM token WHERE"
			   " name = 'admin'), (SELECT user_version"
			   " FROM pragma_user_version)",
			   -1, &q, NULL);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(q, 0), 1);
	assert_int_equal(sqlite3_column_int(q, 1), version_of_audit() - 1);
	sqlite3_finalize(q);
	sqlite3_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_every_earlier_file_opens_with_all_it_had),
		RUN_WITH_STORE(
			test_a_migration_that_fails_leaves_the_file_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
