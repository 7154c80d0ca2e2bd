/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_COUNTS_H
#define BMC_COUNTS_H

#include "base/histogram.h"
#include "bmc/types.h"

/*
 * What the core has done, in numbers: for /metrics, which renders them.
 *
 *	const struct bmc_counts *counts = bmc_counts(bmc);
 *
 *	counts->tries[driver][BMC_POWER_SET][ERR_TIMEOUT]
 */
#define BMC_N_DRIVERS 4 /* by bmc_driver_name */
#define BMC_N_CODES   (ERR_CANCELLED + 1)

/* How it stands with a BMC. */
enum bmc_standing {
	BMC_FINE,
	BMC_LEFT_ALONE, /* it gave no answer so often */
	BMC_PROBED,     /* being asked whether it is there again */
	BMC_FROZEN,     /* it refused the credentials */
	BMC_N_STANDINGS,
};

struct bmc_counts {
	/* What was asked of BMCs, and what came of it. */
	uint64_t tries[BMC_N_DRIVERS][BMC_N_OPS][BMC_N_CODES];
	struct histogram took[BMC_N_DRIVERS][BMC_N_OPS];
	/* Operations that ended; a try each is what most of them need. */
	uint64_t ended[BMC_N_OPS][BMC_N_CODES];
	uint64_t shared;    /* reads that had another's answer */
	uint64_t not_tried; /* ended without a try */
	/* Now. */
	uint32_t bmcs[BMC_N_STANDINGS];
	uint32_t running[BMC_N_DRIVERS];
	uint32_t waiting; /* BMCs, for a place */
};

void bmc_counts_try(struct bmc_counts *counts, unsigned driver, enum bmc_op op,
		    enum err_code code, int64_t took_ms);

/* "redfish", "ipmi", "ipmitool", "rpc" */
const char *bmc_driver_name(unsigned driver);
/* "fine", "left-alone", "probed", "frozen" */
const char *bmc_standing_name(enum bmc_standing standing);

#endif
