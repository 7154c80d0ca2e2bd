/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_REGEX_NODE_H
#define TEMPLATE_REGEX_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "template/arena.h"

/*
 * The inside of a regular expression: its tree, and the program made of it.
 */

/* Characters: ranges in order, apart from one another once they are tidy. */
struct regex_range {
	uint32_t first;
	uint32_t last;
};

struct regex_class {
	struct regex_range *ranges;
	size_t n;
	size_t allocated;
	bool fold; /* cases are one */
	bool negated;
};

void regex_class_add(struct regex_class *class, uint32_t first, uint32_t last);
/* What is in none of its ranges, as ranges. */
void regex_class_add_others(struct regex_class *class,
			    const struct regex_class *other);
/* The letters of a class of ASCII in both cases. */
void regex_class_close(struct regex_class *class);
void regex_class_tidy(struct regex_class *class);
void regex_class_release(struct regex_class *class);
bool regex_class_has(const struct regex_class *class, uint32_t code);
/* "alpha", or "d" of \d. False: there is no such class. */
bool regex_class_named(struct regex_class *class, const char *name, size_t len);
/* The same for all cases of a letter. */
uint32_t regex_fold(uint32_t code);

enum regex_kind {
	REGEX_EMPTY,
	REGEX_CHAR,
	REGEX_ANY,  /* even a line end */
	REGEX_LINE, /* any but that */
	REGEX_CLASS,
	REGEX_ASSERT,
	REGEX_GROUP,
	REGEX_CONCAT,
	REGEX_ALTERNATE,
	REGEX_REPEAT,
};

enum regex_assert {
	REGEX_TEXT_START,
	REGEX_TEXT_END,
	REGEX_LINE_START,
	REGEX_LINE_END,
	REGEX_WORD_EDGE,
	REGEX_NO_WORD_EDGE,
};

#define REGEX_FOREVER (-1)

struct regex_node {
	enum regex_kind kind;
	struct regex_node *next; /* in the list it belongs to */
	struct regex_node *first;
	uint32_t code;
	bool fold;
	bool lazy;
	int least;
	int most;
	size_t group;
	size_t class;
	enum regex_assert assertion;
};

enum regex_op {
	OP_CHAR,
	OP_FOLDED,
	OP_ANY,
	OP_LINE,
	OP_CLASS,
	OP_ASSERT,
	OP_SAVE,
	OP_JUMP,
	OP_SPLIT,
	OP_MATCH,
};

struct regex_inst {
	enum regex_op op;
	uint32_t a; /* character, class, assertion, slot, or where to go */
	uint32_t b; /* the second choice of a split */
};

#define REGEX_MAX_PATTERN 16384
#define REGEX_MAX_DEPTH   200
#define REGEX_MAX_REPEAT  1000
#define REGEX_MAX_PROGRAM 20000
#define REGEX_MAX_SLOTS   1000000 /* instructions times spans */

struct regex {
	struct arena arena; /* of the tree */
	struct regex_node *root;
	struct regex_class *classes;
	size_t n_classes;
	char **names; /* of groups; NULL: none */
	size_t n_groups;
	struct regex_inst *program;
	size_t n_program;
};

int regex_parse(struct regex *regex, const char *pattern, size_t len,
		struct err *err) NODISCARD;
int regex_compile(struct regex *regex, struct err *err) NODISCARD;

#endif
