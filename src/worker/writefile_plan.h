/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_WRITEFILE_PLAN_H
#define WORKER_WRITEFILE_PLAN_H

#include <stdint.h>

#include "base/err.h"
#include "workflow/task_wire.h"

/*
 * What writefile is asked to do, from its environment. Names and meaning are
 * Tinkerbell's: DEST_DISK, FS_TYPE, DEST_PATH, CONTENTS, UID, GID, MODE and
 * DIRMODE (octal). All but the first and DEST_PATH may be left out.
 */
#define WRITEFILE_PARTS 64

struct writefile_plan {
	const char *disk;
	const char *fs_type;
	const char *contents;
	uint32_t uid;
	uint32_t gid;
	uint32_t mode;
	uint32_t dir_mode;
	char path[1024]; /* without leading slash, "a/b/c" */
	size_t n_parts;
	/* Where in path each part ends: path[..end) is a directory or file. */
	size_t ends[WRITEFILE_PARTS];
};

int writefile_plan(const struct task *task, struct writefile_plan *plan,
		   struct err *err) NODISCARD;

#endif
