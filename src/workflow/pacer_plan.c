/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/pacer_plan.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"

/* One run: it holds, or waits in its rack's queue. */
struct place {
	struct list link; /* in waiting; a list of its own when it holds */
	int64_t run;
	enum pacer_kind kind;
	struct rack *rack;
	bool holds;
};

struct rack {
	struct list turn; /* in the ring, while one of it could be next */
	bool in_ring;
	struct list waiting; /* places, oldest first */
	uint32_t n_held;
	bool is_none; /* of those that are in no rack: it has no cap */
	char name[64];
};

struct queue {
	uint32_t n_held;
	struct list ring; /* of racks */
	struct map *racks;
};

struct pacer {
	struct pacer_caps caps;
	struct queue queues[PACER_KINDS];
	struct map *places; /* by run */
};

const char *pacer_name(enum pacer_kind kind)
{
	static const char *const names[] = {
		[PACER_STARTING] = "starting", [PACER_IMAGING] = "imaging"
	};

	return names[kind];
}

struct pacer *pacer_new(const struct pacer_caps *caps)
{
	struct pacer *pacer = xcalloc(1, sizeof(*pacer));

	pacer->caps = *caps;
	pacer->places = map_new();
	for (int i = 0; i < PACER_KINDS; i++) {
		list_init(&pacer->queues[i].ring);
		pacer->queues[i].racks = map_new();
	}
	return pacer;
}

static void free_values(struct map *map)
{
	size_t at = 0;
	void *value;

	while (map_next(map, &at, &value))
		free(value);
	map_free(map);
}

void pacer_free(struct pacer *pacer)
{
	if (!pacer)
		return;
	free_values(pacer->places);
	for (int i = 0; i < PACER_KINDS; i++)
		free_values(pacer->queues[i].racks);
	free(pacer);
}

static struct rack *rack_of(struct queue *queue, const char *name)
{
	struct rack *rack = map_get(queue->racks, name, strlen(name));

	if (rack)
		return rack;
	rack = xcalloc(1, sizeof(*rack));
	list_init(&rack->turn);
	list_init(&rack->waiting);
	rack->is_none = !*name;
	snprintf(rack->name, sizeof(rack->name), "%s", name);
	map_put(queue->racks, name, strlen(name), rack);
	return rack;
}

static bool is_full(const struct pacer *pacer, enum pacer_kind kind)
{
	uint32_t most = pacer->caps.most[kind];

	return most && pacer->queues[kind].n_held >= most;
}

static bool is_rack_full(const struct pacer *pacer, enum pacer_kind kind,
			 const struct rack *rack)
{
	uint32_t most = pacer->caps.most_per_rack[kind];

	return most && !rack->is_none && rack->n_held >= most;
}

/* At the end of the ring, if one of it could be next. */
static void take_turn(struct pacer *pacer, enum pacer_kind kind,
		      struct rack *rack)
{
	if (rack->in_ring || list_empty(&rack->waiting) ||
	    is_rack_full(pacer, kind, rack))
		return;
	rack->in_ring = true;
	list_add_tail(&pacer->queues[kind].ring, &rack->turn);
}

static void leave_ring(struct rack *rack)
{
	list_remove(&rack->turn);
	rack->in_ring = false;
}

static struct place *place_new(struct pacer *pacer, enum pacer_kind kind,
			       int64_t run, const char *name)
{
	struct place *place = xcalloc(1, sizeof(*place));

	pacer_leave(pacer, run);
	list_init(&place->link);
	place->run = run;
	place->kind = kind;
	place->rack = rack_of(&pacer->queues[kind], name);
	map_put(pacer->places, &run, sizeof(run), place);
	return place;
}

static void hold(struct pacer *pacer, struct place *place)
{
	list_remove(&place->link);
	place->holds = true;
	place->rack->n_held++;
	pacer->queues[place->kind].n_held++;
	if (is_rack_full(pacer, place->kind, place->rack))
		leave_ring(place->rack);
}

void pacer_hold(struct pacer *pacer, enum pacer_kind kind, int64_t run,
		const char *rack)
{
	hold(pacer, place_new(pacer, kind, run, rack));
}

static void say_why(const struct pacer *pacer, const struct place *place,
		    char *why, size_t size)
{
	static const char *const doing[] = {
		[PACER_STARTING] = "are starting",
		[PACER_IMAGING] = "write an image",
	};
	const struct queue *queue = &pacer->queues[place->kind];
	uint32_t most = pacer->caps.most[place->kind];
	uint32_t most_per_rack = pacer->caps.most_per_rack[place->kind];

	if (is_rack_full(pacer, place->kind, place->rack))
		snprintf(why, size, "%u of %u machines of rack %s %s",
			 place->rack->n_held, most_per_rack, place->rack->name,
			 doing[place->kind]);
	else if (is_full(pacer, place->kind))
		snprintf(why, size, "%u of %u machines %s", queue->n_held, most,
			 doing[place->kind]);
	else
		snprintf(why, size, "others have waited for longer");
}

bool pacer_ask(struct pacer *pacer, enum pacer_kind kind, int64_t run,
	       const char *rack, char *why, size_t size)
{
	struct place *place = place_new(pacer, kind, run, rack);

	/* Nobody overtakes those who wait and could be next. */
	if (list_empty(&pacer->queues[kind].ring) && !is_full(pacer, kind) &&
	    !is_rack_full(pacer, kind, place->rack)) {
		hold(pacer, place);
		return true;
	}
	say_why(pacer, place, why, size);
	list_add_tail(&place->rack->waiting, &place->link);
	take_turn(pacer, kind, place->rack);
	return false;
}

void pacer_leave(struct pacer *pacer, int64_t run)
{
	struct place *place = map_get(pacer->places, &run, sizeof(run));

	if (!place)
		return;
	list_remove(&place->link);
	if (place->holds) {
		place->rack->n_held--;
		pacer->queues[place->kind].n_held--;
	}
	if (list_empty(&place->rack->waiting))
		leave_ring(place->rack);
	take_turn(pacer, place->kind, place->rack);
	map_remove(pacer->places, &run, sizeof(run));
	free(place);
}

bool pacer_next(struct pacer *pacer, enum pacer_kind *kind, int64_t *run)
{
	for (int i = 0; i < PACER_KINDS; i++) {
		struct queue *queue = &pacer->queues[i];
		struct rack *rack = list_first(&queue->ring, struct rack, turn);
		struct place *place;

		if (!rack || is_full(pacer, (enum pacer_kind)i))
			continue;
		place = list_first(&rack->waiting, struct place, link);
		assert(place); /* else its rack would not be in the ring */
		leave_ring(rack);
		hold(pacer, place);
		take_turn(pacer, (enum pacer_kind)i, rack);
		*kind = (enum pacer_kind)i;
		*run = place->run;
		return true;
	}
	return false;
}
