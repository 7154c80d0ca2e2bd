/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/store/fixture.h"

/* A ConfigMap that names others as its owners; NULL: none. */
static void own(struct fixture *f, const char *name, const char *a,
		const char *b, bool blocks)
{
	const char *const owners[] = { a, b };
	const struct object_key key = key_of("cm", name);
	AUTO_JSON json_t *object = json_object();
	json_t *list = json_array();

	for (size_t i = 0; i < 2 && owners[i]; i++) {
		AUTO_JSON json_t *owner = get(f, "cm", owners[i]);

		json_array_append_new(
			list,
			json_pack("{s:s,s:s,s:s,s:s,s:b}", "apiVersion", "v1",
				  "kind", "ConfigMap", "name", owners[i], "uid",
				  json_str_at(owner, "metadata.uid"),
				  "blockOwnerDeletion", blocks));
	}
	json_put(object, "metadata.ownerReferences", list);
	assert_ok(f, object_create(f->store, &key, object, NULL, &f->err));
}

static bool is_there(struct fixture *f, const char *name)
{
	return id_of(f, "cm", name) != 0;
}

static bool delete_as(struct fixture *f, const char *name,
		      enum object_propagation propagation)
{
	const struct object_key key = key_of("cm", name);
	bool gone;

	assert_ok(f, object_delete_as(f->store, &key, propagation, NULL, &gone,
				      &f->err));
	return gone;
}

static void finalize(struct fixture *f, const char *name, const char *list)
{
	AUTO_FREE char *text =
		xasprintf("{'metadata':{'finalizers':%s}}", list);

	assert_ok(f, patch(f, "cm", name, text));
}

static void test_what_is_owned_goes_with_its_owner(void **state)
{
	struct fixture *f = *state;

	assert_ok(f, create(f, "cm", "root", "{}"));
	own(f, "child", "root", NULL, false);
	own(f, "grandchild", "child", NULL, false);
	assert_ok(f, create(f, "cm", "stranger", "{}"));

	assert_true(delete_as(f, "root", OBJECT_BACKGROUND));

	assert_false(is_there(f, "root"));
	assert_false(is_there(f, "child"));
	assert_false(is_there(f, "grandchild"));
	assert_true(is_there(f, "stranger"));
}

static void test_what_has_another_owner_stays(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *child = NULL;

	assert_ok(f, create(f, "cm", "one", "{}"));
	assert_ok(f, create(f, "cm", "two", "{}"));
	own(f, "child", "one", "two", false);

	assert_true(delete_as(f, "one", OBJECT_BACKGROUND));
	child = get(f, "cm", "child");
	assert_int_equal(
		json_array_size(json_at(child, "metadata.ownerReferences")), 1);
	assert_text(child, "metadata.ownerReferences[0].name", "two");

	assert_true(delete_as(f, "two", OBJECT_BACKGROUND));
	assert_false(is_there(f, "child"));
}

static void test_orphans_stay_without_the_reference(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *child = NULL;

	assert_ok(f, create(f, "cm", "root", "{}"));
	own(f, "child", "root", NULL, true);

	assert_true(delete_as(f, "root", OBJECT_ORPHAN));

	child = get(f, "cm", "child");
	assert_null(json_at(child, "metadata.ownerReferences"));
}

static void test_a_dependent_with_a_finalizer_is_waited_for(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *root = NULL;

	assert_ok(f, create(f, "cm", "root", "{}"));
	own(f, "child", "root", NULL, true);
	own(f, "grandchild", "child", NULL, true);
	finalize(f, "grandchild", "['x/y']");

	assert_false(delete_as(f, "root", OBJECT_FOREGROUND));
	root = get(f, "cm", "root");
	assert_text(root, "metadata.finalizers[0]", "foregroundDeletion");
	assert_non_null(json_at(root, "metadata.deletionTimestamp"));
	assert_true(is_there(f, "child"));
	assert_true(is_there(f, "grandchild"));

	finalize(f, "grandchild", "null");
	assert_false(is_there(f, "grandchild"));
	assert_false(is_there(f, "child"));
	assert_false(is_there(f, "root"));
}

static void test_in_the_background_the_owner_does_not_wait(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *child = NULL;

	assert_ok(f, create(f, "cm", "root", "{}"));
	own(f, "child", "root", NULL, true);
	finalize(f, "child", "['x/y']");

	assert_true(delete_as(f, "root", OBJECT_BACKGROUND));

	child = get(f, "cm", "child");
	assert_non_null(json_at(child, "metadata.deletionTimestamp"));
}

static void test_who_does_not_block_is_not_waited_for(void **state)
{
	struct fixture *f = *state;

	assert_ok(f, create(f, "cm", "root", "{}"));
	own(f, "child", "root", NULL, false);
	finalize(f, "child", "['x/y']");

	delete_as(f, "root", OBJECT_FOREGROUND);

	assert_false(is_there(f, "root"));
	assert_true(is_there(f, "child"));
}

static void test_an_owner_with_a_finalizer_keeps_its_dependents(void **state)
{
	struct fixture *f = *state;

	assert_ok(f, create(f, "cm", "root", "{}"));
	finalize(f, "root", "['x/y']");
	own(f, "child", "root", NULL, false);

	assert_false(delete_as(f, "root", OBJECT_BACKGROUND));
	assert_true(is_there(f, "child"));

	finalize(f, "root", "null");
	assert_false(is_there(f, "root"));
	assert_false(is_there(f, "child"));
}

static void test_a_loop_of_owners_ends(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *b = NULL;
	AUTO_FREE char *text = NULL;

	assert_ok(f, create(f, "cm", "a", "{}"));
	own(f, "b", "a", NULL, true);
	b = get(f, "cm", "b");
	text = xasprintf("{'metadata':{'ownerReferences':[{'uid':'%s',"
			 "'blockOwnerDeletion':true}]}}",
			 json_str_at(b, "metadata.uid"));
	assert_ok(f, patch(f, "cm", "a", text));

	delete_as(f, "a", OBJECT_BACKGROUND);

	assert_false(is_there(f, "a"));
	assert_false(is_there(f, "b"));
}

static void test_a_long_chain_goes_whole(void **state)
{
	struct fixture *f = *state;
	char name[16];
	char before[16] = "n0";

	assert_ok(f, create(f, "cm", "n0", "{}"));
	for (int i = 1; i < 300; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		own(f, name, before, NULL, true);
		str_copy(before, sizeof(before), name);
	}

	assert_true(delete_as(f, "n0", OBJECT_FOREGROUND));

	assert_false(is_there(f, "n0"));
	assert_false(is_there(f, before));
}

static void test_an_owner_needs_a_uid(void **state)
{
	struct fixture *f = *state;

	assert_fails(f, ERR_INVALID,
		     create(f, "cm", "a",
			    "{'metadata':{'ownerReferences':[{'name':'x'}]}}"));
}

static void test_what_is_too_old_expires(void **state)
{
	struct fixture *f = *state;

	assert_ok(f, create(f, "cm", "old", "{}"));
	assert_ok(f, create(f, "tpl", "of-another-kind", "{}"));
	store_set_now(f->store, NOON + 10);
	assert_ok(f, create(f, "cm", "new", "{}"));

	assert_ok(f, object_expire(f->store, kind_by_word("cm"), NOON + 10,
				   &f->err));

	assert_false(is_there(f, "old"));
	assert_true(is_there(f, "new"));
	assert_true(id_of(f, "tpl", "of-another-kind") != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_what_is_owned_goes_with_its_owner),
		RUN_WITH_STORE(test_what_has_another_owner_stays),
		RUN_WITH_STORE(test_orphans_stay_without_the_reference),
		RUN_WITH_STORE(test_a_dependent_with_a_finalizer_is_waited_for),
		RUN_WITH_STORE(test_in_the_background_the_owner_does_not_wait),
		RUN_WITH_STORE(test_who_does_not_block_is_not_waited_for),
		RUN_WITH_STORE(
			test_an_owner_with_a_finalizer_keeps_its_dependents),
		RUN_WITH_STORE(test_a_loop_of_owners_ends),
		RUN_WITH_STORE(test_a_long_chain_goes_whole),
		RUN_WITH_STORE(test_an_owner_needs_a_uid),
		RUN_WITH_STORE(test_what_is_too_old_expires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
