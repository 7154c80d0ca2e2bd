/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CONSOLE_REMOTE_H
#define CLI_CONSOLE_REMOTE_H

#include "cli/command.h"

/* The console of a machine by the daemon, as console_local has it. `machine`
 * is a Hardware object; cli->client is connected. */
int console_remote(struct cli *cli, const json_t *machine, bool take,
		   struct err *err) NODISCARD;

#endif
