/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/workflow/engine_world.h"

/* ---- boot modes ---- */

static void test_an_iso_is_inserted_and_ejected_again(void **state)
{
	struct fixture *f = *state;
	struct intent *intents;
	size_t n;

	apply(f, "w1",
	      "{'templateRef':'debian','hardwareRef':'m1','bootOptions':{"
	      "'bootMode':'isoboot','isoURL':'http://x/52-54/hook.iso'}}",
	      NULL);
	end_intent(f, "power-off", NULL);
	end_intent(f, "media-eject", NULL);
	n = intent_open(f->store, &intents);
	assert_int_equal(n, 1);
	assert_string_equal(intents[0].args, "http://x/52-54/hook.iso");
	free(intents);
	end_intent(f, "media-insert", NULL);
	end_intent(f, "boot-cdrom", NULL);
	end_intent(f, "power-on", NULL);
	see(f, "worker", "hello");
	assert_phase(f, "working");
	end_action(f, 0, "SUCCESS", false);
	end_action(f, 1, "SUCCESS", true);
	end_intent(f, "media-eject", NULL);
	end_intent(f, "boot-none", NULL);
	assert_phase(f, "ended");
	assert_status(f, "w1", "status.state", "SUCCESS");
}

static void test_an_iso_is_ejected_after_a_failure_too(void **state)
{
	struct fixture *f = *state;
	struct err cause;

	apply(f, "w1",
	      "{'templateRef':'debian','hardwareRef':'m1','bootOptions':{"
	      "'bootMode':'iso','isoURL':'http://x/hook.iso'}}",
	      NULL);
	end_intent(f, "power-off", NULL);
	end_intent(f, "media-eject", NULL);
	err_set(&cause, ERR_PROTOCOL, "the URI is not allowed");
	end_intent(f, "media-insert", &cause);
	end_intent(f, "media-eject", &cause);
	end_intent(f, "boot-none", NULL);

	assert_phase(f, "ended");
	assert_status(f, "w1", "status.conditions[1].message",
		      "media-insert: the URI is not allowed");
}

#define CUSTOM                                                                 \
	"{'templateRef':'debian','hardwareRef':'m1','bootOptions':{"           \
	"'bootMode':'customboot','custombootConfig':{'preparingActions':["     \
	"{'powerAction':'off'},{'virtualMediaAction':{'kind':'CD',"            \
	"'mediaURL':'http://x/<<Hardware.Interfaces[0].DHCP.MAC>>.iso'}},"     \
	"{'bootDevice':{'device':'cdrom','efiBoot':true,'persistent':true}},"  \
	"{'powerAction':'cycle'}],'postActions':["                             \
	"{'virtualMediaAction':{'kind':'CD'}},{'powerAction':'off'}]}}}"

static void test_custom_actions_come_as_their_author_lists_them(void **state)
{
	struct fixture *f = *state;
	struct intent *intents;

	apply(f, "w1", CUSTOM, NULL);
	assert_phase(f, "preparing");
	end_intent(f, "power-off", NULL);
	assert_int_equal(intent_open(f->store, &intents), 1);
	assert_string_equal(intents[0].args, "http://x/52:54:00:00:00:01.iso");
	free(intents);
	end_intent(f, "media-insert", NULL);
	assert_int_equal(intent_open(f->store, &intents), 1);
	assert_string_equal(intents[0].args, "uefi,persistent");
	free(intents);
	end_intent(f, "boot-cdrom", NULL);
	end_intent(f, "power-cycle", NULL);
	see(f, "worker", "hello");
	end_action(f, 0, "SUCCESS", false);
	end_action(f, 1, "SUCCESS", true);
	end_intent(f, "media-eject", NULL);
	end_intent(f, "power-off", NULL);

	assert_phase(f, "ended");
	assert_status(f, "w1", "status.state", "SUCCESS");
}

static void test_a_post_action_that_fails_is_the_cause(void **state)
{
	struct fixture *f = *state;
	struct err cause;

	apply(f, "w1", CUSTOM, NULL);
	end_intent(f, "power-off", NULL);
	end_intent(f, "media-insert", NULL);
	end_intent(f, "boot-cdrom", NULL);
	end_intent(f, "power-cycle", NULL);
	see(f, "worker", "hello");
	end_action(f, 0, "SUCCESS", false);
	end_action(f, 1, "SUCCESS", true);
	err_set(&cause, ERR_PROTOCOL, "no such slot");
	end_intent(f, "media-eject", &cause);
	end_intent(f, "power-off", NULL); /* it has its chance */

	assert_phase(f, "ended");
	assert_status(f, "w1", "status.state", "FAILED");
	assert_status(f, "w1", "status.conditions[1].message",
		      "media-eject: no such slot");
}

static void test_without_a_mode_somebody_else_starts_the_machine(void **state)
{
	struct fixture *f = *state;
	struct intent *intents;

	apply(f, "w1",
	      "{'templateRef':'debian','hardwareRef':'m1','bootOptions':{"
	      "'toggleAllowNetboot':true}}",
	      NULL);
	assert_phase(f, "firmware");
	assert_netboot(f, true);
	assert_int_equal(intent_open(f->store, &intents), 0);
	see(f, "http", "script");
	see(f, "worker", "hello");
	end_action(f, 0, "SUCCESS", false);
	end_action(f, 1, "SUCCESS", true);

	assert_phase(f, "ended");
	assert_netboot(f, false);
}

static void test_what_is_wrong_with_the_boot_options_is_named(void **state)
{
	static const char *const rows[][2] = {
		{ "{'bootMode':'isoboot'}", "isoURL" },
		{ "{'bootMode':'usb'}", "expected netboot, isoboot" },
		{ "{'bootMode':'customboot','custombootConfig':{"
		  "'preparingActions':[{}]}}",
		  "preparingActions[0]" },
		{ "{'bootMode':'customboot','custombootConfig':{"
		  "'preparingActions':[{'virtualMediaAction':{'kind':'CD',"
		  "'mediaURL':'<<Hardware.Nothing>>'}}]}}",
		  "mediaURL" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *name = xasprintf("bad%zu", i);
		AUTO_FREE char *spec =
			xasprintf("{'templateRef':'debian','hardwareRef':'m1',"
				  "'bootOptions':%s}",
				  rows[i][0]);

		apply(f, name, spec, NULL);
		assert_status(f, name, "status.state", "FAILED");
		assert_status(f, name, "status.conditions[0].message",
			      rows[i][1]);
	}
}

/* ---- tasks and workers ---- */

static const char two_tasks[] =
	"name: pair\n"
	"tasks:\n"
	"- name: disk\n"
	"  worker: 52-54-00-00-00-01\n"
	"  actions:\n"
	"  - {name: image, image: image2disk, timeout: 600}\n"
	"- name: switch\n"
	"  worker: rack-controller\n"
	"  actions:\n"
	"  - {name: port, image: cexec, timeout: 60}\n";

static void add_controller(struct fixture *f)
{
	create(f, TINKERBELL_GROUP, "Hardware", "c1",
	       json_of("{'spec':{'agentID':'rack-controller','interfaces':["
		       "{'dhcp':{'mac':'52:54:00:00:00:09'}}]}}"));
	add_template(f, "pair", two_tasks);
}

static void test_each_task_goes_to_its_own_worker(void **state)
{
	struct fixture *f = *state;
	struct action_key key;
	int64_t m1;
	int64_t c1;

	add_controller(f);
	m1 = id_of(f, "Hardware", "m1");
	c1 = id_of(f, "Hardware", "c1");
	apply(f, "w1", "{'templateRef':'pair','hardwareRef':'m1'}", NULL);
	see(f, "worker", "hello");
	assert_true(action_for_machine(f->store, m1, &key));
	assert_int_equal(key.position, 0);
	assert_false(action_for_machine(f->store, c1, &key));

	end_action(f, 0, "SUCCESS", false);
	assert_false(action_for_machine(f->store, m1, &key));
	assert_true(action_for_machine(f->store, c1, &key));
	assert_int_equal(key.position, 1);
	assert_status(f, "w1", "status.currentState.taskName", "switch");
	assert_status(f, "w1", "status.agentID", "rack-controller");
	assert_status(f, "w1", "status.tasks[0].agentID", "52-54-00-00-00-01");

	end_action(f, 1, "SUCCESS", false);
	assert_phase(f, "ended");
}

static void test_the_worker_may_be_all_that_is_known(void **state)
{
	struct fixture *f = *state;
	struct run run;

	add_template(f, "mapped",
		     "name: t\ntasks:\n- name: one\n  worker: <<device_1>>\n"
		     "  actions:\n  - {name: a, image: cexec}\n");
	apply(f, "w1",
	      "{'templateRef':'mapped','hardwareMap':{"
	      "'device_1':'52:54:00:00:00:01'}}",
	      NULL);

	read_run(f, 1, &run);
	assert_int_equal(run.machine, id_of(f, "Hardware", "m1"));
	assert_string_equal(run.machine_name, "m1");
}

static void test_a_worker_that_nobody_is_refuses_the_workflow(void **state)
{
	struct fixture *f = *state;

	add_template(f, "lost",
		     "name: t\ntasks:\n- name: one\n  worker: nobody\n"
		     "  actions:\n  - {name: a, image: cexec}\n");
	add_template(f, "none",
		     "name: t\ntasks:\n- name: one\n"
		     "  actions:\n  - {name: a, image: cexec}\n");
	apply(f, "w1", "{'templateRef':'lost','hardwareRef':'m1'}", NULL);
	apply(f, "w2", "{'templateRef':'none'}", NULL);

	assert_status(f, "w1", "status.conditions[0].message",
		      "tasks[0].worker");
	assert_status(f, "w2", "status.conditions[0].message",
		      "hardwareRef is missing");
}

/* ---- actions ---- */

static const char retried[] =
	"name: t\ntasks:\n- name: one\n  actions:\n"
	"  - {name: a, image: cexec, timeout: 60, retries: 1,\n"
	"     on-failure: [report]}\n"
	"  - {name: b, image: cexec, if: 'False'}\n";

static void test_an_action_is_tried_again_then_its_handler_runs(void **state)
{
	struct fixture *f = *state;
	struct action action;

	add_template(f, "retried", retried);
	apply(f, "w1", "{'templateRef':'retried','hardwareRef':'m1'}", NULL);
	see(f, "worker", "hello");
	read_action(f, 1, &action);
	assert_string_equal(action.state, "SKIPPED");

	end_action(f, 0, "FAILED", false);
	read_action(f, 0, &action);
	assert_string_equal(action.state, "PENDING");
	assert_int_equal(action.attempt, 2);
	assert_int_equal(action.offered_at, 0);
	turn(f, 5000);
	read_action(f, 0, &action);
	assert_true(action.offered_at > 0);

	end_action(f, 0, "FAILED", false);
	read_action(f, 0, &action);
	assert_string_equal(action.handler, "on-failure");
	assert_int_equal(action.attempt, 3);
	assert_phase(f, "working");

	end_action(f, 0, "SUCCESS", false);
	assert_phase(f, "ended");
	read_action(f, 0, &action);
	assert_string_equal(action.state, "FAILED");
	assert_status(f, "w1", "status.conditions[1].message",
		      "as the test says; its on-failure command has run");
}

static void test_an_interrupted_action_begins_anew_or_says_why_not(void **state)
{
	struct fixture *f = *state;
	struct action action;

	to_working(f);
	end_action(f, 0, "RUNNING", false);
	end_action(f, 0, "INTERRUPTED", false);
	read_action(f, 0, &action); /* image2disk */
	assert_string_equal(action.state, "PENDING");
	assert_int_equal(action.attempt, 2);
	assert_true(action.offered_at > 0);

	for (int i = 0; i < 3; i++)
		end_action(f, 0, "INTERRUPTED", false);
	read_action(f, 0, &action);
	assert_string_equal(action.state, "FAILED");
	assert_phase(f, "closing");
}

static void test_a_background_action_is_cancelled_at_the_end(void **state)
{
	struct fixture *f = *state;
	struct action action;

	add_template(f, "beside",
		     "name: t\ntasks:\n- name: one\n  actions:\n"
		     "  - {name: log, image: cexec, background: true}\n"
		     "  - {name: work, image: cexec}\n");
	apply(f, "w1", "{'templateRef':'beside','hardwareRef':'m1'}", NULL);
	see(f, "worker", "hello");
	end_action(f, 0, "RUNNING", false);
	end_action(f, 1, "SUCCESS", false);

	assert_phase(f, "ended");
	read_action(f, 0, &action);
	assert_string_equal(action.state, "CANCELLED");
	assert_status(f, "w1", "status.state", "SUCCESS");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(test_an_iso_is_inserted_and_ejected_again),
		WORLD(test_an_iso_is_ejected_after_a_failure_too),
		WORLD(test_custom_actions_come_as_their_author_lists_them),
		WORLD(test_a_post_action_that_fails_is_the_cause),
		WORLD(test_without_a_mode_somebody_else_starts_the_machine),
		WORLD(test_what_is_wrong_with_the_boot_options_is_named),
		WORLD(test_each_task_goes_to_its_own_worker),
		WORLD(test_the_worker_may_be_all_that_is_known),
		WORLD(test_a_worker_that_nobody_is_refuses_the_workflow),
		WORLD(test_an_action_is_tried_again_then_its_handler_runs),
		WORLD(test_an_interrupted_action_begins_anew_or_says_why_not),
		WORLD(test_a_background_action_is_cancelled_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
