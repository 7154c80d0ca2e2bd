/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/worker_http.h"

#include "unit/workflow/worker_world.h"

/* ---- events ---- */

static void test_an_action_is_followed_to_its_end(void **state)
{
	struct world *w = *state;
	struct action action;

	hello(w, "boot-1");
	store_set_now(w->f->store, NOON + 1000);
	report(w, "{'events':[" STATE(5, "running") "]}",
	       "{'acked':5,'cancel':[]}");
	store_set_now(w->f->store, NOON + 2000);
	report(w, "{'events':[" LINE(6, "writing") "," PROGRESS(8, 50) "]}",
	       "{'acked':8,'cancel':[]}");
	action = action_of(w, w->run, 0);
	assert_string_equal(action.state, "RUNNING");
	assert_string_equal(action.boot_id, "boot-1");
	assert_string_equal(action.phase, "writing");
	assert_int_equal(action.started_at, NOON + 1000);
	assert_int_equal(action.progress_at, NOON + 2000);
	assert_int_equal(action.bytes_done, 50);
	assert_int_equal(action.bytes_total, 100);

	store_set_now(w->f->store, NOON + 3000);
	report(w,
	       "{'events':[{'seq':9,'at_ms':1," KEY
	       "'type':'state','state':'success','message':'written',"
	       "'result':{'digest':'sha256:aa'}}]}",
	       "{'acked':9,'cancel':[]}");
	action = action_of(w, w->run, 0);
	assert_string_equal(action.state, "SUCCESS");
	assert_string_equal(action.message, "written");
	assert_string_equal(action.result, "{\"digest\":\"sha256:aa\"}");
	assert_int_equal(action.ended_at, NOON + 3000);
	assert_noted(w, w->run, "action \"image\" began, attempt 1");
	assert_noted(w, w->run, "writing");
	assert_noted(w, w->run, "action \"image\": success: written");
}

static void test_every_end_has_its_state(void **state)
{
	static const char *const ends[][2] = { { "success", "SUCCESS" },
					       { "failed", "FAILED" },
					       { "timeout", "TIMEOUT" } };
	struct world *w = *state;

	hello(w, "boot-1");
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		AUTO_FREE char *workflow = xasprintf("x%zu", i);
		AUTO_FREE char *body = NULL;

		set_phase(w, w->run, "ended", "failed");
		w->run = make_run(w, workflow, "working");
		body = xasprintf("{'events':[{'seq':%zu,'at_ms':1,"
				 "'run':%" PRId64 ",'action_id':'a0',"
				 "'attempt':1,'type':'state','state':'%s'}]}",
				 i + 1, w->run, ends[i][0]);
		report(w, body, NULL);
		assert_action(w, 0, ends[i][1], 1);
		/* It began, though nobody said so. */
		assert_int_equal(action_of(w, w->run, 0).started_at, NOON);
	}
}

static void test_the_same_events_again_change_nothing(void **state)
{
	static const char events[] = "{'events':[" STATE(1, "running") "," LINE(
		2, "one") "," LINE(3, "two") "," PROGRESS(4, 50) "]}";
	struct world *w = *state;

	hello(w, "boot-1");
	for (int i = 0; i < 3; i++) /* the answers were lost */
		report(w, events, "{'acked':4,'cancel':[]}");
	hello(w, "boot-1");
	report(w, events, "{'acked':4,'cancel':[]}");
	assert_int_equal(n_noted(w, w->run, "action-running"), 1);
	assert_int_equal(n_noted(w, w->run, "log"), 2);

	/* Some of before with some that are new. */
	report(w, "{'events':[" LINE(3, "two") "," LINE(5, "three") "]}",
	       "{'acked':5,'cancel':[]}");
	assert_int_equal(n_noted(w, w->run, "log"), 3);
}

/* The numbers of another boot are others. */
static void test_a_new_boot_counts_anew(void **state)
{
	struct world *w = *state;

	hello(w, "boot-1");
	report(w, "{'events':[" LINE(90, "old") "]}",
	       "{'acked':90,'cancel':[]}");
	hello(w, "boot-2");
	report(w, "{'events':[" LINE(3, "new") "]}", "{'acked':3,'cancel':[]}");

	assert_noted(w, w->run, "new");
}

static void test_an_empty_list_is_acknowledged(void **state)
{
	struct world *w = *state;

	hello(w, "boot-1");
	report(w, "{'events':[]}", "{'acked':0,'cancel':[]}");
	report(w, "{'events':[" STATE(7, "running") "]}", NULL);
	report(w, "{'events':[]}", "{'acked':7,'cancel':[]}");
}

static void test_an_event_of_an_older_attempt_is_ignored(void **state)
{
	struct world *w = *state;

	hello(w, "boot-1");
	report(w, "{'events':[" STATE(1, "running") "]}", NULL);
	hello(w, "boot-2");
	begin_again(w, 0); /* attempt 2 from here on */
	report(w, "{'events':[" STATE(1, "success") "," PROGRESS(2, 99) "]}",
	       "{'acked':2,'cancel':['a0']}");

	assert_action(w, 0, "PENDING", 2);
	assert_int_equal(action_of(w, w->run, 0).bytes_done, 0);
}

static void test_what_comes_after_the_end_does_not_change_it(void **state)
{
	struct world *w = *state;
	struct action action;

	hello(w, "boot-1");
	report(w,
	       "{'events':[" STATE(1, "running") ",{'seq':2,'at_ms':1," KEY
						 "'type':'state','state':'"
						 "success','terminal':true}]}",
	       NULL);
	report(w,
	       "{'events':[" PROGRESS(3, 7) "," STATE(4, "failed") "," STATE(
		       5, "running") "]}",
	       NULL);

	action = action_of(w, w->run, 0);
	assert_string_equal(action.state, "SUCCESS");
	assert_string_equal(action.phase, "terminal");
	assert_int_equal(action.bytes_done, 0);
}

static void test_a_terminal_action_says_that_the_machine_leaves(void **state)
{
	struct world *w = *state;

	hello(w, "boot-1");
	report(w,
	       "{'events':[" STATE(1, "running") "," PROGRESS(
		       2, 50) ","
			      "{'seq':3,'at_ms':1," KEY
			      "'type':'state','state':'success','terminal':"
			      "true}]}",
	       NULL);

	assert_action(w, 0, "SUCCESS", 1);
	assert_string_equal(action_of(w, w->run, 0).phase, "terminal");
}

static void test_a_restart_during_an_action_interrupts_it(void **state)
{
	struct world *w = *state;
	struct action action;
	struct answer answer;

	hello(w, "boot-1");
	report(w, "{'events':[" STATE(1, "running") "," PROGRESS(2, 50) "]}",
	       NULL);
	hello(w, "boot-2");

	action = action_of(w, w->run, 0);
	assert_string_equal(action.state, "INTERRUPTED");
	assert_int_equal(action.attempt, 1);
	/* What it says of before is late. */
	report(w, "{'events':[" STATE(1, "success") "]}", NULL);
	assert_action(w, 0, "INTERRUPTED", 1);
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_int_equal(answer.status, 204);

	begin_again(w, 0);
	ask(w, TASK_PATH_NEXT, NULL, &answer);
	assert_non_null(strstr(answer.body, "\"attempt\":2"));
}

static void test_lines_of_no_action_are_noted_too(void **state)
{
	struct world *w = *state;

	hello(w, "boot-1");
	report(w,
	       "{'events':[{'seq':1,'at_ms':1,'type':'log',"
	       "'line':'the clock was set','stream':'worker'},"
	       "{'seq':2,'at_ms':1,'type':'gap','lost':44}]}",
	       "{'acked':2,'cancel':[]}");

	assert_noted(w, w->run, "the clock was set");
	assert_noted(w, w->run, "(44 events of the worker lost)");
}

/* A token opens one machine, whatever its worker says. */
static void test_a_run_of_another_machine_is_out_of_reach(void **state)
{
	struct world *w = *state;
	int64_t mine = w->run;

	hello(w, "boot-1");
	set_phase(w, mine, "ended", "success");
	assert_ok(w->f, create(w->f, "hw", "m2", "{}"));
	w->machine = id_of(w->f, "hw", "m2");
	w->run = make_run(w, "w2", "working");
	assert_int_equal(w->run, 2);
	report(w,
	       "{'events':[{'seq':1,'at_ms':1,'run':2,'action_id':'a0',"
	       "'attempt':1,'type':'state','state':'running'},"
	       "{'seq':2,'at_ms':1,'run':2,'action_id':'a0','attempt':1,"
	       "'type':'log','line':'here','stream':'stdout'}]}",
	       "{'acked':2,'cancel':['a0']}");

	assert_action(w, 0, "PENDING", 1);
	assert_int_equal(n_noted(w, w->run, "log"), 0);
	assert_int_equal(n_noted(w, mine, "log"), 0);
}

static void test_a_run_that_is_gone_is_nothing_to_note(void **state)
{
	struct world *w = *state;

	hello(w, "boot-1");
	report(w, "{'events':[" STATE(1, "running") "]}", NULL);
	forget_run(w, w->run);
	report(w, "{'events':[" LINE(2, "x") "," STATE(3, "success") "]}",
	       "{'acked':3,'cancel':[]}");
}

/* ---- cancelling ---- */

#define RUNNING "'running':{'run':1,'action_id':'a0','attempt':1}"

static void test_a_sign_of_life_is_answered_with_what_to_stop(void **state)
{
	struct world *w = *state;

	hello(w, "boot-1");
	report(w, "{'events':[" STATE(1, "running") "]," RUNNING "}",
	       "{'acked':1,'cancel':[]}");
	report(w, "{'events':[]," RUNNING "}", "{'acked':1,'cancel':[]}");

	/* The run has failed, or was cancelled. */
	set_phase(w, w->run, "closing", "failed");
	report(w, "{'events':[]," RUNNING "}", "{'acked':1,'cancel':['a0']}");
	set_phase(w, w->run, "ended", "failed");
	report(w, "{'events':[]," RUNNING "}", "{'acked':1,'cancel':['a0']}");

	/* A worker that runs nothing has nothing to stop. */
	report(w, "{'events':[]}", "{'acked':1,'cancel':[]}");
}

static void test_an_action_of_a_run_that_is_gone_is_to_be_stopped(void **state)
{
	struct world *w = *state;

	hello(w, "boot-1");
	report(w, "{'events':[" STATE(1, "running") "]," RUNNING "}", NULL);
	forget_run(w, w->run);

	report(w, "{'events':[]," RUNNING "}", "{'acked':1,'cancel':['a0']}");
}

static void test_an_older_worker_is_known_by_what_it_tells(void **state)
{
	struct world *w = *state;

	hello(w, "boot-1");
	report(w, "{'events':[" STATE(1, "running") "]}",
	       "{'acked':1,'cancel':[]}");
	set_phase(w, w->run, "closing", "failed");
	report(w, "{'events':[" PROGRESS(2, 7) "]}",
	       "{'acked':2,'cancel':['a0']}");
	report(w, "{'events':[" LINE(3, "x") "]}",
	       "{'acked':3,'cancel':['a0']}");
	report(w, "{'events':[" LINE(4, "y") "," STATE(5, "failed") "]}",
	       "{'acked':5,'cancel':[]}");
}

static void test_what_runs_beside_is_stopped_by_its_full_name(void **state)
{
	static const char beside[] =
		"{'events':[],'beside':[{'run':1,'action_id':'a0','attempt':1},"
		"{'run':1,'action_id':'a1','attempt':7}]}";
	struct world *w = *state;

	hello(w, "boot-1");
	report(w, "{'events':[" STATE(1, "running") "]}", NULL);
	report(w, beside, "{'acked':1,'cancel':['1/a1/7']}");

	set_phase(w, w->run, "closing", "");
	report(w, beside, "{'acked':1,'cancel':['1/a0/1','1/a1/7']}");
}

/* Its run has ended meanwhile, and with it the action. */
static void test_what_was_cancelled_stays_so_whatever_it_says(void **state)
{
	struct world *w = *state;
	struct action action;

	hello(w, "boot-1");
	report(w, "{'events':[" STATE(1, "running") "]}", NULL);
	action = action_of(w, w->run, 0);
	str_copy(action.state, sizeof(action.state), "CANCELLED");
	assert_ok(w->f, action_update(w->f->store, &action, &w->f->err));
	report(w, "{'events':[" STATE(2, "success") "]}", NULL);

	assert_action(w, 0, "CANCELLED", 1);
	assert_noted(w, w->run, "action \"image\": success");
}

static void test_the_end_of_what_was_cancelled_is_recorded(void **state)
{
	struct world *w = *state;

	hello(w, "boot-1");
	report(w, "{'events':[" STATE(1, "running") "]," RUNNING "}", NULL);
	set_phase(w, w->run, "ended", "failed");
	report(w,
	       "{'events':[{'seq':2,'at_ms':1," KEY
	       "'type':'state','state':'failed','message':'cancelled'}]}",
	       "{'acked':2,'cancel':[]}");

	assert_action(w, 0, "FAILED", 1);
	assert_noted(w, w->run, "action \"image\": failed: cancelled");
}

/* The next run of the same boot has an action of the same name. */
static void test_a_next_run_is_not_mixed_up_with_the_last(void **state)
{
	struct world *w = *state;

	hello(w, "boot-1");
	report(w, "{'events':[" STATE(1, "running") "]," RUNNING "}", NULL);
	set_phase(w, w->run, "ended", "failed");
	w->run = make_run(w, "w2", "working");
	assert_int_equal(w->run, 2);

	report(w, "{'events':[]," RUNNING "}", "{'acked':1,'cancel':['a0']}");
	report(w,
	       "{'events':[],'running':{'run':2,'action_id':'a0',"
	       "'attempt':1}}",
	       "{'acked':1,'cancel':[]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD(test_an_action_is_followed_to_its_end),
		WORLD(test_every_end_has_its_state),
		WORLD(test_the_same_events_again_change_nothing),
		WORLD(test_a_new_boot_counts_anew),
		WORLD(test_an_empty_list_is_acknowledged),
		WORLD(test_an_event_of_an_older_attempt_is_ignored),
		WORLD(test_what_comes_after_the_end_does_not_change_it),
		WORLD(test_a_terminal_action_says_that_the_machine_leaves),
		WORLD(test_a_restart_during_an_action_interrupts_it),
		WORLD(test_lines_of_no_action_are_noted_too),
		WORLD(test_a_run_of_another_machine_is_out_of_reach),
		WORLD(test_a_run_that_is_gone_is_nothing_to_note),
		WORLD(test_a_sign_of_life_is_answered_with_what_to_stop),
		WORLD(test_an_action_of_a_run_that_is_gone_is_to_be_stopped),
		WORLD(test_an_older_worker_is_known_by_what_it_tells),
		WORLD(test_what_runs_beside_is_stopped_by_its_full_name),
		WORLD(test_what_was_cancelled_stays_so_whatever_it_says),
		WORLD(test_the_end_of_what_was_cancelled_is_recorded),
		WORLD(test_a_next_run_is_not_mixed_up_with_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
