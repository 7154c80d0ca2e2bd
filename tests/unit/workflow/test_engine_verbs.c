/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/workflow/engine_world.h"

static void noted(struct fixture *f, int64_t run, const char *message)
{
	AUTO_FREE struct event *events = NULL;
	size_t n = event_of_run(f->store, run, &events);

	for (size_t i = 0; i < n; i++)
		if (strstr(events[i].message, message))
			return;
	fail_msg("nothing says \"%s\"", message);
}

/* ---- cancel ---- */

static void test_a_cancelled_run_is_closed_and_says_why(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *workflow = NULL;

	to_working(f);
	annotate(f, "w1", "tomte.dev/cancel", "the rack moves");
	assert_phase(f, "closing");
	assert_netboot(f, false);
	end_intent(f, "boot-none", NULL);
	assert_phase(f, "ended");

	workflow = object_of(f, "Workflow", "w1");
	assert_string_equal(json_str_at(workflow, "status.state"), "FAILED");
	assert_status(f, "w1", "status.conditions[1].message",
		      "cancelled: the rack moves");
	/* It is obeyed once. */
	assert_null(json_object_get(json_at(workflow, "metadata.annotations"),
				    "tomte.dev/cancel"));
}

static void test_what_ran_when_its_run_ended_runs_no_more(void **state)
{
	struct fixture *f = *state;
	struct action action;

	to_working(f);
	end_action(f, 0, "RUNNING", false);
	annotate(f, "w1", "tomte.dev/cancel", "true");
	end_intent(f, "boot-none", NULL);

	read_action(f, 0, &action);
	assert_string_equal(action.state, "CANCELLED");
	assert_status(f, "w1", "status.conditions[1].message",
		      "cancelled by the operator");
}

/* ---- pause ---- */

static void test_a_paused_run_begins_nothing_new(void **state)
{
	struct fixture *f = *state;
	struct action action;
	struct run run;

	to_working(f);
	end_action(f, 0, "RUNNING", false);
	annotate(f, "w1", "tomte.dev/pause", "true");
	end_action(f, 0, "SUCCESS", false);
	read_action(f, 1, &action);
	assert_int_equal(action.offered_at, 0);
	turn(f, INT64_C(86400000));
	assert_phase(f, "working");
	assert_int_equal(engine_wake(f->engine), 0);

	annotate(f, "w1", "tomte.dev/pause", NULL);
	read_action(f, 1, &action);
	assert_true(action.offered_at > 0);
	read_run(f, 1, &run);
	assert_true(run.paused_ms >= INT64_C(86400000));
	assert_int_equal(run.paused_at, 0);
}

static void test_a_deadline_goes_on_from_where_it_stood(void **state)
{
	struct fixture *f = *state;

	provision(f, "debian");
	end_intent(f, "power-off", NULL);
	end_intent(f, "boot-pxe", NULL);
	end_intent(f, "power-on", NULL);
	turn(f, 10 * 60 * 1000);
	annotate(f, "w1", "tomte.dev/pause", "true");
	turn(f, INT64_C(86400000));
	annotate(f, "w1", "tomte.dev/pause", "false");
	turn(f, 4 * 60 * 1000);
	assert_phase(f, "firmware");
	turn(f, 60 * 1000);
	assert_phase(f, "closing");
}

static void test_a_pause_survives_a_restart_of_ours(void **state)
{
	struct fixture *f = *state;

	to_working(f);
	annotate(f, "w1", "tomte.dev/pause", "true");
	close_all(f);
	open_all(f);
	turn(f, INT64_C(86400000));

	assert_phase(f, "working");
}

/* ---- rerun ---- */

static void fail_second(struct fixture *f)
{
	to_working(f);
	end_action(f, 0, "SUCCESS", false);
	end_action(f, 1, "FAILED", false);
	end_intent(f, "boot-none", NULL);
	assert_phase(f, "ended");
}

static void test_a_run_is_begun_anew_from_an_action_on(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *workflow = NULL;
	struct action action;
	struct run run;

	fail_second(f);
	annotate(f, "w1", "tomte.dev/rerun", "restart");
	assert_phase(f, "power-off");
	read_run(f, 1, &run);
	assert_int_equal(run.part, 2);
	assert_string_equal(run.cause, "");
	read_action(f, 0, &action);
	assert_string_equal(action.state, "SUCCESS");
	read_action(f, 1, &action);
	assert_string_equal(action.state, "PENDING");
	assert_int_equal(action.attempt, 2);
	assert_netboot(f, true);

	end_intent(f, "power-off", NULL);
	end_intent(f, "boot-pxe", NULL);
	end_intent(f, "power-on", NULL);
	see(f, "worker", "hello");
	assert_phase(f, "working");
	end_action(f, 1, "SUCCESS", true);
	end_intent(f, "boot-none", NULL);
	see(f, "os", "phone-home");
	assert_phase(f, "ended");
	workflow = object_of(f, "Workflow", "w1");
	assert_string_equal(json_str_at(workflow, "status.state"), "SUCCESS");
	assert_int_equal(
		json_array_size(json_at(workflow, "metadata.finalizers")), 0);
	noted(f, 1, "begun anew, part 2, from action restart");
}

static void test_all_of_a_run_is_begun_anew(void **state)
{
	struct fixture *f = *state;
	struct action action;

	fail_second(f);
	annotate(f, "w1", "tomte.dev/rerun", "");

	read_action(f, 0, &action);
	assert_string_equal(action.state, "PENDING");
	assert_int_equal(action.attempt, 2);
	assert_phase(f, "power-off");
}

static void test_only_what_has_ended_is_begun_anew(void **state)
{
	struct fixture *f = *state;
	struct run run;

	to_working(f);
	annotate(f, "w1", "tomte.dev/rerun", "");
	read_run(f, 1, &run);
	assert_int_equal(run.part, 1);
	assert_phase(f, "working");
	noted(f, 1, "the run has not ended yet");

	annotate(f, "w1", "tomte.dev/cancel", "true");
	end_intent(f, "boot-none", NULL);
	annotate(f, "w1", "tomte.dev/rerun", "dance");
	assert_phase(f, "ended");
	noted(f, 1, "no action is called \"dance\"");
}

static void test_a_refused_workflow_may_be_tried_again(void **state)
{
	struct fixture *f = *state;

	provision(f, "later");
	assert_status(f, "w1", "status.state", "FAILED");
	add_template(f, "later",
		     "name: t\ntasks:\n- name: one\n"
		     "  actions:\n  - {name: a, image: cexec}\n");
	annotate(f, "w1", "tomte.dev/rerun", "");

	assert_phase(f, "power-off");
	assert_status(f, "w1", "status.state", "PREPARING");
}

/* ---- the queue of a machine, and history ---- */

#define PLAIN "{'templateRef':'debian','hardwareRef':'m1'}"

static void test_a_machine_has_one_run_after_another(void **state)
{
	struct fixture *f = *state;
	struct run run;

	to_working(f);
	apply(f, "w2", PLAIN, NULL);
	read_run(f, 2, &run);
	assert_string_equal(run.phase, "queued");

	annotate(f, "w1", "tomte.dev/cancel", "true");
	end_intent(f, "boot-none", NULL);
	read_run(f, 2, &run);
	assert_string_equal(run.phase, "firmware");
}

static void test_a_run_is_found_when_its_workflow_is_gone(void **state)
{
	struct fixture *f = *state;
	struct object_key key = { .kind = kind_find(TINKERBELL_GROUP,
						    "Workflow"),
				  .namespace = "default",
				  .name = "w1" };
	AUTO_JSON json_t *runs = NULL;
	struct err err;
	struct run run;
	bool gone;

	fail_second(f);
	assert_int_equal(object_delete(f->store, &key, NULL, &gone, &err), 0);
	assert_true(gone);
	turn(f, 10);
	runs = run_view_list(f->store, "default", "w1", &err);
	assert_string_equal(json_str_at(runs, "[0].status.outcome"), "failed");
	assert_string_equal(json_str_at(runs, "[0].spec.machine"), "m1");

	/* A new Workflow of the name takes it over. */
	apply(f, "w1", PLAIN, NULL);
	assert_int_equal(run_by_name(f->store, "default", "w1"), 2);
	read_run(f, 1, &run);
	assert_string_equal(run.name, "w1.1");
}

/* ---- pacing ---- */

static void add_machine(struct fixture *f, int number)
{
	AUTO_FREE char *name = xasprintf("n%d", number);
	AUTO_FREE char *text = xasprintf(
		"{'metadata':{'labels':{'tomte.dev/rack':'r%d'}},'spec':{"
		"'bmcRef':{'name':'b%d'},'interfaces':[{'dhcp':{"
		"'mac':'52:54:00:00:01:%02d'}}]}}",
		number % 2, number, number);
	AUTO_FREE char *spec =
		xasprintf("{'templateRef':'plain','hardwareRef':'%s',"
			  "'bootOptions':{'bootMode':'netboot'}}",
			  name);

	create(f, TINKERBELL_GROUP, "Hardware", name, json_of(text));
	apply(f, name, spec, NULL);
}

static void reopen_capped(struct fixture *f, uint32_t starting,
			  uint32_t per_rack)
{
	close_all(f);
	f->ops.caps.most[PACER_STARTING] = starting;
	f->ops.caps.most_per_rack[PACER_STARTING] = per_rack;
	open_all(f);
}

/* Ends all open intents of all runs well, some times. */
static void end_intents(struct fixture *f, int rounds)
{
	for (; rounds; rounds--) {
		AUTO_FREE struct intent *intents = NULL;
		size_t n = intent_open(f->store, &intents);
		struct err err;

		for (size_t i = 0; i < n; i++)
			assert_int_equal(
				intent_end(f->store, &intents[i], NULL, &err),
				0);
		turn(f, 1000);
	}
}

static int n_in(struct fixture *f, const char *phase)
{
	AUTO_FREE int64_t *ids = NULL;
	size_t n = run_open(f->store, &ids);
	int count = 0;

	for (size_t i = 0; i < n; i++) {
		struct run run;

		read_run(f, ids[i], &run);
		count += str_eq(run.phase, phase);
	}
	return count;
}

static void make_fleet(struct fixture *f, int n)
{
	add_template(f, "plain",
		     "name: t\ntasks:\n- name: one\n"
		     "  actions:\n  - {name: a, image: cexec}\n");
	for (int i = 0; i < n; i++)
		add_machine(f, i);
}

static void test_no_more_machines_start_than_may(void **state)
{
	struct fixture *f = *state;
	struct run run;

	reopen_capped(f, 3, 0);
	make_fleet(f, 8);
	end_intents(f, 4);
	assert_int_equal(n_in(f, "firmware"), 3);
	assert_int_equal(n_in(f, "power-on"), 5);
	read_run(f, 8, &run);
	assert_string_equal(run.waits_why, "3 of 3 machines are starting");
	assert_status(f, "n7", "status.conditions[1].message", "3 of 3");

	/* Waiting has no deadline, and is not lost by a restart of ours. */
	turn(f, 14 * 60 * 1000);
	reopen_capped(f, 3, 0);
	turn(f, 1000);
	assert_int_equal(n_in(f, "firmware"), 3);
	assert_int_equal(n_in(f, "power-on"), 5);

	see_of(f, "n0", "worker", "hello");
	end_intents(f, 2);
	assert_int_equal(n_in(f, "working"), 1);
	assert_int_equal(n_in(f, "firmware"), 3);
}

static void test_no_more_machines_of_a_rack_start_than_may(void **state)
{
	struct fixture *f = *state;
	struct run run;

	reopen_capped(f, 0, 1);
	make_fleet(f, 5);
	end_intents(f, 4);
	assert_int_equal(n_in(f, "firmware"), 2);
	read_run(f, 5, &run);
	assert_string_equal(run.waits_why,
			    "1 of 1 machines of rack r0 are starting");
}

static void test_who_fails_makes_room(void **state)
{
	struct fixture *f = *state;

	reopen_capped(f, 1, 0);
	make_fleet(f, 2);
	end_intents(f, 4);
	assert_int_equal(n_in(f, "firmware"), 1);
	turn(f, 16 * 60 * 1000);
	end_intents(f, 2);

	assert_int_equal(n_in(f, "firmware"), 1);
	assert_status(f, "n0", "status.state", "TIMEOUT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(test_a_cancelled_run_is_closed_and_says_why),
		WORLD(test_what_ran_when_its_run_ended_runs_no_more),
		WORLD(test_a_paused_run_begins_nothing_new),
		WORLD(test_a_deadline_goes_on_from_where_it_stood),
		WORLD(test_a_pause_survives_a_restart_of_ours),
		WORLD(test_a_run_is_begun_anew_from_an_action_on),
		WORLD(test_all_of_a_run_is_begun_anew),
		WORLD(test_only_what_has_ended_is_begun_anew),
		WORLD(test_a_refused_workflow_may_be_tried_again),
		WORLD(test_a_machine_has_one_run_after_another),
		WORLD(test_a_run_is_found_when_its_workflow_is_gone),
		WORLD(test_no_more_machines_start_than_may),
		WORLD(test_no_more_machines_of_a_rack_start_than_may),
		WORLD(test_who_fails_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
