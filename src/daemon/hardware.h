/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_HARDWARE_H
#define DAEMON_HARDWARE_H

#include "base/json.h"
#include "bmc/types.h"
#include "boot/types.h"
#include "store/store.h"

/*
 * Hardware and bmc Machine objects in the words of the modules below: what
 * the boot servers and the BMC drivers are given.
 */

/* The interface at `position` of a Hardware object. */
void hardware_to_boot(const json_t *hardware, int position,
		      struct boot_machine *machine);

/*
 * How to reach the BMC of a machine, with its password out of the Secret.
 * `id` names the mailbox: the bmc Machine's namespace and name. The target
 * says "ipmitool" where the Machine does; whether that program is to be used
 * for it is the operator's choice.
 */
int hardware_bmc(struct store *store, int64_t machine,
		 struct bmc_target *target, char *id, size_t id_size,
		 struct err *err) NODISCARD;

/* Write what was learnt into the bmc Machine's status; error NULL: it
 * answered. */
int hardware_bmc_status(struct store *store, int64_t machine,
			enum bmc_power power, const struct err *error,
			struct err *err) NODISCARD;

#endif
