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
 * How to reach the BMC of a machine, with its password out of the Secret, by
 * all the ways that the Machine prefers.
 * `id` names the mailbox: the bmc Machine's namespace and name. The target
 * says "ipmitool" where the Machine does; whether that program is to be used
 * for it is the operator's choice.
 */
int hardware_bmc(struct store *store, int64_t machine,
		 struct bmc_target *target, char *id, size_t id_size,
		 struct err *err) NODISCARD;

/* The same of a bmc Machine, whoever has it. */
int hardware_bmc_named(struct store *store, const char *namespace,
		       const char *name, struct bmc_target *target, char *id,
		       size_t id_size, struct err *err) NODISCARD;
/* What its credentials are to be: "": no other password, or account. */
struct hardware_next {
	char user[BMC_USER_SIZE];
	char password[BMC_PASSWORD_SIZE];
};

/* The same while its password changes, which is ERR_BUSY to all others. */
int hardware_bmc_changing(struct store *store, const char *namespace,
			  const char *name, struct bmc_target *target,
			  struct hardware_next *next,
			  struct err *err) NODISCARD;

/* What came of an operation, as far as it tells of its BMC. */
struct hardware_seen {
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
int hardware_bmc_seen(struct store *store, const char *namespace,
		      const char *name, struct hardware_seen *seen,
		      struct err *err) NODISCARD;
/* Of an operation on the machine; error NULL: it answered. */
int hardware_bmc_status(struct store *store, int64_t machine,
			enum bmc_power power, const struct err *error,
			struct err *err) NODISCARD;

#endif
