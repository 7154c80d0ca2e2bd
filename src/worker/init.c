/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "worker/hook.h"
#include "worker/sysfs.h"

#define MAX_CONSOLES 8
#define CONSOLE_MS   200 /* for a slow serial line to take something */
#define REAP_MS      500

struct consoles {
	int fds[MAX_CONSOLES];
	int n;
};

static void mount_all(void)
{
	static const struct {
		const char *type;
		const char *point;
		unsigned long flags;
		const char *options;
	} mounts[] = {
		{ "proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL },
		{ "sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL },
		{ "devtmpfs", "/dev", MS_NOSUID, "mode=0755" },
		{ "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "mode=0620" },
		{ "tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755" },
		{ "tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777" },
	};

	for (size_t i = 0; i < ARRAY_LEN(mounts); i++) {
		mkdir(mounts[i].point, 0755);
		mount(mounts[i].type, mounts[i].point, mounts[i].type,
		      mounts[i].flags, mounts[i].options);
	}
}

/* Every console of the kernel, "tty0 ttyS0", not only its last. */
static void open_consoles(struct consoles *consoles)
{
	char names[256];
	char *rest = NULL;

	consoles->n = 0;
	if (!sysfs_value("/sys/class/tty/console/active", names, sizeof(names)))
		str_copy(names, sizeof(names), "console");
	for (char *name = strtok_r(names, " ", &rest);
	     name && consoles->n < MAX_CONSOLES;
	     name = strtok_r(NULL, " ", &rest)) {
		AUTO_FREE char *path = xasprintf("/dev/%s", name);
		int fd = open(path,
			      O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

		if (fd >= 0)
			consoles->fds[consoles->n++] = fd;
	}
}

/* A console that takes nothing loses the text rather than hold us up. */
static void print(const struct consoles *consoles, const char *text, size_t len)
{
	for (int i = 0; i < consoles->n; i++) {
		struct pollfd wait = { .fd = consoles->fds[i],
				       .events = POLLOUT };
		const char *at = text;
		size_t left = len;

		while (left) {
			ssize_t n = write(wait.fd, at, left);

			if (n > 0) {
				at += n;
				left -= (size_t)n;
			} else if (errno != EAGAIN ||
				   poll(&wait, 1, CONSOLE_MS) <= 0) {
				break;
			}
		}
	}
}

static pid_t start_hook(int output)
{
	pid_t child = fork();
	int null;

	if (child != 0)
		return child;
	null = open("/dev/null", O_RDONLY);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	setsid();
	hook_run();
}

/* All that has died; whether the hook's own process is among them. */
static bool reap(pid_t hook)
{
	bool gone = false;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		gone = gone || pid == hook;
	return gone;
}

static void copy_output(const struct consoles *consoles, int from)
{
	char text[4096];
	ssize_t n = read(from, text, sizeof(text));

	if (n > 0)
		print(consoles, text, (size_t)n);
}

_Noreturn void init_run(void)
{
	static const char died[] =
		"tomte-worker: its process ended, starting it again\n";
	struct consoles consoles;
	struct pollfd output = { .events = POLLIN };
	int both[2] = { -1, -1 };
	pid_t hook = -1;

	mount_all();
	open_consoles(&consoles);
	if (pipe2(both, O_CLOEXEC))
		print(&consoles, "pipe failed\n", 12);
	output.fd = both[0];
	for (;;) {
		if (hook < 0)
			hook = start_hook(both[1]);
		if (poll(&output, 1, REAP_MS) > 0)
			copy_output(&consoles, both[0]);
		if (reap(hook)) {
			hook = -1;
			print(&consoles, died, sizeof(died) - 1);
			sleep(1);
		}
	}
}
