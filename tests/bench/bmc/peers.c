/* SPDX-License-Identifier: Apache-2.0 */
#include "peers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

#define MAX_WORDS 40

static void die(const char *what)
{
	fprintf(stderr, "bench_bmc: %s: %s\n", what, strerror(errno));
	exit(2);
}

static double us_of(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e6 +
	       (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

double peers_own_cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return us_of(&usage);
}

struct peers *peers_new(void)
{
	struct peers *peers = xcalloc(1, sizeof(*peers));

	str_copy(peers->dir, sizeof(peers->dir), "/tmp/bench-bmc-XXXXXX");
	if (!mkdtemp(peers->dir))
		die(peers->dir);
	return peers;
}

void peers_end_all(struct peers *peers)
{
	for (unsigned i = 0; i < peers->n_pids; i++)
		kill(peers->pids[i], SIGTERM);
	for (unsigned i = 0; i < peers->n_pids; i++)
		waitpid(peers->pids[i], NULL, 0);
	peers->n_pids = 0;
}

void peers_free(struct peers *peers)
{
	AUTO_FREE char *command = xasprintf("rm -rf '%s'", peers->dir);

	peers_end_all(peers);
	if (system(command))
		die(peers->dir);
	free(peers);
}

/* Its output goes to a pipe, of which the end to read is returned. */
static int start(char *words, pid_t *pid)
{
	char *argv[MAX_WORDS] = { NULL };
	size_t n = 0;
	int ends[2];

	for (char *word = strsep(&words, " "); word; word = strsep(&words, " "))
		if (*word && n + 1 < MAX_WORDS)
			argv[n++] = word;
	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	*pid = fork();
	if (*pid < 0)
		die("fork");
	if (*pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(open("/dev/null", O_RDWR), 0);
		dup2(ends[1], 1);
		dup2(0, 2);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(ends[1]);
	return ends[0];
}

static void keep(struct peers *peers, pid_t pid)
{
	if (peers->n_pids == PEERS_MAX) {
		errno = E2BIG;
		die("processes");
	}
	peers->pids[peers->n_pids++] = pid;
}

unsigned peers_farm(struct peers *peers, const char *options)
{
	AUTO_FREE char *words = xasprintf("%s %s", IPMI_FARM, options);
	unsigned port = 0;
	pid_t pid;
	FILE *said = fdopen(start(words, &pid), "r");
	char line[32] = "";

	keep(peers, pid);
	if (!said || fscanf(said, "listen %u %31s", &port, line) != 2 ||
	    !str_eq(line, "ready"))
		die(IPMI_FARM);
	fclose(said);
	return port;
}

/* ---- ipmi_sim ---- */

static void write_file(const struct peers *peers, const char *name,
		       const char *text)
{
	AUTO_FREE char *path = xasprintf("%s/%s", peers->dir, name);
	FILE *file = fopen(path, "we");

	if (!file)
		die(path);
	fputs(text, file);
	fclose(file);
}

static const char sim_conf[] =
	"name \"sim\"\nset_working_mc 0x20\n"
	"startlan 1\naddr 127.1.0.%u %u\n"
	"priv_limit admin\nallowed_auths_callback none md2 md5 straight\n"
	"allowed_auths_user none md2 md5 straight\n"
	"allowed_auths_operator none md2 md5 straight\n"
	"allowed_auths_admin none md2 md5 straight\n"
	"guid a123456789abcdefa123456789abcd%02x\nendlan\n"
	"user 1 true \"\" \"\" user 10 none md2 md5 straight\n"
	"user 2 true \"admin\" \"" PEERS_PASSWORD
	"\" admin 10 none md2 md5 straight\n";

bool peers_sims(struct peers *peers, unsigned n, unsigned port)
{
	if (!peers_have("ipmi_sim"))
		return false;
	write_file(peers, "bmc.emu",
		   "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 "
		   "0x9f 0x1291 0xf02\nmc_enable 0x20\n");
	for (unsigned i = 1; i <= n; i++) {
		AUTO_FREE char *name = xasprintf("lan%u.conf", i);
		AUTO_FREE char *text = xasprintf(sim_conf, i, port, i);
		AUTO_FREE char *kept = xasprintf("%s/state%u", peers->dir, i);
		AUTO_FREE char *words =
			xasprintf("ipmi_sim -n -c %s/%s -f %s/bmc.emu -s %s",
				  peers->dir, name, peers->dir, kept);
		pid_t pid;

		write_file(peers, name, text);
		mkdir(kept, 0700);
		close(start(words, &pid));
		keep(peers, pid);
	}
	return true;
}

/* ---- programs ---- */

bool peers_have(const char *program)
{
	AUTO_FREE char *command =
		xasprintf("command -v %s >/dev/null", program);

	return system(command) == 0;
}

static unsigned count(char *text, const char *good)
{
	unsigned n = 0;

	for (char *line = strsep(&text, "\n"); line; line = strsep(&text, "\n"))
		n += strstr(line, good) != NULL;
	return n;
}

unsigned peers_run(struct peers *peers, const char *words, const char *good,
		   double *cpu_us)
{
	AUTO_FREE char *copy = xstrdup(words);
	struct rusage usage;
	size_t len = 0;
	ssize_t n;
	pid_t pid;
	int fd = start(copy, &pid);

	while ((n = read(fd, peers->output + len,
			 sizeof(peers->output) - 1 - len)) > 0)
		len += (size_t)n;
	peers->output[len] = '\0';
	close(fd);
	wait4(pid, NULL, 0, &usage);
	*cpu_us += us_of(&usage);
	return count(peers->output, good);
}
