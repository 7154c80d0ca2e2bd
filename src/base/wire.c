/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire.h"

#include <string.h>

struct rbuf rbuf_of(const void *bytes, size_t len)
{
	return (struct rbuf){ .at = bytes, .left = len };
}

/* Nothing is left in a bad reader: a loop while something is ends. */
static void spoil(struct rbuf *in)
{
	in->bad = true;
	in->left = 0;
}

/* The next n bytes, or NULL when there are not so many. */
static const uint8_t *advance(struct rbuf *in, size_t n)
{
	const uint8_t *here = in->at;

	if (in->bad || n > in->left) {
		spoil(in);
		return NULL;
	}
	in->at += n;
	in->left -= n;
	return here;
}

uint8_t rbuf_u8(struct rbuf *in)
{
	const uint8_t *p = advance(in, 1);

	return p ? p[0] : 0;
}

uint16_t rbuf_be16(struct rbuf *in)
{
	const uint8_t *p = advance(in, 2);

	if (!p)
		return 0;
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t rbuf_be32(struct rbuf *in)
{
	const uint8_t *p = advance(in, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
			       (uint32_t)p[2] << 8 | p[3]
		 : 0;
}

uint16_t rbuf_le16(struct rbuf *in)
{
	const uint8_t *p = advance(in, 2);

	if (!p)
		return 0;
	return (uint16_t)(p[1] << 8 | p[0]);
}

uint32_t rbuf_le32(struct rbuf *in)
{
	const uint8_t *p = advance(in, 4);

	return p ? (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
			       (uint32_t)p[1] << 8 | p[0]
		 : 0;
}

void rbuf_bytes(struct rbuf *in, void *out, size_t n)
{
	const uint8_t *p = advance(in, n);

	if (p)
		memcpy(out, p, n);
	else
		memset(out, 0, n);
}

struct rbuf rbuf_sub(struct rbuf *in, size_t n)
{
	const uint8_t *p = advance(in, n);

	return (struct rbuf){ .at = p, .left = p ? n : 0, .bad = !p };
}

const char *rbuf_string(struct rbuf *in)
{
	const uint8_t *nul = NULL;

	if (!in->bad && in->left)
		nul = memchr(in->at, 0, in->left);
	if (!nul) {
		spoil(in);
		return NULL;
	}
	return (const char *)advance(in, (size_t)(nul - in->at) + 1);
}

struct wbuf wbuf_of(void *bytes, size_t size)
{
	return (struct wbuf){ .base = bytes, .size = size };
}

/* Room for n bytes, or NULL when there is not so much. */
static uint8_t *extend(struct wbuf *out, size_t n)
{
	uint8_t *here = out->base + out->len;

	if (out->bad || n > out->size - out->len) {
		out->bad = true;
		return NULL;
	}
	out->len += n;
	return here;
}

void wbuf_u8(struct wbuf *out, uint8_t value)
{
	wbuf_bytes(out, &value, 1);
}

void wbuf_be16(struct wbuf *out, uint16_t value)
{
	uint8_t bytes[] = { (uint8_t)(value >> 8), (uint8_t)value };

	wbuf_bytes(out, bytes, sizeof(bytes));
}

void wbuf_be32(struct wbuf *out, uint32_t value)
{
	wbuf_be16(out, (uint16_t)(value >> 16));
	wbuf_be16(out, (uint16_t)value);
}

void wbuf_le16(struct wbuf *out, uint16_t value)
{
	uint8_t bytes[] = { (uint8_t)value, (uint8_t)(value >> 8) };

	wbuf_bytes(out, bytes, sizeof(bytes));
}

void wbuf_le32(struct wbuf *out, uint32_t value)
{
	wbuf_le16(out, (uint16_t)value);
	wbuf_le16(out, (uint16_t)(value >> 16));
}

void wbuf_bytes(struct wbuf *out, const void *bytes, size_t n)
{
	uint8_t *p = extend(out, n);

	if (p && n)
		memcpy(p, bytes, n);
}

void wbuf_zero(struct wbuf *out, size_t n)
{
	uint8_t *p = extend(out, n);

	if (p && n)
		memset(p, 0, n);
}

void wbuf_string(struct wbuf *out, const char *text)
{
	wbuf_bytes(out, text, strlen(text) + 1);
}
