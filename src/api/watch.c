/* SPDX-License-Identifier: Apache-2.0 */
#include "api/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/status_wire.h"
#include "base/str.h"

/*
 * What one client gets: its stream, and what it has seen so far.
 *
 * A label may come and go, so an object can enter a selection (ADDED) and
 * leave it (DELETED) while it lives. The log has the labels before each
 * change.
 */
#define STALLED_MS 30000
/* What may wait for a client; more comes from the log when that has left. Of
 * the state less, for it is read from the store: others are to have their
 * turn when many begin at once. */
#define MAX_UNSENT       (256UL * 1024)
#define MAX_UNSENT_STATE (16UL * 1024)
#define CHANGES          64 /* read at once */
#define MAX_LINE         (16UL * 1024 * 1024)

static void watch_free(struct watch *watch)
{
	list_remove(&watch->link);
	hub_left(watch->hub);
	selector_free(watch->selector);
	json_decref(watch->seen);
	free(watch);
}

void watch_on_gone(void *arg)
{
	struct watch *watch = arg;

	watch->req = NULL;
	if (!watch->busy)
		watch_free(watch);
}

/* The stream ends; the watch is freed by whoever is busy with it. */
static void end(struct watch *watch)
{
	struct http_request *req = watch->req;

	if (!req)
		return;
	watch->req = NULL;
	http_on_gone(req, NULL, NULL);
	http_on_drained(req, NULL, NULL);
	http_stream_end(req);
}

void watch_begin(struct watch *watch)
{
	watch->busy = true;
}

void watch_settle(struct watch *watch)
{
	watch->busy = false;
	if (!watch->req)
		watch_free(watch);
}

void watch_end(struct watch *watch)
{
	watch_begin(watch);
	end(watch);
	watch_settle(watch);
}

bool watch_has_room(const struct watch *watch)
{
	size_t most =
		watch->phase == WATCH_INITIAL ? MAX_UNSENT_STATE : MAX_UNSENT;

	return watch->req && http_stream_unsent(watch->req) <= most;
}

void watch_send(struct watch *watch, const char *line, size_t len)
{
	if (!watch->req)
		return;
	if (watch->unsent_since == MONO_NEVER)
		watch->unsent_since = clock_mono();
	http_stream_add(watch->req, line, len);
}

static void send_json(struct watch *watch, const char *type,
		      const json_t *value)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT(MAX_LINE);
	AUTO_FREE char *text = json_text(value);

	buf_printf(&line, "{\"type\":\"%s\",\"object\":", type);
	buf_adds(&line, text);
	buf_adds(&line, "}\n");
	watch_send(watch, line.base, line.len);
}

void watch_send_object(struct watch *watch, const char *type, json_t *object)
{
	struct store *store = watch->hub->api->store;
	const char *version = json_str_at(object, "metadata.resourceVersion");
	bool reveals = watch->reveals && !str_eq(type, "BOOKMARK");
	struct err err;
	AUTO_JSON json_t *shown = reveals ? secret_shown(store, object, &err)
					  : json_incref(object);
	AUTO_JSON json_t *answer = NULL;

	if (!shown) {
		watch_fail(watch, &err);
		return;
	}
	answer = answer_one(&watch->form, watch->kind, shown,
			    version ? version : "", store_now(store));
	send_json(watch, type, answer);
}

void watch_fail(struct watch *watch, const struct err *err)
{
	AUTO_JSON json_t *status =
		status_failure(err, status_code(err), NULL, NULL);

	send_json(watch, "ERROR", status);
	end(watch);
}

const char *watch_type(const struct watch *watch, const char *type,
		       const json_t *object, const json_t *before)
{
	const char *namespace = json_str_at(object, "metadata.namespace");
	bool matches;
	bool matched;

	if (*watch->namespace &&
	    (!namespace || !str_eq(namespace, watch->namespace)))
		return NULL;
	if (selector_is_empty(watch->selector))
		return type;
	matches = selector_match(watch->selector, object);
	if (!str_eq(type, "MODIFIED"))
		return matches ? type : NULL;
	matched = selector_match(watch->selector, before);
	if (matches)
		return matched ? type : "ADDED";
	return matched ? "DELETED" : NULL;
}

static void key_of(const json_t *object, char *out, size_t size)
{
	const char *namespace = json_str_at(object, "metadata.namespace");
	const char *name = json_str_at(object, "metadata.name");

	snprintf(out, size, "%s/%s", namespace ? namespace : "",
		 name ? name : "");
}

json_t *watch_select(const struct watch *watch, const json_t *list)
{
	/* Events are listed with the newest first, and told as they came. */
	bool backwards = str_eq(watch->kind->kind, "Event");
	json_t *selected = json_object();
	size_t n = json_array_size(list);
	char key[400];

	for (size_t i = 0; i < n; i++) {
		json_t *object =
			json_array_get(list, backwards ? n - 1 - i : i);

		if (!selector_match(watch->selector, object))
			continue;
		key_of(object, key, sizeof(key));
		json_object_set(selected, key, object);
	}
	return selected;
}

void watch_compare(struct watch *watch, const json_t *list)
{
	json_t *now = watch_select(watch, list);
	json_t *object;
	const char *key;

	json_object_foreach (watch->seen, key, object)
		if (!json_object_get(now, key))
			watch_send_object(watch, "DELETED", object);
	json_object_foreach (now, key, object) {
		const json_t *before = json_object_get(watch->seen, key);

		if (!before || !json_equal(before, object))
			watch_send_object(watch, before ? "MODIFIED" : "ADDED",
					  object);
	}
	json_decref(watch->seen);
	watch->seen = now;
}

/* The version that a client may resume from. */
static int find_version(struct watch *watch, char out[24], struct err *err)
{
	const struct hub *hub = watch->hub;
	int64_t version = watch->version;
	AUTO_JSON json_t *list = NULL;

	if (!watch->kind->virtual) {
		if (watch->phase == WATCH_LIVE && version < hub->published)
			version = hub->published;
		snprintf(out, 24, "%" PRId64, version);
		return 0;
	}
	list = read_list(hub->api, watch->kind, watch->namespace, err);
	if (!list)
		return -1;
	read_version(hub->api, watch->kind, list, out);
	return 0;
}

void watch_bookmark(struct watch *watch, bool initial_end)
{
	AUTO_JSON json_t *object = json_object();
	json_t *annotations;
	char api_version[64];
	char version[24];
	struct err ignored;

	watch->bookmark_at = clock_mono() + WATCH_BOOKMARK_MS;
	if (find_version(watch, version, &ignored))
		return;
	kind_api_version(watch->kind, api_version, sizeof(api_version));
	json_put(object, "kind", json_string(watch->kind->kind));
	json_put(object, "apiVersion", json_string(api_version));
	json_put(object, "metadata.resourceVersion", json_string(version));
	json_put(object, "metadata.creationTimestamp", json_null());
	if (initial_end) {
		annotations = json_object();
		json_object_set_new(annotations, "k8s.io/initial-events-end",
				    json_string("true"));
		json_put(object, "metadata.annotations", annotations);
	}
	watch_send_object(watch, "BOOKMARK", object);
}

static bool send_initial(void *arg, json_t *object)
{
	struct watch *watch = arg;
	const char *namespace = json_str_at(object, "metadata.namespace");
	const char *name = json_str_at(object, "metadata.name");

	if (!watch_has_room(watch))
		return false;
	str_copy(watch->after_namespace, sizeof(watch->after_namespace),
		 namespace ? namespace : "");
	str_copy(watch->after_name, sizeof(watch->after_name),
		 name ? name : "");
	if (!selector_match(watch->selector, object))
		return true;
	read_finish(watch->hub->api, watch->kind, object);
	watch_send_object(watch, "ADDED", object);
	return true;
}

/* The state of its version, from where it stopped. */
static int pump_initial(struct watch *watch, struct err *err)
{
	struct object_query query = {
		.kind = watch->kind,
		.namespace = watch->namespace,
		.version = watch->version,
		.after_namespace = watch->after_namespace,
		.after_name = watch->after_name,
	};

	read_hint(watch->selector, &query);
	if (object_each(watch->hub->api->store, &query, send_initial, watch,
			err))
		return -1;
	if (!watch_has_room(watch))
		return 0;
	watch->phase = WATCH_CATCHING;
	if (watch->marks_initial)
		watch_bookmark(watch, true);
	return 0;
}

/* The next changes of the log. */
static int pump_changes(struct watch *watch, struct err *err)
{
	struct store *store = watch->hub->api->store;
	AUTO_JSON json_t *changes =
		change_since(store, watch->kind, watch->version, CHANGES, err);
	size_t index;
	json_t *value;

	if (!changes)
		return -1;
	json_array_foreach (changes, index, value) {
		struct watch_change *change =
			watch_change_new(watch->hub, value);

		watch_change_give(change, watch);
		watch_change_free(change);
	}
	if (json_array_size(changes) == CHANGES)
		return 0;
	/* It has all of its kind, and so all there is. */
	watch->version = store_version(store);
	watch->phase = WATCH_LIVE;
	return 0;
}

void watch_pump(struct watch *watch)
{
	struct err err;

	watch_begin(watch);
	while (watch->phase != WATCH_LIVE && watch_has_room(watch))
		if (watch->phase == WATCH_INITIAL ? pump_initial(watch, &err)
						  : pump_changes(watch, &err))
			watch_fail(watch, &err);
	watch_settle(watch);
}

void watch_on_drained(void *arg)
{
	struct watch *watch = arg;

	watch->unsent_since = MONO_NEVER;
	if (!watch->busy)
		watch_pump(watch);
}

void watch_tick(struct watch *watch, mono_ms now)
{
	bool over = now >= watch->deadline;
	bool live = watch->phase == WATCH_LIVE;

	if (watch->unsent_since != MONO_NEVER && watch->req &&
	    now - watch->unsent_since > STALLED_MS) {
		http_stream_abort(watch->req);
		return;
	}
	/* At its end too, so that the next one need not begin far behind. */
	if (watch->bookmarks && live && (over || now >= watch->bookmark_at))
		watch_bookmark(watch, false);
	if (over)
		end(watch);
}
