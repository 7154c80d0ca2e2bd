/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BMC_REDFISH_EMULATOR_H
#define TESTS_BENCH_BMC_REDFISH_EMULATOR_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The emulator of Redfish BMCs as a process of its own: one machine, at one
 * port of all addresses of 127/8, which look like as many BMCs.
 *
 *	emulator_start(&emulator, "plain", 10000);
 *	...
 *	emulator_stop(&emulator);
 */
struct emulator {
	pid_t pid;
	uint16_t port;
	char pin[64];
};

/* Takes as many descriptors as the connections need. Ends the program, with a
 * cause, when it does not start. */
void emulator_start(struct emulator *emulator, const char *face,
		    unsigned n_connections);
void emulator_stop(const struct emulator *emulator);

#endif
