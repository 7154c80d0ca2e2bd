/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/store/fixture.h"

static void test_an_object_comes_back_whole(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *object = NULL;
	AUTO_FREE char *text = NULL;
	char expected[512];

	assert_ok(f, create(f, "cm", "motd",
			    "{'data':{'a':'1'},'kind':'ConfigMap',"
			    "'apiVersion':'v1','metadata':{'labels':{'x':'y'},"
			    "'name':'motd','managedFields':[{}],"
			    "'creationTimestamp':null}}"));

	object = get(f, "cm", "motd");
	text = json_text(object);
	snprintf(expected, sizeof(expected),
		 "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\","
		 "\"metadata\":{\"name\":\"motd\",\"namespace\":\"default\","
		 "\"uid\":\"%s\",\"resourceVersion\":\"1\",\"generation\":1,"
		 "\"creationTimestamp\":\"2026-11-24T12:00:00Z\","
		 "\"labels\":{\"x\":\"y\"}},\"data\":{\"a\":\"1\"}}",
		 json_str_at(object, "metadata.uid"));
	assert_string_equal(text, expected);
}

static void test_a_uid_is_random_version_4(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *a = NULL;
	AUTO_JSON json_t *b = NULL;
	const char *uid;

	assert_ok(f, create(f, "cm", "a", "{}"));
	assert_ok(f, create(f, "cm", "b", "{}"));
	a = get(f, "cm", "a");
	b = get(f, "cm", "b");

	uid = json_str_at(a, "metadata.uid");
	assert_int_equal(strlen(uid), 36);
	assert_int_equal(uid[14], '4');
	assert_non_null(strchr("89ab", uid[19]));
	assert_string_not_equal(uid, json_str_at(b, "metadata.uid"));
}

static void test_a_second_create_says_it_exists(void **state)
{
	struct fixture *f = *state;

	assert_ok(f, create(f, "hw", "m1", "{'spec':{}}"));

	assert_fails(f, ERR_EXISTS, create(f, "hw", "m1", "{'spec':{}}"));
}

static void test_what_does_not_fit_its_key_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_fails(f, ERR_INVALID, create(f, "cm", "Upper", "{}"));
	assert_fails(f, ERR_INVALID,
		     create(f, "cm", "a", "{'metadata':{'name':'b'}}"));
	assert_fails(f, ERR_INVALID,
		     create(f, "cm", "a", "{'metadata':{'namespace':'b'}}"));
	assert_fails(f, ERR_INVALID, create(f, "cm", "a", "{'kind':'Pod'}"));
	assert_fails(f, ERR_INVALID, create(f, "cm", "a", "{'metadata':7}"));
	assert_fails(f, ERR_UNSUPPORTED, create(f, "runs", "a", "{}"));
	assert_int_equal(store_version(f->store), 0);
}

static void test_an_update_of_an_old_version_is_a_conflict(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *object = NULL;

	assert_ok(f, create(f, "cm", "a", "{'data':{'k':'1'}}"));
	assert_ok(f, update(f, "cm", "a",
			    "{'metadata':{'resourceVersion':'1'},"
			    "'data':{'k':'2'}}"));

	assert_fails(f, ERR_CONFLICT,
		     update(f, "cm", "a",
			    "{'metadata':{'resourceVersion':'1'},"
			    "'data':{'k':'3'}}"));
	assert_fails(f, ERR_CONFLICT,
		     update(f, "cm", "a", "{'metadata':{'uid':'other'}}"));
	assert_fails(
		f, ERR_CONFLICT,
		patch(f, "cm", "a", "{'metadata':{'resourceVersion':'1'}}"));

	object = get(f, "cm", "a");
	assert_text(object, "data.k", "2");
}

static void test_an_update_of_nothing_is_not_found(void **state)
{
	struct fixture *f = *state;

	assert_fails(f, ERR_NOT_FOUND, update(f, "cm", "a", "{}"));
}

static void test_writing_what_is_there_changes_nothing(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *object = NULL;

	assert_ok(f, create(f, "tpl", "t", "{'spec':{'a':1,'b':2}}"));

	assert_ok(f, update(f, "tpl", "t", "{'spec':{'b':2,'a':1}}"));
	assert_ok(f, patch(f, "tpl", "t", "{'spec':{'a':1}}"));

	object = get(f, "tpl", "t");
	assert_text(object, "metadata.resourceVersion", "1");
	assert_int_equal(store_version(f->store), 1);
}

static void test_generation_grows_with_the_spec_alone(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *labelled = NULL;
	AUTO_JSON json_t *changed = NULL;

	assert_ok(f, create(f, "tpl", "t", "{'spec':{'a':1}}"));

	assert_ok(f, patch(f, "tpl", "t", "{'metadata':{'labels':{'l':'1'}}}"));
	labelled = get(f, "tpl", "t");
	assert_ok(f, patch(f, "tpl", "t", "{'spec':{'a':2}}"));
	changed = get(f, "tpl", "t");

	assert_int_equal(json_int_at(labelled, "metadata.generation", 0), 1);
	assert_text(labelled, "metadata.resourceVersion", "2");
	assert_int_equal(json_int_at(changed, "metadata.generation", 0), 2);
	assert_text(changed, "metadata.labels.l", "1");
}

static void test_status_and_the_rest_leave_each_other_alone(void **state)
{
	struct fixture *f = *state;
	struct object_key key = key_of("wf", "w");
	AUTO_JSON json_t *given =
		json_of("{'spec':{'a':9},'status':{'state':'RUNNING'}}");
	AUTO_JSON json_t *stored = NULL;
	AUTO_JSON json_t *after = NULL;

	assert_ok(f, create(f, "wf", "w",
			    "{'spec':{'a':1},'status':{'state':'SUCCESS'}}"));
	assert_ok(f, object_update(f->store, &key, given, OBJECT_STATUS,
				   &stored, &f->err));
	assert_ok(f, update(f, "wf", "w", "{'spec':{'a':2}}"));
	after = get(f, "wf", "w");

	assert_int_equal(json_int_at(stored, "spec.a", 0), 1);
	assert_int_equal(json_int_at(stored, "metadata.generation", 0), 1);
	assert_text(stored, "status.state", "RUNNING");
	assert_int_equal(json_int_at(after, "spec.a", 0), 2);
	assert_text(after, "status.state", "RUNNING");
}

static void test_a_status_that_is_the_same_is_not_written(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	assert_ok(f, create(f, "wf", "w", "{}"));
	id = id_of(f, "wf", "w");

	assert_ok(f,
		  object_set_status(f->store, id, json_of("{'n':1}"), &f->err));
	assert_ok(f,
		  object_set_status(f->store, id, json_of("{'n':1}"), &f->err));

	assert_int_equal(store_version(f->store), 2);
	assert_fails(f, ERR_NOT_FOUND,
		     object_set_status(f->store, 99, json_of("{}"), &f->err));
	assert_fails(f, ERR_INVALID,
		     object_set_status(f->store, id, json_of("[]"), &f->err));
}

static void test_a_list_is_ordered_and_of_one_namespace(void **state)
{
	struct fixture *f = *state;
	struct object_key far = { kind_by_word("cm"), "alpha", "z" };
	AUTO_JSON json_t *empty = json_object();
	AUTO_JSON json_t *all = NULL;
	AUTO_JSON json_t *one = NULL;
	AUTO_JSON json_t *namespaces = NULL;

	assert_ok(f, create(f, "cm", "b", "{}"));
	assert_ok(f, create(f, "cm", "a", "{}"));
	assert_ok(f, create(f, "tpl", "other", "{}"));
	assert_ok(f, object_create(f->store, &far, empty, NULL, &f->err));

	all = object_list(f->store, far.kind, "", &f->err);
	one = object_list(f->store, far.kind, "default", &f->err);
	namespaces = object_list(f->store, kind_by_word("ns"), "", &f->err);

	assert_int_equal(json_array_size(all), 3);
	assert_text(all, "[0].metadata.name", "z");
	assert_text(all, "[2].metadata.name", "b");
	assert_int_equal(json_array_size(one), 2);
	assert_text(one, "[0].metadata.name", "a");
	assert_text(namespaces, "[0].metadata.name", "alpha");
	assert_text(namespaces, "[1].metadata.name", "default");
}

static void test_default_is_a_namespace_even_of_nothing(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *namespaces =
		object_list(f->store, kind_by_word("ns"), "", &f->err);

	assert_int_equal(json_array_size(namespaces), 1);
	assert_text(namespaces, "[0].metadata.name", "default");
}

static void test_a_deleted_object_is_gone(void **state)
{
	struct fixture *f = *state;
	struct object_key key = key_of("cm", "a");
	AUTO_JSON json_t *last = NULL;
	bool gone = false;

	assert_ok(f, create(f, "cm", "a", "{'data':{'k':'1'}}"));
	assert_ok(f, object_delete(f->store, &key, &last, &gone, &f->err));

	assert_true(gone);
	assert_text(last, "data.k", "1");
	assert_text(last, "metadata.resourceVersion", "2");
	assert_int_equal(object_id(f->store, &key), 0);
	assert_fails(f, ERR_NOT_FOUND,
		     object_delete(f->store, &key, NULL, NULL, &f->err));
}

static void test_finalizers_put_a_delete_off_until_the_last_goes(void **state)
{
	struct fixture *f = *state;
	struct object_key key = key_of("wf", "w");
	AUTO_JSON json_t *last = NULL;
	AUTO_JSON json_t *again = NULL;
	bool gone = true;

	assert_ok(f, create(f, "wf", "w",
			    "{'metadata':{'finalizers':['tomte.dev/run']}}"));
	assert_ok(f, object_delete(f->store, &key, &last, &gone, &f->err));
	assert_false(gone);
	assert_text(last, "metadata.deletionTimestamp", "2026-11-24T12:00:00Z");

	/* A writer cannot take it back, and a second delete adds nothing. */
	assert_ok(f, update(f, "wf", "w",
			    "{'metadata':{'finalizers':['tomte.dev/run']}}"));
	assert_ok(f, object_delete(f->store, &key, &again, &gone, &f->err));
	assert_false(gone);
	assert_int_equal(store_version(f->store), 2);

	assert_ok(f, patch(f, "wf", "w", "{'metadata':{'finalizers':null}}"));
	assert_int_equal(object_id(f->store, &key), 0);
	assert_int_equal(store_version(f->store), 3);
}

static void test_a_write_of_people_touches_the_run(void **state)
{
	struct fixture *f = *state;
	struct run run = { .phase = "WAITING" };
	int64_t *touched;
	int64_t id;

	assert_ok(f, create(f, "hw", "m1", "{}"));
	assert_ok(f, create(f, "wf", "w", "{}"));
	run.workflow = id_of(f, "wf", "w");
	run.machine = id_of(f, "hw", "m1");
	assert_ok(f, run_create(f->store, &run, &id, &f->err));
	store_take_touched(f->store, &touched);
	free(touched);

	assert_ok(f, object_set_status(f->store, run.workflow,
				       json_of("{'a':1}"), &f->err));
	assert_int_equal(store_take_touched(f->store, &touched), 0);
	assert_ok(f, patch(f, "hw", "m1", "{'spec':{'disks':[]}}"));
	assert_int_equal(store_take_touched(f->store, &touched), 1);
	assert_int_equal(touched[0], id);
	free(touched);
	assert_ok(f, patch(f, "wf", "w", "{'spec':{'x':1}}"));
	assert_int_equal(store_take_touched(f->store, &touched), 1);
	free(touched);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_an_object_comes_back_whole),
		RUN_WITH_STORE(test_a_uid_is_random_version_4),
		RUN_WITH_STORE(test_a_second_create_says_it_exists),
		RUN_WITH_STORE(test_what_does_not_fit_its_key_is_refused),
		RUN_WITH_STORE(test_an_update_of_an_old_version_is_a_conflict),
		RUN_WITH_STORE(test_an_update_of_nothing_is_not_found),
		RUN_WITH_STORE(test_writing_what_is_there_changes_nothing),
		RUN_WITH_STORE(test_generation_grows_with_the_spec_alone),
		RUN_WITH_STORE(test_status_and_the_rest_leave_each_other_alone),
		RUN_WITH_STORE(test_a_status_that_is_the_same_is_not_written),
		RUN_WITH_STORE(test_a_list_is_ordered_and_of_one_namespace),
		RUN_WITH_STORE(test_default_is_a_namespace_even_of_nothing),
		RUN_WITH_STORE(test_a_deleted_object_is_gone),
		RUN_WITH_STORE(
			test_finalizers_put_a_delete_off_until_the_last_goes),
		RUN_WITH_STORE(test_a_write_of_people_touches_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
