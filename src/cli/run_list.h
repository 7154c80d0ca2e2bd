/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RUN_LIST_H
#define CLI_RUN_LIST_H

#include "cli/command.h"

/*
 * Which runs are meant. `tomte provision` gives the Workflows that it makes
 * for many machines one label, and that name means all of them.
 */
#define RUN_LABEL "tomte.dev/run"

/* Every Run of the namespace. A new list, or NULL. */
json_t *run_list_all(struct cli *cli, struct err *err) NODISCARD;

/* Those of this name: by label, the one Run (Workflow) that is called so, or
 * the newest of that machine; of a range or conditions the newest of each of
 * these machines. ERR_NOT_FOUND when there are none. */
json_t *run_list_named(struct cli *cli, const char *name,
		       struct err *err) NODISCARD;

/* The newest Run of a machine; NULL and ERR_NOT_FOUND: it had none. */
json_t *run_list_newest(struct cli *cli, const char *machine,
			struct err *err) NODISCARD;

/* The same of a list that is there; borrowed, NULL: it had none. */
json_t *run_list_newest_of(const json_t *runs, const char *machine);

/* One with its events. */
json_t *run_list_one(struct cli *cli, const char *name,
		     struct err *err) NODISCARD;

#endif
