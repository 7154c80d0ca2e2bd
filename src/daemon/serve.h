/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_SERVE_H
#define DAEMON_SERVE_H

/* `tomte serve`: runs until SIGINT or SIGTERM; returns the exit code. */
int serve_main(int argc, char **argv);

#endif
