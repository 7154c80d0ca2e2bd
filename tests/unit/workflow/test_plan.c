/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "base/str.h"
#include "test.h"

#define NOW 1000000

/* A run in a phase that began at NOW, on a machine with a BMC. */
struct world {
	struct run run;
	struct action actions[2];
	struct intent intent;
	struct plan_view view;
	struct plan step;
};

static void enter(struct world *w, enum phase phase, wall_ms at)
{
	int64_t limit = plan_phase_ms(&w->run, phase);

	str_copy(w->run.phase, sizeof(w->run.phase), phase_name(phase));
	w->run.phase_at = at;
	w->run.deadline = limit ? at + limit : 0;
}

static void set_action(struct action *action, int position, const char *state)
{
	memset(action, 0, sizeof(*action));
	action->position = position;
	action->attempt = 1;
	action->timeout_s = 600;
	snprintf(action->name, sizeof(action->name), "step %d", position);
	str_copy(action->state, sizeof(action->state), state);
}

static void init(struct world *w, enum phase phase)
{
	memset(w, 0, sizeof(*w));
	w->run.netboot = true;
	w->run.toggle = true;
	w->run.await_os = true;
	w->run.uefi = true;
	w->run.started_at = NOW;
	set_action(&w->actions[0], 0, "PENDING");
	set_action(&w->actions[1], 1, "PENDING");
	w->view.run = &w->run;
	w->view.actions = w->actions;
	w->view.n_actions = 2;
	w->view.has_machine = true;
	w->view.is_first = true;
	enter(w, phase, NOW);
}

static void ask(struct world *w, wall_ms now)
{
	plan(&w->view, now, &w->step);
}

static void set_intent(struct world *w, const char *kind, const char *state)
{
	memset(&w->intent, 0, sizeof(w->intent));
	str_copy(w->intent.kind, sizeof(w->intent.kind), kind);
	str_copy(w->intent.state, sizeof(w->intent.state), state);
	w->intent.created_at = NOW;
	if (str_eq(state, "observed") || str_eq(state, "failed"))
		w->intent.ended_at = NOW + 1;
	w->view.intent = &w->intent;
}

static void assert_move(const struct world *w, enum phase phase)
{
	assert_int_equal(w->step.kind, PLAN_MOVE);
	assert_string_equal(phase_name(w->step.phase), phase_name(phase));
}

static void test_a_second_run_of_a_machine_waits(void **state)
{
	struct world w;

	(void)state;
	init(&w, PHASE_QUEUED);
	w.view.is_first = false;

	ask(&w, NOW + 1000 * 86400);

	assert_int_equal(w.step.kind, PLAN_WAIT);
}

static void test_network_boot_is_allowed_before_the_power_goes(void **state)
{
	struct world w;

	(void)state;
	init(&w, PHASE_NETBOOT_ON);

	ask(&w, NOW);
	assert_int_equal(w.step.kind, PLAN_NETBOOT);
	assert_true(w.step.netboot);

	w.view.allow_netboot = true;
	ask(&w, NOW);
	assert_move(&w, PHASE_POWER_OFF);
}

static void test_a_side_effect_is_asked_for_once_and_awaited(void **state)
{
	static const struct {
		enum phase phase;
		const char *intent;
		enum phase next;
	} rows[] = {
		{ PHASE_POWER_OFF, "power-off", PHASE_BOOT_DEVICE },
		{ PHASE_BOOT_DEVICE, "boot-pxe", PHASE_POWER_ON },
		{ PHASE_POWER_ON, "power-on", PHASE_FIRMWARE },
		{ PHASE_RESTART_OFF, "power-off", PHASE_RESTART_ON },
		{ PHASE_RESTART_ON, "power-on", PHASE_FIRST_BOOT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world w;

		init(&w, rows[i].phase);
		ask(&w, NOW);
		assert_int_equal(w.step.kind, PLAN_INTENT);
		assert_string_equal(w.step.intent, rows[i].intent);
		assert_string_equal(w.step.args, "uefi");

		set_intent(&w, rows[i].intent, "intent");
		ask(&w, NOW + 1);
		assert_int_equal(w.step.kind, PLAN_WAIT);

		set_intent(&w, rows[i].intent, "sent");
		ask(&w, NOW + 1);
		assert_int_equal(w.step.kind, PLAN_WAIT);

		set_intent(&w, rows[i].intent, "observed");
		ask(&w, NOW + 1);
		assert_move(&w, rows[i].next);
	}
}

static void test_an_intent_of_an_earlier_phase_does_not_count(void **state)
{
	struct world w;

	(void)state;
	init(&w, PHASE_RESTART_OFF);
	set_intent(&w, "power-off", "observed");
	w.intent.created_at = NOW - 1;

	ask(&w, NOW + 1);

	assert_int_equal(w.step.kind, PLAN_INTENT);
}

static void test_a_failed_side_effect_fails_the_run_with_its_cause(void **state)
{
	struct world w;

	(void)state;
	init(&w, PHASE_POWER_OFF);
	set_intent(&w, "power-off", "failed");
	str_copy(w.intent.error, sizeof(w.intent.error), "no route to BMC");

	ask(&w, NOW + 1);

	assert_int_equal(w.step.kind, PLAN_FAIL);
	assert_string_equal(w.step.outcome, "failed");
	assert_string_equal(w.step.cause, "power-off: no route to BMC");
}

static void test_the_script_then_the_hello_lead_to_work(void **state)
{
	struct world w;

	(void)state;
	init(&w, PHASE_FIRMWARE);
	ask(&w, NOW);
	assert_int_equal(w.step.kind, PLAN_WAIT);

	w.view.script_at = NOW + 5;
	ask(&w, NOW + 5);
	assert_move(&w, PHASE_LOADING);

	enter(&w, PHASE_LOADING, NOW + 5);
	ask(&w, NOW + 6);
	assert_int_equal(w.step.kind, PLAN_WAIT);

	w.view.hello_at = NOW + 9;
	ask(&w, NOW + 9);
	assert_move(&w, PHASE_WORKING);
}

static void test_a_script_from_before_the_power_cycle_is_old(void **state)
{
	struct world w;

	(void)state;
	init(&w, PHASE_FIRMWARE);
	w.view.script_at = NOW - 1;

	ask(&w, NOW);

	assert_int_equal(w.step.kind, PLAN_WAIT);
}

static void test_silence_after_power_on_is_named(void **state)
{
	struct world w;

	(void)state;
	init(&w, PHASE_FIRMWARE);

	ask(&w, w.run.deadline - 1);
	assert_int_equal(w.step.kind, PLAN_WAIT);

	ask(&w, w.run.deadline);
	assert_int_equal(w.step.kind, PLAN_FAIL);
	assert_string_equal(w.step.outcome, "timeout");
	assert_non_null(strstr(w.step.cause, "no DHCP request"));
}

static void test_every_phase_that_waits_ends_at_its_deadline(void **state)
{
	(void)state;
	for (int phase = PHASE_NETBOOT_ON; phase < PHASE_ENDED; phase++) {
		struct world w;

		init(&w, (enum phase)phase);
		w.view.allow_netboot = false;
		/* Its effect is under way and never ends. */
		set_intent(&w, "power-off", "sent");
		for (int i = 0; i < 8; i++) {
			wall_ms wake = plan_wake(&w.view);

			ask(&w, wake ? wake : NOW);
			if (w.step.kind != PLAN_INTENT)
				break;
			set_intent(&w, w.step.intent, "sent");
		}
		assert_int_not_equal(w.step.kind, PLAN_WAIT);
	}
}

static void test_without_a_bmc_there_is_no_hurry_to_start(void **state)
{
	struct world w;

	(void)state;
	init(&w, PHASE_NETBOOT_ON);
	w.run.netboot = false;
	w.view.allow_netboot = true;
	ask(&w, NOW);
	assert_move(&w, PHASE_FIRMWARE);

	enter(&w, PHASE_FIRMWARE, NOW);
	ask(&w, NOW + INT64_C(86400000));
	assert_int_equal(w.step.kind, PLAN_WAIT);
}

static void test_a_failed_action_is_the_cause(void **state)
{
	struct world w;

	(void)state;
	init(&w, PHASE_WORKING);
	set_action(&w.actions[0], 0, "SUCCESS");
	set_action(&w.actions[1], 1, "FAILED");
	str_copy(w.actions[1].message, sizeof(w.actions[1].message),
		 "404 Not Found");

	ask(&w, NOW);

	assert_int_equal(w.step.kind, PLAN_FAIL);
	assert_string_equal(w.step.cause, "action \"step 1\": 404 Not Found");
}

static void test_an_action_that_outlives_its_timeout_is_given_up(void **state)
{
	struct world w;

	(void)state;
	init(&w, PHASE_WORKING);
	set_action(&w.actions[0], 0, "RUNNING");
	w.actions[0].started_at = NOW;

	ask(&w, plan_wake(&w.view) - 1);
	assert_int_equal(w.step.kind, PLAN_WAIT);

	ask(&w, plan_wake(&w.view));
	assert_int_equal(w.step.kind, PLAN_FAIL);
	assert_string_equal(w.step.outcome, "timeout");
}

static void
test_closing_switches_network_boot_off_whatever_happened(void **state)
{
	static const char *const outcomes[] = { "", "failed", "timeout" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		struct world w;

		init(&w, PHASE_CLOSING);
		str_copy(w.run.outcome, sizeof(w.run.outcome), outcomes[i]);
		w.view.allow_netboot = true;
		ask(&w, NOW);
		assert_int_equal(w.step.kind, PLAN_NETBOOT);
		assert_false(w.step.netboot);
	}
}

static void test_a_worker_that_restarts_spares_us_the_power_cycle(void **state)
{
	struct world w;

	(void)state;
	init(&w, PHASE_CLOSING);
	set_action(&w.actions[0], 0, "SUCCESS");
	set_action(&w.actions[1], 1, "SUCCESS");
	ask(&w, NOW);
	assert_move(&w, PHASE_RESTART_OFF);

	str_copy(w.actions[1].phase, sizeof(w.actions[1].phase), "terminal");
	ask(&w, NOW);
	assert_move(&w, PHASE_FIRST_BOOT);
}

static void test_a_failure_leaves_no_boot_override_behind(void **state)
{
	struct world w;

	(void)state;
	init(&w, PHASE_CLOSING);
	str_copy(w.run.outcome, sizeof(w.run.outcome), "failed");
	set_intent(&w, "power-on", "observed");
	w.intent.created_at = NOW - 5;
	ask(&w, NOW);
	assert_int_equal(w.step.kind, PLAN_INTENT);
	assert_string_equal(w.step.intent, "boot-none");

	set_intent(&w, "boot-none", "failed");
	ask(&w, NOW);
	assert_move(&w, PHASE_ENDED);
}

static void test_a_deleted_workflow_closes_first(void **state)
{
	struct world w;

	(void)state;
	init(&w, PHASE_WORKING);
	w.view.cancelled = true;

	ask(&w, NOW);

	assert_int_equal(w.step.kind, PLAN_FAIL);
	assert_string_equal(w.step.cause, "cancelled");
}

static void test_global_timeout_ends_it_and_zero_means_none(void **state)
{
	struct world w;

	(void)state;
	init(&w, PHASE_WORKING);
	set_action(&w.actions[0], 0, "RUNNING");
	w.actions[0].timeout_s = 0;
	w.actions[0].started_at = NOW;
	ask(&w, NOW + INT64_C(86400000));
	assert_int_equal(w.step.kind, PLAN_WAIT);

	w.run.global_timeout_s = 60;
	ask(&w, NOW + 60 * 1000);
	assert_int_equal(w.step.kind, PLAN_FAIL);
	assert_string_equal(w.step.outcome, "timeout");
}

/*
 * A machine in virtual time, driven by plan() alone. At each wait something
 * happens to it, good or bad by the seed, or nothing until the deadline.
 */
struct walk {
	struct world w;
	struct rng rng;
	wall_ms now;
	bool netboot_was_on;
	int n_intents;
};

static bool chance(struct walk *walk, unsigned percent)
{
	return rng_u64(&walk->rng) % 100 < percent;
}

static void happen(struct walk *walk)
{
	struct world *w = &walk->w;
	struct action *action = &w->actions[0];
	wall_ms wake = plan_wake(&w->view);

	if (str_eq(action->state, "SUCCESS"))
		action = &w->actions[1];
	if (chance(walk, 10) && wake) { /* nothing, for ever */
		walk->now = wake;
		return;
	}
	walk->now += 1000;
	if (w->view.intent && !w->intent.ended_at) {
		str_copy(w->intent.state, sizeof(w->intent.state),
			 chance(walk, 95) ? "observed" : "failed");
		w->intent.ended_at = walk->now;
	} else if (str_eq(w->run.phase, "firmware")) {
		w->view.script_at = walk->now;
	} else if (str_eq(w->run.phase, "loading")) {
		w->view.hello_at = walk->now;
	} else if (str_eq(w->run.phase, "working")) {
		str_copy(action->state, sizeof(action->state),
			 str_eq(action->state, "PENDING") ? "RUNNING"
			 : chance(walk, 95)               ? "SUCCESS"
							  : "FAILED");
		if (str_eq(action->state, "RUNNING"))
			action->started_at = walk->now;
		else
			action->ended_at = walk->now;
	} else if (str_eq(w->run.phase, "first-boot")) {
		w->view.os_at = walk->now;
	}
}

static void carry_out(struct walk *walk)
{
	struct world *w = &walk->w;

	switch (w->step.kind) {
	case PLAN_MOVE:
		enter(w, w->step.phase, walk->now);
		return;
	case PLAN_FAIL:
		str_copy(w->run.outcome, sizeof(w->run.outcome),
			 w->step.outcome);
		enter(w, PHASE_CLOSING, walk->now);
		return;
	case PLAN_NETBOOT:
		w->view.allow_netboot = w->step.netboot;
		walk->netboot_was_on |= w->step.netboot;
		return;
	case PLAN_INTENT:
		set_intent(w, w->step.intent, "sent");
		w->intent.created_at = walk->now;
		walk->n_intents++;
		return;
	case PLAN_WAIT:
		happen(walk);
		return;
	case PLAN_END:
		return;
	}
}

static void test_ten_thousand_machines_all_come_to_an_end(void **state)
{
	int n_success = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 10000; seed++) {
		struct walk walk = { .rng = rng_seeded(seed), .now = NOW };
		int steps = 0;

		init(&walk.w, PHASE_QUEUED);
		do {
			plan(&walk.w.view, walk.now, &walk.w.step);
			carry_out(&walk);
			assert_true(++steps < 200);
		} while (walk.w.step.kind != PLAN_END);

		assert_true(walk.netboot_was_on);
		assert_false(walk.w.view.allow_netboot);
		assert_true(walk.n_intents <= 6);
		n_success += !*walk.w.run.outcome;
	}
	assert_in_range(n_success, 1000, 9999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_second_run_of_a_machine_waits),
		RUN(test_network_boot_is_allowed_before_the_power_goes),
		RUN(test_a_side_effect_is_asked_for_once_and_awaited),
		RUN(test_an_intent_of_an_earlier_phase_does_not_count),
		RUN(test_a_failed_side_effect_fails_the_run_with_its_cause),
		RUN(test_the_script_then_the_hello_lead_to_work),
		RUN(test_a_script_from_before_the_power_cycle_is_old),
		RUN(test_silence_after_power_on_is_named),
		RUN(test_every_phase_that_waits_ends_at_its_deadline),
		RUN(test_without_a_bmc_there_is_no_hurry_to_start),
		RUN(test_a_failed_action_is_the_cause),
		RUN(test_an_action_that_outlives_its_timeout_is_given_up),
		RUN(test_closing_switches_network_boot_off_whatever_happened),
		RUN(test_a_worker_that_restarts_spares_us_the_power_cycle),
		RUN(test_a_failure_leaves_no_boot_override_behind),
		RUN(test_a_deleted_workflow_closes_first),
		RUN(test_global_timeout_ends_it_and_zero_means_none),
		RUN(test_ten_thousand_machines_all_come_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
