/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

/*
 * The command line: every subcommand of `tomte` but `serve`. All of them are
 * clients of the daemon's API.
 *
 * Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 the daemon cannot
 * be reached, 4 a run that was waited for or reported on did not succeed.
 */
int cli_main(int argc, char **argv);

#endif
