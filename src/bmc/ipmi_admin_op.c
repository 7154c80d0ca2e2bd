/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_walk.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define CMD_DEVICE_ID   0x01
#define CMD_COLD_RESET  0x02
#define CMD_SYSTEM_GUID 0x37
#define CMD_STATUS      0x01
#define CMD_CONTROL     0x02
#define CMD_IDENTIFY    0x04
#define CMD_GET_LAN     0x02

#define CONTROL_NMI  0x04
#define THIS_CHANNEL 0x0e

static void nothing(struct ipmi_op *op)
{
	(void)op;
}

/* ---- the controller itself ---- */

enum { INFO_ID, INFO_GUID };

static void info_begin(struct ipmi_op *op)
{
	op->result.report = bmc_report_new(BMC_REPORT_INFO);
}

static void info_command(struct ipmi_op *op, struct ipmi_command *out)
{
	out->netfn = IPMI_APP;
	out->cmd = op->walk.stage == INFO_ID ? CMD_DEVICE_ID : CMD_SYSTEM_GUID;
}

/* IPMI 2.0, 20.1 */
static enum ipmi_step on_device_id(struct ipmi_op *op, struct rbuf in)
{
	struct bmc_info *info = &op->result.report->info;
	uint8_t major;
	uint8_t minor;
	uint8_t version;
	uint32_t maker;

	info->device = rbuf_u8(&in);
	info->revision = rbuf_u8(&in) & 0x0f;
	major = rbuf_u8(&in);
	minor = rbuf_u8(&in);
	version = rbuf_u8(&in);
	if (in.bad)
		return ipmi_walk_short(op);
	rbuf_u8(&in); /* which kinds of commands it has */
	maker = rbuf_le16(&in);
	maker |= (uint32_t)(rbuf_u8(&in) & 0x0f) << 16;
	info->manufacturer = maker;
	info->product = rbuf_le16(&in);
	info->updating = major & 0x80;
	/* The minor part is decimal digits, as far as firmware knows. */
	snprintf(info->firmware, sizeof(info->firmware), "%u.%02x",
		 major & 0x7fu, minor);
	snprintf(info->protocol, sizeof(info->protocol), "%u.%u",
		 version & 0x0fu, version >> 4);
	op->walk.stage = INFO_GUID;
	return IPMI_STEP_ON;
}

/* IPMI 2.0, 20.8: the bytes of a GUID, the last ones first. */
static void read_guid(struct bmc_info *info, struct rbuf in)
{
	uint8_t guid[16];
	char hex[33];

	for (size_t i = 0; i < sizeof(guid); i++)
		guid[15 - i] = rbuf_u8(&in);
	if (in.bad)
		return;
	str_hex(hex, guid, sizeof(guid));
	snprintf(info->guid, sizeof(info->guid), "%.8s-%.4s-%.4s-%.4s-%s", hex,
		 hex + 8, hex + 12, hex + 16, hex + 20);
}

static enum ipmi_step info_answer(struct ipmi_op *op,
				  const struct ipmi_response *r)
{
	if (op->walk.stage == INFO_ID) {
		if (r->completion)
			return IPMI_STEP_REFUSE;
		return on_device_id(op, ipmi_body(r));
	}
	/* Not all have one. */
	if (!r->completion)
		read_guid(&op->result.report->info, ipmi_body(r));
	return IPMI_STEP_DONE;
}

const struct ipmi_walk_ops ipmi_info_walk = {
	.begin = info_begin,
	.command = info_command,
	.answer = info_answer,
};

/* It may start anew before it has answered: then nobody knows. */
static void restart_command(struct ipmi_op *op, struct ipmi_command *out)
{
	(void)op;
	out->netfn = IPMI_APP;
	out->cmd = CMD_COLD_RESET;
	out->privilege = IPMI_ADMIN;
	out->writes = true;
	out->once = true;
}

static enum ipmi_step restart_answer(struct ipmi_op *op,
				     const struct ipmi_response *r)
{
	(void)op;
	return r->completion ? IPMI_STEP_REFUSE : IPMI_STEP_TAKEN;
}

const struct ipmi_walk_ops ipmi_restart_walk = {
	.begin = nothing,
	.command = restart_command,
	.answer = restart_answer,
};

/* ---- a diagnostic interrupt ---- */

enum { NMI_STATUS, NMI_CONTROL };

static void nmi_command(struct ipmi_op *op, struct ipmi_command *out)
{
	out->netfn = IPMI_CHASSIS;
	if (op->walk.stage == NMI_STATUS) {
		out->cmd = CMD_STATUS;
		return;
	}
	out->cmd = CMD_CONTROL;
	out->bytes[0] = CONTROL_NMI;
	out->len = 1;
	out->writes = true;
	out->once = true;
}

/* Whether it has come, the operating system may tell; the BMC does not. */
static enum ipmi_step nmi_answer(struct ipmi_op *op,
				 const struct ipmi_response *r)
{
	struct rbuf in = ipmi_body(r);
	bool on = rbuf_u8(&in) & 1;

	if (r->completion)
		return IPMI_STEP_REFUSE;
	if (op->walk.stage == NMI_CONTROL)
		return IPMI_STEP_TAKEN;
	if (in.bad)
		return ipmi_walk_short(op);
	op->result.power = on ? BMC_POWER_ON : BMC_POWER_OFF;
	if (!on)
		return ipmi_walk_fail(op, ERR_INVALID, "nmi: power is off");
	op->walk.stage = NMI_CONTROL;
	return IPMI_STEP_ON;
}

const struct ipmi_walk_ops ipmi_nmi_walk = {
	.begin = nothing,
	.command = nmi_command,
	.answer = nmi_answer,
};

/* ---- the light ---- */

enum { LIGHT_SET, LIGHT_CHECK };

/* IPMI 2.0, 28.5 */
static void identify_command(struct ipmi_op *op, struct ipmi_command *out)
{
	uint32_t seconds = op->request.seconds;

	out->netfn = IPMI_CHASSIS;
	if (op->walk.stage == LIGHT_CHECK) {
		out->cmd = CMD_STATUS;
		return;
	}
	out->cmd = CMD_IDENTIFY;
	out->writes = true;
	out->len = 1;
	if (seconds == BMC_IDENTIFY_ON) {
		out->bytes[1] = 1;
		out->len = 2;
	} else {
		out->bytes[0] = seconds < 255 ? (uint8_t)seconds : 255;
	}
}

/* IPMI 2.0, 28.2: bit 6 of the third byte says whether bits 4 and 5 are the
 * state of the light. */
static enum ipmi_step identify_answer(struct ipmi_op *op,
				      const struct ipmi_response *r)
{
	struct rbuf in = ipmi_body(r);
	uint8_t state;

	if (op->walk.stage == LIGHT_SET) {
		if (r->completion)
			return IPMI_STEP_REFUSE;
		op->walk.stage = LIGHT_CHECK;
		return IPMI_STEP_ON;
	}
	rbuf_le16(&in);
	state = rbuf_u8(&in);
	if (r->completion || in.bad || !(state & 0x40)) {
		if (op->lost)
			return ipmi_walk_fail(op, ERR_OUTCOME,
					      "identify was sent and no "
					      "answer came");
		return IPMI_STEP_TAKEN;
	}
	if (!(state & 0x30) == !op->request.seconds)
		return IPMI_STEP_DONE;
	/* It was lost on the way there: this time, that is known. */
	if (op->lost && !op->walk.anew++) {
		op->lost = false;
		op->walk.stage = LIGHT_SET;
		return IPMI_STEP_ON;
	}
	return ipmi_walk_fail(op, ERR_MISMATCH,
			      "identify: set, but the BMC says that the light "
			      "is %s",
			      state & 0x30 ? "on" : "off");
}

static enum ipmi_step identify_silence(struct ipmi_op *op)
{
	op->walk.stage = LIGHT_CHECK;
	return IPMI_STEP_ON;
}

const struct ipmi_walk_ops ipmi_identify_walk = {
	.begin = nothing,
	.command = identify_command,
	.answer = identify_answer,
	.silence = identify_silence,
};

/* ---- its network ---- */

/* IPMI 2.0, 23.2, table 23-4 */
static const uint8_t lan_params[] = { 3, 4, 5, 6, 12, 20 };

static void lan_begin(struct ipmi_op *op)
{
	op->result.report = bmc_report_new(BMC_REPORT_LAN);
	op->walk.channel = THIS_CHANNEL;
}

static void lan_command(struct ipmi_op *op, struct ipmi_command *out)
{
	out->netfn = IPMI_TRANSPORT;
	out->cmd = CMD_GET_LAN;
	out->bytes[0] = op->walk.channel;
	out->bytes[1] = lan_params[op->walk.stage];
	out->len = 4;
	out->privilege = IPMI_OPERATOR;
}

static void read_lan(struct bmc_lan *lan, uint8_t param, struct rbuf in)
{
	struct bmc_lan read = *lan;

	rbuf_u8(&in); /* revision */
	switch (param) {
	case 3:
		read.address = rbuf_be32(&in);
		break;
	case 4:
		read.by_dhcp = (rbuf_u8(&in) & 0x0f) == 2;
		break;
	case 5:
		rbuf_bytes(&in, read.mac.bytes, sizeof(read.mac.bytes));
		break;
	case 6:
		read.mask = rbuf_be32(&in);
		break;
	case 12:
		read.gateway = rbuf_be32(&in);
		break;
	default:
		read.vlan = rbuf_le16(&in);
		read.vlan = read.vlan & 0x8000 ? read.vlan & 0x0fff : 0;
		break;
	}
	if (!in.bad)
		*lan = read;
}

static enum ipmi_step lan_answer(struct ipmi_op *op,
				 const struct ipmi_response *r)
{
	uint8_t param = lan_params[op->walk.stage];

	/* Some do not know "this channel": then it is mostly the first. */
	if (r->completion && op->walk.stage == 0) {
		if (op->walk.channel != THIS_CHANNEL)
			return IPMI_STEP_REFUSE;
		op->walk.channel = 1;
		return IPMI_STEP_ON;
	}
	if (!r->completion)
		read_lan(&op->result.report->lan, param, ipmi_body(r));
	if (++op->walk.stage == ARRAY_LEN(lan_params))
		return IPMI_STEP_DONE;
	return IPMI_STEP_ON;
}

const struct ipmi_walk_ops ipmi_lan_walk = {
	.begin = lan_begin,
	.command = lan_command,
	.answer = lan_answer,
};
