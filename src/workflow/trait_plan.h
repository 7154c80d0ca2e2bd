/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_TRAIT_PLAN_H
#define WORKFLOW_TRAIT_PLAN_H

#include <stdbool.h>

#include "base/json.h"

/*
 * What the server has to know of an action beside its text, by the name of
 * its image: quay.io/tinkerbell/actions/image2disk:latest is image2disk.
 *
 * Delivery. An action that was under way when its machine restarted is handed
 * out once more only when beginning anew does no harm ("at-least-once"):
 * those that write the same bytes to the same place. What runs a command may
 * have done anything by then, so it ends with a cause ("exactly-once"),
 * unless the template says `idempotent: true` or has retries left for it. One
 * that has ended is never handed out again.
 */
struct trait {
	bool repeatable;
	bool imaging;       /* loads server and network: is paced */
	bool built_in;      /* the worker has it; all else would fail */
	const char *leaves; /* how the machine goes away by it; "": it stays */
	const char *needs;  /* variables that have to be set, with blanks */
};

/* For people who expected something else. */
#define TRAIT_BUILT_IN                                                         \
	"image2disk, writefile, cexec, reboot, poweroff, kexec, or a "         \
	"waitdaemon that restarts the machine"

/* `document` has args and env. */
void trait_find(const char *image, const json_t *document, struct trait *trait);

#endif
