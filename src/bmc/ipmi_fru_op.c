/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_walk.h"

#include "bmc/ipmi_fru_wire.h"

#define CMD_INFO    0x10
#define CMD_READ    0x11
#define FIRST_CHUNK 32
#define LAST_CHUNK  4

enum { FRU_INFO, FRU_READ };

static void fru_begin(struct ipmi_op *op)
{
	op->result.report = bmc_report_new(BMC_REPORT_FRU);
	op->walk.chunk = FIRST_CHUNK;
	op->walk.bytes = xcalloc(1, IPMI_FRU_MAX);
}

/* IPMI 2.0, 34.1 and 34.2. Some count in words: `next` says so. */
static void fru_command(struct ipmi_op *op, struct ipmi_command *out)
{
	size_t left = op->walk.size - op->walk.offset;
	size_t offset = op->walk.offset >> op->walk.next;

	out->netfn = IPMI_STORAGE;
	out->bytes[0] = op->request.fru;
	out->len = 1;
	if (op->walk.stage == FRU_INFO) {
		out->cmd = CMD_INFO;
		return;
	}
	if (left > op->walk.chunk)
		left = op->walk.chunk;
	out->cmd = CMD_READ;
	out->bytes[1] = (uint8_t)offset;
	out->bytes[2] = (uint8_t)(offset >> 8);
	out->bytes[3] = (uint8_t)((left + op->walk.next) >> op->walk.next);
	out->len = 4;
}

static enum ipmi_step on_fru_info(struct ipmi_op *op, struct rbuf in)
{
	op->walk.size = rbuf_le16(&in);
	op->walk.next = rbuf_u8(&in) & 1;
	if (in.bad)
		return ipmi_walk_short(op);
	if (op->walk.size > IPMI_FRU_MAX)
		op->walk.size = IPMI_FRU_MAX;
	op->walk.stage = FRU_READ;
	return IPMI_STEP_ON;
}

static enum ipmi_step fru_end(struct ipmi_op *op)
{
	struct bmc_fru *fru = &op->result.report->fru;

	if (ipmi_parse_fru(fru, rbuf_of(op->walk.bytes, op->walk.offset)))
		return IPMI_STEP_DONE;
	return ipmi_walk_fail(op, ERR_PROTOCOL,
			      "fru %u: there is nothing written on it, or it "
			      "is damaged",
			      op->request.fru);
}

static enum ipmi_step on_piece(struct ipmi_op *op, struct rbuf in)
{
	size_t count = (size_t)rbuf_u8(&in) << op->walk.next;
	size_t wanted;

	if (count > in.left)
		count = in.left;
	if (count > op->walk.size - op->walk.offset)
		count = op->walk.size - op->walk.offset;
	rbuf_bytes(&in, op->walk.bytes + op->walk.offset, count);
	op->walk.offset += count;
	wanted = ipmi_fru_wanted(rbuf_of(op->walk.bytes, op->walk.offset));
	if (!count || op->walk.offset >= op->walk.size ||
	    op->walk.offset >= wanted)
		return fru_end(op);
	return IPMI_STEP_ON;
}

static enum ipmi_step fru_answer(struct ipmi_op *op,
				 const struct ipmi_response *r)
{
	bool too_much = r->completion == IPMI_CC_TOO_MUCH ||
			r->completion == IPMI_CC_LENGTH ||
			r->completion == IPMI_CC_TOO_LONG;

	if (op->walk.stage == FRU_READ && too_much &&
	    op->walk.chunk > LAST_CHUNK) {
		op->walk.chunk /= 2;
		return IPMI_STEP_ON;
	}
	/* It may say that it is bigger than it is. */
	if (op->walk.stage == FRU_READ && r->completion == IPMI_CC_RANGE)
		return fru_end(op);
	if (r->completion == IPMI_CC_ABSENT)
		return ipmi_walk_fail(op, ERR_NOT_FOUND,
				      "the BMC has no FRU %u", op->request.fru);
	if (r->completion)
		return IPMI_STEP_REFUSE;
	if (op->walk.stage == FRU_INFO)
		return on_fru_info(op, ipmi_body(r));
	return on_piece(op, ipmi_body(r));
}

const struct ipmi_walk_ops ipmi_fru_walk = {
	.begin = fru_begin,
	.command = fru_command,
	.answer = fru_answer,
};
