/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/metadata_plan.h"
#include "base/str.h"

/*
 * What has to be true of an object before it is written.
 *
 * Unknown members are taken out, as Kubernetes does with custom resources.
 * Whether that is an error, a warning or nothing is for the client to say:
 * fieldValidation=Strict, Warn (also when it says nothing) or Ignore.
 */
#define MAX_WARNINGS 20
#define MAX_WARNING  300
#define MAX_STRICT   400

static void list_problems(const char *what, const json_t *paths,
			  json_t *problems)
{
	size_t index;
	json_t *path;

	json_array_foreach (paths, index, path) {
		AUTO_FREE char *text = xasprintf("%s field \"%s\"", what,
						 json_string_value(path));
		json_t *problem = json_string(text);

		if (problem)
			json_array_append_new(problems, problem);
	}
}

/* 299 - "unknown field \"spec.x\"": quoted, and nothing that ends a line. */
static void warn(struct call *call, const char *problem)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(2 * MAX_WARNING + 20);

	buf_adds(&text, "299 - \"");
	for (size_t i = 0; problem[i] && i < MAX_WARNING; i++) {
		char byte = problem[i];

		if (byte == '"' || byte == '\\')
			buf_addc(&text, '\\');
		buf_addc(&text, (unsigned char)byte < ' ' ? '?' : byte);
	}
	buf_addc(&text, '"');
	http_set_header(call->req, "Warning", text.base);
}

static int refuse(const json_t *problems, struct err *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MAX_STRICT);
	size_t index;
	json_t *problem;

	json_array_foreach (problems, index, problem)
		buf_printf(&text, "%s%s", index ? ", " : "",
			   json_string_value(problem));
	return err_set(err, ERR_PROTOCOL, "strict decoding error: %s",
		       text.base);
}

static int tell(struct call *call, const json_t *problems, struct err *err)
{
	const char *how = http_query(call->req, "fieldValidation");
	size_t index;
	json_t *problem;

	if (how && *how && !str_eq(how, "Strict") && !str_eq(how, "Warn") &&
	    !str_eq(how, "Ignore"))
		return err_set(err, ERR_INVALID,
			       "fieldValidation: Unsupported value: "
			       "\"%.40s\": supported values: \"Ignore\", "
			       "\"Strict\", \"Warn\"",
			       how);
	if (!json_array_size(problems) || (how && str_eq(how, "Ignore")))
		return 0;
	if (how && str_eq(how, "Strict"))
		return refuse(problems, err);
	json_array_foreach (problems, index, problem)
		if (index < MAX_WARNINGS)
			warn(call, json_string_value(problem));
	return 0;
}

/* The first of them is the message; all are in the details. */
static int fail(struct call *call, json_t *causes, struct err *err)
{
	const json_t *first = json_array_get(causes, 0);

	call->causes = json_incref(causes);
	return err_set(err, ERR_INVALID, "%s: %s", json_str_at(first, "field"),
		       json_str_at(first, "message"));
}

int call_prune(struct call *call, json_t *object, const json_t *duplicates,
	       struct err *err)
{
	const struct kind *kind = call->route.kind;
	AUTO_JSON json_t *unknown = json_array();
	AUTO_JSON json_t *problems = json_array();

	/* Of what the other path writes this one has no say. */
	if (kind->has_status && !call->route.status)
		json_object_del(object, "status");
	schema_prune(schema_of(call->api->schemas, kind), object, unknown);
	list_problems("unknown", unknown, problems);
	list_problems("duplicate", duplicates, problems);
	return tell(call, problems, err);
}

int call_check(struct call *call, json_t *object, const json_t *duplicates,
	       struct err *err)
{
	AUTO_JSON json_t *causes = json_array();

	if (call_prune(call, object, duplicates, err))
		return -1;
	metadata_check(object, causes);
	schema_check(schema_of(call->api->schemas, call->route.kind), object,
		     causes);
	return json_array_size(causes) ? fail(call, causes, err) : 0;
}
