/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_FUNC_H
#define TEMPLATE_FUNC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

/*
 * The functions of the language. A func_SUBJECT.c has one C function for
 * each, and a table of them at its end; func.c looks them up.
 *
 * A function reads its arguments and gives a value that the rendering owns
 * (see call.h), or NULL after call_fail(). Only those of FUNC_CHANGES change
 * an argument: a map, as in Sprig.
 */
struct call;

enum func_kind {
	FUNC_PLAIN,
	FUNC_AND, /* stop at the first false argument: in eval.c */
	FUNC_OR,
	FUNC_CHANGES, /* its first argument */
};

#define FUNC_ANY SIZE_MAX /* arguments without an upper limit */

struct func {
	const char *name;
	size_t least; /* arguments, a piped one included */
	size_t most;
	const json_t *(*call)(struct call *call);
	enum func_kind kind;
};

/* NULL: there is none of that name. */
const struct func *func_find(const char *name);

/* Each of them, from 0; NULL behind the last. */
const struct func *func_at(size_t i);

/* Why a function of Go or Sprig is not offered; NULL: it is unknown. */
const char *func_refused(const char *name);

/* The name most like it, or NULL. */
const char *func_suggest(const char *name);

/* The tables, for func.c. */
const struct func *func_core(size_t *n);
const struct func *func_compare(size_t *n);
const struct func *func_logic(size_t *n);
const struct func *func_string(size_t *n);
const struct func *func_words(size_t *n);
const struct func *func_split(size_t *n);
const struct func *func_list(size_t *n);
const struct func *func_dict(size_t *n);
const struct func *func_math(size_t *n);
const struct func *func_encode(size_t *n);
const struct func *func_regex(size_t *n);
const struct func *func_path(size_t *n);
const struct func *func_url(size_t *n);
const struct func *func_semver(size_t *n);
const struct func *func_time(size_t *n);
const struct func *func_digest(size_t *n);
const struct func *func_crypto(size_t *n);
const struct func *func_disk(size_t *n);

#endif
