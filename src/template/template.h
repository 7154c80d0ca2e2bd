/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_TEMPLATE_H
#define TEMPLATE_TEMPLATE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/json.h"

/*
 * Templates in the language of Go's text/template, with the functions that
 * Tinkerbell's templates may use (Go's own, Sprig's without those that ask
 * the clock, the network or the environment, and Tinkerbell's four).
 *
 *	template = template_parse(text, strlen(text), err);
 *	if (!template || template_render(template, data, &out, err))
 *		return err_wrap(err, "template %s", name);
 *	template_free(template);
 *
 * The data is JSON: `.a.b` takes members by exactly these names, and a
 * member that is not there is an error (Go's missingkey=error); integers are
 * Go's int, reals its float64, null its nil. Messages name the place and
 * show the action: `line 12:7: unexpected "x" in action: {{ if x y }}`.
 *
 * Templates come from outside, so everything about them is bounded: the
 * text, nesting, the work of one rendering, and its output by the ceiling
 * of `out`. What is computed is a function of text and data alone.
 *
 * On purpose other than in Go:
 * - Wrong names of functions and templates, wrong numbers of arguments and
 *   unknown variables are found by the parser, in branches not taken too.
 * - All whole numbers are int, and lists []interface {}: `typeOf (add 1 2)`
 *   is int. A float that is whole will do where an int is wanted. Results
 *   that are no finite numbers are errors. No complex numbers.
 * - Keys and values of maps come in order. No map may hold itself.
 * - `slice` cuts strings too. `semver` gives a map, which prints as one.
 * - b64dec and b32dec fail where Sprig gives the error's text; regexMatch
 *   does where the expression is fine in Go but not offered here.
 * - `duration` takes any number; chunk wants a size above zero; nospace and
 *   initials know characters beyond ASCII; toYaml does not fold lines, and
 *   quotes a little more; netmaskToPrefixLength refuses holes.
 * - Letters have a case in Latin, Greek, Cyrillic and Armenian only.
 */
#define TEMPLATE_MAX_TEXT   (256 * 1024)
#define TEMPLATE_MAX_OUTPUT (256 * 1024) /* as Tinkerbell has it */
#define TEMPLATE_MAX_DEPTH  100 /* nested blocks, parentheses and calls */
#define TEMPLATE_MAX_STEPS  1000000

struct template;

/* The text is copied. NULL: see err. */
struct template *template_parse(const char *text, size_t len,
				struct err *err) NODISCARD;

/* Append to out; on failure out holds what was written until then. */
int template_render(const struct template *template, const json_t *data,
		    struct buf *out, struct err *err) NODISCARD;

void template_free(struct template *template);

/* A message of the above in its parts. */
struct template_fault {
	size_t line; /* from 1, as the column, which counts characters */
	size_t column;
	char what[sizeof(((struct err *)0)->message)]; /* without the action */
};

/* False: the message names no place. */
bool template_fault(const struct err *err, struct template_fault *fault);

/* Puts the names that are taken from the data itself into the object `names`:
 * `.a.b` and `$.a` take "a". Where dot is something else, in the body of a
 * range, with or define, only `$` tells. */
void template_roots(const struct template *template, json_t *names);

#endif
