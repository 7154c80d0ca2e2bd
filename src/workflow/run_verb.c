/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/event.h"
#include "store/object.h"
#include "workflow/action_plan.h"
#include "workflow/engine_part.h"

/*
 * What people ask of a run, as annotations of its Workflow:
 *
 *	tomte.dev/cancel	its value is the reason
 *	tomte.dev/pause		for as long as it is there, and not "false"
 *	tomte.dev/rerun		an action's name: from there on; "": all anew
 *
 * The first and the last are taken away when they have been obeyed, so that
 * each is obeyed once.
 */

int run_finalizer(struct engine *engine, int64_t workflow_id, bool wanted,
		  struct err *err)
{
	AUTO_JSON json_t *workflow =
		object_by_id(engine->store, workflow_id, err);
	AUTO_JSON json_t *patch = json_object();
	const json_t *list = json_at(workflow, "metadata.finalizers");
	json_t *kept = json_array();
	bool had = false;
	size_t i;
	json_t *name;

	json_array_foreach ((json_t *)(uintptr_t)list, i, name) {
		if (str_eq(json_string_value(name), RUN_FINALIZER))
			had = true;
		else
			json_array_append(kept, name);
	}
	if (wanted)
		json_array_append_new(kept, json_string(RUN_FINALIZER));
	json_put(patch, "metadata.finalizers", kept);
	if (!workflow)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	if (had == wanted)
		return 0;
	return object_patch(engine->store, workflow_id, patch, err);
}

int run_drop_annotation(struct engine *engine, int64_t workflow_id,
			const char *name, struct err *err)
{
	AUTO_JSON json_t *patch = json_object();
	AUTO_FREE char *key = xasprintf("tomte.dev/%s", name);
	json_t *annotations = json_object();

	json_object_set_new(annotations, key, json_null());
	json_put(patch, "metadata.annotations", annotations);
	return object_patch(engine->store, workflow_id, patch, err);
}

static bool is_yes(const char *text)
{
	return text && !str_eq(text, "false");
}

/* Rerun */

/* "ACTION" or "TASK/ACTION"; n: there is none. */
static size_t find_action(const struct action *actions, size_t n,
			  const char *name)
{
	for (size_t i = 0; i < n; i++) {
		AUTO_FREE char *full = xasprintf("%s/%s", actions[i].task_name,
						 actions[i].name);

		if (str_eq(actions[i].name, name) || str_eq(full, name))
			return i;
	}
	return n;
}

/* The attempt grows, so that no worker takes it for one that it has done. */
static int reset_action(struct engine *engine, struct action *action,
			struct err *err)
{
	if (str_eq(action->state, "SKIPPED") && !action->ended_at)
		return 0; /* its `if` said so */
	str_copy(action->state, sizeof(action->state), "PENDING");
	action->attempt++;
	action->offered_at = action->not_before = 0;
	action->n_failed = action->n_interrupted = 0;
	action->started_at = action->ended_at = 0;
	action->handler[0] = action->ended_as[0] = action->cause[0] = '\0';
	action->boot_id[0] = action->message[0] = action->result[0] = '\0';
	action->phase[0] = '\0';
	action->bytes_done = action->bytes_total = 0;
	if (action_update(engine->store, action, err))
		return -1;
	return action_progress(engine->store, action, err);
}

static int leave_out(struct engine *engine, struct action *action,
		     struct err *err)
{
	if (action_over(action))
		return 0;
	str_copy(action->state, sizeof(action->state), "SKIPPED");
	str_copy(action->message, sizeof(action->message),
		 "left out: the run was begun anew behind it");
	action->ended_at = store_now(engine->store);
	return action_update(engine->store, action, err);
}

static int reset_steps(struct engine *engine, int64_t run, struct err *err)
{
	AUTO_FREE struct step *steps = NULL;
	size_t n = step_list(engine->store, run, &steps);

	for (size_t i = 0; i < n; i++) {
		steps[i].intent = 0;
		steps[i].given_up = false;
		if (step_update(engine->store, &steps[i], err))
			return -1;
	}
	return 0;
}

static void requeue(struct run *run, wall_ms now)
{
	run->part++;
	str_copy(run->phase, sizeof(run->phase), phase_name(PHASE_QUEUED));
	run->phase_at = run->queued_at = now;
	run->deadline = 0;
	run->outcome[0] = run->cause[0] = run->cancel[0] = '\0';
	run->slot[0] = run->waits[0] = run->waits_why[0] = '\0';
	run->waits_at = run->paused_at = run->paused_ms = 0;
	run->resumed_at = run->started_at = run->ended_at = 0;
	run->dhcp_at = run->script_at = run->hello_at = run->os_at = 0;
}

static int begin_anew(struct engine *engine, struct run *run,
		      struct action *actions, size_t n, size_t first,
		      struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (i < first ? leave_out(engine, &actions[i], err)
			      : reset_action(engine, &actions[i], err))
			return -1;
	requeue(run, store_now(engine->store));
	if (reset_steps(engine, run->id, err) ||
	    run_update(engine->store, run, err) ||
	    run_finalizer(engine, run->workflow, true, err))
		return -1;
	return event_note(engine->store, run->machine, run->id, "engine",
			  "rerun", err, "begun anew, part %d, %s%s", run->part,
			  first ? "from action " : "all of it",
			  first ? actions[first].name : "");
}

static int rerun(struct engine *engine, struct run *run, const char *from,
		 struct err *err)
{
	struct action *actions = NULL;
	size_t n;
	size_t first;
	int status;

	if (!run->ended_at)
		return event_note(engine->store, run->machine, run->id,
				  "engine", "refused", err,
				  "rerun: the run has not ended yet");
	n = action_list(engine->store, run->id, &actions);
	first = *from ? find_action(actions, n, from) : 0;
	if (first == n)
		status = event_note(engine->store, run->machine, run->id,
				    "engine", "refused", err,
				    "rerun: no action is called \"%s\"", from);
	else
		status = begin_anew(engine, run, actions, n, first, err);
	action_list_free(actions, n);
	return status;
}

static int cancel(struct engine *engine, struct run *run, const char *cause,
		  struct err *err)
{
	if (run->ended_at || *run->cancel)
		return 0;
	str_copy(run->cancel, sizeof(run->cancel), cause);
	if (run_update(engine->store, run, err))
		return -1;
	return event_note(engine->store, run->machine, run->id, "engine",
			  "cancel", err, "%s", run->cancel);
}

static int cancel_for(struct engine *engine, struct run *run,
		      const char *reason, struct err *err)
{
	char cause[sizeof(run->cancel)];

	if (*reason && !str_eq(reason, "true"))
		snprintf(cause, sizeof(cause), "cancelled: %s", reason);
	else
		snprintf(cause, sizeof(cause), "cancelled by the operator");
	return cancel(engine, run, cause, err);
}

int run_verbs(struct engine *engine, int64_t id, int64_t workflow_id,
	      const json_t *workflow, struct err *err)
{
	const char *reason = run_annotation(workflow, "cancel");
	const char *from = run_annotation(workflow, "rerun");
	struct run run;

	if (run_relabel(engine->store, workflow_id, err) ||
	    run_get(engine->store, id, &run, err))
		return -1;
	if (json_str_at(workflow, "metadata.deletionTimestamp"))
		return cancel(engine, &run,
			      "cancelled: its Workflow was deleted", err);
	if (is_yes(reason) &&
	    (cancel_for(engine, &run, reason, err) ||
	     run_drop_annotation(engine, workflow_id, "cancel", err)))
		return -1;
	if (from && (rerun(engine, &run, from, err) ||
		     run_drop_annotation(engine, workflow_id, "rerun", err)))
		return -1;
	if (run.pause == is_yes(run_annotation(workflow, "pause")))
		return 0;
	run.pause = !run.pause;
	return run_update(engine->store, &run, err);
}
