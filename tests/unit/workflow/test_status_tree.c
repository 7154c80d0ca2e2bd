/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/status_tree.h"

#include <string.h>

#include "base/str.h"
#include "json.h"
#include "test.h"
#include "workflow/plan.h"

static void test_every_phase_has_a_state(void **state)
{
	static const char *const states[N_PHASES] = {
		[PHASE_QUEUED] = "PREPARING",
		[PHASE_NETBOOT_ON] = "PREPARING",
		[PHASE_POWER_OFF] = "PREPARING",
		[PHASE_MEDIA_EJECT] = "PREPARING",
		[PHASE_MEDIA_INSERT] = "PREPARING",
		[PHASE_BOOT_DEVICE] = "PREPARING",
		[PHASE_PREPARING] = "PREPARING",
		[PHASE_POWER_ON] = "PREPARING",
		[PHASE_FIRMWARE] = "PENDING",
		[PHASE_LOADING] = "PENDING",
		[PHASE_WORKING] = "RUNNING",
		[PHASE_CLOSING] = "POST",
		[PHASE_RESTART_OFF] = "POST",
		[PHASE_RESTART_ON] = "POST",
		[PHASE_FIRST_BOOT] = "POST",
		[PHASE_ENDED] = "FAILED", /* without an outcome: damaged */
	};

	(void)state;

	for (int i = 0; i < N_PHASES; i++) {
		struct run run = { 0 };

		str_copy(run.phase, sizeof(run.phase),
			 phase_name((enum phase)i));
		assert_string_equal(workflow_state(&run), states[i]);
	}
}

static void test_every_outcome_has_a_state(void **state)
{
	static const char *const outcomes[][3] = {
		{ "ended", "success", "SUCCESS" },
		{ "ended", "failed", "FAILED" },
		{ "ended", "timeout", "TIMEOUT" },
		/* It failed, but clearing up goes on. */
		{ "closing", "failed", "POST" },
		{ "closing", "timeout", "POST" },
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		struct run run = { 0 };

		str_copy(run.phase, sizeof(run.phase), outcomes[i][0]);
		str_copy(run.outcome, sizeof(run.outcome), outcomes[i][1]);
		assert_string_equal(workflow_state(&run), outcomes[i][2]);
	}
}

#define NOON INT64_C(1795521600000) /* 2026-11-24T12:00:00Z */

static void test_a_status_shows_each_action(void **state)
{
	AUTO_JSON json_t *secret = json_of("{'env':{'TOKEN':'hunter2'}}");
	struct run run = { .phase = "working",
			   .global_timeout_s = 1800,
			   .created_at = NOON };
	struct action actions[] = {
		{ .action_id = "a0",
		  .task_name = "install",
		  .agent = "52:54:00:00:00:01",
		  .name = "image",
		  .image = "image2disk",
		  .timeout_s = 600,
		  .state = "SUCCESS",
		  .started_at = NOON,
		  .ended_at = NOON + 61234,
		  .message = "written" },
		{ .action_id = "a1",
		  .task_name = "install",
		  .agent = "52:54:00:00:00:01",
		  .name = "file",
		  .image = "writefile",
		  .state = "RUNNING",
		  .started_at = NOON + 62000,
		  .document = secret },
		{ .action_id = "a2",
		  .name = "restart",
		  .image = "reboot",
		  .state = "PENDING" },
	};
	AUTO_JSON json_t *status = workflow_status(&run, actions, 3);
	AUTO_FREE char *text = json_text(status);

	(void)state;

	assert_json(
		status,
		"{'state':'RUNNING','agentID':'52:54:00:00:00:01',"
		"'templateRendering':'successful','globalTimeout':1800,"
		"'currentState':{'agentID':'52:54:00:00:00:01','taskID':'t0',"
		"'taskName':'install','actionID':'a1','actionName':'file',"
		"'state':'RUNNING'},"
		"'tasks':[{'id':'t0','name':'install',"
		"'agentID':'52:54:00:00:00:01','actions':["
		"{'id':'a0','name':'image','image':'image2disk',"
		"'timeout':600,'state':'SUCCESS',"
		"'executionStart':'2026-11-24T12:00:00Z',"
		"'executionStop':'2026-11-24T12:01:01Z',"
		"'executionDuration':'61.234s','message':'written'},"
		"{'id':'a1','name':'file','image':'writefile','timeout':0,"
		"'state':'RUNNING','executionStart':'2026-11-24T12:01:02Z'},"
		"{'id':'a2','name':'restart','image':'reboot','timeout':0,"
		"'state':'PENDING'}]}],"
		"'conditions':[{'type':'TemplateRenderedSuccess',"
		"'status':'True','reason':'Complete',"
		"'time':'2026-11-24T12:00:00Z'}]}");
	assert_null(strstr(text, "hunter2"));
}

static void test_a_status_when_all_actions_are_done(void **state)
{
	struct run run = { .phase = "ended", .outcome = "success" };
	struct action action = { .action_id = "a0",
				 .name = "image",
				 .image = "i",
				 .state = "SUCCESS" };
	AUTO_JSON json_t *status = workflow_status(&run, &action, 1);
	AUTO_JSON json_t *none = workflow_status(&run, NULL, 0);

	(void)state;

	assert_at(status, "state", "'SUCCESS'");
	assert_at(status, "currentState", NULL);
	assert_at(none, "tasks", "[]");
}

static void test_a_status_of_a_failed_action(void **state)
{
	struct run run = { .phase = "ended", .outcome = "failed" };
	struct action actions[] = {
		{ .action_id = "a0",
		  .name = "image",
		  .state = "FAILED",
		  .message = "404" },
		{ .action_id = "a1", .name = "restart", .state = "PENDING" },
	};
	AUTO_JSON json_t *status = workflow_status(&run, actions, 2);

	(void)state;

	assert_at(status, "state", "'FAILED'");
	assert_at(status, "currentState.actionName", "'image'");
	assert_at(status, "currentState.state", "'FAILED'");
	assert_at(status, "tasks[0].actions[0].message", "'404'");
}

static void test_a_status_shows_tasks_and_whose_turn_it_is(void **state)
{
	struct run run = { .phase = "working" };
	struct action actions[] = {
		{ .action_id = "a0",
		  .task_name = "disk",
		  .agent = "m1",
		  .name = "image",
		  .state = "SUCCESS" },
		{ .action_id = "a1",
		  .task = 1,
		  .task_name = "switch",
		  .agent = "m2",
		  .name = "port",
		  .state = "PENDING" },
	};
	AUTO_JSON json_t *status = workflow_status(&run, actions, 2);

	(void)state;

	assert_at(status, "agentID", "'m2'");
	assert_at(status, "tasks[0].agentID", "'m1'");
	assert_at(status, "tasks[1].id", "'t1'");
	assert_at(status, "tasks[1].actions[0].name", "'port'");
	assert_at(status, "currentState.taskID", "'t1'");
	assert_at(status, "currentState.taskName", "'switch'");
}

static void test_what_holds_a_run_up_is_a_condition(void **state)
{
	struct run waits = { .phase = "power-on",
			     .waits = "starting",
			     .waits_why = "16 of 16 machines are starting",
			     .waits_at = NOON };
	struct run paused = { .phase = "working", .paused_at = NOON };
	struct run failed = { .phase = "ended",
			      .outcome = "failed",
			      .cause = "no route" };
	AUTO_JSON json_t *a = workflow_status(&waits, NULL, 0);
	AUTO_JSON json_t *b = workflow_status(&paused, NULL, 0);
	AUTO_JSON json_t *c = workflow_status(&failed, NULL, 0);

	(void)state;

	assert_at(a, "conditions[1].message",
		  "'16 of 16 machines are starting'");
	assert_at(b, "conditions[1].type", "'Paused'");
	assert_at(c, "conditions[1].message", "'no route'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_every_phase_has_a_state),
		RUN(test_every_outcome_has_a_state),
		RUN(test_a_status_shows_each_action),
		RUN(test_a_status_when_all_actions_are_done),
		RUN(test_a_status_of_a_failed_action),
		RUN(test_a_status_shows_tasks_and_whose_turn_it_is),
		RUN(test_what_holds_a_run_up_is_a_condition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
