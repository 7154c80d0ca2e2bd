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
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/str.h"

#define MAX_ARGS 64
#define OVMF     "/usr/share/OVMF/"
#define START_MS 20000
#define QMP_MS   5000
#define JSON_MAX (64 * 1024)

struct args {
	char *argv[MAX_ARGS + 1];
	size_t n;
};

static void args_release(struct args *args)
{
	for (size_t i = 0; i < args->n; i++)
		free(args->argv[i]);
}

/* An option and its value; the value is taken. */
static void add(struct args *args, const char *name, char *value)
{
	if (args->n + 2 > MAX_ARGS)
		abort();
	args->argv[args->n++] = xstrdup(name);
	if (value)
		args->argv[args->n++] = value;
}

int vmachine_load(struct vmachine_spec *spec, struct err *err)
{
	static const char *const firmwares[] = { "bios", "uefi", NULL };
	static const struct json_field fields[] = {
		JSON_STR(struct vmachine_spec, name, "name", JSON_REQUIRED),
		JSON_ENUM(struct vmachine_spec, firmware, "firmware", 0,
			  firmwares),
		JSON_STR(struct vmachine_spec, mac, "mac", 0),
		JSON_STR(struct vmachine_spec, tap, "tap", 0),
		JSON_STR(struct vmachine_spec, disk, "disk", 0),
		JSON_STR(struct vmachine_spec, format, "format", 0),
		JSON_STR(struct vmachine_spec, serial_log, "serial_log", 0),
		JSON_STR(struct vmachine_spec, console, "console", 0),
		JSON_STR(struct vmachine_spec, rtc, "rtc", 0),
		JSON_STR(struct vmachine_spec, serial, "serial", 0),
		JSON_STR(struct vmachine_spec, uuid, "uuid", 0),
		JSON_STR(struct vmachine_spec, accel, "accel", 0),
		JSON_U32(struct vmachine_spec, memory_mb, "memory_mb", 0, 64,
			 65536),
		JSON_U32(struct vmachine_spec, cpus, "cpus", 0, 1, 64),
	};
	AUTO_FREE char *text = xcalloc(1, JSON_MAX);
	AUTO_JSON json_t *object = NULL;
	FILE *file = fopen("machine.json", "re");
	size_t len;

	if (!file)
		return err_errno(err, errno, "machine.json");
	len = fread(text, 1, JSON_MAX, file);
	fclose(file);
	memset(spec, 0, sizeof(*spec));
	spec->memory_mb = 1024;
	spec->cpus = 2;
	str_copy(spec->mac, sizeof(spec->mac), "52:54:00:12:34:56");
	str_copy(spec->format, sizeof(spec->format), "raw");
	str_copy(spec->accel, sizeof(spec->accel), "tcg");
	str_copy(spec->serial_log, sizeof(spec->serial_log), "serial.log");
	object = json_parse(text, len, err);
	if (!object || json_decode(object, fields, ARRAY_LEN(fields),
				   JSON_KEYS_STRICT, "machine", spec, err))
		return err_wrap(err, "machine.json");
	return 0;
}

static int copy_file(const char *from, const char *to, struct err *err)
{
	char bytes[8192];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n = -1;

	while (in >= 0 && out >= 0 && (n = read(in, bytes, sizeof(bytes))) > 0)
		if (write(out, bytes, (size_t)n) != n)
			break;
	if (n)
		err_errno(err, errno, "copy %s", from);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return n ? -1 : 0;
}

/* UEFI variables are the machine's own and last like its disk. */
static int add_firmware(struct args *args, struct err *err)
{
	if (access("vars.fd", F_OK) &&
	    copy_file(OVMF "OVMF_VARS_4M.fd", "vars.fd", err))
		return -1;
	add(args, "-drive",
	    xstrdup("if=pflash,format=raw,readonly=on,file=" OVMF
		    "OVMF_CODE_4M.fd"));
	add(args, "-drive", xstrdup("if=pflash,format=raw,file=vars.fd"));
	/* Its attempts by IPv6 would take minutes. */
	add(args, "-fw_cfg",
	    xstrdup("name=opt/org.tianocore/IPv6PXESupport,string=n"));
	return 0;
}

static void add_devices(struct args *args, const struct vmachine_spec *spec,
			const char *boot, const char *media)
{
	bool net_first = str_starts(boot, "pxe");
	bool cd_first = str_starts(boot, "cdrom");

	if (*spec->disk) {
		add(args, "-drive",
		    xasprintf("if=none,id=disk0,file=%s,format=%s,"
			      "cache=unsafe,discard=unmap",
			      spec->disk, spec->format));
		add(args, "-device",
		    xasprintf("virtio-blk-pci,drive=disk0,bootindex=%d",
			      net_first ? 3 : 2));
	}
	if (*spec->tap) {
		add(args, "-netdev",
		    xasprintf("tap,id=net0,ifname=%s,script=no,"
			      "downscript=no",
			      spec->tap));
		/* UEFI has PXE of its own; SeaBIOS needs iPXE's ROM. */
		add(args, "-device",
		    xasprintf("virtio-net-pci,netdev=net0,mac=%s,"
			      "bootindex=%d%s",
			      spec->mac, net_first ? 2 : 3,
			      spec->firmware ? ",romfile=" : ""));
	}
	if (*media) {
		add(args, "-drive",
		    xasprintf("if=none,id=cd0,media=cdrom,readonly=on,"
			      "format=raw,file=%s",
			      media));
		add(args, "-device",
		    xasprintf("ide-cd,drive=cd0,bootindex=%d",
			      cd_first ? 1 : 4));
	}
}

/* Appended to: a machine that restarts goes on in the same log. */
static void add_console(struct args *args, const struct vmachine_spec *spec)
{
	const char *log = spec->serial_log;

	if (*spec->console)
		add(args, "-chardev",
		    xasprintf("socket,id=ser0,host=%.*s,port=%s,server=on,"
			      "wait=off,logfile=%s,logappend=on",
			      (int)strcspn(spec->console, ":"), spec->console,
			      spec->console + strcspn(spec->console, ":") + 1,
			      log));
	else
		add(args, "-chardev",
		    xasprintf("file,id=ser0,path=%s,append=on", log));
	add(args, "-serial", xstrdup("chardev:ser0"));
}

static int build(struct args *args, const struct vmachine_spec *spec,
		 const char *boot, const char *media, struct err *err)
{
	const char *serial = *spec->serial ? spec->serial : spec->name;
	bool emulated = str_eq(spec->accel, "tcg");

	add(args, "qemu-system-x86_64", NULL);
	add(args, "-name", xstrdup(spec->name));
	add(args, "-machine", xstrdup("q35"));
	/* The measurements behind these stand in tests/e2e/rack/README.md. */
	add(args, "-accel",
	    xasprintf("%s%s", spec->accel,
		      emulated ? ",thread=multi,tb-size=256" : ""));
	add(args, "-cpu", xstrdup(emulated ? "Nehalem" : "host"));
	add(args, "-smp", xasprintf("%u", spec->cpus));
	add(args, "-m", xasprintf("%u", spec->memory_mb));
	add(args, "-nodefaults", NULL);
	add(args, "-no-user-config", NULL);
	add(args, "-display", xstrdup("none"));
	add_console(args, spec);
	if (*spec->rtc)
		add(args, "-rtc", xasprintf("base=%s", spec->rtc));
	add(args, "-device", xstrdup("virtio-rng-pci"));
	add(args, "-smbios",
	    xasprintf(
		    "type=1,manufacturer=tomte,product=vmachine,serial=%s%s%s",
		    serial, *spec->uuid ? ",uuid=" : "", spec->uuid));
	if (*spec->uuid)
		add(args, "-uuid", xstrdup(spec->uuid));
	/* It stays, stopped, until we have read why it stopped. */
	add(args, "-action", xstrdup("reboot=shutdown,shutdown=pause"));
	add(args, "-qmp", xstrdup("unix:qmp.sock,server=on,wait=off"));
	if (spec->firmware && add_firmware(args, err))
		return -1;
	add_devices(args, spec, boot, media);
	args->argv[args->n] = NULL;
	return 0;
}

static void become(char *const *argv)
{
	int out = open("qemu.log", O_WRONLY | O_CREAT | O_APPEND, 0600);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(out, 1);
	dup2(out, 2);
	syscall(SYS_close_range, 3U, ~0U, 0U);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

static void sleep_ms(long ms)
{
	const struct timespec wait = { .tv_nsec = ms * 1000000 };

	nanosleep(&wait, NULL);
}

static bool is_dead(const struct vmachine_qemu *qemu)
{
	struct pollfd poll_fd = { .fd = qemu->pidfd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) > 0;
}

static int connect_qmp(struct vmachine_qemu *qemu, struct err *err)
{
	const struct sockaddr_un sa = { .sun_family = AF_UNIX,
					.sun_path = "qmp.sock" };

	qemu->qmp = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	for (int i = 0; i < START_MS / 10; i++) {
		if (!connect(qemu->qmp, (const struct sockaddr *)&sa,
			     sizeof(sa)))
			return 0;
		if (is_dead(qemu))
			return err_set(err, ERR_IO,
				       "QEMU has ended: see qemu.log");
		sleep_ms(10);
	}
	return err_set(err, ERR_TIMEOUT, "QEMU does not open qmp.sock");
}

/* The next line; NULL: none within the time, or QEMU has closed. */
static const char *next_line(struct vmachine_qemu *qemu, char *out, size_t size,
			     int wait_ms)
{
	struct pollfd poll_fd = { .fd = qemu->qmp, .events = POLLIN };
	char *end;

	while (!(end = memchr(qemu->line, '\n', qemu->len))) {
		ssize_t n;

		if (qemu->len == sizeof(qemu->line))
			qemu->len = 0; /* not of interest at that length */
		if (poll(&poll_fd, 1, wait_ms) <= 0)
			return NULL;
		n = read(qemu->qmp, qemu->line + qemu->len,
			 sizeof(qemu->line) - qemu->len);
		if (n <= 0)
			return NULL;
		qemu->len += (size_t)n;
	}
	*end++ = '\0';
	snprintf(out, size, "%s", qemu->line);
	qemu->len -= (size_t)(end - qemu->line);
	memmove(qemu->line, end, qemu->len);
	return out;
}

static bool say(struct vmachine_qemu *qemu, const char *command)
{
	char text[128];
	int n = snprintf(text, sizeof(text), "{\"execute\":\"%s\"}\n", command);

	return send(qemu->qmp, text, (size_t)n, MSG_NOSIGNAL) == n;
}

int vmachine_start(struct vmachine_qemu *qemu, const struct vmachine_spec *spec,
		   const char *boot, const char *media, struct err *err)
{
	CLEANUP(args_release) struct args args = { .n = 0 };
	char line[4096];

	if (build(&args, spec, boot, media, err))
		return -1;
	unlink("qmp.sock");
	qemu->len = 0;
	qemu->qmp = -1;
	qemu->pid = fork();
	if (qemu->pid == 0)
		become(args.argv);
	if (qemu->pid < 0) {
		qemu->pid = 0;
		return err_errno(err, errno, "fork");
	}
	qemu->pidfd = (int)syscall(SYS_pidfd_open, qemu->pid, 0);
	if (connect_qmp(qemu, err) ||
	    !next_line(qemu, line, sizeof(line), QMP_MS) ||
	    !say(qemu, "qmp_capabilities") ||
	    !next_line(qemu, line, sizeof(line), QMP_MS)) {
		if (!is_dead(qemu))
			err_set(err, ERR_IO, "QEMU does not speak QMP");
		vmachine_kill(qemu);
		return -1;
	}
	return 0;
}

void vmachine_kill(struct vmachine_qemu *qemu)
{
	if (!qemu->pid)
		return;
	kill(-qemu->pid, SIGKILL);
	kill(qemu->pid, SIGKILL);
	waitpid(qemu->pid, NULL, 0);
	qemu->pid = 0;
	close(qemu->pidfd);
	if (qemu->qmp >= 0)
		close(qemu->qmp);
	qemu->qmp = -1;
}

void vmachine_press(struct vmachine_qemu *qemu)
{
	if (qemu->pid)
		say(qemu, "system_powerdown");
}

enum vmachine_event vmachine_read(struct vmachine_qemu *qemu)
{
	char line[4096];

	while (next_line(qemu, line, sizeof(line), 0)) {
		if (!strstr(line, "\"SHUTDOWN\""))
			continue;
		return strstr(line, "\"guest-reset\"") ? VMACHINE_RESET
						       : VMACHINE_SHUTDOWN;
	}
	return VMACHINE_NOTHING;
}
