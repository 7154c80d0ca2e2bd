/* SPDX-License-Identifier: Apache-2.0 */
#include "template/arena.h"

#include <stdint.h>

#include "base/mem.h"

#define CHUNK_SIZE 8192

struct arena_chunk {
	struct arena_chunk *next;
	size_t used;
	size_t size;
	max_align_t space[];
};

static struct arena_chunk *add_chunk(struct arena *arena, size_t least)
{
	size_t size = least > CHUNK_SIZE ? least : CHUNK_SIZE;
	struct arena_chunk *chunk = xcalloc(1, sizeof(*chunk) + size);

	chunk->size = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunks;
	size_t align = _Alignof(max_align_t);
	void *memory;

	size = (size + align - 1) / align * align;
	if (!chunk || size > chunk->size - chunk->used)
		chunk = add_chunk(arena, size);
	memory = (char *)chunk->space + chunk->used;
	chunk->used += size;
	return memory;
}

void arena_release(struct arena *arena)
{
	while (arena->chunks) {
		struct arena_chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		free(chunk);
	}
}
