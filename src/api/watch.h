/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_WATCH_H
#define API_WATCH_H

#include "api/call.h"
#include "api/selector_plan.h"

/*
 * DOC: watches.
 *
 * A watch is a stream of events after a version:
 *
 *	INITIAL ---> CATCHING <---> LIVE
 *
 * It may begin with the state of a version (INITIAL), reads what happened
 * since from the log of changes (CATCHING), and then is given what is new by
 * the hub (LIVE): the hub reads the log once after each commit, makes each
 * event once for each form that somebody wants it in, and gives it to those
 * who want it.
 *
 * A client that reads slowly falls back to CATCHING: the log is its buffer,
 * and it goes on when what it was sent has left. One that does not read at
 * all is cut off, and goes on from the version that it saw last.
 *
 * Virtual kinds are listed while somebody watches and something was
 * committed, once a second, and compared with what was sent.
 *
 * For watch.c, watch_begin.c and hub.c only.
 */
#define WATCH_BOOKMARK_MS 60000

enum watch_phase { WATCH_INITIAL, WATCH_CATCHING, WATCH_LIVE };

struct watch {
	struct list link;
	struct hub *hub;
	struct http_request *req; /* NULL: the client has left */
	const struct kind *kind;
	char namespace[64];
	struct selector *selector;
	struct answer_form form;
	bool reveals; /* values of Secrets */
	enum watch_phase phase;
	bool bookmarks;
	bool marks_initial; /* with a bookmark behind the state */
	bool busy;          /* being fed: whoever feeds it frees it */
	int64_t version;    /* of the last change that it needs no more */
	/* INITIAL: the last object of the state that was sent. */
	char after_namespace[64];
	char after_name[254];
	json_t *seen; /* of a virtual kind: what was sent, {key: object} */
	mono_ms bookmark_at;
	mono_ms deadline;
	mono_ms unsent_since; /* MONO_NEVER: all has left */
};

struct hub {
	struct api *api;
	struct list *by_kind; /* one list for each kind */
	size_t n;
	int64_t published;  /* the last change that was given to all */
	uint64_t n_commits; /* when virtual kinds were looked at last */
	struct loop_timer *tick;
};

/* hub.c */
int hub_is_full(const struct hub *hub, struct err *err) NODISCARD;
void hub_join(struct hub *hub, struct watch *watch);
void hub_left(struct hub *hub);

/* An event in the forms that were asked for so far. */
struct watch_change;

struct watch_change *watch_change_new(const struct hub *hub,
				      const json_t *value);
void watch_change_free(struct watch_change *change);
/* Sends it, unless it is nothing to this watch, or was seen by it. */
void watch_change_give(struct watch_change *change, struct watch *watch);

/* watch.c: between begin and settle the watch stays, whatever becomes of its
 * client. */
void watch_begin(struct watch *watch);
void watch_settle(struct watch *watch);
void watch_end(struct watch *watch);
/* Sends what it has to get of the past, as far as its client reads it. */
void watch_pump(struct watch *watch);
/* Whether more may be sent to it at once. */
bool watch_has_room(const struct watch *watch);
/* One line: a whole event. */
void watch_send(struct watch *watch, const char *line, size_t len);
void watch_send_object(struct watch *watch, const char *type, json_t *object);
void watch_fail(struct watch *watch, const struct err *err);
/* What a change is to this watch; NULL: nothing. */
const char *watch_type(const struct watch *watch, const char *type,
		       const json_t *object, const json_t *before);
/* Of a virtual kind: what differs from what was sent before. */
void watch_compare(struct watch *watch, const json_t *list);
/* {key: object} of those that are selected. */
json_t *watch_select(const struct watch *watch, const json_t *list);
void watch_bookmark(struct watch *watch, bool initial_end);
/* Bookmark, end, cut. */
void watch_tick(struct watch *watch, mono_ms now);
/* For http_on_gone. */
void watch_on_gone(void *arg);
void watch_on_drained(void *arg);

#endif
