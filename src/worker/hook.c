/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/hook.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "worker/coldplug.h"
#include "worker/netconf.h"
#include "worker/sysfs.h"
#include "worker/worker.h"

#define LOG_MODULE "hook"
#include "base/log.h"

#define CONFIG_PATH "/cfg/config.json"
#define JOURNAL     "/run/tomte-journal.json"
#define SENTINEL    "/hook-complete"
#define MAX_CONFIG  (256 * 1024)
#define RETRY_S     10
#define REMIND_S    60
#define AHEAD_MS    (10 * 60 * 1000)

static const char cut_message[] =
	"not enough memory: the initramfs was cut when the kernel unpacked "
	"it (" SENTINEL " is missing), so drivers and tools are missing too";

/* Without it there is nobody to turn to: say why, on and on. */
static void load_config(struct config *config)
{
	for (;;) {
		AUTO_FREE char *text = sysfs_read(CONFIG_PATH, MAX_CONFIG);
		AUTO_FREE char *cmdline = sysfs_read("/proc/cmdline", 65536);
		char why[512];
		struct err err;

		if (text &&
		    config_decode(text, strlen(text), config, &err) == 0)
			return;
		if (text)
			log_error("%s", err.message);
		else
			config_diagnose(cmdline ? cmdline : "", why,
					sizeof(why));
		if (!text)
			log_error("%s", why);
		sleep(REMIND_S);
	}
}

/*
 * By a clock that is wrong the server's certificate is "of later", or has run
 * out. The configuration is some seconds old, so ours may be a little ahead.
 */
static void set_clock(const struct config *config)
{
	struct timespec time = {
		.tv_sec = config->now_ms / 1000,
		.tv_nsec = config->now_ms % 1000 * 1000000,
	};
	wall_ms ahead = clock_wall() - config->now_ms;

	if (!config->now_ms || (ahead >= 0 && ahead < AHEAD_MS))
		return;
	if (clock_settime(CLOCK_REALTIME, &time) == 0)
		log_info("the clock was %s the server's and is set",
			 ahead < 0 ? "behind" : "ahead of");
}

/* Disks meanwhile, in a process of its own. */
static pid_t load_rest(struct coldplug *coldplug)
{
	pid_t child = fork();

	if (child)
		return child;
	coldplug_load(coldplug, COLDPLUG_ALL);
	coldplug_load_module(coldplug, "efivarfs");
	mount("efivarfs", "/sys/firmware/efi/efivars", "efivarfs", 0, NULL);
	_exit(0);
}

static void bring_up(const struct config *config)
{
	struct coldplug *coldplug = coldplug_new();
	mono_ms start = clock_mono();
	struct err err;
	pid_t rest;
	int n = coldplug_load(coldplug, COLDPLUG_NETWORK);

	log_info("%d network modules in %lld ms", n,
		 (long long)(clock_mono() - start));
	rest = load_rest(coldplug);
	/* A card that only another driver brings to light comes by then. */
	while (netconf_up(config, &err)) {
		log_error("%s; trying again", err.message);
		sleep(RETRY_S);
		coldplug_load(coldplug, COLDPLUG_ALL);
	}
	if (rest > 0)
		waitpid(rest, NULL, 0);
	log_info("drivers and network are up after %lld ms",
		 (long long)(clock_mono() - start));
	coldplug_free(coldplug);
}

static _Noreturn void leave(enum agent_leave how)
{
	log_info("%s", how == AGENT_POWEROFF ? "powering off"
		       : how == AGENT_KEXEC  ? "going on with the loaded kernel"
					     : "restarting");
	sync();
	/* The consoles are fed by process 1, which shall print this first. */
	usleep(100 * 1000);
	if (how == AGENT_KEXEC) {
		reboot(RB_KEXEC);
		log_error("kexec: %s; restarting", strerror(errno));
	}
	reboot(how == AGENT_POWEROFF ? RB_POWER_OFF : RB_AUTOBOOT);
	log_error("reboot: %s", strerror(errno));
	_exit(1);
}

_Noreturn void hook_run(void)
{
	struct config *config = xcalloc(1, sizeof(*config));
	struct worker_options options = { .config = config,
					  .journal = JOURNAL };
	enum agent_leave how;

	log_info("tomte-worker " TOMTE_VERSION " starts at %lld ms",
		 (long long)clock_mono());
	if (access(SENTINEL, F_OK)) {
		options.notice = cut_message;
		log_error("%s", cut_message);
	}
	load_config(config);
	sethostname(config->machine, strlen(config->machine));
	set_clock(config);
	bring_up(config);
	options.context.in_hook = true;
	options.context.ca = config->ca[0] ? config->ca : NULL;
	options.context.mount_point = "/mountAction";
	how = worker_run(&options);
	if (how == AGENT_STAY)
		_exit(1);
	leave(how);
}
