/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEMPLATE_UTF8_H
#define TEMPLATE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Characters in byte strings, as Go walks over them: a byte that is not
 * part of a character is one of its own, UTF8_BAD, one byte long.
 */
#define UTF8_BAD 0xfffdu

/* How many bytes the first character has (n > 0). */
size_t utf8_next(const char *text, size_t n, uint32_t *code);
void utf8_add(struct buf *out, uint32_t code);
bool utf8_valid(const char *text, size_t n);
size_t utf8_count(const char *text, size_t n);

/* What Go shows as it is: no control, format or private character. */
bool utf8_printable(uint32_t code);

#endif
