/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/dispatch.h"

#include <string.h>

#include "base/map.h"
#include "base/secret.h"
#include "base/str.h"
#include "workflow/reference.h"
#include "workflow/secret_plan.h"

struct dispatch {
	struct store *store;
	struct engine_ops ops;
	void *arg;
	struct map *hidden; /* struct action_key -> list of texts */
};

/* So that no padding is part of the key. */
struct hidden_key {
	int64_t run;
	int64_t position;
};

struct dispatch *dispatch_new(struct store *store, const struct engine_ops *ops,
			      void *arg)
{
	struct dispatch *dispatch = xcalloc(1, sizeof(*dispatch));

	dispatch->store = store;
	dispatch->ops = *ops;
	dispatch->arg = arg;
	dispatch->hidden = map_new();
	return dispatch;
}

void dispatch_free(struct dispatch *dispatch)
{
	size_t at = 0;
	void *list;

	if (!dispatch)
		return;
	while (map_next(dispatch->hidden, &at, &list))
		json_decref(list);
	map_free(dispatch->hidden);
	free(dispatch);
}

static void text_release(char **text)
{
	if (*text)
		secret_wipe(*text, strlen(*text));
	free(*text);
}

/* The same actions with the Secrets as they are now. No detail of what is
 * wrong with these may be told: it could be a part of one. */
static int render_again(struct dispatch *dispatch, const char *template,
			const json_t *input, struct workflow_plan *plan,
			struct err *err)
{
	CLEANUP(text_release) char *text = NULL;
	struct err secret;

	text = dispatch->ops.render(dispatch->arg, template, input, &secret);
	if (text && workflow_decode(text, strlen(text), plan, &secret) == 0)
		return 0;
	return err_set(err, ERR_CONFLICT,
		       "its template cannot be rendered with the Secrets as "
		       "they are now");
}

static const struct action *same_action(const struct workflow_plan *plan,
					const struct action *action)
{
	const struct action *fresh;

	if ((size_t)action->position >= plan->n_actions)
		return NULL;
	fresh = &plan->actions[action->position];
	if (!str_eq(fresh->name, action->name) ||
	    !str_eq(fresh->image, action->image))
		return NULL;
	return fresh;
}

/* The document with its marks filled in, and what is to be hidden of it. */
static json_t *fill(struct dispatch *dispatch, const struct action *action,
		    const json_t *marked, json_t *hidden, struct err *err)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };
	AUTO_FREE char *template = NULL;
	AUTO_JSON json_t *input = NULL;
	AUTO_JSON json_t *references = NULL;
	const struct action *fresh;
	struct err problem;
	json_t *filled;

	if (run_input_get(dispatch->store, action->run, &template, &input, err))
		return NULL;
	references =
		reference_resolve(dispatch->store, dispatch->ops.rules,
				  json_object_get(input, "hardware"), &problem);
	json_object_set(input, "references", references);
	if (render_again(dispatch, template, input, &plan, err)) {
		if (problem.code)
			err_wrap(err, "%s", problem.message);
		return NULL;
	}
	fresh = same_action(&plan, action);
	if (!fresh) {
		err_set(err, ERR_CONFLICT,
			"with the Secrets as they are now, its template has "
			"other actions");
		return NULL;
	}
	filled = secret_fill(marked, fresh->document, err);
	if (filled)
		secret_hide(references, marked, filled, hidden);
	return filled;
}

static void keep_hidden(struct dispatch *dispatch, const struct action *action,
			json_t *hidden)
{
	struct hidden_key key = { action->run, action->position };

	dispatch_forget(dispatch, action);
	map_put(dispatch->hidden, &key, sizeof(key), hidden);
}

void dispatch_forget(struct dispatch *dispatch, const struct action *action)
{
	struct hidden_key key = { action->run, action->position };
	json_t *list = map_get(dispatch->hidden, &key, sizeof(key));

	map_remove(dispatch->hidden, &key, sizeof(key));
	json_decref(list);
}

static void add_env(struct task *task, const json_t *env)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)env, key, value) {
		AUTO_FREE char *pair =
			xasprintf("%s=%s", key, json_string_value(value));

		task_list_add(&task->env, pair);
	}
}

static void add_texts(struct task_list *list, const json_t *texts)
{
	size_t i;
	json_t *text;

	json_array_foreach ((json_t *)(uintptr_t)texts, i, text)
		if (json_is_string(text))
			task_list_add(list, json_string_value(text));
}

static void copy_or_empty(char *out, size_t size, const char *text)
{
	if (!text || !str_copy(out, size, text))
		out[0] = '\0';
}

static void task_of(const struct action *action, const json_t *document,
		    struct task *task)
{
	const char *args = *action->handler ? action->handler : "args";

	memset(task, 0, sizeof(*task));
	task->key.run = action->run;
	task->key.attempt = (uint32_t)action->attempt;
	copy_or_empty(task->key.action_id, sizeof(task->key.action_id),
		      action->action_id);
	task->index = (uint32_t)action->position;
	copy_or_empty(task->name, sizeof(task->name), action->name);
	copy_or_empty(task->image, sizeof(task->image), action->image);
	task->timeout_s = action->timeout_s;
	task->background = *action->background != '\0';
	copy_or_empty(task->pid, sizeof(task->pid),
		      json_str_at(document, "pid"));
	copy_or_empty(task->network, sizeof(task->network),
		      json_str_at(document, "network"));
	add_env(task, json_object_get(document, "env"));
	add_texts(&task->args, json_object_get(document, args));
	add_texts(&task->volumes, json_object_get(document, "volumes"));
}

int dispatch_task(struct dispatch *dispatch, const struct action *action,
		  struct task *task, struct err *err)
{
	AUTO_JSON json_t *marked =
		action_document(dispatch->store, action->run, action->position);
	AUTO_JSON json_t *filled = NULL;
	json_t *hidden;

	if (!action->secret) {
		task_of(action, marked, task);
		return 0;
	}
	hidden = json_array();
	filled = fill(dispatch, action, marked, hidden, err);
	keep_hidden(dispatch, action, hidden);
	if (!filled)
		return -1;
	task_of(action, filled, task);
	return 0;
}

/* After a start of ours it has to be found out again. */
static const json_t *hidden_of(struct dispatch *dispatch,
			       const struct action *action)
{
	struct hidden_key key = { action->run, action->position };
	const json_t *known = map_get(dispatch->hidden, &key, sizeof(key));
	AUTO_JSON json_t *marked = NULL;
	AUTO_JSON json_t *filled = NULL;
	json_t *hidden;
	struct err ignored;

	if (known)
		return known;
	marked =
		action_document(dispatch->store, action->run, action->position);
	hidden = json_array();
	filled = fill(dispatch, action, marked, hidden, &ignored);
	keep_hidden(dispatch, action, hidden);
	return hidden;
}

char *dispatch_masked(struct dispatch *dispatch, const struct action *action,
		      const char *text)
{
	if (!action->secret)
		return xstrdup(text);
	return secret_masked(text, hidden_of(dispatch, action));
}
