/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_EDITOR_H
#define CLI_EDITOR_H

#include "base/buf.h"
#include "base/err.h"

/*
 * A text in the person's editor: $VISUAL, $EDITOR, or vi. The file is theirs
 * alone (mode 0600), as Secrets may be in it.
 */
struct editor {
	char path[256]; /* "": there is no file */
};

/* The file goes, unless editor_keep was called. */
void editor_release(struct editor *editor);
void editor_keep(struct editor *editor);

/* Waits as long as the person likes; `text` is what was, then what is. */
int editor_run(struct editor *editor, struct buf *text,
	       struct err *err) NODISCARD;

#endif
