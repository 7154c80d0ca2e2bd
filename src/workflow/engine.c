/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/engine.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "store/machine.h"
#include "store/object.h"
#include "workflow/action_plan.h"
#include "workflow/engine_part.h"
#include "workflow/status_tree.h"

#define LOG_MODULE "engine"
#include "base/log.h"

/* At once for one run; each action takes a few. */
#define MAX_STEPS            32
#define MAX_STEPS_PER_ACTION 4

/* After what should not be, until it is tried again. */
#define TROUBLE_MS 60000

struct due {
	struct heap_item timer;
	int64_t run;
};

_Static_assert(N_PHASES == ENGINE_N_PHASES, "room for all");

static void on_timer(void *arg)
{
	(void)arg; /* the turn that it wakes does the work */
}

struct engine *engine_new(struct loop *loop, struct store *store,
			  const struct engine_ops *ops, void *arg)
{
	struct engine *engine = xcalloc(1, sizeof(*engine));

	engine->loop = loop;
	engine->store = store;
	engine->ops = *ops;
	engine->arg = arg;
	engine->timer = loop_timer_new(loop, on_timer, engine);
	engine->due = map_new();
	engine->jobs = jobs_new(store);
	engine->pacer = pacer_new(&ops->caps);
	for (size_t i = 0; i < ENGINE_N_PHASES; i++)
		engine->stats.phases[i].scale = HISTOGRAM_SLOW;
	return engine;
}

void engine_free(struct engine *engine)
{
	size_t at = 0;
	void *due;

	if (!engine)
		return;
	heap_release(&engine->deadlines);
	while (map_next(engine->due, &at, &due))
		free(due);
	map_free(engine->due);
	pacer_free(engine->pacer);
	jobs_free(engine->jobs);
	loop_timer_free(engine->timer);
	free(engine);
}

static void set_due(struct engine *engine, int64_t run, wall_ms at)
{
	struct due *due = map_get(engine->due, &run, sizeof(run));

	if (!at) {
		if (!due)
			return;
		heap_set(&engine->deadlines, &due->timer, MONO_NEVER);
		map_remove(engine->due, &run, sizeof(run));
		free(due);
		return;
	}
	if (!due) {
		due = xcalloc(1, sizeof(*due));
		due->run = run;
		map_put(engine->due, &run, sizeof(run), due);
	}
	heap_set(&engine->deadlines, &due->timer, at);
}

wall_ms engine_wake(const struct engine *engine)
{
	wall_ms next = heap_next(&engine->deadlines);

	return next == MONO_NEVER ? 0 : next;
}

static void facts_release(struct facts *facts)
{
	action_list_free(facts->actions, facts->n_actions);
	free(facts->steps);
	json_decref(facts->hardware);
}

const json_t *run_hardware(struct engine *engine, struct facts *facts)
{
	struct err gone;

	if (!facts->hardware && facts->run.machine)
		facts->hardware =
			object_by_id(engine->store, facts->run.machine, &gone);
	return facts->hardware;
}

/* Allowed only if every interface is: what netboot-on sets. */
static bool netboot_allowed(const json_t *hardware, bool every)
{
	const json_t *interfaces = json_at(hardware, "spec.interfaces");
	size_t i;
	json_t *interface;

	json_array_foreach ((json_t *)(uintptr_t)interfaces, i, interface) {
		bool allowed =
			json_bool_at(interface, "netboot.allowPXE", false);

		if (allowed != every)
			return allowed;
	}
	return every;
}

static wall_ms heard_at(struct engine *engine, const struct facts *facts)
{
	const struct action *action =
		action_current(facts->actions, facts->n_actions);
	struct machine machine;
	struct err gone;

	if (!action || action->timeout_s || !str_eq(action->state, "RUNNING") ||
	    machine_get(engine->store, action->machine, &machine, &gone))
		return 0;
	return machine.heard_at;
}

static int facts_read(struct engine *engine, int64_t run, struct facts *facts,
		      struct err *err)
{
	struct store *store = engine->store;

	memset(facts, 0, sizeof(*facts));
	if (run_get(store, run, &facts->run, err))
		return -1;
	facts->n_actions = action_list(store, run, &facts->actions);
	facts->n_steps = step_list(store, run, &facts->steps);
	facts->view.run = &facts->run;
	facts->view.actions = facts->actions;
	facts->view.n_actions = facts->n_actions;
	facts->view.steps = facts->steps;
	facts->view.n_steps = facts->n_steps;
	facts->view.awake_at = engine->awake_at;
	facts->view.heard_at = heard_at(engine, facts);
	return 0;
}

/* What of the view stands in other rows, where this phase asks for it. */
static void facts_refresh(struct engine *engine, struct facts *facts)
{
	const struct run *run = &facts->run;
	enum phase phase = phase_parse(run->phase);

	if (phase == PHASE_QUEUED)
		facts->view.is_first =
			run_of_machine(engine->store, run->machine) == run->id;
	/* Switching on must reach every interface, switching off any. */
	if (run->toggle &&
	    (phase == PHASE_NETBOOT_ON || phase == PHASE_CLOSING))
		facts->view.allow_netboot = netboot_allowed(
			run_hardware(engine, facts), phase == PHASE_NETBOOT_ON);
}

static int write_back(struct engine *engine, struct facts *facts, bool status,
		      struct err *err)
{
	const struct run *run = &facts->run;

	if (facts->run_changed && run_update(engine->store, run, err))
		return -1;
	if (!run->workflow || (!facts->changed && !status))
		return 0;
	if (object_set_status(
		    engine->store, run->workflow,
		    workflow_status(run, facts->actions, facts->n_actions),
		    err))
		return -1;
	if (!run->ended_at)
		return 0;
	return run_finalizer(engine, run->workflow, false, err);
}

const struct engine_stats *engine_stats(const struct engine *engine)
{
	return &engine->stats;
}

const char *engine_outcome_name(enum engine_outcome outcome)
{
	static const char *const names[ENGINE_N_OUTCOMES] = {
		[ENGINE_SUCCESS] = "success",
		[ENGINE_FAILED] = "failed",
		[ENGINE_TIMEOUT] = "timeout",
	};

	return names[outcome];
}

static int advance(struct engine *engine, int64_t run, bool touched,
		   struct err *err)
{
	CLEANUP(facts_release) struct facts facts;
	wall_ms now = store_now(engine->store);
	struct plan step;
	size_t left;

	if (facts_read(engine, run, &facts, err))
		return -1;
	left = MAX_STEPS + MAX_STEPS_PER_ACTION * facts.n_actions;
	for (;; left--) {
		facts_refresh(engine, &facts);
		plan(&facts.view, now, &step);
		if (step.kind == PLAN_WAIT || step.kind == PLAN_END)
			break;
		if (!left)
			return err_set(err, ERR_CONFLICT, "it finds no rest");
		if (run_step(engine, &facts, &step, err))
			return -1;
	}
	if (write_back(engine, &facts, touched, err))
		return -1;
	set_due(engine, run,
		step.kind == PLAN_END ? 0 : plan_wake(&facts.view, now));
	return 0;
}

/* The pacer was told of what is now taken back: as the row has it. */
static void pace_again(struct engine *engine, int64_t id)
{
	struct run run;
	struct err gone;
	char why[sizeof(run.waits_why)];

	pacer_leave(engine->pacer, id);
	if (run_get(engine->store, id, &run, &gone))
		return;
	for (int kind = 0; kind < PACER_KINDS; kind++) {
		const char *name = pacer_name((enum pacer_kind)kind);

		if (str_eq(run.slot, name))
			pacer_hold(engine->pacer, (enum pacer_kind)kind, id,
				   run.rack);
		else if (str_eq(run.waits, name))
			(void)pacer_ask(engine->pacer, (enum pacer_kind)kind,
					id, run.rack, why, sizeof(why));
	}
}

/* All of it or nothing. What it writes itself it need not look at again. */
static void advance_run(struct engine *engine, int64_t run, bool touched)
{
	struct err err;

	store_mark(engine->store);
	store_quiet(engine->store, true);
	if (advance(engine, run, touched, &err) == 0) {
		store_quiet(engine->store, false);
		store_keep(engine->store);
		return;
	}
	store_quiet(engine->store, false);
	store_back_to_mark(engine->store);
	pace_again(engine, run);
	set_due(engine, run,
		err.code == ERR_NOT_FOUND
			? 0
			: store_now(engine->store) + TROUBLE_MS);
	if (err.code != ERR_NOT_FOUND)
		log_error("run %" PRId64 ": %s", run, err.message);
}

static int refuse(struct engine *engine, int64_t workflow_id,
		  const struct err *cause, struct err *err)
{
	json_t *status = json_object();
	json_t *conditions = json_array();
	json_t *condition = json_object();
	char when[CLOCK_TEXT];

	clock_text(store_now(engine->store), when);
	json_object_set_new(condition, "type",
			    json_string("TemplateRenderedSuccess"));
	json_object_set_new(condition, "status", json_string("False"));
	json_object_set_new(condition, "reason", json_string("Error"));
	json_object_set_new(condition, "message", json_string(cause->message));
	json_object_set_new(condition, "time", json_string(when));
	json_array_append_new(conditions, condition);
	json_object_set_new(status, "state", json_string("FAILED"));
	json_object_set_new(status, "templateRendering", json_string("failed"));
	json_object_set_new(status, "conditions", conditions);
	log_warn("workflow refused: %s", cause->message);
	return object_set_status(engine->store, workflow_id, status, err);
}

/* Made, or refused with the cause in its status. */
static int start_or_refuse(struct engine *engine, int64_t id,
			   const json_t *workflow, struct err *err)
{
	struct err cause;

	store_mark(engine->store);
	if (run_start(engine, id, workflow, &cause) == 0) {
		store_keep(engine->store);
		return 0;
	}
	store_back_to_mark(engine->store);
	return refuse(engine, id, &cause, err);
}

static int take_up(struct engine *engine, int64_t id, struct err *err)
{
	AUTO_JSON json_t *workflow = object_by_id(engine->store, id, err);
	int64_t run = run_by_workflow(engine->store, id);
	const char *state = json_str_at(workflow, "status.state");

	if (!workflow)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	if (run) {
		store_touch_run(engine->store, run);
		return run_verbs(engine, run, id, workflow, err);
	}
	if (json_bool_at(workflow, "spec.disabled", false) ||
	    json_str_at(workflow, "metadata.deletionTimestamp"))
		return 0;
	if (state && *state) { /* refused, unless it is to be tried again */
		if (!str_eq(state, "FAILED") ||
		    !run_annotation(workflow, "rerun"))
			return 0;
		if (run_drop_annotation(engine, id, "rerun", err))
			return -1;
	}
	return start_or_refuse(engine, id, workflow, err);
}

static void take_up_all(struct engine *engine, const int64_t *ids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct err err;

		store_mark(engine->store);
		store_quiet(engine->store, true);
		if (take_up(engine, ids[i], &err)) {
			store_quiet(engine->store, false);
			store_back_to_mark(engine->store);
			log_error("workflow %" PRId64 ": %s", ids[i],
				  err.message);
		} else {
			store_quiet(engine->store, false);
			store_keep(engine->store);
		}
	}
}

/* Who waited for a slot that is free now has it. */
static int grant(struct engine *engine, enum pacer_kind kind, int64_t id,
		 struct err *err)
{
	struct run run;

	if (run_get(engine->store, id, &run, err))
		return -1;
	str_copy(run.slot, sizeof(run.slot), pacer_name(kind));
	run_stop_waiting(engine, &run);
	return run_update(engine->store, &run, err); /* which touches it */
}

/* False: nobody has. */
static bool grant_all(struct engine *engine)
{
	enum pacer_kind kind;
	bool any = false;
	int64_t run;

	while (pacer_next(engine->pacer, &kind, &run)) {
		struct err err;

		any = true;
		if (grant(engine, kind, run, &err) == 0)
			continue;
		pacer_leave(engine->pacer, run);
		if (err.code != ERR_NOT_FOUND)
			log_error("run %" PRId64 ": %s", run, err.message);
	}
	return any;
}

static void advance_touched(struct engine *engine)
{
	for (;;) {
		AUTO_FREE int64_t *workflows = NULL;
		AUTO_FREE int64_t *runs = NULL;
		size_t n_workflows =
			store_take_written(engine->store, &workflows);
		size_t n;

		take_up_all(engine, workflows, n_workflows);
		n = store_take_touched(engine->store, &runs);
		for (size_t i = 0; i < n; i++)
			advance_run(engine, runs[i], true);
		if (!grant_all(engine) && !n && !n_workflows)
			return;
	}
}

static void advance_due(struct engine *engine)
{
	wall_ms now = store_now(engine->store);
	struct heap_item *item;

	while ((item = heap_expired(&engine->deadlines, now))) {
		struct due *due = container_of(item, struct due, timer);

		store_touch_run(engine->store, due->run);
	}
}

static void arm(struct engine *engine)
{
	wall_ms next = engine_wake(engine);
	wall_ms now = store_now(engine->store);

	loop_timer_at(engine->timer,
		      next ? clock_mono() + (next > now ? next - now : 0)
			   : MONO_NEVER);
}

void engine_turn(struct engine *engine)
{
	jobs_turn(engine->jobs);
	advance_due(engine);
	advance_touched(engine);
	arm(engine);
}

/* Who held a slot holds it still, whatever the caps are now. */
static void pace_start(struct engine *engine)
{
	AUTO_FREE struct run_paced *paced = NULL;
	size_t n = run_paced(engine->store, &paced);

	for (size_t i = 0; i < n; i++)
		if (*paced[i].slot)
			pace_again(engine, paced[i].run);
	for (size_t i = 0; i < n; i++)
		if (!*paced[i].slot)
			pace_again(engine, paced[i].run);
}

/* After a start nothing is known: look at each open object and run once. */
int engine_start(struct engine *engine, struct err *err)
{
	AUTO_FREE int64_t *workflows = NULL;
	AUTO_FREE int64_t *runs = NULL;
	size_t n_workflows = run_missing(engine->store, &workflows);
	size_t n;

	engine->awake_at = store_now(engine->store);
	pace_start(engine);
	take_up_all(engine, workflows, n_workflows);
	n = run_open(engine->store, &runs);
	for (size_t i = 0; i < n; i++)
		advance_run(engine, runs[i], false);
	grant_all(engine);
	return jobs_start(engine->jobs, err);
}
