/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/job.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/machine.h"
#include "store/object.h"
#include "store/run.h"
#include "workflow/job_task.h"
#include "workflow/step_plan.h"

#define LOG_MODULE "job"
#include "base/log.h"

struct jobs {
	struct store *store;
};

static const struct kind *job_kind(void)
{
	return kind_find(BMC_GROUP, "Job");
}

static const struct kind *task_kind(void)
{
	return kind_find(BMC_GROUP, "Task");
}

static bool is_task(const json_t *object)
{
	return str_eq(json_str_at(object, "kind"), "Task");
}

struct jobs *jobs_new(struct store *store)
{
	struct jobs *jobs = xcalloc(1, sizeof(*jobs));

	jobs->store = store;
	return jobs;
}

void jobs_free(struct jobs *jobs)
{
	free(jobs);
}

/* Of a Job its tasks, a Task is its own only one. */
static size_t n_steps(const json_t *object)
{
	return is_task(object) ? 1
			       : json_array_size(json_at(object, "spec.tasks"));
}

static const json_t *step_at(const json_t *object, size_t position)
{
	if (is_task(object))
		return json_at(object, "spec.task");
	return json_array_get(json_at(object, "spec.tasks"), position);
}

static int finish(struct jobs *jobs, int64_t id, const json_t *job,
		  const char *failure, struct err *err)
{
	json_t *status = json_deep_copy(json_object_get(job, "status"));
	json_t *conditions = json_array();
	char when[CLOCK_TEXT];

	if (!json_is_object(status)) {
		json_decref(status);
		status = json_object();
	}
	clock_text(store_now(jobs->store), when);
	json_object_set_new(status, "completionTime", json_string(when));
	if (!is_task(job))
		json_array_append_new(conditions,
				      job_condition("Running", false, NULL));
	json_array_append_new(
		conditions,
		job_condition(failure ? "Failed" : "Completed", true, failure));
	json_object_set_new(status, "conditions", conditions);
	return object_set_status(jobs->store, id, status, err);
}

static int start(struct jobs *jobs, int64_t id, const json_t *job,
		 struct err *err)
{
	json_t *status = json_object();
	json_t *conditions = json_array();
	char when[CLOCK_TEXT];

	clock_text(store_now(jobs->store), when);
	json_object_set_new(status, "startTime", json_string(when));
	if (!is_task(job))
		json_array_append_new(conditions,
				      job_condition("Running", true, NULL));
	json_object_set_new(status, "conditions", conditions);
	return object_set_status(jobs->store, id, status, err);
}

/* Whose the intents of a Job are. */
static int64_t find_owner(struct jobs *jobs, const json_t *job, struct err *err)
{
	const char *bmc = json_str_at(job, "spec.machineRef.name");
	const char *namespace = json_str_at(job, "spec.machineRef.namespace");
	struct object_key key = { .kind = kind_find(BMC_GROUP, "Machine") };
	int64_t id;

	if (!namespace)
	namespace = json_str_at(job, "metadata.namespace");
	key.namespace = namespace;
	key.name = bmc;
	id = machine_by_bmc(jobs->store, namespace, bmc);
	if (!id)
		id = object_id(jobs->store, &key);
	if (!id)
		err_set(err, ERR_NOT_FOUND,
			"no Hardware in %s has spec.bmcRef.name %s", namespace,
			bmc);
	return id;
}

static int next_intent(struct jobs *jobs, int64_t id, const json_t *job,
		       size_t position, struct err *err)
{
	struct intent intent = { .job = id };
	struct step step;
	int64_t intent_id;

	if (!is_task(job) && !json_str_at(job, "spec.machineRef.name"))
		return err_set(err, ERR_INVALID,
			       "spec.machineRef.name is missing");
	if (!n_steps(job))
		return err_set(err, ERR_INVALID, "spec.tasks: there are none");
	if (step_decode(step_at(job, position), &step, err))
		return is_task(job)
			       ? err_wrap(err, "spec.task")
			       : err_wrap(err, "spec.tasks[%zu]", position);
	str_copy(intent.kind, sizeof(intent.kind), step.kind);
	str_copy(intent.args, sizeof(intent.args), step.args);
	intent.machine = is_task(job) ? id : find_owner(jobs, job, err);
	if (!intent.machine)
		return -1;
	return intent_create(jobs->store, &intent, &intent_id, err);
}

static bool is_over(const json_t *job)
{
	return json_str_at(job, "status.completionTime") != NULL;
}

/* The last of n intents has ended, or there is none. */
static int go_on(struct jobs *jobs, int64_t id, const json_t *job,
		 const struct intent *last, size_t n, struct err *err)
{
	bool failed = n && str_eq(last->state, "failed");
	struct err cause;

	if (n && !is_task(job) &&
	    job_task_end(jobs->store, job, n - 1, failed ? last->error : NULL,
			 err))
		return -1;
	if (failed)
		return finish(jobs, id, job, last->error, err);
	if (n && n >= n_steps(job))
		return finish(jobs, id, job, NULL, err);
	if (next_intent(jobs, id, job, n, &cause))
		return finish(jobs, id, job, cause.message, err);
	if (!is_task(job) && job_task_begin(jobs->store, job, n, err))
		return -1;
	return n == 0 ? start(jobs, id, job, err) : 0;
}

static int advance(struct jobs *jobs, int64_t id, struct err *err)
{
	AUTO_JSON json_t *job = object_by_id(jobs->store, id, err);
	AUTO_FREE struct intent *intents = NULL;
	size_t n;

	if (!job || is_over(job))
		return 0; /* deleted, its intents with it; or seen before */
	if (is_task(job) && job_task_owned(job))
		return 0;
	n = intent_of_job(jobs->store, id, &intents);
	if (n && !intents[n - 1].ended_at)
		return 0;
	return go_on(jobs, id, job, n ? &intents[n - 1] : NULL, n, err);
}

static int take_up_all(struct jobs *jobs, const struct kind *kind,
		       struct err *err)
{
	AUTO_JSON json_t *list = object_list(jobs->store, kind, "", err);
	size_t i;
	json_t *job;

	if (!list)
		return -1;
	json_array_foreach (list, i, job) {
		struct object_key key = {
			.kind = kind,
			.namespace = json_str_at(job, "metadata.namespace"),
			.name = json_str_at(job, "metadata.name"),
		};

		if (!is_over(job))
			store_touch_job(jobs->store,
					object_id(jobs->store, &key));
	}
	return 0;
}

int jobs_start(struct jobs *jobs, struct err *err)
{
	return take_up_all(jobs, job_kind(), err) ||
			       take_up_all(jobs, task_kind(), err)
		       ? -1
		       : 0;
}

void jobs_turn(struct jobs *jobs)
{
	AUTO_FREE int64_t *ids = NULL;
	size_t n = store_take_jobs(jobs->store, &ids);

	for (size_t i = 0; i < n; i++) {
		struct err err;

		store_mark(jobs->store);
		if (advance(jobs, ids[i], &err)) {
			store_back_to_mark(jobs->store);
			log_error("job: %s", err.message);
		} else {
			store_keep(jobs->store);
		}
	}
}
