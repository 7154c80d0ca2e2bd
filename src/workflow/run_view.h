/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_RUN_VIEW_H
#define WORKFLOW_RUN_VIEW_H

#include "base/json.h"
#include "store/event.h"
#include "store/run.h"

/*
 * What people see of a run: the Run objects of the API (tomte.dev/v1alpha1),
 * made from rows when asked for and stored nowhere. `tomte watch`, `why` and
 * `report` read nothing else.
 */

/* One Run by its name, which is its Workflow's; or all of a namespace ("": of
 * all), then without events and hypotheses: what those of a list say of phases
 * and of what was seen last is from the newest events alone (event.h), so that
 * a machine that talks much does not make lists slow. Runs outlive their
 * Workflows. A list; empty when there is none of that name. */
json_t *run_view_list(struct store *store, const char *namespace,
		      const char *name, struct err *err) NODISCARD;

/* What DHCP heard of others while it heard nothing of the machine. */
enum run_segment { SEGMENT_UNKNOWN, SEGMENT_SILENT, SEGMENT_HEARD };

/* Pure: what the rows of one run say, without metadata. Where nothing was
 * heard of a machine that started, events of strangers are among its own. */
struct run_view {
	const struct run *run;
	const struct action *actions;
	size_t n_actions;
	const struct event *events;
	size_t n_events;
	enum run_segment segment;
	/* Of a run that is open; both may be unknown. */
	wall_ms heard_at;            /* of the worker whose turn it is */
	const struct intent *intent; /* what its BMC was told last */
	wall_ms now;
};

json_t *run_view_status(const struct run_view *view, bool with_events);

#endif
