/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/counts.h"

static const int64_t most_ms[BMC_N_TOOK] = {
	10,   30,    100,   300,   1000,   3000,
	5000, 10000, 30000, 60000, 120000, INT64_MAX,
};

void bmc_counts_try(struct bmc_counts *counts, unsigned driver, enum bmc_op op,
		    enum err_code code, int64_t took_ms)
{
	struct bmc_took *took = &counts->took[driver][op];
	unsigned bucket = 0;

	counts->tries[driver][op][code]++;
	while (took_ms > most_ms[bucket])
		bucket++;
	took->buckets[bucket]++;
	took->n++;
	took->sum_ms += took_ms > 0 ? (uint64_t)took_ms : 0;
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

const char *bmc_class_name(unsigned class)
{
	static const char *const names[BMC_N_CLASSES] = { "sound", "new",
							  "suspect" };

	return names[class];
}

int64_t bmc_took_most(unsigned bucket)
{
	return most_ms[bucket];
}
