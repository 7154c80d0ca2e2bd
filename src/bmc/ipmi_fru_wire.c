/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_fru_wire.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define HEADER        8
#define UNIT          8 /* what offsets and lengths count in */
#define AREA_CHASSIS  2 /* where the header has its offset */
#define AREA_BOARD    3
#define AREA_PRODUCT  4
#define END_OF_FIELDS 0xc1
#define MINUTES_1996  INT64_C(13674240) /* from 1970 to 1996 */

/* From an offset on; empty and bad: there is nothing. */
static struct rbuf from(struct rbuf whole, size_t offset)
{
	rbuf_sub(&whole, offset);
	return whole;
}

static size_t offset_of(struct rbuf whole, size_t area)
{
	struct rbuf in = from(whole, area);

	return (size_t)rbuf_u8(&in) * UNIT;
}

size_t ipmi_fru_wanted(struct rbuf read)
{
	size_t wanted = HEADER;

	for (size_t area = AREA_CHASSIS; area <= AREA_PRODUCT; area++) {
		size_t offset = offset_of(read, area);
		struct rbuf in = from(read, offset);
		size_t end;

		if (!offset)
			continue;
		rbuf_u8(&in);
		end = offset + (size_t)rbuf_u8(&in) * UNIT;
		if (in.bad)
			end = offset + 2; /* first, how long it is */
		if (end > wanted)
			wanted = end;
	}
	return wanted < IPMI_FRU_MAX ? wanted : IPMI_FRU_MAX;
}

static bool sums_to_zero(struct rbuf in)
{
	uint8_t sum = 0;

	while (in.left)
		sum = (uint8_t)(sum + rbuf_u8(&in));
	return sum == 0;
}

/* An area behind its version and length; bad: there is none, or damaged. */
static struct rbuf open_area(struct rbuf whole, size_t area)
{
	size_t offset = offset_of(whole, area);
	struct rbuf in = from(whole, offset);
	struct rbuf head = in;
	struct rbuf body;

	rbuf_u8(&head);
	body = rbuf_sub(&in, (size_t)rbuf_u8(&head) * UNIT);
	if (!offset || head.bad || body.left < UNIT || !sums_to_zero(body))
		body.bad = true;
	if (body.bad)
		body.left = 0;
	rbuf_le16(&body);
	return body;
}

/* ---- fields ---- */

static void add_byte(struct buf *out, uint8_t byte)
{
	buf_addc(out, (char)(byte >= 0x20 && byte < 0x7f ? byte : '?'));
}

static void read_bcd(struct rbuf in, struct buf *out)
{
	static const char digits[] = "0123456789 -.???";

	while (in.left) {
		uint8_t byte = rbuf_u8(&in);

		buf_addc(out, digits[byte >> 4]);
		buf_addc(out, digits[byte & 0x0f]);
	}
}

/* Four characters in three bytes, the lowest bits first. */
static void read_6_bit(struct rbuf in, struct buf *out)
{
	uint32_t bits = 0;
	unsigned n = 0;

	while (in.left) {
		bits |= (uint32_t)rbuf_u8(&in) << n;
		n += 8;
		for (; n >= 6; n -= 6, bits >>= 6)
			buf_addc(out, (char)(0x20 + (bits & 0x3f)));
	}
}

static void read_bytes(struct rbuf in, struct buf *out)
{
	while (in.left)
		buf_printf(out, "%02x", rbuf_u8(&in));
}

/* False: the fields end here. `out` NULL: nobody wants this one. */
static bool read_field(struct rbuf *in, char *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BMC_FIELD_SIZE - 1);
	uint8_t head = rbuf_u8(in);
	struct rbuf field;

	if (in->bad || head == END_OF_FIELDS)
		return false;
	field = rbuf_sub(in, head & 0x3f);
	if (!out)
		return !field.bad;
	switch (head >> 6) {
	case 0:
		read_bytes(field, &text);
		break;
	case 1:
		read_bcd(field, &text);
		break;
	case 2:
		read_6_bit(field, &text);
		break;
	default:
		while (field.left)
			add_byte(&text, rbuf_u8(&field));
		break;
	}
	str_copy(out, BMC_FIELD_SIZE, text.base);
	for (size_t len = strlen(out); len && out[len - 1] == ' '; len--)
		out[len - 1] = '\0';
	return !field.bad;
}

static void read_fields(struct rbuf *in, char *const *outs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!read_field(in, outs[i]))
			return;
}

/* SMBIOS 3.3.4.1, those that are met in racks. */
static const char *const chassis_types[] = {
	[1] = "other",         [3] = "desktop",      [7] = "tower",
	[11] = "hand held",    [17] = "main server", [23] = "rack mount",
	[25] = "multi-system", [28] = "blade",       [29] = "blade enclosure",
};

static void read_chassis(struct bmc_fru *fru, struct rbuf in)
{
	char *const outs[] = { fru->chassis_part, fru->chassis_serial };
	uint8_t type = rbuf_u8(&in);

	if (type < ARRAY_LEN(chassis_types) && chassis_types[type])
		str_copy(fru->chassis_type, sizeof(fru->chassis_type),
			 chassis_types[type]);
	read_fields(&in, outs, ARRAY_LEN(outs));
}

static void read_board(struct bmc_fru *fru, struct rbuf in)
{
	char *const outs[] = { fru->board_maker, fru->board_name,
			       fru->board_serial, fru->board_part };
	uint32_t minutes;

	rbuf_u8(&in); /* language */
	minutes = rbuf_le16(&in);
	minutes |= (uint32_t)rbuf_u8(&in) << 16;
	if (minutes)
		fru->board_made = (minutes + MINUTES_1996) * 60 * 1000;
	read_fields(&in, outs, ARRAY_LEN(outs));
}

static void read_product(struct bmc_fru *fru, struct rbuf in)
{
	char *const outs[] = { fru->product_maker,  fru->product_name,
			       fru->product_part,   fru->product_version,
			       fru->product_serial, fru->product_asset };

	rbuf_u8(&in); /* language */
	read_fields(&in, outs, ARRAY_LEN(outs));
}

bool ipmi_parse_fru(struct bmc_fru *fru, struct rbuf whole)
{
	struct rbuf in = whole;
	struct rbuf head = rbuf_sub(&in, HEADER);
	struct rbuf area;

	memset(fru, 0, sizeof(*fru));
	if (head.bad || !sums_to_zero(head) || (rbuf_u8(&head) & 0x0f) != 1)
		return false;
	area = open_area(whole, AREA_CHASSIS);
	if (!area.bad)
		read_chassis(fru, area);
	area = open_area(whole, AREA_BOARD);
	if (!area.bad)
		read_board(fru, area);
	area = open_area(whole, AREA_PRODUCT);
	if (!area.bad)
		read_product(fru, area);
	return true;
}
