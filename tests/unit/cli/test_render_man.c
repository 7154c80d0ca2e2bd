/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render_man.h"

#include <string.h>

#include "test.h"

static const struct option options[] = {
	{ "output", 'o', "table|json", "how it's shown" },
	{ 0 },
};

static const struct option common[] = {
	{ "ca-file", 0, NULL, ".begins with a dot" },
	{ 0 },
};

static const struct command a_token = {
	.name = "to-ken",
	.usage = "create NAME | list",
	.help = "who may",
	.more = "One paragraph, see `tomte help`.\n"
		"\n"
		".a request, C:\\path\n"
		"  verbatim   line\n"
		"goes on\n",
	.options = options,
};

static const struct command a_ghost = {
	.name = "ghost",
	.usage = "",
	.help = "never seen",
	.hidden = true,
};

static const struct command *const commands[] = { &a_token, &a_ghost };

static const struct command_list list = { commands, ARRAY_LEN(commands),
					  common };

static void assert_escaped(const char *text, const char *expected)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(1024);

	render_man_escape(&out, text, strlen(text));
	assert_string_equal(out.base, expected);
}

static void test_nothing_in_a_text_is_a_request(void **state)
{
	(void)state;

	assert_escaped("", "");
	assert_escaped("plain text.", "plain text.");
	assert_escaped(".TH x", "\\&.TH x");
	assert_escaped("'r1n[01]'", "\\&\\(aqr1n[01]\\(aq");
	assert_escaped("a\\fBb", "a\\efBb");
	assert_escaped("--a-b ~^", "\\-\\-a\\-b \\(ti\\(ha");
	assert_escaped("see `tomte help` now", "see \\fBtomte help\\fR now");
	assert_escaped("an open `end", "an open \\fBend\\fR");
}

static void test_a_page_of_a_command(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);
	const char *exits;

	(void)state;

	render_man_command(&out, &list, &a_token);

	exits = strstr(out.base, ".SH EXIT STATUS\n.TP\n.B 0\n");
	assert_non_null(exits);
	out.base[exits - out.base] = '\0';
	assert_string_equal(out.base,
			    ".\\\" Made by tomte from its tables of commands.\n"
			    ".TH TOMTE\\-TO\\-KEN 1 \"\" \"tomte " TOMTE_VERSION
			    "\" \"tomte\"\n"
			    ".SH NAME\n"
			    "tomte\\-to\\-ken \\- who may\n"
			    ".SH SYNOPSIS\n"
			    "\\fBtomte to\\-ken\\fR create NAME\n"
			    ".br\n"
			    "\\fBtomte to\\-ken\\fR list\n"
			    ".SH DESCRIPTION\n"
			    "One paragraph, see \\fBtomte help\\fR.\n"
			    ".PP\n"
			    "\\&.a request, C:\\epath\n"
			    ".PP\n.in 0\n.EX\n"
			    "  verbatim   line\n"
			    ".EE\n.PP\n"
			    "goes on\n"
			    ".SH OPTIONS\n"
			    ".TP\n"
			    "\\fB\\-o\\fR, \\fB\\-\\-output\\fR "
			    "\\fItable|json\\fR\n"
			    "how it\\(aqs shown\n"
			    ".SH OPTIONS OF EVERY COMMAND\n"
			    ".TP\n"
			    "\\fB\\-\\-ca\\-file\\fR\n"
			    "\\&.begins with a dot\n");
}

static void test_the_page_of_the_program_lists_what_is_not_hidden(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);

	(void)state;

	render_man_program(&out, &list);

	assert_non_null(strstr(out.base, ".TP\n\\fBtomte\\-to\\-ken\\fR(1)\n"
					 "who may\n"));
	assert_null(strstr(out.base, "ghost"));
	assert_non_null(strstr(out.base, ".SH MACHINES\n"));
	assert_non_null(strstr(out.base, ".B 130\n"));
	assert_non_null(strstr(out.base, ".B TOMTE_SOCKET\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_nothing_in_a_text_is_a_request),
		RUN(test_a_page_of_a_command),
		RUN(test_the_page_of_the_program_lists_what_is_not_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
