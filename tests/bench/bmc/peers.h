/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BMC_PEERS_H
#define TESTS_BENCH_BMC_PEERS_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The others of a benchmark, as processes that end with us: BMCs to speak to,
 * and programs that speak to them, whose CPU time is counted.
 */
#define PEERS_MAX      300
#define PEERS_PASSWORD "secret"
#define PEERS_OUTPUT   (256 * 1024)

struct peers {
	char dir[64];
	pid_t pids[PEERS_MAX];
	unsigned n_pids;
	char output[PEERS_OUTPUT]; /* of peers_run */
};

/* What the process has had of the CPU, in microseconds. */
double peers_own_cpu_us(void);

struct peers *peers_new(void);
/* Ends what was started. */
void peers_free(struct peers *peers);
void peers_end_all(struct peers *peers);

/* Our farm, with options parted by spaces; its port. */
unsigned peers_farm(struct peers *peers, const char *options);
/* ipmi_sim, n of them: 127.1.0.1 and on, all at this port; false: not
 * installed. They need a moment until they answer. */
bool peers_sims(struct peers *peers, unsigned n, unsigned port);

/* Runs a program with words parted by spaces to its end, and says how many of
 * the lines of its output have `good` in them. Its CPU time is added. */
unsigned peers_run(struct peers *peers, const char *words, const char *good,
		   double *cpu_us);
bool peers_have(const char *program);

#endif
