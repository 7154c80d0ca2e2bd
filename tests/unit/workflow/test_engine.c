/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/engine.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "store/event.h"
#include "store/machine.h"
#include "store/object.h"
#include "store/run.h"
#include "test.h"
#include "workflow/plan.h"
#include "workflow/run_view.h"

/*
 * The engine over a real store: what the world would do is written as rows
 * by the test, turn for turn.
 */
struct fixture {
	char folder[32];
	struct loop *loop;
	struct store *store;
	struct engine *engine;
	wall_ms now;
};

static const char template_text[] =
	"name: debian\n"
	"tasks:\n"
	"- name: install\n"
	"  worker: m1\n"
	"  actions:\n"
	"  - {name: image, image: quay.io/x/image2disk:v1, timeout: 600}\n"
	"  - {name: restart, image: reboot, timeout: 60}\n";

static char *render(void *arg, const char *text, const json_t *data,
		    struct err *err)
{
	(void)arg;
	(void)data;
	(void)err;
	return xstrdup(text);
}

static json_t *facts(void *arg, int64_t machine, const char *name)
{
	(void)arg;
	(void)machine;
	return json_pack("{s:s}", "name", name);
}

static void create(struct fixture *f, const char *group, const char *kind,
		   const char *name, json_t *object)
{
	struct object_key key = { .kind = kind_find(group, kind),
				  .namespace = "default",
				  .name = name };
	struct err err;

	if (object_create(f->store, &key, object, NULL, &err))
		fail_msg("%s: %s", name, err.message);
	json_decref(object);
}

static void open_all(struct fixture *f)
{
	static const struct engine_ops ops = { .render = render,
					       .facts = facts };
	struct err err;

	f->store = store_open(f->folder, &err);
	assert_non_null(f->store);
	store_set_now(f->store, f->now);
	f->engine = engine_new(f->loop, f->store, &ops, f);
	assert_int_equal(engine_start(f->engine, &err), 0);
}

static void close_all(struct fixture *f)
{
	engine_free(f->engine);
	store_close(f->store);
}

static void turn(struct fixture *f, int64_t later_ms)
{
	struct err err;

	f->now += later_ms;
	store_set_now(f->store, f->now);
	engine_turn(f->engine);
	assert_int_equal(store_commit(f->store, &err), 0);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	str_copy(f->folder, sizeof(f->folder), "/tmp/tomte-engine-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	f->loop = loop_new();
	f->now = INT64_C(1700000000000);
	open_all(f);
	create(f, TINKERBELL_GROUP, "Hardware", "m1",
	       json_pack("{s:{s:{s:s},s:[{s:{s:s,s:{s:s}}}]}}", "spec",
			 "bmcRef", "name", "m1-bmc", "interfaces", "dhcp",
			 "mac", "52:54:00:00:00:01", "ip", "address",
			 "198.18.0.11"));
	create(f, TINKERBELL_GROUP, "Template", "debian",
	       json_pack("{s:{s:s}}", "spec", "data", template_text));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *command = xasprintf("rm -rf %s", f->folder);

	close_all(f);
	loop_free(f->loop);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void provision(struct fixture *f, const char *template)
{
	create(f, TINKERBELL_GROUP, "Workflow", "w1",
	       json_pack("{s:{s:{s:s}},s:{s:s,s:s,s:{s:b,s:s}}}", "metadata",
			 "annotations", "tomte.dev/await", "phone-home", "spec",
			 "templateRef", template, "hardwareRef", "m1",
			 "bootOptions", "toggleAllowNetboot", 1, "bootMode",
			 "netboot"));
	turn(f, 10);
}

static json_t *object_of(struct fixture *f, const char *kind, const char *name)
{
	struct object_key key = { .kind = kind_find(TINKERBELL_GROUP, kind),
				  .namespace = "default",
				  .name = name };
	struct err err;

	return object_get(f->store, &key, &err);
}

static void assert_phase(struct fixture *f, const char *phase)
{
	struct run run;
	struct err err;

	assert_int_equal(run_get(f->store, 1, &run, &err), 0);
	assert_string_equal(run.phase, phase);
}

static void assert_netboot(struct fixture *f, bool allowed)
{
	AUTO_JSON json_t *hardware = object_of(f, "Hardware", "m1");

	assert_int_equal(json_bool_at(hardware,
				      "spec.interfaces[0].netboot.allowPXE",
				      !allowed),
			 allowed);
}

/* The only open intent, which must be of this kind, has this end. */
static void end_intent(struct fixture *f, const char *kind,
		       const struct err *error)
{
	struct intent *intents;
	struct err err;
	size_t n = intent_open(f->store, &intents);

	assert_int_equal(n, 1);
	assert_string_equal(intents[0].kind, kind);
	assert_int_equal(intent_end(f->store, &intents[0], error, &err), 0);
	free(intents);
	turn(f, 1000);
}

static void see(struct fixture *f, const char *source, const char *kind)
{
	const struct object_key m1 = { kind_find(TINKERBELL_GROUP, "Hardware"),
				       "default", "m1" };
	int64_t machine = object_id(f->store, &m1);
	struct err err;

	f->now += 1000;
	store_set_now(f->store, f->now);
	assert_int_equal(event_note(f->store, machine, 0, source, kind, &err,
				    "%s", kind),
			 0);
	turn(f, 0);
}

static void end_action(struct fixture *f, int position, const char *state,
		       bool terminal)
{
	struct action *actions;
	struct err err;
	size_t n = action_list(f->store, 1, &actions);

	assert_int_equal(n, 2);
	str_copy(actions[position].state, sizeof(actions[position].state),
		 state);
	str_copy(actions[position].message, sizeof(actions[position].message),
		 "as the test says");
	actions[position].ended_at = f->now;
	if (terminal) {
		str_copy(actions[position].phase,
			 sizeof(actions[position].phase), "terminal");
		assert_int_equal(
			action_progress(f->store, &actions[position], &err), 0);
	}
	assert_int_equal(action_update(f->store, &actions[position], &err), 0);
	action_list_free(actions, n);
	turn(f, 1000);
}

static void to_working(struct fixture *f)
{
	provision(f, "debian");
	end_intent(f, "power-off", NULL);
	end_intent(f, "boot-pxe", NULL);
	end_intent(f, "power-on", NULL);
	see(f, "http", "script");
	see(f, "worker", "hello");
	assert_phase(f, "working");
}

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
	assert_phase(f, "first-boot");
	assert_netboot(f, false);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_a_machine_goes_the_whole_way, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_restart_of_ours_repeats_nothing, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_a_bmc_that_fails_fails_the_run_and_closes_it,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_failed_action_fails_only_after_closing, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_a_template_that_is_not_there_refuses_the_workflow,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_deleted_workflow_is_closed_before_it_goes, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_a_passed_deadline_is_noticed_without_any_row,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_runs_and_their_phases_are_counted, setup,
			teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
