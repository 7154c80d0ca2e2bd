/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define WRITE_MS 1000

struct terminal {
	int fd;
	int signal_fd;
	bool changed;
	struct termios before;
	sigset_t mask; /* before */
};

static void block(struct terminal *terminal)
{
	static const int signals[] = { SIGINT,  SIGTERM, SIGHUP, SIGQUIT,
				       SIGTSTP, SIGPIPE, SIGALRM };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, &terminal->mask);
	sigdelset(&set, SIGPIPE); /* nothing to end for */
	terminal->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int change(struct terminal *terminal, enum terminal_mode mode)
{
	struct termios wanted;

	if (tcgetattr(terminal->fd, &terminal->before))
		return -1;
	wanted = terminal->before;
	if (mode == TERMINAL_RAW) {
		cfmakeraw(&wanted);
	} else {
		/* ^C comes as a byte, and at once, so that it cannot end us
		 * half way. */
		wanted.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG);
		wanted.c_cc[VMIN] = 1;
		wanted.c_cc[VTIME] = 0;
	}
	terminal->changed = true;
	return tcsetattr(terminal->fd, TCSAFLUSH, &wanted);
}

struct terminal *terminal_open(enum terminal_mode mode, struct err *err)
{
	struct terminal *terminal = xcalloc(1, sizeof(*terminal));

	terminal->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (terminal->fd < 0) {
		err_errno(err, errno, "/dev/tty");
		free(terminal);
		return NULL;
	}
	block(terminal);
	if (terminal->signal_fd < 0 || change(terminal, mode)) {
		err_errno(err, errno, "the terminal");
		terminal_close(terminal);
		return NULL;
	}
	return terminal;
}

void terminal_close(struct terminal *terminal)
{
	if (!terminal)
		return;
	if (terminal->changed)
		tcsetattr(terminal->fd, TCSAFLUSH, &terminal->before);
	if (terminal->signal_fd >= 0)
		close(terminal->signal_fd);
	close(terminal->fd);
	sigprocmask(SIG_SETMASK, &terminal->mask, NULL);
	free(terminal);
}

int terminal_fd(const struct terminal *terminal)
{
	return terminal->fd;
}

int terminal_signal_fd(const struct terminal *terminal)
{
	return terminal->signal_fd;
}

void terminal_take_signal(struct terminal *terminal)
{
	struct signalfd_siginfo which;

	while (read(terminal->signal_fd, &which, sizeof(which)) > 0)
		;
}

int terminal_byte(struct terminal *terminal, char *byte, struct err *err)
{
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = terminal->signal_fd, .events = POLLIN },
			{ .fd = terminal->fd, .events = POLLIN },
		};
		ssize_t n;

		if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			return err_errno(err, errno, "the terminal");
		if (fds[0].revents)
			return err_set(err, ERR_CANCELLED, "stopped");
		n = read(terminal->fd, byte, 1);
		if (n == 1)
			return 0;
		if (n == 0)
			return err_set(err, ERR_CANCELLED, "no more input");
		if (errno != EAGAIN && errno != EINTR)
			return err_errno(err, errno, "the terminal");
	}
}

void terminal_write(struct terminal *terminal, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n) {
		struct pollfd fd = { .fd = terminal->fd, .events = POLLOUT };
		ssize_t written = write(terminal->fd, at, n);

		if (written > 0) {
			at += written;
			n -= (size_t)written;
		} else if (errno != EAGAIN && errno != EINTR) {
			return;
		} else if (poll(&fd, 1, WRITE_MS) == 0) {
			return; /* stopped by ^S, perhaps for ever */
		}
	}
}
