/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/event.h"
#include "store/object.h"
#include "workflow/engine_part.h"

#define LOG_MODULE "engine"
#include "base/log.h"

static int note(struct engine *engine, const struct facts *facts,
		const char *kind, const char *text, struct err *err)
{
	return event_note(engine->store, facts->run.machine, facts->run.id,
			  "engine", kind, err, "%s", text);
}

static void renew_deadline(struct engine *engine, struct run *run)
{
	int64_t limit = plan_phase_ms(&engine->ops.limits, run,
				      phase_parse(run->phase));

	run->deadline = limit ? store_now(engine->store) + limit : 0;
}

/* What a worker was still busy with is wanted no longer. */
static int end_actions(struct engine *engine, struct facts *facts,
		       struct err *err)
{
	for (size_t i = 0; i < facts->n_actions; i++) {
		struct action *action = &facts->actions[i];

		if (!str_eq(action->state, "RUNNING"))
			continue;
		str_copy(action->state, sizeof(action->state), "CANCELLED");
		str_copy(action->message, sizeof(action->message),
			 "the run ended while it was under way");
		action->ended_at = store_now(engine->store);
		if (action_update(engine->store, action, err))
			return -1;
	}
	return 0;
}

/* The machine's next run may begin, and a deleted Workflow go. */
static int end_run(struct engine *engine, struct facts *facts, struct err *err)
{
	struct run *run = &facts->run;
	int64_t next;

	run->ended_at = store_now(engine->store);
	if (!*run->outcome)
		str_copy(run->outcome, sizeof(run->outcome), "success");
	if (end_actions(engine, facts, err) ||
	    run_update(engine->store, run, err))
		return -1;
	next = run->machine ? run_of_machine(engine->store, run->machine) : 0;
	if (next)
		store_touch_run(engine->store, next);
	return 0;
}

/* A run has left a phase after so many ms. */
static void count(struct engine *engine, const struct run *run,
		  enum phase before, int64_t ms)
{
	struct engine_stats *stats = &engine->stats;

	if (before < N_PHASES)
		histogram_add(&stats->phases[before], ms * 1000);
	if (before == PHASE_QUEUED)
		stats->started++;
	for (int i = 0; run->ended_at && i < ENGINE_N_OUTCOMES; i++)
		if (str_eq(run->outcome,
			   engine_outcome_name((enum engine_outcome)i)))
			stats->ended[i]++;
}

static int move_to(struct engine *engine, struct facts *facts, enum phase phase,
		   struct err *err)
{
	struct run *run = &facts->run;
	wall_ms now = store_now(engine->store);
	enum phase before = phase_parse(run->phase);
	wall_ms since = run->phase_at;

	if (before == PHASE_QUEUED)
		run->started_at = now;
	str_copy(run->phase, sizeof(run->phase), phase_name(phase));
	run->phase_at = now;
	renew_deadline(engine, run);
	facts->run_changed = facts->changed = true;
	if (phase == PHASE_ENDED && end_run(engine, facts, err))
		return -1;
	if (note(engine, facts, "phase", run->phase, err))
		return -1;
	count(engine, run, before, now - since);
	log_info("run machine=%s workflow=%s phase=%s%s%s", run->machine_name,
		 run->name, run->phase, phase == PHASE_ENDED ? " outcome=" : "",
		 phase == PHASE_ENDED ? run->outcome : "");
	return 0;
}

static int set_netboot(struct engine *engine, struct facts *facts, bool allow,
		       struct err *err)
{
	AUTO_JSON json_t *interfaces = json_deep_copy(
		json_at(run_hardware(engine, facts), "spec.interfaces"));
	AUTO_JSON json_t *patch = json_object();
	size_t i;
	json_t *interface;

	json_array_foreach (interfaces, i, interface)
		json_put(interface, "netboot.allowPXE", json_boolean(allow));
	json_put(patch, "spec.interfaces", json_incref(interfaces));
	if (object_patch(engine->store, facts->run.machine, patch, err))
		return -1;
	json_decref(facts->hardware);
	facts->hardware = NULL;
	return note(engine, facts, "netboot",
		    allow ? "network boot allowed"
			  : "network boot no longer allowed",
		    err);
}

static int make_intent(struct engine *engine, struct facts *facts, size_t index,
		       struct err *err)
{
	struct step *step = &facts->steps[index];
	struct intent intent = { .run = facts->run.id,
				 .machine = facts->run.machine };

	str_copy(intent.kind, sizeof(intent.kind), step->kind);
	str_copy(intent.args, sizeof(intent.args), step->args);
	if (intent_create(engine->store, &intent, &step->intent, err))
		return -1;
	str_copy(step->state, sizeof(step->state), "intent");
	step->created_at = store_now(engine->store);
	renew_deadline(engine, &facts->run);
	facts->run_changed = true;
	return step_update(engine->store, step, err);
}

/* What the BMC was told, and has not done yet, is over for us: else it would
 * be told again after a restart of ours, when the run has long ended. */
static int drop_intent(struct engine *engine, const struct facts *facts,
		       struct step *step, struct err *err)
{
	struct intent intent = { .id = step->intent, .run = facts->run.id };
	struct err cause;

	if (!step->intent ||
	    (!str_eq(step->state, "intent") && !str_eq(step->state, "sent")))
		return 0;
	err_set(&cause, ERR_CANCELLED, "not waited for any longer");
	str_copy(step->state, sizeof(step->state), "failed");
	str_copy(step->error, sizeof(step->error), cause.message);
	return intent_end(engine->store, &intent, &cause, err);
}

static int drop_intents(struct engine *engine, struct facts *facts,
			struct err *err)
{
	for (size_t i = 0; i < facts->n_steps; i++) {
		struct step *step = &facts->steps[i];

		if (!str_eq(step->stage, "post") &&
		    !str_eq(step->stage, "close") &&
		    drop_intent(engine, facts, step, err))
			return -1;
	}
	return 0;
}

static int give_up(struct engine *engine, struct facts *facts, size_t index,
		   struct err *err)
{
	struct step *step = &facts->steps[index];
	char text[80];

	step->given_up = true;
	renew_deadline(engine, &facts->run);
	facts->run_changed = true;
	snprintf(text, sizeof(text), "%s: not waited for any longer",
		 step->kind);
	if (step_update(engine->store, step, err) ||
	    drop_intent(engine, facts, step, err))
		return -1;
	return note(engine, facts, "given-up", text, err);
}

static int ask_pacer(struct engine *engine, struct facts *facts,
		     const char *slot, struct err *err)
{
	struct run *run = &facts->run;
	enum pacer_kind kind = str_eq(slot, pacer_name(PACER_IMAGING))
				       ? PACER_IMAGING
				       : PACER_STARTING;
	char text[sizeof(run->waits_why) + 32];

	facts->run_changed = facts->changed = true;
	if (pacer_ask(engine->pacer, kind, run->id, run->rack, run->waits_why,
		      sizeof(run->waits_why))) {
		str_copy(run->slot, sizeof(run->slot), slot);
		run->waits_why[0] = '\0';
		return 0;
	}
	str_copy(run->waits, sizeof(run->waits), slot);
	run->waits_at = store_now(engine->store);
	run->deadline = 0; /* it comes when its turn has come */
	snprintf(text, sizeof(text), "waits for its turn: %s", run->waits_why);
	return note(engine, facts, "waits", text, err);
}

void run_stop_waiting(struct engine *engine, struct run *run)
{
	int64_t limit = plan_phase_ms(&engine->ops.limits, run,
				      phase_parse(run->phase));
	wall_ms now = store_now(engine->store);

	if (!*run->waits)
		return;
	run->paused_ms += now - run->waits_at;
	run->waits[0] = run->waits_why[0] = '\0';
	run->waits_at = 0;
	run->deadline = limit ? now + limit : 0;
}

static void release(struct engine *engine, struct facts *facts)
{
	struct run *run = &facts->run;

	pacer_leave(engine->pacer, run->id);
	run->slot[0] = '\0';
	run_stop_waiting(engine, run);
	facts->run_changed = facts->changed = true;
}

static int pause_run(struct engine *engine, struct facts *facts,
		     struct err *err)
{
	facts->run.paused_at = store_now(engine->store);
	facts->run_changed = facts->changed = true;
	return note(engine, facts, "paused",
		    "paused: what runs ends, nothing new begins", err);
}

static int resume_run(struct engine *engine, struct facts *facts,
		      struct err *err)
{
	struct run *run = &facts->run;
	wall_ms now = store_now(engine->store);
	int64_t for_ms = now - run->paused_at;

	run->paused_ms += for_ms;
	if (run->deadline)
		run->deadline += for_ms;
	run->resumed_at = now;
	run->paused_at = 0;
	facts->run_changed = facts->changed = true;
	/* Workers are told of what was offered before. */
	for (size_t i = 0; i < facts->n_actions; i++)
		if (str_eq(facts->actions[i].state, "PENDING") &&
		    facts->actions[i].offered_at &&
		    action_update(engine->store, &facts->actions[i], err))
			return -1;
	return note(engine, facts, "resumed", "resumed", err);
}

/* Of the action whose failure it is: how it ended. */
static int fail_action(struct engine *engine, struct facts *facts,
		       const struct plan *step, struct err *err)
{
	struct action *action = &facts->actions[step->index];
	const char *text = strstr(step->cause, "\": ");

	if (!step->state)
		return 0;
	str_copy(action->state, sizeof(action->state), step->state);
	snprintf(action->message, sizeof(action->message), "%s",
		 text ? text + 3 : step->cause);
	action->ended_at = store_now(engine->store);
	return action_update(engine->store, action, err);
}

static int record_failure(struct engine *engine, struct facts *facts,
			  const struct plan *step, struct err *err)
{
	struct run *run = &facts->run;

	str_copy(run->outcome, sizeof(run->outcome), step->outcome);
	str_copy(run->cause, sizeof(run->cause), step->cause);
	facts->run_changed = facts->changed = true;
	if (fail_action(engine, facts, step, err) ||
	    drop_intents(engine, facts, err) ||
	    note(engine, facts, "failed", run->cause, err))
		return -1;
	if (phase_parse(run->phase) == PHASE_CLOSING)
		return 0; /* and the rest of it goes on */
	return move_to(engine, facts, PHASE_CLOSING, err);
}

int run_step(struct engine *engine, struct facts *facts,
	     const struct plan *step, struct err *err)
{
	switch (step->kind) {
	case PLAN_MOVE:
		return move_to(engine, facts, step->phase, err);
	case PLAN_STEP:
		return make_intent(engine, facts, step->index, err);
	case PLAN_GIVE_UP:
		return give_up(engine, facts, step->index, err);
	case PLAN_NETBOOT:
		return set_netboot(engine, facts, step->netboot, err);
	case PLAN_SLOT:
		return ask_pacer(engine, facts, step->slot, err);
	case PLAN_RELEASE:
		release(engine, facts);
		return 0;
	case PLAN_PAUSE:
		return pause_run(engine, facts, err);
	case PLAN_RESUME:
		return resume_run(engine, facts, err);
	case PLAN_FAIL:
		return record_failure(engine, facts, step, err);
	case PLAN_OFFER:
	case PLAN_RETRY:
	case PLAN_AGAIN:
	case PLAN_HANDLE:
	case PLAN_RESTORE:
	case PLAN_SETTLE:
		return run_action(engine, facts, step, err);
	case PLAN_WAIT:
	case PLAN_END:
		break;
	}
	return 0;
}
