/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_RPC_OP_H
#define BMC_RPC_OP_H

#include "base/sm.h"
#include "bmc/rpc_wire.h"

/*
 * One operation by a webhook: answers in, requests out. Pure; rpc.c pumps it.
 *
 * A change of power is looked at until it is there. What else is set can
 * only be acknowledged, for a webhook cannot be asked for it.
 */
struct rpc_op {
	struct sm sm;
	struct bmc_request request;
	struct bmc_result result;

	/* Private. */
	struct rpc_ask ask;
	bool ready; /* the request of this state waits to be taken */
	bool lost;  /* the answer to a change was */
	mono_ms deadline;
	mono_ms wake; /* of a pause between looks */
	unsigned looks;
};

void rpc_op_init(struct rpc_op *op, const struct bmc_request *request,
		 mono_ms now);
/* The request to make now; false: none. */
bool rpc_op_output(struct rpc_op *op, struct rpc_ask *out);
/* error NULL: it was answered, with this power where it was asked for. `sent`:
 * without an answer, the request may have got there. */
void rpc_op_input(struct rpc_op *op, mono_ms now, enum bmc_power power,
		  const struct err *error, bool sent);
void rpc_op_expire(struct rpc_op *op, mono_ms now);
mono_ms rpc_op_deadline(const struct rpc_op *op);
bool rpc_op_done(const struct rpc_op *op);

#endif
