/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/run_view.h"

#include "unit/store/fixture.h"

/* ---- what the rows of one run say ---- */

static json_t *status_of(const struct run_view *view)
{
	return run_view_status(view, false);
}

static void test_a_run_that_waits_for_its_turn(void **state)
{
	struct run run = { .phase = "queued",
			   .phase_at = NOON - 30000,
			   .created_at = NOON - 30000 };
	struct run_view view = { .run = &run, .now = NOON };
	AUTO_JSON json_t *status = status_of(&view);

	(void)state;

	assert_json(status,
		    "{'phase':'queued','phaseSince':'2026-11-24T11:59:30Z',"
		    "'outcome':'','createdAt':'2026-11-24T11:59:30Z',"
		    "'lastSeen':'nothing of the machine in this run',"
		    "'expectedNext':'the end of an earlier run of this "
		    "machine','phases':[],'actions':[]}");
}

static void test_a_run_that_goes_on(void **state)
{
	struct run run = { .phase = "firmware",
			   .phase_at = NOON - 60000,
			   .deadline = NOON + 840000,
			   .created_at = NOON - 120000,
			   .started_at = NOON - 90500 };
	struct run_view view = { .run = &run, .now = NOON };
	AUTO_JSON json_t *status = status_of(&view);

	(void)state;

	assert_at(status, "deadline", "'2026-11-24T12:14:00Z'");
	assert_at(status, "startedAt", "'2026-11-24T11:58:29Z'");
	assert_at(status, "durationMs", "90500"); /* so far */
	assert_at(status, "endedAt", NULL);
	assert_at(status, "progress", NULL);
	assert_at(status, "cause", NULL);
	assert_at(status, "failedIn", NULL);
	assert_at(status, "advice", NULL);
}

static void test_a_run_that_is_over(void **state)
{
	struct run run = { .phase = "ended",
			   .phase_at = NOON - 10000,
			   .deadline = NOON,
			   .outcome = "success",
			   .created_at = NOON - 120000,
			   .started_at = NOON - 100000,
			   .ended_at = NOON - 10000 };
	struct run_view view = { .run = &run, .now = NOON };
	AUTO_JSON json_t *status = status_of(&view);

	(void)state;

	assert_at(status, "outcome", "'success'");
	assert_at(status, "endedAt", "'2026-11-24T11:59:50Z'");
	assert_at(status, "durationMs", "90000");
	assert_at(status, "deadline", NULL);
	assert_at(status, "expectedNext", NULL);
}

/* Until it is closed it has no outcome to be acted on, but a cause. */
static void test_a_failed_run_has_its_outcome_when_it_is_closed(void **state)
{
	struct run run = { .phase = "closing",
			   .outcome = "failed",
			   .cause = "power-off: no answer",
			   .started_at = NOON - 1000 };
	struct event events[] = {
		{ .source = "engine", .kind = "phase", .message = "power-off" },
		{ .source = "engine", .kind = "failed", .message = "x" },
		{ .source = "engine", .kind = "phase", .message = "closing" },
	};
	struct run_view view = {
		.run = &run, .events = events, .n_events = 3, .now = NOON
	};
	AUTO_JSON json_t *closing = status_of(&view);
	AUTO_JSON json_t *ended = NULL;

	(void)state;

	run.ended_at = NOON;
	ended = status_of(&view);

	assert_at(closing, "outcome", "''");
	assert_at(closing, "cause", "'power-off: no answer'");
	assert_at(closing, "failedIn", "'power-off'");
	assert_non_null(json_str_at(closing, "advice"));
	assert_at(ended, "outcome", "'failed'");
	assert_at(ended, "failedIn", "'power-off'");
}

static void test_phases_last_until_the_next(void **state)
{
	struct run run = { .phase = "firmware" };
	struct event events[] = {
		{ .source = "engine", .kind = "created", .at = NOON },
		{ .source = "engine",
		  .kind = "phase",
		  .message = "netboot-on",
		  .at = NOON },
		{ .source = "bmc", .kind = "bmc", .at = NOON + 500 },
		{ .source = "engine",
		  .kind = "phase",
		  .message = "power-off",
		  .at = NOON + 1000 },
		{ .source = "engine",
		  .kind = "phase",
		  .message = "firmware",
		  .at = NOON + 3500 },
	};
	struct run_view view = {
		.run = &run, .events = events, .n_events = 5, .now = NOON
	};
	AUTO_JSON json_t *status = status_of(&view);

	(void)state;

	assert_at(status, "phases",
		  "[{'name':'netboot-on','startedAt':'2026-11-24T12:00:00Z',"
		  "'endedAt':'2026-11-24T12:00:01Z','durationMs':1000},"
		  "{'name':'power-off','startedAt':'2026-11-24T12:00:01Z',"
		  "'endedAt':'2026-11-24T12:00:03Z','durationMs':2500},"
		  "{'name':'firmware','startedAt':'2026-11-24T12:00:03Z'}]");
}

static void test_the_end_is_no_phase_that_lasts(void **state)
{
	struct run run = { .phase = "ended" };
	struct event events[] = {
		{ .kind = "phase", .message = "closing", .at = NOON },
		{ .kind = "phase", .message = "ended", .at = NOON + 1 },
	};
	struct run_view view = {
		.run = &run, .events = events, .n_events = 2, .now = NOON
	};
	AUTO_JSON json_t *status = status_of(&view);

	(void)state;

	assert_at(status, "phases",
		  "[{'name':'closing','startedAt':'2026-11-24T12:00:00Z',"
		  "'endedAt':'2026-11-24T12:00:00Z','durationMs':1}]");
}

static void test_actions_with_what_became_of_them(void **state)
{
	struct run run = { .phase = "working" };
	struct action actions[] = {
		{ .name = "image",
		  .task_name = "disk",
		  .agent = "m1",
		  .repeatable = true,
		  .image = "image2disk",
		  .state = "SUCCESS",
		  .attempt = 2,
		  .started_at = NOON,
		  .ended_at = NOON + 61234,
		  .message = "written",
		  .result = "{\"digest\":\"sha256:aa\",\"bytes\":7}",
		  .bytes_done = 7 },
		{ .name = "restart",
		  .image = "reboot",
		  .state = "PENDING",
		  .attempt = 1,
		  .result = "no JSON" },
	};
	struct run_view view = {
		.run = &run, .actions = actions, .n_actions = 2, .now = NOON
	};
	AUTO_JSON json_t *status = status_of(&view);

	(void)state;

	assert_at(status, "digest", "'sha256:aa'");
	assert_at(status, "actions",
		  "[{'name':'image','task':'disk','worker':'m1',"
		  "'image':'image2disk','state':'SUCCESS',"
		  "'delivery':'at-least-once','attempt':2,"
		  "'startedAt':'2026-11-24T12:00:00Z',"
		  "'endedAt':'2026-11-24T12:01:01Z','durationMs':61234,"
		  "'message':'written','bytes':7},"
		  "{'name':'restart','image':'reboot','state':'PENDING',"
		  "'delivery':'exactly-once','attempt':1}]");
	/* Nothing runs, so nothing makes progress. */
	assert_at(status, "progress", NULL);
}

static json_t *progress_of(int64_t done, int64_t total, int64_t elapsed_ms)
{
	struct run run = { .phase = "working" };
	struct action action = { .name = "image",
				 .state = "RUNNING",
				 .phase = "writing",
				 .started_at = NOON,
				 .progress_at = NOON + elapsed_ms,
				 .bytes_done = done,
				 .bytes_total = total };
	struct run_view view = {
		.run = &run, .actions = &action, .n_actions = 1, .now = NOON
	};
	AUTO_JSON json_t *status = status_of(&view);

	return json_incref(json_at(status, "progress"));
}

static void test_progress_has_a_rate_and_an_end_in_sight(void **state)
{
	AUTO_JSON json_t *progress = progress_of(500, 2000, 5000);

	(void)state;

	assert_json(progress,
		    "{'action':'image','phase':'writing','bytesDone':500,"
		    "'bytesTotal':2000,'bytesPerSecond':100,"
		    "'etaSeconds':15}");
}

static void test_progress_without_an_end_in_sight(void **state)
{
	AUTO_JSON json_t *no_total = progress_of(500, 0, 5000);
	AUTO_JSON json_t *all = progress_of(500, 500, 5000);
	AUTO_JSON json_t *none = progress_of(0, 500, 5000);
	AUTO_JSON json_t *slow = progress_of(4, 500, 5000);
	AUTO_JSON json_t *before = progress_of(500, 2000, -5000);

	(void)state;

	assert_at(no_total, "bytesPerSecond", "100");
	assert_at(no_total, "etaSeconds", NULL);
	assert_at(all, "etaSeconds", NULL);
	assert_at(none, "bytesPerSecond", "0");
	assert_at(none, "etaSeconds", NULL);
	assert_at(slow, "bytesPerSecond", "0");
	assert_at(slow, "etaSeconds", NULL);
	assert_at(before, "bytesPerSecond", "0");
}

/* The number is the worker's, and nobody has checked it. */
static void test_progress_beyond_all_measure(void **state)
{
	AUTO_JSON json_t *progress = progress_of(INT64_MAX, INT64_MAX, 1);
	AUTO_JSON json_t *long_way = progress_of(1, INT64_MAX, 1000);

	(void)state;

	assert_at(progress, "bytesDone", "9223372036854775807");
	assert_true(json_int_at(progress, "bytesPerSecond", 0) > 0);
	assert_at(long_way, "etaSeconds", "9223372036854775806");
}

/* Its worker fell silent: of that nothing goes on. */
static void test_a_run_that_is_over_makes_no_progress(void **state)
{
	struct run run = { .phase = "ended",
			   .outcome = "timeout",
			   .ended_at = NOON };
	struct action action = { .name = "image",
				 .state = "RUNNING",
				 .started_at = NOON - 1000,
				 .progress_at = NOON,
				 .bytes_done = 5 };
	struct run_view view = {
		.run = &run, .actions = &action, .n_actions = 1, .now = NOON
	};
	AUTO_JSON json_t *status = status_of(&view);

	(void)state;

	assert_at(status, "progress", NULL);
	assert_at(status, "actions[0].state", "'RUNNING'");
}

static void test_events_only_when_they_are_asked_for(void **state)
{
	struct run run = { .phase = "firmware" };
	struct event events[] = {
		{ .source = "dhcp",
		  .kind = "discover",
		  .message = "offered 198.18.0.11",
		  .n = 14,
		  .at = NOON,
		  .last_at = NOON + 1500 },
	};
	struct run_view view = {
		.run = &run, .events = events, .n_events = 1, .now = NOON
	};
	AUTO_JSON json_t *without = run_view_status(&view, false);
	AUTO_JSON json_t *with = run_view_status(&view, true);

	(void)state;

	assert_at(without, "events", NULL);
	assert_at(with, "events",
		  "[{'at':'2026-11-24T12:00:00Z','atMs':1795521600000,"
		  "'source':'dhcp','kind':'discover',"
		  "'message':'offered 198.18.0.11','count':14,"
		  "'lastAt':'2026-11-24T12:00:01Z'}]");
}

/* ---- Run objects from a store ---- */

/* A Workflow with a run in the working phase, an action and an event. */
static int64_t begin(struct fixture *f)
{
	struct run run = { .phase = "working" };
	struct action action = { .action_id = "a0",
				 .name = "image",
				 .image = "image2disk",
				 .attempt = 1 };
	int64_t id;

	assert_ok(f, create(f, "hw", "m1", "{'spec':{}}"));
	assert_ok(f, create(f, "wf", "w1",
			    "{'metadata':{'labels':{'tomte.dev/run':'demo'},"
			    "'annotations':{'a':'b'}},"
			    "'spec':{'hardwareRef':'m1',"
			    "'templateRef':'debian'}}"));
	run.workflow = id_of(f, "wf", "w1");
	run.machine = id_of(f, "hw", "m1");
	assert_ok(f, run_create(f->store, &run, &id, &f->err));
	action.run = id;
	assert_ok(f, action_create(f->store, &action, &f->err));
	assert_ok(f, event_note(f->store, run.machine, id, "engine", "phase",
				&f->err, "working"));
	return id;
}

static void test_a_run_is_a_workflow_and_its_rows(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *all = NULL;
	AUTO_JSON json_t *one = NULL;

	begin(f);
	all = run_view_list(f->store, "default", NULL, &f->err);
	one = run_view_list(f->store, "default", "w1", &f->err);

	assert_int_equal(json_array_size(all), 1);
	assert_at(all, "[0].apiVersion", "'tomte.dev/v1alpha1'");
	assert_at(all, "[0].kind", "'Run'");
	assert_at(all, "[0].metadata.name", "'w1'");
	assert_at(all, "[0].metadata.namespace", "'default'");
	assert_at(all, "[0].metadata.labels", "{'tomte.dev/run':'demo'}");
	assert_at(all, "[0].metadata.annotations", NULL);
	assert_non_null(json_str_at(all, "[0].metadata.uid"));
	assert_non_null(json_str_at(all, "[0].metadata.creationTimestamp"));
	assert_at(all, "[0].spec",
		  "{'workflow':'w1','machine':'m1','template':'debian'}");
	assert_at(all, "[0].status.phase", "'working'");
	assert_at(all, "[0].status.actions[0].name", "'image'");
	assert_at(all, "[0].status.events", NULL);
	assert_at(one, "[0].status.events[0].message", "'working'");
}

/* A list is not slow because one machine talks much. */
static void test_a_list_has_phases_behind_any_number_of_lines(void **state)
{
	struct fixture *f = *state;
	int64_t id = begin(f);
	int64_t machine = id_of(f, "hw", "m1");
	AUTO_JSON json_t *all = NULL;
	AUTO_JSON json_t *one = NULL;

	for (int i = 0; i < 200; i++)
		assert_ok(f, event_note(f->store, machine, id, "worker", "log",
					&f->err, "line %d", i));
	assert_ok(f, event_note(f->store, machine, id, "engine", "phase",
				&f->err, "closing"));
	all = run_view_list(f->store, "default", NULL, &f->err);
	one = run_view_list(f->store, "default", "w1", &f->err);

	assert_int_equal(json_array_size(json_at(one, "[0].status.events")),
			 202);
	assert_at(all, "[0].status.phases[0].name", "'working'");
	assert_at(all, "[0].status.phases[1].name", "'closing'");
	assert_string_equal(json_str_at(all, "[0].status.lastSeen"),
			    json_str_at(one, "[0].status.lastSeen"));
}

static void test_runs_of_other_names_and_namespaces(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *other = NULL;
	AUTO_JSON json_t *elsewhere = NULL;
	AUTO_JSON json_t *everywhere = NULL;

	begin(f);
	other = run_view_list(f->store, "default", "w2", &f->err);
	elsewhere = run_view_list(f->store, "racks", NULL, &f->err);
	everywhere = run_view_list(f->store, "", NULL, &f->err);

	assert_json(other, "[]");
	assert_json(elsewhere, "[]");
	assert_int_equal(json_array_size(everywhere), 1);
}

static void test_a_workflow_that_was_not_taken_up_is_queued(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *list = NULL;

	assert_ok(f, create(f, "wf", "w1", "{'spec':{}}"));
	list = run_view_list(f->store, "default", NULL, &f->err);

	assert_at(list, "[0].spec", "{'workflow':'w1'}");
	assert_at(list, "[0].status",
		  "{'phase':'queued','outcome':'','cause':''}");
}

static void test_a_workflow_that_was_refused_has_failed(void **state)
{
	struct fixture *f = *state;
	AUTO_JSON json_t *list = NULL;
	json_t *status;

	assert_ok(f, create(f, "wf", "w1", "{'spec':{}}"));
	status = json_of("{'state':'FAILED','conditions':[{"
			 "'message':'spec.templateRef is missing'}]}");
	assert_ok(f, object_set_status(f->store, id_of(f, "wf", "w1"), status,
				       &f->err));
	list = run_view_list(f->store, "default", NULL, &f->err);

	assert_at(list, "[0].status",
		  "{'phase':'ended','outcome':'failed',"
		  "'cause':'spec.templateRef is missing',"
		  "'advice':'`tomte get templates` shows what there is; "
		  "correct spec.templateRef',"
		  "'hypotheses':[{'word':'template-missing','score':92,"
		  "'cause':'the Template that it names is not there',"
		  "'advice':'`tomte get templates` shows what there is; "
		  "correct spec.templateRef','evidence':[]}]}");
}

/* With its events, for who asks for one run; a list has the advice alone. */
static void test_what_may_be_wrong_is_told_with_its_evidence(void **state)
{
	struct run run = { .phase = "firmware",
			   .phase_at = NOON - 60000,
			   .deadline = NOON + 840000 };
	struct event events[] = {
		{ .source = "engine",
		  .kind = "phase",
		  .message = "firmware",
		  .at = NOON - 60000 },
		{ .source = "dhcp",
		  .kind = "foreign-dhcp",
		  .message = "DHCP REQUEST from PXEClient not answered: it "
			     "chose another DHCP server, 198.18.0.254",
		  .at = NOON - 1000,
		  .n = 2,
		  .last_at = NOON },
	};
	struct run_view view = {
		.run = &run, .events = events, .n_events = 2, .now = NOON
	};
	AUTO_JSON json_t *one = run_view_status(&view, true);
	AUTO_JSON json_t *of_list = status_of(&view);

	(void)state;

	assert_at(one, "hypotheses[0].word", "'foreign-dhcp'");
	assert_at(one, "hypotheses[0].score", "86");
	assert_at(one, "hypotheses[0].evidence",
		  "[{'at':'2026-11-24T11:59:59Z','atMs':1795521599000,"
		  "'source':'dhcp','kind':'foreign-dhcp',"
		  "'message':'DHCP REQUEST from PXEClient not answered: it "
		  "chose another DHCP server, 198.18.0.254','count':2,"
		  "'lastAt':'2026-11-24T12:00:00Z'}]");
	assert_string_equal(json_str_at(one, "advice"),
			    json_str_at(one, "hypotheses[0].advice"));
	assert_at(of_list, "hypotheses", NULL);
	assert_string_equal(json_str_at(of_list, "advice"),
			    json_str_at(one, "advice"));
}

static void test_what_holds_a_run_up_is_said(void **state)
{
	struct run waits = { .phase = "power-on",
			     .waits = "starting",
			     .waits_why = "16 of 16 machines are starting" };
	struct run paused = { .phase = "working", .paused_at = NOON };
	struct run_view view = { .run = &waits, .now = NOON };
	AUTO_JSON json_t *a = status_of(&view);
	AUTO_JSON json_t *b = NULL;

	(void)state;
	view.run = &paused;
	b = status_of(&view);

	assert_at(a, "waitsFor", "'16 of 16 machines are starting'");
	assert_at(a, "expectedNext",
		  "'its turn: 16 of 16 machines are starting'");
	assert_at(b, "pausedAt", "'2026-11-24T12:00:00Z'");
	assert_at(b, "expectedNext",
		  "'the operator to let it go on: it is paused'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_run_that_waits_for_its_turn),
		RUN(test_a_run_that_goes_on),
		RUN(test_a_run_that_is_over),
		RUN(test_a_failed_run_has_its_outcome_when_it_is_closed),
		RUN(test_phases_last_until_the_next),
		RUN(test_the_end_is_no_phase_that_lasts),
		RUN(test_actions_with_what_became_of_them),
		RUN(test_what_holds_a_run_up_is_said),
		RUN(test_progress_has_a_rate_and_an_end_in_sight),
		RUN(test_progress_without_an_end_in_sight),
		RUN(test_progress_beyond_all_measure),
		RUN(test_a_run_that_is_over_makes_no_progress),
		RUN(test_events_only_when_they_are_asked_for),
		RUN_WITH_STORE(test_a_run_is_a_workflow_and_its_rows),
		RUN_WITH_STORE(
			test_a_list_has_phases_behind_any_number_of_lines),
		RUN_WITH_STORE(test_runs_of_other_names_and_namespaces),
		RUN_WITH_STORE(test_a_workflow_that_was_not_taken_up_is_queued),
		RUN_WITH_STORE(test_a_workflow_that_was_refused_has_failed),
		RUN(test_what_may_be_wrong_is_told_with_its_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
