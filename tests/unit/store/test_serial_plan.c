/* SPDX-License-Identifier: Apache-2.0 */
#include "store/serial_plan.h"

#include <string.h>

#include "base/mem.h"
#include "json.h"
#include "test.h"

static void test_numbers_are_compared_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		const char *clean;
	} rows[] = {
		{ "CZ3D1234", "CZ3D1234" },
		{ "  cz3d1234\t", "CZ3D1234" },
		{ "a b", "A B" },
		{ "01", "01" },
		/* What makers leave in. */
		{ "", "" },
		{ "   ", "" },
		{ "To be filled by O.E.M.", "" },
		{ "Default string", "" },
		{ "Not Specified", "" },
		{ "None", "" },
		{ "0123456789", "" },
		{ "00000000", "" },
		{ ".......", "" },
		{ "x", "" },
	};
	char clean[SERIAL_TEXT];
	char wide[400];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		serial_clean(rows[i].text, clean);
		assert_string_equal(clean, rows[i].clean);
	}
	for (size_t i = 0; i < sizeof(wide); i++)
		wide[i] = (char)('A' + i % 26);
	wide[sizeof(wide) - 1] = '\0';
	serial_clean(wide, clean);
	assert_int_equal(strlen(clean), SERIAL_TEXT - 1);
}

static void test_what_people_wrote_goes_before_what_was_reported(void **state)
{
	static const struct {
		const char *hardware;
		const char *serial;
	} rows[] = {
		{ "{}", "" },
		{ "{'metadata':{'annotations':{'tomte.dev/serial':'a1'},"
		  "'labels':{'tomte.dev/serial':'b1'}}}",
		  "A1" },
		{ "{'metadata':{'labels':{'tomte.dev/serial':'b1'}}}", "B1" },
		{ "{'metadata':{'annotations':{'tinkerbell.org/"
		  "agent-attributes':'{\\\"product\\\":{\\\"serialNumber\\\":"
		  "\\\"c1\\\"}}'}}}",
		  "C1" },
		{ "{'metadata':{'annotations':{'tinkerbell.org/"
		  "agent-attributes':'no JSON'}}}",
		  "" },
	};
	char serial[SERIAL_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_JSON json_t *hardware = json_of(rows[i].hardware);

		serial_of(hardware, serial);
		assert_string_equal(serial, rows[i].serial);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_numbers_are_compared_as_people_write_them),
		cmocka_unit_test(
			test_what_people_wrote_goes_before_what_was_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
