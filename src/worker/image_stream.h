/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_IMAGE_STREAM_H
#define WORKER_IMAGE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * An image file on its way to being a disk's content. Pure: bytes of the
 * file in, bytes of the disk out, in pieces of any size. What the file is,
 * raw, gzip or zstd, its first bytes say; several gzip members or zstd frames
 * after each other are one image.
 *
 *	image_stream_feed(s, bytes, n);
 *	do {
 *		if (image_stream_read(s, out, cap, &n, err))
 *			return -1;
 *		write(n bytes of out);
 *	} while (n);
 *	...
 *	if (image_stream_end(s, err))	an end in the middle is an error
 */
enum image_format {
	IMAGE_UNKNOWN, /* too few bytes yet */
	IMAGE_RAW,
	IMAGE_GZIP,
	IMAGE_ZSTD,
};

struct image_stream;

struct image_stream *image_stream_new(void);
void image_stream_free(struct image_stream *stream);

/* More of the file. The bytes stay the caller's, until all are read. */
void image_stream_feed(struct image_stream *stream, const void *bytes,
		       size_t n);
/* *n == 0: everything fed was used up, feed more. */
int image_stream_read(struct image_stream *stream, void *out, size_t cap,
		      size_t *n, struct err *err) NODISCARD;

/*
 * There is no more of the file. Afterwards image_stream_read may still give
 * something once, when the file was shorter than the bytes that tell its
 * format: call this, then read until *n == 0.
 */
int image_stream_end(struct image_stream *stream, struct err *err) NODISCARD;

enum image_format image_stream_format(const struct image_stream *stream);
const char *image_format_name(enum image_format format);

/* At least so much comes of it, as its first header tells; 0: it does not. */
uint64_t image_stream_size(const struct image_stream *stream);

#endif
