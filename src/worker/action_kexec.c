/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kexec: the installed system's kernel instead of a restart, which saves what
 * firmware takes for its self-test.
 *
 *	BLOCK_DEVICE		required: the file system with the kernel
 *	FS_TYPE			else the likely ones are tried
 *	KERNEL_PATH, INITRD_PATH, CMD_LINE
 *	GRUBCFG_PATH		without KERNEL_PATH: what it boots by default
 *
 * Only loads it, while the file system is mounted; the worker jumps, once the
 * server knows. A kernel that may not be loaded so (Secure Boot wants a
 * signature that this one trusts) is started by a restart of the machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "worker/action.h"
#include "worker/action_report.h"
#include "worker/grub_wire.h"
#include "worker/target_mount.h"

#define MAX_GRUB_CFG (1024 * 1024)

static bool is_refusal(int number)
{
	return number == ENOSYS || number == EPERM || number == EACCES ||
	       number == ENODATA || number == EKEYREJECTED ||
	       number == ENOPKG || number == ENOKEY || number == EOPNOTSUPP;
}

static int read_grub(const struct target_mount *target, const char *path,
		     struct grub_entry *entry, struct err *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MAX_GRUB_CFG);
	char bytes[8192];
	ssize_t n;
	int fd = target_open(target, path, O_RDONLY | O_CLOEXEC, 0);

	if (fd < 0)
		return err_errno(err, errno, "%s", path);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		buf_add(&text, bytes, (size_t)n);
	close(fd);
	if (n < 0)
		return err_errno(err, errno, "%s", path);
	if (text.overflow)
		return err_set(err, ERR_TOO_BIG, "%s: over %d bytes", path,
			       MAX_GRUB_CFG);
	return grub_find(text.base, text.len, entry, err);
}

static int set_path(char *out, const char *name, const char *value,
		    struct err *err)
{
	if (value && *value && !str_copy(out, GRUB_PATH_MAX, value))
		return err_set(err, ERR_TOO_BIG, "%s: over %d characters", name,
			       GRUB_PATH_MAX - 1);
	return 0;
}

/* What the task says goes before what GRUB has. */
static int choose(const struct task *task, const struct target_mount *target,
		  struct grub_entry *entry, struct err *err)
{
	const char *kernel = task_env(task, "KERNEL_PATH");
	const char *args = task_env(task, "CMD_LINE");
	const char *grub = task_env(task, "GRUBCFG_PATH");

	memset(entry, 0, sizeof(*entry));
	if ((!kernel || !*kernel) &&
	    read_grub(target, grub && *grub ? grub : "boot/grub/grub.cfg",
		      entry, err))
		return -1;
	if (set_path(entry->kernel, "KERNEL_PATH", kernel, err) ||
	    set_path(entry->initrd, "INITRD_PATH",
		     task_env(task, "INITRD_PATH"), err))
		return -1;
	if (args && *args && !str_copy(entry->args, sizeof(entry->args), args))
		return err_set(err, ERR_TOO_BIG, "CMD_LINE: over %d characters",
			       GRUB_ARGS_MAX - 1);
	return 0;
}

/* *refused: this kernel does not want it. */
static int load(const struct target_mount *target,
		const struct grub_entry *entry, int *refused, struct err *err)
{
	unsigned long flags = *entry->initrd ? 0 : KEXEC_FILE_NO_INITRAMFS;
	int initrd = -1;
	int kernel =
		target_open(target, entry->kernel, O_RDONLY | O_CLOEXEC, 0);
	int status = 0;

	if (kernel < 0)
		return err_errno(err, errno, "%s", entry->kernel);
	if (*entry->initrd) {
		initrd = target_open(target, entry->initrd,
				     O_RDONLY | O_CLOEXEC, 0);
		if (initrd < 0) {
			close(kernel);
			return err_errno(err, errno, "%s", entry->initrd);
		}
	}
	if (syscall(SYS_kexec_file_load, kernel, initrd,
		    strlen(entry->args) + 1, entry->args, flags)) {
		if (is_refusal(errno))
			*refused = errno;
		else
			status = err_errno(err, errno, "%s: loading it",
					   entry->kernel);
	}
	if (initrd >= 0)
		close(initrd);
	close(kernel);
	return status;
}

static void leave(const struct action_context *context,
		  const struct grub_entry *entry, int refused)
{
	struct action_report report = { .kind = ACTION_LEAVE };
	char text[GRUB_PATH_MAX + 160];

	report.text = refused ? "reboot" : "kexec";
	action_report_send(context->report_fd, &report);
	if (refused)
		snprintf(text, sizeof(text),
			 "the machine restarts: the running kernel refuses to "
			 "load %s (%s)",
			 entry->kernel, strerror(refused));
	else
		snprintf(text, sizeof(text), "the machine goes on with %s",
			 entry->kernel);
	report.kind = ACTION_MESSAGE;
	report.text = text;
	action_report_send(context->report_fd, &report);
}

int action_kexec(const struct task *task, const struct action_context *context,
		 struct err *err)
{
	const char *device = action_require(task, "BLOCK_DEVICE", err);
	struct target_mount target;
	struct grub_entry entry;
	struct err second;
	int refused = 0;
	int status;

	if (!device)
		return -1;
	if (!context->in_hook)
		return err_set(err, ERR_UNSUPPORTED,
			       "kexec: only in the in-memory OS");
	if (target_mount(&target, device, task_env(task, "FS_TYPE"),
			 context->mount_point, err))
		return -1;
	status = choose(task, &target, &entry, err);
	if (status == 0)
		status = load(&target, &entry, &refused, err);
	if (target_unmount(&target, status ? &second : err))
		status = -1;
	if (status == 0)
		leave(context, &entry, refused);
	return status;
}
