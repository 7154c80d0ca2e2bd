/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/watch.h"
#include "base/str.h"

/* Each is a connection too, of which the listener has its own bound. */
#define MAX_WATCHES 16384
#define CHANGES     500 /* read at once */
#define TICK_MS     1000
#define MAX_LINE    (16UL * 1024 * 1024)

/* What a change may be to a watch, and so what its line says. */
static const char *const types[] = { "ADDED", "MODIFIED", "DELETED" };

struct watch_change {
	const struct hub *hub;
	const struct kind *kind;
	const char *type;
	int64_t version;
	json_t *value;  /* as change_since gives it */
	json_t *object; /* in it */
	/* Without the values of a Secret, and with them. */
	struct buf lines[ARRAY_LEN(types)][ANSWER_N_FORMS][2];
};

static void on_tick(void *arg);

struct hub *hub_new(struct api *api)
{
	struct hub *hub = xcalloc(1, sizeof(*hub));

	hub->api = api;
	hub->by_kind = xcalloc(n_kinds, sizeof(*hub->by_kind));
	for (size_t i = 0; i < n_kinds; i++)
		list_init(&hub->by_kind[i]);
	hub->published = store_version(api->store);
	hub->tick = loop_timer_new(api->loop, on_tick, hub);
	return hub;
}

void hub_free(struct hub *hub)
{
	if (!hub)
		return;
	for (size_t i = 0; i < n_kinds; i++)
		list_for_each (at, &hub->by_kind[i])
			watch_end(list_item(at, struct watch, link));
	loop_timer_free(hub->tick);
	free(hub->by_kind);
	free(hub);
}

int hub_is_full(const struct hub *hub, struct err *err)
{
	if (hub->n < MAX_WATCHES)
		return 0;
	return err_set(err, ERR_BUSY, "over %d watches", MAX_WATCHES);
}

static struct list *watches_of(const struct hub *hub, const struct kind *kind)
{
	return &hub->by_kind[kind - kinds];
}

void hub_join(struct hub *hub, struct watch *watch)
{
	list_add_tail(watches_of(hub, watch->kind), &watch->link);
	if (!hub->n++)
		loop_timer_at(hub->tick, clock_mono() + TICK_MS);
}

void hub_left(struct hub *hub)
{
	if (!--hub->n)
		loop_timer_at(hub->tick, MONO_NEVER);
}

struct watch_change *watch_change_new(const struct hub *hub,
				      const json_t *value)
{
	struct watch_change *change = xcalloc(1, sizeof(*change));

	change->hub = hub;
	change->kind = kind_find(json_str_at(value, "group"),
				 json_str_at(value, "kind"));
	change->type = json_str_at(value, "type");
	change->version = json_int_at(value, "version", 0);
	change->value = json_incref((json_t *)(uintptr_t)value);
	change->object = json_object_get(value, "object");
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		for (size_t k = 0; k < ANSWER_N_FORMS; k++) {
			buf_init(&change->lines[i][k][0], MAX_LINE);
			buf_init(&change->lines[i][k][1], MAX_LINE);
		}
	if (change->kind)
		read_finish(hub->api, change->kind, change->object);
	return change;
}

void watch_change_free(struct watch_change *change)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		for (size_t k = 0; k < ANSWER_N_FORMS; k++) {
			buf_release(&change->lines[i][k][0]);
			secret_release(&change->lines[i][k][1]);
		}
	json_decref(change->value);
	free(change);
}

/* Made for the first watch that wants it so. NULL: see err. */
static const struct buf *line_of(struct watch_change *change, const char *type,
				 const struct watch *watch, struct err *err)
{
	const struct answer_form *form = &watch->form;
	struct store *store = change->hub->api->store;
	const char *version =
		json_str_at(change->object, "metadata.resourceVersion");
	AUTO_JSON json_t *shown = NULL;
	AUTO_JSON json_t *answer = NULL;
	AUTO_FREE char *text = NULL;
	struct buf *line;
	size_t i = 0;

	while (!str_eq(types[i], type))
		i++;
	line = &change->lines[i][answer_form_index(form)][watch->reveals];
	if (line->len)
		return line;
	shown = watch->reveals ? secret_shown(store, change->object, err)
			       : json_incref(change->object);
	if (!shown)
		return NULL;
	answer = answer_one(form, change->kind, shown, version ? version : "",
			    store_now(store));
	text = json_text(answer);
	buf_printf(line, "{\"type\":\"%s\",\"object\":", type);
	buf_adds(line, text);
	buf_adds(line, "}\n");
	return line;
}

void watch_change_give(struct watch_change *change, struct watch *watch)
{
	const json_t *before = json_object_get(change->value, "before");
	const struct buf *line;
	const char *type;
	struct err err;

	if (change->version <= watch->version)
		return;
	watch->version = change->version;
	type = watch_type(watch, change->type, change->object, before);
	if (!type)
		return;
	line = line_of(change, type, watch, &err);
	if (line)
		watch_send(watch, line->base, line->len);
	else
		watch_fail(watch, &err);
}

/* Who has no room for it reads it from the log later. */
static void give_all(struct hub *hub, const json_t *value)
{
	const struct kind *kind = kind_find(json_str_at(value, "group"),
					    json_str_at(value, "kind"));
	struct watch_change *change;

	if (!kind || list_empty(watches_of(hub, kind)))
		return;
	change = watch_change_new(hub, value);
	list_for_each (at, watches_of(hub, kind)) {
		struct watch *watch = list_item(at, struct watch, link);

		if (watch->phase != WATCH_LIVE)
			continue;
		watch_begin(watch);
		if (watch_has_room(watch))
			watch_change_give(change, watch);
		else
			watch->phase = WATCH_CATCHING;
		watch_settle(watch);
	}
	watch_change_free(change);
}

static bool anybody_watches(const struct hub *hub)
{
	for (size_t i = 0; i < n_kinds; i++)
		if (!kinds[i].virtual && !list_empty(&hub->by_kind[i]))
			return true;
	return false;
}

/* Those who have seen less than all start anew. */
static void fail_all(struct hub *hub, const struct err *err)
{
	for (size_t i = 0; i < n_kinds; i++) {
		if (kinds[i].virtual)
			continue;
		list_for_each (at, &hub->by_kind[i]) {
			struct watch *watch = list_item(at, struct watch, link);

			watch_begin(watch);
			if (watch->phase == WATCH_LIVE)
				watch_fail(watch, err);
			watch_settle(watch);
		}
	}
}

/* All that is in the log now is on disk. */
static void give_news(struct hub *hub, int64_t newest)
{
	size_t n = CHANGES;
	size_t index;
	json_t *value;
	struct err err;

	while (n == CHANGES) {
		AUTO_JSON json_t *changes = change_since(
			hub->api->store, NULL, hub->published, CHANGES, &err);

		if (!changes) {
			fail_all(hub, &err);
			break;
		}
		n = json_array_size(changes);
		json_array_foreach (changes, index, value) {
			hub->published = json_int_at(value, "version", 0);
			give_all(hub, value);
		}
	}
	hub->published = newest;
}

void hub_published(struct hub *hub)
{
	int64_t newest = store_version(hub->api->store);

	if (newest == hub->published)
		return;
	if (anybody_watches(hub))
		give_news(hub, newest);
	else
		hub->published = newest;
}

/* Runs have clocks in them and change by themselves; what else is made of
 * rows changes with a commit at most. */
static bool may_differ(const struct hub *hub, const struct kind *kind,
		       uint64_t n_commits)
{
	if (!kind->virtual || (kind->cluster && !token_is_kind(kind)))
		return false;
	return (!kind->mixed && !kind->cluster) || hub->n_commits != n_commits;
}

/* Watches of one namespace share what was listed for the first of them. */
static void compare_all(struct hub *hub, const struct kind *kind)
{
	AUTO_JSON json_t *list = NULL;
	char namespace[64] = "";
	struct err err;

	list_for_each (at, watches_of(hub, kind)) {
		struct watch *watch = list_item(at, struct watch, link);

		if (list && !str_eq(namespace, watch->namespace)) {
			json_decref(list);
			list = NULL;
		}
		str_copy(namespace, sizeof(namespace), watch->namespace);
		if (!list)
			list = read_list(hub->api, kind, namespace, &err);
		watch_begin(watch);
		if (list)
			watch_compare(watch, list);
		else
			watch_fail(watch, &err);
		watch_settle(watch);
	}
}

static void on_tick(void *arg)
{
	struct hub *hub = arg;
	uint64_t n_commits = store_n_commits(hub->api->store);
	mono_ms now = clock_mono();

	for (size_t i = 0; i < n_kinds; i++) {
		if (may_differ(hub, &kinds[i], n_commits))
			compare_all(hub, &kinds[i]);
		list_for_each (at, &hub->by_kind[i]) {
			struct watch *watch = list_item(at, struct watch, link);

			watch_begin(watch);
			watch_tick(watch, now);
			watch_settle(watch);
		}
	}
	hub->n_commits = n_commits;
	loop_timer_at(hub->tick, hub->n ? now + TICK_MS : MONO_NEVER);
}
