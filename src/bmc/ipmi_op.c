/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_op.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "bmc/ipmi_walk.h"

/*
 *	STATUS --> DONE			(reads; nothing to do)
 *	STATUS --> CONTROL --> STATUS_CHECK <-> PAUSE
 *	                           \--> DONE
 *	FLAGS --> DONE			(reads)
 *	KEEP --> FLAGS_SET --> FLAGS_CHECK --> DONE
 *	WALK <-> WALK --> DONE		(all else: see ipmi_walk.h)
 *
 * A busy BMC leads to PAUSE and back, everything to FAILED. What got no
 * answer is looked for, and sent again only if it is seen not to have
 * happened: STATUS_CHECK and FLAGS_CHECK lead back for that.
 */
enum {
	STATUS,
	CONTROL,
	STATUS_CHECK,
	FLAGS,
	KEEP,
	FLAGS_SET,
	FLAGS_CHECK,
	WALK,
	PAUSE,
	DONE,
	FAILED,
};

#define ALWAYS (SM_TO(PAUSE) | SM_TO(FAILED))

static const struct sm_state states[] = {
	[STATUS] = { "chassis status", ALWAYS | SM_TO(CONTROL) | SM_TO(DONE) },
	[CONTROL] = { "chassis control", ALWAYS },
	[STATUS_CHECK] = { "check", ALWAYS | SM_TO(CONTROL) | SM_TO(DONE) },
	[FLAGS] = { "boot flags", ALWAYS | SM_TO(DONE) },
	[KEEP] = { "keep boot flags", ALWAYS | SM_TO(FLAGS_SET) },
	[FLAGS_SET] = { "set boot flags", ALWAYS | SM_TO(FLAGS_CHECK) },
	[FLAGS_CHECK] = { "check", ALWAYS | SM_TO(FLAGS_SET) | SM_TO(DONE) },
	[WALK] = { "walk", ALWAYS | SM_TO(WALK) | SM_TO(DONE) },
	[PAUSE] = { "pause",
		    SM_TO(STATUS) | SM_TO(CONTROL) | SM_TO(STATUS_CHECK) |
			    SM_TO(FLAGS) | SM_TO(KEEP) | SM_TO(FLAGS_SET) |
			    SM_TO(FLAGS_CHECK) | SM_TO(WALK) | SM_TO(FAILED) },
	[DONE] = { "done", 0 },
	[FAILED] = { "failed", 0 },
};

#define CMD_STATUS    0x01
#define CMD_CONTROL   0x02
#define CMD_SET_BOOT  0x08
#define CMD_GET_BOOT  0x09
#define PARAM_VALID   0x03
#define PARAM_FLAGS   0x05
#define CC_BUSY       0xc0
#define CC_NO_COMMAND 0xc1
#define CC_TIMEOUT    0xc3
#define CC_NO_SPACE   0xc4
#define CC_PRIVILEGE  0xd4
#define CC_STATE      0xd5
#define CC_NO_PARAM   0x80

#define MAX_TRIES   5
#define BUSY_MS     2000
#define FLAG_CHECKS 4
#define MAX_WRITES  8
#define WRITE_POLLS 3 /* before that */
#define WALK_MS     1000
#define MAX_STEPS   8000 /* more than any walk has */

static void go(struct ipmi_op *op, unsigned state)
{
	if (op->sm.state != PAUSE)
		op->tries = 0;
	sm_move(&op->sm, state);
	op->ready = true;
}

static void pause_for(struct ipmi_op *op, mono_ms now, int64_t wait_ms,
		      unsigned after)
{
	op->wake = now + wait_ms;
	op->after = after;
	op->ready = false;
	sm_move(&op->sm, PAUSE);
}

static void finish(struct ipmi_op *op, bool changed, bool verified)
{
	op->result.changed = changed;
	op->result.verified = verified;
	sm_move(&op->sm, DONE);
}

static void fail(struct ipmi_op *op)
{
	sm_move(&op->sm, FAILED);
}

/* What the walk is called, where there is one. */
static const char *step_name(const struct ipmi_op *op)
{
	return op->walk.ops ? bmc_op_name(op->request.op) : sm_name(&op->sm);
}

static const struct ipmi_walk_ops *const walks[BMC_N_OPS] = {
	[BMC_NMI] = &ipmi_nmi_walk,
	[BMC_IDENTIFY] = &ipmi_identify_walk,
	[BMC_INFO] = &ipmi_info_walk,
	[BMC_BMC_RESET] = &ipmi_restart_walk,
	[BMC_LOG_READ] = &ipmi_log_walk,
	[BMC_LOG_CLEAR] = &ipmi_clear_walk,
	[BMC_SENSORS] = &ipmi_sensor_walk,
	[BMC_FRU] = &ipmi_fru_walk,
	[BMC_LAN_GET] = &ipmi_lan_walk,
	[BMC_USERS] = &ipmi_users_walk,
	[BMC_PASSWORD_SET] = &ipmi_password_walk,
};

static unsigned first_state(const struct bmc_request *request)
{
	if (walks[request->op])
		return WALK;
	switch (request->op) {
	case BMC_BOOT_GET:
		return FLAGS;
	case BMC_BOOT_SET:
		return KEEP;
	default:
		return STATUS;
	}
}

void ipmi_op_init(struct ipmi_op *op, const struct bmc_request *request,
		  mono_ms now)
{
	memset(op, 0, sizeof(*op));
	op->request = *request;
	op->action = request->action;
	op->deadline = now + bmc_op_timeout_ms(request);
	sm_init(&op->sm, states, ARRAY_LEN(states), first_state(request));
	op->ready = true;
	op->walk.ops = walks[request->op];
	if (op->walk.ops)
		op->walk.ops->begin(op);
	if (request->op == BMC_MEDIA_INSERT || request->op == BMC_MEDIA_EJECT)
		err_set(&op->result.err, ERR_UNSUPPORTED,
			"IPMI has no virtual media");
	else if (request->op == BMC_BOOT_SET &&
		 request->boot.device == BMC_BOOT_OTHER)
		err_set(&op->result.err, ERR_INVALID, "no such boot device");
	if (op->result.err.code)
		fail(op);
}

void ipmi_sensors_free(struct ipmi_sensors *sensors)
{
	if (!sensors)
		return;
	free(sensors->sdrs);
	free(sensors);
}

void ipmi_op_release(struct ipmi_op *op)
{
	free(op->walk.bytes);
	ipmi_sensors_free(op->walk.sensors);
	bmc_report_free(op->result.report);
	secret_wipe(op, sizeof(*op));
}

/* IPMI 2.0, 28.3: chassis control. */
static uint8_t control_of(enum bmc_power_action action)
{
	switch (action) {
	case BMC_ACTION_ON:
		return 0x01;
	case BMC_ACTION_OFF:
		return 0x00;
	case BMC_ACTION_SOFT:
		return 0x05;
	case BMC_ACTION_CYCLE:
		return 0x02;
	case BMC_ACTION_RESET:
		return 0x03;
	}
	return 0x01;
}

/* IPMI 2.0, table 28-14: device selector of the boot flags, byte 2. */
static const uint8_t selectors[] = {
	[BMC_BOOT_NONE] = 0x00, [BMC_BOOT_PXE] = 0x04,  [BMC_BOOT_DISK] = 0x08,
	[BMC_BOOT_CD] = 0x14,   [BMC_BOOT_BIOS] = 0x18,
};

static enum bmc_device device_of(uint8_t byte)
{
	for (size_t i = 0; i < ARRAY_LEN(selectors); i++)
		if ((byte & 0x3c) == selectors[i])
			return (enum bmc_device)i;
	return BMC_BOOT_OTHER;
}

static void flags_command(const struct bmc_boot *boot, struct ipmi_command *out)
{
	uint8_t bits = 0x80; /* valid */

	if (boot->device != BMC_BOOT_NONE) {
		bits |= boot->persistent ? 0x40 : 0;
		bits |= boot->uefi ? 0x20 : 0;
	}
	out->cmd = CMD_SET_BOOT;
	out->bytes[0] = PARAM_FLAGS;
	out->bytes[1] = bits;
	out->bytes[2] = selectors[boot->device];
	out->len = 6;
}

bool ipmi_op_output(struct ipmi_op *op, struct ipmi_command *out)
{
	memset(out, 0, sizeof(*out));
	if (!op->ready || op->sm.state == PAUSE || ipmi_op_done(op))
		return false;
	op->ready = false;
	out->netfn = IPMI_CHASSIS;
	switch (op->sm.state) {
	case WALK:
		op->walk.ops->command(op, out);
		op->walk.wrote = out->writes;
		break;
	case CONTROL:
		out->cmd = CMD_CONTROL;
		out->bytes[0] = control_of(op->action);
		out->len = 1;
		out->once = op->action == BMC_ACTION_CYCLE ||
			    op->action == BMC_ACTION_RESET;
		break;
	case KEEP:
		out->cmd = CMD_SET_BOOT;
		out->bytes[0] = PARAM_VALID;
		out->bytes[1] = 0x08;
		out->len = 2;
		break;
	case FLAGS_SET:
		flags_command(&op->request.boot, out);
		break;
	case FLAGS:
	case FLAGS_CHECK:
		out->cmd = CMD_GET_BOOT;
		out->bytes[0] = PARAM_FLAGS;
		out->len = 3;
		break;
	default:
		out->cmd = CMD_STATUS;
		break;
	}
	if (op->sm.state == CONTROL || op->sm.state == FLAGS_SET) {
		out->writes = true;
		op->writes++;
	}
	if (out->netfn == IPMI_CHASSIS && out->cmd != CMD_STATUS)
		out->privilege = IPMI_OPERATOR;
	if (out->writes)
		op->result.sent = true;
	return true;
}

static bool is_write(const struct ipmi_op *op)
{
	return op->sm.state == CONTROL || op->sm.state == FLAGS_SET ||
	       (op->sm.state == WALK && op->walk.wrote);
}

static void refuse(struct ipmi_op *op, uint8_t completion)
{
	enum err_code code = ERR_PROTOCOL;
	const char *what = "refused";

	if (completion == CC_PRIVILEGE) {
		code = ERR_DENIED;
		what = "not enough privilege";
	} else if (completion == CC_STATE) {
		code = ERR_INVALID;
		what = "not in the present state";
	} else if (completion == CC_NO_COMMAND || completion == CC_NO_PARAM ||
		   completion == 0xcc || completion == 0xc9) {
		code = ERR_UNSUPPORTED;
		what = "the BMC cannot do this";
	}
	if (is_write(op))
		op->result.sent = false;
	err_set(&op->result.err, code, "%s: %s (completion code 0x%02x)",
		step_name(op), what, completion);
	fail(op);
}

/* IPMI 2.0, 28.2: bit 0 of the first byte is the power. */
static bool read_status(struct ipmi_op *op, const struct ipmi_response *r)
{
	if (r->len < 1) {
		err_set(&op->result.err, ERR_PROTOCOL,
			"chassis status: the answer is empty");
		return false;
	}
	op->result.power = r->bytes[0] & 1 ? BMC_POWER_ON : BMC_POWER_OFF;
	if (op->result.power == BMC_POWER_OFF)
		op->seen_off = true;
	return true;
}

static void on_status(struct ipmi_op *op, mono_ms now,
		      const struct ipmi_response *r)
{
	if (!read_status(op, r)) {
		fail(op);
	} else if (op->request.op != BMC_POWER_SET ||
		   bmc_action_needless(op->action, op->result.power)) {
		finish(op, false, true);
	} else if (bmc_in_doubt(&op->request, op->polls)) {
		op->lost = bmc_asks_system(&op->request);
		pause_for(op, now, bmc_poll_ms(op->polls++), STATUS);
	} else {
		op->action = bmc_action_for(op->action, op->result.power);
		op->seen_off = false;
		go(op, CONTROL);
	}
}

/* ---- walks ---- */

struct rbuf ipmi_body(const struct ipmi_response *r)
{
	return rbuf_of(r->bytes, r->len);
}

enum ipmi_step ipmi_walk_fail(struct ipmi_op *op, enum err_code code,
			      const char *format, ...)
{
	struct err *err = &op->result.err;
	va_list args;

	err->code = code;
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	return IPMI_STEP_FAILED;
}

enum ipmi_step ipmi_walk_short(struct ipmi_op *op)
{
	return ipmi_walk_fail(op, ERR_PROTOCOL,
			      "%s: an answer that makes no sense",
			      bmc_op_name(op->request.op));
}

/* A refusal is left to who has the completion code. */
static void take_step(struct ipmi_op *op, mono_ms now, enum ipmi_step step)
{
	bool writes = bmc_op_writes(op->request.op);

	switch (step) {
	case IPMI_STEP_ON:
		go(op, WALK);
		break;
	case IPMI_STEP_WAIT:
		pause_for(op, now, WALK_MS, WALK);
		break;
	case IPMI_STEP_DONE:
		finish(op, writes, true);
		break;
	case IPMI_STEP_TAKEN:
		finish(op, writes, false);
		break;
	case IPMI_STEP_FAILED:
		fail(op);
		break;
	case IPMI_STEP_REFUSE:
		break;
	}
}

/* ---- power and boot flags ---- */

static void look(struct ipmi_op *op, mono_ms now)
{
	op->polls = 0;
	pause_for(op, now, bmc_poll_ms(op->polls++),
		  op->request.op == BMC_BOOT_SET ? FLAGS_CHECK : STATUS_CHECK);
}

static void look_again(struct ipmi_op *op, mono_ms now)
{
	pause_for(op, now, bmc_poll_ms(op->polls++), op->sm.state);
}

/*
 * Only what moves the power to where it is not, and was looked for a few
 * times: not a reset, and not the button that asks an operating system.
 */
static bool may_repeat(const struct ipmi_op *op)
{
	return op->lost && op->polls > WRITE_POLLS && op->writes < MAX_WRITES &&
	       (op->action == BMC_ACTION_ON || op->action == BMC_ACTION_OFF);
}

static void on_status_check(struct ipmi_op *op, mono_ms now,
			    const struct ipmi_response *r)
{
	bool reset = op->action == BMC_ACTION_CYCLE ||
		     op->action == BMC_ACTION_RESET;
	bool known = !r->completion && read_status(op, r);

	if (known && op->result.power != bmc_action_goal(op->action) &&
	    may_repeat(op)) {
		op->result.err.code = ERR_NONE;
		go(op, CONTROL);
	} else if (!known || op->result.power != bmc_action_goal(op->action)) {
		op->result.err.code = ERR_NONE;
		look_again(op, now);
	} else if (op->lost && reset && !op->seen_off) {
		/* On before, on after: that says nothing of a reset. */
		err_set(&op->result.err, ERR_OUTCOME,
			"%s was sent and no answer came; power is on",
			bmc_action_name(op->action));
		fail(op);
	} else {
		finish(op, true, true);
	}
}

/*
 * IPMI 2.0, table 28-14. ipmi_sim, and some firmware, never says that the
 * flags are valid: `trust` takes the device as it is.
 */
static bool read_flags(struct ipmi_op *op, const struct ipmi_response *r,
		       bool trust)
{
	struct bmc_boot *boot = &op->result.boot;

	if (r->completion || r->len < 4 || (r->bytes[1] & 0x7f) != PARAM_FLAGS)
		return false;
	boot->device = device_of(r->bytes[3]);
	if (!trust && !(r->bytes[2] & 0x80))
		boot->device = BMC_BOOT_NONE;
	boot->persistent = r->bytes[2] & 0x40;
	boot->uefi = r->bytes[2] & 0x20;
	return true;
}

static void on_flags(struct ipmi_op *op, const struct ipmi_response *r)
{
	if (read_flags(op, r, false)) {
		finish(op, false, true);
		return;
	}
	err_set(&op->result.err, ERR_PROTOCOL,
		"boot flags: %zu bytes are not what was asked for", r->len);
	fail(op);
}

static void on_flags_check(struct ipmi_op *op, mono_ms now,
			   const struct ipmi_response *r)
{
	if (!read_flags(op, r, true) && op->lost) {
		err_set(&op->result.err, ERR_OUTCOME,
			"boot override: sent, no answer came, and it cannot "
			"be read");
		fail(op);
	} else if (!read_flags(op, r, true)) {
		/* Taken, but it cannot be read: that is as far as it goes. */
		op->result.boot = op->request.boot;
		finish(op, true, false);
	} else if (op->result.boot.device == op->request.boot.device) {
		finish(op, true, true);
	} else if (op->lost && op->writes < MAX_WRITES) {
		op->lost = false;
		go(op, FLAGS_SET);
	} else if (op->polls < FLAG_CHECKS) {
		look_again(op, now);
	} else {
		err_set(&op->result.err, ERR_MISMATCH,
			"boot override: set to %s, but the BMC says %s",
			bmc_device_name(op->request.boot.device),
			bmc_device_name(op->result.boot.device));
		fail(op);
	}
}

/* What was sent may have got there: only looking can tell. */
static void on_lost(struct ipmi_op *op, mono_ms now)
{
	op->lost = true;
	if (op->sm.state != WALK)
		look(op, now);
	else if (op->walk.ops->silence)
		take_step(op, now, op->walk.ops->silence(op));
	else
		take_step(op, now,
			  ipmi_walk_fail(op, ERR_OUTCOME,
					 "%s was sent and no answer came",
					 bmc_op_name(op->request.op)));
}

static void on_silence(struct ipmi_op *op, mono_ms now,
		       const struct ipmi_response *r)
{
	unsigned state = op->sm.state;
	bool wrote = is_write(op);

	/* A wrong password does not get better by asking again. */
	if ((state == STATUS_CHECK || state == FLAGS_CHECK) &&
	    r->err.code != ERR_AUTH) {
		look_again(op, now);
		return;
	}
	if (wrote && r->sent) {
		on_lost(op, now);
		return;
	}
	/* This one has not left; one before it may have. */
	if (wrote && state != WALK && --op->writes) {
		look(op, now);
		return;
	}
	if (wrote)
		op->result.sent = false;
	op->result.err = r->err;
	fail(op);
}

static void on_refusal(struct ipmi_op *op, mono_ms now, uint8_t completion)
{
	/* What was lost before may be why this one is not wanted. */
	if (is_write(op) && op->sm.state != WALK && op->writes > 1)
		look(op, now);
	else
		refuse(op, completion);
}

static void on_walk(struct ipmi_op *op, mono_ms now,
		    const struct ipmi_response *r)
{
	if (++op->walk.n > MAX_STEPS)
		take_step(op, now,
			  ipmi_walk_fail(op, ERR_PROTOCOL,
					 "%s: it does not end",
					 bmc_op_name(op->request.op)));
	else
		take_step(op, now, op->walk.ops->answer(op, r));
	if (op->sm.state == WALK && !op->ready)
		refuse(op, r->completion);
}

void ipmi_op_input(struct ipmi_op *op, mono_ms now,
		   const struct ipmi_response *r)
{
	unsigned state = op->sm.state;
	bool busy = r->completion == CC_BUSY || r->completion == CC_TIMEOUT ||
		    r->completion == CC_NO_SPACE;

	if (ipmi_op_done(op) || state == PAUSE || op->ready)
		return;
	if (r->err.code) {
		on_silence(op, now, r);
	} else if (r->completion == CC_TIMEOUT && is_write(op)) {
		/* "Response unavailable" is not "not done". */
		on_lost(op, now);
	} else if (state == STATUS_CHECK) {
		on_status_check(op, now, r);
	} else if (state == KEEP) {
		/* OpenBMC refuses parameter 3: the flags then last 60 s. */
		go(op, FLAGS_SET);
	} else if (busy && op->tries < MAX_TRIES) {
		op->tries++;
		pause_for(op, now, BUSY_MS, state);
	} else if (state == FLAGS_CHECK) {
		on_flags_check(op, now, r);
	} else if (state == WALK) {
		on_walk(op, now, r);
	} else if (r->completion) {
		on_refusal(op, now, r->completion);
	} else if (state == STATUS) {
		on_status(op, now, r);
	} else if (state == FLAGS) {
		on_flags(op, r);
	} else if (state == FLAGS_SET) {
		go(op, FLAGS_CHECK);
	} else {
		look(op, now);
	}
}

void ipmi_op_expire(struct ipmi_op *op, mono_ms now)
{
	unsigned state = op->sm.state == PAUSE ? op->after : op->sm.state;

	if (ipmi_op_done(op))
		return;
	if (now < op->deadline) {
		if (op->sm.state == PAUSE && now >= op->wake)
			go(op, op->after);
		return;
	}
	if (op->lost || is_write(op))
		err_set(&op->result.err, ERR_OUTCOME,
			"%s was sent, no answer came, and time is up",
			bmc_op_name(op->request.op));
	else if (state == STATUS_CHECK)
		err_set(&op->result.err, ERR_TIMEOUT, "power is %s after %s",
			bmc_power_name(op->result.power),
			bmc_action_name(op->request.action));
	else
		err_set(&op->result.err, ERR_TIMEOUT, "%s: time is up",
			state == WALK ? bmc_op_name(op->request.op)
				      : states[state].name);
	fail(op);
}

mono_ms ipmi_op_deadline(const struct ipmi_op *op)
{
	if (ipmi_op_done(op))
		return MONO_NEVER;
	if (op->sm.state == PAUSE && op->wake < op->deadline)
		return op->wake;
	return op->deadline;
}

bool ipmi_op_done(const struct ipmi_op *op)
{
	return op->sm.state == DONE || op->sm.state == FAILED;
}

const struct err *ipmi_op_error(const struct ipmi_op *op)
{
	return op->sm.state == FAILED ? &op->result.err : NULL;
}
