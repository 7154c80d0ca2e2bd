/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_JOB_H
#define WORKFLOW_JOB_H

#include "store/store.h"

/*
 * Tinkerbell's bmc Job objects: their tasks become intents, one after the
 * other, and their conditions Running, Completed, Failed say how it went. A
 * Task that somebody made by hand is one step with a connection of its own;
 * it has Completed or Failed, as from Rufio; those that a Job owns only show
 * its steps (job_task.h).
 *
 * A Job names a bmc Machine; the intents belong to the Hardware whose
 * spec.bmcRef names it too, to the bmc Machine if there is no Hardware, and a
 * Task's to itself.
 */
struct jobs;

struct jobs *jobs_new(struct store *store);
void jobs_free(struct jobs *jobs);
int jobs_start(struct jobs *jobs, struct err *err) NODISCARD;
/* Takes up new Jobs and goes on with those whose intents ended. */
void jobs_turn(struct jobs *jobs);

#endif
