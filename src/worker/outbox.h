/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_OUTBOX_H
#define WORKER_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/list.h"
#include "workflow/task_wire.h"

/*
 * Events on their way to the server, in order, until it has acknowledged
 * them. Pure.
 *
 * They stay while the server is away. Over the limit log and progress events
 * are given up, the oldest first, and a gap event with their number takes
 * their place; state events are few and are always kept.
 *
 *	outbox_add(&box, &event);
 *	outbox_batch(&box, 32 * 1024, NULL, &body);
 *	send(body);
 *	...
 *	outbox_ack(&box, ack.acked);	or, no answer: outbox_rewind(&box);
 */
struct outbox {
	struct list items;
	size_t bytes;
	size_t limit;
	uint64_t next_seq;
	bool urgent; /* a state event has not been sent yet */
};

/* `first_seq` is above every one that this boot has used before. */
void outbox_init(struct outbox *box, size_t limit, uint64_t first_seq);
void outbox_release(struct outbox *box);

/* Gives it its seq, which is returned; the event stays the caller's. */
uint64_t outbox_add(struct outbox *box, struct task_event *event);

bool outbox_empty(const struct outbox *box);

/*
 * The next request: events of about max_bytes, at least one. The ones that
 * are in it count as sent until outbox_ack or outbox_rewind. `busy` is
 * the action that runs, or NULL.
 */
void outbox_batch(struct outbox *box, size_t max_bytes,
		  const struct task_busy *busy, struct buf *body);

/* They have arrived, up to and with this one. False: none of those sent. */
bool outbox_ack(struct outbox *box, uint64_t seq);
/* Nobody knows what became of those that were sent: send them again. */
void outbox_rewind(struct outbox *box);
/* The server cannot read them: give up what may be lost of those sent. */
void outbox_refused(struct outbox *box);

#endif
