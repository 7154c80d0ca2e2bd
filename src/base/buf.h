/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/*
 * A growing byte buffer that knows its ceiling.
 *
 * No buffer is without a limit: what would go over it is not stored, and
 * `overflow` stays set, to be asked once at the end. The bytes are always
 * followed by a NUL that does not count, so `base` is also a C string.
 *
 *	CLEANUP(buf_release) struct buf body = BUF_INIT(64 * 1024);
 *
 *	buf_printf(&body, "serial=%s\n", serial);
 *	if (body.overflow)
 *		return err_set(err, ERR_TOO_BIG, "script over 64 KiB");
 */
struct buf {
	char *base; /* never NULL to a reader: "" when empty */
	size_t len;
	size_t limit; /* most bytes it will hold */
	bool overflow;
	size_t allocated; /* private */
};

#define BUF_INIT(max)                                                          \
	{                                                                      \
		.base = (char *)(uintptr_t)buf_empty, .len = 0,                \
		.limit = (max), .overflow = false, .allocated = 0              \
	}

extern const char buf_empty[1];

void buf_init(struct buf *buf, size_t limit);
void buf_release(struct buf *buf);

/* Forget the content, keep the memory and the limit. */
void buf_clear(struct buf *buf);

void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_adds(struct buf *buf, const char *text);
void buf_addc(struct buf *buf, char byte);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF(2, 3);

/* Drop the first n bytes (at most all of them); `overflow` stays. */
void buf_drop(struct buf *buf, size_t n);

/* Hand the bytes over; the caller frees. The buffer is empty afterwards. */
char *buf_take(struct buf *buf);

#endif
