/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/event.h"
#include "workflow/engine_part.h"

static int note(struct engine *engine, const struct action *action,
		const char *kind, const char *text, struct err *err)
{
	return event_note(engine->store, action->machine, action->run, "engine",
			  kind, err, "action \"%s\": %s", action->name, text);
}

/* It is to be handed out once more, which is another attempt. */
static int once_more(struct engine *engine, struct action *action,
		     wall_ms not_before, struct err *err)
{
	str_copy(action->state, sizeof(action->state), "PENDING");
	action->attempt++;
	action->offered_at = 0;
	action->not_before = not_before;
	action->started_at = action->ended_at = 0;
	action->boot_id[0] = '\0';
	action->result[0] = '\0';
	action->phase[0] = '\0';
	action->bytes_done = action->bytes_total = 0;
	if (action_update(engine->store, action, err))
		return -1;
	return action_progress(engine->store, action, err);
}

static int offer(struct engine *engine, struct action *action, struct err *err)
{
	action->offered_at = store_now(engine->store);
	return action_update(engine->store, action, err);
}

static int retry(struct engine *engine, struct action *action,
		 const struct plan *step, struct err *err)
{
	AUTO_FREE char *text = xasprintf(
		"%s; %s", *action->message ? action->message : "failed",
		step->cause);

	action->n_failed++;
	if (once_more(engine, action, step->not_before, err))
		return -1;
	return note(engine, action, "retry", text, err);
}

static int again(struct engine *engine, struct action *action, struct err *err)
{
	action->n_interrupted++;
	if (once_more(engine, action, 0, err))
		return -1;
	return event_note(engine->store, action->machine, action->run, "worker",
			  "interrupted", err,
			  "the machine restarted during action \"%s\": attempt "
			  "%d",
			  action->name, action->attempt);
}

static int handle(struct engine *engine, struct action *action,
		  const struct plan *step, struct err *err)
{
	char text[80];

	str_copy(action->handler, sizeof(action->handler), step->handler);
	str_copy(action->ended_as, sizeof(action->ended_as), action->state);
	str_copy(action->cause, sizeof(action->cause), action->message);
	snprintf(text, sizeof(text), "its %s command is run", step->handler);
	if (once_more(engine, action, 0, err))
		return -1;
	return note(engine, action, "handler", text, err);
}

/* How the command for failures ended is told with the failure. */
static int restore(struct engine *engine, struct action *action,
		   struct err *err)
{
	bool fine = str_eq(action->state, "SUCCESS");
	AUTO_FREE char *text =
		xasprintf("%s; its %s command %s%s%s",
			  *action->cause ? action->cause : "failed",
			  action->handler, fine ? "has run" : "failed",
			  !fine && *action->message ? ": " : "",
			  fine ? "" : action->message);

	str_copy(action->state, sizeof(action->state), action->ended_as);
	snprintf(action->message, sizeof(action->message), "%.*s",
		 (int)sizeof(action->message) - 1, text);
	str_copy(action->handler, sizeof(action->handler), "done");
	return action_update(engine->store, action, err);
}

static int settle(struct engine *engine, struct action *action,
		  const struct plan *step, struct err *err)
{
	str_copy(action->state, sizeof(action->state), step->state);
	snprintf(action->message, sizeof(action->message), "%.*s",
		 (int)sizeof(action->message) - 1, step->cause);
	action->ended_at = store_now(engine->store);
	if (action_update(engine->store, action, err))
		return -1;
	return note(engine, action, "action-ended", step->cause, err);
}

int run_action(struct engine *engine, struct facts *facts,
	       const struct plan *step, struct err *err)
{
	struct action *action = &facts->actions[step->index];

	facts->changed = true;
	switch (step->kind) {
	case PLAN_OFFER:
		return offer(engine, action, err);
	case PLAN_RETRY:
		return retry(engine, action, step, err);
	case PLAN_AGAIN:
		return again(engine, action, err);
	case PLAN_HANDLE:
		return handle(engine, action, step, err);
	case PLAN_RESTORE:
		return restore(engine, action, err);
	case PLAN_SETTLE:
		return settle(engine, action, step, err);
	default:
		return 0;
	}
}
