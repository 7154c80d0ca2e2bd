/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/store/fixture.h"

static json_t *since(struct fixture *f, int64_t version, int limit)
{
	return change_since(f->store, kind_by_word("cm"), version, limit,
			    &f->err);
}

static int keep(struct fixture *f, int64_t n)
{
	const struct change_limits limits = { .n = n };
	bool more;

	return change_prune(f->store, &limits, &more, &f->err);
}

static void three_changes(struct fixture *f)
{
	struct object_key key = key_of("cm", "a");

	assert_ok(f, create(f, "cm", "a", "{'data':{'k':'1'}}"));
	assert_ok(f, update(f, "cm", "a", "{'data':{'k':'2'}}"));
	assert_ok(f, create(f, "tpl", "of-another-kind", "{}"));
	assert_ok(f, object_delete(f->store, &key, NULL, NULL, &f->err));
}

static void test_changes_are_told_in_order(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *all = NULL;
	AUTO_JSON json_t *some = NULL;
	AUTO_JSON json_t *one = NULL;
	AUTO_JSON json_t *none = NULL;

	three_changes(f);
	all = since(f, 0, 10);
	some = since(f, 1, 10);
	one = since(f, 0, 1);
	none = since(f, 4, 10);

	assert_int_equal(json_array_size(all), 3);
	assert_text(all, "[0].type", "ADDED");
	assert_text(all, "[0].object.data.k", "1");
	assert_text(all, "[1].type", "MODIFIED");
	assert_text(all, "[1].object.metadata.resourceVersion", "2");
	assert_text(all, "[2].type", "DELETED");
	assert_text(all, "[2].object.data.k", "2");
	assert_text(all, "[2].object.metadata.resourceVersion", "4");
	assert_int_equal(json_int_at(all, "[2].version", 0), 4);
	assert_int_equal(json_array_size(some), 2);
	assert_int_equal(json_array_size(one), 1);
	assert_int_equal(json_array_size(none), 0);
}

static void test_pruned_changes_are_gone(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *rest = NULL;

	three_changes(f);
	assert_ok(f, keep(f, 2));
	rest = since(f, 2, 10);

	assert_int_equal(json_array_size(rest), 1);
	assert_null(since(f, 1, 10));
	assert_int_equal(f->err.code, ERR_GONE);
	assert_int_equal(store_version(f->store), 4);
}

static void test_pruning_everything_keeps_counting(void **state)
{
	const struct change_limits everything = { .age = 1 };
	struct fixture *f = *state;
	AUTO_JSON json_t *none = NULL;
	AUTO_JSON json_t *next = NULL;
	bool more;

	three_changes(f);
	store_set_now(f->store, NOON + 2);
	assert_ok(f, change_prune(f->store, &everything, &more, &f->err));
	assert_false(more);
	none = since(f, 4, 10);
	assert_int_equal(json_array_size(none), 0);
	assert_null(since(f, 3, 10));
	assert_int_equal(f->err.code, ERR_GONE);
	assert_ok(f, create(f, "cm", "b", "{}"));
	next = since(f, 4, 10);

	assert_int_equal(json_int_at(next, "[0].version", 0), 5);
}

static void test_a_version_of_the_future_is_gone(void **state)
{
	struct fixture *f = *state;

	assert_null(since(f, 1, 10));
	assert_int_equal(f->err.code, ERR_GONE);
}

static void test_pruning_nothing_writes_nothing(void **state)
{
	struct fixture *f = *state;

	three_changes(f);
	assert_ok(f, store_commit(f->store, &f->err));
	assert_ok(f, keep(f, 100));
	assert_ok(f, store_commit(f->store, &f->err));

	assert_int_equal(store_n_commits(f->store), 1);
}

static void test_the_log_is_bounded_by_age_and_by_size(void **state)
{
	const struct change_limits by_age = { .age = 1000 };
	const struct change_limits by_size = { .bytes = 600 };
	const struct change_limits with_floor = { .age = 1, .floor = 1 };
	struct fixture *f = *state;
	AUTO_JSON json_t *young = NULL;
	AUTO_JSON json_t *small = NULL;
	AUTO_JSON json_t *last = NULL;
	bool more;

	assert_ok(f, create(f, "cm", "old", "{'data':{'k':'1'}}"));
	store_set_now(f->store, NOON + 5000);
	assert_ok(f, create(f, "cm", "a", "{'data':{'k':'1'}}"));
	assert_ok(f, create(f, "cm", "b", "{'data':{'k':'1'}}"));
	assert_ok(f, create(f, "cm", "c", "{'data':{'k':'1'}}"));
	assert_ok(f, change_prune(f->store, &by_age, &more, &f->err));
	young = since(f, 1, 10);
	assert_ok(f, change_prune(f->store, &by_size, &more, &f->err));
	small = since(f, 2, 10);
	store_set_now(f->store, NOON + 50000);
	assert_ok(f, change_prune(f->store, &with_floor, &more, &f->err));
	last = since(f, 3, 10);

	assert_int_equal(json_array_size(young), 3);
	assert_int_equal(json_array_size(small), 2);
	assert_int_equal(json_array_size(last), 1);
	assert_null(since(f, 2, 10));
}

static void test_much_is_pruned_in_portions(void **state)
{
	struct fixture *f = *state;
	const struct change_limits limits = { .n = 1 };
	AUTO_JSON json_t *rest = NULL;
	char text[64];
	bool more;
	int rounds = 0;

	for (int i = 0; i < 4100; i++) {
		snprintf(text, sizeof(text), "{'data':{'k':'%d'}}", i);
		assert_ok(f, i ? update(f, "cm", "a", text)
			       : create(f, "cm", "a", text));
	}
	do {
		assert_ok(f, change_prune(f->store, &limits, &more, &f->err));
		rounds++;
	} while (more);

	assert_int_equal(rounds, 3);
	assert_null(since(f, 4098, 10));
	rest = since(f, 4099, 10);
	assert_int_equal(json_array_size(rest), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_changes_are_told_in_order),
		RUN_WITH_STORE(test_pruned_changes_are_gone),
		RUN_WITH_STORE(test_pruning_everything_keeps_counting),
		RUN_WITH_STORE(test_a_version_of_the_future_is_gone),
		RUN_WITH_STORE(test_pruning_nothing_writes_nothing),
		RUN_WITH_STORE(test_the_log_is_bounded_by_age_and_by_size),
		RUN_WITH_STORE(test_much_is_pruned_in_portions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
