/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_FLEET_PLAN_H
#define BMC_FLEET_PLAN_H

#include "bmc/mailbox_plan.h"
#include "bmc/place_plan.h"

/*
 * All BMCs together: mailboxes that want something to be done, and places to
 * do it in. Pure; bmc.c pumps it, and so does the simulation.
 *
 *	fleet_put(fleet, &box, &mail);
 *	while (fleet_output(fleet, now, &step))
 *		switch (step.kind) {
 *		case FLEET_TRY: ... step.box, step.try; later fleet_done()
 *		case FLEET_CUT: ... it is under way no more
 *		case FLEET_ENDED: ... step.mail is its owner's again
 *		}
 *	... and again at fleet_deadline(fleet)
 *
 * Only mailboxes are looked at of which something has changed.
 */
struct fleet;

/* A BMC; its owner embeds it. */
struct fleet_box {
	struct mailbox mailbox;
	/* Private. */
	struct seat seat;
	struct heap_item timer;
	struct list stirred;
	char *rack;
	uint8_t drivers[MAILBOX_WAYS];
};

struct fleet_way {
	struct mailbox_way way;
	unsigned driver; /* below PLACE_DRIVERS */
};

enum fleet_kind { FLEET_TRY, FLEET_CUT, FLEET_ENDED };

struct fleet_step {
	enum fleet_kind kind;
	struct fleet_box *box;
	struct mailbox_try try;
	struct mail *mail;
};

struct fleet *fleet_new(const struct place_limits *limits, struct rng rng,
			mono_ms now);
/* Boxes are left before. */
void fleet_free(struct fleet *fleet);
void fleet_set_limits(struct fleet *fleet, const struct place_limits *limits,
		      mono_ms now);

/* A BMC, by a name that its owner keeps; then aim it. */
void fleet_join(struct fleet_box *box, const char *id);
void fleet_aim(struct fleet *fleet, struct fleet_box *box,
	       const struct fleet_way *ways, size_t n_ways, uint32_t gap_ms);
void fleet_set_rack(struct fleet *fleet, struct fleet_box *box,
		    const char *rack);
/* All of its mails end as cancelled, and are handed out in fleet_left. */
void fleet_leave(struct fleet *fleet, struct fleet_box *box, mono_ms now);
struct mail *fleet_left(struct fleet_box *box);

void fleet_put(struct fleet *fleet, struct fleet_box *box, struct mail *mail);
void fleet_thaw(struct fleet *fleet, struct fleet_box *box, mono_ms now);
/* A try has come to its end. */
void fleet_done(struct fleet *fleet, struct fleet_box *box, mono_ms now,
		const struct bmc_result *result);

bool fleet_output(struct fleet *fleet, mono_ms now, struct fleet_step *step);
mono_ms fleet_deadline(const struct fleet *fleet);

const struct places *fleet_places(const struct fleet *fleet);

#endif
