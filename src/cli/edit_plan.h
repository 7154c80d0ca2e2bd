/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_EDIT_PLAN_H
#define CLI_EDIT_PLAN_H

#include "base/buf.h"
#include "base/json.h"

/*
 * An object as text in an editor, and back. Pure: cmd_edit.c has the file and
 * the editor.
 *
 *	shown = edit_shown(object);
 *	edit_text(&out, shown, NULL);
 *	... the person at work ...
 *	edited = edit_read(text, len, err);
 *	patch = edit_patch(shown, edited, err);
 */

/* What people edit of it: not what the server writes (status, uid, ...), and
 * not the annotation in which kubectl keeps what was applied. */
json_t *edit_shown(const json_t *object);

/* As YAML below a comment that says what will happen; and what went wrong
 * before, NULL: nothing did. */
void edit_text(struct buf *out, const json_t *shown, const char *problem);
/* The same around what the person wrote, which cannot be read or is refused:
 * its leading comment is taken for the one of before. */
void edit_again(struct buf *out, const char *text, const char *problem);

/* The object; ERR_CANCELLED: there is nothing but comments. */
json_t *edit_read(const char *text, size_t len, struct err *err) NODISCARD;

/* The merge patch that makes one of the other, without members: nothing has
 * changed. ERR_INVALID: it would be another object. */
json_t *edit_patch(const json_t *shown, const json_t *edited,
		   struct err *err) NODISCARD;

/* What both patches change, as paths with ", " between. */
void edit_overlap(struct buf *out, const json_t *ours, const json_t *theirs);

#endif
