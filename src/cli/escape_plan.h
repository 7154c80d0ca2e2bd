/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ESCAPE_PLAN_H
#define CLI_ESCAPE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * How one leaves a console that takes every key: as from ssh, by "~." at the
 * beginning of a line. "~~" is a '~', "~?" shows what there is. Pure.
 */
struct escape {
	bool begun; /* something was typed in this line */
	bool tilde; /* a '~' that may be one of ours */
};

enum escape_action { ESCAPE_SEND, ESCAPE_LEAVE, ESCAPE_HELP };

/* What becomes of a key: with SEND, out[*n] is to be sent, which may be
 * nothing yet. */
enum escape_action escape_key(struct escape *escape, char key, char out[2],
			      size_t *n);

#endif
