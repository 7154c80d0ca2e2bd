/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/str.h"
#include "fleet.h"

/*
 * What ten thousand Redfish BMCs cost us: CPU time of a poll on a connection
 * that is kept and on a new one, and memory.
 *
 *	bmc_redfish [--json] [--bmcs N]
 *
 * CPU time is of this process alone: the BMCs are another one. A BMC that is
 * played answers at once, so that wall time would say nothing. Nobody else's
 * numbers are in it ("peer" and "ratio" are null). Exits with 1 when a goal
 * was missed.
 */
#define N_BMCS    10000
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
	struct fleet *fleet;
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
		      enum fleet_way way)
{
	double before = cpu_us();

	for (unsigned i = 0; i < rounds; i++)
		fleet_poll(bench->fleet, n, way);
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

	fleet_poll(bench->fleet, n, FLEET_RESUMED);
	closed = resident_kib();
	fleet_poll(bench->fleet, n, FLEET_KEPT);
	open = resident_kib();
	say(bench, &(struct row){ .name = "memory of a BMC, no connection",
				  .unit = "KiB",
				  .ours = (closed - bare_kib) / n });
	say(bench, &(struct row){ .name = "memory of an open TLS connection",
				  .unit = "KiB",
				  .ours = (open - closed) / n,
				  .goal = OPEN_KIB });
}

static void bench_plain(struct bench *bench)
{
	unsigned few = bench->n_bmcs < N_NEW ? bench->n_bmcs : N_NEW;
	double bare = resident_kib();
	double kept;
	double resumed;

	bench->fleet = fleet_new(bench->n_bmcs, "plain");
	bench_memory(bench, bare);
	kept = poll_us(bench, bench->n_bmcs, ROUNDS, FLEET_KEPT);
	say(bench, &(struct row){ .name = "poll, connection kept",
				  .unit = "us",
				  .ours = kept,
				  .goal = KEPT_US });
	fleet_hang_up(bench->fleet);
	fleet_poll(bench->fleet, few, FLEET_RESUMED);
	resumed = poll_us(bench, few, ROUNDS, FLEET_RESUMED);
	say(bench, &(struct row){ .name = "poll, new connection, TLS resumed",
				  .unit = "us",
				  .ours = resumed });
	say(bench,
	    &(struct row){ .name = "poll, new connection, full handshake",
			   .unit = "us",
			   .ours = poll_us(bench, few, 1, FLEET_FULL) });
	say_share(bench, "10000 polled each 60 s, connections kept", kept,
		  POLL_SHARE);
	say_share(bench, "10000 polled each 60 s, TLS resumed", resumed, 0);
}

static void bench_select(struct bench *bench)
{
	bench->fleet = fleet_new(bench->n_bmcs, "idrac9");
	fleet_poll(bench->fleet, bench->n_bmcs, FLEET_KEPT);
	say(bench, &(struct row){ .name = "poll by $select, connection kept",
				  .unit = "us",
				  .ours = poll_us(bench, bench->n_bmcs, ROUNDS,
						  FLEET_KEPT),
				  .goal = KEPT_US });
}

/* Polls that failed were cheap, and prove nothing. */
static void end_fleet(struct bench *bench)
{
	struct fleet *fleet = bench->fleet;

	if (fleet->n_failed) {
		fprintf(stderr, "bmc_redfish: %u polls failed; the last: %s\n",
			fleet->n_failed, fleet->err.message);
		exit(2);
	}
	fleet_free(fleet);
}

int main(int argc, char **argv)
{
	struct bench bench = { .n_bmcs = N_BMCS };

	for (int i = 1; i < argc; i++) {
		if (str_eq(argv[i], "--json")) {
			bench.json = true;
		} else if (!str_eq(argv[i], "--bmcs") || i + 1 == argc ||
			   !str_parse_u32(argv[++i], 50000, &bench.n_bmcs) ||
			   !bench.n_bmcs) {
			fputs("usage: bmc_redfish [--json] [--bmcs N]\n",
			      stderr);
			return 2;
		}
	}
	bench_plain(&bench);
	end_fleet(&bench);
	bench_select(&bench);
	end_fleet(&bench);
	return bench.n_missed > 0;
}
