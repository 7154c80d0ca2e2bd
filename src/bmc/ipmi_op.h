/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_IPMI_OP_H
#define BMC_IPMI_OP_H

#include "base/clock.h"
#include "base/sm.h"
#include "bmc/ipmi_command.h"
#include "bmc/types.h"

/*
 * One operation on one IPMI BMC, as a machine: completion codes and bytes
 * in, commands out, one at a time. Pure. How a command gets to the BMC is
 * its pump's business, and so are logging in and cipher suites.
 *
 *	ipmi_op_init(&op, &request, now);
 *	while (ipmi_op_output(&op, &command))
 *		send(&command);
 */
struct ipmi_op {
	struct sm sm;
	struct bmc_request request;
	struct bmc_result result;
	mono_ms deadline;

	/* Private. */
	mono_ms wake; /* of a pause */
	unsigned after;
	bool ready;
	unsigned tries;
	unsigned polls;
	bool lost;
	bool seen_off;
	enum bmc_power_action action;
};

void ipmi_op_init(struct ipmi_op *op, const struct bmc_request *request,
		  mono_ms now);
void ipmi_op_input(struct ipmi_op *op, mono_ms now,
		   const struct ipmi_response *response);
void ipmi_op_expire(struct ipmi_op *op, mono_ms now);
bool ipmi_op_output(struct ipmi_op *op, struct ipmi_command *out);
mono_ms ipmi_op_deadline(const struct ipmi_op *op);
bool ipmi_op_done(const struct ipmi_op *op);
/* NULL: it went well. */
const struct err *ipmi_op_error(const struct ipmi_op *op);

#endif
