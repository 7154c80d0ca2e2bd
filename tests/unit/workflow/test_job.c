/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/job.h"

#include "unit/store/fixture.h"

static int setup(void **state)
{
	struct fixture *f;

	fixture_setup(state);
	f = *state;
	assert_ok(f, create(f, "hw", "m1",
			    "{'spec':{'bmcRef':{'name':'m1-bmc'}}}"));
	return 0;
}

#define WITH_MACHINE(test)                                                     \
	cmocka_unit_test_setup_teardown(test, setup, fixture_teardown)

static struct jobs *start(struct fixture *f)
{
	struct jobs *jobs = jobs_new(f->store);

	assert_ok(f, jobs_start(jobs, &f->err));
	return jobs;
}

/* A turn as the daemon has it, a second later. */
static void turn(struct fixture *f, struct jobs *jobs)
{
	store_set_now(f->store, store_now(f->store) + 1000);
	jobs_turn(jobs);
	assert_ok(f, store_commit(f->store, &f->err));
}

static void submit(struct fixture *f, const char *name, const char *tasks)
{
	AUTO_FREE char *text = xasprintf(
		"{'spec':{'machineRef':{'name':'m1-bmc'},'tasks':%s}}", tasks);

	assert_ok(f, create(f, "job", name, text));
}

/* The open intents are one, of this kind; it ends so. */
static void end_intent(struct fixture *f, const char *kind, const char *error)
{
	AUTO_FREE struct intent *intents = NULL;
	size_t n = intent_open(f->store, &intents);
	struct err cause;

	assert_int_equal(n, 1);
	assert_string_equal(intents[0].kind, kind);
	if (error)
		err_set(&cause, ERR_UNREACHABLE, "%s", error);
	assert_ok(f, intent_end(f->store, &intents[0], error ? &cause : NULL,
				&f->err));
}

static size_t n_open(struct fixture *f)
{
	AUTO_FREE struct intent *intents = NULL;

	return intent_open(f->store, &intents);
}

static void assert_status(struct fixture *f, const char *name,
			  const char *expected)
{
	AUTO_JSON json_t *job = get(f, *name == 't' ? "task" : "job", name);

	assert_at(job, "status", expected);
}

static void assert_failed(struct fixture *f, const char *name,
			  const char *message)
{
	AUTO_JSON json_t *job = get(f, "job", name);

	assert_at(job, "status.conditions[0]",
		  "{'type':'Running','status':'False'}");
	assert_at(job, "status.conditions[1].type", "'Failed'");
	assert_at(job, "status.conditions[1].status", "'True'");
	assert_text(job, "status.conditions[1].message", message);
	assert_non_null(json_str_at(job, "status.completionTime"));
	assert_int_equal(n_open(f), 0);
}

static void test_tasks_are_done_one_after_another(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);

	submit(f, "j1",
	       "[{'powerAction':'off'},"
	       "{'oneTimeBootDeviceAction':{'device':['pxe']}},"
	       "{'powerAction':'on'}]");
	turn(f, jobs);
	assert_status(f, "j1",
		      "{'startTime':'2026-11-24T12:00:01Z','conditions':["
		      "{'type':'Running','status':'True'}]}");
	turn(f, jobs); /* nothing happened: nothing is asked for */
	end_intent(f, "power-off", NULL);
	turn(f, jobs);
	end_intent(f, "boot-pxe", NULL);
	turn(f, jobs);
	end_intent(f, "power-on", NULL);
	turn(f, jobs);

	assert_int_equal(n_open(f), 0);
	assert_status(f, "j1",
		      "{'startTime':'2026-11-24T12:00:01Z',"
		      "'completionTime':'2026-11-24T12:00:05Z','conditions':["
		      "{'type':'Running','status':'False'},"
		      "{'type':'Completed','status':'True'}]}");
	jobs_free(jobs);
}

static void test_an_intent_is_the_jobs_and_the_machines(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);
	AUTO_FREE struct intent *intents = NULL;

	submit(f, "j1", "[{'powerAction':'status'}]");
	turn(f, jobs);

	assert_int_equal(
		intent_of_job(f->store, id_of(f, "job", "j1"), &intents), 1);
	assert_int_equal(intents[0].machine, id_of(f, "hw", "m1"));
	assert_int_equal(intents[0].run, 0);
	assert_string_equal(intents[0].state, "intent");
	jobs_free(jobs);
}

static void test_every_task_is_an_intent(void **state)
{
	static const struct {
		const char *task;
		const char *kind;
		const char *args;
	} tasks[] = {
		{ "{'powerAction':'on'}", "power-on", "" },
		{ "{'powerAction':'off'}", "power-off", "" },
		{ "{'powerAction':'soft'}", "power-soft", "" },
		{ "{'powerAction':'cycle'}", "power-cycle", "" },
		{ "{'powerAction':'reset'}", "power-reset", "" },
		{ "{'powerAction':'status'}", "power-status", "" },
		{ "{'bootDevice':{'device':'disk'}}", "boot-disk", "" },
		{ "{'bootDevice':{'device':'pxe','efiBoot':true}}", "boot-pxe",
		  "uefi" },
		{ "{'bootDevice':{'device':'cdrom','persistent':true}}",
		  "boot-cdrom", "persistent" },
		{ "{'bootDevice':{'device':'bios','efiBoot':true,"
		  "'persistent':true}}",
		  "boot-bios", "uefi,persistent" },
		{ "{'oneTimeBootDeviceAction':{'device':['pxe','disk']}}",
		  "boot-pxe", "" },
		{ "{'oneTimeBootDeviceAction':{'device':['disk'],"
		  "'efiBoot':true}}",
		  "boot-disk", "uefi" },
		{ "{'virtualMediaAction':{'mediaURL':'http://h/x.iso',"
		  "'kind':'CD'}}",
		  "media-insert", "http://h/x.iso" },
		{ "{'virtualMediaAction':{'mediaURL':'','kind':'CD'}}",
		  "media-eject", "" },
		{ "{'virtualMediaAction':{}}", "media-eject", "" },
	};
	struct fixture *f = *state;
	struct jobs *jobs = start(f);

	for (size_t i = 0; i < ARRAY_LEN(tasks); i++) {
		AUTO_FREE char *list = xasprintf("[%s]", tasks[i].task);
		AUTO_FREE char *name = xasprintf("j%zu", i);
		AUTO_FREE struct intent *intents = NULL;

		submit(f, name, list);
		turn(f, jobs);
		assert_int_equal(intent_open(f->store, &intents), 1);
		assert_string_equal(intents[0].kind, tasks[i].kind);
		assert_string_equal(intents[0].args, tasks[i].args);
		end_intent(f, tasks[i].kind, NULL);
		turn(f, jobs);
	}
	jobs_free(jobs);
}

static void test_a_task_that_fails_ends_the_job(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);

	submit(f, "j1", "[{'powerAction':'off'},{'powerAction':'on'}]");
	turn(f, jobs);
	end_intent(f, "power-off", "bmc m1: no answer");
	turn(f, jobs);

	assert_failed(f, "j1", "bmc m1: no answer");
	turn(f, jobs);
	assert_failed(f, "j1", "bmc m1: no answer");
	jobs_free(jobs);
}

static void test_a_job_of_no_machine_fails(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);

	assert_ok(f, create(f, "job", "j1",
			    "{'spec':{'machineRef':{'name':'other'},"
			    "'tasks':[{'powerAction':'on'}]}}"));
	assert_ok(f, create(f, "job", "j2",
			    "{'spec':{'machineRef':{'name':'m1-bmc',"
			    "'namespace':'racks'},"
			    "'tasks':[{'powerAction':'on'}]}}"));
	assert_ok(f, create(f, "job", "j3",
			    "{'spec':{'tasks':[{'powerAction':'on'}]}}"));
	turn(f, jobs);

	assert_failed(f, "j1",
		      "no Hardware in default has spec.bmcRef.name other");
	assert_failed(f, "j2",
		      "no Hardware in racks has spec.bmcRef.name m1-bmc");
	assert_failed(f, "j3", "spec.machineRef.name is missing");
	jobs_free(jobs);
}

static void test_a_bmc_machine_without_hardware_has_jobs(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);
	AUTO_FREE struct intent *intents = NULL;

	assert_ok(f, create(f, "machines", "alone", "{'spec':{}}"));
	assert_ok(f, create(f, "job", "j1",
			    "{'spec':{'machineRef':{'name':'alone'},"
			    "'tasks':[{'powerAction':'on'}]}}"));
	turn(f, jobs);

	assert_int_equal(intent_open(f->store, &intents), 1);
	assert_int_equal(intents[0].machine, id_of(f, "machines", "alone"));
	end_intent(f, "power-on", NULL);
	turn(f, jobs);
	jobs_free(jobs);
}

static void test_a_task_is_one_step_of_its_own(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);
	AUTO_FREE struct intent *intents = NULL;

	assert_ok(f, create(f, "task", "t1",
			    "{'spec':{'connection':{'host':'10.0.0.9'},"
			    "'task':{'powerAction':'off'}}}"));
	assert_ok(f, create(f, "task", "t2",
			    "{'spec':{'connection':{'host':'10.0.0.9'},"
			    "'task':{}}}"));
	turn(f, jobs);
	assert_int_equal(intent_open(f->store, &intents), 1);
	assert_int_equal(intents[0].machine, id_of(f, "task", "t1"));
	assert_status(f, "t1",
		      "{'startTime':'2026-11-24T12:00:01Z','conditions':[]}");
	jobs_free(jobs);
	jobs = start(f);
	turn(f, jobs);
	end_intent(f, "power-off", NULL);
	turn(f, jobs);

	assert_status(f, "t1",
		      "{'startTime':'2026-11-24T12:00:01Z',"
		      "'completionTime':'2026-11-24T12:00:03Z','conditions':["
		      "{'type':'Completed','status':'True'}]}");
	assert_status(f, "t2",
		      "{'completionTime':'2026-11-24T12:00:01Z','conditions':["
		      "{'type':'Failed','status':'True','message':"
		      "'spec.task: a task must have one of powerAction, "
		      "bootDevice, oneTimeBootDeviceAction, "
		      "virtualMediaAction'}]}");
	turn(f, jobs);
	assert_int_equal(n_open(f), 0);
	jobs_free(jobs);
}

static void test_a_job_without_sense_fails(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);
	AUTO_FREE char *long_url = NULL;
	char host[260];

	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	long_url = xasprintf("[{'virtualMediaAction':{'mediaURL':"
			     "'http://%s/x.iso'}}]",
			     host);
	submit(f, "j1", "[]");
	submit(f, "j2", "[{'powerAction':'status'},{}]");
	submit(f, "j3", long_url);
	turn(f, jobs);
	end_intent(f, "power-status", NULL);
	turn(f, jobs);

	assert_failed(f, "j1", "spec.tasks: there are none");
	assert_failed(f, "j2",
		      "spec.tasks[1]: a task must have one of powerAction, "
		      "bootDevice, oneTimeBootDeviceAction, "
		      "virtualMediaAction");
	assert_failed(f, "j3",
		      "spec.tasks[0]: virtualMediaAction.mediaURL: over 255 "
		      "characters");
	jobs_free(jobs);
}

static void test_a_machine_of_another_namespace_is_found_there(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);
	struct object_key key = { kind_by_word("hw"), "racks", "m9" };
	AUTO_JSON json_t *object =
		json_of("{'spec':{'bmcRef':{'name':'m9-bmc'}}}");
	AUTO_FREE struct intent *intents = NULL;

	assert_ok(f, object_create(f->store, &key, object, NULL, &f->err));
	assert_ok(f, create(f, "job", "j1",
			    "{'spec':{'machineRef':{'name':'m9-bmc',"
			    "'namespace':'racks'},"
			    "'tasks':[{'powerAction':'on'}]}}"));
	turn(f, jobs);

	assert_int_equal(intent_open(f->store, &intents), 1);
	assert_int_equal(intents[0].machine, object_id(f->store, &key));
	jobs_free(jobs);
}

static void test_a_deleted_job_asks_for_nothing_more(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);
	struct object_key key = key_of("job", "j1");
	bool gone;

	submit(f, "j1", "[{'powerAction':'off'},{'powerAction':'on'}]");
	turn(f, jobs);
	assert_ok(f, object_delete(f->store, &key, NULL, &gone, &f->err));
	assert_true(gone);
	turn(f, jobs);
	turn(f, jobs);

	assert_int_equal(n_open(f), 0);
	assert_int_equal(object_id(f->store, &key), 0);
	jobs_free(jobs);
}

static void test_a_machine_that_is_deleted_fails_its_job(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);
	struct object_key key = key_of("hw", "m1");

	submit(f, "j1", "[{'powerAction':'off'},{'powerAction':'on'}]");
	turn(f, jobs);
	assert_ok(f, object_delete(f->store, &key, NULL, NULL, &f->err));
	turn(f, jobs);

	assert_failed(f, "j1",
		      "no Hardware in default has spec.bmcRef.name m1-bmc");
	jobs_free(jobs);
}

static void test_a_restart_goes_on_where_it_was(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);

	submit(f, "j1", "[{'powerAction':'off'},{'powerAction':'on'}]");
	turn(f, jobs);
	jobs_free(jobs);
	jobs = start(f);
	turn(f, jobs);
	end_intent(f, "power-off", NULL); /* still the one of before */
	jobs_free(jobs);
	jobs = start(f);
	turn(f, jobs);
	end_intent(f, "power-on", NULL);
	turn(f, jobs);

	assert_status(f, "j1",
		      "{'startTime':'2026-11-24T12:00:01Z',"
		      "'completionTime':'2026-11-24T12:00:04Z','conditions':["
		      "{'type':'Running','status':'False'},"
		      "{'type':'Completed','status':'True'}]}");
	jobs_free(jobs);
}

static void test_a_job_that_is_over_is_not_done_again(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);

	submit(f, "j1", "[{'powerAction':'reset'}]");
	turn(f, jobs);
	end_intent(f, "power-reset", NULL);
	turn(f, jobs);
	assert_ok(f, patch(f, "job", "j1",
			   "{'metadata':{'labels':{'seen':'yes'}}}"));
	turn(f, jobs);
	assert_int_equal(n_open(f), 0);

	jobs_free(jobs);
	jobs = start(f);
	turn(f, jobs);
	assert_int_equal(n_open(f), 0);
	jobs_free(jobs);
}

static void test_a_job_that_was_there_before_the_start_is_taken_up(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs;

	submit(f, "j1", "[{'powerAction':'on'}]");
	jobs = start(f);
	turn(f, jobs);

	end_intent(f, "power-on", NULL);
	jobs_free(jobs);
}

static void test_many_jobs_go_on_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);
	AUTO_FREE struct intent *intents = NULL;

	for (int i = 0; i < 40; i++) {
		AUTO_FREE char *name = xasprintf("j%d", i);

		submit(f, name, "[{'powerAction':'status'}]");
	}
	turn(f, jobs);
	assert_int_equal(intent_open(f->store, &intents), 40);
	for (size_t i = 0; i < 40; i++)
		assert_ok(f, intent_end(f->store, &intents[i], NULL, &f->err));
	turn(f, jobs);

	for (int i = 0; i < 40; i++) {
		AUTO_FREE char *name = xasprintf("j%d", i);
		AUTO_JSON json_t *job = get(f, "job", name);

		assert_at(job, "status.conditions[1].type", "'Completed'");
	}
	jobs_free(jobs);
}

/* ---- its Task objects ---- */

static void make_bmc(struct fixture *f)
{
	assert_ok(f, create(f, "machines", "m1-bmc",
			    "{'spec':{'connection':{'host':'10.0.0.9',"
			    "'authSecretRef':{'name':'s'}}}}"));
}

static size_t n_tasks(struct fixture *f)
{
	const struct object_query tasks = { .kind = kind_find(BMC_GROUP,
							      "Task"),
					    .namespace = "",
					    .after_namespace = "",
					    .after_name = "" };

	return (size_t)object_count(f->store, &tasks);
}

static void test_each_step_begun_is_a_task_of_the_jobs(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);
	AUTO_JSON json_t *first = NULL;
	AUTO_JSON json_t *second = NULL;
	AUTO_JSON json_t *job = NULL;

	make_bmc(f);
	submit(f, "j1", "[{'powerAction':'off'},{'powerAction':'on'}]");
	turn(f, jobs);
	assert_int_equal(n_tasks(f), 1);
	assert_status(f, "j1",
		      "{'startTime':'2026-11-24T12:00:01Z','conditions':["
		      "{'type':'Running','status':'True'}]}");
	end_intent(f, "power-off", NULL);
	turn(f, jobs);
	turn(f, jobs); /* Tasks of ours are nothing to do */

	job = get(f, "job", "j1");
	first = get(f, "task", "j1-task-0");
	second = get(f, "task", "j1-task-1");
	assert_int_equal(n_open(f), 1);
	assert_at(first, "metadata.labels", "{'owner-name':'j1'}");
	assert_text(first, "metadata.ownerReferences[0].uid",
		    json_str_at(job, "metadata.uid"));
	assert_text(first, "metadata.ownerReferences[0].apiVersion",
		    "bmc.tinkerbell.org/v1alpha1");
	assert_at(first, "spec",
		  "{'connection':{'host':'10.0.0.9','authSecretRef':{"
		  "'name':'s'}},'task':{'powerAction':'off'}}");
	assert_at(first, "status",
		  "{'startTime':'2026-11-24T12:00:01Z',"
		  "'completionTime':'2026-11-24T12:00:02Z','conditions':["
		  "{'type':'Completed','status':'True'}]}");
	assert_at(second, "status",
		  "{'startTime':'2026-11-24T12:00:02Z','conditions':[]}");
	jobs_free(jobs);
}

static void test_a_task_says_why_its_step_failed(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);
	AUTO_JSON json_t *task = NULL;

	make_bmc(f);
	submit(f, "j1", "[{'powerAction':'off'},{'powerAction':'on'}]");
	turn(f, jobs);
	end_intent(f, "power-off", "no answer");
	turn(f, jobs);

	task = get(f, "task", "j1-task-0");
	assert_at(task, "status.conditions",
		  "[{'type':'Failed','status':'True','message':'no answer'}]");
	assert_int_equal(n_tasks(f), 1);
	assert_failed(f, "j1", "no answer");
	jobs_free(jobs);
}

static void test_its_tasks_go_with_a_job(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);
	const struct object_key key = key_of("job", "j1");

	make_bmc(f);
	submit(f, "j1", "[{'powerAction':'off'}]");
	turn(f, jobs);
	assert_int_equal(n_tasks(f), 1);
	assert_ok(f, object_delete(f->store, &key, NULL, NULL, &f->err));
	turn(f, jobs);

	assert_int_equal(n_tasks(f), 0);
	assert_int_equal(n_open(f), 0);
	jobs_free(jobs);
}

static void test_somebody_elses_task_of_the_name_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs = start(f);
	AUTO_JSON json_t *task = NULL;

	make_bmc(f);
	assert_ok(f, create(f, "task", "j1-task-0",
			    "{'spec':{'connection':{'host':'10.0.0.8'},"
			    "'task':{}}}"));
	submit(f, "j1", "[{'powerAction':'off'}]");
	turn(f, jobs);
	end_intent(f, "power-off", NULL);
	turn(f, jobs);

	task = get(f, "task", "j1-task-0");
	assert_text(task, "spec.connection.host", "10.0.0.8");
	assert_text(task, "status.conditions[0].type", "Failed");
	assert_status(f, "j1",
		      "{'startTime':'2026-11-24T12:00:01Z',"
		      "'completionTime':'2026-11-24T12:00:02Z','conditions':["
		      "{'type':'Running','status':'False'},"
		      "{'type':'Completed','status':'True'}]}");
	jobs_free(jobs);
}

static void test_a_jobs_task_from_elsewhere_is_not_done(void **state)
{
	struct fixture *f = *state;
	struct jobs *jobs;

	assert_ok(f, create(f, "task", "x-task-0",
			    "{'metadata':{'ownerReferences':[{'apiVersion':"
			    "'bmc.tinkerbell.org/v1alpha1','kind':'Job',"
			    "'name':'x','uid':'u','controller':true}]},"
			    "'spec':{'connection':{'host':'10.0.0.8'},"
			    "'task':{'powerAction':'off'}}}"));
	jobs = start(f);
	turn(f, jobs);

	assert_int_equal(n_open(f), 0);
	jobs_free(jobs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MACHINE(test_tasks_are_done_one_after_another),
		WITH_MACHINE(test_an_intent_is_the_jobs_and_the_machines),
		WITH_MACHINE(test_every_task_is_an_intent),
		WITH_MACHINE(test_a_task_that_fails_ends_the_job),
		WITH_MACHINE(test_a_job_of_no_machine_fails),
		WITH_MACHINE(test_a_bmc_machine_without_hardware_has_jobs),
		WITH_MACHINE(test_a_task_is_one_step_of_its_own),
		WITH_MACHINE(test_a_job_without_sense_fails),
		WITH_MACHINE(
			test_a_machine_of_another_namespace_is_found_there),
		WITH_MACHINE(test_a_deleted_job_asks_for_nothing_more),
		WITH_MACHINE(test_a_machine_that_is_deleted_fails_its_job),
		WITH_MACHINE(test_a_restart_goes_on_where_it_was),
		WITH_MACHINE(test_a_job_that_is_over_is_not_done_again),
		WITH_MACHINE(
			test_a_job_that_was_there_before_the_start_is_taken_up),
		WITH_MACHINE(test_many_jobs_go_on_at_a_time),
		WITH_MACHINE(test_each_step_begun_is_a_task_of_the_jobs),
		WITH_MACHINE(test_a_task_says_why_its_step_failed),
		WITH_MACHINE(test_its_tasks_go_with_a_job),
		WITH_MACHINE(
			test_somebody_elses_task_of_the_name_is_left_alone),
		WITH_MACHINE(test_a_jobs_task_from_elsewhere_is_not_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
