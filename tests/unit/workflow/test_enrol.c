/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/enrol.h"

#include "store/event.h"
#include "store/run.h"
#include "unit/store/fixture.h"

static const struct task_hello hello = {
	.boot_id = "b",
	.mac = "52:54:00:00:00:01",
	.attributes = (char *)(uintptr_t) "{\"product\":{\"vendor\":\"Acme\"}}",
};

static int64_t make_machine(struct fixture *f, const char *spec)
{
	assert_ok(f, create(f, "hw", "m1", spec));
	return id_of(f, "hw", "m1");
}

static void make_rules(struct fixture *f)
{
	assert_ok(f, create(f, "wrs", "all",
			    "{'spec':{'rules':["
			    "'{\\'product\\':{\\'vendor\\':[\\'Acme\\']}}'],"
			    "'workflow':{'template':{'ref':'debian',"
			    "'agentValue':'device_1'}}}}"));
}

static void assert_noted(struct fixture *f, int64_t machine, const char *kind,
			 const char *text)
{
	struct event *events;
	size_t n = event_of_machine(f->store, machine, &events);

	assert_true(n > 0);
	assert_string_equal(events[n - 1].kind, kind);
	if (!strstr(events[n - 1].message, text))
		fail_msg("\"%s\" does not say \"%s\"", events[n - 1].message,
			 text);
	free(events);
}

static void test_a_machine_that_allows_it_gets_a_workflow_once(void **state)
{
	struct fixture *f = *state;
	int64_t machine =
		make_machine(f, "{'spec':{'auto':{'enrollmentEnabled':true}}}");
	struct object_key key = { kind_by_word("wf"), "default",
				  "enrollment-52-54-00-00-00-01" };
	AUTO_JSON json_t *workflow = NULL;

	make_rules(f);
	assert_ok(f, enrol(f->store, machine, &hello, false, &f->err));
	workflow = object_get(f->store, &key, &f->err);
	assert_text(workflow, "spec.templateRef", "debian");
	assert_text(workflow, "spec.hardwareRef", "m1");
	assert_text(workflow, "spec.hardwareMap.device_1", "52:54:00:00:00:01");
	assert_noted(f, machine, "enrolled", "by template debian");
	assert_ok(f, enrol(f->store, machine, &hello, false, &f->err));

	assert_noted(f, machine, "not-enrolled", "names it already");
}

static void test_a_machine_that_does_not_allow_it_is_left_alone(void **state)
{
	struct fixture *f = *state;
	int64_t machine = make_machine(f, "{'spec':{}}");
	AUTO_JSON json_t *list = NULL;

	make_rules(f);
	assert_ok(f, enrol(f->store, machine, &hello, false, &f->err));

	list = object_list(f->store, kind_by_word("wf"), "", &f->err);
	assert_int_equal(json_array_size(list), 0);
	assert_noted(f, machine, "not-enrolled", "enrollmentEnabled");
}

static void test_a_workflow_of_somebody_is_enough(void **state)
{
	struct fixture *f = *state;
	int64_t machine =
		make_machine(f, "{'spec':{'auto':{'enrollmentEnabled':true}}}");
	AUTO_JSON json_t *list = NULL;

	make_rules(f);
	assert_ok(f, create(f, "wf", "w1", "{'spec':{'hardwareRef':'m1'}}"));
	assert_ok(f, enrol(f->store, machine, &hello, false, &f->err));

	list = object_list(f->store, kind_by_word("wf"), "", &f->err);
	assert_int_equal(json_array_size(list), 1);
}

static void test_the_name_of_the_agent_is_the_hardwares_first(void **state)
{
	struct fixture *f = *state;
	int64_t machine = make_machine(
		f, "{'spec':{'agentID':'a-7','auto':{'enrollmentEnabled':"
		   "true}}}");
	struct object_key key = { kind_by_word("wf"), "default",
				  "enrollment-a-7" };
	AUTO_JSON json_t *workflow = NULL;

	make_rules(f);
	assert_ok(f, enrol(f->store, machine, &hello, false, &f->err));

	workflow = object_get(f->store, &key, &f->err);
	assert_text(workflow, "spec.hardwareMap.device_1", "a-7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(
			test_a_machine_that_allows_it_gets_a_workflow_once),
		RUN_WITH_STORE(
			test_a_machine_that_does_not_allow_it_is_left_alone),
		RUN_WITH_STORE(test_a_workflow_of_somebody_is_enough),
		RUN_WITH_STORE(
			test_the_name_of_the_agent_is_the_hardwares_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
