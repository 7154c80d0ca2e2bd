/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_sdr_wire.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "bmc/ipmi_event_wire.h"

#define SDR_FULL     0x01
#define SDR_COMPACT  0x02
#define OWNER_BMC    0x20
#define NO_NUMBER    3
#define LINEAR_TABLE 0x70 /* and above: factors differ by reading */

size_t ipmi_sdr_size(struct rbuf head)
{
	uint8_t rest;

	rbuf_le16(&head);
	rbuf_u8(&head);
	rbuf_u8(&head);
	rest = rbuf_u8(&head);
	return head.bad ? 0 : IPMI_SDR_HEAD + (size_t)rest;
}

/* IPMI 2.0, 43.15: the text is ASCII, 8-bit, or packed otherwise. */
static void read_name(struct rbuf *in, char *out, size_t size)
{
	uint8_t head = rbuf_u8(in);
	size_t len = head & 0x1f;
	size_t used = 0;

	for (size_t i = 0; i < len && in->left; i++) {
		uint8_t c = rbuf_u8(in);

		if (used + 1 < size)
			out[used++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	}
	while (used && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
}

/* Ten bits, the lower eight first, and the upper two high in the next. */
static int16_t read_factor(struct rbuf *in)
{
	uint8_t low = rbuf_u8(in);
	uint8_t high = rbuf_u8(in);
	int value = low | (high & 0xc0) << 2;

	return (int16_t)(value >= 512 ? value - 1024 : value);
}

static int8_t exponent(uint8_t nibble)
{
	return (int8_t)(nibble >= 8 ? nibble - 16 : nibble);
}

/* IPMI 2.0, 43.1, from byte 24 on. */
static void read_full(struct ipmi_sdr *sdr, struct rbuf *in)
{
	uint8_t exponents;

	sdr->linear = rbuf_u8(in) & 0x7f;
	sdr->m = read_factor(in);
	sdr->b = read_factor(in);
	rbuf_u8(in); /* accuracy */
	exponents = rbuf_u8(in);
	sdr->r_exp = exponent(exponents >> 4);
	sdr->b_exp = exponent(exponents & 0x0f);
	rbuf_sub(in, 17); /* characteristics, thresholds, OEM */
	sdr->n_shared = 1;
}

/* IPMI 2.0, 43.2 */
static void read_compact(struct ipmi_sdr *sdr, struct rbuf *in)
{
	uint8_t sharing = rbuf_u8(in);

	sdr->suffix = rbuf_u8(in) & 0x7f;
	sdr->n_shared = sharing & 0x0f ? sharing & 0x0f : 1;
	sdr->suffix_letter = (sharing >> 4 & 3) == 1;
	sdr->format = NO_NUMBER;
	rbuf_sub(in, 6); /* hysteresis, reserved, OEM */
}

bool ipmi_parse_sdr(struct ipmi_sdr *sdr, struct rbuf in)
{
	uint8_t record_type;
	uint8_t owner;
	uint8_t units;

	memset(sdr, 0, sizeof(*sdr));
	rbuf_sub(&in, 3);
	record_type = rbuf_u8(&in);
	rbuf_u8(&in);
	owner = rbuf_u8(&in);
	sdr->lun = rbuf_u8(&in) & 0x03;
	sdr->number = rbuf_u8(&in);
	rbuf_sub(&in, 4); /* entity, initialization, capabilities */
	sdr->type = rbuf_u8(&in);
	sdr->kind = rbuf_u8(&in) & 0x7f;
	rbuf_sub(&in, 6); /* masks */
	units = rbuf_u8(&in);
	sdr->unit = rbuf_u8(&in);
	rbuf_u8(&in); /* modifier */
	sdr->format = units >> 6;
	sdr->percent = units & 1;
	if (in.bad || owner != OWNER_BMC)
		return false;
	if (record_type == SDR_FULL)
		read_full(sdr, &in);
	else if (record_type == SDR_COMPACT)
		read_compact(sdr, &in);
	else
		return false;
	read_name(&in, sdr->name, sizeof(sdr->name));
	return !in.bad;
}

void ipmi_sdr_shared(const struct ipmi_sdr *sdr, unsigned n,
		     struct ipmi_sdr *out)
{
	char suffix[8];
	size_t len;

	*out = *sdr;
	out->n_shared = 1;
	if (sdr->n_shared == 1)
		return;
	out->number = (uint8_t)(sdr->number + n);
	if (sdr->suffix_letter)
		snprintf(suffix, sizeof(suffix), "%c",
			 'A' + (int)((sdr->suffix + n) % 26));
	else
		snprintf(suffix, sizeof(suffix), "%u", sdr->suffix + n);
	len = strlen(sdr->name);
	if (len > sizeof(out->name) - 1 - strlen(suffix))
		len = sizeof(out->name) - 1 - strlen(suffix);
	str_copy(out->name + len, sizeof(out->name) - len, suffix);
}

/* IPMI 2.0, 36.3: y = L((M x + B 10^K1) 10^K2); false: it is no number. */
static bool to_value(const struct ipmi_sdr *sdr, uint8_t raw, double *value)
{
	double x = raw;
	double y;

	if (sdr->format == 1 && raw & 0x80) /* ones' complement */
		x = -(double)(uint8_t)~raw;
	else if (sdr->format == 2)
		x = (int8_t)raw;
	else if (sdr->format == NO_NUMBER || sdr->linear >= LINEAR_TABLE)
		return false;
	y = (sdr->m * x + sdr->b * pow(10, sdr->b_exp)) * pow(10, sdr->r_exp);
	switch (sdr->linear) {
	case 0:
		break;
	case 1:
		y = log(y);
		break;
	case 2:
		y = log10(y);
		break;
	case 3:
		y = log2(y);
		break;
	case 4:
		y = exp(y);
		break;
	case 5:
		y = pow(10, y);
		break;
	case 6:
		y = exp2(y);
		break;
	case 7:
		y = 1 / y;
		break;
	case 8:
		y = y * y;
		break;
	case 9:
		y = y * y * y;
		break;
	case 10:
		y = sqrt(y);
		break;
	case 11:
		y = cbrt(y);
		break;
	default:
		return false;
	}
	*value = y;
	return isfinite(y);
}

/* IPMI 2.0, 43.17: of the units those that are met in machines. */
static const char *const units[] = {
	[1] = "C",   [2] = "F",    [3] = "K",     [4] = "V",       [5] = "A",
	[6] = "W",   [7] = "J",    [9] = "VA",    [17] = "CFM",    [18] = "RPM",
	[19] = "Hz", [20] = "us",  [21] = "ms",   [22] = "s",      [23] = "min",
	[24] = "h",  [65] = "bit", [66] = "kbit", [67] = "Mbit",   [70] = "B",
	[71] = "kB", [72] = "MB",  [73] = "GB",   [78] = "errors",
};

/* The threshold that is passed and the worst. */
static enum bmc_health health_of(uint8_t states)
{
	if (states & 0x36)
		return BMC_HEALTH_CRITICAL;
	return states & 0x09 ? BMC_HEALTH_WARNING : BMC_HEALTH_GOOD;
}

static void name_states(struct bmc_sensor *sensor, const struct ipmi_sdr *sdr,
			unsigned states)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(BMC_FIELD_SIZE - 1);

	for (uint8_t i = 0; i < 15; i++) {
		const char *name = ipmi_event_name(sdr->type, sdr->kind, i);

		if (!(states & 1u << i))
			continue;
		if (out.len)
			buf_adds(&out, ", ");
		if (name)
			buf_adds(&out, name);
		else
			buf_printf(&out, "state %u", i);
	}
	str_copy(sensor->text, sizeof(sensor->text), out.base);
}

/* IPMI 2.0, 35.14 */
bool ipmi_parse_reading(struct bmc_sensor *sensor, const struct ipmi_sdr *sdr,
			struct rbuf body)
{
	uint8_t raw = rbuf_u8(&body);
	uint8_t flags = rbuf_u8(&body);
	uint8_t low;
	uint8_t high;

	memset(sensor, 0, sizeof(*sensor));
	str_copy(sensor->name, sizeof(sensor->name), sdr->name);
	sensor->type = sdr->type;
	sensor->number = sdr->number;
	if (body.bad)
		return false;
	low = rbuf_u8(&body);
	high = rbuf_u8(&body);
	/* Not there (bit 5), or not looked at (bit 6 is zero). */
	if (flags & 0x20 || !(flags & 0x40))
		return true;
	if (sdr->percent)
		str_copy(sensor->unit, sizeof(sensor->unit), "%");
	else if (sdr->unit < ARRAY_LEN(units) && units[sdr->unit])
		str_copy(sensor->unit, sizeof(sensor->unit), units[sdr->unit]);
	sensor->has_value = to_value(sdr, raw, &sensor->value);
	if (sdr->kind == IPMI_EVENT_THRESHOLD)
		sensor->health = health_of(low);
	else
		name_states(sensor, sdr, low | (high & 0x7fu) << 8);
	return true;
}
