/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>

#include "bmc/ipmi_event_wire.h"
#include "bmc/ipmi_fru_wire.h"
#include "bmc/ipmi_sdr_wire.h"
#include "fuzz/fuzz.h"

/* What people read is printable, and ends. */
static void check_text(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	assert(len < size);
	for (size_t i = 0; i < len; i++)
		assert(text[i] >= 0x20 && text[i] < 0x7f);
}

static void try_sdr(struct rbuf record, struct rbuf reading)
{
	struct bmc_sensor sensor;
	struct ipmi_sdr sdr;
	struct ipmi_sdr one;

	ipmi_sdr_size(record);
	if (!ipmi_parse_sdr(&sdr, record))
		return;
	check_text(sdr.name, sizeof(sdr.name));
	assert(sdr.n_shared >= 1 && sdr.n_shared <= 15);
	for (unsigned i = 0; i < sdr.n_shared; i++) {
		ipmi_sdr_shared(&sdr, i, &one);
		check_text(one.name, sizeof(one.name));
		if (!ipmi_parse_reading(&sensor, &one, reading))
			continue;
		check_text(sensor.name, sizeof(sensor.name));
		check_text(sensor.unit, sizeof(sensor.unit));
		check_text(sensor.text, sizeof(sensor.text));
		assert(!sensor.has_value || sensor.value - sensor.value == 0);
	}
}

/* The first byte says how much of the rest is an answer to a reading. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct rbuf in = rbuf_of(bytes, len);
	struct rbuf reading = rbuf_sub(&in, rbuf_u8(&in) & 7);
	struct bmc_event event;
	struct bmc_fru fru;

	if (ipmi_parse_sel(&event, in))
		check_text(event.text, sizeof(event.text));
	assert(ipmi_fru_wanted(in) <= IPMI_FRU_MAX);
	if (ipmi_parse_fru(&fru, in)) {
		check_text(fru.chassis_type, sizeof(fru.chassis_type));
		check_text(fru.chassis_part, sizeof(fru.chassis_part));
		check_text(fru.board_name, sizeof(fru.board_name));
		check_text(fru.product_name, sizeof(fru.product_name));
		check_text(fru.product_serial, sizeof(fru.product_serial));
		check_text(fru.product_asset, sizeof(fru.product_asset));
		assert(fru.board_made >= 0);
	}
	try_sdr(in, reading);
	return 0;
}
