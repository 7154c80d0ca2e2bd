/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

void list_init(struct list *head)
{
	head->next = head;
	head->prev = head;
}

bool list_empty(const struct list *head)
{
	return head->next == head;
}

void list_add_tail(struct list *head, struct list *item)
{
	item->prev = head->prev;
	item->next = head;
	head->prev->next = item;
	head->prev = item;
}

void list_remove(struct list *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	list_init(item);
}
