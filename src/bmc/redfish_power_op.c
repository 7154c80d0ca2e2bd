/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
#include "bmc/redfish_subject.h"

/*
 * Power commands, and reading power and boot device.
 *
 * A command that starts the machine first sets a boot override again which
 * the BMC was asked for and has lost: so it holds for this start, whatever
 * the firmware does with it in between.
 */
enum { COMMAND, OVERRIDE };

#define MAX_MOVING 5 /* looks at a power state that is on its way */
#define MOVING_MS  3000
#define MAX_DOUBTS 5 /* looks for signs of a reset whose answer was lost */

static const enum redfish_reset *preferences(enum bmc_power_action action,
					     size_t *n)
{
	static const enum redfish_reset on[] = { REDFISH_ON, REDFISH_FORCE_ON,
						 REDFISH_PUSH_POWER_BUTTON };
	static const enum redfish_reset off[] = { REDFISH_FORCE_OFF };
	static const enum redfish_reset soft[] = { REDFISH_GRACEFUL_SHUTDOWN,
						   REDFISH_PUSH_POWER_BUTTON };
	static const enum redfish_reset cycle[] = { REDFISH_POWER_CYCLE,
						    REDFISH_FORCE_RESTART };
	static const enum redfish_reset reset[] = { REDFISH_FORCE_RESTART,
						    REDFISH_POWER_CYCLE };

	*n = 2;
	switch (action) {
	case BMC_ACTION_ON:
		*n = 3;
		return on;
	case BMC_ACTION_OFF:
		*n = 1;
		return off;
	case BMC_ACTION_SOFT:
		return soft;
	case BMC_ACTION_CYCLE:
		return cycle;
	case BMC_ACTION_RESET:
		return reset;
	}
	return on;
}

/* The button toggles: never pressed on what one does not know. */
static bool is_safe(enum redfish_reset reset, enum bmc_power seen,
		    enum bmc_power_action action)
{
	return reset != REDFISH_PUSH_POWER_BUTTON ||
	       (seen != BMC_POWER_UNKNOWN && seen != bmc_action_goal(action));
}

static unsigned allowed_resets(const struct redfish_op *op)
{
	return op->system.reset.resets ? op->system.reset.resets
				       : op->session->resets;
}

/* What to send for the action; false: the BMC has nothing for it. */
static bool pick(const struct redfish_op *op, enum redfish_reset *reset)
{
	unsigned allowed = allowed_resets(op);
	size_t n;
	const enum redfish_reset *list = preferences(op->action, &n);

	*reset = list[0];
	for (size_t i = 0; i < n; i++) {
		unsigned bit = 1u << list[i];

		if ((allowed && !(allowed & bit)) || (op->bad_resets & bit) ||
		    !is_safe(list[i], op->system.power, op->action))
			continue;
		*reset = list[i];
		return true;
	}
	*reset = list[0];
	return !allowed;
}

static bool starts(enum bmc_power_action action)
{
	return bmc_action_goal(action) == BMC_POWER_ON;
}

static void send_command(struct redfish_op *op)
{
	op->phase = COMMAND;
	op->once = op->action == BMC_ACTION_CYCLE ||
		   op->action == BMC_ACTION_RESET;
	op->progress = op->system.progress;
	op->seen_off = false;
	redfish_write_anew(op, op->settled - op->now);
}

/* The override that is wished for comes first, when it is not there. */
static void start_machine(struct redfish_op *op)
{
	struct err err;

	if (!starts(op->action) || !redfish_boot_lost(op)) {
		send_command(op);
		return;
	}
	op->phase = OVERRIDE;
	op->once = false;
	op->written = false;
	op->refused = false;
	op->lost = false;
	op->boot = op->session->wish;
	op->boot_url = redfish_str(op->session->wish_url);
	if (redfish_boot_start(op, &err))
		redfish_fail(op, err.code, "boot override: %s", err.message);
}

static bool has_wish(const struct redfish_op *op)
{
	const struct redfish_session *session = op->session;

	return session->wished &&
	       (session->wish.persistent || op->now < session->wish_until);
}

/*
 * Off and on by two commands. An override may go with the power, on firmware
 * of which nobody told us, too: between the two it can be seen and set again.
 */
static bool goes_by_off(const struct redfish_op *op)
{
	unsigned allowed = allowed_resets(op);
	bool cycle = op->action == BMC_ACTION_CYCLE;
	enum redfish_reset reset;

	if (!cycle && op->action != BMC_ACTION_RESET)
		return false;
	if (!pick(op, &reset))
		return true;
	return has_wish(op) && (cycle || op->session->rules.boot_each) &&
	       (!allowed || (allowed & 1u << REDFISH_FORCE_OFF));
}

static void plan_power(struct redfish_op *op)
{
	enum redfish_reset reset;

	op->action = bmc_action_for(op->request.action, op->system.power);
	if (!*op->system.reset.target) {
		redfish_fail(op, ERR_UNSUPPORTED, "the system has no Reset");
		return;
	}
	if (goes_by_off(op)) {
		op->two_steps = true;
		op->action = BMC_ACTION_OFF;
	}
	if (!pick(op, &reset)) {
		redfish_fail(op, ERR_UNSUPPORTED,
			     "the BMC does not offer ResetType %s",
			     redfish_reset_name(reset));
		return;
	}
	start_machine(op);
}

static void plan_nmi(struct redfish_op *op)
{
	unsigned allowed = allowed_resets(op);

	if (!*op->system.reset.target ||
	    (allowed && !(allowed & 1u << REDFISH_NMI))) {
		redfish_fail(op, ERR_UNSUPPORTED,
			     "the BMC does not offer ResetType Nmi");
		return;
	}
	if (op->system.power == BMC_POWER_OFF) {
		redfish_fail(op, ERR_INVALID, "the machine is off");
		return;
	}
	op->once = true;
	redfish_write_anew(op, 0);
}

static void power_system(struct redfish_op *op)
{
	bool nmi = op->request.op == BMC_NMI;

	if (op->system.moving && !nmi && op->polls < MAX_MOVING) {
		op->polls++;
		redfish_pause(op, MOVING_MS, REDFISH_AT_SYSTEM);
	} else if (!nmi &&
		   bmc_action_needless(op->request.action, op->system.power)) {
		redfish_finish(op, false);
	} else if (bmc_in_doubt(&op->request, op->polls)) {
		op->lost = bmc_asks_system(&op->request);
		redfish_pause(op, bmc_poll_ms(op->polls++), REDFISH_AT_SYSTEM);
	} else if (!allowed_resets(op) && *op->system.reset.info) {
		redfish_read_page(op, REDFISH_ACTION_INFO,
				  op->system.reset.info);
	} else if (nmi) {
		plan_nmi(op);
	} else {
		plan_power(op);
	}
}

static void power_page(struct redfish_op *op, const struct redfish_response *r)
{
	struct redfish_session *session = op->session;
	struct err ignored;

	if (op->page.kind == REDFISH_SETTINGS) {
		redfish_boot_page(op, r);
		return;
	}
	if (redfish_parse_reset_info(r->body, r->body_len, &session->resets,
				     &ignored))
		session->resets = 0;
	session->learnt = true;
	/* Without the list the usual value is tried. */
	if (op->request.op == BMC_NMI)
		plan_nmi(op);
	else
		plan_power(op);
}

static bool power_missing(struct redfish_op *op,
			  const struct redfish_response *r)
{
	if (op->page.kind == REDFISH_SETTINGS) {
		redfish_boot_page(op, r);
	} else if (!r->status) {
		return false;
	} else if (op->request.op == BMC_NMI) {
		plan_nmi(op);
	} else {
		plan_power(op);
	}
	return true;
}

static void power_build(struct redfish_op *op, struct redfish_request *out)
{
	enum redfish_reset reset = REDFISH_NMI;

	if (op->phase == OVERRIDE) {
		redfish_boot_build(op, out);
		return;
	}
	if (op->request.op != BMC_NMI)
		pick(op, &reset);
	out->method = "POST";
	out->path = op->system.reset.target;
	op->body = redfish_build_reset(reset);
}

static bool power_refused(struct redfish_op *op,
			  const struct redfish_response *r)
{
	enum redfish_reset reset;

	if (op->phase == OVERRIDE)
		return redfish_boot_refused(op, r);
	if (op->request.op == BMC_NMI) {
		redfish_fail_refused(op);
		return true;
	}
	/* Where the BMC does not say what it takes, another may do. */
	if (r->status == 400 && !allowed_resets(op) && pick(op, &reset))
		op->bad_resets |= 1u << reset;
	/* iDRAC10 says 409 to "On" shortly after off; others 400 to what
	 * would change nothing. */
	op->untimely = op->refusal.code == ERR_INVALID;
	return false;
}

static void power_ask(struct redfish_op *op, struct redfish_request *out)
{
	if (op->phase == OVERRIDE)
		redfish_boot_ask(op, out);
}

/* It began anew since the command: what it did last comes before that. */
static bool has_restarted(const struct redfish_op *op)
{
	return op->seen_off || (op->progress >= BMC_PROGRESS_READY &&
				(op->system.progress == BMC_PROGRESS_NONE ||
				 op->system.progress == BMC_PROGRESS_FIRMWARE));
}

/* A reset leaves the power as it was: on says nothing of it. */
static enum redfish_look doubt(struct redfish_op *op)
{
	if (has_restarted(op)) {
		op->lost = false;
		return REDFISH_AGREES;
	}
	if (op->refused)
		return REDFISH_NOT_YET;
	if (op->progress >= BMC_PROGRESS_READY && op->polls < MAX_DOUBTS)
		return REDFISH_NOT_YET;
	err_set(&op->result.err, ERR_OUTCOME,
		"%s was sent, and whether it was done is not known (%s); "
		"power is %s",
		bmc_action_name(op->action), op->refusal.message,
		bmc_power_name(op->system.power));
	return REDFISH_DIFFERS;
}

static enum redfish_look power_look(struct redfish_op *op,
				    const struct redfish_response *r)
{
	if (op->phase == OVERRIDE)
		return redfish_boot_look(op, r);
	if (redfish_take_power(op, r, &op->last))
		return REDFISH_NOT_YET;
	op->last.code = ERR_NONE;
	if (op->request.op == BMC_NMI) {
		if (op->lost)
			redfish_fail(op, ERR_OUTCOME,
				     "nmi was sent, and whether it was done "
				     "is not known (%s)",
				     op->refusal.message);
		else
			redfish_finish_unverified(op);
		return REDFISH_WRITES;
	}
	if (op->system.power == BMC_POWER_OFF)
		op->seen_off = true;
	if (op->system.power != bmc_action_goal(op->action))
		return REDFISH_NOT_YET;
	if (op->once && (op->lost || op->refused))
		return doubt(op);
	return REDFISH_AGREES;
}

/* It has started: what was for one start is used up. */
static void use_up(struct redfish_op *op)
{
	struct redfish_session *session = op->session;

	if (!session->wished || session->wish.persistent)
		return;
	session->wished = false;
	session->learnt = true;
	redfish_learn(session, &session->wish_url, NULL);
}

static bool power_next(struct redfish_op *op)
{
	if (op->phase == OVERRIDE) {
		send_command(op);
		return true;
	}
	if (op->two_steps && op->action == BMC_ACTION_OFF) {
		op->action = BMC_ACTION_ON;
		op->settled = op->now + op->session->rules.settle_ms;
		start_machine(op);
		return true;
	}
	if (starts(op->action) && !op->refused)
		use_up(op);
	return false;
}

const struct redfish_subject redfish_power_subject = {
	.whole = true,
	.system = power_system,
	.page = power_page,
	.missing = power_missing,
	.build = power_build,
	.refused = power_refused,
	.ask = power_ask,
	.look = power_look,
	.next = power_next,
};

/* ---- reading ---- */

static void read_system(struct redfish_op *op)
{
	const struct redfish_session *session = op->session;

	op->result.boot_lost = session->wished && session->wish.persistent &&
			       redfish_boot_lost(op);
	redfish_finish(op, false);
}

const struct redfish_subject redfish_read_subject = {
	.anybody = true,
	.system = read_system,
};
