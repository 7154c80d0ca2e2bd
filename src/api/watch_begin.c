/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/watch.h"
#include "base/rng.h"
#include "base/str.h"

/*
 * How a watch begins: what was asked for, and what that means.
 */
#define TIMEOUT_S     1800 /* when the client names none, up to twice that */
#define MAX_TIMEOUT_S 86400

struct beginning {
	struct selector *selector;
	const char *since; /* NULL: from now on, with all there is before it */
	uint64_t version;
	mono_ms deadline;
	bool wants_state; /* by sendInitialEvents */
	bool refuses_state;
};

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

/* What may be asked of the state at the beginning, and what not. */
static int parse_state(const struct call *call, struct beginning *beginning,
		       struct err *err)
{
	const char *match = http_query(call->req, "resourceVersionMatch");
	const char *initial = http_query(call->req, "sendInitialEvents");

	beginning->wants_state = call_flag(call, "sendInitialEvents");
	beginning->refuses_state = initial && !beginning->wants_state;
	if (match && *match && !initial)
		return err_set(err, ERR_INVALID,
			       "resourceVersionMatch: Forbidden: it is "
			       "forbidden for watch unless sendInitialEvents "
			       "is provided");
	if (initial && (!match || !str_eq(match, "NotOlderThan")))
		return err_set(err, ERR_INVALID,
			       "resourceVersionMatch: Forbidden: "
			       "sendInitialEvents requires \"NotOlderThan\"");
	if (beginning->wants_state && !call_flag(call, "allowWatchBookmarks"))
		return err_set(err, ERR_INVALID,
			       "sendInitialEvents: Forbidden: without "
			       "allowWatchBookmarks its end could not be told");
	return 0;
}

static int parse(struct call *call, struct beginning *beginning,
		 struct err *err)
{
	const char *since = http_query(call->req, "resourceVersion");

	if (since && *since && !str_eq(since, "0"))
		beginning->since = since;
	if (beginning->since &&
	    !str_parse_u64(since, INT64_MAX, &beginning->version))
		return err_set(err, ERR_PROTOCOL,
			       "resourceVersion: \"%.40s\" is none of ours",
			       since);
	if (parse_state(call, beginning, err) ||
	    parse_timeout(call, &beginning->deadline, err))
		return -1;
	if (beginning->wants_state &&
	    read_check_reached(call, (int64_t)beginning->version, err))
		return -1;
	beginning->selector = make_selector(call, err);
	return beginning->selector ? 0 : -1;
}

static struct watch *watch_new(const struct call *call,
			       const struct beginning *beginning)
{
	struct watch *watch = xcalloc(1, sizeof(*watch));

	watch->hub = call->api->hub;
	watch->req = call->req;
	watch->kind = call->route.kind;
	watch->selector = beginning->selector;
	str_copy(watch->namespace, sizeof(watch->namespace),
		 call->route.namespace);
	watch->form = call_form(call);
	watch->reveals = call->reveals;
	watch->bookmarks = call_flag(call, "allowWatchBookmarks");
	watch->marks_initial = beginning->wants_state;
	watch->bookmark_at = clock_mono() + WATCH_BOOKMARK_MS;
	watch->deadline = beginning->deadline;
	watch->unsent_since = MONO_NEVER;
	hub_join(watch->hub, watch);
	return watch;
}

/*
 * What the client of a virtual kind knows already, or is sent now. When the
 * list has changed since its version, all of it is sent once more: too much
 * does no harm.
 */
static int begin_virtual(struct watch *watch, const struct beginning *beginning,
			 struct err *err)
{
	struct api *api = watch->hub->api;
	const char *type = beginning->since ? "MODIFIED" : "ADDED";
	AUTO_JSON json_t *list =
		read_list(api, watch->kind, watch->namespace, err);
	bool sends = beginning->wants_state;
	char version[24];
	const char *key;
	json_t *object;

	if (!list)
		return -1;
	watch->phase = WATCH_LIVE;
	read_version(api, watch->kind, list, version);
	watch->seen = watch_select(watch, list);
	if (beginning->wants_state)
		type = "ADDED";
	else if (beginning->since)
		sends = !str_eq(beginning->since, version);
	else
		sends = !beginning->refuses_state;
	if (sends)
		json_object_foreach (watch->seen, key, object)
			watch_send_object(watch, type, object);
	if (beginning->wants_state)
		watch_bookmark(watch, true);
	return 0;
}

static void begin_stored(struct watch *watch, const struct beginning *beginning)
{
	if (beginning->wants_state ||
	    (!beginning->since && !beginning->refuses_state)) {
		watch->phase = WATCH_INITIAL;
		watch->version = store_version(watch->hub->api->store);
		return;
	}
	watch->phase = WATCH_CATCHING;
	watch->version = beginning->since
				 ? (int64_t)beginning->version
				 : store_version(watch->hub->api->store);
}

int call_watch(struct call *call, struct err *err)
{
	struct beginning beginning = { 0 };
	struct watch *watch;

	if (hub_is_full(call->api->hub, err) || parse(call, &beginning, err))
		return -1;
	watch = watch_new(call, &beginning);
	watch_begin(watch);
	call->status = 200;
	http_on_gone(call->req, watch_on_gone, watch);
	http_on_drained(call->req, watch_on_drained, watch);
	http_stream_begin(call->req, 200, "application/json");
	if (!watch->kind->virtual)
		begin_stored(watch, &beginning);
	else if (begin_virtual(watch, &beginning, err))
		watch_fail(watch, err);
	watch_pump(watch);
	return 0;
}
