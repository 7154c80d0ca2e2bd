/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_STRATEGIC_PLAN_H
#define API_STRATEGIC_PLAN_H

#include "base/json.h"

/*
 * Strategic merge patch, which kubectl sends for the core kinds. Pure.
 *
 * A merge patch, but for lists that have a strategy: ownerReferences by uid,
 * finalizers as a set. Directives: $patch (replace, delete, merge),
 * $retainKeys, $deleteFromPrimitiveList/NAME, $setElementOrder/NAME; the
 * latter is passed over, the order of those lists means nothing.
 *
 * A new value. ERR_PROTOCOL: a directive that is none.
 */
json_t *strategic_merge(const json_t *target, const json_t *patch,
			struct err *err) NODISCARD;

#endif
