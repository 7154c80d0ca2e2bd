/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_PATTERN_NODE_H
#define WORKFLOW_PATTERN_NODE_H

#include <stdbool.h>

#include "workflow/pattern_wire.h"

/* A pattern that was read: between pattern_wire.c and pattern_match.c. */
enum choice_kind {
	CHOICE_LITERAL,
	CHOICE_PREFIX,
	CHOICE_WILDCARD,
	CHOICE_SHELLSTYLE,
	CHOICE_FOLDED,
	CHOICE_REGEXP,
	CHOICE_ANYTHING_BUT,
	CHOICE_EXISTS,
};

struct choice {
	enum choice_kind kind;
	const json_t *value; /* of the pattern's document */
	struct regex *regex;
};

/* A field has choices or, on the way to one, fields of its own. */
struct field {
	const char *name;
	struct choice *choices;
	struct field *fields;
	size_t n;
	bool leaf;
};

struct pattern {
	json_t *document;
	struct field root;
};

#endif
