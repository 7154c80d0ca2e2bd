/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_VERB_PLAN_H
#define CLI_VERB_PLAN_H

#include "base/json.h"

/*
 * What `tomte run` asks of a run, as a merge patch of its Workflow: verbs are
 * annotations, so that kubectl can use them as well.
 *
 *	kubectl annotate workflow w tomte.dev/cancel="wrong image"
 *	kubectl annotate workflow w tomte.dev/pause=true	(pause- resumes)
 *	kubectl annotate workflow w tomte.dev/rerun=image	("": all of it)
 */

/* `detail`: the reason of a cancel, the action of a rerun; NULL: none. A new
 * object, or NULL: there is no such verb. */
json_t *verb_patch(const char *verb, const char *detail);

/* What is said when it has been asked for. */
const char *verb_done(const char *verb);

#endif
