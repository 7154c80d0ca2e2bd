/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/job.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "store/object.h"
#include "store/run.h"

#define LOG_MODULE "job"
#include "base/log.h"

struct jobs {
	struct store *store;
	int64_t seen_version;
	int64_t *open; /* object ids */
	size_t n_open;
	size_t size;
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
	if (!jobs)
		return;
	free(jobs->open);
	free(jobs);
}

static void keep_open(struct jobs *jobs, int64_t id)
{
	for (size_t i = 0; i < jobs->n_open; i++)
		if (jobs->open[i] == id)
			return;
	if (jobs->n_open == jobs->size) {
		jobs->size = jobs->size ? jobs->size * 2 : 16;
		jobs->open =
			xrealloc(jobs->open, jobs->size * sizeof(*jobs->open));
	}
	jobs->open[jobs->n_open++] = id;
}

/* The one member of a task, as the kind and arguments of an intent. */
static int task_intent(const json_t *task, struct intent *intent,
		       struct err *err)
{
	const char *power = json_str_at(task, "powerAction");
	const char *device = json_str_at(task, "bootDevice.device");
	const char *once =
		json_str_at(task, "oneTimeBootDeviceAction.device[0]");
	const char *media = json_str_at(task, "virtualMediaAction.mediaURL");
	bool uefi =
		json_bool_at(task, "bootDevice.efiBoot", false) ||
		json_bool_at(task, "oneTimeBootDeviceAction.efiBoot", false);
	bool persistent = json_bool_at(task, "bootDevice.persistent", false);

	if (once)
		device = once;
	if (power) {
		snprintf(intent->kind, sizeof(intent->kind), "power-%s", power);
	} else if (device) {
		snprintf(intent->kind, sizeof(intent->kind), "boot-%s", device);
		snprintf(intent->args, sizeof(intent->args), "%s%s%s",
			 uefi ? "uefi" : "", uefi && persistent ? "," : "",
			 persistent ? "persistent" : "");
	} else if (media && *media) {
		str_copy(intent->kind, sizeof(intent->kind), "media-insert");
		if (!str_copy(intent->args, sizeof(intent->args), media))
			return err_set(err, ERR_TOO_BIG,
				       "virtualMediaAction.mediaURL: over %zu "
				       "characters",
				       sizeof(intent->args) - 1);
	} else if (json_object_get(task, "virtualMediaAction")) {
		str_copy(intent->kind, sizeof(intent->kind), "media-eject");
	} else {
		return err_set(err, ERR_INVALID,
			       "a task must have one of powerAction, "
			       "bootDevice, oneTimeBootDeviceAction, "
			       "virtualMediaAction");
	}
	return 0;
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

static json_t *condition(const char *type, bool value, const char *message)
{
	json_t *out = json_object();

	json_object_set_new(out, "type", json_string(type));
	json_object_set_new(out, "status",
			    json_string(value ? "True" : "False"));
	if (message)
		json_object_set_new(out, "message", json_string(message));
	return out;
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
				      condition("Running", false, NULL));
	json_array_append_new(
		conditions,
		condition(failure ? "Failed" : "Completed", true, failure));
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
				      condition("Running", true, NULL));
	json_object_set_new(status, "conditions", conditions);
	return object_set_status(jobs->store, id, status, err);
}

/* The Hardware that has this bmc Machine; 0: none. */
static int64_t find_machine(struct jobs *jobs, const char *namespace,
			    const char *bmc, struct err *err)
{
	const struct kind *kind = kind_find(TINKERBELL_GROUP, "Hardware");
	AUTO_JSON json_t *list = object_list(jobs->store, kind, namespace, err);
	size_t i;
	json_t *hardware;

	json_array_foreach (list, i, hardware) {
		const char *name = json_str_at(hardware, "spec.bmcRef.name");
		struct object_key key = {
			.kind = kind,
			.namespace = namespace,
			.name = json_str_at(hardware, "metadata.name"),
		};

		if (name && str_eq(name, bmc))
			return object_id(jobs->store, &key);
	}
	return 0;
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
	id = find_machine(jobs, namespace, bmc, err);
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
	int64_t intent_id;

	if (!is_task(job) && !json_str_at(job, "spec.machineRef.name"))
		return err_set(err, ERR_INVALID,
			       "spec.machineRef.name is missing");
	if (!n_steps(job))
		return err_set(err, ERR_INVALID, "spec.tasks: there are none");
	if (task_intent(step_at(job, position), &intent, err))
		return is_task(job)
			       ? err_wrap(err, "spec.task")
			       : err_wrap(err, "spec.tasks[%zu]", position);
	intent.machine = is_task(job) ? id : find_owner(jobs, job, err);
	if (!intent.machine)
		return -1;
	return intent_create(jobs->store, &intent, &intent_id, err);
}

/* 1: over; 0: goes on; -1: the store refused. */
static int advance(struct jobs *jobs, int64_t id, struct err *err)
{
	AUTO_JSON json_t *job = object_by_id(jobs->store, id, err);
	AUTO_FREE struct intent *intents = NULL;
	struct err cause;
	size_t n;

	if (!job)
		return 1; /* deleted; its intents went with it */
	n = intent_of_job(jobs->store, id, &intents);
	if (n && !intents[n - 1].ended_at)
		return 0;
	if (n && str_eq(intents[n - 1].state, "failed"))
		return finish(jobs, id, job, intents[n - 1].error, err) ? -1
									: 1;
	if (n && n >= n_steps(job))
		return finish(jobs, id, job, NULL, err) ? -1 : 1;
	if (next_intent(jobs, id, job, n, &cause))
		return finish(jobs, id, job, cause.message, err) ? -1 : 1;
	if (n == 0 && start(jobs, id, job, err))
		return -1;
	return 0;
}

static bool is_over(const json_t *job)
{
	return json_str_at(job, "status.completionTime") != NULL;
}

static void take_up(struct jobs *jobs, const json_t *job)
{
	struct object_key key = {
		.kind = is_task(job) ? task_kind() : job_kind(),
		.namespace = json_str_at(job, "metadata.namespace"),
		.name = json_str_at(job, "metadata.name"),
	};
	int64_t id = object_id(jobs->store, &key);

	if (id && !is_over(job))
		keep_open(jobs, id);
}

static int take_up_all(struct jobs *jobs, const struct kind *kind,
		       struct err *err)
{
	AUTO_JSON json_t *list = object_list(jobs->store, kind, "", err);
	size_t i;
	json_t *job;

	if (!list)
		return -1;
	json_array_foreach (list, i, job)
		take_up(jobs, job);
	return 0;
}

int jobs_start(struct jobs *jobs, struct err *err)
{
	jobs->seen_version = store_version(jobs->store);
	return take_up_all(jobs, job_kind(), err) ||
			       take_up_all(jobs, task_kind(), err)
		       ? -1
		       : 0;
}

/* False: they could not be read. */
static bool read_kind(struct jobs *jobs, const struct kind *kind)
{
	AUTO_JSON json_t *changes = NULL;
	struct err err;
	size_t i;
	json_t *change;

	changes = change_since(jobs->store, kind, jobs->seen_version, 100000,
			       &err);
	if (!changes) {
		log_error("changes of jobs: %s", err.message);
		return false;
	}
	json_array_foreach (changes, i, change)
		if (!str_eq(json_str_at(change, "type"), "DELETED"))
			take_up(jobs, json_object_get(change, "object"));
	return true;
}

static void read_changes(struct jobs *jobs)
{
	int64_t newest = store_version(jobs->store);

	if (newest != jobs->seen_version && read_kind(jobs, job_kind()) &&
	    read_kind(jobs, task_kind()))
		jobs->seen_version = newest;
}

void jobs_turn(struct jobs *jobs)
{
	size_t kept = 0;

	read_changes(jobs);
	for (size_t i = 0; i < jobs->n_open; i++) {
		struct err err;
		int status;

		store_mark(jobs->store);
		status = advance(jobs, jobs->open[i], &err);
		if (status < 0) {
			store_back_to_mark(jobs->store);
			log_error("job: %s", err.message);
		} else {
			store_keep(jobs->store);
		}
		if (status == 0)
			jobs->open[kept++] = jobs->open[i];
	}
	jobs->n_open = kept;
}
