/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_CREDENTIAL_H
#define DAEMON_CREDENTIAL_H

#include "store/store.h"

/*
 * The credentials of a bmc Machine while they change: rows of its Secret,
 * sealed as all of them.
 */
#define CREDENTIAL_NEXT      "password.next"
#define CREDENTIAL_NEXT_USER "username.next"

struct credential {
	const char *user; /* another account; "": the same */
	const char *password;
};

/* Writes the new ones down beside the old ones. */
int credential_record(struct store *store, const char *namespace,
		      const char *bmc, const struct credential *next,
		      struct err *err) NODISCARD;
/* The new ones are it from now on, and the old ones are gone. */
int credential_adopt(struct store *store, const char *namespace,
		     const char *bmc, const struct credential *next,
		     struct err *err) NODISCARD;
/* The new ones are gone. */
int credential_forget(struct store *store, const char *namespace,
		      const char *bmc, struct err *err) NODISCARD;

#endif
