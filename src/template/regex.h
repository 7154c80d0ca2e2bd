/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_REGEX_H
#define TEMPLATE_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Regular expressions in the syntax of Go's regexp, which is RE2's, and with
 * its choice among matches: leftmost, and then the first that alternatives
 * and greed prefer. Without backtracking: the time is bounded by the length
 * of the text times that of the expression, and counted.
 *
 *	struct regex *regex = regex_new("a(arch|rm)64", 12, &err);
 *	size_t spans[REGEX_SPANS(2)];
 *	size_t budget = 100000;
 *
 *	if (regex_match(regex, &text, spans, &budget) == REGEX_MATCH)
 *		...text.base[spans[0]] up to text.base[spans[1]]...
 *
 * Not offered, and said so (ERR_UNSUPPORTED): classes of Unicode, `\pL`.
 * Wrong in Go too: ERR_INVALID. Larger than we care for: ERR_TOO_BIG.
 */
#define REGEX_SPANS(groups) (2 * (groups))
#define REGEX_NONE          ((size_t)-1)

struct regex;

struct regex_text {
	const char *base;
	size_t len;
	size_t from; /* where the search begins; what is before it counts */
};

enum regex_result { REGEX_NO_MATCH, REGEX_MATCH, REGEX_TOO_MUCH };

struct regex *regex_new(const char *pattern, size_t len,
			struct err *err) NODISCARD;
void regex_free(struct regex *regex);

/* How much there is to it, for whoever counts. */
size_t regex_size(const struct regex *regex);

/* The whole counts as a group: it is number 0. */
size_t regex_groups(const struct regex *regex);
/* The first of that name with a part in the match, or REGEX_NONE. */
size_t regex_group(const struct regex *regex, const char *name, size_t len,
		   const size_t *spans);

/*
 * spans: start and end of each group, REGEX_NONE where it has no part in the
 * match. What was done is taken from the budget.
 */
enum regex_result regex_match(const struct regex *regex,
			      const struct regex_text *text, size_t *spans,
			      size_t *budget);

#endif
