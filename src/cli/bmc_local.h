/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_BMC_LOCAL_H
#define CLI_BMC_LOCAL_H

#include "base/json.h"
#include "bmc/types.h"

/*
 * A BMC that the command line speaks to by itself: the daemon's drivers, in
 * a loop of our own, one operation after another.
 *
 *	struct bmc_local *local = bmc_local_new();
 *
 *	answer = bmc_local_ask(local, &target, &request, err);
 *	...
 *	bmc_local_free(local);
 */
struct bmc_local;

struct bmc_local *bmc_local_new(void);
/* Logs out, for which it takes a few seconds at most. */
void bmc_local_free(struct bmc_local *local);

/* What came of it (bmc_result_json), a new object; NULL: see err. A signal
 * that ends programs ends it with ERR_CANCELLED. */
json_t *bmc_local_ask(struct bmc_local *local, const struct bmc_target *target,
		      const struct bmc_request *request,
		      struct err *err) NODISCARD;
/* Of the last one: something that changes the BMC may have left. */
bool bmc_local_sent(const struct bmc_local *local);

#endif
