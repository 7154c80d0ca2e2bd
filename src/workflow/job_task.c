/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/job_task.h"

#include <stdio.h>

#include "base/str.h"
#include "store/object.h"

#define NAME_SIZE 254

struct name {
	struct object_key key; /* its name is the member below */
	char text[NAME_SIZE];
};

/* False: there is no such name. */
static bool name_of(struct name *name, const json_t *job, size_t position)
{
	int len = snprintf(name->text, sizeof(name->text), "%s-task-%zu",
			   json_str_at(job, "metadata.name"), position);

	name->key = (struct object_key){
		.kind = kind_find(BMC_GROUP, "Task"),
		.namespace = json_str_at(job, "metadata.namespace"),
		.name = name->text,
	};
	return len > 0 && len < NAME_SIZE;
}

static const json_t *controller_of(const json_t *task)
{
	const json_t *list = json_at(task, "metadata.ownerReferences");
	size_t i;
	json_t *owner;

	json_array_foreach ((json_t *)(uintptr_t)list, i, owner)
		if (json_bool_at(owner, "controller", false))
			return owner;
	return NULL;
}

bool job_task_owned(const json_t *task)
{
	const json_t *owner = controller_of(task);
	const char *version = json_str_at(owner, "apiVersion");
	const char *kind = json_str_at(owner, "kind");

	return version && kind && str_starts(version, BMC_GROUP "/") &&
	       str_eq(kind, "Job");
}

static bool is_of(const json_t *task, const json_t *job)
{
	const char *uid = json_str_at(controller_of(task), "uid");

	return uid && str_eq(uid, json_str_at(job, "metadata.uid"));
}

json_t *job_condition(const char *type, bool value, const char *message)
{
	json_t *out = json_object();

	json_object_set_new(out, "type", json_string(type));
	json_object_set_new(out, "status",
			    json_string(value ? "True" : "False"));
	if (message)
		json_object_set_new(out, "message", json_string(message));
	return out;
}

static json_t *text_at(const json_t *object, const char *path)
{
	return json_string(json_str_at(object, path));
}

static json_t *task_of(const json_t *job, size_t position,
		       const json_t *connection)
{
	const json_t *step =
		json_array_get(json_at(job, "spec.tasks"), position);

	return json_pack(
		"{s:{s:{s:o},s:[{s:o,s:s,s:o,s:o,s:b,s:b}]},s:{s:O,s:O}}",
		"metadata", "labels", "owner-name",
		text_at(job, "metadata.name"), "ownerReferences", "apiVersion",
		text_at(job, "apiVersion"), "kind", "Job", "name",
		text_at(job, "metadata.name"), "uid",
		text_at(job, "metadata.uid"), "controller", 1,
		"blockOwnerDeletion", 1, "spec", "connection", connection,
		"task", step);
}

static int set_status(struct store *store, const struct object_key *key,
		      const char *since, json_t *conditions, struct err *err)
{
	json_t *status = json_object();
	bool over = json_array_size(conditions) > 0;
	char now[CLOCK_TEXT];

	clock_text(store_now(store), now);
	json_object_set_new(status, "startTime",
			    json_string(since ? since : now));
	if (over)
		json_object_set_new(status, "completionTime", json_string(now));
	json_object_set_new(status, "conditions", conditions);
	return object_set_status(store, object_id(store, key), status, err);
}

int job_task_begin(struct store *store, const json_t *job, size_t position,
		   struct err *err)
{
	const char *namespace = json_str_at(job, "spec.machineRef.namespace");
	const struct object_key machine_key = {
		.kind = kind_find(BMC_GROUP, "Machine"),
		.namespace = namespace ? namespace
				       : json_str_at(job, "metadata.namespace"),
		.name = json_str_at(job, "spec.machineRef.name"),
	};
	AUTO_JSON json_t *machine = object_get(store, &machine_key, err);
	const json_t *connection = json_at(machine, "spec.connection");
	AUTO_JSON json_t *task = NULL;
	struct name name;

	/* Without them the step fails, and says why. */
	if (!connection || !name_of(&name, job, position))
		return 0;
	task = task_of(job, position, connection);
	if (object_create(store, &name.key, task, NULL, err))
		return err->code == ERR_EXISTS ? 0 : -1;
	return set_status(store, &name.key, NULL, json_array(), err);
}

int job_task_end(struct store *store, const json_t *job, size_t position,
		 const char *failure, struct err *err)
{
	AUTO_JSON json_t *task = NULL;
	json_t *conditions;
	struct name name;

	if (!name_of(&name, job, position))
		return 0;
	task = object_get(store, &name.key, err);
	if (!task)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	if (!is_of(task, job) || json_str_at(task, "status.completionTime"))
		return 0;
	conditions = json_array();
	json_array_append_new(
		conditions,
		job_condition(failure ? "Failed" : "Completed", true, failure));
	return set_status(store, &name.key,
			  json_str_at(task, "status.startTime"), conditions,
			  err);
}
