/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_PLACE_PLAN_H
#define BMC_PLACE_PLAN_H

#include <stdbool.h>

#include "base/bucket.h"
#include "base/heap.h"
#include "base/list.h"

/*
 * How many operations there are at once: places, and who gets one next. Pure.
 *
 * There are so many in all, for each driver, and in each rack. A BMC that has
 * given cause to believe that it will hold its place for long is a suspect:
 * those have a quarter of each number, and together with those that were
 * never heard three quarters, so that some is always left for the sound. What
 * may switch a machine on also takes a token, of all and of its rack, for the
 * currents of a rack that starts at once are what its fuses do not like.
 *
 * Who waits stands in a lane of its rank, class, driver. Ranks go in order;
 * in one rank the lanes take turns, in a lane the racks, in a rack who came
 * first. Nothing here looks at all who wait.
 *
 *	places_wait(places, &seat, rack, &ask);
 *	while ((seat = places_next(places, now)))
 *		start(container_of(seat, struct box, seat));
 *	...
 *	places_leave(places, &seat);
 */
#define PLACE_RANKS   4
#define PLACE_DRIVERS 4

enum place_class { PLACE_SOUND, PLACE_NEW, PLACE_SUSPECT, PLACE_CLASSES };

/* 0: no limit. */
struct place_limits {
	uint32_t most;
	uint32_t most_per_rack;
	uint32_t most_per_driver[PLACE_DRIVERS];
	uint32_t power_on_per_s;
	uint32_t power_on_per_s_per_rack;
};

struct place_ask {
	unsigned rank;
	enum place_class class;
	unsigned driver;
	bool power_on;
};

enum seat_state { SEAT_NONE, SEAT_WAITS, SEAT_TAKEN };

struct rack;

/* Embedded in whose it is. */
struct seat {
	struct list link;
	struct rack *rack;
	struct place_ask ask;
	enum seat_state state;
};

void seat_init(struct seat *seat);

struct places;

struct places *places_new(const struct place_limits *limits, mono_ms now);
void places_free(struct places *places);
/* Holds for what comes. */
void places_set_limits(struct places *places, const struct place_limits *limits,
		       mono_ms now);

/* "": in none that we know of, which has no limit of its own. */
void places_wait(struct places *places, struct seat *seat, const char *rack,
		 const struct place_ask *ask);
/* The next that has a place now; NULL: nobody. */
struct seat *places_next(struct places *places, mono_ms now);
/* Whether it waits or has a place. */
void places_leave(struct places *places, struct seat *seat);
/* When there may be one without anybody leaving. */
mono_ms places_deadline(const struct places *places);

/* For metrics. */
struct place_counts {
	uint32_t taken[PLACE_DRIVERS];
	uint32_t by_class[PLACE_CLASSES];
	uint32_t waiting;
};

void places_counts(const struct places *places, struct place_counts *counts);

#endif
