/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_IMAGE_PLAN_H
#define WORKER_IMAGE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "workflow/task_wire.h"

/*
 * What image2disk is asked to do, from its environment. Names and meaning
 * are Tinkerbell's:
 *
 *	IMG_URL, DEST_DISK		required
 *	COMPRESSED			taken, but the file's first bytes decide
 *	RETRY_ENABLED			default true (Tinkerbell: false)
 *	RETRY_DURATION_MINUTES		default 10, for all of it
 *	PROGRESS_INTERVAL_SECONDS	default 3, of the lines in the log
 *
 * and of our own CHECKSUM or IMG_SHA256, "sha256:HEX" or only HEX, of the
 * file as it is downloaded.
 */
struct image_plan {
	const char *url;
	const char *disk;
	bool retry;
	int64_t retry_ms;
	int64_t log_ms;
	char sha256[65]; /* "": not told */
};

/* Strings point into the task. */
int image_plan(const struct task *task, struct image_plan *plan,
	       struct err *err) NODISCARD;

#endif
