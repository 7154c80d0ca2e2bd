/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_LABEL_PLAN_H
#define CLI_LABEL_PLAN_H

#include "base/json.h"

/*
 * Labels and annotations as people change them. Pure.
 *
 *	tomte label hw rack=r12 owner=jo broken-
 *
 * The first word means objects, whatever it has in it; of those that follow
 * KEY=VALUE sets and KEY- takes away, all others mean objects too.
 */

/* The words sorted: `names` (a new list), and `changes`, an object with null
 * for what goes. */
int label_plan_words(char *const *words, size_t n_words, json_t **names,
		     json_t **changes, struct err *err) NODISCARD;

/*
 * The merge patch for an object; field is "labels" or "annotations". Without
 * members: it is so already. ERR_EXISTS: one has another value, which only
 * `overwrite` changes.
 */
json_t *label_plan_patch(const json_t *object, const char *field,
			 const json_t *changes, bool overwrite,
			 struct err *err) NODISCARD;

#endif
