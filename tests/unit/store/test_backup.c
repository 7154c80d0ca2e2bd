/* SPDX-License-Identifier: Apache-2.0 */
#include "store/backup.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/store/fixture.h"

static void put(struct fixture *f, const char *name)
{
	AUTO_JSON json_t *object =
		json_pack("{s:s,s:s,s:{s:s}}", "apiVersion", "v1", "kind",
			  "ConfigMap", "data", "x", "y");
	const struct object_key key = { kind_find("", "ConfigMap"), "default",
					name };

	assert_ok(f, object_create(f->store, &key, object, NULL, &f->err));
}

static bool has(struct fixture *f, struct store *store, const char *name)
{
	const struct object_key key = { kind_find("", "ConfigMap"), "default",
					name };
	AUTO_JSON json_t *object = object_get(store, &key, &f->err);

	return object != NULL;
}

/* What the fixture does not know of. */
static int tidy(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *command =
		xasprintf("rm -rf %s/restored %s/other %s/backup*", f->folder,
			  f->folder, f->folder);

	assert_int_equal(system(command), 0);
	return fixture_teardown(state);
}

/* A folder with a backup as its inventory, and the same key. */
static struct store *restore(struct fixture *f, const char *backup,
			     const char *folder)
{
	AUTO_FREE char *command =
		xasprintf("mkdir -m 700 %s && cp %s %s/inventory.db && "
			  "cp -p %s/key %s/",
			  folder, backup, folder, f->folder, folder);
	struct store *store;

	assert_int_equal(system(command), 0);
	store = store_open(folder, &f->err);
	if (!store)
		fail_msg("%s", f->err.message);
	return store;
}

static void test_a_backup_is_what_was_committed(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *backup = xasprintf("%s/backup", f->folder);
	AUTO_FREE char *wal = xasprintf("%s/backup-wal", f->folder);
	AUTO_FREE char *folder = xasprintf("%s/restored", f->folder);
	struct store *store;
	uint64_t bytes = 0;
	struct stat st;

	put(f, "before");
	assert_ok(f, store_commit(f->store, &f->err));
	put(f, "under-way");

	assert_ok(f, store_backup(f->folder, backup, &bytes, &f->err));

	assert_int_equal(stat(backup, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, bytes);
	assert_int_equal(access(wal, F_OK), -1);
	store = restore(f, backup, folder);
	assert_true(has(f, store, "before"));
	assert_false(has(f, store, "under-way"));
	store_close(store);
	/* And whoever was writing goes on. */
	assert_ok(f, store_commit(f->store, &f->err));
}

static void test_a_backup_replaces_the_one_before(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *backup = xasprintf("%s/backup", f->folder);
	AUTO_FREE char *folder = xasprintf("%s/restored", f->folder);
	struct store *store;
	uint64_t bytes;

	assert_ok(f, store_backup(f->folder, backup, &bytes, &f->err));
	put(f, "later");
	assert_ok(f, store_commit(f->store, &f->err));

	assert_ok(f, store_backup(f->folder, backup, &bytes, &f->err));

	store = restore(f, backup, folder);
	assert_true(has(f, store, "later"));
	store_close(store);
}

static void test_what_cannot_be_copied_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *nowhere = xasprintf("%s/none/backup", f->folder);
	AUTO_FREE char *backup = xasprintf("%s/backup", f->folder);
	AUTO_FREE char *part = xasprintf("%s/backup.part", f->folder);
	AUTO_FREE char *other = xasprintf("%s/other", f->folder);
	AUTO_FREE char *junk =
		xasprintf("mkdir %s; seq 9999 >%s/inventory.db", other, other);
	uint64_t bytes;

	assert_int_equal(store_backup(f->folder, nowhere, &bytes, &f->err), -1);
	assert_int_equal(f->err.code, ERR_NOT_FOUND);
	assert_int_equal(store_backup("/nowhere", backup, &bytes, &f->err), -1);
	assert_int_equal(f->err.code, ERR_NOT_FOUND);
	assert_int_equal(system(junk), 0);
	assert_int_equal(store_backup(other, backup, &bytes, &f->err), -1);
	assert_int_equal(access(backup, F_OK), -1);
	assert_int_equal(access(part, F_OK), -1);
}

#define RUN_TIDY(test)                                                         \
	cmocka_unit_test_setup_teardown(test, fixture_setup, tidy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_TIDY(test_a_backup_is_what_was_committed),
		RUN_TIDY(test_a_backup_replaces_the_one_before),
		RUN_TIDY(test_what_cannot_be_copied_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
