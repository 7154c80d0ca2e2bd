/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_APPLY_PLAN_H
#define CLI_APPLY_PLAN_H

#include "base/json.h"

/*
 * What has to be sent so that the server has what a file says. Pure.
 *
 * As kubectl does it, what was applied is kept in an annotation (the same
 * one, so that both can be used on one object): a key that was in the file
 * before and is not any more is taken away; a key that was never in it (a
 * label of somebody else, what a controller wrote) stays.
 */
enum apply_drift {
	APPLY_RESTORE, /* what differs from the file is written back */
	APPLY_KEEP,    /* only what the file changed is written: what the
			  engine toggles in a run stays */
};

/* A copy with the annotation; of a Secret without, as its values would
 * stand in it. */
json_t *apply_annotated(const json_t *wanted);

/* The merge patch from `current` to `wanted` (as apply_annotated gave it);
 * an object without members: nothing to send. */
json_t *apply_patch(const json_t *current, const json_t *wanted,
		    enum apply_drift drift);

#endif
