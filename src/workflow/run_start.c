/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "store/event.h"
#include "store/machine.h"
#include "store/object.h"
#include "workflow/engine_part.h"
#include "workflow/input_tree.h"
#include "workflow/reference.h"
#include "workflow/secret_plan.h"
#include "workflow/step_plan.h"
#include "workflow/workflow_wire.h"

/* A worker that waits is heard of each minute and a half at the latest. */
#define STILL_THERE_MS (150 * 1000)

/* A Workflow on its way to be a run. */
struct start {
	struct engine *engine;
	const json_t *workflow;
	const char *namespace;
	json_t *template;
	const char *source;
	json_t *hardware;   /* NULL: the Workflow names none */
	json_t *references; /* with the values of Secrets */
	struct err problem; /* of a reference */
	bool has_secrets;
	json_t *input;
	struct workflow_plan plan;
	struct step_plan steps;
	struct run run;
};

static void start_release(struct start *start)
{
	json_decref(start->template);
	json_decref(start->hardware);
	json_decref(start->references);
	json_decref(start->input);
	workflow_plan_release(&start->plan);
	step_plan_release(&start->steps);
}

/* The object that a Workflow refers to in its own namespace. */
static json_t *referred(const struct start *start, const char *kind,
			const char *field, int64_t *id, struct err *err)
{
	struct store *store = start->engine->store;
	struct object_key key = {
		.kind = kind_find(TINKERBELL_GROUP, kind),
		.namespace = start->namespace,
		.name = json_str_at(start->workflow, field),
	};
	json_t *object;

	if (!key.name || !*key.name) {
		err_set(err, ERR_INVALID, "%s is missing", field);
		return NULL;
	}
	object = object_get(store, &key, err);
	if (!object) {
		err_wrap(err, "%s", field);
		return NULL;
	}
	*id = object_id(store, &key);
	return object;
}

static int find_template(struct start *start, struct err *err)
{
	int64_t id;

	start->template =
		referred(start, "Template", "spec.templateRef", &id, err);
	if (!start->template)
		return -1;
	start->source = json_str_at(start->template, "spec.data");
	if (!start->source)
		return err_set(err, ERR_INVALID, "Template %s has no spec.data",
			       json_str_at(start->template, "metadata.name"));
	return 0;
}

/* Without hardwareRef the worker that hardwareMap names is the machine. */
static int64_t machine_of_map(const struct start *start)
{
	const json_t *map = json_at(start->workflow, "spec.hardwareMap");
	int64_t machine;
	struct err none;
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)map, key, value)
		if (json_is_string(value) &&
		    machine_by_identity(start->engine->store, start->namespace,
					json_string_value(value), &machine,
					&none) == 0)
			return machine;
	return 0;
}

static int find_hardware(struct start *start, struct err *err)
{
	const char *name = json_str_at(start->workflow, "spec.hardwareRef");

	if (!name || !*name) {
		start->run.machine = machine_of_map(start);
		return 0;
	}
	start->hardware = referred(start, "Hardware", "spec.hardwareRef",
				   &start->run.machine, err);
	return start->hardware ? 0 : -1;
}

static void gather_input(struct start *start)
{
	struct engine *engine = start->engine;
	AUTO_JSON json_t *facts = NULL;
	AUTO_JSON json_t *machine = NULL;
	struct err gone;

	if (start->run.machine)
		machine =
			object_by_id(engine->store, start->run.machine, &gone);
	facts = engine->ops.facts(engine->arg, start->run.machine,
				  json_str_at(machine, "metadata.name"));
	start->references = reference_resolve(engine->store, engine->ops.rules,
					      start->hardware, &start->problem);
	start->has_secrets = secret_among(start->references);
	start->input = input_tree(start->workflow, start->hardware, facts,
				  start->references);
}

static void wipe(char **text)
{
	if (*text)
		secret_wipe(*text, strlen(*text));
	free(*text);
}

static int render(struct start *start, const json_t *references,
		  struct workflow_plan *plan, struct err *err)
{
	struct engine *engine = start->engine;
	AUTO_JSON json_t *input = json_copy(start->input);
	CLEANUP(wipe) char *text = NULL;

	json_object_set(input, "references", (json_t *)(uintptr_t)references);
	text = engine->ops.render(engine->arg, start->source, input, err);
	if (text && workflow_decode(text, strlen(text), plan, err) == 0)
		return 0;
	/* What the reference is missing for is the likelier cause. */
	if (start->problem.code)
		err_wrap(err, "%s", start->problem.message);
	return err_wrap(err, "Template %s",
			json_str_at(start->template, "metadata.name"));
}

/*
 * With other values in the place of the Secrets' first: what is wrong with
 * the template itself can be told then, and shows none of them.
 */
static int render_actions(struct start *start, struct err *err)
{
	CLEANUP(workflow_plan_release) struct workflow_plan decoy = { 0 };
	AUTO_JSON json_t *other = NULL;
	struct err secret;

	if (!start->has_secrets)
		return render(start, start->references, &start->plan, err);
	other = secret_decoy(start->references);
	if (render(start, other, &decoy, err))
		return -1;
	if (render(start, start->references, &start->plan, &secret))
		return err_set(err, ERR_INVALID,
			       "Template %s: cannot be rendered with the "
			       "values of its Secrets",
			       json_str_at(start->template, "metadata.name"));
	if (secret_mark(&start->plan, &decoy, err))
		return err_wrap(err, "Template %s",
				json_str_at(start->template, "metadata.name"));
	return 0;
}

/* Whose worker does which action. */
static int assign(struct start *start, struct err *err)
{
	struct store *store = start->engine->store;
	struct run *run = &start->run;

	for (size_t i = 0; i < start->plan.n_actions; i++) {
		struct action *action = &start->plan.actions[i];
		const char *agent = action->agent;

		if (i && str_eq(agent, action[-1].agent)) {
			action->machine = action[-1].machine;
			continue;
		}
		if (!*agent)
			action->machine = run->machine;
		else if (machine_by_identity(store, start->namespace, agent,
					     &action->machine, err))
			return err_wrap(err, "tasks[%d].worker", action->task);
		if (!run->machine && *agent)
			run->machine = action->machine;
	}
	if (!run->machine)
		return err_set(err, ERR_INVALID,
			       "spec.hardwareRef is missing, and the first "
			       "task of the template names no worker");
	for (size_t i = 0; i < start->plan.n_actions; i++)
		if (!start->plan.actions[i].machine)
			start->plan.actions[i].machine = run->machine;
	return 0;
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

/* A mediaURL is a template of its own, over .Hardware alone. */
static int render_media(struct start *start, json_t *list,
			const json_t *hardware, struct err *err)
{
	struct engine *engine = start->engine;
	size_t i;
	json_t *action;

	json_array_foreach (list, i, action) {
		const char *url =
			json_str_at(action, "virtualMediaAction.mediaURL");
		AUTO_JSON json_t *input = NULL;
		AUTO_FREE char *text = NULL;

		if (!url || !*url)
			continue;
		input = input_boot_tree(hardware);
		text = engine->ops.render(engine->arg, url, input, err);
		if (!text)
			return err_wrap(err, "mediaURL");
		json_put(action, "virtualMediaAction.mediaURL",
			 json_string(text));
	}
	return 0;
}

static int plan_steps(struct start *start, struct err *err)
{
	struct store *store = start->engine->store;
	static const char *const lists[] = {
		"spec.bootOptions.custombootConfig.preparingActions",
		"spec.bootOptions.custombootConfig.postActions",
	};
	AUTO_JSON json_t *workflow = json_deep_copy(start->workflow);
	AUTO_JSON json_t *hardware =
		object_by_id(store, start->run.machine, err);
	const char *bmc = json_str_at(hardware, "spec.bmcRef.name");

	if (!hardware)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (render_media(start, json_at(workflow, lists[i]), hardware,
				 err))
			return err_wrap(err, "%s", lists[i]);
	start->run.uefi = any_uefi(hardware);
	return step_plan(workflow, bmc && *bmc, &start->run,
			 start->plan.actions, start->plan.n_actions,
			 &start->steps, err);
}

static int keep_input(struct start *start, int64_t id, struct err *err)
{
	AUTO_JSON json_t *snapshot = NULL;
	AUTO_JSON json_t *stripped = NULL;
	bool any = false;

	for (size_t i = 0; i < start->plan.n_actions; i++)
		any = any || start->plan.actions[i].secret;
	if (!any)
		return 0;
	snapshot = json_copy(start->input);
	stripped = secret_stripped(start->references);
	json_object_set(snapshot, "references", stripped);
	return run_input_put(start->engine->store, id, start->source, snapshot,
			     err);
}

static int write_rows(struct start *start, int64_t *id, struct err *err)
{
	struct store *store = start->engine->store;

	if (run_create(store, &start->run, id, err))
		return -1;
	for (size_t i = 0; i < start->plan.n_actions; i++) {
		start->plan.actions[i].run = *id;
		if (action_create(store, &start->plan.actions[i], err))
			return -1;
	}
	for (size_t i = 0; i < start->steps.n; i++) {
		start->steps.steps[i].run = *id;
		if (step_create(store, &start->steps.steps[i], err))
			return -1;
	}
	return keep_input(start, *id, err);
}

const char *run_annotation(const json_t *workflow, const char *name)
{
	const json_t *annotations = json_at(workflow, "metadata.annotations");
	AUTO_FREE char *key = xasprintf("tomte.dev/%s", name);

	return json_string_value(json_object_get(annotations, key));
}

/*
 * A worker that was idle since its hello, as those are that Tinkerbell's
 * agents wait for work: where nothing is to be done to the machine before,
 * there will be no other hello.
 */
static int note_worker(struct start *start, int64_t id, struct err *err)
{
	struct store *store = start->engine->store;
	struct machine machine;

	if (!start->run.machine || *start->run.boot ||
	    run_of_machine(store, start->run.machine) != id)
		return 0;
	if (machine_get(store, start->run.machine, &machine, err))
		return -1;
	if (!*machine.worker_boot || machine.worker_seq ||
	    store_now(store) - machine.heard_at > STILL_THERE_MS)
		return 0;
	return event_note(store, machine.id, id, "worker", "hello", err,
			  "the worker is there already, with nothing to do");
}

int run_start(struct engine *engine, int64_t workflow_id,
	      const json_t *workflow, struct err *err)
{
	CLEANUP(start_release)
	struct start start = {
		.engine = engine,
		.workflow = workflow,
		.namespace = json_str_at(workflow, "metadata.namespace"),
		.run.workflow = workflow_id,
	};
	const char *await = run_annotation(workflow, "await");
	int64_t id;

	if (find_template(&start, err) || find_hardware(&start, err))
		return -1;
	start.run.await_os = await && str_eq(await, "phone-home");
	gather_input(&start);
	if (render_actions(&start, err) || assign(&start, err) ||
	    plan_steps(&start, err))
		return -1;
	start.run.global_timeout_s = start.plan.global_timeout_s;
	str_copy(start.run.phase, sizeof(start.run.phase),
		 phase_name(PHASE_QUEUED));
	if (write_rows(&start, &id, err) ||
	    run_finalizer(engine, workflow_id, true, err) ||
	    event_note(engine->store, start.run.machine, id, "engine",
		       "created", err, "workflow %s, template %s, %zu actions",
		       json_str_at(workflow, "metadata.name"),
		       json_str_at(start.template, "metadata.name"),
		       start.plan.n_actions) ||
	    note_worker(&start, id, err))
		return -1;
	store_touch_run(engine->store, id);
	return 0;
}
