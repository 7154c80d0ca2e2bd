/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_REACH_H
#define DAEMON_REACH_H

#include "bmc/types.h"
#include "store/object.h"

/*
 * How a BMC is reached: Hardware, bmc Machine and Secret objects in the words
 * of the BMC drivers.
 *
 *	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
 *	char id[400];
 *
 *	if (reach_machine(store, machine, &target, id, sizeof(id), err))
 *		return -1;
 *	bmc_submit(bmc, id, &target, ...);
 *
 * `id` names the mailbox: the bmc Machine's namespace and name. The target
 * has the password out of the Secret in it, and behind it, by `other`, all
 * the ways that the Machine prefers less. It says "ipmitool" where the Machine
 * does; whether that program is to be used for it is the operator's choice.
 *
 * A Secret is read each time: nothing here remembers one. Who is in the way of
 * a password that is being changed hears ERR_BUSY, for one of the two is
 * wrong, and to try it may lock the account.
 */

/* Of a Hardware, bmc Machine or Task, by its object's id. */
int reach_machine(struct store *store, int64_t machine,
		  struct bmc_target *target, char *id, size_t id_size,
		  struct err *err) NODISCARD;
/* The same of a bmc Machine, whoever has it. */
int reach_named(struct store *store, const char *namespace, const char *name,
		struct bmc_target *target, char *id, size_t id_size,
		struct err *err) NODISCARD;

/* What its credentials are to be: "": no other password, or account. */
struct reach_next {
	char user[BMC_USER_SIZE];
	char password[BMC_PASSWORD_SIZE];
};

/* The same while its password changes, for who changes it. */
int reach_changing(struct store *store, const char *namespace, const char *name,
		   struct bmc_target *target, struct reach_next *next,
		   struct err *err) NODISCARD;

/* Names of an object with a spec.connection. */
struct reach_place {
	struct object_key key; /* by the members below */
	char namespace[64];
	char name[254];
};

/*
 * The object that says how the BMC of this one is reached: a Hardware's bmc
 * Machine; a bmc Machine and a Task say it themselves. The caller's.
 */
json_t *reach_object(struct store *store, int64_t id, struct reach_place *place,
		     struct err *err) NODISCARD;

#endif
