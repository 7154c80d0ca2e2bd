/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/rotate_plan.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static enum rotate_step after_change(const struct rotate *rotate)
{
	switch (rotate->new_login) {
	case ROTATE_UNTRIED:
		return ROTATE_TRY_NEW;
	case ROTATE_REFUSED:
		break;
	default:
		return ROTATE_FAILED;
	}
	switch (rotate->old_login) {
	case ROTATE_UNTRIED:
		return ROTATE_TRY_OLD;
	case ROTATE_GOOD:
		return ROTATE_FORGET;
	default:
		return ROTATE_FAILED;
	}
}

/* Two were found: the one before us may have got anywhere. */
static enum rotate_step after_crash(const struct rotate *rotate)
{
	switch (rotate->new_login) {
	case ROTATE_UNTRIED:
		return ROTATE_TRY_NEW;
	case ROTATE_REFUSED:
		break;
	default:
		return ROTATE_FAILED;
	}
	switch (rotate->old_login) {
	case ROTATE_UNTRIED:
		return ROTATE_TRY_OLD;
	case ROTATE_GOOD:
		return ROTATE_SET;
	default:
		return ROTATE_FAILED;
	}
}

enum rotate_step rotate_next(const struct rotate *rotate)
{
	if (rotate->stuck)
		return ROTATE_FAILED;
	if (rotate->adopted)
		return ROTATE_DONE;
	if (rotate->forgotten)
		return ROTATE_FAILED;
	if (!rotate->recorded)
		return ROTATE_RECORD;
	if (rotate->new_login == ROTATE_GOOD)
		return ROTATE_ADOPT;
	if (rotate->change == ROTATE_NOT)
		return ROTATE_FORGET;
	if (rotate->change == ROTATE_MAYBE)
		return after_change(rotate);
	return rotate->begun ? ROTATE_SET : after_crash(rotate);
}

static void keep_cause(struct rotate *rotate, const struct err *error)
{
	if (error && !rotate->err.code)
		rotate->err = *error;
}

static enum rotate_login login_of(const struct err *error)
{
	if (!error)
		return ROTATE_GOOD;
	if (error->code == ERR_AUTH || error->code == ERR_DENIED)
		return ROTATE_REFUSED;
	return ROTATE_BROKEN;
}

void rotate_told(struct rotate *rotate, enum rotate_step step,
		 const struct err *error, bool sent)
{
	/* That the new one is refused before the BMC was told is no fault. */
	if (step != ROTATE_TRY_NEW || rotate->change != ROTATE_UNSET ||
	    login_of(error) != ROTATE_REFUSED)
		keep_cause(rotate, error);
	switch (step) {
	case ROTATE_RECORD:
		rotate->recorded = rotate->begun = !error;
		rotate->stuck = error != NULL;
		break;
	case ROTATE_SET:
		rotate->change = error && !sent ? ROTATE_NOT : ROTATE_MAYBE;
		rotate->new_login = ROTATE_UNTRIED;
		rotate->old_login = ROTATE_UNTRIED;
		break;
	case ROTATE_TRY_NEW:
		rotate->new_login = login_of(error);
		break;
	case ROTATE_TRY_OLD:
		rotate->old_login = login_of(error);
		break;
	case ROTATE_ADOPT:
		rotate->adopted = !error;
		rotate->stuck = error != NULL;
		break;
	case ROTATE_FORGET:
		rotate->forgotten = !error;
		rotate->stuck = error != NULL;
		break;
	default:
		assert(false && "a step that is none");
	}
}

void rotate_error(const struct rotate *rotate, struct err *err)
{
	const char *now = "it has the old password or the new one, and both "
			  "are kept";

	if (rotate->forgotten || !rotate->recorded)
		now = "it has the old password";
	else if (rotate->new_login == ROTATE_GOOD)
		now = "it has the new password, and both are kept";
	*err = rotate->err;
	if (!err->code)
		err_set(err, ERR_MISMATCH, "the BMC did not take it");
	err_wrap(err, "the password is not changed: %s", now);
}

const char *rotate_step_name(enum rotate_step step)
{
	static const char *const names[] = {
		[ROTATE_RECORD] = "record",   [ROTATE_SET] = "set",
		[ROTATE_TRY_NEW] = "try-new", [ROTATE_TRY_OLD] = "try-old",
		[ROTATE_ADOPT] = "adopt",     [ROTATE_FORGET] = "forget",
		[ROTATE_DONE] = "done",       [ROTATE_FAILED] = "failed",
	};

	return names[step];
}

static bool has_any(const char *text, const char *letters)
{
	return strpbrk(text, letters) != NULL;
}

void rotate_password(struct rng *rng, char out[ROTATE_PASSWORD])
{
	/* Without what looks alike. 64 of them, so that each is as likely. */
	static const char lower[] = "abcdefghijkmnpqrstuvwxyz";
	static const char upper[] = "ABCDEFGHJKLMNPQRSTUVWXYZ";
	static const char digits[] = "23456789";
	static const char signs[] = "-_.+:=@%";
	static const char *const classes[] = { lower, upper, digits, signs };
	char all[65];

	snprintf(all, sizeof(all), "%s%s%s%s", lower, upper, digits, signs);
	assert(strlen(all) == 64);
	for (;;) {
		bool good = true;

		for (size_t i = 0; i + 1 < ROTATE_PASSWORD; i++)
			out[i] = all[rng_u64(rng) & 63];
		out[ROTATE_PASSWORD - 1] = '\0';
		for (size_t i = 0; i < ARRAY_LEN(classes); i++)
			good &= has_any(out, classes[i]);
		/* A sign at the start is what some BMCs stumble over. */
		if (good && !strchr(signs, out[0]))
			return;
	}
}
