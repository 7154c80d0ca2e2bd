/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SELECT_PLAN_H
#define CLI_SELECT_PLAN_H

#include "base/json.h"

/*
 * Which machines are meant. Each word names some, and all of them together
 * are meant:
 *
 *	all				every machine
 *	r1n01				this one
 *	r1n[01-20]  r1n[1,3,8-11]	those of a range, all of which must be
 *	rack=demo			by label
 *	rack=demo,unit<20		both must hold; = != < <= > >=
 *
 * rack, unit and name are the labels tomte.dev/..., any other key is the
 * label of that name. A word that means no machine is an error.
 */
#define SELECT_MAX_RANGE 10000

/*
 * `hardware` is a list of Hardware objects. Returns a list of those meant
 * (new), each once, in the order of `hardware`.
 */
json_t *select_plan(const json_t *hardware, char *const *words, size_t n_words,
		    struct err *err) NODISCARD;

/*
 * The same of objects of any kind: `noun` is what messages call one. "all" is
 * a name like any other there: who deletes Secrets has to say which.
 */
json_t *select_plan_of(const char *noun, const json_t *objects,
		       char *const *words, size_t n_words,
		       struct err *err) NODISCARD;

/* It is no plain name: a range, conditions. */
bool select_is_pattern(const char *word);

#endif
