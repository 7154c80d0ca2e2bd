/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "base/wire.h"

static void test_numbers_come_in_both_orders(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3,  4,  5,  6, 7,
					 8, 9, 10, 11, 12, 13 };
	struct rbuf in = rbuf_of(bytes, sizeof(bytes));

	assert_int_equal(rbuf_u8(&in), 1);
	assert_int_equal(rbuf_be16(&in), 0x0203);
	assert_int_equal(rbuf_be32(&in), 0x04050607);
	assert_int_equal(rbuf_le16(&in), 0x0908);
	assert_int_equal(rbuf_le32(&in), 0x0d0c0b0a);
	assert_int_equal(in.left, 0);
	assert_false(in.bad);
	(void)state;
}

static void test_a_bad_reader_gives_zeros_and_has_nothing_left(void **state)
{
	static const uint8_t bytes[] = { 0xff, 0xff, 0xff };
	struct rbuf in = rbuf_of(bytes, sizeof(bytes));
	uint8_t out[2] = { 1, 1 };

	assert_int_equal(rbuf_be32(&in), 0);
	assert_true(in.bad);
	assert_int_equal(in.left, 0);
	assert_int_equal(rbuf_u8(&in), 0);
	rbuf_bytes(&in, out, sizeof(out));
	assert_int_equal(out[0] + out[1], 0);
	assert_null(rbuf_string(&in));
	assert_true(rbuf_sub(&in, 0).bad);
	(void)state;
}

static void test_a_part_is_a_reader_of_its_own(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4 };
	struct rbuf in = rbuf_of(bytes, sizeof(bytes));
	struct rbuf part = rbuf_sub(&in, 3);

	assert_int_equal(rbuf_be32(&part), 0);
	assert_true(part.bad);
	assert_false(in.bad);
	assert_int_equal(rbuf_u8(&in), 4);
	assert_true(rbuf_sub(&in, 1).bad);
	assert_true(in.bad);
	(void)state;
}

static void test_a_string_needs_its_end(void **state)
{
	struct rbuf in = rbuf_of("ab\0cd", 5);

	assert_string_equal(rbuf_string(&in), "ab");
	assert_null(rbuf_string(&in));
	assert_true(in.bad);
	assert_int_equal(in.left, 0);
	(void)state;
}

static void test_a_writer_over_its_end_writes_nothing_more(void **state)
{
	uint8_t room[4] = { 9, 9, 9, 9 };
	struct wbuf out = wbuf_of(room, 3);

	wbuf_be16(&out, 0x0102);
	assert_false(out.bad);
	wbuf_be32(&out, 0);
	wbuf_u8(&out, 7);
	assert_true(out.bad);
	assert_int_equal(out.len, 2);
	assert_int_equal(room[2], 9);
	assert_int_equal(room[3], 9);
	(void)state;
}

static void test_a_reader_reads_what_a_writer_wrote(void **state)
{
	static const uint8_t expected[] = { 1,    0x02, 0x03, 0x04, 0x05,
					    0x06, 0x07, 0x09, 0x08, 0x0d,
					    0x0c, 0x0b, 0x0a, 0,    0,
					    'a',  'b',  0,    'x',  'y' };
	uint8_t room[sizeof(expected)];
	struct wbuf out = wbuf_of(room, sizeof(room));
	struct rbuf in = rbuf_of(room, sizeof(room));

	wbuf_u8(&out, 1);
	wbuf_be16(&out, 0x0203);
	wbuf_be32(&out, 0x04050607);
	wbuf_le16(&out, 0x0809);
	wbuf_le32(&out, 0x0a0b0c0d);
	wbuf_zero(&out, 2);
	wbuf_string(&out, "ab");
	wbuf_bytes(&out, "xy", 2);
	assert_false(out.bad);
	assert_int_equal(out.len, sizeof(expected));
	assert_memory_equal(room, expected, sizeof(expected));

	assert_int_equal(rbuf_u8(&in), 1);
	assert_int_equal(rbuf_be16(&in), 0x0203);
	assert_int_equal(rbuf_be32(&in), 0x04050607);
	assert_int_equal(rbuf_le16(&in), 0x0809);
	assert_int_equal(rbuf_le32(&in), 0x0a0b0c0d);
	assert_int_equal(rbuf_be16(&in), 0);
	assert_string_equal(rbuf_string(&in), "ab");
	assert_int_equal(in.left, 2);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_come_in_both_orders),
		cmocka_unit_test(
			test_a_bad_reader_gives_zeros_and_has_nothing_left),
		cmocka_unit_test(test_a_part_is_a_reader_of_its_own),
		cmocka_unit_test(test_a_string_needs_its_end),
		cmocka_unit_test(
			test_a_writer_over_its_end_writes_nothing_more),
		cmocka_unit_test(test_a_reader_reads_what_a_writer_wrote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
