/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include "base/clock.h"

/*
 * Deadlines of many things behind one timer: the first is always at hand.
 *
 *	struct session { struct heap_item timer; ... };
 *
 *	heap_set(&heap, &session->timer, deadline);
 *	loop_timer_at(timer, heap_next(&heap));
 *	...
 *	while ((item = heap_expired(&heap, now)))
 *		expire(container_of(item, struct session, timer));
 *
 * An item of zeros is in no heap; it costs its heap nothing.
 */
struct heap_item {
	mono_ms at;
	size_t place; /* private: 0 when not in a heap */
};

struct heap {
	struct heap_item **items; /* from 1 */
	size_t n;
	size_t allocated;
};

/* An empty heap is one of zeros. Forgets its items. */
void heap_release(struct heap *heap);
/* Puts it in, or moves it; MONO_NEVER takes it out. */
void heap_set(struct heap *heap, struct heap_item *item, mono_ms at);
/* When the first is due; MONO_NEVER: there is none. */
mono_ms heap_next(const struct heap *heap);
/* The first that is due, taken out; NULL: none. */
struct heap_item *heap_expired(struct heap *heap, mono_ms now);

#endif
