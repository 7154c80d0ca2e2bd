/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_BMC_ROTATE_H
#define CLI_BMC_ROTATE_H

#include "bmc/types.h"

/*
 * A new password for a BMC without a daemon (bmc/rotate_plan.h). It is
 * written down in a file: made up, if the file is not there, and the file's
 * first line, if it is. After a crash the same call goes on with that file.
 * `account` NULL: that of the target.
 */
int bmc_rotate(const struct bmc_target *target, const char *account,
	       const char *path, struct err *err) NODISCARD;

#endif
