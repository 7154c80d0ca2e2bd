/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first byte chooses the message. What can be decoded is encoded to
 * something that decodes to the same.
 */
#include <assert.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "workflow/task_wire.h"

#define LIMIT (8 * TASK_BODY_MAX)

static void same_task(const struct task *task)
{
	CLEANUP(buf_release) struct buf first = BUF_INIT(LIMIT);
	CLEANUP(buf_release) struct buf second = BUF_INIT(LIMIT);
	struct task again;
	struct err err;

	task_encode(task, &first);
	if (task_decode(first.base, first.len, &again, &err))
		return; /* escapes made it too long */
	task_encode(&again, &second);
	assert(strcmp(first.base, second.base) == 0);
	task_release(&again);
}

static void same_events(const struct task_events *events)
{
	for (size_t i = 0; i < events->n; i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT);
		CLEANUP(buf_release) struct buf list = BUF_INIT(LIMIT);
		struct task_events again;
		const char *one;
		struct err err;

		task_event_encode(&events->items[i], &text);
		one = text.base;
		task_events_encode(&one, 1, &events->busy, &list);
		if (list.len > TASK_BODY_MAX)
			continue;
		assert(task_events_decode(list.base, list.len, &again, &err) ==
		       0);
		assert(again.n == 1);
		assert(again.busy.has_running == events->busy.has_running &&
		       task_key_eq(&again.busy.running, &events->busy.running));
		assert(again.busy.n_beside == events->busy.n_beside);
		assert(again.items[0].seq == events->items[i].seq);
		assert(again.items[0].type == events->items[i].type);
		task_events_release(&again);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes + 1;
	struct task_hello hello;
	struct task_welcome welcome;
	struct task_events events;
	struct task_ack ack;
	struct task task;
	struct err err;

	if (len == 0)
		return 0;
	len--;
	switch (bytes[0]) {
	case 'h':
		if (task_hello_decode(text, len, &hello, &err) == 0)
			task_hello_release(&hello);
		break;
	case 'w':
		(void)!task_welcome_decode(text, len, &welcome, &err);
		break;
	case 't':
		if (task_decode(text, len, &task, &err))
			break;
		same_task(&task);
		task_release(&task);
		break;
	case 'e':
		if (task_events_decode(text, len, &events, &err))
			break;
		same_events(&events);
		task_events_release(&events);
		break;
	default:
		if (task_ack_decode(text, len, &ack, &err) == 0)
			task_ack_release(&ack);
		break;
	}
	return 0;
}
