/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include "boot/boot_http.h"
#include "boot/dhcp.h"
#include "boot/tftp.h"
#include "daemon/exec.h"
#include "daemon/facts.h"
#include "daemon/overhear.h"
#include "workflow/engine.h"
#include "workflow/worker_http.h"

/*
 * What all parts have counted, in Prometheus' text format. Whose counters
 * they are is said by the headers of the parts.
 */
struct metrics {
	const struct loop *loop;
	struct store *store;
	const char *state; /* the inventory's folder */
	const struct facts *facts;
	const struct engine *engine;
	struct exec *exec;
	const struct worker_http *workers;
	const struct overhear *overhear;
	const struct boot_http *boot;
	const struct discovery *discovery; /* NULL: it is off */
	const struct dhcp *dhcp;           /* NULL: it is off */
	const struct tftp *tftp;           /* NULL: it is off */
	struct {
		const char *name;
		const struct http_server *server;
	} listeners[3];
};

void metrics_render(const struct metrics *metrics, struct buf *out);

#endif
