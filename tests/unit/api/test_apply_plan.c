/* SPDX-License-Identifier: Apache-2.0 */
#include "api/apply_plan.h"

#include "base/str.h"
#include "json.h"

struct fixture {
	struct schemas *schemas;
	const struct schema *hardware;
	json_t *live; /* NULL: none yet */
	json_t *conflicts;
	struct err err;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->schemas = schemas_new(&f->err);
	assert_non_null(f->schemas);
	f->hardware = schema_of(f->schemas, kind_by_word("hw"));
	f->conflicts = json_array();
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	json_decref(f->live);
	json_decref(f->conflicts);
	schemas_free(f->schemas);
	free(f);
	return 0;
}

static int try_apply(struct fixture *f, const char *manager, bool force,
		     const char *text)
{
	const struct apply apply = { .manager = manager,
				     .subresource = "",
				     .api_version = "tinkerbell.org/v1alpha1",
				     .now = "2026-11-24T12:00:00Z",
				     .force = force };
	AUTO_JSON json_t *config = json_of(text);
	json_t *merged;

	json_array_clear(f->conflicts);
	merged = apply_merge(f->hardware, f->live, config, &apply, f->conflicts,
			     &f->err);
	if (!merged)
		return -1;
	json_decref(f->live);
	f->live = merged;
	return 0;
}

static void apply(struct fixture *f, const char *manager, const char *text)
{
	if (try_apply(f, manager, false, text))
		fail_msg("%s", f->err.message);
}

static void assert_spec(const struct fixture *f, const char *expected)
{
	assert_json(json_object_get(f->live, "spec"), expected);
}

static const json_t *fields_by(const struct fixture *f, const char *manager)
{
	size_t index;
	json_t *entry;

	json_array_foreach (json_at(f->live, "metadata.managedFields"), index,
			    entry)
		if (str_eq(json_str_at(entry, "manager"), manager))
			return json_object_get(entry, "fieldsV1");
	return NULL;
}

static void test_what_was_said_is_kept(void **state)
{
	struct fixture *f = *state;

	apply(f, "a",
	      "{'apiVersion':'tinkerbell.org/v1alpha1','kind':'Hardware',"
	      "'metadata':{'name':'m','namespace':'n','labels':{'x':'y'}},"
	      "'spec':{'agentID':'i','auto':{'enrollmentEnabled':true},"
	      "'disks':[{'device':'d'}],'bmcRef':{'kind':'Machine',"
	      "'name':'b'},'references':{}}}");

	assert_json(json_at(f->live, "metadata.managedFields"),
		    "[{'manager':'a','operation':'Apply','apiVersion':"
		    "'tinkerbell.org/v1alpha1','time':'2026-11-24T12:00:00Z',"
		    "'fieldsType':'FieldsV1','fieldsV1':{'f:metadata':"
		    "{'f:labels':{'f:x':{}}},'f:spec':{'f:agentID':{},"
		    "'f:auto':{'f:enrollmentEnabled':{}},'f:disks':{},"
		    "'f:bmcRef':{},'f:references':{}}}}]");
}

static void test_the_same_again_changes_nothing(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *before = NULL;

	apply(f, "a", "{'metadata':{'name':'m'},'spec':{'agentID':'i'}}");
	before = json_deep_copy(f->live);
	apply(f, "a", "{'metadata':{'name':'m'},'spec':{'agentID':'i'}}");

	assert_true(json_equal(before, f->live));
}

static void test_what_is_said_no_longer_goes(void **state)
{
	struct fixture *f = *state;

	apply(f, "a",
	      "{'metadata':{'name':'m','labels':{'x':'1','y':'2'}},"
	      "'spec':{'agentID':'i','userData':'u','auto':"
	      "{'enrollmentEnabled':true}}}");
	json_put(f->live, "spec.vendorData", json_string("by hand"));
	apply(f, "a",
	      "{'metadata':{'name':'m','labels':{'y':'2'}},"
	      "'spec':{'agentID':'j'}}");

	assert_spec(f, "{'agentID':'j','vendorData':'by hand'}");
	assert_json(json_at(f->live, "metadata.labels"), "{'y':'2'}");
}

static void test_what_another_says_too_stays(void **state)
{
	struct fixture *f = *state;

	apply(f, "a", "{'metadata':{'name':'m'},'spec':{'agentID':'i'}}");
	apply(f, "b", "{'metadata':{'name':'m'},'spec':{'agentID':'i'}}");
	apply(f, "a", "{'metadata':{'name':'m'}}");

	assert_spec(f, "{'agentID':'i'}");
	assert_null(fields_by(f, "a"));
	assert_non_null(fields_by(f, "b"));
	apply(f, "b", "{'metadata':{'name':'m'}}");
	assert_null(json_at(f->live, "spec"));
	assert_null(json_at(f->live, "metadata.managedFields"));
}

static void test_two_that_differ_are_a_conflict(void **state)
{
	struct fixture *f = *state;

	apply(f, "a",
	      "{'metadata':{'name':'m'},'spec':{'agentID':'i',"
	      "'disks':[{'device':'d'}]}}");
	assert_int_equal(try_apply(f, "b", false,
				   "{'metadata':{'name':'m'},'spec':{"
				   "'agentID':'j','disks':[]}}"),
			 -1);

	assert_int_equal(f->err.code, ERR_CONFLICT);
	assert_string_equal(
		f->err.message,
		"Apply failed with 2 conflicts: conflict with \"a\" using "
		"tinkerbell.org/v1alpha1: .spec.agentID; conflict with \"a\" "
		"using tinkerbell.org/v1alpha1: .spec.disks");
	assert_json(f->conflicts,
		    "[{'reason':'FieldManagerConflict','message':'conflict "
		    "with \\'a\\' using tinkerbell.org/v1alpha1','field':"
		    "'.spec.agentID'},{'reason':'FieldManagerConflict',"
		    "'message':'conflict with \\'a\\' using "
		    "tinkerbell.org/v1alpha1','field':'.spec.disks'}]");
	assert_spec(f, "{'agentID':'i','disks':[{'device':'d'}]}");
}

static void test_force_takes_fields_over(void **state)
{
	struct fixture *f = *state;

	apply(f, "a",
	      "{'metadata':{'name':'m'},'spec':{'agentID':'i',"
	      "'userData':'u'}}");
	assert_int_equal(
		try_apply(f, "b", true,
			  "{'metadata':{'name':'m'},'spec':{'agentID':'j'}}"),
		0);

	assert_spec(f, "{'agentID':'j','userData':'u'}");
	assert_json(fields_by(f, "a"), "{'f:spec':{'f:userData':{}}}");
	assert_json(fields_by(f, "b"), "{'f:spec':{'f:agentID':{}}}");
	apply(f, "a", "{'metadata':{'name':'m'},'spec':{'userData':'u'}}");
	assert_spec(f, "{'agentID':'j','userData':'u'}");
}

static void test_force_leaves_no_manager_without_fields(void **state)
{
	struct fixture *f = *state;

	apply(f, "a", "{'metadata':{'name':'m'},'spec':{'agentID':'i'}}");
	assert_int_equal(
		try_apply(f, "b", true,
			  "{'metadata':{'name':'m'},'spec':{'agentID':'j'}}"),
		0);

	assert_null(fields_by(f, "a"));
}

static void test_an_empty_map_takes_nothing_over(void **state)
{
	struct fixture *f = *state;

	apply(f, "a", "{'metadata':{'name':'m','labels':{'x':'1'}}}");
	assert_int_equal(try_apply(f, "b", true,
				   "{'metadata':{'name':'m','labels':{}}}"),
			 0);
	assert_json(fields_by(f, "a"),
		    "{'f:metadata':{'f:labels':{'f:x':{}}}}");

	apply(f, "a", "{'metadata':{'name':'m'}}");
	assert_json(json_at(f->live, "metadata.labels"), "{}");
}

static void test_who_updates_conflicts_with_nobody(void **state)
{
	struct fixture *f = *state;

	apply(f, "a", "{'metadata':{'name':'m'},'spec':{'agentID':'i'}}");
	json_put(f->live, "spec.agentID", json_string("by hand"));
	json_array_append_new(
		json_at(f->live, "metadata.managedFields"),
		json_of("{'manager':'k','operation':'Update','fieldsV1':"
			"{'f:spec':{'f:agentID':{}}}}"));
	apply(f, "a", "{'metadata':{'name':'m'},'spec':{'agentID':'i'}}");

	assert_spec(f, "{'agentID':'i'}");
	assert_non_null(fields_by(f, "k"));
}

static void test_finalizers_are_a_set_and_owners_have_keys(void **state)
{
	struct fixture *f = *state;

	apply(f, "a",
	      "{'metadata':{'name':'m','finalizers':['x/a'],"
	      "'ownerReferences':[{'uid':'1','name':'o'}]}}");
	json_array_append_new(json_at(f->live, "metadata.finalizers"),
			      json_string("by/hand"));
	apply(f, "b",
	      "{'metadata':{'name':'m','finalizers':['x/b'],"
	      "'ownerReferences':[{'uid':'2','name':'p'}]}}");
	assert_json(json_at(f->live, "metadata.finalizers"),
		    "['x/a','by/hand','x/b']");
	assert_json(json_at(f->live, "metadata.ownerReferences"),
		    "[{'uid':'1','name':'o'},{'uid':'2','name':'p'}]");
	assert_json(fields_by(f, "b"),
		    "{'f:metadata':{'f:finalizers':{'v:\\'x/b\\'':{}},"
		    "'f:ownerReferences':{'k:{\\'uid\\':\\'2\\'}':{}}}}");

	apply(f, "a", "{'metadata':{'name':'m'}}");
	assert_json(json_at(f->live, "metadata.finalizers"),
		    "['by/hand','x/b']");
	assert_json(json_at(f->live, "metadata.ownerReferences"),
		    "[{'uid':'2','name':'p'}]");
}

static void test_the_status_is_a_manager_of_its_own(void **state)
{
	struct fixture *f = *state;
	const struct apply how = { .manager = "a",
				   .subresource = "status",
				   .api_version = "tinkerbell.org/v1alpha1",
				   .now = "2026-11-24T12:00:00Z" };
	AUTO_JSON json_t *config =
		json_of("{'metadata':{'name':'m'},'spec':{'agentID':'z'},"
			"'status':{'state':'up'}}");
	AUTO_JSON json_t *merged = NULL;

	apply(f, "a", "{'metadata':{'name':'m'},'spec':{'agentID':'i'}}");
	merged = apply_merge(f->hardware, f->live, config, &how, f->conflicts,
			     &f->err);

	assert_int_equal(
		json_array_size(json_at(merged, "metadata.managedFields")), 2);
	assert_string_equal(
		json_str_at(merged, "metadata.managedFields[1].subresource"),
		"status");
	assert_json(json_at(merged, "metadata.managedFields[1].fieldsV1"),
		    "{'f:status':{'f:state':{}}}");
}

static void test_dots_of_other_servers_do_no_harm(void **state)
{
	struct fixture *f = *state;

	f->live = json_of(
		"{'metadata':{'name':'m','labels':{'x':'1'},"
		"'managedFields':[{'manager':'a','operation':'Apply',"
		"'fieldsV1':{'f:metadata':{'f:labels':{'.':{},'f:x':{}}}}}]}}");
	apply(f, "a", "{'metadata':{'name':'m'}}");

	assert_null(json_at(f->live, "metadata.labels"));
}

#define WITH_FIXTURE(test)                                                     \
	cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(test_what_was_said_is_kept),
		WITH_FIXTURE(test_the_same_again_changes_nothing),
		WITH_FIXTURE(test_what_is_said_no_longer_goes),
		WITH_FIXTURE(test_what_another_says_too_stays),
		WITH_FIXTURE(test_two_that_differ_are_a_conflict),
		WITH_FIXTURE(test_force_takes_fields_over),
		WITH_FIXTURE(test_force_leaves_no_manager_without_fields),
		WITH_FIXTURE(test_an_empty_map_takes_nothing_over),
		WITH_FIXTURE(test_who_updates_conflicts_with_nobody),
		WITH_FIXTURE(test_finalizers_are_a_set_and_owners_have_keys),
		WITH_FIXTURE(test_the_status_is_a_manager_of_its_own),
		WITH_FIXTURE(test_dots_of_other_servers_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
