/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_RENDER_H
#define TEMPLATE_RENDER_H

#include "base/buf.h"
#include "template/node.h"

/*
 * One rendering: where it writes, what it made, how much it may still do.
 *
 * Values are borrowed: they belong to the data, to the template's constants,
 * or to this, which keeps all that functions made until the rendering ends,
 * and what `set` takes out of a map too. Values can hold one another many
 * times over and deeply, but never themselves: who walks one goes by
 * render_walk() first, which counts, and knows where to stop.
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
};

void render_release(struct render *render);

/* All fail without a place in the message: the evaluator adds it. */
int render_spend(struct render *render, size_t steps) NODISCARD;
int render_charge(struct render *render, size_t bytes) NODISCARD;

/*
 * Takes the value over in any case; NULL: there is too much. What the value
 * holds is not counted: it was made before, or is charged by the maker.
 */
const json_t *render_keep(struct render *render, json_t *value) NODISCARD;
/* A part of the rendering's own values, that its owner may let go. */
void render_hold(struct render *render, const json_t *value);

/* Pays for a walk, and adds up what a copy would take (bytes: or NULL). */
int render_walk(struct render *render, const json_t *value,
		size_t *bytes) NODISCARD;

#endif
