/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_TARGET_MOUNT_H
#define WORKER_TARGET_MOUNT_H

#include "base/err.h"

/*
 * A file system of the installed system, mounted for one action.
 *
 * An action runs in a mount namespace of its own, so that nothing stays
 * mounted even if it is killed; without being killed it unmounts in order,
 * and is told when that fails, for then data may not be on the disk.
 */
struct target_mount {
	char point[256];
	int root; /* the directory of the file system */
	int n;    /* mounts made, the last over or inside the first */
	char points[8][280];
};

int target_mount(struct target_mount *target, const char *device,
		 const char *type, const char *point,
		 struct err *err) NODISCARD;
/* Also /dev, /dev/pts, /proc, /sys, for a chroot. */
int target_mount_system(struct target_mount *target, struct err *err) NODISCARD;
int target_unmount(struct target_mount *target, struct err *err) NODISCARD;

/*
 * Open a path of the file system, its symbolic links resolved as if it were
 * the root. Returns a descriptor or -1 with errno.
 */
int target_open(const struct target_mount *target, const char *path, int flags,
		unsigned mode);

#endif
