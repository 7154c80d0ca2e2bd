/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of every earlier schema, made of the migrations up to it, are brought
 * to the newest one and have lost nothing.
 */
#include "store/audit.h"
#include "store/token.h"
#include "unit/store/fixture.h"

#define STORE_SQL_TEXTS
#include "store/db.h"

/* What there was from the first schema on. */
static const char *const rows =
	"INSERT INTO object (id, uid, api_group, kind, namespace, name,"
	" version, generation, created_at, document, status) VALUES"
	" (101, 'uid-1', 'tinkerbell.org', 'Hardware', 'lab', 'm1', 40, 3,"
	"  1000, '{\"metadata\":{\"labels\":{\"rack\":\"a\"},"
	"\"annotations\":{\"tomte.dev/serial\":\" abc-1\"}},"
	"\"spec\":{\"agentID\":\"x\"}}', '{\"state\":\"ok\"}'),"
	" (102, 'uid-2', '', 'Secret', 'lab', 's', 41, 1, 1000,"
	"  '{\"metadata\":{},\"data\":{\"password\":\"\"}}', '{}'),"
	" (103, 'uid-3', 'tinkerbell.org', 'Workflow', 'lab', 'w', 39, 1, 1000,"
	"  '{\"metadata\":{\"ownerReferences\":[{\"uid\":\"uid-1\","
	"\"kind\":\"Hardware\",\"name\":\"m1\"}]},\"spec\":{}}', '{}');"
	"INSERT INTO machine (id, power, metadata_token, worker_boot)"
	" VALUES (101, 'on', 'md', 'boot-1');"
	"INSERT INTO nic (mac, machine_id, position, ip) VALUES"
	" ('52:54:00:00:00:01', 101, 0, '10.0.0.5');"
	"INSERT INTO run (id, workflow_id, machine_id, phase, phase_at,"
	" netboot, toggle, await_os, uefi, global_timeout_s, created_at)"
	" VALUES (7, 103, 101, 'working', 2000, 1, 1, 0, 1, 0, 1000);"
	"INSERT INTO action (run_id, position, action_id, name, image,"
	" document, timeout_s, state, bytes_done, attempt, started_at) VALUES"
	" (7, 0, 'a-1', 'stream', 'image2disk:v1',"
	" '{\"image\":\"image2disk:v1\",\"env\":{\"A\":\"b\"}}', 60,"
	" 'RUNNING', 4096, 2, 1500);"
	"INSERT INTO intent (id, run_id, machine_id, kind, state, created_at,"
	" ended_at) VALUES (8, 7, 101, 'power-off', 'observed', 1100, 1200);"
	"INSERT INTO intent (id, run_id, machine_id, kind, state, created_at,"
	" sent_at) VALUES (9, 7, 101, 'power-cycle', 'sent', 2000, 2001);"
	"INSERT INTO event (at, machine_id, run_id, source, kind, message,"
	" last_at) VALUES (2000, 101, 7, 'dhcp', 'discover', 'asked', 2000);"
	"INSERT INTO change (version, type, api_group, kind, namespace, name,"
	" object, labels_before, at) VALUES"
	" (41, 'ADDED', '', 'Secret', 'lab', 's', '{}', '{}', 1000);";

/* Tokens were of another shape before the audit came. */
#define OLD_TOKEN                                                              \
	"INSERT INTO token (digest, name, role, created_at)"                   \
	" VALUES ('%s', 'admin', 'admin', 1000);"

/* What each later schema brought, by the number of its migration. */
static const struct {
	const char *made_by; /* found in the migration's text */
	const char *rows;
} later[] = {
	{ "ADD COLUMN worker_seq",
	  "UPDATE machine SET worker_seq = 12 WHERE id = 101;" },
	{ "CREATE TABLE revocation",
	  "INSERT INTO revocation (serial, user, at) VALUES ('5F', '', 0);"
	  "INSERT INTO token (uid, name, type, user, role, namespaces, serial,"
	  " created_at) VALUES ('uid-t', 'ada', 'Certificate', 'ada',"
	  " 'viewer', 'lab', '77', 1000);" },
};

static int version_of(const char *made)
{
	for (size_t i = 0; i < ARRAY_LEN(sql_migrations); i++)
		if (strstr(sql_migrations[i], made))
			return (int)i + 1;
	fail_msg("no migration has \"%s\"", made);
	return 0;
}

/* The version that brought the audit, and other tokens. */
static int version_of_audit(void)
{
	return version_of("CREATE TABLE audit");
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

static bool is_made_by(int version, const char *text)
{
	for (int i = 0; i < version; i++)
		if (strstr(sql_migrations[i], text))
			return true;
	return false;
}

/* Two rows of a chain, as they were written then. */
static void put_audit(sqlite3 *db)
{
	struct audit_record record = {
		.id = 1,
		.at = 1000,
		.user = "ada",
		.role = "admin",
		.source = "10.0.0.9",
		.verb = "create",
		.group = "tinkerbell.org",
		.resource = "hardware",
		.namespace = "lab",
		.name = "m1",
		.status = 201,
	};
	char previous[SECRET_DIGEST_TEXT] = "";

	for (; record.id <= 2; record.id++) {
		AUTO_FREE char *sql = NULL;

		audit_hash(&record, previous, record.hash);
		str_copy(previous, sizeof(previous), record.hash);
		sql = xasprintf("INSERT INTO audit VALUES (%d, 1000, 'ada',"
				" 'admin', '10.0.0.9', 'create',"
				" 'tinkerbell.org', 'hardware', 'lab', 'm1',"
				" 'allow', 201, 0, '', '%s')",
				(int)record.id, record.hash);
		execute(db, sql);
	}
}

static void put_later(sqlite3 *db, int version)
{
	for (size_t i = 0; i < ARRAY_LEN(later); i++)
		if (is_made_by(version, later[i].made_by))
			execute(db, later[i].rows);
	if (version >= version_of_audit())
		put_audit(db);
}

/* The rows are of the shape that runs had before the engine's; from then on
 * a file has them as its migrations made them of those. */
static void make_rows(sqlite3 *db, int version)
{
	int last = version_of("CREATE TABLE run_new") - 1;

	if (last > version)
		last = version;
	execute(db, "PRAGMA foreign_keys = ON");
	for (int i = 0; i < last; i++)
		execute(db, sql_migrations[i]);
	execute(db, rows);
	execute(db, "PRAGMA foreign_keys = OFF");
	for (int i = last; i < version; i++)
		execute(db, sql_migrations[i]);
	execute(db, "PRAGMA foreign_keys = ON");
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
	make_rows(db, version);
	execute(db, stamp);
	put_later(db, version);
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

/* A run goes on where it was, and what it had done is known. */
static void check_run(struct fixture *f)
{
	AUTO_FREE struct step *steps = NULL;
	AUTO_JSON json_t *document = action_document(f->store, 7, 0);
	struct action *actions;
	struct run run;

	assert_ok(f, run_get(f->store, 7, &run, &f->err));
	assert_string_equal(run.phase, "working");
	assert_string_equal(run.name, "w");
	assert_string_equal(run.namespace, "lab");
	assert_string_equal(run.machine_name, "m1");
	assert_string_equal(run.boot, "netboot");
	assert_int_equal(run.dhcp_at, 2000);
	assert_int_equal(action_list(f->store, 7, &actions), 1);
	assert_string_equal(actions[0].state, "RUNNING");
	assert_int_equal(actions[0].attempt, 2);
	assert_int_equal(actions[0].machine, 101);
	assert_int_equal(actions[0].offered_at, 1500);
	action_list_free(actions, 1);
	assert_text(document, "env.A", "b");
	assert_int_equal(step_list(f->store, 7, &steps), 6);
	assert_string_equal(steps[0].kind, "power-off");
	assert_string_equal(steps[0].state, "observed");
	assert_int_equal(steps[1].intent, 0);
	assert_string_equal(steps[1].args, "uefi");
}

static void check_rows(struct fixture *f)
{
	const struct mac mac = { { 0x52, 0x54, 0, 0, 0, 1 } };

	assert_int_equal(machine_by_mac(f->store, &mac, NULL), 101);
	assert_int_equal(machine_by_metadata(f->store, "md"), 101);
	assert_int_equal(machine_by_serial(f->store, "ABC-1"), 101);
	assert_int_equal(run_of_machine(f->store, 101), 7);
	assert_int_equal(store_version(f->store), 41);
}

static void check_side_effects(struct fixture *f)
{
	struct action *actions = NULL;
	AUTO_JSON json_t *document = action_document(f->store, 7, 0);
	AUTO_FREE struct intent *intents = NULL;
	struct intent intent;

	assert_int_equal(action_list(f->store, 7, &actions), 1);
	assert_string_equal(actions[0].name, "stream");
	assert_string_equal(actions[0].state, "RUNNING");
	assert_int_equal(actions[0].bytes_done, 4096);
	assert_text(document, "image", "image2disk:v1");
	action_list_free(actions, 1);
	assert_int_equal(intent_open(f->store, &intents), 1);
	assert_true(intent_last(f->store, 7, &intent));
	assert_int_equal(intent.id, 9);
	assert_string_equal(intent.kind, "power-cycle");
	assert_string_equal(intent.state, "sent");
}

static void check_later(struct fixture *f, int version)
{
	AUTO_FREE char *path = xasprintf("%s/inventory.db", f->folder);
	const struct audit_mark none = { 0 };
	struct audit_chain chain;
	struct machine machine;
	struct token token;

	assert_ok(f, machine_get(f->store, 101, &machine, &f->err));
	assert_string_equal(machine.power, "on");
	assert_string_equal(machine.worker_boot, "boot-1");
	assert_int_equal(machine.worker_seq,
			 is_made_by(version, later[0].made_by) ? 12 : 0);
	if (version < version_of_audit())
		return;
	assert_true(token_by_serial(f->store, "77", &token));
	assert_string_equal(token.namespaces, "lab");
	assert_true(token_is_revoked(f->store, "5F", "bob", 2000));
	assert_ok(f, audit_verify_file(path, &none, &chain, &f->err));
	assert_int_equal(chain.n_rows, 2);
}

static bool is_rack_a(void *arg, const json_t *labels)
{
	(void)arg;
	return json_is_string(json_object_get(labels, "rack"));
}

static bool count(void *arg, json_t *object)
{
	int *n = arg;

	(void)object;
	++*n;
	return true;
}

/* Rows that are derived now, and were not then; later files were written by
 * who derives them. */
static void check_derived(struct fixture *f)
{
	const struct object_query query = {
		.kind = kind_by_word("hw"),
		.namespace = "lab",
		.after_namespace = "",
		.after_name = "",
		.label_key = "rack",
		.label_value = "a",
		.wants = is_rack_a,
	};
	struct object_key space = { kind_by_word("ns"), "", "lab" };
	struct object_key owner = { kind_by_word("hw"), "lab", "m1" };
	struct object_key owned = { kind_by_word("wf"), "lab", "w" };
	AUTO_JSON json_t *namespace = object_get(f->store, &space, &f->err);
	int n = 0;

	assert_text(namespace, "status.phase", "Active");
	assert_ok(f, object_each(f->store, &query, count, &n, &f->err));
	assert_int_equal(n, 1);
	assert_ok(f, object_delete(f->store, &owner, NULL, NULL, &f->err));
	assert_ok(f, store_commit(f->store, &f->err));
	assert_int_equal(object_id(f->store, &owned), 0);
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
		check_run(f);
		check_side_effects(f);
		check_later(f, version);
		check_writing(f);
		if (version < version_of("CREATE TABLE label"))
			check_derived(f);
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
