/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_IPMI_OP_H
#define BMC_IPMI_OP_H

#include "base/clock.h"
#include "base/sm.h"
#include "bmc/ipmi_command.h"
#include "bmc/ipmi_sdr_wire.h"
#include "bmc/types.h"

/*
 * One operation on one IPMI BMC, as a machine: completion codes and bytes
 * in, commands out, one at a time. Pure. How a command gets to the BMC is
 * its pump's business, and so are logging in and cipher suites.
 *
 *	ipmi_op_init(&op, &request, now);
 *	while (ipmi_op_output(&op, &command))
 *		send(&command);
 *	...
 *	ipmi_op_release(&op);
 */

/* The sensors of a BMC, read once and kept by whoever has the BMC. */
struct ipmi_sensors {
	uint16_t records; /* these three: of the BMC's repository, as it was */
	uint32_t added;
	uint32_t erased;
	size_t n;
	struct ipmi_sdr *sdrs;
};

void ipmi_sensors_free(struct ipmi_sensors *sensors);

struct ipmi_walk_ops;

/* Where a walk of commands is. */
struct ipmi_walk {
	const struct ipmi_walk_ops *ops; /* NULL: no walk */
	unsigned stage;
	uint16_t id;
	uint16_t next;
	uint16_t reservation;
	size_t offset;
	size_t size;
	uint8_t chunk; /* bytes to read at once */
	uint8_t channel;
	unsigned n; /* steps that were taken, to have an end */
	unsigned anew;
	bool wrote;     /* the command that is out changes something */
	uint8_t *bytes; /* read so far; owned */
	struct ipmi_sensors *sensors; /* owned until it is handed over */
};
struct ipmi_op {
	struct sm sm;
	struct bmc_request request;
	struct bmc_result result;
	mono_ms deadline;
	struct ipmi_sensors **cache; /* the owner's; NULL: it keeps none */

	/* Private. */
	mono_ms wake; /* of a pause */
	unsigned after;
	bool ready;
	unsigned tries;
	unsigned polls;
	unsigned writes; /* sent, of the same thing */
	bool lost;
	bool seen_off;
	enum bmc_power_action action;
	struct ipmi_walk walk;
};

void ipmi_op_init(struct ipmi_op *op, const struct bmc_request *request,
		  mono_ms now);
/* Also of the report, when nobody has taken it. */
void ipmi_op_release(struct ipmi_op *op);
void ipmi_op_input(struct ipmi_op *op, mono_ms now,
		   const struct ipmi_response *response);
void ipmi_op_expire(struct ipmi_op *op, mono_ms now);
bool ipmi_op_output(struct ipmi_op *op, struct ipmi_command *out);
mono_ms ipmi_op_deadline(const struct ipmi_op *op);
bool ipmi_op_done(const struct ipmi_op *op);
/* NULL: it went well. */
const struct err *ipmi_op_error(const struct ipmi_op *op);

#endif
