/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/artifact.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/str.h"

#define MAX_PLACES 8

struct place {
	char *class;
	char *directory;
};

struct artifacts {
	struct place places[MAX_PLACES];
	size_t n;
};

struct artifacts *artifacts_new(void)
{
	return xcalloc(1, sizeof(struct artifacts));
}

void artifacts_free(struct artifacts *artifacts)
{
	if (!artifacts)
		return;
	for (size_t i = 0; i < artifacts->n; i++) {
		free(artifacts->places[i].class);
		free(artifacts->places[i].directory);
	}
	free(artifacts);
}

void artifacts_add(struct artifacts *artifacts, const char *class,
		   const char *directory)
{
	struct place *place;

	assert(artifacts->n < MAX_PLACES);
	place = &artifacts->places[artifacts->n++];
	place->class = xstrdup(class);
	place->directory = xstrdup(directory);
}

/* A regular file below the directory, by links that stay below it. -1: with
 * errno. */
static int open_below(const char *directory, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	struct stat st;
	int top = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int errnum;
	int fd;

	if (top < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, top, name, &how, sizeof(how));
	errnum = errno;
	close(top);
	if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode))) {
		close(fd);
		errnum = ENOENT;
		fd = -1;
	}
	errno = errnum;
	return fd;
}

/* Nothing that we serve has this name. */
static bool is_absent(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
	case ELOOP: /* a link to itself, or into /proc */
	case EXDEV: /* a way out */
	case ENXIO: /* a socket */
		return true;
	default:
		return false;
	}
}

int artifact_open(const struct artifacts *artifacts, const char *class,
		  const char *name, struct err *err)
{
	if (!*name || name[0] == '.' || strstr(name, "/."))
		return err_set(err, ERR_NOT_FOUND, "no such file");
	for (size_t i = 0; i < artifacts->n; i++) {
		const struct place *place = &artifacts->places[i];
		int fd;

		if (!str_eq(place->class, class))
			continue;
		fd = open_below(place->directory, name);
		if (fd >= 0)
			return fd;
		if (!is_absent(errno))
			return err_errno(err, errno, "open");
	}
	return err_set(err, ERR_NOT_FOUND, "no such file");
}

const char *artifact_type(const char *name)
{
	static const char *const types[][2] = {
		{ ".efi", "application/efi" },
		{ ".iso", "application/vnd.efi-iso" },
		{ ".img", "application/vnd.efi-img" },
		{ ".json", "application/json" },
		{ ".sha256", "text/plain" },
		{ ".zst", "application/zstd" },
		{ ".gz", "application/gzip" },
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_ends(name, types[i][0]))
			return types[i][1];
	return "application/octet-stream";
}
