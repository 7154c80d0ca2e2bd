/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_REFERENCE_H
#define WORKFLOW_REFERENCE_H

#include "base/json.h"
#include "store/store.h"
#include "workflow/reference_plan.h"

/*
 * The objects that a Hardware refers to (spec.references), by the names that
 * it gives them, with the values of Secrets in them (base64, as Kubernetes
 * has them). What the rules deny, or what is not there, is left out, and
 * `problem` says so: it is one only if a template asks for it. A new object.
 */
json_t *reference_resolve(struct store *store,
			  const struct reference_rules *rules,
			  const json_t *hardware,
			  struct err *problem) NODISCARD;

#endif
