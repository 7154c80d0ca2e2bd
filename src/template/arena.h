/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_ARENA_H
#define TEMPLATE_ARENA_H

#include <stddef.h>

/*
 * Memory that lives and dies together: a parsed template's tree.
 *
 *	struct arena arena = { 0 };
 *	node = arena_alloc(&arena, sizeof(*node));	(zeroed)
 *	arena_release(&arena);
 */
struct arena {
	struct arena_chunk *chunks; /* private */
};

void *arena_alloc(struct arena *arena, size_t size);
void arena_release(struct arena *arena);

#endif
