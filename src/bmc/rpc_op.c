/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/rpc_op.h"

#include <string.h>

#include "base/str.h"

/*
 *	LOOK --it is not so yet--> CHANGE --done, or lost--> AGAIN <--> PAUSE
 *	  |                          |                         |
 *	  +---- it is so ------------+---- nothing to look at -+--> DONE
 *
 *	and FAILED from each of them. In doubt, LOOK <--> PAUSE comes first.
 */
enum { LOOK, CHANGE, AGAIN, PAUSE, DONE, FAILED };

static const struct sm_state states[] = {
	[LOOK] = { "look",
		   SM_TO(CHANGE) | SM_TO(PAUSE) | SM_TO(DONE) | SM_TO(FAILED) },
	[CHANGE] = { "change", SM_TO(AGAIN) | SM_TO(DONE) | SM_TO(FAILED) },
	[AGAIN] = { "again", SM_TO(PAUSE) | SM_TO(DONE) | SM_TO(FAILED) },
	[PAUSE] = { "pause", SM_TO(LOOK) | SM_TO(AGAIN) | SM_TO(FAILED) },
	[DONE] = { "done", 0 },
	[FAILED] = { "failed", 0 },
};

static void look(struct rpc_op *op)
{
	op->ask = (struct rpc_ask){ .method = RPC_POWER_GET };
	op->ready = true;
}

static void change(struct rpc_op *op)
{
	static const enum rpc_method methods[BMC_N_OPS] = {
		[BMC_POWER_SET] = RPC_POWER_SET,
		[BMC_BOOT_SET] = RPC_BOOT_SET,
		[BMC_MEDIA_INSERT] = RPC_MEDIA_SET,
		[BMC_MEDIA_EJECT] = RPC_MEDIA_SET,
	};
	const struct bmc_request *request = &op->request;

	op->ask = (struct rpc_ask){
		.method = methods[request->op],
		.action = bmc_action_for(request->action, op->result.power),
		.boot = request->boot,
		.media = request->op == BMC_MEDIA_INSERT ? request->media : "",
	};
	op->ready = true;
}

static void fail(struct rpc_op *op)
{
	op->ready = false;
	sm_move(&op->sm, FAILED);
}

static int refuse(struct rpc_op *op, const char *what)
{
	return err_set(&op->result.err, ERR_UNSUPPORTED, "a webhook cannot %s",
		       what);
}

/* What there is a method for. */
static int check(struct rpc_op *op)
{
	const struct bmc_request *request = &op->request;

	switch (request->op) {
	case BMC_PROBE:
	case BMC_POWER_GET:
	case BMC_MEDIA_INSERT:
	case BMC_MEDIA_EJECT:
		return 0;
	case BMC_POWER_SET:
		if (request->action == BMC_ACTION_SOFT)
			return refuse(op, "ask the system to shut down");
		if (request->action == BMC_ACTION_RESET)
			return refuse(op, "reset: cycle does it");
		return 0;
	case BMC_BOOT_SET:
		if (request->boot.device == BMC_BOOT_OTHER ||
		    request->boot.device == BMC_BOOT_HTTP ||
		    request->boot.device == BMC_BOOT_NONE)
			return refuse(op, "set that boot device");
		return 0;
	default:
		return refuse(op, bmc_op_name(request->op));
	}
}

static bool begins_with_a_look(const struct rpc_op *op)
{
	return !bmc_op_writes(op->request.op) ||
	       op->request.op == BMC_POWER_SET;
}

void rpc_op_init(struct rpc_op *op, const struct bmc_request *request,
		 mono_ms now)
{
	memset(op, 0, sizeof(*op));
	op->request = *request;
	op->deadline = now + bmc_op_timeout_ms(request);
	op->wake = MONO_NEVER;
	sm_init(&op->sm, states, ARRAY_LEN(states),
		begins_with_a_look(op) ? LOOK : CHANGE);
	if (check(op))
		fail(op);
	else if (op->sm.state == LOOK)
		look(op);
	else
		change(op);
}

bool rpc_op_output(struct rpc_op *op, struct rpc_ask *out)
{
	if (!op->ready)
		return false;
	op->ready = false;
	*out = op->ask;
	return true;
}

/* It is as it was wanted, by a look (or not to be looked at). */
static void finish(struct rpc_op *op, bool changed, bool verified)
{
	op->result.changed = changed;
	op->result.verified = verified;
	sm_move(&op->sm, DONE);
}

static void pause_for_look(struct rpc_op *op, mono_ms now)
{
	sm_move(&op->sm, PAUSE);
	op->wake = now + bmc_poll_ms(op->looks++);
}

static void on_look(struct rpc_op *op, mono_ms now, enum bmc_power power)
{
	op->result.power = power;
	if (op->request.op != BMC_POWER_SET) {
		finish(op, false, true);
		return;
	}
	if (bmc_action_needless(op->request.action, power)) {
		finish(op, false, true);
		return;
	}
	if (bmc_in_doubt(&op->request, op->looks)) {
		pause_for_look(op, now);
		return;
	}
	sm_move(&op->sm, CHANGE);
	change(op);
}

/* A cycle that is lost may have been or not: power is on either way. */
static bool cannot_tell(const struct rpc_op *op)
{
	return op->lost && op->ask.method == RPC_POWER_SET &&
	       op->ask.action == BMC_ACTION_CYCLE;
}

static void outcome_unknown(struct rpc_op *op, const struct err *cause)
{
	struct err kept = *cause;

	err_set(&op->result.err, ERR_OUTCOME,
		"no word of what became of it: %.200s", kept.message);
	fail(op);
}

static void on_change(struct rpc_op *op, const struct err *error, bool sent)
{
	op->result.sent = !error || sent;
	op->lost = error && sent && error->code != ERR_PROTOCOL &&
		   error->code != ERR_AUTH;
	if (error && (cannot_tell(op) ||
		      (op->lost && op->request.op != BMC_POWER_SET))) {
		outcome_unknown(op, error);
		return;
	}
	if (error && !op->lost) {
		op->result.err = *error;
		fail(op);
		return;
	}
	if (op->request.op != BMC_POWER_SET) {
		finish(op, true, false);
		return;
	}
	if (error)
		op->result.err = *error; /* until a look says otherwise */
	sm_move(&op->sm, AGAIN);
	look(op);
}

static void on_again(struct rpc_op *op, mono_ms now, enum bmc_power power)
{
	op->result.power = power;
	if (power == bmc_action_goal(op->request.action)) {
		op->result.err = (struct err){ .code = ERR_NONE };
		finish(op, true, true);
		return;
	}
	pause_for_look(op, now);
}

void rpc_op_input(struct rpc_op *op, mono_ms now, enum bmc_power power,
		  const struct err *error, bool sent)
{
	switch (op->sm.state) {
	case LOOK:
		if (!error) {
			on_look(op, now, power);
			return;
		}
		op->result.err = *error;
		fail(op);
		break;
	case CHANGE:
		on_change(op, error, sent);
		break;
	case AGAIN:
		/* A look that fails is made again until the deadline. */
		on_again(op, now, error ? BMC_POWER_UNKNOWN : power);
		break;
	default:
		break; /* too late */
	}
}

static void out_of_time(struct rpc_op *op)
{
	struct err cause = op->result.err;

	switch (op->sm.state) {
	case AGAIN:
	case PAUSE:
		if (!op->result.sent)
			err_set(&op->result.err, ERR_TIMEOUT,
				"the power is %s, and time was up before "
				"anything was sent",
				bmc_power_name(op->result.power));
		else if (op->lost)
			outcome_unknown(op, &cause);
		else
			err_set(&op->result.err, ERR_TIMEOUT,
				"the power is %s, not %s, %s",
				bmc_power_name(op->result.power),
				bmc_power_name(
					bmc_action_goal(op->request.action)),
				"though the webhook said yes");
		break;
	case CHANGE:
		err_set(&cause, ERR_TIMEOUT, "no answer");
		op->result.sent = true;
		outcome_unknown(op, &cause);
		break;
	default:
		err_set(&op->result.err, ERR_TIMEOUT, "no answer");
	}
	if (op->sm.state != FAILED)
		fail(op);
}

void rpc_op_expire(struct rpc_op *op, mono_ms now)
{
	if (rpc_op_done(op))
		return;
	if (now >= op->deadline) {
		out_of_time(op);
	} else if (op->sm.state == PAUSE && now >= op->wake) {
		op->wake = MONO_NEVER;
		/* Nothing was sent: it is still in doubt. */
		sm_move(&op->sm, op->result.sent ? AGAIN : LOOK);
		look(op);
	}
}

mono_ms rpc_op_deadline(const struct rpc_op *op)
{
	if (rpc_op_done(op))
		return MONO_NEVER;
	if (op->sm.state == PAUSE && op->wake < op->deadline)
		return op->wake;
	return op->deadline;
}

bool rpc_op_done(const struct rpc_op *op)
{
	return op->sm.state == DONE || op->sm.state == FAILED;
}
