/* SPDX-License-Identifier: Apache-2.0 */
#include "store/kind.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"

const struct kind kinds[] = {
	{ TINKERBELL_GROUP, "v1alpha1", "Hardware", "hardware", "hardware",
	  "hw", .has_status = true },
	{ TINKERBELL_GROUP, "v1alpha1", "Template", "templates", "template",
	  "tpl", .has_status = true },
	{ TINKERBELL_GROUP, "v1alpha1", "Workflow", "workflows", "workflow",
	  "wf", .has_status = true },
	{ TINKERBELL_GROUP, "v1alpha1", "WorkflowRuleSet", "workflowrulesets",
	  "workflowruleset", "wrs", .has_status = true },
	{ BMC_GROUP, "v1alpha1", "Machine", "machines", "machine", NULL,
	  .has_status = true },
	{ BMC_GROUP, "v1alpha1", "Job", "jobs", "job", "j",
	  .has_status = true },
	{ BMC_GROUP, "v1alpha1", "Task", "tasks", "task", "t",
	  .has_status = true },
	{ TOMTE_GROUP, "v1alpha1", "Run", "runs", "run", NULL,
	  .virtual = true },
	{ TOMTE_GROUP, "v1alpha1", "Token", "tokens", "token", NULL,
	  .virtual = true, .cluster = true,
	  .verbs = "create delete deletecollection get list watch" },
	{ TOMTE_GROUP, "v1alpha1", "AuditRecord", "auditrecords", "auditrecord",
	  NULL, .virtual = true, .cluster = true,
	  .verbs = "deletecollection get list" },
	{ "", "v1", "Secret", "secrets", "secret", NULL, .has_status = false },
	{ "", "v1", "ConfigMap", "configmaps", "configmap", "cm",
	  .has_status = false },
	{ "", "v1", "Event", "events", "event", "ev", .virtual = true,
	  .mixed = true },
	{ "", "v1", "Namespace", "namespaces", "namespace", "ns",
	  .cluster = true },
	{ CRD_GROUP, "v1", "CustomResourceDefinition",
	  "customresourcedefinitions", "customresourcedefinition", "crd",
	  .virtual = true, .cluster = true },
	{ AUTHZ_GROUP, "v1", "SelfSubjectAccessReview",
	  "selfsubjectaccessreviews", "selfsubjectaccessreview", NULL,
	  .virtual = true, .cluster = true, .verbs = "create" },
	{ AUTHZ_GROUP, "v1", "SelfSubjectRulesReview",
	  "selfsubjectrulesreviews", "selfsubjectrulesreview", NULL,
	  .virtual = true, .cluster = true, .verbs = "create" },
	{ AUTHN_GROUP, "v1", "SelfSubjectReview", "selfsubjectreviews",
	  "selfsubjectreview", NULL, .virtual = true, .cluster = true,
	  .verbs = "create" },
};

const size_t n_kinds = ARRAY_LEN(kinds);

const struct kind *kind_find(const char *group, const char *kind)
{
	for (size_t i = 0; i < n_kinds; i++)
		if (str_eq(kinds[i].group, group) &&
		    str_eq(kinds[i].kind, kind))
			return &kinds[i];
	return NULL;
}

const struct kind *kind_by_plural(const char *group, const char *version,
				  const char *plural)
{
	for (size_t i = 0; i < n_kinds; i++)
		if (str_eq(kinds[i].group, group) &&
		    str_eq(kinds[i].version, version) &&
		    str_eq(kinds[i].plural, plural))
			return &kinds[i];
	return NULL;
}

const struct kind *kind_by_word(const char *word)
{
	for (size_t i = 0; i < n_kinds; i++)
		if (strcasecmp(word, kinds[i].kind) == 0 ||
		    strcasecmp(word, kinds[i].plural) == 0 ||
		    (kinds[i].short_name &&
		     strcasecmp(word, kinds[i].short_name) == 0))
			return &kinds[i];
	return NULL;
}

bool kind_is_custom(const struct kind *kind)
{
	return str_eq(kind->group, TINKERBELL_GROUP) ||
	       str_eq(kind->group, BMC_GROUP) ||
	       str_eq(kind->group, TOMTE_GROUP);
}

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (n == len && !memcmp(at, word, len))
			return true;
		at += n;
	}
	return false;
}

bool kind_has_verb(const struct kind *kind, const char *verb)
{
	if (kind->verbs)
		return has_word(kind->verbs, verb);
	return (kind->virtual && !kind->mixed)
		       ? has_word("get list watch", verb)
		       : has_word("create delete deletecollection get list "
				  "patch update watch",
				  verb);
}

void kind_api_version(const struct kind *kind, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s", kind->group, *kind->group ? "/" : "",
		 kind->version);
}
