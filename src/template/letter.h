/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_LETTER_H
#define TEMPLATE_LETTER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What characters are, without a locale: Unicode's own table cut down to
 * Latin, Greek, Cyrillic and Armenian, whose letters have a case. What is
 * beyond is a letter without one, or nothing in particular.
 */
uint32_t letter_upper(uint32_t code);
uint32_t letter_lower(uint32_t code);
bool letter_is_upper(uint32_t code);
bool letter_is_letter(uint32_t code);
bool letter_is_number(uint32_t code);
bool letter_is_punct(uint32_t code);
bool letter_is_space(uint32_t code);

#endif
