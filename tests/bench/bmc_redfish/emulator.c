/* SPDX-License-Identifier: Apache-2.0 */
#include "emulator.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"

static void die(const char *what)
{
	fprintf(stderr, "bmc_redfish: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* For both: ten thousand connections are ten thousand descriptors. */
static void take_descriptors(unsigned n)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("getrlimit");
	if (limit.rlim_max < n + 100) {
		errno = EMFILE;
		die("ulimit -Hn");
	}
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
}

static void run_emulator(const char *face, int out)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(out, 1);
	execl(EMULATOR, EMULATOR, "--face", face, "--fleet", "1", "--listen",
	      "0.0.0.0:0", (char *)NULL);
	_exit(127);
}

void emulator_start(struct emulator *emulator, const char *face,
		    unsigned n_connections)
{
	char line[128];
	unsigned port = 0;
	bool ready = false;
	int ends[2];
	FILE *said;

	take_descriptors(n_connections);
	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	emulator->pid = fork();
	if (emulator->pid < 0)
		die("fork");
	if (!emulator->pid)
		run_emulator(face, ends[1]);
	close(ends[1]);
	said = fdopen(ends[0], "re");
	while (!ready && fgets(line, sizeof(line), said)) {
		sscanf(line, "pin %63s", emulator->pin);
		sscanf(line, "listen 0.0.0.0:%u", &port);
		ready = str_starts(line, "ready");
	}
	fclose(said);
	if (!ready)
		die(EMULATOR);
	emulator->port = (uint16_t)port;
}

void emulator_stop(const struct emulator *emulator)
{
	kill(emulator->pid, SIGTERM);
	waitpid(emulator->pid, NULL, 0);
}
