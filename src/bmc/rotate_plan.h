/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_ROTATE_PLAN_H
#define BMC_ROTATE_PLAN_H

#include "base/err.h"
#include "base/rng.h"

/*
 * A new password for a BMC, so that nobody is ever locked out. Pure.
 *
 *	RECORD   the new one is written down beside the old one, durably
 *	SET      only then the BMC is told, by the old one
 *	TRY_NEW  a fresh login has to succeed by it
 *	ADOPT    only then the old one is dropped
 *
 * At each moment the BMC's password is one of those that are written down,
 * so whoever finds two of them after a crash goes on by trying the new one,
 * then the old one, once each. A BMC that has not taken the new one is left
 * with the old one (FORGET). When neither can be tried, both are kept.
 *
 *	struct rotate rotate = { .recorded = two_are_written_down };
 *
 *	while ((step = rotate_next(&rotate)) < ROTATE_DONE)
 *		rotate_told(&rotate, step, do_it(step), sent);
 */
enum rotate_step {
	ROTATE_RECORD,
	ROTATE_SET,
	ROTATE_TRY_NEW,
	ROTATE_TRY_OLD,
	ROTATE_ADOPT,
	ROTATE_FORGET,
	ROTATE_DONE,
	ROTATE_FAILED,
};

enum rotate_login {
	ROTATE_UNTRIED,
	ROTATE_GOOD,
	ROTATE_REFUSED, /* it is not the BMC's password */
	ROTATE_BROKEN,  /* nothing is known: no answer, say */
};

enum rotate_change {
	ROTATE_UNSET,
	ROTATE_MAYBE, /* the BMC was told, and may have done it */
	ROTATE_NOT,   /* it never was, or could not be told */
};

struct rotate {
	bool recorded; /* before: it goes on from a crash */
	/* Private, from zero. */
	bool begun; /* recorded by ourselves: the BMC does not know it yet */
	bool adopted;
	bool forgotten;
	bool stuck; /* what should be written down cannot be */
	enum rotate_change change;
	enum rotate_login new_login;
	enum rotate_login old_login;
	struct err err; /* the first cause */
};

enum rotate_step rotate_next(const struct rotate *rotate);
/* error NULL: it went well. `sent` is of SET alone. */
void rotate_told(struct rotate *rotate, enum rotate_step step,
		 const struct err *error, bool sent);
/* Of ROTATE_FAILED: what went wrong, and which password the BMC has. */
void rotate_error(const struct rotate *rotate, struct err *err);
const char *rotate_step_name(enum rotate_step step);

/* Letters, digits and signs, of each at least one, as strict BMCs want it,
 * and no longer than old ones can keep. */
#define ROTATE_PASSWORD 17

void rotate_password(struct rng *rng, char out[ROTATE_PASSWORD]);

#endif
