/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/complete_plan.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "test.h"

static const struct option get_options[] = {
	{ "output", 'o', "table|json", "how" },
	{ "template", 't', "TEMPLATE", "which" },
	{ "file", 0, "FILE", "where" },
	{ "watch", 'w', NULL, "go on" },
	{ 0 },
};

static const struct option common[] = {
	{ "namespace", 'n', "NAMESPACE", "of what" },
	{ 0 },
};

static const struct command a_get = {
	.name = "get",
	.usage = "KIND [NAME...] [-o FORMAT] [-w]",
	.help = "show",
	.options = get_options,
};

static const struct command a_power = {
	.name = "power",
	.usage = "on|off MACHINE... [--output FORMAT]",
	.help = "switch",
	.options = get_options,
};

static const struct command a_token = {
	.name = "token",
	.usage = "create NAME --output FORMAT [-n NAMESPACE,...] | list | "
		 "revoke TOKEN...",
	.help = "who",
	.options = get_options,
};

static const struct command a_why = {
	.name = "why",
	.usage = "MACHINE|RUN... [--json]",
	.help = "why",
};

static const struct command a_help = {
	.name = "help",
	.usage = "[COMMAND|TOPIC]",
	.help = "help",
};

static const struct command a_import = {
	.name = "import",
	.usage = "FILE... [--dry-run]",
	.help = "read",
};

static const struct command a_hidden = {
	.name = "ghost",
	.usage = "",
	.help = "never seen",
	.hidden = true,
};

static const struct command a_serve = {
	.name = "serve",
	.usage = "[OPTIONS]",
	.more = "  --state DIR  where\n               --what\n  --no-dhcp\n",
	.apart = true,
};

static const struct command *const commands[] = {
	&a_get,  &a_power,  &a_token,  &a_why,
	&a_help, &a_import, &a_hidden, &a_serve,
};

static const struct command_list list = { commands, ARRAY_LEN(commands),
					  common };

/* A line as it is typed: what is offered, files and kinds in brackets. */
static char *offered(const char *line)
{
	CLEANUP(complete_release) struct complete complete;
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);
	AUTO_FREE char *copy = xstrdup(line);
	char *words[16];
	size_t n = 0;
	char *rest = copy;
	char *at;

	while ((words[n] = strsep(&rest, " ")))
		n++;
	complete_init(&complete);
	complete_plan(&complete, &list, words, n);
	for (at = complete.words.base; *at; at += strcspn(at, "\n") + 1)
		buf_printf(&out, "%.*s ", (int)strcspn(at, "\t"), at);
	if (complete.files)
		buf_adds(&out, "[files] ");
	for (size_t i = 0; i < complete.n_kinds; i++)
		buf_printf(&out, "[%s] ", complete.kinds[i]->plural);
	if (out.len)
		out.base[--out.len] = '\0';
	return buf_take(&out);
}

static void assert_offers(const char *line, const char *expected)
{
	AUTO_FREE char *words = offered(line);

	if (!str_eq(words, expected))
		fail_msg("\"%s\": \"%s\", expected \"%s\"", line, words,
			 expected);
}

static void test_commands_are_offered_but_hidden_ones(void **state)
{
	(void)state;

	assert_offers("",
		      "get power token why help import serve --help --version");
	assert_offers("p", "power");
	assert_offers("gh", "");
	assert_offers("--v", "--version");
	assert_offers("nothing ", "");
}

static void test_kinds_and_then_their_names(void **state)
{
	(void)state;

	assert_offers("get work", "workflows workflowrulesets");
	assert_offers("get hw ", "[hardware]");
	assert_offers("get tpl a b ", "[templates]");
	assert_offers("get -w -n lab machines ", "[machines]");
	assert_offers("get nothing ", "");
}

static void test_a_form_goes_on_as_it_began(void **state)
{
	(void)state;

	assert_offers("power ", "on off");
	assert_offers("power of", "off");
	assert_offers("power on ", "[hardware]");
	assert_offers("power on m1 m2 ", "[hardware]");
	assert_offers("power away ", "");
	assert_offers("token ", "create list revoke");
	assert_offers("token revoke ", "[tokens]");
	assert_offers("token create ", "");
	assert_offers("token list ", "");
	assert_offers("why ", "[hardware] [runs]");
	assert_offers("help p", "power");
	assert_offers("help exit", "exit-codes");
	assert_offers("import a ", "[files]");
}

static void test_options_and_what_they_may_be(void **state)
{
	(void)state;

	assert_offers("get --", "--output --template --file --watch "
				"--namespace");
	assert_offers("get hw --o", "--output");
	assert_offers("get hw --output ", "table json");
	assert_offers("get hw -o t", "table");
	assert_offers("get hw --output=", "--output=table --output=json");
	assert_offers("get hw --output=j", "--output=json");
	assert_offers("get hw -t ", "[templates]");
	assert_offers("get hw --file ", "[files]");
	assert_offers("get hw --file=", "[files]");
	assert_offers("get hw -n ", "[namespaces]");
	assert_offers("get hw --watch --o", "--output");
	assert_offers("get hw --watch ", "[hardware]");
	assert_offers("why --", "--namespace");
}

static void test_options_that_a_text_tells_of(void **state)
{
	(void)state;

	assert_offers("serve --", "--state --no-dhcp");
	assert_offers("serve --s", "--state");
	assert_offers("serve ", "");
}

static void test_behind_two_dashes_are_no_options(void **state)
{
	(void)state;

	assert_offers("get -- hw -", "[hardware]");
	assert_offers("get -- ", "hardware templates workflows "
				 "workflowrulesets machines jobs tasks runs "
				 "secrets configmaps events tokens "
				 "auditrecords namespaces");
}

static void test_a_name_that_a_shell_would_act_on_is_not_offered(void **state)
{
	CLEANUP(complete_release) struct complete complete;
	char word[] = "r1";
	char get[] = "get";
	char hw[] = "hw";
	char *words[] = { get, hw, word };

	(void)state;
	complete_init(&complete);
	complete_plan(&complete, &list, words, ARRAY_LEN(words));

	complete_add(&complete, "r1n01", "Hardware");
	complete_add(&complete, "r2n01", "Hardware");
	complete_add(&complete, "r1 n\n:files", "Hardware");
	complete_add(&complete, "r1$(reboot)", "Hardware");
	complete_add(&complete, "r1\033[2J", "Hardware");
	complete_add(&complete, "r1;", "Hardware");

	assert_string_equal(complete.words.base, "r1n01\tHardware\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_commands_are_offered_but_hidden_ones),
		RUN(test_kinds_and_then_their_names),
		RUN(test_a_form_goes_on_as_it_began),
		RUN(test_options_and_what_they_may_be),
		RUN(test_options_that_a_text_tells_of),
		RUN(test_behind_two_dashes_are_no_options),
		RUN(test_a_name_that_a_shell_would_act_on_is_not_offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
