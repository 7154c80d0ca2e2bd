/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_DRIVER_H
#define BMC_DRIVER_H

#include "base/loop.h"
#include "bmc/quirk_plan.h"
#include "bmc/types.h"

/*
 * What a driver is: a way to speak to BMCs of one protocol.
 *
 * The core (bmc.c) owns one driver state for each driver in use and, in it,
 * one endpoint for each BMC. It never has two operations of one endpoint
 * under way, keeps under max_running altogether, and decides about retries:
 * a driver makes one honest try. One try includes what the protocol needs to
 * be sure of its result (a login, busy answers, the read-back of a write),
 * and ends by the deadline of the request.
 *
 * An operation that fails before anything that changes something has left
 * says sent = false, for it may be tried again then. With the result goes the
 * report in it: who is told owns it.
 */
typedef void (*bmc_driver_fn)(void *arg, const struct bmc_result *result);

/* Consoles, for a driver that has them. See bmc.h. */
struct bmc_console_ops;

struct bmc_console_driver {
	/* The target is copied. */
	void *(*open)(void *state, const struct bmc_target *target, bool take,
		      const struct bmc_console_ops *ops, void *arg);
	size_t (*write)(void *console, const void *bytes, size_t n);
	/* In the background; the pointer is gone, and nobody is called. */
	void (*close)(void *console);
};

struct bmc_driver {
	const char *name;
	size_t max_running;
	/* Of those from BMC_NMI on, a bit (1 << op) for each that it can. All
	 * drivers can the others, or say themselves that they cannot. */
	uint32_t more_ops;
	/* It can boot by HTTP. */
	bool http_boot;

	/* The state that endpoints share (sockets, a scratch directory). */
	void *(*open)(struct loop *loop);
	/* Drops whatever is left, also endpoints that are still closing. */
	void (*free)(void *state);
	/* Nothing is left of endpoints that were closed. */
	bool (*idle)(const void *state);

	/* No I/O. The target is copied. */
	void *(*endpoint_new)(void *state, const struct bmc_target *target);
	/* `done` comes exactly once, maybe from inside of start. */
	void (*start)(void *endpoint, const struct bmc_request *request,
		      bmc_driver_fn done, void *arg);
	/* Ends what is under way without a callback. */
	void (*cancel)(void *endpoint);
	/* Only when nothing is under way. Logs out in the background; the
	 * pointer is gone. */
	void (*endpoint_close)(void *endpoint);

	const struct bmc_console_driver *console; /* NULL: it has none */

	/* These three may be NULL. */

	/* What is known of firmware; outlives the state. */
	void (*set_quirks)(void *state, const struct quirk_table *quirks);
	/* Between operations: a text of what was learnt of the BMC since it
	 * was last asked for, NULL: nothing. The caller wipes and frees it, for
	 * there may be a token in it. */
	char *(*learnt)(void *endpoint);
	/* Before the first operation: such a text; NULL: there is none, but
	 * the next ones will be kept. */
	void (*recall)(void *endpoint, const char *text);
};

extern const struct bmc_driver redfish_driver;
extern const struct bmc_driver ipmi_driver;
extern const struct bmc_driver ipmitool_driver;
extern const struct bmc_driver rpc_driver;

#endif
