/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_BMC_KNOWN_H
#define DAEMON_BMC_KNOWN_H

#include "bmc/bmc.h"
#include "store/store.h"

/*
 * What is known of BMCs beside what their Machines say: the ways of their
 * firmware, from the table that is built in and the operator's file, and what
 * was learnt of each, which the inventory keeps over a restart.
 *
 *	known = bmc_known_new(store, "/etc/tomte/bmc-quirks.yaml", &err);
 *	bmc = bmc_new(loop);
 *	bmc_known_tell(known, bmc);
 */
struct bmc_known;

#define BMC_KNOWN_FILE "/etc/tomte/bmc-quirks.yaml"

/* `file` "": BMC_KNOWN_FILE, which need not be there; one that is named must.
 * Its lines go over those that are built in. */
struct bmc_known *bmc_known_new(struct store *store, const char *file,
				struct err *err) NODISCARD;
/* After the core that was told. */
void bmc_known_free(struct bmc_known *known);

/* Before its first operation. What it learns is written in the turn's
 * transaction. */
void bmc_known_tell(struct bmc_known *known, struct bmc *bmc);

#endif
