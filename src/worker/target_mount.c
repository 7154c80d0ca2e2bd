/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/target_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/str.h"

static int mount_one(struct target_mount *target, const char *source,
		     const char *point, const char *type, struct err *err)
{
	unsigned long flags = type ? 0 : MS_BIND | MS_REC;

	if (target->n == (int)ARRAY_LEN(target->points) ||
	    !str_copy(target->points[target->n], sizeof(target->points[0]),
		      point))
		return err_set(err, ERR_TOO_BIG, "too many mounts");
	if (mount(source, point, type, flags, NULL))
		return err_errno(err, errno, "mounting %s on %s", source,
				 point);
	target->n++;
	return 0;
}

/* The kernel does not guess; those of an installed system, likely first. */
static int mount_any(struct target_mount *target, const char *device,
		     const char *point, struct err *err)
{
	static const char *const types[] = { "ext4", "xfs", "vfat", "btrfs" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (mount_one(target, device, point, types[i], err) == 0)
			return 0;
	return err_wrap(err, "FS_TYPE is not set");
}

int target_mount(struct target_mount *target, const char *device,
		 const char *type, const char *point, struct err *err)
{
	memset(target, 0, sizeof(*target));
	target->root = -1;
	if (!str_copy(target->point, sizeof(target->point), point))
		return err_set(err, ERR_TOO_BIG, "mount point");
	if (mkdir(point, 0755) && errno != EEXIST)
		return err_errno(err, errno, "mkdir %s", point);
	if (type && *type) {
		if (mount_one(target, device, point, type, err))
			return -1;
	} else if (mount_any(target, device, point, err)) {
		return -1;
	}
	target->root = open(point, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (target->root >= 0)
		return 0;
	err_errno(err, errno, "opening %s", point);
	umount2(point, 0);
	return -1;
}

int target_mount_system(struct target_mount *target, struct err *err)
{
	static const char *const names[] = { "/dev", "/proc", "/sys" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char point[280];
		struct stat st;

		snprintf(point, sizeof(point), "%s%s", target->point, names[i]);
		/* A link planted there would lead out of the target. */
		if (lstat(point, &st) || !S_ISDIR(st.st_mode))
			return err_set(err, ERR_NOT_FOUND,
				       "the target has no directory %s",
				       names[i]);
		if (mount_one(target, names[i], point, NULL, err))
			return -1;
	}
	return 0;
}

int target_unmount(struct target_mount *target, struct err *err)
{
	int status = 0;

	if (target->root >= 0)
		close(target->root);
	target->root = -1;
	while (target->n > 0) {
		const char *point = target->points[--target->n];
		/* A bind mount has mounts below it; the target has none. */
		int flags = target->n > 0 ? MNT_DETACH : 0;

		if (umount2(point, flags) == 0)
			continue;
		if (errno == EBUSY && umount2(point, MNT_DETACH) == 0)
			sync();
		else
			status = err_errno(err, errno, "unmounting %s", point);
	}
	return status;
}

int target_open(const struct target_mount *target, const char *path, int flags,
		unsigned mode)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, target->root, path, &how, sizeof(how));
}
