/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "cli/command.h"

/*
 * Follows runs until all of them are over: on a terminal as a table that is
 * drawn anew each second, elsewhere as a line for each change, with --json
 * as an object for each.
 *
 * A server that is restarted meanwhile is waited for. Ctrl-C only ends the
 * watching.
 */

/* `run` NULL: all that are not over. Returns an exit code, or -1. */
int watch_runs(struct cli *cli, const char *run, struct err *err) NODISCARD;

#endif
