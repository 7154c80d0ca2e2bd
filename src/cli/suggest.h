/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

/*
 * "Did you mean": the word of a list that is most like the one typed.
 *
 *	guess = suggest(word, names, ARRAY_LEN(names));
 *	printf("no command %s%s%s", word, SUGGEST_ARGS(guess));
 */

/* NULL: none is alike enough to be worth saying. NULL entries are skipped. */
const char *suggest(const char *word, const char *const *words, size_t n);

/* For "%s%s%s": "; did you mean X?", or nothing. */
#define SUGGEST_ARGS(guess)                                                    \
	(guess) ? "; did you mean " : "", (guess) ? (guess) : "",              \
		(guess) ? "?" : ""

#endif
