/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_DESCRIBE_H
#define CLI_RENDER_DESCRIBE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

/*
 * An object in sections that people read, with what else is known of it.
 * Pure: the shell has fetched everything.
 *
 * Values of Secrets are never shown, neither is the annotation in which
 * kubectl keeps what was applied, as it has them too.
 */
struct describe {
	const json_t *object;
	const json_t *bmc;    /* of a Hardware its bmc Machine, or NULL */
	const json_t *run;    /* the Run of it, the newest; or NULL */
	const json_t *events; /* Event objects, the newest first; or NULL */
	wall_ms now;
	bool colour;
};

void render_describe(struct buf *out, const struct describe *describe);

#endif
