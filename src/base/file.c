/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/str.h"

int file_read(const char *path, struct buf *out, struct err *err)
{
	bool standard = str_eq(path, "-");
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	char part[4096];
	ssize_t n;
	int errnum;

	if (fd < 0)
		return err_errno(err, errno, "open %s", path);
	do {
		n = read(fd, part, sizeof(part));
		if (n > 0)
			buf_add(out, part, (size_t)n);
	} while ((n > 0 && !out->overflow) || (n < 0 && errno == EINTR));
	errnum = errno;
	if (!standard)
		close(fd);
	if (n < 0)
		return err_errno(err, errnum, "read %s", path);
	if (out->overflow)
		return err_set(err, ERR_TOO_BIG, "%s: over %zu bytes", path,
			       out->limit);
	return 0;
}

static int write_all(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return fsync(fd);
}

int file_replace(const char *path, const void *bytes, size_t len,
		 struct err *err)
{
	AUTO_FREE char *beside = xasprintf("%s.new", path);
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int errnum = 0;

	if (fd < 0)
		return err_errno(err, errno, "make %s", beside);
	if (write_all(fd, bytes, len))
		errnum = errno;
	if (close(fd) && !errnum)
		errnum = errno;
	if (!errnum && rename(beside, path))
		errnum = errno;
	if (!errnum)
		return 0;
	unlink(beside);
	return err_errno(err, errnum, "write %s", path);
}
