/* SPDX-License-Identifier: Apache-2.0 */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/net.h"
#include "base/str.h"

#define MAX_ENV 256

/* Reads of a pipe in one go: a child that writes without end must not keep
 * the loop from its timers. The pipe's whole content is 16 of them. */
#define MAX_READS 32

struct child {
	struct loop *loop;
	pid_t pid;
	int pidfd;
	int pipes[2]; /* our ends of stdout and stderr */
	struct loop_io *exit_io;
	struct loop_io *ios[2];
	struct buf texts[2];
	struct loop_timer *timer;
	bool timed_out;
	child_fn done;
	void *arg;
};

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void release(struct child *child)
{
	loop_timer_free(child->timer);
	loop_io_free(child->exit_io);
	for (int i = 0; i < 2; i++) {
		loop_io_free(child->ios[i]);
		shut(&child->pipes[i]);
		buf_release(&child->texts[i]);
	}
	shut(&child->pidfd);
	free(child);
}

/* As much of it as there is room for. */
static void keep(struct buf *text, const char *bytes, size_t len)
{
	size_t room = text->limit - text->len;

	if (text->overflow)
		return;
	buf_add(text, bytes, len < room ? len : room);
	if (len > room)
		text->overflow = true;
}

/* Reads what is there; false: nothing more will come. */
static bool drain(struct child *child, int i)
{
	char bytes[4096];

	for (int n_reads = 0; n_reads < MAX_READS; n_reads++) {
		ssize_t n = read(child->pipes[i], bytes, sizeof(bytes));

		if (n > 0)
			keep(&child->texts[i], bytes, (size_t)n);
		else
			return n < 0 && errno == EAGAIN;
	}
	return true;
}

static void on_text(struct child *child, int i)
{
	if (!drain(child, i))
		loop_io_want(child->ios[i], 0);
}

static void on_output(void *arg, unsigned ready)
{
	(void)ready;
	on_text(arg, 0);
}

static void on_errors(void *arg, unsigned ready)
{
	(void)ready;
	on_text(arg, 1);
}

static void on_deadline(void *arg)
{
	struct child *child = arg;

	child->timed_out = true;
	kill(-child->pid, SIGKILL);
}

static void on_exit_ready(void *arg, unsigned ready)
{
	struct child *child = arg;
	struct child_result result = { .exit_code = -1 };
	siginfo_t ended = { 0 };
	int status = 0;

	(void)ready;
	if (waitid(P_PID, (id_t)child->pid, &ended,
		   WEXITED | WNOHANG | WNOWAIT) ||
	    !ended.si_pid)
		return;
	/*
	 * What it left running holds our pipes open: it goes too. Before the
	 * child is reaped, for after that its number may be another's.
	 */
	kill(-child->pid, SIGKILL);
	waitpid(child->pid, &status, 0);
	drain(child, 0);
	drain(child, 1);
	if (WIFEXITED(status))
		result.exit_code = WEXITSTATUS(status);
	else
		result.signal = WTERMSIG(status);
	result.timed_out = child->timed_out;
	result.truncated = child->texts[0].overflow || child->texts[1].overflow;
	result.output = child->texts[0].base;
	result.errors = child->texts[1].base;
	child->done(child->arg, &result);
	release(child);
}

/* In the child, after fork: only calls that are safe there. */
static void become(const struct child_spec *spec, char *const *env,
		   const int fds[3])
{
	sigset_t none;
	int high[3];

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* They may themselves be 0 to 2, when ours were closed. */
	for (int i = 0; i < 3; i++)
		high[i] = fcntl(fds[i], F_DUPFD, 3);
	for (int i = 0; i < 3; i++)
		dup2(high[i], i);
	syscall(SYS_close_range, 3U, ~0U, 0U);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execvpe(spec->argv[0], (char *const *)(uintptr_t)spec->argv, env);
	dprintf(2, "%s: %s\n", spec->argv[0], strerror(errno));
	_exit(127);
}

/* Whether one of the "NAME=value" is of the same name. */
static bool names(char *const *env, size_t n, const char *variable)
{
	size_t len = strcspn(variable, "=");

	for (size_t i = 0; i < n; i++)
		if (strncmp(env[i], variable, len) == 0 && env[i][len] == '=')
			return true;
	return false;
}

/*
 * The extra variables, and ours that they do not replace: of two with one
 * name some programs take the first and some the last.
 */
static void build_env(const struct child_spec *spec, char **env)
{
	size_t n_extra = 0;
	size_t n;

	while (spec->extra && spec->extra[n_extra] && n_extra < MAX_ENV) {
		env[n_extra] = (char *)(uintptr_t)spec->extra[n_extra];
		n_extra++;
	}
	n = n_extra;
	for (size_t i = 0; environ[i] && n < MAX_ENV; i++)
		if (!names(env, n_extra, environ[i]))
			env[n++] = environ[i];
	env[n] = NULL;
}

/* A file in memory holding the input: no pipe that we would have to pump. */
static int input_file(const char *input, struct err *err)
{
	size_t len = input ? strlen(input) : 0;
	int fd = memfd_create("stdin", MFD_CLOEXEC);

	if (fd < 0)
		return err_errno(err, errno, "memfd_create");
	if (write(fd, input ? input : "", len) != (ssize_t)len ||
	    lseek(fd, 0, SEEK_SET) < 0) {
		err_errno(err, errno, "write input of a child");
		close(fd);
		return -1;
	}
	return fd;
}

static void watch(struct child *child, int64_t timeout_ms)
{
	child->exit_io =
		loop_io_new(child->loop, child->pidfd, on_exit_ready, child);
	loop_io_want(child->exit_io, LOOP_READ);
	child->ios[0] =
		loop_io_new(child->loop, child->pipes[0], on_output, child);
	loop_io_want(child->ios[0], LOOP_READ);
	child->ios[1] =
		loop_io_new(child->loop, child->pipes[1], on_errors, child);
	loop_io_want(child->ios[1], LOOP_READ);
	child->timer = loop_timer_new(child->loop, on_deadline, child);
	loop_timer_at(child->timer, clock_mono() + timeout_ms);
}

struct child *child_start(struct loop *loop, const struct child_spec *spec,
			  child_fn done, void *arg, struct err *err)
{
	CLEANUP(shut) int in = -1;
	CLEANUP(shut) int out = -1;
	CLEANUP(shut) int errors = -1;
	char *env[MAX_ENV + 1];
	struct child *child;
	int a[2];
	int b[2];

	in = input_file(spec->input, err);
	if (in < 0)
		return NULL;
	if (pipe2(a, O_CLOEXEC)) {
		err_errno(err, errno, "pipe");
		return NULL;
	}
	if (pipe2(b, O_CLOEXEC)) {
		err_errno(err, errno, "pipe");
		close(a[0]);
		close(a[1]);
		return NULL;
	}
	out = a[1];
	errors = b[1];
	build_env(spec, env);

	child = xcalloc(1, sizeof(*child));
	child->loop = loop;
	child->pidfd = -1;
	child->pipes[0] = a[0];
	child->pipes[1] = b[0];
	child->done = done;
	child->arg = arg;
	buf_init(&child->texts[0], spec->output_limit);
	buf_init(&child->texts[1], 64 * 1024);
	if (net_unblock(a[0], err) || net_unblock(b[0], err)) {
		release(child);
		return NULL;
	}
	child->pid = fork();
	if (child->pid == 0)
		become(spec, env, (const int[]){ in, out, errors });
	if (child->pid > 0)
		child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	if (child->pid < 0 || child->pidfd < 0) {
		err_errno(err, errno, "start %s", spec->argv[0]);
		if (child->pid > 0) {
			kill(child->pid, SIGKILL);
			waitpid(child->pid, NULL, 0);
		}
		release(child);
		return NULL;
	}
	setpgid(child->pid, child->pid); /* whoever of us is first */
	watch(child, spec->timeout_ms);
	return child;
}

void child_cancel(struct child *child)
{
	if (!child)
		return;
	kill(-child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	release(child);
}
