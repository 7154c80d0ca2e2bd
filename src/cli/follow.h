/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include "base/clock.h"
#include "cli/command.h"

/*
 * A watch that goes on. The server ends each after half an hour or so, and may
 * be started anew meanwhile: then it is asked for what came since. What it has
 * forgotten is missing, which is said on standard error.
 *
 * Of Events the server sends all that it has when it cannot tell what is new:
 * those that were seen are passed over here. So release it in the end.
 */
struct follow {
	struct cli *cli;
	bool table;
	bool events;                                   /* that is of Events */
	bool (*seen)(void *arg, const json_t *change); /* false: enough */
	char *(*path)(void *arg, const char *query);   /* of the collection */
	void *arg;
	/* Private. */
	char version[32];
	json_t *known[2]; /* Events that were seen; the older ones */
	mono_ms away;     /* since when the server is; 0: it is there */
	enum err_code failed;
	char message[256]; /* of what failed */
	bool enough;
};

void follow_release(struct follow *follow);

/* Of Events: false: it was seen already. */
bool follow_is_new(struct follow *follow, const json_t *event);

/* From `version`, that of a list. Returns an exit code, or -1 with *err. */
int follow_run(struct follow *follow, const char *version,
	       struct err *err) NODISCARD;

#endif
