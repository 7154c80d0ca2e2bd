/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_METADATA_PLAN_H
#define API_METADATA_PLAN_H

#include "base/json.h"

/*
 * What Kubernetes wants of metadata beyond its structure: how labels,
 * annotations and finalizers are spelt, and how big all annotations are.
 * Appends the causes of a Status. Pure.
 */
void metadata_check(const json_t *object, json_t *causes);

#endif
