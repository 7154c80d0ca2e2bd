/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/artifact.h"

#include <assert.h>
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
	struct place *place = &artifacts->places[artifacts->n++];

	assert(artifacts->n <= MAX_PLACES);
	place->class = xstrdup(class);
	place->directory = xstrdup(directory);
}

/* A regular file below the directory, by links that stay below it. */
static int open_below(const char *directory, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	struct stat st;
	int top = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd;

	if (top < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, top, name, &how, sizeof(how));
	close(top);
	if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

int artifact_open(const struct artifacts *artifacts, const char *class,
		  const char *name)
{
	if (!*name || name[0] == '.' || strstr(name, "/."))
		return -1;
	for (size_t i = 0; i < artifacts->n; i++) {
		const struct place *place = &artifacts->places[i];
		int fd;

		if (!str_eq(place->class, class))
			continue;
		fd = open_below(place->directory, name);
		if (fd >= 0)
			return fd;
	}
	return -1;
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
