/* SPDX-License-Identifier: Apache-2.0 */
#include "template/node.h"
#include "template/template.h"

static void of_pipe(json_t *names, const struct pipe *pipe, bool dot);

/* `dot`: dot is the data here. In what is not a define, `$` always is. */
static void of_operand(json_t *names, const struct operand *operand, bool dot)
{
	bool is_data =
		(operand->kind == OPERAND_DOT && dot) ||
		(operand->kind == OPERAND_VARIABLE && operand->slot == 0);

	if (is_data && operand->fields)
		json_object_set_new(names, operand->fields->name, json_true());
	if (operand->kind == OPERAND_PIPE)
		of_pipe(names, operand->pipe, dot);
}

static void of_pipe(json_t *names, const struct pipe *pipe, bool dot)
{
	const struct command *command = pipe ? pipe->commands : NULL;

	for (; command; command = command->next)
		for (const struct operand *operand = command->operands; operand;
		     operand = operand->next)
			of_operand(names, operand, dot);
}

/* How deep it goes was bounded by the parser. */
static void of_list(json_t *names, const struct node *list, bool dot)
{
	for (; list; list = list->next) {
		bool moves =
			list->kind == NODE_WITH || list->kind == NODE_RANGE;

		of_pipe(names, list->pipe, dot);
		of_list(names, list->body, dot && !moves);
		of_list(names, list->otherwise, dot);
	}
}

void template_roots(const struct template *template, json_t *names)
{
	of_list(names, template->root->body, true);
}
