/* SPDX-License-Identifier: Apache-2.0 */
#include "fake/ipmi_bmc.h"

#include <string.h>

#include "base/mem.h"

#define OK           0x00
#define NO_COMMAND   0xc1
#define CANCELLED    0xc5
#define SHORT        0xc7
#define TOO_FAR      0xc9
#define TOO_MUCH     0xca
#define NO_DATA      0xcb
#define BAD_FIELD    0xcc
#define NO_PRIVILEGE 0xd4
#define LAST         0xffff
#define WHOLE        0xff
#define PIECE        16
#define SEL_TIME     1700000000u
#define SEL_ERASED   1

/* ---- what it is made of ---- */

static void put_text(struct wbuf *out, const char *text)
{
	wbuf_u8(out, (uint8_t)(0xc0 | strlen(text)));
	wbuf_bytes(out, text, strlen(text));
}

static void end_area(struct wbuf *out, size_t begin)
{
	uint8_t sum = 0;

	wbuf_u8(out, 0xc1);
	while ((out->len - begin + 1) % 8)
		wbuf_u8(out, 0);
	out->base[begin + 1] = (uint8_t)((out->len - begin + 1) / 8);
	for (size_t i = begin; i < out->len; i++)
		sum = (uint8_t)(sum + out->base[i]);
	wbuf_u8(out, (uint8_t)-sum);
}

/* Platform Management FRU Information, 8 to 12. */
static void init_fru(struct fake_shared *shared)
{
	struct wbuf out = wbuf_of(shared->fru, sizeof(shared->fru));
	size_t begin = 8;
	uint8_t sum = 0;

	wbuf_u8(&out, 1);
	wbuf_zero(&out, 7);
	shared->fru[2] = (uint8_t)(out.len / 8);
	wbuf_u8(&out, 1);
	wbuf_u8(&out, 0);
	wbuf_u8(&out, 0x17); /* rack mount */
	put_text(&out, "CH-77");
	put_text(&out, "CH-SER-1");
	end_area(&out, begin);
	shared->fru[3] = (uint8_t)(out.len / 8);
	begin = out.len;
	wbuf_u8(&out, 1);
	wbuf_u8(&out, 0);
	wbuf_u8(&out, 25); /* English */
	wbuf_u8(&out, 0x40);
	wbuf_u8(&out, 0xe1);
	wbuf_u8(&out, 0xc4); /* minutes since 1996 */
	put_text(&out, "Farm Boards");
	put_text(&out, "Barn 2000");
	put_text(&out, "BRD-SER-42");
	put_text(&out, "BRD-PART-9");
	put_text(&out, "");
	end_area(&out, begin);
	shared->fru[4] = (uint8_t)(out.len / 8);
	begin = out.len;
	wbuf_u8(&out, 1);
	wbuf_u8(&out, 0);
	wbuf_u8(&out, 25);
	put_text(&out, "Farm Systems");
	put_text(&out, "Stable");
	put_text(&out, "PRD-PART-3");
	put_text(&out, "v3");
	put_text(&out, "PRD-SER-7");
	put_text(&out, "asset-0815");
	put_text(&out, "");
	end_area(&out, begin);
	for (size_t i = 0; i < 7; i++)
		sum = (uint8_t)(sum + shared->fru[i]);
	shared->fru[7] = (uint8_t)-sum;
}

struct made_sensor {
	const char *name;
	uint8_t number;
	uint8_t type; /* 1 temperature, 2 voltage, 4 fan, 0xb other */
	uint8_t unit; /* 1 deg C, 4 V, 6 W, 18 RPM */
	int16_t m;
	int16_t b;
	int8_t b_exp;
	int8_t r_exp;
	bool is_signed;
	uint8_t upper; /* critical, raw */
	uint8_t raw;   /* reading */
	uint8_t states;
};

static const struct made_sensor made[] = {
	{ "CPU Temp", 1, 0x01, 1, 1, 0, 0, 0, true, 95, 47, 0x00 },
	{ "Inlet Temp", 2, 0x01, 1, 1, 0, 0, 0, true, 45, 0xfb, 0x00 },
	{ "FAN 1", 0x30, 0x04, 18, 100, 0, 0, 0, false, 250, 52, 0x00 },
	{ "FAN 2", 0x31, 0x04, 18, 100, 0, 0, 0, false, 250, 3, 0x02 },
	{ "12V", 0x40, 0x02, 4, 63, 10, 1, -3, false, 215, 188, 0x00 },
	{ "Power", 0x50, 0x0b, 6, 4, 0, 0, 0, false, 200, 81, 0x00 },
};

static void put_factor(struct wbuf *out, int16_t value)
{
	wbuf_u8(out, (uint8_t)value);
	wbuf_u8(out, (uint8_t)((value >> 8 & 3) << 6));
}

/* IPMI 2.0, 43.1 */
static void init_full(uint8_t *record, uint16_t id,
		      const struct made_sensor *sensor)
{
	struct wbuf out = wbuf_of(record, FAKE_SDR_MAX);

	wbuf_le16(&out, id);
	wbuf_u8(&out, 0x51);
	wbuf_u8(&out, 0x01);
	wbuf_u8(&out, (uint8_t)(43 + strlen(sensor->name)));
	wbuf_u8(&out, 0x20);
	wbuf_u8(&out, 0);
	wbuf_u8(&out, sensor->number);
	wbuf_u8(&out, 0x03); /* of the processor */
	wbuf_u8(&out, 1);
	wbuf_u8(&out, 0x7f);
	wbuf_u8(&out, 0x68);
	wbuf_u8(&out, sensor->type);
	wbuf_u8(&out, 0x01); /* thresholds */
	wbuf_le16(&out, 0x7a95);
	wbuf_le16(&out, 0x7a95);
	wbuf_le16(&out, 0x3f3f);
	wbuf_u8(&out, sensor->is_signed ? 0x80 : 0);
	wbuf_u8(&out, sensor->unit);
	wbuf_u8(&out, 0);
	wbuf_u8(&out, 0);
	put_factor(&out, sensor->m);
	put_factor(&out, sensor->b);
	wbuf_u8(&out, 0);
	wbuf_u8(&out,
		(uint8_t)((sensor->r_exp & 0xf) << 4 | (sensor->b_exp & 0xf)));
	wbuf_u8(&out, 0x07);
	wbuf_zero(&out, 5);
	wbuf_u8(&out, sensor->upper);
	wbuf_u8(&out, sensor->upper);
	wbuf_u8(&out, sensor->upper);
	wbuf_zero(&out, 8);
	put_text(&out, sensor->name);
}

/* IPMI 2.0, 43.2: a power supply's presence and failure. */
static void init_compact(uint8_t *record, uint16_t id)
{
	struct wbuf out = wbuf_of(record, FAKE_SDR_MAX);

	wbuf_le16(&out, id);
	wbuf_u8(&out, 0x51);
	wbuf_u8(&out, 0x02);
	wbuf_u8(&out, 27 + 10);
	wbuf_u8(&out, 0x20);
	wbuf_u8(&out, 0);
	wbuf_u8(&out, 0x60);
	wbuf_u8(&out, 0x0a); /* of the power supply */
	wbuf_u8(&out, 1);
	wbuf_u8(&out, 0x67);
	wbuf_u8(&out, 0x40);
	wbuf_u8(&out, 0x08);
	wbuf_u8(&out, 0x6f);
	wbuf_zero(&out, 17);
	put_text(&out, "PS1 Status");
}

/* IPMI 2.0, 43.8: where a FRU is; no sensor. */
static void init_locator(uint8_t *record, uint16_t id)
{
	struct wbuf out = wbuf_of(record, FAKE_SDR_MAX);

	wbuf_le16(&out, id);
	wbuf_u8(&out, 0x51);
	wbuf_u8(&out, 0x11);
	wbuf_u8(&out, 11 + 6);
	wbuf_u8(&out, 0x20);
	wbuf_u8(&out, 0);
	wbuf_u8(&out, 0x80);
	wbuf_zero(&out, 7);
	put_text(&out, "Stable");
}

void fake_storage_init(struct fake_shared *shared)
{
	uint16_t id = 1;

	init_fru(shared);
	init_locator(shared->sdrs[0], id++);
	for (size_t i = 0; i < ARRAY_LEN(made); i++, id++)
		init_full(shared->sdrs[id - 1], id, &made[i]);
	init_compact(shared->sdrs[id - 1], id);
}

/* IPMI 2.0, 32.1 */
static void add_sel(struct fake_bmc *bmc, uint32_t at, const uint8_t *tail)
{
	uint8_t *record = bmc->sel[bmc->n_sel++];
	struct wbuf out = wbuf_of(record, FAKE_SEL_RECORD);

	wbuf_le16(&out, (uint16_t)bmc->n_sel);
	wbuf_u8(&out, 0x02);
	wbuf_le32(&out, at);
	wbuf_le16(&out, 0x0020);
	wbuf_u8(&out, 0x04);
	wbuf_bytes(&out, tail, 6);
}

void fake_sel_init(struct fake_bmc *bmc)
{
	static const uint8_t tails[][6] = {
		{ 0x10, 0x72, 0x6f, 0x02, 0xff, 0xff }, /* log cleared */
		{ 0x01, 0x01, 0x01, 0x59, 0x60, 0x5f }, /* upper critical */
		{ 0x01, 0x01, 0x81, 0x59, 0x50, 0x5f }, /* gone again */
		{ 0x08, 0x60, 0x6f, 0x03, 0xff, 0xff }, /* input lost */
		{ 0x0c, 0x70, 0x6f, 0x00, 0xff, 0x03 }, /* corrected ECC */
		{ 0x12, 0x71, 0x6f, 0xc1, 0x01, 0xff }, /* OEM boot event */
	};

	for (size_t i = 0; i < ARRAY_LEN(tails); i++)
		add_sel(bmc, i ? SEL_TIME + 60 * (uint32_t)i : 100, tails[i]);
	bmc->n_sel_made = bmc->n_sel;
	if (bmc->n_sel < bmc->shared->n_log)
		bmc->n_sel = bmc->shared->n_log;
}

/* Of a long log: those that there are again and again, but for their ids. */
static void read_sel(const struct fake_bmc *bmc, uint16_t id,
		     uint8_t record[FAKE_SEL_RECORD])
{
	memcpy(record, bmc->sel[(id - 1u) % bmc->n_sel_made], FAKE_SEL_RECORD);
	record[0] = (uint8_t)id;
	record[1] = (uint8_t)(id >> 8);
}

/* ---- SEL ---- */

static uint8_t sel_info(struct fake_call *call)
{
	struct fake_bmc *bmc = call->bmc;

	wbuf_u8(call->out, 0x51);
	wbuf_le16(call->out, (uint16_t)bmc->n_sel);
	wbuf_le16(call->out, bmc->n_sel < FAKE_MAX_SEL
				     ? (uint16_t)((FAKE_MAX_SEL - bmc->n_sel) *
						  FAKE_SEL_RECORD)
				     : 0);
	wbuf_le32(call->out, SEL_TIME + 300);
	wbuf_le32(call->out, SEL_TIME);
	wbuf_u8(call->out, 0x02);
	return OK;
}

static uint8_t reserve_sel(struct fake_call *call)
{
	wbuf_le16(call->out, ++call->bmc->sel_reservation);
	return OK;
}

static uint8_t get_sel(struct fake_call *call)
{
	struct fake_bmc *bmc = call->bmc;
	uint16_t id;
	uint8_t offset;
	uint8_t count;
	uint8_t record[FAKE_SEL_RECORD];

	rbuf_le16(&call->in);
	id = rbuf_le16(&call->in);
	offset = rbuf_u8(&call->in);
	count = rbuf_u8(&call->in);
	if (call->in.bad)
		return SHORT;
	if (id == 0)
		id = 1;
	else if (id == LAST)
		id = (uint16_t)bmc->n_sel;
	if (!bmc->n_sel || id > bmc->n_sel)
		return NO_DATA;
	if (count == WHOLE)
		count = FAKE_SEL_RECORD;
	if (offset + count > FAKE_SEL_RECORD)
		return BAD_FIELD;
	wbuf_le16(call->out, id == bmc->n_sel ? LAST : (uint16_t)(id + 1));
	read_sel(bmc, id, record);
	wbuf_bytes(call->out, record + offset, count);
	return OK;
}

/* IPMI 2.0, 31.9 */
static uint8_t clear_sel(struct fake_call *call)
{
	struct fake_bmc *bmc = call->bmc;
	uint16_t reservation = rbuf_le16(&call->in);
	uint8_t word[3];
	uint8_t what;

	rbuf_bytes(&call->in, word, 3);
	what = rbuf_u8(&call->in);
	if (call->in.bad)
		return SHORT;
	if (reservation != bmc->sel_reservation)
		return CANCELLED;
	if (memcmp(word, "CLR", 3) != 0)
		return BAD_FIELD;
	if (what == 0xaa) {
		fake_record(bmc, "sel clear");
		bmc->n_sel = 0;
	}
	wbuf_u8(call->out, SEL_ERASED);
	return OK;
}

static uint8_t sel_time(struct fake_call *call)
{
	wbuf_le32(call->out, SEL_TIME + 1000);
	return OK;
}

/* ---- FRU ---- */

static uint8_t fru_info(struct fake_call *call)
{
	uint8_t id = rbuf_u8(&call->in);

	if (call->in.bad)
		return SHORT;
	if (id)
		return NO_DATA;
	wbuf_le16(call->out, FAKE_FRU_SIZE);
	wbuf_u8(call->out, 0);
	return OK;
}

static uint8_t read_fru(struct fake_call *call)
{
	uint8_t id = rbuf_u8(&call->in);
	uint16_t offset = rbuf_le16(&call->in);
	uint8_t count = rbuf_u8(&call->in);

	if (call->in.bad)
		return SHORT;
	if (id)
		return NO_DATA;
	if (count > 32 ||
	    (count > PIECE && call->bmc->shared->faults & FAKE_NO_WHOLE))
		return TOO_MUCH;
	if (offset >= FAKE_FRU_SIZE)
		return TOO_FAR;
	if (count > FAKE_FRU_SIZE - offset)
		count = (uint8_t)(FAKE_FRU_SIZE - offset);
	wbuf_u8(call->out, count);
	wbuf_bytes(call->out, call->bmc->shared->fru + offset, count);
	return OK;
}

/* ---- SDR and sensors ---- */

static uint8_t sdr_info(struct fake_call *call)
{
	wbuf_u8(call->out, 0x51);
	wbuf_le16(call->out, FAKE_N_SDRS);
	wbuf_le16(call->out, 0x1000);
	wbuf_le32(call->out, SEL_TIME);
	wbuf_le32(call->out, SEL_TIME);
	wbuf_u8(call->out, 0x02);
	return OK;
}

static uint8_t reserve_sdr(struct fake_call *call)
{
	wbuf_le16(call->out, ++call->bmc->sdr_reservation);
	return OK;
}

static uint8_t get_sdr(struct fake_call *call)
{
	struct fake_bmc *bmc = call->bmc;
	uint16_t reservation = rbuf_le16(&call->in);
	uint16_t id = rbuf_le16(&call->in);
	uint8_t offset = rbuf_u8(&call->in);
	uint8_t count = rbuf_u8(&call->in);
	const uint8_t *record;
	size_t size;

	if (call->in.bad)
		return SHORT;
	if (offset && reservation != bmc->sdr_reservation)
		return CANCELLED;
	if (id == 0)
		id = 1;
	if (id > FAKE_N_SDRS)
		return NO_DATA;
	record = bmc->shared->sdrs[id - 1];
	size = record[4] + 5u;
	if (count == WHOLE)
		count = (uint8_t)(size - offset);
	if (offset + count > size)
		return TOO_FAR;
	if (count > 32 ||
	    (count > PIECE && bmc->shared->faults & FAKE_NO_WHOLE))
		return TOO_MUCH;
	wbuf_le16(call->out, id == FAKE_N_SDRS ? LAST : (uint16_t)(id + 1));
	wbuf_bytes(call->out, record + offset, count);
	return OK;
}

/* IPMI 2.0, 35.14 */
static uint8_t get_reading(struct fake_call *call)
{
	uint8_t number = rbuf_u8(&call->in);

	if (call->in.bad)
		return SHORT;
	if (number == 0x60) {
		wbuf_u8(call->out, 0);
		wbuf_u8(call->out, 0xc0);
		wbuf_u8(call->out, 0x09); /* present, and its input is lost */
		wbuf_u8(call->out, 0x80);
		return OK;
	}
	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		if (made[i].number != number)
			continue;
		wbuf_u8(call->out, made[i].raw);
		wbuf_u8(call->out, 0xc0);
		wbuf_u8(call->out, (uint8_t)(0xc0 | made[i].states));
		return OK;
	}
	return NO_DATA;
}

static uint8_t get_thresholds(struct fake_call *call)
{
	uint8_t number = rbuf_u8(&call->in);

	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		if (made[i].number != number)
			continue;
		wbuf_u8(call->out, 0x10);
		wbuf_zero(call->out, 4);
		wbuf_u8(call->out, made[i].upper);
		wbuf_u8(call->out, 0);
		return OK;
	}
	return NO_DATA;
}

static const struct command {
	uint8_t netfn;
	uint8_t cmd;
	uint8_t privilege;
	uint8_t (*handle)(struct fake_call *call);
} commands[] = {
	{ IPMI_STORAGE, 0x10, IPMI_USER, fru_info },
	{ IPMI_STORAGE, 0x11, IPMI_USER, read_fru },
	{ IPMI_STORAGE, 0x20, IPMI_USER, sdr_info },
	{ IPMI_STORAGE, 0x22, IPMI_USER, reserve_sdr },
	{ IPMI_STORAGE, 0x23, IPMI_USER, get_sdr },
	{ IPMI_STORAGE, 0x40, IPMI_USER, sel_info },
	{ IPMI_STORAGE, 0x42, IPMI_USER, reserve_sel },
	{ IPMI_STORAGE, 0x43, IPMI_USER, get_sel },
	{ IPMI_STORAGE, 0x47, IPMI_OPERATOR, clear_sel },
	{ IPMI_STORAGE, 0x48, IPMI_USER, sel_time },
	{ IPMI_SENSOR, 0x27, IPMI_USER, get_thresholds },
	{ IPMI_SENSOR, 0x2d, IPMI_USER, get_reading },
};

uint8_t fake_storage_command(struct fake_call *call)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		const struct command *command = &commands[i];

		if (command->netfn != call->netfn || command->cmd != call->cmd)
			continue;
		if (call->session->level < command->privilege)
			return NO_PRIVILEGE;
		return command->handle(call);
	}
	return NO_COMMAND;
}
