/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_walk.h"

#define CMD_INFO    0x20
#define CMD_RESERVE 0x22
#define CMD_GET     0x23
#define CMD_READING 0x2d
#define LAST        0xffff
#define FIRST_CHUNK 32
#define LAST_CHUNK  4
#define MAX_ANEW    5

/*
 * First what sensors there are, unless that is known and has not changed;
 * then each is read. Of a record its head comes first, for it says how long
 * the whole is, and firmware dislikes to be asked for more.
 */
enum { SDR_INFO, SDR_RESERVE, SDR_HEAD, SDR_REST, READING };

static void sensor_begin(struct ipmi_op *op)
{
	op->result.report = bmc_report_new(BMC_REPORT_SENSORS);
	op->walk.chunk = FIRST_CHUNK;
	op->walk.bytes = xcalloc(1, IPMI_SDR_MAX);
	op->walk.sensors = xcalloc(1, sizeof(*op->walk.sensors));
}

static const struct ipmi_sensors *known(const struct ipmi_op *op)
{
	return op->cache && *op->cache ? *op->cache : op->walk.sensors;
}

/* IPMI 2.0, 33.12 */
static void get_command(const struct ipmi_op *op, struct ipmi_command *out)
{
	size_t left = op->walk.size - op->walk.offset;

	if (op->walk.stage == SDR_HEAD)
		left = IPMI_SDR_HEAD;
	if (left > op->walk.chunk)
		left = op->walk.chunk;
	out->cmd = CMD_GET;
	out->bytes[0] = (uint8_t)op->walk.reservation;
	out->bytes[1] = (uint8_t)(op->walk.reservation >> 8);
	out->bytes[2] = (uint8_t)op->walk.id;
	out->bytes[3] = (uint8_t)(op->walk.id >> 8);
	out->bytes[4] = (uint8_t)op->walk.offset;
	out->bytes[5] = (uint8_t)left;
	out->len = 6;
}

static void sensor_command(struct ipmi_op *op, struct ipmi_command *out)
{
	const struct ipmi_sdr *sdr;

	out->netfn = IPMI_STORAGE;
	switch (op->walk.stage) {
	case SDR_INFO:
		out->cmd = CMD_INFO;
		break;
	case SDR_RESERVE:
		out->cmd = CMD_RESERVE;
		break;
	case READING:
		sdr = &known(op)->sdrs[op->walk.offset];
		out->netfn = IPMI_SENSOR;
		out->cmd = CMD_READING;
		out->lun = sdr->lun;
		out->bytes[0] = sdr->number;
		out->len = 1;
		break;
	default:
		get_command(op, out);
		break;
	}
}

static enum ipmi_step begin_reading(struct ipmi_op *op)
{
	op->walk.stage = READING;
	op->walk.offset = 0;
	return known(op)->n ? IPMI_STEP_ON : IPMI_STEP_DONE;
}

/* IPMI 2.0, 33.9 */
static enum ipmi_step on_info(struct ipmi_op *op, struct rbuf in)
{
	struct ipmi_sensors *sensors = op->walk.sensors;
	const struct ipmi_sensors *cached = op->cache ? *op->cache : NULL;

	rbuf_u8(&in); /* version */
	sensors->records = rbuf_le16(&in);
	rbuf_le16(&in); /* what room is left */
	sensors->added = rbuf_le32(&in);
	sensors->erased = rbuf_le32(&in);
	if (in.bad)
		return ipmi_walk_short(op);
	if (cached && cached->records == sensors->records &&
	    cached->added == sensors->added &&
	    cached->erased == sensors->erased)
		return begin_reading(op);
	if (op->cache) {
		ipmi_sensors_free(*op->cache);
		*op->cache = NULL;
	}
	op->walk.stage = SDR_RESERVE;
	return sensors->records ? IPMI_STEP_ON : IPMI_STEP_DONE;
}

static void keep_sensor(struct ipmi_sensors *sensors,
			const struct ipmi_sdr *sdr)
{
	if (sensors->n == BMC_MAX_SENSORS)
		return;
	if (sensors->n == 0 || (sensors->n & (sensors->n - 1)) == 0)
		sensors->sdrs = xrealloc(sensors->sdrs,
					 (sensors->n ? 2 * sensors->n : 1) *
						 sizeof(*sdr));
	sensors->sdrs[sensors->n++] = *sdr;
}

/* A record is whole: to the next, or to the readings. */
static enum ipmi_step end_record(struct ipmi_op *op)
{
	struct ipmi_sdr sdr;
	struct ipmi_sdr one;

	if (ipmi_parse_sdr(&sdr, rbuf_of(op->walk.bytes, op->walk.size)))
		for (unsigned i = 0; i < sdr.n_shared; i++) {
			ipmi_sdr_shared(&sdr, i, &one);
			keep_sensor(op->walk.sensors, &one);
		}
	op->walk.offset = 0;
	op->walk.stage = SDR_HEAD;
	if (op->walk.next != LAST && op->walk.next != op->walk.id) {
		op->walk.id = op->walk.next;
		return IPMI_STEP_ON;
	}
	if (op->cache) {
		*op->cache = op->walk.sensors;
		op->walk.sensors = NULL;
	}
	return begin_reading(op);
}

static enum ipmi_step on_record(struct ipmi_op *op, struct rbuf in)
{
	struct rbuf read;

	op->walk.next = rbuf_le16(&in);
	if (in.bad || !in.left)
		return ipmi_walk_short(op);
	if (in.left > IPMI_SDR_MAX - op->walk.offset)
		in.left = IPMI_SDR_MAX - op->walk.offset;
	read = in;
	rbuf_bytes(&in, op->walk.bytes + op->walk.offset, read.left);
	op->walk.offset += read.left;
	if (op->walk.stage == SDR_HEAD) {
		if (op->walk.offset < IPMI_SDR_HEAD)
			return IPMI_STEP_ON;
		op->walk.size =
			ipmi_sdr_size(rbuf_of(op->walk.bytes, op->walk.offset));
		if (op->walk.size > IPMI_SDR_MAX)
			op->walk.size = IPMI_SDR_MAX;
		op->walk.stage = SDR_REST;
	}
	if (op->walk.offset < op->walk.size)
		return IPMI_STEP_ON;
	return end_record(op);
}

static enum ipmi_step on_get(struct ipmi_op *op, const struct ipmi_response *r)
{
	if (r->completion == IPMI_CC_CANCELLED && op->walk.anew++ < MAX_ANEW) {
		op->walk.offset = 0;
		op->walk.stage = SDR_RESERVE;
		return IPMI_STEP_ON;
	}
	if (r->completion && op->walk.chunk > LAST_CHUNK) {
		op->walk.chunk /= 2;
		return IPMI_STEP_ON;
	}
	if (r->completion)
		return IPMI_STEP_REFUSE;
	return on_record(op, ipmi_body(r));
}

static enum ipmi_step on_reading(struct ipmi_op *op,
				 const struct ipmi_response *r)
{
	const struct ipmi_sensors *sensors = known(op);
	struct bmc_sensor sensor;
	struct bmc_sensor *kept;

	/* One that is not there says so by a completion code. */
	if (!r->completion &&
	    ipmi_parse_reading(&sensor, &sensors->sdrs[op->walk.offset],
			       ipmi_body(r))) {
		kept = bmc_sensors_add(&op->result.report->sensors);
		if (kept)
			*kept = sensor;
	}
	if (++op->walk.offset == sensors->n)
		return IPMI_STEP_DONE;
	return IPMI_STEP_ON;
}

static enum ipmi_step sensor_answer(struct ipmi_op *op,
				    const struct ipmi_response *r)
{
	struct rbuf in = ipmi_body(r);

	switch (op->walk.stage) {
	case SDR_INFO:
		return r->completion ? IPMI_STEP_REFUSE : on_info(op, in);
	case SDR_RESERVE:
		/* Without reservations the number is zero. */
		op->walk.reservation = r->completion ? 0 : rbuf_le16(&in);
		op->walk.stage = SDR_HEAD;
		return IPMI_STEP_ON;
	case READING:
		return on_reading(op, r);
	default:
		return on_get(op, r);
	}
}

const struct ipmi_walk_ops ipmi_sensor_walk = {
	.begin = sensor_begin,
	.command = sensor_command,
	.answer = sensor_answer,
};
