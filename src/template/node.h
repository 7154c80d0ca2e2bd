/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_NODE_H
#define TEMPLATE_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "template/arena.h"
#include "template/source.h"

/*
 * The tree that the parser makes and the evaluator walks. All of it lies in
 * the template's arena; constants are owned by its list of constants.
 *
 * Variables are slots of a frame, given out by scope while parsing, so that
 * nothing is looked up by name when rendering. Slot 0 is `$`.
 */
struct func;

enum operand_kind {
	OPERAND_DOT,
	OPERAND_CONSTANT, /* nil too, as JSON's null */
	OPERAND_VARIABLE,
	OPERAND_FUNCTION,
	OPERAND_PIPE, /* in parentheses */
};

struct field {
	struct field *next;
	const char *name; /* terminated */
	size_t at;
};

/* A value, and the members that are taken from it: `.a.b` is DOT a b. */
struct operand {
	enum operand_kind kind;
	struct operand *next; /* in the command */
	size_t at;
	const json_t *constant;
	size_t slot;
	const struct func *func;
	struct pipe *pipe;
	struct field *fields;
};

struct command {
	struct command *next; /* in the pipe */
	struct operand *operands;
	size_t n_operands;
	size_t at;
};

struct pipe {
	struct command *commands;
	size_t at;
	size_t n_slots; /* variables to set: 0, 1, or for a range 2 */
	size_t slots[2];
};

enum node_kind {
	NODE_TEXT,
	NODE_ACTION,
	NODE_IF,
	NODE_WITH,
	NODE_RANGE,
	NODE_BREAK,
	NODE_CONTINUE,
	NODE_CALL, /* {{template}} and {{block}} */
};

struct node {
	enum node_kind kind;
	struct node *next;
	size_t at;
	const char *text;
	size_t len;
	struct pipe *pipe; /* may be NULL in a call */
	struct node *body;
	struct node *otherwise;
	struct definition *target; /* of a call */
	const char *name;          /* of the target */
	struct node *next_call;
};

struct definition {
	struct definition *next;
	const char *name;
	struct node *body;
	size_t n_slots;
};

struct template
{
	struct source source;
	struct arena arena;
	json_t *constants;
	struct definition *definitions;
	struct definition *root;
	bool changes; /* maps, by some function */
};

#endif
