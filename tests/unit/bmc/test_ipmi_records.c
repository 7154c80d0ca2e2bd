/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "bmc/ipmi_event_wire.h"
#include "bmc/ipmi_fru_wire.h"
#include "bmc/ipmi_sdr_wire.h"

#define RBUF(bytes) rbuf_of(bytes, sizeof(bytes) - 1)

/* ---- entries of the event log ---- */

static void test_an_entry_is_put_into_words(void **state)
{
	/* Upper critical, going high; reading and threshold behind it. */
	static const char hot[] = "\x07\x00\x02\x00\xf1\x53\x65\x20\x00\x04"
				  "\x01\x30\x01\x59\x60\x5f";
	static const char gone[] = "\x08\x00\x02\x00\xf1\x53\x65\x20\x00\x04"
				   "\x08\x60\xef\x03\xff\xff";
	struct bmc_event event;

	(void)state;
	assert_true(ipmi_parse_sel(&event, RBUF(hot)));
	assert_int_equal(event.id, 7);
	assert_int_equal(event.at, INT64_C(1700000000000));
	assert_int_equal(event.sensor, 0x30);
	assert_true(event.asserted);
	assert_string_equal(event.text,
			    "temperature: upper critical, going high, reading "
			    "0x60, threshold 0x5f");
	assert_true(ipmi_parse_sel(&event, RBUF(gone)));
	assert_false(event.asserted);
	assert_string_equal(event.text, "power supply: input lost");
}

static void test_what_the_standard_does_not_know_is_numbers(void **state)
{
	static const char odd[] = "\x01\x00\x02\x10\x00\x00\x00\x20\x00\x04"
				  "\xc3\x30\x72\xa5\x60\x5f";
	struct bmc_event event;

	(void)state;
	assert_true(ipmi_parse_sel(&event, RBUF(odd)));
	assert_int_equal(event.at, 0); /* since the BMC started */
	assert_string_equal(event.text,
			    "sensor type 0xc3: event 0x05 of kind 0x72, 0x60, "
			    "0x5f");
}

static void test_records_of_vendors_are_hex(void **state)
{
	static const char timed[] = "\x02\x00\xc1\x00\xf1\x53\x65\x57\x01\x00"
				    "\x01\x02\x03\x04\x05\x06";
	static const char raw[] = "\x03\x00\xe1\x01\x02\x03\x04\x05\x06\x07"
				  "\x08\x09\x0a\x0b\x0c\x0d";
	struct bmc_event event;

	(void)state;
	assert_true(ipmi_parse_sel(&event, RBUF(timed)));
	assert_int_equal(event.at, INT64_C(1700000000000));
	assert_string_equal(event.text, "OEM record 0xc1: 570100010203040506");
	assert_true(ipmi_parse_sel(&event, RBUF(raw)));
	assert_int_equal(event.at, 0);
	assert_string_equal(event.text,
			    "OEM record 0xe1: 0102030405060708090a0b0c0d");
	for (size_t len = 0; len < 16; len++)
		assert_false(ipmi_parse_sel(&event, rbuf_of(raw, len)));
}

/* ---- sensors ---- */

/* "12V": 63 x + 100, in thousandths of a volt. */
static const char volts[] = "\x05\x00\x51\x01\x2e\x20\x00\x40\x03\x01\x7f\x68"
			    "\x02\x01\x95\x7a\x95\x7a\x3f\x3f\x00\x04\x00\x00"
			    "\x3f\x00\x0a\x00\x00\xd1\x07\x00\x00\x00\x00\x00"
			    "\xd7\xd7\xd7\x00\x00\x00\x00\x00\x00\x00\x00\xc3"
			    "12V";

static void test_a_reading_becomes_a_value(void **state)
{
	struct bmc_sensor sensor;
	struct ipmi_sdr sdr;

	(void)state;
	assert_int_equal(ipmi_sdr_size(RBUF(volts)), sizeof(volts) - 1);
	assert_true(ipmi_parse_sdr(&sdr, RBUF(volts)));
	assert_string_equal(sdr.name, "12V");
	assert_true(ipmi_parse_reading(&sensor, &sdr, RBUF("\xbc\xc0\xc0")));
	assert_true(sensor.has_value);
	assert_true(sensor.value > 11.943 && sensor.value < 11.945);
	assert_string_equal(sensor.unit, "V");
	assert_int_equal(sensor.health, BMC_HEALTH_GOOD);
}

static void test_thresholds_that_are_passed_are_bad_health(void **state)
{
	struct bmc_sensor sensor;
	struct ipmi_sdr sdr;

	(void)state;
	assert_true(ipmi_parse_sdr(&sdr, RBUF(volts)));
	assert_true(ipmi_parse_reading(&sensor, &sdr, RBUF("\xbc\xc0\xc8")));
	assert_int_equal(sensor.health, BMC_HEALTH_WARNING);
	assert_true(ipmi_parse_reading(&sensor, &sdr, RBUF("\xbc\xc0\xd8")));
	assert_int_equal(sensor.health, BMC_HEALTH_CRITICAL);
	assert_true(ipmi_parse_reading(&sensor, &sdr, RBUF("\xbc\xc0\xc2")));
	assert_int_equal(sensor.health, BMC_HEALTH_CRITICAL);
}

static void test_a_sensor_that_is_not_read_has_no_value(void **state)
{
	struct bmc_sensor sensor;
	struct ipmi_sdr sdr;

	(void)state;
	assert_true(ipmi_parse_sdr(&sdr, RBUF(volts)));
	assert_true(ipmi_parse_reading(&sensor, &sdr, RBUF("\xbc\xe0\xc0")));
	assert_false(sensor.has_value);
	assert_int_equal(sensor.health, BMC_HEALTH_UNKNOWN);
	assert_true(ipmi_parse_reading(&sensor, &sdr, RBUF("\xbc\x80\xc0")));
	assert_false(sensor.has_value);
	assert_false(ipmi_parse_reading(&sensor, &sdr, RBUF("\xbc")));
}

static void test_formats_and_curves(void **state)
{
	struct ipmi_sdr sdr = { .kind = 1, .m = 1, .n_shared = 1 };
	struct bmc_sensor sensor;

	(void)state;
	sdr.format = 2;
	ipmi_parse_reading(&sensor, &sdr, RBUF("\xfb\xc0\xc0"));
	assert_true(sensor.value == -5);
	sdr.format = 1;
	ipmi_parse_reading(&sensor, &sdr, RBUF("\xfb\xc0\xc0"));
	assert_true(sensor.value == -4);
	sdr.format = 0;
	sdr.linear = 7; /* 1/x */
	ipmi_parse_reading(&sensor, &sdr, RBUF("\x04\xc0\xc0"));
	assert_true(sensor.value == 0.25);
	ipmi_parse_reading(&sensor, &sdr, RBUF("\x00\xc0\xc0"));
	assert_false(sensor.has_value);
	sdr.linear = 8;
	ipmi_parse_reading(&sensor, &sdr, RBUF("\x05\xc0\xc0"));
	assert_true(sensor.value == 25);
	sdr.linear = 0x70; /* factors that we do not ask for */
	ipmi_parse_reading(&sensor, &sdr, RBUF("\x05\xc0\xc0"));
	assert_false(sensor.has_value);
}

/* Two power supplies in one record, and their states. */
static void test_shared_records_are_taken_apart(void **state)
{
	static const char record[] = "\x06\x00\x51\x02\x1e\x20\x01\x60\x0a\x01"
				     "\x67\x40\x08\x6f\x00\x00\x00\x00\x00\x00"
				     "\xc0\x00\x00\x02\x01\x00\x00\x00\x00\x00"
				     "\x00\xc3PSU";
	struct bmc_sensor sensor;
	struct ipmi_sdr sdr;
	struct ipmi_sdr second;

	(void)state;
	assert_true(ipmi_parse_sdr(&sdr, RBUF(record)));
	assert_int_equal(sdr.n_shared, 2);
	assert_int_equal(sdr.lun, 1);
	ipmi_sdr_shared(&sdr, 1, &second);
	assert_string_equal(second.name, "PSU2");
	assert_int_equal(second.number, 0x61);
	assert_true(
		ipmi_parse_reading(&sensor, &second, RBUF("\x00\xc0\x09\x80")));
	assert_false(sensor.has_value);
	assert_string_equal(sensor.text, "present, input lost");
	sdr.suffix_letter = true;
	ipmi_sdr_shared(&sdr, 0, &second);
	assert_string_equal(second.name, "PSUB");
}

static void test_records_of_others_are_left_out(void **state)
{
	char record[sizeof(volts)];
	struct ipmi_sdr sdr;

	(void)state;
	memcpy(record, volts, sizeof(volts));
	record[3] = 0x12; /* a controller's */
	assert_false(ipmi_parse_sdr(&sdr, RBUF(record)));
	memcpy(record, volts, sizeof(volts));
	record[5] = 0x2c; /* behind another controller */
	assert_false(ipmi_parse_sdr(&sdr, RBUF(record)));
	for (size_t len = 0; len < 48; len++)
		assert_false(ipmi_parse_sdr(&sdr, rbuf_of(volts, len)));
}

/* ---- replaceable units ---- */

struct fru {
	uint8_t bytes[256];
	struct wbuf out;
};

static void end_area(struct fru *fru, size_t begin)
{
	uint8_t sum = 0;

	while ((fru->out.len - begin + 1) % 8)
		wbuf_u8(&fru->out, 0);
	fru->bytes[begin + 1] = (uint8_t)((fru->out.len - begin + 1) / 8);
	for (size_t i = begin; i < fru->out.len; i++)
		sum = (uint8_t)(sum + fru->bytes[i]);
	wbuf_u8(&fru->out, (uint8_t)-sum);
}

/* A board area, with fields in all the ways there are to write them. */
static void make_fru(struct fru *fru)
{
	static const char fields[] =
		"\x01\x00\x19\x40\xe1\xc4"
		"\xc5Maker"
		"\x83\x64\xd9\xbe" /* "DEMO", six bits each */
		"\x42\x12\xb3"     /* BCD: "12-3" */
		"\x02\xab\xcd"     /* binary */
		"\xc1";
	size_t begin = 8;

	fru->out = wbuf_of(fru->bytes, sizeof(fru->bytes));
	wbuf_bytes(&fru->out, "\x01\x00\x00\x01\x00\x00\x00\xfe", 8);
	wbuf_bytes(&fru->out, fields, sizeof(fields) - 1);
	end_area(fru, begin);
}

static struct rbuf bytes_of(const struct fru *fru)
{
	return rbuf_of(fru->bytes, fru->out.len);
}

static void test_fields_are_read_in_all_ways(void **state)
{
	struct bmc_fru got;
	struct fru fru;

	(void)state;
	make_fru(&fru);
	assert_true(ipmi_parse_fru(&got, bytes_of(&fru)));

	assert_string_equal(got.board_maker, "Maker");
	assert_string_equal(got.board_name, "DEMO");
	assert_string_equal(got.board_serial, "12-3");
	assert_string_equal(got.board_part, "abcd");
	assert_string_equal(got.product_name, "");
	/* 0xc4e140 minutes after the first of January 1996. */
	assert_int_equal(got.board_made,
			 (INT64_C(820454400) + 0xc4e140 * 60) * 1000);
}

static void test_a_damaged_area_is_left_out(void **state)
{
	struct bmc_fru got;
	struct fru fru;

	(void)state;
	make_fru(&fru);
	fru.bytes[16] ^= 1;
	assert_true(ipmi_parse_fru(&got, bytes_of(&fru)));
	assert_string_equal(got.board_maker, "");
	make_fru(&fru);
	fru.bytes[7] ^= 1;
	assert_false(ipmi_parse_fru(&got, bytes_of(&fru)));
	for (size_t len = 0; len < fru.out.len; len++)
		ipmi_parse_fru(&got, rbuf_of(fru.bytes, len));
}

static void test_only_what_is_wanted_is_read(void **state)
{
	struct fru fru;

	(void)state;
	make_fru(&fru);
	assert_int_equal(ipmi_fru_wanted(rbuf_of(fru.bytes, 0)), 8);
	assert_int_equal(ipmi_fru_wanted(rbuf_of(fru.bytes, 8)), 10);
	assert_int_equal(ipmi_fru_wanted(rbuf_of(fru.bytes, 10)), fru.out.len);
	memset(fru.bytes, 0xff, sizeof(fru.bytes));
	assert_int_equal(ipmi_fru_wanted(rbuf_of(fru.bytes, 8)), 255 * 8 + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_an_entry_is_put_into_words),
		RUN(test_what_the_standard_does_not_know_is_numbers),
		RUN(test_records_of_vendors_are_hex),
		RUN(test_a_reading_becomes_a_value),
		RUN(test_thresholds_that_are_passed_are_bad_health),
		RUN(test_a_sensor_that_is_not_read_has_no_value),
		RUN(test_formats_and_curves),
		RUN(test_shared_records_are_taken_apart),
		RUN(test_records_of_others_are_left_out),
		RUN(test_fields_are_read_in_all_ways),
		RUN(test_a_damaged_area_is_left_out),
		RUN(test_only_what_is_wanted_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
