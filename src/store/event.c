/* SPDX-License-Identifier: Apache-2.0 */
#include "store/event.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/db.h"
#include "store/run.h"

#define PRUNED_AT_ONCE 2000

static void read_event(sqlite3_stmt *q, struct event *event)
{
	*event = (struct event){
		.id = sqlite3_column_int64(q, 0),
		.at = sqlite3_column_int64(q, 1),
		.machine = sqlite3_column_int64(q, 2),
		.run = sqlite3_column_int64(q, 3),
		.n = sqlite3_column_int64(q, 7),
		.last_at = sqlite3_column_int64(q, 8),
	};
	str_copy(event->source, sizeof(event->source), db_column(q, 4));
	str_copy(event->kind, sizeof(event->kind), db_column(q, 5));
	str_copy(event->message, sizeof(event->message), db_column(q, 6));
}

static size_t read_list(struct store *store, sqlite3_stmt *q,
			struct event **events)
{
	struct err ignored;
	size_t size = 0;
	size_t n = 0;

	*events = NULL;
	while (db_step(store, q, &ignored) == 1) {
		if (n == size) {
			size = size ? size * 2 : 16;
			*events = xrealloc(*events, size * sizeof(**events));
		}
		read_event(q, &(*events)[n++]);
	}
	return n;
}

/* The id of the machine's newest event, if it is the same; 0: it is not. */
static int64_t same_before(struct store *store, const struct event *event)
{
	sqlite3_stmt *q = db_query(store, SQL_EVENT_LAST_OF_MACHINE);
	struct event last = { 0 };
	struct err ignored;

	db_int(q, ":machine", event->machine);
	if (db_step(store, q, &ignored) == 1)
		read_event(q, &last);
	db_done(q);
	if (last.run != event->run || !str_eq(last.source, event->source) ||
	    !str_eq(last.kind, event->kind) ||
	    !str_eq(last.message, event->message))
		return 0;
	return last.id;
}

static int add(struct store *store, const struct event *event, struct err *err)
{
	int64_t before = same_before(store, event);
	sqlite3_stmt *q;

	if (before) {
		q = db_query(store, SQL_EVENT_REPEAT);
		db_int(q, ":id", before);
		db_int(q, ":now", store_now(store));
		return db_write(store, q, err);
	}
	q = db_query(store, SQL_EVENT_INSERT);
	db_int(q, ":now", store_now(store));
	db_int(q, ":machine", event->machine);
	db_int(q, ":run", event->run);
	db_text(q, ":source", event->source);
	db_text(q, ":kind", event->kind);
	db_text(q, ":message", event->message);
	return db_write(store, q, err);
}

/* What a machine may be seen doing, and where its run keeps when. */
struct sight {
	const char *source; /* NULL: any */
	const char *kind;   /* NULL: any */
	enum sql_query query;
};

static const struct sight sights[] = {
	{ "dhcp", NULL, SQL_RUN_SAW_DHCP },
	{ NULL, "script", SQL_RUN_SAW_SCRIPT },
	{ NULL, "hello", SQL_RUN_SAW_HELLO },
	{ NULL, "phone-home", SQL_RUN_SAW_OS },
};

/* What was seen is what plans wait for. */
static int note_sight(struct store *store, const struct event *event,
		      struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(sights); i++) {
		const struct sight *sight = &sights[i];
		sqlite3_stmt *q;

		if ((sight->source && !str_eq(sight->source, event->source)) ||
		    (sight->kind && !str_eq(sight->kind, event->kind)))
			continue;
		q = db_query(store, sight->query);
		db_int(q, ":id", event->run);
		db_int(q, ":now", store_now(store));
		if (db_write(store, q, err))
			return -1;
		db_touch_run(store, event->run);
	}
	return 0;
}

int event_note(struct store *store, int64_t machine, int64_t run,
	       const char *source, const char *kind, struct err *err,
	       const char *format, ...)
{
	struct event event = { .machine = machine, .run = run };
	va_list args;

	if (!run && machine)
		event.run = run_of_machine(store, machine);
	snprintf(event.source, sizeof(event.source), "%s", source);
	snprintf(event.kind, sizeof(event.kind), "%s", kind);
	va_start(args, format);
	vsnprintf(event.message, sizeof(event.message), format, args);
	va_end(args);
	db_clean(event.message);
	if (event.run && note_sight(store, &event, err))
		return -1;
	return add(store, &event, err);
}

int event_prune(struct store *store, wall_ms before, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_EVENT_OLDEST);

	/* A turn without a write costs no fsync. */
	if (db_number(store, q, INT64_MAX) >= before)
		return 0;
	q = db_query(store, SQL_EVENT_PRUNE);
	db_int(q, ":before", before);
	db_int(q, ":limit", PRUNED_AT_ONCE);
	return db_write(store, q, err);
}

size_t event_strangers(struct store *store, wall_ms since, wall_ms until,
		       size_t limit, struct event **events)
{
	sqlite3_stmt *q = db_query(store, SQL_EVENT_STRANGERS);

	db_int(q, ":since", since);
	db_int(q, ":until", until);
	db_int(q, ":limit", (int64_t)limit);
	return read_list(store, q, events);
}

bool event_others(struct store *store, int64_t machine, wall_ms since,
		  wall_ms until)
{
	sqlite3_stmt *q = db_query(store, SQL_EVENT_OTHERS);

	db_int(q, ":machine", machine);
	db_int(q, ":since", since);
	db_int(q, ":until", until);
	return db_number(store, q, 0);
}

int event_prune_strangers(struct store *store, int64_t n, struct err *err)
{
	sqlite3_stmt *q = db_query(store, SQL_EVENT_STRANGER_LIMIT);
	int64_t id;

	db_int(q, ":n", n);
	id = db_number(store, q, 0);
	if (!id)
		return 0;
	q = db_query(store, SQL_EVENT_PRUNE_STRANGERS);
	db_int(q, ":id", id);
	return db_write(store, q, err);
}

size_t event_of_run(struct store *store, int64_t run, struct event **events)
{
	sqlite3_stmt *q = db_query(store, SQL_EVENT_OF_RUN);

	db_int(q, ":run", run);
	return read_list(store, q, events);
}

size_t event_brief_of_run(struct store *store, int64_t run,
			  struct event **events)
{
	sqlite3_stmt *q = db_query(store, SQL_EVENT_BRIEF_OF_RUN);

	db_int(q, ":run", run);
	db_int(q, ":told", EVENT_BRIEF_TOLD);
	db_int(q, ":newest", EVENT_BRIEF_NEWEST);
	return read_list(store, q, events);
}

size_t event_of_machine(struct store *store, int64_t machine,
			struct event **events)
{
	sqlite3_stmt *q = db_query(store, SQL_EVENT_OF_MACHINE);

	db_int(q, ":machine", machine);
	return read_list(store, q, events);
}

size_t event_newest(struct store *store, size_t limit, struct event **events)
{
	sqlite3_stmt *q = db_query(store, SQL_EVENT_ALL);

	db_int(q, ":limit", (int64_t)limit);
	return read_list(store, q, events);
}
