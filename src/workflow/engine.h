/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_ENGINE_H
#define WORKFLOW_ENGINE_H

#include "base/histogram.h"
#include "base/json.h"
#include "base/loop.h"
#include "store/store.h"
#include "workflow/pacer_plan.h"
#include "workflow/plan.h"
#include "workflow/reference_plan.h"

/*
 * The engine: turns changed rows into the next rows.
 *
 * engine_turn runs once at the end of each loop turn, before the store's
 * commit: it takes up Workflow and Job objects that people wrote, and calls
 * plan() for each run whose rows changed, whose deadline passed or whose turn
 * has come, until there is nothing to do but wait. All it does is write rows;
 * intents among them are carried out by others, after the commit.
 *
 *	engine = engine_new(loop, store, &ops, arg);
 *	engine_start(engine, &err);	(look at all that is open)
 *	each turn: engine_turn(engine); store_commit(store, &err);
 *
 * What a turn costs depends on what changed in it, not on how many runs there
 * are.
 */
struct engine;

struct engine_ops {
	/* A template rendered for a machine; the caller frees. */
	char *(*render)(void *arg, const char *text, const json_t *data,
			struct err *err);
	/* What templates see as .tomte for this machine: a new object. */
	json_t *(*facts)(void *arg, int64_t machine, const char *name);
	struct pacer_caps caps;
	struct plan_limits limits;
	/* Machines that have nothing to do are enrolled (enrol.h). */
	bool enrol;
	/* What Hardware may refer to; NULL: nothing. Outlives the engine. */
	const struct reference_rules *rules;
};

struct engine *engine_new(struct loop *loop, struct store *store,
			  const struct engine_ops *ops, void *arg);
void engine_free(struct engine *engine);

enum engine_outcome {
	ENGINE_SUCCESS,
	ENGINE_FAILED,
	ENGINE_TIMEOUT,
	ENGINE_N_OUTCOMES,
};

#define ENGINE_N_PHASES 16
struct engine_stats {
	uint64_t started;
	uint64_t ended[ENGINE_N_OUTCOMES];
	struct histogram phases[ENGINE_N_PHASES]; /* how long each took */
};

const struct engine_stats *engine_stats(const struct engine *engine);
const char *engine_outcome_name(enum engine_outcome outcome);

int engine_start(struct engine *engine, struct err *err) NODISCARD;
void engine_turn(struct engine *engine);

/* When the engine has to look again if nothing changes; 0: never. For who
 * makes time up. */
wall_ms engine_wake(const struct engine *engine);

#endif
