/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_SOURCE_H
#define TEMPLATE_SOURCE_H

#include <stddef.h>

#include "base/err.h"

/*
 * The text of a template, and errors that point into it.
 *
 *	source_fail(source, token->at, err, "unexpected \"%s\"", word);
 *
 * gives `line 12:7: unexpected "x": {{ if x y }}`.
 */
struct source {
	char *text; /* not terminated; may hold any byte */
	size_t len;
};

/* Returns -1. The action around `at` is quoted, shortened, on one line. */
int source_fail(const struct source *source, size_t at, struct err *err,
		const char *format, ...) PRINTF(4, 5);

/* Put the place and the action around the message that is there. */
int source_wrap(const struct source *source, size_t at, struct err *err);

#endif
