/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/fleet_plan.h"

#include "base/str.h"

struct fleet {
	struct places *places;
	struct list stirred; /* boxes to look at */
	struct heap timers;  /* of boxes */
	struct rng rng;
};

struct fleet *fleet_new(const struct place_limits *limits, struct rng rng,
			mono_ms now)
{
	struct fleet *fleet = xcalloc(1, sizeof(*fleet));

	fleet->places = places_new(limits, now);
	list_init(&fleet->stirred);
	fleet->rng = rng;
	return fleet;
}

void fleet_free(struct fleet *fleet)
{
	if (!fleet)
		return;
	places_free(fleet->places);
	heap_release(&fleet->timers);
	free(fleet);
}

void fleet_set_limits(struct fleet *fleet, const struct place_limits *limits,
		      mono_ms now)
{
	places_set_limits(fleet->places, limits, now);
}

static void stir(struct fleet *fleet, struct fleet_box *box)
{
	if (list_empty(&box->stirred))
		list_add_tail(&fleet->stirred, &box->stirred);
}

void fleet_join(struct fleet_box *box, const char *id)
{
	*box = (struct fleet_box){ .rack = xstrdup("") };
	mailbox_init(&box->mailbox, id);
	seat_init(&box->seat);
	list_init(&box->stirred);
}

void fleet_aim(struct fleet *fleet, struct fleet_box *box,
	       const struct fleet_way *ways, size_t n_ways, uint32_t gap_ms)
{
	struct mailbox_way plain[MAILBOX_WAYS];

	for (size_t i = 0; i < n_ways && i < MAILBOX_WAYS; i++) {
		plain[i] = ways[i].way;
		box->drivers[i] = (uint8_t)ways[i].driver;
	}
	mailbox_aim(&box->mailbox, plain, n_ways, gap_ms);
	stir(fleet, box);
}

/* One that waits, or is under way, stays where it stands. */
void fleet_set_rack(struct fleet *fleet, struct fleet_box *box,
		    const char *rack)
{
	(void)fleet;
	if (str_eq(box->rack, rack))
		return;
	free(box->rack);
	box->rack = xstrdup(rack);
}

void fleet_leave(struct fleet *fleet, struct fleet_box *box, mono_ms now)
{
	mailbox_give_up(&box->mailbox, now);
	places_leave(fleet->places, &box->seat);
	heap_set(&fleet->timers, &box->timer, MONO_NEVER);
	list_remove(&box->stirred);
	mailbox_release(&box->mailbox);
	free(box->rack);
	box->rack = NULL;
}

struct mail *fleet_left(struct fleet_box *box)
{
	return mailbox_ended(&box->mailbox);
}

void fleet_put(struct fleet *fleet, struct fleet_box *box, struct mail *mail)
{
	mailbox_put(&box->mailbox, mail);
	stir(fleet, box);
}

void fleet_thaw(struct fleet *fleet, struct fleet_box *box, mono_ms now)
{
	mailbox_thaw(&box->mailbox, now);
	stir(fleet, box);
}

void fleet_done(struct fleet *fleet, struct fleet_box *box, mono_ms now,
		const struct bmc_result *result)
{
	mailbox_done(&box->mailbox, now, result, &fleet->rng);
	places_leave(fleet->places, &box->seat);
	stir(fleet, box);
}

static enum place_class class_of(const struct mailbox *mailbox)
{
	if (mailbox_suspect(mailbox))
		return PLACE_SUSPECT;
	return mailbox->answered ? PLACE_SOUND : PLACE_NEW;
}

/* A reset of what is off switches it on, too. */
static bool may_switch_on(const struct mailbox_try *try)
{
	return try->kind == TRY_MAIL && try->op == BMC_POWER_SET &&
	       bmc_action_goal(try->mail->action) == BMC_POWER_ON;
}

static struct place_ask ask_of(const struct fleet_box *box,
			       const struct mailbox_try *try)
{
	return (struct place_ask){
		.rank = try->mail->rank,
		.class = class_of(&box->mailbox),
		.driver = box->drivers[try->way],
		.power_on = may_switch_on(try),
	};
}

static bool ask_eq(const struct place_ask *a, const struct place_ask *b)
{
	return a->rank == b->rank && a->class == b->class &&
	       a->driver == b->driver && a->power_on == b->power_on;
}

static void queue_up(struct fleet *fleet, struct fleet_box *box,
		     const struct mailbox_try *try)
{
	struct place_ask ask = ask_of(box, try);

	if (box->seat.state == SEAT_WAITS && ask_eq(&ask, &box->seat.ask))
		return;
	places_leave(fleet->places, &box->seat);
	places_wait(fleet->places, &box->seat, box->rack, &ask);
}

/* True: the shell has to do *step. */
static bool look_at(struct fleet *fleet, struct fleet_box *box, mono_ms now,
		    struct fleet_step *step)
{
	mono_ms at = MONO_NEVER;
	enum mailbox_next next =
		mailbox_next(&box->mailbox, now, &step->try, &at);

	step->box = box;
	if (next == MAILBOX_CUT) {
		mailbox_cut(&box->mailbox, now);
		places_leave(fleet->places, &box->seat);
		step->kind = FLEET_CUT;
		return true;
	}
	step->mail = mailbox_ended(&box->mailbox);
	if (step->mail) {
		step->kind = FLEET_ENDED;
		return true;
	}
	list_remove(&box->stirred);
	heap_set(&fleet->timers, &box->timer,
		 next == MAILBOX_WAIT ? at : MONO_NEVER);
	if (next == MAILBOX_TRY)
		queue_up(fleet, box, &step->try);
	else if (box->seat.state == SEAT_WAITS)
		places_leave(fleet->places, &box->seat);
	return false;
}

/* Time has passed while it waited: it may have to do something else now. */
static bool sit(struct fleet *fleet, struct fleet_box *box, mono_ms now,
		struct fleet_step *step)
{
	mono_ms at;
	struct place_ask ask;

	if (mailbox_next(&box->mailbox, now, &step->try, &at) == MAILBOX_TRY) {
		ask = ask_of(box, &step->try);
		if (ask_eq(&ask, &box->seat.ask)) {
			mailbox_begin(&box->mailbox, now, &step->try);
			step->kind = FLEET_TRY;
			step->box = box;
			return true;
		}
	}
	places_leave(fleet->places, &box->seat);
	stir(fleet, box);
	return false;
}

bool fleet_output(struct fleet *fleet, mono_ms now, struct fleet_step *step)
{
	struct heap_item *item;
	struct fleet_box *box;
	struct seat *seat;

	while ((item = heap_expired(&fleet->timers, now)))
		stir(fleet, container_of(item, struct fleet_box, timer));
	for (;;) {
		while ((box = list_first(&fleet->stirred, struct fleet_box,
					 stirred)))
			if (look_at(fleet, box, now, step))
				return true;
		seat = places_next(fleet->places, now);
		if (!seat)
			return false;
		if (sit(fleet, container_of(seat, struct fleet_box, seat), now,
			step))
			return true;
	}
}

mono_ms fleet_deadline(const struct fleet *fleet)
{
	mono_ms at = heap_next(&fleet->timers);
	mono_ms place = places_deadline(fleet->places);

	return at < place ? at : place;
}

const struct places *fleet_places(const struct fleet *fleet)
{
	return fleet->places;
}
