/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "store/bmc_memory.h"
#include "store/db.h"
#include "unit/store/fixture.h"

#define TOKEN "{\"token\":\"token-planted\"}"

static void with_machine(struct fixture *f)
{
	assert_ok(f, create(f, "machine", "b1", "{'spec':{}}"));
}

static int put(struct fixture *f, const char *text)
{
	return bmc_memory_put(f->store, "default", "b1", text, &f->err);
}

static void assert_kept(struct fixture *f, const char *expected)
{
	CLEANUP(secret_release) struct buf text = BUF_INIT(BMC_MEMORY_MAX);
	int status = bmc_memory_get(f->store, "default", "b1", &text, &f->err);

	assert_int_equal(status, expected != NULL);
	if (expected)
		assert_string_equal(text.base, expected);
}

static void test_what_was_learnt_is_there_after_a_restart(void **state)
{
	struct fixture *f = *state;

	with_machine(f);
	assert_kept(f, NULL);
	assert_ok(f, put(f, "{}"));
	assert_ok(f, put(f, TOKEN));
	assert_ok(f, store_commit(f->store, &f->err));
	store_close(f->store);
	f->store = store_open(f->folder, &f->err);

	assert_kept(f, TOKEN);
}

static void test_it_is_forgotten_alone_and_with_its_machine(void **state)
{
	struct fixture *f = *state;
	struct object_key key = key_of("machine", "b1");
	bool gone;

	with_machine(f);
	assert_ok(f, put(f, TOKEN));
	assert_ok(f, bmc_memory_forget(f->store, "default", "b1", &f->err));
	assert_kept(f, NULL);
	assert_ok(f, bmc_memory_forget(f->store, "default", "b1", &f->err));

	assert_ok(f, put(f, TOKEN));
	assert_ok(f, object_delete(f->store, &key, NULL, &gone, &f->err));
	assert_kept(f, NULL);
	with_machine(f);
	assert_kept(f, NULL);
}

static void test_nobody_keeps_what_is_of_no_machine_or_too_long(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *text = xcalloc(1, BMC_MEMORY_MAX + 2);

	assert_fails(f, ERR_NOT_FOUND, put(f, TOKEN));
	with_machine(f);
	memset(text, ' ', BMC_MEMORY_MAX + 1);
	assert_fails(f, ERR_TOO_BIG, put(f, text));
	assert_kept(f, NULL);

	text[BMC_MEMORY_MAX] = '\0';
	assert_ok(f, put(f, text));
	assert_kept(f, text);
}

static void execute(struct fixture *f, const char *sql)
{
	char *text = NULL;

	if (sqlite3_exec(f->store->db, sql, NULL, NULL, &text) != SQLITE_OK)
		fail_msg("%s: %s", sql, text);
}

/* A row that is copied to another machine is not a token for that one. */
static void test_a_text_opens_in_its_own_row_only(void **state)
{
	struct fixture *f = *state;
	CLEANUP(secret_release) struct buf text = BUF_INIT(BMC_MEMORY_MAX);

	with_machine(f);
	assert_ok(f, create(f, "machine", "b2", "{'spec':{}}"));
	assert_ok(f, put(f, TOKEN));
	assert_ok(f, store_commit(f->store, &f->err));
	execute(f, "INSERT INTO bmc_memory (object_id, sealed) SELECT"
		   " (SELECT id FROM object WHERE name = 'b2'), sealed"
		   " FROM bmc_memory");

	assert_int_equal(
		bmc_memory_get(f->store, "default", "b2", &text, &f->err), -1);
	assert_kept(f, TOKEN);
}

static void test_no_byte_of_it_is_in_the_files(void **state)
{
	static const char *const files[] = { "inventory.db",
					     "inventory.db-wal" };
	struct fixture *f = *state;
	size_t n_read = 0;

	with_machine(f);
	assert_ok(f, put(f, TOKEN));
	assert_ok(f, store_commit(f->store, &f->err));

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", f->folder, files[i]);
		CLEANUP(buf_release) struct buf content = BUF_INIT(8 << 20);

		assert_ok(f, file_read(path, &content, &f->err));
		assert_null(memmem(content.base, content.len, "token-planted",
				   strlen("token-planted")));
		n_read += content.len;
	}
	assert_true(n_read > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_what_was_learnt_is_there_after_a_restart),
		RUN_WITH_STORE(test_it_is_forgotten_alone_and_with_its_machine),
		RUN_WITH_STORE(
			test_nobody_keeps_what_is_of_no_machine_or_too_long),
		RUN_WITH_STORE(test_a_text_opens_in_its_own_row_only),
		RUN_WITH_STORE(test_no_byte_of_it_is_in_the_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
