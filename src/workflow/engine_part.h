/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_ENGINE_PART_H
#define WORKFLOW_ENGINE_PART_H

#include "base/heap.h"
#include "base/map.h"
#include "workflow/engine.h"
#include "workflow/job.h"
#include "workflow/plan.h"

/*
 * What the files of the engine share: engine.c pumps, run_start.c makes a run
 * of a Workflow, run_verb.c does what people ask of one, run_step.c and
 * run_action.c carry out what plan() says. Not for anybody else.
 */
#define RUN_FINALIZER "tomte.dev/run"

struct engine {
	struct loop *loop;
	struct store *store;
	struct engine_ops ops;
	void *arg;
	struct loop_timer *timer;
	struct heap deadlines;
	struct map *due; /* run id -> struct due */
	struct jobs *jobs;
	struct pacer *pacer;
	wall_ms awake_at;
	struct engine_stats stats;
};

/* Everything that plan() looks at, as it is after each step. */
struct facts {
	struct run run;
	bool run_changed; /* its row is still to be written */
	bool changed;     /* so is the status of its Workflow */
	struct action *actions;
	size_t n_actions;
	struct step *steps;
	size_t n_steps;
	json_t *hardware; /* read when it is needed */
	struct plan_view view;
};

/* Carries one step of the plan out: writes rows, and changes `facts` alike. */
int run_step(struct engine *engine, struct facts *facts,
	     const struct plan *step, struct err *err) NODISCARD;
/* The same for those that are about an action. */
int run_action(struct engine *engine, struct facts *facts,
	       const struct plan *step, struct err *err) NODISCARD;

/* It has what it waited for, or wants it no longer: its deadline begins. */
void run_stop_waiting(struct engine *engine, struct run *run);

/* The Hardware, read now if it was not; NULL: gone. */
const json_t *run_hardware(struct engine *engine, struct facts *facts);

/* Makes a run of a Workflow. */
int run_start(struct engine *engine, int64_t workflow_id,
	      const json_t *workflow, struct err *err) NODISCARD;

/* The Workflow was written: what do its annotations, labels, or its end want
 * of the run? Takes away the annotations that are obeyed. */
int run_verbs(struct engine *engine, int64_t run, int64_t workflow_id,
	      const json_t *workflow, struct err *err) NODISCARD;
/* The text of an annotation of ours; NULL: there is none. */
const char *run_annotation(const json_t *workflow, const char *name);
/* Takes an annotation away. */
int run_drop_annotation(struct engine *engine, int64_t workflow_id,
			const char *name, struct err *err) NODISCARD;

/* Our finalizer, so that a Workflow that is deleted goes when it is closed. */
int run_finalizer(struct engine *engine, int64_t workflow_id, bool wanted,
		  struct err *err) NODISCARD;

#endif
