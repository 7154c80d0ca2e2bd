/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <string.h>

#include "test.h"

static void test_a_copy_fits_or_is_empty(void **state)
{
	char out[4] = "zzz";

	(void)state;
	assert_true(str_copy(out, sizeof(out), "abc"));
	assert_string_equal(out, "abc");
	assert_false(str_copy(out, sizeof(out), "abcd"));
	assert_string_equal(out, "");
	assert_false(str_copy(out, 0, "a"));
	assert_true(str_copy(out, 1, ""));
}

static void test_beginnings_and_ends(void **state)
{
	(void)state;
	assert_true(str_starts("boot/x", "boot/"));
	assert_true(str_starts("boot", ""));
	assert_false(str_starts("boo", "boot"));
	assert_true(str_ends("a.img.zst", ".zst"));
	assert_false(str_ends("zst", ".zst"));
	assert_true(str_ends("a", ""));
	assert_false(str_eq("a", "A"));
}

static void test_names_are_as_dns_has_them(void **state)
{
	static const char *const good[] = { "a", "r1n01", "a-b.c-d", "0.1",
					    "a--b" };
	static const char *const bad[] = { "",        "A",    "a_b", "-a",
					   "a-",      ".a",   "a.",  "a..b",
					   "a.-b",    "a-.b", "a b", "a/b",
					   "\xc3\xa4" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(str_is_dns_name(good[i], 63));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(str_is_dns_name(bad[i], 63));
	assert_true(str_is_dns_name("abc", 3));
	assert_false(str_is_dns_name("abcd", 3));
}

static void test_numbers_are_whole_and_bounded(void **state)
{
	static const char *const bad[] = { "",   " 1",  "1 ",  "+1",
					   "-1", "12x", "0x1", "1.0" };
	uint64_t wide = 7;
	uint32_t value = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(str_parse_u64(bad[i], UINT64_MAX, &wide));
	assert_int_equal(wide, 7);
	assert_true(str_parse_u64("18446744073709551615", UINT64_MAX, &wide));
	assert_true(wide == UINT64_MAX);
	assert_false(str_parse_u64("18446744073709551616", UINT64_MAX, &wide));
	assert_false(str_parse_u64("99999999999999999999", UINT64_MAX, &wide));
	assert_true(str_parse_u64("0", 0, &wide));
	assert_false(str_parse_u64("1", 0, &wide));
	assert_true(str_parse_u32("007", 10, &value));
	assert_int_equal(value, 7);
	assert_false(str_parse_u32("11", 10, &value));
	assert_false(str_parse_u32("4294967296", UINT32_MAX, &value));
	assert_int_equal(value, 7);
}

static void test_hex_goes_both_ways(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x7f, 0xab, 0xff };
	uint8_t back[4];
	char text[9];

	(void)state;
	str_hex(text, bytes, sizeof(bytes));

	assert_string_equal(text, "007fabff");
	assert_true(str_unhex(back, sizeof(back), "007FabFF"));
	assert_memory_equal(back, bytes, sizeof(bytes));
	assert_false(str_unhex(back, sizeof(back), "007fabf"));
	assert_false(str_unhex(back, sizeof(back), "007fabff0"));
	assert_false(str_unhex(back, sizeof(back), "007fabfg"));
	assert_false(str_unhex(back, sizeof(back), "00 7fabf"));
	assert_true(str_unhex(back, 0, ""));
}

/* RFC 4648, section 10. */
static void test_base64_is_that_of_the_standard(void **state)
{
	static const struct {
		const char *plain;
		const char *text;
	} cases[] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(64);
		CLEANUP(buf_release) struct buf plain = BUF_INIT(64);

		str_base64(&text, cases[i].plain, strlen(cases[i].plain));
		assert_string_equal(text.base, cases[i].text);
		assert_true(str_unbase64(&plain, text.base, text.len));
		assert_string_equal(plain.base, cases[i].plain);
	}
}

static void test_what_is_no_base64_is_refused(void **state)
{
	static const char *const bad[] = { "Z",    "Zg",       "Zg=",  "Zg===",
					   "====", "=Zg=",     "Z=g=", "Zm9v=",
					   "Zm9-", "Zg==Zg==", "Zm9v*" };
	CLEANUP(buf_release) struct buf small = BUF_INIT(2);
	CLEANUP(buf_release) struct buf broken = BUF_INIT(64);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(64);

		assert_false(str_unbase64(&out, bad[i], strlen(bad[i])));
	}
	assert_false(str_unbase64(&small, "Zm9v", 4));
	assert_false(str_unbase64(&broken, "Zm\0v", 4));
	assert_true(str_unbase64(&broken, "Zm\n 9v\r\n", 8));
}

static void test_distance_counts_edits(void **state)
{
	char longer[65];

	(void)state;
	memset(longer, 'a', 64);
	longer[64] = '\0';
	assert_int_equal(str_distance("", ""), 0);
	assert_int_equal(str_distance("timeout", "timeout"), 0);
	assert_int_equal(str_distance("timout", "timeout"), 1);
	assert_int_equal(str_distance("kitten", "sitting"), 3);
	assert_int_equal(str_distance("abc", ""), 3);
	assert_int_equal(str_distance(longer + 1, longer + 1), 0);
	assert_true(str_distance(longer, "a") == SIZE_MAX);
	assert_true(str_distance("a", longer) == SIZE_MAX);
}

static void test_a_character_has_its_length_or_is_none(void **state)
{
	static const struct {
		const char *text;
		size_t length;
	} rows[] = {
		{ "a", 1 },
		{ "\xc3\xa4", 2 },
		{ "\xe2\x82\xac", 3 },
		{ "\xf0\x9f\x98\x80", 4 },
		{ "\x80", 0 },
		{ "\xc3", 0 },
		{ "\xc0\xaf", 0 },
		{ "\xe0\x80\xaf", 0 },
		{ "\xed\xa0\x80", 0 },
		{ "\xf4\x90\x80\x80", 0 },
		{ "\xf0\x9f\x98", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
			str_utf8_length((const unsigned char *)rows[i].text),
			rows[i].length);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_copy_fits_or_is_empty),
		RUN(test_a_character_has_its_length_or_is_none),
		RUN(test_beginnings_and_ends),
		RUN(test_names_are_as_dns_has_them),
		RUN(test_numbers_are_whole_and_bounded),
		RUN(test_hex_goes_both_ways),
		RUN(test_base64_is_that_of_the_standard),
		RUN(test_what_is_no_base64_is_refused),
		RUN(test_distance_counts_edits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
