/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_DIFF_PLAN_H
#define CLI_DIFF_PLAN_H

#include "base/buf.h"
#include "base/json.h"

/*
 * What differs between an object as it is and as it would be, for people.
 * Pure. A line for each value, below the object's own line:
 *
 *	    spec.disks[0].device: /dev/sda -> /dev/vda
 *	  + spec.interfaces[1].dhcp.mac: 52:54:00:00:00:02
 *	  - metadata.labels[tomte.dev/unit]: 7
 *
 * What the server writes by itself (versions, times, status, the copy of
 * what was applied) is no difference. The values of a Secret are never
 * shown, only which of them.
 */

/* Returns how many lines were added. */
size_t diff_render(struct buf *out, const json_t *before, const json_t *after);

/* An object as a file would have it: without what the server wrote. */
json_t *diff_bare(const json_t *object);

#endif
