/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_REFERENCE_PLAN_H
#define WORKFLOW_REFERENCE_PLAN_H

#include <stdbool.h>

#include "base/json.h"

/*
 * Which objects a Hardware's spec.references may show to templates.
 *
 * A rule is a pattern over who refers and to what. Fields that it leaves out
 * may be anything; a field is a list of alternatives, each an exact value or
 * {"wildcard": "rack-*"}:
 *
 *	{"source": {"namespace": ["default"]},
 *	 "reference": {"resource": ["secrets"], "name": [{"wildcard": "os-*"}]}}
 *
 * What a rule of `allow` fits is allowed; else what a rule of `deny` fits is
 * not. Without any `deny` all is denied.
 */
struct reference_rules;

/* Each is a rule, a list of rules, a text that holds either, or NULL. */
struct reference_rules *reference_rules_new(const json_t *allow,
					    const json_t *deny,
					    struct err *err) NODISCARD;
void reference_rules_free(struct reference_rules *rules);

/* `source` has name and namespace, `reference` group, version, resource,
 * namespace and name. rules NULL: all is denied. */
bool reference_allowed(const struct reference_rules *rules,
		       const json_t *source, const json_t *reference);

#endif
