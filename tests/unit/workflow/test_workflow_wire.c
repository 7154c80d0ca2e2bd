/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/workflow_wire.h"

#include <string.h>

#include "base/str.h"
#include "json.h"
#include "test.h"
#include "workflow/task_wire.h"

/* One task with one action, and these lines more of the action. */
#define ONE_ACTION(more)                                                       \
	"name: t\ntasks:\n- name: one\n  actions:\n  - name: a\n    image: "   \
	"i\n" more

static void decode(const char *yaml, struct workflow_plan *plan)
{
	struct err err;

	if (workflow_decode(yaml, strlen(yaml), plan, &err))
		fail_msg("%s: %s", yaml, err.message);
}

static void assert_document(const char *yaml, const char *expected)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };

	decode(yaml, &plan);
	assert_json(plan.actions[plan.n_actions - 1].document, expected);
}

static void assert_refused(const char *yaml, enum err_code code,
			   const char *message)
{
	struct workflow_plan plan;
	struct err err = { .code = ERR_NONE };
	int status = workflow_decode(yaml, strlen(yaml), &plan, &err);

	if (!status)
		workflow_plan_release(&plan);
	if (!status)
		fail_msg("taken: %s", yaml);
	if (!strstr(err.message, message))
		fail_msg("\"%s\" does not say \"%s\"", err.message, message);
	assert_true(str_starts(err.message, "rendered template: "));
	assert_int_equal(err.code, code);
	assert_null(plan.actions);
	assert_int_equal(plan.n_actions, 0);
}

static void test_actions_come_in_the_order_of_their_tasks(void **state)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };

	(void)state;

	decode("version: '0.1'\n"
	       "name: debian\n"
	       "global_timeout: 1800\n"
	       "tasks:\n"
	       "- name: disk\n"
	       "  worker: 52:54:00:00:00:01\n"
	       "  actions:\n"
	       "  - {name: image, image: quay.io/x/image2disk:v1, timeout: "
	       "900}\n"
	       "  - {name: file, image: writefile}\n"
	       "- name: end\n"
	       "  actions:\n"
	       "  - {name: image, image: reboot, timeout: 60}\n",
	       &plan);

	assert_string_equal(plan.name, "debian");
	assert_int_equal(plan.global_timeout_s, 1800);
	assert_int_equal(plan.n_actions, 3);
	assert_string_equal(plan.actions[0].action_id, "a0");
	assert_string_equal(plan.actions[0].name, "image");
	assert_string_equal(plan.actions[0].image, "quay.io/x/image2disk:v1");
	assert_int_equal(plan.actions[0].timeout_s, 900);
	assert_string_equal(plan.actions[1].action_id, "a1");
	assert_int_equal(plan.actions[1].timeout_s, 0);
	assert_string_equal(plan.actions[2].name, "image"); /* another task's */
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(plan.actions[i].position, i);
		assert_int_equal(plan.actions[i].attempt, 1);
		assert_string_equal(plan.actions[i].state, "PENDING");
	}
}

static void test_what_is_left_out_is_none(void **state)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };

	(void)state;

	decode(ONE_ACTION(""), &plan);

	assert_int_equal(plan.global_timeout_s, 0);
	assert_json(plan.actions[0].document, "{'env':{},'volumes':[]}");
}

/* Every line of them commented out. */
static void test_keys_without_a_value_are_none(void **state)
{
	(void)state;

	assert_document("name: t\n"
			"global_timeout:\n"
			"tasks:\n"
			"- name: one\n"
			"  environment:\n"
			"  volumes:\n"
			"  actions:\n"
			"  - name: a\n"
			"    image: i\n"
			"    timeout:\n"
			"    environment:\n"
			"    volumes:\n"
			"    command:\n"
			"    pid:\n"
			"    namespaces:\n",
			"{'env':{},'volumes':[]}");
}

static void test_an_action_has_its_tasks_environment_and_its_own(void **state)
{
	(void)state;

	assert_document("name: t\n"
			"tasks:\n"
			"- name: one\n"
			"  environment: {A: task, B: task, C: task}\n"
			"  actions:\n"
			"  - name: a\n"
			"    image: i\n"
			"    environment: {B: action, D: action, C: }\n",
			"{'env':{'A':'task','B':'action','C':'','D':'action'},"
			"'volumes':[]}");
}

static void
test_the_environment_of_one_action_is_not_the_next_ones(void **state)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };

	(void)state;

	decode("name: t\n"
	       "tasks:\n"
	       "- name: one\n"
	       "  environment: {A: task}\n"
	       "  volumes: [/dev:/dev]\n"
	       "  actions:\n"
	       "  - name: a\n"
	       "    image: i\n"
	       "    environment: {A: first, B: first}\n"
	       "    volumes: [/a:/a]\n"
	       "  - {name: b, image: i}\n"
	       "- name: two\n"
	       "  actions:\n"
	       "  - {name: c, image: i}\n",
	       &plan);

	assert_json(plan.actions[0].document,
		    "{'env':{'A':'first','B':'first'},"
		    "'volumes':['/dev:/dev','/a:/a']}");
	assert_json(plan.actions[1].document,
		    "{'env':{'A':'task'},'volumes':['/dev:/dev']}");
	assert_json(plan.actions[2].document, "{'env':{},'volumes':[]}");
}

/* As in Go's map of strings: null alone has no text. */
static void test_scalars_keep_their_text(void **state)
{
	(void)state;

	assert_document(ONE_ACTION("    environment:\n"
				   "      MODE: 0600\n"
				   "      FORCE: true\n"
				   "      VERSION: 1.0\n"
				   "      HEX: 0x1F\n"
				   "      NULL_ONE: null\n"
				   "      TILDE: ~\n"
				   "      TIME: 12:30:45\n"
				   "      QUOTED: \"0600\"\n"
				   "      LINES: |\n"
				   "        one\n"
				   "        two\n"
				   "    command: [echo, 007, no]\n"),
			"{'env':{'MODE':'0600','FORCE':'true','VERSION':'1.0',"
			"'HEX':'0x1F','NULL_ONE':'','TILDE':'',"
			"'TIME':'12:30:45','QUOTED':'0600',"
			"'LINES':'one\\ntwo\\n'},'volumes':[],"
			"'args':['echo','007','no']}");
}

static void test_namespaces_are_shared_in_the_old_form_and_the_new(void **state)
{
	(void)state;

	assert_document(ONE_ACTION("    pid: host\n    network: none\n"),
			"{'env':{},'volumes':[],'pid':'host',"
			"'network':'none'}");
	assert_document(
		ONE_ACTION("    namespaces: {pid: host, network: host}\n"),
		"{'env':{},'volumes':[],'pid':'host','network':'host'}");
	assert_document(ONE_ACTION("    pid: own\n"
				   "    namespaces: {pid: host}\n"),
			"{'env':{},'volumes':[],'pid':'own'}");
}

static void test_what_is_wrong_with_the_whole_is_named(void **state)
{
	(void)state;

	assert_refused("", ERR_INVALID, "template.name: expected 1 to 199");
	assert_refused("- a\n- b\n", ERR_INVALID, "template.name");
	assert_refused("just text", ERR_INVALID, "template.name");
	assert_refused("tasks: []\n", ERR_INVALID, "template.name");
	assert_refused("name: t\n", ERR_INVALID, "tasks: there are none");
	assert_refused("name: t\ntasks: []\n", ERR_INVALID,
		       "tasks: there are none");
	assert_refused("name: t\ntasks: {a: b}\n", ERR_INVALID,
		       "tasks: there are none");
	assert_refused("name: [t]\ntasks: []\n", ERR_INVALID, "template.name");
	assert_refused("name: t\nglobal_timeout: 10m\n", ERR_INVALID,
		       "global_timeout: expected whole seconds");
	assert_refused("name: t\ntasks: [\n", ERR_INVALID, "line ");
}

static void test_what_is_wrong_with_a_task_is_named(void **state)
{
	(void)state;

	assert_refused("name: t\ntasks: [text]\n", ERR_INVALID,
		       "tasks[0].name: expected 1 to 199 characters");
	assert_refused("name: t\ntasks:\n- actions: []\n", ERR_INVALID,
		       "tasks[0].name");
	assert_refused("name: t\ntasks:\n- name: one\n", ERR_INVALID,
		       "tasks[0].actions: there are none");
	assert_refused("name: t\ntasks:\n- name: one\n  actions: {}\n",
		       ERR_INVALID, "tasks[0].actions: there are none");
	assert_refused("name: t\ntasks:\n- name: one\n  environment: [A=b]\n",
		       ERR_INVALID,
		       "tasks[0].environment: expected NAME: value");
	assert_refused("name: t\ntasks:\n- name: one\n  volumes: /dev\n",
		       ERR_INVALID, "tasks[0].volumes: expected a list");
	assert_refused("name: t\ntasks:\n- name: one\n  actions:\n"
		       "  - {name: a, image: i}\n"
		       "- name: one\n  actions:\n"
		       "  - {name: a, image: i}\n",
		       ERR_INVALID, "tasks[1].name: \"one\" is taken already");
}

static void test_what_is_wrong_with_an_action_is_named(void **state)
{
	(void)state;

	assert_refused("name: t\ntasks:\n- name: one\n  actions: [text]\n",
		       ERR_INVALID,
		       "tasks[0].actions[0].name: expected 1 to 199");
	assert_refused("name: t\ntasks:\n- name: one\n  actions:\n"
		       "  - {name: a}\n",
		       ERR_INVALID,
		       "tasks[0].actions[0].image: expected an image "
		       "reference");
	assert_refused("name: t\ntasks:\n- name: one\n  actions:\n"
		       "  - {name: a, image: ''}\n",
		       ERR_INVALID, "tasks[0].actions[0].image");
	assert_refused("name: t\ntasks:\n- name: one\n  actions:\n"
		       "  - {name: a, image: i}\n  - {name: a, image: i}\n",
		       ERR_INVALID,
		       "tasks[0].actions[1].name: \"a\" is taken already");
	assert_refused(ONE_ACTION("    timeout: -1\n"), ERR_INVALID,
		       "tasks[0].actions[0].timeout: expected whole seconds");
	assert_refused(ONE_ACTION("    timeout: 1.5\n"), ERR_INVALID,
		       "timeout: expected whole seconds");
	assert_refused(ONE_ACTION("    timeout: [1]\n"), ERR_INVALID,
		       "timeout: expected whole seconds");
	assert_refused(ONE_ACTION("    timeout: 2592001\n"), ERR_INVALID,
		       "timeout: expected whole seconds");
	assert_refused(ONE_ACTION("    environment: [A=b]\n"), ERR_INVALID,
		       "tasks[0].actions[0].environment: expected NAME: "
		       "value");
	assert_refused(ONE_ACTION("    environment: {A: {b: c}}\n"),
		       ERR_INVALID,
		       "tasks[0].actions[0].environment.A: expected text");
	assert_refused(ONE_ACTION("    environment: {A=B: c}\n"), ERR_INVALID,
		       "environment: \"A=B\" cannot be the name of a "
		       "variable");
	assert_refused(ONE_ACTION("    environment: {'': c}\n"), ERR_INVALID,
		       "environment: \"\" cannot be the name of a variable");
	assert_refused(ONE_ACTION("    volumes: {a: b}\n"), ERR_INVALID,
		       "tasks[0].actions[0].volumes: expected a list");
	assert_refused(ONE_ACTION("    volumes: [a, [b]]\n"), ERR_INVALID,
		       "tasks[0].actions[0].volumes[1]: expected text");
	assert_refused(ONE_ACTION("    command: reboot now\n"), ERR_INVALID,
		       "tasks[0].actions[0].command: expected a list");
	assert_refused(ONE_ACTION("    command: [{a: b}]\n"), ERR_INVALID,
		       "tasks[0].actions[0].command[0]: expected text");
	assert_refused(ONE_ACTION("    pid: [host]\n"), ERR_INVALID,
		       "tasks[0].actions[0].pid: expected the name of a "
		       "namespace");
	assert_refused(ONE_ACTION("    network: "
				  "a-namespace-with-thirty-two-chars\n"),
		       ERR_INVALID, "network: expected the name");
}

static struct action one_action(struct workflow_plan *plan, const char *more)
{
	AUTO_FREE char *yaml = xasprintf(ONE_ACTION("%s"), more);

	decode(yaml, plan);
	return plan->actions[0];
}

static void test_an_action_says_how_it_is_tried_again(void **state)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };
	CLEANUP(workflow_plan_release) struct workflow_plan other = { 0 };
	struct action action;

	(void)state;

	action = one_action(&plan, "    retries: 3\n    retry-backoff: 20\n"
				   "    on-failure: [a]\n    on-timeout: []\n");
	assert_int_equal(action.retries, 3);
	assert_int_equal(action.backoff_s, 20);
	assert_true(action.on_failure && !action.on_timeout);
	assert_json(action.document, "{'env':{},'volumes':[],"
				     "'on-failure':['a'],'on-timeout':[]}");

	action = one_action(&other, "");
	assert_int_equal(action.retries, 0);
	assert_int_equal(action.backoff_s, 5);
	assert_false(action.on_failure || action.repeatable || action.secret);
}

static void test_an_action_is_left_out_unless_its_if_is_true(void **state)
{
	static const char *const rows[][2] = {
		{ "    if: true\n", "PENDING" },
		{ "    if: 'TRUE'\n", "PENDING" },
		{ "    if: ''\n", "PENDING" },
		{ "    if: false\n", "SKIPPED" },
		{ "    if: 'False'\n", "SKIPPED" },
		{ "    if: maybe\n", "SKIPPED" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(workflow_plan_release)
		struct workflow_plan plan = { 0 };

		assert_string_equal(one_action(&plan, rows[i][0]).state,
				    rows[i][1]);
	}
}

static void test_an_action_may_be_in_the_background(void **state)
{
	static const char *const rows[][2] = {
		{ "    background: true\n", "true" },
		{ "    background: required\n", "required" },
		{ "    background: false\n", "" },
		{ "    background:\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(workflow_plan_release)
		struct workflow_plan plan = { 0 };

		assert_string_equal(one_action(&plan, rows[i][0]).background,
				    rows[i][1]);
	}
	assert_refused("name: t\ntasks:\n- name: one\n  actions:\n"
		       "  - {name: a, image: reboot, background: true}\n",
		       ERR_INVALID, "what restarts the machine");
}

static void test_idempotent_goes_before_what_the_image_is(void **state)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };

	(void)state;

	assert_true(one_action(&plan, "    idempotent: true\n").repeatable);
}

static void test_what_is_wrong_with_its_conduct_is_named(void **state)
{
	(void)state;

	assert_refused(ONE_ACTION("    retries: 101\n"), ERR_INVALID,
		       "retries: expected a number up to 100");
	assert_refused(ONE_ACTION("    retries: some\n"), ERR_INVALID,
		       "retries");
	assert_refused(ONE_ACTION("    retry-backoff: 301\n"), ERR_INVALID,
		       "retry-backoff: expected seconds up to 300");
	assert_refused(ONE_ACTION("    idempotent: maybe\n"), ERR_INVALID,
		       "idempotent: expected true or false");
	assert_refused(ONE_ACTION("    background: maybe\n"), ERR_INVALID,
		       "background: expected true, false or required");
	assert_refused(ONE_ACTION("    on-failure: reboot\n"), ERR_INVALID,
		       "on-failure: expected a list");
	assert_refused("name: t\ntasks:\n- name: one\n  worker: [a]\n"
		       "  actions:\n  - {name: a, image: i}\n",
		       ERR_INVALID, "tasks[0].worker");
}

static void test_names_and_images_have_a_greatest_length(void **state)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };
	char long_name[256 + 1];
	AUTO_FREE char *fits = NULL;
	AUTO_FREE char *over = NULL;
	AUTO_FREE char *image = NULL;

	(void)state;

	memset(long_name, 'n', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	fits = xasprintf("name: t\ntasks:\n- name: one\n  actions:\n"
			 "  - {name: %.199s, image: %.255s}\n",
			 long_name, long_name);
	over = xasprintf("name: t\ntasks:\n- name: one\n  actions:\n"
			 "  - {name: %.200s, image: i}\n",
			 long_name);
	image = xasprintf("name: t\ntasks:\n- name: one\n  actions:\n"
			  "  - {name: a, image: %.256s}\n",
			  long_name);

	decode(fits, &plan);
	assert_int_equal(strlen(plan.actions[0].name), 199);
	assert_int_equal(strlen(plan.actions[0].image), 255);
	assert_refused(over, ERR_INVALID,
		       "tasks[0].actions[0].name: expected 1 to 199");
	assert_refused(image, ERR_INVALID, "image: expected an image");
}

/* n entries, each as `format` has it for its number. */
static char *repeated(const char *head, const char *format, size_t n)
{
	struct buf text = BUF_INIT(4 * 1024 * 1024);

	buf_adds(&text, head);
	for (size_t i = 0; i < n; i++) {
		for (const char *at = format; *at; at++)
			if (*at == '#')
				buf_printf(&text, "%zu", i);
			else
				buf_addc(&text, *at);
	}
	return buf_take(&text);
}

static void test_there_is_a_greatest_number_of_actions(void **state)
{
	static const char head[] = "name: t\ntasks:\n- name: one\n  actions:\n";
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };
	AUTO_FREE char *fits = repeated(head, "  - {name: a#, image: i}\n",
					WORKFLOW_MAX_ACTIONS);
	AUTO_FREE char *over = repeated(head, "  - {name: a#, image: i}\n",
					WORKFLOW_MAX_ACTIONS + 1);

	(void)state;

	decode(fits, &plan);
	assert_int_equal(plan.n_actions, WORKFLOW_MAX_ACTIONS);
	assert_string_equal(plan.actions[199].action_id, "a199");
	assert_refused(over, ERR_TOO_BIG, "more than 200 actions");
}

/* The worker takes so many and would refuse the task: better no run at all. */
static void test_an_action_has_no_more_than_the_worker_takes(void **state)
{
	static const struct {
		const char *head;
		const char *entry;
		const char *message;
	} lists[] = {
		{ ONE_ACTION("    environment:\n"), "      V#: x\n",
		  "tasks[0].actions[0]: env has over 512 entries" },
		{ ONE_ACTION("    volumes:\n"), "    - /a#:/a\n",
		  "tasks[0].actions[0]: volumes has over 512 entries" },
		{ ONE_ACTION("    command:\n"), "    - a#\n",
		  "tasks[0].actions[0]: args has over 512 entries" },
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		CLEANUP(workflow_plan_release) struct workflow_plan plan;
		AUTO_FREE char *fits =
			repeated(lists[i].head, lists[i].entry, TASK_LIST_MAX);
		AUTO_FREE char *over = repeated(lists[i].head, lists[i].entry,
						TASK_LIST_MAX + 1);

		decode(fits, &plan);
		assert_refused(over, ERR_TOO_BIG, lists[i].message);
	}
}

static void test_an_action_has_no_more_bytes_than_a_body(void **state)
{
	AUTO_FREE char *over =
		repeated(ONE_ACTION("    environment:\n      A: "),
			 "0123456789abcdef", TASK_BODY_MAX / 32);

	(void)state;

	assert_refused(over, ERR_TOO_BIG,
		       "tasks[0].actions[0]: over 524288 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_actions_come_in_the_order_of_their_tasks),
		RUN(test_what_is_left_out_is_none),
		RUN(test_keys_without_a_value_are_none),
		RUN(test_an_action_has_its_tasks_environment_and_its_own),
		RUN(test_the_environment_of_one_action_is_not_the_next_ones),
		RUN(test_scalars_keep_their_text),
		RUN(test_namespaces_are_shared_in_the_old_form_and_the_new),
		RUN(test_what_is_wrong_with_the_whole_is_named),
		RUN(test_what_is_wrong_with_a_task_is_named),
		RUN(test_what_is_wrong_with_an_action_is_named),
		RUN(test_an_action_says_how_it_is_tried_again),
		RUN(test_an_action_is_left_out_unless_its_if_is_true),
		RUN(test_an_action_may_be_in_the_background),
		RUN(test_idempotent_goes_before_what_the_image_is),
		RUN(test_what_is_wrong_with_its_conduct_is_named),
		RUN(test_names_and_images_have_a_greatest_length),
		RUN(test_there_is_a_greatest_number_of_actions),
		RUN(test_an_action_has_no_more_than_the_worker_takes),
		RUN(test_an_action_has_no_more_bytes_than_a_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
