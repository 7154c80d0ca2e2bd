/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_APPLY_PLAN_H
#define API_APPLY_PLAN_H

#include "api/schema_plan.h"

/*
 * Server-side apply. Pure.
 *
 * A manager says which fields it wants; what it said is kept with the object
 * (metadata.managedFields, in the form FieldsV1), so that a field that it no
 * longer says goes, and a field that another manager said too is a conflict
 * when they differ. Only those who apply are managers here: whoever updates
 * or patches owns nothing and conflicts with nobody.
 *
 *	{"f:spec":{"f:disks":{},"f:auto":{"f:enrollmentEnabled":{}}}}
 *
 * Lists are one value, except where the schema says that they are sets
 * ("v:\"a\"") or have a key ("k:{\"uid\":\"...\"}").
 */
struct apply {
	const char *manager;
	const char *subresource; /* "": none */
	const char *api_version;
	const char *now; /* RFC 3339 */
	bool force;      /* take conflicting fields over */
};

/*
 * What becomes of `live` (NULL: there is none) when `config` is applied. A
 * new value; it is equal to live when nothing changes.
 * ERR_CONFLICT: `conflicts` has got the causes of a Status.
 */
json_t *apply_merge(const struct schema *schema, const json_t *live,
		    const json_t *config, const struct apply *apply,
		    json_t *conflicts, struct err *err) NODISCARD;

#endif
