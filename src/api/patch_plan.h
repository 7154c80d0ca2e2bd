/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_PATCH_PLAN_H
#define API_PATCH_PLAN_H

#include "base/json.h"

/*
 * Patches of objects: merge patch (RFC 7396) and JSON patch (RFC 6902). Pure.
 *
 * Both give a new value and leave the target as it was.
 */
enum patch_type {
	PATCH_MERGE,
	PATCH_JSON,
	PATCH_STRATEGIC, /* merge patch without directives ($patch) */
	PATCH_APPLY,     /* server-side apply */
	PATCH_UNKNOWN,
};

/* By the media type, its parameters aside; NULL is unknown. */
enum patch_type patch_type_of(const char *content_type);

/*
 * ERR_PROTOCOL: no patch at all. ERR_INVALID: it does not fit the target, or
 * its test failed. ERR_TOO_BIG: over the bounds of operations and nesting.
 */
json_t *patch_apply(enum patch_type type, const json_t *target,
		    const json_t *patch, struct err *err) NODISCARD;

#endif
