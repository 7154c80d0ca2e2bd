/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_ACTION_H
#define WORKER_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "workflow/task_wire.h"

/*
 * The built-in actions. Each is one function in a file of its own, run in a
 * process of its own (runner.c): it may block, and what it writes to stdout
 * and stderr is the action's log.
 *
 * A workflow names an action by a container image. Its last path component,
 * without tag and digest, decides which function stands in for it:
 * quay.io/tinkerbell/actions/image2disk:latest is image2disk.
 */
struct action_context {
	bool in_hook;            /* else on some host, for tests */
	bool allow_files;        /* a regular file will do for a disk */
	const char *ca;          /* PEM, or NULL */
	const char *mount_point; /* a directory, made when needed */
	int report_fd;
};

typedef int (*action_fn)(const struct task *task,
			 const struct action_context *context, struct err *err);

/* NULL and *err: there is none for this image. */
action_fn action_find(const struct task *task, struct err *err) NODISCARD;

int action_image2disk(const struct task *task,
		      const struct action_context *context,
		      struct err *err) NODISCARD;
int action_writefile(const struct task *task,
		     const struct action_context *context,
		     struct err *err) NODISCARD;
int action_cexec(const struct task *task, const struct action_context *context,
		 struct err *err) NODISCARD;
int action_reboot(const struct task *task, const struct action_context *context,
		  struct err *err) NODISCARD;
int action_poweroff(const struct task *task,
		    const struct action_context *context,
		    struct err *err) NODISCARD;
int action_kexec(const struct task *task, const struct action_context *context,
		 struct err *err) NODISCARD;

/* A variable that must be there and not empty. NULL: *err names it. */
const char *action_require(const struct task *task, const char *name,
			   struct err *err) NODISCARD;
/* 1, t, true and 0, f, false in Go's spellings; others are an error. */
int action_bool(const struct task *task, const char *name, bool *value,
		struct err *err) NODISCARD;
int action_number(const struct task *task, const char *name, uint32_t max,
		  uint32_t *value, struct err *err) NODISCARD;

#endif
