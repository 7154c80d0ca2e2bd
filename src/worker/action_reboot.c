/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/action.h"
#include "worker/action_report.h"

/*
 * Only the intent: the worker first has the success acknowledged, so that no
 * workflow stays "running" because its last step took the reporter along.
 */
static int leave(const struct action_context *context, const char *how,
		 const char *message)
{
	struct action_report report = { .kind = ACTION_LEAVE, .text = how };

	action_report_send(context->report_fd, &report);
	report.kind = ACTION_MESSAGE;
	report.text = message;
	action_report_send(context->report_fd, &report);
	return 0;
}

int action_reboot(const struct task *task, const struct action_context *context,
		  struct err *err)
{
	(void)task;
	(void)err;
	return leave(context, "reboot", "the machine restarts");
}

int action_poweroff(const struct task *task,
		    const struct action_context *context, struct err *err)
{
	(void)task;
	(void)err;
	return leave(context, "poweroff", "the machine powers off");
}
