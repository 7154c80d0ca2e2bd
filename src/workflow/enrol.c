/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/enrol.h"

#include <string.h>

#include "base/str.h"
#include "store/event.h"
#include "store/object.h"
#include "store/run.h"
#include "workflow/enrol_plan.h"

static const struct kind *workflow_kind(void)
{
	return kind_find(TINKERBELL_GROUP, "Workflow");
}

struct search {
	const char *hardware;
	const char *enrolment; /* the name that ours would have */
	bool found;
};

static bool look_at(void *arg, json_t *workflow)
{
	struct search *search = arg;
	const char *ref = json_str_at(workflow, "spec.hardwareRef");
	const char *name = json_str_at(workflow, "metadata.name");

	search->found = (ref && str_eq(ref, search->hardware)) ||
			str_eq(name, search->enrolment);
	return !search->found;
}

/* Whatever its state: one enrolment in the life of a machine. */
static int find_workflow(struct store *store, const char *hardware,
			 const char *agent, bool *found, struct err *err)
{
	const struct object_query all = { .kind = workflow_kind(),
					  .namespace = "",
					  .after_namespace = "",
					  .after_name = "" };
	struct search search = { .hardware = hardware };
	char name[254];

	enrol_name(name, sizeof(name), "enrollment", agent);
	search.enrolment = name;
	if (object_each(store, &all, look_at, &search, err))
		return -1;
	*found = search.found;
	return 0;
}

/* As the machine is called where workers are assigned: its agentID, or the
 * MAC that it boots by. */
static const char *agent_of(const json_t *hardware,
			    const struct task_hello *hello)
{
	const char *agent = json_str_at(hardware, "spec.agentID");

	return agent && *agent ? agent : hello->mac;
}

/* All rule sets: *list owns them, *sets is as long. */
static int read_sets(struct store *store, json_t **list, const json_t ***sets,
		     struct err *err)
{
	const struct kind *kind =
		kind_find(TINKERBELL_GROUP, "WorkflowRuleSet");
	size_t n;

	*list = object_list(store, kind, "", err);
	if (!*list)
		return -1;
	n = json_array_size(*list);
	*sets = xcalloc(n + 1, sizeof(json_t *));
	for (size_t i = 0; i < n; i++)
		(*sets)[i] = json_array_get(*list, i);
	return 0;
}

static json_t *decide(struct store *store, const struct enrol_subject *subject,
		      char *reason, struct err *err)
{
	AUTO_JSON json_t *list = NULL;
	AUTO_FREE const json_t **sets = NULL;

	if (read_sets(store, &list, &sets, err))
		return NULL;
	return enrol_plan(subject, sets, json_array_size(list), reason);
}

char *enrol_namespace(struct store *store, const json_t *attributes,
		      const char *otherwise, struct err *err)
{
	AUTO_JSON json_t *list = NULL;
	AUTO_FREE const json_t **sets = NULL;
	const char *namespace;

	if (read_sets(store, &list, &sets, err))
		return NULL;
	namespace =
		enrol_plan_namespace(sets, json_array_size(list), attributes);
	return xstrdup(namespace ? namespace : otherwise);
}

static int make(struct store *store, int64_t machine, const json_t *workflow,
		struct err *err)
{
	const struct object_key key = {
		.kind = workflow_kind(),
		.namespace = json_str_at(workflow, "metadata.namespace"),
		.name = json_str_at(workflow, "metadata.name"),
	};

	if (object_create(store, &key, workflow, NULL, err))
		return -1;
	return event_note(store, machine, 0, "engine", "enrolled", err,
			  "enrolled: Workflow %s by template %s", key.name,
			  json_str_at(workflow, "spec.templateRef"));
}

int enrol(struct store *store, int64_t machine, const struct task_hello *hello,
	  bool discovered, struct err *err)
{
	AUTO_JSON json_t *hardware = object_by_id(store, machine, err);
	AUTO_JSON json_t *attributes =
		hello->attributes ? json_parse(hello->attributes,
					       strlen(hello->attributes), err)
				  : json_object();
	AUTO_JSON json_t *workflow = NULL;
	struct enrol_subject subject = { .hardware = hardware,
					 .attributes = attributes,
					 .discovered = discovered };
	char reason[ENROL_REASON] = "";

	if (!hardware || !attributes)
		return -1;
	if (run_of_machine(store, machine))
		return 0;
	subject.agent = agent_of(hardware, hello);
	if (find_workflow(store, json_str_at(hardware, "metadata.name"),
			  subject.agent, &subject.has_workflow, err))
		return -1;
	workflow = decide(store, &subject, reason, err);
	if (workflow)
		return make(store, machine, workflow, err);
	if (!*reason)
		return -1;
	return event_note(store, machine, 0, "engine", "not-enrolled", err,
			  "not enrolled: %s", reason);
}
