/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_CALL_H
#define TEMPLATE_CALL_H

#include "base/buf.h"
#include "template/func.h"
#include "template/render.h"

/*
 * What a function of the language is given, and its ways to answer.
 *
 *	static const json_t *call_lower(struct call *call)
 *	{
 *		CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
 *		struct text text;
 *
 *		if (arg_text(call, 0, &text))
 *			return NULL;
 *		...
 *		return give_text(call, &out);
 *	}
 *
 * arg_* have failed the call when they return -1. What reading an argument's
 * text costs is paid by the evaluator; arg_items() pays for going over a
 * list or map, and any other loop is counted by call_spend().
 */
struct call {
	struct render *render;
	const struct func *func;
	const json_t *const *args;
	size_t n;
};

struct text {
	const char *base;
	size_t len;
};

/* Returns NULL, the message being in place. */
const json_t *call_fail(struct call *call, const char *format, ...)
	PRINTF(2, 3);
int call_spend(struct call *call, size_t steps) NODISCARD;
int call_charge(struct call *call, size_t bytes) NODISCARD;
/* See render_walk(). */
int call_walk(struct call *call, const json_t *value, size_t *bytes) NODISCARD;

/* Only a string will do. */
int arg_text(struct call *call, size_t i, struct text *text) NODISCARD;
/* Only an integer, or a float that is one. */
int arg_int(struct call *call, size_t i, json_int_t *value) NODISCARD;
/* What Sprig makes an integer of: strings and booleans too; else 0. */
json_int_t arg_as_int(const struct call *call, size_t i);
double arg_as_real(const struct call *call, size_t i);
/*
 * NULL: it is none, and the call has failed. As in Go nil will do for a map
 * that is only read: jansson's functions find nothing in it.
 */
const json_t *arg_list(struct call *call, size_t i);
const json_t *arg_dict(struct call *call, size_t i);
/* The same, to go over the items. */
const json_t *arg_list_items(struct call *call, size_t i);
const json_t *arg_dict_items(struct call *call, size_t i);

/* Takes the value over. NULL: over a limit. */
const json_t *give(struct call *call, json_t *value);
/* With all that it holds, which was made just now too. */
const json_t *give_tree(struct call *call, json_t *value);
const json_t *give_text(struct call *call, const struct buf *text);
const json_t *give_bool(bool value);
const json_t *give_int(struct call *call, json_int_t value);
/* Not finite: the call fails, there being no such value. */
const json_t *give_real(struct call *call, double value);
const json_t *give_string(struct call *call, const char *text, size_t len);
/* Items of a list, up to that before `to`. */
const json_t *give_range(struct call *call, const json_t *list, size_t from,
			 size_t to);

/* For lists and dicts in the making. */
void list_append(json_t *list, const json_t *value);
void list_append_text(json_t *list, const char *text, size_t len);
int dict_put(struct call *call, json_t *dict, const struct text *key,
	     const json_t *value) NODISCARD;
/* NULL: there is no such key. */
const json_t *dict_get(const json_t *dict, const struct text *key);

/*
 * In a dict that others may hold: this is what templates do on purpose.
 * The parser has seen the function's FUNC_CHANGES, so it is our own copy.
 */
int dict_change(struct call *call, const json_t *dict, const char *key,
		const json_t *value) NODISCARD;

/* The string itself, or what it prints as; in *room if it has to be made. */
int text_of(struct call *call, const json_t *value, struct buf *room,
	    struct text *text) NODISCARD;

/* As Go's reflect.DeepEqual has it: 1 and 1.0 are not. */
int deep_equal(struct call *call, const json_t *a, const json_t *b,
	       bool *result) NODISCARD;

#endif
