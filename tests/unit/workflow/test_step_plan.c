/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/step_plan.h"

#include <string.h>

#include "base/str.h"
#include "json.h"
#include "test.h"

#define AUTO_PLAN CLEANUP(step_plan_release) struct step_plan

static void set_action(struct action *action, int position, const char *leaves)
{
	memset(action, 0, sizeof(*action));
	action->position = position;
	action->machine = 7;
	str_copy(action->state, sizeof(action->state), "PENDING");
	str_copy(action->leaves, sizeof(action->leaves), leaves);
	snprintf(action->name, sizeof(action->name), "step %d", position);
}

/* All steps as text: "STAGE KIND ARGS;". */
static char *steps_of(const struct step_plan *plan)
{
	struct buf out = BUF_INIT(65536);

	for (size_t i = 0; i < plan->n; i++)
		buf_printf(&out, "%s %s%s%s;", plan->steps[i].stage,
			   plan->steps[i].kind, *plan->steps[i].args ? " " : "",
			   plan->steps[i].args);
	return buf_take(&out);
}

static void assert_steps(const char *options, const char *leaves, bool await_os,
			 const char *expected)
{
	AUTO_FREE char *text =
		xasprintf("{'spec':{'bootOptions':%s}}", options);
	AUTO_JSON json_t *workflow = json_of(text);
	AUTO_FREE char *found = NULL;
	AUTO_PLAN plan = { 0 };
	struct run run = { .machine = 7, .uefi = true, .await_os = await_os };
	struct action actions[2];
	struct err err;

	set_action(&actions[0], 0, "");
	set_action(&actions[1], 1, leaves);
	if (step_plan(workflow, true, &run, actions, 2, &plan, &err))
		fail_msg("%s", err.message);
	found = steps_of(&plan);
	assert_string_equal(found, expected);
}

static void test_each_mode_has_its_steps(void **state)
{
	(void)state;

	assert_steps("{}", "reboot", true, "");
	assert_steps("{'bootMode':'netboot'}", "reboot", false,
		     "prepare power-off;prepare boot-pxe uefi;"
		     "prepare power-on;close boot-none;");
	assert_steps("{'bootMode':'netboot'}", "reboot", true,
		     "prepare power-off;prepare boot-pxe uefi;"
		     "prepare power-on;restart power-off;restart power-on;"
		     "close boot-none;");
	assert_steps("{'bootMode':'isoboot','isoURL':'http://x/y.iso'}",
		     "reboot", false,
		     "prepare power-off;prepare media-eject;"
		     "prepare media-insert http://x/y.iso;"
		     "prepare boot-cdrom uefi;prepare power-on;"
		     "close media-eject;close boot-none;");
}

static void test_a_machine_that_powers_off_is_seen_to(void **state)
{
	(void)state;

	assert_steps("{'bootMode':'netboot'}", "poweroff", false,
		     "prepare power-off;prepare boot-pxe uefi;"
		     "prepare power-on;close power-off;close boot-none;");
}

#define CUSTOM(prepare, post)                                                  \
	"{'bootMode':'customboot','custombootConfig':{'preparingActions':"     \
	"[" prepare "],'postActions':[" post "]}}"

static void test_custom_lists_are_taken_as_they_stand(void **state)
{
	(void)state;

	assert_steps(CUSTOM("{'powerAction':'soft'},"
			    "{'oneTimeBootDeviceAction':{'device':['pxe'],"
			    "'efiBoot':true}},{'powerAction':'reset'}",
			    "{'bootDevice':{'device':'disk',"
			    "'persistent':true}}"),
		     "reboot", false,
		     "prepare power-soft;prepare boot-pxe uefi;"
		     "prepare power-reset;post boot-disk persistent;");
	/* An override for one boot is taken back if its author does not. */
	assert_steps(CUSTOM("{'bootDevice':{'device':'pxe'}}",
			    "{'powerAction':'off'}"),
		     "reboot", true,
		     "prepare boot-pxe;post power-off;close boot-none;");
}

static void test_a_restart_in_the_middle_comes_back(void **state)
{
	AUTO_JSON json_t *workflow =
		json_of("{'spec':{'bootOptions':{'bootMode':'netboot'}}}");
	AUTO_PLAN plan = { 0 };
	struct run run = { .machine = 7 };
	struct action actions[3];
	struct err err;

	(void)state;
	set_action(&actions[0], 0, "reboot");
	set_action(&actions[1], 1, "");
	set_action(&actions[2], 2, "reboot");
	assert_int_equal(
		step_plan(workflow, true, &run, actions, 3, &plan, &err), 0);

	assert_string_equal(plan.steps[3].stage, "again");
	assert_int_equal(plan.steps[3].action, 0);
	assert_string_equal(plan.steps[4].stage, "close");
}

static void test_nothing_follows_on_a_machine_that_is_off(void **state)
{
	static const char *const leaves[] = { "poweroff", "kexec" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(leaves); i++) {
		AUTO_JSON json_t *workflow = json_of("{'spec':{}}");
		AUTO_PLAN plan = { 0 };
		struct run run = { .machine = 7 };
		struct action actions[2];
		struct err err;

		set_action(&actions[0], 0, leaves[i]);
		set_action(&actions[1], 1, "");
		assert_int_equal(step_plan(workflow, true, &run, actions, 2,
					   &plan, &err),
				 -1);
		assert_non_null(strstr(err.message, "\"step 1\" cannot "
						    "follow \"step 0\""));

		actions[1].machine = 8; /* another machine may go on */
		assert_int_equal(step_plan(workflow, true, &run, actions, 2,
					   &plan, &err),
				 0);
	}
}

static void test_a_mode_needs_a_bmc(void **state)
{
	AUTO_JSON json_t *workflow =
		json_of("{'spec':{'bootOptions':{'bootMode':'netboot'}}}");
	AUTO_PLAN plan = { 0 };
	struct run run = { .machine = 7 };
	struct err err;

	(void)state;

	assert_int_equal(step_plan(workflow, false, &run, NULL, 0, &plan, &err),
			 -1);
	assert_non_null(strstr(err.message, "needs a BMC"));
}

static void test_a_bmc_action_that_is_wrong_is_named(void **state)
{
	static const char *const rows[][2] = {
		{ "{}", "must have one of" },
		{ "{'powerAction':'dance'}", "powerAction" },
		{ "{'powerAction':7}", "powerAction" },
		{ "{'bootDevice':{}}", "bootDevice" },
		{ "{'bootDevice':{'device':'a-very-long-name'}}",
		  "bootDevice" },
		{ "{'oneTimeBootDeviceAction':{'device':[]}}", "bootDevice" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_JSON json_t *action = json_of(rows[i][0]);
		struct step step;
		struct err err;

		assert_int_equal(step_decode(action, &step, &err), -1);
		assert_non_null(strstr(err.message, rows[i][1]));
	}
}

static void test_a_medium_without_url_is_ejected(void **state)
{
	AUTO_JSON json_t *action =
		json_of("{'virtualMediaAction':{'kind':'CD'}}");
	struct step step;
	struct err err;

	(void)state;

	assert_int_equal(step_decode(action, &step, &err), 0);
	assert_string_equal(step.kind, "media-eject");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_each_mode_has_its_steps),
		RUN(test_a_machine_that_powers_off_is_seen_to),
		RUN(test_custom_lists_are_taken_as_they_stand),
		RUN(test_a_restart_in_the_middle_comes_back),
		RUN(test_nothing_follows_on_a_machine_that_is_off),
		RUN(test_a_mode_needs_a_bmc),
		RUN(test_a_bmc_action_that_is_wrong_is_named),
		RUN(test_a_medium_without_url_is_ejected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
