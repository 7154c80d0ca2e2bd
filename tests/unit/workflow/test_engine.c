/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/workflow/engine_world.h"
#include "workflow/plan.h"

static void test_a_machine_goes_the_whole_way(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *workflow = NULL;

	provision(f, "debian");
	assert_phase(f, "power-off");
	assert_netboot(f, true);
	end_intent(f, "power-off", NULL);
	end_intent(f, "boot-pxe", NULL);
	end_intent(f, "power-on", NULL);
	assert_phase(f, "firmware");
	see(f, "http", "script");
	assert_phase(f, "loading");
	see(f, "worker", "hello");
	end_action(f, 0, "SUCCESS", false);
	assert_phase(f, "working");
	end_action(f, 1, "SUCCESS", true);
	assert_phase(f, "closing");
	assert_netboot(f, false);
	end_intent(f, "boot-none", NULL);
	assert_phase(f, "first-boot");
	see(f, "os", "phone-home");
	assert_phase(f, "ended");

	workflow = object_of(f, "Workflow", "w1");
	assert_string_equal(json_str_at(workflow, "status.state"), "SUCCESS");
	assert_int_equal(
		json_array_size(json_at(workflow, "metadata.finalizers")), 0);
}

static void test_a_restart_of_ours_repeats_nothing(void **state)
{
	struct fixture *f = *state;
	struct intent *intents;
	size_t n;

	provision(f, "debian");
	close_all(f);
	open_all(f);
	turn(f, 1000);

	n = intent_open(f->store, &intents);
	free(intents);
	assert_int_equal(n, 1);
	assert_phase(f, "power-off");

	end_intent(f, "power-off", NULL);
	assert_phase(f, "boot-device");
}

static void test_a_bmc_that_fails_fails_the_run_and_closes_it(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *runs = NULL;
	struct err cause;
	struct err err;

	provision(f, "debian");
	err_set(&cause, ERR_UNREACHABLE, "198.18.1.11: no answer");
	end_intent(f, "power-off", &cause);
	assert_netboot(f, false);
	end_intent(f, "boot-none", &cause);
	assert_phase(f, "ended");

	runs = run_view_list(f->store, "default", "w1", &err);
	assert_string_equal(json_str_at(runs, "[0].status.outcome"), "failed");
	assert_string_equal(json_str_at(runs, "[0].status.cause"),
			    "power-off: 198.18.1.11: no answer");
	assert_non_null(json_str_at(runs, "[0].status.advice"));
}

/* Nothing that its worker did took the machine to its disk. */
static void test_an_os_that_is_awaited_is_started_by_the_bmc(void **state)
{
	struct fixture *f = *state;

	add_template(f, "cold",
		     "name: cold\n"
		     "tasks:\n"
		     "- name: install\n"
		     "  worker: m1\n"
		     "  actions:\n"
		     "  - {name: image, image: quay.io/x/image2disk:v1}\n");
	provision(f, "cold");
	end_intent(f, "power-off", NULL);
	end_intent(f, "boot-pxe", NULL);
	end_intent(f, "power-on", NULL);
	see(f, "worker", "hello");
	end_action(f, 0, "SUCCESS", false);
	end_intent(f, "boot-none", NULL);
	assert_phase(f, "restart-off");
	end_intent(f, "power-off", NULL);
	end_intent(f, "power-on", NULL);
	assert_phase(f, "first-boot");
	see(f, "os", "phone-home");

	assert_phase(f, "ended");
}

static void test_a_failed_action_fails_only_after_closing(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *workflow = NULL;

	to_working(f);
	end_action(f, 0, "FAILED", false);
	assert_phase(f, "closing");
	assert_netboot(f, false);
	end_intent(f, "boot-none", NULL);

	workflow = object_of(f, "Workflow", "w1");
	assert_string_equal(json_str_at(workflow, "status.state"), "FAILED");
}

static void test_a_template_that_is_not_there_refuses_the_workflow(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *workflow = NULL;
	AUTO_JSON json_t *runs = NULL;
	struct err err;

	provision(f, "missing");

	workflow = object_of(f, "Workflow", "w1");
	assert_string_equal(json_str_at(workflow, "status.state"), "FAILED");
	runs = run_view_list(f->store, "default", "w1", &err);
	assert_non_null(
		strstr(json_str_at(runs, "[0].status.cause"), "templateRef"));
}

static void test_a_deleted_workflow_is_closed_before_it_goes(void **state)
{
	struct fixture *f = *state;
	struct object_key key = { .kind = kind_find(TINKERBELL_GROUP,
						    "Workflow"),
				  .namespace = "default",
				  .name = "w1" };
	struct err err;
	bool gone;

	to_working(f);
	assert_int_equal(object_delete(f->store, &key, NULL, &gone, &err), 0);
	assert_false(gone);
	turn(f, 10);
	assert_netboot(f, false);
	end_intent(f, "boot-none", NULL);

	assert_int_equal(object_id(f->store, &key), 0);
}

static void test_a_passed_deadline_is_noticed_without_any_row(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *runs = NULL;
	struct err err;

	provision(f, "debian");
	end_intent(f, "power-off", NULL);
	end_intent(f, "boot-pxe", NULL);
	end_intent(f, "power-on", NULL);
	turn(f, 16 * 60 * 1000);
	end_intent(f, "boot-none", NULL);

	runs = run_view_list(f->store, "default", "w1", &err);
	assert_string_equal(json_str_at(runs, "[0].status.outcome"), "timeout");
}

static void test_runs_and_their_phases_are_counted(void **state)
{
	struct fixture *f = *state;
	const struct engine_stats *stats = engine_stats(f->engine);

	provision(f, "debian");
	end_intent(f, "power-off", NULL);
	end_intent(f, "boot-pxe", NULL);
	end_intent(f, "power-on", NULL);
	assert_int_equal(stats->started, 1);
	assert_int_equal(histogram_count(&stats->phases[PHASE_FIRMWARE]), 0);
	turn(f, 16 * 60 * 1000);
	assert_int_equal(stats->ended[ENGINE_TIMEOUT], 0);
	end_intent(f, "boot-none", NULL);

	assert_int_equal(histogram_count(&stats->phases[PHASE_POWER_OFF]), 1);
	assert_int_equal(histogram_count(&stats->phases[PHASE_FIRMWARE]), 1);
	assert_int_equal(stats->phases[PHASE_FIRMWARE].sum_us,
			 16 * 60 * INT64_C(1000000));
	assert_int_equal(stats->started, 1);
	assert_int_equal(stats->ended[ENGINE_TIMEOUT], 1);
	assert_int_equal(stats->ended[ENGINE_FAILED], 0);
	assert_int_equal(stats->ended[ENGINE_SUCCESS], 0);
}

/* Else it would be told to the BMC again when we are started again. */
static void test_what_was_not_done_in_time_is_not_done_later(void **state)
{
	struct fixture *f = *state;
	struct intent *intents;
	size_t n;

	provision(f, "debian");
	end_intent(f, "power-off", NULL);
	end_intent(f, "boot-pxe", NULL);
	turn(f, 11 * 60 * 1000); /* power-on hangs */
	n = intent_open(f->store, &intents);
	assert_int_equal(n, 1);
	assert_string_equal(intents[0].kind, "boot-none");
	free(intents);
	turn(f, 11 * 60 * 1000); /* and so does this */

	n = intent_open(f->store, &intents);
	free(intents);
	assert_int_equal(n, 0);
	assert_phase(f, "ended");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(test_a_machine_goes_the_whole_way),
		WORLD(test_a_restart_of_ours_repeats_nothing),
		WORLD(test_a_bmc_that_fails_fails_the_run_and_closes_it),
		WORLD(test_an_os_that_is_awaited_is_started_by_the_bmc),
		WORLD(test_a_failed_action_fails_only_after_closing),
		WORLD(test_a_template_that_is_not_there_refuses_the_workflow),
		WORLD(test_a_deleted_workflow_is_closed_before_it_goes),
		WORLD(test_a_passed_deadline_is_noticed_without_any_row),
		WORLD(test_runs_and_their_phases_are_counted),
		WORLD(test_what_was_not_done_in_time_is_not_done_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
