/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/run_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/machine.h"
#include "store/object.h"
#include "workflow/action_plan.h"
#include "workflow/plan.h"
#include "workflow/why.h"

/* Of those that asked for an address meanwhile. */
#define MAX_STRANGERS 4

static void put_text(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, json_string(text));
}

static void put_time(json_t *object, const char *key, wall_ms at)
{
	char text[CLOCK_TEXT];

	if (!at)
		return;
	clock_text(at, text);
	put_text(object, key, text);
}

/* Bytes a second since it began; whatever a worker claims to have done. */
static int64_t rate_of(const struct action *action)
{
	int64_t elapsed = action->progress_at - action->started_at;
	int64_t done = action->bytes_done;

	if (elapsed <= 0 || done <= 0)
		return 0;
	if (done > INT64_MAX / 1000)
		done = INT64_MAX / 1000;
	return done * 1000 / elapsed;
}

static json_t *progress_of(const struct action *action)
{
	json_t *out = json_object();
	int64_t rate = rate_of(action);

	put_text(out, "action", action->name);
	if (*action->phase)
		put_text(out, "phase", action->phase);
	json_object_set_new(out, "bytesDone", json_integer(action->bytes_done));
	json_object_set_new(out, "bytesTotal",
			    json_integer(action->bytes_total));
	json_object_set_new(out, "bytesPerSecond", json_integer(rate));
	if (rate > 0 && action->bytes_total > action->bytes_done)
		json_object_set_new(out, "etaSeconds",
				    json_integer((action->bytes_total -
						  action->bytes_done) /
						 rate));
	return out;
}

static json_t *action_view(const struct action *action)
{
	json_t *out = json_object();

	put_text(out, "name", action->name);
	if (*action->task_name)
		put_text(out, "task", action->task_name);
	if (*action->agent)
		put_text(out, "worker", action->agent);
	put_text(out, "image", action->image);
	put_text(out, "state", action->state);
	put_text(out, "delivery",
		 action->repeatable ? "at-least-once" : "exactly-once");
	json_object_set_new(out, "attempt", json_integer(action->attempt));
	put_time(out, "startedAt", action->started_at);
	put_time(out, "endedAt", action->ended_at);
	if (action->started_at && action->ended_at)
		json_object_set_new(
			out, "durationMs",
			json_integer(action->ended_at - action->started_at));
	if (*action->message)
		put_text(out, "message", action->message);
	if (action->bytes_done)
		json_object_set_new(out, "bytes",
				    json_integer(action->bytes_done));
	return out;
}

/* How long each phase took: the engine writes an event at each move. */
static json_t *phases_of(const struct run_view *view)
{
	json_t *list = json_array();
	json_t *last = NULL;
	wall_ms since = 0;

	for (size_t i = 0; i < view->n_events; i++) {
		const struct event *event = &view->events[i];

		if (!str_eq(event->kind, "phase"))
			continue;
		if (last) {
			put_time(last, "endedAt", event->at);
			json_object_set_new(last, "durationMs",
					    json_integer(event->at - since));
		}
		last = NULL;
		if (str_eq(event->message, phase_name(PHASE_ENDED)))
			continue; /* it may have been begun anew */
		last = json_object();
		since = event->at;
		put_text(last, "name", event->message);
		put_time(last, "startedAt", event->at);
		json_array_append_new(list, last);
	}
	return list;
}

static json_t *event_of(const struct event *event)
{
	json_t *out = json_object();

	put_time(out, "at", event->at);
	json_object_set_new(out, "atMs", json_integer(event->at));
	put_text(out, "source", event->source);
	put_text(out, "kind", event->kind);
	put_text(out, "message", event->message);
	json_object_set_new(out, "count", json_integer(event->n));
	put_time(out, "lastAt", event->last_at);
	return out;
}

static json_t *events_of(const struct run_view *view)
{
	json_t *list = json_array();

	for (size_t i = 0; i < view->n_events; i++)
		json_array_append_new(list, event_of(&view->events[i]));
	return list;
}

static json_t *hypothesis_of(const struct run_view *view,
			     const struct why_hypothesis *hypothesis)
{
	json_t *out = json_object();
	json_t *evidence = json_array();

	put_text(out, "word", hypothesis->word);
	json_object_set_new(out, "score", json_integer(hypothesis->score));
	put_text(out, "cause", hypothesis->cause);
	if (*hypothesis->advice)
		put_text(out, "advice", hypothesis->advice);
	for (size_t i = 0; i < hypothesis->n_evidence; i++)
		json_array_append_new(
			evidence,
			event_of(&view->events[hypothesis->evidence[i]]));
	json_object_set_new(out, "evidence", evidence);
	return out;
}

static void put_advice(json_t *status, const struct why_plan *plan)
{
	if (plan->n && *plan->items[0].advice)
		put_text(status, "advice", plan->items[0].advice);
}

/* What may be wrong, the likeliest first, and what to try then. */
static void put_hypotheses(json_t *status, const struct run_view *view,
			   const struct why_plan *plan)
{
	json_t *list = json_array();

	for (size_t i = 0; i < plan->n; i++)
		json_array_append_new(list,
				      hypothesis_of(view, &plan->items[i]));
	json_object_set_new(status, "hypotheses", list);
}

static void put_digest(json_t *status, const struct run_view *view)
{
	for (size_t i = 0; i < view->n_actions; i++) {
		struct err ignored;
		const char *text = view->actions[i].result;
		AUTO_JSON json_t *result =
			*text ? json_parse(text, strlen(text), &ignored) : NULL;
		const char *digest = json_str_at(result, "digest");

		if (digest)
			put_text(status, "digest", digest);
	}
}

/* What its BMC has not answered yet. */
static void put_command(json_t *status, const struct run_view *view)
{
	const struct intent *intent = view->intent;
	char age[CLOCK_TEXT];
	char text[128];

	if (!intent || intent->ended_at)
		return;
	clock_age(view->now - (intent->sent_at ? intent->sent_at
					       : intent->created_at),
		  age);
	snprintf(text, sizeof(text),
		 intent->sent_at ? "%s, sent %s ago" : "%s, not sent for %s",
		 intent->kind, age);
	put_text(status, "bmcCommand", text);
}

json_t *run_view_status(const struct run_view *view, bool with_events)
{
	const struct run *run = view->run;
	const struct action *current =
		action_current(view->actions, view->n_actions);
	json_t *status = json_object();
	json_t *actions = json_array();
	struct why why;

	put_text(status, "phase", run->phase);
	put_time(status, "phaseSince", run->phase_at);
	put_time(status, "deadline", run->ended_at ? 0 : run->deadline);
	put_text(status, "outcome", run->ended_at ? run->outcome : "");
	put_time(status, "createdAt", run->created_at);
	put_time(status, "startedAt", run->started_at);
	put_time(status, "endedAt", run->ended_at);
	if (run->started_at)
		json_object_set_new(status, "durationMs",
				    json_integer((run->ended_at ? run->ended_at
								: view->now) -
						 run->started_at));
	if (run->part > 1)
		json_object_set_new(status, "part", json_integer(run->part));
	if (!run->ended_at)
		put_time(status, "pausedAt", run->paused_at);
	if (*run->waits)
		put_text(status, "waitsFor", run->waits_why);
	why_find(view, &why);
	if (*run->cause) {
		put_text(status, "cause", run->cause);
		put_text(status, "failedIn", why_phase(view));
	}
	put_text(status, "lastSeen", why.last_seen);
	if (!run->ended_at)
		put_text(status, "expectedNext", why.expected);
	put_advice(status, &why.plan);
	put_time(status, "workerHeardAt", view->heard_at);
	put_command(status, view);
	if (current && !run->ended_at && str_eq(current->state, "RUNNING"))
		json_object_set_new(status, "progress", progress_of(current));
	put_digest(status, view);
	json_object_set_new(status, "phases", phases_of(view));
	for (size_t i = 0; i < view->n_actions; i++)
		json_array_append_new(actions, action_view(&view->actions[i]));
	json_object_set_new(status, "actions", actions);
	if (with_events) {
		put_hypotheses(status, view, &why.plan);
		json_object_set_new(status, "events", events_of(view));
	}
	return status;
}

/* In their places among the events of the run, by when they were seen last. */
static void merge(struct event **events, size_t *n,
		  const struct event *strangers, size_t n_strangers)
{
	*events = xrealloc(*events, (*n + n_strangers) * sizeof(**events));
	for (size_t i = n_strangers; i > 0; i--) {
		const struct event *stranger = &strangers[i - 1];
		size_t at = *n;

		while (at && (*events)[at - 1].at > stranger->last_at)
			at--;
		memmove(&(*events)[at + 1], &(*events)[at],
			(*n - at) * sizeof(**events));
		(*events)[at] = *stranger;
		(*n)++;
	}
}

/*
 * A machine that was started, and of which DHCP heard nothing: it may be in
 * the inventory by another MAC, or in another network than its rack is.
 */
static void look_around(struct store *store, struct run_view *view,
			struct event **events)
{
	AUTO_FREE struct event *strangers = NULL;
	struct why_scene scene;
	wall_ms until = view->now;
	wall_ms since;
	size_t n;

	why_scene(view, &scene);
	if (scene.phase != PHASE_FIRMWARE || scene.booted == view->n_events)
		return;
	since = (*events)[scene.booted].at;
	if (scene.end < view->n_events)
		until = (*events)[scene.end].at;
	if (view->run->dhcp_at >= since)
		return;
	n = event_strangers(store, since, until, MAX_STRANGERS, &strangers);
	view->segment =
		n || event_others(store, view->run->machine, since, until)
			? SEGMENT_HEARD
			: SEGMENT_SILENT;
	merge(events, &view->n_events, strangers, n);
	view->events = *events;
}

/* Of the worker that does the current action, or is to. */
static wall_ms heard_at(struct store *store, const struct run_view *view)
{
	const struct action *action =
		action_current(view->actions, view->n_actions);
	struct machine machine;
	struct err gone;

	if (view->run->ended_at || !view->run->hello_at || !action ||
	    machine_get(store, action->machine, &machine, &gone))
		return 0;
	return machine.heard_at;
}

static json_t *status_of(struct store *store, const struct run *run,
			 bool with_events)
{
	struct action *actions = NULL;
	struct event *events = NULL;
	struct run_view view = { .run = run, .now = store_now(store) };
	struct intent intent;
	json_t *status;

	view.n_actions = action_list(store, run->id, &actions);
	view.actions = actions;
	view.n_events = with_events
				? event_of_run(store, run->id, &events)
				: event_brief_of_run(store, run->id, &events);
	view.events = events;
	if (with_events) {
		look_around(store, &view, &events);
		view.heard_at = heard_at(store, &view);
		if (!run->ended_at && intent_last(store, run->id, &intent))
			view.intent = &intent;
	}
	status = run_view_status(&view, with_events);
	action_list_free(actions, view.n_actions);
	free(events);
	return status;
}

static json_t *envelope(const char *namespace, const char *name)
{
	json_t *out = json_object();

	put_text(out, "apiVersion", TOMTE_GROUP "/v1alpha1");
	put_text(out, "kind", "Run");
	json_put(out, "metadata.name", json_string(name));
	json_put(out, "metadata.namespace", json_string(namespace));
	return out;
}

static void put_spec(json_t *out, const char *workflow, const char *machine,
		     const char *template)
{
	json_put(out, "spec.workflow", json_string(workflow));
	if (machine && *machine)
		json_put(out, "spec.machine", json_string(machine));
	if (template && *template)
		json_put(out, "spec.template", json_string(template));
}

/* Of which nothing is known but the Workflow: it was refused, is disabled, or
 * not taken up yet. */
static json_t *run_of_workflow(const json_t *workflow)
{
	static const char *const kept[] = { "uid", "resourceVersion",
					    "creationTimestamp", "labels" };
	const char *name = json_str_at(workflow, "metadata.name");
	const char *state = json_str_at(workflow, "status.state");
	const char *cause =
		json_str_at(workflow, "status.conditions[0].message");
	bool failed = state && str_eq(state, "FAILED");
	struct run refused = { .phase = "queued" };
	struct run_view view = { .run = &refused };
	struct why_plan plan;
	json_t *status = json_object();
	json_t *out =
		envelope(json_str_at(workflow, "metadata.namespace"), name);
	json_t *metadata = json_object_get(out, "metadata");

	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		json_t *value = json_object_get(
			json_object_get(workflow, "metadata"), kept[i]);

		if (value)
			json_object_set(metadata, kept[i], value);
	}
	put_spec(out, name, json_str_at(workflow, "spec.hardwareRef"),
		 json_str_at(workflow, "spec.templateRef"));
	put_text(status, "phase", failed ? "ended" : "queued");
	put_text(status, "outcome", failed ? "failed" : "");
	put_text(status, "cause", failed && cause ? cause : "");
	if (failed && cause) {
		snprintf(refused.cause, sizeof(refused.cause), "%s", cause);
		why_plan(&view, &plan);
		put_advice(status, &plan);
		put_hypotheses(status, &view, &plan);
	}
	json_object_set_new(out, "status", status);
	return out;
}

/* Its Workflow may be gone. */
static json_t *run_of(struct store *store, int64_t id, bool with_events,
		      struct err *err)
{
	struct run run;
	struct err gone;
	AUTO_JSON json_t *workflow = NULL;
	json_t *out;
	json_t *metadata;
	json_t *labels;
	json_t *version;
	json_t *status;

	if (run_get(store, id, &run, err))
		return NULL;
	status = status_of(store, &run, with_events);
	out = envelope(run.namespace, run.name);
	metadata = json_object_get(out, "metadata");
	labels = run_labels(store, id);
	put_text(metadata, "uid", run.uid);
	put_time(metadata, "creationTimestamp", run.created_at);
	if (json_object_size(labels))
		json_object_set(metadata, "labels", labels);
	json_decref(labels);
	if (run.workflow)
		workflow = object_by_id(store, run.workflow, &gone);
	version = json_at(workflow, "metadata.resourceVersion");
	if (version)
		json_object_set(metadata, "resourceVersion", version);
	put_spec(out, json_str_at(workflow, "metadata.name"), run.machine_name,
		 run.template_name);
	if (!workflow)
		json_put(out, "spec.workflow", json_string(run.name));
	json_object_set_new(out, "status", status);
	return out;
}

static bool add(json_t *list, json_t *run)
{
	if (run)
		json_array_append_new(list, run);
	return run != NULL;
}

/* A Workflow without a run stands for it; else the newest of that name. */
static bool add_named(struct store *store, const char *namespace,
		      const char *name, json_t *list, struct err *err)
{
	struct object_key key = {
		.kind = kind_find(TINKERBELL_GROUP, "Workflow"),
		.namespace = namespace,
		.name = name,
	};
	struct err gone;
	AUTO_JSON json_t *workflow = object_get(store, &key, &gone);
	int64_t id = run_by_name(store, namespace, name);

	if (workflow && !run_by_workflow(store, object_id(store, &key)))
		return add(list, run_of_workflow(workflow));
	return !id || add(list, run_of(store, id, true, err));
}

static bool add_all(struct store *store, const char *namespace, json_t *list,
		    struct err *err)
{
	AUTO_FREE int64_t *runs = NULL;
	AUTO_FREE int64_t *workflows = NULL;
	size_t n = run_list(store, namespace, &runs);

	for (size_t i = 0; i < n; i++)
		if (!add(list, run_of(store, runs[i], false, err)))
			return false;
	n = run_missing(store, &workflows);
	for (size_t i = 0; i < n; i++) {
		AUTO_JSON json_t *workflow =
			object_by_id(store, workflows[i], err);
		const char *in = json_str_at(workflow, "metadata.namespace");

		if (!workflow)
			return false;
		if (!*namespace || str_eq(in, namespace))
			add(list, run_of_workflow(workflow));
	}
	return true;
}

json_t *run_view_list(struct store *store, const char *namespace,
		      const char *name, struct err *err)
{
	json_t *list = json_array();

	if (name ? add_named(store, namespace, name, list, err)
		 : add_all(store, namespace, list, err))
		return list;
	json_decref(list);
	return NULL;
}
