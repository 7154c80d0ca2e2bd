/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

/*
 * The command line: every subcommand of `tomte` but `serve`. All of them are
 * clients of the daemon's API.
 *
 * Exit codes: see help_exits in render_help.c, or `tomte help exit-codes`.
 *
 * `serve` is the page of its help, for `tomte help`, completion and man.
 */
int cli_main(int argc, char **argv, const char *serve);

#endif
