/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_CRD_WIRE_H
#define API_CRD_WIRE_H

#include "api/schema_plan.h"

/*
 * Our schemas as CustomResourceDefinitions, for those who look kinds up
 * there: `kubectl get crd`, Terraform. For reading only. Pure.
 */

/* All, or the one of that name: a list. */
json_t *crd_list(const struct schemas *schemas, const char *name);

#endif
