/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/action_plan.h"

#include "unit/workflow/plan_world.h"

#define WORLD __attribute__((cleanup(release))) struct world

static void assert_act(const struct world *w, enum plan_kind kind, size_t index)
{
	assert_int_equal(w->step.kind, kind);
	assert_int_equal(w->step.index, index);
}

static void fail_action(struct world *w, int position, const char *state)
{
	set_action(w, position, state);
	w->actions[position].ended_at = NOW;
	str_copy(w->actions[position].message,
		 sizeof(w->actions[position].message), "404 Not Found");
}

static void test_actions_are_offered_one_after_another(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	ask(&w, NOW);
	assert_act(&w, PLAN_OFFER, 0);

	w.actions[0].offered_at = NOW;
	ask(&w, NOW);
	assert_int_equal(w.step.kind, PLAN_WAIT);

	set_action(&w, 0, "RUNNING");
	ask(&w, NOW);
	assert_int_equal(w.step.kind, PLAN_WAIT);

	set_action(&w, 0, "SUCCESS");
	ask(&w, NOW);
	assert_act(&w, PLAN_OFFER, 1);

	set_action(&w, 1, "SUCCESS");
	ask(&w, NOW);
	assert_move(&w, PHASE_CLOSING);
}

static void test_what_is_skipped_is_passed_over(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	set_action(&w, 0, "SKIPPED");

	ask(&w, NOW);

	assert_act(&w, PLAN_OFFER, 1);
}

static void test_a_failed_action_is_the_cause(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	set_action(&w, 0, "SUCCESS");
	fail_action(&w, 1, "FAILED");
	ask(&w, NOW);
	assert_fail(&w, "failed", "action \"step 1\": 404 Not Found");

	fail_action(&w, 1, "TIMEOUT");
	ask(&w, NOW);
	assert_fail(&w, "timeout", "action \"step 1\": 404 Not Found");
}

static void test_retries_come_later_each_time_and_end(void **state)
{
	static const int waits_s[] = { 5, 10, 20, 40, 80, 160, 300, 300 };
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	for (int i = 0; i < (int)ARRAY_LEN(waits_s); i++) {
		fail_action(&w, 0, "FAILED");
		w.actions[0].retries = ARRAY_LEN(waits_s);
		w.actions[0].n_failed = i;
		ask(&w, NOW);
		assert_act(&w, PLAN_RETRY, 0);
		assert_int_equal(w.step.not_before,
				 NOW + INT64_C(1000) * waits_s[i]);
	}
	w.actions[0].n_failed = ARRAY_LEN(waits_s);
	ask(&w, NOW);
	assert_fail(&w, "failed", "404");
}

static void test_a_retry_is_not_offered_before_its_time(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	w.actions[0].not_before = NOW + 5000;
	ask(&w, NOW);
	assert_int_equal(w.step.kind, PLAN_WAIT);
	assert_int_equal(plan_wake(&w.view, NOW), NOW + 5000);

	ask(&w, NOW + 5000);
	assert_act(&w, PLAN_OFFER, 0);
}

static void test_the_command_for_failures_runs_once_behind_them(void **state)
{
	static const char *const rows[][3] = {
		{ "FAILED", "on-failure", "failed" },
		{ "TIMEOUT", "on-timeout", "timeout" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		WORLD w;
		struct action *action = &w.actions[0];

		init(&w, PHASE_WORKING);
		fail_action(&w, 0, rows[i][0]);
		action->on_failure = action->on_timeout = true;
		action->retries = 1;
		action->n_failed = 1;
		ask(&w, NOW);
		assert_act(&w, PLAN_HANDLE, 0);
		assert_string_equal(w.step.handler, rows[i][1]);

		str_copy(action->handler, sizeof(action->handler), rows[i][1]);
		str_copy(action->state, sizeof(action->state), "SUCCESS");
		ask(&w, NOW);
		assert_act(&w, PLAN_RESTORE, 0);

		str_copy(action->handler, sizeof(action->handler), "done");
		str_copy(action->state, sizeof(action->state), rows[i][0]);
		ask(&w, NOW);
		assert_fail(&w, rows[i][2], "404");
	}
}

static void test_a_handler_that_nobody_takes_up_keeps_the_cause(void **state)
{
	WORLD w;
	struct action *action = &w.actions[0];

	(void)state;
	init(&w, PHASE_WORKING);
	action->offered_at = NOW;
	str_copy(action->handler, sizeof(action->handler), "on-failure");

	ask(&w, plan_wake(&w.view, NOW));

	assert_act(&w, PLAN_SETTLE, 0);
	assert_string_equal(w.step.state, "TIMEOUT");
}

/* Interruptions */

static void test_what_writes_the_same_again_begins_anew(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	set_action(&w, 0, "INTERRUPTED");
	w.actions[0].repeatable = true;
	ask(&w, NOW);
	assert_act(&w, PLAN_AGAIN, 0);

	w.actions[0].n_interrupted = ACTION_INTERRUPTIONS;
	ask(&w, NOW);
	assert_act(&w, PLAN_SETTLE, 0);
	assert_string_equal(w.step.state, "FAILED");
}

static void test_what_may_have_done_anything_does_not(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	set_action(&w, 0, "INTERRUPTED");
	ask(&w, NOW);
	assert_act(&w, PLAN_SETTLE, 0);
	assert_string_equal(w.step.state, "FAILED");
	assert_non_null(strstr(w.step.cause, "idempotent"));

	w.actions[0].retries = 1;
	ask(&w, NOW);
	assert_act(&w, PLAN_RETRY, 0);
}

static void test_a_restart_is_what_a_reboot_is_for(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	set_action(&w, 0, "INTERRUPTED");
	str_copy(w.actions[0].leaves, sizeof(w.actions[0].leaves), "reboot");

	ask(&w, NOW);

	assert_act(&w, PLAN_SETTLE, 0);
	assert_string_equal(w.step.state, "SUCCESS");
}

/* Deadlines */

static void test_an_action_that_outlives_its_timeout_is_given_up(void **state)
{
	WORLD w;
	wall_ms wake;

	(void)state;
	init(&w, PHASE_WORKING);
	set_action(&w, 0, "RUNNING");
	wake = plan_wake(&w.view, NOW);
	assert_int_equal(wake, NOW + 660 * 1000);

	ask(&w, wake - 1);
	assert_int_equal(w.step.kind, PLAN_WAIT);
	ask(&w, wake);
	assert_fail(&w, "timeout", "600s");
	assert_string_equal(w.step.state, "TIMEOUT");
}

static void test_an_action_without_timeout_lives_while_it_is_heard(void **state)
{
	WORLD w;
	wall_ms wake;

	(void)state;
	init(&w, PHASE_WORKING);
	set_action(&w, 0, "RUNNING");
	w.actions[0].timeout_s = 0;
	w.view.heard_at = NOW + INT64_C(86400000);
	wake = plan_wake(&w.view, NOW);
	ask(&w, wake - 1);
	assert_int_equal(w.step.kind, PLAN_WAIT);

	ask(&w, wake);
	assert_fail(&w, "timeout", "no sign of life");
}

/* We were away: the worker could not be heard. */
static void test_who_could_not_speak_is_not_blamed(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	set_action(&w, 0, "RUNNING");
	w.actions[0].timeout_s = 0;
	w.view.awake_at = NOW + INT64_C(86400000);

	ask(&w, w.view.awake_at);

	assert_int_equal(w.step.kind, PLAN_WAIT);
}

static void test_what_nobody_takes_up_fails(void **state)
{
	WORLD w;
	wall_ms wake;

	(void)state;
	init(&w, PHASE_WORKING);
	w.actions[0].offered_at = NOW;
	wake = plan_wake(&w.view, NOW);
	ask(&w, wake - 1);
	assert_int_equal(w.step.kind, PLAN_WAIT);

	ask(&w, wake);
	assert_fail(&w, "timeout", "did not take it up");
}

static void test_after_a_restart_there_is_time_to_come_back(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	set_action(&w, 0, "SUCCESS");
	str_copy(w.actions[0].leaves, sizeof(w.actions[0].leaves), "reboot");
	w.actions[1].offered_at = NOW;

	ask(&w, NOW + 20 * 60 * 1000);
	assert_int_equal(w.step.kind, PLAN_WAIT);
	ask(&w, NOW + 25 * 60 * 1000);
	assert_int_equal(w.step.kind, PLAN_FAIL);
}

/* Another machine is started by whoever owns it. */
static void test_the_worker_of_another_machine_has_all_its_time(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	w.actions[0].machine = 8;
	w.actions[0].offered_at = NOW;

	ask(&w, NOW + INT64_C(86400000));

	assert_int_equal(w.step.kind, PLAN_WAIT);
}

static void test_a_worker_that_was_deleted_is_the_cause(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	w.actions[0].machine = 0;

	ask(&w, NOW);

	assert_fail(&w, "failed", "Hardware of its worker was deleted");
}

/* Background */

static void test_what_is_in_the_background_is_not_waited_for(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	str_copy(w.actions[0].background, sizeof(w.actions[0].background),
		 "true");
	ask(&w, NOW);
	assert_act(&w, PLAN_OFFER, 0);

	w.actions[0].offered_at = NOW;
	ask(&w, NOW);
	assert_act(&w, PLAN_OFFER, 1);

	set_action(&w, 1, "SUCCESS");
	ask(&w, NOW);
	assert_act(&w, PLAN_SETTLE, 0);
	assert_string_equal(w.step.state, "CANCELLED");
}

static void test_a_failure_in_the_background_counts_when_required(void **state)
{
	WORLD w;
	struct action *action = &w.actions[0];

	(void)state;
	init(&w, PHASE_WORKING);
	fail_action(&w, 0, "FAILED");
	str_copy(action->background, sizeof(action->background), "true");
	ask(&w, NOW);
	assert_act(&w, PLAN_OFFER, 1);

	str_copy(action->background, sizeof(action->background), "required");
	ask(&w, NOW);
	assert_fail(&w, "failed", "404");
}

/* Restarts in the middle, and images */

static void test_the_boot_device_is_set_again_before_a_restart(void **state)
{
	WORLD w;
	AUTO_JSON json_t *workflow = json_pack(
		"{s:{s:{s:s}}}", "spec", "bootOptions", "bootMode", "netboot");
	struct err err;

	(void)state;
	init(&w, PHASE_WORKING);
	str_copy(w.actions[0].leaves, sizeof(w.actions[0].leaves), "reboot");
	step_plan_release(&w.steps);
	assert_int_equal(
		step_plan(workflow, true, &w.run, w.actions, 2, &w.steps, &err),
		0);
	w.view.steps = w.steps.steps;
	w.view.n_steps = w.steps.n;

	ask(&w, NOW);
	assert_step(&w, "boot-pxe");
	assert_string_equal(w.steps.steps[w.step.index].stage, "again");
	set_step(&w.steps.steps[w.step.index], "sent", NOW);
	ask(&w, NOW);
	assert_int_equal(w.step.kind, PLAN_WAIT);
	finish(&w, "again");
	ask(&w, NOW);
	assert_act(&w, PLAN_OFFER, 0);
}

static void test_an_image_waits_for_its_turn(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	w.actions[0].imaging = true;
	ask(&w, NOW);
	assert_int_equal(w.step.kind, PLAN_SLOT);
	assert_string_equal(w.step.slot, "imaging");

	str_copy(w.run.waits, sizeof(w.run.waits), "imaging");
	ask(&w, NOW);
	assert_int_equal(w.step.kind, PLAN_WAIT);

	w.run.waits[0] = '\0';
	str_copy(w.run.slot, sizeof(w.run.slot), "imaging");
	ask(&w, NOW);
	assert_act(&w, PLAN_OFFER, 0);

	set_action(&w, 0, "SUCCESS");
	ask(&w, NOW);
	assert_int_equal(w.step.kind, PLAN_RELEASE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_actions_are_offered_one_after_another),
		RUN(test_what_is_skipped_is_passed_over),
		RUN(test_a_failed_action_is_the_cause),
		RUN(test_retries_come_later_each_time_and_end),
		RUN(test_a_retry_is_not_offered_before_its_time),
		RUN(test_the_command_for_failures_runs_once_behind_them),
		RUN(test_a_handler_that_nobody_takes_up_keeps_the_cause),
		RUN(test_what_writes_the_same_again_begins_anew),
		RUN(test_what_may_have_done_anything_does_not),
		RUN(test_a_restart_is_what_a_reboot_is_for),
		RUN(test_an_action_that_outlives_its_timeout_is_given_up),
		RUN(test_an_action_without_timeout_lives_while_it_is_heard),
		RUN(test_who_could_not_speak_is_not_blamed),
		RUN(test_what_nobody_takes_up_fails),
		RUN(test_after_a_restart_there_is_time_to_come_back),
		RUN(test_the_worker_of_another_machine_has_all_its_time),
		RUN(test_a_worker_that_was_deleted_is_the_cause),
		RUN(test_what_is_in_the_background_is_not_waited_for),
		RUN(test_a_failure_in_the_background_counts_when_required),
		RUN(test_the_boot_device_is_set_again_before_a_restart),
		RUN(test_an_image_waits_for_its_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
