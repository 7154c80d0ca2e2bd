/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/workflow_wire.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/yaml.h"
#include "workflow/plan.h"
#include "workflow/task_wire.h"

void workflow_plan_release(struct workflow_plan *plan)
{
	/* Those behind n_actions are zero, or half read when it failed. */
	action_list_free(plan->actions,
			 plan->actions ? WORKFLOW_MAX_ACTIONS : 0);
	plan->actions = NULL;
	plan->n_actions = 0;
}

static int check_name(const char *name, const char *path, struct err *err)
{
	if (!name || !*name || strlen(name) > 199)
		return err_set(err, ERR_INVALID,
			       "%s.name: expected 1 to 199 characters", path);
	return 0;
}

/* "key:" and "key: ''" say no more than leaving the key out. */
static bool is_there(const json_t *value)
{
	return value && !json_is_null(value) &&
	       !(json_is_string(value) && !*json_string_value(value));
}

static bool parse_seconds(const json_t *value, uint32_t *seconds)
{
	*seconds = 0;
	if (!is_there(value))
		return true;
	return json_is_string(value) &&
	       str_parse_u32(json_string_value(value), 30 * 86400, seconds);
}

/* Texts that the worker takes; those of an absent list are none. */
static int check_list(const json_t *owner, const char *key, const char *path,
		      struct err *err)
{
	const json_t *list = json_object_get(owner, key);
	size_t i;
	json_t *item;

	if (is_there(list) && !json_is_array(list))
		return err_set(err, ERR_INVALID, "%s.%s: expected a list", path,
			       key);
	json_array_foreach (list, i, item)
		if (!json_is_string(item))
			return err_set(err, ERR_INVALID,
				       "%s.%s[%zu]: expected text", path, key,
				       i);
	return 0;
}

static int check_env(const json_t *owner, const char *path, struct err *err)
{
	json_t *env = json_object_get(owner, "environment");
	const char *key;
	json_t *value;

	if (is_there(env) && !json_is_object(env))
		return err_set(err, ERR_INVALID,
			       "%s.environment: expected NAME: value", path);
	json_object_foreach (env, key, value) {
		if (!*key || strchr(key, '='))
			return err_set(err, ERR_INVALID,
				       "%s.environment: \"%s\" cannot be the "
				       "name of a variable",
				       path, key);
		if (!json_is_string(value) && !json_is_null(value))
			return err_set(err, ERR_INVALID,
				       "%s.environment.%s: expected text", path,
				       key);
	}
	return 0;
}

static void add_env(json_t *env, const json_t *owner)
{
	const char *key;
	json_t *value;

	json_object_foreach (json_object_get(owner, "environment"), key, value)
		if (json_is_null(value))
			json_object_set_new(env, key, json_string(""));
		else
			json_object_set(env, key, value);
}

/* Task's entries, then the action's, which win. */
static json_t *merged_env(const json_t *task, const json_t *action)
{
	json_t *env = json_object();

	add_env(env, task);
	add_env(env, action);
	return env;
}

static json_t *merged_volumes(const json_t *task, const json_t *action)
{
	json_t *volumes = json_array();
	json_t *outer = json_object_get(task, "volumes");
	json_t *inner = json_object_get(action, "volumes");

	if (json_is_array(outer))
		json_array_extend(volumes, outer);
	if (json_is_array(inner))
		json_array_extend(volumes, inner);
	return volumes;
}

/* A namespace of Linux that the action shares, where either form has it. */
static int set_shared(const json_t *source, const char *key, const char *path,
		      json_t *document, struct err *err)
{
	json_t *value = json_object_get(source, key);

	if (!is_there(value))
		value = json_object_get(json_object_get(source, "namespaces"),
					key);
	if (!is_there(value))
		return 0;
	if (!json_is_string(value) ||
	    json_string_length(value) >= sizeof(((struct task *)0)->pid))
		return err_set(err, ERR_INVALID,
			       "%s.%s: expected the name of a namespace", path,
			       key);
	json_object_set(document, key, value);
	return 0;
}

/* What the worker would refuse is refused before any machine is touched. */
static int check_size(const json_t *document, const char *path, struct err *err)
{
	static const char *const lists[] = { "env", "volumes", "args" };
	AUTO_FREE char *text = NULL;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const json_t *list = json_object_get(document, lists[i]);

		if (json_array_size(list) + json_object_size(list) >
		    TASK_LIST_MAX)
			return err_set(err, ERR_TOO_BIG,
				       "%s: %s has over %d entries", path,
				       lists[i], TASK_LIST_MAX);
	}
	text = json_text(document);
	if (strlen(text) > TASK_BODY_MAX / 2)
		return err_set(err, ERR_TOO_BIG, "%s: over %d bytes", path,
			       TASK_BODY_MAX / 2);
	return 0;
}

static int decode_document(const json_t *task, const json_t *source,
			   const char *path, struct action *action,
			   struct err *err)
{
	json_t *document = json_object();
	json_t *command = json_object_get(source, "command");

	action->document = document;
	if (check_env(source, path, err) ||
	    check_list(source, "volumes", path, err) ||
	    check_list(source, "command", path, err))
		return -1;
	json_object_set_new(document, "env", merged_env(task, source));
	json_object_set_new(document, "volumes", merged_volumes(task, source));
	if (is_there(command))
		json_object_set(document, "args", command);
	if (set_shared(source, "pid", path, document, err) ||
	    set_shared(source, "network", path, document, err))
		return -1;
	return check_size(document, path, err);
}

static int decode_action(const json_t *task, const json_t *source,
			 const char *path, struct action *action,
			 struct err *err)
{
	const char *image = json_str_at(source, "image");
	const char *name = json_str_at(source, "name");

	if (check_name(name, path, err))
		return -1;
	if (!image || !*image || strlen(image) >= sizeof(action->image))
		return err_set(err, ERR_INVALID,
			       "%s.image: expected an image reference", path);
	if (!parse_seconds(json_object_get(source, "timeout"),
			   &action->timeout_s))
		return err_set(err, ERR_INVALID,
			       "%s.timeout: expected whole seconds", path);
	str_copy(action->name, sizeof(action->name), name);
	str_copy(action->image, sizeof(action->image), image);
	str_copy(action->state, sizeof(action->state), "PENDING");
	action->attempt = 1;
	return decode_document(task, source, path, action, err);
}

static bool name_taken(const struct workflow_plan *plan, size_t from,
		       const char *name)
{
	for (size_t i = from; i < plan->n_actions; i++)
		if (str_eq(plan->actions[i].name, name))
			return true;
	return false;
}

static int decode_task(const json_t *task, const char *path,
		       struct workflow_plan *plan, struct err *err)
{
	size_t first = plan->n_actions;
	const json_t *actions = json_object_get(task, "actions");
	size_t i;
	json_t *source;

	if (check_name(json_str_at(task, "name"), path, err) ||
	    check_env(task, path, err) ||
	    check_list(task, "volumes", path, err))
		return -1;
	if (!json_array_size(actions))
		return err_set(err, ERR_INVALID, "%s.actions: there are none",
			       path);
	json_array_foreach (actions, i, source) {
		AUTO_FREE char *where = xasprintf("%s.actions[%zu]", path, i);
		struct action *action = &plan->actions[plan->n_actions];

		if (plan->n_actions == WORKFLOW_MAX_ACTIONS)
			return err_set(err, ERR_TOO_BIG, "more than %d actions",
				       WORKFLOW_MAX_ACTIONS);
		action->position = (int)plan->n_actions;
		if (decode_action(task, source, where, action, err))
			return -1;
		if (name_taken(plan, first, action->name))
			return err_set(err, ERR_INVALID,
				       "%s.name: \"%s\" is taken already",
				       where, action->name);
		plan->n_actions++;
	}
	return 0;
}

static bool task_name_taken(const json_t *tasks, size_t position)
{
	const char *name = json_str_at(json_array_get(tasks, position), "name");

	for (size_t i = 0; i < position; i++)
		if (str_eq(json_str_at(json_array_get(tasks, i), "name"), name))
			return true;
	return false;
}

static int decode_tasks(const json_t *document, struct workflow_plan *plan,
			struct err *err)
{
	const json_t *tasks = json_object_get(document, "tasks");
	const char *name = json_str_at(document, "name");
	size_t i;
	json_t *task;

	if (check_name(name, "template", err))
		return -1;
	str_copy(plan->name, sizeof(plan->name), name);
	if (!parse_seconds(json_object_get(document, "global_timeout"),
			   &plan->global_timeout_s))
		return err_set(err, ERR_INVALID,
			       "global_timeout: expected whole seconds");
	if (!json_array_size(tasks))
		return err_set(err, ERR_INVALID, "tasks: there are none");
	json_array_foreach (tasks, i, task) {
		AUTO_FREE char *path = xasprintf("tasks[%zu]", i);

		if (decode_task(task, path, plan, err))
			return -1;
		if (task_name_taken(tasks, i))
			return err_set(err, ERR_INVALID,
				       "%s.name: \"%s\" is taken already", path,
				       json_str_at(task, "name"));
	}
	return 0;
}

int workflow_decode(const char *yaml, size_t len, struct workflow_plan *plan,
		    struct err *err)
{
	AUTO_JSON json_t *documents = NULL;

	memset(plan, 0, sizeof(*plan));
	documents = yaml_parse(yaml, len, YAML_TEXT, NULL, err);
	if (!documents)
		return err_wrap(err, "rendered template");
	plan->actions = xcalloc(WORKFLOW_MAX_ACTIONS, sizeof(*plan->actions));
	if (decode_tasks(json_array_get(documents, 0), plan, err)) {
		workflow_plan_release(plan);
		return err_wrap(err, "rendered template");
	}
	for (size_t i = 0; i < plan->n_actions; i++)
		snprintf(plan->actions[i].action_id,
			 sizeof(plan->actions[i].action_id), "a%zu", i);
	return 0;
}

/*
 * A JSON name of the Hardware kind as Go has it: "mac" -> "MAC",
 * "lease_time" -> "LeaseTime", "allowPXE" -> "AllowPXE".
 */
static void go_name(const char *json_name, char *out, size_t size)
{
	static const char *const special[][2] = {
		{ "mac", "MAC" },
		{ "ip", "IP" },
		{ "dhcp", "DHCP" },
		{ "disableDhcp", "DisableDHCP" },
		{ "uefi", "UEFI" },
		{ "vlan_id", "VLANID" },
		{ "tftp_server_name", "TFTPServerName" },
		{ "ipxe", "IPXE" },
		{ "osie", "OSIE" },
		{ "pxelinux", "PXELINUX" },
		{ "rpi", "RPI" },
		{ "id", "ID" },
		{ "uid", "UID" },
		{ "gid", "GID" },
		{ "type_guid", "TypeGUID" },
		{ "ipxe_script_url", "IpxeScriptURL" },
		{ "ssh_keys", "SSHKeys" },
		{ "url", "URL" },
		{ "bmcRef", "BMCRef" },
		{ "apiGroup", "APIGroup" },
	};
	size_t n = 0;
	bool upper = true;

	for (size_t i = 0; i < ARRAY_LEN(special); i++) {
		if (str_eq(json_name, special[i][0])) {
			str_copy(out, size, special[i][1]);
			return;
		}
	}
	for (; *json_name && n + 1 < size; json_name++) {
		if (*json_name == '_') {
			upper = true;
			continue;
		}
		out[n++] = upper ? (char)toupper((unsigned char)*json_name)
				 : *json_name;
		upper = false;
	}
	out[n] = '\0';
}

/* Maps of Go, whose keys are people's and no fields. */
static bool is_go_map(const char *name)
{
	return str_eq(name, "resources") || str_eq(name, "references");
}

/* The same value with every object's names turned into Go's. */
static json_t *go_value(const json_t *value)
{
	const char *key;
	json_t *item;
	json_t *out;
	size_t i;

	if (json_is_array(value)) {
		out = json_array();
		json_array_foreach ((json_t *)(uintptr_t)value, i, item)
			json_array_append_new(out, go_value(item));
		return out;
	}
	if (!json_is_object(value))
		return json_deep_copy(value);
	out = json_object();
	json_object_foreach ((json_t *)(uintptr_t)value, key, item) {
		char name[128];

		go_name(key, name, sizeof(name));
		json_object_set_new(out, name,
				    is_go_map(key) ? json_deep_copy(item)
						   : go_value(item));
	}
	return out;
}

/*
 * A struct of Go has all of its fields, an object of JSON those that were
 * written: `{{ if .Hardware.UserData }}` is no error there. By their zero:
 * text, a number, a boolean, a list, or nil.
 */
struct go_fields {
	const char *text[10];
	const char *number[3];
	const char *boolean[6];
	const char *list[4];
	const char *nil[8];
};

static const struct go_fields hardware_fields = {
	.text = { "UserData", "VendorData" },
};
static const struct go_fields interface_fields = {
	.boolean = { "DisableDHCP" },
	.nil = { "Netboot", "Isoboot", "DHCP" },
};
static const struct go_fields netboot_fields = {
	.nil = { "AllowPXE", "AllowWorkflow", "IPXE", "OSIE", "PXELINUX",
		 "RPI" },
};
static const struct go_fields dhcp_fields = {
	.text = { "MAC", "Hostname", "DomainName", "Arch", "IfaceName",
		  "VLANID", "TFTPServerName", "BootFileName" },
	.number = { "LeaseTime" },
	.boolean = { "UEFI" },
	.list = { "NameServers", "TimeServers", "ClasslessStaticRoutes" },
	.nil = { "IP" },
};
static const struct go_fields ip_fields = {
	.text = { "Address", "Netmask", "Gateway" },
	.number = { "Family" },
};
static const struct go_fields metadata_fields = {
	.text = { "State" },
	.number = { "BondingMode" },
	.nil = { "Manufacturer", "Instance", "Custom", "Facility" },
};
static const struct go_fields instance_fields = {
	.text = { "ID", "State", "Hostname", "IpxeScriptURL", "Userdata",
		  "CryptedRootPassword" },
	.boolean = { "AllowPxe", "Rescue", "AlwaysPxe", "NetworkReady" },
	.list = { "Ips", "Tags", "SSHKeys" },
	.nil = { "OperatingSystem", "Storage" },
};

static void put_zero(json_t *object, const char *name, json_t *zero)
{
	if (json_object_get(object, name))
		json_decref(zero);
	else
		json_object_set_new(object, name, zero);
}

/* What is no object stays what it is. */
static void fill_in(json_t *object, const struct go_fields *fields)
{
	if (!json_is_object(object))
		return;
	for (const char *const *name = fields->text; *name; name++)
		put_zero(object, *name, json_string(""));
	for (const char *const *name = fields->number; *name; name++)
		put_zero(object, *name, json_integer(0));
	for (const char *const *name = fields->boolean; *name; name++)
		put_zero(object, *name, json_false());
	for (const char *const *name = fields->list; *name; name++)
		put_zero(object, *name, json_array());
	for (const char *const *name = fields->nil; *name; name++)
		put_zero(object, *name, json_null());
}

static void fill_in_hardware(json_t *hardware)
{
	size_t i;
	json_t *interface;

	fill_in(hardware, &hardware_fields);
	put_zero(hardware, "Interfaces", json_array());
	put_zero(hardware, "Metadata", json_object());
	json_array_foreach (json_at(hardware, "Interfaces"), i, interface) {
		fill_in(interface, &interface_fields);
		fill_in(json_at(interface, "Netboot"), &netboot_fields);
		fill_in(json_at(interface, "DHCP"), &dhcp_fields);
		fill_in(json_at(interface, "DHCP.IP"), &ip_fields);
	}
	fill_in(json_at(hardware, "Metadata"), &metadata_fields);
	fill_in(json_at(hardware, "Metadata.Instance"), &instance_fields);
}

static json_t *go_hardware(const json_t *hardware)
{
	json_t *out = go_value(json_object_get(hardware, "spec"));
	const json_t *disks = json_at(hardware, "spec.disks");
	json_t *names = json_array();
	json_t *disk;
	size_t i;

	if (!json_is_object(out)) {
		json_decref(out);
		out = json_object();
	}
	/* Templates see disks as a list of device names. */
	json_array_foreach ((json_t *)(uintptr_t)disks, i, disk) {
		json_t *device = json_object_get(disk, "device");

		if (device)
			json_array_append(names, device);
	}
	json_object_set_new(out, "Disks", names);
	fill_in_hardware(out);
	return out;
}

json_t *workflow_data(const json_t *workflow, const json_t *hardware,
		      const json_t *facts)
{
	json_t *data = json_object();
	json_t *map = json_at(workflow, "spec.hardwareMap");

	if (json_is_object(map))
		json_object_update(data, map);
	json_object_set(data, "hardware", (json_t *)(uintptr_t)hardware);
	json_object_set_new(data, "Hardware", go_hardware(hardware));
	json_object_set(data, "tomte", (json_t *)(uintptr_t)facts);
	return data;
}

const char *workflow_state(const struct run *run)
{
	enum phase phase = phase_parse(run->phase);

	if (phase == PHASE_ENDED) {
		if (str_eq(run->outcome, "success"))
			return "SUCCESS";
		return str_eq(run->outcome, "timeout") ? "TIMEOUT" : "FAILED";
	}
	if (*run->outcome)
		return "POST";
	if (phase <= PHASE_POWER_ON)
		return "PREPARING";
	if (phase <= PHASE_LOADING)
		return "PENDING";
	return phase == PHASE_WORKING ? "RUNNING" : "POST";
}

static void put_time(json_t *object, const char *key, wall_ms at)
{
	char text[CLOCK_TEXT];

	if (!at)
		return;
	clock_text(at, text);
	json_object_set_new(object, key, json_string(text));
}

static json_t *action_status(const struct action *action)
{
	json_t *out = json_object();

	/* No environment: it may hold secrets, and the template has it. */
	json_object_set_new(out, "id", json_string(action->action_id));
	json_object_set_new(out, "name", json_string(action->name));
	json_object_set_new(out, "image", json_string(action->image));
	json_object_set_new(out, "timeout", json_integer(action->timeout_s));
	json_object_set_new(out, "state", json_string(action->state));
	put_time(out, "executionStart", action->started_at);
	put_time(out, "executionStop", action->ended_at);
	if (action->started_at && action->ended_at) {
		char text[32];

		snprintf(text, sizeof(text), "%.3fs",
			 (double)(action->ended_at - action->started_at) /
				 1000);
		json_object_set_new(out, "executionDuration",
				    json_string(text));
	}
	if (*action->message)
		json_object_set_new(out, "message",
				    json_string(action->message));
	return out;
}

json_t *workflow_status(const struct run *run, const struct action *actions,
			size_t n_actions, const char *agent_id)
{
	json_t *status = json_object();
	json_t *list = json_array();
	json_t *task = json_object();
	json_t *tasks = json_array();
	const struct action *current = plan_current(actions, n_actions);

	json_object_set_new(status, "state", json_string(workflow_state(run)));
	json_object_set_new(status, "agentID", json_string(agent_id));
	json_object_set_new(status, "templateRendering",
			    json_string("successful"));
	json_object_set_new(status, "globalTimeout",
			    json_integer(run->global_timeout_s));
	if (current) {
		json_put(status, "currentState.agentID", json_string(agent_id));
		json_put(status, "currentState.taskID", json_string("t0"));
		json_put(status, "currentState.taskName", json_string("tasks"));
		json_put(status, "currentState.actionID",
			 json_string(current->action_id));
		json_put(status, "currentState.actionName",
			 json_string(current->name));
		json_put(status, "currentState.state",
			 json_string(current->state));
	}
	for (size_t i = 0; i < n_actions; i++)
		json_array_append_new(list, action_status(&actions[i]));
	json_object_set_new(task, "id", json_string("t0"));
	json_object_set_new(task, "name", json_string("tasks"));
	json_object_set_new(task, "agentID", json_string(agent_id));
	json_object_set_new(task, "actions", list);
	json_array_append_new(tasks, task);
	json_object_set_new(status, "tasks", tasks);
	return status;
}
