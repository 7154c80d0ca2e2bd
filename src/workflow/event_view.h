/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_EVENT_VIEW_H
#define WORKFLOW_EVENT_VIEW_H

#include "base/json.h"
#include "store/store.h"

/*
 * What was seen, as core v1 Event objects, so that `kubectl describe` shows
 * it: each is of its Hardware, and `related` to the Workflow that ran. What
 * is of no machine that we know is in the namespace "default".
 *
 * Those of a namespace ("": of all), newest first; or the one `name` (NULL:
 * all).
 */
json_t *event_view_list(struct store *store, const char *namespace,
			const char *name, struct err *err) NODISCARD;

#endif
