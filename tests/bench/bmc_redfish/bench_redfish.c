/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/str.h"
#include "herd.h"
#include "idle.h"

/*
 * What ten thousand Redfish BMCs cost us: CPU time of a poll on a connection
 * that is kept and on a new one, and memory.
 *
 *	bmc_redfish [--json] [--bmcs N] [--idle SECONDS]
 *
 * With --idle it takes three such intervals of real time, polls each BMC once
 * in each by the core and its driver, and says what that took of a core: that
 * has in it what connections cost that only wait. An interval other than a
 * minute is said in the row's name.
 *
 * CPU time is of this process alone: the BMCs are another one. A BMC that is
 * played answers at once, so that wall time would say nothing. Nobody else's
 * numbers are in it ("peer" and "ratio" are null). Exits with 1 when a goal
 * was missed.
 */
#define N_BMCS    10000
#define MOST_BMCS 50000
#define ROUNDS    3
#define N_NEW     2000 /* polls by new connections */
#define INTERVALS 60.0 /* seconds between two polls of an idle BMC */
#define KIB       1024.0

#define KEPT_US    230
#define OPEN_KIB   30
#define POLL_SHARE 5 /* per cent of a core */

struct row {
	const char *name;
	const char *unit;
	double ours;
	double goal; /* 0: none */
};

struct bench {
	bool json;
	unsigned n_bmcs;
	unsigned n_missed;
	struct herd *herd;
};

static void say(struct bench *bench, const struct row *row)
{
	bool met = row->goal <= 0 || row->ours <= row->goal;
	char goal[32] = "null";

	bench->n_missed += !met;
	if (row->goal > 0)
		snprintf(goal, sizeof(goal), "%.1f", row->goal);
	if (bench->json)
		printf("{\"case\": \"%s\", \"ours\": %.1f, \"peer\": null, "
		       "\"unit\": \"%s\", \"ratio\": null, \"goal\": %s, "
		       "\"met\": %s}\n",
		       row->name, row->ours, row->unit, goal,
		       row->goal <= 0 ? "null"
		       : met          ? "true"
				      : "false");
	else
		printf("%-56s %10.1f %-4s goal %6s %s\n", row->name, row->ours,
		       row->unit, goal,
		       row->goal <= 0 ? ""
		       : met          ? "met"
				      : "MISSED");
	fflush(stdout);
}

static double cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double resident_kib(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long all = 0;
	unsigned long resident = 0;

	malloc_trim(0);
	if (!file || fscanf(file, "%lu %lu", &all, &resident) != 2)
		perror("/proc/self/statm");
	if (file)
		fclose(file);
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / KIB;
}

/* CPU time of a poll, over some rounds. */
static double poll_us(struct bench *bench, unsigned n, unsigned rounds,
		      enum herd_way way)
{
	double before = cpu_us();

	for (unsigned i = 0; i < rounds; i++)
		herd_poll(bench->herd, n, way);
	return (cpu_us() - before) / n / rounds;
}

static void say_share(struct bench *bench, const char *name, double us,
		      double goal)
{
	say(bench, &(struct row){ .name = name,
				  .unit = "%",
				  .ours = us * N_BMCS / INTERVALS / 1e6 * 100,
				  .goal = goal });
}

/* Each BMC is logged in to, and found; what is left of that is its session,
 * not its connection. */
static void bench_memory(struct bench *bench, double bare_kib)
{
	unsigned n = bench->n_bmcs;
	double closed;
	double open;

	herd_poll(bench->herd, n, HERD_RESUMED);
	closed = resident_kib();
	herd_poll(bench->herd, n, HERD_KEPT);
	open = resident_kib();
	say(bench, &(struct row){ .name = "memory of a BMC, no connection",
				  .unit = "KiB",
				  .ours = (closed - bare_kib) / n });
	say(bench, &(struct row){ .name = "memory of an open TLS connection",
				  .unit = "KiB",
				  .ours = (open - closed) / n,
				  .goal = OPEN_KIB });
}

static void bench_idle(struct bench *bench, unsigned interval_s)
{
	struct idle idle = { .n = bench->n_bmcs,
			     .interval_s = interval_s,
			     .n_intervals = 2 };
	char name[80];

	idle_run(&idle, "plain");
	if (idle.n_failed) {
		fprintf(stderr, "bmc_redfish: %u polls failed; the last: %s\n",
			idle.n_failed, idle.err.message);
		exit(2);
	}
	snprintf(name, sizeof(name), "%u polled each %u s by the driver",
		 idle.n, interval_s);
	say(bench, &(struct row){ .name = name,
				  .unit = "%",
				  .ours = idle.cpu_us / idle.wall_s / 1e4,
				  .goal = POLL_SHARE });
	say(bench, &(struct row){ .name = "such a poll",
				  .unit = "us",
				  .ours = idle.cpu_us / idle.n_polls });
	say(bench, &(struct row){ .name = "descriptors open meanwhile",
				  .unit = "",
				  .ours = idle.n_sockets });
}

static void bench_plain(struct bench *bench)
{
	unsigned few = bench->n_bmcs < N_NEW ? bench->n_bmcs : N_NEW;
	double bare = resident_kib();
	double kept;
	double resumed;

	bench->herd = herd_new(bench->n_bmcs, "plain");
	bench_memory(bench, bare);
	kept = poll_us(bench, bench->n_bmcs, ROUNDS, HERD_KEPT);
	say(bench, &(struct row){ .name = "poll, connection kept",
				  .unit = "us",
				  .ours = kept,
				  .goal = KEPT_US });
	herd_hang_up(bench->herd);
	herd_poll(bench->herd, few, HERD_RESUMED);
	resumed = poll_us(bench, few, ROUNDS, HERD_RESUMED);
	say(bench, &(struct row){ .name = "poll, new connection, TLS resumed",
				  .unit = "us",
				  .ours = resumed });
	say(bench,
	    &(struct row){ .name = "poll, new connection, full handshake",
			   .unit = "us",
			   .ours = poll_us(bench, few, 1, HERD_FULL) });
	say_share(bench, "10000 polled each 60 s, connections kept", kept,
		  POLL_SHARE);
	say_share(bench, "10000 polled each 60 s, TLS resumed", resumed, 0);
}

static void bench_select(struct bench *bench)
{
	bench->herd = herd_new(bench->n_bmcs, "idrac9");
	herd_poll(bench->herd, bench->n_bmcs, HERD_KEPT);
	say(bench, &(struct row){ .name = "poll by $select, connection kept",
				  .unit = "us",
				  .ours = poll_us(bench, bench->n_bmcs, ROUNDS,
						  HERD_KEPT),
				  .goal = KEPT_US });
}

/* Polls that failed were cheap, and prove nothing. */
static void end_herd(struct bench *bench)
{
	struct herd *herd = bench->herd;

	if (herd->n_failed) {
		fprintf(stderr, "bmc_redfish: %u polls failed; the last: %s\n",
			herd->n_failed, herd->err.message);
		exit(2);
	}
	herd_free(herd);
}

static int read_options(struct bench *bench, unsigned *interval_s, char **argv)
{
	for (; *argv; argv++) {
		unsigned *number = NULL;

		if (str_eq(*argv, "--json"))
			bench->json = true;
		else if (str_eq(*argv, "--bmcs"))
			number = &bench->n_bmcs;
		else if (str_eq(*argv, "--idle"))
			number = interval_s;
		else
			return -1;
		if (number &&
		    (!*++argv || !str_parse_u32(*argv, MOST_BMCS, number) ||
		     !*number))
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct bench bench = { .n_bmcs = N_BMCS };
	unsigned interval_s = 0;

	(void)argc;
	if (read_options(&bench, &interval_s, argv + 1)) {
		fputs("usage: bmc_redfish [--json] [--bmcs N] "
		      "[--idle SECONDS]\n",
		      stderr);
		return 2;
	}
	if (interval_s) {
		bench_idle(&bench, interval_s);
		return bench.n_missed > 0;
	}
	bench_plain(&bench);
	end_herd(&bench);
	bench_select(&bench);
	end_herd(&bench);
	return bench.n_missed > 0;
}
