/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_REFUSAL_H
#define BMC_REFUSAL_H

#include "bmc/bmc.h"

/*
 * That a BMC refused credentials is known after a restart, too: some lock an
 * account at the third wrong password, and each start would be a try. What is
 * kept is the cause, with a digest of the credentials that it is about.
 */

/* True: these credentials were refused; err says what was said then. */
bool refusal_recall(const struct bmc_memory *memory, const char *id,
		    const struct bmc_target *target, struct err *err) NODISCARD;
void refusal_keep(const struct bmc_memory *memory, const char *id,
		  const struct bmc_target *target, const struct err *cause);
void refusal_drop(const struct bmc_memory *memory, const char *id);

#endif
