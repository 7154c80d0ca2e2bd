/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/place_plan.h"

#include <assert.h>
#include <string.h>

#include "base/map.h"

/* In a lane all have the same rank, class, driver and need of a token. */
#define LANES_OF_A_RANK (PLACE_CLASSES * PLACE_DRIVERS * 2)
#define N_LANES         (PLACE_RANKS * LANES_OF_A_RANK)

/* Places of one kind that are taken. */
struct taken {
	uint32_t n;
	uint32_t by_class[PLACE_CLASSES];
};

/* In a lane: who waits there of one rack. */
struct queue {
	struct list seats;
	struct list link; /* in the lane, while the rack can have more */
};

struct rack {
	bool limited;
	struct taken taken;
	struct bucket tokens;
	struct heap_item timer; /* until there is a token */
	struct queue queues[N_LANES];
};

struct places {
	struct place_limits limits;
	struct taken taken;
	struct taken of_driver[PLACE_DRIVERS];
	struct bucket tokens;
	mono_ms token_at; /* somebody waits for it; MONO_NEVER: nobody */
	struct map *racks;
	struct heap timers;
	struct list lanes[N_LANES]; /* queues, by their link */
	unsigned turn[PLACE_RANKS]; /* which lane is next */
	uint32_t n_waiting;
};

static unsigned lane_of(const struct place_ask *ask)
{
	unsigned lane = ask->rank;

	assert(ask->rank < PLACE_RANKS && ask->driver < PLACE_DRIVERS);
	lane = lane * PLACE_CLASSES + ask->class;
	lane = lane * PLACE_DRIVERS + ask->driver;
	return lane * 2 + ask->power_on;
}

void seat_init(struct seat *seat)
{
	*seat = (struct seat){ .state = SEAT_NONE };
	list_init(&seat->link);
}

/* A second's worth at once would be no limit to an inrush. */
static void fill_bucket(struct bucket *bucket, uint32_t per_s, mono_ms now)
{
	if (per_s)
		bucket_init(bucket, per_s, (per_s + 3) / 4, now);
}

void places_set_limits(struct places *places, const struct place_limits *limits,
		       mono_ms now)
{
	size_t at = 0;
	void *rack;

	places->limits = *limits;
	fill_bucket(&places->tokens, limits->power_on_per_s, now);
	while (map_next(places->racks, &at, &rack))
		fill_bucket(&((struct rack *)rack)->tokens,
			    limits->power_on_per_s_per_rack, now);
}

struct places *places_new(const struct place_limits *limits, mono_ms now)
{
	struct places *places = xcalloc(1, sizeof(*places));

	places->racks = map_new();
	places->token_at = MONO_NEVER;
	for (size_t i = 0; i < N_LANES; i++)
		list_init(&places->lanes[i]);
	places_set_limits(places, limits, now);
	return places;
}

void places_free(struct places *places)
{
	size_t at = 0;
	void *rack;

	if (!places)
		return;
	heap_release(&places->timers);
	while (map_next(places->racks, &at, &rack))
		free(rack);
	map_free(places->racks);
	free(places);
}

/* They stay: there are as many as the inventory has names for. */
static struct rack *rack_of(struct places *places, const char *name)
{
	struct rack *rack = map_get(places->racks, name, strlen(name));

	if (rack)
		return rack;
	rack = xcalloc(1, sizeof(*rack));
	rack->limited = *name != '\0';
	for (size_t i = 0; i < N_LANES; i++) {
		list_init(&rack->queues[i].seats);
		list_init(&rack->queues[i].link);
	}
	fill_bucket(&rack->tokens, places->limits.power_on_per_s_per_rack,
		    places->tokens.at);
	map_put(places->racks, name, strlen(name), rack);
	return rack;
}

/* ---- how many there may be ---- */

/* Of a limit: a class and all that are worse than it. */
static uint32_t share_of(uint32_t limit, enum place_class class)
{
	switch (class) {
	case PLACE_SUSPECT:
		return limit / 4 + (limit % 4 != 0);
	case PLACE_NEW:
		return limit - limit / 4;
	default:
		return limit;
	}
}

static bool has_room(const struct taken *taken, uint32_t limit,
		     enum place_class class)
{
	uint32_t n = 0;

	if (!limit)
		return true;
	for (unsigned i = class; i < PLACE_CLASSES; i++)
		n += taken->by_class[i];
	return taken->n < limit && n < share_of(limit, class);
}

static void count(struct taken *taken, enum place_class class, int32_t by)
{
	taken->n += (uint32_t)by;
	taken->by_class[class] += (uint32_t)by;
}

static void count_all(struct places *places, const struct seat *seat,
		      int32_t by)
{
	count(&places->taken, seat->ask.class, by);
	count(&places->of_driver[seat->ask.driver], seat->ask.class, by);
	count(&seat->rack->taken, seat->ask.class, by);
}

/* ---- who waits ---- */

static void join_lane(struct places *places, struct rack *rack, unsigned lane)
{
	struct queue *queue = &rack->queues[lane];

	if (list_empty(&queue->link) && !list_empty(&queue->seats))
		list_add_tail(&places->lanes[lane], &queue->link);
}

void places_wait(struct places *places, struct seat *seat, const char *rack,
		 const struct place_ask *ask)
{
	unsigned lane = lane_of(ask);

	assert(seat->state == SEAT_NONE);
	seat->rack = rack_of(places, rack);
	seat->ask = *ask;
	seat->state = SEAT_WAITS;
	places->n_waiting++;
	list_add_tail(&seat->rack->queues[lane].seats, &seat->link);
	join_lane(places, seat->rack, lane);
}

void places_leave(struct places *places, struct seat *seat)
{
	struct rack *rack = seat->rack;
	struct queue *queue;

	if (seat->state == SEAT_WAITS) {
		queue = &rack->queues[lane_of(&seat->ask)];
		list_remove(&seat->link);
		if (list_empty(&queue->seats))
			list_remove(&queue->link);
		places->n_waiting--;
	} else if (seat->state == SEAT_TAKEN) {
		count_all(places, seat, -1);
		/* What was full is so no longer. */
		for (unsigned i = 0; i < N_LANES; i++)
			join_lane(places, rack, i);
	}
	seat->state = SEAT_NONE;
	seat->rack = NULL;
}

/* ---- who is next ---- */

static bool has_token(struct places *places, struct rack *rack, mono_ms now)
{
	const struct place_limits *limits = &places->limits;

	/* A rack without one is asked again when it has, not before. */
	if (rack->limited && limits->power_on_per_s_per_rack &&
	    !bucket_take(&rack->tokens, now)) {
		heap_set(&places->timers, &rack->timer,
			 bucket_next(&rack->tokens));
		return false;
	}
	return true;
}

/* The first queue whose rack can have one more; the others leave the lane
 * until something of them changes. */
static struct seat *take_from(struct places *places, unsigned lane, mono_ms now)
{
	struct queue *queue;

	while ((queue = list_first(&places->lanes[lane], struct queue, link))) {
		struct seat *seat =
			list_first(&queue->seats, struct seat, link);
		struct rack *rack = seat->rack;
		uint32_t limit =
			rack->limited ? places->limits.most_per_rack : 0;

		list_remove(&queue->link);
		if (!has_room(&rack->taken, limit, seat->ask.class) ||
		    (seat->ask.power_on && !has_token(places, rack, now)))
			continue;
		list_remove(&seat->link);
		join_lane(places, rack, lane);
		return seat;
	}
	return NULL;
}

static bool is_open(struct places *places, const struct place_ask *ask,
		    mono_ms now)
{
	const struct place_limits *limits = &places->limits;

	if (!has_room(&places->taken, limits->most, ask->class) ||
	    !has_room(&places->of_driver[ask->driver],
		      limits->most_per_driver[ask->driver], ask->class))
		return false;
	if (!ask->power_on || !limits->power_on_per_s)
		return true;
	/* Given back below when nobody takes it. */
	if (bucket_take(&places->tokens, now))
		return true;
	places->token_at = bucket_next(&places->tokens);
	return false;
}

static struct seat *next_of_lane(struct places *places, unsigned lane,
				 mono_ms now)
{
	struct queue *queue =
		list_first(&places->lanes[lane], struct queue, link);
	struct place_ask ask;
	struct seat *seat;

	if (!queue)
		return NULL;
	ask = list_first(&queue->seats, struct seat, link)->ask;
	if (!is_open(places, &ask, now))
		return NULL;
	seat = take_from(places, lane, now);
	if (!seat && ask.power_on && places->limits.power_on_per_s)
		bucket_give(&places->tokens);
	return seat;
}

static void rouse_racks(struct places *places, mono_ms now)
{
	struct heap_item *item;

	while ((item = heap_expired(&places->timers, now))) {
		struct rack *rack = container_of(item, struct rack, timer);

		for (unsigned i = 0; i < N_LANES; i++)
			join_lane(places, rack, i);
	}
	if (now >= places->token_at)
		places->token_at = MONO_NEVER;
}

struct seat *places_next(struct places *places, mono_ms now)
{
	rouse_racks(places, now);
	for (unsigned rank = 0; rank < PLACE_RANKS; rank++) {
		for (unsigned i = 0; i < LANES_OF_A_RANK; i++) {
			unsigned turn = places->turn[rank]++ % LANES_OF_A_RANK;
			struct seat *seat = next_of_lane(
				places, rank * LANES_OF_A_RANK + turn, now);

			if (!seat)
				continue;
			seat->state = SEAT_TAKEN;
			places->n_waiting--;
			count_all(places, seat, 1);
			return seat;
		}
	}
	return NULL;
}

mono_ms places_deadline(const struct places *places)
{
	mono_ms at = heap_next(&places->timers);

	return at < places->token_at ? at : places->token_at;
}

void places_counts(const struct places *places, struct place_counts *counts)
{
	for (size_t i = 0; i < PLACE_DRIVERS; i++)
		counts->taken[i] = places->of_driver[i].n;
	for (size_t i = 0; i < PLACE_CLASSES; i++)
		counts->by_class[i] = places->taken.by_class[i];
	counts->waiting = places->n_waiting;
}
