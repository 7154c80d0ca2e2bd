/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"

#include <sys/stat.h>

#include "store/db.h"
#include "unit/store/fixture.h"

static const struct audit_mark nothing = { 0 };

static int add(struct fixture *f, const char *user, const char *name)
{
	struct audit_record record = { .role = "operator",
				       .source = "10.0.0.9",
				       .verb = "create",
				       .group = "tinkerbell.org",
				       .resource = "hardware",
				       .namespace = "default",
				       .status = 201 };

	str_copy(record.user, sizeof(record.user), user);
	str_copy(record.name, sizeof(record.name), name);
	return audit_add(f->store, &record, &f->err);
}

/* Five rows, committed: m1 to m5. */
static void fill(struct fixture *f)
{
	static const char *const names[] = { "m1", "m2", "m3", "m4", "m5" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		store_set_now(f->store, NOON + (wall_ms)i * 1000);
		assert_ok(f, add(f, i % 2 ? "bob" : "ada", names[i]));
	}
	assert_ok(f, store_commit(f->store, &f->err));
}

/* As somebody who has the file does it: past what guards it. */
static void tamper(struct fixture *f, const char *sql)
{
	char *text = NULL;

	if (sqlite3_exec(f->store->db,
			 "DROP TRIGGER IF EXISTS audit_stays;"
			 "DROP TRIGGER IF EXISTS audit_goes_by_stub;",
			 NULL, NULL, &text) ||
	    sqlite3_exec(f->store->db, sql, NULL, NULL, &text))
		fail_msg("%s: %s", sql, text);
}

static int verify(struct fixture *f, const struct audit_mark *expected,
		  struct audit_chain *chain)
{
	AUTO_FREE char *path = xasprintf("%s/inventory.db", f->folder);

	return audit_verify_file(path, expected, chain, &f->err);
}

static void assert_broken(struct fixture *f, const char *words)
{
	struct audit_chain chain;

	assert_fails(f, ERR_MISMATCH, verify(f, &nothing, &chain));
	if (!strstr(f->err.message, words))
		fail_msg("\"%s\" does not say \"%s\"", f->err.message, words);
}

static void remove_head(struct fixture *f)
{
	AUTO_FREE char *path = xasprintf("%s/audit.head", f->folder);

	unlink(path);
}

static void test_rows_are_numbered_and_fit(void **state)
{
	struct fixture *f = *state;
	const struct audit_query all = { .limit = 100 };
	struct audit_record *records;
	struct audit_chain chain;
	struct audit_mark head;
	size_t n;

	audit_head(f->store, &head);
	assert_int_equal(head.id, 0);
	fill(f);
	audit_head(f->store, &head);
	assert_int_equal(head.id, 5);
	assert_ok(f, audit_list(f->store, &all, &records, &n, &f->err));

	assert_int_equal(n, 5);
	assert_int_equal(records[0].id, 1);
	assert_int_equal(records[4].id, 5);
	assert_int_equal(records[1].at, NOON + 1000);
	assert_string_equal(records[1].user, "bob");
	assert_string_equal(records[1].name, "m2");
	assert_string_equal(records[4].hash, head.hash);
	free(records);
	assert_ok(f, verify(f, &nothing, &chain));
	assert_int_equal(chain.n_rows, 5);
	assert_string_equal(chain.last.hash, head.hash);
}

static void test_a_list_can_be_narrowed_and_paged(void **state)
{
	struct fixture *f = *state;
	struct audit_query query = { .user = "ada", .limit = 2 };
	struct audit_record *records;
	size_t n;

	fill(f);
	assert_ok(f, audit_list(f->store, &query, &records, &n, &f->err));
	assert_int_equal(n, 2);
	assert_string_equal(records[1].name, "m3");
	free(records);

	query.after = 3;
	assert_ok(f, audit_list(f->store, &query, &records, &n, &f->err));
	assert_int_equal(n, 1);
	assert_string_equal(records[0].name, "m5");
	free(records);

	query = (struct audit_query){ .since = NOON + 3000, .limit = 100 };
	assert_ok(f, audit_list(f->store, &query, &records, &n, &f->err));
	assert_int_equal(n, 2);
	assert_string_equal(records[0].name, "m4");
	free(records);
}

static void test_a_row_goes_and_stays_with_its_change(void **state)
{
	struct fixture *f = *state;
	struct audit_chain chain;
	struct audit_mark head;

	store_mark(f->store);
	assert_ok(f, create(f, "cm", "lost", "{}"));
	assert_ok(f, add(f, "ada", "lost"));
	store_back_to_mark(f->store);
	audit_head(f->store, &head);
	assert_int_equal(head.id, 0);

	store_mark(f->store);
	assert_ok(f, create(f, "cm", "kept", "{}"));
	assert_ok(f, add(f, "ada", "kept"));
	store_keep(f->store);
	assert_ok(f, store_commit(f->store, &f->err));
	audit_head(f->store, &head);
	assert_int_equal(head.id, 1);
	assert_ok(f, verify(f, &nothing, &chain));

	assert_ok(f, add(f, "ada", "rolled back"));
	store_rollback(f->store);
	assert_ok(f, verify(f, &nothing, &chain));
	assert_int_equal(chain.n_rows, 1);
}

static void test_what_cannot_be_audited_is_not_committed(void **state)
{
	struct fixture *f = *state;

	tamper(f, "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN"
		  " SELECT RAISE(ABORT, 'no more'); END");
	assert_ok(f, create(f, "cm", "x", "{}"));
	assert_int_equal(add(f, "ada", "x"), -1);

	assert_int_equal(store_commit(f->store, &f->err), -1);
	assert_non_null(strstr(f->err.message, "no more"));
	assert_int_equal(id_of(f, "cm", "x"), 0);
}

static void test_the_table_is_only_added_to(void **state)
{
	static const char *const refused[] = {
		"UPDATE audit SET user = 'eve' WHERE id = 2",
		"DELETE FROM audit WHERE id = 5",
		"DELETE FROM audit",
	};
	struct fixture *f = *state;
	struct audit_chain chain;

	fill(f);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		assert_int_not_equal(sqlite3_exec(f->store->db, refused[i],
						  NULL, NULL, NULL),
				     SQLITE_OK);

	assert_ok(f, verify(f, &nothing, &chain));
	assert_int_equal(chain.n_rows, 5);
}

static void test_the_head_is_in_its_file_after_the_commit(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = xasprintf("%s/audit.head", f->folder);
	struct audit_mark noted;
	struct audit_mark head;
	struct stat st;

	assert_ok(f, add(f, "ada", "m1"));
	assert_false(audit_head_noted(f->store, &noted));
	assert_ok(f, store_commit(f->store, &f->err));
	audit_head(f->store, &head);

	assert_true(audit_head_noted(f->store, &noted));
	assert_int_equal(noted.id, 1);
	assert_string_equal(noted.hash, head.hash);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	fill(f);
	assert_true(audit_head_noted(f->store, &noted));
	assert_int_equal(noted.id, 6);
}

static void test_each_change_of_a_row_is_found(void **state)
{
	static const char *const changes[] = {
		"at = at + 1",
		"user = 'eve'",
		"role = 'viewer'",
		"source = '10.0.0.1'",
		"verb = 'get'",
		"api_group = ''",
		"resource = 'templates'",
		"namespace = 'other'",
		"name = 'm9'",
		"name = name || char(0) || 'x'",
		"namespace = hex(zeroblob(400))",
		"decision = 'deny'",
		"status = 403",
		"status = status + 4294967296",
		"dry = 1",
		"dry = 2",
		"digest = 'ab'",
		"hash = hex(randomblob(32))",
	};
	struct fixture *f = *state;

	fill(f);
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		AUTO_FREE char *sql =
			xasprintf("SAVEPOINT whole; CREATE TEMP TABLE kept AS"
				  " SELECT * FROM audit;"
				  " UPDATE audit SET %s WHERE id = 3;"
				  " RELEASE whole",
				  changes[i]);

		tamper(f, sql);
		assert_broken(f, "row 3 does not fit");
		tamper(f, "DELETE FROM audit; INSERT INTO audit SELECT * FROM"
			  " kept; DROP TABLE kept");
	}
}

static void test_a_row_that_was_taken_out_is_found(void **state)
{
	struct fixture *f = *state;

	fill(f);
	tamper(f, "DELETE FROM audit WHERE id = 3");
	assert_broken(f, "row 3 is missing");
}

static void test_a_row_that_was_taken_out_of_the_numbers_is_found(void **state)
{
	struct fixture *f = *state;

	fill(f);
	tamper(f, "DELETE FROM audit WHERE id = 3;"
		  "UPDATE audit SET id = 3 WHERE id = 4;"
		  "UPDATE audit SET id = 4 WHERE id = 5;");
	assert_broken(f, "row 3 does not fit");
}

static void test_an_end_that_was_cut_off_is_found(void **state)
{
	struct fixture *f = *state;
	struct audit_chain chain;
	struct audit_mark head;

	fill(f);
	audit_head(f->store, &head);
	tamper(f, "DELETE FROM audit WHERE id > 3");
	remove_head(f);
	assert_broken(f, "row 4 is missing"); /* by SQLite's own number */

	tamper(f, "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'audit'");
	assert_ok(f, verify(f, &nothing, &chain)); /* nobody knows better */
	assert_fails(f, ERR_MISMATCH, verify(f, &head, &chain));
	assert_non_null(strstr(f->err.message, "row 4 is missing"));
	assert_int_equal(chain.last.id, 3);
}

static void test_the_file_beside_misses_an_end_that_was_cut_off(void **state)
{
	struct fixture *f = *state;

	fill(f);
	tamper(f, "DELETE FROM audit WHERE id > 3;"
		  "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'audit'");

	assert_broken(f, "row 4 is missing");
}

static void test_what_was_lost_is_told_when_it_is_opened(void **state)
{
	struct fixture *f = *state;
	const struct audit_query last = { .after = 3, .limit = 10 };
	struct audit_record *records;
	struct audit_mark before;
	struct audit_mark lost;
	size_t n;

	fill(f);
	audit_head(f->store, &before);
	assert_ok(f, audit_resume(f->store, &lost, &f->err));
	assert_int_equal(lost.id, 0);
	tamper(f, "DELETE FROM audit WHERE id > 3");

	assert_ok(f, audit_resume(f->store, &lost, &f->err));
	assert_int_equal(lost.id, 5);
	assert_string_equal(lost.hash, before.hash);
	assert_ok(f, store_commit(f->store, &f->err));
	assert_ok(f, audit_list(f->store, &last, &records, &n, &f->err));
	assert_int_equal(n, 1);
	assert_string_equal(records[0].verb, "lost");
	assert_string_equal(records[0].name, "5");
	assert_string_equal(records[0].digest, before.hash);
	free(records);
	assert_broken(f, "row 4 tells that rows up to 5 had gone");
}

static void test_a_chain_made_anew_is_told_when_it_is_opened(void **state)
{
	struct fixture *f = *state;
	struct audit_mark lost;

	fill(f);
	tamper(f, "UPDATE audit SET hash = hex(randomblob(32)) WHERE id = 5");

	assert_ok(f, audit_resume(f->store, &lost, &f->err));
	assert_int_equal(lost.id, 5);
}

static void test_a_head_that_is_behind_is_no_loss(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = xasprintf("%s/audit.head", f->folder);
	AUTO_FREE char *beside = xasprintf("%s/older", f->folder);
	struct audit_chain chain;
	struct audit_mark lost;

	fill(f);
	assert_int_equal(rename(path, beside), 0);
	fill(f);
	assert_int_equal(rename(beside, path), 0);

	assert_ok(f, audit_resume(f->store, &lost, &f->err));
	assert_int_equal(lost.id, 0);
	assert_ok(f, verify(f, &nothing, &chain));
	assert_int_equal(chain.n_rows, 10);
}

/* As the API does it: the pruning is a row itself. */
static void prune(struct fixture *f, int64_t up_to)
{
	struct audit_record record = { .user = "root",
				       .verb = "deletecollection",
				       .resource = AUDIT_RESOURCE };
	struct audit_stub stub;

	assert_ok(f, audit_prune(f->store, up_to, "root", &stub, &f->err));
	str_copy(record.digest, sizeof(record.digest), stub.seal);
	assert_ok(f, audit_add(f->store, &record, &f->err));
	assert_ok(f, store_commit(f->store, &f->err));
}

static void test_pruning_leaves_a_stub(void **state)
{
	struct fixture *f = *state;
	struct audit_stub *stubs;
	struct audit_chain chain;
	size_t n;

	fill(f);
	prune(f, 2);
	assert_ok(f, verify(f, &nothing, &chain));
	assert_int_equal(chain.n_rows, 4);
	prune(f, 6); /* the row of the first pruning, too */
	assert_ok(f, verify(f, &nothing, &chain));
	assert_int_equal(chain.n_rows, 1);
	assert_int_equal(chain.last.id, 7);

	assert_ok(f, audit_stubs(f->store, &stubs, &n, &f->err));
	assert_int_equal(n, 2);
	assert_int_equal(stubs[0].up_to, 2);
	assert_int_equal(stubs[0].rows, 2);
	assert_int_equal(stubs[0].first_at, NOON);
	assert_int_equal(stubs[0].last_at, NOON + 1000);
	assert_string_equal(stubs[0].user, "root");
	assert_int_equal(stubs[1].rows, 4);
	free(stubs);
}

static void test_pruning_that_nobody_tells_of_is_found(void **state)
{
	struct fixture *f = *state;
	struct audit_stub stub;

	fill(f);
	assert_ok(f, audit_prune(f->store, 2, "root", &stub, &f->err));
	assert_ok(f, store_commit(f->store, &f->err));
	assert_broken(f, "no row tells who pruned them");

	tamper(f, "UPDATE audit_stub SET user = 'ada'");
	assert_broken(f, "rows up to 2 that were pruned");
	tamper(f, "DELETE FROM audit_stub");
	assert_broken(f, "row 1 is missing");
}

static void test_only_rows_that_are_there_are_pruned(void **state)
{
	struct fixture *f = *state;
	struct audit_stub stub;

	fill(f);
	prune(f, 2);
	assert_fails(f, ERR_NOT_FOUND,
		     audit_prune(f->store, 2, "root", &stub, &f->err));
	assert_fails(f, ERR_NOT_FOUND,
		     audit_prune(f->store, 99, "root", &stub, &f->err));
	assert_int_equal(audit_before(f->store, NOON + 2500), 3);
	assert_int_equal(audit_before(f->store, NOON), 0);
}

static void test_the_numbers_go_on_when_all_was_pruned(void **state)
{
	struct fixture *f = *state;
	struct audit_stub stub;
	struct audit_mark head;

	fill(f);
	assert_ok(f, audit_prune(f->store, 5, "root", &stub, &f->err));
	audit_head(f->store, &head);
	assert_int_equal(head.id, 5);
	assert_string_equal(head.hash, stub.hash);
	assert_ok(f, add(f, "ada", "m6"));
	audit_head(f->store, &head);
	assert_int_equal(head.id, 6);
}

static void test_bytes_that_are_no_text_are_hashed_as_stored(void **state)
{
	struct fixture *f = *state;
	const struct audit_query all = { .limit = 1 };
	struct audit_record *records;
	struct audit_chain chain;
	size_t n;

	assert_ok(f, add(f, "ada", "a\xff\x01\xc3\xa9"));
	assert_ok(f, store_commit(f->store, &f->err));
	assert_ok(f, audit_list(f->store, &all, &records, &n, &f->err));

	assert_string_equal(records[0].name, "a??\xc3\xa9");
	free(records);
	assert_ok(f, verify(f, &nothing, &chain));
}

static void test_a_copy_is_read_where_nothing_can_be_made(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *copy = xasprintf("%s/copy.db", f->folder);
	AUTO_FREE char *in_the_way = xasprintf("%s/copy.db-shm", f->folder);
	AUTO_FREE char *sql = xasprintf("VACUUM INTO '%s'", copy);
	struct audit_chain chain;

	fill(f);
	tamper(f, sql);
	assert_int_equal(mkdir(in_the_way, 0700), 0);

	assert_ok(f, audit_verify_file(copy, &nothing, &chain, &f->err));
	assert_int_equal(chain.n_rows, 5);
	rmdir(in_the_way);
	unlink(copy);
}

static void test_what_is_no_inventory_is_said(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = xasprintf("%s/key", f->folder);
	AUTO_FREE char *none = xasprintf("%s/none.db", f->folder);
	struct audit_chain chain;

	assert_fails(f, ERR_INVALID,
		     audit_verify_file(path, &nothing, &chain, &f->err));
	assert_fails(f, ERR_NOT_FOUND,
		     audit_verify_file(none, &nothing, &chain, &f->err));
	assert_int_equal(access(none, F_OK), -1);
	tamper(f, "DROP TABLE audit");
	assert_fails(f, ERR_INVALID, verify(f, &nothing, &chain));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_rows_are_numbered_and_fit),
		RUN_WITH_STORE(test_a_list_can_be_narrowed_and_paged),
		RUN_WITH_STORE(test_a_row_goes_and_stays_with_its_change),
		RUN_WITH_STORE(test_what_cannot_be_audited_is_not_committed),
		RUN_WITH_STORE(test_the_table_is_only_added_to),
		RUN_WITH_STORE(test_the_head_is_in_its_file_after_the_commit),
		RUN_WITH_STORE(test_each_change_of_a_row_is_found),
		RUN_WITH_STORE(test_a_row_that_was_taken_out_is_found),
		RUN_WITH_STORE(
			test_a_row_that_was_taken_out_of_the_numbers_is_found),
		RUN_WITH_STORE(test_an_end_that_was_cut_off_is_found),
		RUN_WITH_STORE(
			test_the_file_beside_misses_an_end_that_was_cut_off),
		RUN_WITH_STORE(test_what_was_lost_is_told_when_it_is_opened),
		RUN_WITH_STORE(
			test_a_chain_made_anew_is_told_when_it_is_opened),
		RUN_WITH_STORE(test_a_head_that_is_behind_is_no_loss),
		RUN_WITH_STORE(test_pruning_leaves_a_stub),
		RUN_WITH_STORE(test_pruning_that_nobody_tells_of_is_found),
		RUN_WITH_STORE(test_only_rows_that_are_there_are_pruned),
		RUN_WITH_STORE(test_the_numbers_go_on_when_all_was_pruned),
		RUN_WITH_STORE(
			test_bytes_that_are_no_text_are_hashed_as_stored),
		RUN_WITH_STORE(test_a_copy_is_read_where_nothing_can_be_made),
		RUN_WITH_STORE(test_what_is_no_inventory_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
