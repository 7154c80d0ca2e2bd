/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_BMC_H
#define CLI_RENDER_BMC_H

#include "base/buf.h"
#include "base/json.h"

/*
 * What a BMC said (bmc_result_json), for people: values by name, then its
 * lists as tables. What has no table here is left to -o json.
 */
void render_bmc(struct buf *out, const json_t *answer);

#endif
