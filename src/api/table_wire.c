/* SPDX-License-Identifier: Apache-2.0 */
#include "api/table_wire.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

#define MAX_COLUMNS 8
#define GIGA        (1024.0 * 1024.0 * 1024.0)

typedef json_t *(*cell_fn)(const json_t *object, wall_ms now);

struct column {
	const char *name;
	const char *path; /* of the value, for json_at; NULL: see cell */
	cell_fn cell;
	const char *type; /* NULL: "string" */
	int priority;     /* 1: with -o wide only */
};

struct layout {
	const char *group;
	const char *kind;
	struct column columns[MAX_COLUMNS];
};

static json_t *cell_age(const json_t *object, wall_ms now);
static json_t *cell_last_seen(const json_t *object, wall_ms now);
static json_t *cell_n_data(const json_t *object, wall_ms now);
static json_t *cell_involved(const json_t *object, wall_ms now);
static json_t *cell_progress(const json_t *object, wall_ms now);
static json_t *cell_outcome(const json_t *object, wall_ms now);
static json_t *cell_condition(const json_t *object, wall_ms now);
static json_t *cell_contactable(const json_t *object, wall_ms now);
static json_t *cell_namespaces(const json_t *object, wall_ms now);
static json_t *cell_audited(const json_t *object, wall_ms now);

#define AGE                                                                    \
	{                                                                      \
		.name = "Age", .cell = cell_age, .type = "date"                \
	}

static const struct layout layouts[] = {
	{ TINKERBELL_GROUP,
	  "Hardware",
	  { { .name = "State", .path = "status.state" },
	    { .name = "IP", .path = "spec.interfaces[0].dhcp.ip.address" },
	    { .name = "MAC", .path = "spec.interfaces[0].dhcp.mac" },
	    { .name = "BMC", .path = "spec.bmcRef.name" },
	    AGE } },
	{ TINKERBELL_GROUP,
	  "Template",
	  { { .name = "State", .path = "status.state" }, AGE } },
	{ TINKERBELL_GROUP,
	  "Workflow",
	  { { .name = "Template", .path = "spec.templateRef" },
	    { .name = "State", .path = "status.state" },
	    { .name = "Task",
	      .path = "status.currentState.taskName",
	      .priority = 1 },
	    { .name = "Action", .path = "status.currentState.actionName" },
	    { .name = "Agent", .path = "status.currentState.agentID" },
	    { .name = "Hardware", .path = "spec.hardwareRef" },
	    { .name = "Template-Rendering",
	      .path = "status.templateRendering",
	      .priority = 1 },
	    AGE } },
	{ BMC_GROUP,
	  "Machine",
	  { { .name = "Host", .path = "spec.connection.host" },
	    { .name = "Power", .path = "status.powerState" },
	    { .name = "Contactable", .cell = cell_contactable },
	    AGE } },
	{ BMC_GROUP,
	  "Job",
	  { { .name = "Machine", .path = "spec.machineRef.name" },
	    { .name = "Condition", .cell = cell_condition },
	    AGE } },
	{ BMC_GROUP,
	  "Task",
	  { { .name = "Condition", .cell = cell_condition }, AGE } },
	{ TOMTE_GROUP,
	  "Run",
	  { { .name = "Machine", .path = "spec.machine" },
	    { .name = "Phase", .cell = cell_outcome },
	    AGE,
	    { .name = "Progress", .cell = cell_progress },
	    { .name = "Cause", .path = "status.cause" } } },
	{ "",
	  "Secret",
	  { { .name = "Type", .path = "type" },
	    { .name = "Data", .cell = cell_n_data, .type = "integer" },
	    AGE } },
	{ "",
	  "ConfigMap",
	  { { .name = "Data", .cell = cell_n_data, .type = "integer" }, AGE } },
	{ "",
	  "Namespace",
	  { { .name = "Status", .path = "status.phase" }, AGE } },
	{ TOMTE_GROUP,
	  "Token",
	  { { .name = "Type", .path = "spec.type" },
	    { .name = "User", .path = "spec.user" },
	    { .name = "Role", .path = "spec.role" },
	    { .name = "Namespaces", .cell = cell_namespaces },
	    { .name = "Expires", .path = "status.expirationTimestamp" },
	    { .name = "Last Used", .path = "status.lastUsed" },
	    AGE } },
	{ TOMTE_GROUP,
	  "AuditRecord",
	  { { .name = "Time", .path = "spec.time" },
	    { .name = "User", .path = "spec.user" },
	    { .name = "Source", .path = "spec.source" },
	    { .name = "Verb", .path = "spec.verb" },
	    { .name = "Object", .cell = cell_audited },
	    { .name = "Decision", .path = "spec.decision" },
	    { .name = "Status", .path = "spec.status", .type = "integer" } } },
	{ CRD_GROUP,
	  "CustomResourceDefinition",
	  { { .name = "Created At",
	      .path = "metadata.creationTimestamp",
	      .type = "date" } } },
	{ "",
	  "Event",
	  { { .name = "Last Seen", .cell = cell_last_seen },
	    { .name = "Type", .path = "type" },
	    { .name = "Reason", .path = "reason" },
	    { .name = "Object", .cell = cell_involved },
	    { .name = "Message", .path = "message" } } },
};

static const struct column columns_default[MAX_COLUMNS] = { AGE };

static const struct column *columns_of(const struct kind *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(layouts); i++)
		if (str_eq(layouts[i].group, kind->group) &&
		    str_eq(layouts[i].kind, kind->kind))
			return layouts[i].columns;
	return columns_default;
}

enum table_include table_include_of(const char *word)
{
	if (word && str_eq(word, "Object"))
		return TABLE_OBJECT;
	if (word && str_eq(word, "None"))
		return TABLE_NONE;
	return TABLE_METADATA;
}

bool table_wanted(const char *accept)
{
	return accept && strstr(accept, "as=Table") &&
	       strstr(accept, "g=meta.k8s.io");
}

static json_t *age_since(const char *text, wall_ms now)
{
	struct tm broken = { 0 };
	char age[CLOCK_TEXT];

	if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &broken))
		return json_string("<unknown>");
	clock_age(now - (wall_ms)timegm(&broken) * 1000, age);
	return json_string(age);
}

static json_t *cell_age(const json_t *object, wall_ms now)
{
	return age_since(json_str_at(object, "metadata.creationTimestamp"),
			 now);
}

static json_t *cell_last_seen(const json_t *object, wall_ms now)
{
	return age_since(json_str_at(object, "lastTimestamp"), now);
}

static json_t *cell_n_data(const json_t *object, wall_ms now)
{
	(void)now;
	return json_integer(
		(json_int_t)json_object_size(json_object_get(object, "data")));
}

static json_t *cell_involved(const json_t *object, wall_ms now)
{
	const char *kind = json_str_at(object, "involvedObject.kind");
	const char *name = json_str_at(object, "involvedObject.name");
	AUTO_FREE char *text =
		xasprintf("%s/%s", kind ? kind : "", name ? name : "");

	(void)now;
	for (char *at = text; *at && *at != '/'; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	return json_string(text);
}

/* "image2disk 1.2/4.0 GiB", of the action that runs. */
static json_t *cell_progress(const json_t *object, wall_ms now)
{
	const char *action = json_str_at(object, "status.progress.action");
	int64_t done = json_int_at(object, "status.progress.bytesDone", 0);
	int64_t total = json_int_at(object, "status.progress.bytesTotal", 0);
	char text[320];

	(void)now;
	if (!action)
		return json_string("");
	if (total > 0)
		snprintf(text, sizeof(text), "%.250s %.1f/%.1f GiB", action,
			 (double)done / GIGA, (double)total / GIGA);
	else
		snprintf(text, sizeof(text), "%.250s", action);
	return json_string(text);
}

/* A run that ended shows how. */
static json_t *cell_outcome(const json_t *object, wall_ms now)
{
	const char *outcome = json_str_at(object, "status.outcome");
	const char *phase = json_str_at(object, "status.phase");

	(void)now;
	if (outcome && *outcome)
		return json_string(outcome);
	return json_string(phase ? phase : "");
}

/* The condition that holds: Completed, Failed, Running. */
static json_t *cell_condition(const json_t *object, wall_ms now)
{
	const char *type = "";
	size_t index;
	json_t *condition;

	(void)now;
	json_array_foreach (json_at(object, "status.conditions"), index,
			    condition) {
		const char *status = json_str_at(condition, "status");
		const char *name = json_str_at(condition, "type");

		if (name && status && str_eq(status, "True"))
			type = name;
	}
	return json_string(type);
}

/* True, False, or nothing while nobody asked it. */
static json_t *cell_contactable(const json_t *object, wall_ms now)
{
	size_t index;
	json_t *condition;

	(void)now;
	json_array_foreach (json_at(object, "status.conditions"), index,
			    condition) {
		const char *type = json_str_at(condition, "type");
		json_t *status = json_object_get(condition, "status");

		if (type && str_eq(type, "Contactable") &&
		    json_is_string(status))
			return json_incref(status);
	}
	return json_string("");
}

static json_t *cell_namespaces(const json_t *object, wall_ms now)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1024);
	size_t index;
	json_t *name;

	(void)now;
	json_array_foreach (json_at(object, "spec.namespaces"), index, name)
		buf_printf(&text, "%s%s", index ? "," : "",
			   json_string_value(name));
	return json_string(text.len ? text.base : "*");
}

/* "hardware default/m1", "tokens ci", "/apis". */
static json_t *cell_audited(const json_t *object, wall_ms now)
{
	const char *resource = json_str_at(object, "spec.resource");
	const char *namespace = json_str_at(object, "spec.namespace");
	const char *name = json_str_at(object, "spec.name");
	AUTO_FREE char *text = NULL;

	(void)now;
	if (!resource || !namespace || !name)
		return json_string("");
	text = xasprintf("%s%s%s%s%s", resource, *resource ? " " : "",
			 namespace, *namespace ? "/" : "", name);
	return json_string(text);
}

static json_t *definition(const char *name, const char *type,
			  const char *format, int priority)
{
	json_t *column = json_object();

	json_put(column, "name", json_string(name));
	json_put(column, "type", json_string(type ? type : "string"));
	json_put(column, "format", json_string(format));
	json_put(column, "description", json_string(name));
	json_put(column, "priority", json_integer(priority));
	return column;
}

static json_t *cell_of(const struct column *column, const json_t *object,
		       wall_ms now)
{
	json_t *value;

	if (column->cell)
		return column->cell(object, now);
	value = json_at(object, column->path);
	if (!value || json_is_object(value) || json_is_array(value))
		return json_string("");
	return json_incref(value);
}

json_t *table_partial(const json_t *object)
{
	json_t *part = json_object();

	json_put(part, "kind", json_string("PartialObjectMetadata"));
	json_put(part, "apiVersion", json_string("meta.k8s.io/v1"));
	json_object_set(part, "metadata", json_object_get(object, "metadata"));
	return part;
}

static json_t *row_of(const struct column *columns, const json_t *object,
		      enum table_include include, wall_ms now)
{
	const char *name = json_str_at(object, "metadata.name");
	json_t *row = json_object();
	json_t *cells = json_array();

	json_array_append_new(cells, json_string(name ? name : ""));
	for (size_t i = 0; i < MAX_COLUMNS && columns[i].name; i++)
		json_array_append_new(cells, cell_of(&columns[i], object, now));
	json_put(row, "cells", cells);
	if (include == TABLE_METADATA)
		json_put(row, "object", table_partial(object));
	else if (include == TABLE_OBJECT)
		json_object_set(row, "object", (json_t *)(uintptr_t)object);
	else
		json_put(row, "object", json_null());
	return row;
}

json_t *table_row(const struct kind *kind, const json_t *object,
		  enum table_include include, wall_ms now)
{
	return row_of(columns_of(kind), object, include, now);
}

json_t *table_columns(const struct kind *kind)
{
	const struct column *columns = columns_of(kind);
	json_t *definitions = json_array();

	json_array_append_new(definitions, definition("Name", NULL, "name", 0));
	for (size_t i = 0; i < MAX_COLUMNS && columns[i].name; i++)
		json_array_append_new(definitions,
				      definition(columns[i].name,
						 columns[i].type, "",
						 columns[i].priority));
	return definitions;
}

json_t *table_paths(const struct kind *kind)
{
	const struct column *columns = columns_of(kind);
	json_t *paths = json_array();

	for (size_t i = 0; i < MAX_COLUMNS && columns[i].name; i++) {
		AUTO_FREE char *path = NULL;
		json_t *column;

		if (!columns[i].path)
			continue;
		path = xasprintf(".%s", columns[i].path);
		column = json_pack("{s:s,s:s,s:s}", "name", columns[i].name,
				   "type",
				   columns[i].type ? columns[i].type : "string",
				   "jsonPath", path);
		if (columns[i].priority)
			json_object_set_new(column, "priority",
					    json_integer(columns[i].priority));
		json_array_append_new(paths, column);
	}
	return paths;
}

json_t *table_render(const struct kind *kind, const json_t *items,
		     enum table_include include, const char *version,
		     wall_ms now)
{
	json_t *table = json_object();
	json_t *rows = json_array();
	size_t index;
	json_t *item;

	json_array_foreach (items, index, item)
		json_array_append_new(rows,
				      table_row(kind, item, include, now));
	json_put(table, "kind", json_string("Table"));
	json_put(table, "apiVersion", json_string("meta.k8s.io/v1"));
	json_put(table, "metadata.resourceVersion", json_string(version));
	json_put(table, "columnDefinitions", table_columns(kind));
	json_put(table, "rows", rows);
	return table;
}
