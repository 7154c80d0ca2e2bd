/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_MAILBOX_PLAN_H
#define BMC_MAILBOX_PLAN_H

#include "base/list.h"
#include "bmc/breaker_plan.h"
#include "bmc/pace_plan.h"
#include "bmc/types.h"

/*
 * What is done next with one BMC: its mailbox. Pure.
 *
 * One operation is under way at a time. Of those that wait, aborts go first,
 * then changes, reads, and last what looks by itself now and then; of one
 * rank the first. Reads that ask the same share an answer while none of them
 * has begun. An abort ends the changes of its group before it, also one that is
 * under way.
 *
 * An operation that fails is tried again after a while (reads, and changes of
 * which nothing has left), by another way if the BMC has one. A change that
 * may have left is looked for by the other way, and is only done by that if
 * it is one that can be done twice and was not found. Refused credentials are
 * not tried again until thawed, for BMCs lock accounts. A BMC that has fallen
 * silent is left alone (breaker_plan.h), and a weak one spared (pace_plan.h).
 *
 *	mailbox_put(&box, &mail, now);
 *	switch (mailbox_next(&box, now, &try)) {
 *	case MAILBOX_TRY:
 *		mailbox_begin(&box, now, &try);
 *		... do it
 *		mailbox_done(&box, now, &result, &rng);
 */
#define MAILBOX_WAYS 4
#define MAILBOX_MOST 256 /* that wait: who asks for more hears ERR_BUSY */

enum mail_rank { MAIL_ABORT, MAIL_CHANGE, MAIL_READ, MAIL_POLL, MAIL_N_RANKS };

/* An operation, embedded in its owner's. */
struct mail {
	enum bmc_op op;
	enum bmc_power_action action; /* BMC_POWER_SET */
	struct bmc_boot boot;         /* BMC_BOOT_SET */
	enum mail_rank rank;
	int64_t group; /* an abort ends changes of its own; its 0: all */
	int64_t timeout_ms;

	/* When it has ended: what of, and others that share it. */
	struct bmc_result *result;
	struct list sharers; /* mails, by their link */
	struct list link;

	/* Private. */
	mono_ms deadline; /* 0: not begun */
	unsigned n_sharers;
	unsigned tries;   /* rounds of all ways */
	unsigned looks;   /* for what may have been done */
	uint8_t ways;     /* bits: tried in this round */
	bool looking;     /* its next try is a look */
	uint8_t firm_way; /* 1 + the only way from now on; 0: any */
};

/* A way to the BMC: what its driver can. */
struct mailbox_way {
	const char *name;
	uint32_t more_ops; /* as in driver.h */
	bool http_boot;
};

enum try_kind {
	TRY_MAIL,  /* the operation itself */
	TRY_PROBE, /* is the BMC there again? */
	TRY_LOOK,  /* was it done? */
};

struct mailbox_try {
	enum try_kind kind;
	enum bmc_op op;    /* of a probe or look; else the mail's */
	struct mail *mail; /* on whose behalf */
	uint8_t way;
	int64_t timeout_ms;
};

enum mailbox_state { MAILBOX_RESTS, MAILBOX_TRYING };

struct mailbox {
	const char *id; /* the owner's, for messages */
	struct sm sm;
	struct list waiting[MAIL_N_RANKS];
	struct list ended;
	unsigned n_waiting;
	uint8_t n_ways;
	uint8_t way;   /* where to begin */
	bool answered; /* ever */
	struct mailbox_way ways[MAILBOX_WAYS];
	mono_ms return_at; /* to the preferred way; when on another */
	struct breaker breaker;
	struct pace pace;
	struct err *refusal; /* of the credentials; NULL: none */
	struct err *silence; /* the last of it; NULL: it answers */
	mono_ms again_at;    /* nothing sooner, after a failure */
	struct mailbox_try current;
	mono_ms began;
};

void mailbox_init(struct mailbox *box, const char *id);
/* Its mails go to their owner before, by mailbox_give_up. */
void mailbox_release(struct mailbox *box);
/* Another target: all that was known of it is forgotten. Only at rest. */
void mailbox_aim(struct mailbox *box, const struct mailbox_way *ways,
		 size_t n_ways, uint32_t gap_ms);
/* An operator says that it is worth a try again. */
void mailbox_thaw(struct mailbox *box, mono_ms now);
/* Its credentials were refused when we ran the last time. */
void mailbox_freeze(struct mailbox *box, const struct err *cause);

void mailbox_put(struct mailbox *box, struct mail *mail);
/* All that waits or is under way ends as cancelled. */
void mailbox_give_up(struct mailbox *box, mono_ms now);

enum mailbox_next {
	MAILBOX_NOTHING, /* until a mail comes, or the try ends */
	MAILBOX_WAIT,    /* until *at */
	MAILBOX_TRY,     /* as *try says, when there is a place */
	MAILBOX_CUT,     /* break off what is under way: mailbox_cut */
};

enum mailbox_next mailbox_next(struct mailbox *box, mono_ms now,
			       struct mailbox_try *try, mono_ms *at);
void mailbox_begin(struct mailbox *box, mono_ms now,
		   const struct mailbox_try *try);
/* The result's report is the mailbox's from then on. */
void mailbox_done(struct mailbox *box, mono_ms now,
		  const struct bmc_result *result, struct rng *rng);
void mailbox_cut(struct mailbox *box, mono_ms now);
/* One that has ended: its owner's again; NULL: none. */
struct mail *mailbox_ended(struct mailbox *box);

bool mailbox_empty(const struct mailbox *box);
/* It has given reason to believe that it holds a place for long. */
bool mailbox_suspect(const struct mailbox *box);

/* Its result and its report. */
void mail_release(struct mail *mail);

#endif
