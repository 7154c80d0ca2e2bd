/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/event_view.h"

#include "store/event.h"
#include "unit/store/fixture.h"

static int64_t begin(struct fixture *f)
{
	struct run run = { .phase = "working" };
	int64_t id;

	assert_ok(f, create(f, "hw", "m1", "{'spec':{}}"));
	assert_ok(f, create(f, "wf", "w1", "{'spec':{'hardwareRef':'m1'}}"));
	run.workflow = id_of(f, "wf", "w1");
	run.machine = id_of(f, "hw", "m1");
	assert_ok(f, run_create(f->store, &run, &id, &f->err));
	assert_ok(f, event_note(f->store, run.machine, id, "engine", "phase",
				&f->err, "working"));
	return id;
}

static void test_events_are_objects_newest_first(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *list = NULL;
	int64_t run = begin(f);

	store_set_now(f->store, NOON + 1000);
	for (int i = 0; i < 3; i++)
		assert_ok(f, event_note(f->store, id_of(f, "hw", "m1"), run,
					"engine", "failed", &f->err, "no"));
	list = event_view_list(f->store, "default", NULL, &f->err);

	assert_int_equal(json_array_size(list), 2);
	assert_at(list, "[0].apiVersion", "'v1'");
	assert_at(list, "[0].kind", "'Event'");
	assert_at(list, "[0].type", "'Warning'");
	assert_at(list, "[0].reason", "'failed'");
	assert_at(list, "[0].message", "'no'");
	assert_at(list, "[0].count", "3");
	assert_at(list, "[0].source", "{'component':'engine'}");
	assert_at(list, "[0].firstTimestamp", "'2026-11-24T12:00:01Z'");
	assert_at(list, "[0].metadata",
		  "{'name':'m1.2','namespace':'default','uid':"
		  "'00000000-0000-4000-8000-000000000002','resourceVersion':"
		  "'2','creationTimestamp':'2026-11-24T12:00:01Z'}");
	assert_at(list, "[1].type", "'Normal'");
	assert_at(list, "[1].reason", "'phase'");
	assert_at(list, "[1].metadata.name", "'m1.1'");
}

/* kubectl describe asks for events by all of these. */
static void test_an_event_names_machine_and_workflow_by_uid(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *list = NULL;
	AUTO_JSON json_t *hardware = NULL;
	AUTO_JSON json_t *workflow = NULL;

	begin(f);
	hardware = get(f, "hw", "m1");
	workflow = get(f, "wf", "w1");
	list = event_view_list(f->store, "", NULL, &f->err);

	assert_text(list, "[0].involvedObject.kind", "Hardware");
	assert_text(list, "[0].involvedObject.name", "m1");
	assert_text(list, "[0].involvedObject.namespace", "default");
	assert_text(list, "[0].involvedObject.apiVersion",
		    "tinkerbell.org/v1alpha1");
	assert_text(list, "[0].involvedObject.uid",
		    json_str_at(hardware, "metadata.uid"));
	assert_text(list, "[0].related.kind", "Workflow");
	assert_text(list, "[0].related.name", "w1");
	assert_text(list, "[0].related.uid",
		    json_str_at(workflow, "metadata.uid"));
}

static void test_what_is_of_no_machine_is_in_default(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *here = NULL;
	AUTO_JSON json_t *elsewhere = NULL;
	AUTO_JSON json_t *one = NULL;
	AUTO_JSON json_t *none = NULL;

	begin(f);
	assert_ok(f, event_note(f->store, 0, 0, "dhcp", "discover", &f->err,
				"somebody unknown asks"));
	here = event_view_list(f->store, "default", NULL, &f->err);
	elsewhere = event_view_list(f->store, "racks", NULL, &f->err);
	one = event_view_list(f->store, "default", "unknown.2", &f->err);
	none = event_view_list(f->store, "default", "m1.2", &f->err);

	assert_int_equal(json_array_size(here), 2);
	assert_at(here, "[0].involvedObject", "{}");
	assert_json(elsewhere, "[]");
	assert_int_equal(json_array_size(one), 1);
	assert_at(one, "[0].message", "'somebody unknown asks'");
	assert_json(none, "[]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_events_are_objects_newest_first),
		RUN_WITH_STORE(test_an_event_names_machine_and_workflow_by_uid),
		RUN_WITH_STORE(test_what_is_of_no_machine_is_in_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
