/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_RENDER_H
#define TEMPLATE_RENDER_H

#include "base/buf.h"
#include "base/map.h"
#include "template/node.h"

/*
 * One rendering: where it writes, what it made, how much it may still do.
 *
 * Values are borrowed: they belong to the data, to the template's constants,
 * or to this, which keeps all that functions made until the rendering ends.
 * As values can hold one another many times over, whoever walks one counts
 * (render_spend), stops at a full buffer, or both.
 */
#define VALUE_MAX      (1024 * 1024)      /* bytes of one string */
#define LIST_MAX       65536              /* items of a list that is made */
#define RENDER_BYTES   (64 * 1024 * 1024) /* of all that is made */
#define RENDER_NESTING 256                /* of lists in lists */

struct render {
	const struct template *template;
	struct buf *out;
	struct err *err;
	size_t steps;
	size_t depth;   /* of blocks, parentheses and templates in each other */
	size_t n_calls; /* of templates in each other */
	size_t bytes;
	json_t **kept;
	size_t n_kept;
	size_t allocated;
	struct map *nesting; /* of each list and dict that was made */
};

void render_release(struct render *render);

/* Both fail without a place in the message: the evaluator adds it. */
int render_spend(struct render *render, size_t steps) NODISCARD;
/* Takes the value over in any case; NULL: there is too much. */
const json_t *render_keep(struct render *render, json_t *value) NODISCARD;

#endif
