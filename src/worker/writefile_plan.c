/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/writefile_plan.h"

#include <string.h>

#include "base/str.h"
#include "worker/action.h"

static int take_octal(const struct task *task, const char *name,
		      uint32_t *value, struct err *err)
{
	const char *text = task_env(task, name);
	uint32_t number = 0;

	if (!text || !*text)
		return 0;
	for (const char *at = text; *at; at++) {
		if (*at < '0' || *at > '7' || number > 0777)
			return err_set(err, ERR_INVALID,
				       "%s=\"%s\": expected an octal mode",
				       name, text);
		number = number * 8 + (uint32_t)(*at - '0');
	}
	*value = number;
	return 0;
}

/* "/a//b/./c" is a/b/c; ".." is refused and not reckoned with. */
static int take_path(const char *text, struct writefile_plan *plan,
		     struct err *err)
{
	size_t len = 0;

	if (text[0] != '/')
		return err_set(err, ERR_INVALID,
			       "DEST_PATH=%s: expected an absolute path", text);
	if (str_ends(text, "/") || strlen(text) >= sizeof(plan->path))
		return err_set(err, ERR_INVALID,
			       "DEST_PATH=%.200s: expected a file's path",
			       text);
	while (*text) {
		size_t n = strcspn(text, "/");

		if (n == 2 && memcmp(text, "..", 2) == 0)
			return err_set(err, ERR_INVALID,
				       "DEST_PATH must not contain ..");
		if (n > 255 || plan->n_parts == WRITEFILE_PARTS)
			return err_set(err, ERR_TOO_BIG,
				       "DEST_PATH: too long or too deep");
		if (n && !(n == 1 && *text == '.')) {
			if (len)
				plan->path[len++] = '/';
			memcpy(plan->path + len, text, n);
			len += n;
			plan->ends[plan->n_parts++] = len;
		}
		text += n;
		text += *text == '/';
	}
	plan->path[len] = '\0';
	if (!plan->n_parts)
		return err_set(err, ERR_INVALID, "DEST_PATH names no file");
	return 0;
}

int writefile_plan(const struct task *task, struct writefile_plan *plan,
		   struct err *err)
{
	const char *path;

	memset(plan, 0, sizeof(*plan));
	plan->mode = 0644;
	plan->dir_mode = 0755;
	plan->disk = action_require(task, "DEST_DISK", err);
	if (!plan->disk)
		return -1;
	path = action_require(task, "DEST_PATH", err);
	if (!path)
		return -1;
	plan->fs_type = task_env(task, "FS_TYPE");
	plan->contents = task_env(task, "CONTENTS");
	if (!plan->contents)
		plan->contents = "";
	if (action_number(task, "UID", UINT32_MAX - 1, &plan->uid, err) ||
	    action_number(task, "GID", UINT32_MAX - 1, &plan->gid, err) ||
	    take_octal(task, "MODE", &plan->mode, err) ||
	    take_octal(task, "DIRMODE", &plan->dir_mode, err))
		return -1;
	return take_path(path, plan, err);
}
