/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render_man.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "cli/render_help.h"

void render_man_escape(struct buf *out, const char *text, size_t len)
{
	bool bold = false;

	/* A line that begins so would be a request. */
	if (len && strchr(".'", *text))
		buf_adds(out, "\\&");
	for (size_t i = 0; i < len && text[i]; i++) {
		switch (text[i]) {
		case '\\':
			buf_adds(out, "\\e");
			break;
		case '-':
			buf_adds(out, "\\-");
			break;
		case '\'':
			buf_adds(out, "\\(aq");
			break;
		case '~':
			buf_adds(out, "\\(ti");
			break;
		case '^':
			buf_adds(out, "\\(ha");
			break;
		case '`':
			bold = !bold;
			buf_adds(out, bold ? "\\fB" : "\\fR");
			break;
		default:
			buf_addc(out, text[i]);
		}
	}
	if (bold)
		buf_adds(out, "\\fR");
}

static void add_text(struct buf *out, const char *text)
{
	render_man_escape(out, text, strlen(text));
}

static void add_line(struct buf *out, const char *text)
{
	add_text(out, text);
	buf_addc(out, '\n');
}

/* Paragraphs; lines that begin with a blank stay as they are, and where they
 * are: they are filled already, to all columns. */
static void add_paragraphs(struct buf *out, const char *text)
{
	bool verbatim = false;

	while (*text) {
		size_t len = strcspn(text, "\n");

		if ((*text == ' ') != verbatim) {
			verbatim = !verbatim;
			buf_adds(out,
				 verbatim ? ".PP\n.in 0\n.EX\n" : ".EE\n.PP\n");
		}
		if (!len)
			buf_adds(out, ".PP\n");
		else
			render_man_escape(out, text, len);
		if (len)
			buf_addc(out, '\n');
		text += len + (text[len] == '\n');
	}
	if (verbatim)
		buf_adds(out, ".EE\n");
}

static void add_head(struct buf *out, const char *name, const char *help)
{
	buf_adds(out, ".\\\" Made by tomte from its tables of commands.\n"
		      ".TH ");
	for (const char *c = name; *c; c++)
		if (*c == '-')
			buf_adds(out, "\\-");
		else
			buf_addc(out, (char)toupper((unsigned char)*c));
	buf_printf(out, " 1 \"\" \"tomte %s\" \"tomte\"\n.SH NAME\n",
		   TOMTE_VERSION);
	add_text(out, name);
	buf_adds(out, " \\- ");
	add_line(out, help);
}

static void add_option(struct buf *out, const struct option *option)
{
	buf_adds(out, ".TP\n");
	if (option->letter)
		buf_printf(out, "\\fB\\-%c\\fR, ", option->letter);
	buf_adds(out, "\\fB\\-\\-");
	add_text(out, option->name);
	buf_adds(out, "\\fR");
	if (option->metavar) {
		buf_adds(out, " \\fI");
		add_text(out, option->metavar);
		buf_adds(out, "\\fR");
	}
	buf_addc(out, '\n');
	add_line(out, option->help);
}

static void add_options(struct buf *out, const char *heading,
			const struct option *option)
{
	if (!option || !option->name)
		return;
	buf_printf(out, ".SH %s\n", heading);
	for (; option->name; option++)
		add_option(out, option);
}

static void add_exits(struct buf *out)
{
	buf_adds(out, ".SH EXIT STATUS\n");
	for (size_t i = 0; i < n_help_exits; i++) {
		buf_printf(out, ".TP\n.B %d\n", (int)help_exits[i].code);
		add_line(out, help_exits[i].means);
	}
}

/* Each form of a usage is a line. */
static void add_synopsis(struct buf *out, const struct command *command)
{
	const char *form = command->usage;

	buf_adds(out, ".SH SYNOPSIS\n");
	while (form) {
		const char *end = strstr(form, " | ");
		size_t len = end ? (size_t)(end - form) : strlen(form);

		buf_adds(out, form == command->usage ? "" : ".br\n");
		buf_adds(out, "\\fBtomte ");
		add_text(out, command->name);
		buf_adds(out, "\\fR ");
		render_man_escape(out, form, len);
		buf_addc(out, '\n');
		form = end ? end + strlen(" | ") : NULL;
	}
}

void render_man_command(struct buf *out, const struct command_list *list,
			const struct command *command)
{
	AUTO_FREE char *name = xasprintf("tomte-%s", command->name);

	add_head(out, name, command->help);
	add_synopsis(out, command);
	if (command->more) {
		buf_adds(out, ".SH DESCRIPTION\n");
		add_paragraphs(out, command->more);
	}
	add_options(out, "OPTIONS", command->options);
	if (!command->apart) {
		add_options(out, "OPTIONS OF EVERY COMMAND", list->common);
		add_exits(out);
	}
	buf_adds(out, ".SH SEE ALSO\n.BR tomte (1)\n");
}

static void add_commands(struct buf *out, const struct command_list *list)
{
	buf_adds(out, ".SH COMMANDS\n");
	for (size_t i = 0; i < list->n; i++) {
		const struct command *command = list->commands[i];

		if (command->hidden)
			continue;
		buf_adds(out, ".TP\n\\fBtomte\\-");
		add_text(out, command->name);
		buf_adds(out, "\\fR(1)\n");
		add_line(out, command->help);
	}
}

static void add_environment(struct buf *out)
{
	static const struct {
		const char *name;
		const char *means;
	} variables[] = {
		{ "TOMTE_SOCKET", "the server's socket, where --socket and "
				  "--server are not given" },
		{ "NO_COLOR", "without colours, if it is not empty" },
		{ "VISUAL, EDITOR", "the editor of `tomte edit`" },
	};

	buf_adds(out, ".SH ENVIRONMENT\n");
	for (size_t i = 0; i < ARRAY_LEN(variables); i++) {
		buf_printf(out, ".TP\n.B %s\n", variables[i].name);
		add_line(out, variables[i].means);
	}
}

void render_man_program(struct buf *out, const struct command_list *list)
{
	add_head(out, "tomte", "provisions racks of bare metal, unattended");
	buf_adds(out, ".SH SYNOPSIS\n"
		      "\\fBtomte\\fR \\fICOMMAND\\fR [WORDS] [OPTIONS]\n"
		      ".SH DESCRIPTION\n");
	add_paragraphs(out, "`tomte serve` is the server: it talks to the "
			    "machines' BMCs to make them boot from the "
			    "network, runs the boot services, boots an "
			    "in-memory OS whose worker writes an image, and "
			    "says afterwards what happened and why. Every "
			    "other command is a client of its API.\n");
	add_commands(out, list);
	add_options(out, "OPTIONS OF EVERY COMMAND", list->common);
	for (size_t i = 0; i < n_help_topics; i++) {
		if (!help_topics[i].text)
			continue;
		buf_adds(out, ".SH ");
		for (const char *c = help_topics[i].name; *c; c++)
			buf_addc(out, (char)toupper((unsigned char)*c));
		buf_addc(out, '\n');
		add_paragraphs(out, help_topics[i].text);
	}
	add_exits(out);
	add_environment(out);
}
