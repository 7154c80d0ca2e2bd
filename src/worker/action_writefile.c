/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writefile: a file with given content into a file system of the target.
 *
 * The target's symbolic links are followed as the installed system would see
 * them: never out of its file system.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "worker/action.h"
#include "worker/action_report.h"
#include "worker/target_mount.h"
#include "worker/writefile_plan.h"

/* The directory of the part, made if it is not there. */
static int make_directory(const struct target_mount *target,
			  const struct writefile_plan *plan, size_t part,
			  struct err *err)
{
	size_t parent_end = part ? plan->ends[part - 1] : 0;
	AUTO_FREE char *parent = xstrndup(plan->path, parent_end);
	AUTO_FREE char *path = xstrndup(plan->path, plan->ends[part]);
	const char *name = path + (part ? parent_end + 1 : 0);
	int status = 0;
	int fd = target_open(target, path, O_PATH | O_DIRECTORY, 0);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno != ENOENT)
		return err_errno(err, errno, "/%s", path);
	fd = target_open(target, *parent ? parent : ".", O_RDONLY | O_DIRECTORY,
			 0);
	if (fd < 0)
		return err_errno(err, errno, "/%s", parent);
	if (mkdirat(fd, name, plan->dir_mode) ||
	    fchownat(fd, name, plan->uid, plan->gid, AT_SYMLINK_NOFOLLOW) ||
	    fchmodat(fd, name, plan->dir_mode, 0))
		status = err_errno(err, errno, "making directory /%s", path);
	close(fd);
	return status;
}

static int write_content(int fd, const struct writefile_plan *plan,
			 struct err *err)
{
	const char *at = plan->contents;
	size_t left = strlen(at);

	while (left) {
		ssize_t n = write(fd, at, left);

		if (n < 0)
			return err_errno(err, errno, "writing /%s", plan->path);
		at += n;
		left -= (size_t)n;
	}
	if (fchown(fd, plan->uid, plan->gid) || fchmod(fd, plan->mode) ||
	    fsync(fd))
		return err_errno(err, errno, "writing /%s", plan->path);
	return 0;
}

static int write_file(const struct target_mount *target,
		      const struct writefile_plan *plan, struct err *err)
{
	int status;
	int fd;

	for (size_t i = 0; i + 1 < plan->n_parts; i++)
		if (make_directory(target, plan, i, err))
			return -1;
	/* Not readable by others before it is whole. */
	fd = target_open(target, plan->path,
			 O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_NONBLOCK,
			 0600);
	if (fd < 0)
		return err_errno(err, errno, "/%s", plan->path);
	status = write_content(fd, plan, err);
	close(fd);
	return status;
}

int action_writefile(const struct task *task,
		     const struct action_context *context, struct err *err)
{
	struct action_report done = { .kind = ACTION_MESSAGE };
	AUTO_FREE char *message = NULL;
	struct target_mount target;
	struct writefile_plan plan;
	struct err second;
	int status;

	if (writefile_plan(task, &plan, err))
		return -1;
	if (target_mount(&target, plan.disk, plan.fs_type, context->mount_point,
			 err))
		return -1;
	status = write_file(&target, &plan, err);
	if (target_unmount(&target, status ? &second : err))
		status = -1;
	if (status)
		return -1;
	message = xasprintf("wrote %zu bytes to /%s on %s",
			    strlen(plan.contents), plan.path, plan.disk);
	done.text = message;
	action_report_send(context->report_fd, &done);
	return 0;
}
