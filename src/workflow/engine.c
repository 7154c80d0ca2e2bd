/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/engine.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "store/event.h"
#include "store/machine.h"
#include "store/object.h"
#include "workflow/job.h"
#include "workflow/plan.h"
#include "workflow/workflow_wire.h"

#define LOG_MODULE "engine"
#include "base/log.h"

#define MAX_STEPS 16
#define FINALIZER "tomte.dev/run"

struct due {
	int64_t run;
	wall_ms at;
};

struct engine {
	struct loop *loop;
	struct store *store;
	struct engine_ops ops;
	void *arg;
	struct loop_timer *timer;
	struct map *due; /* run id -> struct due */
	struct jobs *jobs;
	int64_t seen_version; /* of Workflow objects */
	struct engine_stats stats;
};

_Static_assert(N_PHASES == ENGINE_N_PHASES, "room for all");

static const struct kind *workflow_kind(void)
{
	return kind_find(TINKERBELL_GROUP, "Workflow");
}

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
	while (map_next(engine->due, &at, &due))
		free(due);
	map_free(engine->due);
	jobs_free(engine->jobs);
	loop_timer_free(engine->timer);
	free(engine);
}

static void set_due(struct engine *engine, int64_t run, wall_ms at)
{
	struct due *due = map_get(engine->due, &run, sizeof(run));

	if (!at) {
		map_remove(engine->due, &run, sizeof(run));
		free(due);
		return;
	}
	if (!due) {
		due = xcalloc(1, sizeof(*due));
		due->run = run;
		map_put(engine->due, &run, sizeof(run), due);
	}
	due->at = at;
}

/* Everything that plan() looks at, and what was allocated for it. */
struct facts {
	struct run run;
	struct action *actions;
	size_t n_actions;
	struct intent intent;
	json_t *hardware; /* NULL: gone */
	json_t *workflow;
	struct plan_view view;
};

static void facts_release(struct facts *facts)
{
	action_list_free(facts->actions, facts->n_actions);
	json_decref(facts->hardware);
	json_decref(facts->workflow);
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

static void read_events(struct engine *engine, struct facts *facts)
{
	struct plan_view *view = &facts->view;
	bool working = phase_parse(facts->run.phase) == PHASE_WORKING;
	struct event *events;
	size_t n = event_of_run(engine->store, facts->run.id, &events);

	/* What was seen before the phase began is of an earlier boot. */
	for (size_t i = 0; i < n; i++) {
		const char *kind = events[i].kind;
		wall_ms at = events[i].last_at;

		if (str_eq(events[i].source, "dhcp") &&
		    at >= facts->run.phase_at)
			view->dhcp_at = at;
		else if (str_eq(kind, "script"))
			view->script_at = at;
		else if (str_eq(kind, "hello") &&
			 (working || at >= facts->run.phase_at))
			view->hello_at = at;
		else if (str_eq(kind, "phone-home") &&
			 at >= facts->run.phase_at)
			view->os_at = at;
	}
	free(events);
}

static int facts_read(struct engine *engine, int64_t run, struct facts *facts,
		      struct err *err)
{
	struct store *store = engine->store;
	struct err gone;
	struct plan_view *view = &facts->view;

	memset(facts, 0, sizeof(*facts));
	if (run_get(store, run, &facts->run, err))
		return -1;
	facts->n_actions = action_list(store, run, &facts->actions);
	facts->workflow = object_by_id(store, facts->run.workflow, err);
	if (!facts->workflow)
		return -1;
	if (facts->run.machine)
		facts->hardware =
			object_by_id(store, facts->run.machine, &gone);
	view->run = &facts->run;
	view->actions = facts->actions;
	view->n_actions = facts->n_actions;
	view->intent =
		intent_last(store, run, &facts->intent) ? &facts->intent : NULL;
	view->has_machine = facts->hardware != NULL;
	/* Switching on must reach every interface, switching off any. */
	view->allow_netboot = netboot_allowed(facts->hardware,
					      phase_parse(facts->run.phase) ==
						      PHASE_NETBOOT_ON);
	view->is_first = run_of_machine(store, facts->run.machine) == run;
	view->cancelled = json_str_at(facts->workflow,
				      "metadata.deletionTimestamp") != NULL;
	read_events(engine, facts);
	return 0;
}

static int set_netboot(struct engine *engine, struct facts *facts, bool allow,
		       struct err *err)
{
	AUTO_JSON json_t *interfaces =
		json_deep_copy(json_at(facts->hardware, "spec.interfaces"));
	AUTO_JSON json_t *patch = json_object();
	size_t i;
	json_t *interface;

	json_array_foreach (interfaces, i, interface)
		json_put(interface, "netboot.allowPXE", json_boolean(allow));
	json_put(patch, "spec.interfaces", json_incref(interfaces));
	if (object_patch(engine->store, facts->run.machine, patch, err))
		return -1;
	return event_note(engine->store, facts->run.machine, facts->run.id,
			  "engine", "netboot", err,
			  allow ? "network boot allowed"
				: "network boot no longer allowed");
}

/* Take our finalizer away, so that a deleted Workflow can go. */
static int drop_finalizer(struct engine *engine, const struct facts *facts,
			  struct err *err)
{
	AUTO_JSON json_t *patch = json_object();
	json_t *kept = json_array();
	const json_t *list = json_at(facts->workflow, "metadata.finalizers");
	size_t i;
	json_t *name;

	json_array_foreach ((json_t *)(uintptr_t)list, i, name)
		if (!str_eq(json_string_value(name), FINALIZER))
			json_array_append(kept, name);
	json_put(patch, "metadata.finalizers", kept);
	return object_patch(engine->store, facts->run.workflow, patch, err);
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

/* A run has left a phase after so many ms. */
static void count(struct engine *engine, const struct run *run,
		  enum phase before, int64_t ms)
{
	struct engine_stats *stats = &engine->stats;

	if (before < N_PHASES)
		histogram_add(&stats->phases[before], ms * 1000);
	if (before == PHASE_QUEUED)
		stats->started++;
	for (int i = 0; run->ended_at && i < ENGINE_N_OUTCOMES; i++)
		if (str_eq(run->outcome,
			   engine_outcome_name((enum engine_outcome)i)))
			stats->ended[i]++;
}

static int move_to(struct engine *engine, struct facts *facts, enum phase phase,
		   struct err *err)
{
	struct run *run = &facts->run;
	wall_ms now = store_now(engine->store);
	int64_t limit = plan_phase_ms(run, phase);
	enum phase before = phase_parse(run->phase);
	wall_ms since = run->phase_at;

	if (before == PHASE_QUEUED)
		run->started_at = now;
	str_copy(run->phase, sizeof(run->phase), phase_name(phase));
	run->phase_at = now;
	run->deadline = limit ? now + limit : 0;
	if (phase == PHASE_ENDED) {
		run->ended_at = now;
		if (!*run->outcome)
			str_copy(run->outcome, sizeof(run->outcome), "success");
	}
	if (run_update(engine->store, run, err) ||
	    event_note(engine->store, run->machine, run->id, "engine", "phase",
		       err, "%s", run->phase))
		return -1;
	count(engine, run, before, now - since);
	log_info("run machine=%s workflow=%s phase=%s%s%s",
		 json_str_at(facts->hardware, "metadata.name"),
		 json_str_at(facts->workflow, "metadata.name"), run->phase,
		 phase == PHASE_ENDED ? " outcome=" : "",
		 phase == PHASE_ENDED ? run->outcome : "");
	return 0;
}

static int record_failure(struct engine *engine, struct facts *facts,
			  const struct plan *step, struct err *err)
{
	struct run *run = &facts->run;

	str_copy(run->outcome, sizeof(run->outcome), step->outcome);
	str_copy(run->cause, sizeof(run->cause), step->cause);
	if (event_note(engine->store, run->machine, run->id, "engine", "failed",
		       err, "%s", run->cause))
		return -1;
	return move_to(engine, facts, PHASE_CLOSING, err);
}

static int make_intent(struct engine *engine, const struct facts *facts,
		       const struct plan *step, struct err *err)
{
	struct intent intent = { .run = facts->run.id,
				 .machine = facts->run.machine };
	int64_t id;

	str_copy(intent.kind, sizeof(intent.kind), step->intent);
	str_copy(intent.args, sizeof(intent.args), step->args);
	return intent_create(engine->store, &intent, &id, err);
}

static int take_step(struct engine *engine, struct facts *facts,
		     const struct plan *step, struct err *err)
{
	switch (step->kind) {
	case PLAN_MOVE:
		if (move_to(engine, facts, step->phase, err))
			return -1;
		return step->phase == PHASE_ENDED
			       ? drop_finalizer(engine, facts, err)
			       : 0;
	case PLAN_INTENT:
		return make_intent(engine, facts, step, err);
	case PLAN_NETBOOT:
		return set_netboot(engine, facts, step->netboot, err);
	case PLAN_FAIL:
		return record_failure(engine, facts, step, err);
	case PLAN_WAIT:
	case PLAN_END:
		return 0;
	}
	return 0;
}

static int write_status(struct engine *engine, const struct facts *facts,
			struct err *err)
{
	const char *agent =
		json_str_at(facts->workflow, "spec.hardwareMap.device_1");
	AUTO_JSON json_t *still =
		object_by_id(engine->store, facts->run.workflow, err);

	if (!still) /* deleted by its last step */
		return 0;
	return object_set_status(engine->store, facts->run.workflow,
				 workflow_status(&facts->run, facts->actions,
						 facts->n_actions,
						 agent ? agent : ""),
				 err);
}

/* One step; 1: took one, ask again; 0: wait; -1: failed. */
static int advance(struct engine *engine, int64_t run, struct err *err)
{
	CLEANUP(facts_release) struct facts facts;
	struct plan step;

	if (facts_read(engine, run, &facts, err))
		return -1;
	plan(&facts.view, store_now(engine->store), &step);
	if (step.kind == PLAN_WAIT || step.kind == PLAN_END) {
		set_due(engine, run,
			step.kind == PLAN_END ? 0 : plan_wake(&facts.view));
		return write_status(engine, &facts, err);
	}
	if (take_step(engine, &facts, &step, err))
		return -1;
	return 1;
}

static void advance_run(struct engine *engine, int64_t run)
{
	struct err err;

	for (int i = 0; i < MAX_STEPS; i++) {
		int status;

		store_mark(engine->store);
		status = advance(engine, run, &err);
		if (status < 0)
			store_back_to_mark(engine->store);
		else
			store_keep(engine->store);
		if (status > 0)
			continue;
		if (status < 0 && err.code != ERR_NOT_FOUND)
			log_error("run %lld: %s", (long long)run, err.message);
		if (status < 0)
			set_due(engine, run, 0);
		return;
	}
	log_error("run %lld: no rest after %d steps", (long long)run,
		  MAX_STEPS);
}

/* Render its template and make the rows of a run for a Workflow. */
static int create_run(struct engine *engine, int64_t workflow_id,
		      const json_t *workflow, struct err *err);

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

static void take_up(struct engine *engine, const json_t *workflow)
{
	struct object_key key = {
		.kind = workflow_kind(),
		.namespace = json_str_at(workflow, "metadata.namespace"),
		.name = json_str_at(workflow, "metadata.name"),
	};
	int64_t id = object_id(engine->store, &key);
	const char *state = json_str_at(workflow, "status.state");
	struct err cause;
	struct err err;
	int64_t run;

	if (!id)
		return;
	run = run_by_workflow(engine->store, id);
	if (run) { /* it may have been deleted: the plan looks */
		advance_run(engine, run);
		return;
	}
	if ((state && *state) ||
	    json_bool_at(workflow, "spec.disabled", false) ||
	    json_str_at(workflow, "metadata.deletionTimestamp"))
		return;
	store_mark(engine->store);
	if (create_run(engine, id, workflow, &cause) == 0) {
		store_keep(engine->store);
		return;
	}
	store_back_to_mark(engine->store);
	if (refuse(engine, id, &cause, &err))
		log_error("workflow %s: %s", key.name, err.message);
}

/* The object that a Workflow refers to in its own namespace. */
static json_t *referred(struct engine *engine, const json_t *workflow,
			const char *kind, const char *field, int64_t *id,
			struct err *err)
{
	struct object_key key = {
		.kind = kind_find(TINKERBELL_GROUP, kind),
		.namespace = json_str_at(workflow, "metadata.namespace"),
		.name = json_str_at(workflow, field),
	};
	json_t *object;

	if (!key.name) {
		err_set(err, ERR_INVALID, "%s is missing", field);
		return NULL;
	}
	object = object_get(engine->store, &key, err);
	if (!object) {
		err_wrap(err, "%s", field);
		return NULL;
	}
	*id = object_id(engine->store, &key);
	return object;
}

static bool any_uefi(const json_t *hardware)
{
	const json_t *interfaces = json_at(hardware, "spec.interfaces");
	size_t i;
	json_t *interface;

	json_array_foreach ((json_t *)(uintptr_t)interfaces, i, interface)
		if (json_bool_at(interface, "dhcp.uefi", false))
			return true;
	return false;
}

static int check_boot_mode(const json_t *workflow, const json_t *hardware,
			   struct run *run, struct err *err)
{
	const char *mode = json_str_at(workflow, "spec.bootOptions.bootMode");

	run->toggle = json_bool_at(
		workflow, "spec.bootOptions.toggleAllowNetboot", false);
	if (!mode)
		return 0;
	if (!str_eq(mode, "netboot"))
		return err_set(err, ERR_UNSUPPORTED,
			       "spec.bootOptions.bootMode: %s is not "
			       "supported yet, only netboot",
			       mode);
	if (!json_str_at(hardware, "spec.bmcRef.name"))
		return err_set(err, ERR_INVALID,
			       "bootMode netboot needs a BMC, and Hardware %s "
			       "has no spec.bmcRef",
			       json_str_at(hardware, "metadata.name"));
	run->netboot = true;
	return 0;
}

static int add_finalizer(struct engine *engine, int64_t id,
			 const json_t *workflow, struct err *err)
{
	AUTO_JSON json_t *patch = json_object();
	json_t *list = json_deep_copy(json_at(workflow, "metadata.finalizers"));

	if (!json_is_array(list)) {
		json_decref(list);
		list = json_array();
	}
	json_array_append_new(list, json_string(FINALIZER));
	json_put(patch, "metadata.finalizers", list);
	return object_patch(engine->store, id, patch, err);
}

static int create_actions(struct engine *engine, int64_t run,
			  struct workflow_plan *rendered, struct err *err)
{
	for (size_t i = 0; i < rendered->n_actions; i++) {
		rendered->actions[i].run = run;
		if (action_create(engine->store, &rendered->actions[i], err))
			return -1;
	}
	return 0;
}

static int create_run(struct engine *engine, int64_t workflow_id,
		      const json_t *workflow, struct err *err)
{
	CLEANUP(workflow_plan_release) struct workflow_plan rendered = { 0 };
	AUTO_JSON json_t *template = NULL;
	AUTO_JSON json_t *hardware = NULL;
	AUTO_JSON json_t *facts = NULL;
	AUTO_JSON json_t *data = NULL;
	AUTO_FREE char *text = NULL;
	struct run run = { .workflow = workflow_id };
	const char *await = NULL;
	const json_t *annotations = json_at(workflow, "metadata.annotations");
	const char *source;
	int64_t template_id;
	int64_t id;

	template = referred(engine, workflow, "Template", "spec.templateRef",
			    &template_id, err);
	if (!template)
		return -1;
	hardware = referred(engine, workflow, "Hardware", "spec.hardwareRef",
			    &run.machine, err);
	if (!hardware)
		return -1;
	source = json_str_at(template, "spec.data");
	if (!source)
		return err_set(err, ERR_INVALID, "Template %s has no spec.data",
			       json_str_at(template, "metadata.name"));
	if (check_boot_mode(workflow, hardware, &run, err))
		return -1;
	facts = engine->ops.facts(engine->arg, run.machine,
				  json_str_at(hardware, "metadata.name"));
	data = workflow_data(workflow, hardware, facts);
	text = engine->ops.render(engine->arg, source, data, err);
	if (!text || workflow_decode(text, strlen(text), &rendered, err))
		return err_wrap(err, "Template %s",
				json_str_at(template, "metadata.name"));
	await = json_string_value(
		json_object_get(annotations, "tomte.dev/await"));
	run.await_os = await && str_eq(await, "phone-home");
	run.uefi = any_uefi(hardware);
	run.global_timeout_s = rendered.global_timeout_s;
	str_copy(run.phase, sizeof(run.phase), phase_name(PHASE_QUEUED));
	if (run_create(engine->store, &run, &id, err) ||
	    create_actions(engine, id, &rendered, err) ||
	    add_finalizer(engine, workflow_id, workflow, err) ||
	    event_note(engine->store, run.machine, id, "engine", "created", err,
		       "workflow %s, template %s, %zu actions",
		       json_str_at(workflow, "metadata.name"),
		       json_str_at(template, "metadata.name"),
		       rendered.n_actions))
		return -1;
	return 0;
}

/* New and changed Workflow objects since the last turn. */
static void read_changes(struct engine *engine)
{
	struct err err;

	while (store_version(engine->store) > engine->seen_version) {
		AUTO_JSON json_t *changes =
			change_since(engine->store, workflow_kind(),
				     engine->seen_version, 500, &err);
		int64_t newest = engine->seen_version;
		size_t i;
		json_t *change;

		if (!changes) {
			log_error("changes of workflows: %s", err.message);
			return;
		}
		json_array_foreach (changes, i, change) {
			newest = json_int_at(change, "version", newest);
			if (!str_eq(json_str_at(change, "type"), "DELETED"))
				take_up(engine,
					json_object_get(change, "object"));
		}
		if (json_array_size(changes) < 500)
			newest = store_version(engine->store);
		if (newest == engine->seen_version)
			return;
		engine->seen_version = newest;
	}
}

static void advance_touched(struct engine *engine)
{
	for (;;) {
		AUTO_FREE int64_t *runs = NULL;
		size_t n = store_take_touched(engine->store, &runs);

		if (!n)
			return;
		for (size_t i = 0; i < n; i++)
			advance_run(engine, runs[i]);
	}
}

static void advance_due(struct engine *engine)
{
	wall_ms now = store_now(engine->store);
	wall_ms next = 0;
	size_t at = 0;
	void *item;
	AUTO_FREE int64_t *ids =
		xcalloc(map_count(engine->due) + 1, sizeof(*ids));
	size_t n = 0;

	while (map_next(engine->due, &at, &item)) {
		const struct due *due = item;

		if (due->at <= now)
			ids[n++] = due->run;
	}
	for (size_t i = 0; i < n; i++)
		advance_run(engine, ids[i]);
	at = 0;
	while (map_next(engine->due, &at, &item)) {
		const struct due *due = item;

		if (!next || due->at < next)
			next = due->at;
	}
	loop_timer_at(engine->timer,
		      next ? clock_mono() + (next > now ? next - now : 1000)
			   : MONO_NEVER);
}

void engine_turn(struct engine *engine)
{
	read_changes(engine);
	jobs_turn(engine->jobs);
	advance_touched(engine);
	advance_due(engine);
}

/* After a start nothing is known: look at each open object and run once. */
int engine_start(struct engine *engine, struct err *err)
{
	AUTO_JSON json_t *workflows =
		object_list(engine->store, workflow_kind(), "", err);
	AUTO_FREE int64_t *runs = NULL;
	size_t i;
	json_t *workflow;
	size_t n;

	if (!workflows)
		return -1;
	engine->seen_version = store_version(engine->store);
	json_array_foreach (workflows, i, workflow) {
		const char *state = json_str_at(workflow, "status.state");

		if (!state || !*state)
			take_up(engine, workflow);
	}
	n = run_open(engine->store, &runs);
	for (i = 0; i < n; i++)
		advance_run(engine, runs[i]);
	return jobs_start(engine->jobs, err);
}
