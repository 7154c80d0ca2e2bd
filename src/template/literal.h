/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_LITERAL_H
#define TEMPLATE_LITERAL_H

#include "base/json.h"
#include "template/lexer.h"

/*
 * The value of a string, raw string, character or number token, by Go's
 * rules for constants: 0x1f, 0b101, 0o17, 017 and 1_000 are integers, what
 * has a point or an exponent is a float, 'x' is the number of its character.
 *
 * NULL: *why says what is wrong with it.
 */
json_t *literal_value(const struct token *token, const char **why) NODISCARD;

#endif
