/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/workflow_wire.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/yaml.h"
#include "workflow/task_wire.h"
#include "workflow/trait_plan.h"

#define MAX_RETRIES   100
#define MAX_BACKOFF_S 300

const char *const workflow_keys[] = { "version",        "id",    "name",
				      "global_timeout", "tasks", NULL };

const char *const workflow_task_keys[] = { "name",        "worker",  "volumes",
					   "environment", "actions", NULL };

const char *const workflow_action_keys[] = {
	"name",       "image",   "timeout",     "command",       "on-timeout",
	"on-failure", "volumes", "environment", "pid",           "network",
	"namespaces", "if",      "retries",     "retry-backoff", "idempotent",
	"background", NULL
};

void workflow_plan_release(struct workflow_plan *plan)
{
	/* Those behind n_actions are zero, or half read when it failed. */
	action_list_free(plan->actions,
			 plan->actions ? WORKFLOW_MAX_ACTIONS : 0);
	plan->actions = NULL;
	plan->n_actions = 0;
}

static int check_name(const char *name, const char *path, struct err *err)
{
	if (!name || !*name || strlen(name) > 199)
		return err_set(err, ERR_INVALID,
			       "%s.name: expected 1 to 199 characters", path);
	return 0;
}

/* "key:" and "key: ''" say no more than leaving the key out. */
static bool is_there(const json_t *value)
{
	return value && !json_is_null(value) &&
	       !(json_is_string(value) && !*json_string_value(value));
}

/* An absent one leaves the number as it is. */
static bool parse_number(const json_t *value, uint32_t most, uint32_t *number)
{
	return !is_there(value) ||
	       (json_is_string(value) &&
		str_parse_u32(json_string_value(value), most, number));
}

static bool parse_seconds(const json_t *value, uint32_t *seconds)
{
	return parse_number(value, 30 * 86400, seconds);
}

/* Texts that the worker takes; those of an absent list are none. */
static int check_list(const json_t *owner, const char *key, const char *path,
		      struct err *err)
{
	const json_t *list = json_object_get(owner, key);
	size_t i;
	json_t *item;

	if (is_there(list) && !json_is_array(list))
		return err_set(err, ERR_INVALID, "%s.%s: expected a list", path,
			       key);
	json_array_foreach (list, i, item)
		if (!json_is_string(item))
			return err_set(err, ERR_INVALID,
				       "%s.%s[%zu]: expected text", path, key,
				       i);
	return 0;
}

static int check_env(const json_t *owner, const char *path, struct err *err)
{
	json_t *env = json_object_get(owner, "environment");
	const char *key;
	json_t *value;

	if (is_there(env) && !json_is_object(env))
		return err_set(err, ERR_INVALID,
			       "%s.environment: expected NAME: value", path);
	json_object_foreach (env, key, value) {
		if (!*key || strchr(key, '='))
			return err_set(err, ERR_INVALID,
				       "%s.environment: \"%s\" cannot be the "
				       "name of a variable",
				       path, key);
		if (!json_is_string(value) && !json_is_null(value))
			return err_set(err, ERR_INVALID,
				       "%s.environment.%s: expected text", path,
				       key);
	}
	return 0;
}

static void add_env(json_t *env, const json_t *owner)
{
	const char *key;
	json_t *value;

	json_object_foreach (json_object_get(owner, "environment"), key, value)
		if (json_is_null(value))
			json_object_set_new(env, key, json_string(""));
		else
			json_object_set(env, key, value);
}

/* Task's entries, then the action's, which win. */
static json_t *merged_env(const json_t *task, const json_t *action)
{
	json_t *env = json_object();

	add_env(env, task);
	add_env(env, action);
	return env;
}

static json_t *merged_volumes(const json_t *task, const json_t *action)
{
	json_t *volumes = json_array();
	json_t *outer = json_object_get(task, "volumes");
	json_t *inner = json_object_get(action, "volumes");

	if (json_is_array(outer))
		json_array_extend(volumes, outer);
	if (json_is_array(inner))
		json_array_extend(volumes, inner);
	return volumes;
}

/* A namespace of Linux that the action shares, where either form has it. */
static int set_shared(const json_t *source, const char *key, const char *path,
		      json_t *document, struct err *err)
{
	json_t *value = json_object_get(source, key);

	if (!is_there(value))
		value = json_object_get(json_object_get(source, "namespaces"),
					key);
	if (!is_there(value))
		return 0;
	if (!json_is_string(value) ||
	    json_string_length(value) >= sizeof(((struct task *)0)->pid))
		return err_set(err, ERR_INVALID,
			       "%s.%s: expected the name of a namespace", path,
			       key);
	json_object_set(document, key, value);
	return 0;
}

/* What the worker would refuse is refused before any machine is touched. */
static int check_size(const json_t *document, const char *path, struct err *err)
{
	static const char *const lists[] = { "env", "volumes", "args",
					     "on-failure", "on-timeout" };
	AUTO_FREE char *text = NULL;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const json_t *list = json_object_get(document, lists[i]);

		if (json_array_size(list) + json_object_size(list) >
		    TASK_LIST_MAX)
			return err_set(err, ERR_TOO_BIG,
				       "%s: %s has over %d entries", path,
				       lists[i], TASK_LIST_MAX);
	}
	text = json_text(document);
	if (strlen(text) > TASK_BODY_MAX / 2)
		return err_set(err, ERR_TOO_BIG, "%s: over %d bytes", path,
			       TASK_BODY_MAX / 2);
	return 0;
}

/* A command, under this name where there is one; whether there is. */
static bool set_command(const json_t *source, const char *key, json_t *document,
			const char *name)
{
	json_t *command = json_object_get(source, key);

	if (!is_there(command))
		return false;
	json_object_set(document, name, command);
	return json_array_size(command) > 0;
}

static int decode_document(const json_t *task, const json_t *source,
			   const char *path, struct action *action,
			   struct err *err)
{
	json_t *document = json_object();

	action->document = document;
	if (check_env(source, path, err) ||
	    check_list(source, "volumes", path, err) ||
	    check_list(source, "command", path, err) ||
	    check_list(source, "on-failure", path, err) ||
	    check_list(source, "on-timeout", path, err))
		return -1;
	json_object_set_new(document, "env", merged_env(task, source));
	json_object_set_new(document, "volumes", merged_volumes(task, source));
	set_command(source, "command", document, "args");
	action->on_failure =
		set_command(source, "on-failure", document, "on-failure");
	action->on_timeout =
		set_command(source, "on-timeout", document, "on-timeout");
	if (set_shared(source, "pid", path, document, err) ||
	    set_shared(source, "network", path, document, err))
		return -1;
	return check_size(document, path, err);
}

/* True or false; an absent one leaves it as it is. */
static bool parse_bool(const json_t *value, bool *out)
{
	const char *text = json_string_value(value);

	if (!is_there(value))
		return true;
	if (!text || (strcasecmp(text, "true") && strcasecmp(text, "false")))
		return false;
	*out = !strcasecmp(text, "true");
	return true;
}

/* How it is begun, repeated and left out. */
static int decode_conduct(const json_t *source, const char *path,
			  struct action *action, struct err *err)
{
	const char *condition = json_str_at(source, "if");
	const char *background = json_str_at(source, "background");
	struct trait trait;

	trait_find(action->image, action->document, &trait);
	action->repeatable = trait.repeatable;
	action->imaging = trait.imaging;
	str_copy(action->leaves, sizeof(action->leaves), trait.leaves);
	action->backoff_s = 5;
	if (!parse_number(json_object_get(source, "retries"), MAX_RETRIES,
			  &action->retries))
		return err_set(err, ERR_INVALID,
			       "%s.retries: expected a number up to %d", path,
			       MAX_RETRIES);
	if (!parse_number(json_object_get(source, "retry-backoff"),
			  MAX_BACKOFF_S, &action->backoff_s))
		return err_set(err, ERR_INVALID,
			       "%s.retry-backoff: expected seconds up to %d",
			       path, MAX_BACKOFF_S);
	if (!parse_bool(json_object_get(source, "idempotent"),
			&action->repeatable))
		return err_set(err, ERR_INVALID,
			       "%s.idempotent: expected true or false", path);
	if (background && !strcasecmp(background, "required"))
		str_copy(action->background, sizeof(action->background),
			 "required");
	else if (background && !strcasecmp(background, "true"))
		str_copy(action->background, sizeof(action->background),
			 "true");
	else if (is_there(json_object_get(source, "background")) &&
		 (!background || strcasecmp(background, "false")))
		return err_set(
			err, ERR_INVALID,
			"%s.background: expected true, false or required",
			path);
	if (*action->background && *action->leaves)
		return err_set(err, ERR_INVALID,
			       "%s.background: what restarts the machine "
			       "cannot be in the background",
			       path);
	if (condition && *condition && strcasecmp(condition, "true"))
		str_copy(action->state, sizeof(action->state), "SKIPPED");
	return 0;
}

static int decode_action(const json_t *task, const json_t *source,
			 const char *path, struct action *action,
			 struct err *err)
{
	const char *image = json_str_at(source, "image");
	const char *name = json_str_at(source, "name");

	if (check_name(name, path, err))
		return -1;
	if (!image || !*image || strlen(image) >= sizeof(action->image))
		return err_set(err, ERR_INVALID,
			       "%s.image: expected an image reference", path);
	if (!parse_seconds(json_object_get(source, "timeout"),
			   &action->timeout_s))
		return err_set(err, ERR_INVALID,
			       "%s.timeout: expected whole seconds", path);
	str_copy(action->name, sizeof(action->name), name);
	str_copy(action->image, sizeof(action->image), image);
	str_copy(action->state, sizeof(action->state), "PENDING");
	action->attempt = 1;
	if (decode_document(task, source, path, action, err))
		return -1;
	return decode_conduct(source, path, action, err);
}

/* Which task it is of, and whose worker does it. */
static int set_task(const json_t *task, const char *path, int number,
		    struct action *action, struct err *err)
{
	const json_t *worker = json_object_get(task, "worker");

	if (is_there(worker) && (!json_is_string(worker) ||
				 !str_copy(action->agent, sizeof(action->agent),
					   json_string_value(worker))))
		return err_set(err, ERR_INVALID,
			       "%s.worker: expected the name of a worker, up "
			       "to %zu characters",
			       path, sizeof(action->agent) - 1);
	action->task = number;
	str_copy(action->task_name, sizeof(action->task_name),
		 json_str_at(task, "name"));
	return 0;
}

static bool name_taken(const struct workflow_plan *plan, size_t from,
		       const char *name)
{
	for (size_t i = from; i < plan->n_actions; i++)
		if (str_eq(plan->actions[i].name, name))
			return true;
	return false;
}

static int decode_task(const json_t *task, const char *path, int number,
		       struct workflow_plan *plan, struct err *err)
{
	size_t first = plan->n_actions;
	const json_t *actions = json_object_get(task, "actions");
	size_t i;
	json_t *source;

	if (check_name(json_str_at(task, "name"), path, err) ||
	    check_env(task, path, err) ||
	    check_list(task, "volumes", path, err))
		return -1;
	if (!json_array_size(actions))
		return err_set(err, ERR_INVALID, "%s.actions: there are none",
			       path);
	json_array_foreach (actions, i, source) {
		AUTO_FREE char *where = xasprintf("%s.actions[%zu]", path, i);
		struct action *action = &plan->actions[plan->n_actions];

		if (plan->n_actions == WORKFLOW_MAX_ACTIONS)
			return err_set(err, ERR_TOO_BIG, "more than %d actions",
				       WORKFLOW_MAX_ACTIONS);
		action->position = (int)plan->n_actions;
		if (decode_action(task, source, where, action, err) ||
		    set_task(task, path, number, action, err))
			return -1;
		if (name_taken(plan, first, action->name))
			return err_set(err, ERR_INVALID,
				       "%s.name: \"%s\" is taken already",
				       where, action->name);
		plan->n_actions++;
	}
	return 0;
}

static bool task_name_taken(const json_t *tasks, size_t position)
{
	const char *name = json_str_at(json_array_get(tasks, position), "name");

	for (size_t i = 0; i < position; i++)
		if (str_eq(json_str_at(json_array_get(tasks, i), "name"), name))
			return true;
	return false;
}

static int decode_tasks(const json_t *document, struct workflow_plan *plan,
			struct err *err)
{
	const json_t *tasks = json_object_get(document, "tasks");
	const char *name = json_str_at(document, "name");
	size_t i;
	json_t *task;

	if (check_name(name, "template", err))
		return -1;
	str_copy(plan->name, sizeof(plan->name), name);
	if (!parse_seconds(json_object_get(document, "global_timeout"),
			   &plan->global_timeout_s))
		return err_set(err, ERR_INVALID,
			       "global_timeout: expected whole seconds");
	if (!json_array_size(tasks))
		return err_set(err, ERR_INVALID, "tasks: there are none");
	json_array_foreach (tasks, i, task) {
		AUTO_FREE char *path = xasprintf("tasks[%zu]", i);

		if (decode_task(task, path, (int)i, plan, err))
			return -1;
		if (task_name_taken(tasks, i))
			return err_set(err, ERR_INVALID,
				       "%s.name: \"%s\" is taken already", path,
				       json_str_at(task, "name"));
	}
	return 0;
}

int workflow_decode(const char *yaml, size_t len, struct workflow_plan *plan,
		    struct err *err)
{
	AUTO_JSON json_t *documents = NULL;

	memset(plan, 0, sizeof(*plan));
	documents = yaml_parse(yaml, len, YAML_TEXT, NULL, err);
	if (!documents)
		return err_wrap(err, "rendered template");
	plan->actions = xcalloc(WORKFLOW_MAX_ACTIONS, sizeof(*plan->actions));
	if (decode_tasks(json_array_get(documents, 0), plan, err)) {
		workflow_plan_release(plan);
		return err_wrap(err, "rendered template");
	}
	for (size_t i = 0; i < plan->n_actions; i++)
		snprintf(plan->actions[i].action_id,
			 sizeof(plan->actions[i].action_id), "a%zu", i);
	return 0;
}
