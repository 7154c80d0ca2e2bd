/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/store/fixture.h"

#define STORE_SQL_TEXTS
#include "store/db.h"

static struct object_key namespace_of(const char *name)
{
	return (struct object_key){ kind_by_word("ns"), "", name };
}

static int put(struct fixture *f, const char *namespace, const char *name,
	       const char *text)
{
	const struct object_key key = { kind_by_word("cm"), namespace, name };
	AUTO_JSON json_t *object = json_of(text);

	return object_create(f->store, &key, object, NULL, &f->err);
}

static bool is_there(struct fixture *f, const char *name)
{
	const struct object_key key = namespace_of(name);

	return object_id(f->store, &key) != 0;
}

static void test_a_namespace_comes_with_the_first_object(void **state)
{
	struct fixture *f = *state;
	const struct object_key key = namespace_of("rack-7");
	AUTO_JSON json_t *object = NULL;

	assert_false(is_there(f, "rack-7"));
	assert_ok(f, put(f, "rack-7", "a", "{}"));
	assert_ok(f, put(f, "rack-7", "b", "{}"));

	object = object_get(f->store, &key, &f->err);
	assert_non_null(object);
	assert_text(object, "status.phase", "Active");
	assert_null(json_at(object, "metadata.namespace"));
	assert_string_equal(json_string_value(json_object_get(
				    json_at(object, "metadata.labels"),
				    "kubernetes.io/metadata.name")),
			    "rack-7");
}

static void test_a_namespace_takes_all_with_it(void **state)
{
	struct fixture *f = *state;
	const struct object_key key = namespace_of("old");
	const struct object_key a = { kind_by_word("cm"), "old", "a" };
	bool gone;

	assert_ok(f, put(f, "old", "a", "{}"));
	assert_ok(f, put(f, "old", "b", "{}"));
	assert_ok(f, put(f, "new", "a", "{}"));
	assert_ok(f, object_delete(f->store, &key, NULL, &gone, &f->err));

	assert_true(gone);
	assert_int_equal(object_id(f->store, &a), 0);
	assert_true(is_there(f, "new"));
}

static void test_a_namespace_waits_for_finalizers(void **state)
{
	struct fixture *f = *state;
	const struct object_key key = namespace_of("old");
	const struct object_key a = { kind_by_word("cm"), "old", "a" };
	AUTO_JSON json_t *none = json_of("{'metadata':{}}");
	AUTO_JSON json_t *last = NULL;
	bool gone;

	assert_ok(f, put(f, "old", "a", "{'metadata':{'finalizers':['x/y']}}"));
	assert_ok(f, object_delete(f->store, &key, &last, &gone, &f->err));
	assert_false(gone);
	assert_text(last, "status.phase", "Terminating");
	assert_fails(f, ERR_DENIED, put(f, "old", "late", "{}"));

	assert_ok(f, object_update(f->store, &a, none, OBJECT_MAIN, NULL,
				   &f->err));
	assert_false(is_there(f, "old"));
	assert_ok(f, put(f, "old", "fresh", "{}"));
}

static void test_default_stays(void **state)
{
	struct fixture *f = *state;
	const struct object_key key = namespace_of("default");

	assert_fails(f, ERR_DENIED,
		     object_delete(f->store, &key, NULL, NULL, &f->err));
	assert_true(is_there(f, "default"));
}

static void test_a_namespace_is_a_label(void **state)
{
	struct fixture *f = *state;
	const struct object_key dotted = namespace_of("a.b");
	const struct object_key within = { kind_by_word("ns"), "x", "a" };
	AUTO_JSON json_t *empty = json_object();

	assert_fails(f, ERR_INVALID,
		     object_create(f->store, &dotted, empty, NULL, &f->err));
	assert_fails(f, ERR_INVALID,
		     object_create(f->store, &within, empty, NULL, &f->err));
}

/* An inventory of the first schema, with objects in two namespaces. */
static void make_first_schema(struct fixture *f)
{
	AUTO_FREE char *path = xasprintf("%s/inventory.db", f->folder);
	sqlite3 *db;

	store_close(f->store);
	f->store = NULL;
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql_migrations[0], NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(
			db,
			"INSERT INTO object VALUES (1, 'uid-1', '', "
			"'ConfigMap', 'default', 'a', 1, 1, 5, "
			"'{\"metadata\":{}}', '{}'), (2, 'uid-2', '', "
			"'ConfigMap', 'rack-7', 'b', 2, 1, 5, "
			"'{\"metadata\":{\"labels\":{\"x\":\"y\"},"
			"\"ownerReferences\":[{\"uid\":"
			"\"uid-1\",\"blockOwnerDeletion\":true}]}}', '{}');"
			"INSERT INTO change (type, api_group, kind, "
			"namespace, name, object, labels_before, at) VALUES "
			"('ADDED', '', 'ConfigMap', 'default', 'a', '{}', "
			"'{}', 5), ('ADDED', '', 'ConfigMap', 'rack-7', 'b', "
			"'{}', '{}', 5);"
			"PRAGMA user_version = 1",
			NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	f->store = store_open(f->folder, &f->err);
	if (!f->store)
		fail_msg("%s", f->err.message);
}

static bool count(void *arg, json_t *object)
{
	(void)object;
	++*(int *)arg;
	return true;
}

static void test_the_first_schema_is_brought_along(void **state)
{
	const struct object_query labelled = {
		.kind = kind_by_word("cm"),
		.namespace = "",
		.after_namespace = "",
		.after_name = "",
		.label_key = "x",
		.label_value = "y",
	};
	struct fixture *f = *state;
	int n = 0;
	const struct object_key owner = key_of("cm", "a");
	const struct object_key owned = { kind_by_word("cm"), "rack-7", "b" };
	AUTO_JSON json_t *changes = NULL;

	make_first_schema(f);

	assert_true(is_there(f, "default"));
	assert_true(is_there(f, "rack-7"));
	assert_int_equal(store_version(f->store), 2);
	assert_ok(f, object_each(f->store, &labelled, count, &n, &f->err));
	assert_int_equal(n, 1);
	assert_null(change_since(f->store, owner.kind, 1, 10, &f->err));
	assert_int_equal(f->err.code, ERR_GONE);
	changes = change_since(f->store, owner.kind, 2, 10, &f->err);
	assert_int_equal(json_array_size(changes), 0);
	assert_ok(f, object_delete(f->store, &owner, NULL, NULL, &f->err));
	assert_int_equal(object_id(f->store, &owned), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_a_namespace_comes_with_the_first_object),
		RUN_WITH_STORE(test_a_namespace_takes_all_with_it),
		RUN_WITH_STORE(test_a_namespace_waits_for_finalizers),
		RUN_WITH_STORE(test_default_stays),
		RUN_WITH_STORE(test_a_namespace_is_a_label),
		RUN_WITH_STORE(test_the_first_schema_is_brought_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
