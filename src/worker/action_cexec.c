/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cexec: a command in the installed system, or in the hook with the system's
 * file system mounted.
 *
 *	BLOCK_DEVICE, CMD_LINE	required
 *	FS_TYPE			else the likely ones are tried
 *	CHROOT			not empty: the command's root is the target
 *	DEFAULT_INTERPRETER	"/bin/sh -c": gets CMD_LINE as one argument;
 *				without it CMD_LINE is split at ; and blanks
 *	UPDATE_RESOLV_CONF	the hook's name servers, for the command's time
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "worker/action.h"
#include "worker/action_report.h"
#include "worker/target_mount.h"

#define MAX_WORDS 128

struct cexec {
	const struct task *task;
	struct target_mount target;
	bool chroot;
	bool resolver;
};

static size_t split(char *text, char **words, size_t max)
{
	char *rest = NULL;
	size_t n = 0;

	for (char *word = strtok_r(text, " \t\n", &rest); word && n + 1 < max;
	     word = strtok_r(NULL, " \t\n", &rest))
		words[n++] = word;
	words[n] = NULL;
	return n;
}

static void become(const struct cexec *cexec, char **words)
{
	const struct task *task = cexec->task;

	for (size_t i = 0; i < task->env.n; i++)
		putenv(task->env.items[i]);
	if (!task_env(task, "PATH"))
		putenv((char *)(uintptr_t) "PATH=/usr/local/sbin:"
					   "/usr/local/bin:/usr/sbin:/usr/bin:"
					   "/sbin:/bin");
	if (cexec->chroot && (chroot(cexec->target.point) || chdir("/") != 0)) {
		perror("chroot");
		_exit(126);
	}
	execvp(words[0], words);
	fprintf(stderr, "%s: %s\n", words[0], strerror(errno));
	_exit(127);
}

static int execute(const struct cexec *cexec, char **words, struct err *err)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return err_errno(err, errno, "fork");
	if (child == 0)
		become(cexec, words);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(err, errno, "waitpid");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return err_set(err, ERR_IO, "%s was killed by signal %d",
			       words[0], WTERMSIG(status));
	return err_set(err, ERR_IO, "%s ended with exit code %d", words[0],
		       WEXITSTATUS(status));
}

static int run_interpreter(const struct cexec *cexec, const char *interpreter,
			   const char *line, struct err *err)
{
	AUTO_FREE char *copy = xstrdup(interpreter);
	AUTO_FREE char *script = xstrdup(line);
	char *words[MAX_WORDS + 1];
	size_t n = split(copy, words, MAX_WORDS);

	words[n] = script;
	words[n + 1] = NULL;
	return execute(cexec, words, err);
}

static int run_lines(const struct cexec *cexec, const char *line,
		     struct err *err)
{
	AUTO_FREE char *copy = xstrdup(line);
	char *rest = NULL;

	for (char *one = strtok_r(copy, ";", &rest); one;
	     one = strtok_r(NULL, ";", &rest)) {
		char *words[MAX_WORDS];

		if (split(one, words, MAX_WORDS) && execute(cexec, words, err))
			return -1;
	}
	return 0;
}

static int copy_file(const char *from, int to, struct err *err)
{
	char bytes[4096];
	ssize_t n;
	int fd = open(from, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, errno, "%s", from);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		if (write(to, bytes, (size_t)n) == n)
			continue;
		close(fd);
		return err_errno(err, errno, "resolv.conf");
	}
	close(fd);
	return 0;
}

#define SAVED "resolv.conf.tomte"

/* The target's own, often a link into /run, is put aside, and back. */
static int lend_resolver(const struct cexec *cexec, struct err *err)
{
	int etc = target_open(&cexec->target, "etc", O_RDONLY | O_DIRECTORY, 0);
	int status = 0;
	int fd;

	if (etc < 0)
		return err_errno(err, errno, "the target's /etc");
	renameat(etc, "resolv.conf", etc, SAVED);
	fd = openat(etc, "resolv.conf",
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0) {
		status = err_errno(err, errno, "the target's resolv.conf");
	} else {
		status = copy_file("/etc/resolv.conf", fd, err);
		close(fd);
	}
	close(etc);
	return status;
}

static void take_resolver_back(const struct cexec *cexec)
{
	int etc = target_open(&cexec->target, "etc", O_RDONLY | O_DIRECTORY, 0);

	if (etc < 0)
		return;
	if (renameat(etc, SAVED, etc, "resolv.conf"))
		unlinkat(etc, "resolv.conf", 0);
	close(etc);
}

static int run_inside(struct cexec *cexec, const char *line, struct err *err)
{
	const char *interpreter = task_env(cexec->task, "DEFAULT_INTERPRETER");
	int status;

	if (cexec->chroot && target_mount_system(&cexec->target, err))
		return -1;
	if (cexec->resolver && lend_resolver(cexec, err)) {
		take_resolver_back(cexec);
		return -1;
	}
	if (interpreter && *interpreter)
		status = run_interpreter(cexec, interpreter, line, err);
	else
		status = run_lines(cexec, line, err);
	if (cexec->resolver)
		take_resolver_back(cexec);
	return status;
}

int action_cexec(const struct task *task, const struct action_context *context,
		 struct err *err)
{
	struct cexec cexec = { .task = task };
	const char *device = action_require(task, "BLOCK_DEVICE", err);
	const char *line =
		device ? action_require(task, "CMD_LINE", err) : NULL;
	const char *root = task_env(task, "CHROOT");
	struct err second;
	int status;

	if (!line ||
	    action_bool(task, "UPDATE_RESOLV_CONF", &cexec.resolver, err))
		return -1;
	cexec.chroot = root && *root;
	if (target_mount(&cexec.target, device, task_env(task, "FS_TYPE"),
			 context->mount_point, err))
		return -1;
	status = run_inside(&cexec, line, err);
	if (target_unmount(&cexec.target, status ? &second : err))
		status = -1;
	return status;
}
