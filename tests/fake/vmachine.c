/* SPDX-License-Identifier: Apache-2.0 */
#include "vmachine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

/*
 * A virtual machine with a power switch.
 *
 *	vmachine run DIR		stays, and runs QEMU while it is on
 *	vmachine DIR get power		prints "power:0" or "power:1"
 *	vmachine DIR get boot		prints "boot:none", "boot:pxe,uefi", ...
 *	vmachine DIR set power 0|1	true when it returns
 *	vmachine DIR set reset 1
 *	vmachine DIR set shutdown 1	presses the power button
 *	vmachine DIR set boot none|pxe|disk|cdrom[,uefi|,legacy][,persistent]
 *	vmachine DIR set media URL|PATH|""
 *
 * The latter are what ipmi_sim's chassis_control and redfish_emulator's
 * --control call; ipmi_sim says "default" for the disk. DIR/machine.json
 * says what the machine is, see vmachine.h. An override holds for the next
 * start, unless it is persistent; without one it is the disk, then the net.
 * DIR/power.log has what happened and when. When it ends, by whatever
 * signal, its QEMU ends too.
 */
#define SOCKET    "control.sock"
#define MAX_LINE  2048
#define CLIENT_MS 60000

struct machine {
	struct vmachine_spec spec;
	struct vmachine_qemu qemu;
	char boot[64]; /* the override, as it was set */
	char media[1024];
};

static void note(const char *what, const char *why)
{
	wall_ms now = clock_wall();
	char at[CLOCK_TEXT];
	FILE *file = fopen("power.log", "ae");

	if (!file)
		return;
	clock_text(now, at);
	/* With the milliseconds: 2026-11-24T17:03:35.123Z */
	fprintf(file, "%.19s.%03dZ %s%s%s\n", at, (int)(now % 1000), what,
		*why ? " " : "", why);
	fclose(file);
}

static int power_on(struct machine *machine, const char *why, struct err *err)
{
	char text[128];

	if (vmachine_start(&machine->qemu, &machine->spec, machine->boot,
			   machine->media, err)) {
		note("failed", err->message);
		return -1;
	}
	snprintf(text, sizeof(text), "%s boot=%s pid=%d", why, machine->boot,
		 (int)machine->qemu.pid);
	note("start", text);
	if (!strstr(machine->boot, ",persistent"))
		str_copy(machine->boot, sizeof(machine->boot), "none");
	return 0;
}

static void power_off(struct machine *machine, const char *why)
{
	vmachine_kill(&machine->qemu);
	note("kill", why);
}

static int restart(struct machine *machine, const char *why, struct err *err)
{
	power_off(machine, why);
	return power_on(machine, why, err);
}

/* Fetched now, as a BMC would later: a failure is told to who set it. */
static int fetch(const char *url, struct err *err)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execlp("curl", "curl", "-fsS", "--noproxy", "*", "-o",
		       "media.iso", url, (char *)NULL);
		_exit(127);
	}
	if (pid < 0)
		return err_errno(err, errno, "fork");
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return err_set(err, ERR_IO, "cannot fetch %s", url);
	return 0;
}

static int set_media(struct machine *machine, const char *url, struct err *err)
{
	bool remote = strstr(url, "://") != NULL;

	if (remote && fetch(url, err))
		return -1;
	if (!str_copy(machine->media, sizeof(machine->media),
		      remote ? "media.iso" : url))
		return err_set(err, ERR_TOO_BIG, "media: path too long");
	note("media", url);
	return 0;
}

static int set(struct machine *machine, const char *name, const char *value,
	       struct err *err)
{
	bool on = machine->qemu.pid != 0;

	if (str_eq(name, "power")) {
		if (str_eq(value, "1"))
			return on ? 0 : power_on(machine, "power", err);
		if (on)
			power_off(machine, "power");
		return 0;
	}
	if (str_eq(name, "reset"))
		return on ? restart(machine, "reset", err) : 0;
	if (str_eq(name, "shutdown")) {
		vmachine_press(&machine->qemu);
		note("press", "");
		return 0;
	}
	if (str_eq(name, "boot")) {
		if (!str_copy(machine->boot, sizeof(machine->boot), value))
			return err_set(err, ERR_TOO_BIG, "boot: %s", value);
		note("boot", value);
		return 0;
	}
	if (str_eq(name, "media"))
		return set_media(machine, value, err);
	if (str_eq(name, "identify"))
		return 0;
	return err_set(err, ERR_INVALID, "set %s: no such thing", name);
}

static int get(const struct machine *machine, const char *name, char *out,
	       size_t size, struct err *err)
{
	if (str_eq(name, "power"))
		snprintf(out, size, "power:%d", machine->qemu.pid != 0);
	else if (str_eq(name, "boot"))
		snprintf(out, size, "boot:%s", machine->boot);
	else
		return err_set(err, ERR_INVALID, "get %s: no such thing", name);
	return 0;
}

/* "get NAME" or "set NAME VALUE"; the answer is "ok TEXT" or "no TEXT". */
static void obey(struct machine *machine, char *line, char *out, size_t size)
{
	char *name = strchr(line, ' ');
	char *value = name ? strchr(name + 1, ' ') : NULL;
	struct err err = { .message = "expected get NAME or set NAME VALUE" };
	char text[256] = "";
	int status = -1;

	if (name)
		*name++ = '\0';
	if (value)
		*value++ = '\0';
	if (name && str_eq(line, "get"))
		status = get(machine, name, text, sizeof(text), &err);
	else if (name && value && str_eq(line, "set"))
		status = set(machine, name, value, &err);
	snprintf(out, size, "%s %.255s\n", status ? "no" : "ok",
		 status ? err.message : text);
}

/* One line from a socket, without its end; false: none in time. */
static bool read_line(int fd, char *line, size_t size, int wait_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	size_t len = 0;

	while (len + 1 < size && poll(&poll_fd, 1, wait_ms) > 0) {
		ssize_t n = read(fd, line + len, size - 1 - len);

		if (n <= 0)
			break;
		len += (size_t)n;
		if (line[len - 1] == '\n') {
			line[len - 1] = '\0';
			return true;
		}
	}
	return false;
}

static void serve(struct machine *machine, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	char line[MAX_LINE];
	char answer[512];

	if (fd < 0)
		return;
	if (read_line(fd, line, sizeof(line), 1000)) {
		obey(machine, line, answer, sizeof(answer));
		send(fd, answer, strlen(answer), MSG_NOSIGNAL);
	}
	close(fd);
}

static void on_qmp(struct machine *machine)
{
	struct err err;

	switch (vmachine_read(&machine->qemu)) {
	case VMACHINE_RESET:
		if (restart(machine, "guest-reset", &err))
			fprintf(stderr, "%s\n", err.message);
		break;
	case VMACHINE_SHUTDOWN:
		power_off(machine, "guest-shutdown");
		break;
	case VMACHINE_NOTHING:
		break;
	}
}

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static int listen_here(void)
{
	const struct sockaddr_un sa = { .sun_family = AF_UNIX,
					.sun_path = SOCKET };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unlink(SOCKET);
	if (bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) ||
	    listen(fd, 16)) {
		perror(SOCKET);
		return -1;
	}
	return fd;
}

static void work(struct machine *machine, int listener)
{
	while (!stopped) {
		struct pollfd fds[] = {
			{ .fd = listener, .events = POLLIN },
			{ .fd = -1, .events = POLLIN },
			{ .fd = -1, .events = POLLIN },
		};

		if (machine->qemu.pid) {
			fds[1].fd = machine->qemu.qmp;
			fds[2].fd = machine->qemu.pidfd;
		}
		if (poll(fds, ARRAY_LEN(fds), -1) < 0)
			continue;
		if (fds[0].revents)
			serve(machine, listener);
		else if (fds[2].revents)
			power_off(machine, "qemu-ended");
		else if (fds[1].revents)
			on_qmp(machine);
	}
}

static int run(const char *dir)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct machine machine = { .boot = "none" };
	struct err err;
	int listener;

	if (chdir(dir)) {
		perror(dir);
		return 1;
	}
	if (vmachine_load(&machine.spec, &err)) {
		fprintf(stderr, "vmachine: %s: %s\n", dir, err.message);
		return 1;
	}
	listener = listen_here();
	if (listener < 0)
		return 1;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	puts("ready");
	fflush(stdout);
	work(&machine, listener);
	if (machine.qemu.pid)
		power_off(&machine, "end");
	unlink(SOCKET);
	return 0;
}

static int ask(const char *line)
{
	const struct sockaddr_un sa = { .sun_family = AF_UNIX,
					.sun_path = SOCKET };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[512];

	if (connect(fd, (const struct sockaddr *)&sa, sizeof(sa))) {
		perror("vmachine: " SOCKET);
		return 1;
	}
	send(fd, line, strlen(line), MSG_NOSIGNAL);
	if (!read_line(fd, answer, sizeof(answer), CLIENT_MS)) {
		fprintf(stderr, "vmachine: no answer\n");
		return 1;
	}
	close(fd);
	if (!str_starts(answer, "ok ")) {
		fprintf(stderr, "vmachine: %s\n", answer);
		return 1;
	}
	if (answer[3])
		puts(answer + 3);
	return 0;
}

static int client(int argc, char **argv)
{
	bool is_get = str_eq(argv[2], "get");
	int step = is_get ? 1 : 2;

	if (chdir(argv[1])) {
		perror(argv[1]);
		return 1;
	}
	/* ipmi_sim may name several at once. */
	for (int i = 3; i < argc; i += step) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		AUTO_FREE char *line = NULL;

		if (is_get && !*argv[i])
			continue;
		line = is_get ? xasprintf("get %s\n", argv[i])
			      : xasprintf("set %s %s\n", argv[i], value);
		if (strchr(line, '\n') != line + strlen(line) - 1)
			return 2;
		if (ask(line))
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && str_eq(argv[1], "run"))
		return run(argv[2]);
	if (argc >= 4 && (str_eq(argv[2], "get") || str_eq(argv[2], "set")))
		return client(argc, argv);
	fprintf(stderr, "usage: vmachine run DIR\n"
			"       vmachine DIR get power|boot\n"
			"       vmachine DIR set power|reset|shutdown|boot|"
			"media VALUE\n");
	return 2;
}
