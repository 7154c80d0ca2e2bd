/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Strings: bounded copies, whole-string number parsing, hex and base64.
 *
 * The parsers take all of the text or nothing: "12x" is not a number.
 */

/* Copy with a NUL; false: it did not fit, and dst holds "". */
bool str_copy(char *dst, size_t size, const char *src);

bool str_eq(const char *a, const char *b);
bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);

/* 1..max characters as DNS has them: labels of lower-case letters, digits and
 * inner hyphens. */
bool str_is_dns_name(const char *text, size_t max);

/* Decimal, no sign, no blanks, min <= value <= max. */
bool str_parse_u64(const char *text, uint64_t max, uint64_t *value);
bool str_parse_u32(const char *text, uint32_t max, uint32_t *value);

/* Lower-case hex of n bytes into out[2 * n + 1]. */
void str_hex(char *out, const void *bytes, size_t n);
bool str_unhex(void *out, size_t n, const char *hex);

/* Standard base64 with padding, appended to out. */
void str_base64(struct buf *out, const void *bytes, size_t n);
/* The reverse; false: not base64, or over out's limit. */
bool str_unbase64(struct buf *out, const char *text, size_t len);

/*
 * How alike two words are, as the number of edits between them, for "did you
 * mean"; words over 63 bytes are unlike everything (returns SIZE_MAX).
 */
size_t str_distance(const char *a, const char *b);

/* How many bytes the UTF-8 character at `at`, in a text that ends, has; 0: it
 * is none (RFC 3629: no overlong forms, no surrogates, nothing beyond
 * U+10FFFF). */
size_t str_utf8_length(const unsigned char *at);

#endif
