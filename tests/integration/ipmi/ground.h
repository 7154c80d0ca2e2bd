/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_INTEGRATION_IPMI_GROUND_H
#define TESTS_INTEGRATION_IPMI_GROUND_H

#include <stdbool.h>
#include <sys/types.h>

#include "bmc/bmc.h"

/*
 * Where our IPMI meets others: a scratch directory, a loop with the real
 * core, and BMCs as processes, which end with us.
 *
 *	ground_farm(ground, &target, "--loss 20");
 *	ground_do(ground, &target, &request);
 *	assert_int_equal(ground_count(ground, "record", "power cycle"), 1);
 */
#define GROUND_PASSWORD "Geheim-4711"
#define GROUND_PIDS     8
#define GROUND_OUTPUT   65536

struct ground {
	char dir[64];
	struct loop *loop;
	struct bmc *bmc;
	pid_t pids[GROUND_PIDS];
	size_t n_pids;
	int serial; /* where ipmi_sim's serial line connects to; -1: none */
	unsigned n_results;
	unsigned n_good;
	/* Told of each result; NULL: nobody. */
	void (*told)(void *arg, const char *id,
		     const struct bmc_result *result);
	void *told_arg;
	/* The last result; its report is ours until the next. */
	struct bmc_result result;
	char output[GROUND_OUTPUT]; /* of ground_run */
};

int ground_set_up(void **state);
int ground_tear_down(void **state);

#define GROUND(name)                                                           \
	cmocka_unit_test_setup_teardown(name, ground_set_up, ground_tear_down)

/* Our farm, with further options parted by spaces; its first BMC is 127.0.0.1,
 * and its record is "record". */
void ground_farm(struct ground *ground, struct bmc_target *target,
		 const char *options);
/* ipmi_sim; false: not installed. What it is told is in "record", and its
 * serial line is who connects to the socket `serial`. */
bool ground_sim(struct ground *ground, struct bmc_target *target);
/* pyghmi's fakebmc; false: not installed. */
bool ground_pyghmi(struct ground *ground, struct bmc_target *target);

/* For the BMC of this id. */
void ground_submit(struct ground *ground, const char *id,
		   const struct bmc_target *target,
		   const struct bmc_request *request);
/* Turns the loop until n results have come in all; their time in ms. */
int64_t ground_wait(struct ground *ground, unsigned n);
/* Submit and wait: for the id "b1". */
const struct bmc_result *ground_do(struct ground *ground,
				   const struct bmc_target *target,
				   const struct bmc_request *request);
/* The same, and it ends well. */
const struct bmc_report *ground_good(struct ground *ground,
				     const struct bmc_target *target,
				     const struct bmc_request *request);
/* The same, and it ends with this. */
void ground_bad(struct ground *ground, const struct bmc_target *target,
		const struct bmc_request *request, enum err_code code,
		const char *text);
/* Sessions have been closed and forgotten. */
void ground_forget(struct ground *ground, const char *id);

/* How many lines of a file in the scratch directory have this in them. */
unsigned ground_count(const struct ground *ground, const char *file,
		      const char *text);
void ground_await(struct ground *ground, const char *file, const char *text);
/* Runs a command of the shell; its exit code, and its output in ->output. */
int ground_run(struct ground *ground, const char *format, ...) PRINTF(2, 3);
/* What stands behind a label at the beginning of a line of ->output, without
 * blanks at either end; "" when there is no such line. */
const char *ground_field(const struct ground *ground, const char *label,
			 char *out, size_t size);

#endif
