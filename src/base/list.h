/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>

#include "base/mem.h"

/*
 * A doubly linked list inside its elements.
 *
 *	struct job { struct list link; ... };
 *	list_add_tail(&queue, &job->link);
 *	job = list_first(&queue, struct job, link);
 */
struct list {
	struct list *next;
	struct list *prev;
};

void list_init(struct list *head);
bool list_empty(const struct list *head);
void list_add_tail(struct list *head, struct list *item);
/* Takes it out and makes it a list of its own, so twice does no harm. */
void list_remove(struct list *item);

#define list_item(pointer, type, member) container_of(pointer, type, member)

/* The first element, or NULL. */
#define list_first(head, type, member)                                         \
	(list_empty(head) ? NULL : list_item((head)->next, type, member))

/* Walks links; the current one may be removed. */
#define list_for_each(at, head)                                                \
	for (struct list *at = (head)->next, *at##_next = at->next;            \
	     at != (head); at = at##_next, at##_next = at->next)

#endif
