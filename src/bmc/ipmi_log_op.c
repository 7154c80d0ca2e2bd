/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_walk.h"

#include <string.h>

#include "bmc/ipmi_event_wire.h"

#define CMD_INFO    0x40
#define CMD_RESERVE 0x42
#define CMD_GET     0x43
#define CMD_CLEAR   0x47

#define WHOLE        0xff
#define LAST         0xffff
#define CLEAR_BEGIN  0xaa
#define CLEAR_STATUS 0x00
#define CLEAR_DONE   0x01
#define MAX_CLEARS   60 /* looks, a second apart */
#define MAX_ANEW     5

/* IPMI 2.0, 31.2 */
static enum ipmi_step on_info(struct ipmi_op *op, struct rbuf in,
			      struct bmc_log *log)
{
	memset(log, 0, sizeof(*log));
	rbuf_u8(&in); /* version */
	log->n_in_all = rbuf_le16(&in);
	log->free_bytes = rbuf_le16(&in);
	log->added = ipmi_time(rbuf_le32(&in));
	log->erased = ipmi_time(rbuf_le32(&in));
	log->overflow = rbuf_u8(&in) & 0x80;
	return in.bad ? ipmi_walk_short(op) : IPMI_STEP_ON;
}

/* ---- reading ---- */

enum { LOG_INFO, LOG_GET };

static void log_begin(struct ipmi_op *op)
{
	op->result.report = bmc_report_new(BMC_REPORT_LOG);
	op->walk.id = op->request.from;
}

/* IPMI 2.0, 31.5: a whole entry needs no reservation. */
static void log_command(struct ipmi_op *op, struct ipmi_command *out)
{
	out->netfn = IPMI_STORAGE;
	if (op->walk.stage == LOG_INFO) {
		out->cmd = CMD_INFO;
		return;
	}
	out->cmd = CMD_GET;
	out->bytes[2] = (uint8_t)op->walk.id;
	out->bytes[3] = (uint8_t)(op->walk.id >> 8);
	out->bytes[5] = WHOLE;
	out->len = 6;
}

static enum ipmi_step on_entry(struct ipmi_op *op, struct rbuf in)
{
	struct bmc_log *log = &op->result.report->log;
	uint16_t next = rbuf_le16(&in);
	struct bmc_event event;
	struct bmc_event *kept;

	if (in.bad || !ipmi_parse_sel(&event, in))
		return ipmi_walk_short(op);
	kept = bmc_log_add(log);
	if (!kept) {
		log->next = event.id;
		return IPMI_STEP_DONE;
	}
	*kept = event;
	/* Some point to themselves at the end, and to the first behind it. */
	if (next == LAST || next == op->walk.id || next == 0 ||
	    log->n >= log->n_in_all)
		return IPMI_STEP_DONE;
	op->walk.id = next;
	return IPMI_STEP_ON;
}

static enum ipmi_step log_answer(struct ipmi_op *op,
				 const struct ipmi_response *r)
{
	struct bmc_log *log = &op->result.report->log;

	if (op->walk.stage == LOG_GET) {
		/* The entry, or all of them, went while we were reading. */
		if (r->completion == IPMI_CC_ABSENT)
			return IPMI_STEP_DONE;
		if (r->completion)
			return IPMI_STEP_REFUSE;
		return on_entry(op, ipmi_body(r));
	}
	if (r->completion)
		return IPMI_STEP_REFUSE;
	op->walk.stage = LOG_GET;
	if (on_info(op, ipmi_body(r), log) == IPMI_STEP_FAILED)
		return IPMI_STEP_FAILED;
	return log->n_in_all ? IPMI_STEP_ON : IPMI_STEP_DONE;
}

const struct ipmi_walk_ops ipmi_log_walk = {
	.begin = log_begin,
	.command = log_command,
	.answer = log_answer,
};

/* ---- clearing ---- */

enum { CLEAR_RESERVE, CLEAR_ERASE, CLEAR_WAIT, CLEAR_INFO };

static void clear_begin(struct ipmi_op *op)
{
	(void)op;
}

/* IPMI 2.0, 31.4 and 31.9 */
static void clear_command(struct ipmi_op *op, struct ipmi_command *out)
{
	bool erases = op->walk.stage == CLEAR_ERASE;

	out->netfn = IPMI_STORAGE;
	if (op->walk.stage == CLEAR_RESERVE) {
		out->cmd = CMD_RESERVE;
		return;
	}
	if (op->walk.stage == CLEAR_INFO) {
		out->cmd = CMD_INFO;
		return;
	}
	out->cmd = CMD_CLEAR;
	out->bytes[0] = (uint8_t)op->walk.reservation;
	out->bytes[1] = (uint8_t)(op->walk.reservation >> 8);
	memcpy(out->bytes + 2, "CLR", 3);
	out->bytes[5] = erases ? CLEAR_BEGIN : CLEAR_STATUS;
	out->len = 6;
	out->privilege = IPMI_OPERATOR;
	out->writes = erases;
}

/* An entry or two may be there again: that the log was cleared. */
static enum ipmi_step on_cleared(struct ipmi_op *op,
				 const struct ipmi_response *r)
{
	struct bmc_log log;

	if (r->completion)
		return op->lost ? ipmi_walk_fail(op, ERR_OUTCOME,
						 "log-clear was sent and no "
						 "answer came")
				: IPMI_STEP_TAKEN;
	if (on_info(op, ipmi_body(r), &log) == IPMI_STEP_FAILED)
		return IPMI_STEP_FAILED;
	if (log.n_in_all <= 2)
		return IPMI_STEP_DONE;
	if (op->lost && op->walk.anew++ < MAX_ANEW) {
		op->lost = false;
		op->walk.stage = CLEAR_RESERVE;
		return IPMI_STEP_WAIT;
	}
	return ipmi_walk_fail(op, ERR_MISMATCH,
			      "log-clear: %u entries are still there",
			      log.n_in_all);
}

static enum ipmi_step on_progress(struct ipmi_op *op,
				  const struct ipmi_response *r)
{
	struct rbuf in = ipmi_body(r);
	uint8_t progress = rbuf_u8(&in) & 0x0f;

	/* Somebody else has reserved it, or an entry has been added. */
	if (r->completion == IPMI_CC_CANCELLED && op->walk.anew++ < MAX_ANEW) {
		op->walk.stage = op->walk.stage == CLEAR_ERASE ? CLEAR_RESERVE
							       : CLEAR_INFO;
		return IPMI_STEP_ON;
	}
	if (r->completion && op->walk.stage == CLEAR_ERASE)
		return IPMI_STEP_REFUSE;
	if (r->completion || in.bad || progress == CLEAR_DONE) {
		op->walk.stage = CLEAR_INFO;
		return IPMI_STEP_ON;
	}
	if (++op->walk.offset > MAX_CLEARS)
		return ipmi_walk_fail(op, ERR_TIMEOUT,
				      "log-clear: still under way");
	op->walk.stage = CLEAR_WAIT;
	return IPMI_STEP_WAIT;
}

static enum ipmi_step clear_answer(struct ipmi_op *op,
				   const struct ipmi_response *r)
{
	struct rbuf in = ipmi_body(r);

	if (op->walk.stage == CLEAR_INFO)
		return on_cleared(op, r);
	if (op->walk.stage != CLEAR_RESERVE)
		return on_progress(op, r);
	/* Without reservations the number is zero. */
	if (!r->completion)
		op->walk.reservation = rbuf_le16(&in);
	op->walk.stage = CLEAR_ERASE;
	return IPMI_STEP_ON;
}

static enum ipmi_step clear_silence(struct ipmi_op *op)
{
	op->walk.stage = CLEAR_INFO;
	return IPMI_STEP_WAIT;
}

const struct ipmi_walk_ops ipmi_clear_walk = {
	.begin = clear_begin,
	.command = clear_command,
	.answer = clear_answer,
	.silence = clear_silence,
};
