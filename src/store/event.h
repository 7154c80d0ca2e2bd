/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_EVENT_H
#define STORE_EVENT_H

#include "base/json.h"
#include "store/store.h"

/*
 * Events: what happened, with evidence. All that `why` and `report` read.
 *
 * `source` says who saw it (engine, bmc, console, dhcp, tftp, http, https,
 * worker, os, user), `kind` is a stable word for programs (discover, script,
 * phase, failed, ...), `message` is for people. The same event of the same
 * machine again, with nothing between, is counted (n, last_at) and not written
 * anew.
 */
struct event {
	int64_t id;
	wall_ms at;
	int64_t machine; /* 0: none */
	int64_t run;     /* 0: none */
	char source[16];
	char kind[32];
	char message[512];
	int64_t n;
	wall_ms last_at;
};

/*
 * Run 0: the open run of the machine, if there is one, is put in. When the
 * machine asked for an address, fetched its boot script, when its worker said
 * hello and its OS phoned home is kept in the run, which is touched: what was
 * seen is what plans wait for.
 */
int event_note(struct store *store, int64_t machine, int64_t run,
	       const char *source, const char *kind, struct err *err,
	       const char *format, ...) PRINTF(7, 8) NODISCARD;

/* Forgets what was last seen before that time, but for runs that are open: so
 * many at once as does not hold up the loop. */
int event_prune(struct store *store, wall_ms before, struct err *err) NODISCARD;

/*
 * What was seen of MACs that no machine has (events of no machine, of the kind
 * "stranger") last between these times: the newest so many, newest first; the
 * caller frees the list.
 */
size_t event_strangers(struct store *store, wall_ms since, wall_ms until,
		       size_t limit, struct event **events);
/* Whether DHCP heard of any other machine then. */
bool event_others(struct store *store, int64_t machine, wall_ms since,
		  wall_ms until);
/* Keeps the newest n of these. */
int event_prune_strangers(struct store *store, int64_t n,
			  struct err *err) NODISCARD;

/* Oldest first; the caller frees the list. Returns how many. */
size_t event_of_run(struct store *store, int64_t run, struct event **events);
size_t event_of_machine(struct store *store, int64_t machine,
			struct event **events);
/* Of a run the newest alone, so many at most: lines of logs and consoles, of
 * which there may be any number, only where they are among the last. */
#define EVENT_BRIEF_TOLD   400
#define EVENT_BRIEF_NEWEST 64

size_t event_brief_of_run(struct store *store, int64_t run,
			  struct event **events);
/* Newest first. */
size_t event_newest(struct store *store, size_t limit, struct event **events);

#endif
