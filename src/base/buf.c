/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char buf_empty[1] = "";

void buf_init(struct buf *buf, size_t limit)
{
	*buf = (struct buf)BUF_INIT(limit);
}

void buf_release(struct buf *buf)
{
	if (buf->allocated)
		free(buf->base);
	buf_init(buf, buf->limit);
}

void buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->overflow = false;
	if (buf->allocated)
		buf->base[0] = '\0';
}

/* Make room for n more bytes and the NUL; false: over the limit. */
static bool reserve(struct buf *buf, size_t n)
{
	size_t need;
	size_t size;

	if (buf->overflow || n > buf->limit - buf->len) {
		buf->overflow = true;
		return false;
	}
	need = buf->len + n + 1;
	if (need <= buf->allocated)
		return true;

	size = buf->allocated ? buf->allocated * 2 : 64;
	if (size < need)
		size = need;
	buf->base = xrealloc(buf->allocated ? buf->base : NULL, size);
	buf->allocated = size;
	return true;
}

void buf_add(struct buf *buf, const void *bytes, size_t len)
{
	if (!len || !reserve(buf, len))
		return;
	memcpy(buf->base + buf->len, bytes, len);
	buf->len += len;
	buf->base[buf->len] = '\0';
}

void buf_adds(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_addc(struct buf *buf, char byte)
{
	buf_add(buf, &byte, 1);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n <= 0 || !reserve(buf, (size_t)n))
		return;

	va_start(args, format);
	vsnprintf(buf->base + buf->len, (size_t)n + 1, format, args);
	va_end(args);
	buf->len += (size_t)n;
}

void buf_drop(struct buf *buf, size_t n)
{
	if (n > buf->len)
		n = buf->len;
	if (!n)
		return;
	memmove(buf->base, buf->base + n, buf->len - n + 1);
	buf->len -= n;
}

char *buf_take(struct buf *buf)
{
	char *bytes = buf->allocated ? buf->base : xstrdup("");

	buf_init(buf, buf->limit);
	return bytes;
}
