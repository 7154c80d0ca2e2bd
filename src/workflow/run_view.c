/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/run_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/object.h"
#include "workflow/plan.h"
#include "workflow/why.h"

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
	put_text(out, "image", action->image);
	put_text(out, "state", action->state);
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
			break;
		last = json_object();
		since = event->at;
		put_text(last, "name", event->message);
		put_time(last, "startedAt", event->at);
		json_array_append_new(list, last);
	}
	return list;
}

static json_t *events_of(const struct run_view *view)
{
	json_t *list = json_array();

	for (size_t i = 0; i < view->n_events; i++) {
		const struct event *event = &view->events[i];
		json_t *out = json_object();

		put_time(out, "at", event->at);
		json_object_set_new(out, "atMs", json_integer(event->at));
		put_text(out, "source", event->source);
		put_text(out, "kind", event->kind);
		put_text(out, "message", event->message);
		json_object_set_new(out, "count", json_integer(event->n));
		put_time(out, "lastAt", event->last_at);
		json_array_append_new(list, out);
	}
	return list;
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

json_t *run_view_status(const struct run_view *view, bool with_events)
{
	const struct run *run = view->run;
	const struct action *current =
		plan_current(view->actions, view->n_actions);
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
	why_find(view, &why);
	if (*run->cause) {
		put_text(status, "cause", run->cause);
		put_text(status, "failedIn", why_phase(view));
	}
	put_text(status, "lastSeen", why.last_seen);
	if (!run->ended_at)
		put_text(status, "expectedNext", why.expected);
	if (*why.advice)
		put_text(status, "advice", why.advice);
	if (current && !run->ended_at && str_eq(current->state, "RUNNING"))
		json_object_set_new(status, "progress", progress_of(current));
	put_digest(status, view);
	json_object_set_new(status, "phases", phases_of(view));
	for (size_t i = 0; i < view->n_actions; i++)
		json_array_append_new(actions, action_view(&view->actions[i]));
	json_object_set_new(status, "actions", actions);
	if (with_events)
		json_object_set_new(status, "events", events_of(view));
	return status;
}

static json_t *status_of(struct store *store, int64_t id, bool with_events,
			 struct err *err)
{
	struct run run;
	struct action *actions = NULL;
	struct event *events = NULL;
	struct intent intent;
	struct run_view view = { .run = &run, .now = store_now(store) };
	json_t *status;

	if (run_get(store, id, &run, err))
		return NULL;
	view.n_actions = action_list(store, id, &actions);
	view.actions = actions;
	view.n_events = event_of_run(store, id, &events);
	view.events = events;
	if (intent_last(store, id, &intent))
		view.intent = &intent;
	status = run_view_status(&view, with_events);
	action_list_free(actions, view.n_actions);
	free(events);
	return status;
}

static json_t *run_of(struct store *store, const json_t *workflow,
		      bool with_events, struct err *err)
{
	struct object_key key = {
		.kind = kind_find(TINKERBELL_GROUP, "Workflow"),
		.namespace = json_str_at(workflow, "metadata.namespace"),
		.name = json_str_at(workflow, "metadata.name"),
	};
	int64_t id = run_by_workflow(store, object_id(store, &key));
	static const char *const kept[] = { "name",
					    "namespace",
					    "uid",
					    "resourceVersion",
					    "creationTimestamp",
					    "labels" };
	json_t *out = json_object();
	json_t *metadata = json_object();
	json_t *status;

	put_text(out, "apiVersion", TOMTE_GROUP "/v1alpha1");
	put_text(out, "kind", "Run");
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		json_t *value = json_object_get(
			json_object_get(workflow, "metadata"), kept[i]);

		if (value)
			json_object_set(metadata, kept[i], value);
	}
	json_object_set_new(out, "metadata", metadata);
	json_put(out, "spec.workflow", json_string(key.name));
	json_put(out, "spec.machine",
		 json_string(json_str_at(workflow, "spec.hardwareRef")));
	json_put(out, "spec.template",
		 json_string(json_str_at(workflow, "spec.templateRef")));
	if (id) {
		status = status_of(store, id, with_events, err);
	} else { /* refused, disabled, or not taken up yet */
		const char *state = json_str_at(workflow, "status.state");
		const char *cause =
			json_str_at(workflow, "status.conditions[0].message");
		bool failed = state && str_eq(state, "FAILED");

		status = json_object();
		put_text(status, "phase", failed ? "ended" : "queued");
		put_text(status, "outcome", failed ? "failed" : "");
		put_text(status, "cause", failed && cause ? cause : "");
	}
	if (!status) {
		json_decref(out);
		return NULL;
	}
	json_object_set_new(out, "status", status);
	return out;
}

json_t *run_view_list(struct store *store, const char *namespace,
		      const char *name, struct err *err)
{
	const struct kind *kind = kind_find(TINKERBELL_GROUP, "Workflow");
	AUTO_JSON json_t *workflows = NULL;
	json_t *list = json_array();
	size_t i;
	json_t *workflow;

	workflows = object_list(store, kind, namespace, err);
	json_array_foreach (workflows, i, workflow) {
		json_t *run;

		if (name &&
		    !str_eq(json_str_at(workflow, "metadata.name"), name))
			continue;
		run = run_of(store, workflow, name != NULL, err);
		if (!run) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, run);
	}
	if (!workflows) {
		json_decref(list);
		return NULL;
	}
	return list;
}
