/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/editor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"

static int make_file(struct editor *editor, struct err *err)
{
	const char *folder = getenv("TMPDIR");
	int fd;

	if (*editor->path)
		return 0;
	snprintf(editor->path, sizeof(editor->path),
		 "%.200s/tomte-edit-XXXXXX.yaml",
		 folder && *folder ? folder : "/tmp");
	fd = mkostemps(editor->path, (int)strlen(".yaml"), O_CLOEXEC);
	if (fd < 0) {
		err_errno(err, errno, "%s", editor->path);
		editor->path[0] = '\0';
		return -1;
	}
	close(fd);
	return 0;
}

void editor_release(struct editor *editor)
{
	if (*editor->path)
		unlink(editor->path);
	editor->path[0] = '\0';
}

void editor_keep(struct editor *editor)
{
	editor->path[0] = '\0';
}

static const char *program(void)
{
	const char *visual = getenv("VISUAL");
	const char *editor = getenv("EDITOR");

	if (visual && *visual)
		return visual;
	return editor && *editor ? editor : "vi";
}

/* By the shell: the variable may have arguments in it. */
static void become(const char *path, const sigset_t *signals)
{
	AUTO_FREE char *command = xasprintf("%s \"$1\"", program());

	sigprocmask(SIG_SETMASK, signals, NULL);
	execl("/bin/sh", "sh", "-c", command, "sh", path, (char *)NULL);
	_exit(127);
}

/* Ctrl-C is for the editor, and must not end us before it. */
static int await(const char *path, struct err *err)
{
	sigset_t signals;
	sigset_t before;
	int status;
	pid_t pid;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGQUIT);
	sigprocmask(SIG_BLOCK, &signals, &before);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		become(path, &before);
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			pid = -1;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return err_errno(err, errno, "%s", program());
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return err_set(
			err, ERR_CANCELLED,
			"the editor (%s) ended with an error; $VISUAL or "
			"$EDITOR names another",
			program());
	return 0;
}

int editor_run(struct editor *editor, struct buf *text, struct err *err)
{
	if (make_file(editor, err) ||
	    file_replace(editor->path, text->base, text->len, err) ||
	    await(editor->path, err))
		return -1;
	buf_clear(text);
	return file_read(editor->path, text, err);
}
