/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/resource.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/str.h"
#include "cli/suggest.h"

#define TINKERBELL "tinkerbell.org"
#define BMC        "bmc.tinkerbell.org"
#define TOMTE      "tomte.dev"

const struct resource resource_hardware = { TINKERBELL, "v1alpha1", "Hardware",
					    "hardware", "hw" };
const struct resource resource_template = { TINKERBELL, "v1alpha1", "Template",
					    "templates", "tpl" };
const struct resource resource_workflow = { TINKERBELL, "v1alpha1", "Workflow",
					    "workflows", "wf" };
const struct resource resource_machine = { BMC, "v1alpha1", "Machine",
					   "machines", NULL };
const struct resource resource_job = { BMC, "v1alpha1", "Job", "jobs", "j" };
const struct resource resource_run = { TOMTE, "v1alpha1", "Run", "runs", NULL };
const struct resource resource_token = { TOMTE, "v1alpha1", "Token", "tokens",
					 NULL };
const struct resource resource_audit_record = { TOMTE, "v1alpha1",
						"AuditRecord", "auditrecords",
						NULL };
const struct resource resource_namespace = { "", "v1", "Namespace",
					     "namespaces", "ns" };
const struct resource resource_event = { "", "v1", "Event", "events", "ev" };
const struct resource resource_secret = { "", "v1", "Secret", "secrets", NULL };

static const struct resource rule_set = { TINKERBELL, "v1alpha1",
					  "WorkflowRuleSet", "workflowrulesets",
					  "wrs" };
static const struct resource task = { BMC, "v1alpha1", "Task", "tasks", "t" };

static const struct resource config_map = { "", "v1", "ConfigMap", "configmaps",
					    "cm" };

static const struct resource *const resources[] = {
	&resource_hardware,
	&resource_template,
	&resource_workflow,
	&rule_set,
	&resource_machine,
	&resource_job,
	&task,
	&resource_run,
	&resource_secret,
	&config_map,
	&resource_event,
	&resource_token,
	&resource_audit_record,
	&resource_namespace,
};

const struct resource *resource_at(size_t i)
{
	return i < ARRAY_LEN(resources) ? resources[i] : NULL;
}

static bool is_plural(const struct resource *resource, const char *word)
{
	size_t len = strlen(resource->plural);

	if (strncmp(word, resource->plural, len) != 0)
		return false;
	return !word[len] ||
	       (word[len] == '.' && str_eq(word + len + 1, resource->group));
}

const struct resource *resource_by_word(const char *word, struct err *err)
{
	const char *names[2 * ARRAY_LEN(resources)];
	AUTO_FREE char *lower = xstrdup(word);
	const char *guess;

	for (char *c = lower; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	for (size_t i = 0; i < ARRAY_LEN(resources); i++) {
		const struct resource *r = resources[i];

		if (strcasecmp(word, r->kind) == 0 || is_plural(r, lower))
			return r;
		if (r->short_name && str_eq(lower, r->short_name))
			return r;
		names[2 * i] = r->plural;
		names[2 * i + 1] = r->short_name;
	}
	guess = suggest(lower, names, ARRAY_LEN(names));
	if (guess)
		err_set(err, ERR_INVALID, "no kind %s%s%s%s", word,
			SUGGEST_ARGS(guess));
	else
		err_set(err, ERR_INVALID,
			"no kind %s; `tomte help get` lists them", word);
	return NULL;
}

static int split_one(const char *word, const struct resource **resource,
		     json_t *names, struct err *err)
{
	const char *slash = strchr(word, '/');
	AUTO_FREE char *kind =
		slash ? xstrndup(word, (size_t)(slash - word)) : NULL;
	const struct resource *found;

	if (!slash || !slash[1])
		return err_set(err, ERR_INVALID, "%s: expected KIND/NAME",
			       word);
	found = resource_by_word(kind, err);
	if (!found)
		return -1;
	if (*resource && *resource != found)
		return err_set(err, ERR_INVALID,
			       "%s: expected %s, one kind at a time", word,
			       (*resource)->plural);
	*resource = found;
	json_array_append_new(names, json_string(slash + 1));
	return 0;
}

int resource_split(char *const *words, size_t n_words,
		   const struct resource **resource, json_t **names,
		   struct err *err)
{
	AUTO_JSON json_t *list = json_array();
	bool slashes = n_words && strchr(words[0], '/');

	*resource = NULL;
	for (size_t i = 0; i < n_words; i++) {
		if (slashes && split_one(words[i], resource, list, err))
			return -1;
		if (!slashes && i)
			json_array_append_new(list, json_string(words[i]));
	}
	if (!slashes)
		*resource = resource_by_word(n_words ? words[0] : "", err);
	if (!*resource)
		return -1;
	*names = json_incref(list);
	return 0;
}

const struct resource *resource_of(const json_t *object, struct err *err)
{
	const char *version = json_str_at(object, "apiVersion");
	const char *kind = json_str_at(object, "kind");
	const char *names[ARRAY_LEN(resources)];
	const char *guess;

	if (!version || !kind) {
		err_set(err, ERR_INVALID,
			"%s missing: expected an object "
			"with apiVersion and kind",
			version ? "kind" : "apiVersion");
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_LEN(resources); i++) {
		const struct resource *r = resources[i];
		AUTO_FREE char *full =
			*r->group ? xasprintf("%s/%s", r->group, r->version)
				  : xstrdup(r->version);

		if (str_eq(full, version) && str_eq(r->kind, kind))
			return r;
		names[i] = r->kind;
	}
	guess = suggest(kind, names, ARRAY_LEN(names));
	err_set(err, ERR_INVALID, "no kind %s in %s%s%s%s", kind, version,
		SUGGEST_ARGS(guess && !str_eq(guess, kind) ? guess : NULL));
	return NULL;
}

char *resource_escape(const char *text)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);

	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (isalnum(byte) || strchr("-._~", byte))
			buf_addc(&out, *text);
		else
			buf_printf(&out, "%%%02X", byte);
	}
	return buf_take(&out);
}

static bool in_none(const struct resource *resource)
{
	return resource == &resource_token ||
	       resource == &resource_audit_record ||
	       resource == &resource_namespace;
}

char *resource_path(const struct resource *resource, const char *namespace,
		    const char *name, const char *query)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);
	AUTO_FREE char *ns = namespace && !in_none(resource)
				     ? resource_escape(namespace)
				     : NULL;

	if (*resource->group)
		buf_printf(&out, "/apis/%s/%s", resource->group,
			   resource->version);
	else
		buf_printf(&out, "/api/%s", resource->version);
	if (ns)
		buf_printf(&out, "/namespaces/%s", ns);
	buf_printf(&out, "/%s", resource->plural);
	if (name) {
		AUTO_FREE char *escaped = resource_escape(name);

		buf_printf(&out, "/%s", escaped);
	}
	if (query && *query)
		buf_printf(&out, "?%s", query);
	return buf_take(&out);
}
