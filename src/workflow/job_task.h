/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_JOB_TASK_H
#define WORKFLOW_JOB_TASK_H

#include "base/json.h"
#include "store/store.h"

/*
 * The Task objects of a Job, which Tinkerbell's clients may look at: one for
 * each step that was begun, "<job>-task-<position>", owned by the Job, so that
 * it goes with it. They only show how far the Job is; what is done are its
 * intents, and nothing is read back from here.
 *
 *	job_task_begin(store, job, 0, err);
 *	... the intent ends
 *	job_task_end(store, job, 0, NULL, err);
 *
 * A name that is taken by somebody else's Task is left alone.
 */
int job_task_begin(struct store *store, const json_t *job, size_t position,
		   struct err *err) NODISCARD;
/* failure NULL: it went well. */
int job_task_end(struct store *store, const json_t *job, size_t position,
		 const char *failure, struct err *err) NODISCARD;

/* It is one of those, here or where it was brought from: nothing is to be
 * done for it. */
bool job_task_owned(const json_t *task);

/* A condition of a Job or Task; message NULL: none. */
json_t *job_condition(const char *type, bool value, const char *message);

#endif
