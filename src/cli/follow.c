/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/follow.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

#define AWAY_MAX_MS (10 * 60 * 1000) /* how long a server may be away */
#define GONE        410
#define MOST_KNOWN  10000 /* more than the server lists */

static const json_t *metadata_of(const json_t *object)
{
	const json_t *row = json_at(object, "rows[0].object.metadata");

	return row ? row : json_object_get(object, "metadata");
}

static void note_version(struct follow *follow, const json_t *object)
{
	const char *version =
		json_str_at(metadata_of(object), "resourceVersion");

	if (version && *version)
		str_copy(follow->version, sizeof(follow->version), version);
}

void follow_release(struct follow *follow)
{
	json_decref(follow->known[0]);
	json_decref(follow->known[1]);
}

bool follow_is_new(struct follow *follow, const json_t *event)
{
	AUTO_FREE char *key = xasprintf(
		"%s %" PRId64, json_str_at(metadata_of(event), "name") ?: "",
		json_int_at(event, "count", 0));

	for (size_t i = 0; i < ARRAY_LEN(follow->known); i++)
		if (json_object_get(follow->known[i], key))
			return false;
	/* Of a watch of weeks the newest are enough. */
	if (json_object_size(follow->known[0]) >= MOST_KNOWN) {
		json_decref(follow->known[1]);
		follow->known[1] = follow->known[0];
		follow->known[0] = NULL;
	}
	if (!follow->known[0])
		follow->known[0] = json_object();
	json_object_set_new(follow->known[0], key, json_true());
	return true;
}

static bool on_event(void *arg, const json_t *change)
{
	struct follow *follow = arg;
	const char *type = json_str_at(change, "type");
	const json_t *object = json_object_get(change, "object");
	const char *message = json_str_at(object, "message");

	follow->away = 0;
	if (type && str_eq(type, "ERROR")) {
		follow->failed = json_int_at(object, "code", 0) == GONE
					 ? ERR_GONE
					 : ERR_PROTOCOL;
		snprintf(follow->message, sizeof(follow->message), "%.200s",
			 message ? message : "the watch ended");
		return false;
	}
	if (type && str_eq(type, "BOOKMARK")) {
		note_version(follow, object);
		return true;
	}
	/* An Event's own version is the number of its row. */
	if (!follow->events)
		note_version(follow, object);
	else if (!follow->table && !follow_is_new(follow, object))
		return true;
	follow->enough = !follow->seen(follow->arg, change);
	return !follow->enough;
}

/* One watch, to its end. */
static int watch_once(struct follow *follow, struct err *err)
{
	AUTO_FREE char *query = xasprintf("watch=true&allowWatchBookmarks=true"
					  "&resourceVersion=%s",
					  follow->version);
	AUTO_FREE char *path = follow->path(follow->arg, query);

	follow->failed = ERR_NONE;
	fflush(stdout);
	if (client_watch(follow->cli->client, path, follow->table, on_event,
			 follow, err))
		return -1;
	if (follow->failed)
		return err_set(err, follow->failed, "%s", follow->message);
	return 0;
}

/* Where the server is now. */
static int start_anew(struct follow *follow, struct err *err)
{
	AUTO_FREE char *path = follow->path(follow->arg, "limit=1");
	AUTO_JSON json_t *list = client_get(follow->cli->client, path, err);

	if (!list)
		return -1;
	fprintf(stderr, "tomte: the server has forgotten some changes; it goes "
			"on with what comes now\n");
	note_version(follow, list);
	return 0;
}

static int await_server(struct follow *follow, struct err *err)
{
	mono_ms now = clock_mono();

	if (!follow->away) {
		follow->away = now;
		fprintf(stderr, "%s\n",
			"tomte: the server does not answer; waiting for it");
	}
	if (now - follow->away < AWAY_MAX_MS)
		return 0;
	return err_wrap(err, "gave up");
}

static int go_on(struct follow *follow, struct err *err)
{
	const struct timespec second = { .tv_sec = 1 };
	mono_ms begun = clock_mono();

	if (!watch_once(follow, err)) {
		follow->away = 0;
	} else if (err->code == ERR_GONE) {
		if (start_anew(follow, err) && err->code != ERR_UNREACHABLE)
			return -1;
	} else if (err->code != ERR_UNREACHABLE || await_server(follow, err)) {
		return -1;
	}
	/* One that ends at once is not asked again at once. */
	if (!follow->enough && clock_mono() - begun < 1000)
		nanosleep(&second, NULL);
	return 0;
}

int follow_run(struct follow *follow, const char *version, struct err *err)
{
	str_copy(follow->version, sizeof(follow->version),
		 version && *version ? version : "0");
	while (!follow->enough)
		if (go_on(follow, err))
			return -1;
	return CLI_OK;
}
