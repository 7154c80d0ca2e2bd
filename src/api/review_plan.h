/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_REVIEW_PLAN_H
#define API_REVIEW_PLAN_H

#include "api/access_plan.h"

/*
 * Reviews, by which clients ask who they are and what they may: `kubectl auth
 * whoami`, `kubectl auth can-i`. Pure; the request is JSON, whatever form it
 * was sent in.
 */
bool review_is_kind(const struct kind *kind);

/* The question with its answer as status. ERR_INVALID: it asks nothing. */
json_t *review_answer(const struct access_who *who, const struct kind *kind,
		      const json_t *question, struct err *err) NODISCARD;

#endif
