/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render_text.h"

#include <string.h>

#include "json.h"
#include "test.h"

static void assert_clean(const char *text, const char *expected)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(1024);

	render_clean(&out, text);
	assert_string_equal(out.base, expected);
}

static void test_plain_text_stays_as_it_is(void **state)
{
	(void)state;

	assert_clean("", "");
	assert_clean("no DHCP request (14 times)",
		     "no DHCP request (14 times)");
	assert_clean("F\xc3\xbc\xc3\x9f"
		     "e \xe2\x82\xac \xe6\x9c\xba \xf0\x9f\x98\x80",
		     "F\xc3\xbc\xc3\x9f"
		     "e \xe2\x82\xac \xe6\x9c\xba \xf0\x9f\x98\x80");
}

static void test_line_ends_become_blanks(void **state)
{
	(void)state;

	assert_clean("one\ntwo\tthree\n", "one two three ");
	assert_clean("one\r\ntwo", "one? two");
}

static void test_escape_sequences_lose_their_escape(void **state)
{
	(void)state;

	assert_clean("\033[31mred\033[0m", "?[31mred?[0m");
	assert_clean("\033]0;title\007", "?]0;title?");
	assert_clean("\033[2J\033[H", "?[2J?[H");
	assert_clean("a\b\b\bb\x7f", "a???b?");
	assert_clean("\x01\x02\x1f ", "??? ");
}

/* CSI is one character in C1, in UTF-8 and as a byte of older terminals. */
static void test_c1_controls_are_controls_too(void **state)
{
	(void)state;

	assert_clean("\xc2\x9b"
		     "31mred",
		     "?31mred");
	assert_clean("\xc2\x80\xc2\x9f", "??");
	assert_clean("\x9b"
		     "31mred",
		     "?31mred");
	assert_clean("\xc2\xa0", "\xc2\xa0"); /* a blank that is none */
}

static void test_halves_of_utf16_are_no_characters(void **state)
{
	(void)state;

	assert_clean("\xed\xa0\x80\xed\xbf\xbf", "??????");
	assert_clean("\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80");
}

static void test_what_turns_the_direction_is_shown_as_such(void **state)
{
	(void)state;

	assert_clean("a\xe2\x80\xae"
		     "b\xe2\x81\xa6"
		     "c\xe2\x80\xa8"
		     "d",
		     "a?b?c?d");
}

static void test_what_is_no_utf8_is_shown_as_such(void **state)
{
	(void)state;

	assert_clean("\xc3", "?");
	assert_clean("\xc3("
		     "a",
		     "?(a");
	assert_clean("\xe2\x82", "??");
	assert_clean("\xe2\x82z", "??z");
	assert_clean("\xff\xfe", "??");
	assert_clean("\xc0\x9b", "??");           /* ESC-like, too long */
	assert_clean("\xe0\x82\x9b", "???");      /* the same in three */
	assert_clean("\xf4\x90\x80\x80", "????"); /* over the last */
	assert_clean("\xf8\x88\x80\x80\x80", "?????");
}

static void test_width_is_what_a_terminal_shows(void **state)
{
	(void)state;

	assert_int_equal(render_width(""), 0);
	assert_int_equal(render_width("r1n01"), 5);
	assert_int_equal(render_width("F\xc3\xbc\xc3\x9f"
				      "e"),
			 4);
	assert_int_equal(render_width("\xe6\x9c\xba\xe5\x99\xa8"), 4);
	assert_int_equal(render_width("\xed\x95\x9c"), 2);
	assert_int_equal(render_width("\xf0\x9f\x98\x80!"), 3);
	assert_int_equal(render_width("e\xcc\x81"), 1); /* with an accent */
	assert_int_equal(render_width("\x1b\xff"), 2);  /* shown as ?? */
}

static void assert_cut(const char *text, size_t columns, const char *expected)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(1024);
	size_t used = render_cut(&out, text, columns);

	assert_string_equal(out.base, expected);
	assert_int_equal(used, render_width(expected));
	assert_true(used <= columns);
}

static void test_a_cut_never_splits_a_character(void **state)
{
	(void)state;

	assert_cut("r1n01", 5, "r1n01");
	assert_cut("r1n01", 4, "r1n0");
	assert_cut("r1n01", 0, "");
	assert_cut("\xc3\xbc\xc3\xbc", 1, "\xc3\xbc");
	assert_cut("a\xe6\x9c\xba"
		   "b",
		   2, "a");
	assert_cut("a\xe6\x9c\xba"
		   "b",
		   3, "a\xe6\x9c\xba");
	assert_cut("e\xcc\x81x", 1, "e\xcc\x81");
}

static void assert_rows(const char *rows, const char *expected)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);
	AUTO_JSON json_t *list = json_of(rows);
	struct render_widths widths = { .width = { 0 } };

	render_rows(&out, list, &widths);
	assert_string_equal(out.base, expected);
}

static void test_columns_are_as_wide_as_their_widest_cell(void **state)
{
	(void)state;

	assert_rows("[]", "");
	assert_rows("[[]]", "\n");
	assert_rows("[['NAME','IP'],['r1n01','198.18.0.11'],['x','-']]",
		    "NAME    IP\n"
		    "r1n01   198.18.0.11\n"
		    "x       -\n");
}

static void test_columns_of_wide_characters_line_up(void **state)
{
	(void)state;

	assert_rows("[['\xc3\xbc\xc3\xbc','a'],['abc','b'],"
		    "['\xe6\x9c\xba\xe5\x99\xa8','c'],['e\xcc\x81','d']]",
		    "\xc3\xbc\xc3\xbc     a\n"
		    "abc    b\n"
		    "\xe6\x9c\xba\xe5\x99\xa8   c\n"
		    "e\xcc\x81      d\n");
}

static void test_a_row_ends_with_its_last_text(void **state)
{
	(void)state;

	assert_rows("[['a','bb','c'],['a','',''],['','',''],['','b'],"
		    "['','','c']]",
		    "a   bb   c\n"
		    "a\n"
		    "\n"
		    "    b\n"
		    "         c\n");
}

static void test_cells_cannot_steer_the_terminal(void **state)
{
	(void)state;

	assert_rows("[['a\\u001b[2J','\\u009bb'],['c\\nd','e',7]]",
		    "a?[2J   ?b\n"
		    "c d     e\n");
}

static void test_widths_grow_from_one_part_to_the_next(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(1024);
	AUTO_JSON json_t *first = json_of("[['long name','a']]");
	AUTO_JSON json_t *second = json_of("[['x','b']]");
	struct render_widths widths = { .width = { 0 } };

	(void)state;

	render_rows(&out, first, &widths);
	render_rows(&out, second, &widths);
	assert_string_equal(out.base, "long name   a\n"
				      "x           b\n");
}

static void test_more_columns_than_are_counted_are_still_shown(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);
	AUTO_JSON json_t *rows = json_of("[[]]");
	struct render_widths widths = { .width = { 0 } };

	(void)state;

	for (size_t i = 0; i < RENDER_COLUMNS_MAX + 3; i++)
		json_array_append_new(json_array_get(rows, 0),
				      json_string("x"));
	render_rows(&out, rows, &widths);
	assert_int_equal(out.len, 4 * (RENDER_COLUMNS_MAX + 3) - 3 + 1);
}

static const char table[] =
	"{'columnDefinitions':[{'name':'Name','priority':0},"
	"{'name':'State'},{'name':'Task','priority':1}],"
	"'rows':[{'cells':['w1','RUNNING','tasks']},"
	"{'cells':[null,7,true]},{'cells':[{},[],false,'extra']},{}]}";

static void test_a_table_of_the_server_becomes_rows(void **state)
{
	AUTO_JSON json_t *object = json_of(table);
	AUTO_JSON json_t *rows = render_table_rows(object, true, true);
	AUTO_JSON json_t *narrow = render_table_rows(object, true, false);
	AUTO_JSON json_t *bare = render_table_rows(object, false, false);

	(void)state;

	assert_json(rows, "[['NAME','STATE','TASK'],['w1','RUNNING','tasks'],"
			  "['','7','true'],['...','...','false','extra'],[]]");
	assert_json(narrow, "[['NAME','STATE'],['w1','RUNNING'],['','7'],"
			    "['...','...','extra'],[]]");
	assert_json(bare, "[['w1','RUNNING'],['','7'],"
			  "['...','...','extra'],[]]");
}

static void test_a_table_without_anything_is_no_rows(void **state)
{
	AUTO_JSON json_t *object = json_of("{}");
	AUTO_JSON json_t *rows = render_table_rows(object, false, false);

	(void)state;

	assert_json(rows, "[]");
}

static void test_bars_fill_from_the_left(void **state)
{
	static const struct {
		int64_t done;
		int64_t total;
		size_t width;
		const char *bar;
	} bars[] = {
		{ 0, 100, 12, "[          ]" },
		{ 1, 100, 12, "[>         ]" },
		{ 50, 100, 12, "[=====>    ]" },
		{ 99, 100, 12, "[=========>]" },
		{ 100, 100, 12, "[==========]" },
		{ 200, 100, 12, "[==========]" },
		{ 50, 0, 12, "[>         ]" },
		{ -5, 100, 12, "[          ]" },
		{ 50, -1, 6, "[>   ]" },
		{ INT64_MAX - 1, INT64_MAX, 5, "[===]" },
		{ 1, 2, 2, "[]" },
		{ 1, 2, 0, "[]" },
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(bars); i++) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(64);

		render_bar(&out, bars[i].done, bars[i].total, bars[i].width);
		assert_string_equal(out.base, bars[i].bar);
	}
}

static void test_bytes_have_the_unit_that_reads_best(void **state)
{
	static const struct {
		int64_t bytes;
		const char *text;
	} sizes[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.0 KiB" },
		{ 1536, "1.5 KiB" },
		{ 10 * 1024 - 1, "10 KiB" },
		{ 10 * 1024, "10 KiB" },
		{ 1024 * 1024 - 1, "1.0 MiB" },
		{ 1024 * 1024, "1.0 MiB" },
		{ 512 << 20, "512 MiB" },
		{ INT64_C(1503238553), "1.4 GiB" },
		{ INT64_C(3) << 40, "3.0 TiB" },
		{ INT64_C(5000) << 40, "5000 TiB" },
		{ INT64_MAX, "8388608 TiB" },
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(64);

		render_bytes(&out, sizes[i].bytes);
		assert_string_equal(out.base, sizes[i].text);
	}
}

static void test_durations_are_as_exact_as_they_are_short(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} durations[] = {
		{ 0, "0.0s" },
		{ 49, "0.0s" },
		{ 400, "0.4s" },
		{ 9999, "9.9s" },
		{ 10000, "10s" },
		{ 119999, "119s" },
		{ 192000, "3m12s" },
		{ 7500000, "2h5m" },
		{ INT64_C(9) * 86400000, "9d" },
		{ -1, "0s" },
	};

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(64);

		render_duration(&out, durations[i].ms);
		assert_string_equal(out.base, durations[i].text);
	}
}

static void test_times_are_read_with_and_without_a_fraction(void **state)
{
	static const struct {
		const char *text;
		wall_ms at;
	} times[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-11-24T12:00:00Z", INT64_C(1795521600000) },
		{ "2026-11-24T12:00:00.5Z", INT64_C(1795521600500) },
		{ "2026-11-24T12:00:00.123456Z", INT64_C(1795521600123) },
		{ "2024-02-29T23:59:59.999999999Z", INT64_C(1709251199999) },
	};
	static const char *const wrong[] = {
		"",
		"now",
		"2026-11-24",
		"2026-11-24 12:00:00Z",
		"2026-11-24T12:00:00",
		"2026-11-24T12:00:00+01:00",
		"2026-11-24T12:00:00ZZ",
		"2026-11-24T12:00Z",
		"2026-13-24T12:00:00Z",
		"2026-11-24T25:00:00Z",
		"2026-11-24T12:00:00.x1Z",
	};
	wall_ms at;

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		assert_true(render_parse_time(times[i].text, &at));
		assert_int_equal(at, times[i].at);
	}
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		if (render_parse_time(wrong[i], &at))
			fail_msg("\"%s\" was taken", wrong[i]);
	assert_false(render_parse_time(NULL, &at));
}

static void test_states_are_painted_and_aligned_all_the_same(void **state)
{
	AUTO_JSON json_t *rows =
		json_of("[['a','FAILED','x'],['b','done','y'],['c','?','z']]");
	struct render_widths widths = { .indent = 2, .colour = true };
	CLEANUP(buf_release) struct buf out = BUF_INIT(1024);

	(void)state;

	render_rows(&out, rows, &widths);

	assert_string_equal(out.base, "  a   \033[31mFAILED\033[0m   x\n"
				      "  b   \033[32mdone\033[0m     y\n"
				      "  c   ?        z\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_plain_text_stays_as_it_is),
		RUN(test_line_ends_become_blanks),
		RUN(test_escape_sequences_lose_their_escape),
		RUN(test_c1_controls_are_controls_too),
		RUN(test_halves_of_utf16_are_no_characters),
		RUN(test_what_turns_the_direction_is_shown_as_such),
		RUN(test_what_is_no_utf8_is_shown_as_such),
		RUN(test_width_is_what_a_terminal_shows),
		RUN(test_a_cut_never_splits_a_character),
		RUN(test_columns_are_as_wide_as_their_widest_cell),
		RUN(test_columns_of_wide_characters_line_up),
		RUN(test_a_row_ends_with_its_last_text),
		RUN(test_cells_cannot_steer_the_terminal),
		RUN(test_widths_grow_from_one_part_to_the_next),
		RUN(test_more_columns_than_are_counted_are_still_shown),
		RUN(test_a_table_of_the_server_becomes_rows),
		RUN(test_a_table_without_anything_is_no_rows),
		RUN(test_bars_fill_from_the_left),
		RUN(test_bytes_have_the_unit_that_reads_best),
		RUN(test_durations_are_as_exact_as_they_are_short),
		RUN(test_times_are_read_with_and_without_a_fraction),
		RUN(test_states_are_painted_and_aligned_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
