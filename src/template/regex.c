/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the tree to a program for a machine that follows all choices at once.
 */
#include "template/regex.h"

#include <string.h>

#include "base/mem.h"
#include "template/regex_node.h"

struct compiler {
	struct regex *regex;
	size_t allocated;
	struct err *err;
};

static int compile(struct compiler *compiler,
		   const struct regex_node *node) NODISCARD;

static int emit(struct compiler *compiler, enum regex_op op, size_t a, size_t b)
{
	struct regex *regex = compiler->regex;

	if (regex->n_program >= REGEX_MAX_PROGRAM)
		return err_set(compiler->err, ERR_TOO_BIG,
			       "regular expression: too large");
	if (regex->n_program == compiler->allocated) {
		compiler->allocated =
			compiler->allocated ? compiler->allocated * 2 : 32;
		regex->program =
			xrealloc(regex->program,
				 compiler->allocated * sizeof(*regex->program));
	}
	regex->program[regex->n_program++] =
		(struct regex_inst){ op, (uint32_t)a, (uint32_t)b };
	return 0;
}

static size_t here(const struct compiler *compiler)
{
	return compiler->regex->n_program;
}

/* A split whose one way is to go on, and the other set by land() later. */
static int split(struct compiler *compiler, size_t *at)
{
	*at = here(compiler);
	return emit(compiler, OP_SPLIT, *at + 1, *at + 1);
}

static void land(struct compiler *compiler, size_t at, size_t to, bool lazy)
{
	struct regex_inst *inst = &compiler->regex->program[at];

	if (lazy) {
		inst->b = inst->a;
		inst->a = (uint32_t)to;
	} else {
		inst->b = (uint32_t)to;
	}
}

/* Whether it can match without taking a character. */
static bool nullable(const struct regex_node *node)
{
	switch (node->kind) {
	case REGEX_CHAR:
	case REGEX_ANY:
	case REGEX_LINE:
	case REGEX_CLASS:
		return false;
	case REGEX_EMPTY:
	case REGEX_ASSERT:
		return true;
	case REGEX_REPEAT:
		return node->least == 0 || nullable(node->first);
	case REGEX_ALTERNATE:
		for (node = node->first; node; node = node->next)
			if (nullable(node))
				return true;
		return false;
	default:
		for (node = node->first; node; node = node->next)
			if (!nullable(node))
				return false;
		return true;
	}
}

static int compile_optional(struct compiler *compiler,
			    const struct regex_node *node, int n, bool lazy)
{
	size_t at;

	if (n == 0)
		return 0;
	/* Nested, so that after one that is left out no other is tried. */
	if (split(compiler, &at) || compile(compiler, node) ||
	    compile_optional(compiler, node, n - 1, lazy))
		return -1;
	land(compiler, at, here(compiler), lazy);
	return 0;
}

static int compile_plus(struct compiler *compiler,
			const struct regex_node *node, bool lazy)
{
	size_t start = here(compiler);
	size_t at;

	if (compile(compiler, node) || split(compiler, &at))
		return -1;
	land(compiler, at, start, !lazy);
	return 0;
}

static int compile_star(struct compiler *compiler,
			const struct regex_node *node, bool lazy)
{
	size_t at;

	if (split(compiler, &at))
		return -1;
	if (nullable(node)) {
		/* (x+)?, which keeps the order of choices right. */
		if (compile_plus(compiler, node, lazy))
			return -1;
	} else if (compile(compiler, node) || emit(compiler, OP_JUMP, at, 0)) {
		return -1;
	}
	land(compiler, at, here(compiler), lazy);
	return 0;
}

static int compile_repeat(struct compiler *compiler,
			  const struct regex_node *node)
{
	int least = node->least;

	if (node->most == REGEX_FOREVER && least == 0)
		return compile_star(compiler, node->first, node->lazy);
	for (int i = 0; i < least - (node->most == REGEX_FOREVER); i++)
		if (compile(compiler, node->first))
			return -1;
	if (node->most == REGEX_FOREVER)
		return compile_plus(compiler, node->first, node->lazy);
	return compile_optional(compiler, node->first, node->most - least,
				node->lazy);
}

static int compile_group(struct compiler *compiler,
			 const struct regex_node *node)
{
	if (emit(compiler, OP_SAVE, 2 * node->group, 0) ||
	    compile(compiler, node->first))
		return -1;
	return emit(compiler, OP_SAVE, 2 * node->group + 1, 0);
}

/* The jumps to the end are chained through their targets until it is known. */
static int compile_alternate(struct compiler *compiler,
			     const struct regex_node *node)
{
	size_t chain = REGEX_NONE;

	for (node = node->first; node; node = node->next) {
		size_t at = REGEX_NONE;

		if (node->next && split(compiler, &at))
			return -1;
		if (compile(compiler, node))
			return -1;
		if (!node->next)
			break;
		if (emit(compiler, OP_JUMP, chain, 0))
			return -1;
		chain = here(compiler) - 1;
		land(compiler, at, here(compiler), false);
	}
	while (chain != REGEX_NONE) {
		struct regex_inst *jump = &compiler->regex->program[chain];

		chain = jump->a == UINT32_MAX ? REGEX_NONE : jump->a;
		jump->a = (uint32_t)here(compiler);
	}
	return 0;
}

static int compile(struct compiler *compiler, const struct regex_node *node)
{
	switch (node->kind) {
	case REGEX_EMPTY:
		return 0;
	case REGEX_CHAR:
		return emit(compiler, node->fold ? OP_FOLDED : OP_CHAR,
			    node->code, 0);
	case REGEX_ANY:
		return emit(compiler, OP_ANY, 0, 0);
	case REGEX_LINE:
		return emit(compiler, OP_LINE, 0, 0);
	case REGEX_CLASS:
		return emit(compiler, OP_CLASS, node->class, 0);
	case REGEX_ASSERT:
		return emit(compiler, OP_ASSERT, node->assertion, 0);
	case REGEX_GROUP:
		return compile_group(compiler, node);
	case REGEX_ALTERNATE:
		return compile_alternate(compiler, node);
	case REGEX_REPEAT:
		return compile_repeat(compiler, node);
	default:
		for (node = node->first; node; node = node->next)
			if (compile(compiler, node))
				return -1;
		return 0;
	}
}

int regex_compile(struct regex *regex, struct err *err)
{
	struct compiler compiler = { .regex = regex, .err = err };

	if (compile(&compiler, regex->root) || emit(&compiler, OP_MATCH, 0, 0))
		return -1;
	if (regex->n_program * 2 * regex->n_groups > REGEX_MAX_SLOTS)
		return err_set(err, ERR_TOO_BIG,
			       "regular expression: too many groups");
	return 0;
}

struct regex *regex_new(const char *pattern, size_t len, struct err *err)
{
	struct regex *regex = xcalloc(1, sizeof(*regex));
	int status = regex_parse(regex, pattern, len, err);

	if (status == 0)
		status = regex_compile(regex, err);
	arena_release(&regex->arena);
	if (status) {
		regex_free(regex);
		return NULL;
	}
	return regex;
}

void regex_free(struct regex *regex)
{
	if (!regex)
		return;
	for (size_t i = 0; i < regex->n_classes; i++)
		regex_class_release(&regex->classes[i]);
	for (size_t i = 0; i < regex->n_groups; i++)
		free(regex->names[i]);
	free(regex->classes);
	free(regex->names);
	free(regex->program);
	free(regex);
}

size_t regex_size(const struct regex *regex)
{
	return regex->n_program;
}

size_t regex_groups(const struct regex *regex)
{
	return regex->n_groups;
}

size_t regex_group(const struct regex *regex, const char *name, size_t len,
		   const size_t *spans)
{
	for (size_t i = 0; i < regex->n_groups; i++)
		if (regex->names[i] && spans[2 * i] != REGEX_NONE &&
		    strlen(regex->names[i]) == len &&
		    memcmp(regex->names[i], name, len) == 0)
			return i;
	return REGEX_NONE;
}
