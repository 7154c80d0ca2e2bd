/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_BMC_WHERE_H
#define CLI_BMC_WHERE_H

#include "bmc/types.h"
#include "cli/command.h"

/*
 * The BMC that --bmc and the options with it mean, for commands that do
 * without a daemon. Such a command has BMC_WHERE_OPTIONS in its table.
 */
#define BMC_WHERE_OPTIONS                                                      \
	{ "bmc", 0, "URL",                                                     \
	  "this BMC, without a daemon: redfish://, ipmi://" },                 \
		{ "password-file", 0, "FILE",                                  \
		  "the BMC's password is its first line" },                    \
		{ "password-env", 0, "NAME", "it is in this variable" },       \
		{ "pin", 0, "PIN",                                             \
		  "trust the key sha256//BASE64 alone, whoever signed it" },   \
	{                                                                      \
		"insecure", 0, NULL, "trust any certificate"                   \
	}

/* With its password, which is asked for if need be. --ca names the CA that
 * signed its certificate. The caller releases the target. */
int bmc_where(const struct cli *cli, struct bmc_target *target,
	      struct err *err) NODISCARD;

#endif
