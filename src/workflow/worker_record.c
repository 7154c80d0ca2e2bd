/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/worker_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/event.h"
#include "store/run.h"
#include "workflow/plan.h"

/* One batch of events. They are mostly of one run, whose actions are read
 * once. */
struct record {
	struct store *store;
	struct dispatch *dispatch;
	const struct machine *machine;
	int64_t run;
	struct action *actions;
	size_t n;
};

static void forget(struct record *record)
{
	action_list_free(record->actions, record->n);
	record->actions = NULL;
	record->n = 0;
	record->run = 0;
}

/* The action that an event names, if it is the attempt that we know and of
 * this machine; NULL: it was deleted, or is none of its. */
static struct action *named(struct action *actions, size_t n, int64_t machine,
			    const struct task_key *key)
{
	for (size_t i = 0; i < n; i++)
		if (actions[i].run == key->run &&
		    actions[i].machine == machine &&
		    str_eq(actions[i].action_id, key->action_id) &&
		    (uint32_t)actions[i].attempt == key->attempt)
			return &actions[i];
	return NULL;
}

static struct action *action_of(struct record *record,
				const struct task_key *key)
{
	if (record->run != key->run) {
		forget(record);
		record->run = key->run;
		record->n =
			action_list(record->store, key->run, &record->actions);
	}
	return named(record->actions, record->n, record->machine->id, key);
}

static const char *final_state(enum task_state state)
{
	switch (state) {
	case TASK_SUCCESS:
		return "SUCCESS";
	case TASK_TIMEOUT:
		return "TIMEOUT";
	case TASK_FAILED:
	case TASK_RUNNING:
		break;
	}
	return "FAILED";
}

static int on_running(struct record *record, struct action *action,
		      struct err *err)
{
	if (!str_eq(action->state, "PENDING"))
		return 0;
	str_copy(action->state, sizeof(action->state), "RUNNING");
	str_copy(action->boot_id, sizeof(action->boot_id),
		 record->machine->worker_boot);
	action->started_at = store_now(record->store);
	action->message[0] = '\0';
	if (action_update(record->store, action, err))
		return -1;
	return event_note(record->store, record->machine->id, action->run,
			  "worker", "action-running", err,
			  "action \"%s\" began, attempt %d", action->name,
			  action->attempt);
}

static int write_end(struct record *record, struct action *action,
		     const struct task_event *event, const char *message,
		     struct err *err)
{
	AUTO_FREE char *result = dispatch_masked(
		record->dispatch, action, event->result ? event->result : "");

	str_copy(action->state, sizeof(action->state),
		 final_state(event->state));
	action->ended_at = store_now(record->store);
	if (!action->started_at)
		action->started_at = action->ended_at;
	snprintf(action->message, sizeof(action->message), "%s", message);
	if (!str_copy(action->result, sizeof(action->result), result))
		action->result[0] = '\0';
	if (event->terminal) {
		str_copy(action->phase, sizeof(action->phase), "terminal");
		if (action_progress(record->store, action, err))
			return -1;
	}
	return action_update(record->store, action, err);
}

static int on_end(struct record *record, struct action *action,
		  const struct task_event *event, struct err *err)
{
	AUTO_FREE char *message = NULL;

	if (!str_eq(action->state, "PENDING") &&
	    !str_eq(action->state, "RUNNING") &&
	    !str_eq(action->state, "CANCELLED"))
		return 0; /* heard before */
	message = dispatch_masked(record->dispatch, action,
				  event->message ? event->message : "");
	if (!str_eq(action->state, "CANCELLED") &&
	    write_end(record, action, event, message, err))
		return -1;
	dispatch_forget(record->dispatch, action);
	return event_note(
		record->store, record->machine->id, action->run, "worker",
		"action-ended", err, "action \"%s\": %s%s%s", action->name,
		task_state_name(event->state), *message ? ": " : "", message);
}

static int on_progress(struct record *record, struct action *action,
		       const struct task_event *event, struct err *err)
{
	AUTO_FREE char *phase = NULL;

	/* Of one that has ended, it would hide how it did. */
	if (!str_eq(action->state, "RUNNING"))
		return 0;
	phase = dispatch_masked(record->dispatch, action, event->phase);
	if (!str_copy(action->phase, sizeof(action->phase), phase))
		action->phase[0] = '\0';
	action->bytes_done = (int64_t)event->bytes_done;
	action->bytes_total = (int64_t)event->bytes_total;
	return action_progress(record->store, action, err);
}

static int on_line(struct record *record, const struct action *action,
		   const struct task_event *event, struct err *err)
{
	AUTO_FREE char *line = NULL;

	if (event->type == TASK_EVENT_GAP)
		return event_note(record->store, record->machine->id,
				  event->key.run, "worker", "log", err,
				  "(%" PRIu64 " events of the worker lost)",
				  event->lost);
	line = action ? dispatch_masked(record->dispatch, action, event->line)
		      : xstrdup(event->line);
	return event_note(record->store, record->machine->id, event->key.run,
			  "worker", "log", err, "%s", line);
}

/* What became of an action is wanted also when its run is over. */
static int on_event(struct record *record, const struct task_event *event,
		    struct err *err)
{
	struct action *action = NULL;
	bool line =
		event->type == TASK_EVENT_LOG || event->type == TASK_EVENT_GAP;

	if (event->key.run) {
		action = action_of(record, &event->key);
		if (!action)
			return 0;
	}
	if (line)
		return on_line(record, action, event, err);
	if (!action)
		return 0;
	if (event->type == TASK_EVENT_PROGRESS)
		return on_progress(record, action, event, err);
	if (event->state == TASK_RUNNING)
		return on_running(record, action, err);
	return on_end(record, action, event, err);
}

int worker_record(struct store *store, struct dispatch *dispatch,
		  const struct machine *machine,
		  const struct task_events *events, int64_t *seq,
		  struct err *err)
{
	CLEANUP(forget)
	struct record record = { store, dispatch, machine, 0, NULL, 0 };

	*seq = machine->worker_seq;
	for (size_t i = 0; i < events->n; i++) {
		const struct task_event *event = &events->items[i];

		if ((int64_t)event->seq <= *seq)
			continue;
		if (on_event(&record, event, err))
			return -1;
		*seq = (int64_t)event->seq;
	}
	if (*seq == machine->worker_seq)
		return 0;
	return machine_worker_heard(store, machine->id, *seq, err);
}

bool worker_wanted(struct store *store, int64_t machine,
		   const struct task_key *key)
{
	struct action *actions;
	const struct action *action;
	struct run run;
	struct err err;
	bool wanted;
	size_t n;

	if (run_get(store, key->run, &run, &err) ||
	    phase_parse(run.phase) != PHASE_WORKING)
		return false;
	n = action_list(store, key->run, &actions);
	action = named(actions, n, machine, key);
	wanted = action && (str_eq(action->state, "PENDING") ||
			    str_eq(action->state, "RUNNING"));
	action_list_free(actions, n);
	return wanted;
}

/* An action that another boot began: what becomes of it is the plan's. */
static int interrupt(struct store *store, const struct action_key *key,
		     struct err *err)
{
	struct action *actions;
	size_t n = action_list(store, key->run, &actions);
	int status = 0;

	for (size_t i = 0; i < n && status == 0; i++) {
		if (actions[i].position != key->position)
			continue;
		str_copy(actions[i].state, sizeof(actions[i].state),
			 "INTERRUPTED");
		actions[i].ended_at = store_now(store);
		status = action_update(store, &actions[i], err);
	}
	action_list_free(actions, n);
	return status;
}

/* By it the machine is known again that boots by another card. */
static int keep_serial(struct store *store, int64_t machine,
		       const struct task_hello *hello, struct err *err)
{
	struct err ignored;
	AUTO_JSON json_t *attributes =
		hello->attributes
			? json_parse(hello->attributes,
				     strlen(hello->attributes), &ignored)
			: NULL;
	const char *serial = json_str_at(attributes, "product.serialNumber");

	return serial ? machine_seen_serial(store, machine, serial, err) : 0;
}

int worker_hello(struct store *store, int64_t machine,
		 const struct task_hello *hello, struct err *err)
{
	AUTO_FREE struct action_key *keys = NULL;
	size_t n = action_begun(store, machine, hello->boot_id, &keys);

	for (size_t i = 0; i < n; i++)
		if (interrupt(store, &keys[i], err))
			return -1;
	if (machine_worker_seen(store, machine, hello->boot_id, err) ||
	    keep_serial(store, machine, hello, err))
		return -1;
	return event_note(store, machine, 0, "worker", "hello", err,
			  "worker %s says hello %lld.%01llds after its kernel "
			  "started",
			  hello->hook_version,
			  (long long)hello->uptime_ms / 1000,
			  (long long)hello->uptime_ms % 1000 / 100);
}
