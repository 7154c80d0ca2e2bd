/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/coldplug.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "worker/modalias.h"
#include "worker/sysfs.h"

#define LOG_MODULE "coldplug"
#include "base/log.h"

#define MAX_INDEX (8 * 1024 * 1024)
#define MAX_DEPTH 24
#define MAX_ALIAS 512

struct coldplug {
	char directory[128];
	char *texts[3];
	struct modalias_index index;
	enum coldplug_kind kind;
	int loaded;
};

struct coldplug *coldplug_new(void)
{
	static const char *const names[] = { "alias", "dep", "softdep" };
	struct coldplug *coldplug = xcalloc(1, sizeof(*coldplug));
	struct utsname kernel;

	uname(&kernel);
	snprintf(coldplug->directory, sizeof(coldplug->directory),
		 "/lib/modules/%s", kernel.release);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_FREE char *path = xasprintf("%s/modules.%s",
						 coldplug->directory, names[i]);

		coldplug->texts[i] = sysfs_read(path, MAX_INDEX);
		if (!coldplug->texts[i])
			coldplug->texts[i] = xstrdup("");
	}
	modalias_index_init(&coldplug->index);
	modalias_add_aliases(&coldplug->index, coldplug->texts[0]);
	modalias_add_modules(&coldplug->index, coldplug->texts[1]);
	modalias_add_softdeps(&coldplug->index, coldplug->texts[2]);
	if (!coldplug->index.n_modules)
		log_warn("no modules in %s", coldplug->directory);
	return coldplug;
}

void coldplug_free(struct coldplug *coldplug)
{
	if (!coldplug)
		return;
	modalias_index_release(&coldplug->index);
	for (size_t i = 0; i < ARRAY_LEN(coldplug->texts); i++)
		free(coldplug->texts[i]);
	free(coldplug);
}

static void load(void *arg, const char *path)
{
	struct coldplug *coldplug = arg;
	AUTO_FREE char *full = xasprintf("%s/%s", coldplug->directory, path);
	int fd = open(full, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		log_warn("%s: %s", full, strerror(errno));
		return;
	}
	if (syscall(SYS_finit_module, fd, "", 0) == 0)
		coldplug->loaded++;
	else if (errno != EEXIST && errno != ENODEV)
		log_warn("module %s: %s", path, strerror(errno));
	close(fd);
}

/*
 * The way to a network card: its bus (PCI class 02, or virtio's controllers
 * whatever they are for, a class says so too), and virtio's own device 1.
 */
static bool is_network(const char *alias)
{
	return (str_starts(alias, "pci:") && strstr(alias, "bc02")) ||
	       str_starts(alias, "virtio:d00000001") ||
	       str_starts(alias, "vmbus:");
}

/* What a machine has many of and needs none of here. */
static bool is_needless(const char *alias)
{
	return str_starts(alias, "cpu:") || str_starts(alias, "input:") ||
	       (str_starts(alias, "pci:") &&
		(strstr(alias, "bc03") || strstr(alias, "bc04")));
}

static void on_alias(struct coldplug *coldplug, const char *alias)
{
	const char *module;
	size_t at = 0;

	if (is_needless(alias) ||
	    (coldplug->kind == COLDPLUG_NETWORK && !is_network(alias)))
		return;
	while ((module = modalias_find(&coldplug->index, alias, &at)))
		modalias_order(&coldplug->index, module, load, coldplug);
}

static void walk(struct coldplug *coldplug, int parent, const char *name,
		 int depth)
{
	int fd = openat(parent, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!directory) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(directory))) {
		char alias[MAX_ALIAS];

		if (entry->d_name[0] == '.')
			continue;
		if (entry->d_type == DT_DIR && depth < MAX_DEPTH)
			walk(coldplug, fd, entry->d_name, depth + 1);
		else if (str_eq(entry->d_name, "modalias") &&
			 sysfs_read_at(fd, "modalias", alias, sizeof(alias)))
			on_alias(coldplug, alias);
	}
	closedir(directory);
}

int coldplug_load(struct coldplug *coldplug, enum coldplug_kind kind)
{
	int total = 0;

	coldplug->kind = kind;
	do {
		coldplug->loaded = 0;
		walk(coldplug, AT_FDCWD, "/sys/devices", 0);
		total += coldplug->loaded;
	} while (coldplug->loaded);
	return total;
}

void coldplug_load_module(struct coldplug *coldplug, const char *name)
{
	modalias_order(&coldplug->index, name, load, coldplug);
}
