/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_POLL_H
#define DAEMON_POLL_H

#include "base/loop.h"
#include "daemon/exec.h"

/*
 * Looks at each BMC that there is a bmc Machine of now and then, behind all
 * that anybody wants of it: whether it answers, and whether its machine is
 * on. What has changed is written into the Machine's status, and that it can
 * be spoken to, or not any more, into the events of its Hardware.
 *
 * BMCs are spread over the interval by their names, so that there are always
 * as many; those of a second are asked at once. One that gives no answer is
 * asked when the core would try it. Another value of the annotation
 * tomte.dev/bmc-thaw on a Machine, or another spec, makes it worth a try at
 * once.
 */
struct poll;

/* 0 seconds: nobody is asked by itself; Machines are followed all the same,
 * so that those that are gone are logged out of. */
struct poll *poll_new(struct loop *loop, struct store *store, struct exec *exec,
		      uint32_t seconds);
void poll_free(struct poll *poll);

/* Before the first turn: all the Machines that there are. */
int poll_start(struct poll *poll, struct err *err) NODISCARD;
/* After each commit. */
void poll_published(struct poll *poll);

#endif
