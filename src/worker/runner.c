/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/net.h"
#include "base/str.h"

#define INPUT_MAX (64 * 1024 + 64)
#define KILL_MS   3000
#define ACTION_FD 3 /* of reports, in the action's process */
#define MAX_FD    64

void runner_init(struct runner *runner)
{
	memset(runner, 0, sizeof(*runner));
	runner->exit_fd = -1;
	for (int i = 0; i < RUNNER_PIPES; i++) {
		runner->fds[i] = -1;
		buf_init(&runner->input[i], INPUT_MAX);
	}
	buf_init(&runner->line, TASK_LINE_MAX);
	buf_init(&runner->message, 1024);
	buf_init(&runner->result, INPUT_MAX);
	buf_init(&runner->phase, 64);
	runner->kill_at = MONO_NEVER;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void reset(struct runner *runner)
{
	close_fd(&runner->exit_fd);
	for (int i = 0; i < RUNNER_PIPES; i++) {
		close_fd(&runner->fds[i]);
		buf_clear(&runner->input[i]);
	}
	buf_clear(&runner->message);
	buf_clear(&runner->result);
	runner->leave = AGENT_STAY;
	runner->kill_at = MONO_NEVER;
	runner->timed_out = false;
	runner->ended = false;
	runner->active = false;
}

void runner_release(struct runner *runner)
{
	if (runner->active) {
		kill(-runner->pid, SIGKILL);
		waitpid(runner->pid, NULL, 0);
	}
	reset(runner);
	for (int i = 0; i < RUNNER_PIPES; i++)
		buf_release(&runner->input[i]);
	buf_release(&runner->line);
	buf_release(&runner->message);
	buf_release(&runner->result);
	buf_release(&runner->phase);
}

/* In the new process: only the three pipes are left open. */
static void arrange_fds(int ends[RUNNER_PIPES])
{
	int null = open("/dev/null", O_RDONLY);

	/* Out of the way of the numbers that they shall have. */
	for (int i = 0; i < RUNNER_PIPES; i++)
		ends[i] = fcntl(ends[i], F_DUPFD, MAX_FD);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(ends[RUNNER_STDOUT], STDOUT_FILENO);
	dup2(ends[RUNNER_STDERR], STDERR_FILENO);
	dup2(ends[RUNNER_REPORT], ACTION_FD);
	close_range(ACTION_FD + 1, ~0U, 0);
	fcntl(ACTION_FD, F_SETFD, FD_CLOEXEC);
}

static _Noreturn void be_action(int ends[RUNNER_PIPES], const struct task *task,
				const struct action_context *context)
{
	struct action_context own = *context;
	struct action_report failed = { .kind = ACTION_MESSAGE };
	struct err err = { 0 };
	action_fn run;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	arrange_fds(ends);
	own.report_fd = ACTION_FD;
	/* What is mounted from here on goes away with this process. */
	if (unshare(CLONE_NEWNS) == 0)
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	run = action_find(task, &err);
	if (run && run(task, &own, &err) == 0)
		exit(0);
	failed.text = err.message;
	action_report_send(ACTION_FD, &failed);
	exit(1);
}

static int open_pipes(struct runner *runner, int ends[RUNNER_PIPES],
		      struct err *err)
{
	for (int i = 0; i < RUNNER_PIPES; i++) {
		int both[2];

		if (pipe2(both, O_CLOEXEC))
			return err_errno(err, errno, "pipe");
		runner->fds[i] = both[0];
		ends[i] = both[1];
		if (net_unblock(both[0], err))
			return -1;
	}
	return 0;
}

int runner_start(struct runner *runner, const struct task *task,
		 const struct action_context *context, mono_ms now,
		 struct err *err)
{
	int ends[RUNNER_PIPES] = { -1, -1, -1 };

	reset(runner);
	if (open_pipes(runner, ends, err)) {
		reset(runner);
		for (int i = 0; i < RUNNER_PIPES; i++)
			close_fd(&ends[i]);
		return -1;
	}
	fflush(NULL);
	runner->pid = fork();
	if (runner->pid == 0) {
		setpgid(0, 0);
		be_action(ends, task, context);
	}
	for (int i = 0; i < RUNNER_PIPES; i++)
		close_fd(&ends[i]);
	if (runner->pid < 0) {
		reset(runner);
		return err_errno(err, errno, "fork");
	}
	setpgid(runner->pid, runner->pid);
	runner->exit_fd = pidfd_open(runner->pid, 0);
	runner->active = true;
	if (task->timeout_s)
		runner->kill_at = now + (int64_t)task->timeout_s * 1000;
	return 0;
}

void runner_kill(struct runner *runner, mono_ms now)
{
	if (!runner->active)
		return;
	kill(-runner->pid, SIGTERM);
	if (runner->kill_at > now + KILL_MS)
		runner->kill_at = now + KILL_MS;
}

unsigned runner_fds(const struct runner *runner,
		    struct curl_waitfd fds[RUNNER_FDS])
{
	unsigned n = 0;

	if (!runner->active)
		return 0;
	for (int i = 0; i < RUNNER_PIPES; i++)
		if (runner->fds[i] >= 0)
			fds[n++] = (struct curl_waitfd){
				.fd = runner->fds[i], .events = CURL_WAIT_POLLIN
			};
	if (runner->exit_fd >= 0 && !runner->ended)
		fds[n++] = (struct curl_waitfd){ .fd = runner->exit_fd,
						 .events = CURL_WAIT_POLLIN };
	return n;
}

mono_ms runner_deadline(const struct runner *runner)
{
	return runner->active ? runner->kill_at : MONO_NEVER;
}

/* One read of each pipe at most: the caller comes again. */
static void read_pipe(struct runner *runner, int i)
{
	char bytes[8192];
	size_t room = INPUT_MAX - runner->input[i].len;
	ssize_t n;

	if (runner->fds[i] < 0 || room == 0)
		return;
	n = read(runner->fds[i], bytes,
		 room < sizeof(bytes) ? room : sizeof(bytes));
	if (n > 0)
		buf_add(&runner->input[i], bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_fd(&runner->fds[i]);
}

/*
 * The next line of a pipe into runner->line, without its end. A line that is
 * too long comes in pieces; what has no end comes when the pipe is closed.
 */
static bool take_line(struct runner *runner, int i, size_t longest)
{
	struct buf *input = &runner->input[i];
	const char *end = memchr(input->base, '\n', input->len);
	size_t n = end ? (size_t)(end - input->base) : input->len;
	size_t used = n + (end != NULL);

	if (!input->len ||
	    (!end && input->len < longest && runner->fds[i] >= 0))
		return false;
	if (n > longest)
		n = used = longest;
	buf_clear(&runner->line);
	runner->line.limit = longest;
	runner->line.overflow = false;
	for (size_t k = 0; k < n; k++) {
		unsigned char byte = (unsigned char)input->base[k];

		if (byte == '\r' && k + 1 == n)
			break;
		buf_addc(&runner->line,
			 byte < ' ' && byte != '\t' ? '?' : (char)byte);
	}
	buf_drop(input, used);
	return true;
}

static enum agent_leave leave_of(const char *text)
{
	if (str_eq(text, "poweroff"))
		return AGENT_POWEROFF;
	return str_eq(text, "kexec") ? AGENT_KEXEC : AGENT_REBOOT;
}

static bool on_report(struct runner *runner, struct runner_event *event)
{
	struct action_report report;

	if (!action_report_parse(runner->line.base, &report))
		return false;
	switch (report.kind) {
	case ACTION_PROGRESS:
		buf_clear(&runner->phase);
		buf_adds(&runner->phase, report.text);
		event->kind = RUNNER_PROGRESS;
		event->progress.phase = runner->phase.base;
		event->progress.bytes_done = report.bytes_done;
		event->progress.bytes_total = report.bytes_total;
		event->progress.rate = report.rate;
		return true;
	case ACTION_MESSAGE:
		buf_clear(&runner->message);
		buf_adds(&runner->message, report.text);
		return false;
	case ACTION_RESULT:
		buf_clear(&runner->result);
		buf_adds(&runner->result, report.text);
		return false;
	case ACTION_LEAVE:
		runner->leave = leave_of(report.text);
		return false;
	}
	return false;
}

/* Has it ended? Then nothing of its group outlives it. */
static void check_end(struct runner *runner, mono_ms now)
{
	if (!runner->ended && now >= runner->kill_at) {
		runner->timed_out = true;
		runner->kill_at = MONO_NEVER;
		kill(-runner->pid, SIGKILL);
	}
	if (runner->ended ||
	    waitpid(runner->pid, &runner->status, WNOHANG) != runner->pid)
		return;
	kill(-runner->pid, SIGKILL);
	runner->ended = true;
	runner->kill_at = now + 200; /* for its pipes to be empty */
}

static void give_end(struct runner *runner, struct runner_event *event)
{
	bool success =
		WIFEXITED(runner->status) && WEXITSTATUS(runner->status) == 0;

	event->kind = RUNNER_ENDED;
	event->result.state = success ? TASK_SUCCESS : TASK_FAILED;
	event->result.leave = success ? runner->leave : AGENT_STAY;
	if (runner->timed_out) {
		event->result.state = TASK_TIMEOUT;
		buf_clear(&runner->message);
		buf_adds(&runner->message, "it took longer than its timeout");
	} else if (!success && WIFSIGNALED(runner->status)) {
		buf_clear(&runner->message);
		buf_printf(&runner->message, "killed by signal %d",
			   WTERMSIG(runner->status));
	}
	event->result.message = runner->message.base;
	event->result.result = runner->result.len ? runner->result.base : NULL;
	for (int i = 0; i < RUNNER_PIPES; i++)
		close_fd(&runner->fds[i]);
	close_fd(&runner->exit_fd);
	runner->active = false;
	runner->kill_at = MONO_NEVER;
}

bool runner_next(struct runner *runner, mono_ms now, struct runner_event *event)
{
	static const char *const streams[] = { "stdout", "stderr" };
	bool more = false;

	memset(event, 0, sizeof(*event));
	if (!runner->active)
		return false;
	check_end(runner, now);
	for (int i = 0; i < RUNNER_PIPES; i++) {
		read_pipe(runner, i);
		if (i == RUNNER_REPORT) {
			while (take_line(runner, i, INPUT_MAX))
				if (on_report(runner, event))
					return true;
		} else if (take_line(runner, i, TASK_LINE_MAX)) {
			event->kind = RUNNER_LINE;
			event->stream = streams[i];
			event->line = runner->line.base;
			return true;
		}
		more = more || runner->fds[i] >= 0;
	}
	if (!runner->ended || (more && now < runner->kill_at))
		return false;
	give_end(runner, event);
	return true;
}
