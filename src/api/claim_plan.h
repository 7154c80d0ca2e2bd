/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_CLAIM_PLAN_H
#define API_CLAIM_PLAN_H

#include "base/json.h"

/*
 * Who has a Hardware: the labels v1alpha1.tinkerbell.org/ownerName and
 * ownerNamespace, which Cluster API Provider Tinkerbell sets by a merge patch
 * without a version. Two of its machines that chose the same free Hardware at
 * the same time would both take it. Pure.
 *
 * ERR_CONFLICT: it has an owner, and would get another one. Letting go, and
 * saying once more that one has it, is fine.
 */
int claim_check(const json_t *before, const json_t *after,
		struct err *err) NODISCARD;

#endif
