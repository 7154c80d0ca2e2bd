/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reading and writing packets without pointer arithmetic.
 *
 * A reader or writer that runs over its end does nothing more and remembers
 * it in `bad`: parse straight through and ask once at the end. Numbers read
 * from a bad reader are zero, and nothing is left in it.
 *
 *	struct rbuf in = rbuf_of(packet, len);
 *	uint16_t opcode = rbuf_be16(&in);
 *	uint16_t block = rbuf_be16(&in);
 *
 *	if (in.bad || opcode != TFTP_ACK)
 *		return false;
 */
struct rbuf {
	const uint8_t *at;
	size_t left;
	bool bad;
};

struct wbuf {
	uint8_t *base;
	size_t size;
	size_t len;
	bool bad;
};

struct rbuf rbuf_of(const void *bytes, size_t len);
uint8_t rbuf_u8(struct rbuf *in);
uint16_t rbuf_be16(struct rbuf *in);
uint32_t rbuf_be32(struct rbuf *in);
uint16_t rbuf_le16(struct rbuf *in);
uint32_t rbuf_le32(struct rbuf *in);
/* Copies n bytes out; on a short reader zeroes them instead. */
void rbuf_bytes(struct rbuf *in, void *out, size_t n);
/* Takes n bytes as a reader of their own. */
struct rbuf rbuf_sub(struct rbuf *in, size_t n);
/* A NUL-terminated string inside the packet; NULL and bad: no NUL. */
const char *rbuf_string(struct rbuf *in);

struct wbuf wbuf_of(void *bytes, size_t size);
void wbuf_u8(struct wbuf *out, uint8_t value);
void wbuf_be16(struct wbuf *out, uint16_t value);
void wbuf_be32(struct wbuf *out, uint32_t value);
void wbuf_le16(struct wbuf *out, uint16_t value);
void wbuf_le32(struct wbuf *out, uint32_t value);
void wbuf_bytes(struct wbuf *out, const void *bytes, size_t n);
void wbuf_zero(struct wbuf *out, size_t n);
/* The text and its NUL. */
void wbuf_string(struct wbuf *out, const char *text);

#endif
