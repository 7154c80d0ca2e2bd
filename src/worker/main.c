/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tomte-worker: process 1 of the hook, or, for tests, on some host
 *
 *	tomte-worker --config FILE [--allow-files] [--mount-point DIR]
 *		     [--journal FILE] [--boot-id TEXT]
 *
 * where it never restarts the machine. Of one host, --boot-id makes many
 * machines, and many boots.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "worker/init.h"
#include "worker/sysfs.h"
#include "worker/worker.h"

#define LOG_MODULE "main"
#include "base/log.h"

#define MAX_CONFIG (256 * 1024)

static int usage(void)
{
	fprintf(stderr, "usage: tomte-worker --config FILE [--allow-files] "
			"[--mount-point DIR] [--journal FILE] "
			"[--boot-id TEXT]\n");
	return 2;
}

static int run_on_host(const char *path, struct worker_options *options)
{
	AUTO_FREE struct config *config = xcalloc(1, sizeof(*config));
	AUTO_FREE char *text = sysfs_read(path, MAX_CONFIG);
	enum agent_leave how;
	struct err err;

	if (!text) {
		log_error("%s cannot be read", path);
		return 1;
	}
	if (config_decode(text, strlen(text), config, &err)) {
		log_error("%s", err.message);
		return 1;
	}
	options->config = config;
	options->context.ca = config->ca[0] ? config->ca : NULL;
	how = worker_run(options);
	if (how != AGENT_STAY)
		log_info("the machine would %s now",
			 how == AGENT_POWEROFF ? "power off" : "restart");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "allow-files", no_argument, NULL, 'f' },
		{ "mount-point", required_argument, NULL, 'm' },
		{ "journal", required_argument, NULL, 'j' },
		{ "boot-id", required_argument, NULL, 'b' },
		{ NULL, 0, NULL, 0 },
	};
	struct worker_options options = { .context.mount_point =
						  "/run/tomte-mount" };
	const char *config = NULL;
	int option;

	if (getpid() == 1)
		init_run();
	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (option == 'c')
			config = optarg;
		else if (option == 'f')
			options.context.allow_files = true;
		else if (option == 'm')
			options.context.mount_point = optarg;
		else if (option == 'j')
			options.journal = optarg;
		else if (option == 'b')
			options.boot_id = optarg;
		else
			return usage();
	}
	if (!config || optind != argc)
		return usage();
	return run_on_host(config, &options);
}
