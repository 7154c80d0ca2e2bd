/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_REPORT_TREE_H
#define BMC_REPORT_TREE_H

#include "base/json.h"
#include "bmc/types.h"

/*
 * What came of an operation, as JSON: for programs, and for what is shown to
 * people from it. What a BMC did not say is absent. Pure.
 *
 *	{"power": "on", "changed": true, "verified": true}
 *	{"sensors": [{"name": "CPU Temp", "value": 41, "unit": "C",
 *		      "health": "good"}]}
 *
 * Text of BMCs that is no UTF-8 has '?' in place of what is wrong. Secrets
 * are not in it, for they are in no result.
 */

/* A new object, without the error. */
json_t *bmc_result_json(const struct bmc_request *request,
			const struct bmc_result *result);

#endif
