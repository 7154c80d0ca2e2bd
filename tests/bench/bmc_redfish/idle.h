/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BMC_REDFISH_IDLE_H
#define TESTS_BENCH_BMC_REDFISH_IDLE_H

#include "base/err.h"

/*
 * A fleet that nobody wants anything of, in real time: the core and its
 * driver, as the daemon has them, ask each BMC once in an interval, spread
 * over it as the daemon's polls are. Before that they are found, and asked for
 * one interval that is not counted.
 */
struct idle {
	unsigned n;
	unsigned interval_s;
	unsigned n_intervals; /* that are counted */

	/* Of those. */
	double cpu_us;
	double wall_s;
	unsigned n_polls;
	unsigned n_sockets; /* at the end: connections, and a few others */
	unsigned n_failed;  /* also before */
	struct err err;     /* the last one */
};

/* Ends the program, with a cause, when the emulator does not start. */
void idle_run(struct idle *idle, const char *face);

#endif
