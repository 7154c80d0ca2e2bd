/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_COLDPLUG_H
#define WORKER_COLDPLUG_H

/*
 * Loads the drivers of the devices that are there.
 *
 * A bus driver makes new devices appear, so the tree is walked until nothing
 * new is found. Network cards come first: the server can be talked to while
 * the disks are still being looked for.
 */
struct coldplug;

struct coldplug *coldplug_new(void);
void coldplug_free(struct coldplug *coldplug);

enum coldplug_kind { COLDPLUG_NETWORK, COLDPLUG_ALL };

/* How many modules it loaded. */
int coldplug_load(struct coldplug *coldplug, enum coldplug_kind kind);

/* One module with what it needs, by name. */
void coldplug_load_module(struct coldplug *coldplug, const char *name);

#endif
