/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines: what a worker calls itself, what it says of its machine, and the rule
 * sets. It gets a Workflow that can be stored, or the reason why not.
 */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "fuzz/fuzz.h"
#include "workflow/enrol_plan.h"

#define MAX_SETS 16

static json_t *take_line(const char **at, const char *end)
{
	const char *stop =
		*at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;
	size_t len = (size_t)((stop ? stop : end) - *at);
	const char *line = *at;
	struct err ignored;

	*at = stop ? stop + 1 : end;
	return json_parse(line, len, &ignored);
}

static void check_name(const char *agent)
{
	static const char *const prefixes[] = { "enrollment", "discovery" };
	char name[254];

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		enrol_name(name, sizeof(name), prefixes[i], agent);
		assert(str_starts(name, prefixes[i]));
		assert(str_is_dns_name(name, 253));
	}
}

static void check_plan(const struct enrol_subject *subject, json_t *sets)
{
	const json_t *list[MAX_SETS];
	char reason[ENROL_REASON] = "";
	size_t n = 0;
	size_t i;
	json_t *set;
	json_t *workflow;

	json_array_foreach (sets, i, set)
		if (n < MAX_SETS && json_is_object(set))
			list[n++] = set;
	workflow = enrol_plan(subject, list, n, reason);
	assert(workflow || *reason);
	assert(strlen(reason) < sizeof(reason));
	if (!workflow)
		return;
	assert(n && !subject->has_workflow);
	assert(str_is_dns_name(json_str_at(workflow, "metadata.name"), 253));
	assert(json_str_at(workflow, "metadata.namespace"));
	assert(json_str_at(workflow, "spec.templateRef"));
	json_decref(workflow);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *at = (const char *)bytes;
	const char *end = at + len;
	const char *line = len ? memchr(at, '\n', len) : NULL;
	size_t first = line ? (size_t)(line - at) : len;
	AUTO_FREE char *agent = xstrndup(at, first);
	AUTO_JSON json_t *attributes = NULL;
	AUTO_JSON json_t *sets = NULL;
	struct enrol_subject subject = { .agent = agent, .discovered = true };

	at += line ? first + 1 : first;
	attributes = take_line(&at, end);
	sets = take_line(&at, end);
	check_name(agent);
	if (!attributes)
		attributes = json_object();
	subject.attributes = attributes;
	check_plan(&subject, sets);
	subject.has_workflow = true;
	check_plan(&subject, sets);
	return 0;
}
