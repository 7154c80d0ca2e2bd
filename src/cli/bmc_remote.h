/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_BMC_REMOTE_H
#define CLI_BMC_REMOTE_H

#include "cli/command.h"

/*
 * The same thing asked of the BMCs of many machines, by the daemon: so many
 * at a time, each told when its answer is there.
 */
struct bmc_remote {
	struct cli *cli;
	const char *ask; /* below the bmc Machine: "sensors" */
	bool writes;
	const json_t *arguments;
	const json_t *machines; /* Hardware objects */
	size_t parallel;
};

/* One line of JSON or one part of text each. The exit code: CLI_FAILED when
 * one of them failed. -1: none was asked. */
int bmc_remote_ask(const struct bmc_remote *remote, bool json,
		   struct err *err) NODISCARD;

#define BMC_REMOTE_PARALLEL 32
#define BMC_REMOTE_OPTION                                                      \
	{                                                                      \
		"max-parallel", 0, "N", "machines at a time; 32 without"       \
	}

/* The value of that option. */
int bmc_remote_parallel(const struct cli *cli, size_t *parallel,
			struct err *err) NODISCARD;

#endif
