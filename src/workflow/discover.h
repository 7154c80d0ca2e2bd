/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_DISCOVER_H
#define WORKFLOW_DISCOVER_H

#include "base/net.h"
#include "store/store.h"
#include "workflow/stranger_wire.h"
#include "workflow/task_wire.h"

/*
 * The worker of a machine that nobody knows said hello: Hardware is made of
 * what it reports, if nothing of it is some machine's of the inventory. Such
 * a machine is never touched: it gets an event that says what was seen, and
 * the worker gets nothing.
 */

/* What a machine can be known again by. */
#define DISCOVER_CARDS 64

struct discover_identity {
	struct mac cards[DISCOVER_CARDS]; /* the one that it booted by first */
	size_t n_cards;
	const char *serial; /* NULL: none */
};

/* The machine of the inventory that this is, and why it is: 0: nobody's. */
#define DISCOVER_WHY 256
int64_t discover_owner(struct store *store,
		       const struct discover_identity *identity,
		       char why[DISCOVER_WHY]);
/* An event of that machine. */
int discover_refused(struct store *store, int64_t owner, const struct mac *mac,
		     const char *why, struct err *err) NODISCARD;

/* Who it was that a token was made for. */
struct discover_stranger {
	struct mac mac;
	char token[STRANGER_TOKEN];
	char source[48]; /* the address that it says hello from */
	ipv4 ip;         /* that it was lent, to be its own; 0: none */
	ipv4 mask;
	ipv4 gateway;
};

struct discover_ops {
	/* Whose token it is; false: nobody's. */
	bool (*stranger)(void *arg, const char *token,
			 struct discover_stranger *stranger);
	/* False: that this one was refused for that machine's sake (0: for
	 * none's) was told of late, or too much was. */
	bool (*may_tell)(void *arg, const struct mac *mac, int64_t owner);
	void *arg;
	const char *namespace; /* where no rule set says another */
	uint32_t most;         /* Hardware that was discovered; 0: any number */
};

/*
 * The machine that was made. Refused: ERR_DENIED (it is known by other
 * cards), ERR_CONFLICT, ERR_BUSY (there are too many), ERR_INVALID. All of it,
 * also why not, is in events and in the audit.
 */
int discover(struct store *store, const struct discover_ops *ops,
	     const struct discover_stranger *stranger,
	     const struct task_hello *hello, int64_t *machine,
	     struct err *err) NODISCARD;

#endif
