/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_MAN_H
#define CLI_RENDER_MAN_H

#include "base/buf.h"
#include "cli/command.h"

/*
 * Manual pages, made of the tables that the help is made of. Pure.
 */

/* tomte(1) */
void render_man_program(struct buf *out, const struct command_list *list);
/* tomte-get(1) and so on. */
void render_man_command(struct buf *out, const struct command_list *list,
			const struct command *command);

/* Text with nothing in it that roff would act on; `text` ends at a NUL or
 * after `len`. */
void render_man_escape(struct buf *out, const char *text, size_t len);

#endif
