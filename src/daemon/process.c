/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/process.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PROBE_BYTES 4096

static uint64_t count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	uint64_t n = 0;

	if (!folder)
		return 0;
	while (readdir(folder))
		n++;
	closedir(folder);
	return n > 3 ? n - 3 : 0; /* ".", "..", and the folder's own */
}

static int64_t micro(const struct timeval *time)
{
	return (int64_t)time->tv_sec * 1000000 + time->tv_usec;
}

/* The first line of a small file of /proc. */
static bool read_line(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	bool found = file && fgets(text, (int)size, file);

	if (file)
		fclose(file);
	return found;
}

/* Field 22 of proc_pid_stat(5), in ticks since the system was started. The
 * name before it may have blanks and brackets. */
static wall_ms started_at(void)
{
	char text[1024];
	const char *at;
	uint64_t ticks;

	if (!read_line("/proc/self/stat", text, sizeof(text)))
		return 0;
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return 0;
	ticks = strtoull(at, NULL, 10);
	return clock_wall() - clock_mono() +
	       (wall_ms)(ticks * 1000 / (uint64_t)sysconf(_SC_CLK_TCK));
}

static uint64_t resident(void)
{
	char text[256];
	const char *at;

	if (!read_line("/proc/self/statm", text, sizeof(text)))
		return 0;
	at = strchr(text, ' ');
	return at ? strtoull(at, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE)
		  : 0;
}

void process_read(struct process *process)
{
	struct rusage usage = { 0 };
	struct rlimit limit = { 0 };

	getrusage(RUSAGE_SELF, &usage);
	getrlimit(RLIMIT_NOFILE, &limit);
	process->cpu_us = micro(&usage.ru_utime) + micro(&usage.ru_stime);
	process->resident_bytes = resident();
	process->open_fds = count_fds();
	process->max_fds = limit.rlim_cur;
	process->started_ms = started_at();
}

uint64_t process_file_bytes(const char *folder, const char *name)
{
	AUTO_FREE char *path = xasprintf("%s/%s", folder, name);
	struct stat st;

	return stat(path, &st) ? 0 : (uint64_t)st.st_size;
}

/* A file without a name, gone when it is closed: a disk that is read-only,
 * over its quota or full says so. */
static int probe(const char *folder, struct err *err)
{
	static const char bytes[PROBE_BYTES];
	int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	ssize_t n;

	/* Where there are no such files, a disk that is read-only says so. */
	if (fd < 0 && errno == EOPNOTSUPP && !access(folder, W_OK))
		return 0;
	if (fd < 0)
		return err_errno(err, errno, "%s cannot be written to", folder);
	n = write(fd, bytes, sizeof(bytes));
	if (n < 0)
		err_errno(err, errno, "%s cannot be written to", folder);
	close(fd);
	return n < 0 ? -1 : 0;
}

int process_check_folder(const char *folder, uint64_t least_bytes,
			 struct err *err)
{
	struct statvfs disk;
	uint64_t left;

	if (statvfs(folder, &disk))
		return err_errno(err, errno, "%s", folder);
	left = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (left < least_bytes)
		return err_set(err, ERR_NO_SPACE,
			       "%" PRIu64 " MiB free in %s: expected %" PRIu64
			       " or more",
			       left >> 20, folder, least_bytes >> 20);
	return probe(folder, err);
}

int process_check_address(ipv4 address, struct err *err)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[IPV4_TEXT];
	int status;

	if (fd < 0)
		return err_errno(err, errno, "socket");
	sa.sin_addr.s_addr = htonl(address);
	status = bind(fd, (struct sockaddr *)&sa, sizeof(sa));
	if (status) {
		net_ipv4_text(address, text);
		err_errno(err, errno, "the address %s", text);
	}
	close(fd);
	return status;
}
