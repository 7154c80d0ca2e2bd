/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_CONTACT_H
#define DAEMON_CONTACT_H

#include "bmc/types.h"
#include "store/store.h"

/*
 * What is known of a BMC without asking it: the status of its bmc Machine,
 * with the power that was last seen and whether it can be spoken to.
 *
 *	struct contact_seen seen = { .power = result->power };
 *
 *	if (contact_write(store, "default", "r1n01-bmc", &seen, err))
 *		return -1;
 *	if (seen.turned)
 *		... that is an event
 */

/* What came of an operation, as far as it tells of its BMC. */
struct contact_seen {
	enum bmc_power power;
	const struct err *error; /* NULL: it answered */
	/* It was only asked whether it is there, or could not even be: then
	 * any error is one of the way to it. */
	bool looked;
	/* Out: it can be spoken to, and could not before; or the reverse. */
	bool turned;
};

/*
 * Write what was learnt into the bmc Machine's status. Nothing is written
 * where nothing has changed but numbers in the message.
 */
int contact_write(struct store *store, const char *namespace, const char *name,
		  struct contact_seen *seen, struct err *err) NODISCARD;
/* Of an operation on the machine; error NULL: it answered. */
int contact_write_of(struct store *store, int64_t machine, enum bmc_power power,
		     const struct err *error, struct err *err) NODISCARD;

#endif
