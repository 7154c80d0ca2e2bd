/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_CREDENTIAL_H
#define DAEMON_CREDENTIAL_H

#include "store/store.h"

/*
 * The credentials of a bmc Machine while they change: rows of its Secret,
 * sealed as all of them.
 */
#define CREDENTIAL_NEXT "password.next"

/* Writes the new password down beside the old one. */
int credential_record(struct store *store, const char *namespace,
		      const char *bmc, const char *next,
		      struct err *err) NODISCARD;
/* The new one is the password from now on, and the old one is gone. */
int credential_adopt(struct store *store, const char *namespace,
		     const char *bmc, const char *next,
		     struct err *err) NODISCARD;
/* The new one is gone. */
int credential_forget(struct store *store, const char *namespace,
		      const char *bmc, struct err *err) NODISCARD;

#endif
