/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/workflow/plan_world.h"

#define WORLD __attribute__((cleanup(release))) struct world

static void test_a_second_run_of_a_machine_waits(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_QUEUED);
	w.view.is_first = false;

	ask(&w, NOW + 1000 * 86400);
	assert_int_equal(w.step.kind, PLAN_WAIT);

	w.view.is_first = true;
	ask(&w, NOW);
	assert_move(&w, PHASE_NETBOOT_ON);
}

static void test_network_boot_is_allowed_before_the_power_goes(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_NETBOOT_ON);

	ask(&w, NOW);
	assert_int_equal(w.step.kind, PLAN_NETBOOT);
	assert_true(w.step.netboot);

	w.view.allow_netboot = true;
	ask(&w, NOW);
	assert_move(&w, PHASE_POWER_OFF);
}

/* Each boot mode's steps, each asked for once and awaited. */
static void walk_steps(const char *mode, const char *const *kinds)
{
	WORLD w;

	init_mode(&w, mode, PHASE_NETBOOT_ON);
	w.view.allow_netboot = true;
	for (size_t i = 0; kinds[i]; i++) {
		ask(&w, NOW);
		if (w.step.kind == PLAN_MOVE) {
			enter(&w, w.step.phase, NOW);
			ask(&w, NOW);
		}
		if (w.step.kind == PLAN_SLOT) {
			str_copy(w.run.slot, sizeof(w.run.slot), "starting");
			ask(&w, NOW);
		}
		assert_step(&w, kinds[i]);
		set_step(&w.steps.steps[w.step.index], "intent", NOW);
		ask(&w, NOW + 1);
		assert_int_equal(w.step.kind, PLAN_WAIT);
		set_step(&w.steps.steps[i], "sent", NOW);
		ask(&w, NOW + 1);
		assert_int_equal(w.step.kind, PLAN_WAIT);
		set_step(&w.steps.steps[i], "observed", NOW);
	}
	ask(&w, NOW + 1);
	assert_move(&w, PHASE_FIRMWARE);
}

static void test_each_boot_mode_has_its_steps(void **state)
{
	static const char *const netboot[] = { "power-off", "boot-pxe",
					       "power-on", NULL };
	static const char *const iso[] = { "power-off",    "media-eject",
					   "media-insert", "boot-cdrom",
					   "power-on",     NULL };
	static const char *const none[] = { NULL };

	(void)state;
	walk_steps("netboot", netboot);
	walk_steps("isoboot", iso);
	walk_steps("iso", iso);
	walk_steps("", none);
}

static void test_a_failed_side_effect_fails_the_run_with_its_cause(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_POWER_OFF);
	set_step(&w.steps.steps[0], "failed", NOW);
	str_copy(w.steps.steps[0].error, sizeof(w.steps.steps[0].error),
		 "no route to BMC");

	ask(&w, NOW + 1);

	assert_fail(&w, "failed", "power-off: no route to BMC");
}

static void test_the_script_then_the_hello_lead_to_work(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_FIRMWARE);
	finish(&w, "prepare");
	ask(&w, NOW);
	assert_int_equal(w.step.kind, PLAN_WAIT);

	w.run.script_at = NOW + 5;
	ask(&w, NOW + 5);
	assert_move(&w, PHASE_LOADING);

	enter(&w, PHASE_LOADING, NOW + 5);
	ask(&w, NOW + 6);
	assert_int_equal(w.step.kind, PLAN_WAIT);

	w.run.hello_at = NOW + 9;
	ask(&w, NOW + 9);
	assert_move(&w, PHASE_WORKING);
}

/* A script over a slow disc image may never be fetched. */
static void test_a_hello_is_enough(void **state)
{
	WORLD w;

	(void)state;
	init_mode(&w, "isoboot", PHASE_FIRMWARE);
	finish(&w, "prepare");
	w.run.hello_at = NOW + 9;

	ask(&w, NOW + 9);

	assert_move(&w, PHASE_WORKING);
}

static void test_what_was_seen_before_the_power_cycle_is_old(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_FIRMWARE);
	finish(&w, "prepare");
	w.run.script_at = w.run.hello_at = NOW - 1;

	ask(&w, NOW);

	assert_int_equal(w.step.kind, PLAN_WAIT);
}

static void test_silence_after_power_on_is_named(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_FIRMWARE);
	finish(&w, "prepare");

	ask(&w, w.run.deadline - 1);
	assert_int_equal(w.step.kind, PLAN_WAIT);

	ask(&w, w.run.deadline);
	assert_fail(&w, "timeout", "no DHCP request");
}

/* Firmware that reads a disc over the network is slow, and fetches nothing. */
static void test_a_disc_has_until_the_hello(void **state)
{
	WORLD w;

	(void)state;
	init_mode(&w, "isoboot", PHASE_FIRMWARE);
	finish(&w, "prepare");

	ask(&w, NOW + 25 * 60 * 1000 - 1);
	assert_int_equal(w.step.kind, PLAN_WAIT);
	ask(&w, NOW + 25 * 60 * 1000);
	assert_fail(&w, "timeout", "the worker to say hello");
}

static void test_every_phase_that_waits_ends_at_its_deadline(void **state)
{
	static const char *const modes[] = { "netboot", "isoboot" };

	(void)state;
	for (size_t mode = 0; mode < ARRAY_LEN(modes); mode++) {
		for (int phase = PHASE_POWER_OFF; phase < PHASE_ENDED;
		     phase++) {
			WORLD w;
			wall_ms wake;

			if (phase == PHASE_WORKING)
				continue; /* its actions have deadlines */
			init_mode(&w, modes[mode], (enum phase)phase);
			/* Its effect is under way and never ends. */
			for (size_t i = 0; i < w.steps.n; i++)
				set_step(&w.steps.steps[i], "sent", NOW);
			wake = plan_wake(&w.view, NOW);
			assert_true(wake > NOW);
			ask(&w, wake);
			assert_int_not_equal(w.step.kind, PLAN_WAIT);
		}
	}
}

static void test_without_a_bmc_there_is_no_hurry_to_start(void **state)
{
	WORLD w;

	(void)state;
	init_mode(&w, "", PHASE_NETBOOT_ON);
	w.view.allow_netboot = true;
	ask(&w, NOW);
	assert_move(&w, PHASE_FIRMWARE);

	enter(&w, PHASE_FIRMWARE, NOW);
	ask(&w, NOW + INT64_C(86400000));
	assert_int_equal(w.step.kind, PLAN_WAIT);
}

/* Closing */

static void
test_closing_switches_network_boot_off_whatever_happened(void **state)
{
	static const char *const outcomes[] = { "", "failed", "timeout" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		WORLD w;

		init(&w, PHASE_CLOSING);
		str_copy(w.run.outcome, sizeof(w.run.outcome), outcomes[i]);
		w.view.allow_netboot = true;
		ask(&w, NOW);
		assert_int_equal(w.step.kind, PLAN_NETBOOT);
		assert_false(w.step.netboot);
	}
}

static void test_closing_takes_each_step_whatever_became_of_it(void **state)
{
	static const char *const ends[] = { "observed", "failed" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		WORLD w;

		init_mode(&w, "isoboot", PHASE_CLOSING);
		str_copy(w.run.outcome, sizeof(w.run.outcome), "failed");
		set_step(&w.steps.steps[0], "failed", NOW);
		ask(&w, NOW);
		assert_step(&w, "media-eject");
		set_step(&w.steps.steps[w.step.index], ends[i], NOW);
		ask(&w, NOW);
		assert_step(&w, "boot-none");
		set_step(&w.steps.steps[w.step.index], ends[i], NOW);
		ask(&w, NOW);
		assert_move(&w, PHASE_ENDED);
	}
}

static void test_who_powers_off_is_not_cut_off_by_its_bmc(void **state)
{
	WORLD w;
	struct err err;
	AUTO_JSON json_t *workflow = json_pack(
		"{s:{s:{s:s}}}", "spec", "bootOptions", "bootMode", "netboot");

	(void)state;
	init(&w, PHASE_CLOSING);
	set_action(&w, 0, "SUCCESS");
	set_action(&w, 1, "SUCCESS");
	w.actions[1].ended_at = NOW;
	str_copy(w.actions[1].leaves, sizeof(w.actions[1].leaves), "poweroff");
	w.run.await_os = false;
	w.run.toggle = false;
	release(&w);
	if (step_plan(workflow, true, &w.run, w.actions, 2, &w.steps, &err))
		fail_msg("%s", err.message);
	w.view.steps = w.steps.steps;
	w.view.n_steps = w.steps.n;
	set_step(&w.steps.steps[0], "observed", NOW);

	ask(&w, NOW + 9999);
	assert_int_equal(w.step.kind, PLAN_WAIT);
	assert_int_equal(plan_wake(&w.view, NOW + 9999), NOW + 10000);

	ask(&w, NOW + 10000);
	assert_step(&w, "power-off");
}

static void test_a_closing_step_that_never_ends_is_given_up(void **state)
{
	WORLD w;
	size_t eject;

	(void)state;
	init_mode(&w, "isoboot", PHASE_CLOSING);
	str_copy(w.run.outcome, sizeof(w.run.outcome), "failed");
	set_step(&w.steps.steps[0], "failed", NOW);
	ask(&w, NOW);
	eject = w.step.index;
	set_step(&w.steps.steps[eject], "sent", NOW);

	ask(&w, w.run.deadline);
	assert_int_equal(w.step.kind, PLAN_GIVE_UP);
	assert_int_equal(w.step.index, eject);

	w.steps.steps[eject].given_up = true;
	w.run.deadline += 600000;
	ask(&w, NOW + 600001);
	assert_step(&w, "boot-none"); /* it has its chance */
}

static void test_where_nothing_was_asked_for_nothing_is_taken_back(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_CLOSING);
	str_copy(w.run.outcome, sizeof(w.run.outcome), "failed");

	ask(&w, NOW);

	assert_move(&w, PHASE_ENDED);
}

static void test_a_post_action_that_fails_fails_the_run(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_CLOSING);
	str_copy(w.steps.steps[0].stage, sizeof(w.steps.steps[0].stage),
		 "post");
	set_step(&w.steps.steps[0], "failed", NOW);
	str_copy(w.steps.steps[0].error, sizeof(w.steps.steps[0].error), "no");

	ask(&w, NOW);
	assert_fail(&w, "failed", "power-off: no");

	str_copy(w.run.outcome, sizeof(w.run.outcome), "failed");
	ask(&w, NOW);
	assert_step(&w, "boot-none");
}

static void test_a_worker_that_restarts_spares_us_the_power_cycle(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_CLOSING);
	finish(&w, "close");
	set_action(&w, 0, "SUCCESS");
	set_action(&w, 1, "SUCCESS");
	ask(&w, NOW);
	assert_move(&w, PHASE_RESTART_OFF);

	str_copy(w.actions[1].phase, sizeof(w.actions[1].phase), "terminal");
	ask(&w, NOW);
	assert_move(&w, PHASE_FIRST_BOOT);
}

static void test_the_installed_os_is_awaited(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_FIRST_BOOT);
	set_action(&w, 1, "SUCCESS");
	w.actions[1].ended_at = NOW + 10;
	w.run.os_at = NOW + 9; /* of what was there before */
	ask(&w, NOW + 11);
	assert_int_equal(w.step.kind, PLAN_WAIT);

	w.run.os_at = NOW + 12;
	ask(&w, NOW + 12);
	assert_move(&w, PHASE_ENDED);
}

/* What people want of it */

static void test_what_is_cancelled_closes_first(void **state)
{
	(void)state;
	for (int phase = PHASE_QUEUED; phase < PHASE_CLOSING; phase++) {
		WORLD w;

		init(&w, (enum phase)phase);
		str_copy(w.run.cancel, sizeof(w.run.cancel), "cancelled: no");
		ask(&w, NOW);
		assert_fail(&w, "failed", "cancelled: no");
	}
}

static void test_what_is_closing_is_not_cancelled_again(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_CLOSING);
	finish(&w, "close");
	str_copy(w.run.cancel, sizeof(w.run.cancel), "cancelled");
	str_copy(w.run.outcome, sizeof(w.run.outcome), "failed");

	ask(&w, NOW);

	assert_move(&w, PHASE_ENDED);
}

static void test_a_paused_run_begins_nothing_and_has_no_deadline(void **state)
{
	static const enum phase phases[] = {
		PHASE_QUEUED,   PHASE_NETBOOT_ON, PHASE_POWER_OFF,
		PHASE_FIRMWARE, PHASE_WORKING,    PHASE_FIRST_BOOT
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
		WORLD w;

		init(&w, phases[i]);
		w.run.global_timeout_s = 5;
		w.run.pause = true;
		ask(&w, NOW);
		assert_int_equal(w.step.kind, PLAN_PAUSE);

		w.run.paused_at = NOW;
		ask(&w, NOW + INT64_C(86400000));
		assert_int_equal(w.step.kind, PLAN_WAIT);
		assert_int_equal(plan_wake(&w.view, NOW), 0);

		w.run.pause = false;
		ask(&w, NOW + INT64_C(86400000));
		assert_int_equal(w.step.kind, PLAN_RESUME);
	}
}

static void test_a_paused_run_can_be_cancelled(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	w.run.pause = true;
	w.run.paused_at = NOW;
	str_copy(w.run.cancel, sizeof(w.run.cancel), "cancelled");

	ask(&w, NOW);

	assert_fail(&w, "failed", "cancelled");
}

static void test_who_is_gone_is_the_cause(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	w.run.machine = 0;
	ask(&w, NOW);
	assert_fail(&w, "failed", "its Hardware was deleted");

	w.run.machine = 7;
	w.run.workflow = 0;
	ask(&w, NOW);
	assert_fail(&w, "failed", "its Workflow is gone");
}

static void test_global_timeout_ends_it_and_zero_means_none(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_WORKING);
	set_action(&w, 0, "RUNNING");
	w.actions[0].timeout_s = 0;
	w.view.heard_at = NOW + INT64_C(86400000);
	ask(&w, NOW + INT64_C(86400000));
	assert_int_equal(w.step.kind, PLAN_WAIT);

	w.run.global_timeout_s = 60;
	w.run.paused_ms = 1000; /* it stood still for so long */
	ask(&w, NOW + 60 * 1000);
	assert_int_equal(w.step.kind, PLAN_WAIT);
	ask(&w, NOW + 61 * 1000);
	assert_fail(&w, "timeout", "global_timeout of 60s");
}

/* Pacing */

static void test_power_on_waits_for_its_turn(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_POWER_ON);
	set_step(&w.steps.steps[0], "observed", NOW);
	set_step(&w.steps.steps[1], "observed", NOW);
	ask(&w, NOW);
	assert_int_equal(w.step.kind, PLAN_SLOT);
	assert_string_equal(w.step.slot, "starting");

	str_copy(w.run.waits, sizeof(w.run.waits), "starting");
	w.run.deadline = 0;
	w.run.global_timeout_s = 1;
	ask(&w, NOW + INT64_C(86400000));
	assert_int_equal(w.step.kind, PLAN_WAIT);

	w.run.waits[0] = '\0';
	w.run.global_timeout_s = 0;
	str_copy(w.run.slot, sizeof(w.run.slot), "starting");
	ask(&w, NOW);
	assert_step(&w, "power-on");
}

static void test_the_turn_is_given_back_with_the_hello(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_LOADING);
	finish(&w, "prepare");
	str_copy(w.run.slot, sizeof(w.run.slot), "starting");
	ask(&w, NOW);
	assert_int_equal(w.step.kind, PLAN_WAIT);

	enter(&w, PHASE_WORKING, NOW);
	ask(&w, NOW);
	assert_int_equal(w.step.kind, PLAN_RELEASE);
}

static void test_who_is_paused_gives_its_place_back(void **state)
{
	WORLD w;

	(void)state;
	init(&w, PHASE_POWER_ON);
	set_step(&w.steps.steps[0], "observed", NOW);
	set_step(&w.steps.steps[1], "observed", NOW);
	w.run.pause = true;
	w.run.paused_at = NOW;
	str_copy(w.run.waits, sizeof(w.run.waits), "starting");

	ask(&w, NOW);

	assert_int_equal(w.step.kind, PLAN_RELEASE);
}

static void test_limits_of_phases_are_the_operators(void **state)
{
	struct run netboot = { .boot = "netboot" };
	struct run disc = { .boot = "isoboot" };
	struct plan_limits limits;
	struct err err;

	(void)state;
	assert_int_equal(
		plan_limits_parse("firmware=1800, loading=90", &limits, &err),
		0);

	assert_int_equal(plan_phase_ms(&limits, &netboot, PHASE_FIRMWARE),
			 1800 * 1000);
	assert_int_equal(plan_phase_ms(&limits, &netboot, PHASE_LOADING),
			 90 * 1000);
	assert_int_equal(plan_phase_ms(&limits, &disc, PHASE_FIRMWARE),
			 1890 * 1000);
	assert_int_equal(plan_phase_ms(&limits, &netboot, PHASE_FIRST_BOOT),
			 30 * 60 * 1000);
}

static void test_limits_that_mean_nothing_are_refused(void **state)
{
	static const char *const wrong[] = {
		"firmware",    "firmware=",       "firmware=0", "firmware=soon",
		"firmware=-1", "firmware=604801", "working=60", "ended=60",
		"tea=60",      "loading=5,tea=1", "=5",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct plan_limits limits;
		struct err err;

		assert_int_equal(plan_limits_parse(wrong[i], &limits, &err),
				 -1);
		assert_int_equal(err.code, ERR_INVALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_second_run_of_a_machine_waits),
		RUN(test_network_boot_is_allowed_before_the_power_goes),
		RUN(test_each_boot_mode_has_its_steps),
		RUN(test_a_failed_side_effect_fails_the_run_with_its_cause),
		RUN(test_the_script_then_the_hello_lead_to_work),
		RUN(test_a_hello_is_enough),
		RUN(test_what_was_seen_before_the_power_cycle_is_old),
		RUN(test_silence_after_power_on_is_named),
		RUN(test_a_disc_has_until_the_hello),
		RUN(test_every_phase_that_waits_ends_at_its_deadline),
		RUN(test_without_a_bmc_there_is_no_hurry_to_start),
		RUN(test_limits_of_phases_are_the_operators),
		RUN(test_limits_that_mean_nothing_are_refused),
		RUN(test_closing_switches_network_boot_off_whatever_happened),
		RUN(test_closing_takes_each_step_whatever_became_of_it),
		RUN(test_who_powers_off_is_not_cut_off_by_its_bmc),
		RUN(test_a_closing_step_that_never_ends_is_given_up),
		RUN(test_where_nothing_was_asked_for_nothing_is_taken_back),
		RUN(test_a_post_action_that_fails_fails_the_run),
		RUN(test_a_worker_that_restarts_spares_us_the_power_cycle),
		RUN(test_the_installed_os_is_awaited),
		RUN(test_what_is_cancelled_closes_first),
		RUN(test_what_is_closing_is_not_cancelled_again),
		RUN(test_a_paused_run_begins_nothing_and_has_no_deadline),
		RUN(test_a_paused_run_can_be_cancelled),
		RUN(test_who_is_gone_is_the_cause),
		RUN(test_global_timeout_ends_it_and_zero_means_none),
		RUN(test_power_on_waits_for_its_turn),
		RUN(test_the_turn_is_given_back_with_the_hello),
		RUN(test_who_is_paused_gives_its_place_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
