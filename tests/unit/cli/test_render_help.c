/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render_help.h"

#include <string.h>

#include "base/str.h"
#include "test.h"

static const struct option get_options[] = {
	{ "output", 'o', "FORMAT", "table or json" },
	{ "an-option-with-a-name", 0, "AND-A-VALUE", "has a line of its own" },
	{ 0 },
};

static const struct option common[] = {
	{ "socket", 0, "PATH",
	  "the server's socket, which has a text that is too long for what is "
	  "left of the line" },
	{ 0 },
};

static const struct command command_look = {
	.name = "look",
	.usage = "KIND [NAME...]",
	.help = "show objects",
	.more = "A paragraph that is\nbroken anywhere and is filled anew, "
		"because nobody wants to do that by hand.\n"
		"\n"
		"Another:\n"
		"  stays   as it is\n"
		"  this    too\n"
		"and goes on.\n",
	.options = get_options,
};

static const struct command command_secret = {
	.name = "a-very-long-name-of-a-command",
	.usage = "",
	.help = "for scripts",
	.hidden = true,
};

static const struct command *const commands[] = { &command_look,
						  &command_secret };

static const struct command_list list = { commands, ARRAY_LEN(commands),
					  common };

static void test_a_page_is_filled_to_80_columns(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);

	(void)state;

	render_help_command(&out, &list, &command_look);

	assert_string_equal(
		out.base,
		"usage: tomte look KIND [NAME...]\n"
		"\n"
		"show objects\n"
		"\n"
		"A paragraph that is broken anywhere and is filled anew, "
		"because nobody wants to\n"
		"do that by hand.\n"
		"\n"
		"Another:\n"
		"  stays   as it is\n"
		"  this    too\n"
		"and goes on.\n"
		"\n"
		"options:\n"
		"  -o, --output FORMAT        table or json\n"
		"      --an-option-with-a-name AND-A-VALUE\n"
		"                             has a line of its own\n"
		"\n"
		"options of every command:\n"
		"      --socket PATH          the server's socket, which has "
		"a text that is too\n"
		"                             long for what is left of the "
		"line\n");
}

static void test_a_long_usage_goes_on_under_itself(void **state)
{
	static const struct command command = {
		.name = "token",
		.usage = "create NAME --role ROLE [-n NAMESPACE,...] | list | "
			 "revoke NAME...",
	};
	CLEANUP(buf_release) struct buf out = BUF_INIT(1024);

	(void)state;

	render_help_usage(&out, &command);

	assert_string_equal(out.base,
			    "usage: tomte token create NAME --role ROLE "
			    "[-n NAMESPACE,...] | list | revoke\n"
			    "                   NAME...\n");
}

static void test_the_list_leaves_out_what_is_for_scripts(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);

	(void)state;

	render_help_list(&out, &list);

	assert_non_null(strstr(out.base, "\n  look  show objects\n"));
	assert_null(strstr(out.base, "a-very-long-name"));
	for (size_t i = 0; i < n_help_topics; i++)
		assert_non_null(strstr(out.base, help_topics[i].name));
}

static void test_every_exit_code_is_explained(void **state)
{
	static const int codes[] = { 0, 1, 2, 3, 4, 130 };
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);

	(void)state;

	render_help_topic(&out, &help_topics[0]);

	assert_string_equal(help_topics[0].name, "exit-codes");
	assert_int_equal(n_help_exits, ARRAY_LEN(codes));
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		char start[32];

		snprintf(start, sizeof(start), "%5d  %.8s", codes[i],
			 help_exits[i].means);
		assert_int_equal(help_exits[i].code, codes[i]);
		assert_non_null(strstr(out.base, start));
	}
}

static void test_a_word_that_fits_nowhere_stays_whole(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(1024);
	char word[101];

	(void)state;

	memset(word, 'x', 100);
	word[100] = '\0';
	render_help_fill(&out, word, 100, 4);
	assert_int_equal(out.len, 101);
	buf_clear(&out);
	render_help_fill(&out, "", 0, 4);
	assert_string_equal(out.base, "\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_page_is_filled_to_80_columns),
		RUN(test_a_long_usage_goes_on_under_itself),
		RUN(test_the_list_leaves_out_what_is_for_scripts),
		RUN(test_every_exit_code_is_explained),
		RUN(test_a_word_that_fits_nowhere_stays_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
