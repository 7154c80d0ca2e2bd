/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_HARDWARE_H
#define DAEMON_HARDWARE_H

#include "base/json.h"
#include "boot/types.h"

/*
 * Hardware objects in the words of the boot servers: what they are told of a
 * machine when one of its interfaces asks. How its BMC is reached is in
 * reach.h.
 *
 *	struct boot_machine machine;
 *
 *	hardware_to_boot(hardware, position, &machine);
 *	if (machine.ip)
 *		...
 *
 * What an object does not say, or says so that it cannot be used, is empty:
 * objects are checked where they are written.
 */

/* The interface at `position` of a Hardware object. */
void hardware_to_boot(const json_t *hardware, int position,
		      struct boot_machine *machine);

#endif
