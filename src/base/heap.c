/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"

#include <string.h>

#include "base/mem.h"

#define FIRST_SIZE 64

void heap_release(struct heap *heap)
{
	for (size_t i = 1; i <= heap->n; i++)
		heap->items[i]->place = 0;
	free(heap->items);
	memset(heap, 0, sizeof(*heap));
}

static void put(struct heap *heap, size_t place, struct heap_item *item)
{
	heap->items[place] = item;
	item->place = place;
}

/* To where it belongs, from where it may be: up, then down. */
static void settle(struct heap *heap, struct heap_item *item)
{
	size_t place = item->place;

	while (place > 1 && heap->items[place / 2]->at > item->at) {
		put(heap, place, heap->items[place / 2]);
		place /= 2;
	}
	for (;;) {
		size_t child = place * 2;

		if (child < heap->n &&
		    heap->items[child + 1]->at < heap->items[child]->at)
			child++;
		if (child > heap->n || heap->items[child]->at >= item->at)
			break;
		put(heap, place, heap->items[child]);
		place = child;
	}
	put(heap, place, item);
}

static void take_out(struct heap *heap, struct heap_item *item)
{
	struct heap_item *last = heap->items[heap->n--];

	if (last != item) {
		last->place = item->place;
		settle(heap, last);
	}
	item->place = 0;
}

void heap_set(struct heap *heap, struct heap_item *item, mono_ms at)
{
	item->at = at;
	if (at == MONO_NEVER) {
		if (item->place)
			take_out(heap, item);
		return;
	}
	if (!item->place) {
		if (heap->n + 1 >= heap->allocated) {
			heap->allocated = heap->allocated ? heap->allocated * 2
							  : FIRST_SIZE;
			heap->items = xrealloc(heap->items,
					       heap->allocated *
						       sizeof(*heap->items));
		}
		item->place = ++heap->n;
	}
	settle(heap, item);
}

mono_ms heap_next(const struct heap *heap)
{
	return heap->n ? heap->items[1]->at : MONO_NEVER;
}

struct heap_item *heap_expired(struct heap *heap, mono_ms now)
{
	struct heap_item *item;

	if (!heap->n || heap->items[1]->at > now)
		return NULL;
	item = heap->items[1];
	take_out(heap, item);
	return item;
}
