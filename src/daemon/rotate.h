/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_ROTATE_H
#define DAEMON_ROTATE_H

#include "api/api.h"
#include "daemon/exec.h"

/*
 * New passwords for BMCs (bmc/rotate_plan.h), written down in the Secret of
 * their bmc Machine: "password.next" beside "password" until a login by it
 * succeeded. While there are two, nothing else asks the BMC, for one of them
 * is wrong. A Secret that many Machines have is left to the others: this one
 * gets its own.
 *
 * One that was under way when the daemon ended goes on with its start.
 */
struct rotates;

struct rotates *rotates_new(struct store *store, struct exec *exec);
/* As asks_free. */
void rotates_free(struct rotates *rotates);
int rotates_start(struct rotates *rotates, struct err *err) NODISCARD;

/* {"password": "...", "user": "..."}: without one it is made up, without the
 * other the account stays the same. */
int rotates_add(struct rotates *rotates, const struct api_ask *ask,
		struct api_wait *wait, struct err *err) NODISCARD;

/* After each commit. Writes rows, so that another commit is needed. */
void rotates_published(struct rotates *rotates);

#endif
