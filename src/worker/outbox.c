/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/outbox.h"

#include <string.h>

struct item {
	struct list link;
	uint64_t seq;
	enum task_event_type type;
	bool sent;
	uint64_t lost;
	int64_t at_ms;
	struct task_key key;
	char *text;
	size_t len;
};

static struct item *item_at(const struct list *link)
{
	return list_item((struct list *)(uintptr_t)link, struct item, link);
}

static void encode(struct outbox *box, struct item *item,
		   const struct task_event *event)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(TASK_BODY_MAX / 2);

	task_event_encode(event, &text);
	box->bytes -= item->len;
	free(item->text);
	item->len = text.len;
	item->text = buf_take(&text);
	box->bytes += item->len;
}

static void drop(struct outbox *box, struct item *item)
{
	list_remove(&item->link);
	box->bytes -= item->len;
	free(item->text);
	free(item);
}

void outbox_init(struct outbox *box, size_t limit, uint64_t first_seq)
{
	memset(box, 0, sizeof(*box));
	list_init(&box->items);
	box->limit = limit;
	box->next_seq = first_seq;
}

void outbox_release(struct outbox *box)
{
	list_for_each (at, &box->items)
		drop(box, item_at(at));
}

bool outbox_empty(const struct outbox *box)
{
	return list_empty(&box->items);
}

/* The item becomes a gap of one, in its place and with its seq. */
static void become_gap(struct outbox *box, struct item *item)
{
	struct task_event gap = { .type = TASK_EVENT_GAP };

	item->type = TASK_EVENT_GAP;
	item->lost++;
	gap.seq = item->seq;
	gap.at_ms = item->at_ms;
	gap.key = item->key;
	gap.lost = item->lost;
	encode(box, item, &gap);
}

static bool may_be_lost(const struct item *item)
{
	return item->type == TASK_EVENT_LOG ||
	       item->type == TASK_EVENT_PROGRESS;
}

/*
 * One step of making room: the oldest event that may be lost goes into the
 * gap just before it, or becomes one. False: there is none.
 */
static bool give_up_one(struct outbox *box, bool sent)
{
	struct item *before = NULL;

	list_for_each (at, &box->items) {
		struct item *item = item_at(at);

		if (item->sent != sent) {
			before = NULL;
			continue;
		}
		if (item->type == TASK_EVENT_GAP) {
			before = item;
		} else if (!may_be_lost(item)) {
			before = NULL;
		} else if (before) {
			drop(box, item);
			become_gap(box, before);
			return true;
		} else {
			become_gap(box, item);
			return true;
		}
	}
	return false;
}

/* Only the newest of successive progress reports is of interest. */
static void replace_progress(struct outbox *box, const struct task_event *event)
{
	struct item *last;

	if (event->type != TASK_EVENT_PROGRESS || list_empty(&box->items))
		return;
	last = item_at(box->items.prev);
	if (last->type == TASK_EVENT_PROGRESS && !last->sent &&
	    task_key_eq(&last->key, &event->key))
		drop(box, last);
}

uint64_t outbox_add(struct outbox *box, struct task_event *event)
{
	struct item *item = xcalloc(1, sizeof(*item));

	replace_progress(box, event);
	event->seq = box->next_seq++;
	item->seq = event->seq;
	item->type = event->type;
	item->at_ms = event->at_ms;
	item->key = event->key;
	encode(box, item, event);
	list_add_tail(&box->items, &item->link);
	if (event->type == TASK_EVENT_STATE)
		box->urgent = true;
	while (box->bytes > box->limit && give_up_one(box, false))
		;
	return event->seq;
}

void outbox_batch(struct outbox *box, size_t max_bytes,
		  const struct task_busy *busy, struct buf *body)
{
	const char *texts[TASK_EVENTS_MAX / 4];
	size_t n = 0;
	size_t bytes = 0;

	list_for_each (at, &box->items) {
		struct item *item = item_at(at);

		if (n == ARRAY_LEN(texts) ||
		    (n && bytes + item->len > max_bytes))
			break;
		item->sent = true;
		bytes += item->len;
		texts[n++] = item->text;
	}
	box->urgent = false;
	list_for_each (at, &box->items)
		if (!item_at(at)->sent && item_at(at)->type == TASK_EVENT_STATE)
			box->urgent = true;
	task_events_encode(texts, n, busy, body);
}

bool outbox_ack(struct outbox *box, uint64_t seq)
{
	bool sent = false;
	bool arrived = false;

	list_for_each (at, &box->items) {
		sent = sent || item_at(at)->sent;
		if (item_at(at)->seq > seq)
			continue;
		drop(box, item_at(at));
		arrived = true;
	}
	outbox_rewind(box);
	return arrived || !sent;
}

void outbox_rewind(struct outbox *box)
{
	box->urgent = false;
	list_for_each (at, &box->items) {
		struct item *item = item_at(at);

		item->sent = false;
		if (item->type == TASK_EVENT_STATE)
			box->urgent = true;
	}
}

void outbox_refused(struct outbox *box)
{
	while (give_up_one(box, true))
		;
	outbox_rewind(box);
}
