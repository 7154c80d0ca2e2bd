/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_EXEC_H
#define DAEMON_EXEC_H

#include <stdbool.h>

#include "base/loop.h"
#include "bmc/types.h"
#include "daemon/bmc_known.h"
#include "store/store.h"

/*
 * Carries intents out: after the commit that made them durable it hands each
 * to the BMC manager, and writes down what came of it.
 *
 * An intent that a crash left open is carried out again only where that is
 * safe: power on and off and boot devices are, since the manager reads the
 * state first. A cycle or reset is not; it ends with an unknown outcome.
 */
struct exec;

/* `known` outlives it. With `ipmitool`, BMCs whose Machine names that provider
 * are spoken to by that program; otherwise by ourselves. */
struct exec *exec_new(struct loop *loop, struct store *store,
		      struct bmc_known *known, bool ipmitool);
void exec_free(struct exec *exec);

/* For who asks BMCs beside intents: the core, in which each BMC does one thing
 * at a time, and how a bmc Machine is reached. */
struct bmc *exec_bmc(struct exec *exec);
int exec_reach(const struct exec *exec, const char *namespace, const char *bmc,
	       struct bmc_target *target, char *id, size_t id_size,
	       struct err *err) NODISCARD;

/* After each commit. Writes rows, so that another commit is needed. */
void exec_published(struct exec *exec);

#endif
