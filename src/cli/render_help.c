/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render_help.h"

#include <string.h>

#include "base/str.h"

#define MOST_LEFT  29 /* columns of an option; a longer one has its own line */
#define MAX_OPTION 256

const struct help_exit help_exits[] = {
	{ CLI_OK, "It is done; what was waited for went well." },
	{ CLI_FAILED, "It was refused, or failed, in part at least. What was "
		      "wrong is on standard error." },
	{ CLI_USAGE, "The command was not understood; nothing was done." },
	{ CLI_UNREACHABLE, "The server cannot be reached, or went away before "
			   "it answered." },
	{ CLI_RUN_FAILED, "A run that was watched has failed, or one that "
			  "was reported on is not done." },
	{ CLI_INTERRUPTED, "Ctrl-C ended the watching; what was started goes "
			   "on." },
};

const size_t n_help_exits = ARRAY_LEN(help_exits);

const struct help_topic help_topics[] = {
	{ "exit-codes", "what a script learns from the exit code", NULL },
	{ "machines", "how machines are chosen",
	  "Where a command wants machines, each word names some, and all of "
	  "them together are meant:\n"
	  "\n"
	  "  r12n01                this one\n"
	  "  r12n[01-20]           those of a range: every one has to exist\n"
	  "  r12n[1,3,8-11]        likewise\n"
	  "  rack=r12              by label\n"
	  "  rack=r12,unit<20      both must hold; also != <= > >=\n"
	  "  all                   every machine of the namespace\n"
	  "\n"
	  "rack, unit and name are the labels tomte.dev/rack and so on, any "
	  "other key is the label of that name. A word that means no machine "
	  "is an error, and then nothing is done. Words with brackets or < "
	  "want quotes in a shell: 'r12n[01-20]'.\n"
	  "\n"
	  "Ranges and labels choose objects of other kinds as well: tomte get "
	  "machines rack=r12.\n" },
};

const size_t n_help_topics = ARRAY_LEN(help_topics);

static void add_blanks(struct buf *out, size_t n)
{
	while (n--)
		buf_addc(out, ' ');
}

void render_help_fill(struct buf *out, const char *text, size_t len,
		      size_t indent)
{
	const char *end = text + len;
	size_t column = indent;

	while (text < end) {
		size_t n = 0;

		while (text + n < end && !strchr(" \n", text[n]))
			n++;
		if (n && column > indent &&
		    column + 1 + n > RENDER_HELP_COLUMNS) {
			buf_addc(out, '\n');
			add_blanks(out, indent);
			column = indent;
		}
		if (n && column > indent) {
			buf_addc(out, ' ');
			column++;
		}
		buf_add(out, text, n);
		column += n;
		text += n + (text + n < end);
	}
	buf_addc(out, '\n');
}

/* Up to the empty line, or to where lines that stay as they are begin. */
static size_t paragraph(const char *text)
{
	const char *at = text;

	while (*at) {
		size_t line = strcspn(at, "\n");

		if (!line || (at > text && *at == ' '))
			break;
		at += line + (at[line] == '\n');
	}
	return (size_t)(at - text);
}

static void add_text(struct buf *out, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (!len || *text == ' ') {
			buf_add(out, text, len);
			buf_addc(out, '\n');
			text += len + (text[len] == '\n');
			continue;
		}
		len = paragraph(text);
		render_help_fill(out, text, len, 0);
		text += len;
	}
}

static void add_option(struct buf *out, const struct option *option)
{
	CLEANUP(buf_release) struct buf left = BUF_INIT(MAX_OPTION);

	if (option->letter)
		buf_printf(&left, "  -%c, ", option->letter);
	else
		buf_adds(&left, "      ");
	buf_printf(&left, "--%s%s%s", option->name, option->metavar ? " " : "",
		   option->metavar ? option->metavar : "");
	buf_adds(out, left.base);
	if (left.len + 2 > MOST_LEFT) {
		buf_addc(out, '\n');
		left.len = 0;
	}
	add_blanks(out, MOST_LEFT - left.len);
	render_help_fill(out, option->help, strlen(option->help), MOST_LEFT);
}

static void add_options(struct buf *out, const char *heading,
			const struct option *option)
{
	if (!option || !option->name)
		return;
	buf_printf(out, "\n%s:\n", heading);
	for (; option->name; option++)
		add_option(out, option);
}

void render_help_usage(struct buf *out, const struct command *command)
{
	CLEANUP(buf_release) struct buf head = BUF_INIT(MAX_OPTION);

	buf_printf(&head, "usage: tomte %s%s", command->name,
		   *command->usage ? " " : "");
	buf_adds(out, head.base);
	render_help_fill(out, command->usage, strlen(command->usage), head.len);
}

void render_help_command(struct buf *out, const struct command_list *list,
			 const struct command *command)
{
	render_help_usage(out, command);
	buf_addc(out, '\n');
	render_help_fill(out, command->help, strlen(command->help), 0);
	if (command->more) {
		buf_addc(out, '\n');
		add_text(out, command->more);
	}
	add_options(out, "options", command->options);
	if (!command->apart)
		add_options(out, "options of every command", list->common);
}

static void add_line(struct buf *out, const char *name, const char *help,
		     size_t width)
{
	buf_printf(out, "  %-*s", (int)(width - 2), name);
	render_help_fill(out, help, strlen(help), width);
}

void render_help_list(struct buf *out, const struct command_list *list)
{
	size_t width = 0;

	for (size_t i = 0; i < list->n; i++) {
		size_t len = strlen(list->commands[i]->name);

		if (!list->commands[i]->hidden && len > width)
			width = len;
	}
	width += 4;
	buf_adds(out, "usage: tomte COMMAND [WORDS] [OPTIONS]\n\n"
		      "commands:\n");
	for (size_t i = 0; i < list->n; i++)
		if (!list->commands[i]->hidden)
			add_line(out, list->commands[i]->name,
				 list->commands[i]->help, width);
	add_options(out, "options of every command", list->common);
	buf_adds(out, "\n`tomte help COMMAND` says more of one, and `tomte "
		      "help TOPIC` of:\n");
	for (size_t i = 0; i < n_help_topics; i++)
		add_line(out, help_topics[i].name, help_topics[i].help, width);
}

void render_help_topic(struct buf *out, const struct help_topic *topic)
{
	if (topic->text) {
		add_text(out, topic->text);
		return;
	}
	for (size_t i = 0; i < n_help_exits; i++) {
		buf_printf(out, "%5d  ", (int)help_exits[i].code);
		render_help_fill(out, help_exits[i].means,
				 strlen(help_exits[i].means), 7);
	}
}
