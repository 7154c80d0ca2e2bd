/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_TARGET_H
#define STORE_TARGET_H

#include "store/store.h"

/*
 * All machines, as monitoring wants to know them: a row each, made by the
 * database out of the documents, of which thousands would take seconds to
 * read. What there is none of is "".
 */
struct target {
	const char *namespace;
	const char *name;
	const char *labels; /* JSON */
	const char *mac;    /* of the interface that it boots from */
	const char *arch;
	const char *address;
	const char *bmc; /* the bmc Machine's name */
	const char *bmc_host;
	const char *bmc_driver; /* the first that it prefers */
	const char *power;
};

typedef void (*target_fn)(void *arg, const struct target *target);

/* By namespace and name. The texts are gone after fn. */
int target_each(struct store *store, target_fn fn, void *arg,
		struct err *err) NODISCARD;

#endif
