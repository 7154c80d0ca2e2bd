/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_INTEGRATION_BMC_BENCH_H
#define TESTS_INTEGRATION_BMC_BENCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "bmc/bmc.h"
#include "bmc/quirk_plan.h"

/*
 * A test bench: a scratch directory, a loop with the real core, and the fake
 * BMCs as processes, which end with us.
 */
#define BENCH_PASSWORD "Geheim-4711"
#define BENCH_MAX_PIDS 8

struct bench {
	char dir[64];
	struct loop *loop;
	struct bmc *bmc;
	pid_t pids[BENCH_MAX_PIDS];
	size_t n_pids;
	/* The last result, without its report: that is shown when it comes. */
	unsigned n_results;
	struct bmc_result result;
	void (*show)(const struct bmc_report *report, void *out);
	void *out;
	struct quirk_table *quirks;
	bool remembers;
	char *memory; /* of "b1" */
};

void bench_open(struct bench *bench);
void bench_close(struct bench *bench);

/* A Redfish BMC with a fault; its address into *target, pinned. */
void bench_redfish(struct bench *bench, const char *fault,
		   struct bmc_target *target);
/* With more of the emulator's options, NULL-terminated. */
void bench_redfish_with(struct bench *bench, const char *const *options,
			struct bmc_target *target);
/* With a memory, and the built-in quirks or none. */
void bench_remember(struct bench *bench, bool with_quirks);
/* The core anew, as after a restart of ours. */
void bench_restart(struct bench *bench);
/* To be spoken to by ipmitool. False: it or ipmi_sim is not installed. */
bool bench_ipmi(struct bench *bench, struct bmc_target *target);

void bench_submit(struct bench *bench, const struct bmc_target *target,
		  const struct bmc_request *request);
/* Turns the loop until n results have come; their time in ms. */
int64_t bench_wait(struct bench *bench, unsigned n);
/* Submit and wait; also checks that no error has the password in it. */
const struct bmc_result *bench_do(struct bench *bench,
				  const struct bmc_target *target,
				  const struct bmc_request *request);

/* How many lines of a file in the bench's directory have this in them. */
unsigned bench_count(const struct bench *bench, const char *file,
		     const char *text);

#endif
