/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/store/fixture.h"

/* What a walk met: "a=1 b=2". */
struct seen {
	char text[400];
	size_t limit; /* 0: none */
	size_t n;
};

static bool see(void *arg, json_t *object)
{
	struct seen *seen = arg;
	size_t len = strlen(seen->text);
	const char *value = json_str_at(object, "data.k");

	snprintf(seen->text + len, sizeof(seen->text) - len, "%s%s/%s=%s",
		 len ? " " : "", json_str_at(object, "metadata.namespace"),
		 json_str_at(object, "metadata.name"), value ? value : "");
	return ++seen->n != seen->limit;
}

static struct object_query query_of(const char *namespace, int64_t version)
{
	return (struct object_query){ .kind = kind_by_word("cm"),
				      .namespace = namespace,
				      .version = version,
				      .after_namespace = "",
				      .after_name = "" };
}

static void put(struct fixture *f, const char *namespace, const char *name,
		const char *value)
{
	const struct object_key key = { kind_by_word("cm"), namespace, name };
	AUTO_JSON json_t *object = json_pack("{s:{s:s}}", "data", "k", value);

	if (object_id(f->store, &key))
		assert_ok(f, object_update(f->store, &key, object, OBJECT_MAIN,
					   NULL, &f->err));
	else
		assert_ok(f,
			  object_create(f->store, &key, object, NULL, &f->err));
}

static void drop(struct fixture *f, const char *name)
{
	const struct object_key key = key_of("cm", name);

	assert_ok(f, object_delete(f->store, &key, NULL, NULL, &f->err));
}

static void some(struct fixture *f)
{
	put(f, "alpha", "z", "1");
	put(f, "default", "b", "1");
	put(f, "default", "a", "1");
	put(f, "default", "c", "1");
}

static void test_a_walk_is_in_the_order_of_keys(void **state)
{
	struct fixture *f = *state;
	struct object_query all = query_of("", 0);
	struct object_query one = query_of("default", 0);
	struct seen seen = { 0 };
	struct seen of_one = { 0 };

	some(f);
	assert_ok(f, object_each(f->store, &all, see, &seen, &f->err));
	assert_ok(f, object_each(f->store, &one, see, &of_one, &f->err));

	assert_string_equal(seen.text,
			    "alpha/z=1 default/a=1 default/b=1 default/c=1");
	assert_string_equal(of_one.text, "default/a=1 default/b=1 default/c=1");
	assert_int_equal(object_count(f->store, &all), 4);
	assert_int_equal(object_count(f->store, &one), 3);
}

static void test_a_walk_goes_on_behind_a_key(void **state)
{
	struct fixture *f = *state;
	struct object_query query = query_of("", 0);
	struct seen first = { .limit = 2 };
	struct seen rest = { 0 };

	some(f);
	assert_ok(f, object_each(f->store, &query, see, &first, &f->err));
	query.after_namespace = "default";
	query.after_name = "a";
	assert_ok(f, object_each(f->store, &query, see, &rest, &f->err));

	assert_string_equal(first.text, "alpha/z=1 default/a=1");
	assert_string_equal(rest.text, "default/b=1 default/c=1");
	assert_int_equal(object_count(f->store, &query), 2);
}

static void test_the_past_is_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct object_query query = query_of("default", 0);
	struct seen seen = { 0 };

	some(f);
	query.version = store_version(f->store);
	put(f, "default", "a", "2");
	put(f, "default", "a", "3");
	drop(f, "b");
	put(f, "default", "b", "again");
	put(f, "default", "aa", "new");
	drop(f, "c");
	assert_ok(f, object_each(f->store, &query, see, &seen, &f->err));

	assert_string_equal(seen.text, "default/a=1 default/b=1 default/c=1");
}

static void test_pages_of_the_past_meet_each_object_once(void **state)
{
	struct fixture *f = *state;
	struct object_query query = query_of("default", 0);
	struct seen first = { .limit = 1 };
	struct seen second = { .limit = 1 };
	struct seen third = { .limit = 1 };

	some(f);
	query.version = store_version(f->store);
	assert_ok(f, object_each(f->store, &query, see, &first, &f->err));
	drop(f, "b");
	put(f, "default", "a", "2");
	query.after_namespace = "default";
	query.after_name = "a";
	assert_ok(f, object_each(f->store, &query, see, &second, &f->err));
	put(f, "default", "bb", "new");
	query.after_name = "b";
	assert_ok(f, object_each(f->store, &query, see, &third, &f->err));

	assert_string_equal(first.text, "default/a=1");
	assert_string_equal(second.text, "default/b=1");
	assert_string_equal(third.text, "default/c=1");
}

static void prune(struct fixture *f, int64_t keep)
{
	const struct change_limits limits = { .n = keep };
	bool more;

	assert_ok(f, change_prune(f->store, &limits, &more, &f->err));
}

static void test_what_was_before_outlives_the_change_that_made_it(void **state)
{
	struct fixture *f = *state;
	struct object_query query = query_of("default", 0);
	struct seen seen = { 0 };
	struct seen after = { 0 };

	some(f);
	query.version = store_version(f->store);
	put(f, "default", "a", "2");
	drop(f, "b");
	prune(f, 2);
	assert_ok(f, object_each(f->store, &query, see, &seen, &f->err));
	put(f, "default", "c", "2");
	assert_ok(f, object_each(f->store, &query, see, &after, &f->err));

	assert_string_equal(seen.text, "default/a=1 default/b=1 default/c=1");
	assert_string_equal(after.text, seen.text);
}

static void test_a_past_that_is_pruned_is_gone(void **state)
{
	struct fixture *f = *state;
	struct object_query query = query_of("default", 0);
	struct seen seen = { 0 };

	some(f);
	query.version = store_version(f->store);
	put(f, "default", "a", "2");
	prune(f, 1);
	assert_ok(f, object_each(f->store, &query, see, &seen, &f->err));
	put(f, "default", "a", "3");
	prune(f, 1);

	assert_fails(f, ERR_GONE,
		     object_each(f->store, &query, see, &seen, &f->err));
	query.version = 1000;
	assert_fails(f, ERR_GONE,
		     object_each(f->store, &query, see, &seen, &f->err));
}

static void put_labelled(struct fixture *f, const char *name,
			 const char *labels)
{
	AUTO_FREE char *text = xasprintf(
		"{'metadata':{'labels':%s},'data':{'k':'1'}}", labels);
	const struct object_key key = key_of("cm", name);

	if (object_id(f->store, &key))
		assert_ok(f, update(f, "cm", name, text));
	else
		assert_ok(f, create(f, "cm", name, text));
}

/* Of those with a label, whatever else is given. */
static void check_labelled(struct fixture *f, const char *value,
			   const char *expected)
{
	struct object_query query = query_of("", 0);
	struct seen seen = { 0 };

	query.label_key = "rack";
	query.label_value = value;
	assert_ok(f, object_each(f->store, &query, see, &seen, &f->err));
	assert_string_equal(seen.text, expected);
}

static void test_a_rare_label_leads_to_its_objects(void **state)
{
	struct fixture *f = *state;
	struct object_key key = key_of("cm", "a");

	put_labelled(f, "b", "{'rack':'1','x':'y'}");
	put_labelled(f, "a", "{'rack':'1'}");
	put_labelled(f, "c", "{'rack':'2'}");
	put_labelled(f, "d", "{}");
	check_labelled(f, "1", "default/a=1 default/b=1");

	put_labelled(f, "b", "{'x':'y'}");
	put_labelled(f, "d", "{'rack':'1'}");
	check_labelled(f, "1", "default/a=1 default/d=1");
	check_labelled(f, "3", "");

	assert_ok(f, object_delete(f->store, &key, NULL, NULL, &f->err));
	check_labelled(f, "1", "default/d=1");
}

static bool wants_x(void *arg, const json_t *labels)
{
	(void)arg;
	return json_object_get(labels, "x") != NULL;
}

static void test_what_is_not_wanted_by_its_labels_is_not_read(void **state)
{
	struct fixture *f = *state;
	struct object_query query = query_of("", 0);
	struct seen seen = { 0 };

	put_labelled(f, "a", "{'x':'1'}");
	put_labelled(f, "b", "{'y':'1'}");
	put_labelled(f, "c", "{}");
	query.wants = wants_x;
	assert_ok(f, object_each(f->store, &query, see, &seen, &f->err));

	assert_string_equal(seen.text, "default/a=1");
}

static void test_one_is_found_by_its_name(void **state)
{
	struct fixture *f = *state;
	struct object_query one = query_of("default", 0);
	struct object_query any = query_of("", 0);
	struct object_query then = query_of("default", 0);
	struct seen seen = { 0 };
	struct seen all = { 0 };
	struct seen old = { 0 };

	some(f);
	one.name = any.name = then.name = "b";
	then.version = store_version(f->store);
	put(f, "alpha", "b", "1");
	put(f, "default", "b", "2");
	assert_ok(f, object_each(f->store, &one, see, &seen, &f->err));
	assert_ok(f, object_each(f->store, &any, see, &all, &f->err));
	assert_ok(f, object_each(f->store, &then, see, &old, &f->err));

	assert_string_equal(seen.text, "default/b=2");
	assert_string_equal(all.text, "alpha/b=1 default/b=2");
	assert_string_equal(old.text, "default/b=1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_a_walk_is_in_the_order_of_keys),
		RUN_WITH_STORE(test_a_walk_goes_on_behind_a_key),
		RUN_WITH_STORE(test_the_past_is_as_it_was),
		RUN_WITH_STORE(test_pages_of_the_past_meet_each_object_once),
		RUN_WITH_STORE(
			test_what_was_before_outlives_the_change_that_made_it),
		RUN_WITH_STORE(test_a_past_that_is_pruned_is_gone),
		RUN_WITH_STORE(test_a_rare_label_leads_to_its_objects),
		RUN_WITH_STORE(
			test_what_is_not_wanted_by_its_labels_is_not_read),
		RUN_WITH_STORE(test_one_is_found_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
