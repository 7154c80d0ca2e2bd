/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_PATTERN_WIRE_H
#define WORKFLOW_PATTERN_WIRE_H

#include <stddef.h>

#include "base/json.h"

/*
 * The patterns of Tinkerbell's rules, which are Quamina's
 * (github.com/timbray/quamina, PATTERNS.md and REGEXP.md): a JSON object as
 * deep as the fields that it asks for, with a list of choices for each.
 *
 *	{"product": {"vendor": ["Acme", {"prefix": "Acme "}]},
 *	 "networkInterfaces": {"mac": [{"wildcard": "52:54:00:*"}]}}
 *
 * All fields have to match, each by one of its choices. Lists in what is
 * looked at are passed through, and fields side by side have to be of the
 * same element: in {"a": {"b": [1], "c": [2]}} one element of "a" has both.
 *
 * A choice is a string, a number (35, 35.0 and 3.5e1 are one), true, false,
 * null, or an object with one of
 *	prefix			"text"
 *	wildcard		"te*t": * is anything; \* and \\ stand for
 *				themselves
 *	shellstyle		the same without \
 *	equals-ignore-case	"TEXT"
 *	regexp			"te.+t": RFC 9485 with ~ in place of \, for
 *				the whole of a string
 *	anything-but		["text", ...]: a string, but none of these
 *	exists			true: some value, false: none
 * of which the last two stand alone.
 *
 * Lengths are bounded by PATTERN_MAX, depth by JSON_MAX_DEPTH.
 */
#define PATTERN_MAX (64 * 1024)

struct pattern;

/* NULL: it is none; err names the field and what is wrong about it. */
struct pattern *pattern_new(const char *text, size_t len,
			    struct err *err) NODISCARD;
void pattern_free(struct pattern *pattern);

/*
 * 1: it matches, 0: it does not, -1: that is too much to find out
 * (ERR_TOO_BIG).
 */
int pattern_match(const struct pattern *pattern, const json_t *value,
		  struct err *err) NODISCARD;

static inline void pattern_free_scope(struct pattern **pattern)
{
	pattern_free(*pattern);
}

#define AUTO_PATTERN CLEANUP(pattern_free_scope)

#endif
