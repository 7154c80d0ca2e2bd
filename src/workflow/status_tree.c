/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/status_tree.h"

#include <stdio.h>

#include "base/str.h"
#include "workflow/action_plan.h"
#include "workflow/plan.h"

const char *workflow_state(const struct run *run)
{
	enum phase phase = phase_parse(run->phase);

	if (phase == PHASE_ENDED) {
		if (str_eq(run->outcome, "success"))
			return "SUCCESS";
		return str_eq(run->outcome, "timeout") ? "TIMEOUT" : "FAILED";
	}
	if (*run->outcome)
		return "POST";
	if (phase <= PHASE_POWER_ON)
		return "PREPARING";
	if (phase <= PHASE_LOADING)
		return "PENDING";
	return phase == PHASE_WORKING ? "RUNNING" : "POST";
}

static void put_time(json_t *object, const char *key, wall_ms at)
{
	char text[CLOCK_TEXT];

	if (!at)
		return;
	clock_text(at, text);
	json_object_set_new(object, key, json_string(text));
}

static json_t *action_status(const struct action *action)
{
	json_t *out = json_object();

	/* No environment: it may hold secrets, and the template has it. */
	json_object_set_new(out, "id", json_string(action->action_id));
	json_object_set_new(out, "name", json_string(action->name));
	json_object_set_new(out, "image", json_string(action->image));
	json_object_set_new(out, "timeout", json_integer(action->timeout_s));
	json_object_set_new(out, "state", json_string(action->state));
	put_time(out, "executionStart", action->started_at);
	put_time(out, "executionStop", action->ended_at);
	if (action->started_at && action->ended_at) {
		char text[32];

		snprintf(text, sizeof(text), "%.3fs",
			 (double)(action->ended_at - action->started_at) /
				 1000);
		json_object_set_new(out, "executionDuration",
				    json_string(text));
	}
	if (*action->message)
		json_object_set_new(out, "message",
				    json_string(action->message));
	return out;
}

static json_t *condition(const char *type, const char *reason,
			 const char *message, wall_ms at)
{
	json_t *out = json_object();

	json_object_set_new(out, "type", json_string(type));
	json_object_set_new(out, "status", json_string("True"));
	json_object_set_new(out, "reason", json_string(reason));
	if (*message)
		json_object_set_new(out, "message", json_string(message));
	put_time(out, "time", at);
	return out;
}

/* Tinkerbell's own, then ours: why it failed, stands still, or waits. */
static json_t *conditions_of(const struct run *run)
{
	json_t *list = json_array();

	json_array_append_new(list, condition("TemplateRenderedSuccess",
					      "Complete", "", run->created_at));
	if (*run->cause)
		json_array_append_new(list,
				      condition("Failed", "Error", run->cause,
						run->ended_at));
	if (run->paused_at && !run->ended_at)
		json_array_append_new(
			list, condition("Paused", "Asked", "", run->paused_at));
	if (*run->waits)
		json_array_append_new(list,
				      condition("Waiting", "Paced",
						run->waits_why, run->waits_at));
	return list;
}

static void task_id(const struct action *action, char out[16])
{
	snprintf(out, 16, "t%d", action->task);
}

static json_t *tasks_of(const struct action *actions, size_t n)
{
	json_t *tasks = json_array();
	json_t *list = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct action *action = &actions[i];
		json_t *task;
		char id[16];

		if (!i || action->task != actions[i - 1].task) {
			task = json_object();
			list = json_array();
			task_id(action, id);
			json_object_set_new(task, "id", json_string(id));
			json_object_set_new(task, "name",
					    json_string(action->task_name));
			json_object_set_new(task, "agentID",
					    json_string(action->agent));
			json_object_set_new(task, "actions", list);
			json_array_append_new(tasks, task);
		}
		json_array_append_new(list, action_status(action));
	}
	return tasks;
}

static json_t *current_state(const struct action *action)
{
	json_t *out = json_object();
	char id[16];

	task_id(action, id);
	json_object_set_new(out, "agentID", json_string(action->agent));
	json_object_set_new(out, "taskID", json_string(id));
	json_object_set_new(out, "taskName", json_string(action->task_name));
	json_object_set_new(out, "actionID", json_string(action->action_id));
	json_object_set_new(out, "actionName", json_string(action->name));
	json_object_set_new(out, "state", json_string(action->state));
	return out;
}

json_t *workflow_status(const struct run *run, const struct action *actions,
			size_t n_actions)
{
	json_t *status = json_object();
	const struct action *current = action_current(actions, n_actions);
	const char *agent = n_actions ? actions[n_actions - 1].agent : "";

	if (current)
		agent = current->agent;
	json_object_set_new(status, "state", json_string(workflow_state(run)));
	json_object_set_new(status, "agentID", json_string(agent));
	json_object_set_new(status, "templateRendering",
			    json_string("successful"));
	json_object_set_new(status, "globalTimeout",
			    json_integer(run->global_timeout_s));
	if (run->global_timeout_s && run->started_at)
		put_time(status, "globalExecutionStop",
			 run->started_at + run->paused_ms +
				 run->global_timeout_s * INT64_C(1000));
	if (current)
		json_object_set_new(status, "currentState",
				    current_state(current));
	json_object_set_new(status, "tasks", tasks_of(actions, n_actions));
	json_object_set_new(status, "conditions", conditions_of(run));
	return status;
}
