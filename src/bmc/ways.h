/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_WAYS_H
#define BMC_WAYS_H

#include "bmc/bmc.h"
#include "bmc/driver.h"
#include "bmc/fleet_plan.h"

/*
 * The ways to a BMC: for each target of it the driver that speaks it and,
 * when it was used, an endpoint there. For bmc.c, which owns the drivers'
 * states and, in each box, the ways.
 *
 *	gap_ms = ways_aim(&box->ways, &drivers, target, fleet_ways);
 *	...
 *	endpoint = ways_endpoint(&box->ways, &drivers, 0, &known);
 *	box->ways.list[0].slot->driver->start(endpoint, ...);
 *
 * What is learnt of a BMC is kept of its best way, the first.
 */
enum { WAY_REDFISH, WAY_IPMI, WAY_IPMITOOL, WAY_RPC, WAY_N_DRIVERS };

struct slot {
	const struct bmc_driver *driver;
	void *state; /* NULL: not used yet */
};

struct drivers {
	struct loop *loop;
	const struct quirk_table *quirks;
	struct slot slots[WAY_N_DRIVERS];
};

void drivers_init(struct drivers *drivers, struct loop *loop,
		  const struct bmc_driver *const table[WAY_N_DRIVERS]);
void drivers_release(struct drivers *drivers);
bool drivers_idle(const struct drivers *drivers);
/* Which it is, and its state, which is opened when it is first asked for. */
unsigned drivers_of(const struct bmc_target *target);
void *drivers_state(struct drivers *drivers, struct slot *slot);

struct way {
	struct bmc_packed *target;
	struct slot *slot;
	void *endpoint; /* NULL: none yet */
};

struct ways {
	struct way *list; /* most BMCs have one */
	size_t n;
};

/* Who keeps what is learnt, and under which name. */
struct ways_memory {
	const struct bmc_memory *memory;
	const char *id;
};

/* From now on to this target and those behind it, as *out says; the gap that
 * its firmware wants between commands. Only when nothing is under way. */
uint32_t ways_aim(struct ways *ways, struct drivers *drivers,
		  const struct bmc_target *target,
		  struct fleet_way out[MAILBOX_WAYS]);
/* Logs out of them all, in the background. Likewise. */
void ways_drop(struct ways *ways);
bool ways_are_to(const struct ways *ways, const struct bmc_target *target);
/* The target of the best one; the caller releases it. */
void ways_best(const struct ways *ways, struct bmc_target *target);
void *ways_endpoint(struct ways *ways, struct drivers *drivers, size_t i,
		    const struct ways_memory *known);
/* After an operation by the i-th: what was learnt is to be kept. */
void ways_save(const struct ways *ways, size_t i,
	       const struct ways_memory *known);

#endif
