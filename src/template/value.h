/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_VALUE_H
#define TEMPLATE_VALUE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"

/*
 * JSON values as Go sees them: integers are int, reals float64, null nil.
 */

/* Go's name of the type, for messages. */
const char *value_type(const json_t *value);
/* The one that Go itself would print: `map[string]interface {}`. */
const char *value_go_type(const json_t *value);

/* False: nil, false, 0, "", and the list and map without members. */
bool value_truth(const json_t *value);

/*
 * As Go's fmt does with %v: `map[a:1 b:[x y]]`, keys in order; nil is
 * `<nil>`. Stops where the buffer is full.
 */
void value_print(struct buf *out, const json_t *value);

/*
 * A float in the way of verb 'e', 'f' or 'g' (capitals too), with this many
 * digits, or with as few as tell it from its neighbours (precision < 0).
 */
void value_print_real(struct buf *out, double real, char verb, int precision);

/* In quotes, as Go's %q; `ascii`: as its %+q. */
void value_quote(struct buf *out, const char *text, size_t len, char quote,
		 bool ascii);

/* The keys in order; n of them, borrowed. The caller frees the array. */
const char **value_keys(const json_t *object, size_t *n);

#endif
