/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CONSOLE_LOCAL_H
#define CLI_CONSOLE_LOCAL_H

#include "bmc/types.h"

/*
 * The console of a machine at our terminal, without a daemon: keys go to it
 * as they are typed, what it says is shown as it is, until ~. or until it
 * ends. The terminal is as before then, whatever the end was.
 */
int console_local(const struct bmc_target *target, bool take,
		  struct err *err) NODISCARD;

#endif
