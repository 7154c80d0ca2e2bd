/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/disk_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

#define PIECE     (4 * 1024 * 1024)
#define GRAIN     (64 * 1024) /* runs of zeros are looked for in these */
#define ALIGNMENT 4096

struct disk_writer {
	int fd;
	char path[256];
	bool is_file;
	bool direct;
	uint64_t size; /* of the disk; UINT64_MAX for a file */
	uint64_t at;   /* where the piece begins */
	size_t filled; /* of the piece */
	uint64_t zero_from;
	uint64_t zero_len; /* a run of zeros not made yet */
	uint64_t zeros;
	unsigned char *piece;
};

/* A block device that a file system is mounted from, or swap is on. */
static int refuse_in_use(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);

	if (fd < 0 && errno == EBUSY)
		return err_set(err, ERR_BUSY,
			       "disk %s is in use (mounted, or part of a "
			       "volume)",
			       path);
	if (fd < 0)
		return err_errno(err, errno, "disk %s", path);
	close(fd);
	return 0;
}

static int learn_size(struct disk_writer *writer, bool allow_file,
		      struct err *err)
{
	struct stat st;

	if (fstat(writer->fd, &st))
		return err_errno(err, errno, "disk %s", writer->path);
	if (S_ISREG(st.st_mode) && allow_file) {
		writer->is_file = true;
		/* A prepared file stands for a disk of its size. */
		writer->size = st.st_size ? (uint64_t)st.st_size : UINT64_MAX;
		return 0;
	}
	if (!S_ISBLK(st.st_mode))
		return err_set(err, ERR_INVALID, "%s is no block device",
			       writer->path);
	if (ioctl(writer->fd, BLKGETSIZE64, &writer->size))
		return err_errno(err, errno, "disk %s: its size", writer->path);
	return 0;
}

static int open_disk(struct disk_writer *writer, const char *path,
		     struct err *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISBLK(st.st_mode) &&
	    refuse_in_use(path, err))
		return -1;
	writer->direct = true;
	writer->fd = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
	if (writer->fd < 0 && errno == EINVAL) {
		writer->direct = false;
		writer->fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	if (writer->fd < 0)
		return err_errno(err, errno, "disk %s", path);
	return 0;
}

struct disk_writer *disk_writer_open(const char *path, bool allow_file,
				     struct err *err)
{
	struct disk_writer *writer = xcalloc(1, sizeof(*writer));

	writer->fd = -1;
	str_copy(writer->path, sizeof(writer->path), path);
	if (open_disk(writer, path, err) ||
	    learn_size(writer, allow_file, err)) {
		disk_writer_close(writer);
		return NULL;
	}
	writer->piece = aligned_alloc(ALIGNMENT, PIECE);
	if (!writer->piece)
		abort();
	return writer;
}

void disk_writer_close(struct disk_writer *writer)
{
	if (!writer)
		return;
	if (writer->fd >= 0)
		close(writer->fd);
	free(writer->piece);
	free(writer);
}

int disk_writer_check(const struct disk_writer *writer, uint64_t bytes,
		      struct err *err)
{
	if (bytes <= writer->size)
		return 0;
	return err_set(err, ERR_NO_SPACE,
		       "disk %s has %" PRIu64 " bytes, the image needs more "
		       "(at least %" PRIu64 ")",
		       writer->path, writer->size, bytes);
}

void disk_writer_room(struct disk_writer *writer, void **room, size_t *cap)
{
	*room = writer->piece + writer->filled;
	*cap = PIECE - writer->filled;
}

static int write_all(struct disk_writer *writer, const unsigned char *bytes,
		     size_t len, uint64_t at, struct err *err)
{
	while (len) {
		ssize_t n = pwrite(writer->fd, bytes, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_errno(err, n ? errno : EIO,
					 "disk %s: writing at byte %" PRIu64,
					 writer->path, at);
		bytes += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return 0;
}

/* The end of an image need not be a multiple of what O_DIRECT demands. */
static void leave_direct(struct disk_writer *writer)
{
	int flags = fcntl(writer->fd, F_GETFL);

	if (writer->direct && flags >= 0)
		fcntl(writer->fd, F_SETFL, flags & ~O_DIRECT);
	writer->direct = false;
}

static int write_zeros(struct disk_writer *writer, uint64_t from, uint64_t len,
		       struct err *err)
{
	CLEANUP(mem_free_scope)
	unsigned char *zeros = aligned_alloc(ALIGNMENT, PIECE);

	if (!zeros)
		abort();
	memset(zeros, 0, PIECE);
	while (len) {
		size_t n = len < PIECE ? (size_t)len : PIECE;

		if (write_all(writer, zeros, n, from, err))
			return -1;
		from += n;
		len -= n;
	}
	return 0;
}

static bool punch(const struct disk_writer *writer, uint64_t from, uint64_t len)
{
	uint64_t range[2] = { from, len };

	if (!writer->is_file)
		return ioctl(writer->fd, BLKZEROOUT, range) == 0;
	if (fallocate(writer->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      (off_t)from, (off_t)len))
		return false;
	/* A hole past the end does not make the file longer. */
	if (writer->size == UINT64_MAX)
		return ftruncate(writer->fd, (off_t)(from + len)) == 0;
	return true;
}

static int make_zeros(struct disk_writer *writer, struct err *err)
{
	uint64_t from = writer->zero_from;
	uint64_t len = writer->zero_len;

	writer->zero_len = 0;
	if (len == 0)
		return 0;
	writer->zeros += len;
	if (punch(writer, from, len))
		return 0;
	return write_zeros(writer, from, len, err);
}

static bool is_zero(const unsigned char *bytes, size_t len)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0;
}

static int write_run(struct disk_writer *writer, size_t from, size_t to,
		     struct err *err)
{
	if (from == to)
		return 0;
	if (make_zeros(writer, err))
		return -1;
	return write_all(writer, writer->piece + from, to - from,
			 writer->at + from, err);
}

/* The filled part of the piece, which is a multiple of GRAIN but at the end. */
static int write_piece(struct disk_writer *writer, struct err *err)
{
	size_t from = 0; /* of the bytes that are not zero */
	size_t at = 0;

	for (; at < writer->filled; at += GRAIN) {
		size_t n = writer->filled - at;

		if (n < GRAIN)
			break;
		if (!is_zero(writer->piece + at, GRAIN))
			continue;
		if (write_run(writer, from, at, err))
			return -1;
		if (writer->zero_len == 0)
			writer->zero_from = writer->at + at;
		writer->zero_len += GRAIN;
		from = at + GRAIN;
	}
	if (writer->filled % ALIGNMENT)
		leave_direct(writer);
	if (write_run(writer, from, writer->filled, err))
		return -1;
	writer->at += writer->filled;
	writer->filled = 0;
	return 0;
}

int disk_writer_wrote(struct disk_writer *writer, size_t n, struct err *err)
{
	writer->filled += n;
	if (disk_writer_check(writer, writer->at + writer->filled, err))
		return -1;
	if (writer->filled < PIECE)
		return 0;
	return write_piece(writer, err);
}

void disk_writer_restart(struct disk_writer *writer)
{
	writer->at = 0;
	writer->filled = 0;
	writer->zero_len = 0;
	writer->zeros = 0;
}

int disk_writer_finish(struct disk_writer *writer, struct err *err)
{
	if (write_piece(writer, err) || make_zeros(writer, err))
		return -1;
	if (fsync(writer->fd))
		return err_errno(err, errno, "disk %s: fsync", writer->path);
	/* A partition as the target has no table of its own: that is fine. */
	if (!writer->is_file && ioctl(writer->fd, BLKRRPART) &&
	    errno != EINVAL && errno != ENOTTY)
		return err_errno(err, errno, "disk %s: reading its partitions",
				 writer->path);
	return 0;
}

uint64_t disk_writer_bytes(const struct disk_writer *writer)
{
	return writer->at + writer->filled;
}

uint64_t disk_writer_zeros(const struct disk_writer *writer)
{
	return writer->zeros;
}
