/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_APPLIED_PLAN_H
#define STORE_APPLIED_PLAN_H

#include "base/json.h"

/*
 * kubectl keeps all that was applied in an annotation of the object, so that
 * the next apply can tell what was taken out: of a Secret, the values too.
 * Pure.
 *
 * It is kept with its keys and without its values, and gets those back that
 * are stored when somebody sees it who may see values: then kubectl finds
 * what it wrote.
 */
#define APPLIED_ANNOTATION "kubectl.kubernetes.io/last-applied-configuration"

/* NULL: it is no Secret that could be understood, and must not be kept. The
 * caller frees. */
char *applied_blank(const char *text);
/* values: {key: base64}. NULL: it could not be understood. */
char *applied_fill(const char *text, const json_t *values);

#endif
