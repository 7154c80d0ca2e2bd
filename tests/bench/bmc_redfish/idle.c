/* SPDX-License-Identifier: Apache-2.0 */
#include "idle.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/mem.h"
#include "base/str.h"
#include "bmc/bmc.h"
#include "emulator.h"

#define FIND_MS 300000 /* to find all: there are 200 connections a second */
#define GRID_MS 1000   /* those of a second at once, as daemon/poll.c does */
#define REST_MS 5000   /* for answers to come after the last interval */

struct run {
	struct idle *idle;
	struct loop *loop;
	struct bmc *bmc;
	struct bmc_target target;
	unsigned n_asked;
	unsigned n_ended;
};

static double cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static unsigned count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static void on_power(void *arg, const char *id, const struct bmc_result *result)
{
	struct run *run = arg;

	(void)id;
	run->n_ended++;
	if (result->err.code) {
		run->idle->n_failed++;
		run->idle->err = result->err;
	}
}

static void ask_next(struct run *run)
{
	const struct bmc_request request = {
		.op = BMC_POWER_GET,
		.urgency = BMC_BACKGROUND,
		.again_ms = (int64_t)run->idle->interval_s * 1000,
	};
	unsigned i = run->n_asked++ % run->idle->n;
	char id[16];

	snprintf(id, sizeof(id), "m%u", i);
	snprintf(run->target.host, sizeof(run->target.host), "127.1.%u.%u",
		 i / 250, i % 250 + 1);
	bmc_submit(run->bmc, id, &run->target, &request, on_power, run);
}

/* So many intervals, from `begin` on. */
static void go_on(struct run *run, mono_ms begin, unsigned n_intervals)
{
	const struct idle *idle = run->idle;
	int64_t interval_ms = (int64_t)idle->interval_s * 1000;
	unsigned first = run->n_asked;

	for (mono_ms now = begin; now < begin + n_intervals * interval_ms;
	     now = clock_mono()) {
		int64_t at_ms = (now - begin) / GRID_MS * GRID_MS;

		while (run->n_asked - first <
		       (uint64_t)at_ms * idle->n / interval_ms)
			ask_next(run);
		loop_turn(run->loop, at_ms + GRID_MS - (now - begin));
	}
}

/* Nobody keeps what is learnt, but the driver is to think so. */
static char *load(void *arg, const char *id)
{
	(void)arg;
	(void)id;
	return NULL;
}

static void save(void *arg, const char *id, const char *text)
{
	(void)arg;
	(void)id;
	(void)text;
}

static void await_all(struct run *run, int64_t most_ms)
{
	mono_ms until = clock_mono() + most_ms;

	while (run->n_ended < run->n_asked && clock_mono() < until)
		loop_turn(run->loop, 100);
}

static void measure(struct run *run)
{
	struct idle *idle = run->idle;
	unsigned before;
	mono_ms begin;

	while (run->n_asked < idle->n)
		ask_next(run);
	await_all(run, FIND_MS);
	go_on(run, clock_mono(), 1);
	await_all(run, REST_MS);
	begin = clock_mono();
	before = run->n_ended;
	idle->cpu_us = cpu_us();
	go_on(run, begin, idle->n_intervals);
	idle->cpu_us = cpu_us() - idle->cpu_us;
	idle->wall_s = (double)(clock_mono() - begin) / 1000;
	idle->n_polls = run->n_ended - before;
	idle->n_sockets = count_descriptors();
	await_all(run, REST_MS);
}

void idle_run(struct idle *idle, const char *face)
{
	static const struct bmc_memory memory = { .load = load, .save = save };
	struct run run = { .idle = idle,
			   .target = { .protocol = BMC_REDFISH } };
	struct emulator emulator;

	emulator_start(&emulator, face, idle->n);
	run.loop = loop_new();
	run.bmc = bmc_new(run.loop);
	bmc_set_memory(run.bmc, &memory);
	run.target.port = emulator.port;
	str_copy(run.target.user, sizeof(run.target.user), "admin");
	str_copy(run.target.password, sizeof(run.target.password), "secret");
	str_copy(run.target.pin, sizeof(run.target.pin), emulator.pin);
	measure(&run);
	idle->n_failed += run.n_asked - run.n_ended;
	bmc_free(run.bmc);
	loop_free(run.loop);
	bmc_target_release(&run.target);
	emulator_stop(&emulator);
}
