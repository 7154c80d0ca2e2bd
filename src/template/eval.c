/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The evaluator: walks the tree once, writing as it goes.
 *
 * Each node and each command is a step; together with the limits on what is
 * made and on nesting this bounds the work of any template.
 */
#include <string.h>

#include "base/str.h"
#include "template/call.h"
#include "template/template.h"
#include "template/value.h"

/* More than parsing can nest, since templates can call one another. */
#define MAX_DEPTH 1000

enum jump { JUMP_NONE, JUMP_BREAK, JUMP_CONTINUE };

/* One call of one definition. */
struct frame {
	const json_t **slots;
	const json_t *dot;
	enum jump jump;
};

static const json_t *eval_pipe(struct render *render, struct frame *frame,
			       const struct pipe *pipe);
static int walk(struct render *render, struct frame *frame,
		const struct node *list) NODISCARD;

/* Add the place to the message that is there. */
static int placed(struct render *render, size_t at)
{
	return source_wrap(&render->template->source, at, render->err);
}

static int spend(struct render *render, size_t at)
{
	if (render_spend(render, 1))
		return placed(render, at);
	return 0;
}

static int deeper(struct render *render, size_t at)
{
	if (render->depth >= MAX_DEPTH) {
		err_set(render->err, ERR_TOO_BIG, "nested over %d levels",
			MAX_DEPTH);
		return placed(render, at);
	}
	render->depth++;
	return 0;
}

static const char *closest_key(const json_t *object, const char *name)
{
	const char *best = NULL;
	size_t least = strlen(name) / 3 + 2;
	const char *key;
	json_t *item;

	json_object_foreach ((json_t *)(uintptr_t)object, key, item) {
		size_t distance = str_distance(name, key);

		if (distance < least) {
			least = distance;
			best = key;
		}
	}
	return best;
}

static const json_t *eval_field(struct render *render, const json_t *value,
				const struct field *field)
{
	const struct source *source = &render->template->source;
	const json_t *member;
	const char *guess;

	if (json_is_null(value)) {
		source_fail(source, field->at, render->err,
			    "nil data; no entry for key \"%.64s\"",
			    field->name);
		return NULL;
	}
	if (!json_is_object(value)) {
		source_fail(source, field->at, render->err,
			    "can't evaluate field %.64s in type %s",
			    field->name, value_type(value));
		return NULL;
	}
	member = json_object_get(value, field->name);
	if (member)
		return member;
	guess = closest_key(value, field->name);
	source_fail(source, field->at, render->err,
		    "map has no entry for key \"%.64s\"%s%.64s%s", field->name,
		    guess ? "; did you mean \"" : "", guess ? guess : "",
		    guess ? "\"?" : "");
	return NULL;
}

/* What reading the arguments may cost is paid before the call. */
static size_t cost(const struct call *call)
{
	size_t bytes = 0;

	for (size_t i = 0; i < call->n; i++)
		bytes += json_string_length(call->args[i]);
	return 1 + bytes / 256;
}

static const json_t *call_func(struct render *render, const struct func *func,
			       const json_t *const *args, size_t n, size_t at)
{
	struct call call = {
		.render = render, .func = func, .args = args, .n = n
	};
	const json_t *value;

	if (render_spend(render, cost(&call))) {
		placed(render, at);
		return NULL;
	}
	value = func->call(&call);
	if (!value)
		placed(render, at);
	return value;
}

static const json_t *eval_operand(struct render *render, struct frame *frame,
				  const struct operand *operand)
{
	const json_t *value = NULL;

	switch (operand->kind) {
	case OPERAND_DOT:
		value = frame->dot;
		break;
	case OPERAND_CONSTANT:
		value = operand->constant;
		break;
	case OPERAND_VARIABLE:
		value = frame->slots[operand->slot];
		break;
	case OPERAND_FUNCTION:
		value = call_func(render, operand->func, NULL, 0, operand->at);
		break;
	case OPERAND_PIPE:
		if (deeper(render, operand->at))
			return NULL;
		value = eval_pipe(render, frame, operand->pipe);
		render->depth--;
		break;
	}
	for (const struct field *field = operand->fields; field && value;
	     field = field->next)
		value = eval_field(render, value, field);
	return value;
}

/* `and` and `or` evaluate no further than they need to. */
static const json_t *eval_short(struct render *render, struct frame *frame,
				const struct command *command,
				const json_t *piped)
{
	const struct operand *operand = command->operands->next;
	bool stop_at = command->operands->func->kind == FUNC_OR;
	const json_t *value = piped;

	for (; operand; operand = operand->next) {
		value = eval_operand(render, frame, operand);
		if (!value || value_truth(value) == stop_at)
			return value;
	}
	return piped ? piped : value;
}

/* `piped` is the value from the command before, or NULL. */
static const json_t *eval_command(struct render *render, struct frame *frame,
				  const struct command *command,
				  const json_t *piped)
{
	const struct operand *first = command->operands;
	AUTO_FREE const json_t **args = NULL;
	size_t n = 0;

	if (spend(render, command->at))
		return NULL;
	if (first->kind != OPERAND_FUNCTION || first->fields)
		return eval_operand(render, frame, first);
	if (first->func->kind == FUNC_AND || first->func->kind == FUNC_OR)
		return eval_short(render, frame, command, piped);

	args = xcalloc(command->n_operands + 1, sizeof(*args));
	for (const struct operand *at = first->next; at; at = at->next) {
		args[n] = eval_operand(render, frame, at);
		if (!args[n++])
			return NULL;
	}
	if (piped)
		args[n++] = piped;
	return call_func(render, first->func, args, n, first->at);
}

/* NULL: it failed. A range sets its own variables. */
static const json_t *eval_commands(struct render *render, struct frame *frame,
				   const struct pipe *pipe)
{
	const json_t *value = NULL;

	for (const struct command *command = pipe->commands; command;
	     command = command->next) {
		value = eval_command(render, frame, command, value);
		if (!value)
			return NULL;
	}
	return value;
}

static const json_t *eval_pipe(struct render *render, struct frame *frame,
			       const struct pipe *pipe)
{
	const json_t *value = eval_commands(render, frame, pipe);

	if (value && pipe->n_slots)
		frame->slots[pipe->slots[0]] = value;
	return value;
}

static int check_room(struct render *render, size_t at)
{
	if (!render->out->overflow)
		return 0;
	err_set(render->err, ERR_TOO_BIG, "output over %zu bytes",
		render->out->limit);
	return placed(render, at);
}

static int walk_action(struct render *render, struct frame *frame,
		       const struct node *node)
{
	const json_t *value = eval_pipe(render, frame, node->pipe);

	if (!value)
		return -1;
	if (node->pipe->n_slots)
		return 0;
	if (render_walk(render, value, NULL))
		return placed(render, node->at);
	if (json_is_null(value))
		buf_adds(render->out, "<no value>");
	else
		value_print(render->out, value);
	return check_room(render, node->at);
}

static int walk_branch(struct render *render, struct frame *frame,
		       const struct node *node)
{
	const json_t *dot = frame->dot;
	const json_t *value = eval_pipe(render, frame, node->pipe);
	int status;

	if (!value)
		return -1;
	if (!value_truth(value))
		return walk(render, frame, node->otherwise);
	if (node->kind == NODE_WITH)
		frame->dot = value;
	status = walk(render, frame, node->body);
	frame->dot = dot;
	return status;
}

/* One turn. Sets *over after {{break}}. */
static int walk_turn(struct render *render, struct frame *frame,
		     const struct node *node, const json_t *key,
		     const json_t *item, bool *over)
{
	const struct pipe *pipe = node->pipe;
	const json_t *dot = frame->dot;
	int status;

	if (!key || spend(render, node->at))
		return key ? -1 : placed(render, node->at);
	if (pipe->n_slots == 2)
		frame->slots[pipe->slots[0]] = key;
	if (pipe->n_slots)
		frame->slots[pipe->slots[pipe->n_slots - 1]] = item;
	frame->dot = item;
	status = walk(render, frame, node->body);
	frame->dot = dot;
	*over = frame->jump == JUMP_BREAK;
	frame->jump = JUMP_NONE;
	return status;
}

static int range_list(struct render *render, struct frame *frame,
		      const struct node *node, const json_t *list)
{
	bool over = false;

	for (size_t i = 0; i < json_array_size(list) && !over; i++) {
		const json_t *key =
			render_keep(render, json_integer((json_int_t)i));

		if (walk_turn(render, frame, node, key, json_array_get(list, i),
			      &over))
			return -1;
	}
	return 0;
}

static int range_map(struct render *render, struct frame *frame,
		     const struct node *node, const json_t *map)
{
	AUTO_FREE const char **keys = NULL;
	bool over = false;
	size_t n;

	/* The body may take keys out of the map that it goes over. */
	if (render->template->changes)
		map = render_keep(render, json_copy((json_t *)(uintptr_t)map));
	if (!map)
		return placed(render, node->at);
	keys = value_keys(map, &n);

	for (size_t i = 0; i < n && !over; i++) {
		const json_t *key =
			render_keep(render, json_string_nocheck(keys[i]));

		if (walk_turn(render, frame, node, key,
			      json_object_get(map, keys[i]), &over))
			return -1;
	}
	return 0;
}

static int range_int(struct render *render, struct frame *frame,
		     const struct node *node, json_int_t n)
{
	bool over = false;

	for (json_int_t i = 0; i < n && !over; i++) {
		const json_t *key = render_keep(render, json_integer(i));

		if (walk_turn(render, frame, node, key, key, &over))
			return -1;
	}
	return 0;
}

static int walk_range(struct render *render, struct frame *frame,
		      const struct node *node)
{
	const json_t *value = eval_commands(render, frame, node->pipe);

	if (!value)
		return -1;
	if (!json_is_array(value) && !json_is_object(value) &&
	    !json_is_integer(value) && !json_is_null(value))
		return source_fail(&render->template->source, node->pipe->at,
				   render->err, "range can't iterate over a %s",
				   value_type(value));
	if (json_is_integer(value) && node->pipe->n_slots > 1)
		return source_fail(&render->template->source, node->pipe->at,
				   render->err,
				   "a range over a number has one variable");
	if (!value_truth(value) || json_integer_value(value) < 0)
		return walk(render, frame, node->otherwise);
	if (json_is_array(value))
		return range_list(render, frame, node, value);
	if (json_is_object(value))
		return range_map(render, frame, node, value);
	return range_int(render, frame, node, json_integer_value(value));
}

static int run(struct render *render, const struct definition *definition,
	       const json_t *dot)
{
	AUTO_FREE const json_t **slots =
		xcalloc(definition->n_slots, sizeof(*slots));
	struct frame frame = { .slots = slots, .dot = dot };

	for (size_t i = 0; i < definition->n_slots; i++)
		slots[i] = json_null();
	slots[0] = dot;
	return walk(render, &frame, definition->body);
}

static int walk_call(struct render *render, struct frame *frame,
		     const struct node *node)
{
	const json_t *dot = json_null();
	int status;

	if (node->pipe)
		dot = eval_pipe(render, frame, node->pipe);
	if (!dot)
		return -1;
	if (render->n_calls >= TEMPLATE_MAX_DEPTH) {
		err_set(render->err, ERR_TOO_BIG,
			"templates call each other over %d levels deep",
			TEMPLATE_MAX_DEPTH);
		return placed(render, node->at);
	}
	render->n_calls++;
	status = run(render, node->target, dot);
	render->n_calls--;
	return status;
}

static int walk_node(struct render *render, struct frame *frame,
		     const struct node *node)
{
	switch (node->kind) {
	case NODE_TEXT:
		buf_add(render->out, node->text, node->len);
		return check_room(render, node->at);
	case NODE_ACTION:
		return walk_action(render, frame, node);
	case NODE_IF:
	case NODE_WITH:
		return walk_branch(render, frame, node);
	case NODE_RANGE:
		return walk_range(render, frame, node);
	case NODE_BREAK:
		frame->jump = JUMP_BREAK;
		return 0;
	case NODE_CONTINUE:
		frame->jump = JUMP_CONTINUE;
		return 0;
	default:
		return walk_call(render, frame, node);
	}
}

static int walk(struct render *render, struct frame *frame,
		const struct node *list)
{
	if (!list)
		return 0;
	if (deeper(render, list->at))
		return -1;
	for (; list && frame->jump == JUMP_NONE; list = list->next)
		if (spend(render, list->at) || walk_node(render, frame, list))
			return -1;
	render->depth--;
	return 0;
}

/* What the template changes is a copy. */
static const json_t *own_data(struct render *render, const json_t *data)
{
	size_t bytes;

	if (render_walk(render, data, &bytes) || render_charge(render, bytes))
		return NULL;
	return render_keep(render, json_deep_copy(data));
}

int template_render(const struct template *template, const json_t *data,
		    struct buf *out, struct err *err)
{
	struct render render = { .template = template, .out = out, .err = err };
	int status = -1;

	if (template->changes)
		data = own_data(&render, data);
	if (data)
		status = run(&render, template->root, data);
	render_release(&render);
	return status;
}
