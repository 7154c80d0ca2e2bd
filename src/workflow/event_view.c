/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/event_view.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "store/event.h"
#include "store/object.h"
#include "store/run.h"

#define MAX_EVENTS 2000
#define MAX_PREFIX 200

/* Many events are of few machines: what they refer to is looked up once. */
struct references {
	struct store *store;
	json_t *known; /* {id: ObjectReference, or null} */
};

static void references_release(struct references *references)
{
	json_decref(references->known);
}

static void copy(json_t *to, const char *key, const json_t *object,
		 const char *path)
{
	const char *text = json_str_at(object, path);

	if (text)
		json_object_set_new(to, key, json_string(text));
}

/* The object with that id, as an Event refers to it; null: it is gone. */
static json_t *make_reference(struct store *store, int64_t id)
{
	struct err ignored;
	AUTO_JSON json_t *object = object_by_id(store, id, &ignored);
	json_t *reference;

	if (!object)
		return json_null();
	reference = json_object();
	copy(reference, "kind", object, "kind");
	copy(reference, "namespace", object, "metadata.namespace");
	copy(reference, "name", object, "metadata.name");
	copy(reference, "uid", object, "metadata.uid");
	copy(reference, "apiVersion", object, "apiVersion");
	return reference;
}

static json_t *refer(struct references *references, int64_t id)
{
	json_t *reference;
	char key[24];

	if (!id)
		return NULL;
	snprintf(key, sizeof(key), "%" PRId64, id);
	reference = json_object_get(references->known, key);
	if (!reference) {
		reference = make_reference(references->store, id);
		json_object_set_new(references->known, key, reference);
	}
	return json_is_object(reference) ? reference : NULL;
}

/* The Workflow of a run, kept as the objects are. */
static int64_t workflow_of(struct references *references, int64_t id)
{
	struct run run;
	struct err ignored;
	json_t *known;
	char key[32];

	if (!id)
		return 0;
	snprintf(key, sizeof(key), "run %" PRId64, id);
	known = json_object_get(references->known, key);
	if (known)
		return json_integer_value(known);
	if (run_get(references->store, id, &run, &ignored))
		run.workflow = 0;
	json_object_set_new(references->known, key, json_integer(run.workflow));
	return run.workflow;
}

static void put_time(json_t *object, const char *path, wall_ms at)
{
	char text[CLOCK_TEXT];

	clock_text(at, text);
	json_put(object, path, json_string(text));
}

/* As in Kubernetes: whose it is, and a number that makes it the only one. */
static void put_metadata(json_t *out, const struct event *event,
			 const json_t *involved)
{
	const char *namespace = json_str_at(involved, "namespace");
	const char *whose = json_str_at(involved, "name");
	char name[254];
	char uid[37];
	char version[24];

	snprintf(name, sizeof(name), "%.*s.%" PRIx64, MAX_PREFIX,
		 whose ? whose : "unknown", (uint64_t)event->id);
	snprintf(uid, sizeof(uid), "00000000-0000-4000-8000-%012" PRIx64,
		 (uint64_t)event->id & 0xffffffffffff);
	snprintf(version, sizeof(version), "%" PRId64, event->id);
	json_put(out, "metadata.name", json_string(name));
	json_put(out, "metadata.namespace",
		 json_string(namespace ? namespace : "default"));
	json_put(out, "metadata.uid", json_string(uid));
	json_put(out, "metadata.resourceVersion", json_string(version));
	put_time(out, "metadata.creationTimestamp", event->at);
}

static json_t *event_object(struct references *references,
			    const struct event *event)
{
	json_t *out = json_object();
	json_t *involved = refer(references, event->machine);
	json_t *related =
		refer(references, workflow_of(references, event->run));
	bool bad = str_eq(event->kind, "failed");

	json_put(out, "apiVersion", json_string("v1"));
	json_put(out, "kind", json_string("Event"));
	put_metadata(out, event, involved);
	json_put(out, "involvedObject",
		 involved ? json_incref(involved) : json_object());
	if (related)
		json_put(out, "related", json_incref(related));
	json_put(out, "source.component", json_string(event->source));
	json_put(out, "reportingComponent", json_string(event->source));
	json_put(out, "reason", json_string(event->kind));
	json_put(out, "message", json_string(event->message));
	json_put(out, "type", json_string(bad ? "Warning" : "Normal"));
	json_put(out, "count", json_integer(event->n));
	put_time(out, "firstTimestamp", event->at);
	put_time(out, "lastTimestamp", event->last_at);
	return out;
}

static bool is_asked(const json_t *object, const char *namespace,
		     const char *name)
{
	if (*namespace &&
	    !str_eq(json_str_at(object, "metadata.namespace"), namespace))
		return false;
	return !name || str_eq(json_str_at(object, "metadata.name"), name);
}

json_t *event_view_list(struct store *store, const char *namespace,
			const char *name, struct err *err)
{
	CLEANUP(references_release)
	struct references references = { store, json_object() };
	AUTO_FREE struct event *events = NULL;
	size_t n = event_newest(store, MAX_EVENTS, &events);
	json_t *list = json_array();

	(void)err;
	for (size_t i = 0; i < n; i++) {
		json_t *object = event_object(&references, &events[i]);

		if (is_asked(object, namespace, name))
			json_array_append(list, object);
		json_decref(object);
	}
	return list;
}
