/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "sim/fleet.h"

/* In the place of the C library's: how often a disk is waited for. */
static unsigned long long syncs(int more)
{
	static unsigned long long n;

	n += (unsigned long long)more;
	return n;
}

int fsync(int fd)
{
	syncs(1);
	return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	syncs(1);
	return (int)syscall(SYS_fdatasync, fd);
}

static int usage(void)
{
	fprintf(stderr,
		"usage: sim_fleet FOLDER [--machines N] [--seed N] [--faults] "
		"[--plain]\n"
		"	[--caps STARTING,IMAGING,PER-RACK] [--trace FILE] "
		"[--kill-at MINUTES] [--render N]\n"
		"Plays a fleet in made-up time over a store in FOLDER, and "
		"prints figures as\n"
		"JSON. --kill-at stops there, and measures a restart "
		"instead; --render\n"
		"measures only how fast its template is rendered.\n");
	return 2;
}

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long long bytes_of(const char *folder)
{
	static const char *const files[] = { "inventory.db",
					     "inventory.db-wal" };
	long long bytes = 0;

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", folder, files[i]);
		struct stat stat_;

		if (stat(path, &stat_) == 0)
			bytes += stat_.st_size;
	}
	return bytes;
}

static long peak_kib(void)
{
	struct rusage usage_;

	getrusage(RUSAGE_SELF, &usage_);
	return usage_.ru_maxrss;
}

static void parse_caps(const char *text, struct pacer_caps *caps)
{
	unsigned starting = 0;
	unsigned imaging = 0;
	unsigned rack = 0;

	if (sscanf(text, "%u,%u,%u", &starting, &imaging, &rack) < 2)
		exit(usage());
	caps->most[PACER_STARTING] = starting;
	caps->most[PACER_IMAGING] = imaging;
	caps->most_per_rack[PACER_STARTING] = rack;
	caps->most_per_rack[PACER_IMAGING] = rack;
}

static void measure_restart(struct fleet *fleet)
{
	double begun = seconds(CLOCK_MONOTONIC);
	double took;

	fleet_crash(fleet);
	took = seconds(CLOCK_MONOTONIC) - begun;
	printf("{\"machines\":%d,\"restart_s\":%.3f,\"peak_kib\":%ld}\n",
	       fleet->options.n, took, peak_kib());
}

static void measure_render(struct fleet *fleet, long n)
{
	double begun = seconds(CLOCK_MONOTONIC);

	for (long i = 0; i < n; i++)
		fleet_render(fleet);
	printf("{\"renders\":%ld,\"wall_s\":%.3f}\n", n,
	       seconds(CLOCK_MONOTONIC) - begun);
}

static int run_all(struct fleet *fleet)
{
	double wall = seconds(CLOCK_MONOTONIC);
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	size_t n_success;
	size_t n_open;

	fleet_apply(fleet);
	fleet_run(fleet, 0);
	if (fleet->options.faults) {
		fleet_rerun(fleet);
		fleet_run(fleet, 0);
	}
	wall = seconds(CLOCK_MONOTONIC) - wall;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	n_open = fleet_report(fleet, &n_success);
	printf("{\"machines\":%d,\"open\":%zu,\"success\":%zu,"
	       "\"virtual_s\":%.0f,\"wall_s\":%.2f,\"cpu_s\":%.2f,"
	       "\"peak_kib\":%ld,\"store_bytes\":%lld,\"turns\":%llu,"
	       "\"transactions\":%llu,\"syncs\":%llu,\"crashes\":%d}\n",
	       fleet->options.n, n_open, n_success,
	       (double)fleet->last_end / 1000, wall, cpu, peak_kib(),
	       bytes_of(fleet->options.folder),
	       (unsigned long long)fleet->n_turns,
	       (unsigned long long)(fleet->n_commits +
				    store_n_commits(fleet->store)),
	       syncs(0), fleet->n_crashes);
	return n_open ? 1 : 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "machines", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "faults", no_argument, NULL, 'f' },
		{ "plain", no_argument, NULL, 'p' },
		{ "caps", required_argument, NULL, 'c' },
		{ "trace", required_argument, NULL, 't' },
		{ "kill-at", required_argument, NULL, 'k' },
		{ "render", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	struct fleet_options options = { .n = 100 };
	struct fleet fleet;
	long kill_at = 0;
	long renders = 0;
	int status = 0;
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (option == 'n')
			options.n = (int)strtol(optarg, NULL, 10);
		else if (option == 's')
			options.seed = strtoull(optarg, NULL, 10);
		else if (option == 'f')
			options.faults = true;
		else if (option == 'p')
			options.plain = true;
		else if (option == 'c')
			parse_caps(optarg, &options.caps);
		else if (option == 't')
			options.trace = fopen(optarg, "we");
		else if (option == 'k')
			kill_at = strtol(optarg, NULL, 10);
		else if (option == 'r')
			renders = strtol(optarg, NULL, 10);
		else
			return usage();
	}
	if (optind + 1 != argc || options.n < 1)
		return usage();
	options.folder = argv[optind];
	log_set_level(LOG_ERROR);
	fleet_open(&fleet, &options);
	if (renders) {
		measure_render(&fleet, renders);
	} else if (kill_at) {
		fleet_apply(&fleet);
		fleet_run(&fleet, kill_at * 60 * 1000);
		measure_restart(&fleet);
	} else {
		status = run_all(&fleet);
	}
	fleet_close(&fleet);
	if (options.trace)
		fclose(options.trace);
	return status;
}
