/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/selector_plan.h"
#include "api/status_wire.h"
#include "api/table_wire.h"
#include "base/rng.h"
#include "base/str.h"

/*
 * DOC: watches.
 *
 * A watch is a stream of events after a version. Kinds that are stored are
 * read from the log of changes, after each commit; virtual kinds are listed
 * once a second while somebody watches, and compared with what was sent.
 *
 * A label may come and go, so an object can enter a selection (ADDED) and
 * leave it (DELETED) while it lives. The log has the labels before each
 * change; of virtual kinds `seen` has what was sent, {key: object}.
 */

#define MAX_WATCHES   256
#define CHANGES       500 /* read at once */
#define TICK_MS       1000
#define BOOKMARK_MS   60000
#define TIMEOUT_S     1800 /* when the client names none, up to twice that */
#define MAX_TIMEOUT_S 86400
#define MAX_LINE      (8 * 1024 * 1024)

struct watch {
	struct list link;
	struct api *api;
	struct http_request *req; /* NULL: the client has left */
	const struct kind *kind;
	char namespace[64];
	struct selector *selector;
	bool table;
	enum table_include include;
	bool bookmarks;
	bool reveals; /* values of Secrets */
	bool busy;    /* being fed: on_gone leaves the freeing to the feeder */
	int64_t version;
	json_t *seen;
	mono_ms bookmark_at;
	mono_ms deadline;
};

/* What was read for one watch of a walk and suits the next as well. */
struct pass {
	const struct kind *kind;
	char namespace[64];
	int64_t version;
	json_t *list;
};

static void on_tick(void *arg);

static void pass_release(struct pass *pass)
{
	json_decref(pass->list);
}

static void watch_free(struct watch *watch)
{
	list_remove(&watch->link);
	watch->api->n_watches--;
	selector_free(watch->selector);
	json_decref(watch->seen);
	free(watch);
}

static void on_gone(void *arg)
{
	struct watch *watch = arg;

	watch->req = NULL;
	if (!watch->busy)
		watch_free(watch);
}

/* Ends the stream; the watch is freed by whoever is busy with it. */
static void end(struct watch *watch)
{
	struct http_request *req = watch->req;

	if (!req)
		return;
	watch->req = NULL;
	http_on_gone(req, NULL, NULL);
	http_stream_end(req);
}

static void send_event(struct watch *watch, const char *type, json_t *object)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT(MAX_LINE);
	AUTO_FREE char *text = json_text(object);

	if (!watch->req)
		return;
	buf_printf(&line, "{\"type\":\"%s\",\"object\":", type);
	buf_adds(&line, text);
	buf_adds(&line, "}\n");
	if (line.overflow)
		end(watch);
	else
		http_stream_add(watch->req, line.base, line.len);
}

/* As the client wants to see it. */
static void send_shown(struct watch *watch, const char *type, json_t *object)
{
	const char *version = json_str_at(object, "metadata.resourceVersion");
	AUTO_JSON json_t *items = NULL;
	AUTO_JSON json_t *table = NULL;

	if (!watch->table) {
		send_event(watch, type, object);
		return;
	}
	items = json_array();
	json_array_append(items, object);
	table = table_render(watch->kind, items, watch->include,
			     version ? version : "",
			     store_now(watch->api->store));
	send_event(watch, type, table);
}

static void send_error(struct watch *watch, const struct err *err)
{
	AUTO_JSON json_t *status =
		status_failure(err, status_code(err), NULL, NULL);

	send_event(watch, "ERROR", status);
	end(watch);
}

/* As they may see it. A bookmark is no object. */
static void send_object(struct watch *watch, const char *type, json_t *object)
{
	AUTO_JSON json_t *shown = NULL;
	struct err err;

	if (!watch->reveals || str_eq(type, "BOOKMARK")) {
		send_shown(watch, type, object);
		return;
	}
	shown = secret_shown(watch->api->store, object, &err);
	if (shown)
		send_shown(watch, type, shown);
	else
		send_error(watch, &err);
}

static void key_of(const json_t *object, char *out, size_t size)
{
	const char *namespace = json_str_at(object, "metadata.namespace");
	const char *name = json_str_at(object, "metadata.name");

	snprintf(out, size, "%s/%s", namespace ? namespace : "",
		 name ? name : "");
}

static bool in_namespace(const struct watch *watch, const json_t *object)
{
	const char *namespace = json_str_at(object, "metadata.namespace");

	return !*watch->namespace ||
	       (namespace && str_eq(namespace, watch->namespace));
}

static void feed_change(struct watch *watch, const json_t *change)
{
	json_t *object = json_object_get(change, "object");
	const char *type = json_str_at(change, "type");
	bool matches = selector_match(watch->selector, object);
	bool matched = selector_match(watch->selector,
				      json_object_get(change, "before"));

	if (!in_namespace(watch, object))
		return;
	if (!str_eq(type, "MODIFIED")) {
		if (matches)
			send_object(watch, type, object);
	} else if (matches) {
		send_object(watch, matched ? type : "ADDED", object);
	} else if (matched) {
		send_object(watch, "DELETED", object);
	}
}

static json_t *pass_changes(struct pass *pass, const struct watch *watch,
			    struct err *err)
{
	if (pass->list && pass->kind == watch->kind &&
	    pass->version == watch->version)
		return pass->list;
	json_decref(pass->list);
	pass->kind = watch->kind;
	pass->version = watch->version;
	pass->list = change_since(watch->api->store, watch->kind,
				  watch->version, CHANGES, err);
	return pass->list;
}

static void feed_stored(struct watch *watch, struct pass *pass)
{
	size_t n = CHANGES;
	size_t index;
	json_t *change;
	struct err err;

	while (n == CHANGES && watch->req) {
		const json_t *changes = pass_changes(pass, watch, &err);

		if (!changes) {
			send_error(watch, &err);
			return;
		}
		n = json_array_size(changes);
		json_array_foreach (changes, index, change) {
			watch->version = json_int_at(change, "version", 0);
			feed_change(watch, change);
		}
	}
	watch->version = store_version(watch->api->store);
}

static json_t *pass_list(struct pass *pass, const struct watch *watch,
			 struct err *err)
{
	if (pass->list && pass->kind == watch->kind &&
	    str_eq(pass->namespace, watch->namespace))
		return pass->list;
	json_decref(pass->list);
	pass->kind = watch->kind;
	str_copy(pass->namespace, sizeof(pass->namespace), watch->namespace);
	pass->list = read_list(watch->api, watch->kind, watch->namespace, err);
	return pass->list;
}

/* {key: object} of those that are selected. */
static json_t *select_by_key(const struct watch *watch, const json_t *list)
{
	json_t *selected = json_object();
	size_t index;
	json_t *object;
	char key[400];

	json_array_foreach (list, index, object) {
		if (!selector_match(watch->selector, object))
			continue;
		key_of(object, key, sizeof(key));
		json_object_set(selected, key, object);
	}
	return selected;
}

static void feed_virtual(struct watch *watch, struct pass *pass)
{
	struct err err;
	const json_t *list = pass_list(pass, watch, &err);
	json_t *now;
	json_t *object;
	const char *key;

	if (!list) {
		send_error(watch, &err);
		return;
	}
	now = select_by_key(watch, list);
	json_object_foreach (watch->seen, key, object)
		if (!json_object_get(now, key))
			send_object(watch, "DELETED", object);
	json_object_foreach (now, key, object) {
		const json_t *before = json_object_get(watch->seen, key);

		if (!before || !json_equal(before, object))
			send_object(watch, before ? "MODIFIED" : "ADDED",
				    object);
	}
	json_decref(watch->seen);
	watch->seen = now;
}

/* The version that a client may resume from. */
static int find_version(struct watch *watch, char out[24], struct err *err)
{
	AUTO_JSON json_t *list = NULL;

	if (!watch->kind->virtual) {
		snprintf(out, 24, "%" PRId64, watch->version);
		return 0;
	}
	list = read_list(watch->api, watch->kind, watch->namespace, err);
	if (!list)
		return -1;
	read_version(watch->api, watch->kind, list, out);
	return 0;
}

static void send_bookmark(struct watch *watch, bool initial_end)
{
	AUTO_JSON json_t *object = json_object();
	json_t *annotations;
	char api_version[64];
	char version[24];
	struct err ignored;

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
	send_object(watch, "BOOKMARK", object);
	watch->bookmark_at = clock_mono() + BOOKMARK_MS;
}

static void watch_feed(struct watch *watch, struct pass *pass)
{
	watch->busy = true;
	if (watch->kind->virtual)
		feed_virtual(watch, pass);
	else
		feed_stored(watch, pass);
	if (watch->req && watch->bookmarks &&
	    clock_mono() >= watch->bookmark_at)
		send_bookmark(watch, false);
	if (clock_mono() >= watch->deadline)
		end(watch);
	watch->busy = false;
	if (!watch->req)
		watch_free(watch);
}

void api_published(struct api *api)
{
	CLEANUP(pass_release) struct pass pass = { 0 };

	list_for_each (at, &api->watches) {
		struct watch *watch = list_item(at, struct watch, link);

		if (!watch->kind->virtual)
			watch_feed(watch, &pass);
	}
}

static void arm(struct api *api)
{
	if (!api->tick)
		api->tick = loop_timer_new(api->loop, on_tick, api);
	loop_timer_at(api->tick, list_empty(&api->watches)
					 ? MONO_NEVER
					 : clock_mono() + TICK_MS);
}

static void on_tick(void *arg)
{
	struct api *api = arg;
	CLEANUP(pass_release) struct pass pass = { 0 };

	list_for_each (at, &api->watches)
		watch_feed(list_item(at, struct watch, link), &pass);
	arm(api);
}

void watch_end_all(struct api *api)
{
	list_for_each (at, &api->watches) {
		struct watch *watch = list_item(at, struct watch, link);

		end(watch);
		watch_free(watch);
	}
}

/* The state at the start, sent as ADDED events. */
static int send_all(struct watch *watch, struct err *err)
{
	AUTO_JSON json_t *list =
		read_list(watch->api, watch->kind, watch->namespace, err);
	size_t index;
	json_t *object;

	if (!list)
		return -1;
	json_array_foreach (list, index, object)
		if (selector_match(watch->selector, object))
			send_object(watch, "ADDED", object);
	return 0;
}

/*
 * What the client knows already. When the list has changed since, all of it
 * is sent once more: too much does no harm.
 */
static int remember_virtual(struct watch *watch, const char *since,
			    struct err *err)
{
	AUTO_JSON json_t *list =
		read_list(watch->api, watch->kind, watch->namespace, err);
	char version[24];
	const char *key;
	json_t *object;

	if (!list)
		return -1;
	read_version(watch->api, watch->kind, list, version);
	watch->seen = select_by_key(watch, list);
	if (since && !str_eq(since, version))
		json_object_foreach (watch->seen, key, object)
			send_object(watch, "MODIFIED", object);
	return 0;
}

static int parse_timeout(const struct call *call, mono_ms *deadline,
			 struct err *err)
{
	const char *text = http_query(call->req, "timeoutSeconds");
	struct rng rng = rng_system();
	uint32_t seconds = TIMEOUT_S + (uint32_t)(rng_u64(&rng) % TIMEOUT_S);

	if (text && *text && !str_parse_u32(text, MAX_TIMEOUT_S, &seconds))
		return err_set(err, ERR_PROTOCOL,
			       "timeoutSeconds: a number up to %d is expected",
			       MAX_TIMEOUT_S);
	*deadline = clock_mono() + (mono_ms)seconds * 1000;
	return 0;
}

/* By the query; a name in the path is a field selector. */
static struct selector *make_selector(const struct call *call, struct err *err)
{
	const char *fields = http_query(call->req, "fieldSelector");
	AUTO_FREE char *both = NULL;

	if (*call->route.name)
		both = xasprintf("metadata.name=%s%s%s", call->route.name,
				 fields && *fields ? "," : "",
				 fields ? fields : "");
	return selector_new(http_query(call->req, "labelSelector"),
			    both ? both : fields, err);
}

/* Sends what comes first: the state, or what happened since a version. */
static int begin(struct watch *watch, const struct call *call,
		 const char *since, struct err *err)
{
	bool wants_state = call_flag(call, "sendInitialEvents");
	bool refuses =
		!wants_state && http_query(call->req, "sendInitialEvents");

	if (!since)
		watch->version = store_version(call->api->store);
	if (!since && !refuses)
		wants_state = true;
	if (wants_state) {
		watch->version = store_version(call->api->store);
		if (send_all(watch, err))
			return -1;
		since = NULL;
	}
	if (watch->kind->virtual && remember_virtual(watch, since, err))
		return -1;
	if (call_flag(call, "sendInitialEvents") && watch->bookmarks)
		send_bookmark(watch, true);
	return 0;
}

static struct watch *watch_new(const struct call *call,
			       struct selector *selector)
{
	struct watch *watch = xcalloc(1, sizeof(*watch));
	struct api *api = call->api;

	watch->api = api;
	watch->req = call->req;
	watch->kind = call->route.kind;
	watch->selector = selector;
	str_copy(watch->namespace, sizeof(watch->namespace),
		 call->route.namespace);
	watch->table = table_wanted(http_header(call->req, "Accept"));
	watch->include =
		table_include_of(http_query(call->req, "includeObject"));
	watch->bookmarks = call_flag(call, "allowWatchBookmarks");
	watch->reveals = call->reveals;
	watch->bookmark_at = clock_mono() + BOOKMARK_MS;
	list_add_tail(&api->watches, &watch->link);
	api->n_watches++;
	return watch;
}

int call_watch(struct call *call, struct err *err)
{
	const char *since = http_query(call->req, "resourceVersion");
	CLEANUP(pass_release) struct pass pass = { 0 };
	struct selector *selector;
	struct watch *watch;
	uint64_t version = 0;
	mono_ms deadline;

	if (call->api->n_watches >= MAX_WATCHES)
		return err_set(err, ERR_BUSY, "over %d watches", MAX_WATCHES);
	if (since && (!*since || str_eq(since, "0")))
		since = NULL;
	if (since && !str_parse_u64(since, INT64_MAX, &version))
		return err_set(err, ERR_PROTOCOL,
			       "resourceVersion: \"%.40s\" is none of ours",
			       since);
	if (parse_timeout(call, &deadline, err))
		return -1;
	selector = make_selector(call, err);
	if (!selector)
		return -1;
	watch = watch_new(call, selector);
	watch->deadline = deadline;
	watch->version = (int64_t)version;
	watch->busy = true;
	call->status = 200;
	http_on_gone(call->req, on_gone, watch);
	http_stream_begin(call->req, 200, "application/json");
	if (begin(watch, call, since, err))
		send_error(watch, err);
	watch_feed(watch, &pass);
	arm(call->api);
	return 0;
}
