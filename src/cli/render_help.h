/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_HELP_H
#define CLI_RENDER_HELP_H

#include "base/buf.h"
#include "cli/command.h"

/*
 * What `tomte help` says, made of the tables of commands and options. Pure.
 *
 * Texts in the tables are paragraphs: they are filled to 80 columns here, and
 * by man in manual pages, whatever their lines are. A line that begins with a
 * blank stays as it is.
 */
#define RENDER_HELP_COLUMNS 80

void render_help_list(struct buf *out, const struct command_list *list);
void render_help_command(struct buf *out, const struct command_list *list,
			 const struct command *command);
/* "usage: tomte get KIND ...", as errors show it. */
void render_help_usage(struct buf *out, const struct command *command);

/* A paragraph in so many columns, each line after `indent` blanks; the first
 * goes on where the line is, at column `indent`. */
void render_help_fill(struct buf *out, const char *text, size_t len,
		      size_t indent);

/* What is no command but has a page of its own. */
struct help_topic {
	const char *name;
	const char *help;
	const char *text;
};

extern const struct help_topic help_topics[];
extern const size_t n_help_topics;

void render_help_topic(struct buf *out, const struct help_topic *topic);

/* Exit codes, the one list of them. */
struct help_exit {
	enum cli_exit code;
	const char *means;
};

extern const struct help_exit help_exits[];
extern const size_t n_help_exits;

#endif
