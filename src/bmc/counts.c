/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/counts.h"

void bmc_counts_try(struct bmc_counts *counts, unsigned driver, enum bmc_op op,
		    enum err_code code, int64_t took_ms)
{
	struct histogram *took = &counts->took[driver][op];

	counts->tries[driver][op][code]++;
	took->scale = HISTOGRAM_SLOW;
	histogram_add(took, took_ms * 1000);
}

const char *bmc_driver_name(unsigned driver)
{
	static const char *const names[BMC_N_DRIVERS] = { "redfish", "ipmi",
							  "ipmitool", "rpc" };

	return names[driver];
}

const char *bmc_standing_name(enum bmc_standing standing)
{
	static const char *const names[BMC_N_STANDINGS] = {
		[BMC_FINE] = "fine",
		[BMC_LEFT_ALONE] = "left-alone",
		[BMC_PROBED] = "probed",
		[BMC_FROZEN] = "frozen",
	};

	return names[standing];
}
