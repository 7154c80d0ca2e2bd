/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/action.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

static const struct {
	const char *name;
	action_fn run;
} actions[] = {
	{ "image2disk", action_image2disk }, { "writefile", action_writefile },
	{ "cexec", action_cexec },           { "reboot", action_reboot },
	{ "poweroff", action_poweroff },     { "kexec", action_kexec },
};

/* The last path component without tag and digest. */
static bool image_name(const char *image, char *name, size_t size)
{
	const char *slash = strrchr(image, '/');
	const char *start = slash ? slash + 1 : image;
	size_t n = strcspn(start, ":@");

	if (n == 0 || n >= size)
		return false;
	memcpy(name, start, n);
	name[n] = '\0';
	return true;
}

/*
 * Tinkerbell's way to end a workflow with a restart: waitdaemon runs another
 * image a little later, kexec or a shell that writes to sysrq-trigger. Both
 * come to the same here, a restart once the server knows.
 */
static bool is_delayed_reboot(const struct task *task)
{
	const char *inner = task_env(task, "IMAGE");
	char name[128];

	if (inner && image_name(inner, name, sizeof(name)) &&
	    str_ends(name, "kexec"))
		return true;
	for (size_t i = 0; i < task->args.n; i++) {
		const char *arg = task->args.items[i];

		if (strstr(arg, "sysrq-trigger") || str_eq(arg, "reboot") ||
		    str_ends(arg, "/reboot"))
			return true;
	}
	return false;
}

action_fn action_find(const struct task *task, struct err *err)
{
	char name[128];

	if (!image_name(task->image, name, sizeof(name))) {
		err_set(err, ERR_INVALID, "\"%s\" is no image reference",
			task->image);
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (str_eq(actions[i].name, name))
			return actions[i].run;
	if (str_eq(name, "waitdaemon") && is_delayed_reboot(task))
		return action_reboot;
	err_set(err, ERR_UNSUPPORTED,
		"image %s: no built-in action is called %s, and containers "
		"are not supported yet (there are image2disk, writefile, "
		"cexec, reboot, poweroff, kexec)",
		task->image, name);
	return NULL;
}

const char *action_require(const struct task *task, const char *name,
			   struct err *err)
{
	const char *value = task_env(task, name);

	if (value && *value)
		return value;
	err_set(err, ERR_INVALID, "%s is not set", name);
	return NULL;
}

int action_bool(const struct task *task, const char *name, bool *value,
		struct err *err)
{
	static const char *const spellings[] = { "1",     "t",     "T",
						 "true",  "TRUE",  "True",
						 "0",     "f",     "F",
						 "false", "FALSE", "False" };
	const char *text = task_env(task, name);

	if (!text || !*text)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
		if (str_eq(spellings[i], text)) {
			*value = i < ARRAY_LEN(spellings) / 2;
			return 0;
		}
	}
	return err_set(err, ERR_INVALID, "%s=\"%s\": true or false?", name,
		       text);
}

int action_number(const struct task *task, const char *name, uint32_t max,
		  uint32_t *value, struct err *err)
{
	const char *text = task_env(task, name);

	if (!text || !*text || str_parse_u32(text, max, value))
		return 0;
	return err_set(err, ERR_INVALID,
		       "%s=\"%s\": expected a number up to %u", name, text,
		       max);
}
